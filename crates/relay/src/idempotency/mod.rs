//! `Idempotency-Key` for create, which the platform does not support: a repeated key of the same
//! caller replays the response, another body is rejected, and concurrent requests create one process.
//!
//! A create whose response is lost may have been performed. Its key is held as uncertain, with the owner
//! tag that the process would have, until a request with the key has looked the process up.
//!
//! With Redis both stores are used, so that a replay on the same replica still works if Redis becomes
//! unavailable in between.

pub(crate) mod memory_store;
pub(crate) mod redis_store;

use std::sync::Arc;
use std::time::Duration;

use aws_lc_rs::digest;
use tokio::time::Instant;

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
    /// A new key, or an uncertain one: look up [`IdempotencyClaim::uncertain`], handle the request and
    /// call [`IdempotencyClaim::complete`].
    Perform(Box<IdempotencyClaim<'i>>),
    Repeat {
        status: u16,
        body: String,
        scope: ReplayScope,
    },
}

/// An attempt to create whose outcome is unknown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct UncertainAttempt {
    /// Owner tag of the process, which is unique for each key.
    pub(crate) tag: String,
    pub(crate) started_at: Instant,
}

impl UncertainAttempt {
    /// From the fields of a Redis entry.
    fn parse(tag: &[u8], age_ms: &[u8]) -> Option<Self> {
        let text = |bytes| std::str::from_utf8(bytes).ok();
        let age = Duration::from_millis(text(age_ms)?.parse().ok()?);
        let started_at = Instant::now().checked_sub(age).unwrap_or_else(Instant::now);
        Some(Self { tag: text(tag)?.to_owned(), started_at })
    }
}

/// Claim of a key. When it is dropped without [`Self::complete`], the key is released, or stays
/// uncertain if it is held.
#[derive(Debug)]
pub(crate) struct IdempotencyClaim<'i> {
    local: Option<memory_store::LocalClaim<'i>>,
    shared: Option<redis_store::SharedClaim>,
    /// Owner tag to create the process with.
    pub(crate) tag: String,
    /// Earlier attempts: of this replica, and of another one.
    pub(crate) uncertain: Vec<UncertainAttempt>,
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
        tag: String,
    ) -> RelayResult<BeginOutcome<'_>> {
        if key.is_empty() || key.len() > MAX_KEY_BYTES || !key.bytes().all(|b| b.is_ascii_graphic())
        {
            return Err(RelayError::with_detail(
                RelayErrorKind::BadRequest,
                "invalid Idempotency-Key: expected 1 to 255 visible ASCII characters",
            ));
        }
        let body_hash = digest::digest(&digest::SHA256, body.as_bytes()).as_ref().to_vec();
        let (local, mut uncertain) = match self.local.begin(caller, key, &body_hash, &tag) {
            Ok(memory_store::LocalBeginOutcome::Repeat { status, body }) => {
                let shared = self
                    .shared
                    .as_ref()
                    .is_some_and(redis_store::SharedIdempotencyStore::is_connected);
                let scope = if shared { ReplayScope::Replicas } else { ReplayScope::Replica };
                return Ok(BeginOutcome::Repeat { status, body, scope });
            }
            Ok(memory_store::LocalBeginOutcome::Perform(claim, attempt)) => {
                (Some(claim), Vec::from_iter(attempt))
            }
            // The local store is full; Redis has its own capacity.
            Err(full) if full.kind == RelayErrorKind::Overloaded && self.shared.is_some() => {
                (None, Vec::new())
            }
            Err(error) => return Err(error),
        };
        let tag = uncertain.first().map_or(tag, |attempt| attempt.tag.clone());
        let Some(shared) = &self.shared else {
            let claim = IdempotencyClaim { local, shared: None, tag, uncertain };
            return Ok(BeginOutcome::Perform(Box::new(claim)));
        };
        match shared.begin(caller, key, body_hash, &tag).await? {
            redis_store::SharedBeginOutcome::Repeat { status, body } => {
                if let Some(local) = local {
                    local.complete(status, &body);
                }
                Ok(BeginOutcome::Repeat { status, body, scope: ReplayScope::Replicas })
            }
            redis_store::SharedBeginOutcome::Perform(claim, attempt) => {
                if local.is_none() && claim.scope() == ReplayScope::Replica {
                    return Err(RelayError::new(RelayErrorKind::Overloaded).retry_after(60));
                }
                let tag = attempt.as_ref().map_or(tag, |attempt| attempt.tag.clone());
                if let Some(local) = local.as_ref().filter(|_| uncertain.is_empty()) {
                    local.set_tag(&tag);
                }
                uncertain.extend(attempt);
                uncertain.dedup_by(|one, other| one.tag == other.tag);
                let mut claim = IdempotencyClaim { local, shared: Some(claim), tag, uncertain };
                claim.hold(!claim.uncertain.is_empty());
                Ok(BeginOutcome::Perform(Box::new(claim)))
            }
        }
    }
}

impl IdempotencyClaim<'_> {
    /// Whether the key stays uncertain if this is dropped. It does if an earlier attempt is uncertain.
    pub(crate) fn hold(&mut self, may_be_performed: bool) {
        let is_held = may_be_performed || !self.uncertain.is_empty();
        if let Some(local) = &mut self.local {
            local.is_held = is_held;
        }
        if let Some(shared) = &mut self.shared {
            shared.is_held = is_held;
        }
    }

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
            let kind =
                store.begin(&[1; 32], key, "{}", "tag".into()).await.err().map(|error| error.kind);
            assert_eq!(kind, Some(RelayErrorKind::BadRequest), "{key}");
        }
        let BeginOutcome::Perform(claim) =
            store.begin(&[1; 32], "k", "{}", "tag".into()).await.unwrap()
        else {
            panic!("a new key")
        };
        assert_eq!(claim.complete(201, "answer").await, ReplayScope::Replica);
    }
}
