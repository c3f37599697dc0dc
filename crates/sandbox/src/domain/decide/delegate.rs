//! Replacement of a signer by delegation or by the initiator. The new signer takes over all
//! positions.

use swisscom_sign::contract::{RecordStatus, SignerStatus, Verification};
use uuid::Uuid;

use super::console::check_removable;
use super::progress::apply_event;
use super::release::mail;
use super::setup::validate_signer;
use super::sign::may_act;
use super::{CommandContext, DecisionResult};
use crate::domain::command::DelegateCommand;
use crate::domain::event::EventKind;
use crate::domain::process::{ProcessAggregate, ReleaseDetails, SignerProgress, parse_uuid};

pub(super) fn delegate(
    process: &ProcessAggregate,
    delegate: &DelegateCommand,
    context: &mut CommandContext<'_>,
) -> DecisionResult {
    hand_over(process, may_act(process, &delegate.person)?.0, delegate, context)
}

pub(super) fn replace(
    process: &ProcessAggregate,
    replace: &DelegateCommand,
    context: &mut CommandContext<'_>,
) -> DecisionResult {
    hand_over(process, check_removable(process, &replace.person)?, replace, context)
}

/// The new signer waits if the replaced signer was waiting, and also if, in a signing order,
/// another signer was invited after the replaced one declined. A required identification also
/// applies to the new signer.
fn hand_over(
    process: &ProcessAggregate,
    signer: &SignerProgress,
    delegate: &DelegateCommand,
    context: &mut CommandContext<'_>,
) -> DecisionResult {
    let person = signer.id;
    let mut by = validate_signer(&delegate.to, context)?;
    let identified = process.signer(person).and_then(|signer| signer.verification.as_ref());
    by.verification = identified.map(|former| {
        let mut verification = Verification::default();
        verification.resident_permit = former.resident_permit;
        verification
    });
    let new: Uuid = parse_uuid(by.identification.as_deref()).unwrap_or_default();
    let replaced = context.event(EventKind::Replaced { person, by });
    let after = apply_event(process, &replaced, context);
    let record = context.record(
        context.now,
        "transaction",
        RecordStatus::Success,
        [
            ("transaction_replacedParticipant", person.to_string()),
            ("transaction_replacedBy", new.to_string()),
        ],
    );
    let mut events = vec![replaced, record];
    if let Some(released) = &after.released
        && !waits(&after, signer, released)
    {
        events.push(context.event(EventKind::Invited(new)));
        events.extend(mail(&after, released, new, "INVITE", context));
    }
    Ok(events)
}

/// Whether the replacement of `former` has to wait for an invitation.
fn waits(after: &ProcessAggregate, former: &SignerProgress, released: &ReleaseDetails) -> bool {
    let pending = |signer: &SignerProgress| signer.status == SignerStatus::Pending;
    former.status == SignerStatus::Waiting
        || (released.signing_order && after.signers.iter().any(pending))
}
