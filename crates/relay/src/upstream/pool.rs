//! HTTP/1.1 connection pool for buffered requests. The calling task polls the connection itself: without
//! a task for each connection and channels between them a small request needs less CPU.

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
use crate::start_error::StartError;

#[derive(Debug)]
pub(crate) struct ConnectionPool {
    http: Arc<HttpClient>,
    base: Uri,
    host: HeaderValue,
    /// A stack: the connection that was used last is on top.
    idle: Arc<Mutex<Vec<PooledConnection>>>,
}

struct PooledConnection {
    sender: SendRequest<Full<Bytes>>,
    connection: Box<Connection<UpstreamStream, Full<Bytes>>>,
    closed: bool,
    last_used: Instant,
}

impl std::fmt::Debug for PooledConnection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PooledConnection").field("closed", &self.closed).finish_non_exhaustive()
    }
}

impl PooledConnection {
    fn poll(&mut self, cx: &mut Context<'_>) {
        self.closed = self.closed || Pin::new(&mut self.connection).poll(cx).is_ready();
    }
}

impl ConnectionPool {
    /// Needs a tokio runtime.
    pub(crate) fn new(http: Arc<HttpClient>, base: Uri) -> Result<Self, StartError> {
        let default_port = if base.scheme_str() == Some("https") { 443 } else { 80 };
        let host = base.host().ok_or_else(|| format!("invalid URL `{base}`: missing host"))?;
        let host = match base.port_u16().filter(|port| *port != default_port) {
            Some(port) => format!("{host}:{port}"),
            None => host.to_owned(),
        };
        let host = HeaderValue::try_from(host)
            .map_err(|error| StartError::with_source(format!("invalid URL `{base}`"), error))?;
        let idle = Arc::<Mutex<Vec<PooledConnection>>>::default();
        let weak = Arc::downgrade(&idle);
        tokio::spawn(async move {
            loop {
                tokio::time::sleep(POOL_IDLE / 2).await;
                let Some(idle) = weak.upgrade() else { return };
                if let Ok(mut idle) = idle.lock() {
                    idle.retain(|link| link.last_used.elapsed() < POOL_IDLE);
                }
            }
        });
        Ok(Self { http, base, host, idle })
    }

    /// Sends a request and reads a response of at most `max_bytes`; `timeout` applies to its head and to
    /// its body. The body of a 401 is not read. A request that was not sent, because the server has
    /// closed a pooled connection, is sent again.
    pub(crate) async fn request(
        &self,
        target: String,
        mut request: Request<Full<Bytes>>,
        max_bytes: usize,
        time_limit: Duration,
    ) -> Result<(response::Parts, Bytes), HttpError> {
        let target = PathAndQuery::from_maybe_shared(Bytes::from(target));
        *request.uri_mut() = target.map_err(|_| HttpError::Broken)?.into();
        request.headers_mut().insert(HOST, self.host.clone());
        let response = timeout(time_limit, self.send(request)).await;
        let (response, mut link) = response.map_err(|_| HttpError::Timeout)??;
        let (parts, body) = response.into_parts();
        if parts.status == StatusCode::UNAUTHORIZED {
            return Ok((parts, Bytes::new()));
        }
        let mut body = PooledBody { link: &mut link, body };
        let read = timeout(time_limit, collect(&mut body, max_bytes)).await;
        let bytes = read.map_err(|_| HttpError::Timeout)?.map_err(|_| HttpError::Body)?;
        self.checkin(link).await;
        Ok((parts, bytes))
    }

    async fn send(
        &self,
        mut request: Request<Full<Bytes>>,
    ) -> Result<(Response<Incoming>, PooledConnection), HttpError> {
        loop {
            let pooled = self.checkout();
            let reused = pooled.is_some();
            let mut link = match pooled {
                Some(link) => link,
                None => self.connect().await?,
            };
            let mut sent = pin!(link.sender.try_send_request(request));
            let answered = poll_fn(|cx| {
                link.closed = link.closed || Pin::new(&mut link.connection).poll(cx).is_ready();
                // The connection completes this future, and it has just been polled: no waker is needed.
                match sent.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
                    Poll::Ready(answered) => Poll::Ready(Some(answered)),
                    Poll::Pending if link.closed => Poll::Ready(None),
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

    async fn connect(&self) -> Result<PooledConnection, HttpError> {
        let stream = self.http.connect(&self.base).await?;
        let opened = Builder::new().handshake(stream).await.map_err(|_| HttpError::Connect)?;
        let (sender, connection) = opened;
        Ok(PooledConnection {
            sender,
            connection: Box::new(connection),
            closed: false,
            last_used: Instant::now(),
        })
    }

    fn checkout(&self) -> Option<PooledConnection> {
        let mut idle = self.idle.lock().ok()?;
        let link = idle.pop()?;
        if link.last_used.elapsed() < POOL_IDLE {
            return Some(link);
        }
        // The stack is ordered by last use, so the remaining connections have exceeded the idle timeout,
        // too.
        idle.clear();
        None
    }

    /// Returns a connection to the pool after its response was read, unless it was closed.
    async fn checkin(&self, mut link: PooledConnection) {
        if !link.sender.is_ready() {
            poll_fn(|cx| {
                link.poll(cx);
                Poll::Ready(())
            })
            .await;
        }
        if !link.closed && link.sender.is_ready() {
            link.last_used = Instant::now();
            if let Ok(mut idle) = self.idle.lock() {
                idle.push(link);
            }
        }
    }
}

/// Response body that polls its connection.
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
        this.link.poll(cx);
        let frame = Pin::new(&mut this.body).poll_frame(&mut Context::from_waker(Waker::noop()));
        match frame {
            Poll::Pending if this.link.closed => Poll::Ready(Some(Err("connection closed".into()))),
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
