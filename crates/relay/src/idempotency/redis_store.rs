//! Idempotent responses in Redis, of all replicas. A script claims the key before the platform is
//! called, and another stores the response. Writes that fail are queued until Redis reconnects, and
//! are skipped if another replica has claimed the key by then.

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use redis::Script;

use super::{ReplayScope, UncertainAttempt};
use crate::caller::OwnerHash;
use crate::error::{RelayError, RelayErrorKind, RelayResult};
use crate::redis::RedisClient;

/// Hash with the fields `claim`, `body` (a digest), `tag`, `started` and `until` (milliseconds), `status` and
/// `answer`. A claim that was neither completed nor released `until` its time is uncertain: its replica
/// crashed, or has lost the response. Arguments: claim, body, lease, TTL, tag.
static BEGIN: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        r"local time = redis.call('TIME')
        local now = time[1] * 1000 + math.floor(time[2] / 1000)
        local held = redis.call('HMGET', KEYS[1], 'body', 'status', 'answer', 'until', 'tag', 'started')
        local expires = string.format('%.0f', now + ARGV[3])
        if not held[1] then
            local started = string.format('%.0f', now)
            redis.call('HSET', KEYS[1], 'claim', ARGV[1], 'body', ARGV[2], 'tag', ARGV[5],
                'started', started, 'until', expires)
            redis.call('PEXPIRE', KEYS[1], ARGV[4])
            return {'claimed'}
        end
        if held[1] ~= ARGV[2] then return {'mismatch'} end
        if held[2] then return {'done', held[2], held[3]} end
        if tonumber(held[4]) > now then return {'under way'} end
        redis.call('HSET', KEYS[1], 'claim', ARGV[1], 'until', expires)
        return {'uncertain', held[5], string.format('%.0f', now - held[6]), ''}",
    )
});

/// Also stores the response if the key is not claimed: Redis may have lost the claim.
static DONE: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        r"local claim = redis.call('HGET', KEYS[1], 'claim')
        if claim and claim ~= ARGV[1] then return 0 end
        redis.call('HSET', KEYS[1], 'claim', ARGV[1], 'body', ARGV[2], 'status', ARGV[3], 'answer', ARGV[4])
        redis.call('PEXPIRE', KEYS[1], ARGV[5])
        return 1",
    )
});

static RELEASE: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        r"local held = redis.call('HMGET', KEYS[1], 'claim', 'status')
        if held[1] == ARGV[1] and not held[2] then redis.call('DEL', KEYS[1]) end
        return 0",
    )
});

/// Ends the claim, and keeps the key as uncertain.
static HOLD: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        r"local held = redis.call('HMGET', KEYS[1], 'claim', 'status')
        if held[1] == ARGV[1] and not held[2] then redis.call('HSET', KEYS[1], 'until', '0') end
        return 0",
    )
});

#[derive(Debug)]
pub(crate) struct SharedIdempotencyStore {
    redis: Arc<RedisClient>,
    ttl: Duration,
    lease: Duration,
}

#[derive(Debug)]
pub(crate) enum SharedBeginOutcome {
    /// With an attempt whose outcome is unknown, if there is one.
    Perform(SharedClaim, Option<UncertainAttempt>),
    Repeat {
        status: u16,
        body: String,
    },
}

/// Claim of a key. When it is dropped without [`Self::complete`], the key is released, or stays
/// uncertain if it is held.
#[derive(Debug)]
pub(crate) struct SharedClaim {
    redis: Arc<RedisClient>,
    redis_key: String,
    claim: Vec<u8>,
    body_hash: Vec<u8>,
    ttl: Duration,
    lease: Duration,
    scope: ReplayScope,
    is_completed: bool,
    pub(super) is_held: bool,
}

impl SharedIdempotencyStore {
    /// A claim of a replica that crashed becomes uncertain after the `lease`.
    pub(crate) fn new(redis: Arc<RedisClient>, ttl: Duration, lease: Duration) -> Self {
        Self { redis, ttl, lease }
    }

    pub(crate) fn is_connected(&self) -> bool {
        self.redis.is_connected()
    }

    /// While Redis is unavailable the claim is local to this replica.
    ///
    /// # Errors
    /// [`RelayErrorKind::IdempotencyInFlight`], [`RelayErrorKind::IdempotencyMismatch`];
    /// [`RelayErrorKind::Internal`] if the stored response cannot be decrypted.
    pub(crate) async fn begin(
        &self,
        caller: &OwnerHash,
        key: &str,
        body_hash: Vec<u8>,
        tag: &str,
    ) -> RelayResult<SharedBeginOutcome> {
        let redis_key = self.redis.key("idempotency", &[caller, key.as_bytes()]);
        let claim = uuid::Uuid::new_v4().as_bytes().to_vec();
        let lease = self.lease.as_millis().to_string();
        let ttl = self.ttl.as_millis().to_string();
        let args = [
            claim.as_slice(),
            body_hash.as_slice(),
            lease.as_bytes(),
            ttl.as_bytes(),
            tag.as_bytes(),
        ];
        let reply = self.redis.run::<Vec<Vec<u8>>>(&BEGIN, &redis_key, &args).await;
        let (scope, attempt) = match reply.as_deref() {
            Err(_) => (ReplayScope::Replica, None),
            Ok([word]) if word == b"claimed" => (ReplayScope::Replicas, None),
            Ok([_uncertain, tag, age_ms, _]) => {
                (ReplayScope::Replicas, UncertainAttempt::parse(tag, age_ms))
            }
            Ok([word]) if word == b"mismatch" => {
                return Err(RelayError::new(RelayErrorKind::IdempotencyMismatch));
            }
            Ok([word]) if word == b"under way" => {
                return Err(RelayError::new(RelayErrorKind::IdempotencyInFlight).retry_after(1));
            }
            Ok([_done, status, encrypted]) => {
                let status = std::str::from_utf8(status).ok().and_then(|text| text.parse().ok());
                let body = self.redis.cipher().decrypt(&redis_key, encrypted);
                let stored = status.zip(body);
                let (status, body) =
                    stored.ok_or_else(|| RelayError::new(RelayErrorKind::Internal))?;
                return Ok(SharedBeginOutcome::Repeat { status, body });
            }
            Ok(_) => return Err(RelayError::new(RelayErrorKind::Internal)),
        };
        let claim = SharedClaim {
            redis: Arc::clone(&self.redis),
            redis_key,
            claim,
            body_hash,
            ttl: self.ttl,
            lease: self.lease,
            scope,
            is_completed: false,
            is_held: attempt.is_some(),
        };
        Ok(SharedBeginOutcome::Perform(claim, attempt))
    }
}

impl SharedClaim {
    pub(crate) fn scope(&self) -> ReplayScope {
        self.scope
    }

    pub(crate) async fn complete(mut self, status: u16, body: &str) -> ReplayScope {
        self.is_completed = true;
        let Some(encrypted) = self.redis.cipher().encrypt(&self.redis_key, body) else {
            return ReplayScope::Replica;
        };
        let args = vec![
            self.claim.clone(),
            self.body_hash.clone(),
            status.to_string().into_bytes(),
            encrypted,
            self.ttl.as_millis().to_string().into_bytes(),
        ];
        let borrowed: Vec<&[u8]> = args.iter().map(Vec::as_slice).collect();
        match self.redis.run::<i64>(&DONE, &self.redis_key, &borrowed).await {
            // 0: another replica has claimed the key in the meantime.
            Ok(stored) if stored == 1 && self.scope == ReplayScope::Replicas => {
                ReplayScope::Replicas
            }
            Ok(_) => ReplayScope::Replica,
            Err(_) => {
                let redis_key = std::mem::take(&mut self.redis_key);
                self.redis.run_with_retry(&DONE, redis_key, args, self.ttl);
                ReplayScope::Replica
            }
        }
    }
}

impl Drop for SharedClaim {
    fn drop(&mut self) {
        if !self.is_completed {
            let redis_key = std::mem::take(&mut self.redis_key);
            let claim = std::mem::take(&mut self.claim);
            let script = if self.is_held { &HOLD } else { &RELEASE };
            self.redis.run_with_retry(script, redis_key, vec![claim], self.lease);
        }
    }
}
