//! The one table of errors: what the relay answers when it does not answer with success. Each row
//! becomes an RFC 9457 problem with a stable `code`. What the platform said stands beside it under
//! the contract's own names (`name`, `clientSubject`, `clientBody`), so that a client of the
//! platform reads it as it would read the platform's answer.

use swisscom_sign::contract::Problem as Deviation;
use swisscom_sign::contract::json::write_string;
use swisscom_sign::error::UpstreamError;

macro_rules! relay_error_kinds {
    ($( $(#[doc = $doc:literal])* $variant:ident = $status:literal $code:literal $retryable:literal $title:literal ),+ $(,)?) => {
        /// A row of the table.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum RelayErrorKind {
            $( $(#[doc = $doc])* $variant, )+
        }

        impl RelayErrorKind {
            /// Every kind.
            pub const ALL: &'static [RelayErrorKind] = &[$(Self::$variant),+];

            /// The HTTP status.
            pub fn status(self) -> u16 {
                match self { $( Self::$variant => $status, )+ }
            }

            /// The stable code.
            pub fn code(self) -> &'static str {
                match self { $( Self::$variant => $code, )+ }
            }

            /// Whether the same request can succeed later, unchanged.
            pub fn is_retryable(self) -> bool {
                match self { $( Self::$variant => $retryable, )+ }
            }

            /// What it means, in a sentence for developers.
            pub fn title(self) -> &'static str {
                match self { $( Self::$variant => $title, )+ }
            }
        }
    };
}

relay_error_kinds! {
    /// A request line or header that different readers would read differently.
    BadRequest = 400 "bad_request" false "The request cannot be read in only one way",
    /// No Host, or two of them, or an absolute form that names another one.
    BadHost = 400 "bad_host" false "The request must name its host exactly once",
    /// A byte in the path that no path of the contract has.
    BadPath = 400 "bad_path" false "The path holds bytes that no path of this API has",
    /// A query that the operation does not take.
    BadQuery = 400 "bad_query" false "The query is not one that this operation takes",
    /// JSON that is broken, too deep, or has a key twice.
    BadJson = 400 "bad_json" false "The body is not JSON that can be read in only one way",
    /// A bearer token and a cookie at once.
    AmbiguousCredentials = 400 "ambiguous_credentials" false "The request bears two credentials",
    /// No valid token; the reason is in the log only.
    InvalidToken = 401 "invalid_token" false "The request bears no valid token",
    /// A page of an origin that is not listed.
    OriginDenied = 403 "origin_denied" false "This origin may not use the relay",
    /// A cookie without the header that a foreign page cannot send.
    Csrf = 403 "csrf" false "A request with a cookie needs the relay's CSRF header and a known origin",
    /// `skipAuthorization` for somebody else than the caller.
    SkipAuthorizationDenied = 403 "skip_authorization_denied" false "skipAuthorization is for the caller's own person only",
    /// The operation is switched off, or the ticket does not cover it.
    OperationDenied = 403 "operation_denied" false "This operation is not open to this caller",
    /// The caller's organization has no credential here.
    TenantUnknown = 403 "tenant_unknown" false "The caller's organization is not set up on this relay",
    /// The platform answered 403.
    UpstreamDenied = 403 "upstream_denied" false "The platform refused the operation",
    /// No such route, process, participant or file; or not the caller's.
    NotFound = 404 "not_found" false "There is no such thing here",
    /// Known path, other method.
    MethodNotAllowed = 405 "method_not_allowed" false "The path does not take this method",
    /// The client was slower than the limit.
    RequestTimeout = 408 "request_timeout" true "The request did not arrive in time",
    /// The platform answered 409.
    Conflict = 409 "conflict" false "The platform refuses in this state",
    /// The same idempotency key is being worked on.
    IdempotencyInFlight = 409 "idempotency_in_flight" true "A request with this idempotency key is under way",
    /// The platform answered 410.
    Gone = 410 "gone" false "The files were deleted",
    /// A binary upload without its length.
    LengthRequired = 411 "length_required" false "The upload needs a Content-Length",
    /// The platform answered 412.
    NotReady = 412 "not_ready" true "The file cannot be downloaded yet",
    /// A body beyond its limit.
    TooLarge = 413 "too_large" false "The body is larger than this operation takes",
    /// A body of another type.
    UnsupportedMediaType = 415 "unsupported_media_type" false "The body is not of the type that this operation takes",
    /// A host that this relay does not serve.
    Misdirected = 421 "misdirected" false "This relay does not serve that host",
    /// JSON that deviates from the contract; `problems` says where.
    ValidationFailed = 422 "validation_failed" false "The body deviates from the contract",
    /// A field that policy keeps for the operator.
    FieldNotAllowed = 422 "field_not_allowed" false "The body sets a field that callers may not set",
    /// A `backUrl` or `successUrl` outside the list.
    ReturnUrlNotAllowed = 422 "return_url_not_allowed" false "A return URL is not on the list of return origins",
    /// The idempotency key was used for another body.
    IdempotencyMismatch = 422 "idempotency_mismatch" false "This idempotency key was used for another request",
    /// More requests than the limit.
    RateLimited = 429 "rate_limited" true "Too many requests",
    /// Headers beyond the limit.
    HeadersTooLarge = 431 "headers_too_large" false "The headers are larger than the relay takes",
    /// A failure of the relay itself.
    Internal = 500 "internal" true "The relay failed",
    /// CONNECT and other things that a relay of this API does not do.
    NotImplemented = 501 "not_implemented" false "The relay does not do this",
    /// The platform refused a fresh token.
    UpstreamAuthFailed = 502 "upstream_auth_failed" false "The platform refuses the relay's credentials",
    /// An answer that the contract does not know.
    UpstreamBadResponse = 502 "upstream_bad_response" true "The platform's answer is not what the contract says",
    /// The platform answered 5xx.
    UpstreamError = 502 "upstream_error" true "The platform failed",
    /// No connection.
    UpstreamUnreachable = 502 "upstream_unreachable" true "The platform cannot be reached",
    /// The token endpoint granted more than was asked for.
    ScopeWiderThanRequested = 502 "scope_wider_than_requested" false "The token endpoint grants more than was asked for",
    /// No token for now.
    UpstreamAuthUnavailable = 503 "upstream_auth_unavailable" true "The relay has no token for the platform at the moment",
    /// The keys of the caller's issuer could not be fetched yet.
    IssuerUnavailable = 503 "issuer_unavailable" true "The keys of the token's issuer cannot be fetched at the moment",
    /// A limit of concurrency.
    Overloaded = 503 "overloaded" true "The relay is at its limit",
    /// The relay is being stopped.
    Draining = 503 "draining" true "The relay is being stopped",
    /// The token was refused after the upload had begun.
    RetryUpload = 503 "retry_upload" true "Upload the file again",
    /// The list needs more pages of the platform than the limit.
    ListTooLong = 503 "list_too_long" false "The list cannot be made within the scan limit",
    /// No answer in time.
    UpstreamTimeout = 504 "upstream_timeout" true "The platform did not answer in time",
}

/// A failure on its way to becoming an answer. It holds no secret, token, URL or body.
#[derive(Debug, Clone)]
pub struct RelayError {
    /// The row of the table.
    pub kind: RelayErrorKind,
    /// More than the title says, for developers.
    pub detail: Option<String>,
    /// Deviations from the contract.
    pub deviations: Vec<Deviation>,
    /// What the platform said.
    pub upstream: Option<Box<UpstreamError>>,
    /// Seconds for `Retry-After`.
    pub retry_after_s: Option<u64>,
    /// Methods for `Allow`.
    pub allow: Option<String>,
}

impl RelayError {
    /// A problem with its title only.
    pub fn new(kind: RelayErrorKind) -> Self {
        Self {
            kind,
            detail: None,
            deviations: Vec::new(),
            upstream: None,
            retry_after_s: None,
            allow: None,
        }
    }

    /// A problem that says more.
    pub fn with_detail(kind: RelayErrorKind, detail: impl Into<String>) -> Self {
        Self { detail: Some(detail.into()), ..Self::new(kind) }
    }

    /// The same, to be tried again after so many seconds.
    #[must_use]
    pub fn retry_after(mut self, seconds: u64) -> Self {
        self.retry_after_s = Some(seconds.max(1));
        self
    }

    /// The body, as JSON.
    pub fn to_json(&self, request_id: &str) -> String {
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

/// What an operation of the relay comes to.
pub type RelayResult<T> = core::result::Result<T, RelayError>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_and_every_row_is_json() {
        let mut codes: Vec<_> = RelayErrorKind::ALL.iter().map(|kind| kind.code()).collect();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), RelayErrorKind::ALL.len());
        for kind in RelayErrorKind::ALL {
            let upstream = UpstreamError { name: Some("A\"B".into()), ..UpstreamError::default() };
            let problem = RelayError {
                upstream: Some(Box::new(upstream)),
                ..RelayError::with_detail(*kind, "line\nbreak \u{1}")
            };
            let value: serde_json::Value = serde_json::from_str(&problem.to_json("id")).unwrap();
            assert_eq!(value["status"], kind.status());
            assert_eq!(value["name"], "A\"B");
        }
    }
}
