//! Bodies: one boxed type both ways, reading with a limit, and the clocks that run while a body
//! arrives: an idle limit for silence, and a total one for a trickle.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Empty, Full};
use hyper::body::{Body as HttpBody, Frame, SizeHint};
use tokio::time::{Instant, Sleep};

use crate::error::{RelayError, RelayErrorKind, RelayResult};

/// Why a body broke off.
pub type BodyError = Box<dyn std::error::Error + Send + Sync>;
/// A body of either direction.
pub type RelayBody = UnsyncBoxBody<Bytes, BodyError>;

/// A body of these bytes.
pub fn full(bytes: impl Into<Bytes>) -> RelayBody {
    Full::new(bytes.into()).map_err(|never| match never {}).boxed_unsync()
}

/// No body.
pub fn empty() -> RelayBody {
    Empty::new().map_err(|never| match never {}).boxed_unsync()
}

/// The client was too slow.
#[derive(Debug)]
pub struct BodyTimeout;

impl std::fmt::Display for BodyTimeout {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the body did not arrive in time")
    }
}

impl std::error::Error for BodyTimeout {}

/// A body went beyond its limit.
#[derive(Debug)]
pub struct BodyTooLarge;

impl std::fmt::Display for BodyTooLarge {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the body is longer than its limit")
    }
}

impl std::error::Error for BodyTooLarge {}

/// A body that must keep arriving. A plain timeout between frames never trips on a trickle, so
/// there are two clocks.
#[derive(Debug)]
pub struct TimeoutBody<B> {
    inner: B,
    idle: Duration,
    deadline: Instant,
    /// Made when the body is first waited for: most requests have none.
    timers: Option<BodyTimers>,
}

#[derive(Debug)]
struct BodyTimers {
    idle: Pin<Box<Sleep>>,
    total: Pin<Box<Sleep>>,
    /// Whether something came since the idle clock was last set.
    moved: bool,
}

impl<B> TimeoutBody<B> {
    /// The total clock begins now, the one for silence whenever the body is waited for.
    pub fn new(inner: B, idle: Duration, total: Duration) -> Self {
        Self { inner, idle, deadline: Instant::now() + total, timers: None }
    }

    fn is_late(&mut self, cx: &mut Context<'_>) -> bool {
        match &mut self.timers {
            Some(timers) => timers.total.as_mut().poll(cx).is_ready(),
            None => Instant::now() >= self.deadline,
        }
    }

    /// Nothing has come: whether that has lasted too long.
    fn is_silent(&mut self, cx: &mut Context<'_>) -> bool {
        let until = || Instant::now() + self.idle;
        let timers = self.timers.get_or_insert_with(|| BodyTimers {
            idle: Box::pin(tokio::time::sleep_until(until())),
            total: Box::pin(tokio::time::sleep_until(self.deadline)),
            moved: false,
        });
        if std::mem::take(&mut timers.moved) {
            timers.idle.as_mut().reset(until());
        }
        // Both are polled, so that both wake.
        timers.total.as_mut().poll(cx).is_ready() | timers.idle.as_mut().poll(cx).is_ready()
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
    ) -> Poll<Option<std::result::Result<Frame<Bytes>, BodyError>>> {
        let this = self.get_mut();
        if this.is_late(cx) {
            return Poll::Ready(Some(Err(Box::new(BodyTimeout))));
        }
        match Pin::new(&mut this.inner).poll_frame(cx) {
            Poll::Ready(frame) => {
                if let Some(timers) = &mut this.timers {
                    timers.moved = true;
                }
                Poll::Ready(frame.map(|frame| frame.map_err(Into::into)))
            }
            Poll::Pending if this.is_silent(cx) => Poll::Ready(Some(Err(Box::new(BodyTimeout)))),
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

/// The next bytes of a body; trailers are dropped, they are headers that nobody asked for.
pub async fn next_chunk<B>(body: &mut B) -> Option<std::result::Result<Bytes, BodyError>>
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

/// What a broken body of a client comes to.
pub fn client_error(error: &BodyError) -> RelayError {
    if error.downcast_ref::<BodyTimeout>().is_some() {
        RelayError::new(RelayErrorKind::RequestTimeout)
    } else if error.downcast_ref::<BodyTooLarge>().is_some() {
        RelayError::new(RelayErrorKind::TooLarge)
    } else {
        RelayError::with_detail(RelayErrorKind::BadRequest, "the body broke off")
    }
}

/// Reads a whole body of at most `limit` bytes.
///
/// # Errors
/// [`RelayErrorKind::TooLarge`] before reading when the announced length is beyond the limit, and while
/// reading when it is not announced; [`RelayErrorKind::RequestTimeout`].
pub async fn collect<B>(body: &mut B, limit: usize) -> RelayResult<Bytes>
where
    B: HttpBody<Data = Bytes> + Unpin,
    B::Error: Into<BodyError>,
{
    if body.size_hint().lower() > limit as u64 {
        return Err(RelayError::with_detail(
            RelayErrorKind::TooLarge,
            format!("at most {limit} bytes are taken"),
        ));
    }
    let Some(first) = next_chunk(body).await else { return Ok(Bytes::new()) };
    let first = first.map_err(|error| client_error(&error))?;
    let mut whole: Option<BytesMut> = None;
    let too_large = || {
        RelayError::with_detail(
            RelayErrorKind::TooLarge,
            format!("at most {limit} bytes are taken"),
        )
    };
    if first.len() > limit {
        return Err(too_large());
    }
    while !body.is_end_stream() {
        let Some(chunk) = next_chunk(body).await else { break };
        let chunk = chunk.map_err(|error| client_error(&error))?;
        let whole = whole.get_or_insert_with(|| BytesMut::from(first.as_ref()));
        if whole.len() + chunk.len() > limit {
            return Err(too_large());
        }
        whole.extend_from_slice(&chunk);
    }
    Ok(whole.map_or(first, BytesMut::freeze))
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
        ) -> Poll<Option<std::result::Result<Frame<Bytes>, BodyError>>> {
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
    async fn silence_ends_a_body() {
        let (_sender, mut timed) = body();
        let problem = collect(&mut timed, 10).await.unwrap_err();
        assert_eq!(problem.kind, RelayErrorKind::RequestTimeout);
    }

    #[tokio::test(start_paused = true)]
    async fn a_trickle_ends_too() {
        let (sender, mut timed) = body();
        let begun = Instant::now();
        tokio::spawn(async move {
            while sender.send(Bytes::from_static(b"x")).await.is_ok() {
                tokio::time::sleep(Duration::from_secs(20)).await;
            }
        });
        let problem = collect(&mut timed, 1000).await.unwrap_err();
        assert_eq!(problem.kind, RelayErrorKind::RequestTimeout);
        assert_eq!(begun.elapsed().as_secs(), 600);
    }

    #[tokio::test]
    async fn unannounced_length_is_limited_while_reading() {
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
