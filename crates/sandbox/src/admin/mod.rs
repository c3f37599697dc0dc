//! Control of the sandbox, under one prefix: what a person would do on a page, without a page.

pub mod outbox;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::json;
use swisscom_sign::contract::{CONTRACT_VERSION, SignatureMethod, Signer};
use uuid::Uuid;

use crate::accounts::ACCOUNTS;
use crate::api::error::{Refusal, response};
use crate::directory::{PARTNER, TEAMS};
use crate::documents::SigningInput;
use crate::domain::decide::may_sign;
use crate::domain::process::uuid_of;
use crate::domain::{
    Command, CompleteSetup, Decline, Delegate, DomainError, Happening, Identification, Identify,
    Initiator, Name, Placement, Process, Sign, view,
};
use crate::engine::{Engine, Failure, Outcome, Prepared};
use crate::http::{Request, Response};
use crate::outbox::Query;

/// Where it stands.
pub const PREFIX: &str = "/_sandbox";

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
    signing_order: bool,
    /// The signers in their order.
    order: Vec<Uuid>,
    /// The message of the invitation.
    message: Option<String>,
    /// Every signature position.
    positions: Option<Vec<Placement>>,
    /// Who the initiator is.
    initiator: Option<Initiator>,
}

/// Body of the delegate step, and of a signer that the setup page adds.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
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
    result: Option<Identification>,
}

/// Answers what goes to the control.
pub fn handle(engine: &Engine, request: &Request) -> Response {
    let segments = request.segments(PREFIX).unwrap_or_default();
    let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
    let answer = match (request.method.as_str(), segments.as_slice()) {
        ("GET", ["health"]) => Ok(Response::json(200, &json!({ "status": "ok" }))),
        ("GET", ["info"]) => Ok(info(engine)),
        ("POST", ["reset"]) => reset(engine),
        (_, ["outbox", rest @ ..]) => outbox::handle(engine, request, rest),
        ("POST", ["processes", id, rest @ ..]) => step(engine, request, id, rest),
        _ => Err(Refusal::NoSuchPath),
    };
    answer.unwrap_or_else(|refusal| response(engine, request, None, &refusal))
}

fn info(engine: &Engine) -> Response {
    let clients: Vec<_> = engine
        .directory()
        .clients()
        .iter()
        .map(|client| {
            let scopes = |list: &[swisscom_sign::contract::Scope]| -> Vec<&'static str> {
                list.iter().map(|scope| scope.as_str()).collect()
            };
            json!({
                "clientId": client.id,
                "tenant": client.owner.tenant,
                "organizationId": client.owner.organization,
                "defaultScopes": scopes(client.default_scopes),
                "optionalScopes": scopes(client.optional_scopes),
            })
        })
        .collect();
    let teams: Vec<_> = TEAMS
        .iter()
        .map(|(id, organization)| json!({ "id": id, "organizationId": organization }))
        .collect();
    let accounts: Vec<_> = ACCOUNTS
        .iter()
        .map(|account| {
            json!({
                "id": account.id,
                "name": account.name,
                "verifiedEmail": account.verified_email,
                "verifiedMobile": account.verified_mobile,
                "owns": account.owns,
                "teams": account.teams,
            })
        })
        .collect();
    Response::json(
        200,
        &json!({
            "version": env!("CARGO_PKG_VERSION"),
            "contract": CONTRACT_VERSION,
            "url": engine.public_url(),
            "now": view::time(engine.now()),
            "switches": engine.rulings(),
            "signatures": engine.documents().signs(),
            "clients": clients,
            "teams": teams,
            "partners": [PARTNER],
            "accounts": accounts,
        }),
    )
}

fn reset(engine: &Engine) -> Result<Response, Refusal> {
    engine.store().clear().map_err(Failure::from)?;
    engine.outbox().delete(&Query::default());
    engine.sessions().clear();
    Ok(Response::empty(204))
}

fn step(engine: &Engine, request: &Request, id: &str, rest: &[&str]) -> Result<Response, Refusal> {
    let id = || uuid_of(Some(id)).ok_or(Name::ProcessNotFound);
    let outcome = match rest {
        ["participants", person, "sign"] => {
            let SignBody { method, certificate_name } = body(request)?;
            sign(engine, id()?, Sign { person: (*person).to_owned(), method, certificate_name })
        }
        ["participants", person, "decline"] => {
            let DeclineBody { reason } = body(request)?;
            let decline = Decline { person: (*person).to_owned(), reason };
            engine.execute(id()?, |_| Ok(Command::Decline(decline.clone()).into()))
        }
        ["participants", person, "delegate"] => {
            let to = body::<DelegateBody>(request)?.signer();
            let delegate = Delegate { person: (*person).to_owned(), to };
            engine.execute(id()?, |_| Ok(Command::Delegate(delegate.clone()).into()))
        }
        ["participants", person, "identify"] => {
            let IdentifyBody { result } = body(request)?;
            let identify = Identify { person: (*person).to_owned(), result };
            engine.execute(id()?, |_| Ok(Command::Identify(identify.clone()).into()))
        }
        ["setup", "signers"] => {
            let signer = body::<DelegateBody>(request)?.signer();
            engine.execute(id()?, |_| Ok(Command::AddSigner(signer.clone()).into()))
        }
        ["setup", "signers", person, "remove"] => {
            engine.execute(id()?, |_| Ok(Command::RemoveSigner((*person).to_owned()).into()))
        }
        ["setup", "complete"] => {
            let SetupBody { signing_order, order, message, positions, initiator } = body(request)?;
            let complete = CompleteSetup { signing_order, order, message, positions, initiator };
            engine.execute(id()?, |_| Ok(Command::CompleteSetup(complete.clone()).into()))
        }
        ["archive"] => engine.execute(id()?, |_| Ok(Command::Archive.into())),
        _ => return Err(Refusal::NoSuchPath),
    }?;
    Ok(Response::json(200, &view::details(&outcome.process)))
}

/// A signer signs: the same command, whoever triggers it. The new versions of the files are made
/// before the command, and kept only if it goes through.
///
/// # Errors
/// The platform refuses, or the store failed.
pub fn sign(engine: &Engine, id: Uuid, sign: Sign) -> Result<Outcome, Failure> {
    let outcome = engine.execute(id, |process| {
        let bytes = signed_files(engine, process, &sign)?;
        Ok(Prepared { command: Command::Sign(sign.clone()), bytes })
    })?;
    let refused = outcome.events.iter().find_map(|event| match &event.what {
        Happening::SignatureRefused(error) => Some(error.clone()),
        _ => None,
    });
    refused.map_or(Ok(outcome), |error| Err(error.into()))
}

fn signed_files(
    engine: &Engine,
    process: &Process,
    sign: &Sign,
) -> Result<Vec<(Option<Uuid>, bytes::Bytes)>, Failure> {
    let person = may_sign(process, &sign.person)?.id;
    let data = process.signer(person).ok_or(Name::ParticipantNotFound)?;
    let declared = format!("{} {}", data.first_name, data.last_name);
    let mut signed = Vec::new();
    for file in process.files_of(person) {
        let latest = file.latest();
        let bytes = engine
            .store()
            .blob(latest)?
            .ok_or_else(|| Failure::Internal(format!("the bytes of {latest} are missing")))?;
        let input = SigningInput {
            name: sign.certificate_name.as_deref().unwrap_or(&declared),
            role: data.role.as_deref(),
            at: engine.now(),
            positions: file.positions.iter().filter(|p| p.signer == person).collect(),
        };
        let bytes = engine
            .documents()
            .sign(&bytes, &input)
            .map_err(|why| DomainError::new(Name::InvalidDocument, why.0))?;
        signed.push((Some(file.id), bytes));
    }
    Ok(signed)
}

fn body<T: DeserializeOwned + Default>(request: &Request) -> Result<T, Refusal> {
    if request.oversized {
        return Err(Name::RequestTooLarge.into());
    }
    if request.body.is_empty() {
        return Ok(T::default());
    }
    serde_json::from_slice(&request.body)
        .map_err(|error| DomainError::new(Name::Validation, format!("$: {error}")).into())
}
