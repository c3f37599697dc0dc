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
/** What is wrong with a number of milliseconds. */
export declare function notMilliseconds(name: string, value: unknown): string | undefined;
/** Calls a callback of the caller: what it throws must not change what happened. */
export declare function quietly<E>(callback: ((event: E) => void) | undefined, event: E): void;
/** Refuses a callback that is none, before anything is sent. */
export declare function checkCallback(name: string, value: unknown): void;
/** Resolves after so many milliseconds, or as soon as the signal is aborted. */
export declare function sleep(ms: number, signal?: AbortSignal): Promise<void>;
