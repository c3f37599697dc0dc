//! Token -> who calls, and what for.

use swisscom_sign::contract::Scope;

use super::error::Refusal;
use crate::domain::Owner;
use crate::engine::{Engine, Failure};
use crate::http::Request;
use crate::realm::{issuer, jwt};

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
    let key = engine.keys().pair().map_err(Failure::Internal)?;
    let now = engine.real_time().as_second();
    let claims = jwt::verify(token.trim(), key, &issuer(engine.public_url()), now)
        .ok_or(Refusal::InvalidToken)?;
    // The tenant is no claim: it is a property of the client.
    let client = engine.directory().client(&claims.azp).ok_or(Refusal::InvalidToken)?;
    let owner = Owner { tenant: client.owner.tenant, organization: claims.organization_id };
    Ok(Caller { owner, scopes: claims.scope.split(' ').filter_map(Scope::parse).collect() })
}
