//! The core without I/O, for those who bring their own HTTP client (`swisscom-sign/core`).

use serde::Serialize;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use super::engine::facts;
use super::wire::{self, Call, Failure};
use crate::access::{self, Challenge, Contact, OneTimeCode, Role, Visit};
use crate::contract::{Authorization, Operation, State};
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
    call: &Call,
    text: Option<String>,
) -> Result<JsValue, JsValue> {
    let operation = wire::operation(operation).map_err(Failure::from)?;
    let process_id = call.process_id();
    let request = call
        .request(operation, text.as_deref())
        .map_err(|error| Failure { process_id, ..error.into() })?;
    Ok(wire::to_js(&WireRequest {
        operation: operation.id(),
        method: request.method(),
        path: &request.target(),
        headers: request.headers(),
        body: request.body,
        success_statuses: operation.spec().success,
    }))
}

/// What is wrong with a call: the state that forbids it, and every problem of identifiers and
/// body, as a list of `{ path, code, message }`.
///
/// # Errors
/// For an unknown operation.
#[wasm_bindgen(js_name = checkCall)]
pub fn check_call(operation: &str, call: &Call, text: Option<String>) -> Result<JsValue, JsValue> {
    let operation = wire::operation(operation).map_err(Failure::from)?;
    let problems = match call.request(operation, text.as_deref()) {
        Ok(_) => Vec::new(),
        Err(error) => error.problems,
    };
    Ok(wire::problems(&problems))
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
    let operation = wire::operation(operation).map_err(Failure::from)?;
    let state = State::parse(state);
    if verdict(&state, operation) == Verdict::Refused {
        let error = crate::Error::state(operation, state);
        return Err(Failure { process_id, ..error.into() }.into());
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
    let operation = wire::operation(operation).map_err(Failure::from)?;
    let head = Head {
        status,
        content_type: content_type.as_deref(),
        retry_after_ms: retry_after
            .and_then(|value| request::retry_after_ms(&value, now_ms as i64)),
    };
    let decoded = request::decode(operation, head, body.as_bytes()).map_err(Failure::from)?;
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

#[wasm_bindgen]
extern "C" {
    /// Who opens a process, and with what.
    pub type WireVisit;

    /// Whether it is the initiator; else an invitee.
    #[wasm_bindgen(method, getter)]
    pub fn initiator(this: &WireVisit) -> bool;
    /// What the process demands.
    #[wasm_bindgen(method, getter)]
    pub fn authorization(this: &WireVisit) -> Option<String>;
    /// Stored e-mail address.
    #[wasm_bindgen(method, getter)]
    pub fn email(this: &WireVisit) -> Option<String>;
    /// Stored mobile number.
    #[wasm_bindgen(method, getter)]
    pub fn mobile(this: &WireVisit) -> Option<String>;
    /// Whether the visitor is logged in.
    #[wasm_bindgen(method, getter, js_name = loggedIn)]
    pub fn logged_in(this: &WireVisit) -> bool;
    /// Whether the process belongs to the account.
    #[wasm_bindgen(method, getter, js_name = ownsProcess)]
    pub fn owns_process(this: &WireVisit) -> bool;
    /// Whether it belongs to a team of the account.
    #[wasm_bindgen(method, getter, js_name = inTeamOfProcess)]
    pub fn in_team_of_process(this: &WireVisit) -> bool;
    /// The account's verified e-mail address.
    #[wasm_bindgen(method, getter, js_name = verifiedEmail)]
    pub fn verified_email(this: &WireVisit) -> Option<String>;
    /// The account's verified mobile number.
    #[wasm_bindgen(method, getter, js_name = verifiedMobile)]
    pub fn verified_mobile(this: &WireVisit) -> Option<String>;
    /// Age of the one-time code in milliseconds, when the URL brought one.
    #[wasm_bindgen(method, getter, js_name = codeAgeMs)]
    pub fn code_age_ms(this: &WireVisit) -> Option<f64>;
    /// Whether the one-time code was redeemed before.
    #[wasm_bindgen(method, getter, js_name = codeRedeemed)]
    pub fn code_redeemed(this: &WireVisit) -> bool;
}

/// How a visitor is let in: `none`, `sms-code`, `email-code`, `login` or `denied`.
#[wasm_bindgen]
pub fn challenge(visit: &WireVisit) -> String {
    let authorization = visit.authorization().map(|text| Authorization::parse(&text));
    let (email, mobile) = (visit.email(), visit.mobile());
    let (verified_email, verified_mobile) = (visit.verified_email(), visit.verified_mobile());
    let challenge: Challenge = access::challenge(&Visit {
        role: if visit.initiator() { Role::Initiator } else { Role::Invitee },
        authorization: authorization.as_ref(),
        contact: Contact { email: email.as_deref(), mobile: mobile.as_deref() },
        account: visit.logged_in().then(|| access::Account {
            owns_process: visit.owns_process(),
            in_team_of_process: visit.in_team_of_process(),
            verified_email: verified_email.as_deref(),
            verified_mobile: verified_mobile.as_deref(),
        }),
        one_time_code: visit
            .code_age_ms()
            .map(|age| OneTimeCode { age_ms: age as u64, redeemed: visit.code_redeemed() }),
    });
    challenge.as_str().to_owned()
}

/// The `operationId` of every operation.
#[wasm_bindgen(js_name = operationIds)]
pub fn operation_ids() -> Vec<String> {
    Operation::ALL.iter().map(|operation| operation.id().to_owned()).collect()
}
