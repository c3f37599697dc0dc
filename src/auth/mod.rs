//! OAuth 2.0 client credentials (RFC 6749 section 4.4; guide, "Authentication").
//!
//! - [`build_token_request`] and [`parse_token_response`]: token request and response.
//! - [`claims`]: claims of a token.
//! - [`cache`]: token cache, a state machine that fetches, renews and drops tokens.

pub mod cache;
pub mod claims;
mod token_request;
mod token_response;

pub use token_request::{
    ClientAuthentication, ClientCredentials, TokenRequest, build_token_request,
};
pub use token_response::{AccessToken, TokenError, parse_token_response};

use crate::contract::{Operation, Scope};

/// Scopes that a set of operations needs.
pub fn scopes_for(operations: impl IntoIterator<Item = Operation>) -> Vec<Scope> {
    let mut scopes: Vec<_> =
        operations.into_iter().map(|operation| operation.spec().scope).collect();
    scopes.sort_unstable();
    scopes.dedup();
    scopes
}
