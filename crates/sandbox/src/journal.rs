//! What was asked and answered, for tests to look at. It never holds a token, a secret, a body or
//! the query of a page; and it is bounded.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use serde::Serialize;
use uuid::Uuid;

/// Requests that are kept; older ones go first.
pub const CAPACITY: usize = 10_000;
/// Longest path that is kept, in bytes.
const MAX_PATH: usize = 512;
/// Longest method that is kept, in bytes: a client may make one up.
const MAX_METHOD: usize = 32;

/// A request and its answer.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct JournalEntry {
    /// Counts the requests; a cursor for `after`.
    pub sequence: u64,
    /// When, on the clock of the organization.
    #[serde(serialize_with = "crate::calendar::serialize_timestamp")]
    pub at: Timestamp,
    /// Method.
    pub method: String,
    /// Path without the query.
    pub path: String,
    /// Identifier of the operation in the contract, or `token`.
    pub operation: Option<String>,
    /// The client that the request names.
    pub client_id: Option<String>,
    /// Its organization.
    pub organization_id: Option<Uuid>,
    /// The process in the path.
    pub process_id: Option<Uuid>,
    /// Status; absent where a fault left no answer.
    pub status: Option<u16>,
    /// `name` of the error.
    pub error: Option<String>,
    /// What the platform would have ignored in silence: a code, and where.
    pub warnings: Vec<String>,
    /// The fault that struck it.
    pub fault: Option<crate::faults::FaultAction>,
}

/// Which entries.
#[derive(Debug, Clone, Default)]
pub struct JournalFilter {
    /// After this cursor.
    pub after: u64,
    /// Of this operation.
    pub operation: Option<String>,
    /// Of this client.
    pub client_id: Option<String>,
    /// Of this organization.
    pub organization_id: Option<Uuid>,
    /// To this process.
    pub process_id: Option<Uuid>,
    /// Answered with this status.
    pub status: Option<u16>,
}

impl JournalFilter {
    fn takes(&self, entry: &JournalEntry) -> bool {
        fn is<T: PartialEq>(wanted: Option<&T>, found: Option<&T>) -> bool {
            wanted.is_none() || wanted == found
        }
        entry.sequence > self.after
            && is(self.operation.as_ref(), entry.operation.as_ref())
            && is(self.client_id.as_ref(), entry.client_id.as_ref())
            && is(self.organization_id.as_ref(), entry.organization_id.as_ref())
            && is(self.process_id.as_ref(), entry.process_id.as_ref())
            && is(self.status.as_ref(), entry.status.as_ref())
    }
}

#[derive(Debug, Default)]
struct JournalState {
    entries: VecDeque<JournalEntry>,
    last: u64,
}

/// The journal.
#[derive(Debug, Default)]
pub struct Journal(Mutex<JournalState>);

impl Journal {
    fn inner(&self) -> MutexGuard<'_, JournalState> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes an entry; its sequence is given here.
    pub fn write(&self, mut entry: JournalEntry) {
        for (text, limit) in [(&mut entry.path, MAX_PATH), (&mut entry.method, MAX_METHOD)] {
            if text.len() > limit {
                // A character has up to four bytes.
                *text = text.chars().take(limit / 4).collect();
            }
        }
        let mut inner = self.inner();
        inner.last += 1;
        entry.sequence = inner.last;
        if inner.entries.len() >= CAPACITY {
            inner.entries.pop_front();
        }
        inner.entries.push_back(entry);
    }

    /// Entries, oldest first, at most so many.
    pub fn read(&self, filter: &JournalFilter, limit: usize) -> Vec<JournalEntry> {
        let inner = self.inner();
        inner.entries.iter().filter(|entry| filter.takes(entry)).take(limit).cloned().collect()
    }

    /// The latest entries, newest first.
    pub fn latest(&self, count: usize) -> Vec<JournalEntry> {
        self.inner().entries.iter().rev().take(count).cloned().collect()
    }

    /// Forgets entries. The count goes on, so that a cursor stays good.
    pub fn clear(&self, filter: &JournalFilter) {
        self.inner().entries.retain(|entry| !filter.takes(entry));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_bounded_and_its_cursor_goes_on() {
        let journal = Journal::default();
        let entry = JournalEntry {
            sequence: 0,
            at: Timestamp::UNIX_EPOCH,
            method: "É".repeat(1000),
            path: "/".repeat(100_000),
            operation: None,
            client_id: None,
            organization_id: None,
            process_id: None,
            status: Some(200),
            error: None,
            warnings: Vec::new(),
            fault: None,
        };
        for _ in 0..CAPACITY + 5 {
            journal.write(entry.clone());
        }
        let all = journal.read(&JournalFilter::default(), usize::MAX);
        assert_eq!((all.len(), all[0].sequence), (CAPACITY, 6));
        assert!(all[0].path.len() <= MAX_PATH && all[0].method.len() <= MAX_METHOD);
        journal.clear(&JournalFilter::default());
        journal.write(entry);
        assert_eq!(journal.read(&JournalFilter::default(), 9)[0].sequence, CAPACITY as u64 + 6);
    }
}
