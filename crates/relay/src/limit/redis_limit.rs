//! Rate limit that all replicas share through Redis; while Redis is unavailable each replica counts on
//! its own. The local limit is checked first, without a Redis command: it counts a part of the
//! requests, so a request that it rejects exceeds the shared limit, too.

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

/// Uses Redis's clock, in microseconds, so that the clocks of the replicas do not matter. Returns the
/// time to wait.
static CHECK_AND_COUNT: LazyLock<Script> = LazyLock::new(|| {
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

pub(crate) trait LimitKey: Hash + Eq + Clone {
    fn bytes(&self) -> Vec<u8>;
}

impl LimitKey for IpAddr {
    fn bytes(&self) -> Vec<u8> {
        self.to_string().into_bytes()
    }
}

impl LimitKey for OwnerHash {
    fn bytes(&self) -> Vec<u8> {
        self.to_vec()
    }
}

/// For a limit with a single key.
impl LimitKey for () {
    fn bytes(&self) -> Vec<u8> {
        Vec::new()
    }
}

#[derive(Debug)]
pub(crate) struct SharedRateLimit<K> {
    rate: Rate,
    local: LocalRateLimit<K>,
    redis: Option<Arc<RedisClient>>,
    /// Part of the Redis key.
    kind: String,
}

impl<K: LimitKey> SharedRateLimit<K> {
    pub(crate) fn new(
        rate: Rate,
        kind: impl Into<String>,
        redis: Option<&Arc<RedisClient>>,
    ) -> Self {
        Self { rate, local: LocalRateLimit::new(rate), redis: redis.cloned(), kind: kind.into() }
    }

    /// # Errors
    /// [`RelayErrorKind::RateLimited`] with `Retry-After`.
    pub(crate) async fn check_and_count(&self, key: &K) -> RelayResult<()> {
        let Some(redis) = &self.redis else { return self.local.check_and_count(key) };
        self.local.check(key)?;
        let redis_key = redis.key("limit", &[self.kind.as_bytes(), &key.bytes()]);
        let cost = (nanos(self.rate.interval) / 1000).max(1);
        let allowance = cost.saturating_mul(u64::from(self.rate.burst));
        let (cost, allowance) = (cost.to_string(), allowance.to_string());
        let args = [cost.as_bytes(), allowance.as_bytes()];
        let Ok(wait) = redis.run::<u64>(&CHECK_AND_COUNT, &redis_key, &args).await else {
            return self.local.check_and_count(key);
        };
        if wait > 0 {
            let seconds = Duration::from_micros(wait).as_secs_f64().ceil();
            return Err(RelayError::new(RelayErrorKind::RateLimited).retry_after(seconds as u64));
        }
        // Count locally as well, so that the local limiter starts with current counts if Redis becomes
        // unavailable.
        let _counted = self.local.check_and_count(key);
        Ok(())
    }
}
