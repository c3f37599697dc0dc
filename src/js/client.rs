//! [`WasmClient`]: performs operations. State and request are checked first; then [`Call`] decides
//! which step comes next, and this module performs it.

use std::borrow::Cow;
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
use super::token::{self, RequestToken, TokenProvider};
use super::wire::{self, CallError, WireCall, WireObject};
use crate::auth::{ClientAuthentication, ClientCredentials};
use crate::call::{Call, CallEnd, CallOptions, CallStep, Moment};
use crate::contract::{Operation, Problem, ReplaySafety, ResponseBody, Scope, State};
use crate::error::{Error, ErrorKind};
use crate::format_text::join;
use crate::lifecycle;
use crate::preflight::{Environment, PreflightContext, TenantKind};
use crate::reconcile;
use crate::request::{self, DecodedResponse, SignRequest, relay_upload};
use crate::retry::RetryPolicy;

/// Client of one environment. Pending calls finish after it is freed.
#[wasm_bindgen]
pub struct WasmClient {
    inner: Rc<WasmClientState>,
}

struct WasmClientState {
    api_url: String,
    environment: Environment,
    tenant: TenantKind,
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
    /// `tenant` (`public` or `corporate`) if the caller states it,
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
        let tenant = check::tenant(wire::text(settings, "tenant"));
        let host = Rc::new(host);
        let inner = WasmClientState {
            api_url,
            environment,
            tenant,
            tokens,
            list_tokens,
            max_properties,
            host,
        };
        Ok(WasmClient { inner: Rc::new(inner) })
    }

    /// Aborts pending token requests, when no call waits for them any more.
    #[wasm_bindgen(js_name = abandonTokens)]
    pub fn abandon_tokens(&self) {
        self.inner.tokens.abandon();
        self.inner.list_tokens.abandon();
    }

    /// Returns the problems of a request as a list of `{ path, code, message, severity }`.
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
        Ok(wire::problems(&match request {
            Ok(request) => request.warnings,
            Err(error) => error.problems,
        }))
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

/// What a call needs beside its request.
struct CallContext<'a> {
    options: CallOptions<'a>,
    /// Creates the body of each attempt from the text to send.
    body: Option<Function>,
    /// Custom headers of the caller.
    headers: Vec<(&'a str, &'a str)>,
    signal: Option<&'a AbortSignal>,
    on_sent: Option<&'a Function>,
}

impl CallContext<'_> {
    fn aborted(&self) -> bool {
        self.signal.is_some_and(AbortSignal::aborted)
    }

    /// Reports an attempt, and the time at which a write was sent; `None` if it was certainly not
    /// performed.
    fn report_sent(&self, attempt: u32, sent_at: Option<f64>) {
        if let Some(on_sent) = self.on_sent {
            let correlation =
                self.options.correlation.map_or(JsValue::UNDEFINED, JsValue::from_str);
            let sent_at = sent_at.map_or(JsValue::UNDEFINED, JsValue::from);
            let _ = on_sent.call3(&JsValue::UNDEFINED, &attempt.into(), &sent_at, &correlation);
        }
    }

    /// The body of an attempt: text, an upload of the host, or undefined.
    fn body(&self, request: &SignRequest<'_>) -> Result<JsValue, Box<CallError>> {
        match (request.body.as_deref(), &self.body) {
            (None, _) => Ok(JsValue::UNDEFINED),
            (Some(text), None) => Ok(JsValue::from_str(text)),
            (Some(text), Some(make)) => {
                make.call1(&JsValue::UNDEFINED, &JsValue::from_str(text)).map_err(CallError::bare)
            }
        }
    }
}

impl WasmClientState {
    fn context(&self) -> PreflightContext {
        PreflightContext {
            environment: self.environment,
            tenant: self.tenant,
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
        for Problem { path, message, .. } in &request.warnings {
            self.host.warn(&join(&[operation.id(), ": ", path, ": ", message]));
        }
        let custom = call.headers();
        let headers: Vec<(&str, &str)> = custom
            .chunks_exact(2)
            .filter_map(|pair| Some((pair.first()?.as_str(), pair.last()?.as_str())))
            .collect();
        for (name, value) in &headers {
            http::check_custom_header(name, value)?;
        }
        let reconcile = operation.spec().replay == ReplaySafety::AfterReconciliation;
        let body_text = request.body.take();
        let correlated = body_text.as_deref().filter(|_| reconcile).map(|text| {
            let fresh = self.host.correlation();
            let template = request.is_template();
            reconcile::add_correlation(operation, text, &fresh, self.max_properties, template)
        });
        let correlation = correlated.as_ref().and_then(|request| request.correlation.as_deref());
        let text = correlated.as_ref().map(|request| &*request.text).or(body_text.as_deref());
        request.body = text.map(Cow::Borrowed);
        let policy = RetryPolicy::default();
        let process_id = call.process_id().unwrap_or_default();
        let context = CallContext {
            options: CallOptions {
                policy: RetryPolicy {
                    max_retries: call.max_retries().unwrap_or(policy.max_retries),
                    deadline_ms: call.timeout_ms(),
                    ..policy
                },
                once: call.once(),
                process_id: &process_id,
                correlation,
            },
            body,
            headers,
            signal,
            on_sent,
        };
        self.run(request, &context).await.map(|result| result.value)
    }

    fn moment(&self) -> Moment {
        Moment { now_ms: self.host.monotonic() as u64, jitter: self.host.random() }
    }

    /// Performs the steps of a call.
    async fn run(
        &self,
        request: SignRequest<'_>,
        context: &CallContext<'_>,
    ) -> Result<CallResult, Box<CallError>> {
        let operation = request.operation;
        let mut call = Call::new(request, context.options, self.moment());
        let (mut token, mut result) = (None, None);
        loop {
            match call.next_step() {
                CallStep::NeedToken(operation) => {
                    let list = call.is_lookup() && operation == Operation::FindAll;
                    let provider = if list { &self.list_tokens } else { &self.tokens };
                    match token::request_token(provider, &self.host, context.signal).await {
                        // The call was aborted while it waited for a token, and its promise has
                        // settled: sending now would perform a write that the caller believes was
                        // cancelled.
                        Ok(_) if context.aborted() => {
                            call.abort();
                            let aborted = Error::new(ErrorKind::Abort, "aborted");
                            self.on_failure(&mut call, aborted.into());
                        }
                        Ok(received) => {
                            token = Some((provider, received));
                            call.on_token();
                        }
                        Err(failure) => self.on_failure(&mut call, failure),
                    }
                }
                CallStep::Send(request) => {
                    let Some((provider, token)) = &token else { break };
                    let outcome = self.send(&call, request, token, context).await;
                    if context.aborted() {
                        call.abort();
                    }
                    match outcome {
                        Ok(received) => {
                            call.on_success(&received.text, received.date, self.moment());
                            result = Some(received);
                        }
                        Err(mut failure) if failure.error.status == Some(401) => {
                            failure.attempts = call.attempt();
                            let action = provider.on_unauthorized(token, &self.host);
                            call.on_unauthorized(failure, action, self.moment());
                        }
                        Err(failure) => self.on_failure(&mut call, failure),
                    }
                    if !call.possibly_performed() {
                        context.report_sent(call.attempt(), None);
                    }
                }
                CallStep::Pause(ms) => {
                    self.pause(context, ms).await;
                    if context.aborted() {
                        call.abort();
                    }
                    call.on_pause_ended(self.moment());
                }
                CallStep::Done => break,
            }
        }
        let attempts = call.attempt();
        match call.into_end() {
            Some(CallEnd::Reconciled(text)) => reconciled_result(operation, text, attempts),
            Some(CallEnd::Failed(failure)) => Err(failure),
            Some(CallEnd::Uncertain { error, lost }) => {
                let mut failure = CallError::caused(error, lost.into());
                failure.attempts = attempts;
                Err(failure)
            }
            Some(CallEnd::Succeeded) | None => {
                result.ok_or_else(|| Error::new(ErrorKind::Connection, "no response").into())
            }
        }
    }

    fn on_failure(&self, call: &mut Call<'_, Box<CallError>>, mut failure: Box<CallError>) {
        failure.attempts = call.attempt();
        let unsent = failure.not_connected();
        call.on_failure(failure, unsent, self.moment());
    }

    async fn pause(&self, context: &CallContext<'_>, ms: u64) {
        let signal = context.signal.map_or(JsValue::UNDEFINED, |signal| signal.into());
        if let Ok(sleep) = self.host.sleep(ms as f64, &signal) {
            let _ = JsFuture::from(sleep).await;
        }
    }

    /// Sends a request of a call and decodes the response.
    async fn send(
        &self,
        call: &Call<'_, Box<CallError>>,
        request: &SignRequest<'_>,
        token: &RequestToken,
        context: &CallContext<'_>,
    ) -> Result<CallResult, Box<CallError>> {
        let (operation, attempt) = (request.operation, call.attempt());
        let body = context.body(request)?;
        let token = token.token.expose_secret();
        let authorization = SecretString::from(join(&["Bearer ", token]));
        let mut headers = request.headers();
        // The relay's upload route: the body is the file, the rest of the JSON is in a header.
        let relay_file = body.is_object().then(|| wire::text(&body, "relayFile")).flatten();
        let target = match &relay_file {
            None => request.target(),
            Some(fields) => {
                headers.retain(|(name, _)| *name != "content-type");
                headers.push(("content-type", "application/pdf"));
                headers.push((relay_upload::UPLOAD_HEADER, fields));
                relay_upload::upload_path(context.options.process_id).unwrap_or_default()
            }
        };
        headers.extend_from_slice(&context.headers);
        headers.push(("authorization", authorization.expose_secret()));
        let url = join(&[&self.api_url, &target]);
        let out = OutgoingRequest {
            method: operation.spec().method.as_str(),
            url: &url,
            headers: &headers,
            body,
            signal: context.signal,
            operation: operation.id(),
            attempt,
            secret: token,
        };
        if !call.is_lookup() {
            let sent_at = call.possibly_performed().then(|| self.host.wall());
            context.report_sent(attempt, sent_at);
        }
        let response = http::send(&self.host, out).await?;
        decode(operation, &self.host, response, attempt).await
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
    if file && (200..300).contains(&head.status) {
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
    let data = JSON::parse(decoded.json.unwrap_or("{}")).unwrap_or(JsValue::UNDEFINED);
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
