//! Retry decisions: whether and when to retry a failed call.
//!
//! Reads are retried. Writes are retried if they were certainly not performed or are idempotent. A
//! create or attach whose response was lost must be reconciled first: a blind retry could create a
//! second process or a second file.

use crate::contract::{Operation, ReplaySafety};
use crate::error::{Error, ErrorKind};

/// Class of a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FailureClass {
    /// The request was not sent: connection refused, host not found.
    NotSent,
    /// The operation may have been performed: connection closed, timeout, failure of the platform or
    /// a gateway, truncated response.
    Ambiguous,
    /// The platform is overloaded (429, 503).
    Busy,
    /// The token was rejected (401).
    Unauthorized,
    /// A gateway does not find the platform, such as during a deployment: nothing was performed.
    Gateway,
    /// A retry would fail in the same way.
    Final,
}

/// Failure to establish a connection: nothing was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum NotConnected {
    /// Host not found, refused, unreachable, timeout: can pass.
    Unreachable,
    /// The certificate of the server was rejected.
    Certificate,
    /// TLS, proxy or settings do not fit.
    Rejected,
}

impl NotConnected {
    /// Whether a retry can succeed without a change by the caller.
    pub fn can_pass(self) -> bool {
        self == Self::Unreachable
    }
}

/// How a text of an error is compared.
enum Pattern {
    Equal(&'static str),
    Prefix(&'static str),
    Contains(&'static str),
}

impl Pattern {
    fn matches(&self, text: &str) -> bool {
        match self {
            Self::Equal(pattern) => text == *pattern,
            Self::Prefix(pattern) => text.starts_with(pattern),
            Self::Contains(pattern) => text.contains(pattern),
        }
    }
}

use Pattern::{Contains, Equal, Prefix};

/// System calls before a connection exists, as in `syscall` of Node's errors.
static SYSCALLS: [Pattern; 4] =
    [Equal("connect"), Equal("getaddrinfo"), Equal("bind"), Prefix("query")];

/// Error codes of Node, undici, OpenSSL and Bun. `ECONNRESET`, `ETIMEDOUT`, `EPIPE` and
/// `UND_ERR_SOCKET` are absent, because an established connection can have them, too.
static CODES: &[(Pattern, NotConnected)] = &[
    (Equal("ECONNREFUSED"), NotConnected::Unreachable),
    (Equal("ENOTFOUND"), NotConnected::Unreachable),
    (Equal("EADDRNOTAVAIL"), NotConnected::Unreachable),
    (Prefix("EAI_"), NotConnected::Unreachable),
    (Equal("UND_ERR_CONNECT_TIMEOUT"), NotConnected::Unreachable),
    (Equal("ERR_SOCKET_CONNECTION_TIMEOUT"), NotConnected::Unreachable),
    (Equal("ConnectionRefused"), NotConnected::Unreachable),
    (Equal("FailedToOpenSocket"), NotConnected::Unreachable),
    (Prefix("CERT_"), NotConnected::Certificate),
    (Prefix("CRL_"), NotConnected::Certificate),
    (Prefix("UNABLE_TO_"), NotConnected::Certificate),
    (Prefix("ERROR_IN_C"), NotConnected::Certificate),
    (Contains("SELF_SIGNED_CERT"), NotConnected::Certificate),
    (Equal("INVALID_CA"), NotConnected::Certificate),
    (Equal("INVALID_PURPOSE"), NotConnected::Certificate),
    (Equal("PATH_LENGTH_EXCEEDED"), NotConnected::Certificate),
    (Equal("HOSTNAME_MISMATCH"), NotConnected::Certificate),
    (Equal("UNKNOWN_CERTIFICATE_VERIFICATION_ERROR"), NotConnected::Certificate),
    (Prefix("ERR_TLS_CERT_"), NotConnected::Certificate),
    (Equal("ERR_PROXY_TUNNEL"), NotConnected::Rejected),
    (Equal("UND_ERR_PRX_TLS"), NotConnected::Rejected),
    (Prefix("UND_ERR_SOCKS5"), NotConnected::Rejected),
    (Equal("UND_ERR_INVALID_ARG"), NotConnected::Rejected),
    (Equal("UND_ERR_CLOSED"), NotConnected::Rejected),
];

/// Texts of messages without such a code: of OpenSSL, in lower case and with spaces, undici, Node
/// and Deno. Alerts that an established connection can send, too, are absent.
static MESSAGES: &[(&str, NotConnected)] = &[
    ("invalid peer certificate", NotConnected::Certificate),
    ("before secure tls connection was established", NotConnected::Unreachable),
    ("tcp connect error", NotConnected::Unreachable),
    ("dns error", NotConnected::Unreachable),
    // Deno's word for every failure before a request is sent.
    ("client error (connect): received corrupt", NotConnected::Rejected),
    ("client error (connect)", NotConnected::Unreachable),
    ("!== 200 when http tunneling", NotConnected::Rejected),
    ("bad port", NotConnected::Rejected),
    ("wrong version number", NotConnected::Rejected),
    ("alert handshake failure", NotConnected::Rejected),
    ("alert protocol version", NotConnected::Rejected),
    ("alert insufficient security", NotConnected::Rejected),
    ("alert unknown ca", NotConnected::Rejected),
    ("alert bad certificate", NotConnected::Rejected),
    ("alert certificate", NotConnected::Rejected),
    ("alert unsupported certificate", NotConnected::Rejected),
    ("unrecognized name", NotConnected::Rejected),
    ("unsupported protocol", NotConnected::Rejected),
    ("no protocols available", NotConnected::Rejected),
    ("http request", NotConnected::Rejected),
    ("packet length too long", NotConnected::Rejected),
    ("unsafe legacy renegotiation disabled", NotConnected::Rejected),
    ("certificate verify failed", NotConnected::Certificate),
];

/// Whether an error of `fetch` means that no connection was established, by its `code`, `syscall`
/// and `message`. `None` if the request may have reached the platform.
pub fn not_connected(code: &str, syscall: &str, message: &str) -> Option<NotConnected> {
    if let Some((_, failure)) = CODES.iter().find(|(pattern, _)| pattern.matches(code)) {
        return Some(*failure);
    }
    if SYSCALLS.iter().any(|pattern| pattern.matches(syscall)) {
        return Some(NotConnected::Unreachable);
    }
    // A proxy that is overloaded can pass, unlike one that refuses.
    let message = message.to_ascii_lowercase();
    if message.contains("tunneling") && message.contains("(50") {
        return Some(NotConnected::Unreachable);
    }
    let found = MESSAGES.iter().find(|(text, _)| message.contains(text));
    found.map(|(_, failure)| *failure)
}

/// Classifies an error. `connect`: the failure to establish a connection; `None` if the request may
/// have reached the platform, or if the host does not know.
pub fn classify(error: &Error, connect: Option<NotConnected>) -> FailureClass {
    if connect.is_some_and(|failure| !failure.can_pass()) {
        return FailureClass::Final;
    }
    match (error.kind, error.status) {
        (ErrorKind::RateLimit, _) | (ErrorKind::Server, Some(503)) => FailureClass::Busy,
        // Token failures happen before the request is sent, so even writes can be retried.
        (ErrorKind::TokenUnavailable, _) => FailureClass::NotSent,
        (ErrorKind::Connection, _) if connect.is_some() => FailureClass::NotSent,
        (ErrorKind::Connection | ErrorKind::Timeout, _)
        | (ErrorKind::Server | ErrorKind::MalformedResponse, _) => FailureClass::Ambiguous,
        (ErrorKind::Authentication, Some(401)) => FailureClass::Unauthorized,
        (ErrorKind::NotFound, Some(404)) if error.gateway => FailureClass::Gateway,
        _ => FailureClass::Final,
    }
}

/// Action after a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RetryAction {
    /// Retry after a pause.
    Retry,
    /// Read the status; retry if the process is still CREATED.
    CheckStatus,
    /// Determine whether the call was performed; return its result or retry.
    Reconcile,
    /// Get a new token and retry once.
    RenewToken,
    /// Return the error to the caller.
    GiveUp,
}

static TABLE: [(ReplaySafety, [(FailureClass, RetryAction); 6]); 3] = [
    (
        ReplaySafety::Safe,
        [
            (FailureClass::NotSent, RetryAction::Retry),
            (FailureClass::Ambiguous, RetryAction::Retry),
            (FailureClass::Busy, RetryAction::Retry),
            (FailureClass::Unauthorized, RetryAction::RenewToken),
            (FailureClass::Gateway, RetryAction::Retry),
            (FailureClass::Final, RetryAction::GiveUp),
        ],
    ),
    (
        ReplaySafety::AfterStatus,
        [
            (FailureClass::NotSent, RetryAction::Retry),
            (FailureClass::Ambiguous, RetryAction::CheckStatus),
            (FailureClass::Busy, RetryAction::Retry),
            (FailureClass::Unauthorized, RetryAction::RenewToken),
            (FailureClass::Gateway, RetryAction::Retry),
            (FailureClass::Final, RetryAction::GiveUp),
        ],
    ),
    (
        ReplaySafety::AfterReconciliation,
        [
            (FailureClass::NotSent, RetryAction::Retry),
            (FailureClass::Ambiguous, RetryAction::Reconcile),
            (FailureClass::Busy, RetryAction::Retry),
            (FailureClass::Unauthorized, RetryAction::RenewToken),
            (FailureClass::Gateway, RetryAction::Retry),
            (FailureClass::Final, RetryAction::GiveUp),
        ],
    ),
];

/// Action after a failure of this operation. `late`: the failure is a conflict, and the response to
/// an earlier attempt was lost, which may have been performed and may be the cause of the conflict.
pub fn retry_action(operation: Operation, failure: FailureClass, late: bool) -> RetryAction {
    let replay = operation.spec().replay;
    if late && failure == FailureClass::Final && replay == ReplaySafety::AfterReconciliation {
        return RetryAction::Reconcile;
    }
    let rows = TABLE.iter().find(|(kind, _)| *kind == replay).map(|(_, row)| row);
    let cell = rows.and_then(|row| row.iter().find(|(kind, _)| *kind == failure));
    cell.map_or(RetryAction::GiveUp, |(_, action)| *action)
}

/// Limits of retries.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RetryPolicy {
    /// Maximum number of retries.
    pub max_retries: u32,
    /// First pause in milliseconds; doubled for each retry.
    pub base_ms: u64,
    /// Maximum pause without `Retry-After`, in milliseconds.
    pub cap_ms: u64,
    /// Maximum `Retry-After` in milliseconds; with a longer one the call fails.
    pub retry_after_cap_ms: u64,
    /// Deadline of the call including retries, in milliseconds.
    pub deadline_ms: Option<u64>,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            max_retries: 2,
            base_ms: 500,
            cap_ms: 8_000,
            retry_after_cap_ms: 60_000,
            deadline_ms: None,
        }
    }
}

impl RetryPolicy {
    /// Pause before the next retry, in milliseconds.
    ///
    /// - `retries`: number of retries so far.
    /// - `retry_after_ms`: `Retry-After`; never shortened.
    /// - `elapsed_ms`: time since the first attempt started.
    /// - `jitter`: random number in 0..1 (full jitter), so that callers that failed at the same time
    ///   do not retry at the same time.
    ///
    /// # Errors
    /// The reason not to retry.
    pub fn pause_ms(
        &self,
        retries: u32,
        retry_after_ms: Option<u64>,
        elapsed_ms: u64,
        jitter: f64,
    ) -> Result<u64, GiveUpReason> {
        if retries >= self.max_retries {
            return Err(GiveUpReason::MaxRetries);
        }
        if retry_after_ms.is_some_and(|ms| ms > self.retry_after_cap_ms) {
            return Err(GiveUpReason::RetryAfter);
        }
        let due = self.base_ms.saturating_mul(1_u64 << retries.min(32)).min(self.cap_ms);
        let own = (due as f64 * jitter.clamp(0.0, 1.0)) as u64;
        // Add jitter to `Retry-After`: all rejected clients received the same value and would
        // return at the same moment.
        let pause = retry_after_ms.map_or(own, |ms| ms.saturating_add(own.min(self.base_ms)));
        if self.exceeds_deadline(pause, elapsed_ms) {
            Err(GiveUpReason::Deadline)
        } else {
            Ok(pause)
        }
    }

    /// Whether the pause would end after the deadline.
    pub fn exceeds_deadline(&self, pause_ms: u64, elapsed_ms: u64) -> bool {
        self.deadline_ms.is_some_and(|deadline| elapsed_ms.saturating_add(pause_ms) >= deadline)
    }
}

/// Reason why a retryable call is not retried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GiveUpReason {
    /// The maximum number of retries is reached.
    MaxRetries,
    /// `Retry-After` exceeds the limit.
    RetryAfter,
    /// The retry would exceed the deadline.
    Deadline,
}

impl GiveUpReason {
    /// Text to append to the error message.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::MaxRetries => "",
            Self::RetryAfter => "; not retried: Retry-After exceeds the retry limit",
            Self::Deadline => "; not retried: the retry would exceed the timeout",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(kind: ErrorKind, status: Option<u16>) -> Error {
        Error { status, ..Error::new(kind, "") }
    }

    #[test]
    fn retries_without_reconciliation_only_if_safe() {
        use RetryAction::{CheckStatus, GiveUp, Reconcile, Retry};
        for operation in Operation::ALL {
            let lost = match operation {
                Operation::Create | Operation::Attach => Reconcile,
                Operation::Setup => CheckStatus,
                _ => Retry,
            };
            assert_eq!(
                retry_action(operation, FailureClass::Ambiguous, false),
                lost,
                "{operation}"
            );
            assert_eq!(retry_action(operation, FailureClass::NotSent, false), Retry, "{operation}");
            assert_eq!(retry_action(operation, FailureClass::Busy, true), Retry, "{operation}");
            assert_eq!(
                retry_action(operation, FailureClass::Unauthorized, true),
                RetryAction::RenewToken,
                "{operation}"
            );
            assert_eq!(retry_action(operation, FailureClass::Final, false), GiveUp, "{operation}");
            let late = if lost == Reconcile { Reconcile } else { GiveUp };
            assert_eq!(retry_action(operation, FailureClass::Final, true), late, "{operation}");
        }
    }

    /// Errors of Node 20 to 24, undici, OpenSSL, Bun and Deno, recorded with real servers.
    #[test]
    fn recognizes_failures_to_connect() {
        use NotConnected::{Certificate, Rejected, Unreachable};
        for (code, syscall, message, expected) in [
            ("ECONNREFUSED", "connect", "connect ECONNREFUSED 127.0.0.1:1", Some(Unreachable)),
            ("ENOTFOUND", "getaddrinfo", "getaddrinfo ENOTFOUND x.invalid", Some(Unreachable)),
            ("EAI_FAIL", "", "", Some(Unreachable)),
            ("ESERVFAIL", "queryA", "queryA ESERVFAIL x.invalid", Some(Unreachable)),
            ("EHOSTUNREACH", "connect", "connect EHOSTUNREACH 2001:db8::1:80", Some(Unreachable)),
            ("ENETUNREACH", "connect", "connect ENETUNREACH 255.255.255.255", Some(Unreachable)),
            ("ETIMEDOUT", "connect", "connect ETIMEDOUT 10.0.0.1:443", Some(Unreachable)),
            ("EMFILE", "connect", "connect EMFILE 10.0.0.1:443", Some(Unreachable)),
            ("UND_ERR_CONNECT_TIMEOUT", "", "Connect Timeout Error", Some(Unreachable)),
            (
                "ECONNRESET",
                "",
                "Client network socket disconnected before secure TLS connection was established",
                Some(Unreachable),
            ),
            ("ConnectionRefused", "", "Unable to connect", Some(Unreachable)),
            ("DEPTH_ZERO_SELF_SIGNED_CERT", "", "self-signed certificate", Some(Certificate)),
            ("SELF_SIGNED_CERT_IN_CHAIN", "", "", Some(Certificate)),
            ("UNABLE_TO_VERIFY_LEAF_SIGNATURE", "", "", Some(Certificate)),
            ("CERT_HAS_EXPIRED", "", "certificate has expired", Some(Certificate)),
            ("ERR_TLS_CERT_ALTNAME_INVALID", "", "Hostname/IP does not match", Some(Certificate)),
            (
                "ERR_SSL_WRONG_VERSION_NUMBER",
                "",
                "error:0A00010B:SSL routines:ssl3_get_record:wrong version number",
                Some(Rejected),
            ),
            (
                "EPROTO",
                "write",
                "write EPROTO error:0A000410:SSL routines:ssl3_read_bytes:sslv3 alert handshake failure",
                Some(Rejected),
            ),
            (
                "UND_ERR_ABORTED",
                "",
                "Proxy response (407) !== 200 when HTTP Tunneling",
                Some(Rejected),
            ),
            (
                "UND_ERR_ABORTED",
                "",
                "Proxy response (502) !== 200 when HTTP Tunneling",
                Some(Unreachable),
            ),
            ("", "", "bad port", Some(Rejected)),
            (
                "",
                "",
                "error sending request for url (https://x/): client error (Connect): tcp connect error: Connection refused (os error 111)",
                Some(Unreachable),
            ),
            (
                "",
                "",
                "client error (Connect): invalid peer certificate: UnknownIssuer",
                Some(Certificate),
            ),
            ("", "", "client error (Connect): tls handshake eof", Some(Unreachable)),
            (
                "",
                "",
                "client error (SendRequest): connection closed before message completed",
                None,
            ),
            ("ECONNRESET", "read", "read ECONNRESET", None),
            ("ETIMEDOUT", "read", "read ETIMEDOUT", None),
            ("EHOSTUNREACH", "read", "read EHOSTUNREACH", None),
            ("EPIPE", "write", "write EPIPE", None),
            ("UND_ERR_SOCKET", "", "other side closed", None),
            ("UND_ERR_HEADERS_TIMEOUT", "", "Headers Timeout Error", None),
            ("UND_ERR_ABORTED", "", "Request aborted", None),
            ("UND_ERR_DESTROYED", "", "The client is destroyed", None),
            ("ERR_SSL_DECRYPTION_FAILED_OR_BAD_RECORD_MAC", "", "bad record mac", None),
            ("", "", "", None),
        ] {
            assert_eq!(not_connected(code, syscall, message), expected, "{code} {message}");
        }
    }

    #[test]
    fn classifies_errors() {
        use ErrorKind::*;
        for (kind, status, connect, failure) in [
            (Connection, None, Some(NotConnected::Unreachable), FailureClass::NotSent),
            (Connection, None, Some(NotConnected::Certificate), FailureClass::Final),
            (TokenUnavailable, None, Some(NotConnected::Certificate), FailureClass::Final),
            (TokenUnavailable, Some(503), None, FailureClass::NotSent),
            (Connection, None, None, FailureClass::Ambiguous),
            (Timeout, None, None, FailureClass::Ambiguous),
            (Server, Some(500), None, FailureClass::Ambiguous),
            (Server, Some(502), None, FailureClass::Ambiguous),
            (Server, Some(503), None, FailureClass::Busy),
            (Server, Some(504), None, FailureClass::Ambiguous),
            (MalformedResponse, Some(201), None, FailureClass::Ambiguous),
            (RateLimit, Some(429), None, FailureClass::Busy),
            (Authentication, Some(401), None, FailureClass::Unauthorized),
            // 409 is this API's general error: a retry fails in the same way.
            (Conflict, Some(409), None, FailureClass::Final),
            (NotReady, Some(412), None, FailureClass::Final),
            (Validation, None, None, FailureClass::Final),
            (Abort, None, None, FailureClass::Final),
        ] {
            assert_eq!(classify(&error(kind, status), connect), failure, "{kind:?} {status:?}");
        }
    }

    #[test]
    fn backoff_doubles_with_full_jitter() {
        let policy = RetryPolicy { max_retries: 10, ..RetryPolicy::default() };
        let longest: Vec<_> = (0..6).map(|n| policy.pause_ms(n, None, 0, 1.0).unwrap()).collect();
        assert_eq!(longest, [500, 1000, 2000, 4000, 8000, 8000]);
        assert_eq!(policy.pause_ms(3, None, 0, 0.0), Ok(0));
        assert_eq!(policy.pause_ms(3, None, 0, 0.5), Ok(2000));
        assert_eq!(policy.pause_ms(10, None, 0, 0.5), Err(GiveUpReason::MaxRetries));
    }

    #[test]
    fn never_shortens_retry_after() {
        let policy = RetryPolicy::default();
        assert_eq!(policy.pause_ms(0, Some(7_000), 0, 0.0), Ok(7_000));
        assert_eq!(policy.pause_ms(0, Some(7_000), 0, 1.0), Ok(7_500));
        assert_eq!(policy.pause_ms(0, Some(60_001), 0, 0.0), Err(GiveUpReason::RetryAfter));
    }

    #[test]
    fn never_pauses_beyond_the_deadline() {
        let policy = RetryPolicy { deadline_ms: Some(10_000), ..RetryPolicy::default() };
        assert_eq!(policy.pause_ms(0, Some(4_999), 5_000, 0.0), Ok(4_999));
        assert_eq!(policy.pause_ms(0, Some(5_000), 5_000, 0.0), Err(GiveUpReason::Deadline));
    }
}
