//! Whom the relay has verified, for a while. Tokens that were refused have a room of their own:
//! whoever makes up millions of them pushes out nobody who was verified.

use std::sync::Arc;
use std::time::Duration;

use quick_cache::sync::Cache;
use siphasher::sip128::SipHasher24;
use tokio::time::Instant;

use super::refuse;
use crate::caller::Principal;
use crate::problem::RelayResult;

/// How long a verified token is remembered at most.
const VERIFIED: Duration = Duration::from_secs(60);
/// How long the issuer of opaque tokens is not asked again about one that it refused.
const REFUSED: Duration = Duration::from_secs(2);
/// Refused tokens that are remembered.
const ROOM: usize = 4096;

/// By marks: the tokens themselves are not held.
pub struct VerifiedTokenCache {
    verified: Cache<u128, (Arc<Principal>, Instant)>,
    refused: Cache<u128, Instant>,
    /// Tells tokens apart, with a key of this run: nobody can look for a token that has the mark of
    /// another's.
    mark: SipHasher24,
}

impl std::fmt::Debug for VerifiedTokenCache {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Memory").finish_non_exhaustive()
    }
}

impl VerifiedTokenCache {
    /// With room for so many verified tokens.
    pub fn new(capacity: usize) -> Self {
        Self {
            verified: Cache::new(capacity.max(16)),
            refused: Cache::new(ROOM),
            mark: SipHasher24::new_with_key(uuid::Uuid::new_v4().as_bytes()),
        }
    }

    /// The mark of a token.
    pub fn key(&self, token: &str) -> u128 {
        self.mark.hash(token.as_bytes()).as_u128()
    }

    /// What is known of the token with that mark.
    pub fn find(&self, key: u128) -> Option<RelayResult<Arc<Principal>>> {
        let now = Instant::now();
        if let Some((principal, until)) = self.verified.get(&key)
            && until > now
        {
            return Some(Ok(principal));
        }
        let refused = self.refused.get(&key).is_some_and(|until| until > now);
        refused.then(|| Err(refuse("refused a moment ago")))
    }

    /// The token was verified, and may be believed until then.
    pub fn verified(&self, key: u128, principal: Principal, until: Instant) -> Arc<Principal> {
        let principal = Arc::new(principal);
        let until = until.min(Instant::now() + VERIFIED);
        self.verified.insert(key, (Arc::clone(&principal), until));
        principal
    }

    /// The token was refused.
    pub fn refused(&self, key: u128) {
        self.refused.insert(key, Instant::now() + REFUSED);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::problem::RelayErrorKind;

    fn anna() -> Principal {
        Principal::new(None, "i".into(), "anna".into(), None)
    }

    fn name(
        found: Option<RelayResult<Arc<Principal>>>,
    ) -> Option<std::result::Result<String, RelayErrorKind>> {
        let name = |found: RelayResult<Arc<Principal>>| {
            found.map(|principal| principal.subject.clone()).map_err(|problem| problem.kind)
        };
        found.map(name)
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_known_ends() {
        let memory = VerifiedTokenCache::new(16);
        assert!(memory.find(1).is_none());
        memory.verified(1, anna(), Instant::now() + Duration::from_secs(5));
        memory.verified(2, anna(), Instant::now() + Duration::from_secs(3600));
        memory.refused(3);
        assert_eq!(name(memory.find(1)), Some(Ok("anna".into())));
        assert_eq!(name(memory.find(3)), Some(Err(RelayErrorKind::InvalidToken)));
        tokio::time::advance(Duration::from_secs(2)).await;
        assert_eq!(name(memory.find(3)), None, "asked about again");
        tokio::time::advance(Duration::from_secs(3)).await;
        assert_eq!(name(memory.find(1)), None);
        assert_eq!(name(memory.find(2)), Some(Ok("anna".into())));
        tokio::time::advance(Duration::from_secs(55)).await;
        assert_eq!(name(memory.find(2)), None, "a minute at most");
    }

    #[tokio::test(start_paused = true)]
    async fn made_up_tokens_push_out_nobody() {
        let memory = VerifiedTokenCache::new(16);
        // Whoever comes in the middle of it, too: a room that is full favours those who came first.
        (1000..2000).for_each(|key| memory.refused(key));
        let until = Instant::now() + Duration::from_secs(30);
        for key in 0..8 {
            memory.verified(key, anna(), until);
        }
        (2000..100_000).for_each(|key| memory.refused(key));
        assert!((0..8).all(|key| memory.find(key).is_some()));
        assert!(memory.refused.len() <= ROOM);
    }
}
