//! What time brings by itself: expiry at `validUntil`, deletion of the files at `archiveOn`. Dated
//! to the moment when it was due, whenever somebody looks.

use jiff::Timestamp;
use swisscom_sign::contract::{RecordStatus, State};
use swisscom_sign::lifecycle;

use super::Context;
use crate::domain::error::{DomainError, Name};
use crate::domain::event::{Event, Happening};
use crate::domain::process::{Process, later};

/// Everything that was due until now, in its order.
pub(super) fn elapse(process: &Process, context: &mut Context<'_>) -> Vec<Event> {
    let mut events = Vec::new();
    let mut archive_on = process.archive_on;
    if let (State::Pending, Some(released)) = (&process.status, &process.released)
        && released.valid_until <= context.now
    {
        let at = released.valid_until;
        events.push(Event { at, what: Happening::Expired });
        events.push(context.record(
            at,
            "transaction",
            RecordStatus::Abort,
            [("transaction_reason", "EXPIRED".to_owned())],
        ));
        archive_on = later(at, context.rulings.archive_after);
    }
    if process.archived_on.is_none()
        && let Some(at) = archive_on
        && at <= context.now
    {
        events.extend(archived(at));
    }
    events
}

fn archived(at: Timestamp) -> [Event; 1] {
    [Event { at, what: Happening::Archived }]
}

pub(super) fn archive(process: &Process, context: &Context<'_>) -> Result<Vec<Event>, DomainError> {
    if process.archived_on.is_some() {
        return Ok(Vec::new());
    }
    if lifecycle::next(&process.status, lifecycle::Event::Archived).is_none() {
        let detail = format!("The process is {}.", process.status);
        return Err(DomainError::new(Name::ProcessNotEnded, detail));
    }
    Ok(archived(context.now).into())
}
