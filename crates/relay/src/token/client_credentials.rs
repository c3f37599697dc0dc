//! Token request (OAuth 2.0 client credentials). The core builds the request and parses the response; this
//! module reads the secret, again for each request, and checks the granted scopes.

use std::future::Future;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue, RETRY_AFTER};
use http::{Method, Uri};
use secrecy::{ExposeSecret, SecretString};
use swisscom_sign::auth::{
    ClientAuthentication, ClientCredentials, TokenError, build_token_request, parse_token_response,
};
use swisscom_sign::contract::Scope;
use swisscom_sign::error::{Error, ErrorKind};
use swisscom_sign::request::retry_after_ms;

use super::{FetchOutcome, TokenFetcher};
use crate::secret::SecretSource;
use crate::start_error::report;
use crate::telemetry::metrics::Metrics;
use crate::upstream::client::HttpClient;

const MAX_RESPONSE_BYTES: usize = 64 * 1024;

#[derive(Debug, Clone)]
pub(crate) struct TokenEndpoint {
    pub(crate) url: Uri,
    pub(crate) client_id: SecretSource,
    /// The next one is tried if one is rejected.
    pub(crate) secrets: Vec<SecretSource>,
    pub(crate) authentication: ClientAuthentication,
    pub(crate) timeout: Duration,
}

pub(crate) struct ClientCredentialsFetcher {
    http: Arc<HttpClient>,
    endpoint: TokenEndpoint,
    scopes: Vec<Scope>,
    /// Rejects tokens with other scopes than requested: for `POST /relay/token`.
    exact: bool,
    metrics: Arc<Metrics>,
}

impl ClientCredentialsFetcher {
    pub(crate) fn new(
        http: Arc<HttpClient>,
        endpoint: TokenEndpoint,
        scopes: Vec<Scope>,
        exact: bool,
        metrics: Arc<Metrics>,
    ) -> Self {
        Self { http, endpoint, scopes, exact, metrics }
    }
}

impl TokenFetcher for ClientCredentialsFetcher {
    fn fetch(&self) -> Pin<Box<dyn Future<Output = FetchOutcome> + Send>> {
        let (http, endpoint) = (Arc::clone(&self.http), self.endpoint.clone());
        let (scopes, exact) = (self.scopes.clone(), self.exact);
        Box::pin(async move {
            let mut last = TokenError::unreachable("missing client secret");
            for secret in &endpoint.secrets {
                match attempt(&http, &endpoint, secret, &scopes).await {
                    Ok(token) => return check_granted_scope(token, &scopes, exact),
                    // Only a rejected secret is a reason to try the next one.
                    Err(failure) if is_rejected_secret(&failure) => last = failure,
                    Err(failure) => return Err(failure),
                }
            }
            Err(last)
        })
    }

    fn fingerprint(&self) -> Pin<Box<dyn Future<Output = u64> + Send>> {
        let endpoint = self.endpoint.clone();
        Box::pin(async move {
            let mut hasher = DefaultHasher::new();
            for source in endpoint.secrets.iter().chain([&endpoint.client_id]) {
                let secret = source.read_async().await.map_err(|error| report(&error));
                secret.map(|secret| secret.expose_secret().to_owned()).hash(&mut hasher);
            }
            hasher.finish()
        })
    }

    fn observe(&self, outcome: &FetchOutcome, duration: Duration) {
        let result = match outcome {
            Ok(_) => "ok",
            Err(failure) if failure.permanent => "permanent",
            Err(_) => "transient",
        };
        self.metrics.token_refresh(result, duration);
    }
}

fn is_rejected_secret(failure: &TokenError) -> bool {
    failure.permanent && matches!(failure.error.status, Some(400 | 401))
}

fn permanent(message: String) -> TokenError {
    TokenError {
        error: Box::new(Error::new(ErrorKind::Authentication, message)),
        permanent: true,
        retry_after_ms: None,
    }
}

async fn attempt(
    http: &HttpClient,
    endpoint: &TokenEndpoint,
    secret: &SecretSource,
    scopes: &[Scope],
) -> FetchOutcome {
    // Transient: a file can be empty or missing for a moment while it is replaced.
    let read = async |source: &SecretSource| {
        source.read_async().await.map_err(|error| TokenError::unreachable(report(&error)))
    };
    let credentials = ClientCredentials {
        client_id: read(&endpoint.client_id).await?.expose_secret().to_owned(),
        client_secret: read(secret).await?,
        scopes: scopes.to_vec(),
        authentication: endpoint.authentication,
    };
    let request = build_token_request(&credentials)
        .map_err(|error| TokenError::unreachable(error.message))?;
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
    headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
    if let Some(value) = &request.authorization {
        headers.insert(AUTHORIZATION, sensitive(value)?);
    }
    let body = bytes::Bytes::from(request.body.expose_secret().to_owned());
    let response = http
        .fetch(Method::POST, &endpoint.url, headers, body, MAX_RESPONSE_BYTES, endpoint.timeout)
        .await
        .map_err(|error| TokenError::unreachable(format!("token endpoint: {}", report(&error))))?;
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
    let retry_after = response
        .headers
        .get(RETRY_AFTER)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| retry_after_ms(value, i64::try_from(now).unwrap_or(i64::MAX)));
    parse_token_response(response.status.as_u16(), retry_after, &response.body)
}

fn sensitive(value: &SecretString) -> Result<HeaderValue, TokenError> {
    let mut header = HeaderValue::from_str(value.expose_secret()).map_err(|_| {
        TokenError::unreachable("the credentials contain characters that a header cannot contain")
    })?;
    header.set_sensitive(true);
    Ok(header)
}

/// Compares the scopes as sets. Missing scopes are an error; excess scopes are one if `exact`.
fn check_granted_scope(
    token: swisscom_sign::auth::AccessToken,
    requested: &[Scope],
    exact: bool,
) -> FetchOutcome {
    let has = |scope: &Scope| token.scopes.iter().any(|granted| granted == scope.as_str());
    if !token.scopes.is_empty()
        && let Some(missing) = requested.iter().find(|scope| !has(scope))
    {
        return Err(permanent(format!("scope_missing: the token lacks {}", missing.as_str())));
    }
    let is_wider = token.scopes.iter().any(|granted| {
        granted.starts_with("sswp:") && !requested.iter().any(|scope| scope.as_str() == granted)
    });
    if exact && (is_wider || token.scopes.is_empty()) {
        return Err(permanent(SCOPE_WIDER_CODE.into()));
    }
    if is_wider {
        tracing::warn!("the token endpoint granted more scopes than requested");
    }
    Ok(token)
}

/// Message of the failure for excess scopes.
pub(crate) const SCOPE_WIDER_CODE: &str = "excess_token_scope";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_credentials_as_sensitive_headers() {
        let header = sensitive(&SecretString::from("Basic canary")).unwrap();
        assert!(header.is_sensitive());
        assert!(!format!("{header:?}").contains("canary"));
        assert!(sensitive(&SecretString::from("a\nb")).is_err());
    }

    #[test]
    fn scopes_are_compared_as_sets() {
        let token = |scopes: &[&str]| swisscom_sign::auth::AccessToken {
            access_token: SecretString::from("t"),
            lifetime_ms: 1000,
            scopes: scopes.iter().map(|s| (*s).into()).collect(),
        };
        let wanted = [Scope::Create, Scope::Read];
        let both = ["email", "sswp:process:read", "sswp:process:create"];
        assert!(check_granted_scope(token(&both), &wanted, false).is_ok());
        assert!(
            check_granted_scope(token(&both), &wanted, true).is_ok(),
            "scopes of other APIs are ignored"
        );
        assert!(check_granted_scope(token(&[]), &wanted, false).is_ok(), "RFC 6749 section 5.1");
        assert!(check_granted_scope(token(&[]), &wanted, true).is_err(), "cannot be verified");
        let failure =
            check_granted_scope(token(&["sswp:process:read"]), &wanted, false).unwrap_err();
        assert!(failure.permanent && failure.error.message.contains("scope_missing"));
        assert!(check_granted_scope(token(&both), &[Scope::Read], false).is_ok());
        let failure = check_granted_scope(token(&both), &[Scope::Read], true).unwrap_err();
        assert_eq!(failure.error.message, SCOPE_WIDER_CODE);
    }
}
