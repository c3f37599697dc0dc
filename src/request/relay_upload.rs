//! The relay's route for file uploads, shared by the relay and its clients. The body is the PDF
//! itself; the relay encodes it into the JSON of operation `attach`.

use super::path::{self, PathParameters};
use crate::contract::Operation;
use crate::error::Result;

/// Path template below the relay's URL; the method is POST, the body a PDF.
pub const UPLOAD_PATH: &str = "/relay/process/{processId}/file";
/// Header with the other fields of a FileAttachment, as JSON in ASCII.
pub const UPLOAD_HEADER: &str = "relay-file";
/// Maximum length of that header in bytes.
pub const MAX_UPLOAD_HEADER: usize = 8 * 1024;

/// Path for a process.
///
/// # Errors
/// Validation, for an invalid identifier.
pub fn upload_path(process_id: &str) -> Result<String> {
    path::expand_template(Operation::Attach, UPLOAD_PATH, &PathParameters::process(process_id))
}
