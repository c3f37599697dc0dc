/** What every call that does I/O takes last. */
export interface CallOptions {
    /** Aborts the call, its waits included. */
    signal?: AbortSignal;
    /** Milliseconds for the whole call with its repetitions; 0 for no limit. */
    timeoutMs?: number;
    /** Repetitions at most, where one can help and cannot harm; 2 when absent. */
    maxRetries?: number;
    /** Further headers, as pairs of name and value. */
    headers?: Record<string, string>;
}
/** What an error of a scope says of the call. */
export interface Subject {
    operation?: string;
    processId?: string;
}
/** Runs `run` until it settles, the signal is aborted or the time is over. */
export declare function bounded<T>(options: Pick<CallOptions, "signal" | "timeoutMs">, subject: Subject, run: (signal: AbortSignal, abort: AbortController) => Promise<T>): Promise<T>;
/** Resolves after so many milliseconds, or as soon as the signal is aborted. */
export declare function sleep(ms: number, signal?: AbortSignal): Promise<void>;
