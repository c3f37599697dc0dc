//! Everything the sandbox does with PDF files. Pure functions: bytes, names,
//! the time and random bytes come in as parameters.
//!
//! - [`sign()`]: one visible PAdES signature for each position
//! - [`verify()`]: what the signatures of a file are worth
//! - the rest reads files, and is that of [`swisscom_sign_pdf`]
//!
//! All coordinates are points (1/72 inch) of the page as displayed, from its
//! top left corner to the right and down, as in the contract.

mod cms;
mod sign;
mod verify;

pub use sign::{AppearancePosition, PadesSigningInput, SignError, sign};
pub use swisscom_sign_pdf::{
    MAX_FILE, PageSize, PdfError, STICKER, SamplePage, SigningInspection, TagPosition, find_tag,
    find_tags, inspect, sample,
};
pub use verify::{PostSignatureChanges, SignatureReport, verify};
