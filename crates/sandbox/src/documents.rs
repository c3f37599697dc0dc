//! What the sandbox does with the bytes of a file: read it, find a tag in it, sign it. A narrow
//! boundary, so that the platform does not care who does it.

mod pades;

use std::collections::BTreeMap;
use std::fmt;

use bytes::Bytes;
use jiff::Timestamp;

use crate::domain::{PageSizePt, SignaturePosition};

pub use pades::PadesDocuments;

/// What is known of a file.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct DocumentInspection {
    /// The pages as they are displayed; `None` when they could not be told.
    pub pages: Option<Vec<PageSizePt>>,
}

/// Why a file is not accepted, or cannot be signed: a sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DocumentError(pub String);

/// The place of a tag: the upper left corner of its first glyph, in PDF points of the page as
/// displayed, from the upper left.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TagLocation {
    /// Page, from 0.
    pub page: i32,
    /// From the left.
    pub x: f64,
    /// From the top.
    pub y: f64,
}

/// Where each tag of a file stands first, by the number of its signer, from 1: `\s1\`.
pub type TagLocations = BTreeMap<usize, TagLocation>;

/// What a signature says.
#[derive(Debug, Clone)]
pub struct DocumentSigningInput<'a> {
    /// Name of the signer.
    pub name: &'a str,
    /// Role or function of the signer.
    pub role: Option<&'a str>,
    /// When.
    pub at: Timestamp,
    /// How large the signature is shown, in PDF points.
    pub size: (f64, f64),
    /// Where the signature is shown; one signature for each.
    pub positions: Vec<&'a SignaturePosition>,
}

/// A reader and signer of files.
pub trait DocumentService: Send + Sync + fmt::Debug {
    /// Reads a file that is about to be attached.
    ///
    /// # Errors
    /// The file is no PDF, is damaged, encrypted, or must not be changed.
    fn inspect(&self, bytes: &[u8]) -> Result<DocumentInspection, DocumentError>;

    /// Reads the whole file for its tags; `None` when these documents cannot be searched.
    fn find_tags(&self, bytes: &[u8]) -> Option<TagLocations>;

    /// Signs a file.
    ///
    /// # Errors
    /// The file cannot be signed.
    fn sign(&self, bytes: &Bytes, input: &DocumentSigningInput<'_>)
    -> Result<Bytes, DocumentError>;

    /// Whether [`Self::sign`] makes signatures, or returns the file as it is.
    fn signs(&self) -> bool;

    /// The certificate that signatures are trusted by, as PEM.
    fn authority_pem(&self) -> Option<String> {
        None
    }
}

/// Accepts what looks like a PDF and returns it unsigned: page boxes, tags and signatures are not
/// read or made. `/_sandbox/info` says so.
#[derive(Debug, Clone, Copy, Default)]
pub struct UnsignedDocuments;

/// How far from the end the last `startxref` may stand (ISO 32000-1, annex H.3).
const TAIL: usize = 1024;

impl DocumentService for UnsignedDocuments {
    fn inspect(&self, bytes: &[u8]) -> Result<DocumentInspection, DocumentError> {
        let refuse = |why: &str| Err(DocumentError(why.to_owned()));
        if bytes.is_empty() {
            return refuse("The file is empty.");
        }
        if !bytes.starts_with(b"%PDF-") {
            return refuse("The file is not a PDF: it does not begin with `%PDF-`.");
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
