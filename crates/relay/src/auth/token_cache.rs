//! Token cache: verified and rejected tokens, in two bounded caches, so that a flood of invalid
//! tokens evicts no verified one. Concurrent introspections of one token share one request.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use quick_cache::sync::Cache;
use siphasher::sip128::SipHasher24;
use tokio::sync::Semaphore;
use tokio::time::Instant;

use super::introspect::introspection_unavailable;
use crate::caller::Principal;
use crate::error::{RelayErrorKind, RelayResult};

const VERIFIED_TTL: Duration = Duration::from_secs(60);
const REJECTED_TTL: Duration = Duration::from_secs(2);
const REJECTED_CAPACITY: usize = 4096;

type Verification = RelayResult<Arc<Principal>>;

/// Outcome of an introspection: for the callers that waited for it, and as negative cache.
#[derive(Clone)]
struct Introspected {
    outcome: Verification,
    completed_at: Instant,
}

impl Introspected {
    fn is_current(&self, waiting_since: Instant) -> bool {
        let is_rejected = |error: &RelayErrorKind| *error == RelayErrorKind::InvalidToken;
        self.completed_at >= waiting_since
            || self.outcome.as_ref().is_err_and(|error| is_rejected(&error.kind))
                && self.completed_at.elapsed() < REJECTED_TTL
    }
}

pub(crate) struct VerifiedTokenCache {
    verified: Cache<u128, (Arc<Principal>, Instant)>,
    introspected: Cache<u128, Introspected>,
    pending: Semaphore,
    /// Keyed with a random key of this process, so that nobody can compute a token with the hash
    /// of another one.
    hasher: SipHasher24,
}

impl std::fmt::Debug for VerifiedTokenCache {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("VerifiedTokenCache").finish_non_exhaustive()
    }
}

impl VerifiedTokenCache {
    pub(crate) fn new(capacity: usize, max_pending: usize) -> Self {
        Self {
            verified: Cache::new(capacity.max(16)),
            introspected: Cache::new(REJECTED_CAPACITY),
            pending: Semaphore::new(max_pending),
            hasher: SipHasher24::new_with_key(uuid::Uuid::new_v4().as_bytes()),
        }
    }

    /// Cache key of a token: the token itself is not stored.
    pub(crate) fn key(&self, token: &str) -> u128 {
        self.hasher.hash(token.as_bytes()).as_u128()
    }

    pub(crate) fn get(&self, key: u128) -> Option<Verification> {
        let now = Instant::now();
        if let Some((principal, expires_at)) = self.verified.get(&key)
            && expires_at > now
        {
            return Some(Ok(principal));
        }
        let introspected = self.introspected.get(&key)?;
        introspected.is_current(now).then_some(introspected.outcome)
    }

    pub(crate) fn insert_verified(
        &self,
        key: u128,
        principal: Principal,
        expires_at: Instant,
    ) -> Arc<Principal> {
        let principal = Arc::new(principal);
        let expires_at = expires_at.min(Instant::now() + VERIFIED_TTL);
        self.verified.insert(key, (Arc::clone(&principal), expires_at));
        principal
    }

    /// Returns the outcome of a concurrent introspection of the same token, or runs `verify`. In a
    /// task of its own: a caller that disconnects must not cancel the request of the others.
    pub(crate) async fn get_or_introspect(
        self: &Arc<Self>,
        key: u128,
        verify: impl Future<Output = RelayResult<(Principal, Duration)>> + Send + 'static,
    ) -> Verification {
        let this = Arc::clone(self);
        let waiting_since = Instant::now();
        let task = tokio::spawn(async move {
            loop {
                this.introspected.remove_if(&key, |known| !known.is_current(waiting_since));
                let guard = match this.introspected.get_value_or_guard_async(&key).await {
                    Ok(known) if known.is_current(waiting_since) => return known.outcome,
                    Ok(_expired) => continue,
                    Err(guard) => guard,
                };
                let Ok(_permit) = this.pending.try_acquire() else {
                    return Err(introspection_unavailable("too many pending introspections"));
                };
                let started_at = Instant::now();
                let outcome = verify
                    .await
                    .map(|(principal, ttl)| this.insert_verified(key, principal, started_at + ttl));
                let completed_at = Instant::now();
                let _evicted =
                    guard.insert(Introspected { outcome: outcome.clone(), completed_at });
                return outcome;
            }
        });
        task.await.unwrap_or_else(|_| Err(introspection_unavailable("introspection panicked")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::RelayError;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use tokio::sync::Notify;

    const LONG: Duration = Duration::from_secs(3600);

    fn anna() -> Principal {
        Principal::new(None, "i".into(), "anna".into(), None)
    }

    fn subject(outcome: Verification) -> Result<String, RelayErrorKind> {
        outcome.map(|principal| principal.subject.clone()).map_err(|error| error.kind)
    }

    async fn reject(cache: &Arc<VerifiedTokenCache>, key: u128) {
        let rejected = async { Err(RelayError::new(RelayErrorKind::InvalidToken)) };
        assert!(cache.get_or_introspect(key, rejected).await.is_err());
    }

    #[tokio::test(start_paused = true)]
    async fn entries_expire() {
        let cache = Arc::new(VerifiedTokenCache::new(16, 8));
        assert!(cache.get(1).is_none());
        cache.insert_verified(1, anna(), Instant::now() + Duration::from_secs(5));
        cache.insert_verified(2, anna(), Instant::now() + LONG);
        reject(&cache, 3).await;
        tokio::time::advance(Duration::from_secs(1)).await;
        assert_eq!(cache.get(1).map(subject), Some(Ok("anna".into())));
        assert_eq!(cache.get(3).map(subject), Some(Err(RelayErrorKind::InvalidToken)));
        tokio::time::advance(Duration::from_secs(1)).await;
        assert_eq!(cache.get(3).map(subject), None, "rejections expire after 2 s");
        tokio::time::advance(Duration::from_secs(3)).await;
        assert_eq!(cache.get(1).map(subject), None);
        assert_eq!(cache.get(2).map(subject), Some(Ok("anna".into())));
        tokio::time::advance(Duration::from_secs(55)).await;
        assert_eq!(cache.get(2).map(subject), None, "one minute at most");
    }

    #[tokio::test(start_paused = true)]
    async fn rejected_tokens_do_not_evict_verified_tokens() {
        let cache = Arc::new(VerifiedTokenCache::new(16, 8));
        for key in 1000..2000 {
            reject(&cache, key).await;
        }
        // Inserted in the middle: a full cache prefers the entries that came first.
        (0..8).for_each(|key| drop(cache.insert_verified(key, anna(), Instant::now() + LONG)));
        for key in 2000..12_000 {
            reject(&cache, key).await;
        }
        assert!((0..8).all(|key| cache.get(key).is_some()));
        assert!(cache.introspected.len() <= REJECTED_CAPACITY);
    }

    /// An issuer that answers when it is released.
    #[derive(Default)]
    struct BlockedIssuer {
        requests: AtomicUsize,
        release: Notify,
    }

    impl BlockedIssuer {
        fn introspect(
            self: &Arc<Self>,
            cache: &Arc<VerifiedTokenCache>,
            key: u128,
        ) -> tokio::task::JoinHandle<Verification> {
            let (issuer, cache) = (Arc::clone(self), Arc::clone(cache));
            tokio::spawn(async move {
                let verify = async move {
                    issuer.requests.fetch_add(1, Ordering::SeqCst);
                    issuer.release.notified().await;
                    Ok((anna(), LONG))
                };
                cache.get_or_introspect(key, verify).await
            })
        }

        fn requests(&self) -> usize {
            self.requests.load(Ordering::SeqCst)
        }
    }

    async fn settle() {
        for _ in 0..50 {
            tokio::task::yield_now().await;
        }
    }

    #[tokio::test]
    async fn keeps_the_introspection_when_the_first_caller_disconnects() {
        let (issuer, cache) = (Arc::default(), Arc::new(VerifiedTokenCache::new(16, 8)));
        let first = BlockedIssuer::introspect(&issuer, &cache, 1);
        settle().await;
        let second = BlockedIssuer::introspect(&issuer, &cache, 1);
        settle().await;
        first.abort();
        assert!(first.await.unwrap_err().is_cancelled());
        issuer.release.notify_one();
        assert_eq!(subject(second.await.unwrap()), Ok("anna".into()));
        assert_eq!(issuer.requests(), 1);
    }

    #[tokio::test]
    async fn limits_pending_introspections() {
        let (issuer, cache) = (Arc::default(), Arc::new(VerifiedTokenCache::new(16, 2)));
        let first = BlockedIssuer::introspect(&issuer, &cache, 1);
        let second = BlockedIssuer::introspect(&issuer, &cache, 2);
        settle().await;
        let third = BlockedIssuer::introspect(&issuer, &cache, 3);
        settle().await;
        assert!(third.is_finished(), "rejected without waiting");
        assert_eq!(subject(third.await.unwrap()), Err(RelayErrorKind::IssuerUnavailable));
        let joined = BlockedIssuer::introspect(&issuer, &cache, 1);
        settle().await;
        assert_eq!(issuer.requests(), 2);
        issuer.release.notify_waiters();
        for caller in [first, second, joined] {
            assert!(caller.await.unwrap().is_ok());
        }
        issuer.release.notify_one();
        assert!(BlockedIssuer::introspect(&issuer, &cache, 3).await.unwrap().is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn shares_a_failure_with_waiting_callers_only() {
        let cache = Arc::new(VerifiedTokenCache::new(16, 8));
        let requests = Arc::new(AtomicUsize::new(0));
        let introspect = || {
            let (cache, requests) = (Arc::clone(&cache), Arc::clone(&requests));
            tokio::spawn(async move {
                let unavailable = async move {
                    requests.fetch_add(1, Ordering::SeqCst);
                    tokio::time::sleep(Duration::from_millis(10)).await;
                    Err(RelayError::new(RelayErrorKind::IssuerUnavailable))
                };
                cache.get_or_introspect(1, unavailable).await
            })
        };
        for caller in [introspect(), introspect(), introspect()] {
            assert_eq!(subject(caller.await.unwrap()), Err(RelayErrorKind::IssuerUnavailable));
        }
        assert_eq!(requests.load(Ordering::SeqCst), 1);
        tokio::time::advance(Duration::from_millis(1)).await;
        assert!(introspect().await.unwrap().is_err());
        assert_eq!(requests.load(Ordering::SeqCst), 2, "failures are not cached");
    }

    #[tokio::test]
    async fn repeats_an_introspection_that_panicked() {
        let cache = Arc::new(VerifiedTokenCache::new(16, 1));
        let panicking = async { panic!("a defect") };
        assert!(cache.get_or_introspect(1, panicking).await.is_err());
        let verified = cache.get_or_introspect(1, async { Ok((anna(), LONG)) }).await;
        assert_eq!(subject(verified), Ok("anna".into()));
    }
}
