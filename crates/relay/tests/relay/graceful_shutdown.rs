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

/// The first signal waits for the upload, for up to two minutes.
#[tokio::test]
async fn a_second_signal_ends_the_program_at_once() {
    let keycloak = super::support::Keycloak::start().await;
    let platform = super::support::PlatformStub::start(keycloak.state()).await;
    let file = super::cli::write(&keycloak, &platform, "info");
    let mut command = super::cli::command();
    command.env("CLIENT_ID", "client").args(["serve", "--config"]).arg(file);
    let mut child = command.spawn().unwrap();
    let address = super::cli::address(&super::cli::ready(&mut child).await, "url");
    let auth = bearer("anna");
    let head = format!(
        "POST /api/process HTTP/1.1\r\nHost: {HOST}\r\nAuthorization: {auth}\r\nContent-Type: application/json\r\nContent-Length: 10\r\n\r\n{{"
    );
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(head.as_bytes()).await.unwrap();
    tokio::time::sleep(Duration::from_millis(200)).await;
    let pid = child.id().unwrap().to_string();
    let terminate = async || tokio::process::Command::new("kill").arg(&pid).status().await.unwrap();
    assert!(terminate().await.success());
    while TcpStream::connect(address).await.is_ok() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(child.try_wait().unwrap().is_none(), "the request is in progress");
    assert!(terminate().await.success());
    let end = tokio::time::timeout(Duration::from_secs(20), child.wait_with_output());
    let out = end.await.expect("an end").unwrap();
    assert_eq!(out.status.code(), Some(1));
    let said = String::from_utf8(out.stderr).unwrap();
    assert!(said.contains("second signal"), "{said}");
}

#[tokio::test]
async fn accepts_connections_for_a_moment_after_sigterm_under_kubernetes() {
    let keycloak = super::support::Keycloak::start().await;
    let platform = super::support::PlatformStub::start(keycloak.state()).await;
    let file = super::cli::write(&keycloak, &platform, "info");
    let mut command = super::cli::command();
    command.env("KUBERNETES_SERVICE_HOST", "10.0.0.1").env("CLIENT_ID", "client");
    let mut child = command.args(["serve", "--config"]).arg(file).spawn().unwrap();
    let ready = super::cli::ready(&mut child).await;
    let [address, admin] = ["url", "adminUrl"].map(|name| super::cli::address(&ready, name));
    let pid = child.id().unwrap().to_string();
    let killed = tokio::process::Command::new("kill").arg(&pid).status().await.unwrap();
    assert!(killed.success());
    let ask = b"GET /readyz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    while !raw(admin, ask).await.contains("draining") {}
    let request = format!("GET /nowhere HTTP/1.1\r\nHost: {HOST}\r\n\r\n");
    assert!(raw(address, request.as_bytes()).await.starts_with("HTTP/1.1 404"));
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
