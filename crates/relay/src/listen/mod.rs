//! The accept loop. Every connection has a clock from its first byte: a TLS handshake or headers
//! that do not come in time end it, and so does a reader that does not read. When the relay is
//! stopped, the listener closes, idle connections end at once, and what is under way ends in its
//! own time, up to a limit.

pub mod tls;
mod write_timeout;

use std::convert::Infallible;
use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use http::{Request, Response};
use hyper::body::Incoming;
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_rustls::TlsAcceptor;

use crate::body::RelayBody;
use crate::config::ServerConfig;
use write_timeout::WriteTimeoutStream;

/// What a listener holds its connections to.
#[derive(Debug, Clone)]
pub struct ConnectionLimits {
    /// Until the headers must be complete.
    pub header_timeout: Duration,
    /// Longest time without progress while writing.
    pub write_timeout: Duration,
    /// Connections at a time.
    pub max_connections: usize,
    /// Headers of a request.
    pub max_headers: usize,
    /// Bytes of request line and headers.
    pub max_header_bytes: usize,
    /// Longest time for what is under way when the listener is stopped.
    pub drain_timeout: Duration,
}

impl From<&ServerConfig> for ConnectionLimits {
    fn from(server: &ServerConfig) -> Self {
        Self {
            header_timeout: server.header_timeout.0,
            write_timeout: server.body_idle.0,
            max_connections: server.max_connections,
            max_headers: server.max_headers,
            max_header_bytes: server.max_header_bytes,
            drain_timeout: server.drain_timeout.0,
        }
    }
}

/// HTTP/2 streams of a connection at a time.
const MAX_CONCURRENT_STREAMS: u32 = 64;
/// HTTP/2 streams that a client may reset before they were looked at.
const MAX_PENDING_RESETS: usize = 20;

/// Accepts connections until `stop`, then drains. Returns how many were still open at the end.
pub async fn run<H, F>(
    listener: TcpListener,
    tls: Option<TlsAcceptor>,
    limits: ConnectionLimits,
    handler: H,
    stop: impl Future<Output = ()>,
) -> usize
where
    H: Fn(SocketAddr, Request<Incoming>) -> F + Clone + Send + 'static,
    F: Future<Output = Result<Response<RelayBody>, Infallible>> + Send + 'static,
{
    let places = Arc::new(Semaphore::new(limits.max_connections));
    let graceful = GracefulShutdown::new();
    tokio::pin!(stop);
    loop {
        // A place first: beyond the limit, connections wait in the kernel's queue.
        let place = tokio::select! {
            place = Arc::clone(&places).acquire_owned() => place,
            () = &mut stop => break,
        };
        let (stream, peer) = tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    // Out of descriptors, mostly: a pause, or the loop burns the processor.
                    tracing::warn!(%error, "a connection could not be accepted");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                    continue;
                }
            },
            () = &mut stop => break,
        };
        let (tls, limits, handler) = (tls.clone(), limits.clone(), handler.clone());
        let watcher = graceful.watcher();
        tokio::spawn(async move {
            let _place = place;
            connection(stream, peer, tls, limits, handler, watcher).await;
        });
    }
    drop(listener);
    let open = graceful.count();
    tracing::info!(open, "draining");
    let drained = tokio::time::timeout(limits.drain_timeout, graceful.shutdown()).await;
    if drained.is_ok() { 0 } else { open }
}

async fn connection<H, F>(
    stream: TcpStream,
    peer: SocketAddr,
    tls: Option<TlsAcceptor>,
    limits: ConnectionLimits,
    handler: H,
    watcher: hyper_util::server::graceful::Watcher,
) where
    H: Fn(SocketAddr, Request<Incoming>) -> F + Clone + Send + 'static,
    F: Future<Output = Result<Response<RelayBody>, Infallible>> + Send + 'static,
{
    let _best_effort = stream.set_nodelay(true);
    let stream = WriteTimeoutStream::new(stream, limits.write_timeout);
    let Some(tls) = tls else {
        return over_http1(stream, peer, &limits, handler, watcher).await;
    };
    let handshake = tokio::time::timeout(limits.header_timeout, tls.accept(stream)).await;
    let Ok(Ok(stream)) = handshake else { return };
    if stream.get_ref().1.alpn_protocol() == Some(b"h2") {
        over_http2(stream, peer, &limits, handler, watcher).await;
    } else {
        over_http1(stream, peer, &limits, handler, watcher).await;
    }
}

async fn over_http1<S, H, F>(
    stream: S,
    peer: SocketAddr,
    limits: &ConnectionLimits,
    handler: H,
    watcher: hyper_util::server::graceful::Watcher,
) where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    H: Fn(SocketAddr, Request<Incoming>) -> F + Clone + Send + 'static,
    F: Future<Output = Result<Response<RelayBody>, Infallible>> + Send + 'static,
{
    let connection = http1::Builder::new()
        // Without a timer the timeout is silently none.
        .timer(TokioTimer::new())
        .header_read_timeout(limits.header_timeout)
        .max_headers(limits.max_headers)
        .max_header_size(limits.max_header_bytes)
        .max_buf_size(limits.max_header_bytes.max(64 * 1024))
        .serve_connection(TokioIo::new(stream), service_fn(move |request| handler(peer, request)));
    let _how_it_ended = watcher.watch(connection).await;
}

async fn over_http2<S, H, F>(
    stream: S,
    peer: SocketAddr,
    limits: &ConnectionLimits,
    handler: H,
    watcher: hyper_util::server::graceful::Watcher,
) where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    H: Fn(SocketAddr, Request<Incoming>) -> F + Clone + Send + 'static,
    F: Future<Output = Result<Response<RelayBody>, Infallible>> + Send + 'static,
{
    let header_bytes = u32::try_from(limits.max_header_bytes).unwrap_or(u32::MAX);
    let connection = http2::Builder::new(TokioExecutor::new())
        .timer(TokioTimer::new())
        .max_concurrent_streams(MAX_CONCURRENT_STREAMS)
        .max_pending_accept_reset_streams(MAX_PENDING_RESETS)
        .max_header_list_size(header_bytes)
        .keep_alive_interval(limits.header_timeout)
        .keep_alive_timeout(limits.header_timeout)
        .adaptive_window(true)
        .serve_connection(TokioIo::new(stream), service_fn(move |request| handler(peer, request)));
    let _how_it_ended = watcher.watch(connection).await;
}
