//! The operations, one file per kind:
//!
//! - [`process`]: create, setup, release, open, and what is read of one process.
//! - [`files`]: attach, the upload of a raw file, and downloads.
//! - [`list`]: the caller's own processes.
//! - [`relay_routes`]: tickets, tokens, session.

pub mod files;
pub mod list;
pub mod process;
pub mod relay_routes;

use std::sync::Arc;

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderValue};
use http::{HeaderMap, Response, StatusCode};
use hyper::body::Incoming;
use swisscom_sign::contract::{Operation, walk};
use swisscom_sign::request::path::fill;
use swisscom_sign::request::{SignRequest as CoreRequest, get_process};

use crate::app::{AppState, TenantContext};
use crate::body::{RelayBody, TimeoutBody, collect, full};
use crate::caller::Principal;
use crate::error::{RelayError, RelayErrorKind, RelayResult};
use crate::policy::{fields, validation_error};
use crate::route::{RelayRoute, RouteIds};
use crate::upstream::platform::from_core_error;

/// A request whose caller is known.
#[derive(Debug)]
pub struct RelayRequest {
    /// The relay.
    pub app: Arc<AppState>,
    /// The caller's credential for the platform.
    pub tenant: Arc<TenantContext>,
    /// The caller.
    pub caller: Arc<Principal>,
    /// Identifier of the request, in logs and answers.
    pub request_id: String,
    /// Headers, as they came.
    pub headers: HeaderMap,
    /// Query, as it came.
    pub query: Option<String>,
    /// Body, on its clocks.
    pub body: TimeoutBody<Incoming>,
}

/// Performs it.
///
/// # Errors
/// A row of [`crate::error`]'s table.
pub async fn dispatch(call: RelayRequest, route: RelayRoute) -> RelayResult<Response<RelayBody>> {
    match route {
        RelayRoute::Contract(operation, target) => {
            call.check_ticket(operation, &target)?;
            if operation != Operation::FindAll && call.query.is_some() {
                return Err(RelayError::new(RelayErrorKind::BadQuery));
            }
            match operation {
                Operation::FindAll => list::find_all(call).await,
                Operation::Create => process::create(call).await,
                Operation::Attach => files::attach(call, target).await,
                Operation::Setup => process::setup(call, target).await,
                Operation::Release => process::release(call, target).await,
                Operation::Open => process::open(call, target).await,
                Operation::GetProcess | Operation::GetStatus | Operation::GetRecords => {
                    process::read(call, operation, target).await
                }
                Operation::GetFile | Operation::GetFileContent => {
                    files::download(call, operation, target).await
                }
            }
        }
        _ if call.query.is_some() => Err(RelayError::new(RelayErrorKind::BadQuery)),
        RelayRoute::Upload(target) => {
            call.check_ticket(Operation::Attach, &target)?;
            files::upload(call, target).await
        }
        RelayRoute::Tickets => relay_routes::tickets(call).await,
        RelayRoute::Token => relay_routes::token(call).await,
        RelayRoute::Session => relay_routes::session(&call),
        RelayRoute::OpenApi => Ok(json_response(200, crate::openapi::document())),
    }
}

impl RelayRequest {
    /// Whether the caller's ticket, if it is one, covers the operation.
    fn check_ticket(&self, operation: Operation, target: &RouteIds) -> RelayResult<()> {
        let Some(limits) = &self.caller.restriction else { return Ok(()) };
        if limits.process_id != target.process_id {
            // The same as for a process that is another's.
            return Err(if target.process_id.is_empty() {
                RelayError::new(RelayErrorKind::OperationDenied)
            } else {
                RelayError::new(RelayErrorKind::NotFound)
            });
        }
        if limits.operations.contains(&operation) {
            Ok(())
        } else {
            Err(RelayError::new(RelayErrorKind::OperationDenied))
        }
    }

    /// The JSON body of an operation, checked along the contract. An absent body is `{}` where the
    /// contract lets it be absent.
    async fn json_body(&mut self, operation: Operation) -> RelayResult<String> {
        let spec = operation.spec();
        let limit = usize::try_from(spec.max_request_bytes).unwrap_or(usize::MAX);
        // The contract's objects without files stay far below; a token of 401 is renewed and the
        // body sent again, so it is held.
        let text = self.text_body(limit.min(SMALL_BODY)).await?;
        let text = if text.is_empty() && !spec.request_required { "{}".into() } else { text };
        if let Some(object) = spec.request {
            let found = walk::validate(object, &text);
            if !found.is_empty() {
                return Err(validation_error(found));
            }
        }
        fields::check(operation, &text, &self.app.config.policy.allow_fields)?;
        Ok(text)
    }

    /// A small JSON body as text.
    async fn text_body(&mut self, limit: usize) -> RelayResult<String> {
        let bytes = collect(&mut self.body, limit).await?;
        if !bytes.is_empty() {
            self.content_type(is_json)?;
        }
        String::from_utf8(bytes.to_vec())
            .map_err(|_| RelayError::with_detail(RelayErrorKind::BadJson, "the body is no UTF-8"))
    }

    fn content_type(&self, fits: fn(&str) -> bool) -> RelayResult<()> {
        let said = self.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        if said.is_some_and(fits) {
            Ok(())
        } else {
            Err(RelayError::new(RelayErrorKind::UnsupportedMediaType))
        }
    }

    /// Whether the process bears the caller's tag.
    fn is_owned(&self, process: &str) -> bool {
        fields::tag(process, &self.app.config.owner.property)
            .is_some_and(|tag| self.tenant.owner_keys.verify(&tag, &self.caller))
    }

    /// Makes sure that the process is the caller's. What is another's, what is nobody's and what
    /// is not there come out of the same reading of the platform with the same answer.
    async fn ensure_owned(&self, process_id: &str) -> RelayResult<()> {
        if self.app.owners.contains(&self.caller, process_id) {
            self.app.metrics.ownership("cached");
            return Ok(());
        }
        self.load_owned(process_id).await.map(drop)
    }

    /// The same, with the process as it is now.
    async fn load_owned(&self, process_id: &str) -> RelayResult<String> {
        let request = get_process(process_id).map_err(from_core_error)?;
        let token = self.tenant.token();
        let reply = self.tenant.platform.json(token, &request, &self.request_id).await?;
        if !self.is_owned(&reply.json) {
            self.app.metrics.ownership("foreign");
            return Err(RelayError::new(RelayErrorKind::NotFound));
        }
        self.app.metrics.ownership("verified");
        self.app.owners.insert(&self.caller, process_id);
        Ok(reply.json)
    }
}

/// Bodies up to this size are held, in bytes.
pub const SMALL_BODY: usize = 64 * 1024;

/// `application/json`, with no charset or with UTF-8 (RFC 8259 section 8.1).
fn is_json(content_type: &str) -> bool {
    let text: String = content_type.to_ascii_lowercase().split_ascii_whitespace().collect();
    matches!(
        text.as_str(),
        "application/json"
            | "application/json;charset=utf-8"
            | "application/json;charset=\"utf-8\""
    )
}

/// A request of the core for identifiers that the route has typed.
fn core_request<'b>(
    operation: Operation,
    target: &RouteIds,
    body: Option<&'b str>,
) -> RelayResult<CoreRequest<'b>> {
    let path =
        fill(operation, &target.ids()).map_err(|_| RelayError::new(RelayErrorKind::NotFound))?;
    Ok(CoreRequest { operation, path, query: Vec::new(), body })
}

/// A JSON answer.
pub fn json_response(status: u16, body: impl Into<Bytes>) -> Response<RelayBody> {
    let body = body.into();
    let length = body.len();
    let mut response = Response::new(full(body));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::OK);
    let headers = response.headers_mut();
    // With what every answer bears.
    headers.reserve(12);
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(CONTENT_LENGTH, HeaderValue::from(length));
    response
}
