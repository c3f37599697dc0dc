//! The HTTP client: hyper, so that an upload costs what its bytes cost. Redirects are answers like
//! any other, proxies of the environment are not looked at, certificates are always verified.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response, StatusCode, Uri};
use hyper::body::Incoming;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder, MaybeHttpsStream};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::net::TcpStream;
use tokio_rustls::rustls::pki_types::CertificateDer;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::{ClientConfig, RootCertStore, crypto};
use tower_service::Service;

use crate::body::{RelayBody, collect, full};

/// Below the keep-alive of usual servers, so that the relay closes first.
pub(super) const POOL_IDLE: Duration = Duration::from_secs(20);

/// Why there is no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HttpError {
    /// No connection.
    Connect,
    /// No answer in time.
    Timeout,
    /// The connection broke, or the answer is too large.
    Broken,
    /// The answer began, and its body broke off or is too large.
    Body,
}

/// A whole answer.
#[derive(Debug)]
pub struct BufferedResponse {
    /// Status.
    pub status: StatusCode,
    /// Headers.
    pub headers: HeaderMap,
    /// Body.
    pub body: Bytes,
}

/// The client.
#[derive(Debug, Clone)]
pub struct HttpClient {
    client: Client<HttpsConnector<HttpConnector>, RelayBody>,
    connector: HttpsConnector<HttpConnector>,
}

/// A connection to a server.
pub(super) type UpstreamStream = MaybeHttpsStream<TokioIo<TcpStream>>;

impl HttpClient {
    /// With the system's root certificates, or with those of a file alone.
    ///
    /// # Errors
    /// A sentence, when the file is not usable or TLS cannot be set up.
    pub fn new(
        connect: Duration,
        ca_file: Option<&Path>,
        allow_http: bool,
    ) -> Result<Self, String> {
        let mut roots = RootCertStore::empty();
        match ca_file {
            Some(path) => {
                let certificates = CertificateDer::pem_file_iter(path)
                    .map_err(|error| format!("{}: {error}", path.display()))?;
                for certificate in certificates.flatten() {
                    roots.add(certificate).map_err(|error| error.to_string())?;
                }
                if roots.is_empty() {
                    return Err(format!("{}: holds no certificate", path.display()));
                }
            }
            None => {
                let found = rustls_native_certs::load_native_certs();
                let (_added, _ignored) = roots.add_parsable_certificates(found.certs);
            }
        }
        let tls =
            ClientConfig::builder_with_provider(Arc::new(crypto::aws_lc_rs::default_provider()))
                .with_safe_default_protocol_versions()
                .map_err(|error| error.to_string())?
                .with_root_certificates(roots)
                .with_no_client_auth();
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        tcp.set_connect_timeout(Some(connect));
        let builder = HttpsConnectorBuilder::new().with_tls_config(tls);
        let builder = if allow_http { builder.https_or_http() } else { builder.https_only() };
        // HTTP/1.1 only: HTTP/2's default window would hold an upload to a window per round trip.
        let connector = builder.enable_http1().wrap_connector(tcp);
        let client = Client::builder(TokioExecutor::new())
            .pool_idle_timeout(POOL_IDLE)
            .pool_timer(TokioTimer::new())
            .timer(TokioTimer::new())
            .http1_max_buf_size(256 * 1024)
            .build(connector.clone());
        Ok(Self { client, connector })
    }

    /// A connection of the caller's own.
    pub(super) async fn connect(&self, to: &Uri) -> Result<UpstreamStream, HttpError> {
        let mut connector = self.connector.clone();
        connector.call(to.clone()).await.map_err(|_| {
            tracing::debug!("no connection");
            HttpError::Connect
        })
    }

    /// Sends a request; the answer's body is still to be read.
    ///
    /// # Errors
    /// [`HttpError`], without anything that could hold a secret.
    pub async fn send(
        &self,
        request: Request<RelayBody>,
        timeout: Duration,
    ) -> Result<Response<Incoming>, HttpError> {
        match tokio::time::timeout(timeout, self.client.request(request)).await {
            Err(_) => Err(HttpError::Timeout),
            Ok(Err(error)) if error.is_connect() => {
                tracing::debug!("no connection");
                Err(HttpError::Connect)
            }
            Ok(Err(_)) => Err(HttpError::Broken),
            Ok(Ok(response)) => Ok(response),
        }
    }

    /// A small exchange, whole.
    ///
    /// # Errors
    /// As [`Self::send`]; also for an answer larger than `limit`.
    pub async fn fetch(
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
            let body = collect(&mut body, limit).await.map_err(|_| HttpError::Broken)?;
            Ok(BufferedResponse { status: parts.status, headers: parts.headers, body })
        };
        tokio::time::timeout(timeout, exchange).await.unwrap_or(Err(HttpError::Timeout))
    }
}
