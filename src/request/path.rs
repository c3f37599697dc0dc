//! Paths from templates. Identifiers are checked before they are placed, and encoded when they
//! are, so that no identifier can lead to another resource.

use crate::contract::{Operation, Problem, ProblemCode};
use crate::error::{Error, Result};
use crate::text::join;

/// Values for the placeholders of a path template.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PathParameters<'a> {
    /// `{processId}`: a UUID.
    pub process_id: &'a str,
    /// `{personId}`: identification or externalIdentifier of a participant.
    pub person_id: &'a str,
    /// `{fileId}`: identifier or externalIdentifier of a file.
    pub file_id: &'a str,
}

/// Longest identifier that the contract lets a caller give (`FileSignaturePosition.signer`).
const MAX_IDENTIFIER: usize = 128;

impl<'a> PathParameters<'a> {
    /// For operations on a process as a whole.
    pub fn process(process_id: &'a str) -> Self {
        Self { process_id, ..Self::default() }
    }

    fn value(&self, placeholder: &str) -> &'a str {
        match placeholder {
            "processId" => self.process_id,
            "personId" => self.person_id,
            _ => self.file_id,
        }
    }
}

/// Whether this is a UUID as the platform gives them out.
pub fn is_uuid(value: &str) -> bool {
    crate::contract::is_uuid(value)
}

/// The path of an operation for these identifiers.
///
/// # Errors
/// [`crate::error::ErrorKind::Validation`] when an identifier cannot be one.
pub fn fill(operation: Operation, ids: &PathParameters<'_>) -> Result<String> {
    fill_template(operation, operation.spec().path, ids)
}

/// The same along a template of the relay's.
pub(super) fn fill_template(
    operation: Operation,
    template: &str,
    ids: &PathParameters<'_>,
) -> Result<String> {
    let mut path = String::with_capacity(96);
    let mut problems = Vec::new();
    for segment in template.split('/').skip(1) {
        path.push('/');
        match segment.strip_prefix('{').and_then(|s| s.strip_suffix('}')) {
            None => path.push_str(segment),
            Some(placeholder) => {
                let value = ids.value(placeholder);
                if let Some(wanted) = deviation(placeholder, value) {
                    problems.push(Problem {
                        path: join(&["$.", placeholder]),
                        code: if value.is_empty() {
                            ProblemCode::Required
                        } else {
                            ProblemCode::Format
                        },
                        message: join(&["must be ", wanted]),
                    });
                }
                encode(&mut path, value);
            }
        }
    }
    if problems.is_empty() { Ok(path) } else { Err(Error::validation_error(operation, problems)) }
}

fn deviation(placeholder: &str, value: &str) -> Option<&'static str> {
    if placeholder == "processId" {
        return (!is_uuid(value)).then_some("the UUID of a process");
    }
    // `.` and `..` survive percent-encoding: URL parsers read `%2E%2E` as a parent folder too.
    let unusable =
        value.is_empty() || value == "." || value == ".." || value.len() > MAX_IDENTIFIER;
    unusable.then_some("an identification or an externalIdentifier")
}

/// Appends text percent-encoded: everything but the unreserved characters of RFC 3986.
pub fn encode(out: &mut String, text: &str) {
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            out.push(char::from(byte));
        } else {
            out.push('%');
            for nibble in [byte >> 4, byte & 0xF] {
                let digit = char::from_digit(u32::from(nibble), 16).unwrap_or('0');
                out.push(digit.to_ascii_uppercase());
            }
        }
    }
}
