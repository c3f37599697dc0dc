//! Signing and verification, compared with independent programs.
//!
//! Requires `apt-get install poppler-utils libnss3-tools qpdf`.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    clippy::unwrap_used
)]

// Shared with the tests of the PDF reader.
#[path = "../../../pdf/tests/pdf/corpus.rs"]
#[allow(dead_code, reason = "only the PDF reader tests rejected files")]
mod corpus;
#[path = "../../../pdf/tests/pdf/decompression_bombs.rs"]
mod decompression_bombs;
#[path = "../../../pdf/tests/pdf/mutations.rs"]
mod mutations;
#[path = "../../../pdf/tests/pdf/tools.rs"]
mod tools;

mod hostile;
mod pdfsig;
mod pyhanko;
mod scripts;
mod shadow_attacks;
mod signatures;
mod third_party;
