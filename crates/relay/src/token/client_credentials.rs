//! The request to the token endpoint: the core builds the form and reads the answer; here are the
//! secret, which is read anew each time, and the check of the scopes.

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
use crate::telemetry::metrics::Metrics;
use crate::upstream::client::{HttpClient, HttpError};

/// Largest answer of the token endpoint that is read, in bytes.
const MAX_ANSWER: usize = 64 * 1024;

/// Where and as whom tokens are fetched.
#[derive(Debug, Clone)]
pub struct TokenEndpoint {
    /// The token endpoint.
    pub url: Uri,
    /// Client ID.
    pub client_id: SecretSource,
    /// Client secrets, tried in this order when one is refused.
    pub secrets: Vec<SecretSource>,
    /// How the client proves who it is.
    pub authentication: ClientAuthentication,
    /// Longest time for an answer.
    pub timeout: Duration,
}

/// A fetch of tokens with these scopes.
pub struct ClientCredentialsFetcher {
    http: Arc<HttpClient>,
    endpoint: TokenEndpoint,
    scopes: Vec<Scope>,
    /// Whether a grant of more than was asked for is refused: for tokens that are handed out.
    exact: bool,
    metrics: Arc<Metrics>,
}

impl ClientCredentialsFetcher {
    /// With these scopes.
    pub fn new(
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
            let mut last = TokenError::unreachable("there is no client secret");
            for secret in &endpoint.secrets {
                match attempt(&http, &endpoint, secret, &scopes).await {
                    Ok(token) => return check_granted_scope(token, &scopes, exact),
                    // Only a refused secret is a reason to try the next one.
                    Err(failure) if refused(&failure) => last = failure,
                    Err(failure) => return Err(failure),
                }
            }
            Err(last)
        })
    }

    fn fingerprint(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        for source in self.endpoint.secrets.iter().chain([&self.endpoint.client_id]) {
            source.read().map(|secret| secret.expose_secret().to_owned()).hash(&mut hasher);
        }
        hasher.finish()
    }

    fn observe(&self, outcome: &FetchOutcome, took: Duration) {
        let result = match outcome {
            Ok(_) => "ok",
            Err(failure) if failure.permanent => "permanent",
            Err(_) => "transient",
        };
        self.metrics.token_refresh(result, took);
    }
}

fn refused(failure: &TokenError) -> bool {
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
    // A file that is being replaced can be empty or absent for a moment: not permanent.
    let read = |source: &SecretSource| source.read().map_err(TokenError::unreachable);
    let credentials = ClientCredentials {
        client_id: read(&endpoint.client_id)?.expose_secret().to_owned(),
        client_secret: read(secret)?,
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
    let answer = http
        .fetch(Method::POST, &endpoint.url, headers, body, MAX_ANSWER, endpoint.timeout)
        .await
        .map_err(|error| {
            TokenError::unreachable(match error {
                HttpError::Timeout => "the token endpoint did not answer in time".to_owned(),
                HttpError::Connect => "the token endpoint cannot be reached".to_owned(),
                HttpError::Broken | HttpError::Body => {
                    "the answer of the token endpoint broke off".to_owned()
                }
            })
        })?;
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
    let retry_after = answer
        .headers
        .get(RETRY_AFTER)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| retry_after_ms(value, i64::try_from(now).unwrap_or(i64::MAX)));
    parse_token_response(answer.status.as_u16(), retry_after, &answer.body)
}

fn sensitive(value: &SecretString) -> Result<HeaderValue, TokenError> {
    let mut header = HeaderValue::from_str(value.expose_secret())
        .map_err(|_| TokenError::unreachable("the credentials make no header"))?;
    header.set_sensitive(true);
    Ok(header)
}

/// The granted scopes are a set, in any order. Less than what is needed helps nobody; more than
/// what was asked for is never handed out.
fn check_granted_scope(
    token: swisscom_sign::auth::AccessToken,
    wanted: &[Scope],
    exact: bool,
) -> FetchOutcome {
    let has = |scope: &Scope| token.scopes.iter().any(|granted| granted == scope.as_str());
    if !token.scopes.is_empty()
        && let Some(missing) = wanted.iter().find(|scope| !has(scope))
    {
        return Err(permanent(format!("scope_missing: the token lacks {}", missing.as_str())));
    }
    let wider = token.scopes.iter().any(|granted| {
        granted.starts_with("sswp:") && !wanted.iter().any(|w| w.as_str() == granted)
    });
    if exact && (wider || token.scopes.is_empty()) {
        return Err(permanent(SCOPE_WIDER_CODE.into()));
    }
    if wider {
        tracing::warn!("the token endpoint grants more scopes than were asked for");
    }
    Ok(token)
}

/// How a failure says that more was granted than asked for.
pub const SCOPE_WIDER_CODE: &str = "scope_wider_than_requested";

#[cfg(test)]
mod tests {
    use super::*;

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
            "others' scopes do no harm"
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
