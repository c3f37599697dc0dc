//! The program: output, exit status, and secrets in logs.

use super::support::redis::RedisProcess;
use super::support::{
    CLIENT_SECRET, HOST, Keycloak, OWNER_KEY, PlatformStub, RelayHarness, USER_KEY, bearer,
    process, raw,
};
use serde_json::{Value, json};
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

pub(super) fn command() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_swisscom-sign-relay"));
    command.env_clear().kill_on_drop(true);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn folder() -> PathBuf {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    let name =
        format!("relay-program-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::SeqCst));
    let folder = std::env::temp_dir().join(name);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

pub(super) async fn ready(child: &mut Child) -> Value {
    let mut line = String::new();
    let mut lines = BufReader::new(child.stdout.as_mut().unwrap());
    tokio::time::timeout(Duration::from_secs(20), lines.read_line(&mut line))
        .await
        .unwrap()
        .unwrap();
    serde_json::from_str(&line).unwrap_or_else(|_| panic!("no ready line: {line:?}"))
}

pub(super) async fn terminate(child: Child) -> std::process::Output {
    let pid = child.id().unwrap().to_string();
    assert!(Command::new("kill").arg(pid).status().await.unwrap().success());
    tokio::time::timeout(Duration::from_secs(20), child.wait_with_output()).await.unwrap().unwrap()
}

pub(super) fn address(ready: &Value, name: &str) -> std::net::SocketAddr {
    ready[name].as_str().unwrap().strip_prefix("http://").unwrap().parse().unwrap()
}

/// Configuration file and secret files.
pub(super) fn write(keycloak: &Keycloak, platform: &PlatformStub, log: &str) -> PathBuf {
    let folder = folder();
    for (name, secret) in [("client", CLIENT_SECRET), ("owner", OWNER_KEY), ("user", USER_KEY)] {
        std::fs::write(folder.join(name), secret).unwrap();
    }
    let (token_url, upstream) = (keycloak.url(), platform.address);
    let at = folder.display();
    let text = format!(
        r#"
[server]
listen = "127.0.0.1:0"
admin_listen = "127.0.0.1:0"
public_hosts = ["{HOST}"]
[upstream]
base_url = "http://{upstream}/system"
allow_http_loopback = true
[oauth]
token_url = "{token_url}"
client_id = {{ env = "CLIENT_ID" }}
client_secret = {{ file = "{at}/client" }}
[[auth.issuer]]
iss = "https://issuer.example"
aud = "relay"
hs256_secret = {{ file = "{at}/user" }}
[owner]
keys = [{{ kid = 1, secret = {{ file = "{at}/owner" }} }}]
[policy]
allowed_return_origins = ["https://app.example"]
[log]
filter = "{log}"
"#
    );
    let file = folder.join("relay.toml");
    std::fs::write(&file, text).unwrap();
    file
}

pub(super) struct RelayProgram {
    pub(super) child: Child,
    pub(super) address: std::net::SocketAddr,
}

/// Another replica, as a process of its own.
pub(super) async fn serve_with_redis(world: &RelayHarness, redis: &RedisProcess) -> RelayProgram {
    let file = write(&world.keycloak, &world.platform, "info");
    let url = file.with_file_name("redis");
    std::fs::write(&url, redis.url()).unwrap();
    let text = std::fs::read_to_string(&file).unwrap();
    // As in the other replica: the limits are shared, too.
    let rate = "1000000/s burst 100000";
    let text = format!(
        "{text}\n[redis]\nurl = {{ file = {url:?} }}\ncommand_timeout = \"1s\"\n[limits]\n\
         per_ip = {rate:?}\nper_user = {rate:?}\ncreate_per_user = {rate:?}\n"
    );
    std::fs::write(&file, text).unwrap();
    let mut command = command();
    command.env("CLIENT_ID", "client").args(["serve", "--config"]).arg(file);
    let mut child = command.spawn().unwrap();
    let address = address(&ready(&mut child).await, "url");
    RelayProgram { child, address }
}

#[tokio::test]
async fn does_not_start_without_the_configured_root_certificates() {
    let keycloak = Keycloak::start().await;
    let platform = PlatformStub::start(keycloak.state()).await;
    let file = write(&keycloak, &platform, "info");
    let mut command = command();
    command.env("CLIENT_ID", "client").env("SSL_CERT_FILE", "/nowhere/ca.pem");
    let out = command.args(["serve", "--config"]).arg(file).output();
    let out = tokio::time::timeout(Duration::from_secs(20), out).await.unwrap().unwrap();
    assert_eq!(out.status.code(), Some(1));
    let said = String::from_utf8(out.stderr).unwrap();
    assert!(said.contains("SSL_CERT_FILE") && said.contains("/nowhere/ca.pem"), "{said}");
}

#[tokio::test]
async fn reports_configuration_errors() {
    let out = command().arg("check-config").output().await.unwrap();
    assert_eq!(out.status.code(), Some(1));
    let said = String::from_utf8(out.stderr).unwrap();
    for key in ["server.public_hosts", "oauth.client_id", "owner.keys", "auth.issuer"] {
        assert!(said.contains(key), "{said}");
    }
    let keycloak = Keycloak::start().await;
    let platform = PlatformStub::start(keycloak.state()).await;
    let file = write(&keycloak, &platform, "info");
    let check = |file: PathBuf| async move {
        command()
            .env("CLIENT_ID", "client")
            .arg("check-config")
            .arg("--config")
            .arg(file)
            .output()
            .await
            .unwrap()
    };
    assert!(check(file.clone()).await.status.success());
    std::fs::write(&file, format!("{}\nfitler = 1", std::fs::read_to_string(&file).unwrap()))
        .unwrap();
    let said = String::from_utf8(check(file).await.stderr).unwrap();
    assert!(said.contains("log.fitler"), "{said}");
    let help = command().args(["serve", "--help"]).output().await.unwrap();
    assert!(String::from_utf8(help.stdout).unwrap().contains("SWISSCOM_SIGN_CLIENT_ID"));
}

/// The ready line blocks until it is read; SIGTERM is handled nevertheless.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn handles_sigterm_before_the_ready_line_is_read() {
    use std::io::{Read as _, Write as _};
    let keycloak = Keycloak::start().await;
    let platform = PlatformStub::start(keycloak.state()).await;
    let file = write(&keycloak, &platform, "info");
    let (mut reader, mut writer) = std::io::pipe().unwrap();
    // The capacity of a pipe.
    writer.write_all(&[b' '; 1 << 16]).unwrap();
    let mut child = command()
        .env("CLIENT_ID", "client")
        .args(["serve", "--config"])
        .arg(file)
        .stdout(writer)
        .spawn()
        .unwrap();
    let pid = child.id().unwrap().to_string();
    let handles_sigterm = || {
        let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
        let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:")).unwrap();
        u64::from_str_radix(caught.trim(), 16).unwrap() & 1 << (15 - 1) != 0
    };
    tokio::time::timeout(Duration::from_secs(20), async {
        while !handles_sigterm() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    })
    .await
    .expect("SIGTERM is handled before the ready line is printed");
    assert!(Command::new("kill").arg(&pid).status().await.unwrap().success());
    let line = tokio::task::spawn_blocking(move || {
        let mut printed = String::new();
        reader.read_to_string(&mut printed).unwrap();
        printed
    });
    let end = tokio::time::timeout(Duration::from_secs(20), child.wait()).await.unwrap().unwrap();
    assert!(end.success(), "{end}");
    assert!(serde_json::from_str::<Value>(line.await.unwrap().trim()).is_ok());
}

#[tokio::test]
async fn dev_mode_warns_that_it_is_unsafe() {
    let dev = |listen: &str| {
        let mut command = command();
        command.args(["serve", "--dev", "--listen", listen]);
        command
    };
    let out = dev("127.0.0.1:0").output().await.unwrap();
    assert!(!out.status.success());
    assert!(String::from_utf8(out.stderr).unwrap().contains("SWISSCOM_SIGN_CLIENT_ID"));
    let credentials =
        [("SWISSCOM_SIGN_CLIENT_ID", "client"), ("SWISSCOM_SIGN_CLIENT_SECRET", CLIENT_SECRET)];
    let out = dev("0.0.0.0:0").envs(credentials).output().await.unwrap();
    assert!(!out.status.success(), "loopback only");
    let keycloak = Keycloak::start().await;
    let platform = PlatformStub::start(keycloak.state()).await;
    let upstream = format!("http://{}/system", platform.address);
    let mut child = dev("127.0.0.1:0")
        .envs(credentials)
        .args(["--upstream", &upstream, "--token-url", &keycloak.url()])
        .spawn()
        .unwrap();
    let line = ready(&mut child).await;
    assert!(line["adminUrl"].as_str().unwrap().starts_with("http://127.0.0.1:"));
    let users = line["users"].as_array().unwrap();
    assert_eq!(users.len(), 2);
    let at = address(&line, "url");
    let (anna, berta) = (users[0]["token"].as_str().unwrap(), users[1]["token"].as_str().unwrap());
    let ask = |token: &str, method: &str, path: &str, body: &str| {
        format!(
            "{method} {path} HTTP/1.1\r\nHost: {at}\r\nOrigin: http://localhost:5173\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
            body.len()
        )
    };
    let made =
        raw(at, ask(anna, "POST", "/api/process", &process("anna").to_string()).as_bytes()).await;
    assert!(made.starts_with("HTTP/1.1 201"), "{made}");
    assert!(made.contains("access-control-allow-origin: http://localhost:5173"), "{made}");
    let path = "/api/process/00000000-0000-4000-8000-000000000001";
    assert!(raw(at, ask(anna, "GET", path, "").as_bytes()).await.starts_with("HTTP/1.1 200"));
    assert!(raw(at, ask(berta, "GET", path, "").as_bytes()).await.starts_with("HTTP/1.1 404"));
    let out = terminate(child).await;
    assert!(out.status.success(), "{out:?}");
    assert!(String::from_utf8(out.stderr).unwrap().contains("UNSAFE"));
}

/// At trace level, including all libraries.
#[tokio::test]
async fn log_contains_no_secret() {
    let keycloak = Keycloak::start().await;
    let platform = PlatformStub::start(keycloak.state()).await;
    let file = write(&keycloak, &platform, "trace");
    let sessions = super::introspection::IntrospectionStub::start().await;
    let opaque = format!(
        r#"
[[auth.issuer]]
iss = "https://sessions.example"
aud = "relay"
introspection_url = "{}"
client_id = {{ env = "CLIENT_ID" }}
client_secret = {{ env = "SESSIONS_SECRET" }}
"#,
        sessions.url
    );
    std::fs::write(&file, std::fs::read_to_string(&file).unwrap() + &opaque).unwrap();
    let mut child = command()
        .env("CLIENT_ID", "client")
        .env("SESSIONS_SECRET", "canary-sessions-secret")
        .args(["serve", "--config"])
        .arg(file)
        .spawn()
        .unwrap();
    let mut log = child.stderr.take().unwrap();
    let reader = tokio::spawn(async move {
        let mut text = String::new();
        tokio::io::AsyncReadExt::read_to_string(&mut log, &mut text).await.unwrap();
        text
    });
    let line = ready(&mut child).await;
    let at = address(&line, "url");
    let auth = bearer("canary-subject");
    let id = "00000000-0000-4000-8000-000000000001";
    let mut body = process("canary-subject");
    body["payload"] = "canary-payload".into();
    body["initiator"]["email"] = "canary-mail@example.ch".into();
    let return_url = json!({ "backUrl": "https://app.example/canary-return" });
    let file = super::support::platform::FILE;
    let calls = [
        ("POST", "/api/process".to_owned(), body),
        ("GET", format!("/api/process/{id}"), Value::Null),
        ("POST", format!("/api/process/{id}/setup"), return_url.clone()),
        ("POST", format!("/api/process/{id}/open/canary-subject"), return_url),
        ("POST", format!("/api/process/{id}/open/canary-person"), json!({})),
        ("POST", format!("/api/process/{id}/release"), json!({})),
        ("POST", format!("/api/process/{id}/attach"), super::support::attachment()),
        ("GET", format!("/api/process/{id}/file/{file}/content"), Value::Null),
        ("GET", "/api/process/canary-path?x=canary-query".into(), Value::Null),
        ("POST", "/relay/tickets".into(), json!({ "process": id, "operations": ["open"] })),
    ];
    let ask = async |method: &str, path: &str, body: &Value, auth: &str| {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: {HOST}\r\nAuthorization: {auth}\r\nCookie: canary-cookie=1\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
            body.len()
        );
        raw(at, request.as_bytes()).await
    };
    for (method, path, body) in &calls {
        ask(method, path, body, &auth).await;
    }
    // Revoked and rejected tokens, an invalid token response with a secret, an unauthenticated caller.
    keycloak.set(|state| state.tokens.clear());
    ask("GET", &format!("/api/process/{id}/status"), &Value::Null, &auth).await;
    keycloak.set(|state| {
        state.tokens.clear();
        state.broken = Some((200, "canary-answer".into()));
    });
    ask("GET", &format!("/api/process/{id}/status"), &Value::Null, &auth).await;
    ask("GET", "/api/process", &Value::Null, "Bearer canary.no.body").await;
    // Opaque tokens: accepted, rejected, and an invalid introspection response.
    let mut claims = super::introspection::active();
    claims["sub"] = "canary-subject".into();
    for (number, answer) in
        [claims.to_string(), r#"{"active":false}"#.into(), "canary-answer".into()]
            .iter()
            .enumerate()
    {
        sessions.says(200, answer);
        let auth = format!("Bearer canary-opaque-{number}");
        ask("GET", "/relay/session", &Value::Null, &auth).await;
    }
    terminate(child).await;
    let log = reader.await.unwrap();
    assert!(log.contains("\"route\":\"create\"") && log.contains("\"status\":201"), "{log}");
    assert!(log.contains("\"route\":\"getFileContent\""), "{log}");
    assert!(log.contains("TRACE"), "the libraries talk");
    assert!(log.contains("token introspection failed"), "{log}");
    for line in log.lines() {
        assert!(!line.contains("canary"), "{line}");
        assert!(!line.contains(id), "{line}");
        assert!(!line.contains(auth.strip_prefix("Bearer ").unwrap()), "{line}");
        assert!(!line.contains("app.example"), "{line}");
    }
}

/// Only the secret files are missing.
#[test]
fn example_configuration_is_complete() {
    use swisscom_sign_relay::config::{load, validate};
    let text = include_str!("../../deploy/relay.toml");
    let config = load::parse(text, []).unwrap();
    for wrong in validate::validate(&config) {
        assert!(wrong.contains("/run/secrets/"), "{wrong}");
    }
}
