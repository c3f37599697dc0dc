//! Stub of token endpoint and platform, on a separate thread.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;

pub const PROCESS: &str = "6f1a5c4d-2d9a-4f12-a1c5-bc6e2bcb2d6a";

#[derive(Default)]
struct OriginState {
    tokens: AtomicU64,
    hold_ms: AtomicU64,
    process: Mutex<String>,
}

pub struct Origin {
    pub address: SocketAddr,
    state: Arc<OriginState>,
}

impl Origin {
    pub fn start() -> Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::new(OriginState::default());
        let of = Arc::clone(&state);
        std::thread::spawn(move || {
            let runtime =
                tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async move {
                let listener = tokio::net::TcpListener::from_std(listener).unwrap();
                loop {
                    let (stream, _) = listener.accept().await.expect("a descriptor");
                    let _best_effort = stream.set_nodelay(true);
                    let of = Arc::clone(&of);
                    let service = service_fn(move |request| serve(Arc::clone(&of), request));
                    let connection = hyper::server::conn::http1::Builder::new()
                        .serve_connection(TokioIo::new(stream), service);
                    tokio::spawn(connection);
                }
            });
        });
        Self { address, state }
    }

    /// Number of token requests.
    pub fn tokens(&self) -> u64 {
        self.state.tokens.load(Ordering::SeqCst)
    }

    /// Delay of token responses.
    pub fn hold_tokens(&self, time: Duration) {
        self.state.hold_ms.store(time.as_millis() as u64, Ordering::SeqCst);
    }
}

async fn serve(
    state: Arc<OriginState>,
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let (parts, mut body) = request.into_parts();
    let path = parts.uri.path();
    let create = parts.method == Method::POST && path.ends_with("/process");
    let mut text = Vec::new();
    while let Some(Ok(frame)) = body.frame().await {
        if let (true, Some(data)) = (create, frame.data_ref()) {
            text.extend_from_slice(data);
        }
    }
    let (status, answer) = if path == "/token" {
        state.tokens.fetch_add(1, Ordering::SeqCst);
        tokio::time::sleep(Duration::from_millis(state.hold_ms.load(Ordering::SeqCst))).await;
        let answer = r#"{"access_token":"t","expires_in":3600,"token_type":"Bearer","scope":"sswp:process:create sswp:process:read"}"#;
        (200, answer.to_owned())
    } else if create {
        let mut process: serde_json::Value = serde_json::from_slice(&text).unwrap();
        process["id"] = PROCESS.into();
        let process = process.to_string();
        process.clone_into(&mut state.process.lock().unwrap());
        (201, process)
    } else if path.ends_with("/attach") {
        (201, format!(r#"{{"fileId":"{PROCESS}"}}"#))
    } else if path.ends_with("/status") {
        (200, format!(r#"{{"id":"{PROCESS}","status":"PENDING"}}"#))
    } else {
        (200, state.process.lock().unwrap().clone())
    };
    let mut response = Response::new(Full::new(Bytes::from(answer)));
    *response.status_mut() = http::StatusCode::from_u16(status).unwrap();
    let json = http::HeaderValue::from_static("application/json");
    response.headers_mut().insert(http::header::CONTENT_TYPE, json);
    Ok(response)
}
