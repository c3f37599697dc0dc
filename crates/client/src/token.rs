//! Access tokens: drives the core's token cache.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use secrecy::{ExposeSecret as _, SecretString};
use swisscom_sign::auth::cache::{
    ClockReading, FetchPermit, TokenAction, TokenCache, TokenGeneration, UnauthorizedAction,
};
use swisscom_sign::auth::{
    AccessToken, ClientCredentials, TokenError, build_token_request, parse_token_response,
};
use swisscom_sign::{Error, ErrorKind, Result, request};
use tokio::sync::Notify;

use crate::http::{header, wall_ms};

/// Timeout of a token request. Several calls share it, so that the timeout of a call does not apply.
const TOKEN_TIMEOUT: Duration = Duration::from_secs(30);
/// Maximum size of a token response that is read, one byte more than the core accepts.
const MAX_RESPONSE: usize = 64 * 1024 + 1;

/// Token of one request.
pub(crate) struct RequestToken {
    pub(crate) token: SecretString,
    generation: TokenGeneration,
}

pub(crate) struct TokenProvider {
    http: reqwest::Client,
    url: String,
    credentials: ClientCredentials,
    cache: Mutex<TokenCache>,
    /// Notified at the end of each fetch.
    fetched: Notify,
    started: Instant,
}

impl TokenProvider {
    pub(crate) fn new(
        http: reqwest::Client,
        url: String,
        credentials: ClientCredentials,
    ) -> Arc<Self> {
        let (cache, fetched) = (Mutex::default(), Notify::new());
        Arc::new(Self { http, url, credentials, cache, fetched, started: Instant::now() })
    }

    /// Gets a token. Concurrent calls share one token request.
    pub(crate) async fn token(self: &Arc<Self>) -> Result<RequestToken> {
        loop {
            // Registered before the cache is asked, so that no end of a fetch is missed.
            let mut fetched = std::pin::pin!(self.fetched.notified());
            fetched.as_mut().enable();
            {
                let mut cache = self.cache();
                match cache.next_action(self.now()) {
                    TokenAction::Use { token, generation, fetch } => {
                        let token = token.clone();
                        if let Some(permit) = fetch {
                            self.start_fetch(permit);
                        }
                        return Ok(RequestToken { token, generation });
                    }
                    TokenAction::Fetch(permit) => self.start_fetch(permit),
                    TokenAction::Wait => {}
                    TokenAction::Failed { error, .. } => return Err(error),
                }
            }
            fetched.await;
        }
    }

    pub(crate) fn on_unauthorized(&self, token: &RequestToken) -> UnauthorizedAction {
        self.cache().on_unauthorized(token.generation, self.now())
    }

    /// In a task of its own: a call that is dropped must not cancel a fetch that others wait for.
    fn start_fetch(self: &Arc<Self>, permit: FetchPermit) {
        let provider = self.clone();
        tokio::spawn(async move {
            let outcome = tokio::time::timeout(TOKEN_TIMEOUT, provider.fetch()).await;
            let outcome = outcome.unwrap_or_else(|_| {
                Err(TokenError::unreachable("the token endpoint did not respond within 30 seconds"))
            });
            match outcome {
                Ok(token) => provider.cache().on_token(permit, token, fastrand::f64()),
                Err(failure) => {
                    let now = provider.now();
                    provider.cache().on_fetch_error(permit, failure, now, fastrand::f64());
                }
            }
            provider.fetched.notify_waiters();
        });
    }

    async fn fetch(&self) -> std::result::Result<AccessToken, TokenError> {
        let request = build_token_request(&self.credentials).map_err(|error| TokenError {
            error: Box::new(error),
            permanent: true,
            retry_after_ms: None,
        })?;
        let mut builder = self
            .http
            .post(&self.url)
            .header("accept", "application/json")
            .header("content-type", "application/x-www-form-urlencoded")
            .body(request.body.expose_secret().to_owned());
        if let Some(authorization) = &request.authorization {
            builder = builder.header("authorization", authorization.expose_secret());
        }
        let unreachable = |error: reqwest::Error| {
            let message = "token endpoint unreachable: check `token_url` and the network";
            let error =
                Error::new(ErrorKind::TokenUnavailable, message).with_source(error.without_url());
            TokenError { error: Box::new(error), permanent: false, retry_after_ms: None }
        };
        let mut response = builder.send().await.map_err(unreachable)?;
        let status = response.status().as_u16();
        let retry_after = header(&response, "retry-after")
            .and_then(|value| request::retry_after_ms(value, wall_ms()));
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(unreachable)? {
            body.extend_from_slice(&chunk);
            if body.len() >= MAX_RESPONSE {
                break;
            }
        }
        parse_token_response(status, retry_after, &body)
    }

    fn cache(&self) -> std::sync::MutexGuard<'_, TokenCache> {
        // The cache is consistent after every method.
        self.cache.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now(&self) -> ClockReading {
        let monotonic_ms = u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX);
        ClockReading { monotonic_ms, wall_ms: u64::try_from(wall_ms()).unwrap_or_default() }
    }
}
