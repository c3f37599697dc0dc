//! PAdES signatures in PDF files. Pure functions: file, names, time and random bytes are parameters.
//!
//! - [`sign()`]: adds one visible signature (profile B-B) for each position
//! - [`verify()`]: reports what each signature of a file covers and what was changed after it
//! - [`ca`]: the certificate authority that issues the certificates of signers
//!
//! Files are read by [`swisscom_sign_pdf`]. All coordinates are points (1/72 inch) of the page as
//! displayed, from its top left corner to the right and down, as in the contract.

pub mod ca;
mod cms;
mod sign;
mod verify;

pub use sign::{AppearancePosition, PadesSigningInput, SignError, sign};
pub use verify::{PostSignatureChanges, SignatureReport, Verdict, verify};
