//! Who is calling: a token of a configured issuer, or a ticket of the relay itself, in the
//! `Authorization` header or, where it is configured, in a cookie.
//!
//! - [`jwt`]: verification; the algorithm is the configuration's, never the token's.
//! - [`jwks`]: an issuer's public keys.
//! - [`introspect`]: opaque tokens, of which their issuer is asked.
//! - [`ticket`]: the relay's own tickets.
//!
//! Every refusal is the same 401; the reason goes into the log only.

pub mod introspect;
pub mod jwks;
pub mod jwt;
pub mod ticket;

use std::sync::Arc;
use std::time::Duration;

use aws_lc_rs::digest;
use http::HeaderMap;
use http::header::{AUTHORIZATION, COOKIE};
use quick_cache::sync::Cache;
use siphasher::sip128::SipHasher24;
use swisscom_sign::contract::Operation;
use tokio::time::Instant;

use crate::owner::OwnerHash;
use crate::problem::{Kind, Problem, Result};

/// A caller whose token was verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principal {
    /// The organization, from the issuer's tenant claim.
    pub tenant: Option<String>,
    /// The issuer.
    pub issuer: String,
    /// The subject.
    pub subject: String,
    /// The e-mail address, if the issuer says that it was verified.
    pub verified_email: Option<String>,
    /// A hash of tenant, issuer and subject: the caller's name in caches and logs.
    pub hash: OwnerHash,
    /// The caller's name in logs: not reversible without the identity.
    pub log_name: String,
    /// The name to show, if the issuer says one.
    pub name: Option<String>,
    /// When the token ends, in seconds since 1970.
    pub expires_s: u64,
    /// What a ticket is limited to.
    pub restriction: Option<Restriction>,
}

/// What a ticket is limited to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restriction {
    /// The process.
    pub process_id: String,
    /// The operations.
    pub operations: Vec<Operation>,
}

impl Principal {
    /// A caller, so far without name, end and limits.
    pub fn new(
        tenant: Option<String>,
        issuer: String,
        subject: String,
        verified_email: Option<String>,
    ) -> Self {
        let mut context = digest::Context::new(&digest::SHA256);
        for part in [tenant.as_deref().unwrap_or_default(), &issuer, &subject] {
            context.update(&(part.len() as u64).to_be_bytes());
            context.update(part.as_bytes());
        }
        let hash = hash_bytes(&context.finish());
        let log_name = hash.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        Self {
            tenant,
            issuer,
            subject,
            verified_email,
            hash,
            log_name,
            name: None,
            expires_s: 0,
            restriction: None,
        }
    }
}

fn hash_bytes(digest: &digest::Digest) -> [u8; 32] {
    let mut out = [0; 32];
    for (to, from) in out.iter_mut().zip(digest.as_ref()) {
        *to = *from;
    }
    out
}

/// A credential as it came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Presented<'h> {
    /// The token.
    pub token: &'h str,
    /// Whether it came in a cookie, so that another site's page could have caused it.
    pub from_cookie: bool,
}

/// Longest token that is looked at, in bytes.
const MAX_TOKEN: usize = 8 * 1024;
/// How long a verified token is remembered at most.
const REMEMBERED: Duration = Duration::from_secs(60);
/// How long the issuer of opaque tokens is not asked again about one that it refused.
const REFUSED: Duration = Duration::from_secs(2);

/// Finds the credential.
///
/// # Errors
/// [`Kind::InvalidToken`] without one, [`Kind::AmbiguousCredentials`] with two.
pub fn present<'h>(headers: &'h HeaderMap, cookie: Option<&str>) -> Result<Presented<'h>> {
    let bearer = match headers.get(AUTHORIZATION) {
        None => None,
        Some(value) => {
            let value = value.to_str().map_err(|_| refuse("authorization is no text"))?;
            let (scheme, token) = value.split_once(' ').unwrap_or((value, ""));
            if !scheme.eq_ignore_ascii_case("bearer") {
                return Err(refuse("another scheme than Bearer"));
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
            Err(Problem::new(Kind::AmbiguousCredentials))
        }
        (Some(token), None, _) => Ok(Presented { token, from_cookie: false }),
        (None, Some(token), None) => Ok(Presented { token, from_cookie: true }),
        (None, None, _) => Err(refuse("no credential")),
    }
}

/// The one refusal. The reason is for the log.
pub fn refuse(reason: &'static str) -> Problem {
    tracing::debug!(reason, "caller refused");
    Problem::new(Kind::InvalidToken)
}

#[derive(Debug, Clone)]
struct Known {
    /// `None` for an opaque token that was refused.
    principal: Option<Arc<Principal>>,
    until: Instant,
}

/// Verifies callers, and remembers whom it has verified.
#[derive(Debug)]
pub struct Authenticator {
    verifier: jwt::Verifier,
    introspection: Option<introspect::Introspection>,
    tickets: ticket::TicketKeys,
    /// By marks: the tokens themselves are not held.
    known: Cache<u128, Known>,
    mark: Mark,
}

/// Tells tokens apart, with a key of this run: nobody can look for a token that has the mark of
/// another's.
struct Mark(SipHasher24);

impl std::fmt::Debug for Mark {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Mark")
    }
}

impl Mark {
    fn new() -> Self {
        Self(SipHasher24::new_with_key(uuid::Uuid::new_v4().as_bytes()))
    }

    fn of(&self, token: &str) -> u128 {
        self.0.hash(token.as_bytes()).as_u128()
    }
}

impl Authenticator {
    /// With these verifiers and room for so many verified tokens.
    pub fn new(
        verifier: jwt::Verifier,
        introspection: Option<introspect::Introspection>,
        tickets: ticket::TicketKeys,
        capacity: usize,
    ) -> Self {
        Self {
            verifier,
            introspection,
            tickets,
            known: Cache::new(capacity.max(16)),
            mark: Mark::new(),
        }
    }

    /// The keys of the relay's own tickets.
    pub fn tickets(&self) -> &ticket::TicketKeys {
        &self.tickets
    }

    /// Who bears this token.
    ///
    /// # Errors
    /// [`Kind::InvalidToken`]; [`Kind::IssuerUnavailable`] when no key of the issuer is known yet.
    pub async fn authenticate(&self, token: &str) -> Result<Arc<Principal>> {
        if token.is_empty() || token.len() > MAX_TOKEN {
            return Err(refuse("a token of this length"));
        }
        let key = self.mark.of(token);
        let now = Instant::now();
        if let Some(known) = self.known.get(&key)
            && known.until > now
        {
            return known.principal.ok_or_else(|| refuse("refused a moment ago"));
        }
        // A JWT is verified here and nowhere else, so that no token has two readers.
        let opaque = self.introspection.as_ref().filter(|_| !jwt::looks_like_one(token));
        let (principal, left) = match opaque {
            _ if ticket::looks_like_one(token) => self.tickets.verify(token)?,
            None => self.verifier.verify(token).await?,
            Some(issuer) => match issuer.verify(token).await {
                Ok(found) => found,
                Err(problem) => {
                    if problem.kind == Kind::InvalidToken {
                        let until = Instant::now() + REFUSED;
                        self.known.insert(key, Known { principal: None, until });
                    }
                    return Err(problem);
                }
            },
        };
        let principal = Arc::new(principal);
        let until = now + left.min(REMEMBERED);
        self.known.insert(key, Known { principal: Some(Arc::clone(&principal)), until });
        Ok(principal)
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
    fn one_credential_only() {
        let of = |pairs: &[(&'static str, &str)]| {
            present(&headers(pairs), Some("__Host-s"))
                .map(|p| (p.token.to_owned(), p.from_cookie))
                .map_err(|problem| problem.kind)
        };
        assert_eq!(of(&[("authorization", "Bearer t")]), Ok(("t".into(), false)));
        assert_eq!(of(&[("authorization", "bearer t")]), Ok(("t".into(), false)));
        assert_eq!(of(&[("cookie", "a=b; __Host-s=t")]), Ok(("t".into(), true)));
        assert_eq!(of(&[]), Err(Kind::InvalidToken));
        assert_eq!(of(&[("authorization", "Basic dDp0")]), Err(Kind::InvalidToken));
        assert_eq!(of(&[("cookie", "host-s=t")]), Err(Kind::InvalidToken));
        let both = [("authorization", "Bearer t"), ("cookie", "__Host-s=t")];
        assert_eq!(of(&both), Err(Kind::AmbiguousCredentials));
        assert_eq!(of(&[("cookie", "__Host-s=t; __Host-s=u")]), Err(Kind::AmbiguousCredentials));
        // Without a configured name no cookie counts.
        assert!(present(&headers(&[("cookie", "__Host-s=t")]), None).is_err());
    }
}
