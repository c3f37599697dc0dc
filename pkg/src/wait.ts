// `waitFor`: polls a process, as the platform has no webhooks. The core decides the status and the
// next interval (src/watch). Each poll reads the whole process, because the state alone does not
// show that a signer declined.

import { SignError, StateError, TimeoutError, type ProcessEndReason } from "./errors.js";
import type { Open, Process, State } from "./generated/contract.js";
import type { ProcessDetails } from "./process-input.js";
import { checkOptionNames, type OptionNames } from "./arguments.js";
import { configurationError } from "./environment.js";
import {
  callSafely,
  checkCallback,
  checkMilliseconds,
  withDeadline,
  type CallOptions,
} from "./deadline.js";
import { wasm } from "./wasm/load.js";
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

const STATES: readonly string[] = ["CREATED", "PENDING", "COMPLETED", "EXPIRED"];

/** Lower bound of `minIntervalMs`: a mistake in the options must not cause a flood of requests. */
export const MIN_INTERVAL_MS = 50;

export function waitFor(
  process: ReadableProcess,
  host: ClientHost,
  wanted: State,
  options: WaitOptions,
): Promise<ProcessDetails> {
  const subject = { operation: "getProcess", processId: process.id };
  // The timeout is handled here and not by `withDeadline`, so that its error names the last state.
  return withDeadline({ signal: options.signal }, subject, async (signal, abort) => {
    checkWaitOptions(wanted, options);
    const { timeoutMs = 0 } = options;
    const known: PollHistory = { failures: 0 };
    const over = new AbortController();
    const polling = poll(process, host, wanted, { ...options, signal }, known);
    try {
      if (timeoutMs === 0) return await polling;
      const late = until(host.monotonic() + timeoutMs, host, over.signal).then(() => undefined);
      const model = await Promise.race([polling, late]);
      if (model !== undefined) return model;
      polling.catch(() => {});
      throw timeoutError(process, wanted, timeoutMs, known);
    } finally {
      over.abort();
      abort.abort();
    }
  });
}

/** Results of the polls so far. */
interface PollHistory {
  /** Number of consecutive failures. */
  failures: number;
  /** Error of the last poll, if it failed. */
  error?: SignError | undefined;
  /** Last known state. */
  state?: string | undefined;
}

async function poll(
  process: ReadableProcess,
  host: ClientHost,
  wanted: State,
  options: WaitOptions & { signal: AbortSignal },
  known: PollHistory,
): Promise<ProcessDetails> {
  const { signal, onChange, maxRetries, headers } = options;
  const shortest = Math.max(MIN_INTERVAL_MS, options.minIntervalMs ?? 1_000);
  const longest = options.maxIntervalMs ?? 300_000;
  let changed = host.monotonic();
  let seen = { state: process.state, signed: -1 };
  for (;;) {
    const model = await readProcess(process, { signal, maxRetries, headers }, known);
    if (model !== undefined) {
      const now = { state: process.state, signed: signatures(model) };
      const before = seen;
      seen = now;
      known.state = now.state;
      if (now.state !== before.state || (before.signed >= 0 && now.signed !== before.signed)) {
        callSafely(onChange, { from: before.state, to: now.state, process: model });
        changed = host.monotonic();
      }
      const [status, signer] = wasm().waitStatus(JSON.stringify(model), wanted);
      if (status === "reached") return model;
      if (status !== "waiting") throw ended(process, status as ProcessEndReason, signer, wanted);
    }
    const quiet = host.monotonic() - changed;
    const pause = wasm().nextIntervalMs(quiet, known.failures, shortest, longest, host.random());
    await host.sleep(Math.max(pause, known.error?.retryAfterMs ?? 0), signal);
    signal.throwIfAborted();
  }
}

const WAIT_OPTIONS: OptionNames<WaitOptions> = {
  signal: true,
  timeoutMs: true,
  maxRetries: true,
  headers: true,
  onChange: true,
  minIntervalMs: true,
  maxIntervalMs: true,
};

/** Rejects unknown states: no process could reach them, so the wait would never end. */
function checkWaitOptions(wanted: string, options: WaitOptions): void {
  if (!STATES.includes(wanted))
    throw configurationError(`unknown state: expected one of ${STATES.join(", ")}`);
  checkOptionNames("option", options, WAIT_OPTIONS);
  checkCallback("onChange", options.onChange);
  for (const name of ["timeoutMs", "minIntervalMs", "maxIntervalMs"] as const) {
    const value = options[name];
    const wrong = value === undefined ? undefined : checkMilliseconds(name, value);
    if (wrong !== undefined) throw configurationError(wrong);
  }
}

/** Reads the process; transient errors are recorded, and polling continues until the deadline. */
async function readProcess(
  process: ReadableProcess,
  options: CallOptions,
  known: PollHistory,
): Promise<ProcessDetails | undefined> {
  try {
    const model = await process.details(options);
    known.failures = 0;
    known.error = undefined;
    return model;
  } catch (error) {
    // A gateway can answer 404 without a body, as the platform does: only a second one counts.
    const missing = isMissing(error);
    const first = missing && !isMissing(known.error);
    if (!first && !isTransient(error)) throw error;
    known.failures += 1;
    known.error = error;
    return undefined;
  }
}

/** Whether the same read can succeed later. */
export function isTransient(error: unknown): error is SignError {
  return error instanceof SignError && (error.retryable || error instanceof TimeoutError);
}

function isMissing(error: unknown): error is SignError {
  return error instanceof SignError && (error.status === 404 || error.status === 410);
}

/** Resolves at that time, or when aborted. Repeated, because a timer has a maximum delay. */
async function until(end: number, host: ClientHost, signal: AbortSignal): Promise<void> {
  while (!signal.aborted && host.monotonic() < end) {
    await host.sleep(end - host.monotonic(), signal);
  }
}

function signatures({ initiator, invitees }: Process): number {
  const first = initiator?.type === "SIGNER" ? [initiator] : [];
  const all = [...first, ...(invitees?.signers ?? [])];
  return all.filter(({ status }) => status === "SIGNED").length;
}

const REASONS: Record<ProcessEndReason, (signer: string) => string> = {
  expired: () => "it expired before every signature was made",
  declined: (signer) => `${signer} declined`,
  identification_rejected: (signer) => `the identification of ${signer} was rejected`,
  completed: () => "every signature was made",
};

function ended(
  process: ReadableProcess,
  reason: ProcessEndReason,
  signer: string | undefined,
  wanted: State,
): StateError {
  const { id, state } = process;
  const why = REASONS[reason](signer === undefined ? "a signer" : `signer ${signer}`);
  return new StateError(`the process cannot reach ${wanted}: ${why}`, {
    processId: id,
    state,
    reason,
    allowed: wasm().allowedOperations(state),
  });
}

function timeoutError(
  { id }: ReadableProcess,
  wanted: State,
  ms: number,
  known: PollHistory,
): TimeoutError {
  const { state, error, failures } = known;
  const last =
    error === undefined ? "" : `; consecutive failures: ${failures}, last: ${error.message}`;
  const message = `timeout after ${ms} ms waiting for ${wanted}: last state ${state ?? "unknown"}${last}`;
  const cause = error === undefined ? {} : { cause: error };
  return new TimeoutError(message, { operation: "getProcess", processId: id, ...cause });
}
