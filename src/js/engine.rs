//! [`WasmClient`]: performs operations. State and request are checked first, so that what is refused
//! here costs no request; then token, request, answer, and whatever the core says about a failure:
//! a pause and a repetition, or a look at whether the lost attempt was performed.

use std::rc::Rc;

use js_sys::{Function, JSON, JsString, Promise};
use secrecy::{ExposeSecret as _, SecretString};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen_futures::{JsFuture, future_to_promise};
use web_sys::AbortSignal;

use super::bearer::{self, TokenProvider};
use super::check;
use super::doubt::{UncertainReason, uncertain};
use super::exchange::{self, OutgoingRequest};
use super::host::ClientHost;
use super::wire::{self, CallError, WireCall, WireObject};
use crate::auth::cache::UnauthorizedAction;
use crate::auth::{ClientAuthentication, ClientCredentials};
use crate::contract::{Operation, ReplaySafety, ResponseBody, Scope, State};
use crate::error::{Error, ErrorKind};
use crate::preflight::{Environment, PreflightContext};
use crate::reconcile::{self, LookupStep, WriteLookup};
use crate::request::{self, DecodedResponse, SignRequest, relay};
use crate::retry::{self, RetryAction, RetryPolicy};
use crate::text::join;

/// A client of one environment. Freeing it lets calls under way finish.
#[wasm_bindgen]
pub struct WasmClient {
    inner: Rc<WasmClientState>,
}

struct WasmClientState {
    api_url: String,
    environment: Environment,
    source: Rc<TokenProvider>,
    /// Tokens for the list alone, which shows all processes of the organization: asked for when the
    /// answer to a create was lost. The same as `source` where the caller has named the scopes.
    list_source: Rc<TokenProvider>,
    /// Properties of a process that reach the platform.
    room: usize,
    host: Rc<ClientHost>,
}

#[wasm_bindgen]
impl WasmClient {
    /// An engine with these settings: `apiUrl` without a slash at its end, the `environment` that
    /// it belongs to (`production`, `test` or none of them), and for credentials
    /// `tokenUrl`, `clientId`, `clientSecret`, `scopes` separated by spaces, and whether the client
    /// proves who it is in a header (`basic`). `relay`: it is a relay, which adds a property.
    ///
    /// # Errors
    /// For unknown scopes and empty credentials.
    #[wasm_bindgen(constructor)]
    pub fn new(settings: &JsValue, host: ClientHost) -> Result<WasmClient, JsValue> {
        let named = wire::text(settings, "scopes").unwrap_or_default();
        let made = source(settings, &named).map_err(Box::<CallError>::from)?;
        let source = Rc::new(made);
        let list_source = match source.as_ref() {
            TokenProvider::Credentials(_) if named.is_empty() => Rc::new(
                self::source(settings, Scope::ReadAll.as_str()).map_err(Box::<CallError>::from)?,
            ),
            _ => source.clone(),
        };
        let room = reconcile::PROPERTIES - usize::from(wire::flag(settings, "relay"));
        let api_url = wire::text(settings, "apiUrl").unwrap_or_default();
        let environment = check::environment(wire::text(settings, "environment"));
        let host = Rc::new(host);
        let inner = WasmClientState { api_url, environment, source, list_source, room, host };
        Ok(WasmClient { inner: Rc::new(inner) })
    }

    /// Everything that would keep a call from being sent, as a list of `{ path, code, message }`.
    ///
    /// # Errors
    /// For an unknown operation.
    pub fn check(
        &self,
        operation: &str,
        call: JsValue,
        text: Option<String>,
    ) -> Result<JsValue, JsValue> {
        let operation = wire::operation(operation).map_err(Box::<CallError>::from)?;
        let request =
            check::request(operation, &WireCall(call), text.as_deref(), self.inner.context());
        Ok(wire::problems(&request.err().map(|error| error.problems).unwrap_or_default()))
    }

    /// Performs an operation. `call` is a [`WireCall`]; `text` the JSON text of the request, which is
    /// checked; `body` a function where the text stands for more than itself, the envelope of a
    /// file: it is given the text that is to be sent, and returns what the host makes the body of,
    /// with `relayFile` when that is the file alone: the header of the relay.
    ///
    /// `on_sent` is called with `sentAt` and `correlation` before a create or an attach is sent, and
    /// with nothing once it is certain that the write was not performed. A callback, because a call
    /// whose timeout expires is abandoned before it returns anything.
    ///
    /// Resolves to the facts of the answer with `data` (JSON) or `response` (a file), and rejects
    /// with a plain object, or with what `body` has thrown.
    pub fn call(
        &self,
        operation: &str,
        call: JsValue,
        text: Option<String>,
        body: Option<Function>,
        on_sent: Option<Function>,
        signal: Option<AbortSignal>,
    ) -> Promise {
        let inner = self.inner.clone();
        let operation = wire::operation(operation);
        future_to_promise(async move {
            let operation = operation.map_err(Box::<CallError>::from)?;
            let call = WireCall(call);
            let process_id = call.process_id();
            let (text, signal) = (text.as_deref(), signal.as_ref());
            let mut done =
                inner.perform(operation, &call, text, body, on_sent.as_ref(), signal).await;
            if done.as_ref().is_err_and(|failure| request::has_no_route(&failure.error)) {
                done = inner.perform(Operation::GetFile, &call, None, None, None, signal).await;
            }
            done.map_err(|mut failure| {
                failure.error.operation.get_or_insert(operation);
                failure.process_id = process_id;
                failure.into()
            })
        })
    }
}

/// An answer: its facts with `data` or `response`, its JSON text, and the platform's clock.
struct CallResult {
    value: JsValue,
    text: String,
    date: Option<i64>,
}

/// What an attempt came to.
enum AttemptOutcome {
    Done(CallResult),
    /// A 401 for a token that may have been replaced meanwhile.
    Refused(Box<CallError>, UnauthorizedAction),
    Failed(Box<CallError>),
}

/// A request with everything that its attempts share.
struct CallState<'a> {
    request: SignRequest<'a>,
    body: Option<Function>,
    /// Whether the body can be sent only once.
    single: bool,
    /// The caller's own headers.
    headers: Vec<(&'a str, &'a str)>,
    source: &'a Rc<TokenProvider>,
    signal: Option<&'a AbortSignal>,
    policy: RetryPolicy,
    begun_ms: f64,
    /// For writes that must not be repeated without a lookup.
    on_sent: Option<&'a Function>,
    process_id: &'a str,
    correlation: Option<&'a str>,
}

impl CallState<'_> {
    fn aborted(&self) -> bool {
        self.signal.is_some_and(AbortSignal::aborted)
    }

    /// Reports since when the write may have been performed; `None` if it was not.
    fn report_sent(&self, sent_at: Option<f64>) {
        if let Some(on_sent) = self.on_sent {
            let correlation = self.correlation.map_or(JsValue::UNDEFINED, JsValue::from_str);
            let sent_at = sent_at.map_or(JsValue::UNDEFINED, JsValue::from);
            let _ = on_sent.call2(&JsValue::UNDEFINED, &sent_at, &correlation);
        }
    }
}

impl WasmClientState {
    fn context(&self) -> PreflightContext {
        PreflightContext {
            environment: self.environment,
            tenant: self.source.tenant(),
            now_ms: Some(self.host.wall() as i64),
        }
    }

    async fn perform(
        &self,
        operation: Operation,
        call: &WireCall,
        text: Option<&str>,
        body: Option<Function>,
        on_sent: Option<&Function>,
        signal: Option<&AbortSignal>,
    ) -> Result<JsValue, Box<CallError>> {
        check::state(operation, call)?;
        let mut request = check::request(operation, call, text, self.context())?;
        let own = call.headers();
        let headers: Vec<(&str, &str)> = own
            .chunks_exact(2)
            .filter_map(|pair| Some((pair.first()?.as_str(), pair.last()?.as_str())))
            .collect();
        for (name, value) in &headers {
            exchange::own_header(name, value)?;
        }
        let once = operation.spec().replay == ReplaySafety::AfterReconciliation;
        let marked = request
            .body
            .filter(|_| once)
            .map(|text| reconcile::mark(operation, text, &self.host.correlation(), self.room));
        let mut correlation = None;
        if let Some(marked) = &marked {
            request.body = Some(&marked.text);
            correlation = marked.correlation.as_deref();
        }
        let policy = RetryPolicy::default();
        let process_id = call.process_id().unwrap_or_default();
        let job = CallState {
            request,
            body,
            single: call.once(),
            headers,
            source: &self.source,
            signal,
            policy: RetryPolicy {
                max_retries: call.max_retries().unwrap_or(policy.max_retries),
                deadline_ms: call.timeout_ms(),
                ..policy
            },
            begun_ms: self.host.monotonic(),
            on_sent: on_sent.filter(|_| once),
            process_id: &process_id,
            correlation,
        };
        self.run(&job).await.map(|answered| answered.value)
    }

    /// Attempts until there is an answer, or the core says that there will be none.
    async fn run(&self, job: &CallState<'_>) -> Result<CallResult, Box<CallError>> {
        let operation = job.request.operation;
        let (mut attempt, mut retries) = (0, 0);
        let (mut refused, mut lost) = (false, false);
        loop {
            attempt += 1;
            let began = self.host.monotonic();
            let mut failure = match self.attempt(job, attempt).await {
                AttemptOutcome::Done(answered) => return Ok(answered),
                // The second try with a new token is not one of the repetitions.
                AttemptOutcome::Refused(_, UnauthorizedAction::Retry)
                    if !refused && !job.single =>
                {
                    refused = true;
                    job.report_sent(None);
                    continue;
                }
                AttemptOutcome::Refused(failure, _) | AttemptOutcome::Failed(failure) => failure,
            };
            failure.attempts = attempt;
            if job.aborted() || request::has_no_route(&failure.error) {
                return Err(failure);
            }
            let class = retry::classify(&failure.error, retry::sent(failure.code().as_deref()));
            // What it conflicts with may be its own earlier attempt.
            let late = lost && failure.error.kind == ErrorKind::Conflict;
            let remedy = retry::remedy(operation, class, late);
            if matches!(remedy, RetryAction::Reconcile | RetryAction::AskStatus) {
                let took = self.host.monotonic() - began;
                match self.look(job, took as u64).await {
                    Ok(Some(performed)) => return adopted(operation, performed, attempt),
                    Ok(None) => {}
                    Err(doubt) => return Err(uncertain(operation, failure, doubt)),
                }
            }
            job.report_sent(None);
            let again = matches!(
                remedy,
                RetryAction::Repeat | RetryAction::Reconcile | RetryAction::AskStatus
            );
            if !again || job.single || class == retry::FailureClass::Final {
                return Err(failure);
            }
            lost |= remedy == RetryAction::Reconcile;
            let (asked, elapsed) = (failure.error.retry_after_ms, self.elapsed(job));
            match job.policy.pause_ms(retries, asked, elapsed, self.host.random()) {
                Ok(pause) => self.pause(job, pause).await,
                Err(stop) => {
                    failure.error.message.push_str(stop.as_str());
                    return Err(failure);
                }
            }
            if job.aborted() {
                return Err(failure);
            }
            retries += 1;
        }
    }

    fn elapsed(&self, job: &CallState<'_>) -> u64 {
        (self.host.monotonic() - job.begun_ms) as u64
    }

    async fn pause(&self, job: &CallState<'_>, ms: u64) {
        let signal = job.signal.map_or(JsValue::UNDEFINED, |signal| signal.into());
        if let Ok(sleep) = self.host.sleep(ms as f64, &signal) {
            let _ = JsFuture::from(sleep).await;
        }
    }

    /// Finds out whether a write whose answer was lost was performed: the text of its answer, or
    /// `None` if it can be repeated.
    async fn look(
        &self,
        job: &CallState<'_>,
        took_ms: u64,
    ) -> Result<Option<String>, UncertainReason> {
        let operation = job.request.operation;
        let mut lookup = WriteLookup::new(operation, job.process_id, job.correlation, took_ms);
        loop {
            match lookup.step() {
                LookupStep::Pause(ms) => {
                    if job.policy.outlasts(ms, self.elapsed(job)) {
                        return Err(UncertainReason::Reason("the time for the call is over"));
                    }
                    self.pause(job, ms).await;
                }
                LookupStep::Ask(request) => {
                    let list = request.operation == Operation::FindAll;
                    let read = CallState {
                        request,
                        body: None,
                        single: false,
                        headers: job.headers.clone(),
                        source: if list { &self.list_source } else { &self.source },
                        signal: job.signal,
                        on_sent: None,
                        ..*job
                    };
                    // In a box: a call within a call.
                    let read = Box::pin(self.run(&read)).await.map_err(UncertainReason::Failed)?;
                    lookup.answered(&read.text, read.date, self.elapsed(job));
                }
                LookupStep::Performed(text) => return Ok(Some(text)),
                LookupStep::NotPerformed => return Ok(None),
                LookupStep::Refused(state) => return Err(UncertainReason::Moved(state)),
                LookupStep::Unknown(reason) => return Err(UncertainReason::Reason(reason)),
            }
            if job.aborted() {
                return Err(UncertainReason::Reason("the call was aborted"));
            }
        }
    }

    async fn attempt(&self, job: &CallState<'_>, attempt: u32) -> AttemptOutcome {
        let operation = job.request.operation;
        let body = match (job.request.body, &job.body) {
            (None, _) => JsValue::UNDEFINED,
            (Some(text), None) => JsValue::from_str(text),
            (Some(text), Some(make)) => {
                match make.call1(&JsValue::UNDEFINED, &JsValue::from_str(text)) {
                    Ok(body) => body,
                    Err(thrown) => return AttemptOutcome::Failed(CallError::bare(thrown)),
                }
            }
        };
        let bearer = match bearer::bearer(job.source, &self.host).await {
            Ok(bearer) => bearer,
            Err(failure) => return AttemptOutcome::Failed(failure),
        };
        if job.aborted() {
            // The caller has its answer already; nothing must be sent any more.
            return AttemptOutcome::Failed(Error::new(ErrorKind::Abort, "aborted").into());
        }
        let token = bearer.token.expose_secret();
        let authorization = SecretString::from(join(&["Bearer ", token]));
        let mut headers = job.request.headers();
        // The relay takes a file as it is, with the rest of the JSON in a header.
        let raw = body.is_object().then(|| wire::text(&body, "relayFile")).flatten();
        let target = match &raw {
            None => job.request.target(),
            Some(described) => {
                headers.retain(|(name, _)| *name != "content-type");
                headers.push(("content-type", "application/pdf"));
                headers.push((relay::UPLOAD_HEADER, described));
                relay::upload_path(job.process_id).unwrap_or_default()
            }
        };
        headers.extend_from_slice(&job.headers);
        headers.push(("authorization", authorization.expose_secret()));
        let url = join(&[&self.api_url, &target]);
        let out = OutgoingRequest {
            method: operation.spec().method.as_str(),
            url: &url,
            headers: &headers,
            body,
            signal: job.signal,
            operation: operation.id(),
            attempt,
            secret: token,
        };
        job.report_sent(Some(self.host.wall()));
        let answered = async {
            let answer = exchange::send(&self.host, out).await?;
            decode(operation, &self.host, answer, attempt).await
        };
        match answered.await.map_err(|failure| exchange::placed(failure, operation.id(), &url)) {
            Ok(answered) => AttemptOutcome::Done(answered),
            Err(failure) if failure.error.status == Some(401) => {
                let rejection = job.source.rejected(&bearer, &self.host);
                AttemptOutcome::Refused(failure, rejection)
            }
            Err(failure) => AttemptOutcome::Failed(failure),
        }
    }
}

/// The answer of a write that was performed, out of what was found.
fn adopted(
    operation: Operation,
    text: String,
    attempts: u32,
) -> Result<CallResult, Box<CallError>> {
    let status = operation.spec().success.first().copied().unwrap_or_default();
    let head = request::ResponseHead { status, ..Default::default() };
    answer(operation, head, text, attempts, None)
}

/// The facts of an answer, with `data` or `response` beside them.
async fn decode(
    operation: Operation,
    host: &ClientHost,
    answer: super::host::HostResponse,
    attempts: u32,
) -> Result<CallResult, Box<CallError>> {
    let spec = operation.spec();
    let content_type = answer.content_type();
    let head = exchange::head(host, &answer, content_type.as_deref());
    if head.status == 0 {
        let message = join(&[operation.id(), " was answered with a redirect; check the base URL"]);
        return Err(Error::new(ErrorKind::UnexpectedStatus, message).into());
    }
    // A file stays out of the wasm memory, in Base64 too: JavaScript reads it as it comes.
    let file = matches!(spec.response, ResponseBody::File) || operation == Operation::GetFile;
    if file && spec.success.contains(&head.status) {
        let value = facts(&request::decode(operation, head, b"{}")?, attempts);
        wire::set(&value, "response", answer.as_ref());
        wire::set(&value, "base64", &JsValue::from_bool(operation == Operation::GetFile));
        return Ok(CallResult { value, text: String::new(), date: None });
    }
    let date = answer.date().and_then(|date| request::http_date(&date));
    let text: JsString = exchange::text(&answer).await?;
    if u64::from(text.length()) > spec.max_response_bytes {
        let message = join(&[operation.id(), " was answered with a body that is too large"]);
        let error = Error::new(ErrorKind::MalformedResponse, message);
        return Err(Error { status: Some(head.status), ..error }.into());
    }
    self::answer(operation, head, String::from(&text), attempts, date)
}

fn answer(
    operation: Operation,
    head: request::ResponseHead<'_>,
    text: String,
    attempts: u32,
    date: Option<i64>,
) -> Result<CallResult, Box<CallError>> {
    let value = facts(&request::decode(operation, head, text.as_bytes())?, attempts);
    // Valid JSON here is valid JSON there.
    let data = JSON::parse(&text).unwrap_or(JsValue::UNDEFINED);
    wire::set(&value, "data", &data);
    Ok(CallResult { value, text, date })
}

/// What the core read out of an answer; JavaScript adds the answer itself.
pub(crate) fn facts(decoded: &DecodedResponse<'_>, attempts: u32) -> JsValue {
    let facts = &decoded.facts;
    let mut fields = WireObject::default();
    fields.number("status", Some(decoded.status.into()));
    fields.flag("alreadyDone", decoded.already_done);
    fields.number("attempts", Some(attempts));
    fields.text("processId", facts.process_id.as_deref());
    fields.text("state", facts.state.as_ref().map(State::as_str));
    fields.text("fileId", facts.file_id.as_deref());
    fields.into_js()
}

/// The source of tokens with these scopes, separated by spaces.
fn source(settings: &JsValue, named: &str) -> Result<TokenProvider, Error> {
    let field = |name| wire::text(settings, name);
    let (Some(token_url), Some(client_id), Some(secret)) =
        (field("tokenUrl"), field("clientId"), field("clientSecret"))
    else {
        return Ok(TokenProvider::Callback);
    };
    let mut scopes = Vec::new();
    for scope in named.split_ascii_whitespace() {
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
    let credentials = ClientCredentials { client_id, client_secret, scopes, authentication };
    // Empty ones are said now, not at the first call.
    crate::auth::build_token_request(&credentials)?;
    Ok(TokenProvider::credentials(credentials, token_url))
}
