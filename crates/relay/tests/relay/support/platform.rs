//! Stub of the platform: stores processes as JSON, records requests, validates access tokens, and injects
//! failures.

use std::collections::{HashMap, VecDeque};
use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{HeaderMap, Request, Response};
use http_body_util::BodyExt;
use hyper::body::{Body, Frame, Incoming, SizeHint};
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::{keycloak, status};

/// A recorded request.
#[derive(Debug, Clone)]
pub struct ReceivedRequest {
    pub method: String,
    pub target: String,
    pub headers: HeaderMap,
    /// Body, up to 64 KiB.
    pub body: String,
    /// Whether the body was complete.
    pub complete: bool,
    pub bytes: u64,
}

#[derive(Default)]
pub struct PlatformStubState {
    /// Processes and the client that created each.
    pub processes: HashMap<String, (String, Value)>,
    pub seen: Vec<ReceivedRequest>,
    /// Responses to the next requests.
    pub script: VecDeque<Canned>,
    /// Whether lists omit properties.
    pub bare_lists: bool,
    /// Failures of the next creates.
    pub create_faults: VecDeque<CreateFault>,
    /// Whether the list fails.
    pub no_lists: bool,
    /// Content of the files; empty: [`PDF`].
    pub file: Bytes,
}

/// How a create fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CreateFault {
    /// Whether the process exists nevertheless.
    pub performed: bool,
    /// Resets the connection; otherwise the response never arrives.
    pub resets: bool,
}

#[derive(Debug, Clone)]
pub struct Canned {
    pub status: u16,
    pub headers: Vec<(&'static str, String)>,
    pub body: Bytes,
}

impl Canned {
    pub fn status(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: Bytes::new() }
    }

    pub fn json(status: u16, body: &str) -> Self {
        let headers = vec![("content-type", "application/json".to_owned())];
        Self { status, headers, body: body.to_owned().into() }
    }
}

pub struct PlatformStub {
    pub address: SocketAddr,
    pub state: Mutex<PlatformStubState>,
    tokens: Arc<Mutex<keycloak::KeycloakStubState>>,
    ids: AtomicU64,
    /// Milliseconds before each response.
    pub delay: AtomicU64,
    /// Bytes read per second; 0 for no limit.
    pub bytes_per_second: AtomicU64,
    /// Bytes read so far.
    pub received: Arc<AtomicU64>,
    /// Bytes of responses written to the connection.
    pub sent: Arc<AtomicU64>,
    /// Whether valid tokens are rejected.
    pub refuses: AtomicBool,
}

/// File of each process.
pub const FILE: &str = "11111111-1111-4111-8111-111111111111";
pub const PDF: &[u8] = b"%PDF-1.7 canary-pdf";

impl PlatformStub {
    pub async fn start(tokens: Arc<Mutex<keycloak::KeycloakStubState>>) -> Arc<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let platform = Arc::new(Self {
            address: listener.local_addr().unwrap(),
            state: Mutex::default(),
            tokens,
            ids: AtomicU64::new(1),
            delay: AtomicU64::new(0),
            bytes_per_second: AtomicU64::new(0),
            received: Arc::default(),
            sent: Arc::default(),
            refuses: AtomicBool::new(false),
        });
        let of = Arc::clone(&platform);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let of = Arc::clone(&of);
                let service = service_fn(move |request| serve(Arc::clone(&of), request));
                tokio::spawn(
                    hyper::server::conn::http1::Builder::new()
                        .serve_connection(TokioIo::new(stream), service),
                );
            }
        });
        platform
    }

    pub fn seen(&self) -> Vec<ReceivedRequest> {
        self.state.lock().unwrap().seen.clone()
    }

    pub fn forget(&self) {
        self.state.lock().unwrap().seen.clear();
    }

    pub fn then(&self, answer: Canned) {
        self.state.lock().unwrap().script.push_back(answer);
    }

    /// Changes a stored process.
    pub fn change(&self, id: &str, change: impl FnOnce(&mut Value)) {
        change(&mut self.state.lock().unwrap().processes.get_mut(id).unwrap().1);
    }

    pub fn stored(&self, id: &str) -> Value {
        self.state.lock().unwrap().processes[id].1.clone()
    }

    fn answer(&self, seen: &ReceivedRequest) -> Canned {
        if let Some(canned) = self.state.lock().unwrap().script.pop_front() {
            return canned;
        }
        let token = seen.headers.get("authorization").and_then(|value| value.to_str().ok());
        let token = token.and_then(|value| value.strip_prefix("Bearer ")).unwrap_or_default();
        let granted = self.tokens.lock().unwrap().tokens.get(token).cloned();
        let refuses = self.refuses.load(Ordering::SeqCst);
        let Some((client, scopes)) = granted.filter(|_| !refuses) else {
            return Canned::status(401);
        };
        let path = seen.target.split('?').next().unwrap().strip_prefix("/system").unwrap();
        let segments: Vec<_> = path.split('/').skip(1).collect();
        let scope = match (seen.method.as_str(), segments.as_slice()) {
            ("GET", ["api", "process"]) => "sswp:process:read:all",
            ("GET", _) | (_, ["api", "process", _, "open", _]) => "sswp:process:read",
            _ => "sswp:process:create",
        };
        if !scopes.iter().any(|granted| granted == scope) {
            return Canned::json(403, r#"{"name":"AccessDenied"}"#);
        }
        let mut state = self.state.lock().unwrap();
        let missing = Canned::json(404, r#"{"name":"ProcessNotFound","message":"canary-missing"}"#);
        if let ["api", "process", id, ..] = segments.as_slice()
            && state.processes.get(*id).is_none_or(|(of, _)| *of != client)
        {
            return missing;
        }
        let ok = |status: u16, value: Value| Canned::json(status, &value.to_string());
        match (seen.method.as_str(), segments.as_slice()) {
            ("POST", ["api", "process"]) => {
                let number = self.ids.fetch_add(1, Ordering::SeqCst);
                let id = format!("00000000-0000-4000-8000-{number:012x}");
                let mut process: Value = serde_json::from_str(&seen.body).unwrap();
                process["id"] = id.clone().into();
                process["status"] = "CREATED".into();
                process["initiator"]["identification"] = format!("{id}-i").into();
                process["invitees"]["signers"][0]["identification"] = format!("{id}-s").into();
                process["fileReferences"] =
                    json!([{ "initialFileId": FILE, "externalIdentifier": "file-1" }]);
                state.processes.insert(id, (client, process.clone()));
                ok(201, process)
            }
            ("GET", ["api", "process"]) if state.no_lists => Canned::json(500, "{}"),
            ("GET", ["api", "process"]) => {
                let query = seen.target.split_once('?').map_or("", |(_, query)| query);
                let number = |name: &str, default: usize| {
                    url::form_urlencoded::parse(query.as_bytes())
                        .find(|(key, _)| key == name)
                        .map_or(default, |(_, value)| value.parse().unwrap())
                };
                let (page, size) = (number("page", 0), number("size", 20));
                let mut all: Vec<_> = state.processes.values().map(|(_, p)| p.clone()).collect();
                all.sort_by_key(|process| process["id"].to_string());
                let mut content: Vec<_> = all.into_iter().skip(page * size).take(size).collect();
                if state.bare_lists {
                    for process in &mut content {
                        process.as_object_mut().unwrap().remove("properties");
                    }
                }
                ok(200, json!({ "content": content }))
            }
            ("GET", ["api", "process", id]) => ok(200, state.processes[*id].1.clone()),
            ("GET", ["api", "process", id, "status"]) => {
                ok(200, json!({ "id": id, "status": state.processes[*id].1["status"] }))
            }
            ("GET", ["api", "process", _, "record"]) => ok(200, json!({ "records": [] })),
            ("POST", ["api", "process", id, "setup"]) => {
                ok(202, json!({ "id": id, "url": "https://sign.example/setup/canary-url" }))
            }
            ("POST", ["api", "process", id, "release"]) => {
                let process = &state.processes[*id].1;
                let person = |of: &Value| {
                    json!({ "id": of["identification"], "externalIdentifier": of["externalIdentifier"],
                        "url": format!("https://sign.example/canary-url/{}", of["externalIdentifier"].as_str().unwrap()) })
                };
                let people =
                    [&process["initiator"], &process["invitees"]["signers"][0]].map(person);
                ok(200, json!({ "id": id, "status": "PENDING", "participants": people }))
            }
            ("POST", ["api", "process", id, "open", _]) => {
                ok(200, json!({ "id": id, "url": "https://sign.example/open/canary-url" }))
            }
            ("POST", ["api", "process", _, "attach"]) if seen.complete => {
                ok(201, json!({ "fileId": FILE }))
            }
            ("GET", ["api", "process", _, "file", _, "content"]) => Canned {
                status: 200,
                headers: vec![
                    ("content-type", "application/pdf".into()),
                    ("content-disposition", "attachment; filename=\"a.pdf\"".into()),
                    ("set-cookie", "canary-cookie=1".into()),
                    ("server", "canary-server".into()),
                ],
                body: match state.file.is_empty() {
                    true => Bytes::from_static(PDF),
                    false => state.file.clone(),
                },
            },
            ("GET", ["api", "process", _, "file", _]) => ok(200, super::attachment()),
            _ => Canned::status(500),
        }
    }
}

/// Body in chunks that counts the bytes read from it.
struct Counting {
    left: Bytes,
    sent: Arc<AtomicU64>,
}

impl Body for Counting {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        if self.left.is_empty() {
            return Poll::Ready(None);
        }
        let length = self.left.len().min(64 * 1024);
        self.sent.fetch_add(length as u64, Ordering::SeqCst);
        Poll::Ready(Some(Ok(Frame::data(self.left.split_to(length)))))
    }

    fn is_end_stream(&self) -> bool {
        self.left.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left.len() as u64)
    }
}

async fn serve(
    platform: Arc<PlatformStub>,
    request: Request<Incoming>,
) -> std::io::Result<Response<Counting>> {
    let (parts, mut body) = request.into_parts();
    let (mut text, mut bytes, mut complete) = (Vec::new(), 0, true);
    while let Some(frame) = body.frame().await {
        let Ok(frame) = frame else {
            complete = false;
            break;
        };
        if let Ok(data) = frame.into_data() {
            bytes += data.len() as u64;
            platform.received.fetch_add(data.len() as u64, Ordering::SeqCst);
            let pace = platform.bytes_per_second.load(Ordering::SeqCst);
            if let Some(us) = (data.len() as u64 * 1_000_000).checked_div(pace) {
                tokio::time::sleep(std::time::Duration::from_micros(us)).await;
            }
            if text.len() < 64 * 1024 {
                text.extend_from_slice(&data);
            }
        }
    }
    let seen = ReceivedRequest {
        method: parts.method.to_string(),
        target: parts.uri.to_string(),
        headers: parts.headers,
        body: String::from_utf8_lossy(&text).into_owned(),
        complete,
        bytes,
    };
    platform.state.lock().unwrap().seen.push(seen.clone());
    let is_create = seen.method == "POST" && seen.target == "/system/api/process";
    let fault = is_create.then(|| platform.state.lock().unwrap().create_faults.pop_front());
    if let Some(fault) = fault.flatten() {
        if fault.performed {
            platform.answer(&seen);
        }
        if !fault.resets {
            std::future::pending::<()>().await;
        }
        return Err(std::io::ErrorKind::ConnectionReset.into());
    }
    let canned = platform.answer(&seen);
    let delay = platform.delay.load(Ordering::SeqCst);
    tokio::time::sleep(std::time::Duration::from_millis(delay)).await;
    let body = Counting { left: canned.body, sent: Arc::clone(&platform.sent) };
    let mut response = Response::new(body);
    *response.status_mut() = status(canned.status);
    for (name, value) in canned.headers {
        response.headers_mut().append(name, value.parse().unwrap());
    }
    Ok(response)
}
