//! Error table. Each error is sent as an RFC 9457 problem with a stable `code`. Errors of the platform
//! keep the contract's members (`name`, `clientSubject`, `clientBody`), so that a client of the platform
//! can read them.

use swisscom_sign::contract::Problem as Deviation;
use swisscom_sign::contract::json::write_string;
use swisscom_sign::error::UpstreamError;
use swisscom_sign::retry::FailureClass;

macro_rules! relay_error_kinds {
    ($( $(#[doc = $doc:literal])* $variant:ident = $status:literal $code:literal $retryable:literal $title:literal ),+ $(,)?) => {
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub(crate) enum RelayErrorKind {
            $( $(#[doc = $doc])* $variant, )+
        }

        impl RelayErrorKind {
            pub(crate) const ALL: &'static [RelayErrorKind] = &[$(Self::$variant),+];

            pub(crate) fn status(self) -> u16 {
                match self { $( Self::$variant => $status, )+ }
            }

            pub(crate) fn code(self) -> &'static str {
                match self { $( Self::$variant => $code, )+ }
            }

            /// Whether the same request can succeed later, unchanged.
            pub(crate) fn is_retryable(self) -> bool {
                match self { $( Self::$variant => $retryable, )+ }
            }

            pub(crate) fn title(self) -> &'static str {
                match self { $( Self::$variant => $title, )+ }
            }
        }
    };
}

relay_error_kinds! {
    BadRequest = 400 "bad_request" false "Ambiguous request line or headers",
    BadHost = 400 "bad_host" false "Missing, duplicate or conflicting Host",
    BadPath = 400 "bad_path" false "The path contains characters that no path of this API has",
    BadQuery = 400 "bad_query" false "Invalid query parameters for this operation",
    BadJson = 400 "bad_json" false "The body is not valid, unambiguous JSON",
    AmbiguousCredentials = 400 "ambiguous_credentials" false "Ambiguous credentials: send either a bearer token or a cookie, not both",
    /// The reason is only logged.
    InvalidToken = 401 "invalid_token" false "Missing or invalid access token",
    OriginDenied = 403 "origin_denied" false "Origin not allowed",
    Csrf = 403 "csrf" false "A request with a cookie requires the header x-relay-csrf and an allowed origin",
    SkipAuthorizationDenied = 403 "skip_authorization_denied" false "skipAuthorization is only allowed for the caller's own person",
    OperationDenied = 403 "operation_denied" false "Operation not allowed for this caller",
    TenantUnknown = 403 "tenant_unknown" false "Unknown tenant: the caller's organization is not configured on this relay",
    UpstreamDenied = 403 "upstream_denied" false "The platform denied the operation",
    NotFound = 404 "not_found" false "Not found: unknown route, or the process, participant or file does not exist for this caller",
    MethodNotAllowed = 405 "method_not_allowed" false "Method not allowed for this path",
    RequestTimeout = 408 "request_timeout" true "Timeout while reading the request",
    Conflict = 409 "conflict" false "Conflict: the platform rejected the operation in the current process state",
    IdempotencyInFlight = 409 "idempotency_in_flight" true "A request with this idempotency key is in progress",
    Gone = 410 "gone" false "The files were deleted",
    LengthRequired = 411 "length_required" false "Content-Length is required for uploads",
    NotReady = 412 "not_ready" true "The file cannot be downloaded yet",
    TooLarge = 413 "too_large" false "Request body too large",
    UnsupportedMediaType = 415 "unsupported_media_type" false "Unsupported Content-Type or Content-Encoding for this operation",
    MisdirectedRequest = 421 "misdirected_request" false "Unknown host: this relay does not serve it",
    ValidationFailed = 422 "validation_failed" false "The body does not match the contract",
    FieldNotAllowed = 422 "field_not_allowed" false "The body contains a field that callers may not set",
    ReturnUrlNotAllowed = 422 "return_url_not_allowed" false "Return URL not allowed: its origin is not listed",
    IdempotencyMismatch = 422 "idempotency_mismatch" false "This idempotency key was used for another request",
    RateLimited = 429 "rate_limited" true "Too many requests",
    HeadersTooLarge = 431 "headers_too_large" false "Request headers too large",
    Internal = 500 "internal" true "Internal error",
    NotImplemented = 501 "not_implemented" false "Not implemented: the relay does not support this request",
    UpstreamAuthFailed = 502 "upstream_auth_failed" false "The platform rejected the relay's access token",
    UpstreamBadResponse = 502 "upstream_bad_response" true "Invalid response of the platform",
    UpstreamError = 502 "upstream_error" true "The platform failed",
    UpstreamUnreachable = 502 "upstream_unreachable" true "The platform is unreachable",
    UpstreamClosed = 502 "upstream_closed" true "The platform closed the connection before it responded",
    ExcessTokenScope = 502 "excess_token_scope" false "The token endpoint granted more scopes than requested",
    UpstreamAuthUnavailable = 503 "upstream_auth_unavailable" true "No access token for the platform at the moment; retry later",
    IssuerUnavailable = 503 "issuer_unavailable" true "The token's issuer is unavailable; retry later",
    Overloaded = 503 "overloaded" true "Overloaded: the concurrency limit is reached; retry later",
    Draining = 503 "draining" true "Shutting down: retry the request",
    UploadMustBeRepeated = 503 "upload_must_be_repeated" true "The access token was rejected during the upload: upload the file again",
    ListTooLong = 503 "list_too_long" false "The list exceeds the page limit of this relay",
    UpstreamTimeout = 504 "upstream_timeout" true "The platform did not respond in time",
    OutcomeUnknown = 504 "outcome_unknown" true "Unknown outcome: repeat the request with the same Idempotency-Key",
}

/// An error response. It contains no secrets, tokens, URLs or bodies.
#[derive(Debug, Clone)]
pub(crate) struct RelayError {
    pub(crate) kind: RelayErrorKind,
    pub(crate) detail: Option<String>,
    pub(crate) deviations: Vec<Deviation>,
    pub(crate) upstream: Option<Box<UpstreamError>>,
    pub(crate) retry_after_s: Option<u64>,
    /// Value of the `Allow` header.
    pub(crate) allow: Option<String>,
    /// Set for failures of a request to the platform; decides whether a write may have been performed.
    pub(crate) failure: Option<FailureClass>,
}

impl RelayError {
    pub(crate) fn new(kind: RelayErrorKind) -> Self {
        Self {
            kind,
            detail: None,
            deviations: Vec::new(),
            upstream: None,
            retry_after_s: None,
            allow: None,
            failure: None,
        }
    }

    pub(crate) fn with_detail(kind: RelayErrorKind, detail: impl Into<String>) -> Self {
        Self { detail: Some(detail.into()), ..Self::new(kind) }
    }

    #[must_use]
    pub(crate) fn failed(mut self, failure: FailureClass) -> Self {
        self.failure = Some(failure);
        self
    }

    #[must_use]
    pub(crate) fn retry_after(mut self, seconds: u64) -> Self {
        self.retry_after_s = Some(seconds.max(1));
        self
    }

    pub(crate) fn to_json(&self, request_id: &str) -> String {
        let mut out = String::with_capacity(256);
        let mut member = |name: &str, value: &str| {
            out.push_str(if out.is_empty() { "{" } else { "," });
            write_string(&mut out, name);
            out.push(':');
            out.push_str(value);
        };
        let text = |value: &str| {
            let mut quoted = String::new();
            write_string(&mut quoted, value);
            quoted
        };
        member("type", &text(&format!("urn:swisscom-sign:relay:{}", self.kind.code())));
        member("title", &text(self.kind.title()));
        member("status", &self.kind.status().to_string());
        member("code", &text(self.kind.code()));
        member("request_id", &text(request_id));
        member("retryable", if self.kind.is_retryable() { "true" } else { "false" });
        if let Some(detail) = &self.detail {
            member("detail", &text(detail));
        }
        if let Some(upstream) = &self.upstream {
            for (name, value) in [
                ("id", &upstream.id),
                ("name", &upstream.name),
                ("message", &upstream.message),
                ("clientSubject", &upstream.client_subject),
                ("clientBody", &upstream.client_body),
            ] {
                if let Some(value) = value {
                    member(name, &text(value));
                }
            }
        }
        if !self.deviations.is_empty() {
            let list: Vec<_> = self
                .deviations
                .iter()
                .map(|deviation| {
                    let (path, message) = (text(&deviation.path), text(&deviation.message));
                    let code = deviation.code;
                    format!(r#"{{"path":{path},"code":"{code}","message":{message}}}"#)
                })
                .collect();
            member("problems", &format!("[{}]", list.join(",")));
        }
        out.push('}');
        out
    }
}

pub(crate) type RelayResult<T> = core::result::Result<T, RelayError>;

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};
    use swisscom_sign::contract::ProblemCode;

    #[test]
    fn codes_are_unique() {
        let mut codes: Vec<_> = RelayErrorKind::ALL.iter().map(|kind| kind.code()).collect();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), RelayErrorKind::ALL.len());
    }

    #[test]
    fn writes_every_member_of_a_problem() {
        for kind in RelayErrorKind::ALL {
            let error = RelayError {
                deviations: vec![Deviation::new("$.a", ProblemCode::Format, "\"b\"")],
                upstream: Some(Box::new(UpstreamError {
                    id: Some("i".into()),
                    name: Some("A\"B".into()),
                    message: Some("m".into()),
                    client_subject: Some("s".into()),
                    client_body: Some("t".into()),
                })),
                ..RelayError::with_detail(*kind, "line\nbreak \u{1}")
            };
            let value: Value = serde_json::from_str(&error.to_json("r")).unwrap();
            let expected = json!({
                "type": format!("urn:swisscom-sign:relay:{}", kind.code()),
                "title": kind.title(), "status": kind.status(), "code": kind.code(),
                "request_id": "r", "retryable": kind.is_retryable(),
                "detail": "line\nbreak \u{1}", "id": "i", "name": "A\"B", "message": "m",
                "clientSubject": "s", "clientBody": "t",
                "problems": [{
                    "path": "$.a", "code": ProblemCode::Format.to_string(), "message": "\"b\"",
                }],
            });
            assert_eq!(value, expected);
        }
        let bare = RelayError::new(RelayErrorKind::NotFound).to_json("r");
        let bare: Value = serde_json::from_str(&bare).unwrap();
        assert_eq!(bare.as_object().unwrap().len(), 6, "no empty members: {bare}");
    }

    #[test]
    fn only_transient_errors_are_retryable() {
        let retryable = RelayErrorKind::ALL.iter().filter(|kind| kind.is_retryable());
        let codes: Vec<_> = retryable.map(|kind| kind.code()).collect();
        let expected = [
            "request_timeout",
            "idempotency_in_flight",
            "not_ready",
            "rate_limited",
            "internal",
            "upstream_bad_response",
            "upstream_error",
            "upstream_unreachable",
            "upstream_closed",
            "upstream_auth_unavailable",
            "issuer_unavailable",
            "overloaded",
            "draining",
            "upload_must_be_repeated",
            "upstream_timeout",
            "outcome_unknown",
        ];
        assert_eq!(codes, expected);
    }
}
