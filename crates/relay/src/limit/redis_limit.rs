//! A limit that all replicas count together, by the same algorithm, in Redis; while Redis is lost,
//! each replica counts for itself. What the local limit would refuse is refused without asking: it
//! has seen a part of what all have let in.

use std::hash::Hash;
use std::net::IpAddr;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use redis::Script;

use super::{LocalRateLimit, nanos};
use crate::caller::OwnerHash;
use crate::config::Rate;
use crate::error::{RelayError, RelayErrorKind, RelayResult};
use crate::redis::RedisClient;

/// Microseconds by Redis's own clock: the replicas' clocks do not matter. Returns how long to wait.
static TAKE: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        r"local time = redis.call('TIME')
        local now = time[1] * 1000000 + time[2]
        local cost, allowance = tonumber(ARGV[1]), tonumber(ARGV[2])
        local used = tonumber(redis.call('GET', KEYS[1]) or '0')
        if used < now then used = now end
        local after = used + cost
        local wait = after - now - allowance
        if wait > 0 then return wait end
        local life = math.ceil((after - now) / 1000)
        redis.call('SET', KEYS[1], string.format('%.0f', after), 'PX', life)
        return 0",
    )
});

/// What a limit is kept for.
pub trait LimitKey: Hash + Eq + Clone {
    /// Its name, in bytes.
    fn name(&self) -> Vec<u8>;
}

impl LimitKey for IpAddr {
    fn name(&self) -> Vec<u8> {
        self.to_string().into_bytes()
    }
}

impl LimitKey for OwnerHash {
    fn name(&self) -> Vec<u8> {
        self.to_vec()
    }
}

/// The one thing of its kind.
impl LimitKey for () {
    fn name(&self) -> Vec<u8> {
        Vec::new()
    }
}

/// A limit per key, exact where there is a Redis.
#[derive(Debug)]
pub struct SharedRateLimit<K> {
    rate: Rate,
    local: LocalRateLimit<K>,
    /// Where the replicas count together.
    redis: Option<Arc<RedisClient>>,
    /// Tells limits apart in Redis.
    kind: String,
}

impl<K: LimitKey> SharedRateLimit<K> {
    /// At this rate.
    pub fn new(rate: Rate, kind: impl Into<String>, redis: Option<&Arc<RedisClient>>) -> Self {
        Self { rate, local: LocalRateLimit::new(rate), redis: redis.cloned(), kind: kind.into() }
    }

    /// Counts a request.
    ///
    /// # Errors
    /// [`RelayErrorKind::RateLimited`] with the time to wait.
    pub async fn check_and_count(&self, key: &K) -> RelayResult<()> {
        let Some(redis) = &self.redis else { return self.local.check_and_count(key) };
        self.local.check(key)?;
        let place = redis.key("limit", &[self.kind.as_bytes(), &key.name()]);
        let cost = (nanos(self.rate.interval) / 1000).max(1);
        let allowance = cost.saturating_mul(u64::from(self.rate.burst));
        let (cost, allowance) = (cost.to_string(), allowance.to_string());
        let args = [cost.as_bytes(), allowance.as_bytes()];
        let Ok(wait) = redis.run::<u64>(&TAKE, &place, &args).await else {
            return self.local.check_and_count(key);
        };
        if wait > 0 {
            let seconds = Duration::from_micros(wait).as_secs_f64().ceil();
            return Err(RelayError::new(RelayErrorKind::RateLimited).retry_after(seconds as u64));
        }
        // So that a loss of Redis begins with what is known here.
        let _counted = self.local.check_and_count(key);
        Ok(())
    }
}
