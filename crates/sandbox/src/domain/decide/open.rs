//! Open: URL for one participant of a released process, and its one-time code.

use jiff::Timestamp;
use swisscom_sign::contract::{OpenLifecycle, Operation, SignerStatus};
use swisscom_sign::lifecycle::{OperationAvailability, availability};

use subtle::ConstantTimeEq;
use swisscom_sign::access::OneTimeCode;

use super::CommandContext;
use crate::domain::command::{OpenCommand, RedeemCommand};
use crate::domain::error::{DomainError, ErrorName};
use crate::domain::event::{DomainEvent, EventKind};
use crate::domain::process::{OpenedUrl, ProcessAggregate};

pub(super) fn open(
    process: &ProcessAggregate,
    open: &OpenCommand,
    context: &mut CommandContext<'_>,
) -> Result<Vec<DomainEvent>, DomainError> {
    if availability(&process.status, Operation::Open) != OperationAvailability::Allowed {
        return Err(ErrorName::ProcessNotReleased.into());
    }
    let person = process.find_person(&open.person).ok_or(ErrorName::ParticipantNotFound)?;
    // A waiting or finished signer can view the process; a removed or replaced one cannot.
    if let Some(signer) = process.progress(person)
        && matches!(
            signer.status,
            SignerStatus::Removed | SignerStatus::Replaced | SignerStatus::Canceled
        )
    {
        let detail = format!("The signer is {}.", signer.status);
        return Err(DomainError::new(ErrorName::ParticipantInactive, detail));
    }
    let request = open.request.clone();
    let mut events = Vec::new();
    if request.lifecycle == Some(OpenLifecycle::Permanent) {
        let request = request.clone();
        events.push(context.event(EventKind::OpenOptionsStored { person, request }));
    }
    let id = context.ids.code();
    let code = (request.skip_authorization == Some(true)).then(|| context.ids.code());
    events.push(context.event(EventKind::Opened(OpenedUrl {
        id,
        person,
        at: context.now,
        lifetime: context.settings.open_ttl,
        code_lifetime: context.settings.one_time_code_ttl,
        code,
        redeemed: false,
        request,
    })));
    Ok(events)
}

/// One-time code in the form that the core evaluates; `None` if it is not the code of this opening.
pub fn one_time_code(opening: &OpenedUrl, code: &str, now: Timestamp) -> Option<OneTimeCode> {
    let right = opening.code.as_deref()?.as_bytes().ct_eq(code.as_bytes());
    let age = now.duration_since(opening.at).as_millis();
    bool::from(right).then(|| OneTimeCode {
        age_ms: u64::try_from(age).unwrap_or(u64::MAX),
        lifetime_ms: u64::from(opening.code_lifetime) * 1000,
        redeemed: opening.redeemed,
    })
}

/// Of two concurrent redemptions, the store rejects one with a conflict, and its decision runs
/// again.
pub(super) fn redeem(
    process: &ProcessAggregate,
    redeem: &RedeemCommand,
    context: &CommandContext<'_>,
) -> Vec<DomainEvent> {
    let opening = process.openings.iter().find(|opening| opening.id == redeem.opening);
    let code = opening.and_then(|opening| one_time_code(opening, &redeem.code, context.now));
    if code.is_some_and(OneTimeCode::is_valid) {
        vec![context.event(EventKind::Redeemed(redeem.opening.clone()))]
    } else {
        Vec::new()
    }
}
