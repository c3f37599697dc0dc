//! Token -> who calls, and what for.

use std::sync::Arc;

use swisscom_sign::contract::Scope;

use super::error::ApiError;
use crate::directory::OAuthClient;
use crate::domain::ProcessOwner;
use crate::engine::{CommandError, Platform};
use crate::http::HttpRequest;
use crate::realm::{self, jwt, token};

/// Who calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiCaller {
    /// On whose behalf.
    pub owner: ProcessOwner,
    /// What for.
    pub scopes: Vec<Scope>,
}

/// The caller behind the bearer token (RFC 6750).
///
/// # Errors
/// There is no token, or none that this sandbox issued and that still lives.
pub fn authenticate(engine: &Platform, request: &HttpRequest) -> Result<ApiCaller, ApiError> {
    let header = request.header("authorization").ok_or(ApiError::NoToken)?;
    let (scheme, token) = header.split_once(' ').ok_or(ApiError::NoToken)?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(ApiError::NoToken);
    }
    let now = engine.real_time().as_second();
    let claims = engine
        .keys()
        .verifying(|key| jwt::verify(token.trim(), key, now))
        .map_err(CommandError::Internal)?
        .filter(|claims| engine.issues(&claims.iss) && !engine.revocations().is_revoked(claims))
        .ok_or(ApiError::InvalidToken)?;
    // The tenant is no claim: it is a property of the client.
    let client = engine.directory().client(&claims.azp).ok_or(ApiError::InvalidToken)?;
    let owner = ProcessOwner { tenant: client.owner.tenant, organization: claims.organization_id };
    Ok(ApiCaller { owner, scopes: claims.scope.split(' ').filter_map(Scope::parse).collect() })
}

/// The client that a request names, whether or not it proves to be it: by the bearer token, or by
/// the form or the Basic header at the token endpoint. Good for telling whose test it is, not for
/// access.
pub fn named(engine: &Platform, request: &HttpRequest) -> Option<Arc<OAuthClient>> {
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
