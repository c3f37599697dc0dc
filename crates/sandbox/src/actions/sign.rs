//! Signing with the bytes of the signed files.

use bytes::Bytes;
use jiff::Timestamp;
use uuid::Uuid;

use crate::documents::DocumentSigningInput;
use crate::domain::decide::may_sign;
use crate::domain::{
    DomainError, ErrorName, EventKind, ProcessAggregate, ProcessCommand, SignCommand,
};
use crate::links::Links;
use crate::platform::{CommandError, CommandOutcome, ContentTarget, Platform, PreparedCommand};

/// Signs for a signer. The signed versions of the files are created before the command, and stored
/// only if it succeeds.
///
/// # Errors
/// Returns an error if the command is rejected or the store fails.
pub fn sign(
    platform: &Platform,
    links: &Links,
    id: Uuid,
    sign: SignCommand,
) -> Result<CommandOutcome, CommandError> {
    let outcome = platform.execute_at(links, id, |process, now| {
        let content = signed_files(platform, process, &sign, now)?;
        Ok(PreparedCommand { command: ProcessCommand::Sign(sign.clone()), content })
    })?;
    let refused = outcome.events.iter().find_map(|event| match &event.what {
        EventKind::SignatureRefused(error) => Some(error.clone()),
        _ => None,
    });
    refused.map_or(Ok(outcome), |error| Err(error.into()))
}

/// Signed versions of all files of a signer.
pub(crate) fn signed_files(
    platform: &Platform,
    process: &ProcessAggregate,
    sign: &SignCommand,
    at: Timestamp,
) -> Result<Vec<(ContentTarget, Bytes)>, CommandError> {
    let person = may_sign(process, &sign.person)?.id;
    let data = process.signer(person).ok_or(ErrorName::ParticipantNotFound)?;
    let declared = format!("{} {}", data.first_name, data.last_name);
    let mut signed = Vec::new();
    for file in process.files_of(person) {
        let latest = file.latest();
        let bytes = platform
            .store()
            .blob(latest)?
            .ok_or_else(|| missing_content_error(platform, process.id, latest))?;
        let input = DocumentSigningInput {
            name: sign.certificate_name.as_deref().unwrap_or(&declared),
            role: data.role.as_deref(),
            at,
            size: platform.settings().signature_size.points(),
            positions: file.positions.iter().filter(|p| p.signer == person).collect(),
        };
        let bytes = platform
            .documents()
            .sign(&bytes, &input)
            .map_err(|why| DomainError::new(ErrorName::InvalidDocument, why.0))?;
        signed.push((ContentTarget::FileVersion(file.id), bytes));
    }
    Ok(signed)
}

/// Error for missing file content, caused by a concurrent reset or a corrupt store.
fn missing_content_error(platform: &Platform, process: Uuid, bytes: Uuid) -> CommandError {
    match platform.store().load(process) {
        Ok(None) => ErrorName::ProcessNotFound.into(),
        Ok(Some(_)) => CommandError::Internal(format!("the bytes of {bytes} are missing")),
        Err(error) => error.into(),
    }
}
