//! Decodes responses into a result or a typed error.

use core::fmt;

use crate::contract::json;
use crate::contract::{Operation, Redacted, ResponseBody, State, is_uuid};
use crate::error::{Error, ErrorKind, Result, UpstreamError};
use crate::format_text::{format_integer, join};

/// Status and headers of a response.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ResponseHead<'a> {
    /// HTTP status.
    pub status: u16,
    /// `Content-Type`.
    pub content_type: Option<&'a str>,
    /// `Retry-After`, in milliseconds from now; see [`retry_after_ms`].
    pub retry_after_ms: Option<u64>,
}

/// Fields of a successful response; the JSON contains everything else, including unknown fields.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ResponseFields {
    /// `id` of the process.
    pub process_id: Option<String>,
    /// `status` of the process.
    pub state: Option<State>,
    /// `fileId` of an attached file.
    pub file_id: Option<String>,
}

/// Successful response.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct DecodedResponse<'a> {
    /// The operation.
    pub operation: Operation,
    /// HTTP status, 200 to 299.
    pub status: u16,
    /// Whether the operation had been performed before (208).
    pub already_done: bool,
    /// Fields of the body.
    pub fields: ResponseFields,
    /// Body of a JSON response: valid JSON, an object.
    pub json: Option<&'a str>,
}

/// Omits the body, which contains personal data and access URLs.
impl fmt::Debug for DecodedResponse<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DecodedResponse")
            .field("operation", &self.operation)
            .field("status", &self.status)
            .field("already_done", &self.already_done)
            .field("fields", &self.fields)
            .field("json", &self.json.map(Redacted))
            .finish()
    }
}

#[cfg(feature = "model")]
impl DecodedResponse<'_> {
    /// Deserializes the body into a type of the contract.
    ///
    /// # Errors
    /// [`ErrorKind::MalformedResponse`] if the body does not match the type.
    pub fn model<T: crate::contract::declare::ContractObject + serde::de::DeserializeOwned>(
        &self,
    ) -> Result<T> {
        serde_json::from_str(self.json.unwrap_or_default()).map_err(|error| {
            let what = format!("body does not match {}", T::OBJECT.name);
            // The text of serde_json's error can contain values of the body.
            let place = format!("line {}, column {}", error.line(), error.column());
            malformed(self.operation, self.status, &what).with_source(place)
        })
    }
}

/// Decodes a response. `body` can be empty for a file download, whose bytes the host handles.
///
/// # Errors
/// A failure status, or a successful response whose body does not match the contract.
pub fn decode<'a>(
    operation: Operation,
    head: ResponseHead<'_>,
    body: &'a [u8],
) -> Result<DecodedResponse<'a>> {
    let spec = operation.spec();
    // Also statuses that the contract does not list for the operation, such as 208 of create (contract,
    // "HTTP Status Codes"): the body decides whether the response can be used.
    if !(200..300).contains(&head.status) {
        return Err(failure(operation, head, body));
    }
    let mut decoded = DecodedResponse {
        operation,
        status: head.status,
        already_done: head.status == 208,
        fields: ResponseFields::default(),
        json: None,
    };
    if matches!(spec.response, ResponseBody::File) {
        return match media_type(head.content_type) {
            Some("application/pdf" | "application/zip" | "application/octet-stream") => Ok(decoded),
            _ => Err(malformed(operation, head.status, "body is not a PDF or ZIP file")),
        };
    }
    let Ok(text) = core::str::from_utf8(body) else {
        return Err(malformed(operation, head.status, "body is not UTF-8"));
    };
    // A status without content (204) is a success of an operation whose result is not needed.
    let text = if text.is_empty() && head.status == 204 { "{}" } else { text };
    if text.is_empty() {
        return Err(malformed(operation, head.status, "body is empty"));
    }
    let checked = json::validate(text);
    if !text.trim_start().starts_with('{') || checked.is_err() {
        let error = malformed(operation, head.status, "body is not complete JSON");
        // JavaScript does not get this cause, and its `Debug` would add 6 kB gzip to the wasm module.
        #[cfg(not(all(target_arch = "wasm32", feature = "js")))]
        if let Err(cause) = checked {
            return Err(error.with_source(cause));
        }
        return Err(error);
    }
    let field = |name: &str| json::find_string(text, &[name]).map(|value| value.into_owned());
    decoded.fields = ResponseFields {
        process_id: field("id").filter(|_| operation != Operation::GetFile),
        state: field("status").map(|state| State::parse(&state)),
        file_id: field("fileId"),
    };
    decoded.json = Some(text);
    let missing = match operation {
        Operation::Create => {
            let id = decoded.fields.process_id.as_deref();
            (!id.is_some_and(is_uuid)).then_some("`id` is not a UUID")
        }
        Operation::Attach => decoded.fields.file_id.is_none().then_some("no `fileId`"),
        Operation::GetStatus => decoded.fields.state.is_none().then_some("no `status`"),
        Operation::Setup | Operation::Open => field("url").is_none().then_some("no `url`"),
        _ => None,
    };
    match missing {
        Some(what) => Err(malformed(operation, head.status, what)),
        None => Ok(decoded),
    }
}

/// Whether `getFileContent` failed because the server does not have the route: an older one, whose
/// operation `getFile` returns the same file. A server with the route reports a missing file in an
/// error body of the contract (`FileNotFound`, `ProcessNotFound`); a router or a gateway without the
/// route sends no such body.
pub fn is_unknown_route(error: &Error) -> bool {
    error.operation == Some(Operation::GetFileContent)
        && matches!(error.status, Some(404 | 405 | 406 | 501))
        && error.upstream.as_deref().is_none_or(|body| body.id.is_none() && body.name.is_none())
}

fn media_type(content_type: Option<&str>) -> Option<&str> {
    content_type?.split(';').next().map(str::trim)
}

fn malformed(operation: Operation, status: u16, what: &str) -> Error {
    let code = format_integer(i64::from(status));
    let message = join(&["malformed response to ", operation.id(), ": status ", &code, ", ", what]);
    Error {
        status: Some(status),
        ..Error::new(ErrorKind::MalformedResponse, message).with_operation(operation)
    }
}

/// Kind of a status. 409 is the contract's general error, so its `name` is considered, too.
fn kind(status: u16, name: Option<&str>) -> ErrorKind {
    match status {
        400 | 413 | 415 | 422 => ErrorKind::Validation,
        401 => ErrorKind::Authentication,
        403 => ErrorKind::Permission,
        404 => ErrorKind::NotFound,
        // getRecords uses 409 for a missing process, and the file operations have no 404.
        409 => match name {
            Some("ProcessNotFound" | "FileNotFound" | "ParticipantNotFound") => ErrorKind::NotFound,
            _ => ErrorKind::Conflict,
        },
        408 => ErrorKind::Timeout,
        410 => ErrorKind::Gone,
        412 => ErrorKind::NotReady,
        429 => ErrorKind::RateLimit,
        500..=599 => ErrorKind::Server,
        _ => ErrorKind::UnexpectedStatus,
    }
}

/// Creates the error of a failure status. Without an error body of the contract (empty, HTML of a
/// gateway, truncated JSON) the status alone determines the error.
fn failure(operation: Operation, head: ResponseHead<'_>, body: &[u8]) -> Error {
    let text = core::str::from_utf8(body).unwrap_or_default();
    let is_object = text.trim_start().starts_with('{') && json::validate(text).is_ok();
    let upstream = is_object.then(|| {
        let field = |name: &str| {
            json::find_string(text, &[name])
                .map(|value| value.chars().take(2048).collect::<String>())
        };
        Box::new(UpstreamError {
            id: field("id"),
            name: field("name"),
            message: field("message"),
            client_subject: field("clientSubject"),
            client_body: field("clientBody"),
        })
    });
    let name = upstream.as_deref().and_then(|body| body.name.as_deref());
    let text = upstream.as_deref().and_then(|body| body.message.as_deref());
    let kind = kind(head.status, name);
    let status = format_integer(i64::from(head.status));
    let mut message = join(&[operation.id(), " failed with ", &status]);
    for (separator, part) in [(" ", name), (": ", text)] {
        if let Some(part) = part {
            message.push_str(separator);
            message.push_str(part);
        }
    }
    let gateway = upstream.is_none() && !body.iter().all(u8::is_ascii_whitespace);
    if gateway {
        message.push_str(": a proxy or gateway responded instead of the platform");
    } else if name.is_none() && text.is_none() {
        message.push_str(hint(head.status));
    }
    Error {
        status: Some(head.status),
        upstream,
        retry_after_ms: head.retry_after_ms,
        gateway,
        ..Error::new(kind, message).with_operation(operation)
    }
}

/// Advice for a status without an error body.
fn hint(status: u16) -> &'static str {
    match status {
        401 => ": the token was rejected; check that the credentials belong to this environment",
        403 => ": the token lacks the scope, or the process belongs to another organization",
        404 => ": the process does not exist or these credentials cannot access it",
        429 => ": too many requests",
        300..=399 => ": unexpected redirect; check `apiUrl`",
        _ => "",
    }
}

/// Parses `Retry-After` (RFC 9110 section 10.2.3), seconds or a date, as milliseconds from `now_ms`
/// (milliseconds since 1970). `None` if it is invalid.
pub fn retry_after_ms(value: &str, now_ms: i64) -> Option<u64> {
    let value = value.trim();
    if !value.is_empty() && value.bytes().all(|b| b.is_ascii_digit()) {
        return Some(value.parse::<u64>().unwrap_or(u64::MAX / 1000).saturating_mul(1000));
    }
    let then = http_date(value)?;
    Some(u64::try_from(then.saturating_sub(now_ms)).unwrap_or(0))
}

/// Parses an HTTP date (RFC 9110 section 5.6.7) such as `Sun, 06 Nov 1994 08:49:37 GMT`, as
/// milliseconds since 1970.
pub fn http_date(value: &str) -> Option<i64> {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let mut words = value.split(' ').skip(1);
    let (day, month, year) = (words.next()?, words.next()?, words.next()?);
    let (time, zone) = (words.next()?, words.next()?);
    let month = MONTHS.iter().position(|name| *name == month)? + 1;
    if zone != "GMT" || words.next().is_some() {
        return None;
    }
    let zero = if month < 10 { "0" } else { "" };
    let month = format_integer(month as i64);
    crate::contract::parse_date_time_ms(&join(&[year, "-", zero, &month, "-", day, "T", time, "Z"]))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ERROR: &str = r#"{"id":"d7bde7d1-1234-4abc-8f1a-42c1e3b2c9b5","name":"NoSigner","message":"a signer is missing",
        "httpStatus":409,"clientSubject":"Kein Unterzeichner","clientBody":"…","extra":{"a":[1]}}"#;

    fn response(operation: Operation, status: u16, body: &str) -> Result<DecodedResponse<'_>> {
        decode(
            operation,
            ResponseHead { status, content_type: None, retry_after_ms: None },
            body.as_bytes(),
        )
    }

    fn kind_of(operation: Operation, status: u16, body: &str) -> ErrorKind {
        response(operation, status, body).unwrap_err().kind
    }

    #[test]
    fn distinguishes_an_unknown_route_from_a_missing_file() {
        let without = |operation, status, body| {
            is_unknown_route(&response(operation, status, body).unwrap_err())
        };
        let spring = r#"{"timestamp":"2026-01-01","status":404,"error":"Not Found","path":"/"}"#;
        for body in ["", "<html>", "{", spring] {
            for status in [404, 405, 406, 501] {
                assert!(without(Operation::GetFileContent, status, body), "{status} {body}");
                assert!(!without(Operation::GetProcess, status, body), "{status} {body}");
            }
            for status in [400, 401, 403, 409, 410, 412, 500, 503] {
                assert!(!without(Operation::GetFileContent, status, body), "{status} {body}");
            }
        }
        for body in [ERROR, r#"{"name":"FileNotFound"}"#, r#"{"id":"1"}"#] {
            assert!(!without(Operation::GetFileContent, 404, body), "{body}");
        }
    }

    #[test]
    fn extracts_fields_of_a_process() {
        let body =
            r#" {"new":{"x":1},"id":"6f1a5c4d-2d9a-4f12-a1c5-bc6e2bcb2d6a","status":"SUSPENDED"} "#;
        let decoded = response(Operation::GetProcess, 200, body).unwrap();
        assert_eq!(decoded.fields.state, Some(State::parse("SUSPENDED")));
        assert_eq!(decoded.json, Some(body), "unknown fields and values survive");
    }

    #[test]
    fn accepts_a_repeated_release() {
        let first = response(Operation::Release, 200, r#"{"status":"PENDING"}"#).unwrap();
        let again = response(Operation::Release, 208, r#"{"status":"COMPLETED"}"#).unwrap();
        assert_eq!((first.already_done, again.already_done), (false, true));
        assert_eq!(again.fields.state, Some(State::Completed));
        assert_eq!(kind_of(Operation::Create, 208, "{}"), ErrorKind::MalformedResponse);
    }

    #[test]
    fn words_html_as_the_response_of_a_gateway() {
        for status in [400, 401, 403, 404, 410, 500, 502] {
            let error = response(Operation::GetProcess, status, "<html>Login</html>").unwrap_err();
            assert!(error.gateway && error.retryable(), "{status}");
            let expected = ": a proxy or gateway responded instead of the platform";
            assert!(error.message.ends_with(expected), "{}", error.message);
        }
        for body in ["", " ", ERROR, r#"{"error":"Not Found"}"#] {
            let error = response(Operation::GetProcess, 404, body).unwrap_err();
            assert!(!error.gateway && !error.retryable(), "{body}");
        }
        assert!(!response(Operation::Attach, 413, "<html>").unwrap_err().retryable());
    }

    #[test]
    fn keeps_the_error_body_of_the_platform() {
        let error = response(Operation::Release, 409, ERROR).unwrap_err();
        assert_eq!(error.kind, ErrorKind::Conflict);
        assert_eq!(error.message, "release failed with 409 NoSigner: a signer is missing");
        let upstream = error.upstream.unwrap();
        assert_eq!(upstream.id.as_deref(), Some("d7bde7d1-1234-4abc-8f1a-42c1e3b2c9b5"));
        assert_eq!(upstream.client_subject.as_deref(), Some("Kein Unterzeichner"));
    }

    /// Every status with every body that a platform, a gateway or a broken connection can send.
    #[test]
    fn status_determines_the_kind() {
        use ErrorKind::*;
        let bodies = ["", "<html>Bad Gateway</html>", r#"{"id":"#, "null", "[]", "\u{0}", ERROR];
        for (status, kind) in [
            (400, Validation),
            (401, Authentication),
            (403, Permission),
            (404, NotFound),
            (409, Conflict),
            (410, Gone),
            (412, NotReady),
            (413, Validation),
            (429, RateLimit),
            (500, Server),
            (502, Server),
            (503, Server),
            (504, Server),
            (302, UnexpectedStatus),
            (418, UnexpectedStatus),
            (0, UnexpectedStatus),
        ] {
            for operation in Operation::ALL {
                for body in bodies {
                    assert_eq!(
                        kind_of(operation, status, body),
                        kind,
                        "{operation} {status} {body}"
                    );
                }
            }
        }
    }

    #[test]
    fn missing_objects_are_not_found_errors() {
        for name in ["ProcessNotFound", "FileNotFound"] {
            let body = format!(r#"{{"name":"{name}"}}"#);
            assert_eq!(kind_of(Operation::GetRecords, 409, &body), ErrorKind::NotFound);
        }
        assert_eq!(
            kind_of(Operation::Attach, 409, r#"{"name":"SignatureTagNotFound"}"#),
            ErrorKind::Conflict
        );
    }

    #[test]
    fn rejects_a_successful_response_with_a_malformed_body() {
        for body in
            ["", "null", "[]", "{", r#"{"id":"x"} trailing"#, "<html></html>", r#"{"id":"x"#]
        {
            for operation in [Operation::GetProcess, Operation::FindAll] {
                assert_eq!(kind_of(operation, 200, body), ErrorKind::MalformedResponse, "{body}");
            }
        }
        let not_utf8 = decode(
            Operation::GetProcess,
            ResponseHead { status: 200, ..ResponseHead::default() },
            &[b'{', 0xFF],
        );
        assert_eq!(not_utf8.unwrap_err().kind, ErrorKind::MalformedResponse);
        for (operation, status) in [
            (Operation::Create, 201),
            (Operation::Attach, 201),
            (Operation::Setup, 202),
            (Operation::Open, 200),
            (Operation::GetStatus, 200),
        ] {
            assert_eq!(
                kind_of(operation, status, "{}"),
                ErrorKind::MalformedResponse,
                "{operation}"
            );
        }
    }

    #[test]
    fn checks_the_media_type_of_a_file() {
        let of = |content_type| {
            decode(
                Operation::GetFileContent,
                ResponseHead { status: 200, content_type, retry_after_ms: None },
                b"",
            )
        };
        assert!(of(Some("application/pdf")).is_ok());
        assert!(of(Some("application/zip; charset=binary")).is_ok());
        assert_eq!(of(Some("text/html")).unwrap_err().kind, ErrorKind::MalformedResponse);
        assert_eq!(of(None).unwrap_err().kind, ErrorKind::MalformedResponse);
    }

    #[test]
    fn parses_retry_after() {
        let now = 784_111_777_000; // Sun, 06 Nov 1994 08:49:37 GMT
        for (value, expected) in [
            ("0", Some(0)),
            (" 120 ", Some(120_000)),
            ("99999999999999999999", Some(u64::MAX / 1000 * 1000)),
            ("Sun, 06 Nov 1994 08:49:40 GMT", Some(3_000)),
            ("Sun, 06 Nov 1994 08:49:30 GMT", Some(0)),
            ("", None),
            ("-1", None),
            ("1.5", None),
            ("soon", None),
            ("Sun, 31 Feb 1994 08:49:37 GMT", None),
            ("Sun, 06 Nov 1994 08:49:37 CET", None),
            ("Sun, ", None),
        ] {
            assert_eq!(retry_after_ms(value, now), expected, "{value}");
        }
    }
}
