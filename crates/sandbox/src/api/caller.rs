//! Token -> who calls, and what for.

use std::sync::Arc;

use swisscom_sign::contract::Scope;

use super::error::Refusal;
use crate::directory::Client;
use crate::domain::Owner;
use crate::engine::{Engine, Failure};
use crate::http::Request;
use crate::realm::{self, jwt, token};

/// Who calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// On whose behalf.
    pub owner: Owner,
    /// What for.
    pub scopes: Vec<Scope>,
}

/// The caller behind the bearer token (RFC 6750).
///
/// # Errors
/// There is no token, or none that this sandbox issued and that still lives.
pub fn authenticate(engine: &Engine, request: &Request) -> Result<Caller, Refusal> {
    let header = request.header("authorization").ok_or(Refusal::NoToken)?;
    let (scheme, token) = header.split_once(' ').ok_or(Refusal::NoToken)?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(Refusal::NoToken);
    }
    let now = engine.real_time().as_second();
    let claims = engine
        .keys()
        .verifying(|key| jwt::verify(token.trim(), key, now))
        .map_err(Failure::Internal)?
        .filter(|claims| engine.issues(&claims.iss) && !engine.revocations().is_revoked(claims))
        .ok_or(Refusal::InvalidToken)?;
    // The tenant is no claim: it is a property of the client.
    let client = engine.directory().client(&claims.azp).ok_or(Refusal::InvalidToken)?;
    let owner = Owner { tenant: client.owner.tenant, organization: claims.organization_id };
    Ok(Caller { owner, scopes: claims.scope.split(' ').filter_map(Scope::parse).collect() })
}

/// The client that a request names, whether or not it proves to be it: by the bearer token, or by
/// the form or the Basic header at the token endpoint. Good for telling whose test it is, not for
/// access.
pub fn named(engine: &Engine, request: &Request) -> Option<Arc<Client>> {
    let header = request.header("authorization");
    let bearer = || {
        let (scheme, token) = header?.split_once(' ')?;
        let bearer = scheme.eq_ignore_ascii_case("bearer");
        bearer.then(|| jwt::unverified(token.trim())).flatten().map(|claims| claims.azp)
    };
    let id =
        if realm::is_token(request) { token::client_id(request).or_else(bearer) } else { bearer() };
    engine.directory().client(&id?)
}
