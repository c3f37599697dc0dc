//! Tokens of issuers (RFC 7519, RFC 8725). The issuer is looked up by its name, and from there on
//! only its configuration speaks: algorithm, key, audience. What the token's header says is used
//! to choose among the issuer's own keys, and for nothing else.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use secrecy::ExposeSecret;
use serde_json::{Map, Value};
use swisscom_sign::contract::json::{self, JsonReader, JsonType};

use super::jwks::JwksCache;
use super::unauthorized;
use crate::caller::Principal;
use crate::config::IssuerConfig;
use crate::error::RelayResult;

/// The keys of an issuer.
#[derive(Debug)]
pub enum IssuerKeys {
    /// One shared secret, for HS256.
    Shared(Box<DecodingKey>),
    /// Public keys by their number.
    Public(Arc<JwksCache>),
}

/// An issuer whose tokens are taken.
#[derive(Debug)]
pub struct TokenIssuer {
    config: IssuerConfig,
    algorithms: Vec<Algorithm>,
    keys: IssuerKeys,
}

impl TokenIssuer {
    /// From its configuration and, unless it has a shared secret, its public keys.
    ///
    /// # Errors
    /// A sentence, for a configuration that [`crate::config::validate`] would unauthorized.
    pub fn new(
        config: IssuerConfig,
        jwks: Option<Arc<JwksCache>>,
    ) -> std::result::Result<Self, String> {
        let (keys, names) = match (jwks, &config.hs256_secret) {
            (Some(jwks), None) => (IssuerKeys::Public(jwks), config.algs.clone()),
            (None, Some(secret)) => {
                let secret = secret.read()?;
                let bytes = secret.expose_secret().as_bytes();
                if bytes.len() < crate::config::validate::MIN_KEY_BYTES {
                    return Err("hs256_secret is too short".into());
                }
                (
                    IssuerKeys::Shared(Box::new(DecodingKey::from_secret(bytes))),
                    vec!["HS256".into()],
                )
            }
            _ => return Err(crate::config::validate::ONE_VERIFICATION_METHOD.into()),
        };
        let algorithms = names
            .iter()
            .map(|name| name.parse().map_err(|_| format!("`{name}` is no algorithm")))
            .collect::<std::result::Result<_, _>>()?;
        Ok(Self { config, algorithms, keys })
    }
}

/// Verifies tokens.
#[derive(Debug)]
pub struct JwtVerifier {
    issuers: Vec<TokenIssuer>,
}

struct JwtHeader {
    algorithm: Algorithm,
    kid: Option<String>,
}

impl JwtVerifier {
    /// For these issuers.
    pub fn new(issuers: Vec<TokenIssuer>) -> Self {
        Self { issuers }
    }

    /// Who bears the token, and how long it still lives.
    ///
    /// # Errors
    /// See [`super::Authenticator::authenticate`].
    pub async fn verify(&self, token: &str) -> RelayResult<(Principal, Duration)> {
        let mut parts = token.split('.');
        let (Some(header), Some(payload), Some(_), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(unauthorized("not three parts"));
        };
        let header =
            decode_header(header).ok_or_else(|| unauthorized("a header that is not taken"))?;
        let named = object(payload)
            .and_then(|text| json::find_string(&text, &["iss"]).map(|iss| iss.into_owned()))
            .ok_or_else(|| unauthorized("no issuer"))?;
        let issuer = self
            .issuers
            .iter()
            .find(|issuer| issuer.config.iss == named)
            .ok_or_else(|| unauthorized("an unknown issuer"))?;
        if !issuer.algorithms.contains(&header.algorithm) {
            return Err(unauthorized("an algorithm that the issuer is not configured for"));
        }
        let claims = match &issuer.keys {
            IssuerKeys::Shared(key) => decode(token, key, &header, &issuer.config)?,
            IssuerKeys::Public(jwks) => {
                let key = jwks
                    .key(header.kid.as_deref(), header.algorithm)
                    .await?
                    .ok_or_else(|| unauthorized("an unknown key"))?;
                decode(token, &key, &header, &issuer.config)?
            }
        };
        principal(&issuer.config, &claims)
    }
}

/// Whether this is meant to be a JWT: three parts.
pub fn looks_like_jwt(token: &str) -> bool {
    token.bytes().filter(|byte| *byte == b'.').count() == 2
}

fn object(part: &str) -> Option<String> {
    let text = String::from_utf8(URL_SAFE_NO_PAD.decode(part).ok()?).ok()?;
    json::validate(&text).ok()?;
    text.trim_start().starts_with('{').then_some(text)
}

/// `alg` and `kid`. `crit` demands something that this verifier does not do (RFC 7515 section
/// 4.1.11), and a key that stands twice would be read in two ways.
fn decode_header(part: &str) -> Option<JwtHeader> {
    let text = object(part)?;
    let mut reader = JsonReader::new(&text);
    let (mut algorithm, mut kid, mut seen, mut first) = (None, None, Vec::new(), true);
    reader.begin_object().ok()?;
    while let Some(key) = reader.next_key(first).ok()? {
        first = false;
        let key = key.decode().into_owned();
        if seen.contains(&key) || key == "crit" || key == "enc" || key == "zip" {
            return None;
        }
        if reader.peek_type().ok()? == JsonType::Text && (key == "alg" || key == "kid") {
            let value = reader.string().ok()?.decode().into_owned();
            if key == "alg" {
                // The exact spelling; `none` in any spelling is no algorithm here.
                algorithm = Some(value.parse::<Algorithm>().ok()?);
            } else {
                kid = Some(value);
            }
        } else if key == "alg" || key == "kid" {
            return None;
        } else {
            reader.skip().ok()?;
        }
        seen.push(key);
    }
    Some(JwtHeader { algorithm: algorithm?, kid })
}

fn decode(
    token: &str,
    key: &DecodingKey,
    header: &JwtHeader,
    config: &IssuerConfig,
) -> RelayResult<Map<String, Value>> {
    let mut validation = Validation::new(header.algorithm);
    validation.leeway = config.leeway_s;
    validation.validate_exp = true;
    // Off by default in the library.
    validation.validate_nbf = true;
    validation.validate_aud = true;
    validation.set_audience(&[&config.aud]);
    validation.set_issuer(&[&config.iss]);
    validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
    jsonwebtoken::decode::<Map<String, Value>>(token, key, &validation)
        .map(|data| data.claims)
        .map_err(|error| {
            use jsonwebtoken::errors::ErrorKind;
            unauthorized(match error.kind() {
                ErrorKind::InvalidSignature => "signature",
                ErrorKind::ExpiredSignature => "expired",
                ErrorKind::ImmatureSignature => "not valid yet",
                ErrorKind::InvalidAudience => "audience",
                ErrorKind::InvalidIssuer => "issuer",
                ErrorKind::MissingRequiredClaim(_) => "a claim is missing",
                _ => "not verifiable",
            })
        })
}

/// The caller whom claims name that were found true, and how long the token still lives.
pub(super) fn principal(
    config: &IssuerConfig,
    claims: &Map<String, Value>,
) -> RelayResult<(Principal, Duration)> {
    let text = |name: &str| claims.get(name).and_then(Value::as_str).filter(|t| !t.is_empty());
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let issued_later = |at: f64| at > (now + config.leeway_s) as f64;
    match claims.get("iat") {
        None => {}
        Some(at) if at.as_f64().is_some_and(|at| !issued_later(at)) => {}
        Some(_) => return Err(unauthorized("issued in the future")),
    }
    let expires = claims.get("exp").and_then(Value::as_f64).unwrap_or(0.0).max(0.0) as u64;
    let subject = text(&config.subject_claim).ok_or_else(|| unauthorized("no subject"))?;
    let tenant = match &config.tenant_claim {
        None => None,
        Some(claim) => Some(text(claim).ok_or_else(|| unauthorized("no tenant"))?.to_owned()),
    };
    let verified = claims.get("email_verified").and_then(Value::as_bool) == Some(true);
    let email = text(&config.email_claim).filter(|_| verified).map(str::to_owned);
    let left = Duration::from_secs((expires + config.leeway_s).saturating_sub(now));
    let caller = Principal::new(tenant, config.iss.clone(), subject.to_owned(), email);
    let name = text("name").map(str::to_owned);
    Ok((Principal { name, expires_s: expires, ..caller }, left))
}

#[cfg(test)]
mod tests;
