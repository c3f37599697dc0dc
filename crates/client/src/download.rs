//! [`Download`]: a file from the platform.

use std::io;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use swisscom_sign::contract::FileAttachment;
use swisscom_sign::{Error, ErrorKind, Result};
use tokio::io::AsyncWriteExt as _;

use crate::call::{Response, model};

/// A download whose body has not been read yet.
#[derive(Debug)]
pub struct Download {
    source: Source,
}

#[derive(Debug)]
enum Source {
    Response(reqwest::Response),
    /// The whole file, of a server without `getFileContent`.
    Bytes(Option<Bytes>),
}

/// A file could not be saved.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SaveError {
    /// The download failed.
    #[error(transparent)]
    Download(#[from] Error),
    /// The file could not be written, or exists.
    #[error("cannot write {}: {source}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What failed.
        source: io::Error,
    },
}

impl Download {
    pub(crate) fn new(response: Response) -> Result<Self> {
        if let Some(file) = response.file {
            return Ok(Self { source: Source::Response(file) });
        }
        let file: FileAttachment = model(&response.json)?;
        let bytes = STANDARD.decode(file.content.expose()).map_err(|error| {
            Error::new(ErrorKind::MalformedResponse, "malformed response: `content` is not Base64")
                .with_source(error)
        })?;
        Ok(Self { source: Source::Bytes(Some(bytes.into())) })
    }

    /// The next bytes; `None` at the end.
    ///
    /// # Errors
    /// [`ErrorKind::Connection`] if the connection is closed before the file is complete, and
    /// [`ErrorKind::Timeout`].
    pub async fn chunk(&mut self) -> Result<Option<Bytes>> {
        match &mut self.source {
            Source::Bytes(bytes) => Ok(bytes.take()),
            Source::Response(response) => response.chunk().await.map_err(|error| {
                let (kind, message) = match error.is_timeout() {
                    true => (ErrorKind::Timeout, "the download did not end before the timeout"),
                    false => (ErrorKind::Connection, "the connection closed during the download"),
                };
                Error::new(kind, message).with_source(error.without_url())
            }),
        }
    }

    /// The whole file in memory.
    ///
    /// # Errors
    /// As [`Self::chunk`].
    pub async fn bytes(mut self) -> Result<Vec<u8>> {
        let mut file = Vec::new();
        while let Some(chunk) = self.chunk().await? {
            file.extend_from_slice(&chunk);
        }
        Ok(file)
    }

    /// Saves the file under a new name. It is written beside its place and gets its name when it is
    /// complete; nothing is left after a failure.
    ///
    /// # Errors
    /// The download fails, or the file exists or cannot be written.
    pub async fn save_to(self, path: impl AsRef<Path>) -> std::result::Result<(), SaveError> {
        let path = path.as_ref();
        let failed = |source| SaveError::Write { path: path.to_owned(), source };
        let mut partial = path.as_os_str().to_owned();
        partial.push(format!(".{}.part", uuid::Uuid::new_v4().simple()));
        let partial = PathBuf::from(partial);
        let saved = match self.write(&partial).await {
            // A link fails if the name exists, other than a rename.
            Ok(()) => tokio::fs::hard_link(&partial, path).await.map_err(failed),
            Err(WriteError::Download(error)) => Err(error.into()),
            Err(WriteError::Write(error)) => Err(failed(error)),
        };
        // It does not exist if it could not be created.
        let _ = tokio::fs::remove_file(&partial).await;
        saved
    }

    async fn write(mut self, path: &Path) -> std::result::Result<(), WriteError> {
        let file = tokio::fs::OpenOptions::new().write(true).create_new(true).open(path).await;
        let mut file = file.map_err(WriteError::Write)?;
        while let Some(chunk) = self.chunk().await.map_err(WriteError::Download)? {
            file.write_all(&chunk).await.map_err(WriteError::Write)?;
        }
        file.sync_all().await.map_err(WriteError::Write)
    }
}

enum WriteError {
    Download(Error),
    Write(io::Error),
}
