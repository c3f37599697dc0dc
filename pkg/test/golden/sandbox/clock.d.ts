import type { ClockSetting, ClockState, FiredEvent } from "../generated/control.js";
/** A time; text is ISO 8601 with an offset. */
export type TimeInput = Date | string;
/** Clock mode: real time, frozen at a time (by default now), or ahead of real time by a duration. */
export type ClockMode = Omit<ClockSetting, "at"> & {
    at?: TimeInput | undefined;
};
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
