//! PDF reading, signing and verifying, judged by independent programs.
//!
//! Needed: `apt-get install poppler-utils libnss3-tools qpdf`.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    clippy::unwrap_used
)]

mod corpus;
mod hostile;
mod inspection;
mod pyhanko;
mod signatures;
mod tags;
mod tools;
