//! Connections that a fault can break: reset, closed without a response, or answered with bytes that
//! are not HTTP. hyper does not support this, so it is done below hyper.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};

/// Pause after `accept` failed for lack of resources.
const ACCEPT_PAUSE: Duration = Duration::from_secs(1);

/// Not a status line.
const GARBAGE: &[u8] = b"\x16\x03\x01\x00\x02SANDBOX GARBAGE\r\n\r\n\x00\xff\xfe";

/// State of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum ConnectionFault {
    /// No fault.
    No = 0,
    /// Closed before the next byte.
    Close = 1,
    /// Reset before the next byte.
    Reset = 2,
    /// Sends garbage, then closes.
    Garbage = 3,
}

/// Switch with which a request handler breaks its connection.
#[derive(Debug, Clone, Default)]
pub(super) struct ConnectionFaultSwitch(Arc<AtomicU8>);

impl ConnectionFaultSwitch {
    pub(super) fn set(&self, how: ConnectionFault) {
        self.0.store(how as u8, Ordering::SeqCst);
    }

    fn get(&self) -> ConnectionFault {
        let how = self.0.load(Ordering::SeqCst);
        [ConnectionFault::Close, ConnectionFault::Reset, ConnectionFault::Garbage]
            .into_iter()
            .find(|b| *b as u8 == how)
            .unwrap_or(ConnectionFault::No)
    }
}

fn is_connection_error(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionRefused
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
    )
}

/// Accepts a connection; returns it with its switch.
pub(super) async fn accept(listener: &TcpListener) -> (FaultyConnection, ConnectionFaultSwitch) {
    let stream = loop {
        match listener.accept().await {
            Ok((stream, _)) => break stream,
            // The client has disconnected; accept the next one.
            Err(error) if is_connection_error(&error) => {}
            // Usually EMFILE, which `accept` returns again at once: wait until a descriptor is free.
            Err(error) => {
                eprintln!("error: accept failed: {error}");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    };
    // Disable Nagle's algorithm: it holds back small writes, so the client would see an injected pause
    // or cut too late.
    let _nodelay = stream.set_nodelay(true);
    let breaker = ConnectionFaultSwitch::default();
    (FaultyConnection { stream, breaker: breaker.clone(), garbage: 0 }, breaker)
}

pub(super) struct FaultyConnection {
    stream: TcpStream,
    breaker: ConnectionFaultSwitch,
    /// Number of garbage bytes sent.
    garbage: usize,
}

impl FaultyConnection {
    /// Applies the fault; `Ok` without one.
    fn check(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let broken = |kind: io::ErrorKind| Poll::Ready(Err(io::Error::from(kind)));
        match self.breaker.get() {
            ConnectionFault::No => Poll::Ready(Ok(())),
            ConnectionFault::Close => broken(io::ErrorKind::ConnectionAborted),
            ConnectionFault::Reset => {
                // With SO_LINGER 0, closing sends RST instead of FIN; hyper closes on an error.
                self.stream.set_zero_linger()?;
                broken(io::ErrorKind::ConnectionReset)
            }
            ConnectionFault::Garbage => {
                while let Some(rest) = GARBAGE.get(self.garbage..).filter(|r| !r.is_empty()) {
                    self.garbage += ready!(Pin::new(&mut self.stream).poll_write(cx, rest))?.max(1);
                }
                broken(io::ErrorKind::ConnectionAborted)
            }
        }
    }
}

impl AsyncRead for FaultyConnection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl AsyncWrite for FaultyConnection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        ready!(self.check(cx))?;
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        ready!(self.check(cx))?;
        Pin::new(&mut self.stream).poll_write_vectored(cx, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
