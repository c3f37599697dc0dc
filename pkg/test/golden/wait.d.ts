import type { Open, Process, State } from "./generated/contract.js";
import { type CallOptions } from "./limits.js";
import type { SigningProcess } from "./process.js";
/** A change that was seen while waiting. */
export interface StateChange {
    /** State before; the last one known when the wait began. */
    from: Open<State>;
    /** State now. */
    to: Open<State>;
    /** The process as it was read. */
    process: Process;
}
/** How to wait. */
export interface WaitOptions extends Pick<CallOptions, "signal" | "maxRetries" | "headers"> {
    /** Milliseconds to wait in all; for ever when absent. */
    timeoutMs?: number;
    /** Told of every change of the state, and of every signature. What it throws is ignored. */
    onChange?: (change: StateChange) => void;
    /** First pause in milliseconds, 1000 when absent, at least 50; it grows by half each time. */
    minIntervalMs?: number;
    /** Longest pause in milliseconds, 60 000 when absent. */
    maxIntervalMs?: number;
}
export declare function waitFor(process: SigningProcess, wanted: State, options: WaitOptions & {
    signal: AbortSignal;
}): Promise<Process>;
