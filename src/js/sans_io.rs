//! The core without I/O, for those who bring their own HTTP client (`swisscom-sign/core`).

use serde::Serialize;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use super::engine::facts;
use super::wire::{self, Call, Failure};
use crate::access::{self, Challenge, Contact, OneTimeCode, Role, Visit};
use crate::contract::{Authorization, State};
use crate::lifecycle::{self, Event, Verdict, verdict};
use crate::request::{self, Head};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct WireRequest<'a> {
    operation: &'static str,
    method: &'static str,
    path: &'a str,
    headers: Vec<(&'static str, &'static str)>,
    body: Option<&'a str>,
    success_statuses: &'a [u16],
}

/// The request of an operation: `{ operation, method, path, headers, body, successStatuses }`,
/// with headers as pairs and the query in the path.
///
/// # Errors
/// Validation, with every problem.
#[wasm_bindgen(js_name = buildRequest)]
pub fn build_request(
    operation: &str,
    call: JsValue,
    text: Option<String>,
) -> Result<JsValue, JsValue> {
    let operation = wire::operation(operation).map_err(Box::<Failure>::from)?;
    let call = Call(call);
    let process_id = call.process_id();
    let request = call.request(operation, text.as_deref()).map_err(|error| {
        let mut failure: Box<Failure> = error.into();
        failure.process_id = process_id;
        failure
    })?;
    Ok(wire::to_js(&WireRequest {
        operation: operation.id(),
        method: request.method(),
        path: &request.target(),
        headers: request.headers(),
        body: request.body,
        success_statuses: operation.spec().success,
    }))
}

/// Fails with the error of a state that forbids an operation.
///
/// # Errors
/// State; invalid argument for an unknown operation.
#[wasm_bindgen(js_name = checkState)]
pub fn check_state(
    operation: &str,
    state: &str,
    process_id: Option<String>,
) -> Result<(), JsValue> {
    let operation = wire::operation(operation).map_err(Box::<Failure>::from)?;
    let state = State::parse(state);
    if verdict(&state, operation) == Verdict::Refused {
        let error = crate::Error::state(operation, state);
        let mut failure: Box<Failure> = error.into();
        failure.process_id = process_id;
        return Err(failure.into());
    }
    Ok(())
}

/// Reads an answer: the facts of a success.
///
/// # Errors
/// Every status that is no success, and a success whose body is not what the contract says.
#[wasm_bindgen(js_name = decodeAnswer)]
pub fn decode_answer(
    operation: &str,
    status: u16,
    content_type: Option<String>,
    retry_after: Option<String>,
    now_ms: f64,
    body: &str,
) -> Result<JsValue, JsValue> {
    let operation = wire::operation(operation).map_err(Box::<Failure>::from)?;
    let head = Head {
        status,
        content_type: content_type.as_deref(),
        retry_after_ms: retry_after
            .and_then(|value| request::retry_after_ms(&value, now_ms as i64)),
    };
    let decoded =
        request::decode(operation, head, body.as_bytes()).map_err(Box::<Failure>::from)?;
    Ok(facts(&decoded, 1))
}

/// The operations that do something in a state, in the order of a process's life.
#[wasm_bindgen(js_name = allowedOperations)]
pub fn allowed_operations(state: &str) -> Vec<String> {
    lifecycle::allowed_operations(&State::parse(state)).map(|o| o.id().to_owned()).collect()
}

/// The state that follows an event, if it can happen.
#[wasm_bindgen(js_name = nextState)]
pub fn next_state(state: &str, event: &str) -> Option<String> {
    lifecycle::next(&State::parse(state), Event::parse(event)?).map(|s| s.as_str().to_owned())
}

/// Whether no event can change a state any more.
#[wasm_bindgen(js_name = isFinal)]
pub fn is_final(state: &str) -> bool {
    lifecycle::is_final(&State::parse(state))
}

/// How a visitor is let in: `none`, `sms-code`, `email-code`, `login` or `denied`. `visit` has
/// `initiator`, `authorization`, `email`, `mobile`, `loggedIn`, `ownsProcess`, `inTeamOfProcess`,
/// `verifiedEmail`, `verifiedMobile`, `codeAgeMs` and `codeRedeemed`.
#[wasm_bindgen]
pub fn challenge(visit: &JsValue) -> String {
    let (text, flag) = (|name| wire::text(visit, name), |name| wire::flag(visit, name));
    let authorization = text("authorization").map(|text| Authorization::parse(&text));
    let (email, mobile) = (text("email"), text("mobile"));
    let (verified_email, verified_mobile) = (text("verifiedEmail"), text("verifiedMobile"));
    let challenge: Challenge = access::challenge(&Visit {
        role: if flag("initiator") { Role::Initiator } else { Role::Invitee },
        authorization: authorization.as_ref(),
        contact: Contact { email: email.as_deref(), mobile: mobile.as_deref() },
        account: flag("loggedIn").then(|| access::Account {
            owns_process: flag("ownsProcess"),
            in_team_of_process: flag("inTeamOfProcess"),
            verified_email: verified_email.as_deref(),
            verified_mobile: verified_mobile.as_deref(),
        }),
        one_time_code: wire::number(visit, "codeAgeMs")
            .map(|age| OneTimeCode { age_ms: age as u64, redeemed: flag("codeRedeemed") }),
    });
    challenge.as_str().to_owned()
}
