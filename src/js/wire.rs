//! The small values that cross the boundary: settings and calls on the way in, errors, problems and
//! decisions on the way out. Whole objects of the contract never do: they travel as JSON text that
//! JavaScript prints and parses.
//!
//! Out by way of serde-wasm-bindgen; in by getters of plain objects that `pkg/src` has made. Its
//! deserializer was measured at 20 kB gzip here: it brings the formatting of floats, for errors
//! about values that no user can reach.

use serde::Serialize;
use serde_wasm_bindgen::Serializer;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::contract::{Operation, Problem};
use crate::error::{Error, ErrorKind};
use crate::lifecycle;
use crate::request::path::Ids;
use crate::request::{self, Request, Unknown};

#[wasm_bindgen]
extern "C" {
    /// How an engine is set up.
    pub type Settings;

    /// Base URL of the API, without a slash at its end.
    #[wasm_bindgen(method, getter, js_name = apiUrl)]
    pub fn api_url(this: &Settings) -> String;
    /// Token endpoint; absent when JavaScript brings the tokens.
    #[wasm_bindgen(method, getter, js_name = tokenUrl)]
    pub fn token_url(this: &Settings) -> Option<String>;
    /// Client ID.
    #[wasm_bindgen(method, getter, js_name = clientId)]
    pub fn client_id(this: &Settings) -> Option<String>;
    /// Client secret.
    #[wasm_bindgen(method, getter, js_name = clientSecret)]
    pub fn client_secret(this: &Settings) -> Option<String>;
    /// Scopes to ask for, separated by spaces.
    #[wasm_bindgen(method, getter)]
    pub fn scopes(this: &Settings) -> Option<String>;
    /// Whether the client proves who it is in a header.
    #[wasm_bindgen(method, getter)]
    pub fn basic(this: &Settings) -> Option<bool>;

    /// What a call is about, beside its body.
    pub type Call;

    /// The process.
    #[wasm_bindgen(method, getter, js_name = processId)]
    pub fn process_id(this: &Call) -> Option<String>;
    /// The participant.
    #[wasm_bindgen(method, getter, js_name = personId)]
    pub fn person_id(this: &Call) -> Option<String>;
    /// The file.
    #[wasm_bindgen(method, getter, js_name = fileId)]
    pub fn file_id(this: &Call) -> Option<String>;
    /// The last known state: what it forbids is refused without a request.
    #[wasm_bindgen(method, getter)]
    pub fn state(this: &Call) -> Option<String>;
    /// The caller's own headers: names and values in turn.
    #[wasm_bindgen(method, getter)]
    pub fn headers(this: &Call) -> Option<Vec<String>>;
    /// Repetitions at most.
    #[wasm_bindgen(method, getter, js_name = maxRetries)]
    pub fn max_retries(this: &Call) -> Option<u32>;
    /// Whether fields that this version does not know are sent.
    #[wasm_bindgen(method, getter)]
    pub fn lenient(this: &Call) -> Option<bool>;
}

impl Call {
    /// The request of an operation, checked.
    pub(crate) fn request<'a>(
        &self,
        operation: Operation,
        text: Option<&'a str>,
    ) -> Result<Request<'a>, Error> {
        let process = self.process_id().unwrap_or_default();
        let person = self.person_id().unwrap_or_default();
        let file = self.file_id().unwrap_or_default();
        let ids = Ids { process_id: &process, person_id: &person, file_id: &file };
        let unknown = if self.lenient() == Some(true) { Unknown::Send } else { Unknown::Refuse };
        request::for_operation(operation, &ids, text, unknown)
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct WireProblem<'a> {
    path: &'a str,
    code: &'static str,
    message: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct WireUpstream<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_subject: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_body: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct WireError<'a> {
    class: &'static str,
    code: &'static str,
    message: &'a str,
    retryable: bool,
    attempts: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    operation: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    process_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after_ms: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    state: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    allowed: Option<Vec<&'static str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    problems: Option<Vec<WireProblem<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    upstream: Option<WireUpstream<'a>>,
}

/// An error on its way out: the core's, and what only the host knows.
pub(crate) struct Failure {
    pub(crate) error: Error,
    pub(crate) process_id: Option<String>,
    pub(crate) attempts: u32,
    /// What JavaScript threw.
    pub(crate) cause: Option<JsValue>,
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self { error, process_id: None, attempts: 0, cause: None }
    }
}

impl Failure {
    pub(crate) fn caused(error: Error, cause: JsValue) -> Self {
        Self { cause: Some(cause), ..error.into() }
    }
}

impl From<Failure> for JsValue {
    fn from(failure: Failure) -> Self {
        let error = &failure.error;
        let said = error.upstream.as_deref();
        let value = to_js(&WireError {
            class: error.kind.class(),
            code: error.kind.code(),
            message: &error.message,
            retryable: error.kind.retryable(),
            attempts: failure.attempts,
            operation: error.operation.map(Operation::id),
            process_id: failure.process_id.as_deref(),
            status: error.status,
            error_id: said.and_then(|said| said.id.as_deref()),
            retry_after_ms: error.retry_after_ms.map(|ms| u32::try_from(ms).unwrap_or(u32::MAX)),
            state: error.state.as_ref().map(|state| state.as_str()),
            allowed: error
                .state
                .as_ref()
                .map(|state| lifecycle::allowed_operations(state).map(Operation::id).collect()),
            problems: (error.kind == ErrorKind::Validation)
                .then(|| error.problems.iter().map(wire_problem).collect()),
            upstream: said.map(|said| WireUpstream {
                name: said.name.as_deref(),
                message: said.message.as_deref(),
                client_subject: said.client_subject.as_deref(),
                client_body: said.client_body.as_deref(),
            }),
        });
        if let Some(cause) = failure.cause {
            set(&value, "cause", &cause);
        }
        value
    }
}

fn wire_problem(problem: &Problem) -> WireProblem<'_> {
    WireProblem { path: &problem.path, code: problem.code.as_str(), message: &problem.message }
}

/// Problems as a list of plain objects.
pub(crate) fn problems(problems: &[Problem]) -> JsValue {
    to_js(&problems.iter().map(wire_problem).collect::<Vec<_>>())
}

/// A value as plain objects and lists.
pub(crate) fn to_js<T: Serialize>(value: &T) -> JsValue {
    // Structs of strings and numbers: nothing in them can fail.
    value.serialize(&Serializer::json_compatible()).unwrap_or(JsValue::NULL)
}

/// Sets a property of an object that was made here.
pub(crate) fn set(object: &JsValue, name: &str, value: &JsValue) {
    let _ = js_sys::Reflect::set(object, &JsValue::from_str(name), value);
}

/// The operation of that name.
pub(crate) fn operation(id: &str) -> Result<Operation, Error> {
    Operation::parse(id)
        .ok_or_else(|| Error::new(ErrorKind::InvalidArgument, "there is no such operation"))
}
