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
    /// A retry would fail in the same way.
    Final,
}

/// Error codes of Node, undici and Bun for connections that could not be established.
static NOT_SENT: [&str; 5] =
    ["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "UND_ERR_CONNECT_TIMEOUT", "ConnectionRefused"];

/// Whether the request may have reached the platform, by the error code of `fetch`; `true` if the
/// code is unknown.
pub fn was_sent(code: Option<&str>) -> bool {
    !code.is_some_and(|code| NOT_SENT.contains(&code))
}

/// Classifies an error. `sent`: whether the request may have reached the platform; `true` if the
/// host does not know.
pub fn classify(error: &Error, sent: bool) -> FailureClass {
    match (error.kind, error.status) {
        (ErrorKind::RateLimit, _) | (ErrorKind::Server, Some(503)) => FailureClass::Busy,
        // Token failures happen before the request is sent, so even writes can be retried.
        (ErrorKind::TokenUnavailable, _) => FailureClass::NotSent,
        (ErrorKind::Connection, _) if !sent => FailureClass::NotSent,
        (ErrorKind::Connection | ErrorKind::Timeout, _)
        | (ErrorKind::Server | ErrorKind::MalformedResponse, _) => FailureClass::Ambiguous,
        (ErrorKind::Authentication, Some(401)) => FailureClass::Unauthorized,
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

static TABLE: [(ReplaySafety, [(FailureClass, RetryAction); 5]); 3] = [
    (
        ReplaySafety::Safe,
        [
            (FailureClass::NotSent, RetryAction::Retry),
            (FailureClass::Ambiguous, RetryAction::Retry),
            (FailureClass::Busy, RetryAction::Retry),
            (FailureClass::Unauthorized, RetryAction::RenewToken),
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

    #[test]
    fn only_known_codes_mean_not_sent() {
        for (code, may_have_been) in [
            (Some("ECONNREFUSED"), false),
            (Some("ENOTFOUND"), false),
            (Some("ECONNRESET"), true),
            (Some("UND_ERR_SOCKET"), true),
            (Some("ETIMEDOUT"), true),
            (None, true),
        ] {
            assert_eq!(was_sent(code), may_have_been, "{code:?}");
        }
    }

    #[test]
    fn classifies_errors() {
        use ErrorKind::*;
        for (kind, status, sent, failure) in [
            (Connection, None, false, FailureClass::NotSent),
            (TokenUnavailable, Some(503), true, FailureClass::NotSent),
            (Connection, None, true, FailureClass::Ambiguous),
            (Timeout, None, true, FailureClass::Ambiguous),
            (Server, Some(500), true, FailureClass::Ambiguous),
            (Server, Some(502), true, FailureClass::Ambiguous),
            (Server, Some(503), true, FailureClass::Busy),
            (Server, Some(504), true, FailureClass::Ambiguous),
            (MalformedResponse, Some(201), true, FailureClass::Ambiguous),
            (RateLimit, Some(429), true, FailureClass::Busy),
            (Authentication, Some(401), true, FailureClass::Unauthorized),
            // 409 is this API's general error: a retry fails in the same way.
            (Conflict, Some(409), true, FailureClass::Final),
            (NotReady, Some(412), true, FailureClass::Final),
            (Validation, None, true, FailureClass::Final),
            (Abort, None, true, FailureClass::Final),
        ] {
            assert_eq!(classify(&error(kind, status), sent), failure, "{kind:?} {status:?}");
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
