//! The Integration API: HTTP in, domain, HTTP out. Paths, scopes, limits and statuses come from
//! the core's table of operations, the checks of bodies from the core's walk.
//!
//! - [`route`]: path -> operation. [`caller`]: token -> who may do what.
//! - [`body`]: text -> the contract's types, with warnings.
//! - `configure`, `files`, `list`, `read`: the operations.
//! - [`error`]: every refusal as an answer, in one place.

pub mod body;
pub mod caller;
mod configure;
pub mod error;
pub(crate) mod files;
mod list;
mod read;
pub mod route;

use serde::Serialize;
use serde_json::Value;
use swisscom_sign::contract::{CONTRACT_VERSION, Operation, openapi};
use uuid::Uuid;

use crate::domain::process::uuid_of;
use crate::domain::{DomainError, ErrorName, ProcessAggregate};
use crate::engine::{CommandError, Platform};
use crate::http::{HttpRequest, HttpResponse};
use crate::realm::TOKEN_PATH;
use body::RequestWarnings;
use caller::ApiCaller;
use error::ApiError;
use route::{OperationRoute, RouteMatch};

/// Where the API stands below the host; not part of `Error.path`.
pub const PREFIX: &str = "/system";
/// Where its OpenAPI description stands, for whoever asks.
pub const DESCRIPTION_PATH: &str = "/system/api-docs";

/// Everything that an operation needs.
pub(crate) struct ApiCall<'a> {
    pub(crate) engine: &'a Platform,
    pub(crate) request: &'a HttpRequest,
    pub(crate) route: OperationRoute,
    pub(crate) caller: ApiCaller,
    pub(crate) warnings: RequestWarnings,
}

pub(crate) type ApiResult = Result<HttpResponse, ApiError>;

/// Answers what goes to the API.
pub fn handle(engine: &Platform, request: &HttpRequest) -> HttpResponse {
    let described = request.path == DESCRIPTION_PATH;
    if described && matches!(request.method.as_str(), "GET" | "HEAD") {
        return HttpResponse::json(200, &description(&engine.public_url()));
    }
    let (route, answer) = match route::find(request) {
        RouteMatch::Found(route) => (Some(route.operation), operation(engine, request, route)),
        RouteMatch::OtherMethod(allow) => (None, Err(ApiError::Method(allow))),
        RouteMatch::Nowhere if described => (None, Err(ApiError::Method("GET".to_owned()))),
        RouteMatch::Nowhere => (None, Err(nowhere(request))),
    };
    answer.unwrap_or_else(|refusal| error::response(engine, request, route, &refusal))
}

/// Answers what no page, realm or operation stands at, but an operation would below another base;
/// `None` where none would.
pub fn misplaced(engine: &Platform, request: &HttpRequest) -> Option<HttpResponse> {
    let refusal = ApiError::Misplaced(route::misplaced(request)?);
    Some(error::response(engine, request, None, &refusal))
}

/// The API as OpenAPI, under the URL by which the caller reaches it. Made of the tables by which
/// requests are judged; the vendor's document is not part of the sandbox.
fn description(public_url: &str) -> Value {
    openapi::document(
        "Swisscom Sign Integration API, as a sandbox serves it",
        CONTRACT_VERSION,
        &format!("{public_url}{PREFIX}"),
        &format!("{public_url}{TOKEN_PATH}"),
    )
}

fn nowhere(request: &HttpRequest) -> ApiError {
    route::misplaced(request).map_or(ApiError::NoSuchPath, ApiError::Misplaced)
}

/// The order of the checks: who, what for, how large, which shape, and only then the process.
fn operation(engine: &Platform, request: &HttpRequest, route: OperationRoute) -> ApiResult {
    let caller = caller::authenticate(engine, request)?;
    let spec = route.operation.spec();
    if !caller.scopes.contains(&spec.scope) {
        return Err(ApiError::Scope(spec.scope));
    }
    if request.oversized || request.body.len() as u64 > spec.max_request_bytes.max(1024) {
        return Err(CommandError::from(ErrorName::RequestTooLarge).into());
    }
    let operation = route.operation;
    let mut call = ApiCall { engine, request, route, caller, warnings: RequestWarnings::default() };
    let answer = match operation {
        Operation::FindAll => list::find_all(&mut call),
        Operation::Create => configure::create(&mut call),
        Operation::Attach => files::attach(&mut call),
        Operation::Setup => configure::setup(&mut call),
        Operation::Release => configure::release(&mut call),
        Operation::Open => configure::open(&mut call),
        Operation::GetProcess => read::process(&call),
        Operation::GetStatus => read::status(&call),
        Operation::GetRecords => read::records(&call),
        Operation::GetFile => files::get(&call),
        Operation::GetFileContent => files::content(&call),
    };
    let ApiCall { warnings, .. } = call;
    let refused = |refusal| error::response(engine, request, Some(operation), &refusal);
    // A refusal says as well what it would have ignored.
    Ok(warnings.onto(answer.unwrap_or_else(refused)))
}

impl ApiCall<'_> {
    /// The usual success of the operation.
    pub(crate) fn success(&self, body: &impl Serialize) -> HttpResponse {
        let status = self.route.operation.spec().success.first().copied().unwrap_or(200);
        HttpResponse::json(status, body)
    }

    /// The identifier of the process in the path.
    pub(crate) fn process_id(&self) -> Result<Uuid, CommandError> {
        uuid_of(self.route.parameter("processId")).ok_or_else(|| {
            DomainError::new(ErrorName::Validation, "processId: must be a UUID").into()
        })
    }

    /// Refuses a process that the caller does not reach.
    pub(crate) fn reach(&self, process: &ProcessAggregate) -> Result<(), CommandError> {
        if self.caller.owner.reaches(&process.owner) { Ok(()) } else { Err(CommandError::Foreign) }
    }

    /// The process in the path, as it is now.
    pub(crate) fn process(&self) -> Result<std::sync::Arc<ProcessAggregate>, CommandError> {
        let process = self.engine.load(self.process_id()?)?;
        self.reach(&process)?;
        Ok(process)
    }
}
