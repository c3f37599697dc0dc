//! Create, attach and setup: changes to a process in state CREATED.

use std::collections::BTreeSet;

use swisscom_sign::contract::{Operation, Participant, ProcessSetupRequest, Signer};
use swisscom_sign::lifecycle::{OperationAvailability, availability};
use uuid::Uuid;

use super::{CommandContext, DecisionResult};
use crate::domain::command::{AttachCommand, CreateCommand};
use crate::domain::error::{DomainError, ErrorName};
use crate::domain::event::EventKind;
use crate::domain::process::{ProcessAggregate, ProcessFile, SignaturePosition, Tenant};
use crate::settings::SignatureSize;

/// Maximum number of files (contract, attach: "up to a maximum of 100 files").
const MAX_FILES: usize = 100;

pub(super) fn create(create: &CreateCommand, context: &mut CommandContext<'_>) -> DecisionResult {
    let mut request = create.request.clone();
    if create.owner.tenant != Tenant::Corporate {
        corporate_fields(&request)?;
    }
    invitees_sign(&request)?;
    let mut keys = BTreeSet::new();
    for property in request.properties.iter().flatten() {
        if !keys.insert(&property.key) {
            let detail = format!("The property key `{}` stands twice.", property.key);
            return Err(DomainError::new(ErrorName::DuplicateProperty, detail));
        }
    }
    let id = context.ids.uuid();
    let Some((identification, _)) = identity(&mut request.initiator) else {
        // The validation of the body rejects other types.
        return Err(DomainError::new(ErrorName::Validation, "$.initiator.type: unknown type"));
    };
    *identification = Some(context.ids.uuid().to_string());
    for signer in request.invitees.iter_mut().flat_map(|i| i.signers.iter_mut().flatten()) {
        signer.identification = Some(context.ids.uuid().to_string());
    }
    unique_identifiers(&mut request)?;
    Ok(vec![context.event(EventKind::Created { id, owner: create.owner, request })])
}

/// GwG identification requires a corporate tenant; a violation is a validation error (contract,
/// changelog 2.16.0).
fn corporate_fields(request: &swisscom_sign::contract::Process) -> Result<(), DomainError> {
    let refuse = |path: &str| {
        let detail = format!("{path}.verification: is available to corporate tenants only");
        Err(DomainError::new(ErrorName::Validation, detail))
    };
    if let Participant::Signer(Signer { verification: Some(_), .. }) = &request.initiator {
        return refuse("$.initiator");
    }
    let signers = request.invitees.iter().flat_map(|i| i.signers.iter().flatten());
    for (index, signer) in signers.enumerate() {
        if signer.verification.is_some() {
            return refuse(&format!("$.invitees.signers[{index}]"));
        }
    }
    Ok(())
}

/// An invitee must be a signer, although participants can have other types (contract,
/// `Signer.type`).
fn invitees_sign(request: &swisscom_sign::contract::Process) -> Result<(), DomainError> {
    let mut signers = request.invitees.iter().flat_map(|i| i.signers.iter().flatten());
    match signers.position(|signer| !signer.kind.is_expected()) {
        Some(index) => {
            let detail = format!("$.invitees.signers[{index}].type: must be SIGNER");
            Err(DomainError::new(ErrorName::Validation, detail))
        }
        None => Ok(()),
    }
}

fn identity(participant: &mut Participant) -> Option<(&mut Option<String>, Option<&str>)> {
    Some(match participant {
        Participant::NonPerson(p) => (&mut p.identification, p.external_identifier.as_deref()),
        Participant::Person(p) => (&mut p.identification, p.external_identifier.as_deref()),
        Participant::Signer(p) => (&mut p.identification, p.external_identifier.as_deref()),
        _ => return None,
    })
}

/// A personId identifies a participant only if it is unique.
fn unique_identifiers(request: &mut swisscom_sign::contract::Process) -> Result<(), DomainError> {
    let initiator = identity(&mut request.initiator).and_then(|(_, external)| external);
    let signers = request.invitees.iter().flat_map(|i| i.signers.iter().flatten());
    let mut seen = BTreeSet::new();
    for external in
        initiator.into_iter().chain(signers.filter_map(|s| s.external_identifier.as_deref()))
    {
        if !seen.insert(external) {
            let detail = format!("Two participants have the externalIdentifier `{external}`.");
            return Err(DomainError::new(ErrorName::DuplicateExternalIdentifier, detail));
        }
    }
    Ok(())
}

fn configurable(process: &ProcessAggregate, operation: Operation) -> Result<(), DomainError> {
    match availability(&process.status, operation) {
        OperationAvailability::Allowed => Ok(()),
        _ => Err(DomainError::new(
            ErrorName::ProcessAlreadyReleased,
            format!("{operation} needs a process that is CREATED; this one is {}.", process.status),
        )),
    }
}

/// The error of a signature to the left of its page, or above.
pub(super) fn beyond_corner(x: i32, y: i32, size: SignatureSize) -> DomainError {
    let (width, height) = size.points();
    let detail =
        format!("The signature of {width} x {height} points at x {x}, y {y} leaves its page.");
    DomainError::new(ErrorName::SignatureOutsideVisibleArea, detail)
}

pub(super) fn attach(
    process: &ProcessAggregate,
    attach: &AttachCommand,
    context: &mut CommandContext<'_>,
) -> DecisionResult {
    configurable(process, Operation::Attach)?;
    if process.files.len() >= MAX_FILES {
        return Err(ErrorName::TooManyFiles.into());
    }
    if let Some(external) = &attach.external_identifier
        && process.files.iter().any(|f| f.external_identifier.as_ref() == Some(external))
    {
        let detail = format!("A file with the externalIdentifier `{external}` is attached.");
        return Err(DomainError::new(ErrorName::DuplicateExternalIdentifier, detail));
    }
    let mut positions = Vec::with_capacity(attach.places.len());
    for place in &attach.places {
        // A person who does not sign can have a position until release, which drops it (contract, attach,
        // example 4).
        let signer = person_named(process, &place.signer)?;
        // The offsets of a tag can exceed the upper left corner.
        if place.x < 0 || place.y < 0 {
            let size = context.settings.signature_size;
            return Err(beyond_corner(place.x, place.y, size));
        }
        positions.push(SignaturePosition {
            signer,
            reference: place.signer.clone(),
            page: place.page,
            x: place.x,
            y: place.y,
            sticker: place.sticker.clone(),
        });
    }
    let file = ProcessFile {
        id: context.ids.uuid(),
        name: attach.name.clone(),
        external_identifier: attach.external_identifier.clone(),
        pages: attach.pages.clone(),
        positions,
        versions: Vec::new(),
    };
    Ok(vec![context.event(EventKind::Attached(file))])
}

fn person_named(process: &ProcessAggregate, reference: &str) -> Result<Uuid, DomainError> {
    process.find_person(reference).ok_or_else(|| {
        let detail = format!(
            "`{reference}` is neither the identification nor the externalIdentifier of a person of the \
             process."
        );
        DomainError::new(ErrorName::SignerNotFound, detail)
    })
}

/// Can be repeated: the last options apply, and the URL does not change.
pub(super) fn setup(
    process: &ProcessAggregate,
    request: &ProcessSetupRequest,
    context: &mut CommandContext<'_>,
) -> DecisionResult {
    configurable(process, Operation::Setup)?;
    Ok(vec![context.event(EventKind::SetupRequested(request.clone()))])
}
