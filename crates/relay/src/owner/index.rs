//! Which processes a caller owns, in Redis: what saves lists from reading the organization's pages.
//! An index, never the truth: what it names is read from the platform and its tag is checked.
//!
//! It is used only if it is whole. A caller's index is whole for a while after the relay has read
//! all of the organization's list; each create adds to it. A create that could not be told is told
//! when Redis is back; were the replica lost too, the process would be missing from lists until
//! the index is made anew.

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use quick_cache::sync::Cache;
use redis::Script;
use tokio::time::Instant;

use crate::caller::Principal;
use crate::json;
use crate::redis::RedisClient;

/// How long an index that nobody uses is kept.
const INDEX_TTL: Duration = Duration::from_secs(90 * 24 * 3600);
/// How long an organization whose list is beyond the scan limit is not read whole again.
const UNINDEXABLE_TTL: Duration = Duration::from_secs(3600);
/// Organizations that are known to be so.
const MAX_UNINDEXABLE: usize = 1000;
/// How long a create waits for Redis to be told of.
const RETRY_WINDOW: Duration = Duration::from_secs(3600);

/// The member `*` says until when the index is whole; the others are processes, by their age.
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

/// `kept, trust, (score, id)...`; without a trust, nothing is said about being whole.
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

/// The index of own processes.
#[derive(Debug)]
pub struct OwnedProcessIndex {
    redis: Arc<RedisClient>,
    trust: Duration,
    too_long: Cache<Option<String>, Instant>,
}

impl OwnedProcessIndex {
    /// Trusted for so long after it was made.
    pub fn new(redis: Arc<RedisClient>, trust: Duration) -> Self {
        Self { redis, trust, too_long: Cache::new(MAX_UNINDEXABLE) }
    }

    fn place(&self, owner: &Principal) -> String {
        self.redis.key("own", &[&owner.hash])
    }

    /// The caller's processes, newest first; `None` where that is not known.
    pub async fn read(&self, owner: &Principal) -> Option<Vec<String>> {
        let place = self.place(owner);
        self.redis.run::<Option<Vec<String>>>(&READ, &place, &[]).await.ok().flatten()
    }

    /// Whether it is worth reading the organization's list to its end.
    pub fn is_indexable(&self, owner: &Principal) -> bool {
        self.redis.is_connected()
            && self
                .too_long
                .get(&owner.tenant)
                .is_none_or(|since| since.elapsed() > UNINDEXABLE_TTL)
    }

    /// The organization's list went on after the last page that is read.
    pub fn mark_unindexable(&self, owner: &Principal) {
        self.too_long.insert(owner.tenant.clone(), Instant::now());
    }

    /// A new process. Not waited for.
    pub fn add(&self, owner: &Principal, id: &str, process: &str) {
        let args = self.args("", [(id, process)]);
        self.redis.run_with_retry(&ADD, self.place(owner), args, RETRY_WINDOW);
    }

    /// These are all processes of the caller, as found in a reading that began `since` ago.
    pub async fn replace<'p>(
        &self,
        owner: &Principal,
        since: Duration,
        processes: impl IntoIterator<Item = (&'p str, &'p str)>,
    ) {
        let trust = self.trust.saturating_sub(since).as_secs().to_string();
        let args = self.args(&trust, processes);
        let args: Vec<&[u8]> = args.iter().map(Vec::as_slice).collect();
        let _lost = self.redis.run::<i64>(&ADD, &self.place(owner), &args).await;
    }

    /// The platform does not know the process any more. Not waited for.
    pub fn remove(&self, owner: &Principal, id: &str) {
        let args = vec![id.as_bytes().to_vec()];
        self.redis.run_with_retry(&REMOVE, self.place(owner), args, RETRY_WINDOW);
    }

    fn args<'p>(
        &self,
        trust: &str,
        processes: impl IntoIterator<Item = (&'p str, &'p str)>,
    ) -> Vec<Vec<u8>> {
        let mut args =
            vec![INDEX_TTL.as_secs().to_string().into_bytes(), trust.as_bytes().to_vec()];
        for (id, process) in processes {
            args.push(age(process).into_bytes());
            args.push(id.as_bytes().to_vec());
        }
        args
    }
}

/// The digits of `createdDate` down to seconds: a number that grows with time (contract: UTC).
fn age(process: &str) -> String {
    let created = json::string(process, "createdDate").unwrap_or_default();
    let digits: String = created.chars().take(19).filter(char::is_ascii_digit).collect();
    if digits.len() == 14 { digits } else { "0".into() }
}

#[cfg(test)]
mod tests {
    use super::age;

    #[test]
    fn ages() {
        assert_eq!(age(r#"{"createdDate":"2026-01-02T03:04:05.678Z"}"#), "20260102030405");
        for unknown in ["{}", r#"{"createdDate":"x"}"#, r#"{"createdDate":1}"#] {
            assert_eq!(age(unknown), "0");
        }
    }
}
