// Made by `cargo xtask types` from src/contract and src/error.rs; do not edit.

/** Every kind of error: its code, its class, and whether a retry can succeed. */
export const ERROR_KINDS = {
  validation_failed: { class: "ValidationError", retryable: false },
  state_forbids: { class: "StateError", retryable: false },
  unauthenticated: { class: "AuthenticationError", retryable: false },
  token_unavailable: { class: "AuthenticationError", retryable: true },
  permission_denied: { class: "PermissionError", retryable: false },
  not_found: { class: "NotFoundError", retryable: false },
  conflict: { class: "ConflictError", retryable: false },
  gone: { class: "GoneError", retryable: false },
  not_ready: { class: "NotReadyError", retryable: true },
  rate_limited: { class: "RateLimitError", retryable: true },
  server_error: { class: "ServerError", retryable: true },
  malformed_response: { class: "ServerError", retryable: true },
  unexpected_status: { class: "SignError", retryable: false },
  connection_failed: { class: "ConnectionError", retryable: true },
  timeout: { class: "TimeoutError", retryable: true },
  aborted: { class: "AbortError", retryable: false },
  uncertain_outcome: { class: "UncertainOutcomeError", retryable: false },
  secret_in_browser: { class: "SecretInBrowserError", retryable: false },
  wasm_load_failed: { class: "WasmLoadError", retryable: true },
  invalid_argument: { class: "SignError", retryable: false },
} as const;

/** Stable code of an error. */
export type ErrorCode = keyof typeof ERROR_KINDS;

/** Name of an error class. */
export type ErrorClass = (typeof ERROR_KINDS)[ErrorCode]["class"];

/** The rule that a request violates. */
export type ProblemCode = "syntax" | "too_deep" | "duplicate_key" | "type" | "required" | "too_long" | "too_many_items" | "duplicate_item" | "minimum" | "maximum" | "format" | "enumeration" | "not_unique" | "out_of_range" | "method_not_for_level" | "corporate_only" | "not_signable_on_test" | "reminders_suppressed" | "no_signer" | "no_document" | "signer_not_placed" | "no_document_with_all_signers" | "page_out_of_range" | "outside_visible_area" | "person_incomplete" | "unknown_participant" | "participant_gone" | "too_many_files" | "file_empty" | "file_too_large" | "not_a_pdf" | "file_damaged" | "file_encrypted" | "file_certified" | "tag_not_found" | "tags_not_searched" | "overlapping_positions" | "unknown_field" | "read_only";
