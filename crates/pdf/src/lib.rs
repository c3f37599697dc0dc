//! Reads PDF files from untrusted sources. Pure: bytes in, values out; time and memory are bounded.
//!
//! - [`inspect()`]: pages, tags, signatures, and every reason why the file would be rejected
//! - [`inspect_for_signing()`]: page sizes and signatures of a file that can be signed
//! - [`check_placement`]: whether the signature positions of a request are on the pages
//! - [`find_tags`]: positions of signature tags (`\s1\`)
//! - [`sample()`]: a small PDF for demonstrations and tests
//!
//! All coordinates are points (1/72 inch) of the page as displayed, from its
//! top left corner to the right and down, as in the contract.
//!
//! The hidden modules (`read`, `pages`, `fields`, `geometry`) are internal to the crates of this
//! workspace that write files, too. They may change in any release.

mod error;
#[doc(hidden)]
pub mod fields;
#[doc(hidden)]
pub mod geometry;
mod inspect;
#[cfg(feature = "js")]
pub mod js;
#[doc(hidden)]
pub mod pages;
mod placement;
#[doc(hidden)]
pub mod read;
mod report;
mod sample;
mod tag;

pub use error::{CertifiedChanges, PdfError};
pub use inspect::{
    MAX_FILE, PageSize, SIGNATURE_SIZE, SigningInspection, inspect_for_signing, page_index,
};
#[doc(hidden)]
pub use inspect::{SignatureTargets, open, signature_targets};
pub use placement::{PlacementTarget, check_placement};
pub use report::{PageLayout, PdfInspection, SignatureTag, inspect};
pub use sample::{SamplePage, sample};
pub use tag::{TagPosition, TagSearch, find_tag, find_tags};
