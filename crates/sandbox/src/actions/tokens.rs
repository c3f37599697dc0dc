//! Issuing an access token, at the token endpoint and by the control API.

use serde::Serialize;
use swisscom_sign::contract::declare::api_object;

use crate::directory::OAuthClient;
use crate::links::Links;
use crate::platform::{CommandError, Platform};
use crate::tokens::{issuer, jwt};

api_object! {
    /// Token response; the fields are in the order in which Keycloak writes them.
    TokenResponse: Serialize {
        /// Token.
        must access_token "access_token": [text];
        /// Lifetime in seconds.
        must expires_in "expires_in" as u32: [integer64 min 0 max 4294967295];
        /// Always 0.
        must refresh_expires_in "refresh_expires_in" as u32: [integer64 min 0];
        /// Always `Bearer`.
        must token_type "token_type" as &'static str: [text];
        /// Always 0.
        must not_before_policy "not-before-policy" as u32: [integer64 min 0];
        /// Scopes, separated by spaces.
        must scope "scope": [text];
    }
}

/// Issues a token that is valid for `ttl` seconds.
pub(crate) fn issue_token(
    platform: &Platform,
    links: &Links,
    client: &OAuthClient,
    scope: String,
    ttl: u32,
) -> Result<TokenResponse, CommandError> {
    let key = platform.keys().active();
    let key = key.pair().map_err(CommandError::Internal)?;
    let now = platform.real_time().as_second();
    let claims = jwt::IssuedTokenClaims {
        exp: now + i64::from(ttl),
        iat: now,
        jti: platform.new_uuid(),
        iss: issuer(links.base()),
        aud: jwt::AUDIENCE.to_owned(),
        sub: client.id.clone(),
        typ: "Bearer".to_owned(),
        azp: client.id.clone(),
        scope: scope.clone(),
        organization_id: client.owner.organization,
    };
    platform.revocations().record_issued(&claims);
    Ok(TokenResponse {
        access_token: jwt::issue(&claims, key),
        expires_in: ttl,
        refresh_expires_in: 0,
        token_type: "Bearer",
        not_before_policy: 0,
        scope,
    })
}
