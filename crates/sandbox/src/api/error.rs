//! Every refusal as an answer, in one place.

use swisscom_sign::contract::{ErrorBody, Operation, Scope};

use super::{PREFIX, caller};
use crate::domain::view::time;
use crate::domain::{DomainError, DomainErrorKind, ErrorName};
use crate::engine::{CommandError, Platform};
use crate::http::{HttpRequest, HttpResponse};
use crate::rulings::{MissingProcess, ScopeError};

/// Why there is no success.
#[derive(Debug)]
pub enum ApiError {
    /// No bearer token: 401 without a body.
    NoToken,
    /// A bearer token that is not valid: 401 without a body.
    InvalidToken,
    /// The token lacks this scope: 403.
    Scope(Scope),
    /// The path exists, with these methods: 405.
    Method(String),
    /// No such path: 404.
    NoSuchPath,
    /// No such path, but this one below the base of the API: 404.
    Misplaced(String),
    /// The body is no JSON by its own account: 415.
    MediaType,
    /// The command failed.
    Failure(CommandError),
}

impl From<CommandError> for ApiError {
    fn from(failure: CommandError) -> Self {
        Self::Failure(failure)
    }
}

impl From<DomainError> for ApiError {
    fn from(error: DomainError) -> Self {
        Self::Failure(error.into())
    }
}

impl From<ErrorName> for ApiError {
    fn from(name: ErrorName) -> Self {
        Self::Failure(name.into())
    }
}

/// The answer to a refusal; `operation` where the path led to one.
pub fn response(
    engine: &Platform,
    request: &HttpRequest,
    operation: Option<Operation>,
    refusal: &ApiError,
) -> HttpResponse {
    let body = |status, name: &str, message: &str, subject: &str, text: &str| {
        written(engine, request, status, [name, message, subject, text])
    };
    let domain = |error: &DomainError| {
        let name = error.name;
        let status = status(engine, operation, name);
        body(status, name.as_str(), error.message(), name.subject(), name.body())
    };
    match refusal {
        // RFC 6750 section 3.1: no error code where there was no token.
        ApiError::NoToken => HttpResponse::empty(401).header("www-authenticate", "Bearer"),
        ApiError::InvalidToken => {
            HttpResponse::empty(401).header("www-authenticate", r#"Bearer error="invalid_token""#)
        }
        ApiError::Scope(scope) => {
            let challenge =
                format!(r#"Bearer error="insufficient_scope", scope="{}""#, scope.as_str());
            let answer = match engine.rulings().scope_error {
                ScopeError::Unauthorized => HttpResponse::empty(401),
                ScopeError::Forbidden => domain(&DomainError::new(
                    ErrorName::AccessDenied,
                    format!("The token lacks the scope {}.", scope.as_str()),
                )),
            };
            answer.header("www-authenticate", challenge)
        }
        ApiError::Method(allow) => {
            let message = format!("Method not allowed: use {allow}.");
            body(405, "HttpRequestMethodNotSupported", &message, "Method not allowed", &message)
                .header("allow", allow.clone())
        }
        ApiError::NoSuchPath => {
            let message = "The API has no such path.";
            body(404, "NoResourceFound", message, "Not found", message)
        }
        ApiError::Misplaced(path) => {
            let url = engine.public_url();
            let message = format!("The API has its base at {url}{PREFIX}: {url}{PREFIX}{path}");
            body(404, "NoResourceFound", &message, "Not found", &message)
        }
        ApiError::MediaType => {
            let message = "The body must be application/json.";
            body(415, "HttpMediaTypeNotSupported", message, "Unsupported media type", message)
        }
        ApiError::Failure(CommandError::Refused(error)) => domain(error),
        // Only an operation that documents 403 admits that the process exists.
        ApiError::Failure(CommandError::Foreign) => {
            if documents(operation, 403) {
                domain(&ErrorName::AccessDenied.into())
            } else {
                domain(&ErrorName::ProcessNotFound.into())
            }
        }
        ApiError::Failure(CommandError::Internal(reason)) => {
            eprintln!("error: {reason}");
            let message = "The sandbox could not complete the request. See its log for details.";
            body(500, "InternalServerError", message, "Internal error", message)
        }
    }
}

/// The answer to a request that a fault struck.
pub(crate) fn fault(
    engine: &Platform,
    request: &HttpRequest,
    status: u16,
    name: &str,
) -> HttpResponse {
    let text = "Injected fault.";
    written(engine, request, status, [name, text, "Fault", text])
}

/// An error with its name, its message for developers, and title and text for users.
fn written(
    engine: &Platform,
    request: &HttpRequest,
    status: u16,
    [name, message, subject, text]: [&str; 4],
) -> HttpResponse {
    // Also an error is dated by the clock that the caller lives by.
    let now = match caller::named(engine, request) {
        Some(client) => engine.now_for(&client.owner),
        None => engine.now(),
    };
    let path = request.path.strip_prefix(PREFIX).unwrap_or(&request.path);
    let error = ErrorBody {
        id: Some(engine.new_uuid().to_string()),
        timestamp: Some(time(now)),
        name: Some(name.to_owned()),
        message: Some(message.to_owned()),
        path: Some(path.to_owned()),
        http_status: Some(i32::from(status)),
        client_subject: Some(subject.to_owned()),
        client_body: Some(text.to_owned()),
    };
    HttpResponse::json(status, &error)
}

fn documents(operation: Option<Operation>, status: u16) -> bool {
    operation.is_some_and(|o| o.spec().failures.iter().any(|(known, _)| *known == status))
}

fn status(engine: &Platform, operation: Option<Operation>, name: ErrorName) -> u16 {
    match name.kind() {
        DomainErrorKind::Invalid => 400,
        DomainErrorKind::Forbidden => 403,
        DomainErrorKind::Absent => 404,
        DomainErrorKind::Conflict => 409,
        DomainErrorKind::Gone => 410,
        DomainErrorKind::NotYet => 412,
        DomainErrorKind::TooLarge => 413,
        DomainErrorKind::Missing => match engine.rulings().missing_process {
            MissingProcess::NotFound => 404,
            MissingProcess::Conflict => 409,
            MissingProcess::Contract if documents(operation, 404) => 404,
            MissingProcess::Contract => 409,
        },
    }
}
