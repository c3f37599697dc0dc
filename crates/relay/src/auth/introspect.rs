//! Opaque tokens: token introspection at a configured endpoint (RFC 7662). Anything but
//! `active: true` is rejected; without a valid response the result is 503.

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
use crate::secret::SecretError;
use crate::start_error::{StartError, report};
use crate::upstream::client::{HttpClient, HttpError};

const MAX_RESPONSE_BYTES: usize = 64 * 1024;
/// Protects a slow issuer.
pub(crate) const MAX_CONCURRENT_INTROSPECTIONS: usize = 64;
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(1);

pub(crate) fn introspection_unavailable(why: &str) -> RelayError {
    tracing::warn!(why, "token introspection failed");
    RelayError::new(RelayErrorKind::IssuerUnavailable).retry_after(2)
}

#[derive(Debug, thiserror::Error)]
enum IntrospectionError {
    #[error("missing client_id or client_secret")]
    MissingCredentials,
    #[error("client_id or client_secret cannot be read")]
    Secret(#[from] SecretError),
    #[error("the credentials contain characters that a header cannot contain")]
    UnsuitableCredentials,
    #[error("the request failed")]
    Http(#[from] HttpError),
    #[error("status {0}")]
    Status(u16),
    #[error("the response is not UTF-8")]
    NotUtf8(#[from] std::str::Utf8Error),
    #[error("the response is not a JSON object")]
    NotAnObject,
    #[error("duplicate key in the response")]
    DuplicateKey,
}

#[derive(Debug)]
pub(crate) struct IntrospectionClient {
    config: Config,
    url: Uri,
    http: Arc<HttpClient>,
    timeout: Duration,
    permits: Semaphore,
}

impl IntrospectionClient {
    /// From an issuer with an `introspection_url`.
    ///
    /// # Errors
    /// A sentence, for a configuration that [`crate::config::validate`] would unauthorized.
    pub(crate) fn new(
        config: Config,
        http: Arc<HttpClient>,
        timeout: Duration,
    ) -> Result<Self, StartError> {
        let url = config.introspection_url.as_deref().unwrap_or_default();
        let url = url
            .parse()
            .map_err(|error| StartError::with_source(format!("invalid URL `{url}`"), error))?;
        Ok(Self {
            config,
            url,
            http,
            timeout,
            permits: Semaphore::new(MAX_CONCURRENT_INTROSPECTIONS),
        })
    }

    /// Returns the caller, and how long the result can be cached.
    pub(crate) async fn verify(&self, token: &str) -> RelayResult<(Principal, Duration)> {
        let permit = tokio::time::timeout(ACQUIRE_TIMEOUT, self.permits.acquire()).await;
        let Ok(Ok(_permit)) = permit else {
            return Err(introspection_unavailable("too many concurrent introspections"));
        };
        let claims = self.ask(token).await;
        let claims = claims.map_err(|error| introspection_unavailable(&report(&error)))?;
        self.check_claims(&claims)
    }

    async fn ask(&self, token: &str) -> Result<Map<String, Value>, IntrospectionError> {
        let (Some(id), Some(secret)) = (&self.config.client_id, &self.config.client_secret) else {
            return Err(IntrospectionError::MissingCredentials);
        };
        let (id, secret) = (id.read_async().await?, secret.read_async().await?);
        // RFC 6749 section 2.3.1: form-encoded first, so that `:` and `+` arrive as they are.
        let encode = |text: &str| byte_serialize(text.as_bytes()).collect::<String>();
        let pair = format!("{}:{}", encode(id.expose_secret()), encode(secret.expose_secret()));
        let basic = HeaderValue::try_from(format!("Basic {}", STANDARD.encode(pair)));
        let mut basic = basic.map_err(|_| IntrospectionError::UnsuitableCredentials)?;
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
        let response = self
            .http
            .fetch(
                Method::POST,
                &self.url,
                headers,
                Bytes::from(body),
                MAX_RESPONSE_BYTES,
                self.timeout,
            )
            .await?;
        if response.status != 200 {
            return Err(IntrospectionError::Status(response.status.as_u16()));
        }
        let text = std::str::from_utf8(&response.body)?;
        // Duplicate keys are ambiguous: parsers use the first or the last.
        let members = json::members(text).ok_or(IntrospectionError::NotAnObject)?;
        let mut names: Vec<_> = members.iter().map(|(name, _)| name).collect();
        names.sort_unstable();
        if names.windows(2).any(|pair| pair.first() == pair.last()) {
            return Err(IntrospectionError::DuplicateKey);
        }
        serde_json::from_str(text).map_err(|_| IntrospectionError::NotAnObject)
    }

    fn check_claims(&self, claims: &Map<String, Value>) -> RelayResult<(Principal, Duration)> {
        if claims.get("active") != Some(&Value::Bool(true)) {
            return Err(unauthorized("not active"));
        }
        let is = |value: &Value, expected: &str| value.as_str() == Some(expected);
        let for_us = match claims.get("aud") {
            Some(Value::Array(several)) => several.iter().any(|one| is(one, &self.config.aud)),
            Some(one) => is(one, &self.config.aud),
            None => false,
        };
        if !for_us {
            return Err(unauthorized("wrong audience"));
        }
        if claims.get("iss").is_some_and(|iss| !is(iss, &self.config.iss)) {
            return Err(unauthorized("wrong issuer"));
        }
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        if let Some(from) = claims.get("nbf")
            && from
                .as_f64()
                .is_none_or(|from| from > (now + self.config.clock_skew.0.as_secs()) as f64)
        {
            return Err(unauthorized("not valid yet"));
        }
        let (caller, _) = jwt::principal(&self.config, claims)?;
        let left = caller.expires_s.saturating_sub(now);
        if left == 0 {
            return Err(unauthorized("expired, or without `exp`"));
        }
        Ok((caller, Duration::from_secs(left).min(self.config.cache_ttl.0)))
    }
}
