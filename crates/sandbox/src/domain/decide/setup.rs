//! Setup page: signers, positions, signing order, and the release that completes it.

use serde::Serialize;
use swisscom_sign::contract::declare::ContractObject;
use swisscom_sign::contract::{
    Locale, ObjectSchema, Operation, Participant, Person, Problem, ProblemCode, Severity, Signer,
    validate,
};
use swisscom_sign::lifecycle::{OperationAvailability, availability};
use uuid::Uuid;

use super::configure::beyond_corner;
use super::release::{default_methods, default_valid_until, invite, preconditions};
use super::{CommandContext, DecisionResult};
use crate::domain::command::{CompleteSetupCommand, InitiatorInput, PositionInput};
use crate::domain::error::{DomainError, ErrorName};
use crate::domain::event::EventKind;
use crate::domain::process::{
    ProcessAggregate, ProcessFile, ReleaseDetails, SignaturePosition, parse_uuid,
};
use crate::settings::SignatureSize;

/// Maximum length of the invitation message (contract, `personalMessage`).
pub const MAX_MESSAGE: usize = 8192;

/// Rejects the command unless the setup page may still change the process.
fn open_for_setup(process: &ProcessAggregate) -> Result<(), DomainError> {
    if availability(&process.status, Operation::Setup) != OperationAvailability::Allowed {
        return Err(ErrorName::ProcessAlreadyReleased.into());
    }
    if process.setup.is_none() { Err(ErrorName::SetupNotRequested.into()) } else { Ok(()) }
}

/// Trims all fields of an entered signer and removes empty ones.
fn cleaned(signer: &Signer) -> Signer {
    let clean = |text: &Option<String>| {
        text.as_deref().map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned)
    };
    let mut entered = signer.clone();
    entered.first_name = signer.first_name.trim().to_owned();
    entered.last_name = signer.last_name.trim().to_owned();
    entered.email = clean(&signer.email);
    entered.mobile = clean(&signer.mobile);
    entered
}

/// Problems of an entered signer: the contract's rules, both names, and an e-mail address or a
/// mobile number.
pub fn signer_problems(signer: &Signer) -> Vec<Problem> {
    let signer = cleaned(signer);
    let unreachable = signer.email.is_none() && signer.mobile.is_none();
    let needed = [
        (signer.first_name.is_empty(), "$.firstName", "must not be empty"),
        (signer.last_name.is_empty(), "$.lastName", "must not be empty"),
        (unreachable, "$.email", "is needed, or $.mobile"),
    ];
    let needed = needed
        .into_iter()
        .filter(|(missing, ..)| *missing)
        .map(|(_, path, message)| Problem::new(path, ProblemCode::Required, message));
    needed.chain(broken(Signer::OBJECT, &signer)).collect()
}

/// Validates an entered signer and assigns an identification.
pub(super) fn validate_signer(
    signer: &Signer,
    context: &mut CommandContext<'_>,
) -> Result<Signer, DomainError> {
    fits(signer_problems(signer))?;
    let mut entered = cleaned(signer);
    entered.identification = Some(context.ids.uuid().to_string());
    Ok(entered)
}

pub(super) fn add_signer(
    process: &ProcessAggregate,
    signer: &Signer,
    context: &mut CommandContext<'_>,
) -> DecisionResult {
    open_for_setup(process)?;
    let signer = validate_signer(signer, context)?;
    Ok(vec![context.event(EventKind::SignerAdded(signer))])
}

pub(super) fn remove_signer(
    process: &ProcessAggregate,
    person: &str,
    context: &mut CommandContext<'_>,
) -> DecisionResult {
    open_for_setup(process)?;
    let id = process
        .find_person(person)
        .filter(|id| process.progress(*id).is_some())
        .ok_or(ErrorName::ParticipantNotFound)?;
    if let Participant::Signer(initiator) = &process.request.initiator
        && parse_uuid(initiator.identification.as_deref()) == Some(id)
    {
        return Err(DomainError::new(ErrorName::Validation, "Cannot remove the initiator."));
    }
    Ok(vec![context.event(EventKind::SignerRemoved(id))])
}

/// Runs the checks of release on the arranged process; notifications are enabled (contract, setup:
/// "notifications are handled by Swisscom Sign").
pub(super) fn complete(
    process: &ProcessAggregate,
    complete: &CompleteSetupCommand,
    context: &mut CommandContext<'_>,
) -> DecisionResult {
    open_for_setup(process)?;
    let arranged = context.event(arrange(process, complete, context.settings.signature_size)?);
    let after = ProcessAggregate::replay(
        Some(process.clone()),
        std::slice::from_ref(&arranged),
        context.settings.archive_after,
    );
    let after = after.as_ref().unwrap_or(process);
    preconditions(after, context.settings.signature_size)?;
    let language = after.setup.as_ref().and_then(|setup| setup.language.clone());
    let released = ReleaseDetails {
        on: context.now,
        valid_until: default_valid_until(context.now),
        methods: default_methods(after),
        locale: Some(language.unwrap_or(Locale::EnGb)),
        suppress: Vec::new(),
        reminder: None,
        signing_order: complete.signing_order.unwrap_or(process.signing_order),
    };
    let mut events = vec![arranged];
    events.extend(invite(after, released, context));
    Ok(events)
}

/// All signers: the named ones first.
pub(super) fn resolve_signing_order(
    process: &ProcessAggregate,
    named: &[Uuid],
) -> Result<Vec<Uuid>, DomainError> {
    if let Some(twice) = (1..)
        .zip(named)
        .find_map(|(next, id)| named.iter().skip(next).any(|other| other == id).then_some(id))
    {
        let detail = format!("The order names {twice} twice.");
        return Err(DomainError::new(ErrorName::Validation, detail));
    }
    let mut order: Vec<Uuid> = Vec::new();
    for id in named.iter().copied().chain(process.signers.iter().map(|signer| signer.id)) {
        if process.progress(id).is_none() {
            return Err(not_a_signer(id));
        }
        if !order.contains(&id) {
            order.push(id);
        }
    }
    Ok(order)
}

fn arrange(
    process: &ProcessAggregate,
    complete: &CompleteSetupCommand,
    size: SignatureSize,
) -> Result<EventKind, DomainError> {
    let known = |id: &Uuid| process.progress(*id).is_some();
    let order = resolve_signing_order(process, &complete.order)?;
    let mut positions = Vec::new();
    if let Some(placements) = &complete.positions {
        for placement in placements {
            if !process.files.iter().any(|file| file.id == placement.file) {
                return Err(ErrorName::FileNotFound.into());
            }
            if !known(&placement.signer) {
                return Err(not_a_signer(placement.signer));
            }
            if placement.x < 0 || placement.y < 0 {
                return Err(beyond_corner(placement.x, placement.y, size));
            }
        }
        for file in &process.files {
            let of_file = placements.iter().filter(|placement| placement.file == file.id);
            positions.push((file.id, of_file.map(|p| position(file, p)).collect()));
        }
    }
    let message = complete.message.clone();
    if message.as_ref().is_some_and(|message| message.chars().count() > MAX_MESSAGE) {
        let detail = format!("The message has more than {MAX_MESSAGE} characters.");
        return Err(DomainError::new(ErrorName::Validation, detail));
    }
    let initiator = initiator(process, complete)?;
    Ok(EventKind::Arranged { order, message, initiator, positions })
}

fn initiator(
    process: &ProcessAggregate,
    complete: &CompleteSetupCommand,
) -> Result<Option<Person>, DomainError> {
    let Some(entered) = &complete.initiator else { return Ok(None) };
    let Participant::Person(person) = &process.request.initiator else {
        let detail = "The initiator is not a person who does not sign.";
        return Err(DomainError::new(ErrorName::Validation, detail));
    };
    let person = introduced(person, entered);
    fits(broken(Person::OBJECT, &person))?;
    Ok(Some(person))
}

/// Merges the entered fields into the initiator.
fn introduced(person: &Person, entered: &InitiatorInput) -> Person {
    let filled = |text: &Option<String>| {
        text.as_deref().map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned)
    };
    let mut person = person.clone();
    person.first_name = filled(&entered.first_name);
    person.last_name = filled(&entered.last_name);
    person.email = filled(&entered.email);
    person
}

/// Problems of an entered initiator.
pub fn initiator_problems(process: &ProcessAggregate, entered: &InitiatorInput) -> Vec<Problem> {
    match &process.request.initiator {
        Participant::Person(person) => broken(Person::OBJECT, &introduced(person, entered)),
        _ => Vec::new(),
    }
}

/// Positions that the release would reject, with their errors; each position is checked alone.
pub fn check_positions(
    process: &ProcessAggregate,
    placements: &[PositionInput],
    size: SignatureSize,
) -> Vec<(PositionInput, ErrorName)> {
    let mut alone = process.clone();
    let mut refused = |placement: &PositionInput| {
        let file = process.files.iter().find(|file| file.id == placement.file)?;
        let mut file = file.clone();
        file.positions = vec![position(&file, placement)];
        alone.files = vec![file];
        alone.signers.clone_from(&process.signers);
        alone.signers.retain(|signer| signer.id == placement.signer);
        let why = preconditions(&alone, size).err()?.name;
        let own = matches!(why, ErrorName::SignatureOutsideVisibleArea | ErrorName::PageOutOfRange);
        own.then_some((*placement, why))
    };
    placements.iter().filter_map(&mut refused).collect()
}

/// Contract rules that an entered value violates.
fn broken(object: &'static ObjectSchema, value: &impl Serialize) -> Vec<Problem> {
    let mut problems = match serde_json::to_string(value) {
        Ok(text) => validate(object, &text),
        Err(error) => {
            vec![Problem::new("$", ProblemCode::Syntax, error.to_string())]
        }
    };
    problems.retain(|problem| problem.code.severity() == Severity::Error);
    problems
}

fn fits(faults: Vec<Problem>) -> Result<(), DomainError> {
    let faults: Vec<String> = faults.iter().map(ToString::to_string).collect();
    if faults.is_empty() {
        return Ok(());
    }
    Err(DomainError::new(ErrorName::Validation, faults.join("; ")))
}

fn not_a_signer(id: Uuid) -> DomainError {
    DomainError::new(ErrorName::SignerNotFound, format!("`{id}` is not a signer of this process."))
}

/// Keeps the reference and the provider of the signature: from the position that is replaced,
/// otherwise from the first position of the signer.
fn position(file: &ProcessFile, placement: &PositionInput) -> SignaturePosition {
    let of_signer = || file.positions.iter().filter(|p| p.signer == placement.signer);
    let there =
        |p: &&SignaturePosition| (p.page, p.x, p.y) == (placement.page, placement.x, placement.y);
    let before = of_signer().find(there).or_else(|| of_signer().next());
    SignaturePosition {
        signer: placement.signer,
        reference: before.map_or_else(|| placement.signer.to_string(), |b| b.reference.clone()),
        page: placement.page,
        x: placement.x,
        y: placement.y,
        sticker: before.and_then(|before| before.sticker.clone()),
    }
}
