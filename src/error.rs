//! The one error of this crate, mapped once: from problems, states and answers to a kind, and
//! from the kind to a stable code, a class name and whether a repetition can help.

use core::fmt;

use crate::contract::{Operation, Problem, State};
use crate::text::{digits, join};

macro_rules! error_kinds {
    ($( $(#[doc = $doc:literal])* $variant:ident = $code:literal $class:literal $retryable:literal ),+ $(,)?) => {
        /// What kind of failure it is. Kinds that only a host can meet (connection, timeout) stand
        /// here too, so that there is one table of codes.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
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
    /// The request breaks the contract; found here, or answered by 400 or 413.
    Validation = "validation_failed" "ValidationError" false,
    /// The state of the process forbids the operation; found here.
    State = "state_forbids" "StateError" false,
    /// No valid token: the credentials were refused, or a fresh token was (401).
    Authentication = "unauthenticated" "AuthenticationError" false,
    /// No token could be obtained for now: the token endpoint is out of order.
    TokenUnavailable = "token_unavailable" "AuthenticationError" true,
    /// The token does not carry the scope, or the process belongs to somebody else (403).
    Permission = "permission_denied" "PermissionError" false,
    /// No such process, participant or file (404, or 409 with such a name).
    NotFound = "not_found" "NotFoundError" false,
    /// The platform refuses for the reason in the error's name (409).
    Conflict = "conflict" "ConflictError" false,
    /// The files were deleted at archival (410).
    Gone = "gone" "GoneError" false,
    /// The file cannot be downloaded yet (412).
    NotReady = "not_ready" "NotReadyError" true,
    /// Too many requests (429).
    RateLimit = "rate_limited" "RateLimitError" true,
    /// The platform or a gateway before it failed (5xx).
    Server = "server_error" "ServerError" true,
    /// A successful status with a body that is not what the contract says.
    MalformedResponse = "malformed_response" "ServerError" true,
    /// A status that the contract does not know.
    UnexpectedStatus = "unexpected_status" "SignError" false,
    /// No answer: the connection could not be made, or broke.
    Connection = "connection_failed" "ConnectionError" true,
    /// No answer in time.
    Timeout = "timeout" "TimeoutError" true,
    /// The caller's signal was aborted.
    Abort = "aborted" "AbortError" false,
    /// A write whose result could not be established.
    UncertainOutcome = "uncertain_outcome" "UncertainOutcomeError" false,
    /// A client secret was given to a page.
    SecretInBrowser = "secret_in_browser" "SecretInBrowserError" false,
    /// The WebAssembly module could not be loaded.
    WasmLoad = "wasm_load_failed" "WasmLoadError" true,
    /// The caller's own configuration or argument cannot be used.
    InvalidArgument = "invalid_argument" "SignError" false,
}

/// What the platform said in its error body.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UpstreamError {
    /// Identifier of the failure in the platform's log.
    pub id: Option<String>,
    /// Name of the failure; an open set.
    pub name: Option<String>,
    /// Explanation for developers.
    pub message: Option<String>,
    /// Title that can be shown to a user.
    pub client_subject: Option<String>,
    /// Text that can be shown to a user.
    pub client_body: Option<String>,
}

/// A failure. It never holds a secret, a token, a URL that lets somebody in, or bytes of a file.
#[derive(Debug, Clone, PartialEq)]
pub struct Error {
    /// What kind of failure it is.
    pub kind: ErrorKind,
    /// The operation that failed; none for token requests and for arguments.
    pub operation: Option<Operation>,
    /// HTTP status, when there was an answer.
    pub status: Option<u16>,
    /// What happened and what to do, in a sentence.
    pub message: String,
    /// Everything that is wrong with the request ([`ErrorKind::Validation`]).
    pub problems: Vec<Problem>,
    /// The state that forbids the operation ([`ErrorKind::State`]).
    pub state: Option<State>,
    /// What the platform said.
    pub upstream: Option<Box<UpstreamError>>,
    /// How long to wait before the next try, in milliseconds, as the platform asked.
    pub retry_after_ms: Option<u64>,
}

impl Error {
    /// An error of that kind.
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
        }
    }

    /// The same error, of that operation.
    #[must_use]
    pub fn with_operation(mut self, operation: Operation) -> Self {
        self.operation = Some(operation);
        self
    }

    /// A request that breaks the contract in these ways.
    pub fn validation_error(operation: Operation, problems: Vec<Problem>) -> Self {
        let mut message = join(&[operation.id(), " was not sent"]);
        if let [first, rest @ ..] = problems.as_slice() {
            message.push_str(&join(&[": ", &first.path, ": ", &first.message]));
            if !rest.is_empty() {
                message.push_str(&join(&[" (and ", &digits(rest.len() as i64), " more)"]));
            }
        }
        Self { problems, ..Self::new(ErrorKind::Validation, message).with_operation(operation) }
    }

    /// An operation that the state forbids.
    pub fn state_error(operation: Operation, state: State) -> Self {
        let id = operation.id();
        let mut message = join(&[id, " is not possible: the process is ", state.as_str()]);
        if let Some(wanted) = operation.spec().prerequisite.minimal_state() {
            message.push_str(&join(&["; it needs ", wanted.as_str()]));
        }
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

impl std::error::Error for Error {}

/// Result with the [`Error`] of this crate.
pub type Result<T> = core::result::Result<T, Error>;
