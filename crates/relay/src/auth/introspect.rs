//! Opaque tokens, of which only their issuer knows what they stand for (RFC 7662). It is asked at a
//! fixed address; what is no clear yes is no, and what is no answer at all is 503, never a caller.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use http::{HeaderMap, Method, Uri};
use secrecy::ExposeSecret;
use serde_json::{Map, Value};
use tokio::sync::Semaphore;
use url::form_urlencoded::{Serializer, byte_serialize};

use super::{jwt, unauthorized};
use crate::caller::Principal;
use crate::config::IssuerConfig as Config;
use crate::error::{RelayError, RelayErrorKind, RelayResult};
use crate::json;
use crate::secret::SecretSource;
use crate::upstream::client::HttpClient;

/// Largest answer, in bytes.
const MAX_ANSWER: usize = 64 * 1024;
/// Questions at a time: an issuer that is slow must not be buried.
pub const MAX_CONCURRENT_INTROSPECTIONS: usize = 64;
/// Longest wait for a turn.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(1);

/// Nobody can say who the caller is.
pub fn introspection_unavailable(why: &str) -> RelayError {
    tracing::warn!(why, "a token could not be introspected");
    RelayError::new(RelayErrorKind::IssuerUnavailable).retry_after(2)
}

/// Asks the issuer of opaque tokens.
#[derive(Debug)]
pub struct IntrospectionClient {
    config: Config,
    url: Uri,
    http: Arc<HttpClient>,
    timeout: Duration,
    turns: Semaphore,
}

impl IntrospectionClient {
    /// From an issuer with an `introspection_url`.
    ///
    /// # Errors
    /// A sentence, for a configuration that [`crate::config::validate`] would unauthorized.
    pub fn new(
        config: Config,
        http: Arc<HttpClient>,
        timeout: Duration,
    ) -> std::result::Result<Self, String> {
        let url = config.introspection_url.as_deref().unwrap_or_default();
        let url = url.parse().map_err(|_| format!("`{url}` is no URL"))?;
        Ok(Self {
            config,
            url,
            http,
            timeout,
            turns: Semaphore::new(MAX_CONCURRENT_INTROSPECTIONS),
        })
    }

    /// Who bears the token, and for how long that may be believed.
    ///
    /// # Errors
    /// [`RelayErrorKind::InvalidToken`]; [`RelayErrorKind::IssuerUnavailable`] when the issuer does not answer as
    /// RFC 7662 says.
    pub async fn verify(&self, token: &str) -> RelayResult<(Principal, Duration)> {
        let turn = tokio::time::timeout(ACQUIRE_TIMEOUT, self.turns.acquire()).await;
        let Ok(Ok(_turn)) = turn else {
            return Err(introspection_unavailable("too many at a time"));
        };
        let claims = self.ask(token).await.map_err(|why| introspection_unavailable(&why))?;
        self.check_claims(&claims)
    }

    async fn ask(&self, token: &str) -> std::result::Result<Map<String, Value>, String> {
        let read = |source: &Option<SecretSource>| match source {
            Some(source) => source.read(),
            None => Err("the client is not configured".into()),
        };
        let (id, secret) = (read(&self.config.client_id)?, read(&self.config.client_secret)?);
        // RFC 6749 section 2.3.1: form-encoded first, so that `:` and `+` arrive as they are.
        let encode = |text: &str| byte_serialize(text.as_bytes()).collect::<String>();
        let pair = format!("{}:{}", encode(id.expose_secret()), encode(secret.expose_secret()));
        let basic = HeaderValue::try_from(format!("Basic {}", STANDARD.encode(pair)));
        let mut basic = basic.map_err(|_| "the credentials are no header")?;
        basic.set_sensitive(true);
        let mut headers = HeaderMap::new();
        headers.insert(AUTHORIZATION, basic);
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        let form = HeaderValue::from_static("application/x-www-form-urlencoded");
        headers.insert(CONTENT_TYPE, form);
        let body = Serializer::new(String::new())
            .append_pair("token", token)
            .append_pair("token_type_hint", "access_token")
            .finish();
        let answer = self
            .http
            .fetch(Method::POST, &self.url, headers, Bytes::from(body), MAX_ANSWER, self.timeout)
            .await
            .map_err(|error| format!("{error:?}"))?;
        if answer.status != 200 {
            return Err(format!("status {}", answer.status.as_u16()));
        }
        let text = std::str::from_utf8(&answer.body).map_err(|_| "no UTF-8")?;
        // A member that stands twice could be read in two ways.
        let members = json::members(text).ok_or("no JSON object")?;
        let mut names: Vec<_> = members.iter().map(|(name, _)| name).collect();
        names.sort_unstable();
        if names.windows(2).any(|pair| pair.first() == pair.last()) {
            return Err("a member stands twice".into());
        }
        serde_json::from_str(text).map_err(|_| "no JSON object".into())
    }

    fn check_claims(&self, claims: &Map<String, Value>) -> RelayResult<(Principal, Duration)> {
        if claims.get("active") != Some(&Value::Bool(true)) {
            return Err(unauthorized("not active"));
        }
        let is = |value: &Value, wanted: &str| value.as_str() == Some(wanted);
        let for_us = match claims.get("aud") {
            Some(Value::Array(several)) => several.iter().any(|one| is(one, &self.config.aud)),
            Some(one) => is(one, &self.config.aud),
            None => false,
        };
        if !for_us {
            return Err(unauthorized("audience"));
        }
        if claims.get("iss").is_some_and(|iss| !is(iss, &self.config.iss)) {
            return Err(unauthorized("issuer"));
        }
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        if let Some(from) = claims.get("nbf")
            && from.as_f64().is_none_or(|from| from > (now + self.config.leeway_s) as f64)
        {
            return Err(unauthorized("not valid yet"));
        }
        let (caller, _) = jwt::principal(&self.config, claims)?;
        let left = caller.expires_s.saturating_sub(now);
        if left == 0 {
            return Err(unauthorized("expired, or without an end"));
        }
        Ok((caller, Duration::from_secs(left).min(self.config.remember.0)))
    }
}
