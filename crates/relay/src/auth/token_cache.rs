//! Whom the relay has verified, for a while. Tokens that were refused have a room of their own:
//! whoever makes up millions of them pushes out nobody who was verified.

use std::sync::Arc;
use std::time::Duration;

use quick_cache::sync::Cache;
use siphasher::sip128::SipHasher24;
use tokio::time::Instant;

use super::unauthorized;
use crate::caller::Principal;
use crate::error::RelayResult;

/// How long a verified token is remembered at most.
const VERIFIED_TTL: Duration = Duration::from_secs(60);
/// How long the issuer of opaque tokens is not asked again about one that it refused.
const REJECTED_TTL: Duration = Duration::from_secs(2);
/// Refused tokens that are remembered.
const REJECTED_CAPACITY: usize = 4096;

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
            refused: Cache::new(REJECTED_CAPACITY),
            mark: SipHasher24::new_with_key(uuid::Uuid::new_v4().as_bytes()),
        }
    }

    /// The mark of a token.
    pub fn key(&self, token: &str) -> u128 {
        self.mark.hash(token.as_bytes()).as_u128()
    }

    /// What is known of the token with that mark.
    pub fn get(&self, key: u128) -> Option<RelayResult<Arc<Principal>>> {
        let now = Instant::now();
        if let Some((principal, until)) = self.verified.get(&key)
            && until > now
        {
            return Some(Ok(principal));
        }
        let refused = self.refused.get(&key).is_some_and(|until| until > now);
        refused.then(|| Err(unauthorized("refused a moment ago")))
    }

    /// The token was verified, and may be believed until then.
    pub fn insert_verified(
        &self,
        key: u128,
        principal: Principal,
        until: Instant,
    ) -> Arc<Principal> {
        let principal = Arc::new(principal);
        let until = until.min(Instant::now() + VERIFIED_TTL);
        self.verified.insert(key, (Arc::clone(&principal), until));
        principal
    }

    /// The token was refused.
    pub fn insert_rejected(&self, key: u128) {
        self.refused.insert(key, Instant::now() + REJECTED_TTL);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::RelayErrorKind;

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
        assert!(memory.get(1).is_none());
        memory.insert_verified(1, anna(), Instant::now() + Duration::from_secs(5));
        memory.insert_verified(2, anna(), Instant::now() + Duration::from_secs(3600));
        memory.insert_rejected(3);
        assert_eq!(name(memory.get(1)), Some(Ok("anna".into())));
        assert_eq!(name(memory.get(3)), Some(Err(RelayErrorKind::InvalidToken)));
        tokio::time::advance(Duration::from_secs(2)).await;
        assert_eq!(name(memory.get(3)), None, "asked about again");
        tokio::time::advance(Duration::from_secs(3)).await;
        assert_eq!(name(memory.get(1)), None);
        assert_eq!(name(memory.get(2)), Some(Ok("anna".into())));
        tokio::time::advance(Duration::from_secs(55)).await;
        assert_eq!(name(memory.get(2)), None, "a minute at most");
    }

    #[tokio::test(start_paused = true)]
    async fn made_up_tokens_push_out_nobody() {
        let memory = VerifiedTokenCache::new(16);
        // Whoever comes in the middle of it, too: a room that is full favours those who came first.
        (1000..2000).for_each(|key| memory.insert_rejected(key));
        let until = Instant::now() + Duration::from_secs(30);
        for key in 0..8 {
            memory.insert_verified(key, anna(), until);
        }
        (2000..100_000).for_each(|key| memory.insert_rejected(key));
        assert!((0..8).all(|key| memory.get(key).is_some()));
        assert!(memory.refused.len() <= REJECTED_CAPACITY);
    }
}
