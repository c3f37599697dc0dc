//! Downloads at the speed of the client: limits per caller and in total, and clients that read slowly.

use super::support::platform::FILE;
use super::support::{HOST, RelayHarness, bearer, raw};
use bytes::Bytes;
use http::Request;
use http_body_util::BodyExt;
use hyper_util::rt::{TokioExecutor, TokioIo};
use std::net::SocketAddr;
use std::time::Duration;
use swisscom_sign_relay::config::{ConfigDuration, RelayConfig};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};

/// Larger than the buffers of a connection.
pub const LARGE: usize = 40 << 20;

/// A connection whose kernel buffer does not take a whole file.
pub async fn connect(address: SocketAddr) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(64 * 1024).unwrap();
    socket.connect(address).await.unwrap()
}

pub fn request(user: &str, id: &str) -> String {
    let auth = bearer(user);
    format!(
        "GET /api/process/{id}/file/{FILE}/content HTTP/1.1\r\nHost: {HOST}\r\nAuthorization: {auth}\r\n\r\n"
    )
}

/// A download in progress that the client does not read beyond its status.
struct Download {
    stream: TcpStream,
    status: u16,
}

impl Download {
    async fn begin(world: &RelayHarness, user: &str, id: &str) -> Self {
        let mut stream = connect(world.address).await;
        stream.write_all(request(user, id).as_bytes()).await.unwrap();
        let mut start = [0; 12];
        stream.read_exact(&mut start).await.unwrap();
        let status = std::str::from_utf8(&start[9..]).unwrap().parse().unwrap();
        Self { stream, status }
    }

    /// Reads to the end of the connection; returns the number of bytes.
    async fn rest(mut self) -> usize {
        let mut rest = Vec::new();
        let read = self.stream.read_to_end(&mut rest);
        let _reset = tokio::time::timeout(Duration::from_secs(60), read).await.expect("an end");
        rest.len()
    }
}

async fn admin(world: &RelayHarness, path: &str) -> String {
    let ask = format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    raw(world.relay.admin_address, ask.as_bytes()).await
}

async fn until_metric(world: &RelayHarness, metric: &str) {
    for _ in 0..600 {
        if admin(world, "/metrics").await.lines().any(|line| line == metric) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("never: {metric}\n{}", admin(world, "/metrics").await);
}

async fn with_large_file(change: impl FnOnce(&mut RelayConfig)) -> RelayHarness {
    let world = RelayHarness::with(change).await;
    world.platform.state.lock().unwrap().file = vec![b'x'; LARGE].into();
    world
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn slow_downloads_of_one_caller_do_not_affect_other_callers() {
    let world = with_large_file(|_| {}).await;
    let (annas, bertas) = (world.create("anna").await, world.create("berta").await);
    let mut downloads = tokio::task::JoinSet::new();
    let world = std::sync::Arc::new(world);
    for _ in 0..128 {
        let (world, annas) = (std::sync::Arc::clone(&world), annas.clone());
        downloads.spawn(async move { Download::begin(&world, "anna", &annas).await });
    }
    let downloads = downloads.join_all().await;
    let open = downloads.iter().filter(|download| download.status == 200).count();
    let refused = downloads.iter().filter(|download| download.status == 429).count();
    assert_eq!((open, refused), (4, 124));
    for _ in 0..24 {
        let reply = world.get("berta", &format!("/api/process/{bertas}/status")).await;
        assert_eq!(reply.status, 200, "{}", reply.text());
    }
    let path = format!("/api/process/{bertas}/file/{FILE}/content");
    assert_eq!(world.get("berta", &path).await.body.len(), LARGE);
    let path = format!("/api/process/{annas}/status");
    assert_eq!(world.get("anna", &path).await.status, 200, "her other requests are unaffected");
    until_metric(&world, "relay_in_flight 4").await;
    until_metric(&world, r#"relay_concurrency{kind="downloads"} 4"#).await;
    until_metric(&world, r#"relay_concurrency{kind="requests"} 0"#).await;
    drop(downloads);
    until_metric(&world, "relay_in_flight 0").await;
    until_metric(&world, r#"relay_concurrency{kind="downloads"} 0"#).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn limits_concurrent_downloads_of_all_callers() {
    let world = with_large_file(|config| config.upstream.max_concurrent_downloads = 1).await;
    let (annas, bertas) = (world.create("anna").await, world.create("berta").await);
    let download = Download::begin(&world, "anna", &annas).await;
    let path = format!("/api/process/{bertas}/file/{FILE}/content");
    let refused = world.get("berta", &path).await;
    assert_eq!((refused.status, refused.code().as_str()), (503, "overloaded"));
    assert!(refused.text().contains("downloads"), "{}", refused.text());
    let reply = world.get("berta", &format!("/api/process/{bertas}/status")).await;
    assert_eq!(reply.status, 200, "other requests are unaffected");
    let ready = admin(&world, "/readyz").await;
    assert!(ready.starts_with("HTTP/1.1 200"), "{ready}");
    assert!(ready.contains("overloaded: 1 of 1 downloads in progress"), "{ready}");
    drop(download);
    until_metric(&world, r#"relay_concurrency{kind="downloads"} 0"#).await;
    assert_eq!(world.get("berta", &path).await.status, 200);
    assert!(!admin(&world, "/readyz").await.contains("overloaded"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ends_the_download_of_a_client_that_stops_reading() {
    let world = with_large_file(|config| {
        config.server.body_idle_timeout = ConfigDuration(Duration::from_millis(500));
        config.limits.downloads_per_user = 1;
    })
    .await;
    let id = world.create("anna").await;
    let download = Download::begin(&world, "anna", &id).await;
    assert_eq!(download.status, 200);
    until_metric(&world, r#"relay_downloads_total{result="slow_client"} 1"#).await;
    until_metric(&world, "relay_in_flight 0").await;
    let path = format!("/api/process/{id}/file/{FILE}/content");
    assert_eq!(world.get("anna", &path).await.body.len(), LARGE, "the permit is released");
    assert!(download.rest().await < LARGE);
}

/// Each read makes progress, so the idle timeout alone would not end this download.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ends_a_download_below_the_minimum_rate() {
    let world = with_large_file(|config| {
        config.server.body_idle_timeout = ConfigDuration(Duration::from_secs(3));
        config.server.min_download_rate = 1 << 40;
    })
    .await;
    let id = world.create("anna").await;
    let mut download = Download::begin(&world, "anna", &id).await;
    let mut buffer = vec![0; 64 * 1024];
    let mut read = 0;
    while let Ok(count @ 1..) = download.stream.read(&mut buffer).await {
        read += count;
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(read < LARGE, "{read} bytes");
    until_metric(&world, r#"relay_downloads_total{result="slow_client"} 1"#).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn completes_downloads_of_clients_that_read_steadily() {
    let world = with_large_file(|config| {
        config.server.body_idle_timeout = ConfigDuration(Duration::from_secs(5));
    })
    .await;
    let id = world.create("anna").await;
    let path = format!("/api/process/{id}/file/{FILE}/content");
    for _ in 0..2 {
        assert_eq!(world.get("anna", &path).await.body.len(), LARGE);
    }
    until_metric(&world, r#"relay_downloads_total{result="complete"} 2"#).await;
}

/// Resets the stream, and leaves the other streams of the connection alone.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn resets_an_http2_stream_that_the_client_does_not_read() {
    let made = rcgen::generate_simple_self_signed(vec![HOST.to_owned()]).unwrap();
    let at = std::env::temp_dir().join(format!("relay-h2-download-{}", std::process::id()));
    std::fs::create_dir_all(&at).unwrap();
    let (cert, key) = (at.join("tls.crt"), at.join("tls.key"));
    std::fs::write(&cert, made.cert.pem()).unwrap();
    std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
    let world = with_large_file(|config| {
        config.server.tls_cert_file = Some(cert);
        config.server.tls_key_file = Some(key);
        config.server.body_idle_timeout = ConfigDuration(Duration::from_millis(500));
    })
    .await;
    // The harness speaks HTTP/1 without TLS: create over HTTP/2, too.
    let stream = TcpStream::connect(world.address).await.unwrap();
    let stream = super::tls::over_tls(stream, made.cert.der(), b"h2").await;
    let (mut sender, connection) =
        hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(stream))
            .await
            .unwrap();
    tokio::spawn(connection);
    let ask = |method: &str, path: &str, body: String| {
        Request::builder()
            .method(method)
            .uri(format!("https://{HOST}{path}"))
            .header("authorization", bearer("anna"))
            .header("content-type", "application/json")
            .body(http_body_util::Full::new(Bytes::from(body)))
            .unwrap()
    };
    let body = super::support::process("anna").to_string();
    let created = sender.send_request(ask("POST", "/api/process", body)).await.unwrap();
    let created = created.into_body().collect().await.unwrap().to_bytes();
    let created: serde_json::Value = serde_json::from_slice(&created).unwrap();
    let id = created["id"].as_str().unwrap().to_owned();
    let path = format!("/api/process/{id}/file/{FILE}/content");
    let stalled = sender.send_request(ask("GET", &path, String::new())).await.unwrap();
    assert_eq!(stalled.status(), 200);
    until_metric(&world, r#"relay_downloads_total{result="slow_client"} 1"#).await;
    until_metric(&world, "relay_in_flight 0").await;
    let path = format!("/api/process/{id}/status");
    let status = sender.send_request(ask("GET", &path, String::new())).await.unwrap();
    assert_eq!(status.status(), 200, "the connection is still open");
    let error = stalled.into_body().collect().await.unwrap_err();
    assert!(format!("{error:?}").contains("CANCEL"), "{error:?}");
    std::fs::remove_dir_all(at).unwrap();
}
