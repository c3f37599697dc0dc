//! Backpressure: the relay reads no faster than the other side, and ends connections that are too slow.

use super::support::platform::Canned;
use super::support::{HOST, RelayHarness, bearer};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use swisscom_sign_relay::config::ConfigDuration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Characters of the largest file in Base64, a little less than 56 MiB.
const CHARACTERS: usize = 55_924_052;
/// Maximum number of bytes in flight: the kernel buffers of two connections.
const UNDER_WAY: u64 = 28 << 20;

const BEFORE: &str = r#"{"name":"a.pdf","contentType":"application/pdf","content":""#;

fn head(id: &str) -> String {
    let auth = bearer("anna");
    let length = BEFORE.len() + CHARACTERS + 2;
    format!(
        "POST /api/process/{id}/attach HTTP/1.1\r\nHost: {HOST}\r\nAuthorization: {auth}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{BEFORE}"
    )
}

async fn answer(stream: &mut TcpStream) -> String {
    let mut answer = String::new();
    let read = stream.read_to_string(&mut answer);
    let _closed = tokio::time::timeout(Duration::from_secs(120), read).await.expect("an answer");
    answer
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn upload_applies_backpressure_of_the_platform() {
    let world = RelayHarness::new().await;
    let id = world.create("anna").await;
    world.platform.bytes_per_second.store(24 << 20, Ordering::SeqCst);
    let before = world.platform.received.load(Ordering::SeqCst);
    let mut stream = TcpStream::connect(world.address).await.unwrap();
    stream.write_all(head(&id).as_bytes()).await.unwrap();
    let piece = vec![b'Q'; 256 * 1024];
    let (mut sent, mut most) = (0, 0);
    while sent < CHARACTERS {
        let length = piece.len().min(CHARACTERS - sent);
        stream.write_all(&piece[..length]).await.unwrap();
        sent += length;
        let received = world.platform.received.load(Ordering::SeqCst) - before;
        most = most.max((sent as u64).saturating_sub(received));
    }
    stream.write_all(b"\"}").await.unwrap();
    let answer = answer(&mut stream).await;
    assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");
    let seen = world.platform.seen().pop().unwrap();
    assert!(seen.complete);
    assert_eq!(seen.bytes as usize, BEFORE.len() + CHARACTERS + 2);
    assert!(most < UNDER_WAY, "{most} bytes were held between the two");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn completes_an_upload_over_a_slow_connection() {
    let world = RelayHarness::new().await;
    let id = world.create("anna").await;
    let mut stream = TcpStream::connect(world.address).await.unwrap();
    stream.write_all(head(&id).as_bytes()).await.unwrap();
    // About 200 Mbit/s, in chunks of any size.
    let piece = vec![b'Q'; 250_007];
    let mut sent = 0;
    while sent < CHARACTERS {
        let length = piece.len().min(CHARACTERS - sent);
        stream.write_all(&piece[..length]).await.unwrap();
        sent += length;
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    stream.write_all(b"\"}").await.unwrap();
    let answer = answer(&mut stream).await;
    assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");
    let seen = world.platform.seen().pop().unwrap();
    assert!(seen.complete);
    assert_eq!(seen.bytes as usize, BEFORE.len() + CHARACTERS + 2);
}

/// Sends continuously, but too slowly for the deadline.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn body_deadline_ends_a_slow_upload() {
    let world = RelayHarness::with(|config| {
        config.server.body_timeout = ConfigDuration(Duration::from_millis(700));
    })
    .await;
    let id = world.create("anna").await;
    world.platform.forget();
    let stream = TcpStream::connect(world.address).await.unwrap();
    let (mut reader, mut writer) = stream.into_split();
    writer.write_all(head(&id).as_bytes()).await.unwrap();
    let trickle = tokio::spawn(async move {
        while writer.write_all(&[b'Q'; 1000]).await.is_ok() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
    let mut answer = String::new();
    let read = reader.read_to_string(&mut answer);
    let _closed = tokio::time::timeout(Duration::from_secs(60), read).await.expect("an end");
    assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
    trickle.abort();
    for _ in 0..100 {
        if world.platform.seen().len() > 1 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let attach = world.platform.seen().pop().unwrap();
    assert!(attach.target.ends_with("/attach") && !attach.complete, "{attach:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn times_out_when_the_platform_reads_too_slowly() {
    let world = RelayHarness::with(|config| {
        config.server.body_timeout = ConfigDuration(Duration::from_millis(700));
        config.upstream.response_header_timeout = ConfigDuration(Duration::from_millis(300));
    })
    .await;
    let id = world.create("anna").await;
    world.platform.bytes_per_second.store(64 * 1024, Ordering::SeqCst);
    let stream = TcpStream::connect(world.address).await.unwrap();
    let (mut reader, mut writer) = stream.into_split();
    writer.write_all(head(&id).as_bytes()).await.unwrap();
    let sender = tokio::spawn(async move {
        let piece = vec![b'Q'; 64 * 1024];
        while writer.write_all(&piece).await.is_ok() {}
    });
    let mut answer = [0; 12];
    let read = reader.read_exact(&mut answer);
    let read = tokio::time::timeout(Duration::from_secs(60), read).await.expect("an end");
    // Unread data can cause the kernel to reset the connection before the response.
    if read.is_ok() {
        let status = String::from_utf8_lossy(&answer[9..]).into_owned();
        assert!(["408", "504"].contains(&status.as_str()), "{status}");
    }
    sender.abort();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn download_applies_backpressure_of_the_client() {
    let world = RelayHarness::new().await;
    let id = world.create("anna").await;
    let process = world.platform.stored(&id).to_string();
    world.platform.then(Canned::json(200, &process));
    let headers = vec![("content-type", "application/pdf".to_owned())];
    world.platform.then(Canned { status: 200, headers, body: "x".repeat(CHARACTERS).into() });
    let auth = bearer("anna");
    let file = super::support::platform::FILE;
    let request = format!(
        "GET /api/process/{id}/file/{file}/content HTTP/1.1\r\nHost: {HOST}\r\nAuthorization: {auth}\r\nConnection: close\r\n\r\n"
    );
    let mut stream = TcpStream::connect(world.address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    // The client does not read: the platform has to stop.
    let sent: Arc<AtomicU64> = Arc::clone(&world.platform.sent);
    let mut last = u64::MAX;
    while last != sent.load(Ordering::SeqCst) || last < 1 << 20 {
        last = sent.load(Ordering::SeqCst);
        tokio::time::sleep(Duration::from_millis(300)).await;
    }
    assert!(last < UNDER_WAY, "{last} bytes were taken from the platform");
    let mut whole = Vec::new();
    stream.read_to_end(&mut whole).await.unwrap();
    let body = whole.windows(4).position(|window| window == b"\r\n\r\n").unwrap() + 4;
    assert_eq!(whole.len() - body, CHARACTERS);
}
