//! `Idempotency-Key` for create, which the platform does not have: the same key of the same caller
//! answers as it did the first time, another body under it is refused, and two at once make one
//! process.
//!
//! - [`memory_store`]: in memory, of one replica.
//! - [`redis_store`]: in Redis, of all replicas.
//!
//! Both are asked where both are there, so that a loss of Redis between a request and its repetition
//! is made up for by the replica that served the first.

pub mod memory_store;
pub mod redis_store;

use std::sync::Arc;
use std::time::Duration;

use aws_lc_rs::digest;

use crate::caller::OwnerHash;
use crate::error::{RelayError, RelayErrorKind, RelayResult};
use crate::redis::RedisClient;

/// Longest key, in bytes.
const MAX_KEY: usize = 255;

/// Name of the header that says how far a key reaches; see [`Reach`].
pub const HEADER: &str = "relay-idempotency";

/// Where a repetition would be recognized.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReplayScope {
    /// On every replica.
    Replicas,
    /// On the replica that answers only.
    Replica,
}

impl ReplayScope {
    /// The header's value.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Replicas => "replicas",
            Self::Replica => "replica",
        }
    }
}

/// The answers that are remembered.
#[derive(Debug)]
pub struct IdempotencyStore {
    local: memory_store::LocalIdempotencyStore,
    shared: Option<redis_store::SharedIdempotencyStore>,
}

/// What to do with a request.
#[derive(Debug)]
pub enum BeginOutcome<'i> {
    /// Perform it, and report with [`Claim::complete`]. Dropped without, the key is free again.
    Perform(IdempotencyClaim<'i>),
    /// Answer this.
    Repeat {
        /// Status.
        status: u16,
        /// Body.
        body: String,
        /// How far the key reaches.
        reach: ReplayScope,
    },
}

/// A key that is being worked on.
#[derive(Debug)]
pub struct IdempotencyClaim<'i> {
    local: Option<memory_store::LocalClaim<'i>>,
    shared: Option<redis_store::SharedClaim>,
}

impl IdempotencyStore {
    /// Room for so many answers in memory, each for so long; with Redis, in both places. `lease`
    /// is the longest time that a create can take.
    pub fn new(
        capacity: usize,
        lifetime: Duration,
        lease: Duration,
        redis: Option<&Arc<RedisClient>>,
    ) -> Self {
        Self {
            local: memory_store::LocalIdempotencyStore::new(capacity, lifetime),
            shared: redis.map(|redis| {
                redis_store::SharedIdempotencyStore::new(Arc::clone(redis), lifetime, lease)
            }),
        }
    }

    /// A request of this caller under this key.
    ///
    /// # Errors
    /// [`RelayErrorKind::IdempotencyInFlight`], [`RelayErrorKind::IdempotencyMismatch`], [`RelayErrorKind::BadRequest`],
    /// [`RelayErrorKind::Overloaded`].
    pub async fn begin(
        &self,
        caller: &OwnerHash,
        key: &str,
        body: &str,
    ) -> RelayResult<BeginOutcome<'_>> {
        if key.is_empty() || key.len() > MAX_KEY || !key.bytes().all(|b| b.is_ascii_graphic()) {
            return Err(RelayError::with_detail(
                RelayErrorKind::BadRequest,
                "Idempotency-Key is no such key",
            ));
        }
        let body_hash = digest::digest(&digest::SHA256, body.as_bytes()).as_ref().to_vec();
        let local = match self.local.begin(caller, key, &body_hash) {
            Ok(memory_store::LocalBeginOutcome::Repeat { status, body }) => {
                let shared = self
                    .shared
                    .as_ref()
                    .is_some_and(redis_store::SharedIdempotencyStore::is_connected);
                let reach = if shared { ReplayScope::Replicas } else { ReplayScope::Replica };
                return Ok(BeginOutcome::Repeat { status, body, reach });
            }
            Ok(memory_store::LocalBeginOutcome::Perform(claim)) => Some(claim),
            // There is room elsewhere.
            Err(full) if full.kind == RelayErrorKind::Overloaded && self.shared.is_some() => None,
            Err(problem) => return Err(problem),
        };
        let Some(shared) = &self.shared else {
            return Ok(BeginOutcome::Perform(IdempotencyClaim { local, shared: None }));
        };
        match shared.begin(caller, key, body_hash).await? {
            redis_store::SharedBeginOutcome::Repeat { status, body } => {
                if let Some(local) = local {
                    local.complete(status, &body);
                }
                Ok(BeginOutcome::Repeat { status, body, reach: ReplayScope::Replicas })
            }
            redis_store::SharedBeginOutcome::Perform(claim) => {
                if local.is_none() && claim.reach() == ReplayScope::Replica {
                    return Err(RelayError::new(RelayErrorKind::Overloaded).retry_after(60));
                }
                Ok(BeginOutcome::Perform(IdempotencyClaim { local, shared: Some(claim) }))
            }
        }
    }
}

impl IdempotencyClaim<'_> {
    /// The request has succeeded with this answer. Returns how far the key reaches.
    pub async fn complete(self, status: u16, body: &str) -> ReplayScope {
        if let Some(local) = self.local {
            local.complete(status, body);
        }
        match self.shared {
            None => ReplayScope::Replica,
            Some(claim) => claim.complete(status, body).await,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_is_no_key_is_refused() {
        let store =
            IdempotencyStore::new(2, Duration::from_secs(60), Duration::from_secs(60), None);
        for key in ["", "a b", "é", &"x".repeat(256)] {
            let kind = store.begin(&[1; 32], key, "{}").await.err().map(|problem| problem.kind);
            assert_eq!(kind, Some(RelayErrorKind::BadRequest), "{key}");
        }
        let BeginOutcome::Perform(claim) = store.begin(&[1; 32], "k", "{}").await.unwrap() else {
            panic!("a new key")
        };
        assert_eq!(claim.complete(201, "answer").await, ReplayScope::Replica);
    }
}
