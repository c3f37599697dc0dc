//! The error of a write whose answer was lost, and of which nothing more could be learnt.

use super::wire::CallError;
use crate::contract::{Operation, ReplaySafety, State};
use crate::error::{Error, ErrorKind};

/// Why it is not known whether a write was performed.
pub(super) enum UncertainReason {
    Reason(&'static str),
    Failed(Box<CallError>),
    /// The state of the process forbids a repetition.
    Moved(State),
}

/// The error for a lost answer: with what was lost as its cause, and why that is all.
pub(super) fn uncertain(
    operation: Operation,
    lost: Box<CallError>,
    doubt: UncertainReason,
) -> Box<CallError> {
    let attempts = lost.attempts;
    let mut message = String::from(operation.id());
    let mut failure: Box<CallError> = match doubt {
        UncertainReason::Moved(state) => Error::state_error(operation, state).into(),
        // What setup does can be done again.
        _ if operation.spec().replay == ReplaySafety::AfterStatus => return lost,
        UncertainReason::Reason(reason) => {
            message.push_str(" may have been performed, as its answer was lost: ");
            message.push_str(reason);
            Error::new(ErrorKind::UncertainOutcome, message).into()
        }
        UncertainReason::Failed(look) => {
            message
                .push_str(" may have been performed, as its answer was lost, and looking failed: ");
            message.push_str(&look.error.message);
            Error::new(ErrorKind::UncertainOutcome, message).into()
        }
    };
    failure.attempts = attempts;
    failure.cause = Some(lost.into());
    failure
}
