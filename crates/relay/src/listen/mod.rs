//! Accept loop with timeouts for the TLS handshake, headers and writes. On shutdown the listener and
//! idle connections are closed, and requests in flight are completed until the drain timeout.

mod activity;
pub(crate) mod exchange;
pub(crate) mod request_body;
pub(crate) mod tls;
mod write_timeout;

use std::convert::Infallible;
use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use http::{Request, Response};
use hyper::body::Incoming;
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use prometheus_client::metrics::counter::Counter;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;

use crate::body::RelayBody;
use crate::config::ip_range::client_network;
use crate::config::{IpRange, ServerConfig};
use crate::limit::concurrency::ConcurrencyLimiter;
use activity::{ConnectionActivity, WaitTimeoutStream, WaitTimeouts};
use exchange::{CountGauge, CountedBody, GaugeGuard, StreamExecutor, abortable};
use request_body::RequestBody;
use tls::ReloadingTls;
use write_timeout::WriteTimeoutStream;

#[derive(Debug, Clone)]
pub(crate) struct ConnectionLimits {
    pub(crate) header_timeout: Duration,
    /// Maximum time between two requests of an HTTP/1 connection.
    pub(crate) keep_alive_timeout: Duration,
    /// Maximum time without progress while writing.
    pub(crate) write_timeout: Duration,
    pub(crate) max_connections: usize,
    pub(crate) max_connections_per_ip: usize,
    /// Without a limit of connections.
    pub(crate) trusted_proxies: Vec<IpRange>,
    pub(crate) max_headers: usize,
    /// Including the request line.
    pub(crate) max_header_bytes: usize,
    /// Maximum time for requests in flight after a stop.
    pub(crate) drain_timeout: Duration,
}

impl From<&ServerConfig> for ConnectionLimits {
    fn from(server: &ServerConfig) -> Self {
        Self {
            header_timeout: server.header_timeout.0,
            keep_alive_timeout: server.keep_alive_timeout.0,
            write_timeout: server.body_idle_timeout.0,
            max_connections: server.max_connections,
            max_connections_per_ip: server.max_connections_per_ip,
            trusted_proxies: server.trusted_proxies.clone(),
            max_headers: server.max_headers,
            max_header_bytes: server.max_header_bytes,
            drain_timeout: server.drain_timeout.0,
        }
    }
}

/// Reported by a listener.
#[derive(Debug, Clone, Default)]
pub(crate) struct ListenerGauges {
    pub(crate) connections: CountGauge,
    pub(crate) in_flight: CountGauge,
    /// Connections that were closed because their address has too many.
    pub(crate) rejected: Counter<u64, AtomicU64>,
}

const MAX_CONCURRENT_STREAMS: u32 = 64;
/// Streams that a client may reset before they are accepted (rapid reset attack).
const MAX_PENDING_RESETS: usize = 20;

/// Accepts connections until `stop`, then drains. Returns the number of connections that were still
/// open after the drain timeout.
pub(crate) async fn run<H, F>(
    listener: TcpListener,
    tls: Option<Arc<ReloadingTls>>,
    limits: ConnectionLimits,
    gauges: ListenerGauges,
    handler: H,
    stop: impl Future<Output = ()>,
) -> usize
where
    H: Fn(SocketAddr, Request<RequestBody>) -> F + Clone + Send + 'static,
    F: Future<Output = Result<Response<RelayBody>, Infallible>> + Send + 'static,
{
    let permits = Arc::new(Semaphore::new(limits.max_connections));
    let per_address = ConcurrencyLimiter::new("connections", limits.max_connections_per_ip);
    let graceful = GracefulShutdown::new();
    tokio::pin!(stop);
    loop {
        // Acquire a permit before accepting: connections beyond the limit wait in the kernel's backlog
        // and use no file descriptor.
        let permit = tokio::select! {
            permit = Arc::clone(&permits).acquire_owned() => permit,
            () = &mut stop => break,
        };
        let (stream, peer) = tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    // Usually EMFILE, which `accept` returns again at once: pause so that the loop does
                    // not spin until a descriptor is free.
                    tracing::warn!(%error, "accept failed");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                    continue;
                }
            },
            () = &mut stop => break,
        };
        let is_proxy = limits.trusted_proxies.iter().any(|range| range.contains(peer.ip()));
        let address_permit = match per_address.try_acquire(&client_network(peer.ip())) {
            Ok(permit) => Some(permit),
            Err(_) if is_proxy => None,
            Err(_) => {
                gauges.rejected.inc();
                continue;
            }
        };
        let (tls, limits, handler) = (tls.clone(), limits.clone(), handler.clone());
        let watcher = graceful.watcher();
        let (in_flight, open) = (gauges.in_flight.clone(), GaugeGuard::new(&gauges.connections));
        let handler = move |request: Request<Incoming>, activity: Option<&ConnectionActivity>| {
            let in_flight = GaugeGuard::new(&in_flight);
            let request = RequestBody::of(request, activity.map(ConnectionActivity::begin));
            let exchange = activity.map(ConnectionActivity::begin);
            let response = handler(peer, request);
            // Boxed, because hyper reserves the size of this future for each idle connection.
            Box::pin(async move {
                let counted = |body| CountedBody::new(body, in_flight, exchange);
                response.await.map(|response| response.map(counted))
            })
        };
        tokio::spawn(async move {
            let (_permit, _address_permit, _open) = (permit, address_permit, open);
            connection(stream, tls, limits, handler, watcher).await;
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
    tls: Option<Arc<ReloadingTls>>,
    limits: ConnectionLimits,
    handler: H,
    watcher: hyper_util::server::graceful::Watcher,
) where
    H: Fn(Request<Incoming>, Option<&ConnectionActivity>) -> F + Clone + Send + 'static,
    F: Future<Output = Result<Response<CountedBody>, Infallible>> + Send + 'static,
{
    let _best_effort = stream.set_nodelay(true);
    let stream = WriteTimeoutStream::new(stream, limits.write_timeout);
    let Some(tls) = tls else {
        return serve_http1(stream, &limits, handler, watcher).await;
    };
    let handshake =
        tokio::time::timeout(limits.header_timeout, tls.acceptor().accept(stream)).await;
    let Ok(Ok(stream)) = handshake else { return };
    if stream.get_ref().1.alpn_protocol() == Some(b"h2") {
        serve_http2(stream, &limits, handler, watcher).await;
    } else {
        serve_http1(stream, &limits, handler, watcher).await;
    }
}

async fn serve_http1<S, H, F>(
    stream: S,
    limits: &ConnectionLimits,
    handler: H,
    watcher: hyper_util::server::graceful::Watcher,
) where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    H: Fn(Request<Incoming>, Option<&ConnectionActivity>) -> F + Clone + Send + 'static,
    F: Future<Output = Result<Response<CountedBody>, Infallible>> + Send + 'static,
{
    let activity = ConnectionActivity::new(WaitTimeouts {
        header: limits.header_timeout,
        keep_alive: limits.keep_alive_timeout,
    });
    let stream = WaitTimeoutStream::new(stream, activity.clone());
    let service = service_fn(move |request| handler(request, Some(&activity)));
    let connection = http1::Builder::new()
        // `WaitTimeoutStream` has the timeouts.
        .header_read_timeout(None)
        .max_headers(limits.max_headers)
        .max_header_size(limits.max_header_bytes)
        .max_buf_size(limits.max_header_bytes.max(64 * 1024))
        .serve_connection(TokioIo::new(stream), service);
    abortable(watcher.watch(connection)).await;
}

async fn serve_http2<S, H, F>(
    stream: S,
    limits: &ConnectionLimits,
    handler: H,
    watcher: hyper_util::server::graceful::Watcher,
) where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    H: Fn(Request<Incoming>, Option<&ConnectionActivity>) -> F + Clone + Send + 'static,
    F: Future<Output = Result<Response<CountedBody>, Infallible>> + Send + 'static,
{
    let header_bytes = u32::try_from(limits.max_header_bytes).unwrap_or(u32::MAX);
    let connection = http2::Builder::new(StreamExecutor)
        .timer(TokioTimer::new())
        .max_concurrent_streams(MAX_CONCURRENT_STREAMS)
        .max_pending_accept_reset_streams(MAX_PENDING_RESETS)
        .max_header_list_size(header_bytes)
        .keep_alive_interval(limits.header_timeout)
        .keep_alive_timeout(limits.header_timeout)
        .adaptive_window(true)
        .serve_connection(TokioIo::new(stream), service_fn(move |request| handler(request, None)));
    let _ended = watcher.watch(connection).await;
}
