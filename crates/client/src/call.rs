//! Host of the core's [`Call`]: performs its steps with reqwest.

use std::borrow::Cow;
use std::time::Duration;

use secrecy::{ExposeSecret as _, SecretString};
use swisscom_sign::call::{Call, CallEnd, CallOptions, CallStep, Moment};
use swisscom_sign::contract::{Operation, ReplaySafety, ResponseBody, State};
use swisscom_sign::preflight::{self, PreflightContext, PreflightInput, TenantKind};
use swisscom_sign::reconcile::{self, MAX_PROPERTIES};
use swisscom_sign::request::path::PathParameters;
use swisscom_sign::request::{
    ResponseFields, ResponseHead, SignRequest, UnknownFields, decode, http_date, is_unknown_route,
    retry_after_ms,
};
use swisscom_sign::retry::{NotConnected, RetryPolicy};
use swisscom_sign::{Error, ErrorKind, Result};

use crate::body::CheckedContent;
use crate::builder::Client;
use crate::http::{header, wall_ms};
use crate::token::RequestToken;

/// One operation with its arguments.
#[derive(Default)]
pub(crate) struct Request<'a> {
    operation: Option<Operation>,
    ids: PathParameters<'a>,
    text: Option<&'a str>,
    content: Option<&'a CheckedContent<'a>>,
}

impl<'a> Request<'a> {
    pub(crate) fn create(text: &'a str) -> Self {
        Self { operation: Some(Operation::Create), text: Some(text), ..Self::default() }
    }

    pub(crate) fn of_process(operation: Operation, process_id: &'a str) -> Self {
        let ids = PathParameters { process_id, ..PathParameters::default() };
        Self { operation: Some(operation), ids, ..Self::default() }
    }

    pub(crate) fn person(mut self, person_id: &'a str) -> Self {
        self.ids.person_id = person_id;
        self
    }

    pub(crate) fn file(mut self, file_id: &'a str) -> Self {
        self.ids.file_id = file_id;
        self
    }

    pub(crate) fn text(mut self, text: &'a str) -> Self {
        self.text = Some(text);
        self
    }

    pub(crate) fn content(mut self, content: &'a CheckedContent<'a>) -> Self {
        self.content = Some(content);
        self
    }
}

/// A successful response.
#[derive(Default)]
pub(crate) struct Response {
    /// JSON text; empty for a file.
    pub(crate) json: String,
    pub(crate) fields: ResponseFields,
    /// Response with a file, whose body is not read yet.
    pub(crate) file: Option<reqwest::Response>,
    /// The platform's clock.
    date: Option<i64>,
}

/// Deserializes the JSON text of a response.
pub(crate) fn model<T: serde::de::DeserializeOwned>(json: &str) -> Result<T> {
    serde_json::from_str(json).map_err(|error| {
        // The text of serde_json's error can contain values of the body.
        let place = format!("line {}, column {}", error.line(), error.column());
        Error::new(ErrorKind::MalformedResponse, "malformed response: unexpected type of a field")
            .with_source(place)
    })
}

/// Serializes a request.
pub(crate) fn to_json(value: &impl serde::Serialize) -> Result<String> {
    serde_json::to_string(value).map_err(|error| {
        Error::new(ErrorKind::InvalidArgument, "the request cannot be written as JSON")
            .with_source(error)
    })
}

impl Client {
    /// Performs an operation. A download falls back to `getFile` on a server without `getFileContent`.
    pub(crate) async fn call(&self, request: Request<'_>) -> Result<Response> {
        let operation = request.operation.unwrap_or(Operation::GetStatus);
        let result = self.perform(operation, &request).await;
        match result {
            Err(error) if is_unknown_route(&error) => {
                self.perform(Operation::GetFile, &request).await
            }
            result => result,
        }
        .map_err(|error| match error.operation {
            Some(_) => error,
            None => error.with_operation(operation),
        })
    }

    async fn perform(&self, operation: Operation, request: &Request<'_>) -> Result<Response> {
        let state = &self.inner;
        let context = PreflightContext {
            environment: state.environment,
            tenant: TenantKind::default(),
            now_ms: Some(wall_ms()),
        };
        let input = PreflightInput {
            request: request.text.unwrap_or("{}"),
            process: None,
            level: None,
            person_id: Some(request.ids.person_id).filter(|id| !id.is_empty()),
            context,
        };
        let mut prepared = preflight::prepare(
            operation,
            &request.ids,
            request.text,
            UnknownFields::Refuse,
            &input,
        )?;
        let reconciled = operation.spec().replay == ReplaySafety::AfterReconciliation;
        let body = prepared.body.take();
        let correlated = body.as_deref().filter(|_| reconciled).map(|text| {
            let fresh = uuid::Uuid::new_v4().to_string();
            let template = prepared.is_template();
            reconcile::add_correlation(operation, text, &fresh, MAX_PROPERTIES, template)
        });
        let correlation = correlated.as_ref().and_then(|request| request.correlation.as_deref());
        let text = correlated.as_ref().map(|request| &*request.text).or(body.as_deref());
        prepared.body = text.map(Cow::Borrowed);
        let is_file = request.content.is_some() || is_download(operation);
        let timeout = if is_file { state.transfer_timeout } else { state.timeout };
        let deadline_ms = Some(u64::try_from(timeout.as_millis()).unwrap_or(u64::MAX));
        let options = CallOptions {
            policy: RetryPolicy { deadline_ms, ..state.policy },
            once: false,
            process_id: request.ids.process_id,
            correlation,
        };
        self.run(prepared, options, request.content, timeout).await
    }

    async fn run(
        &self,
        request: SignRequest<'_>,
        options: CallOptions<'_>,
        content: Option<&CheckedContent<'_>>,
        timeout: Duration,
    ) -> Result<Response> {
        let operation = request.operation;
        let started = std::time::Instant::now();
        let mut call: Call<'_> = Call::new(request, options, self.moment());
        let (mut token, mut result) = (None, None);
        loop {
            match call.next_step() {
                CallStep::NeedToken(operation) => {
                    let list = call.is_lookup() && operation == Operation::FindAll;
                    let own = self.inner.list_tokens.as_ref().filter(|_| list);
                    let provider = own.unwrap_or(&self.inner.tokens);
                    match provider.token().await {
                        Ok(received) => {
                            token = Some((provider, received));
                            call.on_token();
                        }
                        Err(error) => {
                            call.on_failure(error, Some(NotConnected::Unreachable), self.moment())
                        }
                    }
                }
                CallStep::Send(request) => {
                    let Some((provider, token)) = &token else { break };
                    let content = content.filter(|_| !call.is_lookup());
                    let left = timeout.saturating_sub(started.elapsed());
                    match self.send(request, token, content, left).await {
                        Ok(received) => {
                            call.on_success(&received.json, received.date, self.moment());
                            result = Some(received);
                        }
                        Err(failure) if failure.error.status == Some(401) => {
                            let action = provider.on_unauthorized(token);
                            call.on_unauthorized(failure.error, action, self.moment());
                        }
                        Err(failure) => {
                            let unsent = (!failure.sent).then_some(NotConnected::Unreachable);
                            call.on_failure(failure.error, unsent, self.moment());
                        }
                    }
                }
                CallStep::Pause(ms) => {
                    tokio::time::sleep(Duration::from_millis(ms)).await;
                    call.on_pause_ended(self.moment());
                }
                CallStep::Done => break,
            }
        }
        match call.into_end() {
            Some(CallEnd::Failed(error)) => Err(error),
            Some(CallEnd::Uncertain { error, lost }) => Err(error.with_source(lost)),
            Some(CallEnd::Reconciled(json)) => {
                let status = operation.spec().success.first().copied().unwrap_or_default();
                let head = ResponseHead { status, ..ResponseHead::default() };
                let fields = decode(operation, head, json.as_bytes())?.fields;
                Ok(Response { json, fields, ..Response::default() })
            }
            _ => result.ok_or_else(|| Error::new(ErrorKind::Connection, "no response")),
        }
    }

    fn moment(&self) -> Moment {
        let now_ms = u64::try_from(self.inner.started.elapsed().as_millis()).unwrap_or(u64::MAX);
        Moment { now_ms, jitter: fastrand::f64() }
    }

    async fn send(
        &self,
        request: &SignRequest<'_>,
        token: &RequestToken,
        content: Option<&CheckedContent<'_>>,
        timeout: Duration,
    ) -> std::result::Result<Response, Failure> {
        let operation = request.operation;
        let spec = operation.spec();
        let url = format!("{}{}", self.inner.api_url, request.target());
        let method = match request.method() {
            "GET" => reqwest::Method::GET,
            _ => reqwest::Method::POST,
        };
        let authorization = SecretString::from(format!("Bearer {}", token.token.expose_secret()));
        let mut authorization = reqwest::header::HeaderValue::from_str(
            authorization.expose_secret(),
        )
        .map_err(|_| {
            let message = "invalid access token: it contains characters that HTTP does not allow";
            Failure { error: Error::new(ErrorKind::Authentication, message), sent: false }
        })?;
        authorization.set_sensitive(true);
        let mut builder = self
            .inner
            .http
            .request(method, url)
            .timeout(timeout)
            .header(reqwest::header::AUTHORIZATION, authorization);
        for (name, value) in request.headers() {
            builder = builder.header(name, value);
        }
        builder = match (request.body.as_deref(), content) {
            (Some(text), Some(content)) => builder.body(reqwest::Body::wrap(content.body(text))),
            (Some(text), None) => builder.body(text.to_owned()),
            (None, _) => builder,
        };
        let mut response = builder.send().await.map_err(|error| Failure::new(operation, error))?;
        let (status, date) = (response.status().as_u16(), header(&response, "date"));
        let date = date.and_then(http_date);
        let head = ResponseHead {
            status,
            content_type: header(&response, "content-type"),
            retry_after_ms: header(&response, "retry-after")
                .and_then(|value| retry_after_ms(value, wall_ms())),
        };
        if matches!(spec.response, ResponseBody::File) && spec.success.contains(&status) {
            let fields = decode(operation, head, b"")?.fields;
            let file = Some(response);
            return Ok(Response { json: String::new(), fields, file, date });
        }
        let content_type = head.content_type.map(str::to_owned);
        let retry_after_ms = head.retry_after_ms;
        let mut body = Vec::new();
        while let Some(chunk) =
            response.chunk().await.map_err(|error| Failure::new(operation, error))?
        {
            body.extend_from_slice(&chunk);
            if body.len() as u64 > spec.max_response_bytes {
                let message = format!("malformed response to {}: body too large", operation.id());
                let error = Error::new(ErrorKind::MalformedResponse, message);
                return Err(error.into());
            }
        }
        let content_type = content_type.as_deref();
        let fields =
            decode(operation, ResponseHead { status, content_type, retry_after_ms }, &body)?.fields;
        // `decode` has validated the text.
        let json = String::from_utf8(body).unwrap_or_default();
        Ok(Response { json, fields, file: None, date })
    }
}

/// Whether the response of an operation contains a file.
fn is_download(operation: Operation) -> bool {
    operation == Operation::GetFile || matches!(operation.spec().response, ResponseBody::File)
}

/// A failed attempt.
struct Failure {
    error: Error,
    /// Whether the request may have reached the platform.
    sent: bool,
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self { error, sent: true }
    }
}

impl Failure {
    fn new(operation: Operation, cause: reqwest::Error) -> Self {
        let sent = !cause.is_connect() && !cause.is_builder();
        // A connection that times out is not established: nothing was sent.
        let (kind, what) = if cause.is_connect() {
            (ErrorKind::Connection, "connection failed")
        } else if cause.is_timeout() {
            (ErrorKind::Timeout, "no response before the timeout")
        } else {
            (ErrorKind::Connection, "connection closed before the response was complete")
        };
        let message = format!("{what}: {}; see the source", operation.id());
        // The URL contains identifiers of processes, which logs should not.
        let error = Error::new(kind, message).with_source(cause.without_url());
        Self { error, sent }
    }
}

/// The state in the JSON text of a process.
pub(crate) fn state_of(fields: &ResponseFields) -> Result<State> {
    fields
        .state
        .clone()
        .ok_or_else(|| Error::new(ErrorKind::MalformedResponse, "malformed response: no `status`"))
}
