// Abort signal and timeout of a call. The call settles as soon as one of them fires, even if the
// transport does not react, and all listeners and timers are removed.

import { configurationError } from "./environment.js";
import { AbortError, TimeoutError } from "./errors.js";
import { clearTimeout, setTimeout } from "./real-time.js";

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

/** Callbacks by signal: one listener each, because Node warns about more than ten. */
const callbacks = new WeakMap<AbortSignal, AbortCallbacks>();

interface AbortCallbacks {
  readonly waiting: Set<() => void>;
  remove(): void;
}

/** Calls the callback when the signal is aborted, until the returned function is called. */
export function onAbort(signal: AbortSignal, callback: () => void): () => void {
  const shared = callbacks.get(signal) ?? listen(signal);
  shared.waiting.add(callback);
  return () => {
    // The last one removes the listener, so that none stays on a signal that lives on.
    if (shared.waiting.delete(callback) && shared.waiting.size === 0) shared.remove();
  };
}

function listen(signal: AbortSignal): AbortCallbacks {
  const waiting = new Set<() => void>();
  const listener = (): void => [...waiting].forEach((callback) => callback());
  const remove = (): void => {
    callbacks.delete(signal);
    signal.removeEventListener("abort", listener);
  };
  const shared = { waiting, remove };
  callbacks.set(signal, shared);
  signal.addEventListener("abort", listener);
  return shared;
}

// Timers with a longer delay fire at once.
const MAX_TIMER_MS = 2 ** 31 - 1;

/** Runs `run` until it settles, the signal is aborted, or the timeout expires. */
export function withDeadline<T>(
  options: Pick<CallOptions, "signal" | "timeoutMs">,
  subject: CallSubject,
  run: (signal: AbortSignal, abort: AbortController) => Promise<T>,
): Promise<T> {
  const signal = options.signal ?? undefined;
  const timeoutMs = options.timeoutMs ?? undefined;
  const wrong = checkLimits(signal, timeoutMs);
  if (wrong !== undefined) return Promise.reject(configurationError(wrong));
  if (signal?.aborted) return Promise.reject(aborted(signal, subject));
  return new Promise<T>((resolve, reject) => {
    const controller = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    let unlisten: (() => void) | undefined;
    const end = (): void => {
      clearTimeout(timer);
      unlisten?.();
    };
    const stop = (error: Error): void => {
      end();
      reject(error);
      controller.abort(error);
    };
    unlisten = signal && onAbort(signal, () => stop(aborted(signal, subject)));
    if (timeoutMs !== undefined && timeoutMs > 0) {
      const expire = (): void => {
        const what = subject.operation ?? "the call";
        stop(new TimeoutError(`${what}: timeout after ${timeoutMs} ms`, { ...subject }));
      };
      timer = setTimeout(expire, Math.min(timeoutMs, MAX_TIMER_MS));
    }
    // Inside a promise, so that a synchronous exception of `run` becomes a rejection.
    Promise.resolve(controller.signal)
      .then((inner) => run(inner, controller))
      .then(resolve, reject)
      .finally(end);
  });
}

/** Checks the limits of a call: NaN, for example, would disable the timeout. */
function checkLimits(signal: unknown, timeoutMs: unknown): string | undefined {
  if (
    signal !== undefined &&
    typeof (signal as AbortSignal | null)?.addEventListener !== "function"
  )
    return "invalid `signal`: expected an AbortSignal";
  return timeoutMs === undefined ? undefined : checkMilliseconds("timeoutMs", timeoutMs);
}

/** The message for an invalid number of milliseconds. */
export function checkMilliseconds(name: string, value: unknown): string | undefined {
  const fits = typeof value === "number" && value >= 0;
  return fits ? undefined : `invalid \`${name}\`: expected a number of milliseconds, 0 or more`;
}

/** Calls a callback of the caller; an exception must not change the result of the call. */
export function callSafely<E>(callback: ((event: E) => void) | undefined, event: E): void {
  try {
    callback?.(event);
  } catch {
    // A bug in the callback.
  }
}

export function checkCallback(name: string, value: unknown): void {
  if (value !== undefined && value !== null && typeof value !== "function") {
    throw configurationError(`invalid \`${name}\`: expected a function`);
  }
}

function aborted(signal: AbortSignal | undefined, subject: CallSubject): AbortError {
  return new AbortError("the call was aborted", { ...subject, cause: signal?.reason });
}

/** Resolves after the delay, or as soon as the signal is aborted. */
export function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const end = (): void => {
      clearTimeout(timer);
      unlisten?.();
      resolve();
    };
    const timer = setTimeout(end, Math.min(ms, MAX_TIMER_MS));
    const unlisten = signal && onAbort(signal, end);
  });
}
