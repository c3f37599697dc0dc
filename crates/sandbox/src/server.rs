//! Server of the sandbox: hyper on a loopback port, in its own threads, so that a test needs no
//! runtime.
//!
//! - `response`: request to response, with faults and long polling. `faulty_connection`: connections that break.

mod faulty_connection;
mod response;

use std::convert::Infallible;
use std::fmt;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use jiff::Timestamp;
use rsa::rand_core::UnwrapErr;
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use tokio::net::TcpListener;
use tokio::sync::{Notify, oneshot};

use crate::clocks::ClockMode;
use crate::directory::Directory;
use crate::documents::PadesDocuments;
use crate::gateway::{Gateway, GatewayParts};
use crate::ids::{IdGenerator, SeededIds};
use crate::initial_data::InitialData;
use crate::links::{BaseUrl, Links};
use crate::paths::{API_PREFIX, TOKEN_PATH};
use crate::platform::{CommandError, KeyFactory, Platform, setting_keys};
use crate::settings::SandboxSettings;
use crate::store::{MemoryStore, SqliteStore, Store, StoreError};
use crate::tokens::keys::LazyKeyPair;

/// Database file in the data directory.
pub const DATA_FILE: &str = "sandbox.sqlite";

/// Default timeout for the headers of a request.
const PATIENCE: Duration = Duration::from_secs(30);
/// Grace period for running requests at shutdown.
const GRACE: Duration = Duration::from_secs(3);

/// Connection data of a running sandbox, printed as one line on standard output.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ReadyLine<'a> {
    /// Scheme, host and port.
    pub url: &'a str,
    /// Base URL of the API.
    pub api_url: String,
    /// Token endpoint.
    pub token_url: String,
    /// Client with all scopes.
    pub client_id: String,
    /// Client secret.
    pub client_secret: String,
    /// Listening address and port, independent of `url`.
    pub listen: SocketAddr,
}

impl fmt::Debug for ReadyLine<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ready").field("url", &self.url).finish_non_exhaustive()
    }
}

/// Configuration of a sandbox.
#[derive(Debug)]
pub struct SandboxBuilder {
    address: SocketAddr,
    public_url: Option<String>,
    client_id: Option<String>,
    client_secret: Option<SecretString>,
    seed: Option<u64>,
    settings: SandboxSettings,
    clock: ClockMode,
    initial_data: InitialData,
    data: Option<PathBuf>,
    admin_token: Option<SecretString>,
    header_timeout: Duration,
    log: bool,
}

impl Default for SandboxBuilder {
    fn default() -> Self {
        Self {
            address: SocketAddr::from((Ipv4Addr::LOCALHOST, 8480)),
            public_url: None,
            client_id: None,
            client_secret: None,
            seed: None,
            settings: SandboxSettings::default(),
            clock: ClockMode::Real,
            initial_data: InitialData::None,
            data: None,
            admin_token: None,
            header_timeout: PATIENCE,
            log: false,
        }
    }
}

impl SandboxBuilder {
    /// Address to listen on; one that is not loopback requires an admin token. Default: 127.0.0.1:8480.
    #[must_use]
    pub fn listen(mut self, address: SocketAddr) -> Self {
        self.address = address;
        self
    }

    /// Port to listen on; 0 selects a free one.
    #[must_use]
    pub fn port(mut self, port: u16) -> Self {
        self.address.set_port(port);
        self
    }

    /// Public URL. Without one, generated URLs use the `Host` of each request.
    #[must_use]
    pub fn public_url(mut self, url: Option<String>) -> Self {
        self.public_url = url.map(|url| url.trim_end_matches('/').to_owned());
        self
    }

    /// Identifier and secret of organization A's client; without a secret, one is generated.
    #[must_use]
    pub fn client(mut self, id: Option<String>, secret: Option<SecretString>) -> Self {
        self.client_id = id;
        self.client_secret = secret;
        self
    }

    /// Seed of all identifiers, for reproducible runs. Secrets stay random.
    #[must_use]
    pub fn rng_seed(mut self, seed: Option<u64>) -> Self {
        self.seed = seed;
        self
    }

    /// Settings.
    #[must_use]
    pub fn settings(mut self, settings: SandboxSettings) -> Self {
        self.settings = settings;
        self
    }

    /// Initial mode of the platform's clock.
    #[must_use]
    pub fn clock(mut self, clock: ClockMode) -> Self {
        self.clock = clock;
        self
    }

    /// Initial data, restored on reset.
    #[must_use]
    pub fn initial_data(mut self, data: InitialData) -> Self {
        self.initial_data = data;
        self
    }

    /// Directory for persistent data; created if it does not exist. Without it, all data is in memory.
    #[must_use]
    pub fn data_dir(mut self, directory: Option<PathBuf>) -> Self {
        self.data = directory;
        self
    }

    /// Token that `/_sandbox` requires.
    #[must_use]
    pub fn admin_token(mut self, token: Option<SecretString>) -> Self {
        self.admin_token = token;
        self
    }

    /// Timeout for the headers of a request, including later requests on the same connection. Default:
    /// 30 seconds.
    #[must_use]
    pub fn header_timeout(mut self, time: Duration) -> Self {
        self.header_timeout = time;
        self
    }

    /// Logs each request to standard error.
    #[must_use]
    pub fn log(mut self, log: bool) -> Self {
        self.log = log;
        self
    }

    /// Creates the gateway without a server.
    ///
    /// # Errors
    /// The data directory cannot be used, random bytes are unavailable, or the seed failed.
    pub fn gateway(self) -> io::Result<Gateway> {
        let url = format!("http://{}", self.address);
        self.assemble(url)
    }

    fn assemble(self, own_url: String) -> io::Result<Gateway> {
        let mut secrets = SeededIds::new(random()?);
        let mut directory =
            Directory::with_seed(self.client_id, self.client_secret, || secrets.code());
        let store: Box<dyn Store> = match &self.data {
            Some(data) => Box::new(open(data)?),
            None => Box::new(MemoryStore::default()),
        };
        if let Some(stored) = store.setting(setting_keys::DIRECTORY).map_err(unusable)? {
            let stored = serde_json::from_str(&stored)?;
            directory.resume(stored).map_err(io::Error::other)?;
        }
        let starts = store.setting(setting_keys::STARTS).map_err(unusable)?;
        let starts = starts.and_then(|starts| starts.parse::<u64>().ok()).unwrap_or(0);
        store.put_setting(setting_keys::STARTS, &(starts + 1).to_string()).map_err(unusable)?;
        let ids = match self.seed {
            Some(seed) => SeededIds::for_run(seed, starts),
            None => SeededIds::new(random()?),
        };
        let signer = match self.seed {
            Some(seed) => SeededIds::for_run(seed, starts).next(),
            None => random()?,
        };
        let documents = signing(store.as_ref(), signer)?;
        let keys = LazyKeyPair::in_background(|| UnwrapErr(getrandom::SysRng));
        let mut parts = GatewayParts::new(own_url.clone(), directory, keys, ids);
        parts.base_url = match self.public_url {
            Some(url) => BaseUrl::fixed(url),
            None => BaseUrl::following_host(own_url),
        };
        parts.admin_token = self.admin_token;
        parts.initial_data = self.initial_data;
        parts.platform.new_key = Some(KeyFactory(Box::new(|| {
            LazyKeyPair::in_background(|| UnwrapErr(getrandom::SysRng))
        })));
        parts.platform.store = store;
        parts.platform.documents = Box::new(documents);
        parts.platform.settings = self.settings;
        parts.platform.clock_mode = self.clock;
        let gateway = Gateway::new(parts);
        gateway.load_or_seed().map_err(failed)?;
        Ok(gateway)
    }

    /// Starts the sandbox; it accepts connections when this returns.
    ///
    /// # Errors
    /// The address is in use, an address that is not loopback is configured without an admin token,
    /// random bytes are unavailable, or the seed failed.
    pub fn start(self) -> io::Result<Sandbox> {
        let ip: IpAddr = self.address.ip();
        if self.admin_token.as_ref().is_some_and(|token| token.expose_secret().len() < 16) {
            let message = "the admin token must have at least 16 characters";
            return Err(io::Error::new(io::ErrorKind::InvalidInput, message));
        }
        if !ip.is_loopback() && self.admin_token.is_none() {
            let message = format!(
                "admin token required: {ip} is not a loopback address; pass --admin-token, or listen on 127.0.0.1"
            );
            return Err(io::Error::new(io::ErrorKind::InvalidInput, message));
        }
        let listener = std::net::TcpListener::bind(self.address)?;
        listener.set_nonblocking(true)?;
        let listen = listener.local_addr()?;
        let own_url = format!("http://{listen}");
        let (log, header_timeout) = (self.log, self.header_timeout);
        let gateway = self.assemble(own_url)?;
        let changed = Arc::new(Notify::new());
        let wake = Arc::clone(&changed);
        gateway.platform().on_change(move || wake.notify_waiters());
        let host = Arc::new(ServerState { gateway, changed, header_timeout, log });

        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .thread_name("sandbox")
            .build()?;
        let (stop, stopped) = oneshot::channel();
        let serving = Arc::clone(&host);
        let thread = std::thread::spawn(move || {
            runtime.block_on(serve(listener, serving, stopped)).unwrap_or_else(|error| {
                eprintln!("error: {error}");
            });
            runtime.shutdown_timeout(GRACE);
        });
        Ok(Sandbox { host, listen, stop: Some(stop), thread: Some(thread) })
    }
}

/// The store contains secrets, so only its owner can access the directory.
fn open(directory: &Path) -> io::Result<SqliteStore> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(directory).map_err(|error| {
        io::Error::new(error.kind(), format!("{}: {error}", directory.display()))
    })?;
    let file = directory.join(DATA_FILE);
    // SQLite gives its journal files the permissions of the database file.
    own(&file)
        .map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", file.display())))?;
    SqliteStore::open(&file).map_err(unusable)
}

/// Creates a file, or restricts an existing one, so that only its owner can access it.
fn own(file: &Path) -> io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(file)?;
    #[cfg(unix)]
    file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
    Ok(())
}

/// Document signer with the stored certificate authority, so that earlier signatures stay trusted after
/// a restart. A new authority is valid at any time that a clock can have.
fn signing(store: &dyn Store, seed: [u8; 32]) -> io::Result<PadesDocuments> {
    if let Some(authority) = store.setting(setting_keys::AUTHORITY).map_err(unusable)? {
        return PadesDocuments::resume(&authority, seed).map_err(io::Error::other);
    }
    let made = PadesDocuments::new(seed, Timestamp::UNIX_EPOCH).map_err(io::Error::other)?;
    let authority = made.to_secret_pem().map_err(io::Error::other)?;
    store.put_setting(setting_keys::AUTHORITY, &authority).map_err(unusable)?;
    Ok(made)
}

fn unusable(error: StoreError) -> io::Error {
    io::Error::other(error.0)
}

fn failed(failure: CommandError) -> io::Error {
    io::Error::other(failure.to_string())
}

fn random() -> io::Result<[u8; 32]> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(io::Error::other)?;
    Ok(bytes)
}

/// Running sandbox; dropping it stops it.
#[derive(Debug)]
pub struct Sandbox {
    host: Arc<ServerState>,
    listen: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Sandbox {
    /// New configuration.
    pub fn builder() -> SandboxBuilder {
        SandboxBuilder::default()
    }

    /// Platform of the sandbox.
    pub fn platform(&self) -> &Platform {
        self.host.gateway.platform()
    }

    /// Links below the URL of the sandbox, for commands that send e-mails.
    pub fn links(&self) -> &Links {
        self.host.gateway.base_url().configured()
    }

    /// Gateway of the server.
    pub fn gateway(&self) -> &Gateway {
        &self.host.gateway
    }

    /// Scheme, host and port.
    pub fn url(&self) -> &str {
        self.links().base()
    }

    /// Base URL of the API.
    pub fn api_url(&self) -> String {
        format!("{}{}", self.url(), API_PREFIX)
    }

    /// Token endpoint.
    pub fn token_url(&self) -> String {
        format!("{}{TOKEN_PATH}", self.url())
    }

    /// Connection data for clients.
    pub fn ready(&self) -> ReadyLine<'_> {
        let client = self.platform().directory().clients().into_iter().next();
        let (client_id, client_secret) = client.map_or_else(Default::default, |client| {
            (client.id.clone(), client.secret().expose_secret().to_owned())
        });
        ReadyLine {
            url: self.url(),
            api_url: self.api_url(),
            token_url: self.token_url(),
            client_id,
            client_secret,
            listen: self.listen,
        }
    }

    /// Stops the server: no new connections; running requests may finish.
    pub fn stop(mut self) {
        self.shut_down();
    }

    fn shut_down(&mut self) {
        if let Some(stop) = self.stop.take() {
            // The server may have stopped already.
            let _gone = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            let _panicked = thread.join();
        }
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.shut_down();
    }
}

#[derive(Debug)]
struct ServerState {
    gateway: Gateway,
    /// Notified after each request that may have changed something.
    changed: Arc<Notify>,
    header_timeout: Duration,
    log: bool,
}

async fn serve(
    listener: std::net::TcpListener,
    host: Arc<ServerState>,
    stopped: oneshot::Receiver<()>,
) -> io::Result<()> {
    let listener = TcpListener::from_std(listener)?;
    let graceful = GracefulShutdown::new();
    tokio::pin!(stopped);
    loop {
        let (connection, breaker) = tokio::select! {
            accepted = faulty_connection::accept(&listener) => accepted,
            // A dropped sender stops the server as well.
            _ = &mut stopped => break,
        };
        let header_timeout = host.header_timeout;
        let host = Arc::clone(&host);
        let service = service_fn(move |request| {
            let (host, breaker) = (Arc::clone(&host), breaker.clone());
            async move { Ok::<_, Infallible>(response::respond(host, breaker, request).await) }
        });
        let connection = http1::Builder::new()
            // hyper ignores the timeout without a timer.
            .timer(TokioTimer::new())
            .header_read_timeout(header_timeout)
            .serve_connection(TokioIo::new(connection), service);
        tokio::spawn(graceful.watch(connection));
    }
    drop(listener);
    // A client that keeps a request open must not keep the sandbox alive.
    let _drained = tokio::time::timeout(GRACE, graceful.shutdown()).await;
    Ok(())
}
