//! Timeouts of an HTTP/1 connection while it waits for a request. hyper has one timeout for both the
//! pause between requests and the headers of a request; proxies need a longer pause.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep_until};

/// Timeouts of a connection that handles no request.
#[derive(Debug, Clone, Copy)]
pub(super) struct WaitTimeouts {
    /// From the first byte of a request, or the start of the connection.
    pub(super) header: Duration,
    /// From the end of a response.
    pub(super) keep_alive: Duration,
}

#[derive(Debug)]
struct ActivityState {
    /// Bodies in progress: of the request, and of the response.
    active: usize,
    expires_at: Instant,
    waits_for_first_byte: bool,
    waker: Option<Waker>,
}

/// Requests in progress on a connection.
#[derive(Debug, Clone)]
pub(super) struct ConnectionActivity {
    timeouts: WaitTimeouts,
    state: Arc<Mutex<ActivityState>>,
}

/// Dropped with a body.
#[derive(Debug)]
pub(super) struct ActiveExchange(ConnectionActivity);

impl ConnectionActivity {
    pub(super) fn new(timeouts: WaitTimeouts) -> Self {
        let state = ActivityState {
            active: 0,
            expires_at: Instant::now() + timeouts.header,
            waits_for_first_byte: false,
            waker: None,
        };
        Self { timeouts, state: Arc::new(Mutex::new(state)) }
    }

    fn with<T>(&self, change: impl FnOnce(&mut ActivityState) -> T) -> T {
        change(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(super) fn begin(&self) -> ActiveExchange {
        self.with(|state| state.active += 1);
        ActiveExchange(self.clone())
    }

    fn on_read(&self) {
        self.with(|state| {
            if state.active == 0 && std::mem::take(&mut state.waits_for_first_byte) {
                state.expires_at = Instant::now() + self.timeouts.header;
            }
        });
    }

    /// `None` while a request is in progress; then `waker` is woken at its end.
    fn expires_at(&self, waker: &Waker) -> Option<Instant> {
        self.with(|state| {
            state.waker = Some(waker.clone());
            (state.active == 0).then_some(state.expires_at)
        })
    }
}

impl Drop for ActiveExchange {
    fn drop(&mut self) {
        let keep_alive = self.0.timeouts.keep_alive;
        let waker = self.0.with(|state| {
            state.active -= 1;
            if state.active > 0 {
                return None;
            }
            state.expires_at = Instant::now() + keep_alive;
            state.waits_for_first_byte = true;
            state.waker.take()
        });
        // hyper does not read after the response: wake it, so that the timer starts.
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

/// Fails a read when the connection has waited too long for a request.
#[derive(Debug)]
pub(super) struct WaitTimeoutStream<S> {
    inner: S,
    activity: ConnectionActivity,
    timer: Option<Pin<Box<Sleep>>>,
}

impl<S> WaitTimeoutStream<S> {
    pub(super) fn new(inner: S, activity: ConnectionActivity) -> Self {
        Self { inner, activity, timer: None }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for WaitTimeoutStream<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        let poll = Pin::new(&mut this.inner).poll_read(cx, buffer);
        if poll.is_ready() {
            this.activity.on_read();
            return poll;
        }
        let Some(expires_at) = this.activity.expires_at(cx.waker()) else {
            this.timer = None;
            return poll;
        };
        let timer = this.timer.get_or_insert_with(|| Box::pin(sleep_until(expires_at)));
        if timer.deadline() != expires_at {
            timer.as_mut().reset(expires_at);
        }
        match timer.as_mut().poll(cx) {
            Poll::Ready(()) => Poll::Ready(Err(io::ErrorKind::TimedOut.into())),
            Poll::Pending => Poll::Pending,
        }
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for WaitTimeoutStream<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write_vectored(cx, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    #[tokio::test(start_paused = true)]
    async fn waits_longer_between_requests_than_for_headers() {
        let timeouts =
            WaitTimeouts { header: Duration::from_secs(10), keep_alive: Duration::from_secs(75) };
        let (server, mut client) = tokio::io::duplex(64);
        let activity = ConnectionActivity::new(timeouts);
        let mut server = WaitTimeoutStream::new(server, activity.clone());
        let start = Instant::now();
        let mut buffer = [0; 8];
        assert!(server.read(&mut buffer).await.is_err());
        assert_eq!(start.elapsed().as_secs(), 10, "no request");
        let exchange = activity.begin();
        let read = tokio::time::timeout(Duration::from_secs(1000), server.read(&mut buffer));
        assert!(read.await.is_err(), "no timeout during a request");
        drop(exchange);
        let start = Instant::now();
        assert!(server.read(&mut buffer).await.is_err());
        assert_eq!(start.elapsed().as_secs(), 75, "between requests");
        drop(activity.begin());
        client.write_all(b"GET").await.unwrap();
        assert_eq!(server.read(&mut buffer).await.unwrap(), 3);
        let start = Instant::now();
        assert!(server.read(&mut buffer).await.is_err());
        assert_eq!(start.elapsed().as_secs(), 10, "headers of the next request");
    }
}
