import type { OperationId, State } from "./generated/contract.js";
import { type ErrorClass, type ErrorCode, type ProblemCode } from "./generated/errors.js";
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
/** Base of every error of this package. It never holds a secret, a token or bytes of a file. */
export declare class SignError extends Error {
    /** Stable code. */
    readonly code: ErrorCode;
    /** `operationId` of the contract, or `token`; absent where no operation was involved. */
    readonly operation?: OperationId | (string & Record<never, never>);
    /** The process. */
    readonly processId?: string;
    /** HTTP status, when there was an answer. */
    readonly status?: number;
    /** Identifier of the failure in the platform's log; name it to their support. */
    readonly errorId?: string;
    /** Whether the same call can succeed later without a change. */
    readonly retryable: boolean;
    /** How often the request was sent. */
    readonly attempts: number;
    /** How long the platform asks to wait, in milliseconds. */
    readonly retryAfterMs?: number;
    /** What the platform said. */
    readonly upstream?: Upstream;
    constructor(message: string, options?: SignErrorOptions);
    /** The error as plain JSON: no stack, no cause. */
    toJSON(): Record<string, unknown>;
    static [Symbol.hasInstance](value: unknown): boolean;
}
/** The request breaks the contract: found before it was sent, or said by the platform (400, 413). */
export declare class ValidationError extends SignError {
    /** Everything that is wrong, at once; empty when only the platform knows. */
    readonly problems: readonly Problem[];
    constructor(message: string, options?: SignErrorOptions);
}
/** The state of the process forbids the operation, or the process ended while it was awaited. */
export declare class StateError extends SignError {
    /** The state that forbids it. */
    readonly state: State | (string & Record<never, never>);
    /** What the state permits. */
    readonly allowed: readonly string[];
    /** Why an awaited process ended. */
    readonly reason?: EndReason;
    constructor(message: string, options?: SignErrorOptions);
}
/** No valid token: the credentials were refused, or a token was (401). */
export declare class AuthenticationError extends SignError {
}
/** The token lacks the scope, or the process belongs to somebody else (403). */
export declare class PermissionError extends SignError {
}
/** There is no such process, participant or file (404). */
export declare class NotFoundError extends SignError {
}
/** The platform refuses, for the reason in `upstream.name` (409). */
export declare class ConflictError extends SignError {
    /** Title that can be shown to a user. */
    get clientSubject(): string | undefined;
    /** Text that can be shown to a user. */
    get clientBody(): string | undefined;
}
/** The files were deleted at archival (410). */
export declare class GoneError extends SignError {
}
/** The file cannot be downloaded yet (412). */
export declare class NotReadyError extends SignError {
}
/** Too many requests (429). */
export declare class RateLimitError extends SignError {
}
/** The platform or a gateway before it failed (5xx), or answered with what is no answer. */
export declare class ServerError extends SignError {
}
/** No answer came: the connection could not be made, or broke. */
export declare class ConnectionError extends SignError {
}
/** No answer came in time. */
export declare class TimeoutError extends SignError {
}
/** The caller's signal was aborted; its reason is the `cause`. */
export declare class AbortError extends SignError {
    /** Of a create or an attach that may have been performed: see {@link UncertainOutcomeError}. */
    readonly correlation?: string;
    /** When it was sent, in ISO 8601; absent when it surely was not performed. */
    readonly sentAt?: string;
    constructor(message: string, options?: SignErrorOptions);
}
/**
 * A create or an attach whose result could not be established: the answer was lost, which is the
 * `cause`, and the platform could not be asked. Look before you repeat it.
 */
export declare class UncertainOutcomeError extends SignError {
    /**
     * What to look for: the process whose property `swisscom-sign.correlation` has this value, or the
     * file of this `externalIdentifier`. Absent when there was no room for it.
     */
    readonly correlation?: string;
    /** When it was sent, in ISO 8601. */
    readonly sentAt?: string;
    constructor(message: string, options?: SignErrorOptions);
}
/** A client secret was given to a page. */
export declare class SecretInBrowserError extends SignError {
}
/** The WebAssembly module could not be loaded; another call tries again. */
export declare class WasmLoadError extends SignError {
}
/** The instance for what Rust threw; anything else is passed through. */
export declare function toSignError(thrown: unknown): unknown;
/** Runs a function of the module, with its errors as instances. */
export declare function translated<T>(run: () => T): T;
