//! The relay's own way to attach a file: its bytes as they are, so that a page encodes nothing. The
//! relay puts them into the JSON of operation `attach`. Its server and its clients read this.

use super::path::{self, PathParameters};
use crate::contract::Operation;
use crate::error::Result;

/// Path template below the relay's URL; the method is POST, the body a PDF.
pub const UPLOAD_PATH: &str = "/relay/process/{processId}/file";
/// The header that holds the other fields of a FileAttachment, as JSON in ASCII.
pub const UPLOAD_HEADER: &str = "relay-file";
/// Greatest length of that header, in bytes.
pub const MAX_UPLOAD_HEADER: usize = 8 * 1024;

/// The path for a process.
///
/// # Errors
/// Validation, for an identifier that cannot be one.
pub fn upload_path(process_id: &str) -> Result<String> {
    path::fill_template(Operation::Attach, UPLOAD_PATH, &PathParameters::process(process_id))
}
