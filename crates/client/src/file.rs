//! [`File`]: a file to attach.

use std::path::PathBuf;

use bytes::Bytes;

/// A PDF file to attach.
#[derive(Debug, Clone)]
pub struct File {
    pub(crate) content: Content,
    pub(crate) name: Option<String>,
    pub(crate) external_identifier: Option<String>,
}

#[derive(Clone)]
pub(crate) enum Content {
    Path(PathBuf),
    Bytes(Bytes),
}

/// Omits the content.
impl std::fmt::Debug for Content {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Path(path) => path.fmt(f),
            Self::Bytes(bytes) => write!(f, "{} bytes", bytes.len()),
        }
    }
}

impl File {
    /// A file on disk, read in chunks at each attempt. Its name is the last part of the path.
    pub fn path(path: impl Into<PathBuf>) -> Self {
        let path = path.into();
        let name = path.file_name().and_then(|name| name.to_str()).map(str::to_owned);
        Self { content: Content::Path(path), name, external_identifier: None }
    }

    /// A file in memory.
    pub fn bytes(name: impl Into<String>, bytes: impl Into<Bytes>) -> Self {
        let content = Content::Bytes(bytes.into());
        Self { content, name: Some(name.into()), external_identifier: None }
    }

    /// Displayed name, with its extension.
    #[must_use]
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Your reference for this file; unique in the process.
    #[must_use]
    pub fn external_identifier(mut self, identifier: impl Into<String>) -> Self {
        self.external_identifier = Some(identifier.into());
        self
    }
}
