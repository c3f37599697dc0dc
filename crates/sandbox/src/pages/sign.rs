//! Page of a participant: read, sign, decline, delegate, and the current status.

use std::sync::Arc;

use askama::Template;
use swisscom_sign::contract::{
    Locale, SignatureLevel, SignatureMethod, SignerStatus, State, Verification,
};
use uuid::Uuid;

use super::documents::{self, DocumentLink};
use super::form_error::{self, FieldErrors, FormError, SIGNER};
use super::options::{self, PageOptions};
use super::request::{PageChrome, PageRequest};
use super::texts::Texts;
use super::{after_success, confirm, not_found};
use crate::actions;
use crate::domain::process::parse_uuid;
use crate::domain::{
    DeclineCommand, DelegateCommand, ErrorName, IdentifyCommand, ProcessAggregate, ProcessCommand,
    SignCommand,
};
use crate::html::FormData;
use crate::http::HttpResponse;
use crate::links::Links;
use crate::localization::date_time;
use crate::outbox::compose::{initiator_name, person_name, personal_message};
use crate::platform::CommandError;
use crate::sessions::PageTarget;
use crate::settings::DeclineOutcome;

pub(super) struct ParticipantRow {
    pub(super) name: String,
    pub(super) status: String,
    /// Status as named in the contract, for the style sheet.
    pub(super) class: String,
    pub(super) on: String,
    pub(super) me: bool,
    /// Permanent URL, if no message delivers it and this visitor may share it.
    pub(super) link: Option<String>,
}

/// Permanent URL of a signer who receives no invitation.
fn to_hand_on(links: &Links, process: &ProcessAggregate, person: Uuid) -> Option<String> {
    let invited = || {
        process.records.iter().any(|record| {
            let is = |key: &str, value: &str| record.extras.get(key).is_some_and(|v| v == value);
            is("email_type", "INVITE") && is("email_participant", &person.to_string())
        })
    };
    let reachable = || process.signer(person).is_some_and(|signer| signer.email.is_some());
    let untold = match process.progress(person)?.status {
        SignerStatus::Pending => !invited(),
        SignerStatus::Waiting => !reachable(),
        _ => false,
    };
    (untold && process.status == State::Pending).then(|| links.person(process.id, person))
}

/// Delegate of a signer.
fn successor(process: &ProcessAggregate, person: Uuid) -> Option<Uuid> {
    process.records.iter().rev().find_map(|record| {
        let before = record.extras.get("transaction_replacedParticipant")?;
        let by = record.extras.get("transaction_replacedBy")?;
        (*before == person.to_string()).then(|| parse_uuid(Some(by)))?
    })
}

/// Signers, as listed for one of them or for the initiator.
pub(super) fn participants(
    links: &Links,
    process: &ProcessAggregate,
    me: Option<Uuid>,
    locale: &Locale,
) -> Vec<ParticipantRow> {
    let t = Texts::of(locale);
    let successor = me.and_then(|me| successor(process, me));
    let may_know = |id| me.is_none() || successor == Some(id);
    let participant = |signer: &crate::domain::SignerProgress| ParticipantRow {
        name: person_name(process, signer.id).unwrap_or_else(|| t.unknown.to_owned()),
        status: t.signer(&signer.status).to_owned(),
        class: signer.status.as_str().to_ascii_lowercase(),
        on: signer
            .signed_on
            .or(signer.canceled_on)
            .map(|at| date_time(at, locale))
            .unwrap_or_default(),
        me: me == Some(signer.id),
        link: Some(signer.id)
            .filter(|id| may_know(*id))
            .and_then(|id| to_hand_on(links, process, id)),
    };
    process.signers.iter().map(participant).collect()
}

struct MethodOption {
    value: String,
    label: String,
    checked: bool,
}

/// Input of a rejected form.
pub(super) struct SignFormInput {
    pub(super) first_name: String,
    pub(super) last_name: String,
    pub(super) email: String,
    pub(super) mobile: String,
}

impl SignFormInput {
    pub(super) fn of(form: &FormData) -> Self {
        let field = |name: &str| form.get(name).to_owned();
        Self {
            first_name: field("firstName"),
            last_name: field("lastName"),
            email: field("email"),
            mobile: field("mobile"),
        }
    }
}

#[derive(Template)]
#[template(path = "sign.html")]
struct SignPage {
    frame: PageChrome,
    path: String,
    state: String,
    state_class: String,
    initiator: String,
    level: String,
    until: String,
    message: Option<String>,
    documents: Vec<DocumentLink>,
    archived: bool,
    participants: Vec<ParticipantRow>,
    /// Status text if no action is possible.
    standing: Option<&'static str>,
    methods: Vec<MethodOption>,
    /// Whether a method issues a certificate with the signer's name.
    certified: bool,
    decline_lead: &'static str,
    /// Whether a code by SMS needs a number from the signer.
    asks_mobile: bool,
    signing_mobile: String,
    problem: FormError,
    open_delegate: bool,
    entered: SignFormInput,
}

#[derive(Template)]
#[template(path = "qes.html")]
struct QesPage {
    frame: PageChrome,
    path: String,
}

/// Possible actions of a participant, or the status.
enum SignPageState {
    Sign,
    Nothing(&'static str),
}

fn step(process: &ProcessAggregate, person: Uuid, t: &'static Texts) -> SignPageState {
    let Some(signer) = process.progress(person) else {
        return SignPageState::Nothing(match process.status {
            State::Completed => t.completed,
            State::Expired => t.expired,
            _ => t.observer,
        });
    };
    match (&signer.status, &process.status) {
        (SignerStatus::Declined, _) => SignPageState::Nothing(t.declined),
        (SignerStatus::Replaced, _) => SignPageState::Nothing(t.replaced),
        (SignerStatus::Removed, _) => SignPageState::Nothing(t.inactive),
        (_, State::Completed) => SignPageState::Nothing(t.completed),
        (SignerStatus::Signed, _) => SignPageState::Nothing(t.signed),
        (_, State::Expired) => SignPageState::Nothing(t.expired),
        (SignerStatus::Waiting, _) => SignPageState::Nothing(t.waiting),
        (SignerStatus::Pending, State::Pending) => {
            match process.signer(person).and_then(|signer| signer.verification.as_ref()) {
                Some(Verification { rejected_on: Some(_), .. }) => {
                    SignPageState::Nothing(t.identify_rejected)
                }
                Some(Verification { verified_on: None, .. }) => {
                    SignPageState::Nothing(t.identify_pending)
                }
                _ => SignPageState::Sign,
            }
        }
        _ => SignPageState::Nothing(t.inactive),
    }
}

/// Opens the process for a signer. A required online identification starts and, unless it stays
/// pending, completes at once; the control endpoint completes a pending one.
///
/// # Errors
/// The store failed.
pub(super) fn opened(
    visitor: &PageRequest<'_>,
    process: Arc<ProcessAggregate>,
    person: Uuid,
) -> Result<Arc<ProcessAggregate>, CommandError> {
    let begun = |check: &Verification| {
        check.process_id.is_some() || check.verified_on.is_some() || check.rejected_on.is_some()
    };
    let check = process.signer(person).and_then(|signer| signer.verification.as_ref());
    if check.is_none_or(begun) {
        return Ok(process);
    }
    let identify = IdentifyCommand { person: person.to_string(), result: None };
    match actions::identify(visitor.platform, visitor.links, process.id, &identify) {
        Ok(outcome) => Ok(outcome.process),
        // The signer's turn has not come or is over; the page shows that.
        Err(CommandError::Refused(_)) => visitor.platform.load(visitor.links, process.id),
        Err(failure) => Err(failure),
    }
}

pub(super) fn show(
    visitor: &PageRequest<'_>,
    process: &ProcessAggregate,
    person: Uuid,
    options: &PageOptions,
    status: u16,
    refused: Option<FormError>,
) -> HttpResponse {
    let locale = visitor.locale(options);
    let t = Texts::of(&locale);
    let place = PageTarget { process: process.id, person: Some(person) };
    let draft = FormData::new(visitor.visit(place).draft);
    let step = step(process, person, t);
    let released = process.released.as_ref();
    let methods = released.map(|released| released.methods.as_slice()).unwrap_or_default();
    let certified = process.level() != SignatureLevel::Simple
        && methods.iter().any(|method| *method != SignatureMethod::Sms);
    let asks_mobile = methods.contains(&SignatureMethod::Sms)
        && process.signer(person).is_none_or(|signer| signer.mobile.is_none());
    let chosen = methods.iter().position(|method| method.as_str() == draft.get("method"));
    let methods = methods.iter().enumerate().map(|(index, method)| MethodOption {
        value: method.as_str().to_owned(),
        label: t.method(method).to_owned(),
        checked: index == chosen.unwrap_or(0),
    });
    let outcome = visitor.platform.settings().decline_outcome;
    let page = SignPage {
        frame: visitor.frame(options, t.sign_title.to_owned()),
        path: options::path(place),
        state: t.state(&process.status).to_owned(),
        state_class: process.status.as_str().to_ascii_lowercase(),
        initiator: initiator_name(process).unwrap_or_else(|| t.unknown.to_owned()),
        level: t.level(&process.level()).to_owned(),
        until: released
            .map(|released| date_time(released.valid_until, &locale))
            .unwrap_or_default(),
        message: personal_message(process),
        documents: documents::list(visitor, process, place, options),
        archived: process.archived_on.is_some(),
        participants: participants(visitor.links, process, Some(person), &locale),
        standing: match step {
            SignPageState::Nothing(standing) => Some(standing),
            _ => None,
        },
        methods: methods.collect(),
        certified,
        decline_lead: match outcome {
            DeclineOutcome::Expired => t.decline_lead,
            DeclineOutcome::Pending => t.decline_lead_pending,
        },
        asks_mobile,
        signing_mobile: draft.get("signingMobile").to_owned(),
        open_delegate: SIGNER.iter().any(|name| draft.has(name)),
        entered: SignFormInput::of(&draft),
        problem: refused.unwrap_or_default(),
    };
    visitor.page(status, &page, options)
}

/// Title and text of the success page.
pub(super) fn success(
    visitor: &PageRequest<'_>,
    process: &ProcessAggregate,
    person: Uuid,
    options: &PageOptions,
) -> Option<(&'static str, &'static str)> {
    let t = Texts::of(&visitor.locale(options));
    has_done(process, person, "sign").then_some((t.sign_title, t.signed))
}

/// Whether a form repeats an action that has already been done: after a double click, the browser shows
/// the response to the second request.
fn has_done(process: &ProcessAggregate, person: Uuid, action: &str) -> bool {
    let status = process.progress(person).map(|signer| &signer.status);
    matches!(
        (action, status),
        ("sign" | "confirm", Some(SignerStatus::Signed))
            | ("decline", Some(SignerStatus::Declined))
            | ("delegate", Some(SignerStatus::Replaced))
    )
}

/// Runs the command of a form; the control endpoint issues the same command.
pub(super) fn act(
    visitor: &PageRequest<'_>,
    process: &ProcessAggregate,
    person: Uuid,
    action: &str,
    options: &PageOptions,
    form: &FormData,
) -> Result<HttpResponse, CommandError> {
    let platform = visitor.platform;
    let reference = person.to_string();
    let execute = |command: ProcessCommand| {
        platform.execute(visitor.links, process.id, |_| Ok(command.clone().into()))
    };
    let place = PageTarget { process: process.id, person: Some(person) };
    let done = || {
        let signed = matches!(action, "sign" | "confirm");
        let to = if signed { after_success(place, options) } else { options::path(place) };
        visitor.redirect(&to, options)
    };
    let outcome = match action {
        "sign" => {
            if let Some(response) = confirm::begin(visitor, process, person, options, form) {
                return Ok(response);
            }
            let method = form.filled("method").map(|method| SignatureMethod::parse(&method));
            let certificate_name = form.filled("certificateName");
            let sign = SignCommand { person: reference, method, certificate_name };
            actions::sign(platform, visitor.links, process.id, sign)
        }
        "confirm" => match confirm::enter(visitor, process, person, options, form) {
            Ok(sign) => actions::sign(platform, visitor.links, process.id, sign),
            Err(response) => {
                return Ok(if has_done(process, person, action) { done() } else { response });
            }
        },
        "decline" => execute(ProcessCommand::Decline(DeclineCommand {
            person: reference,
            reason: form.filled("reason"),
        })),
        "delegate" => {
            let to = form_error::signer(form);
            execute(ProcessCommand::Delegate(DelegateCommand { person: reference, to }))
        }
        _ => return Ok(not_found(visitor)),
    };
    // Rejected input is shown again, also after a change of the language.
    let keep = |form: &FormData| {
        let draft = if action == "delegate" { form.subset(&SIGNER) } else { Vec::new() };
        visitor.change(place, |visit| visit.draft = draft);
    };
    match outcome {
        Ok(_) => {
            keep(&FormData::default());
            visitor.change(place, |visit| visit.signing = None);
            Ok(done())
        }
        Err(CommandError::Refused(error)) if error.name == ErrorName::QualifiedNotAvailable => {
            let t = Texts::of(&visitor.locale(options));
            let frame = visitor.frame(options, t.qes_title.to_owned());
            let page = QesPage { frame, path: options::path(place) };
            Ok(visitor.page(409, &page, options))
        }
        Err(CommandError::Refused(error)) => {
            let process = platform.load(visitor.links, process.id)?;
            if has_done(&process, person, action) {
                return Ok(done());
            }
            keep(form);
            let t = Texts::of(&visitor.locale(options));
            let found = match (action, error.name) {
                ("delegate", ErrorName::Validation) => form_error::of_signer(form, t),
                _ => FieldErrors::default(),
            };
            let refused = Some(FormError::new(&error, found, t));
            Ok(show(visitor, &process, person, options, 409, refused))
        }
        Err(failure) => Err(failure),
    }
}
