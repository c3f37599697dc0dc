//! The small values that cross the boundary: settings and calls on the way in, errors, problems and
//! decisions on the way out. Whole objects of the contract never do: they travel as JSON text that
//! JavaScript prints and parses.
//!
//! Out by way of serde-wasm-bindgen; in field by field, from plain objects that `pkg/src` has made.
//! Its deserializer was measured at 20 kB gzip here: it brings the formatting of floats, for errors
//! about values that no user can reach.

use js_sys::Array;
use serde::Serialize;
use serde_wasm_bindgen::Serializer;
use wasm_bindgen::JsValue;

use crate::contract::{Operation, Problem};
use crate::error::{Error, ErrorKind};
use crate::lifecycle;
use crate::request::path::Ids;
use crate::request::{self, Request, Unknown};

/// What a call is about, beside its body: `processId`, `personId`, `fileId`, the last known
/// `state`, own `headers` (names and values in turn), `maxRetries`, `timeoutMs` for all of it,
/// whether it is `lenient` with fields that this version does not know, and whether its body can be
/// sent only `once`. The engine writes into it how a create or an attach stands: its `correlation`,
/// and `sentAt` while it may have been performed, in milliseconds since 1970.
pub(crate) struct Call(pub(crate) JsValue);

impl Call {
    pub(crate) fn process_id(&self) -> Option<String> {
        text(&self.0, "processId")
    }

    pub(crate) fn max_retries(&self) -> Option<u32> {
        Some(number(&self.0, "maxRetries")? as u32)
    }

    pub(crate) fn timeout_ms(&self) -> Option<u64> {
        number(&self.0, "timeoutMs").map(|ms| ms as u64).filter(|ms| *ms > 0)
    }

    pub(crate) fn once(&self) -> bool {
        flag(&self.0, "once")
    }

    pub(crate) fn headers(&self) -> Vec<String> {
        let headers = get(&self.0, "headers");
        if !headers.is_object() {
            return Vec::new();
        }
        Array::from(&headers).iter().map(|text| text.as_string().unwrap_or_default()).collect()
    }

    /// The request of an operation, checked.
    pub(crate) fn request<'a>(
        &self,
        operation: Operation,
        body: Option<&'a str>,
    ) -> Result<Request<'a>, Error> {
        let id = |name| text(&self.0, name).unwrap_or_default();
        let (process_id, person_id, file_id) = (id("processId"), id("personId"), id("fileId"));
        let ids = Ids { process_id: &process_id, person_id: &person_id, file_id: &file_id };
        let unknown = if flag(&self.0, "lenient") { Unknown::Send } else { Unknown::Refuse };
        request::for_operation(operation, &ids, body, unknown)
    }
}

fn get(object: &JsValue, name: &str) -> JsValue {
    js_sys::Reflect::get(object, &JsValue::from_str(name)).unwrap_or(JsValue::UNDEFINED)
}

/// A field of a plain object, if it is a string.
pub(crate) fn text(object: &JsValue, name: &str) -> Option<String> {
    get(object, name).as_string()
}

/// A field of a plain object, if it is a number.
pub(crate) fn number(object: &JsValue, name: &str) -> Option<f64> {
    get(object, name).as_f64()
}

/// Whether a field of a plain object is `true`.
pub(crate) fn flag(object: &JsValue, name: &str) -> bool {
    get(object, name).is_truthy()
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

/// An error on its way out: the core's, and what only the host knows. Always in a box: results that
/// hold it are moved through every step of a call.
pub(crate) struct Failure {
    pub(crate) error: Error,
    pub(crate) process_id: Option<String>,
    pub(crate) attempts: u32,
    /// What JavaScript threw.
    pub(crate) cause: Option<JsValue>,
    /// Whether the cause is handed on in place of this: it is the caller's own error.
    pub(crate) bare: bool,
}

impl From<Error> for Box<Failure> {
    fn from(error: Error) -> Self {
        Box::new(Failure { error, process_id: None, attempts: 0, cause: None, bare: false })
    }
}

impl Failure {
    pub(crate) fn caused(error: Error, cause: JsValue) -> Box<Self> {
        let mut failure: Box<Self> = error.into();
        failure.cause = Some(cause);
        failure
    }

    /// The caller's own error, handed on as it is.
    pub(crate) fn bare(thrown: JsValue) -> Box<Self> {
        let mut failure = Self::caused(Error::new(ErrorKind::InvalidArgument, ""), thrown);
        failure.bare = true;
        failure
    }

    /// The code of what JavaScript threw, or of its own cause: `fetch` wraps what failed.
    pub(crate) fn code(&self) -> Option<String> {
        let cause = self.cause.as_ref()?;
        text(cause, "code").or_else(|| text(&get(cause, "cause"), "code"))
    }
}

impl From<Box<Failure>> for JsValue {
    fn from(failure: Box<Failure>) -> Self {
        if let (true, Some(cause)) = (failure.bare, &failure.cause) {
            return cause.clone();
        }
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
        if let Some(cause) = &failure.cause {
            set(&value, "cause", cause);
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
    Operation::parse(id).ok_or_else(no_operation)
}

pub(crate) fn no_operation() -> Error {
    Error::new(ErrorKind::InvalidArgument, "there is no such operation")
}
