//! Access tokens.
//!
//! - [`jwt`]: format and verification. [`keys`]: key pairs. [`revocation`]: revoked tokens.

pub mod jwt;
pub mod keys;
pub mod revocation;

use crate::http::HttpRequest;
use crate::paths::REALM;
use jwt::DecodedToken;

/// Issuer of tokens for callers that reach the sandbox at this base URL.
pub fn issuer(base_url: &str) -> String {
    format!("{base_url}/realms/{REALM}")
}

/// Bearer token of a request (RFC 6750), decoded but not verified.
#[derive(Debug, Clone)]
pub(crate) enum Bearer {
    /// No `Authorization` header, or one of another scheme.
    Missing,
    /// A token that this sandbox cannot have issued.
    Malformed,
    /// A token whose signature has not been checked.
    Decoded(Box<DecodedToken>),
}

impl Bearer {
    pub(crate) fn of(request: &HttpRequest) -> Self {
        let header = request.header("authorization").and_then(|header| header.split_once(' '));
        match header {
            Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => {
                DecodedToken::decode(token.trim())
                    .map_or(Self::Malformed, |token| Self::Decoded(Box::new(token)))
            }
            _ => Self::Missing,
        }
    }

    /// Client that the token names, whether or not it is valid.
    pub(crate) fn client_id(&self) -> Option<&str> {
        match self {
            Self::Decoded(token) => Some(&token.claims.azp),
            Self::Missing | Self::Malformed => None,
        }
    }
}
