//! One request and its response, until the response body has ended.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::AtomicI64;
use std::task::{Context, Poll};

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};
use prometheus_client::metrics::gauge::Gauge;
use tokio::sync::Notify;

use super::activity::ActiveExchange;
use crate::body::{BodyError, RelayBody};

pub(crate) type CountGauge = Gauge<i64, AtomicI64>;

/// Increments a gauge until it is dropped.
#[derive(Debug)]
pub(super) struct GaugeGuard(CountGauge);

impl GaugeGuard {
    pub(super) fn new(gauge: &CountGauge) -> Self {
        gauge.inc();
        Self(gauge.clone())
    }
}

impl Drop for GaugeGuard {
    fn drop(&mut self) {
        self.0.dec();
    }
}

tokio::task_local! {
    static CURRENT: ExchangeAbort;
}

/// Ends an exchange from another task: closes an HTTP/1 connection, resets an HTTP/2 stream. A response
/// body cannot do this: hyper does not poll it while the client does not read.
#[derive(Debug, Clone, Default)]
pub(crate) struct ExchangeAbort(Arc<Notify>);

impl ExchangeAbort {
    /// The exchange that the calling task handles.
    pub(crate) fn current() -> Self {
        CURRENT.try_with(Clone::clone).unwrap_or_default()
    }

    pub(crate) fn abort(&self) {
        self.0.notify_one();
    }
}

/// Runs an HTTP/1 connection or an HTTP/2 stream until it ends or [`ExchangeAbort::abort`] is called.
pub(super) async fn abortable(future: impl Future) {
    let abort = ExchangeAbort::default();
    let future = CURRENT.scope(abort.clone(), future);
    tokio::select! {
        _ended = future => {}
        () = abort.0.notified() => {}
    }
}

/// Spawns HTTP/2 streams as [`abortable`] tasks.
#[derive(Debug, Clone, Copy)]
pub(super) struct StreamExecutor;

impl<F> hyper::rt::Executor<F> for StreamExecutor
where
    F: Future + Send + 'static,
{
    fn execute(&self, stream: F) {
        tokio::spawn(abortable(stream));
    }
}

/// Response body that counts as a request in flight until it is dropped.
#[derive(Debug)]
pub(super) struct CountedBody {
    inner: RelayBody,
    _in_flight: GaugeGuard,
    _exchange: Option<ActiveExchange>,
}

impl CountedBody {
    pub(super) fn new(
        inner: RelayBody,
        in_flight: GaugeGuard,
        exchange: Option<ActiveExchange>,
    ) -> Self {
        Self { inner, _in_flight: in_flight, _exchange: exchange }
    }
}

impl Body for CountedBody {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        Pin::new(&mut self.inner).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}
