//! The small values that cross the boundary: settings and calls on the way in, errors, problems and
//! decisions on the way out. Whole objects of the contract never do: they travel as JSON text that
//! JavaScript prints and parses.
//!
//! Out by way of serde-wasm-bindgen; in field by field, from plain objects that `pkg/src` has made.
//! Its deserializer was measured at 20 kB gzip here: it brings the formatting of floats, for errors
//! about values that no user can reach.

use js_sys::Array;
use serde::Serialize;
use serde::ser::SerializeMap as _;
use serde_wasm_bindgen::Serializer;
use wasm_bindgen::JsValue;

use crate::contract::{Operation, Problem};
use crate::error::{Error, ErrorKind};
use crate::lifecycle;
use crate::request::path::PathParameters;
use crate::request::{self, SignRequest, UnknownFields};

/// What a call is about, beside its body: `processId`, `personId`, `fileId`, the last known
/// `state`, own `headers` (names and values in turn), `maxRetries`, `timeoutMs` for all of it,
/// whether it is `lenient` with fields that this version does not know, and whether its body can be
/// sent only `once`. The engine writes into it how a create or an attach stands: its `correlation`,
/// and `sentAt` while it may have been performed, in milliseconds since 1970.
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

    /// The request of an operation, checked.
    pub(crate) fn request<'a>(
        &self,
        operation: Operation,
        body: Option<&'a str>,
    ) -> Result<SignRequest<'a>, Error> {
        let id = |name| text(&self.0, name).unwrap_or_default();
        let (process_id, person_id, file_id) = (id("processId"), id("personId"), id("fileId"));
        let ids =
            PathParameters { process_id: &process_id, person_id: &person_id, file_id: &file_id };
        let unknown =
            if flag(&self.0, "lenient") { UnknownFields::Send } else { UnknownFields::Refuse };
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

/// A small value on its way out: one type for all of them, as each `derive(Serialize)` is code of
/// its own. Objects are written as maps, since the names of a struct's fields would be kept in a
/// table, which is 2 kB of wasm.
pub(crate) enum WireValue<'a> {
    Flag(bool),
    Number(u32),
    Text(&'a str),
    List(Vec<WireValue<'a>>),
    Object(WireObject<'a>),
}

/// The fields of an object. What is absent is left out.
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

    /// As a plain object.
    pub(crate) fn into_js(self) -> JsValue {
        WireValue::Object(self).to_js()
    }
}

impl WireValue<'_> {
    /// As plain objects and lists.
    pub(crate) fn to_js(&self) -> JsValue {
        // Texts and numbers: nothing in them can fail.
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

/// An error on its way out: the core's, and what only the host knows. Always in a box: results that
/// hold it are moved through every step of a call.
pub(crate) struct CallError {
    pub(crate) error: Error,
    pub(crate) process_id: Option<String>,
    pub(crate) attempts: u32,
    /// What JavaScript threw.
    pub(crate) cause: Option<JsValue>,
    /// Whether the cause is handed on in place of this: it is the caller's own error.
    pub(crate) bare: bool,
}

impl From<Error> for Box<CallError> {
    fn from(error: Error) -> Self {
        Box::new(CallError { error, process_id: None, attempts: 0, cause: None, bare: false })
    }
}

impl CallError {
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
        fields.flag("retryable", error.kind.retryable());
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
        if let Some(said) = error.upstream.as_deref() {
            fields.text("errorId", said.id.as_deref());
            let mut upstream = WireObject::default();
            upstream.text("name", said.name.as_deref());
            upstream.text("message", said.message.as_deref());
            upstream.text("clientSubject", said.client_subject.as_deref());
            upstream.text("clientBody", said.client_body.as_deref());
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
    WireValue::Object(fields)
}

/// Problems as a list of plain objects.
pub(crate) fn problems(problems: &[Problem]) -> JsValue {
    WireValue::List(problems.iter().map(problem).collect()).to_js()
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
