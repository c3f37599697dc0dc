//! The error type: a kind with a stable code, a JavaScript class name and whether a retry can help.

use core::fmt;
use std::sync::Arc;

use crate::contract::{Operation, Problem, State};
use crate::format_text::{format_integer, join};

macro_rules! error_kinds {
    ($( $(#[doc = $doc:literal])* $variant:ident = $code:literal $class:literal $retryable:literal ),+ $(,)?) => {
        /// Kind of an error. Kinds that only a host can report (connection, timeout) are included, so
        /// that there is one table of codes.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum ErrorKind {
            $( $(#[doc = $doc])* $variant, )+
        }

        impl ErrorKind {
            /// Every kind.
            pub const ALL: &'static [ErrorKind] = &[$(Self::$variant),+];

            /// Stable code.
            pub fn code(self) -> &'static str {
                match self { $( Self::$variant => $code, )+ }
            }

            /// Name of the JavaScript class.
            pub fn class(self) -> &'static str {
                match self { $( Self::$variant => $class, )+ }
            }

            /// Whether the same call can succeed later without a change by the caller.
            pub fn retryable(self) -> bool {
                match self { $( Self::$variant => $retryable, )+ }
            }
        }
    };
}

error_kinds! {
    /// The request violates the contract; found before it was sent, or reported by 400 or 413.
    Validation = "validation_failed" "ValidationError" false,
    /// The state of the process forbids the operation; found before the request was sent.
    State = "state_forbids" "StateError" false,
    /// The credentials or a new token were rejected (401).
    Authentication = "unauthenticated" "AuthenticationError" false,
    /// The token endpoint is unavailable.
    TokenUnavailable = "token_unavailable" "AuthenticationError" true,
    /// The token lacks the scope, or the process belongs to another organization (403).
    Permission = "permission_denied" "PermissionError" false,
    /// The process, participant or file does not exist (404, or 409 with such a name).
    NotFound = "not_found" "NotFoundError" false,
    /// The platform rejects the operation for the reason in the error's name (409).
    Conflict = "conflict" "ConflictError" false,
    /// The files were deleted at archival (410).
    Gone = "gone" "GoneError" false,
    /// The file cannot be downloaded yet (412).
    NotReady = "not_ready" "NotReadyError" true,
    /// Too many requests (429).
    RateLimit = "rate_limited" "RateLimitError" true,
    /// The platform or a gateway failed (5xx).
    Server = "server_error" "ServerError" true,
    /// A successful response whose body does not match the contract.
    MalformedResponse = "malformed_response" "ServerError" true,
    /// A status that the contract does not define.
    UnexpectedStatus = "unexpected_status" "SignError" false,
    /// No response: the connection could not be established, or it closed.
    Connection = "connection_failed" "ConnectionError" true,
    /// No response before the deadline.
    Timeout = "timeout" "TimeoutError" true,
    /// The caller's signal was aborted.
    Abort = "aborted" "AbortError" false,
    /// A write whose response was lost and whose outcome could not be determined.
    UncertainOutcome = "uncertain_outcome" "UncertainOutcomeError" false,
    /// A client secret was given to a page.
    SecretInBrowser = "secret_in_browser" "SecretInBrowserError" false,
    /// The WebAssembly module could not be loaded.
    WasmLoad = "wasm_load_failed" "WasmLoadError" true,
    /// An argument or setting of the caller is invalid.
    InvalidArgument = "invalid_argument" "SignError" false,
}

/// Error body of the platform.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UpstreamError {
    /// Identifier of the error in the platform's log.
    pub id: Option<String>,
    /// Name of the error; an open set.
    pub name: Option<String>,
    /// Explanation for developers.
    pub message: Option<String>,
    /// Title that can be shown to a user.
    pub client_subject: Option<String>,
    /// Text that can be shown to a user.
    pub client_body: Option<String>,
}

/// Error of this crate. Never contains a secret, a token, a URL with a credential, or file content.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Error {
    /// Kind.
    pub kind: ErrorKind,
    /// The operation that failed; none for token requests and for arguments.
    pub operation: Option<Operation>,
    /// HTTP status, if there was a response.
    pub status: Option<u16>,
    /// What is wrong and what to do.
    pub message: String,
    /// All problems of the request ([`ErrorKind::Validation`]).
    pub problems: Vec<Problem>,
    /// The state that forbids the operation ([`ErrorKind::State`]).
    pub state: Option<State>,
    /// Error body of the platform.
    pub upstream: Option<Box<UpstreamError>>,
    /// `Retry-After` of the platform, in milliseconds.
    pub retry_after_ms: Option<u64>,
    /// Whether a proxy or gateway responded instead of the platform: the body is not JSON.
    pub gateway: bool,
    pub(crate) source: Option<ErrorSource>,
}

type ErrorSource = Arc<dyn std::error::Error + Send + Sync>;

impl Error {
    /// Creates an error of this kind.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            operation: None,
            status: None,
            message: message.into(),
            problems: Vec::new(),
            state: None,
            upstream: None,
            retry_after_ms: None,
            gateway: false,
            source: None,
        }
    }

    /// Whether the same call can succeed later without a change by the caller. The response of a
    /// gateway says nothing about the process, unless it rejects the size of the request.
    pub fn retryable(&self) -> bool {
        self.kind.retryable() || (self.gateway && !matches!(self.status, Some(413 | 414 | 431)))
    }

    /// Sets the cause, returned by [`source`](std::error::Error::source). Its text must not contain
    /// secrets: loggers print it.
    #[must_use]
    pub fn with_source(
        mut self,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        self.source = Some(Arc::from(source.into()));
        self
    }

    /// Sets the operation.
    #[must_use]
    pub fn with_operation(mut self, operation: Operation) -> Self {
        self.operation = Some(operation);
        self
    }

    /// Creates the error for a request with these problems.
    pub fn validation_error(operation: Operation, problems: Vec<Problem>) -> Self {
        let mut message = join(&["invalid request: ", operation.id(), " was not sent"]);
        let mut errors = problems.iter().filter(|problem| problem.is_error());
        if let Some(first) = errors.next() {
            message.push_str(&join(&[": ", &first.path, ": ", &first.message]));
            let rest = errors.count();
            if rest > 0 {
                let plural = if rest == 1 { " more problem)" } else { " more problems)" };
                message.push_str(&join(&[" (and ", &format_integer(rest as i64), plural]));
            }
        }
        Self { problems, ..Self::new(ErrorKind::Validation, message).with_operation(operation) }
    }

    /// Creates the error for an operation that the state forbids.
    pub fn state_error(operation: Operation, state: State) -> Self {
        let required = operation.spec().prerequisite.minimal_state();
        let required = required.as_ref().map_or("another state", State::as_str);
        let message =
            join(&["invalid state ", state.as_str(), ": ", operation.id(), " requires ", required]);
        Self {
            state: Some(state),
            ..Self::new(ErrorKind::State, message).with_operation(operation)
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}

/// Compares everything but the cause, whose type has no equality.
impl PartialEq for Error {
    fn eq(&self, other: &Self) -> bool {
        let data = |error: &Self| {
            (error.kind, error.operation, error.status, error.retry_after_ms, error.state.clone())
        };
        data(self) == data(other)
            && self.message == other.message
            && self.problems == other.problems
            && self.upstream == other.upstream
    }
}

/// Result with the [`Error`] of this crate.
pub type Result<T> = core::result::Result<T, Error>;
