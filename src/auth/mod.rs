//! OAuth 2.0 client credentials (RFC 6749 section 4.4; guide, "Authentication").
//!
//! - [`token_request`] and [`token_answer`]: the form that is posted, and what comes back.
//! - [`claims`]: what a token says of itself.
//! - [`cache`]: when to fetch, use, renew and drop a token: a state machine over a given time.

pub mod cache;
pub mod claims;
mod token_answer;
mod token_request;

pub use token_answer::{AccessToken, TokenError, parse_token_response};
pub use token_request::{
    ClientAuthentication, ClientCredentials, TokenRequest, build_token_request,
};

use crate::contract::{Operation, Scope};

/// The scopes that a set of operations needs: what to ask for, and no more.
pub fn scopes_for(operations: impl IntoIterator<Item = Operation>) -> Vec<Scope> {
    let mut scopes: Vec<_> =
        operations.into_iter().map(|operation| operation.spec().scope).collect();
    scopes.sort_unstable();
    scopes.dedup();
    scopes
}
