//! `Idempotency-Key` for create, which the platform does not support: a repeated key of the same
//! caller replays the response, another body is rejected, and concurrent requests create one process.
//!
//! With Redis both stores are used, so that a replay on the same replica still works if Redis becomes
//! unavailable in between.

pub(crate) mod memory_store;
pub(crate) mod redis_store;

use std::sync::Arc;
use std::time::Duration;

use aws_lc_rs::digest;

use crate::caller::OwnerHash;
use crate::error::{RelayError, RelayErrorKind, RelayResult};
use crate::redis::RedisClient;

const MAX_KEY_BYTES: usize = 255;

/// Response header with the [`ReplayScope`].
pub(crate) const HEADER: &str = "relay-idempotency";

/// Where a repeated key is recognized.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ReplayScope {
    Replicas,
    Replica,
}

impl ReplayScope {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Replicas => "replicas",
            Self::Replica => "replica",
        }
    }
}

#[derive(Debug)]
pub(crate) struct IdempotencyStore {
    local: memory_store::LocalIdempotencyStore,
    shared: Option<redis_store::SharedIdempotencyStore>,
}

#[derive(Debug)]
pub(crate) enum BeginOutcome<'i> {
    /// A new key: handle the request and call [`IdempotencyClaim::complete`].
    Perform(IdempotencyClaim<'i>),
    Repeat {
        status: u16,
        body: String,
        scope: ReplayScope,
    },
}

/// Claim of a key; without [`Self::complete`] the key is released when this is dropped.
#[derive(Debug)]
pub(crate) struct IdempotencyClaim<'i> {
    local: Option<memory_store::LocalClaim<'i>>,
    shared: Option<redis_store::SharedClaim>,
}

impl IdempotencyStore {
    /// `lease` is the maximum duration of a create.
    pub(crate) fn new(
        capacity: usize,
        ttl: Duration,
        lease: Duration,
        redis: Option<&Arc<RedisClient>>,
    ) -> Self {
        Self {
            local: memory_store::LocalIdempotencyStore::new(capacity, ttl),
            shared: redis.map(|redis| {
                redis_store::SharedIdempotencyStore::new(Arc::clone(redis), ttl, lease)
            }),
        }
    }

    /// # Errors
    /// [`RelayErrorKind::IdempotencyInFlight`], [`RelayErrorKind::IdempotencyMismatch`], [`RelayErrorKind::BadRequest`],
    /// [`RelayErrorKind::Overloaded`].
    pub(crate) async fn begin(
        &self,
        caller: &OwnerHash,
        key: &str,
        body: &str,
    ) -> RelayResult<BeginOutcome<'_>> {
        if key.is_empty() || key.len() > MAX_KEY_BYTES || !key.bytes().all(|b| b.is_ascii_graphic())
        {
            return Err(RelayError::with_detail(
                RelayErrorKind::BadRequest,
                "invalid Idempotency-Key: expected 1 to 255 visible ASCII characters",
            ));
        }
        let body_hash = digest::digest(&digest::SHA256, body.as_bytes()).as_ref().to_vec();
        let local = match self.local.begin(caller, key, &body_hash) {
            Ok(memory_store::LocalBeginOutcome::Repeat { status, body }) => {
                let shared = self
                    .shared
                    .as_ref()
                    .is_some_and(redis_store::SharedIdempotencyStore::is_connected);
                let scope = if shared { ReplayScope::Replicas } else { ReplayScope::Replica };
                return Ok(BeginOutcome::Repeat { status, body, scope });
            }
            Ok(memory_store::LocalBeginOutcome::Perform(claim)) => Some(claim),
            // The local store is full; Redis has its own capacity.
            Err(full) if full.kind == RelayErrorKind::Overloaded && self.shared.is_some() => None,
            Err(error) => return Err(error),
        };
        let Some(shared) = &self.shared else {
            return Ok(BeginOutcome::Perform(IdempotencyClaim { local, shared: None }));
        };
        match shared.begin(caller, key, body_hash).await? {
            redis_store::SharedBeginOutcome::Repeat { status, body } => {
                if let Some(local) = local {
                    local.complete(status, &body);
                }
                Ok(BeginOutcome::Repeat { status, body, scope: ReplayScope::Replicas })
            }
            redis_store::SharedBeginOutcome::Perform(claim) => {
                if local.is_none() && claim.scope() == ReplayScope::Replica {
                    return Err(RelayError::new(RelayErrorKind::Overloaded).retry_after(60));
                }
                Ok(BeginOutcome::Perform(IdempotencyClaim { local, shared: Some(claim) }))
            }
        }
    }
}

impl IdempotencyClaim<'_> {
    pub(crate) async fn complete(self, status: u16, body: &str) -> ReplayScope {
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
    async fn rejects_malformed_keys() {
        let store =
            IdempotencyStore::new(2, Duration::from_secs(60), Duration::from_secs(60), None);
        for key in ["", "a b", "é", &"x".repeat(256)] {
            let kind = store.begin(&[1; 32], key, "{}").await.err().map(|error| error.kind);
            assert_eq!(kind, Some(RelayErrorKind::BadRequest), "{key}");
        }
        let BeginOutcome::Perform(claim) = store.begin(&[1; 32], "k", "{}").await.unwrap() else {
            panic!("a new key")
        };
        assert_eq!(claim.complete(201, "answer").await, ReplayScope::Replica);
    }
}
