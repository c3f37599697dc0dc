//! Graceful shutdown: requests in flight are completed.

use super::support::{HOST, RelayHarness, bearer, raw};
use std::time::Duration;
use swisscom_sign_relay::config::ConfigDuration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn finishes_a_running_upload() {
    let world = RelayHarness::new().await;
    let id = world.create("anna").await;
    let auth = bearer("anna");
    let length = 300_000;
    let head = format!(
        "POST /relay/process/{id}/file HTTP/1.1\r\nHost: {HOST}\r\nAuthorization: {auth}\r\nContent-Type: application/pdf\r\nRelay-File: {{\"name\":\"a.pdf\"}}\r\nContent-Length: {length}\r\n\r\n%PDF-1.7\n"
    );
    let mut stream = TcpStream::connect(world.address).await.unwrap();
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut idle = TcpStream::connect(world.address).await.unwrap();
    tokio::time::sleep(Duration::from_millis(100)).await;
    let (address, admin) = (world.address, world.relay.admin_address);
    let drain = tokio::spawn(world.relay.drain());
    // Idle connections are closed, new ones are rejected, and readiness reports the drain.
    let mut nothing = Vec::new();
    idle.read_to_end(&mut nothing).await.unwrap();
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert!(TcpStream::connect(address).await.is_err(), "no new connections");
    let ready = raw(admin, b"GET /readyz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await;
    assert!(ready.contains("draining"), "{ready}");
    stream.write_all(&vec![b'x'; length - 9]).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");
    assert!(answer.contains("connection: close"), "{answer}");
    assert_eq!(drain.await.unwrap(), 0);
}

#[tokio::test]
async fn aborts_requests_after_the_drain_timeout() {
    let world = RelayHarness::with(|config| {
        config.server.drain_timeout = ConfigDuration(Duration::from_millis(300));
    })
    .await;
    let auth = bearer("anna");
    let head = format!(
        "POST /api/process HTTP/1.1\r\nHost: {HOST}\r\nAuthorization: {auth}\r\nContent-Type: application/json\r\nContent-Length: 10\r\n\r\n{{"
    );
    let mut stream = TcpStream::connect(world.address).await.unwrap();
    stream.write_all(head.as_bytes()).await.unwrap();
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(world.relay.drain().await, 1);
}
