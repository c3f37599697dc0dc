// The error classes. What failed is decided in Rust and comes out as a plain object; here it
// becomes an instance. The table of kinds is generated from the core, and `CLASSES` must name each
// class of it, or this file does not compile.

import type { OperationId, State } from "./generated/contract.js";
import {
  ERROR_KINDS,
  type ErrorClass,
  type ErrorCode,
  type ProblemCode,
} from "./generated/errors.js";
import type { WireError } from "./wire.js";

export type { ErrorClass, ErrorCode, ProblemCode };

/** One deviation of a request from the contract. */
export interface Problem {
  /** Where: a JSONPath (RFC 9535), such as `$.invitees.signers[0].email`. */
  path: string;
  /** Which rule; stable. */
  code: ProblemCode | "state_forbids";
  /** What is wrong and what would be right. It never holds the value. */
  message: string;
}

/** What the platform said in its error body. */
export interface Upstream {
  /** Name of the failure; an open set. */
  name?: string;
  /** Explanation for developers. */
  message?: string;
  /** Title that can be shown to a user. */
  clientSubject?: string;
  /** Text that can be shown to a user. */
  clientBody?: string;
}

/** What an error is made of, beside its message. */
export interface SignErrorOptions {
  code?: ErrorCode;
  operation?: string;
  processId?: string;
  status?: number;
  errorId?: string;
  retryable?: boolean;
  attempts?: number;
  retryAfterMs?: number;
  cause?: unknown;
  upstream?: Upstream;
  problems?: Problem[];
  state?: string;
  allowed?: string[];
  reason?: EndReason;
  correlation?: string;
  sentAt?: string;
}

/** Why a process cannot reach the state that was awaited. */
export type EndReason = "expired" | "declined" | "identification_rejected" | "completed";

// In the registry of all realms, so that the ESM and the CJS copy of this package, and two
// versions of it, know each other's errors.
const BRAND = Symbol.for("swisscom-sign.error");

const CODES = Object.keys(ERROR_KINDS) as ErrorCode[];

function ownCode(name: string): ErrorCode {
  return CODES.find((code) => ERROR_KINDS[code].class === name) ?? "unexpected_status";
}

/** Base of every error of this package. It never holds a secret, a token or bytes of a file. */
export class SignError extends Error {
  /** Stable code. */
  readonly code: ErrorCode;
  /** `operationId` of the contract, or `token`; absent where no operation was involved. */
  declare readonly operation?: OperationId | (string & Record<never, never>);
  /** The process. */
  declare readonly processId?: string;
  /** HTTP status, when there was an answer. */
  declare readonly status?: number;
  /** Identifier of the failure in the platform's log; name it to their support. */
  declare readonly errorId?: string;
  /** Whether the same call can succeed later without a change. */
  readonly retryable: boolean;
  /** How often the request was sent. */
  readonly attempts: number;
  /** How long the platform asks to wait, in milliseconds. */
  declare readonly retryAfterMs?: number;
  /** What the platform said. */
  declare readonly upstream?: Upstream;

  constructor(message: string, options: SignErrorOptions = {}) {
    super(message, "cause" in options ? { cause: options.cause } : undefined);
    this.code = options.code ?? ownCode(this.name);
    this.retryable = options.retryable ?? ERROR_KINDS[this.code].retryable;
    this.attempts = options.attempts ?? 0;
    // Absent ones stay absent, so that what is printed is what is known.
    const { operation, processId, status, errorId, retryAfterMs, upstream } = options;
    assign(this, { operation, processId, status, errorId, retryAfterMs, upstream });
  }

  /** The error as plain JSON: no stack, no cause. */
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
      // A proxy of somebody else's.
      return false;
    }
  }
}

interface Branded {
  readonly [BRAND]?: unknown;
}

/** The request breaks the contract: found before it was sent, or said by the platform (400, 413). */
export class ValidationError extends SignError {
  /** Everything that is wrong, at once; empty when only the platform knows. */
  declare readonly problems: readonly Problem[];
  constructor(message: string, options: SignErrorOptions = {}) {
    super(message, options);
    assign(this, { problems: options.problems ?? [] });
  }
}

/** The state of the process forbids the operation, or the process ended while it was awaited. */
export class StateError extends SignError {
  /** The state that forbids it. */
  declare readonly state: State | (string & Record<never, never>);
  /** What the state permits. */
  declare readonly allowed: readonly string[];
  /** Why an awaited process ended. */
  declare readonly reason?: EndReason;
  constructor(message: string, options: SignErrorOptions = {}) {
    super(message, options);
    const { state, allowed = [], reason } = options;
    assign(this, { state, allowed, reason });
  }
}

/** No valid token: the credentials were refused, or a token was (401). */
export class AuthenticationError extends SignError {}

/** The token lacks the scope, or the process belongs to somebody else (403). */
export class PermissionError extends SignError {}

/** There is no such process, participant or file (404). */
export class NotFoundError extends SignError {}

/** The platform refuses, for the reason in `upstream.name` (409). */
export class ConflictError extends SignError {
  /** Title that can be shown to a user. */
  get clientSubject(): string | undefined {
    return this.upstream?.clientSubject;
  }
  /** Text that can be shown to a user. */
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

/** The platform or a gateway before it failed (5xx), or answered with what is no answer. */
export class ServerError extends SignError {}

/** No answer came: the connection could not be made, or broke. */
export class ConnectionError extends SignError {}

/** No answer came in time. */
export class TimeoutError extends SignError {}

/** The caller's signal was aborted; its reason is the `cause`. */
export class AbortError extends SignError {
  /** Of a create or an attach that may have been performed: see {@link UncertainOutcomeError}. */
  declare readonly correlation?: string;
  /** When it was sent, in ISO 8601; absent when it surely was not performed. */
  declare readonly sentAt?: string;
  constructor(message: string, options: SignErrorOptions = {}) {
    super(message, options);
    assign(this, { correlation: options.correlation, sentAt: options.sentAt });
  }
}

/**
 * A create or an attach whose result could not be established: the answer was lost, which is the
 * `cause`, and the platform could not be asked. Look before you repeat it.
 */
export class UncertainOutcomeError extends SignError {
  /**
   * What to look for: the process whose property `swisscom-sign.correlation` has this value, or the
   * file of this `externalIdentifier`. Absent when there was no room for it.
   */
  declare readonly correlation?: string;
  /** When it was sent, in ISO 8601. */
  declare readonly sentAt?: string;
  constructor(message: string, options: SignErrorOptions = {}) {
    super(message, options);
    assign(this, { correlation: options.correlation, sentAt: options.sentAt });
  }
}

/** A client secret was given to a page. */
export class SecretInBrowserError extends SignError {}

/** The WebAssembly module could not be loaded; another call tries again. */
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
  // Set, not derived: a minifier renames classes.
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

/** The instance for what Rust threw; anything else is passed through. */
export function toSignError(thrown: unknown): unknown {
  if (thrown instanceof Error || typeof thrown !== "object" || thrown === null) return thrown;
  const wire = thrown as WireError;
  const type = CLASSES[wire.class];
  if (type === undefined) return thrown;
  // The cause may be an error from there too: that of the lost answer.
  const cause = "cause" in wire ? { cause: toSignError(wire.cause) } : {};
  return new type(wire.message, { ...wire, ...cause });
}

/** Runs a function of the module, with its errors as instances. */
export function translated<T>(run: () => T): T {
  try {
    return run();
  } catch (error) {
    throw toSignError(error);
  }
}
