//! Malformed requests over raw sockets, which a client library would not send.

use super::support::{HOST, RelayHarness, bearer};
use std::net::SocketAddr;
use std::time::{Duration, Instant};
use swisscom_sign_relay::config::{ConfigDuration, Rate};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};

fn status(answer: &str) -> u16 {
    answer.split(' ').nth(1).and_then(|code| code.parse().ok()).unwrap_or(0)
}

#[tokio::test]
async fn rejects_ambiguous_framing() {
    let world = RelayHarness::new().await;
    let auth = format!("Authorization: {}", bearer("anna"));
    let host = format!("Host: {HOST}");
    for (name, lines, wanted) in [
        ("good", vec![host.as_str(), auth.as_str()], 404),
        ("no Host", vec![auth.as_str()], 400),
        ("empty Host", vec!["Host:", auth.as_str()], 400),
        ("two Hosts", vec![host.as_str(), host.as_str(), auth.as_str()], 400),
        ("another Host", vec!["Host: evil.example", auth.as_str()], 421),
        ("Host with a port", vec!["Host: relay.example:8080", auth.as_str()], 421),
        ("Host with credentials", vec!["Host: a@relay.example", auth.as_str()], 400),
        ("two lengths", vec![host.as_str(), "Content-Length: 1", "Content-Length: 2"], 400),
        ("lengths that differ in one line", vec![host.as_str(), "Content-Length: 1, 2"], 400),
        (
            "length and chunks",
            vec![host.as_str(), "Content-Length: 5", "Transfer-Encoding: chunked"],
            0,
        ),
        ("xchunked", vec![host.as_str(), "Transfer-Encoding: xchunked"], 400),
        ("space before the colon", vec![host.as_str(), "Content-Length : 1"], 400),
        ("folded line", vec![host.as_str(), "X-A: b", " c"], 400),
        ("two Authorizations", vec![host.as_str(), auth.as_str(), auth.as_str()], 400),
        ("a folded name", vec![host.as_str(), "X-Forwarded-For: 1", "X_Forwarded_For: 2"], 400),
        ("compressed", vec![host.as_str(), auth.as_str(), "Content-Encoding: gzip"], 415),
        ("upgrade", vec![host.as_str(), auth.as_str(), "Connection: Upgrade", "Upgrade: h2c"], 404),
    ] {
        let request = format!("GET /nowhere HTTP/1.1\r\n{}\r\n\r\n", lines.join("\r\n"));
        let answer = world.raw(request.as_bytes()).await;
        if wanted == 0 {
            // RFC 9112 section 6.3: a response is allowed, but not the reuse of the connection.
            let smuggled = format!(
                "{}0\r\n\r\nGET /relay/session HTTP/1.1\r\n{host}\r\n{auth}\r\n\r\n",
                request
            );
            let answer = world.raw(smuggled.as_bytes()).await;
            assert_eq!(answer.matches("HTTP/1.1 ").count(), 1, "{name}: {answer}");
            assert_ne!(status(&answer), 200, "{name}: {answer}");
        } else {
            assert_eq!(status(&answer), wanted, "{name}: {answer}");
        }
    }
    assert!(world.platform.seen().is_empty(), "nothing reaches the platform");
}

#[tokio::test]
async fn rejects_malformed_request_targets() {
    let world = RelayHarness::new().await;
    let auth = bearer("anna");
    let id = world.create("anna").await;
    world.platform.forget();
    for (target, wanted) in [
        ("http://evil.example/api/process".to_owned(), 400),
        (format!("http://{HOST}/relay/session"), 200),
        ("//api/process".into(), 400),
        ("/api//process".into(), 400),
        ("/api/%2e%2e/process".into(), 400),
        ("/api/../api/process".into(), 400),
        ("/api/./process".into(), 400),
        (format!("/api/process/{id}%2fstatus"), 400),
        (format!("/api/process/{id}%00"), 400),
        (format!("/api/process/{id};x=1"), 400),
        (format!("/api/process/{id}\\status"), 400),
        (format!("/api/process/{id}/..%2f..%2f"), 400),
        (format!("/api/process/{id}%252fstatus"), 400),
        (format!("/api/process/{}", id.to_uppercase().replace('0', "A")), 404),
        (format!("/api/process/{id}/"), 404),
        (format!("/api/process/{id}/status/x"), 404),
        (format!("/API/process/{id}"), 404),
        (format!("/system/api/process/{id}"), 404),
        (format!("/api/process/{id}/file/.."), 400),
        (format!("/api/process/{id}/status?x=1"), 400),
        ("/metrics".into(), 404),
        ("/healthz".into(), 404),
        ("*".into(), 400),
    ] {
        let request =
            format!("GET {target} HTTP/1.1\r\nHost: {HOST}\r\nAuthorization: {auth}\r\n\r\n");
        let answer = world.raw(request.as_bytes()).await;
        assert_eq!(status(&answer), wanted, "{target}: {answer}");
    }
    // A request target has no fragment: it is ignored and not forwarded.
    let request = format!(
        "GET /relay/session#/../api/process HTTP/1.1\r\nHost: {HOST}\r\nAuthorization: {auth}\r\n\r\n"
    );
    let answer = world.raw(request.as_bytes()).await;
    assert!([200, 400].contains(&status(&answer)), "{answer}");
    let connect = world
        .raw(format!("CONNECT evil.example:443 HTTP/1.1\r\nHost: {HOST}\r\n\r\n").as_bytes())
        .await;
    assert_eq!(status(&connect), 501, "{connect}");
    assert!(world.platform.seen().is_empty(), "{:?}", world.platform.seen());
}

#[tokio::test]
async fn ignores_headers_of_untrusted_proxies() {
    let world = RelayHarness::new().await;
    let headers = [
        ("x-forwarded-uri", "/relay/session"),
        ("x-original-url", "/relay/session"),
        ("x-rewrite-url", "/relay/session"),
        ("x-http-method-override", "GET"),
        ("user-agent", "GoogleHC/1.0"),
    ];
    for header in headers {
        let reply = world.request("GET", "/relay/session", &[header], "").await;
        assert_eq!(reply.status, 401, "{header:?}");
        let auth = bearer("anna");
        let reply = world.request("GET", "/nowhere", &[header, ("authorization", &auth)], "").await;
        assert_eq!(reply.status, 404, "{header:?}");
    }
}

#[tokio::test]
async fn rejects_too_many_and_too_large_headers() {
    let world = RelayHarness::new().await;
    let many: String = (0..100).map(|n| format!("X-{n}: y\r\n")).collect();
    let large = format!("X-A: {}\r\n", "x".repeat(20_000));
    for headers in [many, large] {
        let request = format!("GET / HTTP/1.1\r\nHost: {HOST}\r\n{headers}\r\n");
        let answer = world.raw(request.as_bytes()).await;
        assert_eq!(status(&answer), 431, "{answer}");
    }
}

/// Slowloris: incomplete headers, and no data at all.
#[tokio::test]
async fn header_timeout_closes_the_connection() {
    let world = RelayHarness::with(|config| {
        config.server.header_timeout = ConfigDuration(Duration::from_millis(300));
    })
    .await;
    for begun in ["", "GET / HTTP/1.1\r\nHost: relay.example\r\nX-A:"] {
        let mut stream = TcpStream::connect(world.address).await.unwrap();
        stream.write_all(begun.as_bytes()).await.unwrap();
        let mut rest = Vec::new();
        let closed = tokio::time::timeout(Duration::from_secs(20), stream.read_to_end(&mut rest));
        let since = Instant::now();
        assert!(closed.await.is_ok(), "still open after {:?}: {begun:?}", since.elapsed());
    }
}

#[tokio::test]
async fn idle_timeout_ends_a_stalled_body() {
    let world = RelayHarness::with(|config| {
        config.server.body_idle_timeout = ConfigDuration(Duration::from_millis(300));
    })
    .await;
    let auth = bearer("anna");
    let request = format!(
        "POST /api/process HTTP/1.1\r\nHost: {HOST}\r\nAuthorization: {auth}\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{{"
    );
    let mut stream = TcpStream::connect(world.address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = vec![0; 4096];
    let read = tokio::time::timeout(Duration::from_secs(20), stream.read(&mut answer));
    let read = read.await.expect("an answer").unwrap();
    let answer = String::from_utf8_lossy(&answer[..read]).into_owned();
    assert_eq!(status(&answer), 408, "{answer}");
    assert!(world.platform.seen().is_empty());
}

#[tokio::test]
async fn limits_concurrent_connections() {
    let world = RelayHarness::with(|config| config.server.max_connections = 2).await;
    let _one = TcpStream::connect(world.address).await.unwrap();
    let _two = TcpStream::connect(world.address).await.unwrap();
    tokio::time::sleep(Duration::from_millis(100)).await;
    let request = format!("GET /nowhere HTTP/1.1\r\nHost: {HOST}\r\n\r\n");
    assert_eq!(world.raw(request.as_bytes()).await, "", "the third waits");
    drop(_one);
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(status(&world.raw(request.as_bytes()).await), 404);
}

/// A connection from this loopback address.
async fn connect_from(local: &str, address: SocketAddr) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind(format!("{local}:0").parse().unwrap()).unwrap();
    socket.connect(address).await.unwrap()
}

async fn is_served(mut stream: TcpStream) -> bool {
    let request = format!("GET /nowhere HTTP/1.1\r\nHost: {HOST}\r\nConnection: close\r\n\r\n");
    let _reset = stream.write_all(request.as_bytes()).await;
    let mut answer = Vec::new();
    let _reset = stream.read_to_end(&mut answer).await;
    answer.starts_with(b"HTTP/1.1 404")
}

#[tokio::test]
async fn limits_connections_of_one_address() {
    let world = RelayHarness::with(|config| {
        config.server.max_connections_per_ip = 2;
        config.server.trusted_proxies = vec!["127.0.0.3".parse().unwrap()];
    })
    .await;
    let held = [
        connect_from("127.0.0.1", world.address).await,
        connect_from("127.0.0.1", world.address).await,
    ];
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert!(!is_served(connect_from("127.0.0.1", world.address).await).await);
    assert!(is_served(connect_from("127.0.0.2", world.address).await).await);
    let mut proxied = Vec::new();
    for _ in 0..4 {
        proxied.push(connect_from("127.0.0.3", world.address).await);
    }
    for stream in proxied {
        assert!(is_served(stream).await, "a trusted proxy has no limit");
    }
    drop(held);
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert!(is_served(connect_from("127.0.0.1", world.address).await).await);
}

#[tokio::test]
async fn limits_requests_of_an_ipv6_network() {
    let world = RelayHarness::with(|config| {
        config.server.trusted_proxies = vec!["127.0.0.0/8".parse().unwrap()];
        config.limits.per_ip = Rate { interval: Duration::from_secs(3600), burst: 3 };
    })
    .await;
    let auth = bearer("anna");
    let mut statuses = Vec::new();
    for (network, hosts) in [(1, 5), (2, 1)] {
        for host in 0..hosts {
            let address = format!("[2001:db8:0:{network}::{host}]:4711");
            let headers = [("authorization", auth.as_str()), ("x-forwarded-for", &address)];
            statuses.push(world.request("GET", "/relay/session", &headers, "").await.status);
        }
    }
    assert_eq!(statuses, [200, 200, 200, 429, 429, 200]);
}

/// The formula of the guide, with unfinished headers on every connection.
#[tokio::test]
async fn unauthenticated_connections_use_bounded_memory() {
    const CONNECTIONS: usize = 1000;
    let keycloak = super::support::Keycloak::start().await;
    let platform = super::support::PlatformStub::start(keycloak.state()).await;
    let file = super::cli::write(&keycloak, &platform, "info");
    let mut command = super::cli::command();
    command.env("CLIENT_ID", "client").args(["serve", "--config"]).arg(file);
    let mut child = command.spawn().unwrap();
    let address = super::cli::address(&super::cli::ready(&mut child).await, "url");
    let before = resident(&child);
    let begun = format!("GET / HTTP/1.1\r\nHost: {HOST}\r\nX-A: {}", "x".repeat(15 * 1024));
    let mut held = Vec::new();
    for number in 0..CONNECTIONS {
        let mut stream = connect_from(&format!("127.0.0.{}", 2 + number / 200), address).await;
        stream.write_all(begun.as_bytes()).await.unwrap();
        held.push(stream);
    }
    tokio::time::sleep(Duration::from_secs(1)).await;
    let growth = resident(&child) - before;
    let bound = CONNECTIONS * (16 + 2 * 16);
    assert!(growth < bound, "{growth} KiB, and the bound is {bound} KiB");
    println!("{growth} KiB for {CONNECTIONS} connections");
}

/// Resident memory in KiB.
fn resident(child: &tokio::process::Child) -> usize {
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id().unwrap())).unwrap();
    let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    resident.trim().strip_suffix(" kB").unwrap().parse().unwrap()
}

#[tokio::test]
async fn keeps_idle_connections_longer_than_the_header_timeout() {
    let world = RelayHarness::with(|config| {
        config.server.header_timeout = ConfigDuration(Duration::from_millis(300));
        config.server.keep_alive_timeout = ConfigDuration(Duration::from_secs(3));
    })
    .await;
    let request = format!("GET /nowhere HTTP/1.1\r\nHost: {HOST}\r\n\r\n");
    let mut stream = TcpStream::connect(world.address).await.unwrap();
    let mut answer = vec![0; 4096];
    for _ in 0..3 {
        stream.write_all(request.as_bytes()).await.unwrap();
        let read = stream.read(&mut answer).await.unwrap();
        assert!(answer[..read].starts_with(b"HTTP/1.1 404"), "the connection was closed");
        tokio::time::sleep(Duration::from_millis(900)).await;
    }
    // The headers of the next request never end.
    stream.write_all(b"GET / HTTP/1.1\r\nHost:").await.unwrap();
    let closed = tokio::time::timeout(Duration::from_secs(20), stream.read(&mut answer));
    assert!(matches!(closed.await, Ok(Ok(0) | Err(_))), "still open");
}

#[tokio::test]
async fn closes_idle_connections_after_the_keep_alive_timeout() {
    let world = RelayHarness::with(|config| {
        config.server.keep_alive_timeout = ConfigDuration(Duration::from_millis(300));
    })
    .await;
    let request = format!("GET /nowhere HTTP/1.1\r\nHost: {HOST}\r\n\r\n");
    let mut stream = TcpStream::connect(world.address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    let closed = tokio::time::timeout(Duration::from_secs(20), stream.read_to_end(&mut answer));
    assert!(closed.await.is_ok(), "still open");
    assert!(answer.starts_with(b"HTTP/1.1 404"));
}

/// The client sends the whole body before it reads.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn clients_see_early_refusals_of_large_uploads() {
    let world = RelayHarness::new().await;
    let id = world.create("anna").await;
    let good = bearer("anna");
    let mut expired = super::support::claims("anna");
    expired["exp"] = 1_000_000.into();
    let expired = format!("Bearer {}", super::support::sign(&expired));
    let upload = format!("/relay/process/{id}/file");
    for (path, auth, kind, length, wanted) in [
        (upload.as_str(), expired.as_str(), "application/pdf", 30 << 20, 401),
        (&upload, &good, "application/pdf", 41_943_041, 413),
        (&upload, &good, "text/plain", 30 << 20, 415),
        ("/nowhere", &good, "application/pdf", 30 << 20, 404),
        // Not a PDF: refused after the first bytes.
        (&upload, &good, "application/pdf", 30 << 20, 415),
    ] {
        for _ in 0..3 {
            let head = format!(
                "POST {path} HTTP/1.1\r\nHost: {HOST}\r\nAuthorization: {auth}\r\nContent-Type: {kind}\r\nRelay-File: {{\"name\":\"a.pdf\"}}\r\nContent-Length: {length}\r\n\r\n"
            );
            let mut stream = TcpStream::connect(world.address).await.unwrap();
            stream.write_all(head.as_bytes()).await.unwrap();
            let piece = vec![b'x'; 64 * 1024];
            let mut left = length;
            while left > 0 {
                let now = left.min(piece.len());
                stream.write_all(&piece[..now]).await.expect("the connection stays open");
                left -= now;
            }
            let mut answer = vec![0; 4096];
            let read = stream.read(&mut answer).await.expect("a response");
            let answer = String::from_utf8_lossy(&answer[..read]).into_owned();
            assert_eq!(status(&answer), wanted, "{path} {kind}: {answer}");
        }
    }
}

#[tokio::test]
async fn rejects_a_large_content_length_before_reading() {
    let world = RelayHarness::new().await;
    let id = world.create("anna").await;
    let auth = bearer("anna");
    for (path, kind, length) in [
        ("/api/process".to_owned(), "application/json", 65 * 1024),
        (format!("/api/process/{id}/attach"), "application/json", 60_000_000),
        (format!("/relay/process/{id}/file"), "application/pdf", 41_943_041),
    ] {
        let request = format!(
            "POST {path} HTTP/1.1\r\nHost: {HOST}\r\nAuthorization: {auth}\r\nContent-Type: {kind}\r\nRelay-File: {{\"name\":\"a.pdf\"}}\r\nContent-Length: {length}\r\n\r\n"
        );
        let answer = world.raw(request.as_bytes()).await;
        assert_eq!(status(&answer), 413, "{path}: {answer}");
    }
}

#[tokio::test]
async fn rejects_tokens_longer_than_8_kib() {
    let world = RelayHarness::new().await;
    for (length, wanted) in [(100, 200), (7000, 401)] {
        let mut claims = super::support::claims("anna");
        claims["filler"] = "x".repeat(length).into();
        let auth = format!("Bearer {}", super::support::sign(&claims));
        let reply = world.request("GET", "/relay/session", &[("authorization", &auth)], "").await;
        assert_eq!(reply.status, wanted, "{}", auth.len());
    }
}
