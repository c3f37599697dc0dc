//! Control API of the sandbox, under one prefix.
//!
//! - `routes`: route table, for dispatch. `describe`: OpenAPI document generated from it; `schema`: its
//!   schemas.
//! - `state`: health, info, reset, seed, export, import, snapshots. `clock`, `faults`, `journal`,
//!   `outbox`, `directory`: one module per resource.
//! - Here: headless equivalents of the actions on the pages.

mod clock;
mod describe;
mod directory;
mod faults;
mod journal;
mod outbox;
mod routes;
mod schema;
mod state;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use swisscom_sign::contract::{SignatureMethod, Signer};
use uuid::Uuid;

use crate::actions;
use crate::admin_login;
use crate::api_error::{ApiError, response};
use crate::call::Call;
use crate::domain::process::parse_uuid;
use crate::domain::{
    CompleteSetupCommand, DeclineCommand, DelegateCommand, DomainError, ErrorName,
    IdentificationResult, IdentifyCommand, InitiatorInput, PositionInput, ProcessCommand,
    SetSigningOrderCommand, SignCommand, view,
};
use crate::http::{HttpRequest, HttpResponse};
use crate::paths::CONTROL_PREFIX;
use routes::{ControlCall, ControlResult};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct EmptyBody {}

/// Body of the sign step; the body and every field are optional.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
struct SignBody {
    /// Signature method; defaults to the first that is allowed.
    method: Option<SignatureMethod>,
    /// Name in the certificate; defaults to the declared name.
    certificate_name: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct DeclineBody {
    reason: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
struct SetupBody {
    signing_order: Option<bool>,
    order: Vec<Uuid>,
    message: Option<String>,
    positions: Option<Vec<PositionInput>>,
    initiator: Option<InitiatorInput>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
struct OrderBody {
    signing_order: Option<bool>,
    order: Vec<Uuid>,
}

/// Body of the delegate step, and of a signer added to the setup.
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
        actions::new_signer(first_name, last_name, email, mobile)
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct IdentifyBody {
    result: Option<IdentificationResult>,
}

/// Answers a request to the control API whose access has been checked.
pub(crate) fn handle(call: &Call<'_>) -> HttpResponse {
    // A path that is not UTF-8 is unknown.
    let Some(segments) = call.request.segments(CONTROL_PREFIX) else {
        return response(call, None, &ApiError::NoSuchPath);
    };
    let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
    if call.request.method == "GET" && matches!(segments.as_slice(), [] | [""]) {
        return HttpResponse::empty(303).header("location", "/");
    }
    let answer = routes::dispatch(call, &segments).unwrap_or(Err(ApiError::NoSuchPath));
    answer.unwrap_or_else(|error| response(call, None, &error))
}

fn show_login(call: &ControlCall<'_>) -> ControlResult {
    Ok(admin_login::show(call))
}

fn submit_login(call: &ControlCall<'_>) -> ControlResult {
    Ok(admin_login::submit(call))
}

/// Headless equivalent of a page action.
fn run_action(call: &ControlCall<'_>) -> ControlResult {
    let segments = call.request.segments(CONTROL_PREFIX).unwrap_or_default();
    let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
    match segments.as_slice() {
        ["processes", id, rest @ ..] => step(call, id, rest),
        _ => Err(ApiError::NoSuchPath),
    }
}

fn step(call: &Call<'_>, id: &str, rest: &[&str]) -> Result<HttpResponse, ApiError> {
    let (platform, links, request) = (call.platform, call.links, call.request);
    let id = || parse_uuid(Some(id)).ok_or(ErrorName::ProcessNotFound);
    let outcome = match rest {
        ["participants", person, "sign"] => {
            let SignBody { method, certificate_name } = body(request)?;
            if let Some(SignatureMethod::Unknown(method)) = method {
                let known: Vec<_> = SignatureMethod::ALL.iter().map(|m| m.as_str()).collect();
                let why = format!("`{method}` is none of {}", known.join(", "));
                return Err(routes::invalid("$.method", &why));
            }
            let certificate_name = certificate_name.filter(|name| !name.trim().is_empty());
            actions::sign(
                platform,
                links,
                id()?,
                SignCommand { person: (*person).to_owned(), method, certificate_name },
            )
        }
        ["participants", person, "decline"] => {
            let DeclineBody { reason } = body(request)?;
            let decline = DeclineCommand { person: (*person).to_owned(), reason };
            platform.execute(links, id()?, |_| Ok(ProcessCommand::Decline(decline.clone()).into()))
        }
        ["participants", person, "delegate"] => {
            let to = body::<DelegateBody>(request)?.signer();
            let delegate = DelegateCommand { person: (*person).to_owned(), to };
            platform.execute(
                links,
                id()?,
                |_| Ok(ProcessCommand::Delegate(delegate.clone()).into()),
            )
        }
        ["participants", person, "replace"] => {
            let to = body::<DelegateBody>(request)?.signer();
            let replace = DelegateCommand { person: (*person).to_owned(), to };
            platform.execute(links, id()?, |_| Ok(ProcessCommand::Replace(replace.clone()).into()))
        }
        ["participants", person, "remove"] => platform
            .execute(links, id()?, |_| Ok(ProcessCommand::Remove((*person).to_owned()).into())),
        ["cancel"] => platform.execute(links, id()?, |_| Ok(ProcessCommand::Cancel.into())),
        ["signing-order"] => {
            let OrderBody { signing_order, order } = body(request)?;
            let order =
                SetSigningOrderCommand { signing_order: signing_order.unwrap_or(true), order };
            platform.execute(links, id()?, |_| Ok(ProcessCommand::Order(order.clone()).into()))
        }
        ["participants", person, "identify"] => {
            let IdentifyBody { result } = body(request)?;
            let identify = IdentifyCommand { person: (*person).to_owned(), result };
            actions::identify(platform, links, id()?, &identify)
        }
        ["setup", "signers"] => {
            let signer = body::<DelegateBody>(request)?.signer();
            platform.execute(links, id()?, |_| Ok(ProcessCommand::AddSigner(signer.clone()).into()))
        }
        ["setup", "signers", person, "remove"] => platform.execute(links, id()?, |_| {
            Ok(ProcessCommand::RemoveSigner((*person).to_owned()).into())
        }),
        ["setup", "complete"] => {
            let SetupBody { signing_order, order, message, positions, initiator } = body(request)?;
            let complete =
                CompleteSetupCommand { signing_order, order, message, positions, initiator };
            platform.execute(links, id()?, |_| {
                Ok(ProcessCommand::CompleteSetup(complete.clone()).into())
            })
        }
        ["archive"] => platform.execute(links, id()?, |_| Ok(ProcessCommand::Archive.into())),
        _ => return Err(ApiError::NoSuchPath),
    }?;
    Ok(HttpResponse::json(200, &view::to_contract_process(&outcome.process, platform.settings())))
}

/// Parsed body; an absent body is an empty object.
fn body<T: DeserializeOwned>(request: &HttpRequest) -> Result<T, ApiError> {
    if request.oversized {
        return Err(ErrorName::RequestTooLarge.into());
    }
    let body = if request.body.is_empty() { b"{}" } else { request.body.as_ref() };
    // Serde deserializes a struct from an array by field order, so `["a"]` would be accepted.
    if !body.trim_ascii_start().starts_with(b"{") {
        return Err(routes::invalid("$", "must be an object"));
    }
    serde_json::from_slice(body)
        .map_err(|error| DomainError::new(ErrorName::Validation, format!("$: {error}")).into())
}
