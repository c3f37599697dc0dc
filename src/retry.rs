//! Whether, how and when to repeat a call that failed: decisions only, from one table.
//!
//! A read can be repeated. A write can be repeated when it surely was not performed, or when its
//! repetition answers the same. What remains, a create or an attach whose answer was lost, must be
//! reconciled first: a blind repetition would make a second process or a second file.

use crate::contract::{Operation, ReplaySafety};
use crate::error::{Error, ErrorKind};

/// What a failure says about the call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FailureClass {
    /// Nothing was sent: the connection was refused, the name was not found.
    NotSent,
    /// It may have been performed: the connection broke, time ran out, a gateway or the platform
    /// failed, the answer was cut off.
    Ambiguous,
    /// It was turned away (429, 503).
    Busy,
    /// The token was refused (401).
    Unauthorized,
    /// Anything else: a repetition gives the same answer.
    Final,
}

/// Codes of connections that could not be made, as runtimes name them (Node, undici, Bun): nothing
/// was sent.
static NOT_SENT: [&str; 5] =
    ["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "UND_ERR_CONNECT_TIMEOUT", "ConnectionRefused"];

/// Whether any byte of a request can have reached the platform, by the code of what `fetch` failed
/// with. A host that cannot know says yes.
pub fn sent(code: Option<&str>) -> bool {
    !code.is_some_and(|code| NOT_SENT.contains(&code))
}

/// What kind of failure this error is. `sent` tells whether any byte of the request can have
/// reached the platform; a host that cannot know says yes.
pub fn classify(error: &Error, sent: bool) -> FailureClass {
    match (error.kind, error.status) {
        (ErrorKind::RateLimit, _) | (ErrorKind::Server, Some(503)) => FailureClass::Busy,
        // Without a token nothing is sent.
        (ErrorKind::TokenUnavailable, _) => FailureClass::NotSent,
        (ErrorKind::Connection, _) if !sent => FailureClass::NotSent,
        (ErrorKind::Connection | ErrorKind::Timeout, _)
        | (ErrorKind::Server | ErrorKind::MalformedResponse, _) => FailureClass::Ambiguous,
        (ErrorKind::Authentication, Some(401)) => FailureClass::Unauthorized,
        _ => FailureClass::Final,
    }
}

/// What to do about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RetryAction {
    /// Repeat the call after a pause.
    Repeat,
    /// Ask for the status: repeat the call if the process is still CREATED.
    AskStatus,
    /// Find out whether the call was performed; then return what it made, or repeat it.
    Reconcile,
    /// Get another token and repeat the call, once.
    RenewToken,
    /// Give the error to the caller.
    GiveUp,
}

/// The table: for each kind of replay, the remedy for each failure.
static TABLE: [(ReplaySafety, [(FailureClass, RetryAction); 5]); 3] = [
    (
        ReplaySafety::Safe,
        [
            (FailureClass::NotSent, RetryAction::Repeat),
            (FailureClass::Ambiguous, RetryAction::Repeat),
            (FailureClass::Busy, RetryAction::Repeat),
            (FailureClass::Unauthorized, RetryAction::RenewToken),
            (FailureClass::Final, RetryAction::GiveUp),
        ],
    ),
    (
        ReplaySafety::AfterStatus,
        [
            (FailureClass::NotSent, RetryAction::Repeat),
            (FailureClass::Ambiguous, RetryAction::AskStatus),
            (FailureClass::Busy, RetryAction::Repeat),
            (FailureClass::Unauthorized, RetryAction::RenewToken),
            (FailureClass::Final, RetryAction::GiveUp),
        ],
    ),
    (
        ReplaySafety::AfterReconciliation,
        [
            (FailureClass::NotSent, RetryAction::Repeat),
            (FailureClass::Ambiguous, RetryAction::Reconcile),
            (FailureClass::Busy, RetryAction::Repeat),
            (FailureClass::Unauthorized, RetryAction::RenewToken),
            (FailureClass::Final, RetryAction::GiveUp),
        ],
    ),
];

/// The remedy for a failure of this operation. `late` tells that it is a conflict after an earlier
/// try of the same call was lost: that one may have taken effect late, and be what this one
/// conflicts with.
pub fn remedy(operation: Operation, failure: FailureClass, late: bool) -> RetryAction {
    let replay = operation.spec().replay;
    if late && failure == FailureClass::Final && replay == ReplaySafety::AfterReconciliation {
        return RetryAction::Reconcile;
    }
    let rows = TABLE.iter().find(|(kind, _)| *kind == replay).map(|(_, row)| row);
    let cell = rows.and_then(|row| row.iter().find(|(kind, _)| *kind == failure));
    cell.map_or(RetryAction::GiveUp, |(_, remedy)| *remedy)
}

/// How often and how patiently to repeat.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RetryPolicy {
    /// Repetitions after the first try.
    pub max_retries: u32,
    /// First pause in milliseconds; doubled each time.
    pub base_ms: u64,
    /// Longest pause of our own, in milliseconds.
    pub cap_ms: u64,
    /// Longest `Retry-After` that is waited for, in milliseconds; a longer one is the caller's.
    pub retry_after_cap_ms: u64,
    /// Time for the call with all its repetitions, in milliseconds.
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
    /// How long to pause before the next try, in milliseconds.
    ///
    /// - `retries`: repetitions so far.
    /// - `retry_after_ms`: what the platform asked for; obeyed, and never cut short.
    /// - `elapsed_ms`: time since the first try began.
    /// - `jitter`: a random number in 0..1. The pause is drawn from all of 0 to what is due, so
    ///   that callers which failed together do not come back together.
    ///
    /// # Errors
    /// Why there is to be no next try.
    pub fn pause_ms(
        &self,
        retries: u32,
        retry_after_ms: Option<u64>,
        elapsed_ms: u64,
        jitter: f64,
    ) -> Result<u64, GiveUpReason> {
        if retries >= self.max_retries {
            return Err(GiveUpReason::Enough);
        }
        if retry_after_ms.is_some_and(|ms| ms > self.retry_after_cap_ms) {
            return Err(GiveUpReason::AskedTooLong);
        }
        let due = self.base_ms.saturating_mul(1_u64 << retries.min(32)).min(self.cap_ms);
        let own = (due as f64 * jitter.clamp(0.0, 1.0)) as u64;
        // Asked to wait, all would come back at that very moment: the draw is added to it.
        let pause = retry_after_ms.map_or(own, |asked| asked.saturating_add(own.min(self.base_ms)));
        if self.outlasts(pause, elapsed_ms) { Err(GiveUpReason::Deadline) } else { Ok(pause) }
    }

    /// Whether the call would be over before the end of such a pause.
    pub fn outlasts(&self, pause_ms: u64, elapsed_ms: u64) -> bool {
        self.deadline_ms.is_some_and(|deadline| elapsed_ms.saturating_add(pause_ms) >= deadline)
    }
}

/// Why a call is not repeated, although it could be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GiveUpReason {
    /// It was repeated as often as the policy says.
    Enough,
    /// The platform asks for a longer wait than the policy allows.
    AskedTooLong,
    /// The next try would come after the deadline.
    Deadline,
}

impl GiveUpReason {
    /// What to add to the message of the error.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Enough => "",
            Self::AskedTooLong => "; not repeated, as the platform asks for a longer wait",
            Self::Deadline => "; not repeated, as the time for the call would be over",
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
    fn only_what_surely_was_not_performed_is_repeated_blindly() {
        use RetryAction::{AskStatus, GiveUp, Reconcile, Repeat};
        for operation in Operation::ALL {
            let lost = match operation {
                Operation::Create | Operation::Attach => Reconcile,
                Operation::Setup => AskStatus,
                _ => Repeat,
            };
            assert_eq!(remedy(operation, FailureClass::Ambiguous, false), lost, "{operation}");
            assert_eq!(remedy(operation, FailureClass::NotSent, false), Repeat, "{operation}");
            assert_eq!(remedy(operation, FailureClass::Busy, true), Repeat, "{operation}");
            assert_eq!(
                remedy(operation, FailureClass::Unauthorized, true),
                RetryAction::RenewToken,
                "{operation}"
            );
            assert_eq!(remedy(operation, FailureClass::Final, false), GiveUp, "{operation}");
            let late = if lost == Reconcile { Reconcile } else { GiveUp };
            assert_eq!(remedy(operation, FailureClass::Final, true), late, "{operation}");
        }
    }

    #[test]
    fn only_known_codes_say_that_nothing_was_sent() {
        for (code, may_have_been) in [
            (Some("ECONNREFUSED"), false),
            (Some("ENOTFOUND"), false),
            (Some("ECONNRESET"), true),
            (Some("UND_ERR_SOCKET"), true),
            (Some("ETIMEDOUT"), true),
            (None, true),
        ] {
            assert_eq!(sent(code), may_have_been, "{code:?}");
        }
    }

    #[test]
    fn failures_by_error() {
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
            // 409 is this API's general error: a repetition gives the same.
            (Conflict, Some(409), true, FailureClass::Final),
            (NotReady, Some(412), true, FailureClass::Final),
            (Validation, None, true, FailureClass::Final),
            (Abort, None, true, FailureClass::Final),
        ] {
            assert_eq!(classify(&error(kind, status), sent), failure, "{kind:?} {status:?}");
        }
    }

    #[test]
    fn pauses_double_and_are_drawn_from_the_whole() {
        let policy = RetryPolicy { max_retries: 10, ..RetryPolicy::default() };
        let longest: Vec<_> = (0..6).map(|n| policy.pause_ms(n, None, 0, 1.0).unwrap()).collect();
        assert_eq!(longest, [500, 1000, 2000, 4000, 8000, 8000]);
        assert_eq!(policy.pause_ms(3, None, 0, 0.0), Ok(0));
        assert_eq!(policy.pause_ms(3, None, 0, 0.5), Ok(2000));
        assert_eq!(policy.pause_ms(10, None, 0, 0.5), Err(GiveUpReason::Enough));
    }

    #[test]
    fn retry_after_is_never_cut_short() {
        let policy = RetryPolicy::default();
        assert_eq!(policy.pause_ms(0, Some(7_000), 0, 0.0), Ok(7_000));
        assert_eq!(policy.pause_ms(0, Some(7_000), 0, 1.0), Ok(7_500));
        assert_eq!(policy.pause_ms(0, Some(60_001), 0, 0.0), Err(GiveUpReason::AskedTooLong));
    }

    #[test]
    fn a_deadline_is_not_overslept() {
        let policy = RetryPolicy { deadline_ms: Some(10_000), ..RetryPolicy::default() };
        assert_eq!(policy.pause_ms(0, Some(4_999), 5_000, 0.0), Ok(4_999));
        assert_eq!(policy.pause_ms(0, Some(5_000), 5_000, 0.0), Err(GiveUpReason::Deadline));
    }
}
