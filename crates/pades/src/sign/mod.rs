//! Signing: each position becomes one signature field, and each field one incremental update, so
//! that no byte of the file changes.
//!
//! - [`update`]: the objects that are added or replaced
//! - [`incremental`]: an update as bytes, with its cross-reference section
//! - [`appearance`]: the visible signature
//! - [`text_line`]: text as filled outlines of the bundled font

mod appearance;
mod incremental;
mod text_line;
mod update;

pub(crate) use incremental::{digest, is_own_update};
use jiff::Timestamp;
use swisscom_sign_pdf::PdfError;
use swisscom_sign_pdf::read::PdfFile;
pub(crate) use update::SIGNATURES_EXIST_AND_APPEND_ONLY;

use crate::ca::SigningIdentity;

/// Position of a signature appearance.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AppearancePosition {
    /// Page from 0, or negative from the end (-1 is the last page).
    pub page: i64,
    /// Left edge, in points from the left of the displayed page.
    pub x: f64,
    /// Top edge, in points from the top of the displayed page.
    pub y: f64,
}

/// Signatures of one person in one file.
#[derive(Debug)]
pub struct PadesSigningInput<'a> {
    /// Name in the appearance and in `/Name` of the signature; any script.
    pub name: &'a str,
    /// Key and certificate of [`crate::ca::CertificateAuthority::issue`].
    pub identity: &'a SigningIdentity,
    /// At least one position; each becomes a signature.
    pub positions: &'a [AppearancePosition],
    /// Width and height of the appearance in points. It is drawn for
    /// [`SIGNATURE_SIZE`](swisscom_sign_pdf::SIGNATURE_SIZE), and viewers scale it.
    pub size: (f64, f64),
    /// Signing time.
    pub time: Timestamp,
    /// `/Reason` of the signature.
    pub reason: Option<&'a str>,
}

/// Why a document could not be signed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SignError {
    /// The file cannot be signed.
    #[error(transparent)]
    Pdf(#[from] PdfError),
    /// The document does not have this page.
    #[error("The PDF has no page {0}.")]
    NoSuchPage(i64),
    /// No position was given.
    #[error("At least one signature position is required.")]
    NoPosition,
    /// An offset has more than ten digits.
    #[error("The file is too large: its byte range cannot be written.")]
    ByteRange,
    /// The CMS structure cannot be encoded.
    #[error("The CMS structure of the signature cannot be encoded.")]
    Cms(#[source] der::Error),
    /// The CMS structure does not fit into `/Contents`.
    #[error("The signature is too large: the CMS exceeds the reserved /Contents space.")]
    CmsTooLarge,
}

/// Signs `bytes` and returns the signed file. Earlier signatures stay valid.
///
/// Bytes before the PDF header are removed, since signatures cannot cover them.
///
/// # Errors
///
/// [`SignError`]; then the file is not signed at any position.
pub fn sign(bytes: &[u8], input: &PadesSigningInput<'_>) -> Result<Vec<u8>, SignError> {
    if input.positions.is_empty() {
        return Err(SignError::NoPosition);
    }
    let mut signed = swisscom_sign_pdf::open(bytes)?.to_vec();
    for position in input.positions {
        let update = {
            let file = PdfFile::open(&signed)?;
            let targets = swisscom_sign_pdf::signature_targets(&file)?;
            update::build_update(&file, targets, input, position)?
        };
        signed = incremental::append(signed, update, input.identity)?;
    }
    Ok(signed)
}
