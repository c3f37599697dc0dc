//! Response of the token endpoint.

use secrecy::SecretString;

use crate::contract::json::{self, JsonScalar};
use crate::error::{Error, ErrorKind};
use crate::format_text::{format_integer, join};

/// Lifetime of a token without `expires_in`; a token without an end would never be renewed.
const UNKNOWN_LIFETIME_S: i64 = 60;
/// Bounds of `expires_in` in seconds.
const LIFETIME_S: core::ops::RangeInclusive<i64> = 5..=86_400;
/// Maximum size of a response in bytes.
const MAX_RESPONSE: usize = 64 * 1024;

/// Access token. `Debug` does not print it; it is zeroized when dropped.
#[derive(Debug, Clone)]
pub struct AccessToken {
    /// The token.
    pub access_token: SecretString,
    /// Lifetime in milliseconds, from the time at which the request was sent.
    pub lifetime_ms: u64,
    /// Granted scopes in any order; empty if the response does not contain them.
    pub scopes: Vec<String>,
}

/// Failure of a token request.
#[derive(Debug, Clone, PartialEq)]
pub struct TokenError {
    /// Error for the caller. Contains the error code of the endpoint, never its body.
    pub error: Box<Error>,
    /// Whether only a change of credentials or configuration can help; `true` for known codes only.
    pub permanent: bool,
    /// `Retry-After` in milliseconds.
    pub retry_after_ms: Option<u64>,
}

impl TokenError {
    /// No response: connection failed, timeout.
    pub fn unreachable(message: impl Into<String>) -> Self {
        let error = Error::new(ErrorKind::TokenUnavailable, message);
        Self { error: Box::new(error), permanent: false, retry_after_ms: None }
    }
}

/// Permanent error codes (RFC 6749 section 5.2, Keycloak).
const PERMANENT: [&str; 6] = [
    "invalid_client",
    "unauthorized_client",
    "invalid_scope",
    "unsupported_grant_type",
    "invalid_request",
    "access_denied",
];

/// Parses the response of the token endpoint.
///
/// # Errors
/// [`TokenError`] for every response without a bearer token.
pub fn parse_token_response(
    status: u16,
    retry_after_ms: Option<u64>,
    body: &[u8],
) -> Result<AccessToken, TokenError> {
    let text = core::str::from_utf8(body).ok().filter(|text| text.len() <= MAX_RESPONSE);
    let text = text.filter(|text| json::validate(text).is_ok()).unwrap_or_default();
    if status == 200 {
        return token(text).ok_or_else(|| TokenError {
            error: Box::new(Error {
                status: Some(status),
                ..Error::new(
                    ErrorKind::TokenUnavailable,
                    "malformed response of the token endpoint: status 200 without a bearer token",
                )
            }),
            permanent: false,
            retry_after_ms,
        });
    }
    let code = json::find_string(text, &["error"]).unwrap_or_default();
    let known = PERMANENT.iter().find(|permanent| **permanent == code);
    // Keycloak returns 404 with a sentence in `error` for an unknown realm.
    let permanent = (400..500).contains(&status) && (known.is_some() || status == 404);
    let advice = match known {
        Some(&("invalid_client" | "unauthorized_client")) => {
            ": check client ID and secret, and that they belong to this environment"
        }
        Some(&"invalid_scope") => ": the client does not have one of the requested scopes",
        _ if status == 404 => ": realm not found; check `tokenUrl`",
        _ => "",
    };
    let number = format_integer(i64::from(status));
    let code = known.map_or(String::new(), |code| join(&[" (", code, ")"]));
    let message = join(&["token request failed with status ", &number, &code, advice]);
    let kind = if permanent { ErrorKind::Authentication } else { ErrorKind::TokenUnavailable };
    Err(TokenError {
        error: Box::new(Error {
            status: Some(status),
            retry_after_ms,
            ..Error::new(kind, message)
        }),
        permanent,
        retry_after_ms,
    })
}

fn token(text: &str) -> Option<AccessToken> {
    let access_token = json::find_string(text, &["access_token"])?;
    let kind = json::find_string(text, &["token_type"])?;
    // A header value: RFC 6750 section 2.1 allows these characters and no others.
    let usable = !access_token.is_empty()
        && access_token.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~+/=".contains(&b));
    if !usable || !kind.eq_ignore_ascii_case("bearer") {
        return None;
    }
    let seconds = match json::find_scalar(text, &["expires_in"]) {
        // Some servers send a fraction or a string.
        Some(JsonScalar::Number(digits)) => whole_seconds(digits),
        Some(JsonScalar::Text(digits)) => whole_seconds(&digits),
        _ => None,
    };
    let seconds = seconds.unwrap_or(UNKNOWN_LIFETIME_S);
    let scope = json::find_string(text, &["scope"]).unwrap_or_default();
    Some(AccessToken {
        access_token: SecretString::from(access_token.into_owned()),
        lifetime_ms: (seconds.clamp(*LIFETIME_S.start(), *LIFETIME_S.end()) * 1000) as u64,
        scopes: scope.split_ascii_whitespace().map(str::to_owned).collect(),
    })
}

/// Integer part of a JSON number. Parsing it as `f64` would add 8 kB gzip to the wasm module.
fn whole_seconds(text: &str) -> Option<i64> {
    let (mantissa, exponent) =
        text.split_once('e').or_else(|| text.split_once('E')).unwrap_or((text, "0"));
    let whole = mantissa.split_once('.').map_or(mantissa, |(whole, _)| whole);
    let exponent: i64 = exponent.parse().ok()?;
    let mut whole: i64 = whole.parse().ok()?;
    for _ in 0..exponent.unsigned_abs().min(20) {
        // Beyond the bounds nothing changes any more, and nothing overflows.
        whole = if exponent < 0 { whole / 10 } else { whole.min(LIFETIME_S.end() * 10) * 10 };
    }
    Some(whole)
}

#[cfg(test)]
mod tests {
    use super::*;
    use secrecy::ExposeSecret;

    fn ok(body: &str) -> AccessToken {
        parse_token_response(200, None, body.as_bytes()).unwrap()
    }

    fn failed(status: u16, body: &str) -> TokenError {
        parse_token_response(status, None, body.as_bytes()).unwrap_err()
    }

    #[test]
    fn parses_a_keycloak_token() {
        let token = ok(
            r#"{"access_token":"a.b.c","expires_in":300,"refresh_expires_in":0,"token_type":"Bearer",
               "not-before-policy":0,"scope":"email sswp:process:read"}"#,
        );
        assert_eq!(token.access_token.expose_secret(), "a.b.c");
        assert_eq!(token.lifetime_ms, 300_000);
        assert_eq!(token.scopes, ["email", "sswp:process:read"]);
        assert!(!format!("{token:?}").contains("a.b.c"));
    }

    #[test]
    fn bounds_the_lifetime() {
        let lifetime = |expires: &str| {
            ok(&format!(r#"{{"access_token":"t","token_type":"bearer"{expires}}}"#)).lifetime_ms
        };
        assert_eq!(lifetime(""), 60_000);
        assert_eq!(lifetime(r#","expires_in":null"#), 60_000);
        assert_eq!(lifetime(r#","expires_in":"300""#), 300_000);
        assert_eq!(lifetime(r#","expires_in":0"#), 5_000);
        assert_eq!(lifetime(r#","expires_in":-1"#), 5_000);
        assert_eq!(lifetime(r#","expires_in":1e12"#), 86_400_000);
        assert_eq!(lifetime(r#","expires_in":299.9"#), 299_000);
        assert_eq!(lifetime(r#","expires_in":3.0E+2"#), 300_000);
        assert_eq!(lifetime(r#","expires_in":30000e-2"#), 300_000);
        assert_eq!(lifetime(r#","expires_in":1e-99"#), 5_000);
        assert_eq!(lifetime(r#","expires_in":"soon""#), 60_000);
    }

    #[test]
    fn malformed_responses_are_transient() {
        for body in [
            "",
            "{",
            "[]",
            "null",
            "<html>",
            r#"{"access_token":"t"}"#,
            r#"{"token_type":"Bearer"}"#,
            r#"{"access_token":"","token_type":"Bearer"}"#,
            r#"{"access_token":"t","token_type":"mac"}"#,
            "{\"access_token\":\"a\\r\\nx: y\",\"token_type\":\"Bearer\"}",
        ] {
            assert!(!failed(200, body).permanent, "{body}");
        }
        assert!(!failed(503, "").permanent);
        assert!(!failed(429, "").permanent);
        assert!(!failed(500, r#"{"error":"unknown_error"}"#).permanent);
        assert!(!failed(400, r#"{"error":"temporarily_unavailable"}"#).permanent);
        // A known code with a status of a broken server is not believed.
        assert!(!failed(502, r#"{"error":"invalid_client"}"#).permanent);
    }

    #[test]
    fn rejected_credentials_are_permanent() {
        for (status, code) in
            [(401, "invalid_client"), (401, "unauthorized_client"), (400, "invalid_scope")]
        {
            let body = format!(r#"{{"error":"{code}","error_description":"canary"}}"#);
            let failure = failed(status, &body);
            assert!(failure.permanent);
            assert_eq!(failure.error.kind, ErrorKind::Authentication);
            assert!(failure.error.message.contains(code));
            assert!(!failure.error.message.contains("canary"));
        }
        assert!(failed(404, r#"{"error":"Realm does not exist"}"#).permanent);
    }
}
