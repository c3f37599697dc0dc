//! Request builders, one per REST service of the guide ("Services").

use super::SignRequest;
use super::path::{PathParameters, expand};
use std::borrow::Cow;

use crate::contract::{Operation, Problem, ProblemCode, Severity, exceeded, validate_writable};
use crate::error::{Error, Result};

/// Handling of what this version does not know: fields and values of a newer contract.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum UnknownFields {
    /// Reject them, because a misspelt option would have no effect. Read-only fields, of a process
    /// that was read and serves as a template, are not sent.
    #[default]
    Refuse,
    /// Send them, for a contract that is newer than this version. Read-only fields are sent, too.
    Send,
}

impl UnknownFields {
    /// Severity of a problem of the schema.
    fn severity(self, problem: &Problem) -> Severity {
        match (self, problem.code) {
            (Self::Refuse, ProblemCode::UnknownField) => Severity::Error,
            (Self::Send, ProblemCode::Enumeration) => Severity::Warning,
            _ => problem.severity,
        }
    }
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
    Ok(SignRequest::new(operation, expand(operation, ids)?))
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
    let mut body = body.or(spec.request_required.then_some("{}")).map(Cow::Borrowed);
    if let (Some(Cow::Borrowed(text)), Some(object)) = (&body, spec.request) {
        let (found, writable) = validate_writable(object, text);
        if unknown == UnknownFields::Refuse {
            body = Some(writable);
        }
        problems.extend(found.into_iter().map(|problem| {
            let severity = unknown.severity(&problem);
            problem.with_severity(severity)
        }));
    }
    if let Some(body) = &body {
        let (length, max) = (body.len() as i64, spec.max_request_bytes as i64);
        if length > max {
            let message = exceeded("too long: ", length, " bytes", max);
            problems.push(Problem::new("$", ProblemCode::TooLong, message));
        }
    }
    if problems.iter().any(Problem::is_error) {
        return Err(Error::validation_error(operation, problems));
    }
    Ok(SignRequest { body, warnings: problems, ..SignRequest::new(operation, path) })
}
