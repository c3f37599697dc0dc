//! Forwards the body of a download in a task of its own, which ends when the client reads too slowly.
//! The permits of the download are released then, whatever the connection of the client does.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::BodyExt;
use hyper::body::{Body as HttpBody, Frame, SizeHint};
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout_at};

use crate::body::{BodyError, BodyTimeout, RelayBody, next_chunk};
use crate::config::ServerConfig;
use crate::listen::exchange::ExchangeAbort;

#[derive(Debug, Clone, Copy)]
pub(crate) struct DownloadLimits {
    /// Maximum time without progress, of the client and of the platform.
    idle_timeout: Duration,
    /// Maximum time for the whole body.
    timeout: Duration,
    /// Bytes per second; 0 for no limit.
    min_rate: u64,
}

impl DownloadLimits {
    pub(crate) fn new(server: &ServerConfig) -> Self {
        Self {
            idle_timeout: server.body_idle_timeout.0,
            timeout: server.body_timeout.0,
            min_rate: server.min_download_rate,
        }
    }

    /// Maximum time that the client may take for this number of bytes.
    fn client_time(&self, bytes: u64) -> Duration {
        match bytes.checked_div(self.min_rate) {
            Some(seconds) => self.idle_timeout.saturating_add(Duration::from_secs(seconds)),
            None => Duration::MAX,
        }
    }
}

/// Why a download ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DownloadEnd {
    Complete,
    /// The client disconnected, or reset its stream.
    Disconnected,
    /// The client read nothing for the idle timeout, or less than the minimum rate.
    SlowClient,
    /// The platform ended its body early, or sent nothing for the idle timeout.
    Upstream,
    Deadline,
}

impl DownloadEnd {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Complete => "complete",
            Self::Disconnected => "disconnected",
            Self::SlowClient => "slow_client",
            Self::Upstream => "upstream",
            Self::Deadline => "deadline",
        }
    }
}

/// Data, `None` at the end of the body, or the error of the body.
type Item = Result<Option<Bytes>, BodyError>;

/// Returns the body for the client. `permits` are held until the forwarding task ends, which calls
/// `on_end`.
pub(crate) fn forward<B>(
    body: B,
    limits: DownloadLimits,
    permits: impl Send + 'static,
    exchange: ExchangeAbort,
    on_end: impl FnOnce(DownloadEnd) + Send + 'static,
) -> RelayBody
where
    B: HttpBody<Data = Bytes> + Unpin + Send + 'static,
    B::Error: Into<BodyError>,
{
    let size_hint = body.size_hint();
    let (sender, receiver) = mpsc::channel(1);
    tokio::spawn(async move {
        let end = send(body, &sender, limits).await;
        drop(permits);
        if matches!(end, DownloadEnd::SlowClient | DownloadEnd::Deadline) {
            tracing::info!(reason = end.as_str(), "download aborted");
            exchange.abort();
        }
        on_end(end);
    });
    DownloadBody { receiver, size_hint, ended: false }.boxed_unsync()
}

async fn send<B>(mut body: B, sender: &mpsc::Sender<Item>, limits: DownloadLimits) -> DownloadEnd
where
    B: HttpBody<Data = Bytes> + Unpin,
    B::Error: Into<BodyError>,
{
    let deadline = Instant::now() + limits.timeout;
    let length = body.size_hint().exact();
    let (mut sent, mut waited) = (0u64, Duration::ZERO);
    loop {
        // Wait for the client before reading: at most one chunk is in memory.
        let waits_since = Instant::now();
        let left = limits.client_time(sent).saturating_sub(waited).min(limits.idle_timeout);
        let slot = match timeout_at(deadline.min(waits_since + left), sender.reserve()).await {
            Ok(Ok(slot)) => slot,
            // hyper drops a body of known length after its last byte.
            Ok(Err(_closed)) if length == Some(sent) => return DownloadEnd::Complete,
            Ok(Err(_closed)) => return DownloadEnd::Disconnected,
            Err(_) if Instant::now() >= deadline => return DownloadEnd::Deadline,
            Err(_) => return DownloadEnd::SlowClient,
        };
        waited += waits_since.elapsed();
        let expires_at = deadline.min(Instant::now() + limits.idle_timeout);
        let chunk = tokio::select! {
            chunk = timeout_at(expires_at, next_chunk(&mut body)) => chunk,
            () = sender.closed(), if length != Some(sent) => return DownloadEnd::Disconnected,
        };
        let (item, end) = match chunk {
            Ok(Some(Ok(chunk))) => {
                sent += chunk.len() as u64;
                (Ok(Some(chunk)), None)
            }
            Ok(None) => (Ok(None), Some(DownloadEnd::Complete)),
            Ok(Some(Err(error))) => (Err(error), Some(DownloadEnd::Upstream)),
            Err(_) => (Err(Box::new(BodyTimeout).into()), Some(DownloadEnd::Upstream)),
        };
        slot.send(item);
        if let Some(end) = end {
            return end;
        }
    }
}

#[derive(Debug)]
struct DownloadBody {
    receiver: mpsc::Receiver<Item>,
    size_hint: SizeHint,
    ended: bool,
}

impl HttpBody for DownloadBody {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        if self.ended {
            return Poll::Ready(None);
        }
        Poll::Ready(match ready!(self.receiver.poll_recv(cx)) {
            Some(Ok(Some(chunk))) => Some(Ok(Frame::data(chunk))),
            Some(Ok(None)) => {
                self.ended = true;
                None
            }
            Some(Err(error)) => Some(Err(error)),
            // The forwarding task ended early: the client must not take the body for complete.
            None => Some(Err(Box::new(BodyTimeout))),
        })
    }

    fn is_end_stream(&self) -> bool {
        self.ended
    }

    fn size_hint(&self) -> SizeHint {
        self.size_hint
    }
}
