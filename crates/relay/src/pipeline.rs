//! Handles one request: guards, CORS, authentication, limits, dispatch, response headers, log line.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Instant;

use http::header::{ALLOW, CONTENT_TYPE, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{Request, Response, StatusCode};
use tracing::Instrument;

use crate::app::AppState;
use crate::auth::extract_credential;
use crate::body::{RelayBody, TimeoutBody, full};
use crate::caller::Principal;
use crate::config::ip_range::client_network;
use crate::cors;
use crate::error::{RelayError, RelayErrorKind, RelayResult};
use crate::guard;
use crate::listen::request_body::RequestBody;
use crate::ops::{RelayRequest, dispatch};
use crate::route::{RelayRoute, match_route};
use crate::upstream::headers;

/// Collected while the request is handled.
#[derive(Default)]
struct RequestLogFields {
    route: Option<&'static str>,
    caller: Option<Arc<Principal>>,
}

/// Handles a request; errors become problem responses.
pub(crate) async fn serve(
    app: Arc<AppState>,
    peer: IpAddr,
    request: Request<RequestBody>,
) -> Result<Response<RelayBody>, std::convert::Infallible> {
    let started_at = Instant::now();
    // Version 4: version 7 would reveal the order and the time of requests.
    let request_id = uuid::Uuid::new_v4().simple().to_string();
    let span = tracing::info_span!("request", request_id);
    let response = respond(app, peer, request, request_id, started_at).instrument(span).await;
    Ok(response)
}

async fn respond(
    app: Arc<AppState>,
    peer: IpAddr,
    request: Request<RequestBody>,
    request_id: String,
    started_at: Instant,
) -> Response<RelayBody> {
    let mut log_fields = RequestLogFields::default();
    // Only an allowed origin is echoed in the response.
    let origin = app.origins.check(request.headers()).map(|origin| origin.cloned());
    let outcome = handle(&app, peer, request, &request_id, &mut log_fields, origin.clone()).await;
    let (mut response, code) = match outcome {
        Ok(response) => (response, "ok"),
        Err(error) => {
            let code = error.kind.code();
            (error_response(error, &request_id), code)
        }
    };
    let tls = app.config.server.tls_cert_file.is_some();
    headers::add_response_headers(&mut response, &request_id, tls);
    let origin: Option<HeaderValue> = origin.ok().flatten();
    cors::add_headers(&mut response, origin.as_ref(), app.config.auth.cookie_name.is_some());
    if app.is_draining() {
        response.headers_mut().insert(http::header::CONNECTION, HeaderValue::from_static("close"));
    }
    let (status, duration) = (response.status().as_u16(), started_at.elapsed());
    let route = log_fields.route.unwrap_or("none");
    app.metrics.request(route, status, code, duration);
    tracing::info!(
        route,
        status,
        code,
        principal = log_fields.caller.as_ref().map_or("-", |caller| &caller.log_name),
        ms = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX),
        "request"
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

async fn handle(
    app: &Arc<AppState>,
    peer: IpAddr,
    request: Request<RequestBody>,
    request_id: &str,
    log_fields: &mut RequestLogFields,
    origin: RelayResult<Option<HeaderValue>>,
) -> RelayResult<Response<RelayBody>> {
    let server = &app.config.server;
    let address = app.proxies.client_ip(peer, request.headers());
    app.limits.ip.check_and_count(&client_network(address)).await?;
    guard::check(&request, &server.public_hosts)?;
    origin?;
    let path = request.uri().path();
    if cors::is_preflight(request.method(), request.headers()) {
        log_fields.route = Some("preflight");
        // The error for a method that no route accepts lists the methods of the path.
        let methods = match match_route(&http::Method::TRACE, path) {
            Err(RelayError { kind: RelayErrorKind::MethodNotAllowed, allow, .. }) => {
                allow.unwrap_or_default()
            }
            Err(error) => return Err(error),
            Ok(_) => String::new(),
        };
        return Ok(cors::preflight(&methods));
    }
    let route = match_route(request.method(), path)?;
    log_fields.route = Some(route.label());
    let caller = caller(app, &request).await?;
    log_fields.caller = Some(Arc::clone(&caller));
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
        body: TimeoutBody::new(body, server.body_idle_timeout.0, server.body_timeout.0),
    };
    dispatch_catching_panics(call, route).await
}

async fn caller(app: &AppState, request: &Request<RequestBody>) -> RelayResult<Arc<Principal>> {
    let credential = extract_credential(request.headers(), app.config.auth.cookie_name.as_deref())?;
    if credential.from_cookie {
        app.origins.check_cookie(request.headers())?;
    }
    app.auth.authenticate(credential.token).await
}

/// A panic becomes a 500 response without details.
async fn dispatch_catching_panics(
    call: RelayRequest,
    route: RelayRoute,
) -> RelayResult<Response<RelayBody>> {
    let mut dispatched = Box::pin(dispatch(call, route));
    std::future::poll_fn(move |cx| {
        let poll = std::panic::AssertUnwindSafe(|| dispatched.as_mut().poll(cx));
        match std::panic::catch_unwind(poll) {
            Ok(poll) => poll,
            Err(_) => std::task::Poll::Ready(Err(RelayError::new(RelayErrorKind::Internal))),
        }
    })
    .await
}
