//! One builder per REST service, and the decoding of its answer.
//!
//! A builder checks identifiers and body, and returns a [`Request`]: plain values that any HTTP
//! client can send below the base URL of an environment. [`decode`] turns status, headers and body
//! into a [`Decoded`] answer or a typed [`crate::Error`]; nothing that a server can send panics.
//!
//! - [`create`], [`attach`] and the others: the builders, one for each service.
//! - [`find_all`]: the list, whose options become a query.
//! - [`path`]: path templates and percent-encoding.
//! - [`relay`]: the relay's own way to attach a file.

mod build;
mod decode;
mod find_all;
pub mod path;
pub mod relay;

use core::fmt;

use crate::contract::{Operation, ResponseBody};

pub use build::{
    UnknownFields, attach, create, for_operation, get_file, get_file_content, get_process,
    get_records, get_status, open, release, setup,
};
pub use decode::{
    DecodedResponse, ResponseFields, ResponseHead, decode, has_no_route, http_date, retry_after_ms,
};
pub use find_all::find_all;

/// A request that is ready to be sent with a bearer token.
#[derive(Clone, PartialEq, Eq)]
pub struct SignRequest<'a> {
    /// The operation.
    pub operation: Operation,
    /// Path below the base URL, percent-encoded.
    pub path: String,
    /// Query parameters, not yet encoded.
    pub query: Vec<(&'static str, String)>,
    /// JSON body.
    pub body: Option<&'a str>,
}

impl SignRequest<'_> {
    /// HTTP method, as it stands in a request line.
    pub fn method(&self) -> &'static str {
        self.operation.spec().method.as_str()
    }

    /// Headers, lower-case; `authorization` is the host's.
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
            path::encode(&mut target, value);
        }
        target
    }
}

/// The body stays out: it holds personal data and whole files.
impl fmt::Debug for SignRequest<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("operation", &self.operation)
            .field("path", &self.path)
            .field("query", &self.query)
            .field("body_bytes", &self.body.map(str::len))
            .finish()
    }
}
