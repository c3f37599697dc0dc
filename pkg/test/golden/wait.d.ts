import { SignError } from "./errors.js";
import type { Open, Process, State } from "./generated/contract.js";
import type { ProcessDetails } from "./process-input.js";
import { type CallOptions } from "./deadline.js";
import type { ClientHost } from "./wire.js";
/** A change seen by `waitFor`. */
export interface StateChange {
    /** Previous state. */
    from: Open<State>;
    /** New state. */
    to: Open<State>;
    /** The process as read. */
    process: Process;
}
/** Options of `waitFor`. */
export interface WaitOptions extends Pick<CallOptions, "signal" | "maxRetries" | "headers"> {
    /** Total timeout in milliseconds; no limit when absent or 0. */
    timeoutMs?: number | undefined;
    /** Called for every change of the state and for every signature. Its exceptions are ignored. */
    onChange?: ((change: StateChange) => void) | undefined;
    /**
     * Minimum polling interval in milliseconds, default 1000, at least 50. The interval is a tenth of the
     * time since the last change, within the two bounds.
     */
    minIntervalMs?: number | undefined;
    /** Maximum polling interval in milliseconds, default 300 000. */
    maxIntervalMs?: number | undefined;
}
/** What waiting needs of a `SigningProcess`. */
interface ReadableProcess {
    readonly id: string;
    readonly state: Open<State>;
    details(options: CallOptions): Promise<ProcessDetails>;
}
/** Lower bound of `minIntervalMs`: a mistake in the options must not cause a flood of requests. */
export declare const MIN_INTERVAL_MS = 50;
export declare function waitFor(process: ReadableProcess, host: ClientHost, wanted: State, options: WaitOptions): Promise<ProcessDetails>;
/** Whether the same read can succeed later. */
export declare function isTransient(error: unknown): error is SignError;
export {};
