//! A relay from its start to its end: listeners, the ready line, signals, drain.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;

use crate::app::AppState;
use crate::config::RelayConfig;
use crate::listen::{self, ConnectionLimits, tls};
use crate::{admin, pipeline};

/// Connections of the admin listener at a time.
pub const ADMIN_CONNECTIONS: usize = 64;

/// A relay that listens but does not serve yet.
#[derive(Debug)]
pub struct BoundRelay {
    public: TcpListener,
    admin: TcpListener,
    /// Address of the API.
    pub address: SocketAddr,
    /// Address of the admin listener.
    pub admin_address: SocketAddr,
}

/// Binds both listeners. Port 0 takes a free one.
///
/// # Errors
/// A sentence with the address.
pub async fn bind(public: SocketAddr, admin: SocketAddr) -> Result<BoundRelay, String> {
    let bind = async |address: SocketAddr| {
        TcpListener::bind(address).await.map_err(|error| format!("{address}: {error}"))
    };
    let (public, admin) = (bind(public).await?, bind(admin).await?);
    let address = public.local_addr().map_err(|error| error.to_string())?;
    let admin_address = admin.local_addr().map_err(|error| error.to_string())?;
    Ok(BoundRelay { public, admin, address, admin_address })
}

/// A relay that serves. Dropping it does not stop it.
#[derive(Debug)]
pub struct RunningRelay {
    /// Address of the API.
    pub address: SocketAddr,
    /// Address of the admin listener.
    pub admin_address: SocketAddr,
    app: Arc<AppState>,
    stop: watch::Sender<bool>,
    public: tokio::task::JoinHandle<usize>,
    admin: tokio::task::JoinHandle<usize>,
    drain_delay: Duration,
}

/// Serves with this configuration, which has passed [`crate::config::validate::validate`].
///
/// # Errors
/// A sentence that says what cannot be used.
pub fn start(bound: BoundRelay, config: RelayConfig) -> Result<RunningRelay, String> {
    let acceptor = match (&config.server.tls_cert_file, &config.server.tls_key_file) {
        (Some(cert), Some(key)) => Some(tls::acceptor(cert, key)?),
        _ => None,
    };
    let limits = ConnectionLimits::from(&config.server);
    let drain_delay = config.server.drain_delay.0;
    let app = AppState::from_config(config)?;
    let (stop, stopped) = watch::channel(false);
    let until = |mut stopped: watch::Receiver<bool>| async move {
        let _closed = stopped.wait_for(|stop| *stop).await;
    };
    let of = Arc::clone(&app);
    let handler =
        move |peer: SocketAddr, request| pipeline::serve(Arc::clone(&of), peer.ip(), request);
    let public = listen::run(bound.public, acceptor, limits.clone(), handler, until(stopped));
    let public = tokio::spawn(public);
    // The admin listener goes on until the last request is answered, so it is stopped by itself.
    let of = Arc::clone(&app);
    let handler = move |_peer: SocketAddr, request| admin::serve(Arc::clone(&of), request);
    let limits = ConnectionLimits {
        max_connections: ADMIN_CONNECTIONS,
        drain_timeout: Duration::from_secs(1),
        ..limits
    };
    let admin = listen::run(bound.admin, None, limits, handler, std::future::pending());
    let admin = tokio::spawn(admin);
    Ok(RunningRelay {
        address: bound.address,
        admin_address: bound.admin_address,
        app,
        stop,
        public,
        admin,
        drain_delay,
    })
}

impl RunningRelay {
    /// Stops taking connections, lets what is under way end, and returns how many connections had
    /// to be cut.
    pub async fn drain(self) -> usize {
        self.app.drain();
        tokio::time::sleep(self.drain_delay).await;
        self.stop.send_replace(true);
        let cut = self.public.await.unwrap_or(0);
        self.admin.abort();
        cut
    }
}

/// The signals that a relay minds.
#[derive(Debug)]
pub struct ShutdownSignals {
    terminate: Signal,
    interrupt: Signal,
    hangup: Signal,
}

impl ShutdownSignals {
    /// Minds them from here on. This belongs before the ready line: whoever reads that may stop the
    /// relay at once.
    ///
    /// # Errors
    /// A sentence, when signals cannot be had.
    pub fn listen() -> Result<Self, String> {
        let on = |kind| signal(kind).map_err(|error| error.to_string());
        Ok(Self {
            terminate: on(SignalKind::terminate())?,
            interrupt: on(SignalKind::interrupt())?,
            hangup: on(SignalKind::hangup())?,
        })
    }

    /// Waits for SIGTERM or SIGINT. SIGHUP ends nothing: secrets in files are read anew by themselves.
    pub async fn stop(&mut self) {
        loop {
            tokio::select! {
                _ = self.terminate.recv() => return,
                _ = self.interrupt.recv() => return,
                _ = self.hangup.recv() => {
                    tracing::info!("SIGHUP: secrets are read from their files as needed");
                }
            }
        }
    }
}
