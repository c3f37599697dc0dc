//! Online identification (GwG): the provider is played by the last name of the signer.

use serde_json::json;
use swisscom_sign::contract::{RecordStatus, Verification};

use super::Context;
use super::sign::may_sign;
use crate::domain::command::{Identification, Identify};
use crate::domain::error::{DomainError, Name};
use crate::domain::event::{Event, Happening};
use crate::domain::process::Process;
use crate::domain::view::time;

/// The last names that the vendor publishes for its TEST environment; every other is approved.
static LAST_NAMES: [(&str, Identification); 3] = [
    ("X-MANUALTEST-HAPPYPATH", Identification::Approved),
    ("X-MANUALTEST-FRAUDIDENT", Identification::Rejected),
    ("X-MANUALTEST-CHECKPENDING", Identification::Pending),
];

/// Nothing follows when there is a result already.
pub(super) fn identify(
    process: &Process,
    identify: &Identify,
    context: &mut Context<'_>,
) -> Result<Vec<Event>, DomainError> {
    let person = may_sign(process, &identify.person)?.id;
    let data = process.signer(person).ok_or(Name::ParticipantNotFound)?;
    let Some(verification) = &data.verification else {
        return Err(DomainError::new(Name::Validation, "The signer needs no identification."));
    };
    if verification.verified_on.is_some() || verification.rejected_on.is_some() {
        return Ok(Vec::new());
    }
    let named = LAST_NAMES.iter().find(|(name, _)| *name == data.last_name);
    let result =
        identify.result.or(named.map(|(_, result)| *result)).unwrap_or(Identification::Approved);
    let begun = verification.process_id.is_some();
    if begun && result == Identification::Pending {
        return Ok(Vec::new());
    }
    let mut verification: Verification = verification.clone();
    if !begun {
        verification.process_id = Some(context.ids.uuid().to_string());
    }
    let now = Some(time(context.now));
    let (status, word) = match result {
        Identification::Approved => (RecordStatus::Success, "APPROVED"),
        Identification::Rejected => (RecordStatus::Fail, "REJECTED"),
        Identification::Pending => (RecordStatus::Initialize, "PENDING"),
    };
    match result {
        Identification::Approved => verification.verified_on = now,
        Identification::Rejected => verification.rejected_on = now,
        Identification::Pending => {}
    }
    if result != Identification::Pending {
        verification.payload = Some(json!({ "result": word }).to_string());
    }
    let record = context.record(
        context.now,
        "identification",
        status,
        [("identification_participant", person.to_string())],
    );
    Ok(vec![context.event(Happening::Identified { person, verification }), record])
}
