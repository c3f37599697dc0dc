//! Reads PDF files that anybody may have made. Pure: bytes in, values out.
//!
//! - [`inspect()`]: page sizes, signatures, and whether a file can be signed
//! - [`survey()`]: the same of a file that cannot be signed, with tags and reasons
//! - [`check_placement`]: whether signatures can be shown where a request wants them
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
#[cfg(all(target_arch = "wasm32", feature = "js"))]
pub mod js;
pub mod pages;
mod placement;
pub mod read;
mod refusal;
mod sample;
mod survey;
mod tag;

pub use inspect::{
    MAX_FILE, PageSize, STICKER, SignatureTargets, SigningInspection, inspect, open, page_index,
    signable,
};
pub use placement::check_placement;
pub use refusal::PdfError;
pub use sample::{SamplePage, sample};
pub use survey::{PageLayout, PdfInspection, SignatureTag, survey};
pub use tag::{TagPosition, find_tag, find_tags};
