//! Admin listener: `/healthz` (the process runs), `/readyz` (it can serve), `/metrics`.

use std::convert::Infallible;
use std::sync::Arc;

use http::header::{CONTENT_TYPE, HeaderValue};
use http::{Method, Request, Response, StatusCode};

use crate::app::AppState;
use crate::body::{RelayBody, full};

pub(crate) async fn serve<B>(
    app: Arc<AppState>,
    request: Request<B>,
) -> Result<Response<RelayBody>, Infallible> {
    let (status, content_type, body) = match (request.method(), request.uri().path()) {
        (&Method::GET, "/healthz") => (StatusCode::OK, "text/plain", "ok\n".to_owned()),
        (&Method::GET, "/readyz") => match app.readiness() {
            (true, body) => (StatusCode::OK, "text/plain", body),
            (false, body) => (StatusCode::SERVICE_UNAVAILABLE, "text/plain", body),
        },
        (&Method::GET, "/metrics") => {
            app.update_metrics();
            let media_type = "application/openmetrics-text; version=1.0.0; charset=utf-8";
            (StatusCode::OK, media_type, app.metrics.text())
        }
        _ => (StatusCode::NOT_FOUND, "text/plain", "not found\n".to_owned()),
    };
    let mut response = Response::new(full(body));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    Ok(response)
}
