//! What is checked before a request is sent: identifiers and fields by the request builders, the
//! rules between them by the core's preflight. One list of problems comes of both.

use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use super::wire::{self, WireCall};
use crate::contract::State;
use crate::contract::{Operation, SignatureLevel};
use crate::error::Error;
use crate::lifecycle::{OperationAvailability, availability};
use crate::preflight::{self, Environment, PreflightContext, PreflightInput, ProcessView, attach};
use crate::request::SignRequest;

/// The environment of that name; every other is one of the caller's own, where anything may be.
pub(crate) fn environment(name: Option<String>) -> Environment {
    match name.as_deref() {
        Some("production") => Environment::Production,
        Some("test") => Environment::Test,
        _ => Environment::Other,
    }
}

/// Refuses an operation that the last known state forbids.
pub(crate) fn state(operation: Operation, call: &WireCall) -> Result<(), Error> {
    let Some(state) = wire::text(&call.0, "state") else { return Ok(()) };
    let state = State::parse(&state);
    match availability(&state, operation) {
        OperationAvailability::Refused => Err(Error::state_error(operation, state)),
        _ => Ok(()),
    }
}

/// The request of an operation, with every problem if there is one. Of the process, `call` brings
/// what is surely true: its `level`, or all of it as JSON text (`process`).
pub(crate) fn request<'a>(
    operation: Operation,
    call: &WireCall,
    text: Option<&'a str>,
    context: PreflightContext,
) -> Result<SignRequest<'a>, Error> {
    let field = |name| wire::text(&call.0, name);
    let (process, person_id) = (field("process"), field("personId"));
    let process = process.as_deref().map(ProcessView::read);
    let level = field("level").map(|level| SignatureLevel::parse(&level));
    let subject = PreflightInput {
        request: text.unwrap_or("{}"),
        process: process.as_ref(),
        level: level.as_ref(),
        person_id: person_id.as_deref(),
        context,
    };
    // A text that is too long for the platform is not searched for more.
    let long = subject.request.len() as u64 > operation.spec().max_request_bytes;
    let violations = if long { Vec::new() } else { preflight::violations(operation, &subject) };
    match call.request(operation, text) {
        Ok(request) if violations.is_empty() => Ok(request),
        built => {
            let mut problems = built.err().map(|error| error.problems).unwrap_or_default();
            problems.extend(violations);
            Err(Error::validation_error(operation, problems))
        }
    }
}

/// Why a file of that many bytes, which begin like this, cannot be attached: at most one problem,
/// as a list. Without its beginning only the size is looked at.
#[wasm_bindgen(js_name = checkFile)]
pub fn check_file(bytes: f64, head: Option<Vec<u8>>) -> JsValue {
    let head = head.as_deref().unwrap_or(attach::PDF_MAGIC);
    wire::problems(&attach::file(bytes as u64, head))
}
