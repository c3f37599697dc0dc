//! Access tokens: RS256, made here and accepted from here alone.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::keys::RsaKeyPair;

/// Audience of a token (contract, `x-audience`).
pub const AUDIENCE: &str = "swisscom-sign-api";

#[derive(Serialize, Deserialize)]
struct IssuedTokenHeader {
    alg: String,
    typ: String,
    kid: String,
}

/// Claims of a token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IssuedTokenClaims {
    /// End, in seconds since 1970.
    pub exp: i64,
    /// Beginning, in seconds since 1970.
    pub iat: i64,
    /// Identifier of the token.
    pub jti: Uuid,
    /// Issuer.
    pub iss: String,
    /// Audience.
    pub aud: String,
    /// Subject: the client.
    pub sub: String,
    /// Type, as Keycloak writes it.
    pub typ: String,
    /// Client, as Keycloak writes it.
    pub azp: String,
    /// Scopes, separated by blanks.
    pub scope: String,
    /// Organization; absent for a corporate client.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub organization_id: Option<Uuid>,
}

/// Makes a token.
pub fn issue(claims: &IssuedTokenClaims, key: &RsaKeyPair) -> String {
    let header =
        IssuedTokenHeader { alg: "RS256".into(), typ: "JWT".into(), kid: key.kid().into() };
    let mut token = format!("{}.{}", part(&header), part(claims));
    let signature = URL_SAFE_NO_PAD.encode(key.sign(token.as_bytes()));
    token.push('.');
    token.push_str(&signature);
    token
}

fn part(value: &impl Serialize) -> String {
    URL_SAFE_NO_PAD.encode(serde_json::to_vec(value).unwrap_or_default())
}

/// The claims of a token by this key that still lives, whoever it names as its issuer; `None` for
/// anything else. The algorithm is fixed, whatever the token says of itself.
pub fn verify(token: &str, key: &RsaKeyPair, now_seconds: i64) -> Option<IssuedTokenClaims> {
    let (signed, signature) = token.rsplit_once('.')?;
    let (header, claims) = signed.split_once('.')?;
    let header: IssuedTokenHeader = parse(header)?;
    if header.alg != "RS256" || header.kid != key.kid() {
        return None;
    }
    if !key.verify(signed.as_bytes(), &URL_SAFE_NO_PAD.decode(signature).ok()?) {
        return None;
    }
    let claims: IssuedTokenClaims = parse(claims)?;
    (now_seconds < claims.exp).then_some(claims)
}

/// The claims of something that looks like a token, whoever made it.
pub fn unverified(token: &str) -> Option<IssuedTokenClaims> {
    parse(token.split('.').nth(1)?)
}

fn parse<T: for<'de> Deserialize<'de>>(part: &str) -> Option<T> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok()
}
