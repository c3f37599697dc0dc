//! `Idempotency-Key` for create, which the platform does not have: the same key of the same caller
//! answers as it did the first time, another body under it is refused, and two at once make one
//! process.
//!
//! - [`local`]: in memory, of one replica.
//! - [`shared`]: in Redis, of all replicas.
//!
//! Both are asked where both are there, so that a loss of Redis between a request and its repetition
//! is made up for by the replica that served the first.

pub mod local;
pub mod shared;

use std::sync::Arc;
use std::time::Duration;

use aws_lc_rs::digest;

use crate::owner::OwnerHash;
use crate::problem::{Kind, Problem, Result};
use crate::redis::Redis;

/// Longest key, in bytes.
const MAX_KEY: usize = 255;

/// Name of the header that says how far a key reaches; see [`Reach`].
pub const HEADER: &str = "relay-idempotency";

/// Where a repetition would be recognized.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// On every replica.
    Replicas,
    /// On the replica that answers only.
    Replica,
}

impl Reach {
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
pub struct Idempotency {
    local: local::Local,
    shared: Option<shared::Shared>,
}

/// What to do with a request.
#[derive(Debug)]
pub enum Begun<'i> {
    /// Perform it, and report with [`Claim::done`]. Dropped without, the key is free again.
    Perform(Claim<'i>),
    /// Answer this.
    Repeat {
        /// Status.
        status: u16,
        /// Body.
        body: String,
        /// How far the key reaches.
        reach: Reach,
    },
}

/// A key that is being worked on.
#[derive(Debug)]
pub struct Claim<'i> {
    local: Option<local::Claim<'i>>,
    shared: Option<shared::Claim>,
}

impl Idempotency {
    /// Room for so many answers in memory, each for so long; with Redis, in both places. `lease`
    /// is the longest time that a create can take.
    pub fn new(
        capacity: usize,
        lifetime: Duration,
        lease: Duration,
        redis: Option<&Arc<Redis>>,
    ) -> Self {
        Self {
            local: local::Local::new(capacity, lifetime),
            shared: redis.map(|redis| shared::Shared::new(Arc::clone(redis), lifetime, lease)),
        }
    }

    /// A request of this caller under this key.
    ///
    /// # Errors
    /// [`Kind::IdempotencyInFlight`], [`Kind::IdempotencyMismatch`], [`Kind::BadRequest`],
    /// [`Kind::Overloaded`].
    pub async fn begin(&self, caller: &OwnerHash, key: &str, body: &str) -> Result<Begun<'_>> {
        if key.is_empty() || key.len() > MAX_KEY || !key.bytes().all(|b| b.is_ascii_graphic()) {
            return Err(Problem::with(Kind::BadRequest, "Idempotency-Key is no such key"));
        }
        let body_hash = digest::digest(&digest::SHA256, body.as_bytes()).as_ref().to_vec();
        let local = match self.local.begin(caller, key, &body_hash) {
            Ok(local::Begun::Repeat { status, body }) => {
                let shared = self.shared.as_ref().is_some_and(shared::Shared::is_up);
                let reach = if shared { Reach::Replicas } else { Reach::Replica };
                return Ok(Begun::Repeat { status, body, reach });
            }
            Ok(local::Begun::Perform(claim)) => Some(claim),
            // There is room elsewhere.
            Err(full) if full.kind == Kind::Overloaded && self.shared.is_some() => None,
            Err(problem) => return Err(problem),
        };
        let Some(shared) = &self.shared else {
            return Ok(Begun::Perform(Claim { local, shared: None }));
        };
        match shared.begin(caller, key, body_hash).await? {
            shared::Begun::Repeat { status, body } => {
                if let Some(local) = local {
                    local.done(status, &body);
                }
                Ok(Begun::Repeat { status, body, reach: Reach::Replicas })
            }
            shared::Begun::Perform(claim) => {
                if local.is_none() && claim.reach() == Reach::Replica {
                    return Err(Problem::new(Kind::Overloaded).after(60));
                }
                Ok(Begun::Perform(Claim { local, shared: Some(claim) }))
            }
        }
    }
}

impl Claim<'_> {
    /// The request has succeeded with this answer. Returns how far the key reaches.
    pub async fn done(self, status: u16, body: &str) -> Reach {
        if let Some(local) = self.local {
            local.done(status, body);
        }
        match self.shared {
            None => Reach::Replica,
            Some(claim) => claim.done(status, body).await,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_is_no_key_is_refused() {
        let store = Idempotency::new(2, Duration::from_secs(60), Duration::from_secs(60), None);
        for key in ["", "a b", "é", &"x".repeat(256)] {
            let kind = store.begin(&[1; 32], key, "{}").await.err().map(|problem| problem.kind);
            assert_eq!(kind, Some(Kind::BadRequest), "{key}");
        }
        let Begun::Perform(claim) = store.begin(&[1; 32], "k", "{}").await.unwrap() else {
            panic!("a new key")
        };
        assert_eq!(claim.done(201, "answer").await, Reach::Replica);
    }
}
