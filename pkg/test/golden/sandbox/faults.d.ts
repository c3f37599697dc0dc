import type { ActiveFault, FaultRule } from "../generated/control.js";
/** Fault rules. Every matching rule counts a request; the first that is due is applied. */
export declare class SandboxFaultRules {
    #private;
    /** Adds a rule after the existing ones. */
    add(rule: FaultRule): Promise<ActiveFault>;
    /** The active rules, with match and hit counts. */
    list(): Promise<ActiveFault[]>;
    /** Removes a rule. */
    remove(fault: ActiveFault | number): Promise<void>;
    /** Removes all rules. */
    clear(): Promise<void>;
}
