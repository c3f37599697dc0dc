//! What the initiator does to a process in the cockpit: puts the signers in an order before the
//! release; afterwards takes one of them out, or calls it off.

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
    // As long as the setup page could do it.
    if lifecycle::availability(&process.status, Operation::Setup)
        != lifecycle::OperationAvailability::Allowed
    {
        return Err(ErrorName::ProcessAlreadyReleased.into());
    }
    let SetSigningOrderCommand { signing_order, order } = order;
    let order = resolve_signing_order(process, order)?;
    Ok(vec![context.event(EventKind::Ordered { order, signing_order: *signing_order })])
}

/// The signer, when one who has neither signed nor left: also one who declined.
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

/// The process goes on with the others: the next one is invited, or it is complete.
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

/// As a decline ends it: EXPIRED, and who has not signed is CANCELED.
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
