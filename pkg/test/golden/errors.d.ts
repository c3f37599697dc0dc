import type { OperationId, State } from "./generated/contract.js";
import { type ErrorClass, type ErrorCode, type ProblemCode } from "./generated/errors.js";
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
/** Base class of every error of this package. It never contains a secret, a token or file bytes. */
export declare class SignError extends Error {
    /** Stable code. */
    readonly code: ErrorCode;
    /** `operationId` of the contract, or `token`; absent if no operation was involved. */
    readonly operation?: OperationId | (string & Record<never, never>) | undefined;
    /** Identifier of the process. */
    readonly processId?: string | undefined;
    /** HTTP status, if there was a response. */
    readonly status?: number | undefined;
    /** Identifier of the error in the platform's log; give it to their support. */
    readonly errorId?: string | undefined;
    /** Whether the same call can succeed later. */
    readonly retryable: boolean;
    /** Number of times the request was sent. */
    readonly attempts: number;
    /** Delay that the platform requests before a retry, in milliseconds. */
    readonly retryAfterMs?: number | undefined;
    /** The platform's error body. */
    readonly upstream?: UpstreamError | undefined;
    constructor(message: string, options?: SignErrorOptions);
    /** The error as plain JSON, without stack and cause. */
    toJSON(): Record<string, unknown>;
    static [Symbol.hasInstance](value: unknown): boolean;
}
/** Invalid request: found before it was sent, or rejected by the platform (400, 413). */
export declare class ValidationError extends SignError {
    /**
     * Every problem at once; empty if the platform rejected the request. `console.log` prints them if there
     * are at most five.
     */
    readonly problems: readonly Problem[];
    constructor(message: string, options?: SignErrorOptions);
    toJSON(): Record<string, unknown>;
}
/** The state of the process does not allow the operation, or the process ended during `waitFor`. */
export declare class StateError extends SignError {
    /** State of the process. */
    readonly state: State | (string & Record<never, never>);
    /** Operations that the state allows. */
    readonly allowed: readonly string[];
    /** Why the process ended. */
    readonly reason?: ProcessEndReason | undefined;
    constructor(message: string, options?: SignErrorOptions);
}
/** No valid token: the credentials or the token were rejected (401). */
export declare class AuthenticationError extends SignError {
}
/** The token lacks the scope, or the process belongs to another owner (403). */
export declare class PermissionError extends SignError {
}
/** Process, participant or file not found (404). */
export declare class NotFoundError extends SignError {
}
/** The platform rejected the operation; `upstream.name` is the reason (409). */
export declare class ConflictError extends SignError {
    /** Title to show to users. */
    get clientSubject(): string | undefined;
    /** Text to show to users. */
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
/** Error of the platform or a gateway (5xx), or a malformed response. */
export declare class ServerError extends SignError {
}
/** No response: the connection failed. */
export declare class ConnectionError extends SignError {
}
/** Timeout. */
export declare class TimeoutError extends SignError {
}
/** The caller's signal was aborted; its reason is the `cause`. */
export declare class AbortError extends SignError {
    /** For a create or an attach that may have been performed: see {@link UncertainOutcomeError}. */
    readonly correlation?: string | undefined;
    /** When it was sent, in ISO 8601; absent if it was certainly not performed. */
    readonly sentAt?: string | undefined;
    constructor(message: string, options?: SignErrorOptions);
}
/**
 * Uncertain outcome of a create or an attach: the response was lost (see `cause`), and the lookup that
 * follows did not settle whether it was performed. Check before you repeat the call.
 */
export declare class UncertainOutcomeError extends SignError {
    /**
     * Search key: the value of the process's property `swisscom-sign.correlation`, or the file's
     * `externalIdentifier`. Absent if all properties of the process were in use.
     */
    readonly correlation?: string | undefined;
    /** When it was sent, in ISO 8601. */
    readonly sentAt?: string | undefined;
    constructor(message: string, options?: SignErrorOptions);
}
/** A client secret was passed to a client in a web page. */
export declare class SecretInBrowserError extends SignError {
}
/** The WebAssembly module could not be loaded; the next call tries again. */
export declare class WasmLoadError extends SignError {
}
/** Converts an error of the core into an instance; other values are returned unchanged. */
export declare function toSignError(thrown: unknown): unknown;
/** Runs a function of the wasm module and converts its errors. */
export declare function withSignErrors<T>(run: () => T): T;
