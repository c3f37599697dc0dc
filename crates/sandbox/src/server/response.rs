//! Converts hyper requests to responses, with injected faults and long polling.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Instant;

use bytes::{Bytes, BytesMut};
use http_body_util::{Either, Full};
use hyper::body::{Body, Frame, Incoming, SizeHint};
use hyper::{Response, StatusCode};
use tokio::time::Sleep;

use super::ServerState;
use super::faulty_connection::{ConnectionFault, ConnectionFaultSwitch};
use crate::RoutedRequest;
use crate::fault_delivery::{self, ChunkSchedule, ResponseLoss};
use crate::faults::FaultAction;
use crate::http::{HttpRequest, HttpResponse, server_header};

pub(super) type ResponseBody = Either<Full<Bytes>, ThrottledBody>;

pub(super) async fn respond(
    host: Arc<ServerState>,
    breaker: ConnectionFaultSwitch,
    request: hyper::Request<Incoming>,
) -> Response<ResponseBody> {
    let started = Instant::now();
    let (head, body) = request.into_parts();
    let (body, oversized) = match read(body, fault_delivery::max_body(head.uri.path())).await {
        Ok(read) => read,
        // The client disconnected during its request, or the chunked encoding is invalid.
        Err(_) => return into_hyper(HttpResponse::empty(400).header("sandbox", server_header())),
    };
    let headers = head
        .headers
        .iter()
        .map(|(name, value)| {
            (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
        })
        .collect();
    let request = HttpRequest {
        method: head.method.as_str().to_owned(),
        path: head.uri.path().to_owned(),
        query: head.uri.query().unwrap_or_default().to_owned(),
        headers,
        body,
        oversized,
    };
    let request = Arc::new(host.gateway.route(request));
    let fault = match host.gateway.fault(&request) {
        Ok(fault) => fault,
        Err(response) => return into_hyper(response),
    };
    if let Some(latency) = fault_delivery::latency(fault.as_ref()) {
        tokio::time::sleep(latency).await;
    }
    let response = handle(&host, &request, fault.clone()).await;
    if host.log {
        // Never log the query: it may contain a one-time code.
        let HttpRequest { method, path, .. } = request.request();
        let status = response.as_ref().map_or("-".to_owned(), |r| r.status.to_string());
        eprintln!("{method} {path} {status} {:.1?}", started.elapsed());
    }
    let Some(response) = response else {
        breaker.set(match fault_delivery::loss(fault.as_ref()) {
            ResponseLoss::Closed => ConnectionFault::Close,
            ResponseLoss::Reset => ConnectionFault::Reset,
            ResponseLoss::Garbage => ConnectionFault::Garbage,
        });
        // The fault breaks the connection on the next write.
        return into_hyper(HttpResponse::empty(503));
    };
    let Some(pieces) = fault_delivery::pieces(fault.as_ref(), response.body.len()) else {
        return into_hyper(response);
    };
    let body = ThrottledBody { rest: response.body.clone(), sent: 0, pieces, sleeping: None };
    let response = HttpResponse { body: Bytes::new(), ..response };
    into_hyper(response).map(|_| Either::Right(body))
}

/// Calls the gateway; with a wait, again after each change until an event has occurred.
async fn handle(
    host: &Arc<ServerState>,
    request: &Arc<RoutedRequest>,
    fault: Option<FaultAction>,
) -> Option<HttpResponse> {
    let wait =
        fault_delivery::wait(request.request()).and_then(|wait| Instant::now().checked_add(wait));
    loop {
        // Subscribe before the check, so that no change is missed.
        let changed = host.changed.notified();
        tokio::pin!(changed);
        changed.as_mut().enable();
        if host.gateway.is_non_blocking(request) {
            return host.gateway.handle_with(request, fault.as_ref());
        }
        let (asked, about, fault) = (Arc::clone(host), Arc::clone(request), fault.clone());
        // CPU-bound: Base64 of 40 MiB, signatures, the first wait for the key.
        let response =
            tokio::task::spawn_blocking(move || asked.gateway.handle_with(&about, fault.as_ref()))
                .await
                .unwrap_or_else(|_| Some(host.gateway.panic_response(request)));
        let nothing = response.as_ref().is_some_and(HttpResponse::is_nothing_yet);
        match wait {
            Some(until) if nothing => {
                let over = tokio::time::sleep_until(until.into());
                tokio::select! {
                    () = changed => {}
                    () = over => return response,
                }
            }
            _ => return response,
        }
    }
}

/// Reads the body. An oversized body is discarded but still read, up to twice the limit: a client that
/// is still sending would not read the response.
async fn read(body: Incoming, limit: u64) -> Result<(Bytes, bool), hyper::Error> {
    let mut body = Box::pin(body);
    let expected = body.size_hint().lower().min(limit);
    let mut kept = BytesMut::with_capacity(usize::try_from(expected).unwrap_or(0));
    let mut length = 0_u64;
    while let Some(frame) = std::future::poll_fn(|cx| body.as_mut().poll_frame(cx)).await {
        let Ok(data) = frame?.into_data() else { continue };
        length += data.len() as u64;
        if length <= limit {
            kept.extend_from_slice(&data);
        } else if length <= limit * 2 {
            kept = BytesMut::new();
        } else {
            break;
        }
    }
    Ok(if length > limit { (Bytes::new(), true) } else { (kept.freeze(), false) })
}

fn into_hyper(response: HttpResponse) -> Response<ResponseBody> {
    let mut builder = Response::builder().status(response.status);
    for (name, value) in &response.headers {
        builder = builder.header(*name, value);
    }
    builder.body(Either::Left(Full::new(response.body))).unwrap_or_else(|_| {
        let mut failed = Response::new(Either::Left(Full::default()));
        *failed.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
        failed
    })
}

/// Body in chunks; announces its whole length, also if it ends early.
pub(super) struct ThrottledBody {
    rest: Bytes,
    sent: usize,
    pieces: ChunkSchedule,
    sleeping: Option<Pin<Box<Sleep>>>,
}

impl Body for ThrottledBody {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let this = self.get_mut();
        let cut = this.pieces.cut_after == Some(this.sent);
        if this.rest.is_empty() && !cut {
            return Poll::Ready(None);
        }
        // Also before the cut: earlier bytes must be sent before the connection is closed.
        let pause = this.pieces.pause;
        let sleeping = this.sleeping.get_or_insert_with(|| Box::pin(tokio::time::sleep(pause)));
        ready!(sleeping.as_mut().poll(cx));
        this.sleeping = None;
        if cut {
            return Poll::Ready(Some(Err(std::io::ErrorKind::ConnectionAborted.into())));
        }
        let piece = this.rest.split_to(this.pieces.size.min(this.rest.len()));
        this.sent += piece.len();
        Poll::Ready(Some(Ok(Frame::data(piece))))
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.pieces.announced)
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::Notify;

    use super::*;
    use crate::directory::Directory;
    use crate::documents::{
        DocumentError, DocumentInspection, DocumentService, DocumentSigningInput, TagLocations,
    };
    use crate::gateway::{Gateway, GatewayParts};
    use crate::ids::SeededIds;
    use crate::journal::JournalFilter;
    use crate::server::LazyKeyPair;

    /// Document service that panics in `signs`.
    #[derive(Debug)]
    struct Broken;

    impl DocumentService for Broken {
        fn inspect(&self, _: &[u8]) -> Result<DocumentInspection, DocumentError> {
            Ok(DocumentInspection::default())
        }

        fn find_tags(&self, _: &[u8]) -> Option<TagLocations> {
            None
        }

        fn sign(
            &self,
            bytes: &Bytes,
            _: &DocumentSigningInput<'_>,
        ) -> Result<Bytes, DocumentError> {
            Ok(bytes.clone())
        }

        fn signs(&self) -> bool {
            panic!("broken")
        }
    }

    #[tokio::test]
    async fn answers_and_records_a_panic() {
        let keys = LazyKeyPair::ready(Err("there is no key".to_owned()));
        let directory = Directory::with_seed(None, None, || "secret".to_owned());
        let ids = SeededIds::from_number(1);
        let mut parts = GatewayParts::new("http://localhost".to_owned(), directory, keys, ids);
        parts.platform.documents = Box::new(Broken);
        let host = Arc::new(ServerState {
            gateway: Gateway::new(parts),
            changed: Arc::new(Notify::new()),
            header_timeout: std::time::Duration::from_secs(30),
            log: false,
        });
        let request = |path: &str| {
            let (method, path) = ("GET".to_owned(), path.to_owned());
            HttpRequest { method, path, ..HttpRequest::default() }
        };
        let route = |path| Arc::new(host.gateway.route(request(path)));
        let response = handle(&host, &route("/_sandbox/info"), None).await.expect("an answer");
        assert_eq!(response.status, 500);
        assert!(response.get("sandbox").is_some());

        // The journal does not record requests to the control API.
        host.gateway.panic_response(&route("/system/api/process"));
        let noted = host.gateway.journal().read(&JournalFilter::default(), 10);
        assert_eq!(noted.len(), 1);
        assert_eq!(noted[0].status, Some(500));
        assert_eq!(noted[0].error.as_deref(), Some("InternalServerError"));
    }
}
