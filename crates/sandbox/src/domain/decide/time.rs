//! Scheduled events: reminders, expiry at `validUntil`, deletion of the files at `archiveOn`. Each
//! carries the time at which it was due, not the time of the request that triggered it.

use jiff::Timestamp;
use swisscom_sign::contract::{RecordStatus, SignerStatus, State};
use swisscom_sign::lifecycle;

use super::CommandContext;
use super::release::mail_at;
use crate::calendar::add_span;
use crate::domain::error::{DomainError, ErrorName};
use crate::domain::event::{DomainEvent, EventKind};
use crate::domain::process::ProcessAggregate;

/// All events due until now, in order.
pub(super) fn elapse(
    process: &ProcessAggregate,
    context: &mut CommandContext<'_>,
) -> Vec<DomainEvent> {
    let mut events = reminders(process, context);
    let mut archive_on = process.archive_on;
    if let (State::Pending, Some(released)) = (&process.status, &process.released)
        && released.valid_until <= context.now
    {
        let at = released.valid_until;
        events.push(DomainEvent { at, what: EventKind::Expired });
        events.push(context.record(
            at,
            "transaction",
            RecordStatus::Abort,
            [("transaction_reason", "EXPIRED".to_owned())],
        ));
        archive_on = add_span(at, context.settings.archive_after);
    }
    if process.archived_on.is_none()
        && let Some(at) = archive_on
        && at <= context.now
    {
        events.extend(archived(at));
    }
    events
}

/// All reminders due until now, to the signers who are pending. No signature can fall in between,
/// because every command applies the due events first.
fn reminders(process: &ProcessAggregate, context: &mut CommandContext<'_>) -> Vec<DomainEvent> {
    let mut events = Vec::new();
    let (State::Pending, Some(released)) = (&process.status, &process.released) else {
        return events;
    };
    if process.next_reminder().is_none_or(|at| at > context.now) {
        return events;
    }
    let pending: Vec<_> = process
        .signers
        .iter()
        .filter(|signer| signer.status == SignerStatus::Pending)
        .map(|signer| signer.id)
        .collect();
    let mut process = process.clone();
    while let Some(at) = process.next_reminder().filter(|at| *at <= context.now) {
        events.push(DomainEvent { at, what: EventKind::Reminded(pending.clone()) });
        for person in &pending {
            events.extend(mail_at(&process, released, *person, "REMINDER", at, context));
        }
        process.reminded_on = Some(at);
    }
    events
}

fn archived(at: Timestamp) -> [DomainEvent; 1] {
    [DomainEvent { at, what: EventKind::Archived }]
}

pub(super) fn archive(
    process: &ProcessAggregate,
    context: &CommandContext<'_>,
) -> Result<Vec<DomainEvent>, DomainError> {
    if process.archived_on.is_some() {
        return Ok(Vec::new());
    }
    if lifecycle::next_state(&process.status, lifecycle::ProcessEvent::Archived).is_none() {
        let detail = format!("The process is {}.", process.status);
        return Err(DomainError::new(ErrorName::ProcessNotEnded, detail));
    }
    Ok(archived(context.now).into())
}
