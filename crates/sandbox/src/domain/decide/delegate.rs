//! Somebody else signs, and takes over every position: a signer whose turn it is delegates, or the
//! initiator replaces one who has not signed.

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

/// Who replaces somebody whose turn has not come waits for it as well, and so does, in a signing order,
/// who replaces somebody after whose decline it has become another's turn. Who replaces somebody who
/// had to be identified has to be identified, too.
fn hand_over(
    process: &ProcessAggregate,
    signer: &SignerProgress,
    delegate: &DelegateCommand,
    context: &mut CommandContext<'_>,
) -> DecisionResult {
    let person = signer.id;
    let mut by = validate_signer(&delegate.to, context)?;
    let identified = process.signer(person).and_then(|signer| signer.verification.as_ref());
    by.verification = identified.map(|former| Verification {
        process_id: None,
        verified_on: None,
        rejected_on: None,
        payload: None,
        files: None,
        resident_permit: former.resident_permit,
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

/// Whether who comes in the place of `former` waits for a turn.
fn waits(after: &ProcessAggregate, former: &SignerProgress, released: &ReleaseDetails) -> bool {
    let pending = |signer: &SignerProgress| signer.status == SignerStatus::Pending;
    former.status == SignerStatus::Waiting
        || (released.signing_order && after.signers.iter().any(pending))
}
