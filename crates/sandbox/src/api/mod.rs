//! The Integration API: HTTP in, domain, HTTP out. Paths, scopes, limits and statuses come from
//! the core's table of operations; the core validates the bodies.
//!
//! - `caller`: authentication. [`body`]: JSON to the contract's types, with warnings.
//! - `write`, `files`, `list`, `read`: the operations.

pub mod body;
pub(crate) mod caller;
pub(crate) mod files;
mod list;
mod read;
mod write;

use std::ops::Deref;

use serde::Serialize;
use serde_json::Value;
use swisscom_sign::contract::{CONTRACT_VERSION, Operation, openapi};
use uuid::Uuid;

use crate::api_error::{self, ApiError};
use crate::call::Call;
use crate::domain::process::parse_uuid;
use crate::domain::{DomainError, ErrorName, ProcessAggregate};
use crate::http::HttpResponse;
use crate::paths::{API_DESCRIPTION_PATH, API_PREFIX, TOKEN_PATH};
use crate::platform::CommandError;
use crate::route::{OperationRoute, RouteMatch, wrong_base_path};
use body::RequestWarnings;
use caller::ApiCaller;

/// Call of an operation by an authenticated client.
pub(crate) struct ApiCall<'a> {
    call: Call<'a>,
    pub(crate) route: &'a OperationRoute,
    pub(crate) caller: ApiCaller,
    pub(crate) warnings: RequestWarnings,
}

impl<'a> Deref for ApiCall<'a> {
    type Target = Call<'a>;

    fn deref(&self) -> &Call<'a> {
        &self.call
    }
}

pub(crate) type ApiResult = Result<HttpResponse, ApiError>;

/// Answers a request to the API.
pub(crate) fn handle<'a>(call: &Call<'a>, found: &'a RouteMatch) -> HttpResponse {
    let is_description = call.request.path == API_DESCRIPTION_PATH;
    if is_description && call.request.effective_method() == "GET" {
        return HttpResponse::json(200, &description(call.links.base()));
    }
    let (operation, answer) = match found {
        RouteMatch::Found(route) => (Some(route.operation), execute(*call, route)),
        RouteMatch::OtherMethod(allow) => (None, Err(ApiError::Method(allow.clone()))),
        RouteMatch::Nowhere if is_description => (None, Err(ApiError::Method("GET".to_owned()))),
        RouteMatch::Nowhere => {
            let meant = wrong_base_path(call.request);
            (None, Err(meant.map_or(ApiError::NoSuchPath, ApiError::WrongBasePath)))
        }
    };
    answer.unwrap_or_else(|error| api_error::response(call, operation, &error))
}

/// OpenAPI document of the API, generated from the tables that validate requests; the vendor's document
/// is not part of the sandbox.
fn description(base_url: &str) -> Value {
    openapi::document(
        "Swisscom Sign Integration API, as a sandbox serves it",
        CONTRACT_VERSION,
        &format!("{base_url}{API_PREFIX}"),
        &format!("{base_url}{TOKEN_PATH}"),
    )
}

/// Checks in this order: token, scope, size, body, and only then the process.
fn execute<'a>(call: Call<'a>, route: &'a OperationRoute) -> ApiResult {
    let caller = caller::authenticate(&call)?;
    let request = call.request;
    let spec = route.operation.spec();
    if !caller.scopes.contains(&spec.scope) {
        return Err(ApiError::Scope(spec.scope));
    }
    if request.oversized || request.body.len() as u64 > spec.max_request_bytes.max(1024) {
        return Err(CommandError::from(ErrorName::RequestTooLarge).into());
    }
    let operation = route.operation;
    let mut api_call = ApiCall { call, route, caller, warnings: RequestWarnings::default() };
    let answer = match operation {
        Operation::FindAll => list::find_all(&mut api_call),
        Operation::Create => write::create(&mut api_call),
        Operation::Attach => files::attach(&mut api_call),
        Operation::Setup => write::setup(&mut api_call),
        Operation::Release => write::release(&mut api_call),
        Operation::Open => write::open(&mut api_call),
        Operation::GetProcess => read::process(&api_call),
        Operation::GetStatus => read::status(&api_call),
        Operation::GetRecords => read::records(&api_call),
        Operation::GetFile => files::get(&api_call),
        Operation::GetFileContent => files::content(&api_call),
    };
    let ApiCall { warnings, .. } = api_call;
    let error = |error| api_error::response(&call, Some(operation), &error);
    // An error response carries the warnings as well.
    Ok(warnings.add_to(answer.unwrap_or_else(error)))
}

impl ApiCall<'_> {
    pub(crate) fn success(&self, body: &impl Serialize) -> HttpResponse {
        let status = self.route.operation.spec().success.first().copied().unwrap_or(200);
        HttpResponse::json(status, body)
    }

    pub(crate) fn process_id(&self) -> Result<Uuid, CommandError> {
        parse_uuid(self.route.parameter("processId")).ok_or_else(|| {
            DomainError::new(ErrorName::Validation, "processId: must be a UUID").into()
        })
    }

    /// Checks that the caller can access the process.
    pub(crate) fn check_access(&self, process: &ProcessAggregate) -> Result<(), CommandError> {
        if self.caller.owner.can_access(&process.owner) {
            Ok(())
        } else {
            Err(CommandError::Foreign)
        }
    }

    pub(crate) fn process(&self) -> Result<std::sync::Arc<ProcessAggregate>, CommandError> {
        let process = self.platform.load(self.links, self.process_id()?)?;
        self.check_access(&process)?;
        Ok(process)
    }
}
