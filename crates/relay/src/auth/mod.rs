//! Who is calling: a token of a configured issuer, or a ticket of the relay itself, in the
//! `Authorization` header or, where it is configured, in a cookie.
//!
//! - [`jwt`]: verification; the algorithm is the configuration's, never the token's.
//! - [`jwks`]: an issuer's public keys.
//! - [`introspect`]: opaque tokens, of which their issuer is asked.
//! - [`token_cache`]: what was found, for a while.
//! - [`ticket`]: the relay's own tickets.
//!
//! Every refusal is the same 401; the reason goes into the log only.

pub mod introspect;
pub mod jwks;
pub mod jwt;
pub mod ticket;
pub mod token_cache;

use std::sync::Arc;

use http::HeaderMap;
use http::header::{AUTHORIZATION, COOKIE};
use tokio::time::Instant;

use crate::caller::Principal;
use crate::error::{RelayError, RelayErrorKind, RelayResult};

/// A credential as it came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PresentedCredential<'h> {
    /// The token.
    pub token: &'h str,
    /// Whether it came in a cookie, so that another site's page could have caused it.
    pub from_cookie: bool,
}

/// Longest token that is looked at, in bytes.
const MAX_TOKEN: usize = 8 * 1024;
/// Opaque tokens at a time that their issuer is asked about, or that wait for their turn.
const MAX_PENDING_INTROSPECTIONS: usize = 1024;

/// Finds the credential.
///
/// # Errors
/// [`RelayErrorKind::InvalidToken`] without one, [`RelayErrorKind::AmbiguousCredentials`] with two.
pub fn extract_credential<'h>(
    headers: &'h HeaderMap,
    cookie: Option<&str>,
) -> RelayResult<PresentedCredential<'h>> {
    let bearer = match headers.get(AUTHORIZATION) {
        None => None,
        Some(value) => {
            let value = value.to_str().map_err(|_| unauthorized("authorization is no text"))?;
            let (scheme, token) = value.split_once(' ').unwrap_or((value, ""));
            if !scheme.eq_ignore_ascii_case("bearer") {
                return Err(unauthorized("another scheme than Bearer"));
            }
            Some(token.trim())
        }
    };
    let mut cookies = cookie.into_iter().flat_map(|wanted| {
        headers
            .get_all(COOKIE)
            .iter()
            .filter_map(|line| line.to_str().ok())
            .flat_map(|line| line.split(';'))
            .filter_map(|pair| pair.trim().split_once('='))
            .filter(move |(name, _)| *name == wanted)
            .map(|(_, value)| value)
    });
    let (first, second) = (cookies.next(), cookies.next());
    match (bearer, first, second) {
        (Some(_), Some(_), _) | (None, Some(_), Some(_)) => {
            Err(RelayError::new(RelayErrorKind::AmbiguousCredentials))
        }
        (Some(token), None, _) => Ok(PresentedCredential { token, from_cookie: false }),
        (None, Some(token), None) => Ok(PresentedCredential { token, from_cookie: true }),
        (None, None, _) => Err(unauthorized("no credential")),
    }
}

/// The one refusal. The reason is for the log.
pub fn unauthorized(reason: &'static str) -> RelayError {
    tracing::debug!(reason, "caller refused");
    RelayError::new(RelayErrorKind::InvalidToken)
}

/// Verifies callers, and remembers whom it has verified.
#[derive(Debug)]
pub struct Authenticator {
    verifier: jwt::JwtVerifier,
    introspection: Option<Arc<introspect::IntrospectionClient>>,
    tickets: ticket::TicketKey,
    cache: Arc<token_cache::VerifiedTokenCache>,
}

impl Authenticator {
    /// With these verifiers and room for so many verified tokens.
    pub fn new(
        verifier: jwt::JwtVerifier,
        introspection: Option<introspect::IntrospectionClient>,
        tickets: ticket::TicketKey,
        capacity: usize,
    ) -> Self {
        Self {
            verifier,
            introspection: introspection.map(Arc::new),
            tickets,
            cache: Arc::new(token_cache::VerifiedTokenCache::new(
                capacity,
                MAX_PENDING_INTROSPECTIONS,
            )),
        }
    }

    /// The keys of the relay's own tickets.
    pub fn tickets(&self) -> &ticket::TicketKey {
        &self.tickets
    }

    /// Who bears this token.
    ///
    /// # Errors
    /// [`RelayErrorKind::InvalidToken`]; [`RelayErrorKind::IssuerUnavailable`] when no key of the issuer is known yet,
    /// or the issuer of an opaque token cannot be asked.
    pub async fn authenticate(&self, token: &str) -> RelayResult<Arc<Principal>> {
        if token.is_empty() || token.len() > MAX_TOKEN {
            return Err(unauthorized("a token of this length"));
        }
        let key = self.cache.key(token);
        if let Some(known) = self.cache.get(key) {
            return known;
        }
        // A JWT is verified here and nowhere else, so that no token has two readers.
        let opaque = self.introspection.as_ref().filter(|_| !jwt::looks_like_jwt(token));
        let begun = Instant::now();
        let (principal, left) = match opaque {
            _ if ticket::looks_like_ticket(token) => self.tickets.verify(token)?,
            None => self.verifier.verify(token).await?,
            Some(issuer) => {
                let (issuer, token) = (Arc::clone(issuer), token.to_owned());
                let verify = async move { issuer.verify(&token).await };
                return self.cache.get_or_introspect(key, verify).await;
            }
        };
        Ok(self.cache.insert_verified(key, principal, begun + left))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        let mut map = HeaderMap::new();
        for (name, value) in pairs {
            map.append(*name, value.parse().unwrap());
        }
        map
    }

    #[test]
    fn rejects_two_credentials() {
        let of = |pairs: &[(&'static str, &str)]| {
            extract_credential(&headers(pairs), Some("__Host-s"))
                .map(|p| (p.token.to_owned(), p.from_cookie))
                .map_err(|problem| problem.kind)
        };
        assert_eq!(of(&[("authorization", "Bearer t")]), Ok(("t".into(), false)));
        assert_eq!(of(&[("authorization", "bearer t")]), Ok(("t".into(), false)));
        assert_eq!(of(&[("cookie", "a=b; __Host-s=t")]), Ok(("t".into(), true)));
        assert_eq!(of(&[]), Err(RelayErrorKind::InvalidToken));
        assert_eq!(of(&[("authorization", "Basic dDp0")]), Err(RelayErrorKind::InvalidToken));
        assert_eq!(of(&[("cookie", "host-s=t")]), Err(RelayErrorKind::InvalidToken));
        let both = [("authorization", "Bearer t"), ("cookie", "__Host-s=t")];
        assert_eq!(of(&both), Err(RelayErrorKind::AmbiguousCredentials));
        assert_eq!(
            of(&[("cookie", "__Host-s=t; __Host-s=u")]),
            Err(RelayErrorKind::AmbiguousCredentials)
        );
        // Without a configured name no cookie counts.
        assert!(extract_credential(&headers(&[("cookie", "__Host-s=t")]), None).is_err());
    }
}
