//! Path templates: expansion for requests, matching for servers. Identifiers are validated and
//! percent-encoded, so that no identifier can address another resource.

use crate::contract::{Operation, Problem, ProblemCode, is_uuid};
use crate::error::{Error, Result};
use crate::format_text::join;

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

/// Maximum length of an identifier that a caller can assign (`FileSignaturePosition.signer`).
const MAX_IDENTIFIER: usize = 128;

impl<'a> PathParameters<'a> {
    /// Parameters of an operation on a process.
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

/// Name of the placeholder of a template segment such as `{processId}`; `None` for a literal one.
fn placeholder(segment: &str) -> Option<&str> {
    segment.strip_prefix('{')?.strip_suffix('}')
}

/// Matches the segments of a path against a template such as `/api/process/{processId}`. Returns the
/// placeholders with their values, or `None` if the path does not match or a value is empty.
///
/// ```
/// use swisscom_sign::request::path::match_template;
///
/// let segments = ["api", "process", "7"];
/// assert_eq!(match_template("/api/process/{id}", segments), Some(vec![("id", "7")]));
/// assert_eq!(match_template("/api/process", segments), None);
/// ```
pub fn match_template<'t, 'p>(
    template: &'t str,
    segments: impl IntoIterator<Item = &'p str>,
) -> Option<Vec<(&'t str, &'p str)>> {
    let mut expected = template.split('/').skip(1);
    let mut parameters = Vec::new();
    for segment in segments {
        let expected = expected.next()?;
        match placeholder(expected) {
            Some(name) if !segment.is_empty() => parameters.push((name, segment)),
            None if expected == segment => {}
            _ => return None,
        }
    }
    expected.next().is_none().then_some(parameters)
}

/// Expands the path of an operation.
///
/// # Errors
/// [`crate::error::ErrorKind::Validation`] for an invalid identifier.
pub fn expand(operation: Operation, ids: &PathParameters<'_>) -> Result<String> {
    expand_template(operation, operation.spec().path, ids)
}

/// Expands another template, such as that of the relay's upload route.
pub(super) fn expand_template(
    operation: Operation,
    template: &str,
    ids: &PathParameters<'_>,
) -> Result<String> {
    let mut path = String::with_capacity(96);
    let mut problems = Vec::new();
    for segment in template.split('/').skip(1) {
        path.push('/');
        match placeholder(segment) {
            None => path.push_str(segment),
            Some(name) => {
                let value = ids.value(name);
                if let Some(expected) = violation(name, value) {
                    let code =
                        if value.is_empty() { ProblemCode::Required } else { ProblemCode::Format };
                    let message = join(&["must be ", expected]);
                    problems.push(Problem::new(join(&["$.", name]), code, message));
                }
                percent_encode(&mut path, value);
            }
        }
    }
    if problems.is_empty() { Ok(path) } else { Err(Error::validation_error(operation, problems)) }
}

fn violation(placeholder: &str, value: &str) -> Option<&'static str> {
    if placeholder == "processId" {
        return (!is_uuid(value)).then_some("the UUID of a process");
    }
    // `.` and `..` survive percent-encoding: URL parsers also treat `%2E%2E` as a parent folder.
    let unusable =
        value.is_empty() || value == "." || value == ".." || value.len() > MAX_IDENTIFIER;
    unusable.then_some("an identification or an externalIdentifier")
}

/// Appends text percent-encoded, except the unreserved characters of RFC 3986.
pub fn percent_encode(out: &mut String, text: &str) {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percent_encodes_reserved_characters() {
        let mut out = String::new();
        percent_encode(&mut out, "aZ09-._~ /?#%:+é");
        assert_eq!(out, "aZ09-._~%20%2F%3F%23%25%3A%2B%C3%A9");
    }

    #[test]
    fn matches_templates_segment_by_segment() {
        let matches = |template, path: &'static str| match_template(template, path.split('/'));
        assert_eq!(matches("/a/{b}/c", "a/1/c"), Some(vec![("b", "1")]));
        assert_eq!(matches("/a/{b}/{c}", "a/1/2"), Some(vec![("b", "1"), ("c", "2")]));
        for path in ["a/1", "a/1/c/d", "A/1/c", "a//c", "a/1/", ""] {
            assert_eq!(matches("/a/{b}/c", path), None, "{path}");
        }
    }
}
