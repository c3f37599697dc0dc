//! [`WasmClient`]: performs operations. State and request are checked first; then token, request and
//! response. After a failure the core decides whether to retry, or to reconcile a lost attempt.

use std::rc::Rc;

use js_sys::{Function, JSON, JsString, Promise};
use secrecy::{ExposeSecret as _, SecretString};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen_futures::{JsFuture, future_to_promise};
use web_sys::AbortSignal;

use super::check;
use super::host::{ClientHost, HostResponse};
use super::http::{self, OutgoingRequest};
use super::token::{self, TokenProvider};
use super::uncertain::{UncertainReason, uncertain};
use super::wire::{self, CallError, WireCall, WireObject};
use crate::auth::cache::UnauthorizedAction;
use crate::auth::{ClientAuthentication, ClientCredentials};
use crate::contract::{Operation, ReplaySafety, ResponseBody, Scope, State};
use crate::error::{Error, ErrorKind};
use crate::format_text::join;
use crate::lifecycle;
use crate::preflight::{Environment, PreflightContext};
use crate::reconcile::{self, LookupStep, WriteLookup};
use crate::request::{self, DecodedResponse, SignRequest, relay_upload};
use crate::retry::{self, RetryAction, RetryPolicy};

/// Client of one environment. Pending calls finish after it is freed.
#[wasm_bindgen]
pub struct WasmClient {
    inner: Rc<WasmClientState>,
}

struct WasmClientState {
    api_url: String,
    environment: Environment,
    tokens: Rc<TokenProvider>,
    /// Tokens with the scope of the list, used only to reconcile a create. The same as `tokens` if
    /// the caller has set the scopes.
    list_tokens: Rc<TokenProvider>,
    /// Number of properties of a process that can be sent; a relay adds one.
    max_properties: usize,
    host: Rc<ClientHost>,
}

#[wasm_bindgen]
impl WasmClient {
    /// Settings: `apiUrl` without a trailing slash, `environment` (`production`, `test` or another),
    /// `relay` if the URL is that of a relay; for credentials `tokenUrl`, `clientId`, `clientSecret`,
    /// `scopes` separated by spaces, and `basic` for authentication in a header.
    ///
    /// # Errors
    /// Unknown scopes, empty credentials.
    #[wasm_bindgen(constructor)]
    pub fn new(settings: &JsValue, host: ClientHost) -> Result<WasmClient, JsValue> {
        let scopes = wire::text(settings, "scopes").unwrap_or_default();
        let tokens = token_provider(settings, &scopes).map_err(Box::<CallError>::from)?;
        let tokens = Rc::new(tokens);
        let list_tokens = match tokens.as_ref() {
            TokenProvider::Credentials(_) if scopes.is_empty() => Rc::new(
                token_provider(settings, Scope::ReadAll.as_str())
                    .map_err(Box::<CallError>::from)?,
            ),
            _ => tokens.clone(),
        };
        let max_properties = reconcile::MAX_PROPERTIES - usize::from(wire::flag(settings, "relay"));
        let api_url = wire::text(settings, "apiUrl").unwrap_or_default();
        let environment = check::environment(wire::text(settings, "environment"));
        let host = Rc::new(host);
        let inner =
            WasmClientState { api_url, environment, tokens, list_tokens, max_properties, host };
        Ok(WasmClient { inner: Rc::new(inner) })
    }

    /// Aborts pending token requests, when no call waits for them any more.
    #[wasm_bindgen(js_name = abandonTokens)]
    pub fn abandon_tokens(&self) {
        self.inner.tokens.abandon();
        self.inner.list_tokens.abandon();
    }

    /// Returns the problems of a request as a list of `{ path, code, message }`.
    ///
    /// # Errors
    /// Unknown operation.
    pub fn check(
        &self,
        operation: &str,
        call: JsValue,
        text: Option<String>,
    ) -> Result<JsValue, JsValue> {
        let operation = wire::operation(operation).map_err(Box::<CallError>::from)?;
        let request =
            check::prepare(operation, &WireCall(call), text.as_deref(), self.inner.context());
        Ok(wire::problems(&request.err().map(|error| error.problems).unwrap_or_default()))
    }

    /// Performs an operation. `call` is a [`WireCall`]; `text` is the JSON text of the request. For a
    /// file, `text` is the request without content, and `body` a function that receives the text to
    /// send and returns the body, with the header of the relay in `relayFile` if the body is the file
    /// alone.
    ///
    /// `on_sent` is called before each attempt with its number, and for a create or attach with `sentAt`
    /// and `correlation`; without them once it is certain that the write was not performed. A
    /// callback, because a call whose timeout expires is abandoned before it returns anything.
    ///
    /// Resolves to the fields of the response with `data` (JSON) or `response` (a file). Rejects with
    /// a plain object, or with the value that `body` throws.
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
            let mut result =
                inner.perform(operation, &call, text, body, on_sent.as_ref(), signal).await;
            if result.as_ref().is_err_and(|failure| request::is_unknown_route(&failure.error)) {
                result = inner.perform(Operation::GetFile, &call, None, None, None, signal).await;
            }
            result.map_err(|mut failure| {
                failure.error.operation.get_or_insert(operation);
                failure.process_id = process_id;
                failure.into()
            })
        })
    }
}

/// Response: its fields with `data` or `response`, its JSON text, and the platform's clock.
struct CallResult {
    value: JsValue,
    text: String,
    date: Option<i64>,
}

/// Outcome of one attempt.
enum AttemptOutcome {
    Done(CallResult),
    /// 401; the token may have been replaced since.
    Unauthorized(Box<CallError>, UnauthorizedAction),
    Failed(Box<CallError>),
}

/// State that the attempts of a call share.
struct CallState<'a> {
    request: SignRequest<'a>,
    body: Option<Function>,
    /// Whether the body can be sent only once.
    no_retry: bool,
    /// Custom headers of the caller.
    headers: Vec<(&'a str, &'a str)>,
    tokens: &'a Rc<TokenProvider>,
    signal: Option<&'a AbortSignal>,
    policy: RetryPolicy,
    started_ms: f64,
    on_sent: Option<&'a Function>,
    /// Whether this is a create or attach, which must be reconciled.
    write: bool,
    process_id: &'a str,
    correlation: Option<&'a str>,
}

impl CallState<'_> {
    fn aborted(&self) -> bool {
        self.signal.is_some_and(AbortSignal::aborted)
    }

    /// Reports an attempt and the time at which it was sent; `None` if it was certainly not performed.
    fn report_sent(&self, attempt: u32, sent_at: Option<f64>) {
        if let Some(on_sent) = self.on_sent {
            let write = self.correlation.filter(|_| self.write);
            let correlation = write.map_or(JsValue::UNDEFINED, JsValue::from_str);
            let sent_at = sent_at.filter(|_| self.write).map_or(JsValue::UNDEFINED, JsValue::from);
            let attempt = JsValue::from(attempt);
            let _ = on_sent.call3(&JsValue::UNDEFINED, &attempt, &sent_at, &correlation);
        }
    }
}

impl WasmClientState {
    fn context(&self) -> PreflightContext {
        PreflightContext {
            environment: self.environment,
            tenant: self.tokens.tenant(),
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
        if let Some(state) = wire::text(&call.0, "state") {
            lifecycle::check_available(State::parse(&state), operation)?;
        }
        let mut request = check::prepare(operation, call, text, self.context())?;
        let custom = call.headers();
        let headers: Vec<(&str, &str)> = custom
            .chunks_exact(2)
            .filter_map(|pair| Some((pair.first()?.as_str(), pair.last()?.as_str())))
            .collect();
        for (name, value) in &headers {
            http::check_custom_header(name, value)?;
        }
        let reconcile = operation.spec().replay == ReplaySafety::AfterReconciliation;
        let correlated = request.body.filter(|_| reconcile).map(|text| {
            let fresh = self.host.correlation();
            reconcile::add_correlation(operation, text, &fresh, self.max_properties)
        });
        let mut correlation = None;
        if let Some(correlated) = &correlated {
            request.body = Some(&correlated.text);
            correlation = correlated.correlation.as_deref();
        }
        let policy = RetryPolicy::default();
        let process_id = call.process_id().unwrap_or_default();
        let call = CallState {
            request,
            body,
            no_retry: call.once(),
            headers,
            tokens: &self.tokens,
            signal,
            policy: RetryPolicy {
                max_retries: call.max_retries().unwrap_or(policy.max_retries),
                deadline_ms: call.timeout_ms(),
                ..policy
            },
            started_ms: self.host.monotonic(),
            on_sent,
            write: reconcile,
            process_id: &process_id,
            correlation,
        };
        self.run(&call).await.map(|result| result.value)
    }

    /// Attempts the call until it succeeds or the core gives up.
    async fn run(&self, call: &CallState<'_>) -> Result<CallResult, Box<CallError>> {
        let operation = call.request.operation;
        let (mut attempt, mut retries) = (0, 0);
        let (mut retried_after_401, mut response_lost) = (false, false);
        loop {
            attempt += 1;
            let started = self.host.monotonic();
            let mut failure = match self.attempt(call, attempt).await {
                AttemptOutcome::Done(result) => return Ok(result),
                // A retry after 401 does not count against `maxRetries`: the request was rejected
                // before it was processed.
                AttemptOutcome::Unauthorized(_, UnauthorizedAction::Retry)
                    if !retried_after_401 && !call.no_retry =>
                {
                    retried_after_401 = true;
                    call.report_sent(attempt, None);
                    continue;
                }
                AttemptOutcome::Unauthorized(failure, _) | AttemptOutcome::Failed(failure) => {
                    failure
                }
            };
            failure.attempts = attempt;
            if call.aborted() || request::is_unknown_route(&failure.error) {
                return Err(failure);
            }
            let class = retry::classify(&failure.error, failure.connect_failure());
            // After a lost response, 409 can mean that the earlier attempt succeeded: reconcile
            // before reporting the conflict.
            let late = response_lost && failure.error.kind == ErrorKind::Conflict;
            let action = retry::retry_action(operation, class, late);
            if matches!(action, RetryAction::Reconcile | RetryAction::CheckStatus) {
                let took = self.host.monotonic() - started;
                match self.reconcile(call, took as u64).await {
                    Ok(Some(performed)) => return reconciled_result(operation, performed, attempt),
                    Ok(None) => {}
                    Err(reason) => return Err(uncertain(operation, failure, reason)),
                }
            }
            call.report_sent(attempt, None);
            let retryable = matches!(
                action,
                RetryAction::Retry | RetryAction::Reconcile | RetryAction::CheckStatus
            );
            if !retryable || call.no_retry || class == retry::FailureClass::Final {
                return Err(failure);
            }
            response_lost |= action == RetryAction::Reconcile;
            let (retry_after, elapsed) = (failure.error.retry_after_ms, self.elapsed(call));
            match call.policy.pause_ms(retries, retry_after, elapsed, self.host.random()) {
                Ok(pause) => self.pause(call, pause).await,
                Err(reason) => {
                    failure.error.message.push_str(reason.as_str());
                    return Err(failure);
                }
            }
            if call.aborted() {
                return Err(failure);
            }
            retries += 1;
        }
    }

    fn elapsed(&self, call: &CallState<'_>) -> u64 {
        (self.host.monotonic() - call.started_ms) as u64
    }

    async fn pause(&self, call: &CallState<'_>, ms: u64) {
        let signal = call.signal.map_or(JsValue::UNDEFINED, |signal| signal.into());
        if let Ok(sleep) = self.host.sleep(ms as f64, &signal) {
            let _ = JsFuture::from(sleep).await;
        }
    }

    /// Determines whether a write whose response was lost was performed: returns the text of its
    /// response, or `None` if it can be retried.
    async fn reconcile(
        &self,
        call: &CallState<'_>,
        took_ms: u64,
    ) -> Result<Option<String>, UncertainReason> {
        let operation = call.request.operation;
        let mut lookup = WriteLookup::new(operation, call.process_id, call.correlation, took_ms);
        loop {
            match lookup.next_step() {
                LookupStep::Pause(ms) => {
                    if call.policy.exceeds_deadline(ms, self.elapsed(call)) {
                        return Err(UncertainReason::Reason(
                            "deadline exceeded before the outcome could be checked",
                        ));
                    }
                    self.pause(call, ms).await;
                }
                LookupStep::Send(request) => {
                    let list = request.operation == Operation::FindAll;
                    let read = CallState {
                        request,
                        body: None,
                        no_retry: false,
                        headers: call.headers.clone(),
                        tokens: if list { &self.list_tokens } else { &self.tokens },
                        signal: call.signal,
                        on_sent: None,
                        ..*call
                    };
                    // Boxed because `run` calls itself: an async fn that recurses needs a future
                    // of known size.
                    let read = Box::pin(self.run(&read)).await.map_err(UncertainReason::Failed)?;
                    lookup.on_response(&read.text, read.date, self.elapsed(call));
                }
                LookupStep::Performed(text) => return Ok(Some(text)),
                LookupStep::NotPerformed => return Ok(None),
                LookupStep::Refused(state) => return Err(UncertainReason::Moved(state)),
                LookupStep::Unknown(reason) => return Err(UncertainReason::Reason(reason)),
            }
            if call.aborted() {
                return Err(UncertainReason::Reason("the call was aborted"));
            }
        }
    }

    async fn attempt(&self, call: &CallState<'_>, attempt: u32) -> AttemptOutcome {
        let operation = call.request.operation;
        let body = match (call.request.body, &call.body) {
            (None, _) => JsValue::UNDEFINED,
            (Some(text), None) => JsValue::from_str(text),
            (Some(text), Some(make)) => {
                match make.call1(&JsValue::UNDEFINED, &JsValue::from_str(text)) {
                    Ok(body) => body,
                    Err(thrown) => return AttemptOutcome::Failed(CallError::bare(thrown)),
                }
            }
        };
        let request_token = match token::request_token(call.tokens, &self.host, call.signal).await {
            Ok(token) => token,
            Err(failure) => return AttemptOutcome::Failed(failure),
        };
        if call.aborted() {
            // The call was aborted while it waited for a token, and its promise has settled: sending
            // now would perform a write that the caller believes was cancelled.
            return AttemptOutcome::Failed(Error::new(ErrorKind::Abort, "aborted").into());
        }
        let token = request_token.token.expose_secret();
        let authorization = SecretString::from(join(&["Bearer ", token]));
        let mut headers = call.request.headers();
        // The relay's upload route: the body is the file, the rest of the JSON is in a header.
        let relay_file = body.is_object().then(|| wire::text(&body, "relayFile")).flatten();
        let target = match &relay_file {
            None => call.request.target(),
            Some(fields) => {
                headers.retain(|(name, _)| *name != "content-type");
                headers.push(("content-type", "application/pdf"));
                headers.push((relay_upload::UPLOAD_HEADER, fields));
                relay_upload::upload_path(call.process_id).unwrap_or_default()
            }
        };
        headers.extend_from_slice(&call.headers);
        headers.push(("authorization", authorization.expose_secret()));
        let url = join(&[&self.api_url, &target]);
        let out = OutgoingRequest {
            method: operation.spec().method.as_str(),
            url: &url,
            headers: &headers,
            body,
            signal: call.signal,
            operation: operation.id(),
            attempt,
            secret: token,
        };
        call.report_sent(attempt, Some(self.host.wall()));
        let result = async {
            let response = http::send(&self.host, out).await?;
            decode(operation, &self.host, response, attempt).await
        };
        match result.await {
            Ok(result) => AttemptOutcome::Done(result),
            Err(failure) if failure.error.status == Some(401) => {
                let action = call.tokens.on_unauthorized(&request_token, &self.host);
                AttemptOutcome::Unauthorized(failure, action)
            }
            Err(failure) => AttemptOutcome::Failed(failure),
        }
    }
}

/// Result of a write that reconciliation found to be performed.
fn reconciled_result(
    operation: Operation,
    text: String,
    attempts: u32,
) -> Result<CallResult, Box<CallError>> {
    let status = operation.spec().success.first().copied().unwrap_or_default();
    let head = request::ResponseHead { status, ..Default::default() };
    json_result(operation, head, text, attempts, None)
}

/// Decodes a response.
async fn decode(
    operation: Operation,
    host: &ClientHost,
    response: HostResponse,
    attempts: u32,
) -> Result<CallResult, Box<CallError>> {
    let spec = operation.spec();
    let content_type = response.content_type();
    let head = http::head(host, &response, content_type.as_deref());
    if head.status == 0 {
        let message = join(&[operation.id(), ": unexpected redirect; check `apiUrl`"]);
        return Err(Error::new(ErrorKind::UnexpectedStatus, message).into());
    }
    // Keep files out of the wasm memory, also in Base64: JavaScript streams them.
    let file = matches!(spec.response, ResponseBody::File) || operation == Operation::GetFile;
    if file && matches!(head.status, 200..=299) {
        let value = response_fields(&request::decode(operation, head, b"{}")?, attempts);
        wire::set(&value, "response", response.as_ref());
        wire::set(&value, "base64", &JsValue::from_bool(operation == Operation::GetFile));
        return Ok(CallResult { value, text: String::new(), date: None });
    }
    let date = response.date().and_then(|date| request::http_date(&date));
    let text: JsString = http::text(&response).await?;
    if u64::from(text.length()) > spec.max_response_bytes {
        let message = join(&["malformed response to ", operation.id(), ": body too large"]);
        let error = Error::new(ErrorKind::MalformedResponse, message);
        return Err(Error { status: Some(head.status), ..error }.into());
    }
    json_result(operation, head, String::from(&text), attempts, date)
}

fn json_result(
    operation: Operation,
    head: request::ResponseHead<'_>,
    text: String,
    attempts: u32,
    date: Option<i64>,
) -> Result<CallResult, Box<CallError>> {
    let decoded = request::decode(operation, head, text.as_bytes())?;
    let value = response_fields(&decoded, attempts);
    // Does not fail: `decode` has validated the JSON.
    let data = JSON::parse(decoded.json.unwrap_or_default()).unwrap_or(JsValue::UNDEFINED);
    wire::set(&value, "data", &data);
    Ok(CallResult { value, text, date })
}

/// Fields of a response as a plain object; JavaScript adds the response itself.
pub(crate) fn response_fields(decoded: &DecodedResponse<'_>, attempts: u32) -> JsValue {
    let mut out = WireObject::default();
    out.number("status", Some(decoded.status.into()));
    out.flag("alreadyDone", decoded.already_done);
    out.number("attempts", Some(attempts));
    out.text("processId", decoded.fields.process_id.as_deref());
    out.text("state", decoded.fields.state.as_ref().map(State::as_str));
    out.text("fileId", decoded.fields.file_id.as_deref());
    out.into_js()
}

/// Creates the token provider for these scopes, separated by spaces.
fn token_provider(settings: &JsValue, requested: &str) -> Result<TokenProvider, Error> {
    let field = |name| wire::text(settings, name);
    let (Some(token_url), Some(client_id), Some(secret)) =
        (field("tokenUrl"), field("clientId"), field("clientSecret"))
    else {
        return Ok(TokenProvider::Callback);
    };
    let mut scopes = Vec::new();
    for scope in requested.split_ascii_whitespace() {
        scopes.push(Scope::parse(scope).ok_or_else(|| {
            let known: Vec<_> = Scope::ALL.iter().map(|scope| scope.as_str()).collect();
            let message = ["unknown scope `", scope, "`: use one of ", &known.join(", ")];
            Error::new(ErrorKind::InvalidArgument, join(&message))
        })?);
    }
    let authentication = if wire::flag(settings, "basic") {
        ClientAuthentication::Basic
    } else {
        ClientAuthentication::Post
    };
    let client_secret = SecretString::from(secret);
    let credentials = ClientCredentials { client_id, client_secret, scopes, authentication };
    // Report empty credentials now instead of at the first call.
    crate::auth::build_token_request(&credentials)?;
    Ok(TokenProvider::credentials(credentials, token_url))
}
