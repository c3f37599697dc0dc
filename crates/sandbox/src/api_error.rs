//! Error responses of the API, also used by the control API and the gateway.

use swisscom_sign::contract::{ErrorBody, Operation, Scope};

use crate::calendar::format_timestamp;
use crate::call::Call;
use crate::domain::{DomainError, DomainErrorKind, ErrorName};
use crate::http::HttpResponse;
use crate::paths::API_PREFIX;
use crate::platform::{CommandError, Platform};
use crate::settings::{MissingProcess, ScopeError};

/// Error of a request.
#[derive(Debug)]
pub(crate) enum ApiError {
    /// No bearer token: 401 without a body.
    NoToken,
    /// Invalid bearer token: 401 without a body.
    InvalidToken,
    /// The token lacks this scope: 403.
    Scope(Scope),
    /// The path exists with these methods only: 405.
    Method(String),
    /// Unknown path: 404.
    NoSuchPath,
    /// Unknown path, which would be this operation below the base path of the API: 404.
    WrongBasePath(String),
    /// The media type of the body is not JSON: 415.
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

/// Response to an error; `operation` if the path is that of one.
pub(crate) fn response(
    call: &Call<'_>,
    operation: Option<Operation>,
    error: &ApiError,
) -> HttpResponse {
    let body = |status, name: &str, message: &str, subject: &str, text: &str| {
        to_response(call, status, [name, message, subject, text])
    };
    let domain = |error: &DomainError| {
        let name = error.name;
        let status = status(call.platform, operation, name);
        body(status, name.as_str(), error.message(), name.subject(), name.body())
    };
    match error {
        // RFC 6750 section 3.1: no error code if the request has no token.
        ApiError::NoToken => HttpResponse::empty(401).header("www-authenticate", "Bearer"),
        ApiError::InvalidToken => {
            HttpResponse::empty(401).header("www-authenticate", r#"Bearer error="invalid_token""#)
        }
        ApiError::Scope(scope) => {
            let challenge =
                format!(r#"Bearer error="insufficient_scope", scope="{}""#, scope.as_str());
            let answer = match call.platform.settings().scope_error {
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
        ApiError::WrongBasePath(path) => {
            let url = call.links.base();
            let message =
                format!("The API has its base at {url}{API_PREFIX}: {url}{API_PREFIX}{path}");
            body(404, "NoResourceFound", &message, "Not found", &message)
        }
        ApiError::MediaType => {
            let message = "The body must be application/json.";
            body(415, "HttpMediaTypeNotSupported", message, "Unsupported media type", message)
        }
        ApiError::Failure(CommandError::Refused(error)) => domain(error),
        // Other operations must not reveal that the process exists; only those that document 403 may.
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

/// Response to a request that a fault hit.
pub(crate) fn fault(call: &Call<'_>, status: u16, name: &str) -> HttpResponse {
    let text = "Injected fault.";
    to_response(call, status, [name, text, "Fault", text])
}

/// Error with its name, its message for developers, and title and text for users.
fn to_response(
    call: &Call<'_>,
    status: u16,
    [name, message, subject, text]: [&str; 4],
) -> HttpResponse {
    let platform = call.platform;
    // The timestamp of an error uses the clock of the caller's organization.
    let now = call.client.map_or_else(|| platform.now(), |client| platform.now_of(&client.owner));
    let path = call.request.path.strip_prefix(API_PREFIX).unwrap_or(&call.request.path);
    let error = ErrorBody::default()
        .id(platform.new_uuid().to_string())
        .timestamp(format_timestamp(now))
        .name(name)
        .message(message)
        .path(path)
        .http_status(status)
        .client_subject(subject)
        .client_body(text);
    HttpResponse::json(status, &error)
}

fn documents(operation: Option<Operation>, status: u16) -> bool {
    operation.is_some_and(|o| o.spec().failures.iter().any(|(known, _)| *known == status))
}

fn status(platform: &Platform, operation: Option<Operation>, name: ErrorName) -> u16 {
    match name.kind() {
        DomainErrorKind::Invalid => 400,
        DomainErrorKind::Forbidden => 403,
        DomainErrorKind::Absent => 404,
        DomainErrorKind::Conflict => 409,
        DomainErrorKind::Gone => 410,
        DomainErrorKind::NotYet => 412,
        DomainErrorKind::TooLarge => 413,
        DomainErrorKind::Missing => match platform.settings().missing_process {
            MissingProcess::NotFound => 404,
            MissingProcess::Conflict => 409,
            MissingProcess::Contract if documents(operation, 404) => 404,
            MissingProcess::Contract => 409,
        },
    }
}
