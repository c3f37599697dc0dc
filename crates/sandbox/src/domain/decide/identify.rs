//! Online identification (GwG). The last name of the signer selects the result of the provider.

use serde_json::json;
use swisscom_sign::contract::{RecordStatus, Signer, Verification};
use uuid::Uuid;

use super::CommandContext;
use super::sign::may_sign;
use crate::calendar::format_timestamp;
use crate::domain::command::{IdentificationResult, IdentifyCommand};
use crate::domain::error::{DomainError, ErrorName};
use crate::domain::event::{DomainEvent, EventKind};
use crate::domain::process::{
    PageSizePt, ProcessAggregate, ProcessFile, SignaturePosition, VerificationBundle,
};

/// Page size of the report (A4).
pub const REPORT_PAGE: PageSizePt = PageSizePt { width: 595.0, height: 842.0 };

/// Last names published by the vendor for its TEST environment; every other name is approved.
static LAST_NAMES: [(&str, IdentificationResult); 3] = [
    ("X-MANUALTEST-HAPPYPATH", IdentificationResult::Approved),
    ("X-MANUALTEST-FRAUDIDENT", IdentificationResult::Rejected),
    ("X-MANUALTEST-CHECKPENDING", IdentificationResult::Pending),
];

/// Causes no event if a result exists already.
pub(super) fn identify(
    process: &ProcessAggregate,
    identify: &IdentifyCommand,
    context: &mut CommandContext<'_>,
) -> Result<Vec<DomainEvent>, DomainError> {
    let person = may_sign(process, &identify.person)?.id;
    let data = process.signer(person).ok_or(ErrorName::ParticipantNotFound)?;
    let Some(verification) = &data.verification else {
        return Err(DomainError::new(ErrorName::Validation, "The signer needs no identification."));
    };
    if verification.verified_on.is_some() || verification.rejected_on.is_some() {
        return Ok(Vec::new());
    }
    let named = LAST_NAMES.iter().find(|(name, _)| *name == data.last_name);
    let result = identify
        .result
        .or(named.map(|(_, result)| *result))
        .unwrap_or(IdentificationResult::Approved);
    let begun = verification.process_id.is_some();
    if begun && result == IdentificationResult::Pending {
        return Ok(Vec::new());
    }
    let mut verification: Verification = verification.clone();
    if !begun {
        verification.process_id = Some(context.ids.uuid().to_string());
    }
    let now = Some(format_timestamp(context.now));
    let (status, word) = match result {
        IdentificationResult::Approved => (RecordStatus::Success, "APPROVED"),
        IdentificationResult::Rejected => (RecordStatus::Fail, "REJECTED"),
        IdentificationResult::Pending => (RecordStatus::Initialize, "PENDING"),
    };
    match result {
        IdentificationResult::Approved => verification.verified_on = now,
        IdentificationResult::Rejected => verification.rejected_on = now,
        IdentificationResult::Pending => {}
    }
    let evidence = (result == IdentificationResult::Approved)
        .then(|| evidence(process, data, person, context));
    if let Some(EventKind::Evidenced { report, bundle }) = &evidence {
        verification.files = Some([report.id, bundle.id].map(|id| id.to_string()).into());
    }
    if result != IdentificationResult::Pending {
        verification.payload = Some(json!({ "result": word }).to_string().into());
    }
    let record = context.record(
        context.now,
        "identification",
        status,
        [("identification_participant", person.to_string())],
    );
    let mut events = vec![context.event(EventKind::Identified { person, verification })];
    events.extend(evidence.map(|evidence| context.event(evidence)));
    events.push(record);
    Ok(events)
}

/// Distance of the signature from the left and the top edge of the report, in PDF points.
const SIGNATURE: (i32, i32) = (72, 640);

/// Report, with a position for the signer's own signature, and bundle.
fn evidence(
    process: &ProcessAggregate,
    signer: &Signer,
    person: Uuid,
    context: &mut CommandContext<'_>,
) -> EventKind {
    let name = |extension: &str| {
        let count = process.bundles.len() + 1;
        format!("Identification {count} {} {}.{extension}", signer.first_name, signer.last_name)
    };
    let (x, y) = SIGNATURE;
    let position = SignaturePosition {
        signer: person,
        reference: person.to_string(),
        page: 0,
        x,
        y,
        sticker: None,
    };
    let report = ProcessFile {
        id: context.ids.uuid(),
        name: name("pdf"),
        external_identifier: None,
        pages: Some(vec![REPORT_PAGE]),
        positions: vec![position],
        versions: Vec::new(),
    };
    let bundle = VerificationBundle { id: context.ids.uuid(), name: name("zip"), person };
    EventKind::Evidenced { report, bundle }
}
