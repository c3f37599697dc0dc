//! `Idempotency-Key` for create, which the platform does not have: the same key of the same caller
//! answers as it did the first time, another body under it is refused, and two at once make one
//! process. In memory: with several replicas, a repetition must reach the same one.

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::Duration;

use aws_lc_rs::digest;
use tokio::time::Instant;

use crate::owner::OwnerHash;
use crate::problem::{Kind, Problem, Result};

/// Longest key, in bytes.
const MAX_KEY: usize = 255;

type Key = (OwnerHash, String);

#[derive(Debug, Clone)]
enum State {
    UnderWay,
    Done { status: u16, body: String },
}

#[derive(Debug)]
struct Entry {
    body_hash: Vec<u8>,
    begun: Instant,
    state: State,
}

/// The answers that are remembered.
#[derive(Debug)]
pub struct Idempotency {
    entries: Mutex<HashMap<Key, Entry>>,
    capacity: usize,
    lifetime: Duration,
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
    },
}

/// A key that is being worked on.
#[derive(Debug)]
pub struct Claim<'i> {
    of: &'i Idempotency,
    key: Option<Key>,
}

impl Idempotency {
    /// Remembers so many answers for so long.
    pub fn new(capacity: usize, lifetime: Duration) -> Self {
        Self { entries: Mutex::new(HashMap::new()), capacity, lifetime }
    }

    /// Begins a request under a key.
    ///
    /// # Errors
    /// [`Kind::IdempotencyMismatch`], [`Kind::IdempotencyInFlight`], [`Kind::BadRequest`] for a
    /// key that is none.
    pub fn begin(&self, caller: &OwnerHash, key: &str, body: &str) -> Result<Begun<'_>> {
        if key.is_empty() || key.len() > MAX_KEY || !key.bytes().all(|b| b.is_ascii_graphic()) {
            return Err(Problem::with(Kind::BadRequest, "Idempotency-Key is no such key"));
        }
        let key = (*caller, key.to_owned());
        let body_hash = digest::digest(&digest::SHA256, body.as_bytes()).as_ref().to_vec();
        let mut entries = self.entries.lock().map_err(|_| Problem::new(Kind::Internal))?;
        if let Some(entry) = entries.get(&key)
            && entry.begun.elapsed() < self.lifetime
        {
            if entry.body_hash != body_hash {
                return Err(Problem::new(Kind::IdempotencyMismatch));
            }
            return match &entry.state {
                State::UnderWay => Err(Problem::new(Kind::IdempotencyInFlight).after(1)),
                State::Done { status, body } => {
                    Ok(Begun::Repeat { status: *status, body: body.clone() })
                }
            };
        }
        if entries.len() >= self.capacity {
            let lifetime = self.lifetime;
            entries.retain(|_, entry| entry.begun.elapsed() < lifetime);
        }
        if entries.len() >= self.capacity {
            // Forgetting an answer early would make a second process of its repetition.
            return Err(Problem::new(Kind::Overloaded).after(60));
        }
        let entry = Entry { body_hash, begun: Instant::now(), state: State::UnderWay };
        entries.insert(key.clone(), entry);
        Ok(Begun::Perform(Claim { of: self, key: Some(key) }))
    }
}

impl Claim<'_> {
    /// The request has succeeded with this answer.
    pub fn done(mut self, status: u16, body: &str) {
        let Some(key) = self.key.take() else { return };
        if let Ok(mut entries) = self.of.entries.lock()
            && let Some(entry) = entries.get_mut(&key)
        {
            entry.state = State::Done { status, body: body.to_owned() };
        }
    }
}

/// A failure is not an answer to repeat: the next try is a new one.
impl Drop for Claim<'_> {
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
        let store = Idempotency::new(2, Duration::from_secs(60));
        let (anna, berta) = ([1; 32], [2; 32]);
        let Begun::Perform(claim) = store.begin(&anna, "k", "{}").unwrap() else { panic!() };
        let kind = |result: Result<Begun<'_>>| result.err().map(|problem| problem.kind);
        assert_eq!(kind(store.begin(&anna, "k", "{}")), Some(Kind::IdempotencyInFlight));
        claim.done(201, "answer");
        let Begun::Repeat { status, body } = store.begin(&anna, "k", "{}").unwrap() else {
            panic!()
        };
        assert_eq!((status, body.as_str()), (201, "answer"));
        assert_eq!(kind(store.begin(&anna, "k", "{ }")), Some(Kind::IdempotencyMismatch));
        let Begun::Perform(claim) = store.begin(&berta, "k", "{}").unwrap() else {
            panic!("another caller's key is another key")
        };
        assert_eq!(kind(store.begin(&berta, "full", "{}")), Some(Kind::Overloaded));
        drop(claim);
        assert!(matches!(store.begin(&berta, "k", "{}").unwrap(), Begun::Perform(_)));
        tokio::time::advance(Duration::from_secs(61)).await;
        assert!(matches!(store.begin(&anna, "k", "{}").unwrap(), Begun::Perform(_)));
        for key in ["", "a b", "é", &"x".repeat(256)] {
            assert_eq!(kind(store.begin(&anna, key, "{}")), Some(Kind::BadRequest), "{key}");
        }
    }
}
