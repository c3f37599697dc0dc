//! The public listener with TLS of its own: HTTP/1.1 and HTTP/2, with the same guards.

use super::kit::{World, bearer};
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
    world: &World,
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
    let stream = TcpStream::connect(world.address).await.unwrap();
    let name = ServerName::try_from("relay.example").unwrap();
    TlsConnector::from(Arc::new(config)).connect(name, stream).await.unwrap()
}

#[tokio::test]
async fn both_versions_with_the_same_guards() {
    let made = rcgen::generate_simple_self_signed(vec!["relay.example".to_owned()]).unwrap();
    let at = std::env::temp_dir().join(format!("relay-tls-{}", std::process::id()));
    std::fs::create_dir_all(&at).unwrap();
    let (cert, key) = (at.join("tls.crt"), at.join("tls.key"));
    std::fs::write(&cert, made.cert.pem()).unwrap();
    std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
    let world = World::with(|config| {
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
