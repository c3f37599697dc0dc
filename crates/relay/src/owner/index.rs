//! Index of processes by owner, in Redis, so that lists need not scan the organization's processes.
//! Entries are hints: each process is read from the platform and its owner tag is verified.
//!
//! A caller's index is used only while it is complete: for `redis.list_cache_ttl` after a full scan of
//! the organization's list. Each create adds an entry. If Redis is unavailable the write is queued; if
//! the replica crashes as well, the process is missing from lists until the next full scan.

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use quick_cache::sync::Cache;
use redis::Script;
use tokio::time::Instant;

use crate::caller::Principal;
use crate::json;
use crate::redis::RedisClient;

const INDEX_TTL: Duration = Duration::from_secs(90 * 24 * 3600);
/// Time until an organization whose list exceeds the scan limit is scanned again.
const UNINDEXABLE_TTL: Duration = Duration::from_secs(3600);
const MAX_UNINDEXABLE: usize = 1000;
/// For queued writes.
const RETRY_WINDOW: Duration = Duration::from_secs(3600);

/// Sorted set of process ids by creation time; the score of `*` is the time until which the index is
/// complete.
static READ: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        r"local time = redis.call('TIME')
        local whole = redis.call('ZSCORE', KEYS[1], '*')
        if not whole or tonumber(whole) < tonumber(time[1]) then return false end
        local found = redis.call('ZREVRANGE', KEYS[1], 0, -1)
        local own = {}
        for _, id in ipairs(found) do if id ~= '*' then own[#own + 1] = id end end
        return own",
    )
});

/// Arguments: TTL, time for which the index is complete (or empty: unchanged), and pairs of score and id.
static ADD: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        r"for i = 3, #ARGV, 2 do redis.call('ZADD', KEYS[1], ARGV[i], ARGV[i + 1]) end
        if ARGV[2] ~= '' then
            local time = redis.call('TIME')
            redis.call('ZADD', KEYS[1], tonumber(time[1]) + tonumber(ARGV[2]), '*')
        end
        redis.call('EXPIRE', KEYS[1], ARGV[1])
        return 1",
    )
});

static REMOVE: LazyLock<Script> =
    LazyLock::new(|| Script::new("return redis.call('ZREM', KEYS[1], ARGV[1])"));

#[derive(Debug)]
pub(crate) struct OwnedProcessIndex {
    redis: Arc<RedisClient>,
    complete_for: Duration,
    unindexable: Cache<Option<String>, Instant>,
}

impl OwnedProcessIndex {
    pub(crate) fn new(redis: Arc<RedisClient>, complete_for: Duration) -> Self {
        Self { redis, complete_for, unindexable: Cache::new(MAX_UNINDEXABLE) }
    }

    fn redis_key(&self, owner: &Principal) -> String {
        self.redis.key("own", &[&owner.hash])
    }

    /// The caller's processes, newest first; `None` if the index is not complete.
    pub(crate) async fn read(&self, owner: &Principal) -> Option<Vec<String>> {
        let redis_key = self.redis_key(owner);
        self.redis.run::<Option<Vec<String>>>(&READ, &redis_key, &[]).await.ok().flatten()
    }

    /// Whether a full scan is worthwhile.
    pub(crate) fn is_indexable(&self, owner: &Principal) -> bool {
        self.redis.is_connected()
            && self
                .unindexable
                .get(&owner.tenant)
                .is_none_or(|since| since.elapsed() > UNINDEXABLE_TTL)
    }

    /// The organization's list exceeds the scan limit.
    pub(crate) fn mark_unindexable(&self, owner: &Principal) {
        self.unindexable.insert(owner.tenant.clone(), Instant::now());
    }

    /// Queued; does not wait for Redis.
    pub(crate) fn add(&self, owner: &Principal, id: &str, process: &str) {
        let args = self.args("", [(id, process)]);
        self.redis.run_with_retry(&ADD, self.redis_key(owner), args, RETRY_WINDOW);
    }

    /// Stores all processes of the caller, from a scan that took `scan_time`.
    pub(crate) async fn replace<'p>(
        &self,
        owner: &Principal,
        scan_time: Duration,
        processes: impl IntoIterator<Item = (&'p str, &'p str)>,
    ) {
        let complete_for = self.complete_for.saturating_sub(scan_time).as_secs().to_string();
        let args = self.args(&complete_for, processes);
        let args: Vec<&[u8]> = args.iter().map(Vec::as_slice).collect();
        let _unavailable = self.redis.run::<i64>(&ADD, &self.redis_key(owner), &args).await;
    }

    /// The process does not exist any more. Queued; does not wait for Redis.
    pub(crate) fn remove(&self, owner: &Principal, id: &str) {
        let args = vec![id.as_bytes().to_vec()];
        self.redis.run_with_retry(&REMOVE, self.redis_key(owner), args, RETRY_WINDOW);
    }

    fn args<'p>(
        &self,
        complete_for: &str,
        processes: impl IntoIterator<Item = (&'p str, &'p str)>,
    ) -> Vec<Vec<u8>> {
        let mut args =
            vec![INDEX_TTL.as_secs().to_string().into_bytes(), complete_for.as_bytes().to_vec()];
        for (id, process) in processes {
            args.push(score(process).into_bytes());
            args.push(id.as_bytes().to_vec());
        }
        args
    }
}

/// Digits of `createdDate` up to seconds (contract: UTC): sorts by creation time.
fn score(process: &str) -> String {
    let created = json::string(process, "createdDate").unwrap_or_default();
    let digits: String = created.chars().take(19).filter(char::is_ascii_digit).collect();
    if digits.len() == 14 { digits } else { "0".into() }
}

#[cfg(test)]
mod tests {
    use super::score;

    #[test]
    fn scores_by_creation_time() {
        assert_eq!(score(r#"{"createdDate":"2026-01-02T03:04:05.678Z"}"#), "20260102030405");
        for unknown in ["{}", r#"{"createdDate":"x"}"#, r#"{"createdDate":1}"#] {
            assert_eq!(score(unknown), "0");
        }
    }
}
