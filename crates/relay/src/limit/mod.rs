//! Rate limits (generic cell rate algorithm): one timestamp per key, no timers, and an exact
//! `Retry-After`. [`LocalRateLimit`] counts in one replica, [`redis_limit`] in all of them.
//! [`concurrency`] limits operations that run at the same time.

pub(crate) mod concurrency;
pub(crate) mod redis_limit;

use std::convert::Infallible;
use std::hash::Hash;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use quick_cache::sync::Cache;
use tokio::time::Instant;

use crate::config::Rate;
use crate::error::{RelayError, RelayErrorKind, RelayResult};

const MAX_KEYS: usize = 100_000;

#[derive(Debug)]
pub(crate) struct LocalRateLimit<K> {
    rate: Rate,
    base: Instant,
    /// Theoretical arrival time of the next request, in nanoseconds since `base`.
    used_until: Cache<K, Arc<AtomicU64>>,
}

impl<K: Hash + Eq + Clone> LocalRateLimit<K> {
    pub(crate) fn new(rate: Rate) -> Self {
        Self { rate, base: Instant::now(), used_until: Cache::new(MAX_KEYS) }
    }

    /// # Errors
    /// [`RelayErrorKind::RateLimited`] with `Retry-After`.
    pub(crate) fn check_and_count(&self, key: &K) -> RelayResult<()> {
        let new = || Ok::<_, Infallible>(Arc::default());
        let used_until = match self.used_until.get_or_insert_with(key, new) {
            Ok(used_until) => used_until,
            Err(never) => match never {},
        };
        // In one step: concurrent requests that read the same value would count as one.
        let mut result = Ok(());
        let _previous = used_until.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |used| {
            let next = self.next_used_until(used);
            result = next.as_ref().map(drop).map_err(Clone::clone);
            next.ok()
        });
        result
    }

    /// Like [`Self::check_and_count`], without counting the request.
    pub(crate) fn check(&self, key: &K) -> RelayResult<()> {
        let used = self.used_until.get(key).map_or(0, |used| used.load(Ordering::Relaxed));
        self.next_used_until(used).map(drop)
    }

    fn next_used_until(&self, used: u64) -> RelayResult<u64> {
        let now = nanos(self.base.elapsed());
        let cost = nanos(self.rate.interval);
        let burst = cost.saturating_mul(u64::from(self.rate.burst));
        let after = used.max(now).saturating_add(cost);
        let wait = after.saturating_sub(now.saturating_add(burst));
        if wait > 0 {
            let seconds = wait.div_ceil(1_000_000_000);
            return Err(RelayError::new(RelayErrorKind::RateLimited).retry_after(seconds));
        }
        Ok(after)
    }
}

fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn allows_a_burst_and_then_the_steady_rate() {
        let limit = LocalRateLimit::new(Rate { interval: Duration::from_secs(2), burst: 3 });
        for _ in 0..3 {
            assert!(limit.check_and_count(&"anna").is_ok());
        }
        let error = limit.check_and_count(&"anna").unwrap_err();
        assert_eq!((error.kind, error.retry_after_s), (RelayErrorKind::RateLimited, Some(2)));
        assert!(limit.check_and_count(&"berta").is_ok(), "other keys are unaffected");
        tokio::time::advance(Duration::from_secs(2)).await;
        assert!(limit.check_and_count(&"anna").is_ok());
        assert!(limit.check_and_count(&"anna").is_err());
        tokio::time::advance(Duration::from_secs(3600)).await;
        let allowed = (0..10).filter(|_| limit.check_and_count(&"anna").is_ok()).count();
        assert_eq!(allowed, 3, "the allowance does not accumulate");
    }

    #[test]
    fn counts_each_of_many_concurrent_requests() {
        let rate = Rate { interval: Duration::from_secs(3600), burst: 10_000 };
        let limit = LocalRateLimit::new(rate);
        let allowed = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..8)
                .map(|_| {
                    scope.spawn(|| {
                        (0..10_000).filter(|_| limit.check_and_count(&"anna").is_ok()).count()
                    })
                })
                .collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).sum::<usize>()
        });
        assert_eq!(allowed, 10_000);
    }
}
