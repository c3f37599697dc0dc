//! Whether a call that failed is made again, and after which pause. Decisions only: the host waits.
//!
//! What may be repeated follows from the operation's [`Replay`]: a write whose outcome is unknown
//! is never repeated blindly, since that would make a second process or a second file.

use crate::contract::{Operation, Replay};
use crate::error::{Error, ErrorKind};

/// Repetitions of a call when the caller does not say how many.
pub const DEFAULT_RETRIES: u32 = 2;
/// First pause in milliseconds, doubled each time.
const FIRST_PAUSE_MS: u64 = 500;
/// Longest pause of our own choice, in milliseconds.
const LONGEST_PAUSE_MS: u64 = 8_000;
/// Longest pause that the platform may ask for; a longer one is the caller's to decide.
const LONGEST_RETRY_AFTER_MS: u64 = 60_000;

/// The pause before the next attempt in milliseconds, or `None` when the error is final.
///
/// `attempt` counts from 1; `jitter` is a random number in 0..1.
pub fn pause_ms(
    operation: Operation,
    error: &Error,
    attempt: u32,
    retries: u32,
    jitter: f64,
) -> Option<u64> {
    if attempt > retries || !repeatable(operation.spec().replay, error) {
        return None;
    }
    let ceiling =
        FIRST_PAUSE_MS.saturating_mul(1 << (attempt - 1).min(16)).min(LONGEST_PAUSE_MS) as f64;
    // Full jitter, but never at once.
    let own = (ceiling * (0.1 + 0.9 * jitter.clamp(0.0, 1.0))) as u64;
    match error.retry_after_ms {
        Some(asked) if asked > LONGEST_RETRY_AFTER_MS => None,
        Some(asked) => Some(asked.max(own)),
        None => Some(own),
    }
}

/// Whether a repetition can help and cannot harm.
fn repeatable(replay: Replay, error: &Error) -> bool {
    // Nothing was sent, or the platform says that it did nothing.
    let without_effect =
        error.kind == ErrorKind::TokenUnavailable || matches!(error.status, Some(429 | 503));
    let lost = matches!(error.kind, ErrorKind::Connection | ErrorKind::MalformedResponse)
        || matches!(error.status, Some(408 | 502 | 504));
    without_effect || (lost && replay == Replay::Safe)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answered(kind: ErrorKind, status: u16) -> Error {
        Error { status: Some(status), ..Error::new(kind, "") }
    }

    /// One line per column of the retry table, one column per row of it.
    #[test]
    fn what_is_repeated() {
        let operations =
            [Operation::GetStatus, Operation::Release, Operation::Setup, Operation::Create];
        for (error, expected) in [
            (answered(ErrorKind::RateLimit, 429), [true, true, true, true]),
            (answered(ErrorKind::Server, 503), [true, true, true, true]),
            (answered(ErrorKind::Server, 502), [true, true, false, false]),
            (answered(ErrorKind::Server, 504), [true, true, false, false]),
            (answered(ErrorKind::Server, 500), [false; 4]),
            (answered(ErrorKind::Conflict, 409), [false; 4]),
            (answered(ErrorKind::NotReady, 412), [false; 4]),
            (answered(ErrorKind::Authentication, 401), [false; 4]),
            (Error::new(ErrorKind::Connection, ""), [true, true, false, false]),
            (Error::new(ErrorKind::TokenUnavailable, ""), [true, true, true, true]),
            (Error::new(ErrorKind::Timeout, ""), [false; 4]),
        ] {
            let repeated = operations.map(|o| pause_ms(o, &error, 1, 2, 0.5).is_some());
            assert_eq!(repeated, expected, "{error:?}");
        }
    }

    #[test]
    fn pauses_grow_are_capped_and_end() {
        let error = answered(ErrorKind::Server, 503);
        let pause = |attempt| pause_ms(Operation::GetStatus, &error, attempt, 20, 1.0);
        assert_eq!([1, 2, 3, 9].map(pause), [Some(500), Some(1000), Some(2000), Some(8000)]);
        assert_eq!(pause(21), None);
        assert_eq!(pause_ms(Operation::GetStatus, &error, 1, 0, 1.0), None);
        assert_eq!(pause_ms(Operation::GetStatus, &error, 1, 2, 0.0), Some(50));
    }

    #[test]
    fn retry_after_is_obeyed_up_to_a_minute() {
        let asked = |ms| Error { retry_after_ms: Some(ms), ..answered(ErrorKind::RateLimit, 429) };
        let pause = |ms| pause_ms(Operation::Create, &asked(ms), 1, 2, 1.0);
        assert_eq!(pause(7_000), Some(7_000));
        assert_eq!(pause(0), Some(500));
        assert_eq!(pause(60_001), None);
    }
}
