//! Starts the proxies. Each one adds a token and reuses its upstream connections.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};

use crate::UPLOAD_BYTES;
use crate::origin::{Origin, PROCESS};

const KEY: &str = "a-key-of-the-benchmark-0123456789";
/// Maximum number of concurrent requests. Together with the cold callers it must stay below the file
/// descriptor limit of this process (20,000 on some machines).
const AT_A_TIME: usize = 8000;
const BEFORE: &str = r#"{"name":"a.pdf","contentType":"application/pdf","content":""#;

pub struct Peer {
    pub name: &'static str,
    pub address: SocketAddr,
    pub pid: u32,
    pub small: Vec<u8>,
    /// Start of an upload, up to the Base64.
    pub upload: Vec<u8>,
    _child: Child,
}

/// Folder for configuration files.
pub fn folder() -> PathBuf {
    let folder = std::env::temp_dir().join(format!("relay-peers-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

fn small(authorization: &str) -> Vec<u8> {
    format!(
        "GET /api/process/{PROCESS}/status HTTP/1.1\r\nHost: relay.example\r\nAuthorization: {authorization}\r\nAccept: application/json\r\n\r\n"
    )
    .into_bytes()
}

fn upload(authorization: &str) -> Vec<u8> {
    let length = BEFORE.len() + UPLOAD_BYTES + 2;
    format!(
        "POST /api/process/{PROCESS}/attach HTTP/1.1\r\nHost: relay.example\r\nAuthorization: {authorization}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n{BEFORE}"
    )
    .into_bytes()
}

/// Pinned to the second core, if there is one.
fn pinned(program: &str) -> Command {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    // This process is pinned to the first core, so it only sees one.
    let all = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let cores = cores.max(all.matches("processor\t").count());
    let mut command = Command::new("taskset");
    command.args(["-c", if cores > 1 { "1" } else { "0" }, program]);
    command.kill_on_drop(true);
    command
}

async fn free_port() -> u16 {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    listener.local_addr().unwrap().port()
}

async fn listening(address: SocketAddr) {
    for _ in 0..500 {
        if TcpStream::connect(address).await.is_ok() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("no listener on {address}");
}

/// A relay with warm caches.
pub struct Relay {
    pub address: SocketAddr,
    pub child: Child,
    authorization: String,
}

impl Relay {
    /// `under`: a wrapper program and its arguments.
    pub async fn start(origin: &Origin, log: &str, under: &[&str]) -> Self {
        let config = folder().join("relay.toml");
        let at = origin.address;
        let text = format!(
            r#"
            [server]
            listen = "127.0.0.1:0"
            admin_listen = "127.0.0.1:0"
            public_hosts = ["relay.example"]
            max_connections = 12000
            max_connections_per_ip = 12000
            [upstream]
            base_url = "http://{at}/system"
            allow_http_loopback = true
            max_concurrent_requests = {AT_A_TIME}
            [oauth]
            token_url = "http://{at}/token"
            first_token_timeout = "60s"
            client_id = {{ env = "BENCH_KEY" }}
            client_secret = {{ env = "BENCH_KEY" }}
            [[auth.issuer]]
            iss = "bench"
            aud = "relay"
            hs256_secret = {{ env = "BENCH_KEY" }}
            [owner]
            keys = [{{ kid = 1, secret = {{ env = "BENCH_KEY" }} }}]
            [limits]
            per_ip = "1000000/s burst 1000000"
            per_user = "1000000/s burst 1000000"
            uploads_per_user = 64
            [log]
            filter = "{log}"
            "#
        );
        std::fs::write(&config, text).unwrap();
        let program = env!("CARGO_BIN_EXE_swisscom-sign-relay");
        let mut words = under.iter().copied().chain([program]);
        let mut child = pinned(words.next().unwrap())
            .args(words)
            .args(["serve", "--config"])
            .arg(&config)
            .env("BENCH_KEY", KEY)
            .env("TOKIO_WORKER_THREADS", "1")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        out.read_line(&mut line).await.unwrap();
        let ready: Value = serde_json::from_str(&line).expect("a ready line");
        let url = ready["url"].as_str().unwrap();
        let address = url.strip_prefix("http://").unwrap().parse().unwrap();
        Self { address, child, authorization: format!("Bearer {}", token()) }
    }

    /// Creates a process.
    pub async fn create(&self) -> String {
        let body = json!({ "initiator": { "type": "NON_PERSON", "name": "Bench" } }).to_string();
        let request = format!(
            "POST /api/process HTTP/1.1\r\nHost: relay.example\r\nAuthorization: {}\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
            self.authorization,
            body.len()
        );
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");
        PROCESS.to_owned()
    }

    pub fn small(&self, _process: &str) -> Vec<u8> {
        small(&self.authorization)
    }

    pub async fn stop(mut self) {
        let pid = self.child.id().unwrap().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().await.unwrap().success());
        self.child.wait().await.unwrap();
    }
}

fn token() -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let claims =
        json!({ "iss": "bench", "aud": "relay", "sub": "anna", "iat": now, "exp": now + 7200 });
    let key = jsonwebtoken::EncodingKey::from_secret(KEY.as_bytes());
    jsonwebtoken::encode(&jsonwebtoken::Header::default(), &claims, &key).unwrap()
}

impl Peer {
    pub async fn relay(origin: &Origin, log: &str) -> Self {
        let relay = Relay::start(origin, log, &[]).await;
        relay.create().await;
        Self {
            name: "relay",
            address: relay.address,
            pid: relay.child.id().unwrap(),
            small: small(&relay.authorization),
            upload: upload(&relay.authorization),
            _child: relay.child,
        }
    }

    pub async fn others(origin: &Origin) -> Vec<Self> {
        let scripts = concat!(env!("CARGO_MANIFEST_DIR"), "/../../bench/relay");
        vec![
            Self::nginx(origin).await,
            Self::haproxy(origin).await,
            Self::node(origin, "http-proxy", &format!("{scripts}/http-proxy.mjs")).await,
            Self::node(origin, "@fastify/http-proxy", &format!("{scripts}/fastify.mjs")).await,
        ]
    }

    async fn started(name: &'static str, port: u16, mut command: Command) -> Self {
        let child = command.stdout(Stdio::null()).spawn().unwrap();
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        listening(address).await;
        let pid = child.id().unwrap();
        let (small, upload) = (small("Bearer of-the-caller"), upload("Bearer of-the-caller"));
        Self { name, address, pid, small, upload, _child: child }
    }

    async fn nginx(origin: &Origin) -> Self {
        let (port, folder) = (free_port().await, folder());
        let (at, here) = (origin.address, folder.display());
        let text = format!(
            "daemon off; master_process off; worker_processes 1; pid {here}/nginx.pid;
            error_log stderr crit;
            events {{ worker_connections 4096; }}
            http {{
                access_log off; keepalive_requests 100000000; client_max_body_size 64m;
                client_body_temp_path {here}/b; proxy_temp_path {here}/p;
                fastcgi_temp_path {here}/f; uwsgi_temp_path {here}/u; scgi_temp_path {here}/s;
                upstream origin {{ server {at}; keepalive 512; keepalive_requests 100000000; }}
                server {{
                    listen 127.0.0.1:{port};
                    location / {{
                        proxy_pass http://origin/system/; proxy_http_version 1.1;
                        proxy_set_header Connection \"\"; proxy_set_header Authorization \"Bearer t\";
                        proxy_request_buffering off; proxy_buffering off;
                    }}
                }}
            }}"
        );
        let file = folder.join("nginx.conf");
        std::fs::write(&file, text).unwrap();
        let mut command = pinned("/usr/sbin/nginx");
        command.arg("-c").arg(file).arg("-p").arg(folder).stderr(Stdio::null());
        Self::started("nginx", port, command).await
    }

    async fn haproxy(origin: &Origin) -> Self {
        let port = free_port().await;
        let at = origin.address;
        let text = format!(
            "global
    nbthread 1
defaults
    mode http
    timeout connect 3s
    timeout client 60s
    timeout server 60s
    http-reuse always
frontend in
    bind 127.0.0.1:{port}
    http-request set-path /system%[path]
    http-request set-header Authorization \"Bearer t\"
    default_backend out
backend out
    server origin {at}
"
        );
        let file = folder().join("haproxy.cfg");
        std::fs::write(&file, text).unwrap();
        let mut command = pinned("/usr/sbin/haproxy");
        command.arg("-db").arg("-f").arg(file).stderr(Stdio::null());
        Self::started("haproxy", port, command).await
    }

    async fn node(origin: &Origin, name: &'static str, script: &str) -> Self {
        let port = free_port().await;
        let mut command = pinned("node");
        command.arg(script).arg(port.to_string()).arg(format!("http://{}/system", origin.address));
        Self::started(name, port, command).await
    }
}
