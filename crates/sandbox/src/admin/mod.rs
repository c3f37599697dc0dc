//! Control of the sandbox, under one prefix.
//!
//! - `routes`: the table of paths, by which requests are dispatched. `describe`: the OpenAPI document
//!   made of it; `objects`: what its bodies and answers hold.
//! - `state`: health, info, reset, seed, export, import, snapshots. `clock`, `faults`, `journal`,
//!   `outbox`, `directory`: what their names say.
//! - [`identification`]: the papers that an online identification leaves.
//! - Here: what a person would do on a page, without a page.

mod clock;
mod describe;
mod directory;
mod faults;
pub mod identification;
mod journal;
mod objects;
mod outbox;
mod routes;
mod state;

use std::net::IpAddr;
use std::time::Duration;

use jiff::Timestamp;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use swisscom_sign::contract::{SignatureMethod, Signer};
use uuid::Uuid;

use crate::api::error::{ApiError, response};
use crate::documents::DocumentSigningInput;
use crate::domain::decide::may_sign;
use crate::domain::process::uuid_of;
use crate::domain::{
    CompleteSetupCommand, DeclineCommand, DelegateCommand, DomainError, ErrorName, EventKind,
    IdentificationResult, IdentifyCommand, InitiatorInput, PositionInput, ProcessAggregate,
    ProcessCommand, SetSigningOrderCommand, SignCommand, view,
};
use crate::engine::{CommandError, CommandOutcome, Platform, PreparedCommand};
use crate::http::{HttpRequest, HttpResponse};
use crate::pages::guard;
use routes::{ControlCall, ControlResult};

/// Where it stands.
pub const PREFIX: &str = "/_sandbox";

/// Body of what takes no fields.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct EmptyBody {}

/// Body of the sign step; every field may be left away, and the body too.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
struct SignBody {
    /// The method; the first that is allowed when absent.
    method: Option<SignatureMethod>,
    /// Name in the certificate; the declared one when absent.
    certificate_name: Option<String>,
}

/// Body of the decline step.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct DeclineBody {
    reason: Option<String>,
}

/// Body of the completion of the setup page.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
struct SetupBody {
    /// Whether the signers sign one after the other.
    signing_order: Option<bool>,
    /// The signers in their order.
    order: Vec<Uuid>,
    /// The message of the invitation.
    message: Option<String>,
    /// Every signature position.
    positions: Option<Vec<PositionInput>>,
    /// Who the initiator is.
    initiator: Option<InitiatorInput>,
}

/// Body of the signing order.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
struct OrderBody {
    signing_order: Option<bool>,
    order: Vec<Uuid>,
}

/// Body of the delegate step, and of a signer that the setup page adds.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct DelegateBody {
    first_name: String,
    last_name: String,
    email: Option<String>,
    mobile: Option<String>,
}

impl DelegateBody {
    fn signer(self) -> Signer {
        let Self { first_name, last_name, email, mobile } = self;
        new_signer(first_name, last_name, email, mobile)
    }
}

/// A signer of these data.
pub fn new_signer(
    first_name: String,
    last_name: String,
    email: Option<String>,
    mobile: Option<String>,
) -> Signer {
    Signer {
        kind: "SIGNER".to_owned(),
        identification: None,
        external_identifier: None,
        first_name,
        last_name,
        email,
        mobile,
        role: None,
        verification: None,
        status: None,
        signed_on: None,
        discontinued_on: None,
        canceled_on: None,
        certificate_name: None,
        certificate_match: None,
    }
}

/// Body of the identification step.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct IdentifyBody {
    result: Option<IdentificationResult>,
}

/// Header of an answer that holds nothing because nothing has happened yet: with `wait`, the host
/// asks again once something has.
pub const NOTHING_YET: &str = "sandbox-nothing-yet";

/// Longest wait.
const MAX_WAIT: Duration = Duration::from_secs(60);

/// A waiting time such as `5s`, `500ms` or `2`, the latter in seconds; up to a minute.
pub fn wait(text: &str) -> Option<Duration> {
    let (number, unit) = match text.strip_suffix("ms") {
        Some(number) => (number, Duration::from_millis(1)),
        None => (text.strip_suffix('s').unwrap_or(text), Duration::from_secs(1)),
    };
    let number: u32 = number.parse().ok()?;
    unit.checked_mul(number).filter(|wait| *wait <= MAX_WAIT)
}

/// Answers what goes to the control.
pub fn handle(engine: &Platform, request: &HttpRequest) -> HttpResponse {
    let segments = request.segments(PREFIX);
    let readable = segments.is_some();
    let segments: Vec<&str> = segments.iter().flatten().map(String::as_str).collect();
    if !guard::stands_at(&segments)
        && let Some(refused) = refused(engine, request)
    {
        return refused;
    }
    // A path that is no text is none of ours.
    if !readable {
        return response(engine, request, None, &ApiError::NoSuchPath);
    }
    if request.method == "GET" && matches!(segments.as_slice(), [] | [""]) {
        return HttpResponse::empty(303).header("location", "/");
    }
    let answer = routes::dispatch(engine, request, &segments).unwrap_or(Err(ApiError::NoSuchPath));
    answer.unwrap_or_else(|refusal| response(engine, request, None, &refusal))
}

/// The answer to a request that may not see what the control shows.
pub(crate) fn refused(engine: &Platform, request: &HttpRequest) -> Option<HttpResponse> {
    if !engine.may_control(request) {
        if guard::is_person(request) {
            return Some(guard::show(engine, request));
        }
        return Some(HttpResponse::empty(401).header("www-authenticate", "Bearer"));
    }
    let elsewhere = !engine.is_guarded() && is_from_elsewhere(engine, request);
    elsewhere.then(|| response(engine, request, None, &ErrorName::AccessDenied.into()))
}

/// Whether a web page of somebody else asks, through the browser of whoever runs the sandbox: by
/// another origin, or by a name that was made to lead here (DNS rebinding).
fn is_from_elsewhere(engine: &Platform, request: &HttpRequest) -> bool {
    // Never by the name that the request itself brings.
    let own = engine.own_url().split_once("://").map(|(_, authority)| authority);
    let host = request.header("host");
    let local = |authority: &str| {
        let bare = authority.starts_with('[') && authority.ends_with(']');
        let name = authority.rsplit_once(':').filter(|_| !bare).map_or(authority, |(name, _)| name);
        let address = name.trim_matches(['[', ']']).parse::<IpAddr>();
        name.eq_ignore_ascii_case("localhost") || address.is_ok_and(|address| address.is_loopback())
    };
    if host.is_some_and(|host| Some(host) != own && !local(host)) {
        return true;
    }
    let origin = request.header("origin").map(|o| o.split_once("://").map_or(o, |(_, a)| a));
    origin.is_some_and(|origin| Some(origin) != host && Some(origin) != own)
}

/// The form that a person logs in with.
fn form(call: &ControlCall<'_>) -> ControlResult {
    Ok(guard::show(call.engine, call.request))
}

/// The form as it comes back, or that of the logout.
fn submitted(call: &ControlCall<'_>) -> ControlResult {
    let segments = call.request.segments(PREFIX).unwrap_or_default();
    let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
    Ok(guard::act(call.engine, call.request, &segments))
}

/// The twin of a page's button.
fn headless(call: &ControlCall<'_>) -> ControlResult {
    let segments = call.request.segments(PREFIX).unwrap_or_default();
    let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
    match segments.as_slice() {
        ["processes", id, rest @ ..] => step(call.engine, call.request, id, rest),
        _ => Err(ApiError::NoSuchPath),
    }
}

fn step(
    engine: &Platform,
    request: &HttpRequest,
    id: &str,
    rest: &[&str],
) -> Result<HttpResponse, ApiError> {
    let id = || uuid_of(Some(id)).ok_or(ErrorName::ProcessNotFound);
    let outcome = match rest {
        ["participants", person, "sign"] => {
            let SignBody { method, certificate_name } = body(request)?;
            if let Some(SignatureMethod::Unknown(method)) = method {
                let known: Vec<_> = SignatureMethod::ALL.iter().map(|m| m.as_str()).collect();
                let why = format!("`{method}` is none of {}", known.join(", "));
                return Err(routes::invalid("$.method", &why));
            }
            let certificate_name = certificate_name.filter(|name| !name.trim().is_empty());
            sign(
                engine,
                id()?,
                SignCommand { person: (*person).to_owned(), method, certificate_name },
            )
        }
        ["participants", person, "decline"] => {
            let DeclineBody { reason } = body(request)?;
            let decline = DeclineCommand { person: (*person).to_owned(), reason };
            engine.execute(id()?, |_| Ok(ProcessCommand::Decline(decline.clone()).into()))
        }
        ["participants", person, "delegate"] => {
            let to = body::<DelegateBody>(request)?.signer();
            let delegate = DelegateCommand { person: (*person).to_owned(), to };
            engine.execute(id()?, |_| Ok(ProcessCommand::Delegate(delegate.clone()).into()))
        }
        ["participants", person, "replace"] => {
            let to = body::<DelegateBody>(request)?.signer();
            let replace = DelegateCommand { person: (*person).to_owned(), to };
            engine.execute(id()?, |_| Ok(ProcessCommand::Replace(replace.clone()).into()))
        }
        ["participants", person, "remove"] => {
            engine.execute(id()?, |_| Ok(ProcessCommand::Remove((*person).to_owned()).into()))
        }
        ["cancel"] => engine.execute(id()?, |_| Ok(ProcessCommand::Cancel.into())),
        ["signing-order"] => {
            let OrderBody { signing_order, order } = body(request)?;
            let order =
                SetSigningOrderCommand { signing_order: signing_order.unwrap_or(true), order };
            engine.execute(id()?, |_| Ok(ProcessCommand::Order(order.clone()).into()))
        }
        ["participants", person, "identify"] => {
            let IdentifyBody { result } = body(request)?;
            let identify = IdentifyCommand { person: (*person).to_owned(), result };
            identification::identify(engine, id()?, &identify)
        }
        ["setup", "signers"] => {
            let signer = body::<DelegateBody>(request)?.signer();
            engine.execute(id()?, |_| Ok(ProcessCommand::AddSigner(signer.clone()).into()))
        }
        ["setup", "signers", person, "remove"] => {
            engine.execute(id()?, |_| Ok(ProcessCommand::RemoveSigner((*person).to_owned()).into()))
        }
        ["setup", "complete"] => {
            let SetupBody { signing_order, order, message, positions, initiator } = body(request)?;
            let complete =
                CompleteSetupCommand { signing_order, order, message, positions, initiator };
            engine.execute(id()?, |_| Ok(ProcessCommand::CompleteSetup(complete.clone()).into()))
        }
        ["archive"] => engine.execute(id()?, |_| Ok(ProcessCommand::Archive.into())),
        _ => return Err(ApiError::NoSuchPath),
    }?;
    Ok(HttpResponse::json(200, &view::details(&outcome.process, engine.rulings())))
}

/// A signer signs: the same command, whoever triggers it. The new versions of the files are made
/// before the command, and kept only if it goes through.
///
/// # Errors
/// The platform refuses, or the store failed.
pub fn sign(
    engine: &Platform,
    id: Uuid,
    sign: SignCommand,
) -> Result<CommandOutcome, CommandError> {
    let outcome = engine.execute_at(id, |process, now| {
        let bytes = signed_files(engine, process, &sign, now)?;
        Ok(PreparedCommand { command: ProcessCommand::Sign(sign.clone()), bytes })
    })?;
    let refused = outcome.events.iter().find_map(|event| match &event.what {
        EventKind::SignatureRefused(error) => Some(error.clone()),
        _ => None,
    });
    refused.map_or(Ok(outcome), |error| Err(error.into()))
}

pub(crate) fn signed_files(
    engine: &Platform,
    process: &ProcessAggregate,
    sign: &SignCommand,
    at: Timestamp,
) -> Result<Vec<(Option<Uuid>, bytes::Bytes)>, CommandError> {
    let person = may_sign(process, &sign.person)?.id;
    let data = process.signer(person).ok_or(ErrorName::ParticipantNotFound)?;
    let declared = format!("{} {}", data.first_name, data.last_name);
    let mut signed = Vec::new();
    for file in process.files_of(person) {
        let latest = file.latest();
        let bytes = engine.store().blob(latest)?.ok_or_else(|| gone(engine, process.id, latest))?;
        let input = DocumentSigningInput {
            name: sign.certificate_name.as_deref().unwrap_or(&declared),
            role: data.role.as_deref(),
            at,
            size: engine.rulings().signature_size.points(),
            positions: file.positions.iter().filter(|p| p.signer == person).collect(),
        };
        let bytes = engine
            .documents()
            .sign(&bytes, &input)
            .map_err(|why| DomainError::new(ErrorName::InvalidDocument, why.0))?;
        signed.push((Some(file.id), bytes));
    }
    Ok(signed)
}

/// Why the bytes of a file are not there: somebody reset the sandbox meanwhile, or it is broken.
fn gone(engine: &Platform, process: Uuid, bytes: Uuid) -> CommandError {
    match engine.store().load(process) {
        Ok(None) => ErrorName::ProcessNotFound.into(),
        Ok(Some(_)) => CommandError::Internal(format!("the bytes of {bytes} are missing")),
        Err(error) => error.into(),
    }
}

/// The body; none at all is one without fields.
fn body<T: DeserializeOwned>(request: &HttpRequest) -> Result<T, ApiError> {
    if request.oversized {
        return Err(ErrorName::RequestTooLarge.into());
    }
    let body = if request.body.is_empty() { b"{}" } else { request.body.as_ref() };
    // An array would be taken for the fields in their order.
    if !body.trim_ascii_start().starts_with(b"{") {
        return Err(routes::invalid("$", "must be an object"));
    }
    serde_json::from_slice(body)
        .map_err(|error| DomainError::new(ErrorName::Validation, format!("$: {error}")).into())
}
