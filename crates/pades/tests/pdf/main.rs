//! PDF signing and verifying, judged by independent programs.
//!
//! Needed: `apt-get install poppler-utils libnss3-tools qpdf`.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    clippy::unwrap_used
)]

// The files and programs by which reading is tested too.
#[path = "../../../pdf/tests/pdf/bombs.rs"]
mod bombs;
#[path = "../../../pdf/tests/pdf/corpus.rs"]
#[allow(dead_code, reason = "files that are refused are none to be signed")]
mod corpus;
#[path = "../../../pdf/tests/pdf/mutants.rs"]
mod mutants;
#[path = "../../../pdf/tests/pdf/tools.rs"]
mod tools;

mod hostile;
mod pdfsig;
mod pyhanko;
mod scripts;
mod shadow_attacks;
mod signatures;
