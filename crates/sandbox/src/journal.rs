//! Journal of requests and responses for tests. It is bounded, and never contains a token, a
//! secret, a body or the query of a page.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use swisscom_sign::contract::declare::api_object;
use uuid::Uuid;

use crate::calendar::serialize_timestamp;
use crate::faults::{FaultAction, OperationName};

/// Maximum number of entries; the oldest is removed first.
pub const CAPACITY: usize = 10_000;
/// Maximum path length in bytes.
const MAX_PATH: usize = 512;
/// Maximum method length in bytes, because clients can send arbitrary methods.
const MAX_METHOD: usize = 32;

api_object! {
    /// Filter for entries.
    JournalFilter [closed]: Debug, Clone, Default, Deserialize {
        /// Only this organization; the whole server if absent.
        may organization_id "organizationId" as Uuid: [text Uuid];
        /// Operation of the contract, or `token`.
        may operation "operation" as String: [enumeration OperationName];
        /// Client.
        may client_id "clientId": [text];
        /// Process.
        may process_id "processId" as Uuid: [text Uuid];
        /// Response status.
        may status "status" as u16: [integer min 0 max 65535];
        /// Only entries after this `sequence`.
        may after "after" as u64: [integer64 min 0];
        /// Maximum number of entries, default 1000.
        may limit "limit" as u64: [integer64 min 0];
        /// Maximum waiting time, such as `5s` or `500ms`; up to 60 s.
        may wait "wait": [text];
    }

    /// A request and its response, without body, token and secret.
    JournalEntry: Debug, Clone, PartialEq, Serialize {
        /// Sequence number; a cursor for `after`.
        must sequence "sequence" as u64: [integer64 min 1];
        /// Time on the clock of the organization.
        must at "at" as Timestamp: [text DateTime] #[serde(serialize_with = "serialize_timestamp")];
        /// Method.
        must method "method": [text];
        /// Path without the query.
        must path "path": [text];
        /// Operation of the contract, or `token`.
        null operation "operation" as String: [enumeration OperationName];
        /// Client that the request names.
        null client_id "clientId": [text];
        /// Organization of the client.
        null organization_id "organizationId" as Uuid: [text Uuid];
        /// Process in the path.
        null process_id "processId" as Uuid: [text Uuid];
        /// Response status; null if a fault suppressed the response.
        null status "status" as u16: [integer min 100];
        /// `name` of the error.
        null error "error": [text];
        /// Codes and locations of input that the platform would ignore silently.
        must warnings "warnings": [list of text];
        /// Fault that affected the request.
        null fault "fault": [object FaultAction];
    }
}

impl JournalFilter {
    fn takes(&self, entry: &JournalEntry) -> bool {
        fn is<T: PartialEq>(wanted: Option<&T>, found: Option<&T>) -> bool {
            wanted.is_none() || wanted == found
        }
        entry.sequence > self.after.unwrap_or(0)
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

/// Bounded list of journal entries.
#[derive(Debug, Default)]
pub struct Journal(Mutex<JournalState>);

impl Journal {
    fn inner(&self) -> MutexGuard<'_, JournalState> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Appends an entry and assigns its sequence number.
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

    /// Entries, oldest first, up to the limit.
    pub fn read(&self, filter: &JournalFilter, limit: usize) -> Vec<JournalEntry> {
        let inner = self.inner();
        inner.entries.iter().filter(|entry| filter.takes(entry)).take(limit).cloned().collect()
    }

    /// The latest entries, newest first.
    pub fn latest(&self, count: usize) -> Vec<JournalEntry> {
        self.inner().entries.iter().rev().take(count).cloned().collect()
    }

    /// Removes entries. The sequence continues, so that cursors stay valid.
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
