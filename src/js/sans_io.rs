//! The core without I/O, for callers with their own HTTP client (`swisscom-sign/core`).

use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use super::client::response_fields;
use super::wire::{self, CallError, WireObject, WireValue};
use crate::access::{self, AccessRequest, Challenge, OneTimeCode, Role, StoredContact};
use crate::contract::{Authorization, Operation, State};
use crate::lifecycle::{self, ProcessEvent};
use crate::request::path::PathParameters;
use crate::request::{self, ResponseHead, SignRequest, UnknownFields};

/// Constant parts of the requests of an operation, with or without a text: `{ operation, index,
/// method, path, headers, hasBody, successStatuses }`, with headers as pairs. A required body
/// defaults to `{}`. `index` identifies the operation in [`request_target`].
///
/// # Errors
/// For an unknown operation.
#[wasm_bindgen(js_name = requestTemplate)]
pub fn request_template(operation: &str, with_text: bool) -> Result<JsValue, JsValue> {
    let operation = wire::operation(operation).map_err(Box::<CallError>::from)?;
    let spec = operation.spec();
    let has_body = spec.request.is_some() && (with_text || spec.request_required);
    let request = SignRequest::new(operation, "");
    let request = if has_body { request.with_body("{}") } else { request };
    let pair = |(name, value)| WireValue::List(vec![WireValue::Text(name), WireValue::Text(value)]);
    let status = |status: &u16| WireValue::Number((*status).into());
    let mut fields = WireObject::default();
    fields.text("operation", Some(operation.id()));
    fields.number("index", Some(operation as u32));
    fields.text("method", Some(request.method()));
    // Only if it is the same for every request, without identifiers and query.
    fields.text("path", constant_path(operation));
    fields.list("headers", request.headers().into_iter().map(pair));
    fields.flag("hasBody", has_body);
    fields.list("successStatuses", spec.success.iter().map(status));
    Ok(fields.into_js())
}

fn constant_path(operation: Operation) -> Option<&'static str> {
    let spec = operation.spec();
    (spec.query.is_none() && !spec.path.contains('{')).then_some(spec.path)
}

/// Validates a request and returns its path and query, and its body if that is not the text itself.
/// Returns nothing if the path is that of its [`request_template`] and the body is the text: few strings
/// cross the boundary.
///
/// # Errors
/// Validation, with every problem.
#[wasm_bindgen(js_name = requestTarget)]
pub fn request_target(
    operation: usize,
    process_id: Option<String>,
    person_id: Option<String>,
    file_id: Option<String>,
    text: Option<String>,
) -> Result<Option<Vec<String>>, JsValue> {
    let operation = Operation::ALL.get(operation).copied();
    let operation =
        operation.ok_or_else(wire::unknown_operation).map_err(Box::<CallError>::from)?;
    let ids = PathParameters {
        process_id: process_id.as_deref().unwrap_or_default(),
        person_id: person_id.as_deref().unwrap_or_default(),
        file_id: file_id.as_deref().unwrap_or_default(),
    };
    match request::build(operation, &ids, text.as_deref(), UnknownFields::Refuse) {
        Ok(request) => {
            let changed = request.body.as_deref().filter(|body| Some(*body) != text.as_deref());
            let changed = changed.filter(|_| text.is_some()).map(str::to_owned);
            if constant_path(operation).is_some() && changed.is_none() {
                return Ok(None);
            }
            Ok(Some([request.target()].into_iter().chain(changed).collect()))
        }
        Err(error) => Err(CallError::of_process(error, process_id).into()),
    }
}

/// Checks that the operation can be called in this state.
///
/// # Errors
/// State; invalid argument for an unknown operation.
#[wasm_bindgen(js_name = checkState)]
pub fn check_state(
    operation: &str,
    state: &str,
    process_id: Option<String>,
) -> Result<(), JsValue> {
    let operation = wire::operation(operation).map_err(Box::<CallError>::from)?;
    lifecycle::check_available(State::parse(state), operation)
        .map_err(|error| CallError::of_process(error, process_id).into())
}

/// Decodes a response and returns its fields.
///
/// # Errors
/// A failure status, or a successful response whose body does not match the contract.
#[wasm_bindgen(js_name = decodeResponse)]
pub fn decode_response(
    operation: &str,
    status: u16,
    content_type: Option<String>,
    retry_after: Option<String>,
    now_ms: f64,
    body: &str,
) -> Result<JsValue, JsValue> {
    let operation = wire::operation(operation).map_err(Box::<CallError>::from)?;
    let head = ResponseHead {
        status,
        content_type: content_type.as_deref(),
        retry_after_ms: retry_after
            .and_then(|value| request::retry_after_ms(&value, now_ms as i64)),
    };
    let decoded =
        request::decode(operation, head, body.as_bytes()).map_err(Box::<CallError>::from)?;
    Ok(response_fields(&decoded, 1))
}

/// Operations that have an effect in a state, in the order in which a process uses them.
#[wasm_bindgen(js_name = allowedOperations)]
pub fn allowed_operations(state: &str) -> Vec<String> {
    lifecycle::allowed_operations(&State::parse(state)).map(|o| o.id().to_owned()).collect()
}

/// State after an event, if the event can happen.
#[wasm_bindgen(js_name = nextState)]
pub fn next_state(state: &str, event: &str) -> Option<String> {
    lifecycle::next_state(&State::parse(state), ProcessEvent::parse(event)?)
        .map(|s| s.as_str().to_owned())
}

/// Whether a state is final.
#[wasm_bindgen(js_name = isFinal)]
pub fn is_final(state: &str) -> bool {
    lifecycle::is_final(&State::parse(state))
}

/// Challenge for a visitor: `none`, `sms-code`, `email-code`, `login` or `denied`. `visit` has
/// `initiator`, `authorization`, `email`, `mobile`, `loggedIn`, `ownsProcess`, `inTeamOfProcess`,
/// `verifiedEmail`, `verifiedMobile`, `codeAgeMs` and `codeRedeemed`.
#[wasm_bindgen]
pub fn challenge(visit: &JsValue) -> String {
    let (text, flag) = (|name| wire::text(visit, name), |name| wire::flag(visit, name));
    let authorization = text("authorization").map(|text| Authorization::parse(&text));
    let (email, mobile) = (text("email"), text("mobile"));
    let (verified_email, verified_mobile) = (text("verifiedEmail"), text("verifiedMobile"));
    let challenge: Challenge = access::challenge(&AccessRequest {
        role: if flag("initiator") { Role::Initiator } else { Role::Invitee },
        authorization: authorization.as_ref(),
        contact: StoredContact { email: email.as_deref(), mobile: mobile.as_deref() },
        account: flag("loggedIn").then(|| access::VerifiedAccount {
            owns_process: flag("ownsProcess"),
            in_team_of_process: flag("inTeamOfProcess"),
            verified_email: verified_email.as_deref(),
            verified_mobile: verified_mobile.as_deref(),
        }),
        one_time_code: wire::number(visit, "codeAgeMs").map(|age| OneTimeCode {
            age_ms: age as u64,
            lifetime_ms: access::ONE_TIME_CODE_LIFETIME_MS,
            redeemed: flag("codeRedeemed"),
        }),
    });
    challenge.as_str().to_owned()
}
