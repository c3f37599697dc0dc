//! Authentication: token to caller and scopes.

use swisscom_sign::contract::Scope;

use crate::api_error::ApiError;
use crate::call::Call;
use crate::domain::ProcessOwner;
use crate::platform::CommandError;
use crate::tokens::Bearer;

/// Authenticated caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ApiCaller {
    /// Organization or tenant of the client.
    pub(crate) owner: ProcessOwner,
    /// Scopes of the token.
    pub(crate) scopes: Vec<Scope>,
}

/// Verifies the bearer token (RFC 6750).
///
/// # Errors
/// The token is missing, or is not a valid token of this sandbox.
pub(crate) fn authenticate(call: &Call<'_>) -> Result<ApiCaller, ApiError> {
    let token = match call.bearer {
        Bearer::Missing => return Err(ApiError::NoToken),
        Bearer::Malformed => return Err(ApiError::InvalidToken),
        Bearer::Decoded(token) => token,
    };
    let (platform, claims) = (call.platform, &token.claims);
    let now = platform.real_time().as_second();
    let is_signed =
        platform.keys().any(|key| token.is_valid(key, now)).map_err(CommandError::Internal)?;
    if !is_signed
        || !call.base_url.is_own_issuer(&claims.iss)
        || platform.revocations().is_revoked(claims)
    {
        return Err(ApiError::InvalidToken);
    }
    // The tenant is a property of the client, not a claim.
    let client = platform.directory().client(&claims.azp).ok_or(ApiError::InvalidToken)?;
    let owner = ProcessOwner { tenant: client.owner.tenant, organization: claims.organization_id };
    Ok(ApiCaller { owner, scopes: claims.scope.split(' ').filter_map(Scope::parse).collect() })
}
