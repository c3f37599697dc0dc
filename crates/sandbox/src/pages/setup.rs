//! Setup page: signers, positions, order, message; completing it releases the process.

use askama::Template;
use swisscom_sign::contract::{Participant, State};
use swisscom_sign::preflight::release::{overlapping_signatures, page_index};
use uuid::Uuid;

use super::documents::{self, DocumentLink};
use super::form_error::{self, FieldErrors, FormError, FormMessage, SIGNER};
use super::options::{self, PageOptions};
use super::request::{PageChrome, PageRequest};
use super::sign::SignFormInput;
use super::texts::Texts;
use super::{after_success, not_found};
use crate::domain::decide::{MAX_MESSAGE, check_positions, initiator_problems};
use crate::domain::process::{ProcessFile, parse_uuid};
use crate::domain::{
    CompleteSetupCommand, DomainError, ErrorName, InitiatorInput, PositionInput, ProcessAggregate,
    ProcessCommand,
};
use crate::html::FormData;
use crate::http::HttpResponse;
use crate::localization::fill;
use crate::outbox::compose::person_name;
use crate::platform::CommandError;
use crate::sessions::PageTarget;
use crate::settings::SignatureSize;

struct PositionRow {
    signer: String,
    spot: PositionFields,
}

struct FilePositions {
    name: String,
    href: String,
    rows: Vec<PositionRow>,
}

struct SetupSigner {
    id: String,
    name: String,
    contact: String,
    order: String,
    /// Label of the remove button; absent for the initiator.
    remove: Option<String>,
}

#[derive(Template)]
#[template(path = "setup.html")]
struct SetupPage {
    frame: PageChrome,
    path: String,
    sheets: Vec<FilePositions>,
    people: Vec<SetupSigner>,
    signing_order: bool,
    message: String,
    problem: FormError,
    /// Signatures that cover each other, and whether the visitor accepts that.
    overlaps: Vec<FormMessage>,
    accepts_overlap: bool,
    entered: SignFormInput,
    /// Initiator, if the page can enter the details.
    initiator: Option<InitiatorInput>,
    /// Whether the form for another signer is open.
    adding: bool,
}

#[derive(Template)]
#[template(path = "released.html")]
struct ReleasedPage {
    frame: PageChrome,
    text: &'static str,
    state: String,
    state_class: String,
    documents: Vec<DocumentLink>,
    archived: bool,
    participants: Vec<super::sign::ParticipantRow>,
}

/// Properties of the initiator, with their form fields.
const INITIATOR: [(&str, &str); 3] = [
    ("firstName", "initiatorFirstName"),
    ("lastName", "initiatorLastName"),
    ("email", "initiatorEmail"),
];

/// Shows the page, with unsaved input if there is any.
pub(super) fn show(
    visitor: &PageRequest<'_>,
    process: &ProcessAggregate,
    options: &PageOptions,
    status: u16,
    refused: Option<FormError>,
) -> HttpResponse {
    let locale = visitor.locale(options);
    let t = Texts::of(&locale);
    let place = PageTarget { process: process.id, person: None };
    let form = FormData::new(visitor.visit(place).draft);
    let entered = SignFormInput::of(&form);
    let adding = SIGNER.iter().any(|name| !form.get(name).is_empty());
    let problem = refused.unwrap_or_default();
    let adding = adding || SIGNER.iter().any(|name| problem.line(name).is_some());
    // A form that only names the signer to add does not contain the other fields.
    let form = Some(&form).filter(|form| form.has("message"));
    let frame = visitor.frame(options, t.setup_title.to_owned());
    if process.status != State::Created {
        let page = ReleasedPage {
            frame,
            text: if visitor.visit(place).completed { t.sent } else { t.already_released },
            state: t.state(&process.status).to_owned(),
            state_class: process.status.as_str().to_ascii_lowercase(),
            documents: documents::list(visitor, process, place, options),
            archived: process.archived_on.is_some(),
            participants: super::sign::participants(visitor.links, process, None, &locale),
        };
        return visitor.page(status, &page, options);
    }
    let sheets = process.files.iter().zip(documents::list(visitor, process, place, options));
    let sheets = sheets.map(|(file, document)| FilePositions {
        name: document.name,
        href: document.href,
        rows: rows(process, file, t, form),
    });
    let stored = process.request.invitees.as_ref().and_then(|i| i.personal_message.clone());
    let message = form.map(|form| form.get("message").to_owned());
    let people = people(process, t, form);
    let page = SetupPage {
        path: options::path(place),
        sheets: sheets.collect(),
        signing_order: form
            .map_or(process.signing_order, |form| !form.get("signingOrder").is_empty()),
        message: message.or(stored).unwrap_or_default(),
        problem,
        overlaps: overlaps(process, form, visitor.platform.settings().signature_size, t),
        accepts_overlap: form.is_some_and(|form| form.has("acceptOverlap")),
        entered,
        initiator: initiator(process, form),
        adding: adding || people.is_empty(),
        people,
        frame,
    };
    visitor.page(status, &page, options)
}

/// Title and text of the success page.
pub(super) fn success(
    visitor: &PageRequest<'_>,
    place: PageTarget,
    options: &PageOptions,
) -> Option<(&'static str, &'static str)> {
    let t = Texts::of(&visitor.locale(options));
    visitor.visit(place).completed.then_some((t.setup_title, t.sent))
}

fn initiator(process: &ProcessAggregate, form: Option<&FormData>) -> Option<InitiatorInput> {
    let Participant::Person(person) = &process.request.initiator else { return None };
    let value = |name: &str, stored: &Option<String>| match form.filter(|form| form.has(name)) {
        Some(form) => form.get(name).to_owned(),
        None => stored.clone().unwrap_or_default(),
    };
    let [first, last, email] = INITIATOR.map(|(_, field)| field);
    Some(InitiatorInput {
        first_name: Some(value(first, &person.first_name)),
        last_name: Some(value(last, &person.last_name)),
        email: Some(value(email, &person.email)),
    })
}

/// Signature position as text, from a form or from the process.
struct PositionFields {
    /// Prefix of the field names.
    field: String,
    file: Uuid,
    signer: Uuid,
    /// Empty if there is no signature.
    page: String,
    x: String,
    y: String,
}

/// Positions of a signer on a file, and an empty one. If the form does not contain a file or signer
/// because it was added later, the stored positions are used.
fn spots(file: &ProcessFile, signer: Uuid, form: Option<&FormData>) -> Vec<PositionFields> {
    let prefix = format!("p-{}-{signer}-", file.id);
    let spot = |index: u32, [page, x, y]: [String; 3]| {
        let field = format!("{prefix}{index}-");
        PositionFields { field, file: file.id, signer, page, x, y }
    };
    let mut spots: Vec<(u32, PositionFields)> = Vec::new();
    match form.filter(|form| form.with_prefix(&prefix).next().is_some()) {
        Some(form) => {
            let known = |(field, _): (&str, &str)| field.strip_suffix("-page")?.parse().ok();
            let mut known: Vec<u32> = form.with_prefix(&prefix).filter_map(known).collect();
            // Numeric order: 10 after 9.
            known.sort_unstable();
            known.dedup();
            let value =
                |index: u32, name: &str| form.get(&format!("{prefix}{index}-{name}")).to_owned();
            let entered = known.into_iter().map(|index| {
                (index, spot(index, ["page", "x", "y"].map(|name| value(index, name))))
            });
            let empty =
                |spot: &PositionFields| [&spot.page, &spot.x, &spot.y].iter().all(|v| v.is_empty());
            spots.extend(entered.filter(|(_, spot)| !empty(spot)));
        }
        None => {
            let placed = file.positions.iter().filter(|position| position.signer == signer);
            // The form counts pages from 1; -1 is the last page in both.
            let page = |page: i32| if page < 0 { page } else { page.saturating_add(1) };
            let values = placed.map(|p| [page(p.page), p.x, p.y].map(|number| number.to_string()));
            spots.extend((0..).zip(values).map(|(index, values)| (index, spot(index, values))));
        }
    }
    let next = spots.last().map_or(0, |(index, _)| index.saturating_add(1));
    spots.push((next, spot(next, Default::default())));
    spots.into_iter().map(|(_, spot)| spot).collect()
}

fn rows(
    process: &ProcessAggregate,
    file: &ProcessFile,
    t: &Texts,
    form: Option<&FormData>,
) -> Vec<PositionRow> {
    let rows = process.signers.iter().flat_map(|signer| {
        let name = person_name(process, signer.id).unwrap_or_else(|| t.unknown.to_owned());
        spots(file, signer.id, form)
            .into_iter()
            .map(move |spot| PositionRow { signer: name.clone(), spot })
    });
    rows.collect()
}

/// Signatures that would cover each other, with the field of the second.
fn overlaps(
    process: &ProcessAggregate,
    form: Option<&FormData>,
    size: SignatureSize,
    t: &Texts,
) -> Vec<FormMessage> {
    let name = |signer| person_name(process, signer).unwrap_or_else(|| t.unknown.to_owned());
    let mut found = Vec::new();
    for file in &process.files {
        let pages = file.pages.as_ref().map_or(usize::MAX, Vec::len);
        let placed = process.signers.iter().flat_map(|signer| spots(file, signer.id, form));
        let placed = placed.filter_map(|spot| {
            let page = page_index(page_number(&spot.page).ok()?.into(), pages)?;
            let corner = (page, whole(&spot.x).ok()?.into(), whole(&spot.y).ok()?.into());
            Some((spot, corner))
        });
        let (placed, corners): (Vec<_>, Vec<_>) = placed.unzip();
        for (later, earlier) in overlapping_signatures(&corners, size.points()) {
            let (Some(spot), Some(other)) = (placed.get(later), placed.get(earlier)) else {
                continue;
            };
            let (signer, other) = (name(other.signer), name(spot.signer));
            let values = [
                ("file", file.name.as_str()),
                ("page", &spot.page),
                ("signer", &signer),
                ("other", &other),
            ];
            let text = fill(t.wrong_overlap, &values);
            found.push(FormMessage { text, field: Some(format!("{}x", spot.field)) });
        }
    }
    found
}

fn people(process: &ProcessAggregate, t: &Texts, form: Option<&FormData>) -> Vec<SetupSigner> {
    let initiator = match &process.request.initiator {
        Participant::Signer(signer) => parse_uuid(signer.identification.as_deref()),
        _ => None,
    };
    let person = |(index, progress): (usize, &crate::domain::SignerProgress)| {
        let data = process.signer(progress.id);
        let contact = data.map(|data| [data.email.clone(), data.mobile.clone()]);
        let contact: Vec<String> = contact.into_iter().flatten().flatten().collect();
        let name = person_name(process, progress.id).unwrap_or_else(|| t.unknown.to_owned());
        let id = progress.id.to_string();
        let entered = form.map(|form| form.get(&format!("o-{id}")).to_owned());
        SetupSigner {
            order: entered.filter(|o| !o.is_empty()).unwrap_or_else(|| (index + 1).to_string()),
            contact: contact.join(", "),
            remove: (initiator != Some(progress.id)).then(|| fill(t.remove, &[("name", &name)])),
            id,
            name,
        }
    };
    process.signers.iter().enumerate().map(person).collect()
}

pub(super) fn act(
    visitor: &PageRequest<'_>,
    process: &ProcessAggregate,
    rest: &[&str],
    options: &PageOptions,
    form: &FormData,
) -> Result<HttpResponse, CommandError> {
    let platform = visitor.platform;
    let execute = |command: ProcessCommand| {
        platform.execute(visitor.links, process.id, |_| Ok(command.clone().into())).map(|_| ())
    };
    let place = PageTarget { process: process.id, person: None };
    let keep = |without: &[&str]| {
        visitor.change(place, |visit| {
            visit.draft = form.without(without);
            visit.draft.retain(|(name, _)| name != "csrf");
        });
    };
    let size = platform.settings().signature_size;
    let t = Texts::of(&visitor.locale(options));
    let has_overlaps =
        |process: &ProcessAggregate| !overlaps(process, Some(form), size, t).is_empty();
    let done = match rest {
        // The Enter key activates the first button of a form, which must not send anything.
        ["keep"] => {
            keep(&[]);
            Ok(())
        }
        ["signers"] => execute(ProcessCommand::AddSigner(form_error::signer(form))),
        ["signers", person, "remove"] => {
            execute(ProcessCommand::RemoveSigner((*person).to_owned()))
        }
        ["complete"] if !form.has("acceptOverlap") && has_overlaps(process) => {
            Err(invalid("Two signatures overlap.").into())
        }
        // Uses the current process: positions on files attached since then are kept.
        ["complete"] => platform
            .execute(visitor.links, process.id, |process| {
                Ok(ProcessCommand::CompleteSetup(completed(process, form)?).into())
            })
            .map(|_| ()),
        _ => return Ok(not_found(visitor)),
    };
    let done = match done {
        // Double click: the browser shows the response to the second request.
        Err(CommandError::Refused(error))
            if error.name == ErrorName::ProcessAlreadyReleased
                && rest == ["complete"]
                && visitor.visit(place).completed =>
        {
            Ok(())
        }
        done => done,
    };
    match done {
        Ok(()) => {
            match rest {
                ["complete"] => {
                    visitor.change(place, |visit| {
                        visit.draft.clear();
                        visit.completed = true;
                    });
                }
                ["signers"] => keep(&SIGNER),
                ["signers", ..] => keep(&[]),
                _ => {}
            }
            let completed = rest == ["complete"];
            let to = if completed { after_success(place, options) } else { options::path(place) };
            Ok(visitor.redirect(&to, options))
        }
        Err(CommandError::Refused(error)) => {
            keep(&[]);
            let process = platform.load(visitor.links, process.id)?;
            let found = match rest {
                ["signers"] if error.name == ErrorName::Validation => {
                    form_error::of_signer(form, t)
                }
                ["complete"] => wrong(&process, form, &error, size, t),
                _ => FieldErrors::default(),
            };
            let refused = Some(FormError::new(&error, found, t));
            Ok(show(visitor, &process, options, 409, refused))
        }
        Err(failure) => Err(failure),
    }
}

/// Errors of a completion form: the field, and the signer concerned.
fn wrong(
    process: &ProcessAggregate,
    form: &FormData,
    error: &DomainError,
    size: SignatureSize,
    t: &Texts,
) -> FieldErrors {
    let mut found = FieldErrors::default();
    let name = |signer| person_name(process, signer).unwrap_or_else(|| t.unknown.to_owned());
    let spots: Vec<(&ProcessFile, PositionFields)> = process
        .files
        .iter()
        .flat_map(|file| process.signers.iter().map(move |signer| (file, signer.id)))
        .flat_map(|(file, signer)| {
            spots(file, signer, Some(form)).into_iter().map(move |s| (file, s))
        })
        .collect();
    let placed = || spots.iter().filter(|(_, spot)| !spot.page.is_empty());
    let say = |text: &str, file: &ProcessFile, spot: &PositionFields, more: &[(&str, &str)]| {
        let signer = name(spot.signer);
        let values = [("file", file.name.as_str()), ("signer", &signer), ("page", &spot.page)];
        fill(text, &[&values[..], more].concat())
    };
    match error.name {
        ErrorName::Validation => {
            let entered = form.subset(&SIGNER).into_iter().filter(|(_, value)| !value.is_empty());
            let entered: Vec<String> = entered.map(|(name, _)| name).collect();
            if !entered.is_empty() {
                found.add(t.wrong_not_added.to_owned(), entered);
            }
            for signer in &process.signers {
                let field = format!("o-{}", signer.id);
                let order = form.get(&field);
                if !order.is_empty() && order.parse::<i32>().is_err() {
                    found.add(fill(t.wrong_order, &[("signer", &name(signer.id))]), [field]);
                }
            }
            if form.get("message").chars().count() > MAX_MESSAGE {
                let count = MAX_MESSAGE.to_string();
                found.add(fill(t.wrong_message, &[("count", &count)]), ["message".to_owned()]);
            }
            if let Some(entered) = initiator(process, Some(form)) {
                let field = |property: &str| {
                    INITIATOR.iter().find(|(known, _)| *known == property).map_or("", |(_, f)| f)
                };
                let faults = initiator_problems(process, &entered);
                found.broken(&faults, |property| field(property).to_owned(), t);
            }
        }
        ErrorName::PersonIncomplete => {
            let fields = INITIATOR.map(|(_, field)| field.to_owned());
            found.add(t.refused_person.to_owned(), fields);
        }
        ErrorName::SignerNotPlaced => {
            for signer in &process.signers {
                let mut own = spots.iter().filter(|(_, spot)| spot.signer == signer.id);
                let first = own.next().map(|(_, spot)| format!("{}page", spot.field));
                if !placed().any(|(_, spot)| spot.signer == signer.id) {
                    let text = fill(t.wrong_not_placed, &[("signer", &name(signer.id))]);
                    found.add(text, first);
                }
            }
        }
        _ => {}
    }
    if error.name == ErrorName::Validation && !form.has("acceptOverlap") {
        for FormMessage { text, field } in overlaps(process, Some(form), size, t) {
            found.add(text, field);
        }
    }
    let of_position =
        [ErrorName::Validation, ErrorName::SignatureOutsideVisibleArea, ErrorName::PageOutOfRange];
    if !of_position.contains(&error.name) {
        return found;
    }
    let mut placements = Vec::new();
    for (file, spot) in placed() {
        let field = |name: &str| format!("{}{name}", spot.field);
        let page = page_number(&spot.page);
        if page.is_err() {
            found.add(say(t.wrong_page, file, spot, &[]), [field("page")]);
        }
        let place = [("x", &spot.x), ("y", &spot.y)]
            .map(|(name, value)| (name, whole(value).ok().filter(|number| *number >= 0)));
        let wrong: Vec<String> =
            place.iter().filter(|(_, n)| n.is_none()).map(|(name, _)| field(name)).collect();
        if !wrong.is_empty() {
            found.add(say(t.wrong_place, file, spot, &[]), wrong);
        }
        if let (Ok(page), [(_, Some(x)), (_, Some(y))]) = (page, place) {
            let placement = PositionInput { file: file.id, signer: spot.signer, page, x, y };
            placements.push((placement, file, spot));
        }
    }
    let all: Vec<PositionInput> = placements.iter().map(|(placement, ..)| *placement).collect();
    for (refused, why) in check_positions(process, &all, size) {
        let Some((_, file, spot)) = placements.iter().find(|(known, ..)| *known == refused) else {
            continue;
        };
        let field = |name: &str| format!("{}{name}", spot.field);
        if why == ErrorName::PageOutOfRange {
            let count = file.pages.as_ref().map_or(0, Vec::len).to_string();
            let text = say(t.wrong_page_missing, file, spot, &[("count", &count)]);
            found.add(text, [field("page")]);
        } else {
            let (width, height) = size.points();
            let size = format!("{width} × {height}");
            let text = say(t.wrong_outside, file, spot, &[("size", &size)]);
            found.add(text, [field("x"), field("y")]);
        }
    }
    found
}

fn invalid(what: impl Into<String>) -> DomainError {
    DomainError::new(ErrorName::Validation, what)
}

fn whole(text: &str) -> Result<i32, DomainError> {
    text.parse().map_err(|_| invalid(format!("`{text}` is not a whole number.")))
}

/// Converts a page number that counts from 1 to a zero-based one.
fn page_number(text: &str) -> Result<i32, DomainError> {
    match whole(text)? {
        0 => Err(invalid("Pages count from 1.")),
        page if page > 0 => Ok(page - 1),
        page => Ok(page),
    }
}

fn completed(
    process: &ProcessAggregate,
    form: &FormData,
) -> Result<CompleteSetupCommand, DomainError> {
    if SIGNER.iter().any(|name| !form.get(name).is_empty()) {
        return Err(invalid("A signer was entered, but not added."));
    }
    let mut positions = Vec::new();
    for file in &process.files {
        let spots = process.signers.iter().flat_map(|signer| spots(file, signer.id, Some(form)));
        for spot in spots.filter(|spot| !spot.page.is_empty()) {
            let page = page_number(&spot.page)?;
            let (x, y) = (whole(&spot.x)?, whole(&spot.y)?);
            positions.push(PositionInput { file: spot.file, signer: spot.signer, page, x, y });
        }
    }
    let mut order: Vec<(i32, Uuid)> = Vec::new();
    for signer in &process.signers {
        let place = form.get(&format!("o-{}", signer.id)).to_owned();
        order.push((if place.is_empty() { i32::MAX } else { whole(&place)? }, signer.id));
    }
    order.sort_by_key(|(place, _)| *place);
    Ok(CompleteSetupCommand {
        signing_order: Some(!form.get("signingOrder").is_empty()),
        order: order.into_iter().map(|(_, id)| id).collect(),
        message: form.has("message").then(|| form.get("message").replace("\r\n", "\n")),
        positions: Some(positions),
        initiator: initiator(process, Some(form)),
    })
}
