import type { ActiveFault, FaultRule } from "./types.js";
/** What goes wrong. Every rule that fits counts a request; the first that is due strikes. */
export declare class SandboxFaultRules {
    #private;
    /** Puts a fault in force, after the others. */
    add(rule: FaultRule): Promise<ActiveFault>;
    /** The faults in force, with how often each fitted and struck. */
    list(): Promise<ActiveFault[]>;
    /** Lifts a fault. */
    remove(fault: ActiveFault | number): Promise<void>;
    /** Lifts all of them. */
    clear(): Promise<void>;
}
