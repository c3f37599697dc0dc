//! Reading PDF files that anybody may have made.
//!
//! An own reader, because of what the readers on offer do with hostile bytes:
//! they parse or inflate everything up front, so that a small file can cost
//! gigabytes or minutes, and they write changed objects back with rounded
//! numbers. This one reads an object when it is asked for, counts all work
//! against one budget, and repairs nothing: what cannot be read as written is
//! refused, since a signature on guessed structure would be worth nothing.
//!
//! - [`object`]: the objects and how they are written
//! - [`parse`]: bytes to objects
//! - `filter`: stream decoding
//! - [`xref`]: where the objects of a file are
//! - [`mod@file`]: the file as a whole

pub mod file;
mod filter;
pub mod object;
pub mod parse;
pub mod xref;

pub use file::{ObjectSurvey, PdfFile};
pub use object::{ObjectId, PdfDict, PdfObject, PdfStream};
