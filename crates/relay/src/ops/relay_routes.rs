//! The relay's own routes: tickets, tokens and session.

use std::time::Duration;

use http::Response;
use serde::Deserialize;
use swisscom_sign::contract::{Operation, Scope, is_uuid};

use super::{RelayRequest, json_response};
use crate::body::RelayBody;
use crate::caller::TicketRestriction;
use crate::error::{RelayError, RelayErrorKind, RelayResult};
use crate::json;
use crate::token::TokenHealth;

const MAX_BODY_BYTES: usize = 4 * 1024;

fn parse<'t, T: Deserialize<'t>>(text: &'t str) -> RelayResult<T> {
    // serde rejects duplicate keys, and `deny_unknown_fields` unknown ones.
    serde_json::from_str(text).map_err(|_| {
        RelayError::with_detail(RelayErrorKind::ValidationFailed, "invalid body for this route")
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CreateTicketBody {
    process: String,
    operations: Vec<String>,
    #[serde(default)]
    lifetime: Option<u64>,
}

/// `POST /relay/tickets`: `{ process, operations, lifetime? }`, lifetime in seconds.
pub(super) async fn tickets(mut call: RelayRequest) -> RelayResult<Response<RelayBody>> {
    let config = &call.app.config.tickets;
    if !config.enabled || call.caller.restriction.is_some() {
        // A ticket cannot be used to create tickets.
        return Err(RelayError::new(RelayErrorKind::OperationDenied));
    }
    let max_ttl = config.max_ttl.0;
    call.check_content_type(super::is_json)?;
    let text = call.text_body(MAX_BODY_BYTES).await?;
    let request: CreateTicketBody = parse(&text)?;
    let invalid = |why: &str| RelayError::with_detail(RelayErrorKind::ValidationFailed, why);
    let operations = request
        .operations
        .iter()
        .map(|id| Operation::parse(id))
        .collect::<Option<Vec<_>>>()
        .ok_or_else(|| invalid("`operations` must contain operationIds of the contract"))?;
    let is_on_process = |operation: &Operation| operation.spec().path.contains("{processId}");
    if operations.is_empty() || !operations.iter().all(is_on_process) {
        return Err(invalid(
            "`operations` must contain at least one operation, and only operations on a process",
        ));
    }
    if !is_uuid(&request.process) {
        return Err(RelayError::new(RelayErrorKind::NotFound));
    }
    call.ensure_owned(&request.process).await?;
    let restriction = TicketRestriction { process_id: request.process, operations };
    let ttl = request.lifetime.map_or(max_ttl, Duration::from_secs).min(max_ttl);
    let (ticket, exp) = call
        .app
        .auth
        .tickets()
        .issue(&call.caller, &restriction, ttl)
        .ok_or_else(|| RelayError::new(RelayErrorKind::Internal))?;
    let (ticket, exp) = (json::text(&ticket), exp.to_string());
    let body = json::object([("ticket", ticket.as_str()), ("expiresAt", exp.as_str())]);
    Ok(json_response(201, body))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CreateTokenBody {
    scope: String,
}

/// `POST /relay/token`: `{ scope }`. The token is the organization's, so it is only returned if it has
/// exactly the requested scopes.
pub(super) async fn token(mut call: RelayRequest) -> RelayResult<Response<RelayBody>> {
    let config = &call.app.config.token_route;
    if !config.enabled || call.caller.restriction.is_some() {
        return Err(RelayError::new(RelayErrorKind::OperationDenied));
    }
    call.check_content_type(super::is_json)?;
    let text = call.text_body(MAX_BODY_BYTES).await?;
    let request: CreateTokenBody = parse(&text)?;
    let allowed = |scope: &Scope| {
        *scope != Scope::ReadAll
            && call.app.config.token_route.scopes.iter().any(|open| open == scope.as_str())
    };
    let scopes: Option<Vec<Scope>> =
        request.scope.split_ascii_whitespace().map(Scope::parse).collect();
    let mut scopes = scopes.filter(|scopes| !scopes.is_empty() && scopes.iter().all(allowed));
    if let Some(scopes) = &mut scopes {
        scopes.sort_unstable();
        scopes.dedup();
    }
    let scopes = scopes.ok_or_else(|| {
        RelayError::with_detail(
            RelayErrorKind::OperationDenied,
            format!(
                "scope not allowed: the relay issues only {}",
                call.app.config.token_route.scopes.join(" ")
            ),
        )
    })?;
    let source = call.tenant.token_with_scopes(&scopes)?;
    let bearer = source.token().await.map_err(|error| {
        if source.has_excess_scope() {
            RelayError::new(RelayErrorKind::ExcessTokenScope)
        } else {
            error
        }
    })?;
    let token = bearer.header.to_str().unwrap_or_default();
    let token = json::text(token.strip_prefix("Bearer ").unwrap_or_default());
    let seconds = match source.health() {
        TokenHealth::Valid(ms) => ms / 1000,
        TokenHealth::None => 0,
    };
    let scope: Vec<_> = scopes.iter().map(|scope| scope.as_str()).collect();
    let (seconds, scope) = (seconds.to_string(), json::text(&scope.join(" ")));
    let body = json::object([
        ("access_token", token.as_str()),
        ("token_type", "\"Bearer\""),
        ("expires_in", seconds.as_str()),
        ("scope", scope.as_str()),
    ]);
    Ok(json_response(200, body))
}

/// `GET /relay/session`: identity of the caller, expiry of the credential, and allowed operations.
pub(super) fn session(call: &RelayRequest) -> RelayResult<Response<RelayBody>> {
    let caller = &call.caller;
    let mut members = vec![("sub", json::text(&caller.subject))];
    members.push(("iss", json::text(&caller.issuer)));
    let optional = [
        ("tenant", &caller.tenant),
        ("name", &caller.name),
        ("email", &caller.verified_email),
        ("phone", &caller.verified_phone),
        ("process", &caller.restriction.as_ref().map(|limits| limits.process_id.clone())),
    ];
    let present = optional.into_iter().filter_map(|(name, value)| Some((name, value.as_ref()?)));
    members.extend(present.map(|(name, value)| (name, json::text(value))));
    members.push(("exp", caller.expires_s.to_string()));
    let is_allowed = |operation: &Operation| match &caller.restriction {
        Some(limits) => limits.operations.contains(operation),
        None => *operation != Operation::FindAll || call.app.config.list.enabled,
    };
    let operations =
        Operation::ALL.into_iter().filter(is_allowed).map(|operation| json::text(operation.id()));
    members.push(("operations", format!("[{}]", operations.collect::<Vec<_>>().join(","))));
    let body = json::object(members.iter().map(|(name, value)| (*name, value.as_str())));
    Ok(json_response(200, body))
}
