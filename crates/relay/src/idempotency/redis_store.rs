//! The answers under idempotency keys in Redis. A key is claimed before the platform is called and
//! holds the answer afterwards, both by one atomic script. What Redis could not be told is told to
//! it when it is back, as long as nobody else holds the key.

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use redis::Script;

use super::ReplayScope;
use crate::caller::OwnerHash;
use crate::error::{RelayError, RelayErrorKind, RelayResult};
use crate::redis::RedisClient;

/// `claim`, `body`'s hash, `status`, `answer`.
static BEGIN: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        r"local held = redis.call('HMGET', KEYS[1], 'body', 'status', 'answer')
        if not held[1] then
            redis.call('HSET', KEYS[1], 'claim', ARGV[1], 'body', ARGV[2])
            redis.call('PEXPIRE', KEYS[1], ARGV[3])
            return {'claimed'}
        end
        if held[1] ~= ARGV[2] then return {'mismatch'} end
        if not held[2] then return {'under way'} end
        return {'done', held[2], held[3]}",
    )
});

/// An answer takes a free key too: Redis may have lost the claim.
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

/// The answers that all replicas remember.
#[derive(Debug)]
pub struct SharedIdempotencyStore {
    redis: Arc<RedisClient>,
    lifetime: Duration,
    lease: Duration,
}

/// What Redis says of a request.
#[derive(Debug)]
pub enum SharedBeginOutcome {
    /// Perform it.
    Perform(SharedClaim),
    /// Answer this.
    Repeat {
        /// Status.
        status: u16,
        /// Body.
        body: String,
    },
}

/// A key that is being worked on; dropped without an answer, it is free again.
#[derive(Debug)]
pub struct SharedClaim {
    redis: Arc<RedisClient>,
    place: String,
    claim: Vec<u8>,
    body_hash: Vec<u8>,
    lifetime: Duration,
    lease: Duration,
    reach: ReplayScope,
    answered: bool,
}

impl SharedIdempotencyStore {
    /// Answers live so long; a key whose replica died is free after the lease.
    pub fn new(redis: Arc<RedisClient>, lifetime: Duration, lease: Duration) -> Self {
        Self { redis, lifetime, lease }
    }

    /// Whether Redis answers.
    pub fn is_connected(&self) -> bool {
        self.redis.is_connected()
    }

    /// A request of this caller under this key. Without Redis the caller goes on alone.
    ///
    /// # Errors
    /// [`RelayErrorKind::IdempotencyInFlight`], [`RelayErrorKind::IdempotencyMismatch`]; [`RelayErrorKind::Internal`] for an
    /// answer that was not stored by a replica with these keys.
    pub async fn begin(
        &self,
        caller: &OwnerHash,
        key: &str,
        body_hash: Vec<u8>,
    ) -> RelayResult<SharedBeginOutcome> {
        let place = self.redis.key("idempotency", &[caller, key.as_bytes()]);
        let claim = uuid::Uuid::new_v4().as_bytes().to_vec();
        let lease = self.lease.as_millis().to_string();
        let args = [claim.as_slice(), body_hash.as_slice(), lease.as_bytes()];
        let said = self.redis.run::<Vec<Vec<u8>>>(&BEGIN, &place, &args).await;
        let reach = match said.as_deref() {
            Err(_) => ReplayScope::Replica,
            Ok([word]) if word == b"claimed" => ReplayScope::Replicas,
            Ok([word]) if word == b"mismatch" => {
                return Err(RelayError::new(RelayErrorKind::IdempotencyMismatch));
            }
            Ok([word]) if word == b"under way" => {
                return Err(RelayError::new(RelayErrorKind::IdempotencyInFlight).retry_after(1));
            }
            Ok([_done, status, sealed]) => {
                let status = std::str::from_utf8(status).ok().and_then(|text| text.parse().ok());
                let body = self.redis.seal().open(&place, sealed);
                let known = status.zip(body);
                let (status, body) =
                    known.ok_or_else(|| RelayError::new(RelayErrorKind::Internal))?;
                return Ok(SharedBeginOutcome::Repeat { status, body });
            }
            Ok(_) => return Err(RelayError::new(RelayErrorKind::Internal)),
        };
        Ok(SharedBeginOutcome::Perform(SharedClaim {
            redis: Arc::clone(&self.redis),
            place,
            claim,
            body_hash,
            lifetime: self.lifetime,
            lease: self.lease,
            reach,
            answered: false,
        }))
    }
}

impl SharedClaim {
    /// How far the claim reached.
    pub fn reach(&self) -> ReplayScope {
        self.reach
    }

    /// The request has succeeded with this answer.
    pub async fn complete(mut self, status: u16, body: &str) -> ReplayScope {
        self.answered = true;
        let Some(sealed) = self.redis.seal().seal(&self.place, body) else {
            return ReplayScope::Replica;
        };
        let args = vec![
            self.claim.clone(),
            self.body_hash.clone(),
            status.to_string().into_bytes(),
            sealed,
            self.lifetime.as_millis().to_string().into_bytes(),
        ];
        let now: Vec<&[u8]> = args.iter().map(Vec::as_slice).collect();
        match self.redis.run::<i64>(&DONE, &self.place, &now).await {
            // Whoever claimed the key in the meantime did not know of this.
            Ok(stored) if stored == 1 && self.reach == ReplayScope::Replicas => {
                ReplayScope::Replicas
            }
            Ok(_) => ReplayScope::Replica,
            Err(_) => {
                let place = std::mem::take(&mut self.place);
                self.redis.run_with_retry(&DONE, place, args, self.lifetime);
                ReplayScope::Replica
            }
        }
    }
}

impl Drop for SharedClaim {
    fn drop(&mut self) {
        if !self.answered {
            let (place, claim) = (std::mem::take(&mut self.place), std::mem::take(&mut self.claim));
            self.redis.run_with_retry(&RELEASE, place, vec![claim], self.lease);
        }
    }
}
