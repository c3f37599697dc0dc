//! Operations on a process: create adds the owner tag, all others check it.

use http::Response;
use http::header::HeaderValue;
use swisscom_sign::contract::{Operation, json as core_json};

use super::{RelayRequest, core_request, json_response};
use crate::body::RelayBody;
use crate::config::PersonScope;
use crate::error::{RelayError, RelayErrorKind, RelayResult};
use crate::idempotency::{BeginOutcome, HEADER, ReplayScope};
use crate::policy::{fields, participants, urls};
use crate::route::RouteIds;

pub(super) async fn create(mut call: RelayRequest) -> RelayResult<Response<RelayBody>> {
    call.app.limits.create.check_and_count(&call.caller.hash).await?;
    let text = call.json_body(Operation::Create).await?;
    // In a task of its own: if the caller disconnects, the process may exist already, and its response must
    // still be stored for a replay.
    let task = tokio::spawn(async move {
        let key = call.headers.get("idempotency-key").map(|key| key.to_str().unwrap_or(""));
        let claim = match key {
            None => None,
            Some(key) => match call.app.idempotency.begin(&call.caller.hash, key, &text).await? {
                BeginOutcome::Perform(claim) => Some(claim),
                BeginOutcome::Repeat { status, body, scope } => {
                    return Ok(with_replay_scope(json_response(status, body), scope));
                }
            },
        };
        let property = &call.app.config.owner.property;
        let tag = call.tenant.owner_keys.tag(&call.caller);
        let tag = tag.ok_or_else(|| RelayError::new(RelayErrorKind::Internal))?;
        let body = fields::with_tag(&text, property, &tag)?;
        let request = core_request(Operation::Create, &RouteIds::default(), Some(&body))?;
        let token = call.tenant.token();
        let reply = call.tenant.platform.json(token, &request, &call.request_id).await?;
        if let Some(id) = core_json::find_string(&reply.json, &["id"]) {
            call.app.owners.insert(&call.caller, &id);
            if let Some(index) = &call.app.own_index {
                index.add(&call.caller, &id, &reply.json);
            }
        }
        let visible = fields::without_tag(&reply.json);
        let scope = match claim {
            None => None,
            Some(claim) => Some(claim.complete(reply.status, &visible).await),
        };
        let response = json_response(reply.status, visible);
        Ok(match scope {
            None => response,
            Some(scope) => with_replay_scope(response, scope),
        })
    });
    task.await.unwrap_or_else(|_| Err(RelayError::new(RelayErrorKind::Internal)))
}

fn with_replay_scope(mut response: Response<RelayBody>, scope: ReplayScope) -> Response<RelayBody> {
    response.headers_mut().insert(HEADER, HeaderValue::from_static(scope.as_str()));
    response
}

pub(super) async fn setup(
    mut call: RelayRequest,
    target: RouteIds,
) -> RelayResult<Response<RelayBody>> {
    let text = call.json_body(Operation::Setup).await?;
    let body =
        urls::rebuild(&text, &call.app.config.policy.allowed_return_origins, call.app.config.dev)?;
    call.ensure_owned(&target.process_id).await?;
    let request = core_request(Operation::Setup, &target, Some(&body))?;
    let reply = call.tenant.platform.json(call.tenant.token(), &request, &call.request_id).await?;
    Ok(json_response(reply.status, reply.json))
}

/// The response of `release` contains permanent URLs, each of which grants access to the process.
pub(super) async fn release(
    mut call: RelayRequest,
    target: RouteIds,
) -> RelayResult<Response<RelayBody>> {
    let text = call.json_body(Operation::Release).await?;
    let process = call.load_owned(&target.process_id).await?;
    let request = core_request(Operation::Release, &target, Some(&text))?;
    let reply = call.tenant.platform.json(call.tenant.token(), &request, &call.request_id).await?;
    let visible = match call.app.config.policy.expose_permanent_urls {
        PersonScope::All => reply.json,
        PersonScope::Own => participants::remove_foreign_urls(
            &reply.json,
            &participants::from_process(&process),
            |person| {
                person.is_caller(&call.caller, call.app.config.policy.trust_external_identifier)
            },
        ),
        PersonScope::None => participants::remove_foreign_urls(&reply.json, &[], |_| false),
    };
    Ok(json_response(reply.status, visible))
}

/// `skipAuthorization` is only allowed for the caller's own person, which the relay has authenticated
/// (guide, "Open Request").
pub(super) async fn open(
    mut call: RelayRequest,
    target: RouteIds,
) -> RelayResult<Response<RelayBody>> {
    let text = call.json_body(Operation::Open).await?;
    let policy = &call.app.config.policy;
    let body = urls::rebuild(&text, &policy.allowed_return_origins, call.app.config.dev)?;
    let process = call.load_owned(&target.process_id).await?;
    let persons = participants::from_process(&process);
    let person = participants::find(&persons, &target.person_id);
    let person = person.ok_or_else(|| RelayError::new(RelayErrorKind::NotFound))?;
    let skips = matches!(
        core_json::find_scalar(&body, &["skipAuthorization"]),
        Some(core_json::JsonScalar::Boolean(true))
    );
    let can_skip = match policy.allow_skip_authorization {
        PersonScope::All => true,
        PersonScope::Own => person.is_caller(&call.caller, policy.trust_external_identifier),
        PersonScope::None => false,
    };
    if skips && !can_skip {
        return Err(RelayError::new(RelayErrorKind::SkipAuthorizationDenied));
    }
    let request = core_request(Operation::Open, &target, Some(&body))?;
    let reply = call.tenant.platform.json(call.tenant.token(), &request, &call.request_id).await?;
    Ok(json_response(reply.status, reply.json))
}

pub(super) async fn read(
    call: RelayRequest,
    operation: Operation,
    target: RouteIds,
) -> RelayResult<Response<RelayBody>> {
    if operation == Operation::GetProcess {
        let process = call.load_owned(&target.process_id).await?;
        return Ok(json_response(200, fields::without_tag(&process)));
    }
    call.ensure_owned(&target.process_id).await?;
    let request = core_request(operation, &target, None)?;
    let reply = call.tenant.platform.json(call.tenant.token(), &request, &call.request_id).await?;
    Ok(json_response(reply.status, reply.json))
}
