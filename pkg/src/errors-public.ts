// The error exports of every entry point.

export {
  AbortError,
  AuthenticationError,
  ConflictError,
  ConnectionError,
  GoneError,
  NotFoundError,
  NotReadyError,
  PermissionError,
  RateLimitError,
  SecretInBrowserError,
  ServerError,
  SignError,
  StateError,
  TimeoutError,
  UncertainOutcomeError,
  ValidationError,
  WasmLoadError,
} from "./errors.js";
export type {
  ErrorClass,
  ErrorCode,
  Problem,
  ProblemCode,
  ProcessEndReason,
  SignErrorOptions,
  UpstreamError,
} from "./errors.js";
