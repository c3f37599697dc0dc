//! The example deployment with a real nginx; only names, ports and paths are replaced.

use super::support::{HOST, RelayHarness, bearer, start};
use std::process::Stdio;
use std::time::Duration;
use swisscom_sign_relay::config::{Rate, RelayConfig};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::process::Command;

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

    let at = std::env::temp_dir().join(format!("relay-nginx-{}", std::process::id()));
    std::fs::create_dir_all(&at).unwrap();
    let made = rcgen::generate_simple_self_signed(vec!["relay.example".to_owned()]).unwrap();
    std::fs::write(at.join("tls.crt"), made.cert.pem()).unwrap();
    std::fs::write(at.join("tls.key"), made.signing_key.serialize_pem()).unwrap();
    let free = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let here = at.display();
    let mut text = include_str!("../../deploy/nginx.conf").to_owned();
    for (theirs, ours) in [
        ("relay-1:8490", world.address.to_string()),
        ("relay-2:8490", second.address.to_string()),
        ("listen 443", format!("listen {free}")),
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
    let text = format!("daemon off; master_process off; pid {here}/pid; error_log stderr;\n{text}");
    std::fs::write(at.join("nginx.conf"), text).unwrap();
    let mut nginx = Command::new("/usr/sbin/nginx")
        .arg("-c")
        .arg(at.join("nginx.conf"))
        .arg("-p")
        .arg(&at)
        .stdout(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    while TcpStream::connect(free).await.is_err() {
        assert!(nginx.try_wait().unwrap().is_none(), "nginx ended");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }

    let auth = bearer("anna");
    let ask = async |request: String| {
        let stream = TcpStream::connect(free).await.unwrap();
        let mut stream = super::tls::over_tls(stream, made.cert.der(), b"http/1.1").await;
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        // nginx may close the connection without a TLS alert.
        let _end = stream.read_to_end(&mut answer).await;
        String::from_utf8(answer).unwrap()
    };
    let id = world.create("anna").await;
    // A body that nginx would buffer on disk by default.
    let body =
        super::support::attachment().to_string().replace("JVBERi0xLjc=", &"QUJD".repeat(700_000));
    let upload = format!(
        "POST /api/process/{id}/attach HTTP/1.1\r\nHost: {HOST}\r\nAuthorization: {auth}\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    );
    let answer = ask(upload).await;
    assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");
    assert!(answer.contains("Strict-Transport-Security"), "{answer}");
    // The claimed address is ignored for rate limits; both replicas serve.
    let (mut served, mut refused) = (0, 0);
    for number in 0..30 {
        let answer = ask(format!(
            "GET /relay/session HTTP/1.1\r\nHost: {HOST}\r\nAuthorization: {auth}\r\nX-Forwarded-For: 10.1.1.{number}\r\nConnection: close\r\n\r\n"
        ))
        .await;
        served += usize::from(answer.starts_with("HTTP/1.1 200"));
        refused += usize::from(answer.starts_with("HTTP/1.1 429"));
    }
    // Ten requests for each replica, minus the create (sent directly) and the upload.
    assert_eq!((served, refused), (18, 12));
    nginx.kill().await.unwrap();
    std::fs::remove_dir_all(at).unwrap();
}
