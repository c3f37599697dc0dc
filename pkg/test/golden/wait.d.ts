import { SignError } from "./errors.js";
import type { Open, Process, State } from "./generated/contract.js";
import { type CallOptions } from "./limits.js";
import type { SigningProcess } from "./process.js";
import type { Host } from "./wire.js";
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
    /** Milliseconds to wait in all; for ever when absent or 0. */
    timeoutMs?: number;
    /** Told of every change of the state, and of every signature. What it throws is ignored. */
    onChange?: (change: StateChange) => void;
    /**
     * First pause in milliseconds, 1000 when absent, at least 50. A pause is a tenth of the time for
     * which nothing has changed, but between this one and the longest.
     */
    minIntervalMs?: number;
    /** Longest pause in milliseconds, 300 000 when absent. */
    maxIntervalMs?: number;
}
/** No pause is shorter: a slip in the options must not become a flood of requests. */
export declare const SHORTEST_MS = 50;
export declare function waitFor(process: SigningProcess, host: Host, wanted: State, options: WaitOptions): Promise<Process>;
/** Whether the same look can succeed later. */
export declare function canPass(error: unknown): error is SignError;
