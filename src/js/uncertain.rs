//! Error of a write whose response was lost and whose outcome could not be determined.

use super::wire::CallError;
use crate::contract::{Operation, ReplaySafety, State};
use crate::error::{Error, ErrorKind};
use crate::format_text::join;

/// Reason why the outcome of a write is unknown.
pub(super) enum UncertainReason {
    Reason(&'static str),
    Failed(Box<CallError>),
    /// The state of the process forbids a retry.
    Moved(State),
}

/// Creates the error for a lost response, with the failed attempt as its cause.
pub(super) fn uncertain(
    operation: Operation,
    lost: Box<CallError>,
    reason: UncertainReason,
) -> Box<CallError> {
    let attempts = lost.attempts;
    let reason = match &reason {
        UncertainReason::Moved(state) => {
            return finish(Error::state_error(operation, state.clone()).into(), attempts, lost);
        }
        // setup can be repeated by the caller.
        _ if operation.spec().replay == ReplaySafety::AfterStatus => return lost,
        UncertainReason::Reason(reason) => (*reason).to_owned(),
        UncertainReason::Failed(lookup) => join(&["lookup failed: ", &lookup.error.message]),
    };
    let message = join(&[
        "uncertain outcome of ",
        operation.id(),
        ": the response was lost and the operation may have been performed (",
        &reason,
        "); look the process up before you retry",
    ]);
    finish(Error::new(ErrorKind::UncertainOutcome, message).into(), attempts, lost)
}

fn finish(mut error: Box<CallError>, attempts: u32, lost: Box<CallError>) -> Box<CallError> {
    error.attempts = attempts;
    error.cause = Some(lost.into());
    error
}
