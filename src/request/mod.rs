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

use crate::contract::{Operation, ResponseBody};

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
            .field("body_bytes", &self.body.map(str::len))
            .finish()
    }
}
