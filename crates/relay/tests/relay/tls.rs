//! Public listener with TLS: HTTP/1.1 and HTTP/2.

use super::support::{RelayHarness, bearer};
use http::Request;
use http_body_util::{BodyExt, Empty};
use hyper_util::rt::{TokioExecutor, TokioIo};
use std::sync::Arc;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore, crypto};

async fn connect(
    world: &RelayHarness,
    root: &CertificateDer<'static>,
    alpn: &[u8],
) -> TlsStream<TcpStream> {
    over_tls(TcpStream::connect(world.address).await.unwrap(), root, alpn).await
}

pub async fn over_tls(
    stream: TcpStream,
    root: &CertificateDer<'static>,
    alpn: &[u8],
) -> TlsStream<TcpStream> {
    let mut roots = RootCertStore::empty();
    roots.add(root.clone()).unwrap();
    let provider = Arc::new(crypto::aws_lc_rs::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![alpn.to_vec()];
    let name = ServerName::try_from("relay.example").unwrap();
    TlsConnector::from(Arc::new(config)).connect(name, stream).await.unwrap()
}

#[tokio::test]
async fn applies_the_same_guards_to_http1_and_http2() {
    let made = rcgen::generate_simple_self_signed(vec!["relay.example".to_owned()]).unwrap();
    let at = std::env::temp_dir().join(format!("relay-tls-{}", std::process::id()));
    std::fs::create_dir_all(&at).unwrap();
    let (cert, key) = (at.join("tls.crt"), at.join("tls.key"));
    std::fs::write(&cert, made.cert.pem()).unwrap();
    std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
    let world = RelayHarness::with(|config| {
        config.server.tls_cert_file = Some(cert);
        config.server.tls_key_file = Some(key);
    })
    .await;
    let root = made.cert.der();
    let request = |uri: &str, host: Option<&str>| {
        let mut request = Request::builder().uri(uri).header("authorization", bearer("anna"));
        if let Some(host) = host {
            request = request.header("host", host);
        }
        request.body(Empty::<bytes::Bytes>::new()).unwrap()
    };

    let io = TokioIo::new(connect(&world, root, b"http/1.1").await);
    let (mut sender, connection) = hyper::client::conn::http1::handshake(io).await.unwrap();
    tokio::spawn(connection);
    let response =
        sender.send_request(request("/relay/session", Some("relay.example"))).await.unwrap();
    assert_eq!(response.status(), 200);
    assert!(response.headers().contains_key("strict-transport-security"));

    let io = TokioIo::new(connect(&world, root, b"h2").await);
    let executor = TokioExecutor::new();
    let (mut sender, connection) =
        hyper::client::conn::http2::handshake(executor, io).await.unwrap();
    tokio::spawn(connection);
    for (uri, host, status) in [
        ("https://relay.example/relay/session", None, 200),
        ("https://relay.example/relay/session", Some("relay.example"), 200),
        ("https://relay.example/relay/session", Some("evil.example"), 400),
        ("https://evil.example/relay/session", None, 421),
        ("https://relay.example/api/%2e%2e/process", None, 400),
    ] {
        let response = sender.send_request(request(uri, host)).await.unwrap();
        assert_eq!(response.status(), status, "{uri} {host:?}");
        let _body = response.into_body().collect().await.unwrap();
    }
    std::fs::remove_dir_all(at).unwrap();
}

/// Writes a new certificate and its key, and returns the certificate.
fn write_certificate(folder: &std::path::Path) -> CertificateDer<'static> {
    let made = rcgen::generate_simple_self_signed(vec!["relay.example".to_owned()]).unwrap();
    std::fs::write(folder.join("tls.crt"), made.cert.pem()).unwrap();
    std::fs::write(folder.join("tls.key"), made.signing_key.serialize_pem()).unwrap();
    made.cert.der().clone()
}

/// The certificate that a listener presents.
async fn presented(address: std::net::SocketAddr, root: &CertificateDer<'static>) -> bool {
    let mut roots = RootCertStore::empty();
    roots.add(root.clone()).unwrap();
    let provider = Arc::new(crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from("relay.example").unwrap();
    let stream = TcpStream::connect(address).await.unwrap();
    TlsConnector::from(Arc::new(config)).connect(name, stream).await.is_ok()
}

async fn until_presented(address: std::net::SocketAddr, root: &CertificateDer<'static>) {
    for _ in 0..200 {
        if presented(address, root).await {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("the new certificate is never presented");
}

#[tokio::test]
async fn presents_a_replaced_certificate() {
    let at = std::env::temp_dir().join(format!("relay-tls-reload-{}", std::process::id()));
    std::fs::create_dir_all(&at).unwrap();
    let first = write_certificate(&at);
    let world = RelayHarness::with(|config| {
        config.server.tls_cert_file = Some(at.join("tls.crt"));
        config.server.tls_key_file = Some(at.join("tls.key"));
        let interval = std::time::Duration::from_millis(50);
        config.server.tls_reload_interval = swisscom_sign_relay::config::ConfigDuration(interval);
    })
    .await;
    let open = connect(&world, &first, b"http/1.1").await;
    // A broken file keeps the certificate in use.
    std::fs::write(at.join("tls.crt"), "broken").unwrap();
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    assert!(presented(world.address, &first).await);
    let second = write_certificate(&at);
    until_presented(world.address, &second).await;
    assert!(!presented(world.address, &first).await);
    // Open connections continue.
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(open)).await.unwrap();
    tokio::spawn(connection);
    let request = Request::builder()
        .uri("/relay/session")
        .header("host", "relay.example")
        .header("authorization", bearer("anna"))
        .body(Empty::<bytes::Bytes>::new())
        .unwrap();
    assert_eq!(sender.send_request(request).await.unwrap().status(), 200);
    std::fs::remove_dir_all(at).unwrap();
}

#[tokio::test]
async fn presents_a_replaced_certificate_after_sighup() {
    let keycloak = super::support::Keycloak::start().await;
    let platform = super::support::PlatformStub::start(keycloak.state()).await;
    let file = super::cli::write(&keycloak, &platform, "info");
    let at = file.parent().unwrap();
    let first = write_certificate(at);
    let text = std::fs::read_to_string(&file).unwrap();
    let tls = format!(
        "[server]\ntls_cert_file = {:?}\ntls_key_file = {:?}\ntls_reload_interval = \"1h\"\n",
        at.join("tls.crt"),
        at.join("tls.key")
    );
    std::fs::write(&file, text.replace("[server]\n", &tls)).unwrap();
    let mut command = super::cli::command();
    command.env("CLIENT_ID", "client").args(["serve", "--config"]).arg(&file);
    let mut child = command.spawn().unwrap();
    let ready = super::cli::ready(&mut child).await;
    let address = ready["url"].as_str().unwrap().strip_prefix("https://").unwrap();
    let address = address.parse().unwrap();
    assert!(presented(address, &first).await);
    let second = write_certificate(at);
    let pid = child.id().unwrap().to_string();
    let killed = tokio::process::Command::new("kill").args(["-HUP", &pid]).status().await;
    assert!(killed.unwrap().success());
    until_presented(address, &second).await;
}

/// HTTP/2 frames by hand: the settings of the relay, and rapid resets.
#[tokio::test]
async fn limits_http2_streams_resets_and_headers() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let made = rcgen::generate_simple_self_signed(vec!["relay.example".to_owned()]).unwrap();
    let at = std::env::temp_dir().join(format!("relay-h2-{}", std::process::id()));
    std::fs::create_dir_all(&at).unwrap();
    let (cert, key) = (at.join("tls.crt"), at.join("tls.key"));
    std::fs::write(&cert, made.cert.pem()).unwrap();
    std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
    let world = RelayHarness::with(|config| {
        config.server.tls_cert_file = Some(cert);
        config.server.tls_key_file = Some(key);
    })
    .await;
    let mut stream = connect(&world, made.cert.der(), b"h2").await;
    let frame = |kind: u8, flags: u8, id: u32, payload: &[u8]| {
        let mut frame = (payload.len() as u32).to_be_bytes()[1..].to_vec();
        frame.extend([kind, flags]);
        frame.extend(id.to_be_bytes());
        frame.extend(payload);
        frame
    };
    let mut bytes = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec();
    bytes.extend(frame(4, 0, 0, &[]));
    // GET https://relay.example/ (RFC 7541: indexed fields, and a literal for the authority).
    let mut fields = vec![0x82, 0x87, 0x84, 0x41, 13];
    fields.extend(b"relay.example");
    for number in 0..2000 {
        let id = 1 + 2 * number;
        bytes.extend(frame(1, 5, id, &fields));
        bytes.extend(frame(3, 0, id, &8u32.to_be_bytes()));
    }
    let (mut reader, mut writer) = tokio::io::split(&mut stream);
    let mut answer = Vec::new();
    let read = async { reader.read_to_end(&mut answer).await };
    let write = async { writer.write_all(&bytes).await };
    let both = async { tokio::join!(read, write) };
    let (_closed, _written) =
        tokio::time::timeout(std::time::Duration::from_secs(60), both).await.expect("an end");
    let (mut settings, mut gone, mut rest) = (Vec::new(), None, answer.as_slice());
    while rest.len() >= 9 {
        let length = u32::from_be_bytes([0, rest[0], rest[1], rest[2]]) as usize;
        let payload = &rest[9..9 + length];
        match rest[3] {
            4 => settings.extend(payload.chunks_exact(6).map(|setting| {
                let value = [setting[2], setting[3], setting[4], setting[5]];
                (setting[1], u32::from_be_bytes(value))
            })),
            7 => gone = Some(u32::from_be_bytes([payload[4], payload[5], payload[6], payload[7]])),
            _ => {}
        }
        rest = &rest[9 + length..];
    }
    assert!(settings.contains(&(3, 64)), "MAX_CONCURRENT_STREAMS: {settings:?}");
    assert!(settings.contains(&(6, 16 * 1024)), "MAX_HEADER_LIST_SIZE: {settings:?}");
    assert_eq!(gone, Some(11), "GOAWAY with ENHANCE_YOUR_CALM");
    std::fs::remove_dir_all(at).unwrap();
}
