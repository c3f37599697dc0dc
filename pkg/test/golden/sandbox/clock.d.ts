import type { ClockMode, ClockState, FiredEvent, TimeInput } from "./types.js";
/** The clock of the platform. Tokens live by the real one. */
export declare class SandboxClock {
    #private;
    /** The time now. */
    now(): Promise<Date>;
    /** The time, and how it runs. */
    state(): Promise<ClockState>;
    /** Has it stand still, there or where it is. Resolves to what became due. */
    freeze(at?: TimeInput): Promise<FiredEvent[]>;
    /** Sets it, forward or back; what has happened stays. Resolves to what became due. */
    set(clock: ClockMode): Promise<FiredEvent[]>;
    /**
     * Turns it forward: by an ISO 8601 duration, such as `P31D`, or to a moment. What became due has
     * happened, in its order, when this resolves to it.
     */
    advance(target: string | {
        to: TimeInput;
    }): Promise<FiredEvent[]>;
}
