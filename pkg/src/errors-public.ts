// The error classes, as every entry point exports them.

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
  EndReason,
  ErrorClass,
  ErrorCode,
  Problem,
  ProblemCode,
  SignErrorOptions,
  Upstream,
} from "./errors.js";
