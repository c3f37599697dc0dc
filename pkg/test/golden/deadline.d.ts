/** Options of every call that performs I/O. */
export interface CallOptions {
    /** Aborts the call, including its pauses. */
    signal?: AbortSignal | undefined;
    /** Timeout of the whole call with its retries, in milliseconds; 0 for no limit. */
    timeoutMs?: number | undefined;
    /** Maximum number of retries, default 2. Only requests that are safe to repeat are retried. */
    maxRetries?: number | undefined;
    /** Additional request headers. */
    headers?: Record<string, string> | undefined;
}
/** The call that an error names. */
export interface CallSubject {
    operation?: string | undefined;
    processId?: string | undefined;
    status?: number | undefined;
    attempts?: number | undefined;
}
/** Calls the callback when the signal is aborted, until the returned function is called. */
export declare function onAbort(signal: AbortSignal, callback: () => void): () => void;
/** Runs `run` until it settles, the signal is aborted, or the timeout expires. */
export declare function withDeadline<T>(options: Pick<CallOptions, "signal" | "timeoutMs">, subject: CallSubject, run: (signal: AbortSignal, abort: AbortController) => Promise<T>): Promise<T>;
/** The message for an invalid number of milliseconds. */
export declare function checkMilliseconds(name: string, value: unknown): string | undefined;
/** Calls a callback of the caller; an exception must not change the result of the call. */
export declare function callSafely<E>(callback: ((event: E) => void) | undefined, event: E): void;
export declare function checkCallback(name: string, value: unknown): void;
/** Resolves after the delay, or as soon as the signal is aborted. */
export declare function sleep(ms: number, signal?: AbortSignal): Promise<void>;
