//! The host that ships: axum on a loopback port, in threads of its own, so that a test needs no
//! runtime to use it.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::extract::State;
use axum::response::IntoResponse;
use bytes::{Bytes, BytesMut};
use rsa::rand_core::UnwrapErr;
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use swisscom_sign::contract::Operation;
use tokio::net::TcpListener;
use tokio::sync::{Notify, oneshot};

use crate::directory::Directory;
use crate::engine::{Engine, Parts};
use crate::http::{Request, Response};
use crate::ids::{Ids, SeededIds};
use crate::realm::TOKEN_PATH;
use crate::realm::keys::Keyring;
use crate::rulings::Rulings;

/// How long running requests may go on once the sandbox is told to stop.
const GRACE: Duration = Duration::from_secs(3);

/// What a client needs to know of a running sandbox; the one line on standard output.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Ready<'a> {
    /// Scheme, host and port.
    pub url: &'a str,
    /// Base URL of the API.
    pub api_url: String,
    /// Token endpoint.
    pub token_url: String,
    /// Client with every scope.
    pub client_id: &'a str,
    /// Its secret.
    pub client_secret: &'a str,
}

/// A sandbox that is about to be started.
#[derive(Debug)]
pub struct Builder {
    address: SocketAddr,
    public_url: Option<String>,
    client_id: Option<String>,
    client_secret: Option<SecretString>,
    seed: Option<u64>,
    rulings: Rulings,
    log: bool,
}

impl Default for Builder {
    fn default() -> Self {
        Self {
            address: SocketAddr::from((Ipv4Addr::LOCALHOST, 8480)),
            public_url: None,
            client_id: None,
            client_secret: None,
            seed: None,
            rulings: Rulings::default(),
            log: false,
        }
    }
}

impl Builder {
    /// Address to listen on; loopback only. 127.0.0.1:8480 unless set.
    #[must_use]
    pub fn listen(mut self, address: SocketAddr) -> Self {
        self.address = address;
        self
    }

    /// Port to listen on; 0 for any free one.
    #[must_use]
    pub fn port(mut self, port: u16) -> Self {
        self.address.set_port(port);
        self
    }

    /// URL under which clients reach it, where that is not the address.
    #[must_use]
    pub fn public_url(mut self, url: Option<String>) -> Self {
        self.public_url = url.map(|url| url.trim_end_matches('/').to_owned());
        self
    }

    /// Identifier and secret of organization A's client; a secret is made up otherwise.
    #[must_use]
    pub fn client(mut self, id: Option<String>, secret: Option<SecretString>) -> Self {
        self.client_id = id;
        self.client_secret = secret;
        self
    }

    /// Makes every identifier follow from a number, for repeatable runs. Secrets stay random.
    #[must_use]
    pub fn seed(mut self, seed: Option<u64>) -> Self {
        self.seed = seed;
        self
    }

    /// Switches.
    #[must_use]
    pub fn rulings(mut self, rulings: Rulings) -> Self {
        self.rulings = rulings;
        self
    }

    /// Whether each request is reported on standard error.
    #[must_use]
    pub fn log(mut self, log: bool) -> Self {
        self.log = log;
        self
    }

    /// Starts the sandbox; it listens when this returns.
    ///
    /// # Errors
    /// The address is not a loopback address or is in use, or the system gave no random bytes.
    pub fn start(self) -> io::Result<Sandbox> {
        let ip: IpAddr = self.address.ip();
        if !ip.is_loopback() {
            let message = format!(
                "{ip} can be reached by others: the sandbox has no access control and listens on loopback addresses only, such as 127.0.0.1"
            );
            return Err(io::Error::new(io::ErrorKind::InvalidInput, message));
        }
        let listener = std::net::TcpListener::bind(self.address)?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let public_url = self.public_url.unwrap_or_else(|| format!("http://{address}"));

        let mut secrets = SeededIds::new(random()?);
        let directory = Directory::seeded(self.client_id, self.client_secret, || secrets.code());
        let ids = match self.seed {
            Some(seed) => SeededIds::from_number(seed),
            None => SeededIds::new(random()?),
        };
        let keys = Keyring::in_background(|| UnwrapErr(getrandom::SysRng));
        let mut parts = Parts::new(public_url, directory, keys, ids);
        parts.rulings = self.rulings;
        let host =
            Arc::new(Host { engine: Engine::new(parts), log: self.log, wrote: Notify::new() });

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
        Ok(Sandbox { host, stop: Some(stop), thread: Some(thread) })
    }
}

fn random() -> io::Result<[u8; 32]> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(io::Error::other)?;
    Ok(bytes)
}

/// A running sandbox; dropping it stops it.
#[derive(Debug)]
pub struct Sandbox {
    host: Arc<Host>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Sandbox {
    /// Begins to describe a sandbox.
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// The engine behind it.
    pub fn engine(&self) -> &Engine {
        &self.host.engine
    }

    /// Scheme, host and port.
    pub fn url(&self) -> &str {
        self.engine().public_url()
    }

    /// Base URL of the API.
    pub fn api_url(&self) -> String {
        format!("{}{}", self.url(), crate::api::PREFIX)
    }

    /// Token endpoint.
    pub fn token_url(&self) -> String {
        format!("{}{TOKEN_PATH}", self.url())
    }

    /// Everything that a client needs.
    pub fn ready(&self) -> Ready<'_> {
        let client = self.engine().directory().clients().first();
        Ready {
            url: self.url(),
            api_url: self.api_url(),
            token_url: self.token_url(),
            client_id: client.map_or("", |client| client.id.as_str()),
            client_secret: client.map_or("", |client| client.secret().expose_secret()),
        }
    }

    /// Stops it: no new connections, running requests may end.
    pub fn stop(mut self) {
        self.shut_down();
    }

    fn shut_down(&mut self) {
        if let Some(stop) = self.stop.take() {
            // The server may have gone by itself.
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
struct Host {
    engine: Engine,
    log: bool,
    /// Told when a message was written to the outbox.
    wrote: Notify,
}

async fn serve(
    listener: std::net::TcpListener,
    host: Arc<Host>,
    stopped: oneshot::Receiver<()>,
) -> io::Result<()> {
    let listener = TcpListener::from_std(listener)?;
    let app = axum::Router::new().fallback(answer).with_state(host);
    let (draining, drain) = oneshot::channel();
    let server = axum::serve(listener, app).with_graceful_shutdown(async move {
        // A dropped sender stops the server as well.
        let _stopped = stopped.await;
        let _draining = draining.send(());
    });
    // A client that keeps a request open must not keep the sandbox alive.
    let deadline = async {
        let _drain = drain.await;
        tokio::time::sleep(GRACE).await;
    };
    tokio::select! {
        served = server => served,
        () = deadline => Ok(()),
    }
}

async fn answer(
    State(host): State<Arc<Host>>,
    request: axum::extract::Request,
) -> axum::response::Response {
    let started = Instant::now();
    let (head, body) = request.into_parts();
    let (body, oversized) = match read(body).await {
        Ok(read) => read,
        // The client went away in the middle of its request.
        Err(_) => return axum::http::StatusCode::BAD_REQUEST.into_response(),
    };
    let headers = head
        .headers
        .iter()
        .map(|(name, value)| {
            (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
        })
        .collect();
    let request = Request {
        method: head.method.as_str().to_owned(),
        path: head.uri.path().to_owned(),
        query: head.uri.query().unwrap_or_default().to_owned(),
        headers,
        body,
        oversized,
    };
    hold(&host, &request).await;
    // The engine computes: Base64 of 40 MiB, signatures, the first wait for the key.
    let answered = tokio::task::spawn_blocking(move || {
        let written = host.engine.outbox().written();
        let response = host.engine.handle(&request);
        if host.engine.outbox().written() != written {
            host.wrote.notify_waiters();
        }
        if host.log {
            // Never the query: it may hold a one-time code.
            let Request { method, path, .. } = &request;
            eprintln!("{method} {path} {} {:.1?}", response.status, started.elapsed());
        }
        response
    })
    .await;
    match answered {
        Ok(response) => into_axum(response),
        Err(_) => axum::http::StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

/// How long a message that was written past this host can go unnoticed.
const LOOK_AGAIN: Duration = Duration::from_millis(200);

/// Holds back a request that waits for a message, until there is one.
async fn hold(host: &Host, request: &Request) {
    let started = Instant::now();
    loop {
        // Listening begins before looking, so that nothing falls in between.
        let wrote = host.wrote.notified();
        tokio::pin!(wrote);
        wrote.as_mut().enable();
        let Some(wait) = crate::admin::outbox::worth_waiting(&host.engine, request) else { return };
        let Some(left) = wait.checked_sub(started.elapsed()) else { return };
        let _told = tokio::time::timeout(left.min(LOOK_AGAIN), wrote).await;
    }
}

/// Greatest body that is kept; the limits of each operation are the engine's.
fn limit() -> u64 {
    Operation::ALL.into_iter().map(|o| o.spec().max_request_bytes).max().unwrap_or(0)
}

/// Reads the body. One that is too long is read to its end all the same, up to the same length
/// again, without being kept: a client that is still sending would not see the answer.
async fn read(body: Body) -> Result<(Bytes, bool), axum::Error> {
    use axum::body::HttpBody as _;
    let limit = limit();
    let mut body = Box::pin(body);
    let expected = body.size_hint().lower().min(limit);
    let mut kept = BytesMut::with_capacity(usize::try_from(expected).unwrap_or(0));
    let mut length = 0_u64;
    while let Some(frame) = std::future::poll_fn(|cx| body.as_mut().poll_frame(cx)).await {
        let Ok(data) = frame?.into_data() else { continue };
        length += data.len() as u64;
        if length <= limit {
            kept.extend_from_slice(&data);
        } else if length <= limit * 2 {
            kept = BytesMut::new();
        } else {
            break;
        }
    }
    Ok(if length > limit { (Bytes::new(), true) } else { (kept.freeze(), false) })
}

fn into_axum(response: Response) -> axum::response::Response {
    let mut builder = axum::http::Response::builder().status(response.status);
    for (name, value) in &response.headers {
        builder = builder.header(*name, value);
    }
    builder
        .body(Body::from(response.body))
        .unwrap_or_else(|_| axum::http::StatusCode::INTERNAL_SERVER_ERROR.into_response())
}
