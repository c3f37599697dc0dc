//! The answer of the token endpoint: a token, or why there is none.

use secrecy::SecretString;

use crate::contract::json::{self, JsonScalar};
use crate::error::{Error, ErrorKind};
use crate::text::{digits, join};

/// Lifetime of a token whose answer does not say it: never "for ever".
const UNKNOWN_LIFETIME_S: i64 = 60;
/// A lifetime is believed within these bounds, in seconds.
const LIFETIME_S: core::ops::RangeInclusive<i64> = 5..=86_400;
/// Longest answer that is read, in bytes.
const MAX_ANSWER: usize = 64 * 1024;

/// An access token. `Debug` does not print it, and it is wiped when dropped.
#[derive(Debug, Clone)]
pub struct AccessToken {
    /// The token.
    pub access_token: SecretString,
    /// How long it lives from the moment the request was sent, in milliseconds.
    pub lifetime_ms: u64,
    /// The scopes that were granted, in any order; empty when the answer does not say.
    pub scopes: Vec<String>,
}

/// Why there is no token.
#[derive(Debug, Clone, PartialEq)]
pub struct TokenError {
    /// The error to show. It holds the error code of the endpoint, never its body.
    pub error: Box<Error>,
    /// Whether only a change of credentials or configuration can help. Only codes that are known
    /// to be final count: an unknown failure is transient.
    pub permanent: bool,
    /// How long the endpoint asks to wait, in milliseconds.
    pub retry_after_ms: Option<u64>,
}

impl TokenError {
    /// No answer: connection, timeout.
    pub fn unreachable(message: impl Into<String>) -> Self {
        let error = Error::new(ErrorKind::TokenUnavailable, message);
        Self { error: Box::new(error), permanent: false, retry_after_ms: None }
    }
}

/// Codes of RFC 6749 section 5.2, as Keycloak sends them, that no repetition cures.
const PERMANENT: [&str; 6] = [
    "invalid_client",
    "unauthorized_client",
    "invalid_scope",
    "unsupported_grant_type",
    "invalid_request",
    "access_denied",
];

/// Reads the answer of the token endpoint.
///
/// # Errors
/// [`TokenFailure`] for every answer that does not hold a bearer token.
pub fn parse_token_response(
    status: u16,
    retry_after_ms: Option<u64>,
    body: &[u8],
) -> Result<AccessToken, TokenError> {
    let text = core::str::from_utf8(body).ok().filter(|text| text.len() <= MAX_ANSWER);
    let text = text.filter(|text| json::validate(text).is_ok()).unwrap_or_default();
    if status == 200 {
        return token(text).ok_or_else(|| TokenError {
            error: Box::new(Error {
                status: Some(status),
                ..Error::new(
                    ErrorKind::TokenUnavailable,
                    "the token endpoint answered 200 without a bearer token",
                )
            }),
            permanent: false,
            retry_after_ms,
        });
    }
    let code = json::find_string(text, &["error"]).unwrap_or_default();
    let known = PERMANENT.iter().find(|permanent| **permanent == code);
    // An unknown realm answers 404 with prose in `error`.
    let permanent = (400..500).contains(&status) && (known.is_some() || status == 404);
    let advice = match known {
        Some(&("invalid_client" | "unauthorized_client")) => {
            ": check client ID and secret, and that they belong to this environment"
        }
        Some(&"invalid_scope") => ": the client does not have one of the scopes that are asked for",
        _ if status == 404 => ": there is no such realm; check the token URL",
        _ => "",
    };
    let number = digits(i64::from(status));
    let (space, code) = known.map_or(("", ""), |code| (" ", code));
    let message = join(&["the token endpoint answered ", &number, space, code, advice]);
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

/// The whole part of a number as JSON writes it. By hand, as `f64` brings
/// 8 kB gzip into the wasm build.
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
    fn keycloak_token() {
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
    fn lifetimes_are_bounded_and_never_missing() {
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
    fn answers_without_a_token_are_transient() {
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
    fn refused_credentials_are_permanent_and_say_what_to_do() {
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
