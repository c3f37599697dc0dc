//! Uploads and downloads are validated and streamed.

use super::support::platform::{FILE, PDF};
use super::support::{HOST, RelayHarness, TestResponse, attachment, bearer};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const DESCRIPTION: &str = r#"{"name":"a.pdf","externalIdentifier":"f-1"}"#;

async fn upload(world: &RelayHarness, id: &str, description: &str, file: Vec<u8>) -> TestResponse {
    let auth = bearer("anna");
    let headers = [
        ("authorization", auth.as_str()),
        ("content-type", "application/pdf"),
        ("relay-file", description),
    ];
    let headers = if description.is_empty() { &headers[..2] } else { &headers[..] };
    world.request("POST", &format!("/relay/process/{id}/file"), headers, file).await
}

fn pdf(length: usize) -> Vec<u8> {
    let mut file = b"%PDF-1.7\n".to_vec();
    file.extend((file.len()..length).map(|n| (n % 251) as u8));
    file
}

#[tokio::test]
async fn encodes_a_raw_file_as_the_contracts_json() {
    let world = RelayHarness::new().await;
    let id = world.create("anna").await;
    for length in [9, 10, 11, 1024, 40_000] {
        world.platform.forget();
        let file = pdf(length);
        let reply = upload(&world, &id, DESCRIPTION, file.clone()).await;
        assert_eq!(reply.status, 201, "{}", reply.text());
        let seen = world.platform.seen();
        let attach = seen.last().unwrap();
        assert_eq!(attach.target, format!("/system/api/process/{id}/attach"));
        let announced: u64 = attach.headers["content-length"].to_str().unwrap().parse().unwrap();
        assert_eq!(announced, attach.bytes, "exact length");
        let sent: Value = serde_json::from_str(&attach.body).unwrap();
        assert_eq!(sent["name"], "a.pdf");
        assert_eq!(sent["externalIdentifier"], "f-1");
        assert_eq!(sent["contentType"], "application/pdf");
        assert_eq!(STANDARD.decode(sent["content"].as_str().unwrap()).unwrap(), file);
    }
}

#[tokio::test]
async fn rejects_malformed_uploads() {
    let world = RelayHarness::new().await;
    let id = world.create("anna").await;
    let large = swisscom_sign::preflight::attach::MAX_FILE_BYTES + 1;
    for (description, file, status) in [
        ("", pdf(100), 422),
        (r#"{"name":"a","content":"QUJD"}"#, pdf(100), 422),
        (r#"{"name":"a","name":"b"}"#, pdf(100), 400),
        (DESCRIPTION, b"PK\x03\x04 not a pdf".to_vec(), 415),
        (DESCRIPTION, [vec![b'x'; 1024], pdf(100)].concat(), 415),
        (DESCRIPTION, Vec::new(), 415),
        (DESCRIPTION, vec![0; large as usize], 413),
    ] {
        world.platform.forget();
        let reply = upload(&world, &id, description, file).await;
        assert_eq!(reply.status, status, "{description}: {}", reply.text());
        assert!(world.platform.seen().iter().all(|seen| seen.method == "GET"));
    }
    let auth = bearer("anna");
    let chunked = format!(
        "POST /relay/process/{id}/file HTTP/1.1\r\nHost: {HOST}\r\nAuthorization: {auth}\r\nContent-Type: application/pdf\r\nRelay-File: {DESCRIPTION}\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
    );
    assert!(world.raw(chunked.as_bytes()).await.starts_with("HTTP/1.1 411"));
}

async fn attach(world: &RelayHarness, id: &str, body: String) -> TestResponse {
    let auth = bearer("anna");
    let headers = [("authorization", auth.as_str()), ("content-type", "application/json")];
    world.request("POST", &format!("/api/process/{id}/attach"), &headers, body).await
}

#[tokio::test]
async fn forwards_valid_json_unchanged() {
    let world = RelayHarness::new().await;
    let id = world.create("anna").await;
    let content = STANDARD.encode(pdf(300_000));
    let good = attachment().to_string().replace("JVBERi0xLjc=", &content);
    world.platform.forget();
    let reply = attach(&world, &id, good.clone()).await;
    assert_eq!(reply.status, 201, "{}", reply.text());
    let attached = world.platform.seen().pop().unwrap();
    assert_eq!(attached.bytes, good.len() as u64);
    assert!(attached.complete);
    let tail = |more: &str| format!("{}{more}}}", &good[..good.len() - 1]);
    for (body, status) in [
        (tail(",\"name\":\"b\""), 400),
        (tail(",\"content\":\"QUJD\""), 400),
        (tail(",\"x\":1"), 422),
        (tail(",\"id\":\"6f1a5c4d-2d9a-4f12-a1c5-bc6e2bcb2d6a\""), 422),
        (good[..good.len() - 1].to_owned(), 400),
        (format!("{good} {{}}"), 400),
        (good.replace(&content[1000..1004], "\\n=="), 400),
    ] {
        world.platform.forget();
        let reply = attach(&world, &id, body).await;
        assert_eq!(reply.status, status, "{}", reply.text());
        tokio::time::sleep(Duration::from_millis(50)).await;
        for seen in world.platform.seen().iter().filter(|seen| seen.method == "POST") {
            assert!(!seen.complete, "the platform took it for whole");
        }
    }
}

/// A client disconnects during the upload.
#[tokio::test]
async fn truncated_upload_is_incomplete_at_the_platform() {
    let world = RelayHarness::new().await;
    let id = world.create("anna").await;
    world.platform.forget();
    let auth = bearer("anna");
    let head = format!(
        "POST /relay/process/{id}/file HTTP/1.1\r\nHost: {HOST}\r\nAuthorization: {auth}\r\nContent-Type: application/pdf\r\nRelay-File: {DESCRIPTION}\r\nContent-Length: 1000000\r\n\r\n"
    );
    let mut stream = TcpStream::connect(world.address).await.unwrap();
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(&pdf(500_000)).await.unwrap();
    tokio::time::sleep(Duration::from_millis(200)).await;
    drop(stream);
    tokio::time::sleep(Duration::from_millis(300)).await;
    let seen = world.platform.seen();
    let attach = seen.iter().find(|seen| seen.method == "POST").expect("it had begun");
    assert!(!attach.complete && attach.bytes > 0, "{attach:?}");
}

#[tokio::test]
async fn downloads_only_files_of_the_process() {
    let world = RelayHarness::new().await;
    let id = world.create("anna").await;
    for file in [FILE, "file-1"] {
        let reply = world.get("anna", &format!("/api/process/{id}/file/{file}/content")).await;
        assert_eq!(reply.status, 200);
        assert_eq!(&reply.body[..], PDF);
        let reply = world.get("anna", &format!("/api/process/{id}/file/{file}")).await;
        assert_eq!(reply.json(), attachment());
    }
    world.platform.forget();
    let other = "22222222-2222-4222-8222-222222222222";
    for path in [format!("{other}/content"), other.into(), "file-2".into()] {
        let reply = world.get("anna", &format!("/api/process/{id}/file/{path}")).await;
        assert_eq!((reply.status, reply.code().as_str()), (404, "not_found"));
    }
    assert!(world.platform.seen().iter().all(|seen| !seen.target.contains("/file/")));
}

/// Thirty-two concurrent uploads of maximum size.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn streams_large_files_in_constant_memory() {
    let world = RelayHarness::new().await;
    let id = world.create("anna").await;
    let auth = bearer("anna");
    // Warm up, so that only additional memory is measured.
    push(&world, &id, &auth, 1 << 20).await;
    let before = resident();
    let peak = std::sync::Arc::new(std::sync::atomic::AtomicU64::new(0));
    let watched = std::sync::Arc::clone(&peak);
    let watcher = tokio::spawn(async move {
        loop {
            watched.fetch_max(resident(), std::sync::atomic::Ordering::SeqCst);
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
    let uploads = (0..8).map(|_| push(&world, &id, &auth, 41_943_039));
    futures_join(uploads).await;
    watcher.abort();
    let growth = peak.load(std::sync::atomic::Ordering::SeqCst).saturating_sub(before);
    // Client, relay and platform run in this process; one buffered file would be 56 MiB.
    assert!(growth < 40 << 20, "grew by {} MiB", growth >> 20);
}

async fn futures_join(uploads: impl Iterator<Item = impl Future<Output = ()>>) {
    let mut all: Vec<_> = uploads.map(Box::pin).collect();
    std::future::poll_fn(move |cx| {
        all.retain_mut(|upload| upload.as_mut().poll(cx).is_pending());
        if all.is_empty() { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
    })
    .await;
}

async fn push(world: &RelayHarness, id: &str, auth: &str, length: usize) {
    let head = format!(
        "POST /relay/process/{id}/file HTTP/1.1\r\nHost: {HOST}\r\nAuthorization: {auth}\r\nContent-Type: application/pdf\r\nRelay-File: {DESCRIPTION}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n"
    );
    let mut stream = TcpStream::connect(world.address).await.unwrap();
    stream.write_all(head.as_bytes()).await.unwrap();
    let piece = pdf(64 * 1024);
    let mut left = length;
    while left > 0 {
        let now = left.min(piece.len());
        stream.write_all(&piece[..now]).await.unwrap();
        left -= now;
    }
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");
}

/// Resident memory of this process, in bytes.
fn resident() -> u64 {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap();
    statm.split(' ').nth(1).unwrap().parse::<u64>().unwrap() * 4096
}
