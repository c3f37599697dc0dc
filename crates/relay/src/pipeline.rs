//! One request from its first byte to its last: guards, page, caller, limits, operation, and what
//! every answer bears.

use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::Instant;

use http::header::{ALLOW, CONTENT_TYPE, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{Request, Response, StatusCode};
use hyper::body::Incoming;
use tracing::Instrument;

use crate::app::AppState;
use crate::auth::extract_credential;
use crate::body::{RelayBody, TimeoutBody, full};
use crate::caller::Principal;
use crate::cors;
use crate::error::{RelayError, RelayErrorKind, RelayResult};
use crate::guard;
use crate::ops::{RelayRequest, dispatch};
use crate::route::{RelayRoute, match_route};
use crate::upstream::headers;

/// What is known of a request as it is worked on, for its log line.
#[derive(Default)]
struct RequestLogFields {
    route: Option<&'static str>,
    caller: Option<Arc<Principal>>,
}

/// Answers a request. Never fails: every failure is an answer.
pub async fn serve(
    app: Arc<AppState>,
    peer: IpAddr,
    request: Request<Incoming>,
) -> std::result::Result<Response<RelayBody>, std::convert::Infallible> {
    let begun = Instant::now();
    let request_id = request_id();
    let span = tracing::info_span!("request", request_id);
    let response = answer(app, peer, request, request_id, begun).instrument(span).await;
    Ok(response)
}

/// Unlike every other, and says nothing of how many there were: a permutation of the counter, after
/// what tells this run of the relay from others.
fn request_id() -> String {
    static RUN: LazyLock<(String, u64)> = LazyLock::new(|| {
        let (run, first) = uuid::Uuid::new_v4().as_u64_pair();
        (format!("{run:016x}"), first)
    });
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let (run, first) = &*RUN;
    // The steps of SplitMix64, each of which can be undone.
    let mut id = first.wrapping_add(NEXT.fetch_add(1, Ordering::Relaxed));
    id = (id ^ (id >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    id = (id ^ (id >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    id ^= id >> 31;
    let mut text = String::with_capacity(32);
    text.push_str(run);
    text.extend(
        (0..16).rev().filter_map(|digit| char::from_digit((id >> (4 * digit)) as u32 & 15, 16)),
    );
    text
}

async fn answer(
    app: Arc<AppState>,
    peer: IpAddr,
    request: Request<Incoming>,
    request_id: String,
    begun: Instant,
) -> Response<RelayBody> {
    let mut trace = RequestLogFields::default();
    let under_way = InFlightRequest::new(&app);
    // The origin is answered only after it was found on the list.
    let origin = app.origins.check(request.headers()).map(|origin| origin.cloned());
    let worked = handle(&app, peer, request, &request_id, &mut trace, origin.clone()).await;
    let (mut response, code) = match worked {
        Ok(response) => (response, "ok"),
        Err(problem) => {
            let code = problem.kind.code();
            (error_response(problem, &request_id), code)
        }
    };
    drop(under_way);
    let tls = app.config.server.tls_cert_file.is_some();
    headers::add_response_headers(&mut response, &request_id, tls);
    let origin: Option<HeaderValue> = origin.ok().flatten();
    cors::add_headers(&mut response, origin.as_ref(), app.config.auth.cookie.is_some());
    if app.is_draining() {
        response.headers_mut().insert(http::header::CONNECTION, HeaderValue::from_static("close"));
    }
    let (status, took) = (response.status().as_u16(), begun.elapsed());
    let route = trace.route.unwrap_or("none");
    app.metrics.request(route, status, code, took);
    tracing::info!(
        route,
        status,
        code,
        principal = trace.caller.as_ref().map_or("-", |caller| &caller.log_name),
        ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
        "answered"
    );
    response
}

fn error_response(error: RelayError, request_id: &str) -> Response<RelayBody> {
    let mut response = Response::new(full(error.to_json(request_id)));
    *response.status_mut() =
        StatusCode::from_u16(error.kind.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    if let Some(seconds) = error.retry_after_s {
        headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    if error.kind == RelayErrorKind::InvalidToken {
        let challenge = HeaderValue::from_static(r#"Bearer error="invalid_token""#);
        headers.insert(WWW_AUTHENTICATE, challenge);
    }
    if let Some(allow) = error.allow.and_then(|allow| HeaderValue::from_str(&allow).ok()) {
        headers.insert(ALLOW, allow);
    }
    response
}

/// Counts requests under way, those that are broken off too.
struct InFlightRequest(Arc<AppState>);

impl InFlightRequest {
    fn new(app: &Arc<AppState>) -> Self {
        app.metrics.in_flight.inc();
        Self(Arc::clone(app))
    }
}

impl Drop for InFlightRequest {
    fn drop(&mut self) {
        self.0.metrics.in_flight.dec();
    }
}

async fn handle(
    app: &Arc<AppState>,
    peer: IpAddr,
    request: Request<Incoming>,
    request_id: &str,
    trace: &mut RequestLogFields,
    origin: RelayResult<Option<HeaderValue>>,
) -> RelayResult<Response<RelayBody>> {
    let server = &app.config.server;
    let address = guard::client_ip(peer, request.headers(), server);
    app.limits.ip.check_and_count(&address).await?;
    guard::check(&request, &server.public_hosts)?;
    origin?;
    let path = request.uri().path();
    if cors::is_preflight(request.method(), request.headers()) {
        trace.route = Some("preflight");
        // The methods of a path are what a method that no path takes is told.
        let methods = match match_route(&http::Method::TRACE, path) {
            Err(RelayError { kind: RelayErrorKind::MethodNotAllowed, allow, .. }) => {
                allow.unwrap_or_default()
            }
            Err(problem) => return Err(problem),
            Ok(_) => String::new(),
        };
        return Ok(cors::preflight(&methods));
    }
    let route = match_route(request.method(), path)?;
    trace.route = Some(route.label());
    let caller = caller(app, &request).await?;
    trace.caller = Some(Arc::clone(&caller));
    app.limits.user.check_and_count(&caller.hash).await?;
    let tenant = Arc::clone(app.tenant(&caller).await?);
    let (parts, body) = request.into_parts();
    let call = RelayRequest {
        app: Arc::clone(app),
        tenant,
        caller,
        request_id: request_id.to_owned(),
        headers: parts.headers,
        query: parts.uri.query().map(str::to_owned),
        body: TimeoutBody::new(body, server.body_idle.0, server.body_deadline.0),
    };
    dispatch_catching_panics(call, route).await
}

async fn caller(app: &AppState, request: &Request<Incoming>) -> RelayResult<Arc<Principal>> {
    let presented = extract_credential(request.headers(), app.config.auth.cookie.as_deref())?;
    if presented.from_cookie {
        app.origins.check_cookie(request.headers())?;
    }
    app.auth.authenticate(presented.token).await
}

/// A defect of the relay is an answer like any other, and says nothing of itself.
async fn dispatch_catching_panics(
    call: RelayRequest,
    route: RelayRoute,
) -> RelayResult<Response<RelayBody>> {
    let mut work = Box::pin(dispatch(call, route));
    std::future::poll_fn(move |cx| {
        let poll = std::panic::AssertUnwindSafe(|| work.as_mut().poll(cx));
        match std::panic::catch_unwind(poll) {
            Ok(poll) => poll,
            Err(_) => std::task::Poll::Ready(Err(RelayError::new(RelayErrorKind::Internal))),
        }
    })
    .await
}
