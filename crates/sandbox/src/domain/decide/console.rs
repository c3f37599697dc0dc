//! Commands of the initiator in the console: sets the signing order before the release; afterwards
//! removes a signer or cancels the process.

use swisscom_sign::contract::{Operation, RecordStatus, SignerStatus};
use swisscom_sign::lifecycle;

use super::progress::{apply_event, ensure_pending, next_steps};
use super::setup::resolve_signing_order;
use super::{CommandContext, DecisionResult};
use crate::domain::command::SetSigningOrderCommand;
use crate::domain::error::{DomainError, ErrorName};
use crate::domain::event::{DomainEvent, EventKind};
use crate::domain::process::{ProcessAggregate, SignerProgress};

pub(super) fn order(
    process: &ProcessAggregate,
    order: &SetSigningOrderCommand,
    context: &CommandContext<'_>,
) -> DecisionResult {
    // The same condition as on the setup page.
    if lifecycle::availability(&process.status, Operation::Setup)
        != lifecycle::OperationAvailability::Allowed
    {
        return Err(ErrorName::ProcessAlreadyReleased.into());
    }
    let SetSigningOrderCommand { signing_order, order } = order;
    let order = resolve_signing_order(process, order)?;
    Ok(vec![context.event(EventKind::Ordered { order, signing_order: *signing_order })])
}

/// Returns a signer who has neither signed nor left; a signer who declined can be removed.
pub(super) fn check_removable<'p>(
    process: &'p ProcessAggregate,
    person: &str,
) -> Result<&'p SignerProgress, DomainError> {
    let id = process.find_person(person);
    let signer = id.and_then(|id| process.progress(id)).ok_or(ErrorName::ParticipantNotFound)?;
    ensure_pending(process)?;
    match signer.status {
        SignerStatus::Waiting | SignerStatus::Pending | SignerStatus::Declined => Ok(signer),
        SignerStatus::Signed => Err(ErrorName::SignerAlreadyDone.into()),
        _ => Err(ErrorName::ParticipantInactive.into()),
    }
}

/// Removes a signer. The process continues with the next signer or is completed.
pub(super) fn remove(
    process: &ProcessAggregate,
    person: &str,
    context: &mut CommandContext<'_>,
) -> DecisionResult {
    let person = check_removable(process, person)?.id;
    let stays = |signer: &&SignerProgress| {
        signer.id != person
            && !matches!(signer.status, SignerStatus::Removed | SignerStatus::Replaced)
    };
    if !process.signers.iter().any(|signer| stays(&signer)) {
        return Err(DomainError::new(ErrorName::NoSigner, "Cannot remove the last signer."));
    }
    let removed = context.event(EventKind::Removed(person));
    let after = apply_event(process, &removed, context);
    let record = transaction(
        RecordStatus::Success,
        ("transaction_removedParticipant", person.to_string()),
        context,
    );
    let mut events = vec![removed, record];
    events.extend(next_steps(&after, context));
    Ok(events)
}

/// Cancels the process like a decline: EXPIRED, with pending signers CANCELED.
pub(super) fn cancel(
    process: &ProcessAggregate,
    context: &mut CommandContext<'_>,
) -> DecisionResult {
    ensure_pending(process)?;
    let reason = ("transaction_reason", "CANCELED".to_owned());
    let record = transaction(RecordStatus::Abort, reason, context);
    Ok(vec![context.event(EventKind::Canceled), record])
}

fn transaction(
    status: RecordStatus,
    extra: (&str, String),
    context: &mut CommandContext<'_>,
) -> DomainEvent {
    context.record(context.now, "transaction", status, [extra])
}
