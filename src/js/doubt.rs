//! The error of a write whose answer was lost, and of which nothing more could be learnt.

use super::wire::Failure;
use crate::contract::{Operation, Replay, State};
use crate::error::{Error, ErrorKind};

/// Why it is not known whether a write was performed.
pub(super) enum Doubt {
    Reason(&'static str),
    Failed(Box<Failure>),
    /// The state of the process forbids a repetition.
    Moved(State),
}

/// The error for a lost answer: with what was lost as its cause, and why that is all.
pub(super) fn uncertain(operation: Operation, lost: Box<Failure>, doubt: Doubt) -> Box<Failure> {
    let attempts = lost.attempts;
    let mut message = String::from(operation.id());
    let mut failure: Box<Failure> = match doubt {
        Doubt::Moved(state) => Error::state(operation, state).into(),
        // What setup does can be done again.
        _ if operation.spec().replay == Replay::AfterStatus => return lost,
        Doubt::Reason(reason) => {
            message.push_str(" may have been performed, as its answer was lost: ");
            message.push_str(reason);
            Error::new(ErrorKind::UncertainOutcome, message).into()
        }
        Doubt::Failed(look) => {
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
