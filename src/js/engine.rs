//! [`Engine`]: performs operations. State and request are checked first, so that what is refused
//! here costs no request; then token, request, answer, and a repetition where the core says so.

use std::rc::Rc;

use js_sys::{JSON, JsString, Promise};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Serialize;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen_futures::{JsFuture, future_to_promise};
use web_sys::AbortSignal;

use super::bearer::{self, Source};
use super::exchange::{self, Outgoing, is_header};
use super::host::Host;
use super::wire::{self, Call, Failure};
use crate::auth::cache::Rejection;
use crate::auth::{ClientAuthentication, Credentials};
use crate::contract::{Body, Operation, Scope, State};
use crate::error::{Error, ErrorKind};
use crate::lifecycle::{Verdict, verdict};
use crate::request::{self, Decoded, relay};
use crate::retry::{self, Remedy};

/// A client of one environment. Freeing it lets calls under way finish.
#[wasm_bindgen]
pub struct Engine {
    inner: Rc<Inner>,
}

struct Inner {
    api_url: String,
    source: Rc<Source>,
    host: Rc<Host>,
}

/// What the core read out of an answer; JavaScript adds the answer itself.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct WireDecoded<'a> {
    status: u16,
    already_done: bool,
    attempts: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    process_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    state: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    file_id: Option<&'a str>,
}

#[wasm_bindgen]
impl Engine {
    /// An engine with these settings: `apiUrl` without a slash at its end, and for credentials
    /// `tokenUrl`, `clientId`, `clientSecret`, `scopes` separated by spaces, and whether the client
    /// proves who it is in a header (`basic`).
    ///
    /// # Errors
    /// For unknown scopes and empty credentials.
    #[wasm_bindgen(constructor)]
    pub fn new(settings: &JsValue, host: Host) -> Result<Engine, JsValue> {
        let source = source(settings).map_err(Box::<Failure>::from)?;
        let (api_url, source, host) =
            (wire::text(settings, "apiUrl").unwrap_or_default(), Rc::new(source), Rc::new(host));
        Ok(Engine { inner: Rc::new(Inner { api_url, source, host }) })
    }

    /// Performs an operation. `call` is a [`Call`]; `text` the JSON text of the request, which is
    /// checked; `body` what is sent in its place where the text stands for more than itself: the
    /// envelope of a file.
    ///
    /// Resolves to the facts of the answer with `data` (JSON) or `response` (a file), and rejects
    /// with a plain object.
    pub fn call(
        &self,
        operation: &str,
        call: JsValue,
        text: JsValue,
        body: JsValue,
        signal: Option<AbortSignal>,
    ) -> Promise {
        let inner = self.inner.clone();
        let operation = wire::operation(operation);
        future_to_promise(async move {
            let operation = operation.map_err(Box::<Failure>::from)?;
            let call = Call(call);
            let process_id = call.process_id();
            let body = if body.is_undefined() { text.clone() } else { body };
            let text = text.as_string();
            let mut done =
                inner.perform(operation, &call, text.as_deref(), &body, signal.as_ref()).await;
            if done.as_ref().is_err_and(|failure| request::has_no_route(&failure.error)) {
                let older = Operation::GetFile;
                done = inner.perform(older, &call, None, &body, signal.as_ref()).await;
            }
            done.map_err(|mut failure| {
                failure.error.operation.get_or_insert(operation);
                failure.process_id = process_id;
                failure.into()
            })
        })
    }
}

/// An answer, or what to do about its absence.
enum Attempt {
    Done(JsValue),
    /// A 401 for a token that may have been replaced meanwhile.
    Refused(Box<Failure>, Rejection),
    Failed(Box<Failure>),
}

impl Inner {
    async fn perform(
        &self,
        operation: Operation,
        call: &Call,
        text: Option<&str>,
        body: &JsValue,
        signal: Option<&AbortSignal>,
    ) -> Result<JsValue, Box<Failure>> {
        if let Some(state) = wire::text(&call.0, "state") {
            let state = State::parse(&state);
            if verdict(&state, operation) == Verdict::Refused {
                return Err(Error::state(operation, state).into());
            }
        }
        let request = call.request(operation, text)?;
        let mut headers = request.headers();
        let raw = wire::text(&call.0, "relayFile");
        let target = match &raw {
            None => request.target(),
            Some(_) => relay::upload_path(&call.process_id().unwrap_or_default())?,
        };
        let mut url = self.api_url.clone();
        url.push_str(&target);
        let own = call.headers();
        let own: Vec<(&str, &str)> = own
            .chunks_exact(2)
            .filter_map(|pair| Some((pair.first()?.as_str(), pair.last()?.as_str())))
            .collect();
        for (name, value) in &own {
            if !is_header(name, value) || name.eq_ignore_ascii_case("authorization") {
                let message = "a header cannot be sent: its name or value has characters that \
                               HTTP does not allow, or it is `authorization`";
                return Err(Error::new(ErrorKind::InvalidArgument, message).into());
            }
        }
        // The text of a query is no body, and an absent text may still be one: `{}`.
        let body = match request.body {
            None => JsValue::UNDEFINED,
            Some(text) if body.is_undefined() => JsValue::from_str(text),
            Some(_) => body.clone(),
        };
        let mut all = own;
        if let Some(described) = &raw {
            headers.retain(|(name, _)| *name != "content-type");
            headers.push(("content-type", "application/pdf"));
            all.push((relay::UPLOAD_HEADER, described));
        }
        all.append(&mut headers);
        let mut attempt = 0;
        let mut refused = false;
        loop {
            attempt += 1;
            let mut failure =
                match self.attempt(operation, &url, &all, &body, signal, attempt).await {
                    Attempt::Done(value) => return Ok(value),
                    Attempt::Refused(_, Rejection::Retry) if !refused && !call.once() => {
                        refused = true;
                        continue;
                    }
                    Attempt::Refused(failure, _) | Attempt::Failed(failure) => failure,
                };
            failure.attempts = attempt;
            if call.once() || request::has_no_route(&failure.error) {
                return Err(failure);
            }
            // The second try with a new token is not one of the repetitions.
            let counted = if refused { attempt - 1 } else { attempt };
            // A host that cannot know whether a byte was sent says yes.
            let class = retry::classify(&failure.error, true);
            if retry::remedy(operation, class) != Remedy::Repeat {
                return Err(failure);
            }
            let policy = retry::Policy::default();
            let policy = retry::Policy {
                max_retries: call.max_retries().unwrap_or(policy.max_retries),
                ..policy
            };
            let (asked, jitter) = (failure.error.retry_after_ms, self.host.random());
            // The time of the whole call is the caller's signal, which also ends the pause.
            let Some(pause) = policy.pause_ms(counted - 1, asked, 0, jitter) else {
                return Err(failure);
            };
            let signal_value = signal.map_or(JsValue::UNDEFINED, |s| s.clone().into());
            let Ok(sleep) = self.host.sleep(pause as f64, &signal_value) else {
                return Err(failure);
            };
            let _ = JsFuture::from(sleep).await;
            if signal.is_some_and(AbortSignal::aborted) {
                return Err(failure);
            }
        }
    }

    async fn attempt(
        &self,
        operation: Operation,
        url: &str,
        headers: &[(&str, &str)],
        body: &JsValue,
        signal: Option<&AbortSignal>,
        attempt: u32,
    ) -> Attempt {
        let bearer = match bearer::bearer(&self.source, &self.host).await {
            Ok(bearer) => bearer,
            Err(failure) => return Attempt::Failed(failure),
        };
        if signal.is_some_and(AbortSignal::aborted) {
            // The caller has its answer already; nothing must be sent any more.
            return Attempt::Failed(Error::new(ErrorKind::Abort, "aborted").into());
        }
        let token = bearer.token.expose_secret();
        let authorization = SecretString::from(format!("Bearer {token}"));
        let mut headers = headers.to_vec();
        headers.push(("authorization", authorization.expose_secret()));
        let out = Outgoing {
            method: operation.spec().method.as_str(),
            url,
            headers: &headers,
            body: body.clone(),
            signal,
            operation: operation.id(),
            attempt,
            secret: token,
        };
        let answered = async {
            let answer = exchange::send(&self.host, out).await?;
            decode(operation, &self.host, answer, attempt).await
        };
        match answered.await {
            Ok(value) => Attempt::Done(value),
            Err(failure) if failure.error.status == Some(401) => {
                let rejection = self.source.rejected(&bearer, &self.host);
                Attempt::Refused(failure, rejection)
            }
            Err(failure) => Attempt::Failed(failure),
        }
    }
}

/// The facts of an answer, with `data` or `response` beside them.
async fn decode(
    operation: Operation,
    host: &Host,
    answer: super::host::Answer,
    attempts: u32,
) -> Result<JsValue, Box<Failure>> {
    let spec = operation.spec();
    let content_type = answer.content_type();
    let head = exchange::head(host, &answer, content_type.as_deref());
    if head.status == 0 {
        let message = format!("{operation} was answered with a redirect; check the base URL");
        return Err(Error::new(ErrorKind::UnexpectedStatus, message).into());
    }
    // A file stays out of the wasm memory, in Base64 too: JavaScript reads it as it comes.
    let file = matches!(spec.response, Body::File) || operation == Operation::GetFile;
    if file && spec.success.contains(&head.status) {
        let value = facts(&request::decode(operation, head, b"{}")?, attempts);
        wire::set(&value, "response", answer.as_ref());
        wire::set(&value, "base64", &JsValue::from_bool(operation == Operation::GetFile));
        return Ok(value);
    }
    let text: JsString = exchange::text(&answer).await?;
    if u64::from(text.length()) > spec.max_response_bytes {
        let message = format!("{operation} was answered with a body that is too large");
        let error = Error::new(ErrorKind::MalformedResponse, message);
        return Err(Error { status: Some(head.status), ..error }.into());
    }
    let copy = String::from(&text);
    let value = facts(&request::decode(operation, head, copy.as_bytes())?, attempts);
    // Valid JSON here is valid JSON there.
    let data = JSON::parse(&copy).unwrap_or(JsValue::UNDEFINED);
    wire::set(&value, "data", &data);
    Ok(value)
}

pub(crate) fn facts(decoded: &Decoded<'_>, attempts: u32) -> JsValue {
    wire::to_js(&WireDecoded {
        status: decoded.status,
        already_done: decoded.already_done,
        attempts,
        process_id: decoded.facts.process_id.as_deref(),
        state: decoded.facts.state.as_ref().map(State::as_str),
        file_id: decoded.facts.file_id.as_deref(),
    })
}

fn source(settings: &JsValue) -> Result<Source, Error> {
    let field = |name| wire::text(settings, name);
    let (Some(token_url), Some(client_id), Some(secret)) =
        (field("tokenUrl"), field("clientId"), field("clientSecret"))
    else {
        return Ok(Source::Callback);
    };
    let mut scopes = Vec::new();
    for scope in field("scopes").unwrap_or_default().split_ascii_whitespace() {
        scopes.push(Scope::parse(scope).ok_or_else(|| {
            let mut message = String::from("a scope is none of");
            for known in Scope::ALL {
                message.push(' ');
                message.push_str(known.as_str());
            }
            Error::new(ErrorKind::InvalidArgument, message)
        })?);
    }
    let authentication = if wire::flag(settings, "basic") {
        ClientAuthentication::Basic
    } else {
        ClientAuthentication::Post
    };
    let client_secret = SecretString::from(secret);
    let credentials = Credentials { client_id, client_secret, scopes, authentication };
    // Empty ones are said now, not at the first call.
    crate::auth::token_request(&credentials)?;
    Ok(Source::credentials(credentials, token_url))
}
