//! Sign and decline, triggered by a page or the admin API.

use swisscom_sign::contract::{
    CertificateMatch, RecordStatus, SignatureLevel, SignatureMethod, Signer, SignerStatus,
};
use uuid::Uuid;

use super::progress::{apply_event, ensure_pending, next_steps};
use super::{CommandContext, DecisionResult};
use crate::domain::command::{DeclineCommand, SignCommand};
use crate::domain::error::{DomainError, ErrorName};
use crate::domain::event::{DomainEvent, EventKind};
use crate::domain::process::{ProcessAggregate, SignerProgress};
use crate::settings::{DeclineOutcome, Qes};

/// Returns the signer if the signature is pending now.
///
/// # Errors
/// Returns a [`DomainError`] if the signer cannot sign now.
pub fn may_sign<'p>(
    process: &'p ProcessAggregate,
    person: &str,
) -> Result<&'p SignerProgress, DomainError> {
    let signer = process
        .find_person(person)
        .and_then(|id| process.progress(id))
        .ok_or(ErrorName::ParticipantNotFound)?;
    ensure_pending(process)?;
    match &signer.status {
        SignerStatus::Pending => Ok(signer),
        SignerStatus::Waiting => Err(ErrorName::NotYourTurn.into()),
        SignerStatus::Signed | SignerStatus::Declined => Err(ErrorName::SignerAlreadyDone.into()),
        _ => Err(ErrorName::ParticipantInactive.into()),
    }
}

/// Like [`may_sign`], but also requires the identification, which precedes every other action.
pub(super) fn may_act<'p>(
    process: &'p ProcessAggregate,
    person: &str,
) -> Result<(&'p SignerProgress, &'p Signer), DomainError> {
    let signer = may_sign(process, person)?;
    let data = process.signer(signer.id).ok_or(ErrorName::ParticipantNotFound)?;
    if data.verification.as_ref().is_some_and(|v| v.verified_on.is_none()) {
        return Err(ErrorName::IdentificationRequired.into());
    }
    Ok((signer, data))
}

/// Maximum length, in characters, of a reason and of a certificate name: the limit of the input
/// fields on the pages.
const MAX_REASON: usize = 1000;
const MAX_NAME: usize = 100;

fn within(what: &str, text: Option<&str>, most: usize) -> Result<(), DomainError> {
    match text.map(|text| text.chars().count()) {
        Some(length) if length > most => {
            let detail = format!("$.{what}: must have at most {most} characters");
            Err(DomainError::new(ErrorName::Validation, detail))
        }
        _ => Ok(()),
    }
}

pub(super) fn sign(
    process: &ProcessAggregate,
    sign: &SignCommand,
    context: &mut CommandContext<'_>,
) -> DecisionResult {
    let (signer, data) = may_act(process, &sign.person)?;
    let (person, level) = (signer.id, process.level());
    within("certificateName", sign.certificate_name.as_deref(), MAX_NAME)?;
    let methods = process.released.as_ref().map(|r| r.methods.as_slice()).unwrap_or_default();
    let method = match &sign.method {
        Some(method) if methods.contains(method) => method.clone(),
        Some(method) => {
            let detail = format!("{method} is not among the methods of this process.");
            return Err(DomainError::new(ErrorName::SignatureMethodNotAllowed, detail));
        }
        None => methods.first().cloned().ok_or(ErrorName::SignatureMethodNotAllowed)?,
    };
    let qualified = matches!(level, SignatureLevel::Qualified | SignatureLevel::QualifiedEu);
    if qualified && context.settings.qes == Qes::Refuse {
        let refusal = DomainError::new(
            ErrorName::QualifiedNotAvailable,
            "Qualified signatures need an app that the test environment does not have. Use another signature level, or start the sandbox with --qes simulate.",
        );
        let record = sign_record(person, &level, &method, RecordStatus::Fail, context);
        return Ok(vec![context.event(EventKind::SignatureRefused(refusal)), record]);
    }

    let declared = format!("{} {}", data.first_name, data.last_name);
    let (certificate_name, certificate_match) =
        certificate(&level, &method, &declared, sign.certificate_name.as_deref());
    let files = process.files_of(person).map(|file| (file.id, context.ids.uuid())).collect();
    let signed = EventKind::Signed {
        person,
        method: method.clone(),
        files,
        certificate_name,
        certificate_match,
    };
    let signed = context.event(signed);
    let record = sign_record(person, &level, &method, RecordStatus::Success, context);
    let after = apply_event(process, &signed, context);
    let mut events = vec![signed, record];
    events.extend(next_steps(&after, context));
    Ok(events)
}

/// Signing by click or by SMS code leaves no name in the certificate (contract,
/// `certificateMatch`).
fn certificate(
    level: &SignatureLevel,
    method: &SignatureMethod,
    declared: &str,
    certified: Option<&str>,
) -> (Option<String>, CertificateMatch) {
    if *level == SignatureLevel::Simple
        || matches!(method, SignatureMethod::Click | SignatureMethod::Sms)
    {
        return (None, CertificateMatch::Unchecked);
    }
    let certified = certified.unwrap_or(declared);
    let same = certified.split_whitespace().eq(declared.split_whitespace());
    let outcome = if same { CertificateMatch::Match } else { CertificateMatch::Mismatch };
    (Some(certified.to_owned()), outcome)
}

fn sign_record(
    person: Uuid,
    level: &SignatureLevel,
    method: &SignatureMethod,
    status: RecordStatus,
    context: &mut CommandContext<'_>,
) -> DomainEvent {
    context.record(
        context.now,
        "sign",
        status,
        [
            ("sign_signatureLevel", level.to_string()),
            ("sign_signatureMethod", method.to_string()),
            ("sign_participant", person.to_string()),
        ],
    )
}

pub(super) fn decline(
    process: &ProcessAggregate,
    decline: &DeclineCommand,
    context: &mut CommandContext<'_>,
) -> DecisionResult {
    let person = may_act(process, &decline.person)?.0.id;
    within("reason", decline.reason.as_deref(), MAX_REASON)?;
    let ends = context.settings.decline_outcome == DeclineOutcome::Expired;
    let reason = decline.reason.clone();
    let declined = context.event(EventKind::Declined { person, reason: reason.clone(), ends });
    let mut extras = vec![("transaction_declinedBy", person.to_string())];
    extras.extend(reason.map(|reason| ("transaction_reason", reason)));
    let record = context.record(context.now, "transaction", RecordStatus::Abort, extras);
    let after = apply_event(process, &declined, context);
    let mut events = vec![declined, record];
    if !ends {
        events.extend(next_steps(&after, context));
    }
    Ok(events)
}
