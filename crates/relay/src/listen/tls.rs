//! TLS of the public listener: 1.2 and 1.3, HTTP/2 or HTTP/1.1 by ALPN. The certificate is replaced when
//! its files change.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwap;
use aws_lc_rs::digest;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::{ServerConfig, crypto};

use crate::start_error::StartError;

#[derive(Debug)]
pub(crate) struct ReloadingTls {
    files: TlsFiles,
    current: ArcSwap<ServerConfig>,
    /// Digest of the files that were read last, valid or not.
    seen: Mutex<Vec<u8>>,
}

#[derive(Debug, Clone)]
struct TlsFiles {
    cert: PathBuf,
    key: PathBuf,
}

/// Content of the files.
struct TlsContent {
    cert: Vec<u8>,
    key: Vec<u8>,
}

impl ReloadingTls {
    pub(crate) fn load(cert: &Path, key: &Path) -> Result<Self, StartError> {
        let files = TlsFiles { cert: cert.into(), key: key.into() };
        let content = files.read()?;
        let current = files.parse(&content)?;
        let seen = Mutex::new(content.digest());
        Ok(Self { files, current: ArcSwap::from_pointee(current), seen })
    }

    /// For the next connection.
    pub(crate) fn acceptor(&self) -> TlsAcceptor {
        TlsAcceptor::from(self.current.load_full())
    }

    /// Reads the files. If they are invalid, for example because only one of them has been replaced so
    /// far, the certificate in use is kept.
    pub(crate) async fn reload(&self) {
        let files = self.files.clone();
        let read = tokio::task::spawn_blocking(move || {
            let content = files.read()?;
            Ok::<_, StartError>((content.digest(), files.parse(&content)))
        });
        let Ok(read) = read.await else { return };
        let (digest, parsed) = match read {
            Ok((digest, parsed)) => (digest, parsed),
            Err(error) => (Vec::new(), Err(error)),
        };
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if *seen == digest {
            return;
        }
        *seen = digest;
        match parsed {
            Ok(config) => {
                self.current.store(Arc::new(config));
                tracing::info!("TLS certificate reloaded");
            }
            Err(error) => {
                tracing::warn!(why = error.report(), "TLS certificate not reloaded");
            }
        }
    }
}

impl TlsFiles {
    fn read(&self) -> Result<TlsContent, StartError> {
        let read = |path: &Path| {
            let failed =
                |error: io::Error| StartError::with_source(path.display().to_string(), error);
            std::fs::read(path).map_err(failed)
        };
        Ok(TlsContent { cert: read(&self.cert)?, key: read(&self.key)? })
    }

    fn parse(&self, content: &TlsContent) -> Result<ServerConfig, StartError> {
        let name = |path: &Path| path.display().to_string();
        let chain = CertificateDer::pem_slice_iter(&content.cert)
            .collect::<Result<Vec<_>, _>>()
            .map_err(|error| StartError::with_source(name(&self.cert), error))?;
        let key = PrivateKeyDer::from_pem_slice(&content.key)
            .map_err(|error| StartError::with_source(name(&self.key), error))?;
        let provider = Arc::new(crypto::aws_lc_rs::default_provider());
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| StartError::with_source("TLS", error))?
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .map_err(|error| StartError::with_source(name(&self.cert), error))?;
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(config)
    }
}

impl TlsContent {
    fn digest(&self) -> Vec<u8> {
        let mut context = digest::Context::new(&digest::SHA256);
        for file in [&self.cert, &self.key] {
            context.update(&(file.len() as u64).to_be_bytes());
            context.update(file);
        }
        context.finish().as_ref().to_vec()
    }
}
