//! Authentication of callers: a JWT or an opaque token of a configured issuer, or a ticket of the
//! relay, in the `Authorization` header or in a configured cookie. Every rejection is the same 401; the
//! reason is only logged.

pub(crate) mod introspect;
pub(crate) mod jwks;
pub(crate) mod jwt;
pub(crate) mod ticket;
pub(crate) mod token_cache;

use std::sync::Arc;

use http::HeaderMap;
use http::header::{AUTHORIZATION, COOKIE};
use tokio::time::Instant;

use crate::caller::Principal;
use crate::error::{RelayError, RelayErrorKind, RelayResult};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PresentedCredential<'h> {
    pub(crate) token: &'h str,
    /// Then the request needs CSRF protection.
    pub(crate) from_cookie: bool,
}

const MAX_TOKEN_BYTES: usize = 8 * 1024;
/// Including those that wait for a permit.
const MAX_PENDING_INTROSPECTIONS: usize = 1024;

/// # Errors
/// [`RelayErrorKind::InvalidToken`] without a credential, [`RelayErrorKind::AmbiguousCredentials`]
/// with two.
pub(crate) fn extract_credential<'h>(
    headers: &'h HeaderMap,
    cookie: Option<&str>,
) -> RelayResult<PresentedCredential<'h>> {
    let bearer = match headers.get(AUTHORIZATION) {
        None => None,
        Some(value) => {
            let value =
                value.to_str().map_err(|_| unauthorized("Authorization header is not ASCII"))?;
            let (scheme, token) = value.split_once(' ').unwrap_or((value, ""));
            if !scheme.eq_ignore_ascii_case("bearer") {
                return Err(unauthorized("unsupported authentication scheme"));
            }
            Some(token.trim())
        }
    };
    let mut cookies = cookie.into_iter().flat_map(|cookie| {
        headers
            .get_all(COOKIE)
            .iter()
            .filter_map(|line| line.to_str().ok())
            .flat_map(|line| line.split(';'))
            .filter_map(|pair| pair.trim().split_once('='))
            .filter(move |(name, _)| *name == cookie)
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

/// The 401 response; `reason` is only logged.
pub(crate) fn unauthorized(reason: &'static str) -> RelayError {
    tracing::debug!(reason, "request rejected");
    RelayError::new(RelayErrorKind::InvalidToken)
}

#[derive(Debug)]
pub(crate) struct Authenticator {
    verifier: jwt::JwtVerifier,
    introspection: Option<Arc<introspect::IntrospectionClient>>,
    tickets: ticket::TicketKeys,
    cache: Arc<token_cache::VerifiedTokenCache>,
}

impl Authenticator {
    pub(crate) fn new(
        verifier: jwt::JwtVerifier,
        introspection: Option<introspect::IntrospectionClient>,
        tickets: ticket::TicketKeys,
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

    pub(crate) fn tickets(&self) -> &ticket::TicketKeys {
        &self.tickets
    }

    /// # Errors
    /// [`RelayErrorKind::InvalidToken`]; [`RelayErrorKind::IssuerUnavailable`] if the issuer's keys are
    /// not available yet, or its introspection endpoint is unavailable.
    pub(crate) async fn authenticate(&self, token: &str) -> RelayResult<Arc<Principal>> {
        if token.is_empty() || token.len() > MAX_TOKEN_BYTES {
            return Err(unauthorized("token is empty or too long"));
        }
        let key = self.cache.key(token);
        if let Some(known) = self.cache.get(key) {
            return known;
        }
        // JWTs are never introspected, so that exactly one verifier interprets a token.
        let opaque = self.introspection.as_ref().filter(|_| !jwt::looks_like_jwt(token));
        let started_at = Instant::now();
        let (principal, ttl) = match opaque {
            _ if ticket::looks_like_ticket(token) => self.tickets.verify(token)?,
            None => self.verifier.verify(token).await?,
            Some(issuer) => {
                let (issuer, token) = (Arc::clone(issuer), token.to_owned());
                let verify = async move { issuer.verify(&token).await };
                return self.cache.get_or_introspect(key, verify).await;
            }
        };
        Ok(self.cache.insert_verified(key, principal, started_at + ttl))
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
                .map_err(|error| error.kind)
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
        // Cookies are ignored unless a cookie name is configured.
        assert!(extract_credential(&headers(&[("cookie", "__Host-s=t")]), None).is_err());
    }
}
