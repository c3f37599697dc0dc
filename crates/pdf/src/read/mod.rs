//! PDF reader for untrusted files. Internal to the crates of this workspace.
//!
//! The reader is our own because signing needs three properties together:
//! bounded work on hostile input, the exact bytes and offsets of the file, and no repair (a
//! signature on guessed structure would be worthless). Objects are read on demand, and all work
//! counts against one limit per file. Alternatives, as of November 2026:
//!
//! - lopdf 0.47 parses all objects and object streams eagerly. `LoadOptions::max_decompressed_size`
//!   (off by default) limits each stream, not the file. `IncrementalDocument` serializes changed
//!   objects again and does not promise to keep the kind of cross-reference section.
//! - hayro-syntax 0.9 is lazy and limits nesting, but not the decoded size, and it rebuilds damaged
//!   cross-references. It needs Rust 1.92.
//! - pdf-writer and krilla write new files only.
//!
//! A limit on the total work in lopdf or hayro-syntax, and access to offsets without repair, would
//! be reasons to switch.
//!
//! - [`object`]: objects and their serialization
//! - [`parse`]: bytes to objects
//! - `filter`: stream decoding
//! - [`xref`]: cross-reference sections
//! - [`mod@file`]: the file, with lookup and the work limit

pub mod file;
mod filter;
pub mod object;
pub mod parse;
pub mod xref;

pub use file::{ObjectSurvey, PdfFile};
pub use object::{ObjectId, PdfDict, PdfObject, PdfStream};
