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

/// Where a signature is to be seen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AppearancePosition {
    /// The page, counted from 0; negative from the end, -1 being the last one.
    pub page: i64,
    /// Left edge of the sticker, in points from the left of the displayed page.
    pub x: f64,
    /// Top edge of the sticker, in points from the top of the displayed page.
    pub y: f64,
}

/// One act of signing by one person.
#[derive(Debug)]
pub struct PadesSigningInput<'a> {
    /// The name on the sticker and in the signature's `/Name`; any script.
    pub name: &'a str,
    /// Key and certificate, see [`crate::ca::CertificateAuthority::issue`].
    pub identity: &'a SigningIdentity,
    /// At least one position; each becomes a signature of its own.
    pub positions: &'a [AppearancePosition],
    /// Width and height of the sticker in points: viewers scale to it what is drawn for
    /// [`STICKER`](crate::pdf::STICKER).
    pub size: (f64, f64),
    /// The time that the signature states.
    pub time: Timestamp,
    /// Why the person signs, for the signature's `/Reason`.
    pub reason: Option<&'a str>,
}

/// Why a document could not be signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
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

/// Signs `bytes` and gives the whole signed file. Earlier signatures stay valid.
///
/// Bytes before the PDF header are left out, since no signature can cover them.
///
/// # Errors
///
/// [`SignError`]; nothing is signed then, also not some of the positions.
pub fn sign(bytes: &[u8], input: &PadesSigningInput<'_>) -> Result<Vec<u8>, SignError> {
    if input.positions.is_empty() {
        return Err(SignError::NoPosition);
    }
    let mut signed = swisscom_sign_pdf::open(bytes)?.to_vec();
    for position in input.positions {
        let update = {
            let file = PdfFile::open(&signed)?;
            let signable = swisscom_sign_pdf::signable(&file)?;
            update::signature(&file, signable, input, position)?
        };
        signed = incremental::append(signed, update, input.identity)?;
    }
    Ok(signed)
}
