//! Request builders, one per REST service of the guide ("Services").

use super::SignRequest;
use super::path::{PathParameters, expand};
use crate::contract::{Operation, Problem, ProblemCode, Severity, exceeded, validate};
use crate::error::{Error, Result};

/// Handling of fields that the platform would silently ignore: unknown and read-only ones.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum UnknownFields {
    /// Reject them, because a misspelt option would have no effect.
    #[default]
    Refuse,
    /// Send them, for a contract that is newer than this version.
    Send,
}

/// Creates a process (operation `create`). `process` is the JSON text of a Process.
///
/// # Errors
/// Validation, with every problem.
pub fn create(process: &str, unknown: UnknownFields) -> Result<SignRequest<'_>> {
    with_body(Operation::Create, &PathParameters::default(), Some(process), unknown)
}

/// Attaches a file (operation `attach`). `file` is the JSON text of a FileAttachment.
///
/// # Errors
/// Validation, with every problem.
pub fn attach<'a>(
    process_id: &str,
    file: &'a str,
    unknown: UnknownFields,
) -> Result<SignRequest<'a>> {
    with_body(Operation::Attach, &PathParameters::process(process_id), Some(file), unknown)
}

/// Requests the URL of the setup page (operation `setup`). `options` is a ProcessSetupRequest.
///
/// # Errors
/// Validation, with every problem.
pub fn setup<'a>(
    process_id: &str,
    options: Option<&'a str>,
    unknown: UnknownFields,
) -> Result<SignRequest<'a>> {
    with_body(Operation::Setup, &PathParameters::process(process_id), options, unknown)
}

/// Releases a process (operation `release`). `options` is a ProcessReleaseRequest; without it no
/// mail is sent.
///
/// # Errors
/// Validation, with every problem.
pub fn release<'a>(
    process_id: &str,
    options: Option<&'a str>,
    unknown: UnknownFields,
) -> Result<SignRequest<'a>> {
    with_body(Operation::Release, &PathParameters::process(process_id), options, unknown)
}

/// Creates a URL for a participant (operation `open`). `options` is a ProcessOpenRequest.
///
/// # Errors
/// Validation, with every problem.
pub fn open<'a>(
    process_id: &str,
    person_id: &str,
    options: Option<&'a str>,
    unknown: UnknownFields,
) -> Result<SignRequest<'a>> {
    let ids = PathParameters { process_id, person_id, ..PathParameters::default() };
    with_body(Operation::Open, &ids, options, unknown)
}

/// Reads a process (operation `getProcess`).
///
/// # Errors
/// Validation, for an identifier that cannot be one.
pub fn get_process(process_id: &str) -> Result<SignRequest<'static>> {
    without_body(Operation::GetProcess, &PathParameters::process(process_id))
}

/// Reads the state of a process (operation `getStatus`).
///
/// # Errors
/// Validation, for an identifier that cannot be one.
pub fn get_status(process_id: &str) -> Result<SignRequest<'static>> {
    without_body(Operation::GetStatus, &PathParameters::process(process_id))
}

/// Reads the audit records of a process (operation `getRecords`).
///
/// # Errors
/// Validation, for an identifier that cannot be one.
pub fn get_records(process_id: &str) -> Result<SignRequest<'static>> {
    without_body(Operation::GetRecords, &PathParameters::process(process_id))
}

/// Downloads a file as Base64 in JSON (operation `getFile`).
///
/// # Errors
/// Validation, for an identifier that cannot be one.
pub fn get_file(process_id: &str, file_id: &str) -> Result<SignRequest<'static>> {
    without_body(
        Operation::GetFile,
        &PathParameters { process_id, file_id, ..PathParameters::default() },
    )
}

/// Downloads a file as bytes (operation `getFileContent`).
///
/// # Errors
/// Validation, for an identifier that cannot be one.
pub fn get_file_content(process_id: &str, file_id: &str) -> Result<SignRequest<'static>> {
    without_body(
        Operation::GetFileContent,
        &PathParameters { process_id, file_id, ..PathParameters::default() },
    )
}

/// Builds the request of any operation. `text` is the JSON text of the body, or of the query
/// parameters of `findAll`.
///
/// # Errors
/// Validation, with every problem.
pub fn build<'a>(
    operation: Operation,
    ids: &PathParameters<'_>,
    text: Option<&'a str>,
    unknown: UnknownFields,
) -> Result<SignRequest<'a>> {
    let spec = operation.spec();
    match (spec.query, spec.request) {
        (Some(_), _) => super::find_all(text.unwrap_or("{}")),
        (None, Some(_)) => with_body(operation, ids, text, unknown),
        (None, None) => without_body(operation, ids),
    }
}

fn without_body(operation: Operation, ids: &PathParameters<'_>) -> Result<SignRequest<'static>> {
    Ok(SignRequest { operation, path: expand(operation, ids)?, query: Vec::new(), body: None })
}

/// Reports the problems of identifiers and body together.
fn with_body<'a>(
    operation: Operation,
    ids: &PathParameters<'_>,
    body: Option<&'a str>,
    unknown: UnknownFields,
) -> Result<SignRequest<'a>> {
    let spec = operation.spec();
    let (path, mut problems) = match expand(operation, ids) {
        Ok(path) => (path, Vec::new()),
        Err(error) => (String::new(), error.problems),
    };
    let body = body.or(spec.request_required.then_some("{}"));
    if let (Some(body), Some(object)) = (body, spec.request) {
        let is_reported = |problem: &Problem| {
            unknown == UnknownFields::Refuse || problem.code.severity() == Severity::Error
        };
        problems.extend(validate(object, body).into_iter().filter(is_reported));
        let (length, max) = (body.len() as i64, spec.max_request_bytes as i64);
        if length > max {
            problems.push(Problem {
                path: "$".into(),
                code: ProblemCode::TooLong,
                message: exceeded("too long: ", length, " bytes", max),
            });
        }
    }
    if problems.is_empty() {
        Ok(SignRequest { operation, path, query: Vec::new(), body })
    } else {
        Err(Error::validation_error(operation, problems))
    }
}
