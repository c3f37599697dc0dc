//! Where the token of a call comes from: the client's credentials by way of the core's cache, or
//! the caller's own callback.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use js_sys::{Array, Promise};
use secrecy::{ExposeSecret as _, SecretString};
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::{JsFuture, future_to_promise};
use web_sys::AbortController;

use super::exchange::{self, Outgoing, host_of};
use super::host::Host;
use super::wire::Failure;
use crate::auth::cache::{Generation, Rejection, Step, TokenCache};
use crate::auth::claims;
use crate::auth::{Credentials, Token, TokenFailure, token_answer, token_request};
use crate::error::{Error, ErrorKind};
use crate::preflight::Tenant;

/// A token request that takes longer has failed, in milliseconds. It is nobody's call in
/// particular, so no caller's signal or timeout ends it.
const TOKEN_TIMEOUT_MS: f64 = 30_000.0;

/// A token, and what to name if it is refused.
pub(crate) struct Bearer {
    pub(crate) token: SecretString,
    generation: Option<Generation>,
}

/// The source of tokens of an engine.
pub(crate) enum Source {
    /// Client credentials.
    Credentials(Box<Cached>),
    /// The host's callback.
    Callback,
}

/// The cache, and the one fetch under way.
pub(crate) struct Cached {
    credentials: Credentials,
    token_url: String,
    cache: RefCell<TokenCache>,
    under_way: RefCell<Option<Promise>>,
    /// Why the last fetch brought no answer.
    cause: RefCell<Option<JsValue>>,
    attempt: Cell<u32>,
    /// Whose credentials these are, once a token has said it.
    tenant: Cell<Tenant>,
}

impl Source {
    pub(crate) fn credentials(credentials: Credentials, token_url: String) -> Self {
        Self::Credentials(Box::new(Cached {
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
    pub(crate) fn tenant(&self) -> Tenant {
        match self {
            Self::Credentials(cached) => cached.tenant.get(),
            Self::Callback => Tenant::Unknown,
        }
    }

    /// What a 401 means for the call: once more, or final.
    pub(crate) fn rejected(&self, bearer: &Bearer, host: &Host) -> Rejection {
        match (self, bearer.generation) {
            (Self::Credentials(cached), Some(generation)) => {
                cached.cache.borrow_mut().rejected(generation, host.now())
            }
            // The callback is asked once more: its owner may have a new token.
            _ => Rejection::Retry,
        }
    }
}

/// What a step says, without the borrow of the cache.
enum Next {
    Use { bearer: Bearer, renew: bool },
    Fetch,
    Wait,
    Failed(Error),
}

/// A token for a call. Any number of calls share one token request.
pub(crate) async fn bearer(source: &Rc<Source>, host: &Rc<Host>) -> Result<Bearer, Box<Failure>> {
    let Source::Credentials(cached) = source.as_ref() else {
        return from_callback(host).await;
    };
    loop {
        let next = match cached.cache.borrow_mut().step(host.now()) {
            Step::Use { token, generation, fetch } => Next::Use {
                bearer: Bearer { token: token.clone(), generation: Some(generation) },
                renew: fetch,
            },
            Step::Fetch => Next::Fetch,
            Step::Wait => Next::Wait,
            Step::Failed { error, .. } => Next::Failed(error),
        };
        match next {
            Next::Use { bearer, renew } => {
                if renew {
                    // In the background: this call has a token.
                    let _ = start(source, cached, host);
                }
                return Ok(bearer);
            }
            Next::Fetch => wait(start(source, cached, host)).await,
            Next::Wait => {
                let under_way = cached.under_way.borrow().clone();
                match under_way {
                    Some(promise) => wait(promise).await,
                    None => return Err(unexpected()),
                }
            }
            Next::Failed(error) => {
                let cause = cached.cause.borrow().clone();
                let mut failure: Box<Failure> = error.into();
                failure.cause = cause;
                return Err(failure);
            }
        }
    }
}

/// Starts the fetch that the cache asked for; every call that waits shares its promise.
fn start(source: &Rc<Source>, cached: &Cached, host: &Rc<Host>) -> Promise {
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

fn unexpected() -> Box<Failure> {
    Error::new(ErrorKind::TokenUnavailable, "no token could be obtained").into()
}

/// Fetches a token and reports the outcome to the cache, whatever happens.
async fn fetch(source: &Rc<Source>, host: &Rc<Host>) {
    let Source::Credentials(cached) = source.as_ref() else { return };
    cached.attempt.set(cached.attempt.get().saturating_add(1));
    let outcome = within_time(source, host).await;
    let (now, jitter) = (host.now(), host.random());
    let mut cache = cached.cache.borrow_mut();
    let cause = match outcome {
        Ok(Ok(token)) => {
            cached.tenant.set(claims::tenant(token.access_token.expose_secret()));
            cache.fetched(token, now, jitter);
            None
        }
        Ok(Err(failure)) => {
            cache.failed(failure, now, jitter);
            None
        }
        Err(cause) => {
            let mut message = String::from("the token endpoint could not be reached at ");
            message.push_str(host_of(&cached.token_url));
            cache.failed(TokenFailure::unreachable(message), now, jitter);
            cause
        }
    };
    cached.cause.replace(cause);
    cached.under_way.replace(None);
}

type Outcome = Result<Result<Token, TokenFailure>, Option<JsValue>>;

/// The request against a timer; the loser is ended by the signal that both share.
async fn within_time(source: &Rc<Source>, host: &Rc<Host>) -> Outcome {
    let Ok(controller) = AbortController::new() else { return Err(None) };
    let signal = controller.signal();
    let outcome: Rc<RefCell<Option<Outcome>>> = Rc::default();
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

async fn ask(source: &Rc<Source>, host: &Rc<Host>, signal: &web_sys::AbortSignal) -> Outcome {
    let Source::Credentials(cached) = source.as_ref() else { return Err(None) };
    let refused =
        |error| TokenFailure { error: Box::new(error), permanent: true, retry_after_ms: None };
    let request = match token_request(&cached.credentials) {
        Ok(request) => request,
        Err(error) => return Ok(Err(refused(error))),
    };
    let authorization = request.authorization.as_ref().map(|value| value.expose_secret());
    let mut headers =
        vec![("accept", "application/json"), ("content-type", "application/x-www-form-urlencoded")];
    headers.extend(authorization.map(|value| ("authorization", value)));
    let out = Outgoing {
        method: "POST",
        url: &cached.token_url,
        headers: &headers,
        body: JsValue::from_str(request.body.expose_secret()),
        signal: Some(signal),
        operation: "token",
        attempt: cached.attempt.get(),
        secret: cached.credentials.client_secret.expose_secret(),
    };
    let lost = |failure: Box<Failure>| failure.cause;
    let answer = exchange::send(host, out).await.map_err(lost)?;
    let head = exchange::head(host, &answer, None);
    let body = exchange::text(&answer).await.map_err(lost)?;
    Ok(token_answer(head.status, head.retry_after_ms, String::from(body).as_bytes()))
}

async fn from_callback(host: &Host) -> Result<Bearer, Box<Failure>> {
    let failed = |cause| {
        let message = "the callback for the access token failed";
        Failure::caused(Error::new(ErrorKind::Authentication, message), cause)
    };
    let token = JsFuture::from(host.access_token().map_err(failed)?).await.map_err(failed)?;
    let usable = token
        .as_string()
        .filter(|token| !token.is_empty() && token.bytes().all(|b| b.is_ascii_graphic()));
    let Some(token) = usable else {
        let message = "the callback for the access token must return a token, as a string";
        return Err(Error::new(ErrorKind::InvalidArgument, message).into());
    };
    Ok(Bearer { token: SecretString::from(token), generation: None })
}
