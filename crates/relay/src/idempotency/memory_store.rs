//! The answers under idempotency keys in memory: for one replica, or until Redis is back.

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::Duration;

use tokio::time::Instant;

use crate::caller::OwnerHash;
use crate::error::{RelayError, RelayErrorKind, RelayResult};

type LocalKey = (OwnerHash, String);

#[derive(Debug, Clone)]
enum KeyState {
    UnderWay,
    Done { status: u16, body: String },
}

#[derive(Debug)]
struct KeyEntry {
    body_hash: Vec<u8>,
    begun: Instant,
    state: KeyState,
}

/// The answers that are remembered.
#[derive(Debug)]
pub struct LocalIdempotencyStore {
    entries: Mutex<HashMap<LocalKey, KeyEntry>>,
    capacity: usize,
    lifetime: Duration,
}

/// What to do with a request.
#[derive(Debug)]
pub enum LocalBeginOutcome<'i> {
    /// Perform it, and report with [`Claim::complete`]. Dropped without, the key is free again.
    Perform(LocalClaim<'i>),
    /// Answer this.
    Repeat {
        /// Status.
        status: u16,
        /// Body.
        body: String,
    },
}

/// A key that is being worked on.
#[derive(Debug)]
pub struct LocalClaim<'i> {
    of: &'i LocalIdempotencyStore,
    key: Option<LocalKey>,
}

impl LocalIdempotencyStore {
    /// Remembers so many answers for so long.
    pub fn new(capacity: usize, lifetime: Duration) -> Self {
        Self { entries: Mutex::new(HashMap::new()), capacity, lifetime }
    }

    /// A request of this caller under this key.
    ///
    /// # Errors
    /// [`RelayErrorKind::IdempotencyMismatch`], [`RelayErrorKind::IdempotencyInFlight`], [`RelayErrorKind::Overloaded`].
    pub fn begin(
        &self,
        caller: &OwnerHash,
        key: &str,
        body_hash: &[u8],
    ) -> RelayResult<LocalBeginOutcome<'_>> {
        let key = (*caller, key.to_owned());
        let mut entries =
            self.entries.lock().map_err(|_| RelayError::new(RelayErrorKind::Internal))?;
        if let Some(entry) = entries.get(&key)
            && entry.begun.elapsed() < self.lifetime
        {
            if entry.body_hash != body_hash {
                return Err(RelayError::new(RelayErrorKind::IdempotencyMismatch));
            }
            return match &entry.state {
                KeyState::UnderWay => {
                    Err(RelayError::new(RelayErrorKind::IdempotencyInFlight).retry_after(1))
                }
                KeyState::Done { status, body } => {
                    Ok(LocalBeginOutcome::Repeat { status: *status, body: body.clone() })
                }
            };
        }
        if entries.len() >= self.capacity {
            let lifetime = self.lifetime;
            entries.retain(|_, entry| entry.begun.elapsed() < lifetime);
        }
        if entries.len() >= self.capacity {
            // Forgetting an answer early would make a second process of its repetition.
            return Err(RelayError::new(RelayErrorKind::Overloaded).retry_after(60));
        }
        let body_hash = body_hash.to_vec();
        let entry = KeyEntry { body_hash, begun: Instant::now(), state: KeyState::UnderWay };
        entries.insert(key.clone(), entry);
        Ok(LocalBeginOutcome::Perform(LocalClaim { of: self, key: Some(key) }))
    }
}

impl LocalClaim<'_> {
    /// The request has succeeded with this answer.
    pub fn complete(mut self, status: u16, body: &str) {
        let Some(key) = self.key.take() else { return };
        if let Ok(mut entries) = self.of.entries.lock()
            && let Some(entry) = entries.get_mut(&key)
        {
            entry.state = KeyState::Done { status, body: body.to_owned() };
        }
    }
}

/// A failure is not an answer to repeat: the next try is a new one.
impl Drop for LocalClaim<'_> {
    fn drop(&mut self) {
        if let Some(key) = self.key.take()
            && let Ok(mut entries) = self.of.entries.lock()
        {
            entries.remove(&key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_key_answers_once() {
        let store = LocalIdempotencyStore::new(2, Duration::from_secs(60));
        let (anna, berta) = ([1; 32], [2; 32]);
        let LocalBeginOutcome::Perform(claim) = store.begin(&anna, "k", b"{}").unwrap() else {
            panic!()
        };
        let kind =
            |result: RelayResult<LocalBeginOutcome<'_>>| result.err().map(|problem| problem.kind);
        assert_eq!(kind(store.begin(&anna, "k", b"{}")), Some(RelayErrorKind::IdempotencyInFlight));
        claim.complete(201, "answer");
        let LocalBeginOutcome::Repeat { status, body } = store.begin(&anna, "k", b"{}").unwrap()
        else {
            panic!()
        };
        assert_eq!((status, body.as_str()), (201, "answer"));
        assert_eq!(
            kind(store.begin(&anna, "k", b"{ }")),
            Some(RelayErrorKind::IdempotencyMismatch)
        );
        let LocalBeginOutcome::Perform(claim) = store.begin(&berta, "k", b"{}").unwrap() else {
            panic!("another caller's key is another key")
        };
        assert_eq!(kind(store.begin(&berta, "full", b"{}")), Some(RelayErrorKind::Overloaded));
        drop(claim);
        assert!(matches!(store.begin(&berta, "k", b"{}").unwrap(), LocalBeginOutcome::Perform(_)));
        tokio::time::advance(Duration::from_secs(61)).await;
        assert!(matches!(store.begin(&anna, "k", b"{}").unwrap(), LocalBeginOutcome::Perform(_)));
    }
}
