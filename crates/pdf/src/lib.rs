//! Reads PDF files that anybody may have made. Pure: bytes in, values out.
//!
//! - [`inspect()`]: page sizes, signatures, and whether a file can be signed
//! - [`find_tags`]: where the text of a signature tag (`\s1\`) stands
//! - [`sample()`]: a small PDF to try that with
//!
//! Below, for those who write files too:
//!
//! - [`read`]: objects, streams and the cross-reference table
//! - [`pages`], [`fields`], [`geometry`]: what a document makes of them
//!
//! All coordinates are points (1/72 inch) of the page as displayed, from its
//! top left corner to the right and down, as in the contract.

pub mod fields;
pub mod geometry;
mod inspect;
pub mod pages;
pub mod read;
mod refusal;
mod sample;
mod tag;

pub use inspect::{
    Inspection, MAX_FILE, PageSize, STICKER, inspect, open, page_index, require_signable,
};
pub use refusal::Refusal;
pub use sample::{SamplePage, sample};
pub use tag::{TagPosition, find_tag, find_tags};
