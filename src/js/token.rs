//! Token providers: client credentials with the core's cache, or the caller's callback.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use js_sys::{Array, Promise};
use secrecy::{ExposeSecret as _, SecretString};
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::{JsFuture, future_to_promise};
use web_sys::{AbortController, AbortSignal};

use super::host::ClientHost;
use super::http::{self, OutgoingRequest, host_of};
use super::wire::CallError;
use crate::auth::cache::{
    FetchPermit, TokenAction, TokenCache, TokenGeneration, UnauthorizedAction,
};
use crate::auth::{
    AccessToken, ClientCredentials, TokenError, build_token_request, parse_token_response,
};
use crate::error::{Error, ErrorKind};
use crate::format_text::join;

/// Timeout of a token request in milliseconds. Several calls share the request, so the signal and
/// timeout of a single call do not apply.
const TOKEN_TIMEOUT_MS: f64 = 30_000.0;

/// Token of one request.
pub(crate) struct RequestToken {
    pub(crate) token: SecretString,
    generation: Option<TokenGeneration>,
}

/// Source of tokens.
pub(crate) enum TokenProvider {
    Credentials(Box<CachedTokenProvider>),
    Callback,
}

/// Token cache with its pending fetch.
pub(crate) struct CachedTokenProvider {
    credentials: ClientCredentials,
    token_url: String,
    cache: RefCell<TokenCache>,
    pending: RefCell<Option<Promise>>,
    /// Cause of the last failed fetch.
    cause: RefCell<Option<JsValue>>,
    attempt: Cell<u32>,
    /// Aborts the pending token request.
    abort: RefCell<Option<AbortController>>,
    /// Whether it was aborted, because no call waits for it any more.
    abandoned: Cell<bool>,
}

impl TokenProvider {
    pub(crate) fn credentials(credentials: ClientCredentials, token_url: String) -> Self {
        Self::Credentials(Box::new(CachedTokenProvider {
            credentials,
            token_url,
            cache: RefCell::default(),
            pending: RefCell::default(),
            cause: RefCell::default(),
            attempt: Cell::new(0),
            abort: RefCell::default(),
            abandoned: Cell::new(false),
        }))
    }

    /// Aborts the pending token request, if any.
    pub(crate) fn abandon(&self) {
        let Self::Credentials(cached) = self else { return };
        if let Some(controller) = cached.abort.borrow_mut().take() {
            cached.abandoned.set(true);
            controller.abort();
        }
    }

    /// Reports a 401. Returns whether to retry.
    pub(crate) fn on_unauthorized(
        &self,
        bearer: &RequestToken,
        host: &ClientHost,
    ) -> UnauthorizedAction {
        match (self, bearer.generation) {
            (Self::Credentials(cached), Some(generation)) => {
                cached.cache.borrow_mut().on_unauthorized(generation, host.now())
            }
            // The callback may return a new token.
            _ => UnauthorizedAction::Retry,
        }
    }
}

/// [`TokenAction`] without the borrow of the cache.
enum TokenDecision {
    Use { bearer: RequestToken, renew: Option<FetchPermit> },
    Fetch(FetchPermit),
    Wait,
    Failed(Error),
}

/// Gets a token for a request. Concurrent calls share one token request.
pub(crate) async fn request_token(
    provider: &Rc<TokenProvider>,
    host: &Rc<ClientHost>,
    signal: Option<&AbortSignal>,
) -> Result<RequestToken, Box<CallError>> {
    let TokenProvider::Credentials(cached) = provider.as_ref() else {
        return from_callback(host).await;
    };
    loop {
        // A call that was aborted while it waited must not start a request that no call waits for.
        if signal.is_some_and(AbortSignal::aborted) {
            return Err(Error::new(ErrorKind::Abort, "aborted").into());
        }
        let next = match cached.cache.borrow_mut().next_action(host.now()) {
            TokenAction::Use { token, generation, fetch } => TokenDecision::Use {
                bearer: RequestToken { token: token.clone(), generation: Some(generation) },
                renew: fetch,
            },
            TokenAction::Fetch(permit) => TokenDecision::Fetch(permit),
            TokenAction::Wait => TokenDecision::Wait,
            TokenAction::Failed { error, .. } => TokenDecision::Failed(error),
        };
        match next {
            TokenDecision::Use { bearer, renew } => {
                if let Some(permit) = renew {
                    // In the background, because this call already has a token.
                    let _ = start(provider, cached, host, permit);
                }
                return Ok(bearer);
            }
            TokenDecision::Fetch(permit) => wait(start(provider, cached, host, permit)).await,
            TokenDecision::Wait => {
                let pending = cached.pending.borrow().clone();
                match pending {
                    Some(promise) => wait(promise).await,
                    None => return Err(unavailable()),
                }
            }
            TokenDecision::Failed(error) => {
                let cause = cached.cause.borrow().clone();
                let mut failure: Box<CallError> = error.into();
                failure.cause = cause;
                return Err(failure);
            }
        }
    }
}

/// Starts the fetch that the cache requested; all waiting calls share its promise.
fn start(
    provider: &Rc<TokenProvider>,
    cached: &CachedTokenProvider,
    host: &Rc<ClientHost>,
    permit: FetchPermit,
) -> Promise {
    let (provider, host) = (provider.clone(), host.clone());
    let promise = future_to_promise(async move {
        fetch(&provider, &host, permit).await;
        Ok(JsValue::UNDEFINED)
    });
    cached.pending.replace(Some(promise.clone()));
    promise
}

async fn wait(promise: Promise) {
    let _ = JsFuture::from(promise).await;
}

fn unavailable() -> Box<CallError> {
    let message = "no access token available: the last token request failed; see `cause`";
    Error::new(ErrorKind::TokenUnavailable, message).into()
}

/// Fetches a token and reports the outcome to the cache.
async fn fetch(provider: &Rc<TokenProvider>, host: &Rc<ClientHost>, permit: FetchPermit) {
    let TokenProvider::Credentials(cached) = provider.as_ref() else { return };
    cached.attempt.set(cached.attempt.get().saturating_add(1));
    let outcome = with_timeout(provider, host).await;
    let (now, jitter) = (host.now(), host.random());
    let mut cache = cached.cache.borrow_mut();
    cached.abort.replace(None);
    let cause = match outcome {
        // Not a failure of the endpoint: the next call requests a token at once.
        Err(_) if cached.abandoned.get() => {
            drop(permit);
            None
        }
        Ok(Ok(token)) => {
            cache.on_token(permit, token, jitter);
            None
        }
        Ok(Err(failure)) => {
            cache.on_fetch_error(permit, failure, now, jitter);
            None
        }
        Err(cause) => {
            let host = host_of(&cached.token_url);
            let reason = cause.as_ref().and_then(|cause| http::unsent(host, cause));
            let reason = reason.as_deref().unwrap_or("check tokenUrl and the network");
            let message = join(&["token endpoint unreachable at ", host, ": ", reason]);
            cache.on_fetch_error(permit, TokenError::unreachable(message), now, jitter);
            cause
        }
    };
    cached.cause.replace(cause);
    cached.pending.replace(None);
}

type TokenFetchOutcome = Result<Result<AccessToken, TokenError>, Option<JsValue>>;

/// Races the request against a timer; both share a signal, which aborts the other one.
async fn with_timeout(provider: &Rc<TokenProvider>, host: &Rc<ClientHost>) -> TokenFetchOutcome {
    let Ok(controller) = AbortController::new() else { return Err(None) };
    let signal = controller.signal();
    if let TokenProvider::Credentials(cached) = provider.as_ref() {
        cached.abandoned.set(false);
        cached.abort.replace(Some(controller.clone()));
    }
    let outcome: Rc<RefCell<Option<TokenFetchOutcome>>> = Rc::default();
    let request = {
        let (provider, host, outcome, signal) =
            (provider.clone(), host.clone(), outcome.clone(), signal.clone());
        future_to_promise(async move {
            let result = send_request(&provider, &host, &signal).await;
            outcome.replace(Some(result));
            Ok(JsValue::UNDEFINED)
        })
    };
    let timer = host.sleep(TOKEN_TIMEOUT_MS, &signal).map_err(Some)?;
    wait(Promise::race(&Array::of2(&request, &timer))).await;
    controller.abort();
    outcome.take().unwrap_or(Err(None))
}

async fn send_request(
    provider: &Rc<TokenProvider>,
    host: &Rc<ClientHost>,
    signal: &web_sys::AbortSignal,
) -> TokenFetchOutcome {
    let TokenProvider::Credentials(cached) = provider.as_ref() else { return Err(None) };
    let rejected =
        |error| TokenError { error: Box::new(error), permanent: true, retry_after_ms: None };
    let request = match build_token_request(&cached.credentials) {
        Ok(request) => request,
        Err(error) => return Ok(Err(rejected(error))),
    };
    let authorization = request.authorization.as_ref().map(|value| value.expose_secret());
    let mut headers =
        vec![("accept", "application/json"), ("content-type", "application/x-www-form-urlencoded")];
    headers.extend(authorization.map(|value| ("authorization", value)));
    let out = OutgoingRequest {
        method: "POST",
        url: &cached.token_url,
        headers: &headers,
        body: JsValue::from_str(request.body.expose_secret()),
        signal: Some(signal),
        operation: "token",
        attempt: cached.attempt.get(),
        secret: cached.credentials.client_secret.expose_secret(),
    };
    let lost = |failure: Box<CallError>| failure.cause;
    let response = http::send(host, out).await.map_err(lost)?;
    let head = http::head(host, &response, None);
    let body = http::text(&response).await.map_err(lost)?;
    Ok(parse_token_response(head.status, head.retry_after_ms, String::from(body).as_bytes()))
}

async fn from_callback(host: &ClientHost) -> Result<RequestToken, Box<CallError>> {
    let failed = |cause| {
        let message = "`accessToken` callback failed; see `cause`";
        CallError::caused(Error::new(ErrorKind::Authentication, message), cause)
    };
    let token = JsFuture::from(host.access_token().map_err(failed)?).await.map_err(failed)?;
    let usable = token
        .as_string()
        .filter(|token| !token.is_empty() && token.bytes().all(|b| b.is_ascii_graphic()));
    let Some(token) = usable else {
        let message =
            "invalid result of the `accessToken` callback: it must return a token, as a string";
        return Err(Error::new(ErrorKind::InvalidArgument, message).into());
    };
    Ok(RequestToken { token: SecretString::from(token), generation: None })
}
