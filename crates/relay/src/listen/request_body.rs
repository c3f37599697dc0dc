//! Request body that is drained after an early response.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::header::EXPECT;
use http::{Request, Version};
use http_body_util::BodyExt;
use hyper::body::{Body, Frame, Incoming, SizeHint};
use tokio::time::timeout;

use super::activity::ActiveExchange;

/// More than the largest upload, with its Base64.
const MAX_DRAINED_BYTES: usize = 64 << 20;
const DRAIN_TIMEOUT: Duration = Duration::from_secs(30);
const DRAIN_IDLE_TIMEOUT: Duration = Duration::from_secs(5);

/// Request body. If it is dropped before its end, a bounded amount of the rest is read and discarded: when
/// a server closes a connection with unread data, the kernel resets it, and a client that is still
/// sending sees EPIPE instead of the response.
#[derive(Debug)]
pub(crate) struct RequestBody {
    /// `None` after it was moved to the draining task.
    inner: Option<Incoming>,
    is_drained: bool,
    exchange: Option<ActiveExchange>,
}

impl RequestBody {
    pub(super) fn of(
        request: Request<Incoming>,
        exchange: Option<ActiveExchange>,
    ) -> Request<Self> {
        // HTTP/2 can refuse a body; with `Expect` the client sends it only if it is asked to.
        let is_drained =
            request.version() <= Version::HTTP_11 && !request.headers().contains_key(EXPECT);
        request.map(|inner| Self { inner: Some(inner), is_drained, exchange })
    }
}

impl Body for RequestBody {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        match &mut self.inner {
            Some(inner) => Pin::new(inner).poll_frame(cx),
            None => Poll::Ready(None),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.inner.as_ref().is_none_or(Incoming::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.as_ref().map_or_else(SizeHint::default, Incoming::size_hint)
    }
}

impl Drop for RequestBody {
    fn drop(&mut self) {
        if !self.is_drained || self.is_end_stream() {
            return;
        }
        let rest =
            Self { inner: self.inner.take(), is_drained: false, exchange: self.exchange.take() };
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(timeout(DRAIN_TIMEOUT, drain(rest)));
        }
    }
}

async fn drain(mut body: RequestBody) {
    let mut left = MAX_DRAINED_BYTES;
    while let Ok(Some(Ok(frame))) = timeout(DRAIN_IDLE_TIMEOUT, body.frame()).await {
        let length = frame.data_ref().map_or(0, Bytes::len);
        match left.checked_sub(length) {
            Some(rest) => left = rest,
            None => return,
        }
    }
}
