//! The program with low limits of file descriptors.

use super::cli::{address, ready, terminate, write};
use super::support::{HOST, Keycloak, PlatformStub, bearer, process, raw};
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::process::{Child, Command};

/// Descriptors for everything but the connections of callers, with the defaults.
const RESERVED: usize = 2 * 128 + 32 + 2 * 64 + 64 + 64;

async fn serve(ulimit: &str) -> (Arc<PlatformStub>, Child) {
    let keycloak = Keycloak::start().await;
    let platform = PlatformStub::start(keycloak.state()).await;
    let file = write(&keycloak, &platform, "info");
    let mut command = Command::new("/bin/sh");
    command.args(["-c", &format!("ulimit {ulimit}; exec \"$0\" serve --config \"$1\"")]);
    command.arg(env!("CARGO_BIN_EXE_swisscom-sign-relay")).arg(file);
    command.env_clear().env("CLIENT_ID", "client").kill_on_drop(true);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    (platform, command.spawn().unwrap())
}

async fn log(child: Child) -> String {
    let out = terminate(child).await;
    assert!(out.status.success(), "{out:?}");
    String::from_utf8(out.stderr).unwrap()
}

#[tokio::test]
async fn raises_the_soft_limit() {
    let (_platform, mut child) = serve("-Sn 256").await;
    ready(&mut child).await;
    let limits = std::fs::read_to_string(format!("/proc/{}/limits", child.id().unwrap())).unwrap();
    let line = limits.lines().find(|line| line.starts_with("Max open files")).unwrap();
    let numbers: Vec<_> = line.split_ascii_whitespace().skip(3).take(2).collect();
    assert_eq!(numbers[0], numbers[1], "{line}");
    let hard: usize = numbers[1].parse().unwrap();
    assert!(hard >= 2048 + RESERVED, "this machine's own limit is too low for the test");
    assert!(!log(child).await.contains("file descriptors"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn limits_connections_to_a_low_fd_limit() {
    let room = 60;
    let (_platform, mut child) = serve(&format!("-n {}", RESERVED + room)).await;
    let at = address(&ready(&mut child).await, "url");
    // A caller that connects before many idle connections.
    let body = process("anna").to_string();
    let auth = bearer("anna");
    let head = format!(
        "POST /api/process HTTP/1.1\r\nHost: {HOST}\r\nAuthorization: {auth}\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    let mut first = TcpStream::connect(at).await.unwrap();
    first.write_all(head.as_bytes()).await.unwrap();
    // Connections beyond the kernel's backlog fail.
    let mut herd = tokio::task::JoinSet::new();
    for _ in 0..RESERVED + room + 50 {
        herd.spawn(tokio::time::timeout(Duration::from_secs(1), TcpStream::connect(at)));
    }
    let herd = herd.join_all().await;
    let open = || std::fs::read_dir(format!("/proc/{}/fd", child.id().unwrap())).unwrap().count();
    assert!((room..room + 40).contains(&open()), "{} descriptors", open());
    // A descriptor is left for the request to the platform.
    first.write_all(body.as_bytes()).await.unwrap();
    let mut answer = String::new();
    tokio::io::AsyncReadExt::read_to_string(&mut first, &mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");
    drop(herd);
    let status = "GET /relay/session HTTP/1.1\r\n";
    let again =
        format!("{status}Host: {HOST}\r\nAuthorization: {auth}\r\nConnection: close\r\n\r\n");
    assert!(raw(at, again.as_bytes()).await.starts_with("HTTP/1.1 200"));
    let log = log(child).await;
    let warning = log.lines().find(|line| line.contains("RLIMIT_NOFILE")).expect("a warning");
    for part in ["WARN", "LimitNOFILE", "max_connections = 2048", "limited to 60"] {
        assert!(warning.contains(part), "{part}: {warning}");
    }
    assert!(!log.contains("accept failed"), "{log}");
}

#[tokio::test]
async fn fails_at_start_when_the_fd_limit_is_too_low() {
    let (_platform, child) = serve("-n 100").await;
    let end = tokio::time::timeout(Duration::from_secs(20), child.wait_with_output());
    let out = end.await.unwrap().unwrap();
    assert_eq!(out.status.code(), Some(1));
    assert!(out.stdout.is_empty());
    let stderr = String::from_utf8(out.stderr).unwrap();
    assert!(
        stderr.contains("RLIMIT_NOFILE") && stderr.contains("100 file descriptors"),
        "{stderr}"
    );
}
