//! Requests to the platform: with the relay's token, and without any header of the caller. A 401 renews
//! the token and repeats the request once, if it can be repeated. It is never forwarded: the caller
//! would attribute it to its own token.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use http::header::{CONTENT_TYPE, DATE, LOCATION, RETRY_AFTER};
use http::{HeaderMap, Request, Response, StatusCode, Uri};
use hyper::body::Incoming;
use swisscom_sign::auth::cache::{TokenGeneration, UnauthorizedAction};
use swisscom_sign::contract::{Operation, OperationMethod, ReplaySafety};
use swisscom_sign::error::{Error, ErrorKind};
use swisscom_sign::request::{
    ResponseHead, SignRequest as CoreRequest, decode, http_date, retry_after_ms,
};
use swisscom_sign::retry::{FailureClass, classify};
use tokio::sync::OwnedSemaphorePermit;

use super::client::{HttpClient, HttpError};
use super::headers::request_headers;
use crate::body::{RelayBody, collect, empty, full};
use crate::error::{RelayError, RelayErrorKind, RelayResult};
use crate::limit::concurrency::{ConcurrencyLimit, ConcurrencyLimits};
use crate::start_error::StartError;
use crate::telemetry::metrics::Metrics;
use crate::token::{BearerToken, TokenSource};

/// An upload cannot be repeated, so its token must not expire at the start.
const MIN_UPLOAD_TOKEN_LIFETIME: Duration = Duration::from_secs(15);

/// Client of the platform, or of a corporate tenant's own host.
#[derive(Debug)]
pub(crate) struct PlatformClient {
    http: Arc<HttpClient>,
    base: String,
    header_timeout: Duration,
    body_timeout: Duration,
    concurrency: ConcurrencyLimits,
    metrics: Arc<Metrics>,
}

/// A successful JSON response.
#[derive(Debug)]
pub(crate) struct PlatformJson {
    pub(crate) status: u16,
    pub(crate) json: String,
    /// The platform's clock, in milliseconds since 1970.
    pub(crate) date_ms: Option<i64>,
}

#[derive(Debug)]
pub(crate) struct StreamedResponse {
    pub(crate) headers: HeaderMap,
    pub(crate) body: Incoming,
    /// To be held until the body was forwarded.
    pub(crate) permit: OwnedSemaphorePermit,
}

impl PlatformClient {
    pub(crate) fn new(
        http: Arc<HttpClient>,
        base: &str,
        header_timeout: Duration,
        body_timeout: Duration,
        concurrency: &ConcurrencyLimits,
        metrics: Arc<Metrics>,
    ) -> Result<Self, StartError> {
        let base = base.trim_end_matches('/');
        base.parse::<Uri>()
            .map_err(|error| StartError::with_source(format!("invalid URL `{base}`"), error))?;
        Ok(Self {
            http,
            base: base.to_owned(),
            header_timeout,
            body_timeout,
            concurrency: concurrency.clone(),
            metrics,
        })
    }

    /// Sends a request and reads a JSON response.
    pub(crate) async fn json(
        &self,
        token: &TokenSource,
        request: &CoreRequest<'_>,
        request_id: &str,
    ) -> RelayResult<PlatformJson> {
        let limit = &self.concurrency.requests;
        let (response, _permit) = self.send_buffered(token, request, request_id, limit).await?;
        self.check_status(request.operation, response).await
    }

    /// Sends a request for a file and returns the response before its body is read.
    pub(crate) async fn download(
        &self,
        token: &TokenSource,
        request: &CoreRequest<'_>,
        request_id: &str,
    ) -> RelayResult<StreamedResponse> {
        let limit = &self.concurrency.downloads;
        let (response, permit) = self.send_buffered(token, request, request_id, limit).await?;
        if request.operation.spec().success.contains(&response.status().as_u16()) {
            let (parts, body) = response.into_parts();
            return Ok(StreamedResponse { headers: parts.headers, body, permit });
        }
        Err(match self.check_status(request.operation, response).await {
            Err(error) => error,
            Ok(_) => RelayError::new(RelayErrorKind::UpstreamBadResponse),
        })
    }

    /// Sends a request whose body is in memory, so that it can be repeated.
    async fn send_buffered(
        &self,
        token: &TokenSource,
        request: &CoreRequest<'_>,
        request_id: &str,
        limit: &ConcurrencyLimit,
    ) -> RelayResult<(Response<Incoming>, OwnedSemaphorePermit)> {
        // Get the token before the permit: a request that waits for a token must not block a permit that
        // requests with a token could use.
        let mut held = Some(token.token().await?);
        let permit = match limit.try_acquire() {
            Some(permit) => permit,
            None => {
                held = None;
                limit.acquire().await?
            }
        };
        let spec = request.operation.spec();
        let body = request.body.as_deref().map(|body| Bytes::copy_from_slice(body.as_bytes()));
        let mut was_unauthorized = false;
        let mut can_reconnect =
            spec.method == OperationMethod::Get && spec.replay == ReplaySafety::Safe;
        loop {
            let bearer = match held.take() {
                Some(bearer) => bearer,
                None => token.token().await?,
            };
            let body = body.clone().map_or_else(empty, full);
            let sent = self.send(request, &bearer, request_id, body, self.header_timeout).await;
            let response = match sent {
                // The platform closed a pooled connection. Retry once, for safe methods only: it is
                // unknown whether a write was processed (RFC 9110 section 9.2.2).
                Err(HttpError::Broken | HttpError::Connect(_)) if can_reconnect => {
                    can_reconnect = false;
                    continue;
                }
                Err(error) => return Err(unreachable(error)),
                Ok(response) => response,
            };
            if response.status() != StatusCode::UNAUTHORIZED {
                return Ok((response, permit));
            }
            self.on_unauthorized(token, bearer.generation, was_unauthorized).await?;
            was_unauthorized = true;
        }
    }

    /// Returns `Ok` if the request can be repeated with a new token.
    async fn on_unauthorized(
        &self,
        token: &TokenSource,
        generation: TokenGeneration,
        is_repeated: bool,
    ) -> RelayResult<()> {
        let action = token.report_unauthorized(generation).await;
        let repeat = action == UnauthorizedAction::Retry && !is_repeated;
        self.metrics.upstream_401(if repeat { "retry" } else { "final" });
        if repeat { Ok(()) } else { Err(RelayError::new(RelayErrorKind::UpstreamAuthFailed)) }
    }

    /// Streams an upload, which cannot be repeated.
    ///
    /// # Errors
    /// As [`Self::json`]; [`RelayErrorKind::UploadMustBeRepeated`] if the token was rejected.
    pub(crate) async fn upload(
        &self,
        token: &TokenSource,
        request: &CoreRequest<'_>,
        request_id: &str,
        body: RelayBody,
    ) -> RelayResult<PlatformJson> {
        token.token_valid_for(MIN_UPLOAD_TOKEN_LIFETIME).await?;
        let _permit = self.concurrency.uploads.acquire().await?;
        let bearer = token.token_valid_for(MIN_UPLOAD_TOKEN_LIFETIME).await?;
        let response = self
            .send(request, &bearer, request_id, body, self.body_timeout + self.header_timeout)
            .await
            .map_err(unreachable)?;
        if response.status().as_u16() == 401 {
            self.on_unauthorized(token, bearer.generation, false).await?;
            return Err(RelayError::new(RelayErrorKind::UploadMustBeRepeated).retry_after(1));
        }
        self.check_status(request.operation, response).await
    }

    async fn send(
        &self,
        request: &CoreRequest<'_>,
        bearer: &BearerToken,
        request_id: &str,
        body: RelayBody,
        timeout: Duration,
    ) -> Result<Response<Incoming>, HttpError> {
        let target = format!("{}{}", self.base, request.target());
        let uri: Uri = target.parse().map_err(|_| HttpError::Broken)?;
        let mut sent = Request::new(body);
        *sent.method_mut() = method(request);
        *sent.uri_mut() = uri;
        *sent.headers_mut() = request_headers(request, bearer, request_id);
        self.http.send(sent, timeout).await
    }

    /// Reads a JSON response and checks its status, with the core's rules.
    async fn check_status(
        &self,
        operation: Operation,
        response: Response<Incoming>,
    ) -> RelayResult<PlatformJson> {
        let (parts, body) = response.into_parts();
        let status = parts.status.as_u16();
        if parts.status.is_redirection() {
            let has_location = parts.headers.contains_key(LOCATION);
            tracing::warn!(status, has_location, "the platform responded with a redirect");
            return Err(lost(RelayErrorKind::UpstreamBadResponse));
        }
        let read = collect(body, max_response_bytes(operation));
        let bytes = match tokio::time::timeout(self.header_timeout, read).await {
            Err(_) => return Err(lost(RelayErrorKind::UpstreamTimeout)),
            Ok(Err(_)) => return Err(lost(RelayErrorKind::UpstreamBadResponse)),
            Ok(Ok(bytes)) => bytes,
        };
        let text = |name| {
            parts.headers.get(name).and_then(|value: &http::HeaderValue| value.to_str().ok())
        };
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
        let now = i64::try_from(now).unwrap_or(i64::MAX);
        let head = ResponseHead {
            status,
            content_type: text(CONTENT_TYPE),
            retry_after_ms: text(RETRY_AFTER).and_then(|value| retry_after_ms(value, now)),
        };
        let decoded = decode(operation, head, &bytes).map_err(from_core_error)?;
        let json = decoded.json.unwrap_or("{}").to_owned();
        Ok(PlatformJson { status, json, date_ms: text(DATE).and_then(http_date) })
    }
}

fn method(request: &CoreRequest<'_>) -> http::Method {
    match request.operation.spec().method {
        OperationMethod::Get => http::Method::GET,
        OperationMethod::Post => http::Method::POST,
    }
}

fn max_response_bytes(operation: Operation) -> usize {
    usize::try_from(operation.spec().max_response_bytes).unwrap_or(usize::MAX)
}

fn unreachable(error: HttpError) -> RelayError {
    match error {
        HttpError::Timeout => lost(RelayErrorKind::UpstreamTimeout),
        HttpError::Broken | HttpError::BadBody => lost(RelayErrorKind::UpstreamClosed),
        HttpError::Connect(_) => {
            RelayError::new(RelayErrorKind::UpstreamUnreachable).failed(FailureClass::NotSent)
        }
    }
}

/// The response is lost: a write may have been performed.
fn lost(kind: RelayErrorKind) -> RelayError {
    RelayError::new(kind).failed(FailureClass::Ambiguous)
}

/// Maps the core's errors. The details of a 404 are dropped: they would differ between a process that does
/// not exist and a process of another caller.
pub(crate) fn from_core_error(error: Error) -> RelayError {
    let failure = Some(classify(&error, None));
    let kind = match error.kind {
        ErrorKind::Validation => RelayErrorKind::ValidationFailed,
        ErrorKind::Permission => RelayErrorKind::UpstreamDenied,
        ErrorKind::NotFound => return RelayError::new(RelayErrorKind::NotFound),
        ErrorKind::Conflict => RelayErrorKind::Conflict,
        ErrorKind::Gone => RelayErrorKind::Gone,
        ErrorKind::NotReady => RelayErrorKind::NotReady,
        ErrorKind::RateLimit => RelayErrorKind::RateLimited,
        ErrorKind::Server => RelayErrorKind::UpstreamError,
        ErrorKind::Timeout => RelayErrorKind::UpstreamTimeout,
        ErrorKind::Authentication => RelayErrorKind::UpstreamAuthFailed,
        _ => RelayErrorKind::UpstreamBadResponse,
    };
    let retry_after_s = error.retry_after_ms.map(|ms| ms.div_ceil(1000).clamp(1, 3600));
    // The message of a failure of the platform is for its operators, and can contain internal names.
    let is_failure = error.status.is_some_and(|status| status >= 500);
    let upstream = error.upstream.map(|mut upstream| {
        if is_failure {
            upstream.message = None;
        }
        upstream
    });
    RelayError { upstream, retry_after_s, failure, ..RelayError::new(kind) }
}
