//! PDF reading, compared with independent programs.
//!
//! Requires `apt-get install poppler-utils qpdf`.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    clippy::unwrap_used
)]

mod corpus;
mod decompression_bombs;
mod hostile;
mod inspection;
mod mutations;
mod placement;
mod tags;
mod tools;
