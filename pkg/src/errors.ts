// The error classes. The core reports an error as a plain object; this module creates the instance.
// The table of kinds is generated from the core, and this file compiles only if `CLASSES` has every
// class of it.

import type { OperationId, State } from "./generated/contract.js";
import {
  ERROR_KINDS,
  type ErrorClass,
  type ErrorCode,
  type ProblemCode,
} from "./generated/errors.js";
import type { WireError } from "./wire.js";

export type { ErrorClass, ErrorCode, ProblemCode };

/** One deviation of a request from the contract, or something that is likely to be a mistake. */
export interface Problem {
  /** JSONPath of the field (RFC 9535), such as `$.invitees.signers[0].email`. */
  path: string;
  /** Stable code of the rule. */
  code: ProblemCode | "state_forbids";
  /** What is wrong and what is expected. It never contains the value of the field. */
  message: string;
  /**
   * `error`: contract or guide exclude it, and calls throw a {@link ValidationError}. `warning`: the
   * request is sent, and the warning is logged.
   */
  severity: "error" | "warning";
}

/** A problem; an error unless it says otherwise. */
export type ProblemInput = Omit<Problem, "severity"> & Partial<Pick<Problem, "severity">>;

/** The platform's error body. */
export interface UpstreamError {
  /** Name of the error; newer platforms can have more. */
  name?: string | undefined;
  /** Explanation for developers. */
  message?: string | undefined;
  /** Title to show to users. */
  clientSubject?: string | undefined;
  /** Text to show to users. */
  clientBody?: string | undefined;
}

/** Fields of an error, beside its message. */
export interface SignErrorOptions {
  code?: ErrorCode | undefined;
  operation?: string | undefined;
  processId?: string | undefined;
  status?: number | undefined;
  errorId?: string | undefined;
  retryable?: boolean | undefined;
  attempts?: number | undefined;
  retryAfterMs?: number | undefined;
  cause?: unknown;
  upstream?: UpstreamError | undefined;
  problems?: Problem[] | undefined;
  state?: string | undefined;
  allowed?: string[] | undefined;
  reason?: ProcessEndReason | undefined;
  correlation?: string | undefined;
  sentAt?: string | undefined;
}

/** Why a process cannot reach the expected state. */
export type ProcessEndReason = "expired" | "declined" | "identification_rejected" | "completed";

// A global symbol, so that `instanceof` works between the ESM and the CJS copy of this package, and
// between two versions of it.
const BRAND = Symbol.for("swisscom-sign.error");

const CODES = Object.keys(ERROR_KINDS) as ErrorCode[];

function ownCode(name: string): ErrorCode {
  return CODES.find((code) => ERROR_KINDS[code].class === name) ?? "unexpected_status";
}

/** Base class of every error of this package. It never contains a secret, a token or file bytes. */
export class SignError extends Error {
  /** Stable code. */
  readonly code: ErrorCode;
  /** `operationId` of the contract, or `token`; absent if no operation was involved. */
  declare readonly operation?: OperationId | (string & Record<never, never>) | undefined;
  /** Identifier of the process. */
  declare readonly processId?: string | undefined;
  /** HTTP status, if there was a response. */
  declare readonly status?: number | undefined;
  /** Identifier of the error in the platform's log; give it to their support. */
  declare readonly errorId?: string | undefined;
  /** Whether the same call can succeed later. */
  readonly retryable: boolean;
  /** Number of times the request was sent. */
  readonly attempts: number;
  /** Delay that the platform requests before a retry, in milliseconds. */
  declare readonly retryAfterMs?: number | undefined;
  /** The platform's error body. */
  declare readonly upstream?: UpstreamError | undefined;

  constructor(message: string, options: SignErrorOptions = {}) {
    super(message, "cause" in options ? { cause: options.cause } : undefined);
    this.code = options.code ?? ownCode(this.name);
    this.retryable = options.retryable ?? ERROR_KINDS[this.code].retryable;
    this.attempts = options.attempts ?? 0;
    // Fields without a value stay absent, so that printing the error shows only what is known.
    const { operation, processId, status, errorId, retryAfterMs, upstream } = options;
    assign(this, { operation, processId, status, errorId, retryAfterMs, upstream });
  }

  /** The error as plain JSON, without stack and cause. */
  toJSON(): Record<string, unknown> {
    return Object.assign({ name: this.name, message: this.message }, this as object);
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    const brand: unknown = Object.hasOwn(this, BRAND) ? (this as Branded)[BRAND] : undefined;
    if (typeof brand !== "string") return Function.prototype[Symbol.hasInstance].call(this, value);
    try {
      const names: unknown = (value as { [BRAND]?: unknown } | null | undefined)?.[BRAND];
      return Array.isArray(names) && names.includes(brand);
    } catch {
      // A proxy whose traps throw.
      return false;
    }
  }
}

interface Branded {
  readonly [BRAND]?: unknown;
}

/** Maximum number of problems in the output of `console.log(error)`; `problems` has all of them. */
const MAX_PRINTED = 5;

/** Invalid request: found before it was sent, or rejected by the platform (400, 413). */
export class ValidationError extends SignError {
  /**
   * Every problem at once; empty if the platform rejected the request. `console.log` prints them if there
   * are at most five.
   */
  declare readonly problems: readonly Problem[];
  constructor(message: string, options: SignErrorOptions = {}) {
    super(message, options);
    const { problems = [] } = options;
    assign(this, { problems });
    // Node prints enumerable fields: an uncaught error has to fit on a screen.
    if (problems.length > MAX_PRINTED) {
      Object.defineProperty(this, "problems", { enumerable: false });
    }
  }

  override toJSON(): Record<string, unknown> {
    return { ...super.toJSON(), problems: this.problems };
  }
}

/** The state of the process does not allow the operation, or the process ended during `waitFor`. */
export class StateError extends SignError {
  /** State of the process. */
  declare readonly state: State | (string & Record<never, never>);
  /** Operations that the state allows. */
  declare readonly allowed: readonly string[];
  /** Why the process ended. */
  declare readonly reason?: ProcessEndReason | undefined;
  constructor(message: string, options: SignErrorOptions = {}) {
    super(message, options);
    const { state, allowed = [], reason } = options;
    assign(this, { state, allowed, reason });
  }
}

/** No valid token: the credentials or the token were rejected (401). */
export class AuthenticationError extends SignError {}

/** The token lacks the scope, or the process belongs to another owner (403). */
export class PermissionError extends SignError {}

/** Process, participant or file not found (404). */
export class NotFoundError extends SignError {}

/** The platform rejected the operation; `upstream.name` is the reason (409). */
export class ConflictError extends SignError {
  /** Title to show to users. */
  get clientSubject(): string | undefined {
    return this.upstream?.clientSubject;
  }
  /** Text to show to users. */
  get clientBody(): string | undefined {
    return this.upstream?.clientBody;
  }
}

/** The files were deleted at archival (410). */
export class GoneError extends SignError {}

/** The file cannot be downloaded yet (412). */
export class NotReadyError extends SignError {}

/** Too many requests (429). */
export class RateLimitError extends SignError {}

/** Error of the platform or a gateway (5xx), or a malformed response. */
export class ServerError extends SignError {}

/** No response: the connection failed. */
export class ConnectionError extends SignError {}

/** Timeout. */
export class TimeoutError extends SignError {}

/** The caller's signal was aborted; its reason is the `cause`. */
export class AbortError extends SignError {
  /** For a create or an attach that may have been performed: see {@link UncertainOutcomeError}. */
  declare readonly correlation?: string | undefined;
  /** When it was sent, in ISO 8601; absent if it was certainly not performed. */
  declare readonly sentAt?: string | undefined;
  constructor(message: string, options: SignErrorOptions = {}) {
    super(message, options);
    assign(this, { correlation: options.correlation, sentAt: options.sentAt });
  }
}

/**
 * Uncertain outcome of a create or an attach: the response was lost (see `cause`), and the lookup that
 * follows did not settle whether it was performed. Check before you repeat the call.
 */
export class UncertainOutcomeError extends SignError {
  /**
   * Search key: the value of the process's property `swisscom-sign.correlation`, or the file's
   * `externalIdentifier`. Absent if all properties of the process were in use.
   */
  declare readonly correlation?: string | undefined;
  /** When it was sent, in ISO 8601. */
  declare readonly sentAt?: string | undefined;
  constructor(message: string, options: SignErrorOptions = {}) {
    super(message, options);
    assign(this, { correlation: options.correlation, sentAt: options.sentAt });
  }
}

/** A client secret was passed to a client in a web page. */
export class SecretInBrowserError extends SignError {}

/** The WebAssembly module could not be loaded; the next call tries again. */
export class WasmLoadError extends SignError {}

const CLASSES: Record<ErrorClass, typeof SignError> = {
  SignError,
  ValidationError,
  StateError,
  AuthenticationError,
  PermissionError,
  NotFoundError,
  ConflictError,
  GoneError,
  NotReadyError,
  RateLimitError,
  ServerError,
  ConnectionError,
  TimeoutError,
  AbortError,
  UncertainOutcomeError,
  SecretInBrowserError,
  WasmLoadError,
};

for (const [name, type] of Object.entries(CLASSES)) {
  const names = type === SignError ? [name] : ["SignError", name];
  Object.defineProperty(type, BRAND, { value: name });
  Object.defineProperty(type.prototype, BRAND, { value: names });
  // Explicit, because minifiers rename classes.
  Object.defineProperty(type, "name", { value: name, configurable: true });
  Object.defineProperty(type.prototype, "name", {
    value: name,
    configurable: true,
    writable: true,
  });
}

function assign(error: SignError, fields: Record<string, unknown>): void {
  for (const [name, value] of Object.entries(fields)) {
    if (value === undefined) continue;
    Object.defineProperty(error, name, { value, enumerable: true, configurable: true });
  }
}

/** Converts an error of the core into an instance; other values are returned unchanged. */
export function toSignError(thrown: unknown): unknown {
  if (thrown instanceof Error || typeof thrown !== "object" || thrown === null) return thrown;
  const wire = thrown as WireError;
  const type = CLASSES[wire.class];
  if (type === undefined) return thrown;
  // The cause can be an error of the core, too.
  const cause = "cause" in wire ? { cause: toSignError(wire.cause) } : {};
  return new type(wire.message, { ...wire, ...cause });
}

/** Runs a function of the wasm module and converts its errors. */
export function withSignErrors<T>(run: () => T): T {
  try {
    return run();
  } catch (error) {
    throw toSignError(error);
  }
}
