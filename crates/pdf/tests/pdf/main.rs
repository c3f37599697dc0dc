//! PDF reading, judged by independent programs.
//!
//! Needed: `apt-get install poppler-utils qpdf`.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    clippy::unwrap_used
)]

mod bombs;
mod corpus;
mod hostile;
mod inspection;
mod mutants;
mod tags;
mod tools;
