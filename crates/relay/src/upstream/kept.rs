//! Small calls over kept connections (HTTP/1.1). Whoever calls drives the connection as well: no
//! task and no channel between tasks stands between, and that is most of what a small call costs.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use bytes::Bytes;
use http::header::{HOST, HeaderValue};
use http::uri::PathAndQuery;
use http::{Request, Response, StatusCode, Uri, response};
use http_body_util::Full;
use hyper::body::{Body as HttpBody, Frame, Incoming, SizeHint};
use hyper::client::conn::http1::{Builder, Connection, SendRequest};
use tokio::time::{Instant, timeout};

use super::client::{HttpClient, HttpError, POOL_IDLE, UpstreamStream};
use crate::body::{BodyError, collect};

/// The connections to one base URL.
#[derive(Debug)]
pub struct ConnectionPool {
    http: Arc<HttpClient>,
    base: Uri,
    host: HeaderValue,
    /// The one used last is on top.
    idle: Arc<Mutex<Vec<PooledConnection>>>,
}

/// A connection, and both ends of it.
struct PooledConnection {
    sender: SendRequest<Full<Bytes>>,
    connection: Box<Connection<UpstreamStream, Full<Bytes>>>,
    ended: bool,
    used: Instant,
}

impl std::fmt::Debug for PooledConnection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Link").field("ended", &self.ended).finish_non_exhaustive()
    }
}

impl PooledConnection {
    fn drive(&mut self, cx: &mut Context<'_>) {
        self.ended = self.ended || Pin::new(&mut self.connection).poll(cx).is_ready();
    }
}

impl ConnectionPool {
    /// To this base URL; needs a tokio runtime.
    ///
    /// # Errors
    /// A sentence, for a URL without a host.
    pub fn new(http: Arc<HttpClient>, base: Uri) -> Result<Self, String> {
        let usual = if base.scheme_str() == Some("https") { 443 } else { 80 };
        let host = base.host().ok_or_else(|| format!("`{base}` names no host"))?;
        let host = match base.port_u16().filter(|port| *port != usual) {
            Some(port) => format!("{host}:{port}"),
            None => host.to_owned(),
        };
        let host = HeaderValue::try_from(host).map_err(|_| format!("`{base}` names no host"))?;
        let idle = Arc::<Mutex<Vec<PooledConnection>>>::default();
        let of = Arc::downgrade(&idle);
        tokio::spawn(async move {
            loop {
                tokio::time::sleep(POOL_IDLE / 2).await;
                let Some(idle) = of.upgrade() else { return };
                if let Ok(mut idle) = idle.lock() {
                    idle.retain(|link| link.used.elapsed() < POOL_IDLE);
                }
            }
        });
        Ok(Self { http, base, host, idle })
    }

    /// One exchange, whole: at most `most` bytes of answer, its head and its body each within
    /// `limit`. The body of a 401 is not read. What was not begun on a connection that the server
    /// has closed meanwhile is sent again.
    ///
    /// # Errors
    /// [`HttpError`], without anything that could hold a secret.
    pub async fn exchange(
        &self,
        target: String,
        mut request: Request<Full<Bytes>>,
        most: usize,
        limit: Duration,
    ) -> Result<(response::Parts, Bytes), HttpError> {
        let target = PathAndQuery::from_maybe_shared(Bytes::from(target));
        *request.uri_mut() = target.map_err(|_| HttpError::Broken)?.into();
        request.headers_mut().insert(HOST, self.host.clone());
        let begun = timeout(limit, self.begin(request)).await;
        let (response, mut link) = begun.map_err(|_| HttpError::Timeout)??;
        let (parts, body) = response.into_parts();
        if parts.status == StatusCode::UNAUTHORIZED {
            return Ok((parts, Bytes::new()));
        }
        let mut body = PooledBody { link: &mut link, body };
        let read = timeout(limit, collect(&mut body, most)).await;
        let bytes = read.map_err(|_| HttpError::Timeout)?.map_err(|_| HttpError::Body)?;
        self.keep(link).await;
        Ok((parts, bytes))
    }

    async fn begin(
        &self,
        mut request: Request<Full<Bytes>>,
    ) -> Result<(Response<Incoming>, PooledConnection), HttpError> {
        loop {
            let kept = self.take();
            let reused = kept.is_some();
            let mut link = match kept {
                Some(link) => link,
                None => self.open().await?,
            };
            let mut sent = pin!(link.sender.try_send_request(request));
            let answered = poll_fn(|cx| {
                link.ended = link.ended || Pin::new(&mut link.connection).poll(cx).is_ready();
                // Only the connection moves it, and that has just been driven.
                match sent.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
                    Poll::Ready(answered) => Poll::Ready(Some(answered)),
                    Poll::Pending if link.ended => Poll::Ready(None),
                    Poll::Pending => Poll::Pending,
                }
            })
            .await;
            match answered {
                Some(Ok(response)) => return Ok((response, link)),
                Some(Err(mut error)) => match error.take_message().filter(|_| reused) {
                    Some(unsent) => request = unsent,
                    None => return Err(HttpError::Broken),
                },
                None => return Err(HttpError::Broken),
            }
        }
    }

    async fn open(&self) -> Result<PooledConnection, HttpError> {
        let stream = self.http.connect(&self.base).await?;
        let opened = Builder::new().handshake(stream).await.map_err(|_| HttpError::Connect)?;
        let (sender, connection) = opened;
        Ok(PooledConnection {
            sender,
            connection: Box::new(connection),
            ended: false,
            used: Instant::now(),
        })
    }

    fn take(&self) -> Option<PooledConnection> {
        let mut idle = self.idle.lock().ok()?;
        let link = idle.pop()?;
        if link.used.elapsed() < POOL_IDLE {
            return Some(link);
        }
        // Those below are older.
        idle.clear();
        None
    }

    /// Keeps a connection whose answer was read, unless it has ended with it.
    async fn keep(&self, mut link: PooledConnection) {
        if !link.sender.is_ready() {
            poll_fn(|cx| {
                link.drive(cx);
                Poll::Ready(())
            })
            .await;
        }
        if !link.ended && link.sender.is_ready() {
            link.used = Instant::now();
            if let Ok(mut idle) = self.idle.lock() {
                idle.push(link);
            }
        }
    }
}

/// A body with the connection that it comes from.
struct PooledBody<'l> {
    link: &'l mut PooledConnection,
    body: Incoming,
}

impl HttpBody for PooledBody<'_> {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let this = self.get_mut();
        this.link.drive(cx);
        let frame = Pin::new(&mut this.body).poll_frame(&mut Context::from_waker(Waker::noop()));
        match frame {
            Poll::Pending if this.link.ended => {
                Poll::Ready(Some(Err("the connection ended".into())))
            }
            frame => frame.map_err(Into::into),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
