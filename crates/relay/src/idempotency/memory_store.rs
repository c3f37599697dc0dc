//! Idempotent responses in memory, of one replica.

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::Duration;

use tokio::time::Instant;

use super::UncertainAttempt;
use crate::caller::OwnerHash;
use crate::error::{RelayError, RelayErrorKind, RelayResult};

type LocalKey = (OwnerHash, String);

#[derive(Debug, Clone)]
enum KeyState {
    InFlight,
    /// The create may have been performed.
    Uncertain,
    Done {
        status: u16,
        body: String,
    },
}

#[derive(Debug)]
struct KeyEntry {
    body_hash: Vec<u8>,
    /// Owner tag of the create.
    tag: String,
    started_at: Instant,
    state: KeyState,
}

#[derive(Debug)]
pub(crate) struct LocalIdempotencyStore {
    entries: Mutex<HashMap<LocalKey, KeyEntry>>,
    capacity: usize,
    ttl: Duration,
}

#[derive(Debug)]
pub(crate) enum LocalBeginOutcome<'i> {
    /// A new key, or one with an attempt whose outcome is unknown: handle the request and call
    /// [`LocalClaim::complete`].
    Perform(LocalClaim<'i>, Option<UncertainAttempt>),
    Repeat {
        status: u16,
        body: String,
    },
}

/// Claim of a key. When it is dropped without [`Self::complete`], the key is released, or stays
/// uncertain if it is held.
#[derive(Debug)]
pub(crate) struct LocalClaim<'i> {
    store: &'i LocalIdempotencyStore,
    key: Option<LocalKey>,
    pub(super) is_held: bool,
}

impl LocalIdempotencyStore {
    pub(crate) fn new(capacity: usize, ttl: Duration) -> Self {
        Self { entries: Mutex::new(HashMap::new()), capacity, ttl }
    }

    /// # Errors
    /// [`RelayErrorKind::IdempotencyMismatch`], [`RelayErrorKind::IdempotencyInFlight`], [`RelayErrorKind::Overloaded`].
    pub(crate) fn begin(
        &self,
        caller: &OwnerHash,
        key: &str,
        body_hash: &[u8],
        tag: &str,
    ) -> RelayResult<LocalBeginOutcome<'_>> {
        let key = (*caller, key.to_owned());
        let mut entries =
            self.entries.lock().map_err(|_| RelayError::new(RelayErrorKind::Internal))?;
        if let Some(entry) = entries.get_mut(&key)
            && entry.started_at.elapsed() < self.ttl
        {
            if entry.body_hash != body_hash {
                return Err(RelayError::new(RelayErrorKind::IdempotencyMismatch));
            }
            return match &entry.state {
                KeyState::InFlight => {
                    Err(RelayError::new(RelayErrorKind::IdempotencyInFlight).retry_after(1))
                }
                KeyState::Uncertain => {
                    let attempt =
                        UncertainAttempt { tag: entry.tag.clone(), started_at: entry.started_at };
                    entry.state = KeyState::InFlight;
                    let claim = LocalClaim { store: self, key: Some(key), is_held: true };
                    Ok(LocalBeginOutcome::Perform(claim, Some(attempt)))
                }
                KeyState::Done { status, body } => {
                    Ok(LocalBeginOutcome::Repeat { status: *status, body: body.clone() })
                }
            };
        }
        if entries.len() >= self.capacity {
            let ttl = self.ttl;
            entries.retain(|_, entry| entry.started_at.elapsed() < ttl);
        }
        if entries.len() >= self.capacity {
            // Reject new keys instead of evicting old ones: a client that retries an evicted key would
            // create a second process.
            return Err(RelayError::new(RelayErrorKind::Overloaded).retry_after(60));
        }
        let body_hash = body_hash.to_vec();
        let (tag, started_at) = (tag.to_owned(), Instant::now());
        let entry = KeyEntry { body_hash, tag, started_at, state: KeyState::InFlight };
        entries.insert(key.clone(), entry);
        let claim = LocalClaim { store: self, key: Some(key), is_held: false };
        Ok(LocalBeginOutcome::Perform(claim, None))
    }
}

impl LocalClaim<'_> {
    pub(crate) fn complete(mut self, status: u16, body: &str) {
        let Some(key) = self.key.take() else { return };
        if let Ok(mut entries) = self.store.entries.lock()
            && let Some(entry) = entries.get_mut(&key)
        {
            entry.state = KeyState::Done { status, body: body.to_owned() };
        }
    }
}

impl LocalClaim<'_> {
    /// The tag of the create, if another replica has chosen another one.
    pub(super) fn set_tag(&self, tag: &str) {
        if let Some(key) = &self.key
            && let Ok(mut entries) = self.store.entries.lock()
            && let Some(entry) = entries.get_mut(key)
        {
            tag.clone_into(&mut entry.tag);
        }
    }
}

/// Failures are not stored: the next attempt is handled again.
impl Drop for LocalClaim<'_> {
    fn drop(&mut self) {
        if let Some(key) = self.key.take()
            && let Ok(mut entries) = self.store.entries.lock()
        {
            match entries.get_mut(&key).filter(|_| self.is_held) {
                Some(entry) => entry.state = KeyState::Uncertain,
                None => drop(entries.remove(&key)),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn replays_the_response_of_a_key() {
        let store = LocalIdempotencyStore::new(2, Duration::from_secs(60));
        let (anna, berta) = ([1; 32], [2; 32]);
        let LocalBeginOutcome::Perform(claim, None) =
            store.begin(&anna, "k", b"{}", "tag").unwrap()
        else {
            panic!()
        };
        let kind =
            |result: RelayResult<LocalBeginOutcome<'_>>| result.err().map(|error| error.kind);
        assert_eq!(
            kind(store.begin(&anna, "k", b"{}", "tag")),
            Some(RelayErrorKind::IdempotencyInFlight)
        );
        claim.complete(201, "answer");
        let LocalBeginOutcome::Repeat { status, body } =
            store.begin(&anna, "k", b"{}", "tag").unwrap()
        else {
            panic!()
        };
        assert_eq!((status, body.as_str()), (201, "answer"));
        assert_eq!(
            kind(store.begin(&anna, "k", b"{ }", "tag")),
            Some(RelayErrorKind::IdempotencyMismatch)
        );
        let LocalBeginOutcome::Perform(claim, None) =
            store.begin(&berta, "k", b"{}", "tag").unwrap()
        else {
            panic!("keys are separate for each caller")
        };
        assert_eq!(
            kind(store.begin(&berta, "full", b"{}", "tag")),
            Some(RelayErrorKind::Overloaded)
        );
        drop(claim);
        assert!(matches!(
            store.begin(&berta, "k", b"{}", "tag").unwrap(),
            LocalBeginOutcome::Perform(_, None)
        ));
        tokio::time::advance(Duration::from_secs(61)).await;
        assert!(matches!(
            store.begin(&anna, "k", b"{}", "tag").unwrap(),
            LocalBeginOutcome::Perform(_, None)
        ));
    }

    #[tokio::test(start_paused = true)]
    async fn holds_a_key_whose_outcome_is_unknown() {
        let store = LocalIdempotencyStore::new(2, Duration::from_secs(60));
        let anna = [1; 32];
        let LocalBeginOutcome::Perform(mut claim, None) =
            store.begin(&anna, "k", b"{}", "first").unwrap()
        else {
            panic!("a new key")
        };
        claim.is_held = true;
        drop(claim);
        for _ in 0..2 {
            let LocalBeginOutcome::Perform(claim, Some(attempt)) =
                store.begin(&anna, "k", b"{}", "other").unwrap()
            else {
                panic!("an uncertain key")
            };
            assert_eq!(attempt.tag, "first");
            let concurrent = store.begin(&anna, "k", b"{}", "other").unwrap_err();
            assert_eq!(concurrent.kind, RelayErrorKind::IdempotencyInFlight);
            drop(claim);
        }
        let mismatch = store.begin(&anna, "k", b"{ }", "other").unwrap_err();
        assert_eq!(mismatch.kind, RelayErrorKind::IdempotencyMismatch);
    }
}
