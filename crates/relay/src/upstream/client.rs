//! HTTP client for the platform, token endpoints and issuers. It follows no redirects, ignores proxy
//! environment variables and always verifies certificates.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response, StatusCode, Uri};
use hyper::body::Incoming;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use tokio_rustls::rustls::pki_types::CertificateDer;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::{ClientConfig, RootCertStore, crypto};

use super::connect_failure::ConnectFailure;
use crate::body::{RelayBody, collect, full};
use crate::start_error::{StartError, report};
use crate::telemetry::metrics::Metrics;

/// Shorter than the keep-alive timeout of common servers, so that the relay closes first.
const POOL_IDLE: Duration = Duration::from_secs(20);

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum HttpError {
    /// The request was not sent.
    #[error("connection failed")]
    Connect(#[from] ConnectFailure),
    #[error("timeout")]
    Timeout,
    #[error("the connection was closed before the response was complete")]
    Broken,
    #[error("the response is too large or was cut off")]
    BadBody,
}

#[derive(Debug)]
pub(crate) struct BufferedResponse {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

#[derive(Debug, Clone)]
pub(crate) struct HttpClient {
    client: Client<HttpsConnector<HttpConnector>, RelayBody>,
    has_roots: bool,
    metrics: Arc<Metrics>,
}

fn roots_of_file(path: &Path) -> Result<RootCertStore, StartError> {
    let failed = |error: Box<dyn std::error::Error + Send + Sync>| {
        StartError::with_source(path.display().to_string(), error)
    };
    let mut roots = RootCertStore::empty();
    let certificates = CertificateDer::pem_file_iter(path).map_err(|error| failed(error.into()))?;
    for certificate in certificates {
        let certificate = certificate.map_err(|error| failed(error.into()))?;
        roots.add(certificate).map_err(|error| failed(error.into()))?;
    }
    if roots.is_empty() {
        return Err(format!("{}: contains no certificate", path.display()).into());
    }
    Ok(roots)
}

impl HttpClient {
    pub(crate) fn check_ca_file(path: &Path) -> Result<(), StartError> {
        roots_of_file(path).map(drop)
    }

    /// Trusts the system's root certificates, or only those of `ca_file`.
    pub(crate) fn new(
        connect: Duration,
        ca_file: Option<&Path>,
        allow_http: bool,
        metrics: Arc<Metrics>,
    ) -> Result<Self, StartError> {
        let roots = match ca_file {
            Some(path) => roots_of_file(path)?,
            None => {
                let mut roots = RootCertStore::empty();
                let found = rustls_native_certs::load_native_certs();
                // Set on purpose: other certificates must not take the place of these.
                let is_configured = ["SSL_CERT_FILE", "SSL_CERT_DIR"]
                    .iter()
                    .any(|name| std::env::var_os(name).is_some());
                for error in found.errors {
                    if is_configured {
                        let message =
                            "cannot read the certificates of SSL_CERT_FILE or SSL_CERT_DIR";
                        return Err(StartError::with_source(message, error));
                    }
                    tracing::warn!(%error, "root certificates of the system cannot be read");
                }
                let (_added, _ignored) = roots.add_parsable_certificates(found.certs);
                if roots.is_empty() {
                    tracing::warn!(
                        "no root certificates: install them (such as ca-certificates) or set upstream.ca_file"
                    );
                }
                roots
            }
        };
        let has_roots = !roots.is_empty();
        let tls =
            ClientConfig::builder_with_provider(Arc::new(crypto::aws_lc_rs::default_provider()))
                .with_safe_default_protocol_versions()
                .map_err(|error| StartError::with_source("TLS", error))?
                .with_root_certificates(roots)
                .with_no_client_auth();
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        tcp.set_connect_timeout(Some(connect));
        let builder = HttpsConnectorBuilder::new().with_tls_config(tls);
        let builder = if allow_http { builder.https_or_http() } else { builder.https_only() };
        // HTTP/1.1 only: with the default flow-control window of HTTP/2 an upload would transfer at
        // most one window per round trip.
        let connector = builder.enable_http1().wrap_connector(tcp);
        let client = Client::builder(TokioExecutor::new())
            .pool_idle_timeout(POOL_IDLE)
            .pool_timer(TokioTimer::new())
            .timer(TokioTimer::new())
            .http1_max_buf_size(256 * 1024)
            .build(connector);
        Ok(Self { client, has_roots, metrics })
    }

    /// Sends a request and returns the response before its body is read. Errors contain no URLs and
    /// headers, which can be secrets.
    pub(crate) async fn send(
        &self,
        request: Request<RelayBody>,
        timeout: Duration,
    ) -> Result<Response<Incoming>, HttpError> {
        let host = request.uri().host().unwrap_or_default().to_owned();
        match tokio::time::timeout(timeout, self.client.request(request)).await {
            Err(_) => Err(HttpError::Timeout),
            Ok(Err(error)) if error.is_connect() => {
                let failure = ConnectFailure::of(&error, self.has_roots);
                let (reason, why) = (failure.reason(), report(&error));
                self.metrics.connection_failure(reason);
                tracing::warn!(host, reason, why, "connection failed");
                Err(failure.into())
            }
            Ok(Err(_)) => Err(HttpError::Broken),
            Ok(Ok(response)) => Ok(response),
        }
    }

    /// Sends a request and reads a response of at most `limit` bytes.
    pub(crate) async fn fetch(
        &self,
        method: Method,
        url: &Uri,
        headers: HeaderMap,
        body: Bytes,
        limit: usize,
        timeout: Duration,
    ) -> Result<BufferedResponse, HttpError> {
        let mut request = Request::new(full(body));
        *request.method_mut() = method;
        *request.uri_mut() = url.clone();
        *request.headers_mut() = headers;
        let exchange = async {
            let (parts, mut body) = self.send(request, timeout).await?.into_parts();
            let body = collect(&mut body, limit).await.map_err(|_| HttpError::BadBody)?;
            Ok(BufferedResponse { status: parts.status, headers: parts.headers, body })
        };
        tokio::time::timeout(timeout, exchange).await.unwrap_or(Err(HttpError::Timeout))
    }
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpListener;
    use tokio_rustls::TlsAcceptor;
    use tokio_rustls::rustls::ServerConfig;
    use tokio_rustls::rustls::pki_types::PrivateKeyDer;

    use super::*;

    /// A TLS server with a certificate for this name. Returns its port and the certificate.
    async fn serve(name: &str) -> (u16, String) {
        let made = rcgen::generate_simple_self_signed(vec![name.to_owned()]).unwrap();
        let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
        let provider = Arc::new(crypto::aws_lc_rs::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![made.cert.der().clone()], key)
            .unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(acceptor.accept(stream));
            }
        });
        (port, made.cert.pem())
    }

    async fn failure(url: &str, ca: &str) -> HttpError {
        static NUMBER: std::sync::atomic::AtomicUsize = std::sync::atomic::AtomicUsize::new(0);
        let number = NUMBER.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        let file = format!("relay-ca-{}-{number}", std::process::id());
        let file = std::env::temp_dir().join(file);
        std::fs::write(&file, ca).unwrap();
        let metrics = Arc::new(Metrics::default());
        let connect = Duration::from_secs(5);
        let http = HttpClient::new(connect, Some(&file), true, Arc::clone(&metrics)).unwrap();
        std::fs::remove_file(file).unwrap();
        let url = url.parse().unwrap();
        let (headers, body) = (HeaderMap::new(), Bytes::new());
        let fetched = http.fetch(Method::GET, &url, headers, body, 100, Duration::from_secs(9));
        let error = fetched.await.unwrap_err();
        if let HttpError::Connect(failure) = error {
            let line =
                format!("relay_connection_failures_total{{reason=\"{}\"}} 1", failure.reason());
            assert!(metrics.text().contains(&line), "{}", metrics.text());
        }
        error
    }

    #[tokio::test]
    async fn reports_why_a_connection_failed() {
        let (port, ca) = serve("localhost").await;
        let (other, other_ca) = serve("other.example").await;
        let closing = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let closes = closing.local_addr().unwrap().port();
        tokio::spawn(async move { while closing.accept().await.is_ok() {} });
        let unused = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
        for (url, ca, expected) in [
            (format!("http://127.0.0.1:{unused}"), &ca, ConnectFailure::Refused),
            ("https://host.invalid".into(), &ca, ConnectFailure::Dns),
            (format!("https://localhost:{port}"), &other_ca, ConnectFailure::UnknownCa),
            (format!("https://localhost:{other}"), &other_ca, ConnectFailure::WrongName),
            (format!("https://localhost:{closes}"), &ca, ConnectFailure::Closed),
        ] {
            assert_eq!(failure(&url, ca).await, HttpError::Connect(expected), "{url}");
        }
        let answers_nothing = format!("http://127.0.0.1:{closes}");
        assert_eq!(failure(&answers_nothing, &ca).await, HttpError::Broken, "not a connect error");
    }
}
