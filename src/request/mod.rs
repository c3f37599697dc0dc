//! Request builders and response decoding.
//!
//! A builder validates identifiers and body and returns a [`SignRequest`]: plain values that any HTTP
//! client can send to the base URL of an environment. [`decode`] turns status, headers and body into
//! a [`DecodedResponse`] or a typed [`crate::Error`]; it does not panic, whatever the server sends.
//!
//! - [`create`], [`attach`] and the others: one builder per REST service; [`build`] for any of them.
//! - [`find_all`]: the list, whose options become a query.
//! - [`path`]: path templates and percent-encoding.
//! - [`relay_upload`]: the relay's route for file uploads.

mod build;
mod decode;
mod find_all;
pub mod path;
pub mod relay_upload;

use core::fmt;
use std::borrow::Cow;

use crate::contract::{Operation, Problem, ProblemCode, ResponseBody};

pub use build::{
    UnknownFields, attach, build, create, get_file, get_file_content, get_process, get_records,
    get_status, open, release, setup,
};
pub use decode::{
    DecodedResponse, ResponseFields, ResponseHead, decode, http_date, is_unknown_route,
    retry_after_ms,
};
pub use find_all::find_all;

/// Request, to be sent with a bearer token.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SignRequest<'a> {
    /// The operation.
    pub operation: Operation,
    /// Path below the base URL, percent-encoded.
    pub path: String,
    /// Query parameters, not yet encoded.
    pub query: Vec<(&'static str, String)>,
    /// JSON body.
    pub body: Option<Cow<'a, str>>,
    /// Problems that do not prevent the request.
    pub warnings: Vec<Problem>,
}

impl<'a> SignRequest<'a> {
    /// Creates a request without query and body, for an encoded path.
    pub fn new(operation: Operation, path: impl Into<String>) -> Self {
        let (path, query) = (path.into(), Vec::new());
        Self { operation, path, query, body: None, warnings: Vec::new() }
    }

    /// Sets the body.
    #[must_use]
    pub fn with_body(mut self, body: impl Into<Cow<'a, str>>) -> Self {
        self.body = Some(body.into());
        self
    }

    /// Whether the request was made from a process that was read: its `id` was dropped.
    pub fn is_template(&self) -> bool {
        let dropped =
            |problem: &Problem| problem.code == ProblemCode::ReadOnly && problem.path == "$.id";
        self.warnings.iter().any(dropped)
    }

    /// HTTP method, as in a request line.
    pub fn method(&self) -> &'static str {
        self.operation.spec().method.as_str()
    }

    /// Headers in lower case; the host adds `authorization`.
    pub fn headers(&self) -> Vec<(&'static str, &'static str)> {
        let accept = match self.operation.spec().response {
            ResponseBody::Json(_) => "application/json",
            ResponseBody::File => "application/pdf, application/zip, application/json",
        };
        let mut headers = vec![("accept", accept)];
        if self.body.is_some() {
            headers.push(("content-type", "application/json"));
        }
        headers
    }

    /// Path and query, encoded.
    pub fn target(&self) -> String {
        let mut target = self.path.clone();
        for (index, (name, value)) in self.query.iter().enumerate() {
            target.push(if index == 0 { '?' } else { '&' });
            target.push_str(name);
            target.push('=');
            path::percent_encode(&mut target, value);
        }
        target
    }
}

/// Omits the body, which contains personal data and files.
impl fmt::Debug for SignRequest<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignRequest")
            .field("operation", &self.operation)
            .field("path", &self.path)
            .field("query", &self.query)
            .field("body_bytes", &self.body.as_deref().map(str::len))
            .field("warnings", &self.warnings)
            .finish()
    }
}
