// Waiting for a state without webhooks. How the process stands and when to look again is decided in
// Rust (src/watch); the whole process is read, as the state alone does not say that somebody
// declined.

import { StateError, SignError, TimeoutError, type EndReason } from "./errors.js";
import type { Open, Process, State } from "./generated/contract.js";
import { invalid } from "./environment.js";
import { bounded, checkCallback, notMilliseconds, quietly, type CallOptions } from "./limits.js";
import type { SigningProcess } from "./process.js";
import { wasm } from "./wasm/load.js";
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

const STATES: readonly string[] = ["CREATED", "PENDING", "COMPLETED", "EXPIRED"];

/** No pause is shorter: a slip in the options must not become a flood of requests. */
export const SHORTEST_MS = 50;

export function waitFor(
  process: SigningProcess,
  host: Host,
  wanted: State,
  options: WaitOptions,
): Promise<Process> {
  const subject = { operation: "getProcess", processId: process.id };
  // The whole time is measured here, so that its error can say what is known.
  return bounded({ signal: options.signal }, subject, async (signal, abort) => {
    check(wanted, options);
    const { timeoutMs = 0 } = options;
    const known: Known = { failures: 0 };
    const over = new AbortController();
    const looking = look(process, host, wanted, { ...options, signal }, known);
    try {
      if (timeoutMs === 0) return await looking;
      const late = until(host.monotonic() + timeoutMs, host, over.signal).then(() => undefined);
      const model = await Promise.race([looking, late]);
      if (model !== undefined) return model;
      looking.catch(() => {});
      throw tooLate(process, wanted, timeoutMs, known);
    } finally {
      over.abort();
      abort.abort();
    }
  });
}

/** What the looks so far have said. */
interface Known {
  /** Looks in a row that failed. */
  failures: number;
  /** Why the last one did. */
  error?: SignError;
  /** State that was seen last. */
  state?: string;
}

async function look(
  process: SigningProcess,
  host: Host,
  wanted: State,
  options: WaitOptions & { signal: AbortSignal },
  known: Known,
): Promise<Process> {
  const { signal, onChange, maxRetries, headers } = options;
  const shortest = Math.max(SHORTEST_MS, options.minIntervalMs ?? 1_000);
  const longest = options.maxIntervalMs ?? 300_000;
  let changed = host.monotonic();
  let seen = { state: process.state, signed: -1 };
  for (;;) {
    const model = await read(process, { signal, maxRetries, headers }, known);
    if (model !== undefined) {
      const now = { state: process.state, signed: signatures(model) };
      const before = seen;
      seen = now;
      known.state = now.state;
      if (now.state !== before.state || (before.signed >= 0 && now.signed !== before.signed)) {
        quietly(onChange, { from: before.state, to: now.state, process: model });
        changed = host.monotonic();
      }
      const [standing, signer] = wasm().standing(JSON.stringify(model), wanted);
      if (standing === "reached") return model;
      if (standing !== "waiting") throw ended(process, standing as EndReason, signer, wanted);
    }
    const quiet = host.monotonic() - changed;
    const pause = wasm().nextLook(quiet, known.failures, shortest, longest, host.random());
    await host.sleep(Math.max(pause, known.error?.retryAfterMs ?? 0), signal);
    signal.throwIfAborted();
  }
}

/** A state that no process can reach would be waited for until the end of time. */
function check(wanted: string, options: WaitOptions): void {
  if (!STATES.includes(wanted)) throw invalid(`the state must be one of ${STATES.join(", ")}`);
  checkCallback("onChange", options.onChange);
  for (const name of ["timeoutMs", "minIntervalMs", "maxIntervalMs"] as const) {
    const value = options[name];
    const wrong = value === undefined ? undefined : notMilliseconds(name, value);
    if (wrong !== undefined) throw invalid(wrong);
  }
}

/** A failure that can pass is waited out: the deadline is the caller's. */
async function read(
  process: SigningProcess,
  options: CallOptions,
  known: Known,
): Promise<Process | undefined> {
  try {
    const model = await process.details(options);
    known.failures = 0;
    known.error = undefined;
    return model;
  } catch (error) {
    if (!canPass(error)) throw error;
    known.failures += 1;
    known.error = error;
    return undefined;
  }
}

/** Whether the same look can succeed later. */
export function canPass(error: unknown): error is SignError {
  return error instanceof SignError && (error.retryable || error instanceof TimeoutError);
}

/** Resolves at that time, or once aborted; in pieces, as a timer is shorter than some waits. */
async function until(end: number, host: Host, signal: AbortSignal): Promise<void> {
  while (!signal.aborted && host.monotonic() < end) {
    await host.sleep(end - host.monotonic(), signal);
  }
}

function signatures({ initiator, invitees }: Process): number {
  const first = initiator?.type === "SIGNER" ? [initiator] : [];
  const all = [...first, ...(invitees?.signers ?? [])];
  return all.filter(({ status }) => status === "SIGNED").length;
}

const WORDS: Record<EndReason, (signer: string) => string> = {
  expired: () => "it expired with a signature missing",
  declined: (signer) => `${signer} declined`,
  identification_rejected: (signer) => `the identification of ${signer} was rejected`,
  completed: () => "every signature was made",
};

function ended(
  process: SigningProcess,
  reason: EndReason,
  signer: string | undefined,
  wanted: State,
): StateError {
  const { id, state } = process;
  const why = WORDS[reason](signer === undefined ? "a signer" : `signer ${signer}`);
  return new StateError(`the process cannot become ${wanted}: ${why}`, {
    processId: id,
    state,
    reason,
    allowed: wasm().allowedOperations(state),
  });
}

function tooLate({ id }: SigningProcess, wanted: State, ms: number, known: Known): TimeoutError {
  const { state, error, failures } = known;
  const seen = state === undefined ? "it could not be read" : `it was last seen ${state}`;
  const last = error === undefined ? "" : `; the last ${failures} looks failed: ${error.message}`;
  const message = `the process did not become ${wanted} within ${ms} ms: ${seen}${last}`;
  const cause = error === undefined ? {} : { cause: error };
  return new TimeoutError(message, { operation: "getProcess", processId: id, ...cause });
}
