//! Checks before a request is sent.

use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use super::wire::{self, WireCall};
use crate::contract::{Operation, SignatureLevel};
use crate::error::Result;
use crate::preflight::{
    self, Environment, PreflightContext, PreflightInput, ProcessView, TenantKind, attach,
};
use crate::request::path::PathParameters;
use crate::request::{SignRequest, UnknownFields};

/// Parses an environment; every unknown one is a host of the caller's own.
pub(crate) fn environment(name: Option<String>) -> Environment {
    match name.as_deref() {
        Some("production") => Environment::Production,
        Some("test") => Environment::Test,
        _ => Environment::Other,
    }
}

/// Parses the kind of tenant that the caller states.
pub(crate) fn tenant(name: Option<String>) -> TenantKind {
    match name.as_deref() {
        Some("public") => TenantKind::Public,
        Some("corporate") => TenantKind::Corporate,
        _ => TenantKind::Unknown,
    }
}

/// Builds the request of a call. `call` contains what is certain about the process: its `level`, or
/// all of it as JSON text (`process`).
pub(crate) fn prepare<'a>(
    operation: Operation,
    call: &WireCall,
    text: Option<&'a str>,
    context: PreflightContext,
) -> Result<SignRequest<'a>> {
    let field = |name| wire::text(&call.0, name);
    let (process_id, person_id, file_id) = (field("processId"), field("personId"), field("fileId"));
    let ids = PathParameters {
        process_id: process_id.as_deref().unwrap_or_default(),
        person_id: person_id.as_deref().unwrap_or_default(),
        file_id: file_id.as_deref().unwrap_or_default(),
    };
    let lenient = wire::flag(&call.0, "lenient");
    let unknown = if lenient { UnknownFields::Send } else { UnknownFields::Refuse };
    let process = field("process");
    let process = process.as_deref().map(ProcessView::read);
    let level = field("level").map(|level| SignatureLevel::parse(&level));
    let input = PreflightInput {
        request: text.unwrap_or("{}"),
        process: process.as_ref(),
        level: level.as_ref(),
        person_id: person_id.as_deref(),
        context,
    };
    preflight::prepare(operation, &ids, text, unknown, &input)
}

/// Checks the size and the first bytes of a file; without `head` only the size. Returns a list with
/// at most one problem.
#[wasm_bindgen(js_name = checkFile)]
pub fn check_file(bytes: f64, head: Option<Vec<u8>>) -> JsValue {
    let head = head.as_deref().unwrap_or(attach::PDF_MAGIC);
    wire::problems(&attach::check_file(bytes as u64, head))
}
