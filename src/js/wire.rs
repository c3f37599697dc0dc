//! Values that cross the wasm boundary: settings and calls in, errors, problems and decisions out.
//! Objects of the contract cross it as JSON text.
//!
//! Output is serialized by serde-wasm-bindgen; input is read field by field from plain objects that
//! `pkg/src` creates. The deserializer of serde-wasm-bindgen would add 20 kB gzip (measured), because
//! its error messages format floats.

use js_sys::Array;
use serde::Serialize;
use serde::ser::SerializeMap as _;
use serde_wasm_bindgen::Serializer;
use wasm_bindgen::JsValue;

use crate::call::CallFailure;
use crate::contract::{Operation, Problem};
use crate::error::{Error, ErrorKind};
use crate::lifecycle;
use crate::retry::{self, NotConnected};

/// Maximum number of nested causes that are read.
const MAX_CAUSES: usize = 5;

/// Parameters of a call: `processId`, `personId`, `fileId`, the last known `state`, custom `headers`
/// (names and values alternating), `maxRetries`, `timeoutMs` including retries, `lenient` to send
/// unknown fields, and `once` if the body can be sent only once.
pub(crate) struct WireCall(pub(crate) JsValue);

impl WireCall {
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
}

fn get(object: &JsValue, name: &str) -> JsValue {
    js_sys::Reflect::get(object, &JsValue::from_str(name)).unwrap_or(JsValue::UNDEFINED)
}

/// Reads a string field of a plain object.
pub(crate) fn text(object: &JsValue, name: &str) -> Option<String> {
    get(object, name).as_string()
}

/// Reads a number field of a plain object.
pub(crate) fn number(object: &JsValue, name: &str) -> Option<f64> {
    get(object, name).as_f64()
}

/// Reads a boolean field of a plain object; absent is `false`.
pub(crate) fn flag(object: &JsValue, name: &str) -> bool {
    get(object, name).is_truthy()
}

/// Value to serialize. One type for all values, because each `derive(Serialize)` adds code. Objects
/// are serialized as maps, because the field names of structs would add a table of 2 kB.
pub(crate) enum WireValue<'a> {
    Flag(bool),
    Number(u32),
    Text(&'a str),
    List(Vec<WireValue<'a>>),
    Object(WireObject<'a>),
}

/// Fields of an object; absent ones are omitted.
#[derive(Default)]
pub(crate) struct WireObject<'a>(Vec<(&'static str, WireValue<'a>)>);

impl<'a> WireObject<'a> {
    #[inline(never)]
    pub(crate) fn text(&mut self, name: &'static str, text: Option<&'a str>) {
        self.0.extend(text.map(|text| (name, WireValue::Text(text))));
    }

    #[inline(never)]
    pub(crate) fn number(&mut self, name: &'static str, number: Option<u32>) {
        self.0.extend(number.map(|number| (name, WireValue::Number(number))));
    }

    #[inline(never)]
    pub(crate) fn flag(&mut self, name: &'static str, flag: bool) {
        self.0.push((name, WireValue::Flag(flag)));
    }

    pub(crate) fn list(&mut self, name: &'static str, items: impl Iterator<Item = WireValue<'a>>) {
        self.0.push((name, WireValue::List(items.collect())));
    }

    /// Converts to a plain object.
    pub(crate) fn into_js(self) -> JsValue {
        WireValue::Object(self).to_js()
    }
}

impl WireValue<'_> {
    /// Converts to plain objects and lists.
    pub(crate) fn to_js(&self) -> JsValue {
        // Serializing strings, numbers and booleans does not fail.
        self.serialize(&Serializer::json_compatible()).unwrap_or(JsValue::NULL)
    }
}

impl Serialize for WireValue<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Flag(flag) => serializer.serialize_bool(*flag),
            Self::Number(number) => serializer.serialize_u32(*number),
            Self::Text(text) => serializer.serialize_str(text),
            Self::List(items) => serializer.collect_seq(items),
            Self::Object(WireObject(fields)) => {
                let mut map = serializer.serialize_map(None)?;
                for (name, value) in fields {
                    map.serialize_entry(name, value)?;
                }
                map.end()
            }
        }
    }
}

/// Error of the core with data of the host. Boxed everywhere, because results that contain it are
/// moved in every step of a call.
pub(crate) struct CallError {
    pub(crate) error: Error,
    pub(crate) process_id: Option<String>,
    pub(crate) attempts: u32,
    /// Value that JavaScript threw.
    pub(crate) cause: Option<JsValue>,
    /// Whether to rethrow the cause instead of this error: the caller's callback threw it.
    pub(crate) bare: bool,
}

impl From<Error> for Box<CallError> {
    fn from(error: Error) -> Self {
        Box::new(CallError { error, process_id: None, attempts: 0, cause: None, bare: false })
    }
}

impl CallError {
    pub(crate) fn of_process(error: Error, process_id: Option<String>) -> Box<Self> {
        let mut failure: Box<Self> = error.into();
        failure.process_id = process_id;
        failure
    }

    pub(crate) fn caused(error: Error, cause: JsValue) -> Box<Self> {
        let mut failure: Box<Self> = error.into();
        failure.cause = Some(cause);
        failure
    }

    /// Error thrown by a callback of the caller, rethrown unchanged.
    pub(crate) fn bare(thrown: JsValue) -> Box<Self> {
        let mut failure = Self::caused(Error::new(ErrorKind::InvalidArgument, ""), thrown);
        failure.bare = true;
        failure
    }

    /// Failure to establish a connection, from the thrown value or one of its causes, because `fetch`
    /// wraps the original error.
    pub(crate) fn not_connected(&self) -> Option<NotConnected> {
        not_connected(self.cause.as_ref()?)
    }
}

/// See [`CallError::not_connected`].
pub(crate) fn not_connected(thrown: &JsValue) -> Option<NotConnected> {
    let mut value = thrown.clone();
    for _ in 0..MAX_CAUSES {
        let field = |name| text(&value, name).unwrap_or_default();
        let found = retry::not_connected(&field("code"), &field("syscall"), &field("message"));
        if found.is_some() {
            return found;
        }
        value = get(&value, "cause");
    }
    None
}

/// Error code of the thrown value, or of one of its causes.
pub(crate) fn error_code(thrown: &JsValue) -> Option<String> {
    let mut value = thrown.clone();
    for _ in 0..MAX_CAUSES {
        if let Some(code) = text(&value, "code") {
            return Some(code);
        }
        value = get(&value, "cause");
    }
    None
}

impl CallFailure for Box<CallError> {
    fn error(&self) -> &Error {
        &self.error
    }

    fn error_mut(&mut self) -> &mut Error {
        &mut self.error
    }
}

impl From<Box<CallError>> for JsValue {
    fn from(failure: Box<CallError>) -> Self {
        if let (true, Some(cause)) = (failure.bare, &failure.cause) {
            return cause.clone();
        }
        let error = &failure.error;
        let mut fields = WireObject::default();
        fields.text("class", Some(error.kind.class()));
        fields.text("code", Some(error.kind.code()));
        fields.text("message", Some(&error.message));
        let curable = failure.not_connected().is_none_or(NotConnected::can_pass);
        fields.flag("retryable", error.retryable() && curable);
        fields.number("attempts", Some(failure.attempts));
        fields.text("operation", error.operation.map(Operation::id));
        fields.text("processId", failure.process_id.as_deref());
        fields.number("status", error.status.map(u32::from));
        let retry_after = error.retry_after_ms.map(|ms| u32::try_from(ms).unwrap_or(u32::MAX));
        fields.number("retryAfterMs", retry_after);
        if let Some(state) = &error.state {
            fields.text("state", Some(state.as_str()));
            let allowed = lifecycle::allowed_operations(state);
            fields.list("allowed", allowed.map(|operation| WireValue::Text(operation.id())));
        }
        if error.kind == ErrorKind::Validation {
            fields.list("problems", error.problems.iter().map(problem));
        }
        if let Some(body) = error.upstream.as_deref() {
            fields.text("errorId", body.id.as_deref());
            let mut upstream = WireObject::default();
            upstream.text("name", body.name.as_deref());
            upstream.text("message", body.message.as_deref());
            upstream.text("clientSubject", body.client_subject.as_deref());
            upstream.text("clientBody", body.client_body.as_deref());
            fields.0.push(("upstream", WireValue::Object(upstream)));
        }
        let value = fields.into_js();
        if let Some(cause) = &failure.cause {
            set(&value, "cause", cause);
        }
        value
    }
}

fn problem(problem: &Problem) -> WireValue<'_> {
    let mut fields = WireObject::default();
    fields.text("path", Some(&problem.path));
    fields.text("code", Some(problem.code.as_str()));
    fields.text("message", Some(&problem.message));
    fields.text("severity", Some(if problem.is_error() { "error" } else { "warning" }));
    WireValue::Object(fields)
}

/// Converts problems to a list of plain objects.
pub(crate) fn problems(problems: &[Problem]) -> JsValue {
    WireValue::List(problems.iter().map(problem).collect()).to_js()
}

/// Sets a property of an object.
pub(crate) fn set(object: &JsValue, name: &str, value: &JsValue) {
    let _ = js_sys::Reflect::set(object, &JsValue::from_str(name), value);
}

/// Finds an operation by name.
pub(crate) fn operation(id: &str) -> Result<Operation, Error> {
    Operation::parse(id).ok_or_else(unknown_operation)
}

pub(crate) fn unknown_operation() -> Error {
    Error::new(ErrorKind::InvalidArgument, "unknown operation: use an operationId of the contract")
}
