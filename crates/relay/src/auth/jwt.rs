//! JWT verification (RFC 7519, RFC 8725). The `iss` claim selects the configured issuer, whose
//! configuration determines algorithms, keys and audience. The token's header only selects one of the
//! issuer's keys.

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
use crate::start_error::StartError;

/// Maximum time for which a verified token is cached, whatever its `exp` is.
const MAX_CACHED: Duration = Duration::from_secs(24 * 3600);

#[derive(Debug)]
pub(crate) enum IssuerKeys {
    /// For HS256.
    Shared(Box<DecodingKey>),
    Public(Arc<JwksCache>),
}

#[derive(Debug)]
pub(crate) struct TokenIssuer {
    config: IssuerConfig,
    algorithms: Vec<Algorithm>,
    keys: IssuerKeys,
}

impl TokenIssuer {
    /// From its configuration and, unless it has a shared secret, its public keys.
    ///
    /// # Errors
    /// A sentence, for a configuration that [`crate::config::validate`] would unauthorized.
    pub(crate) fn new(
        config: IssuerConfig,
        jwks: Option<Arc<JwksCache>>,
    ) -> Result<Self, StartError> {
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
            .map(|name| name.parse().map_err(|_| format!("unknown algorithm `{name}`")))
            .collect::<Result<_, _>>()?;
        Ok(Self { config, algorithms, keys })
    }
}

#[derive(Debug)]
pub(crate) struct JwtVerifier {
    issuers: Vec<TokenIssuer>,
}

struct JwtHeader {
    algorithm: Algorithm,
    kid: Option<String>,
}

impl JwtVerifier {
    pub(crate) fn new(issuers: Vec<TokenIssuer>) -> Self {
        Self { issuers }
    }

    /// Returns the caller, and the remaining lifetime of the token.
    pub(crate) async fn verify(&self, token: &str) -> RelayResult<(Principal, Duration)> {
        let mut parts = token.split('.');
        let (Some(header), Some(payload), Some(_), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(unauthorized("not a JWT: expected three parts"));
        };
        let header = decode_header(header)
            .ok_or_else(|| unauthorized("unsupported or malformed JWT header"))?;
        let iss = object(payload)
            .and_then(|text| json::find_string(&text, &["iss"]).map(|iss| iss.into_owned()))
            .ok_or_else(|| unauthorized("missing `iss`"))?;
        let issuer = self
            .issuers
            .iter()
            .find(|issuer| issuer.config.iss == iss)
            .ok_or_else(|| unauthorized("unknown issuer"))?;
        if !issuer.algorithms.contains(&header.algorithm) {
            return Err(unauthorized("algorithm not configured for the issuer"));
        }
        let claims = match &issuer.keys {
            IssuerKeys::Shared(key) => decode(token, key, &header, &issuer.config)?,
            IssuerKeys::Public(jwks) => {
                let key = jwks
                    .key(header.kid.as_deref(), header.algorithm)
                    .await?
                    .ok_or_else(|| unauthorized("unknown key"))?;
                decode(token, &key, &header, &issuer.config)?
            }
        };
        principal(&issuer.config, &claims)
    }
}

pub(crate) fn looks_like_jwt(token: &str) -> bool {
    token.bytes().filter(|byte| *byte == b'.').count() == 2
}

fn object(part: &str) -> Option<String> {
    let text = String::from_utf8(URL_SAFE_NO_PAD.decode(part).ok()?).ok()?;
    json::validate(&text).ok()?;
    text.trim_start().starts_with('{').then_some(text)
}

/// Returns `alg` and `kid`. Rejects `crit`, since no extension is supported (RFC 7515 section 4.1.11),
/// and duplicate keys, which are ambiguous.
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
                // Case-sensitive; `none` is not an `Algorithm`.
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
    validation.leeway = config.clock_skew.0.as_secs();
    validation.validate_exp = true;
    // jsonwebtoken ignores `nbf` by default, and would accept a token before it becomes valid.
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
                ErrorKind::InvalidSignature => "invalid signature",
                ErrorKind::ExpiredSignature => "expired",
                ErrorKind::ImmatureSignature => "not valid yet",
                ErrorKind::InvalidAudience => "wrong audience",
                ErrorKind::InvalidIssuer => "wrong issuer",
                ErrorKind::MissingRequiredClaim(_) => "missing claim",
                _ => "not verifiable",
            })
        })
}

/// Caller of verified claims, and the remaining lifetime of the token.
pub(super) fn principal(
    config: &IssuerConfig,
    claims: &Map<String, Value>,
) -> RelayResult<(Principal, Duration)> {
    let text = |name: &str| claims.get(name).and_then(Value::as_str).filter(|t| !t.is_empty());
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let clock_skew = config.clock_skew.0.as_secs();
    let is_future = |at: f64| at > (now + clock_skew) as f64;
    match claims.get("iat") {
        None => {}
        Some(at) if at.as_f64().is_some_and(|at| !is_future(at)) => {}
        Some(_) => return Err(unauthorized("issued in the future")),
    }
    let expires = claims.get("exp").and_then(Value::as_f64).unwrap_or(0.0).max(0.0) as u64;
    let subject =
        text(&config.subject_claim).ok_or_else(|| unauthorized("missing subject claim"))?;
    let tenant = match &config.tenant_claim {
        None => None,
        Some(claim) => {
            Some(text(claim).ok_or_else(|| unauthorized("missing tenant claim"))?.to_owned())
        }
    };
    let is_verified = |claim: &str| claims.get(claim).and_then(Value::as_bool) == Some(true);
    let email = text(&config.email_claim).filter(|_| is_verified("email_verified"));
    let email = email.map(str::to_owned);
    let phone = text(&config.phone_claim).filter(|_| is_verified("phone_number_verified"));
    let verified_phone = phone.map(str::to_owned);
    let left =
        Duration::from_secs(expires.saturating_add(clock_skew).saturating_sub(now)).min(MAX_CACHED);
    let caller = Principal::new(tenant, config.iss.clone(), subject.to_owned(), email);
    let name = text("name").map(str::to_owned);
    Ok((Principal { name, verified_phone, expires_s: expires, ..caller }, left))
}

#[cfg(test)]
mod tests;
