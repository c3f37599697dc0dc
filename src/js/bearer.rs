//! Where the token of a call comes from: the client's credentials by way of the core's cache, or
//! the caller's own callback.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use js_sys::{Array, Promise};
use secrecy::{ExposeSecret as _, SecretString};
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::{JsFuture, future_to_promise};
use web_sys::AbortController;

use super::exchange::{self, OutgoingRequest, host_of};
use super::host::ClientHost;
use super::wire::CallError;
use crate::auth::cache::{TokenAction, TokenCache, TokenGeneration, UnauthorizedAction};
use crate::auth::claims;
use crate::auth::{
    AccessToken, ClientCredentials, TokenError, build_token_request, parse_token_response,
};
use crate::error::{Error, ErrorKind};
use crate::preflight::TenantKind;

/// A token request that takes longer has failed, in milliseconds. It is nobody's call in
/// particular, so no caller's signal or timeout ends it.
const TOKEN_TIMEOUT_MS: f64 = 30_000.0;

/// A token, and what to name if it is refused.
pub(crate) struct RequestToken {
    pub(crate) token: SecretString,
    generation: Option<TokenGeneration>,
}

/// The source of tokens of an engine.
pub(crate) enum TokenProvider {
    /// Client credentials.
    Credentials(Box<CachedTokenProvider>),
    /// The host's callback.
    Callback,
}

/// The cache, and the one fetch under way.
pub(crate) struct CachedTokenProvider {
    credentials: ClientCredentials,
    token_url: String,
    cache: RefCell<TokenCache>,
    under_way: RefCell<Option<Promise>>,
    /// Why the last fetch brought no answer.
    cause: RefCell<Option<JsValue>>,
    attempt: Cell<u32>,
    /// Whose credentials these are, once a token has said it.
    tenant: Cell<TenantKind>,
}

impl TokenProvider {
    pub(crate) fn credentials(credentials: ClientCredentials, token_url: String) -> Self {
        Self::Credentials(Box::new(CachedTokenProvider {
            credentials,
            token_url,
            cache: RefCell::default(),
            under_way: RefCell::default(),
            cause: RefCell::default(),
            attempt: Cell::new(0),
            tenant: Cell::default(),
        }))
    }

    /// On whose behalf calls are made. A callback may bring the token of another at every call.
    pub(crate) fn tenant(&self) -> TenantKind {
        match self {
            Self::Credentials(cached) => cached.tenant.get(),
            Self::Callback => TenantKind::Unknown,
        }
    }

    /// What a 401 means for the call: once more, or final.
    pub(crate) fn rejected(&self, bearer: &RequestToken, host: &ClientHost) -> UnauthorizedAction {
        match (self, bearer.generation) {
            (Self::Credentials(cached), Some(generation)) => {
                cached.cache.borrow_mut().on_unauthorized(generation, host.now())
            }
            // The callback is asked once more: its owner may have a new token.
            _ => UnauthorizedAction::Retry,
        }
    }
}

/// What a step says, without the borrow of the cache.
enum TokenDecision {
    Use { bearer: RequestToken, renew: bool },
    Fetch,
    Wait,
    Failed(Error),
}

/// A token for a call. Any number of calls share one token request.
pub(crate) async fn bearer(
    source: &Rc<TokenProvider>,
    host: &Rc<ClientHost>,
) -> Result<RequestToken, Box<CallError>> {
    let TokenProvider::Credentials(cached) = source.as_ref() else {
        return from_callback(host).await;
    };
    loop {
        let next = match cached.cache.borrow_mut().next_action(host.now()) {
            TokenAction::Use { token, generation, fetch } => TokenDecision::Use {
                bearer: RequestToken { token: token.clone(), generation: Some(generation) },
                renew: fetch,
            },
            TokenAction::Fetch => TokenDecision::Fetch,
            TokenAction::Wait => TokenDecision::Wait,
            TokenAction::Failed { error, .. } => TokenDecision::Failed(error),
        };
        match next {
            TokenDecision::Use { bearer, renew } => {
                if renew {
                    // In the background: this call has a token.
                    let _ = start(source, cached, host);
                }
                return Ok(bearer);
            }
            TokenDecision::Fetch => wait(start(source, cached, host)).await,
            TokenDecision::Wait => {
                let under_way = cached.under_way.borrow().clone();
                match under_way {
                    Some(promise) => wait(promise).await,
                    None => return Err(unexpected()),
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

/// Starts the fetch that the cache asked for; every call that waits shares its promise.
fn start(
    source: &Rc<TokenProvider>,
    cached: &CachedTokenProvider,
    host: &Rc<ClientHost>,
) -> Promise {
    let (source, host) = (source.clone(), host.clone());
    let promise = future_to_promise(async move {
        fetch(&source, &host).await;
        Ok(JsValue::UNDEFINED)
    });
    cached.under_way.replace(Some(promise.clone()));
    promise
}

async fn wait(promise: Promise) {
    let _ = JsFuture::from(promise).await;
}

fn unexpected() -> Box<CallError> {
    Error::new(ErrorKind::TokenUnavailable, "no token could be obtained").into()
}

/// Fetches a token and reports the outcome to the cache, whatever happens.
async fn fetch(source: &Rc<TokenProvider>, host: &Rc<ClientHost>) {
    let TokenProvider::Credentials(cached) = source.as_ref() else { return };
    cached.attempt.set(cached.attempt.get().saturating_add(1));
    let outcome = within_time(source, host).await;
    let (now, jitter) = (host.now(), host.random());
    let mut cache = cached.cache.borrow_mut();
    let cause = match outcome {
        Ok(Ok(token)) => {
            cached.tenant.set(claims::tenant_from_token(token.access_token.expose_secret()));
            cache.on_token(token, now, jitter);
            None
        }
        Ok(Err(failure)) => {
            cache.on_fetch_error(failure, now, jitter);
            None
        }
        Err(cause) => {
            let mut message = String::from("the token endpoint could not be reached at ");
            message.push_str(host_of(&cached.token_url));
            cache.on_fetch_error(TokenError::unreachable(message), now, jitter);
            cause
        }
    };
    cached.cause.replace(cause);
    cached.under_way.replace(None);
}

type TokenFetchOutcome = Result<Result<AccessToken, TokenError>, Option<JsValue>>;

/// The request against a timer; the loser is ended by the signal that both share.
async fn within_time(source: &Rc<TokenProvider>, host: &Rc<ClientHost>) -> TokenFetchOutcome {
    let Ok(controller) = AbortController::new() else { return Err(None) };
    let signal = controller.signal();
    let outcome: Rc<RefCell<Option<TokenFetchOutcome>>> = Rc::default();
    let request = {
        let (source, host, outcome, signal) =
            (source.clone(), host.clone(), outcome.clone(), signal.clone());
        future_to_promise(async move {
            let answered = ask(&source, &host, &signal).await;
            outcome.replace(Some(answered));
            Ok(JsValue::UNDEFINED)
        })
    };
    let timer = host.sleep(TOKEN_TIMEOUT_MS, &signal).map_err(Some)?;
    wait(Promise::race(&Array::of2(&request, &timer))).await;
    controller.abort();
    outcome.take().unwrap_or(Err(None))
}

async fn ask(
    source: &Rc<TokenProvider>,
    host: &Rc<ClientHost>,
    signal: &web_sys::AbortSignal,
) -> TokenFetchOutcome {
    let TokenProvider::Credentials(cached) = source.as_ref() else { return Err(None) };
    let refused =
        |error| TokenError { error: Box::new(error), permanent: true, retry_after_ms: None };
    let request = match build_token_request(&cached.credentials) {
        Ok(request) => request,
        Err(error) => return Ok(Err(refused(error))),
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
    let answer = exchange::send(host, out).await.map_err(lost)?;
    let head = exchange::head(host, &answer, None);
    let body = exchange::text(&answer).await.map_err(lost)?;
    Ok(parse_token_response(head.status, head.retry_after_ms, String::from(body).as_bytes()))
}

async fn from_callback(host: &ClientHost) -> Result<RequestToken, Box<CallError>> {
    let failed = |cause| {
        let message = "the callback for the access token failed";
        CallError::caused(Error::new(ErrorKind::Authentication, message), cause)
    };
    let token = JsFuture::from(host.access_token().map_err(failed)?).await.map_err(failed)?;
    let usable = token
        .as_string()
        .filter(|token| !token.is_empty() && token.bytes().all(|b| b.is_ascii_graphic()));
    let Some(token) = usable else {
        let message = "the callback for the access token must return a token, as a string";
        return Err(Error::new(ErrorKind::InvalidArgument, message).into());
    };
    Ok(RequestToken { token: SecretString::from(token), generation: None })
}
