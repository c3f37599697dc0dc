//! Request handlers: operations of the contract ([`create`], [`process`],
//! [`files`], [`list`]) and the relay's own
//! routes ([`relay_routes`]).

pub(crate) mod create;
pub(crate) mod files;
pub(crate) mod list;
pub(crate) mod process;
pub(crate) mod relay_routes;

use std::sync::Arc;

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderValue};
use http::{HeaderMap, Response, StatusCode};
use swisscom_sign::contract::{Operation, validate};
use swisscom_sign::request::path::expand;
use swisscom_sign::request::{SignRequest as CoreRequest, get_process};

use crate::app::{AppState, TenantContext};
use crate::body::{RelayBody, TimeoutBody, collect, full};
use crate::caller::Principal;
use crate::error::{RelayError, RelayErrorKind, RelayResult};
use crate::listen::request_body::RequestBody;
use crate::policy::{fields, reject_invalid};
use crate::route::{RelayRoute, RouteIds};
use crate::upstream::platform::from_core_error;

/// An authenticated request.
#[derive(Debug)]
pub(crate) struct RelayRequest {
    pub(crate) app: Arc<AppState>,
    pub(crate) tenant: Arc<TenantContext>,
    pub(crate) caller: Arc<Principal>,
    pub(crate) request_id: String,
    pub(crate) headers: HeaderMap,
    pub(crate) query: Option<String>,
    pub(crate) body: TimeoutBody<RequestBody>,
}

pub(crate) async fn dispatch(
    call: RelayRequest,
    route: RelayRoute,
) -> RelayResult<Response<RelayBody>> {
    match route {
        RelayRoute::Contract(operation, target) => {
            call.check_ticket(operation, &target)?;
            if operation != Operation::FindAll && call.query.is_some() {
                return Err(RelayError::new(RelayErrorKind::BadQuery));
            }
            match operation {
                Operation::FindAll => list::find_all(call).await,
                Operation::Create => create::create(call).await,
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
    /// Checks the restriction of a ticket.
    fn check_ticket(&self, operation: Operation, target: &RouteIds) -> RelayResult<()> {
        let Some(limits) = &self.caller.restriction else { return Ok(()) };
        if limits.process_id != target.process_id {
            // The same error as for a process of another caller.
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

    /// JSON body of an operation, validated. A missing body is `{}` if the contract allows it to be
    /// missing.
    async fn json_body(&mut self, operation: Operation) -> RelayResult<String> {
        let spec = operation.spec();
        let limit = usize::try_from(spec.max_request_bytes).unwrap_or(usize::MAX);
        // In memory, because the request is repeated after a 401. Objects without files are much smaller.
        let text = self.text_body(limit.min(SMALL_BODY)).await?;
        let text = if text.is_empty() && !spec.request_required { "{}".into() } else { text };
        if let Some(object) = spec.request {
            reject_invalid(validate(object, &text))?;
        }
        fields::check(operation, &text, &self.app.config.policy.allow_fields)?;
        Ok(text)
    }

    async fn text_body(&mut self, limit: usize) -> RelayResult<String> {
        let bytes = collect(&mut self.body, limit).await?;
        if !bytes.is_empty() {
            self.check_content_type(is_json)?;
        }
        String::from_utf8(bytes.to_vec())
            .map_err(|_| RelayError::with_detail(RelayErrorKind::BadJson, "the body is not UTF-8"))
    }

    fn check_content_type(&self, is_supported: fn(&str) -> bool) -> RelayResult<()> {
        let content_type = self.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        if content_type.is_some_and(is_supported) {
            Ok(())
        } else {
            Err(RelayError::new(RelayErrorKind::UnsupportedMediaType))
        }
    }

    fn is_owned(&self, process: &str) -> bool {
        fields::tag(process, &self.app.config.owner.property)
            .is_some_and(|tag| self.tenant.owner_keys.verify(&tag, &self.caller))
    }

    /// Checks that the caller owns the process. A process of another caller, one without an owner and one
    /// that does not exist cause the same request to the platform and the same error.
    async fn ensure_owned(&self, process_id: &str) -> RelayResult<()> {
        if self.app.owners.contains(&self.caller, process_id) {
            self.app.metrics.ownership("cached");
            return Ok(());
        }
        self.load_owned(process_id).await.map(drop)
    }

    /// As [`Self::ensure_owned`], and returns the current process.
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

/// Maximum size of a body in memory, in bytes.
pub(crate) const SMALL_BODY: usize = 64 * 1024;

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

fn core_request<'b>(
    operation: Operation,
    target: &RouteIds,
    body: Option<&'b str>,
) -> RelayResult<CoreRequest<'b>> {
    let path =
        expand(operation, &target.ids()).map_err(|_| RelayError::new(RelayErrorKind::NotFound))?;
    let request = CoreRequest::new(operation, path);
    Ok(match body {
        Some(body) => request.with_body(body),
        None => request,
    })
}

pub(crate) fn json_response(status: u16, body: impl Into<Bytes>) -> Response<RelayBody> {
    let body = body.into();
    let length = body.len();
    let mut response = Response::new(full(body));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::OK);
    let headers = response.headers_mut();
    // Space for the headers that are added to each response.
    headers.reserve(12);
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(CONTENT_LENGTH, HeaderValue::from(length));
    response
}
