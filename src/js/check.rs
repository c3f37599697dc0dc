//! What is checked before a request is sent: identifiers and fields by the request builders, the
//! rules between them by the core's preflight. One list of problems comes of both.

use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use super::wire::{self, Call};
use crate::contract::State;
use crate::contract::{Operation, SignatureLevel};
use crate::error::Error;
use crate::lifecycle::{Verdict, verdict};
use crate::preflight::{self, Context, Environment, ProcessView, Subject, attach};
use crate::request::Request;

/// The environment of that name; every other is one of the caller's own, where anything may be.
pub(crate) fn environment(name: Option<String>) -> Environment {
    match name.as_deref() {
        Some("production") => Environment::Production,
        Some("test") => Environment::Test,
        _ => Environment::Other,
    }
}

/// Refuses an operation that the last known state forbids.
pub(crate) fn state(operation: Operation, call: &Call) -> Result<(), Error> {
    let Some(state) = wire::text(&call.0, "state") else { return Ok(()) };
    let state = State::parse(&state);
    match verdict(&state, operation) {
        Verdict::Refused => Err(Error::state(operation, state)),
        _ => Ok(()),
    }
}

/// The request of an operation, with every problem if there is one. Of the process, `call` brings
/// what is surely true: its `level`, or all of it as JSON text (`process`).
pub(crate) fn request<'a>(
    operation: Operation,
    call: &Call,
    text: Option<&'a str>,
    context: Context,
) -> Result<Request<'a>, Error> {
    let field = |name| wire::text(&call.0, name);
    let (process, person_id) = (field("process"), field("personId"));
    let process = process.as_deref().map(ProcessView::read);
    let level = field("level").map(|level| SignatureLevel::parse(&level));
    let subject = Subject {
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
            Err(Error::validation(operation, problems))
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
