//! Start, drain and stop of a relay.

use std::net::SocketAddr;
use std::sync::{Arc, Weak};
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;

use crate::app::AppState;
use crate::config::RelayConfig;
use crate::listen::tls::ReloadingTls;
use crate::listen::{self, ConnectionLimits, ListenerGauges};
use crate::start_error::StartError;
use crate::{admin, pipeline};

pub(crate) const ADMIN_CONNECTIONS: usize = 64;

/// Bound listeners; connections wait until [`start`].
#[derive(Debug)]
pub struct BoundRelay {
    public: TcpListener,
    admin: TcpListener,
    pub address: SocketAddr,
    pub admin_address: SocketAddr,
}

/// Binds both listeners; port 0 selects a free port.
pub async fn bind(public: SocketAddr, admin: SocketAddr) -> Result<BoundRelay, StartError> {
    let bind = async |address: SocketAddr| {
        let bound = TcpListener::bind(address).await;
        bound.map_err(|error| StartError::with_source(format!("cannot listen on {address}"), error))
    };
    let (public, admin) = (bind(public).await?, bind(admin).await?);
    let unknown = |error| StartError::with_source("no local address", error);
    let address = public.local_addr().map_err(unknown)?;
    let admin_address = admin.local_addr().map_err(unknown)?;
    Ok(BoundRelay { public, admin, address, admin_address })
}

/// A serving relay. Dropping it does not stop it.
#[derive(Debug)]
pub struct RunningRelay {
    pub address: SocketAddr,
    pub admin_address: SocketAddr,
    app: Arc<AppState>,
    tls: Option<Arc<ReloadingTls>>,
    stop: watch::Sender<bool>,
    public: tokio::task::JoinHandle<usize>,
    admin: tokio::task::JoinHandle<usize>,
    drain_delay: Duration,
}

/// Serves with a configuration that [`crate::config::validate::validate`] accepts.
pub fn start(bound: BoundRelay, config: RelayConfig) -> Result<RunningRelay, StartError> {
    let tls = match (&config.server.tls_cert_file, &config.server.tls_key_file) {
        (Some(cert), Some(key)) => Some(Arc::new(ReloadingTls::load(cert, key)?)),
        _ => None,
    };
    if let Some(tls) = &tls {
        tokio::spawn(reload_regularly(Arc::downgrade(tls), config.server.tls_reload_interval.0));
    }
    let limits = ConnectionLimits::from(&config.server);
    let drain_delay = config.server.drain_delay.0;
    let app = AppState::from_config(config)?;
    let (stop, stopped) = watch::channel(false);
    let until = |mut stopped: watch::Receiver<bool>| async move {
        let _closed = stopped.wait_for(|stop| *stop).await;
    };
    let state = Arc::clone(&app);
    let handler =
        move |peer: SocketAddr, request| pipeline::serve(Arc::clone(&state), peer.ip(), request);
    let gauges = ListenerGauges {
        connections: app.metrics.connections.clone(),
        in_flight: app.metrics.in_flight.clone(),
        rejected: app.metrics.rejected_connections.clone(),
    };
    let public =
        listen::run(bound.public, tls.clone(), limits.clone(), gauges, handler, until(stopped));
    let public = tokio::spawn(public);
    // The admin listener serves health checks and metrics until the drain has ended.
    let state = Arc::clone(&app);
    let handler = move |_peer: SocketAddr, request| admin::serve(Arc::clone(&state), request);
    let limits = ConnectionLimits {
        max_connections: ADMIN_CONNECTIONS,
        max_connections_per_ip: ADMIN_CONNECTIONS,
        drain_timeout: Duration::from_secs(1),
        ..limits
    };
    let gauges = ListenerGauges::default();
    let admin = listen::run(bound.admin, None, limits, gauges, handler, std::future::pending());
    let admin = tokio::spawn(admin);
    Ok(RunningRelay {
        address: bound.address,
        admin_address: bound.admin_address,
        app,
        tls,
        stop,
        public,
        admin,
        drain_delay,
    })
}

/// Ends with the listener. Polling also notices symbolic links that Kubernetes replaces.
async fn reload_regularly(tls: Weak<ReloadingTls>, interval: Duration) {
    loop {
        tokio::time::sleep(interval).await;
        let Some(tls) = tls.upgrade() else { return };
        tls.reload().await;
    }
}

impl RunningRelay {
    /// Reads the TLS certificate again. Secret files need no reload: they are read when needed.
    pub async fn reload(&self) {
        if let Some(tls) = &self.tls {
            tls.reload().await;
        }
    }

    /// Stops accepting connections and waits for requests in flight. Returns the number of
    /// connections that were closed forcibly.
    pub async fn drain(self) -> usize {
        self.app.drain();
        tokio::time::sleep(self.drain_delay).await;
        self.stop.send_replace(true);
        let closed = self.public.await.unwrap_or(0);
        self.admin.abort();
        closed
    }
}

#[derive(Debug)]
pub struct ShutdownSignals {
    terminate: Signal,
    interrupt: Signal,
    hangup: Signal,
}

impl ShutdownSignals {
    /// Call this before the ready line is printed: its reader may stop the relay at once.
    pub fn listen() -> Result<Self, StartError> {
        let on = |kind| {
            signal(kind)
                .map_err(|error| StartError::with_source("cannot register signal handlers", error))
        };
        Ok(Self {
            terminate: on(SignalKind::terminate())?,
            interrupt: on(SignalKind::interrupt())?,
            hangup: on(SignalKind::hangup())?,
        })
    }

    /// Waits for SIGTERM or SIGINT, and calls `on_hangup` for each SIGHUP.
    pub async fn stop(&mut self, on_hangup: impl AsyncFn()) {
        loop {
            tokio::select! {
                _ = self.terminate.recv() => return,
                _ = self.interrupt.recv() => return,
                _ = self.hangup.recv() => on_hangup().await,
            }
        }
    }
}
