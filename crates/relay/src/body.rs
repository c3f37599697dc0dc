//! Body types of requests and responses: timeouts, and reading with a size limit.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Empty, Full, LengthLimitError, Limited};
use hyper::body::{Body as HttpBody, Frame, SizeHint};
use tokio::time::{Instant, Sleep, sleep_until};

use crate::error::{RelayError, RelayErrorKind, RelayResult};

pub(crate) type BodyError = Box<dyn std::error::Error + Send + Sync>;
/// Body of either direction.
pub(crate) type RelayBody = UnsyncBoxBody<Bytes, BodyError>;

pub(crate) fn full(bytes: impl Into<Bytes>) -> RelayBody {
    Full::new(bytes.into()).map_err(|never| match never {}).boxed_unsync()
}

pub(crate) fn empty() -> RelayBody {
    Empty::new().map_err(|never| match never {}).boxed_unsync()
}

/// The body did not arrive within its idle timeout or its deadline.
#[derive(Debug, thiserror::Error)]
#[error("body timeout")]
pub(crate) struct BodyTimeout;

/// Body with an idle timeout and a deadline: an idle timeout alone never ends a client that sends
/// one byte now and then.
///
/// `TimeoutBody` of tower-http 0.7 is not used: it does not forward `size_hint`, so that an upload
/// would lose its Content-Length.
#[derive(Debug)]
pub(crate) struct TimeoutBody<B> {
    inner: B,
    idle_timeout: Duration,
    deadline: Instant,
    /// Created when the body is first pending: most requests have none.
    timer: Option<Pin<Box<Sleep>>>,
    is_waiting: bool,
}

impl<B> TimeoutBody<B> {
    pub(crate) fn new(inner: B, idle_timeout: Duration, timeout: Duration) -> Self {
        let deadline = Instant::now() + timeout;
        Self { inner, idle_timeout, deadline, timer: None, is_waiting: false }
    }

    fn is_timer_expired(&mut self, cx: &mut Context<'_>) -> bool {
        let expires_at = self.deadline.min(Instant::now() + self.idle_timeout);
        let timer = self.timer.get_or_insert_with(|| Box::pin(sleep_until(expires_at)));
        if !std::mem::replace(&mut self.is_waiting, true) {
            timer.as_mut().reset(expires_at);
        }
        timer.as_mut().poll(cx).is_ready()
    }
}

impl<B> HttpBody for TimeoutBody<B>
where
    B: HttpBody<Data = Bytes> + Unpin,
    B::Error: Into<BodyError>,
{
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let this = self.get_mut();
        if Instant::now() >= this.deadline {
            return Poll::Ready(Some(Err(Box::new(BodyTimeout))));
        }
        match Pin::new(&mut this.inner).poll_frame(cx) {
            Poll::Ready(frame) => {
                this.is_waiting = false;
                Poll::Ready(frame.map(|frame| frame.map_err(Into::into)))
            }
            Poll::Pending if this.is_timer_expired(cx) => {
                Poll::Ready(Some(Err(Box::new(BodyTimeout))))
            }
            Poll::Pending => Poll::Pending,
        }
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

/// Next non-empty data of a body; trailers are dropped.
pub(crate) async fn next_chunk<B>(body: &mut B) -> Option<Result<Bytes, BodyError>>
where
    B: HttpBody<Data = Bytes> + Unpin,
    B::Error: Into<BodyError>,
{
    loop {
        match body.frame().await? {
            Ok(frame) => match frame.into_data() {
                Ok(data) if data.is_empty() => {}
                Ok(data) => return Some(Ok(data)),
                Err(_trailers) => {}
            },
            Err(error) => return Some(Err(error.into())),
        }
    }
}

/// Error response for a request body that could not be read.
pub(crate) fn client_error(error: &BodyError) -> RelayError {
    if error.is::<BodyTimeout>() {
        RelayError::new(RelayErrorKind::RequestTimeout)
    } else if error.is::<LengthLimitError>() {
        RelayError::new(RelayErrorKind::TooLarge)
    } else {
        let detail = "request body truncated: the client closed the connection";
        RelayError::with_detail(RelayErrorKind::BadRequest, detail)
    }
}

pub(crate) fn too_large(limit: u64) -> RelayError {
    let detail = format!("body too large: maximum {limit} bytes");
    RelayError::with_detail(RelayErrorKind::TooLarge, detail)
}

/// Reads a body of at most `limit` bytes. A larger Content-Length is rejected before reading.
///
/// # Errors
/// [`RelayErrorKind::TooLarge`], [`RelayErrorKind::RequestTimeout`], [`RelayErrorKind::BadRequest`].
pub(crate) async fn collect<B>(body: B, limit: usize) -> RelayResult<Bytes>
where
    B: HttpBody<Data = Bytes>,
    B::Error: Into<BodyError>,
{
    let too_large = || too_large(limit as u64);
    if body.size_hint().lower() > limit as u64 {
        return Err(too_large());
    }
    match Limited::new(body, limit).collect().await {
        Ok(collected) => Ok(collected.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(too_large()),
        Err(error) => Err(client_error(&error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::sync::mpsc;

    struct ChannelBody(mpsc::Receiver<Bytes>);

    impl HttpBody for ChannelBody {
        type Data = Bytes;
        type Error = BodyError;
        fn poll_frame(
            mut self: Pin<&mut Self>,
            cx: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
            self.0.poll_recv(cx).map(|chunk| chunk.map(|chunk| Ok(Frame::data(chunk))))
        }
    }

    fn body() -> (mpsc::Sender<Bytes>, TimeoutBody<ChannelBody>) {
        let (sender, receiver) = mpsc::channel(4);
        let timed = TimeoutBody::new(
            ChannelBody(receiver),
            Duration::from_secs(30),
            Duration::from_secs(600),
        );
        (sender, timed)
    }

    #[tokio::test(start_paused = true)]
    async fn idle_timeout_ends_a_body() {
        let (sender, mut timed) = body();
        let started_at = Instant::now();
        tokio::spawn(async move {
            tokio::time::sleep(Duration::from_secs(20)).await;
            sender.send(Bytes::from_static(b"x")).await.unwrap();
            std::future::pending::<()>().await;
        });
        let error = collect(&mut timed, 10).await.unwrap_err();
        assert_eq!(error.kind, RelayErrorKind::RequestTimeout);
        assert_eq!(started_at.elapsed().as_secs(), 50, "30 s after the last data");
    }

    #[tokio::test(start_paused = true)]
    async fn deadline_ends_a_slow_body() {
        let (sender, mut timed) = body();
        let started_at = Instant::now();
        tokio::spawn(async move {
            while sender.send(Bytes::from_static(b"x")).await.is_ok() {
                tokio::time::sleep(Duration::from_secs(20)).await;
            }
        });
        let error = collect(&mut timed, 1000).await.unwrap_err();
        assert_eq!(error.kind, RelayErrorKind::RequestTimeout);
        assert_eq!(started_at.elapsed().as_secs(), 600);
    }

    #[tokio::test]
    async fn limits_a_body_of_unknown_length_while_reading() {
        let frames = |n: usize| {
            let (sender, receiver) = mpsc::channel(4);
            for _ in 0..n {
                sender.try_send(Bytes::from_static(b"12345")).unwrap();
            }
            ChannelBody(receiver)
        };
        assert_eq!(collect(&mut frames(2), 10).await.unwrap().len(), 10);
        assert_eq!(collect(&mut frames(3), 10).await.unwrap_err().kind, RelayErrorKind::TooLarge);
        assert_eq!(
            collect(&mut full("12345678901"), 10).await.unwrap_err().kind,
            RelayErrorKind::TooLarge
        );
    }
}
