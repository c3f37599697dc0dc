import type { ClockMode, ClockState, FiredEvent, TimeInput } from "./types.js";
/** The clock of the platform. Tokens expire by real time. */
export declare class SandboxClock {
    #private;
    /** The current time. */
    now(): Promise<Date>;
    /** The current time and the clock mode. */
    state(): Promise<ClockState>;
    /** Freezes the clock at a time, by default now. Resolves to the events that became due. */
    freeze(at?: TimeInput): Promise<FiredEvent[]>;
    /** Sets the clock, forward or back; past events are kept. Resolves to the events that became due. */
    set(clock: ClockMode): Promise<FiredEvent[]>;
    /**
     * Advances the clock by an ISO 8601 duration, such as `P31D`, or to a time. Resolves to the events
     * that became due and were applied, in order.
     */
    advance(target: string | {
        to: TimeInput;
    }): Promise<FiredEvent[]>;
}
