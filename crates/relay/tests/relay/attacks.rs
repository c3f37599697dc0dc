//! Malformed requests over raw sockets, which a client library would not send.

use super::support::{HOST, RelayHarness, bearer};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

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
    use swisscom_sign_relay::config::ConfigDuration;
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
    use swisscom_sign_relay::config::ConfigDuration;
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
