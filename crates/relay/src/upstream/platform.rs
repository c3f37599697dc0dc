//! A call to the platform: with a token always, with the caller's headers never. A 401 renews the
//! token and repeats the call once, if it can be repeated; it is never shown to the caller, who
//! would take it for their own.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use http::header::{CONTENT_TYPE, LOCATION, RETRY_AFTER};
use http::{HeaderMap, Request, Response, StatusCode, Uri, response};
use http_body_util::Full;
use hyper::body::Incoming;
use swisscom_sign::auth::cache::{TokenGeneration, UnauthorizedAction};
use swisscom_sign::contract::{Operation, OperationMethod, ReplaySafety};
use swisscom_sign::error::{Error, ErrorKind};
use swisscom_sign::request::{ResponseHead, SignRequest as CoreRequest, decode, retry_after_ms};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::client::{HttpClient, HttpError};
use super::headers::request_headers;
use super::kept::ConnectionPool;
use crate::body::{RelayBody, collect, empty, full};
use crate::error::{RelayError, RelayErrorKind, RelayResult};
use crate::telemetry::metrics::Metrics;
use crate::token::{BearerToken, TokenSource};

/// Life that a token must still have when an upload begins: an upload cannot be repeated.
const MIN_UPLOAD_TOKEN_LIFETIME: Duration = Duration::from_secs(15);
/// Longest wait for a turn.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(1);

/// The platform, or a corporate tenant's own host.
#[derive(Debug)]
pub struct PlatformClient {
    http: Arc<HttpClient>,
    kept: ConnectionPool,
    base: String,
    /// Path of the base.
    below: String,
    headers: Duration,
    body_deadline: Duration,
    turns: Arc<Semaphore>,
    uploads: Arc<Semaphore>,
    metrics: Arc<Metrics>,
}

/// An answer of the platform.
#[derive(Debug)]
enum PlatformResponse {
    /// Whole.
    Whole(response::Parts, Bytes),
    /// Its body is still on its way.
    Begun(response::Parts, Incoming),
}

impl PlatformResponse {
    fn parts(&self) -> &response::Parts {
        match self {
            Self::Whole(parts, _) | Self::Begun(parts, _) => parts,
        }
    }
}

/// A successful JSON answer, whole.
#[derive(Debug)]
pub struct PlatformJson {
    /// Status.
    pub status: u16,
    /// Body, a JSON object.
    pub json: String,
}

/// An answer whose body is still on its way, and the turn that it holds.
#[derive(Debug)]
pub struct StreamedResponse {
    /// Headers, as the platform sent them.
    pub headers: HeaderMap,
    /// Body.
    pub body: Incoming,
    /// Held until the body has passed.
    pub turn: OwnedSemaphorePermit,
}

/// Limits that all tenants share, so that no tenant can take all of the relay.
#[derive(Debug, Clone)]
pub struct ConcurrencyLimits {
    /// Requests at a time.
    pub requests: Arc<Semaphore>,
    /// Uploads at a time.
    pub uploads: Arc<Semaphore>,
}

impl PlatformClient {
    /// Below this base URL.
    ///
    /// # Errors
    /// A sentence, for a URL that is none.
    pub fn new(
        http: Arc<HttpClient>,
        base: &str,
        headers: Duration,
        body_deadline: Duration,
        turns: &ConcurrencyLimits,
        metrics: Arc<Metrics>,
    ) -> std::result::Result<Self, String> {
        let base = base.trim_end_matches('/');
        let uri: Uri = base.parse().map_err(|_| format!("`{base}` is no URL"))?;
        Ok(Self {
            kept: ConnectionPool::new(Arc::clone(&http), uri.clone())?,
            http,
            base: base.to_owned(),
            below: uri.path().trim_end_matches('/').to_owned(),
            headers,
            body_deadline,
            turns: Arc::clone(&turns.requests),
            uploads: Arc::clone(&turns.uploads),
            metrics,
        })
    }

    /// A call with a JSON answer.
    ///
    /// # Errors
    /// What the platform refuses, as a problem of the relay.
    pub async fn json(
        &self,
        token: &TokenSource,
        request: &CoreRequest<'_>,
        request_id: &str,
    ) -> RelayResult<PlatformJson> {
        let (answer, _turn) = self.send_buffered(token, request, request_id, false).await?;
        self.check_status(request.operation, answer).await
    }

    /// A call whose answer is streamed.
    ///
    /// # Errors
    /// As [`Self::json`].
    pub async fn stream(
        &self,
        token: &TokenSource,
        request: &CoreRequest<'_>,
        request_id: &str,
    ) -> RelayResult<StreamedResponse> {
        let (answer, turn) = self.send_buffered(token, request, request_id, true).await?;
        let succeeded = request.operation.spec().success.contains(&answer.parts().status.as_u16());
        match answer {
            PlatformResponse::Begun(parts, body) if succeeded => {
                Ok(StreamedResponse { headers: parts.headers, body, turn })
            }
            answer => Err(match self.check_status(request.operation, answer).await {
                Err(problem) => problem,
                Ok(_) => RelayError::new(RelayErrorKind::UpstreamBadResponse),
            }),
        }
    }

    /// A call with a body that is held, so that it can be repeated.
    async fn send_buffered(
        &self,
        token: &TokenSource,
        request: &CoreRequest<'_>,
        request_id: &str,
        streamed: bool,
    ) -> RelayResult<(PlatformResponse, OwnedSemaphorePermit)> {
        // The token first: whoever waits for one must not keep a turn from those who have it.
        let mut held = Some(token.token().await?);
        let turn = match Arc::clone(&self.turns).try_acquire_owned() {
            Ok(turn) => turn,
            Err(_) => {
                held = None;
                acquire_permit(&self.turns).await?
            }
        };
        let spec = request.operation.spec();
        let body = request.body.map(|body| Bytes::copy_from_slice(body.as_bytes()));
        let mut rejected = false;
        let mut reconnect =
            spec.method == OperationMethod::Get && spec.replay == ReplaySafety::Safe;
        loop {
            let bearer = match held.take() {
                Some(bearer) => bearer,
                None => token.token().await?,
            };
            let sent = if streamed {
                let body = body.clone().map_or_else(empty, full);
                self.send(request, &bearer, request_id, body, self.headers).await.map(|answer| {
                    let (parts, body) = answer.into_parts();
                    PlatformResponse::Begun(parts, body)
                })
            } else {
                self.exchange(request, &bearer, request_id, body.clone()).await
            };
            let answer = match sent {
                // A kept connection that the platform has closed; only what changes nothing is
                // sent again (RFC 9110 section 9.2.2).
                Err(HttpError::Broken | HttpError::Connect) if reconnect => {
                    reconnect = false;
                    continue;
                }
                Err(error) => return Err(unreachable(error)),
                Ok(answer) => answer,
            };
            if answer.parts().status != StatusCode::UNAUTHORIZED {
                return Ok((answer, turn));
            }
            self.refused(token, bearer.generation, rejected).await?;
            rejected = true;
        }
    }

    /// After a 401: `Ok` to repeat the call.
    async fn refused(
        &self,
        token: &TokenSource,
        of: TokenGeneration,
        again: bool,
    ) -> RelayResult<()> {
        let rejection = token.report_unauthorized(of).await;
        let repeat = rejection == UnauthorizedAction::Retry && !again;
        self.metrics.upstream_401(if repeat { "retry" } else { "final" });
        if repeat { Ok(()) } else { Err(RelayError::new(RelayErrorKind::UpstreamAuthFailed)) }
    }

    /// An upload, whose body passes only once.
    ///
    /// # Errors
    /// As [`Self::json`]; [`RelayErrorKind::RetryUpload`] when the token was refused.
    pub async fn upload(
        &self,
        token: &TokenSource,
        request: &CoreRequest<'_>,
        request_id: &str,
        body: RelayBody,
    ) -> RelayResult<PlatformJson> {
        token.token_valid_for(MIN_UPLOAD_TOKEN_LIFETIME).await?;
        let _turn = acquire_permit(&self.uploads).await?;
        let bearer = token.token_valid_for(MIN_UPLOAD_TOKEN_LIFETIME).await?;
        let response = self
            .send(request, &bearer, request_id, body, self.body_deadline + self.headers)
            .await
            .map_err(unreachable)?;
        if response.status().as_u16() == 401 {
            self.refused(token, bearer.generation, false).await?;
            return Err(RelayError::new(RelayErrorKind::RetryUpload).retry_after(1));
        }
        let (parts, body) = response.into_parts();
        self.check_status(request.operation, PlatformResponse::Begun(parts, body)).await
    }

    /// A send_buffered call, whole.
    async fn exchange(
        &self,
        request: &CoreRequest<'_>,
        bearer: &BearerToken,
        request_id: &str,
        body: Option<Bytes>,
    ) -> std::result::Result<PlatformResponse, HttpError> {
        let target = [self.below.as_str(), &request.target()].concat();
        let mut sent = Request::new(Full::new(body.unwrap_or_default()));
        *sent.method_mut() = method(request);
        *sent.headers_mut() = request_headers(request, bearer, request_id);
        let most = most(request.operation);
        let (parts, body) = self.kept.exchange(target, sent, most, self.headers).await?;
        Ok(PlatformResponse::Whole(parts, body))
    }

    async fn send(
        &self,
        request: &CoreRequest<'_>,
        bearer: &BearerToken,
        request_id: &str,
        body: RelayBody,
        timeout: Duration,
    ) -> std::result::Result<Response<Incoming>, HttpError> {
        let target = format!("{}{}", self.base, request.target());
        let uri: Uri = target.parse().map_err(|_| HttpError::Broken)?;
        let mut sent = Request::new(body);
        *sent.method_mut() = method(request);
        *sent.uri_mut() = uri;
        *sent.headers_mut() = request_headers(request, bearer, request_id);
        self.http.send(sent, timeout).await
    }

    /// Reads and judges a JSON answer, by the core's rules.
    async fn check_status(
        &self,
        operation: Operation,
        answer: PlatformResponse,
    ) -> RelayResult<PlatformJson> {
        let parts = answer.parts();
        let status = parts.status.as_u16();
        if parts.status.is_redirection() {
            let to = parts.headers.contains_key(LOCATION);
            tracing::warn!(status, to, "the platform answered with a redirect");
            return Err(RelayError::new(RelayErrorKind::UpstreamBadResponse));
        }
        let (parts, bytes) = match answer {
            PlatformResponse::Whole(parts, bytes) => (parts, bytes),
            PlatformResponse::Begun(parts, mut body) => {
                let read = collect(&mut body, most(operation));
                match tokio::time::timeout(self.headers, read).await {
                    Err(_) => return Err(RelayError::new(RelayErrorKind::UpstreamTimeout)),
                    Ok(Err(_)) => return Err(RelayError::new(RelayErrorKind::UpstreamBadResponse)),
                    Ok(Ok(bytes)) => (parts, bytes),
                }
            }
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
        Ok(PlatformJson { status, json: decoded.json.unwrap_or("{}").to_owned() })
    }
}

fn method(request: &CoreRequest<'_>) -> http::Method {
    match request.operation.spec().method {
        OperationMethod::Get => http::Method::GET,
        OperationMethod::Post => http::Method::POST,
    }
}

/// Bytes that an answer may have.
fn most(operation: Operation) -> usize {
    usize::try_from(operation.spec().max_response_bytes).unwrap_or(usize::MAX)
}

async fn acquire_permit(turns: &Arc<Semaphore>) -> RelayResult<OwnedSemaphorePermit> {
    let waiting = tokio::time::timeout(ACQUIRE_TIMEOUT, Arc::clone(turns).acquire_owned()).await;
    match waiting {
        Ok(Ok(turn)) => Ok(turn),
        _ => Err(RelayError::new(RelayErrorKind::Overloaded).retry_after(1)),
    }
}

fn unreachable(error: HttpError) -> RelayError {
    RelayError::new(match error {
        HttpError::Timeout => RelayErrorKind::UpstreamTimeout,
        HttpError::Connect | HttpError::Broken => RelayErrorKind::UpstreamUnreachable,
        HttpError::Body => RelayErrorKind::UpstreamBadResponse,
    })
}

/// The core's kinds as the relay's. What the platform says of a missing thing is left out: it
/// would differ between what is not there and what is another's.
pub fn from_core_error(error: Error) -> RelayError {
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
    RelayError { upstream: error.upstream, retry_after_s, ..RelayError::new(kind) }
}
