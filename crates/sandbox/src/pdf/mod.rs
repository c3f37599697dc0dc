//! Everything the sandbox does with PDF files. Pure functions: bytes, names,
//! the time and random bytes come in as parameters.
//!
//! - [`inspect()`]: page sizes, signatures, and whether a file can be signed
//! - [`find_tags`]: where the text of a signature tag (`\s1\`) stands
//! - [`sign()`]: one visible PAdES signature for each position
//! - [`verify()`]: what the signatures of a file are worth
//! - [`sample()`]: a small PDF to try all of that with
//!
//! All coordinates are points (1/72 inch) of the page as displayed, from its
//! top left corner to the right and down, as in the contract.

mod cms;
mod fields;
mod geometry;
mod inspect;
mod pages;
mod read;
mod refusal;
mod sample;
mod sign;
mod tag;
mod verify;

pub use inspect::{Inspection, MAX_FILE, PageSize, STICKER, inspect};
pub use refusal::Refusal;
pub use sample::{SamplePage, sample};
pub use sign::{Position, SignError, SigningInput, sign};
pub use tag::{TagPosition, find_tag, find_tags};
pub use verify::{Changes, SignatureReport, verify};
