//! Operations on file contents: read, find tags, sign. A narrow interface, so that the platform
//! does not depend on the implementation.

mod pades;

use std::collections::BTreeMap;
use std::fmt;

use bytes::Bytes;
use jiff::Timestamp;
use swisscom_sign::contract::ProblemCode;
use swisscom_sign::preflight::attach::check_file;

use crate::domain::{PageSizePt, SignaturePosition};

pub use pades::PadesDocuments;

/// Properties of a file.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct DocumentInspection {
    /// Displayed pages; `None` if they could not be determined.
    pub pages: Option<Vec<PageSizePt>>,
}

/// Reason why a file is rejected or cannot be signed, as a sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DocumentError(pub String);

/// Location of a tag: the upper left corner of its first glyph, in PDF points of the displayed
/// page, from the upper left.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TagLocation {
    /// Page, from 0.
    pub page: i32,
    /// Distance from the left edge.
    pub x: f64,
    /// Distance from the upper edge.
    pub y: f64,
}

/// Tags of a file.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct TagLocations {
    /// First location of each tag, by the number of its signer, from 1: `\s1\`.
    pub tags: BTreeMap<usize, TagLocation>,
    /// First page, from 0, that could not be searched completely. Further tags may exist.
    pub unsearched_page: Option<u32>,
}

/// Data of a signature.
#[derive(Debug, Clone)]
pub struct DocumentSigningInput<'a> {
    /// Name of the signer.
    pub name: &'a str,
    /// Role or function of the signer.
    pub role: Option<&'a str>,
    /// Time of the signature.
    pub at: Timestamp,
    /// Displayed width and height of the signature, in PDF points.
    pub size: (f64, f64),
    /// Positions; one signature for each.
    pub positions: Vec<&'a SignaturePosition>,
}

/// Reads and signs files.
pub trait DocumentService: Send + Sync + fmt::Debug {
    /// Reads a file before it is attached.
    ///
    /// # Errors
    /// Returns an error if the file is not a PDF, is damaged or encrypted, or forbids changes.
    fn inspect(&self, bytes: &[u8]) -> Result<DocumentInspection, DocumentError>;

    /// Finds the tags in a file; `None` if the implementation cannot search.
    fn find_tags(&self, bytes: &[u8]) -> Option<TagLocations>;

    /// Signs a file.
    ///
    /// # Errors
    /// Returns an error if the file cannot be signed.
    fn sign(&self, bytes: &Bytes, input: &DocumentSigningInput<'_>)
    -> Result<Bytes, DocumentError>;

    /// Whether [`Self::sign`] creates signatures rather than returning the file unchanged.
    fn signs(&self) -> bool;

    /// PEM certificate of the authority that issues the signing certificates.
    fn authority_pem(&self) -> Option<String> {
        None
    }
}

/// Accepts files that look like a PDF and returns them unsigned, without reading page
/// boxes or tags. `/_sandbox/info` reports this.
#[derive(Debug, Clone, Copy, Default)]
pub struct UnsignedDocuments;

/// Maximum distance of the last `startxref` from the end of the file (ISO 32000-1, annex H.3).
const TAIL: usize = 1024;

impl DocumentService for UnsignedDocuments {
    fn inspect(&self, bytes: &[u8]) -> Result<DocumentInspection, DocumentError> {
        let refuse = |why: &str| Err(DocumentError(why.to_owned()));
        if bytes.is_empty() {
            return refuse("The file is empty.");
        }
        if check_file(1, bytes).iter().any(|problem| problem.code == ProblemCode::NotAPdf) {
            return refuse("The file is not a PDF: it has no `%PDF-` header.");
        }
        let tail = bytes.get(bytes.len().saturating_sub(TAIL)..).unwrap_or(bytes);
        let has = |needle: &[u8]| tail.windows(needle.len()).any(|window| window == needle);
        if !has(b"startxref") {
            return refuse("The PDF is damaged: its end is missing.");
        }
        if has(b"/Encrypt") {
            return refuse("The PDF is encrypted.");
        }
        Ok(DocumentInspection::default())
    }

    fn find_tags(&self, _bytes: &[u8]) -> Option<TagLocations> {
        None
    }

    fn sign(
        &self,
        bytes: &Bytes,
        _input: &DocumentSigningInput<'_>,
    ) -> Result<Bytes, DocumentError> {
        Ok(bytes.clone())
    }

    fn signs(&self) -> bool {
        false
    }
}
