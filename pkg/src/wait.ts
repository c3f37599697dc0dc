// Waiting for a state without webhooks: polling with growing pauses. The whole process is read, as
// the state alone does not say that somebody declined.

import { StateError, SignError, TimeoutError, type EndReason } from "./errors.js";
import type { Open, Process, Signer, State } from "./generated/contract.js";
import { invalid } from "./environment.js";
import { checkCallback, notMilliseconds, quietly, sleep, type CallOptions } from "./limits.js";
import type { SigningProcess } from "./process.js";
import { wasm } from "./wasm/load.js";

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

const ORDER: readonly string[] = ["CREATED", "PENDING", "COMPLETED"];
const STATES: readonly string[] = [...ORDER, "EXPIRED"];

/** No pause is shorter: a slip in the options must not become a flood of requests. */
const SHORTEST_MS = 50;

export async function waitFor(
  process: SigningProcess,
  wanted: State,
  options: WaitOptions & { signal: AbortSignal },
): Promise<Process> {
  const { signal, onChange, maxRetries, headers } = options;
  check(wanted, options);
  const shortest = Math.max(SHORTEST_MS, options.minIntervalMs ?? 1_000);
  const longest = Math.max(shortest, options.maxIntervalMs ?? 60_000);
  let pause = shortest;
  let seen = { state: process.state, signed: -1 };
  for (;;) {
    const model = await read(process, { signal, maxRetries, headers });
    if (model !== undefined) {
      const now = { state: process.state, signed: signers(model).filter(signed).length };
      const before = seen;
      seen = now;
      if (now.state !== before.state || (before.signed >= 0 && now.signed !== before.signed)) {
        quietly(onChange, { from: before.state, to: now.state, process: model });
        pause = shortest;
      }
      if (reached(now.state, wanted)) return model;
      const reason = ended(model, now.state, wanted);
      if (reason !== undefined) throw failure(process, reason, wanted);
    }
    // Spread, so that many waits do not ask in step.
    await sleep(pause * (0.8 + 0.4 * Math.random()), signal);
    signal.throwIfAborted();
    pause = Math.min(longest, pause * 1.5);
  }
}

/** A state that no process can reach would be waited for until the end of time. */
function check(wanted: string, options: WaitOptions): void {
  if (!STATES.includes(wanted)) throw invalid(`the state must be one of ${STATES.join(", ")}`);
  checkCallback("onChange", options.onChange);
  for (const name of ["minIntervalMs", "maxIntervalMs"] as const) {
    const value = options[name] ?? undefined;
    const wrong = value === undefined ? undefined : notMilliseconds(name, value);
    if (wrong !== undefined) throw invalid(wrong);
  }
}

/** A failure that can pass is waited out: the deadline is the caller's. */
async function read(process: SigningProcess, options: CallOptions): Promise<Process | undefined> {
  try {
    return await process.details(options);
  } catch (error) {
    if (error instanceof SignError && (error.retryable || error instanceof TimeoutError))
      return undefined;
    throw error;
  }
}

/** A process that is further than what was waited for has been there. */
function reached(state: string, wanted: State): boolean {
  if (state === wanted) return true;
  const [is, want] = [ORDER.indexOf(state), ORDER.indexOf(wanted)];
  return is > want && want >= 0;
}

function ended(model: Process, state: string, wanted: State): EndReason | undefined {
  if (wanted === "EXPIRED") return state === "COMPLETED" ? "expired" : undefined;
  const all = signers(model);
  if (all.some((signer) => signer.status === "DECLINED")) return "declined";
  if (all.some((signer) => signer.verification?.rejectedOn)) return "identification_rejected";
  return state === "EXPIRED" ? "expired" : undefined;
}

function signers(model: Process): Signer[] {
  const initiator = model.initiator?.type === "SIGNER" ? [model.initiator] : [];
  return [...initiator, ...(model.invitees?.signers ?? [])];
}

function signed(signer: Signer): boolean {
  return signer.status === "SIGNED";
}

const WORDS: Record<EndReason, string> = {
  expired: "it ended without every signature",
  declined: "a signer declined",
  identification_rejected: "the identification of a signer was rejected",
};

function failure(process: SigningProcess, reason: EndReason, wanted: State): StateError {
  const { id, state } = process;
  const why = wanted === "EXPIRED" ? "every signature was made" : WORDS[reason];
  return new StateError(`the process cannot become ${wanted}: ${why}`, {
    processId: id,
    state,
    reason,
    allowed: wasm().allowedOperations(state),
  });
}
