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

use crate::body::{RelayBody, collect, full};
use crate::start_error::StartError;

/// Shorter than the keep-alive timeout of common servers, so that the relay closes first.
const POOL_IDLE: Duration = Duration::from_secs(20);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum HttpError {
    Connect,
    Timeout,
    /// The connection was closed before the response was complete, or the response is too large.
    Broken,
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
}

impl HttpClient {
    /// Trusts the system's root certificates, or only those of `ca_file`.
    pub(crate) fn new(
        connect: Duration,
        ca_file: Option<&Path>,
        allow_http: bool,
    ) -> Result<Self, StartError> {
        let mut roots = RootCertStore::empty();
        match ca_file {
            Some(path) => {
                let certificates = CertificateDer::pem_file_iter(path)
                    .map_err(|error| StartError::with_source(path.display().to_string(), error))?;
                for certificate in certificates.flatten() {
                    roots.add(certificate).map_err(|error| {
                        StartError::with_source(path.display().to_string(), error)
                    })?;
                }
                if roots.is_empty() {
                    return Err(format!("{}: contains no certificate", path.display()).into());
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
        Ok(Self { client })
    }

    /// Sends a request and returns the response before its body is read. Errors contain no URLs and
    /// headers, which can be secrets.
    pub(crate) async fn send(
        &self,
        request: Request<RelayBody>,
        timeout: Duration,
    ) -> Result<Response<Incoming>, HttpError> {
        match tokio::time::timeout(timeout, self.client.request(request)).await {
            Err(_) => Err(HttpError::Timeout),
            Ok(Err(error)) if error.is_connect() => {
                tracing::debug!("upstream connection failed");
                Err(HttpError::Connect)
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
            let body = collect(&mut body, limit).await.map_err(|_| HttpError::Broken)?;
            Ok(BufferedResponse { status: parts.status, headers: parts.headers, body })
        };
        tokio::time::timeout(timeout, exchange).await.unwrap_or(Err(HttpError::Timeout))
    }
}
