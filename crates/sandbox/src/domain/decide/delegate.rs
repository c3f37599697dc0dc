//! Delegate: a signer whose turn it is lets somebody else sign, who takes over every position.

use swisscom_sign::contract::RecordStatus;
use uuid::Uuid;

use super::Context;
use super::release::mail;
use super::setup::entered;
use super::sign::may_sign;
use crate::domain::command::Delegate;
use crate::domain::error::DomainError;
use crate::domain::event::{Event, Happening};
use crate::domain::process::{Process, uuid_of};

pub(super) fn delegate(
    process: &Process,
    delegate: &Delegate,
    context: &mut Context<'_>,
) -> Result<Vec<Event>, DomainError> {
    let person = may_sign(process, &delegate.person)?.id;
    let by = entered(&delegate.to, context)?;
    let new: Uuid = uuid_of(by.identification.as_deref()).unwrap_or_default();
    let replaced = context.event(Happening::Replaced { person, by });
    let after = Process::replay(
        Some(process.clone()),
        std::slice::from_ref(&replaced),
        context.rulings.archive_after,
    );
    let record = context.record(
        context.now,
        "transaction",
        RecordStatus::Success,
        [
            ("transaction_replacedParticipant", person.to_string()),
            ("transaction_replacedBy", new.to_string()),
        ],
    );
    let mut events = vec![replaced, record, context.event(Happening::Invited(new))];
    if let Some(after) = &after
        && let Some(released) = &after.released
    {
        events.extend(mail(after, released, new, "INVITE", context));
    }
    Ok(events)
}
