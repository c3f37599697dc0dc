// Signals and timeouts: one scope per call. The call settles at once when it ends, whatever the
// transport does, and leaves no listener and no timer behind.

import { invalid } from "./environment.js";
import { AbortError, TimeoutError } from "./errors.js";

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

// Longer ones make timers fire at once.
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** Runs `run` until it settles, the signal is aborted or the time is over. */
export function bounded<T>(
  options: Pick<CallOptions, "signal" | "timeoutMs">,
  subject: Subject,
  run: (signal: AbortSignal, abort: AbortController) => Promise<T>,
): Promise<T> {
  const signal = options.signal ?? undefined;
  const timeoutMs = options.timeoutMs ?? undefined;
  const wrong = misfit(signal, timeoutMs);
  if (wrong !== undefined) return Promise.reject(invalid(wrong));
  if (signal?.aborted) return Promise.reject(aborted(signal, subject));
  return new Promise<T>((resolve, reject) => {
    const controller = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const end = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", onAbort);
    };
    const stop = (error: Error): void => {
      end();
      reject(error);
      controller.abort(error);
    };
    const onAbort = (): void => stop(aborted(signal, subject));
    signal?.addEventListener("abort", onAbort);
    if (timeoutMs !== undefined && timeoutMs > 0) {
      const expire = (): void => {
        const what = subject.operation ?? "the call";
        stop(new TimeoutError(`${what}: no answer within ${timeoutMs} ms`, { ...subject }));
      };
      timer = setTimeout(expire, Math.min(timeoutMs, LONGEST_TIMER_MS));
    }
    // `run` in a promise: what it throws is a rejection too.
    Promise.resolve(controller.signal)
      .then((inner) => run(inner, controller))
      .then(resolve, reject)
      .finally(end);
  });
}

/** What is wrong with the limits of a call; NaN, for one, would mean none. */
function misfit(signal: unknown, timeoutMs: unknown): string | undefined {
  if (
    signal !== undefined &&
    typeof (signal as AbortSignal | null)?.addEventListener !== "function"
  )
    return "signal must be an AbortSignal";
  return timeoutMs === undefined ? undefined : notMilliseconds("timeoutMs", timeoutMs);
}

/** What is wrong with a number of milliseconds. */
export function notMilliseconds(name: string, value: unknown): string | undefined {
  const fits = typeof value === "number" && value >= 0;
  return fits ? undefined : `${name} must be a number of milliseconds, 0 or more`;
}

/** Calls a callback of the caller: what it throws must not change what happened. */
export function quietly<E>(callback: ((event: E) => void) | undefined, event: E): void {
  try {
    callback?.(event);
  } catch {
    // The caller's own bug, in the caller's own code: the call goes on.
  }
}

/** Refuses a callback that is none, before anything is sent. */
export function checkCallback(name: string, value: unknown): void {
  if (value !== undefined && value !== null && typeof value !== "function") {
    throw invalid(`${name} must be a function`);
  }
}

function aborted(signal: AbortSignal | undefined, subject: Subject): AbortError {
  return new AbortError("the call was aborted", { ...subject, cause: signal?.reason });
}

/** Resolves after so many milliseconds, or as soon as the signal is aborted. */
export function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const end = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, Math.min(ms, LONGEST_TIMER_MS));
    signal?.addEventListener("abort", end);
  });
}
