//! Access tokens: RS256 JWTs, accepted only if issued by this sandbox.

use std::fmt;

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

/// Claims of an access token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IssuedTokenClaims {
    /// Expiry, in seconds since 1970.
    pub exp: i64,
    /// Time of issue, in seconds since 1970.
    pub iat: i64,
    /// Identifier of the token.
    pub jti: Uuid,
    /// Issuer.
    pub iss: String,
    /// Audience.
    pub aud: String,
    /// Subject: the client.
    pub sub: String,
    /// Type, in the format of Keycloak.
    pub typ: String,
    /// Client, in the format of Keycloak.
    pub azp: String,
    /// Scopes, separated by spaces.
    pub scope: String,
    /// Organization; absent for a corporate client.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub organization_id: Option<Uuid>,
}

/// Issues a token.
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

/// Token whose claims are decoded and whose signature has not been checked.
#[derive(Clone)]
pub struct DecodedToken {
    /// Claims; untrusted until [`Self::is_valid`].
    pub claims: IssuedTokenClaims,
    text: String,
}

// The text is a credential.
impl fmt::Debug for DecodedToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DecodedToken").field("jti", &self.claims.jti).finish_non_exhaustive()
    }
}

impl DecodedToken {
    /// Decodes the claims of a JWT; `None` if the text is not one.
    pub fn decode(text: &str) -> Option<Self> {
        Some(Self { claims: parse(text.split('.').nth(1)?)?, text: text.to_owned() })
    }

    /// Whether this key signed the token and it has not expired; the issuer is not checked. The
    /// algorithm is fixed, whatever the header of the token says.
    pub fn is_valid(&self, key: &RsaKeyPair, now_seconds: i64) -> bool {
        let Some((signed, signature)) = self.text.rsplit_once('.') else { return false };
        let Some((header, claims)) = signed.split_once('.') else { return false };
        let Some(IssuedTokenHeader { alg, kid, .. }) = parse(header) else { return false };
        let signature = URL_SAFE_NO_PAD.decode(signature);
        alg == "RS256"
            && kid == key.kid()
            && !claims.contains('.')
            && signature.is_ok_and(|signature| key.verify(signed.as_bytes(), &signature))
            && now_seconds < self.claims.exp
    }
}

fn parse<T: for<'de> Deserialize<'de>>(part: &str) -> Option<T> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok()
}
