import type { ClockMode, ClockState, Fault, FaultRule, FiredEvent, Moment, OutboxMessage, OutboxQuery } from "./types.js";
/** The clock of the platform. Tokens live by the real one. */
export declare class SandboxClock {
    #private;
    /** The time now. */
    now(): Promise<Date>;
    /** The time, and how it runs. */
    state(): Promise<ClockState>;
    /** Has it stand still, there or where it is. Resolves to what became due. */
    freeze(at?: Moment): Promise<FiredEvent[]>;
    /** Sets it, forward or back; what has happened stays. Resolves to what became due. */
    set(clock: ClockMode): Promise<FiredEvent[]>;
    /**
     * Turns it forward: by an ISO 8601 duration, such as `P31D`, or to a moment. What became due has
     * happened, in its order, when this resolves to it.
     */
    advance(target: string | {
        to: Moment;
    }): Promise<FiredEvent[]>;
}
/** Mails and SMS. Nothing leaves the sandbox. */
export declare class SandboxOutbox {
    #private;
    /** The messages of a query, oldest first. */
    messages(query?: OutboxQuery): Promise<OutboxMessage[]>;
    /** The place after the last message, for `after`. */
    cursor(): Promise<string>;
    /**
     * The newest message to somebody, or of a query; the first one that comes, while there is none.
     *
     * @throws {@link SandboxError} `no_message`, when none came within `timeoutMs` (5000).
     */
    wait(query: string | OutboxQuery, { timeoutMs }?: {
        timeoutMs?: number;
    }): Promise<OutboxMessage>;
    /** Deletes the messages of a query. */
    clear(query?: OutboxQuery): Promise<void>;
}
/** What goes wrong. Every rule that fits counts a request; the first that is due strikes. */
export declare class SandboxFaults {
    #private;
    /** Puts a fault in force, after the others. */
    add(rule: FaultRule): Promise<Fault>;
    /** The faults in force, with how often each fitted and struck. */
    list(): Promise<Fault[]>;
    /** Lifts a fault. */
    remove(fault: Fault | number): Promise<void>;
    /** Lifts all of them. */
    clear(): Promise<void>;
}
