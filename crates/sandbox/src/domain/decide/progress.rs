//! Progress of a released process after an event, shared by all commands.

use swisscom_sign::contract::{RecordStatus, SignerStatus};
use swisscom_sign::lifecycle;
use uuid::Uuid;

use super::CommandContext;
use super::release::mail;
use crate::domain::error::{DomainError, ErrorName};
use crate::domain::event::{DomainEvent, EventKind};
use crate::domain::process::{ProcessAggregate, SignerProgress};

/// Rejects the command unless the process is PENDING.
pub(super) fn ensure_pending(process: &ProcessAggregate) -> Result<(), DomainError> {
    if lifecycle::next_state(&process.status, lifecycle::ProcessEvent::Signed).is_some() {
        return Ok(());
    }
    let ended = lifecycle::is_final(&process.status);
    let name = if ended { ErrorName::ProcessEnded } else { ErrorName::ProcessNotReleased };
    Err(DomainError::new(name, format!("The process is {}.", process.status)))
}

/// State of the process after an event that is not committed yet.
pub(super) fn apply_event(
    process: &ProcessAggregate,
    event: &DomainEvent,
    context: &CommandContext<'_>,
) -> ProcessAggregate {
    let state = Some(process.clone());
    let after = ProcessAggregate::replay(
        state,
        std::slice::from_ref(event),
        context.settings.archive_after,
    );
    after.unwrap_or_else(|| process.clone())
}

/// Events after a signer signed or left: invites the next signer, or completes the process.
pub(super) fn next_steps(
    process: &ProcessAggregate,
    context: &mut CommandContext<'_>,
) -> Vec<DomainEvent> {
    let Some(released) = &process.released else { return Vec::new() };
    let is = |signer: &SignerProgress, statuses: &[SignerStatus]| statuses.contains(&signer.status);
    let left = [SignerStatus::Removed, SignerStatus::Replaced];
    let signers = || process.signers.iter().filter(|signer| !is(signer, &left));
    let mut events = Vec::new();
    if signers().all(|signer| is(signer, &[SignerStatus::Signed])) {
        events.push(context.event(EventKind::Completed));
        events.push(context.record(context.now, "transaction", RecordStatus::Success, []));
        let stays = |id: &Uuid| process.progress(*id).is_none_or(|signer| !is(signer, &left));
        let people: Vec<Uuid> = process.people().map(|(id, _)| id).filter(stays).collect();
        for person in people {
            events.extend(mail(process, released, person, "COMPLETION", context));
        }
    } else if !signers().any(|signer| is(signer, &[SignerStatus::Pending]))
        && let Some(next) = signers().find(|signer| is(signer, &[SignerStatus::Waiting]))
    {
        events.push(context.event(EventKind::Invited(next.id)));
        events.extend(mail(process, released, next.id, "INVITE", context));
    }
    events
}
