//! The aggregate as the contract's JSON objects.

use swisscom_sign::contract::{
    AuditRecord, AuditSuccessRecordResponse, FileReference, FileSignaturePosition, Participant,
    Process as Details, ProcessStatusResponse, Signer, SignerStatus, StickerProvider, Verification,
};

use super::process::{ProcessAggregate, ProcessFile, SignerProgress, parse_uuid};
use crate::calendar::format_timestamp;
use crate::settings::{SandboxSettings, SignerBeforeRelease};

/// Response of `create` and `getProcess`.
pub fn to_contract_process(process: &ProcessAggregate, settings: &SandboxSettings) -> Details {
    let mut details = process.request.clone();
    // The contract marks this field as write-only.
    details.authorization = None;
    details.id = Some(process.id.to_string());
    details.status = Some(process.status.clone());
    details.signature_level = Some(process.level());
    details.valid_until =
        process.released.as_ref().map(|released| format_timestamp(released.valid_until));
    details.created_date = Some(format_timestamp(process.created_on));
    details.last_modified_date = Some(format_timestamp(process.modified_on));
    details.archive_on = process.archive_on.map(format_timestamp);
    details.archived_on = process.archived_on.map(format_timestamp);
    details.file_references = Some(process.files.iter().map(file_reference).collect());
    if let Participant::Signer(signer) = &mut details.initiator {
        fill(signer, process, settings);
    }
    for signer in details.invitees.iter_mut().flat_map(|i| i.signers.iter_mut().flatten()) {
        fill(signer, process, settings);
    }
    details
}

fn fill(signer: &mut Signer, process: &ProcessAggregate, settings: &SandboxSettings) {
    let id = parse_uuid(signer.identification.as_deref());
    let Some(progress) = id.and_then(|id| process.progress(id)) else { return };
    let SignerProgress {
        status, signed_on, canceled_on, certificate_name, certificate_match, ..
    } = progress;
    signer.status = Some(match settings.signer_before_release {
        SignerBeforeRelease::Pending if process.released.is_none() => SignerStatus::Pending,
        _ => status.clone(),
    });
    signer.signed_on = signed_on.map(format_timestamp);
    signer.canceled_on = canceled_on.map(format_timestamp);
    // The vendor keeps the former name until it is removed.
    signer.discontinued_on = canceled_on.map(format_timestamp);
    signer.certificate_name.clone_from(certificate_name);
    signer.certificate_match.clone_from(certificate_match);
    if let Some(Verification { resident_permit, .. }) = &mut signer.verification {
        resident_permit.get_or_insert(true);
    }
}

fn file_reference(file: &ProcessFile) -> FileReference {
    let positions = file.positions.iter().map(|at| {
        let position = FileSignaturePosition::new(&*at.reference, at.page, at.x, at.y);
        // The contract's default.
        let sticker = at.sticker.clone().unwrap_or(StickerProvider::Visual);
        position.sticker_provider(sticker)
    });
    let mut reference = FileReference::default()
        .initial_file_id(file.id.to_string())
        .signature_positions(positions.collect::<Vec<_>>());
    reference.external_identifier = file.external_identifier.clone();
    reference.last_signed_file_id = file.versions.last().map(|version| version.id.to_string());
    reference
}

/// Response of `getStatus`.
pub fn status(process: &ProcessAggregate) -> ProcessStatusResponse {
    ProcessStatusResponse::default().id(process.id.to_string()).status(process.status.clone())
}

/// Response of `getRecords`: newest first; of records with the same time, the later one comes
/// first.
pub fn records(process: &ProcessAggregate) -> AuditSuccessRecordResponse {
    let mut records: Vec<_> = process.records.iter().rev().collect();
    records.sort_by_key(|record| std::cmp::Reverse(record.at));
    let records = records.into_iter().map(|record| {
        AuditRecord::default()
            .id(record.id.to_string())
            .created_date(format_timestamp(record.at))
            .action(&*record.action)
            .status(record.status.clone())
            .extras(record.extras.clone())
    });
    AuditSuccessRecordResponse::default().records(records.collect::<Vec<_>>())
}
