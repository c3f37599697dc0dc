//! Signing: each position becomes one signature field, and each field one
//! incremental update, so that no byte of what is there already changes.
//!
//! - [`update`]: the objects that are added or replaced
//! - [`append`]: how an update stands in the file
//! - [`sticker`]: what is visible
//! - [`line`]: text as filled outlines of the bundled font

mod append;
mod line;
mod sticker;
mod update;

use std::fmt;

pub(super) use append::{digest, wrote};
use jiff::Timestamp;
use swisscom_sign_pdf::PdfError;
use swisscom_sign_pdf::read::PdfFile;
pub(super) use update::SIGNATURES_EXIST_AND_APPEND_ONLY;

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

/// A document that could not be signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SignError {
    /// The file cannot be signed at all.
    Refused(PdfError),
    /// The document has no such page.
    NoSuchPage(i64),
    /// There was no position.
    NoPosition,
    /// The signature could not be encoded; the text tells what.
    Encoding(&'static str),
}

impl fmt::Display for SignError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(refusal) => refusal.fmt(formatter),
            Self::NoSuchPage(page) => write!(formatter, "The PDF has no page {page}."),
            Self::NoPosition => formatter.write_str("There is no position to sign at."),
            Self::Encoding(what) => write!(formatter, "The signature cannot be made: {what}."),
        }
    }
}

impl std::error::Error for SignError {}

impl From<PdfError> for SignError {
    fn from(refusal: PdfError) -> Self {
        Self::Refused(refusal)
    }
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
        signed = append::append(signed, update, input.identity)?;
    }
    Ok(signed)
}
