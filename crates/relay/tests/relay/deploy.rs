//! The example deployment with a real nginx; only names, ports and paths are replaced.

use super::support::{HOST, RelayHarness, bearer, start};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use swisscom_sign_relay::config::{Rate, RelayConfig};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::process::{Child, Command};
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::pki_types::CertificateDer;

/// nginx with the configuration of the example.
struct Nginx {
    process: Child,
    folder: PathBuf,
    address: SocketAddr,
    root: CertificateDer<'static>,
}

impl Nginx {
    async fn start(replicas: [SocketAddr; 2]) -> Self {
        static NUMBER: AtomicUsize = AtomicUsize::new(0);
        let name =
            format!("relay-nginx-{}-{}", std::process::id(), NUMBER.fetch_add(1, Ordering::SeqCst));
        let folder = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&folder).unwrap();
        let made = rcgen::generate_simple_self_signed(vec!["relay.example".to_owned()]).unwrap();
        std::fs::write(folder.join("tls.crt"), made.cert.pem()).unwrap();
        std::fs::write(folder.join("tls.key"), made.signing_key.serialize_pem()).unwrap();
        let address = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
        let here = folder.display();
        let mut text = include_str!("../../deploy/nginx.conf").to_owned();
        for (theirs, ours) in [
            ("relay-1:8490", replicas[0].to_string()),
            ("relay-2:8490", replicas[1].to_string()),
            ("listen 443", format!("listen {address}")),
            ("/etc/nginx/tls", here.to_string()),
            (
                "http {",
                format!(
                    "http {{ access_log off; client_body_temp_path {here}/b; proxy_temp_path {here}/p;
                    fastcgi_temp_path {here}/f; uwsgi_temp_path {here}/u; scgi_temp_path {here}/s;"
                ),
            ),
        ] {
            assert!(text.contains(theirs), "{theirs}");
            text = text.replace(theirs, &ours);
        }
        let text =
            format!("daemon off; master_process off; pid {here}/pid; error_log stderr;\n{text}");
        std::fs::write(folder.join("nginx.conf"), text).unwrap();
        let mut process = Command::new("/usr/sbin/nginx")
            .arg("-c")
            .arg(folder.join("nginx.conf"))
            .arg("-p")
            .arg(&folder)
            .stdout(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        while TcpStream::connect(address).await.is_err() {
            assert!(process.try_wait().unwrap().is_none(), "nginx ended");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Self { process, folder, address, root: made.cert.der().clone() }
    }

    async fn connect(&self) -> TlsStream<TcpStream> {
        let stream = super::downloads::connect(self.address).await;
        super::tls::over_tls(stream, &self.root, b"http/1.1").await
    }

    /// Response to a request with `Connection: close`.
    async fn ask(&self, request: String) -> String {
        let mut stream = self.connect().await;
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        // nginx may close the connection without a TLS alert.
        let _end = stream.read_to_end(&mut answer).await;
        String::from_utf8(answer).unwrap()
    }

    async fn stop(mut self) {
        self.process.kill().await.unwrap();
        std::fs::remove_dir_all(self.folder).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn serves_with_two_replicas_behind_nginx() {
    let with = |config: &mut RelayConfig| {
        config.server.trusted_proxies = vec!["127.0.0.1".parse().unwrap()];
        config.limits.per_ip = Rate { interval: Duration::from_secs(3600), burst: 10 };
    };
    let world = RelayHarness::with(with).await;
    let mut config = world.config();
    with(&mut config);
    let second = start(config).await;
    let nginx = Nginx::start([world.address, second.address]).await;
    let auth = bearer("anna");
    let id = world.create("anna").await;
    // A body that nginx would buffer on disk by default.
    let body =
        super::support::attachment().to_string().replace("JVBERi0xLjc=", &"QUJD".repeat(700_000));
    let upload = format!(
        "POST /api/process/{id}/attach HTTP/1.1\r\nHost: {HOST}\r\nAuthorization: {auth}\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    );
    let answer = nginx.ask(upload).await;
    assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");
    assert!(answer.contains("Strict-Transport-Security"), "{answer}");
    // The claimed address is ignored for rate limits; both replicas serve.
    let (mut served, mut refused) = (0, 0);
    for number in 0..30 {
        let answer = nginx.ask(format!(
            "GET /relay/session HTTP/1.1\r\nHost: {HOST}\r\nAuthorization: {auth}\r\nX-Forwarded-For: 10.1.1.{number}\r\nConnection: close\r\n\r\n"
        ))
        .await;
        served += usize::from(answer.starts_with("HTTP/1.1 200"));
        refused += usize::from(answer.starts_with("HTTP/1.1 429"));
    }
    // Ten requests for each replica, minus the create (sent directly) and the upload.
    assert_eq!((served, refused), (18, 12));
    nginx.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn slow_downloads_through_nginx_do_not_affect_other_callers() {
    let world = RelayHarness::new().await;
    world.platform.state.lock().unwrap().file = vec![b'x'; super::downloads::LARGE].into();
    let second = start(world.config()).await;
    let nginx = Nginx::start([world.address, second.address]).await;
    let (annas, bertas) = (world.create("anna").await, world.create("berta").await);
    let (mut downloads, mut refused) = (Vec::new(), 0);
    for _ in 0..260 {
        let mut stream = nginx.connect().await;
        stream.write_all(super::downloads::request("anna", &annas).as_bytes()).await.unwrap();
        let mut start = [0; 12];
        stream.read_exact(&mut start).await.unwrap();
        refused += usize::from(&start[9..] == b"429");
        downloads.push(stream);
    }
    assert_eq!(refused, 260 - 2 * 4, "four for each replica");
    let auth = bearer("berta");
    for _ in 0..12 {
        let answer = nginx
            .ask(format!(
                "GET /api/process/{bertas}/status HTTP/1.1\r\nHost: {HOST}\r\nAuthorization: {auth}\r\nConnection: close\r\n\r\n"
            ))
            .await;
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    }
    nginx.stop().await;
}
