//! The setup page: who signs, where, in which order, and the release that completes it.

use serde::Serialize;
use swisscom_sign::contract::declare::Schema;
use swisscom_sign::contract::{
    Locale, Object, Operation, Participant, Person, Severity, Signer, walk,
};
use swisscom_sign::lifecycle::{Verdict, verdict};
use uuid::Uuid;

use super::Context;
use super::release::{default_end, default_methods, go_out, preconditions};
use crate::domain::command::{CompleteSetup, Placement};
use crate::domain::error::{DomainError, Name};
use crate::domain::event::{Event, Happening};
use crate::domain::process::{File, Position, Process, Released, uuid_of};

/// Length of the message of the invitation (contract, `personalMessage`).
const MAX_MESSAGE: usize = 8192;

type Decision = Result<Vec<Event>, DomainError>;

/// Whether the setup page may still change the process.
fn open_for_setup(process: &Process) -> Result<(), DomainError> {
    if verdict(&process.status, Operation::Setup) != Verdict::Allowed {
        return Err(Name::ProcessAlreadyReleased.into());
    }
    if process.setup.is_none() { Err(Name::SetupNotRequested.into()) } else { Ok(()) }
}

/// A signer as somebody entered it: the contract's own rules, and a way to reach the signer.
pub(super) fn entered(signer: &Signer, context: &mut Context<'_>) -> Result<Signer, DomainError> {
    let clean = |text: &Option<String>| {
        text.as_deref().map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned)
    };
    let mut entered = signer.clone();
    entered.first_name = signer.first_name.trim().to_owned();
    entered.last_name = signer.last_name.trim().to_owned();
    entered.email = clean(&signer.email);
    entered.mobile = clean(&signer.mobile);
    let invalid = |detail: String| DomainError::new(Name::Validation, detail);
    if entered.first_name.is_empty() || entered.last_name.is_empty() {
        return Err(invalid("$.firstName, $.lastName: must not be empty".to_owned()));
    }
    if entered.email.is_none() && entered.mobile.is_none() {
        return Err(invalid("$.email: is needed, or $.mobile".to_owned()));
    }
    fits(Signer::OBJECT, &entered)?;
    entered.identification = Some(context.ids.uuid().to_string());
    Ok(entered)
}

pub(super) fn add_signer(
    process: &Process,
    signer: &Signer,
    context: &mut Context<'_>,
) -> Decision {
    open_for_setup(process)?;
    let signer = entered(signer, context)?;
    Ok(vec![context.event(Happening::SignerAdded(signer))])
}

pub(super) fn remove_signer(
    process: &Process,
    person: &str,
    context: &mut Context<'_>,
) -> Decision {
    open_for_setup(process)?;
    let id = process
        .find_person(person)
        .filter(|id| process.progress(*id).is_some())
        .ok_or(Name::ParticipantNotFound)?;
    if let Participant::Signer(initiator) = &process.request.initiator
        && uuid_of(initiator.identification.as_deref()) == Some(id)
    {
        return Err(DomainError::new(Name::Validation, "The initiator cannot be taken out."));
    }
    Ok(vec![context.event(Happening::SignerRemoved(id))])
}

/// The same checks as release, on the process as the page arranged it; mails go out (contract,
/// setup: "notifications are handled by Swisscom Sign").
pub(super) fn complete(
    process: &Process,
    complete: &CompleteSetup,
    context: &mut Context<'_>,
) -> Decision {
    open_for_setup(process)?;
    let arranged = context.event(arrange(process, complete)?);
    let after = Process::replay(
        Some(process.clone()),
        std::slice::from_ref(&arranged),
        context.rulings.archive_after,
    );
    let after = after.as_ref().unwrap_or(process);
    preconditions(after, context.rulings.signature_size)?;
    let language = after.setup.as_ref().and_then(|setup| setup.language.clone());
    let released = Released {
        on: context.now,
        valid_until: default_end(context.now),
        methods: default_methods(after),
        locale: Some(language.unwrap_or(Locale::EnGb)),
        suppress: Vec::new(),
        reminder: None,
        signing_order: complete.signing_order.unwrap_or(process.signing_order),
    };
    let mut events = vec![arranged];
    events.extend(go_out(after, released, context));
    Ok(events)
}

/// Every signer, those that are named before the others.
pub(super) fn in_order(process: &Process, named: &[Uuid]) -> Result<Vec<Uuid>, DomainError> {
    if let Some(twice) = (1..)
        .zip(named)
        .find_map(|(next, id)| named.iter().skip(next).any(|other| other == id).then_some(id))
    {
        let detail = format!("The order names {twice} twice.");
        return Err(DomainError::new(Name::Validation, detail));
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

fn arrange(process: &Process, complete: &CompleteSetup) -> Result<Happening, DomainError> {
    let known = |id: &Uuid| process.progress(*id).is_some();
    let order = in_order(process, &complete.order)?;
    let mut positions = Vec::new();
    if let Some(placements) = &complete.positions {
        for placement in placements {
            if !process.files.iter().any(|file| file.id == placement.file) {
                return Err(Name::FileNotFound.into());
            }
            if !known(&placement.signer) {
                return Err(not_a_signer(placement.signer));
            }
            if placement.x < 0 || placement.y < 0 {
                return Err(Name::SignatureOutsideVisibleArea.into());
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
        return Err(DomainError::new(Name::Validation, detail));
    }
    let initiator = initiator(process, complete)?;
    Ok(Happening::Arranged { order, message, initiator, positions })
}

fn initiator(process: &Process, complete: &CompleteSetup) -> Result<Option<Person>, DomainError> {
    let Some(entered) = &complete.initiator else { return Ok(None) };
    let Participant::Person(person) = &process.request.initiator else {
        let detail = "The initiator is not a person who does not sign.";
        return Err(DomainError::new(Name::Validation, detail));
    };
    let filled = |text: &String| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    let person = Person {
        first_name: filled(&entered.first_name),
        last_name: filled(&entered.last_name),
        email: filled(&entered.email),
        ..person.clone()
    };
    fits(Person::OBJECT, &person)?;
    Ok(Some(person))
}

/// Holds what somebody entered against the contract.
fn fits(object: &'static Object, value: &impl Serialize) -> Result<(), DomainError> {
    let invalid = |detail: String| DomainError::new(Name::Validation, detail);
    let text = serde_json::to_string(value).map_err(|error| invalid(error.to_string()))?;
    let problems = walk::check(object, &text);
    let errors = problems.iter().filter(|problem| problem.code.severity() == Severity::Error);
    let errors: Vec<String> = errors.map(ToString::to_string).collect();
    if errors.is_empty() { Ok(()) } else { Err(invalid(errors.join("; "))) }
}

fn not_a_signer(id: Uuid) -> DomainError {
    DomainError::new(Name::SignerNotFound, format!("`{id}` is not a signer of this process."))
}

/// Keeps how the caller named the signer, and who draws the signature: of the one that stood there,
/// otherwise of the signer's first.
fn position(file: &File, placement: &Placement) -> Position {
    let of_signer = || file.positions.iter().filter(|p| p.signer == placement.signer);
    let there = |p: &&Position| (p.page, p.x, p.y) == (placement.page, placement.x, placement.y);
    let before = of_signer().find(there).or_else(|| of_signer().next());
    Position {
        signer: placement.signer,
        reference: before.map_or_else(|| placement.signer.to_string(), |b| b.reference.clone()),
        page: placement.page,
        x: placement.x,
        y: placement.y,
        sticker: before.and_then(|before| before.sticker.clone()),
    }
}
