//! Operations on a process, which check its owner tag.

use http::Response;
use swisscom_sign::contract::{Operation, json as core_json};

use super::{RelayRequest, core_request, json_response};
use crate::body::RelayBody;
use crate::config::PersonScope;
use crate::error::{RelayError, RelayErrorKind, RelayResult};
use crate::policy::{fields, participants, urls};
use crate::route::RouteIds;

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
