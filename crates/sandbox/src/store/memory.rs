//! The store of a run: gone with it.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use jiff::Timestamp;
use uuid::Uuid;

use super::{Change, CommitError, Order, Page, Query, Store, StoreError, Stored};
use crate::domain::Process;

#[derive(Default)]
struct Inner {
    processes: HashMap<Uuid, Stored>,
    /// By date of creation, ties by order of creation.
    created: BTreeMap<(Timestamp, u64), Uuid>,
    due: BTreeSet<(Timestamp, Uuid)>,
    blobs: HashMap<Uuid, Bytes>,
    sequence: u64,
}

/// Keeps everything in memory.
#[derive(Default)]
pub struct MemoryStore(Mutex<Inner>);

impl fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryStore").field("processes", &self.inner().processes.len()).finish()
    }
}

impl MemoryStore {
    // Every method leaves the maps consistent before it can panic, so a poisoned lock is usable.
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Store for MemoryStore {
    fn load(&self, id: Uuid) -> Result<Option<Stored>, StoreError> {
        Ok(self.inner().processes.get(&id).cloned())
    }

    fn commit(&self, change: Change) -> Result<(), CommitError> {
        let mut inner = self.inner();
        let Change { on, process, put, delete } = change;
        let before = inner.processes.get(&process.id);
        if before.map(|stored| stored.version) != on {
            return Err(CommitError::Conflict);
        }
        let due_before = before.and_then(|stored| stored.process.next_due());
        let id = process.id;
        if let Some(due) = due_before {
            inner.due.remove(&(due, id));
        }
        if let Some(due) = process.next_due() {
            inner.due.insert((due, id));
        }
        if on.is_none() {
            inner.sequence += 1;
            let key = (process.created_on, inner.sequence);
            inner.created.insert(key, id);
        }
        let version = on.map_or(1, |version| version + 1);
        inner.processes.insert(id, Stored { version, process: Arc::new(process) });
        inner.blobs.extend(put);
        for blob in delete {
            inner.blobs.remove(&blob);
        }
        Ok(())
    }

    fn blob(&self, id: Uuid) -> Result<Option<Bytes>, StoreError> {
        Ok(self.inner().blobs.get(&id).cloned())
    }

    fn list(&self, query: &Query) -> Result<Page, StoreError> {
        let inner = self.inner();
        let ids: Box<dyn Iterator<Item = &Uuid>> = match query.order {
            Order::Ascending => Box::new(inner.created.values()),
            Order::Descending => Box::new(inner.created.values().rev()),
        };
        let mut total = 0;
        let mut processes = Vec::new();
        for process in ids.filter_map(|id| inner.processes.get(id)).map(|stored| &stored.process) {
            if !matches(query, process) {
                continue;
            }
            if total >= query.offset && processes.len() < query.limit {
                processes.push(Arc::clone(process));
            }
            total += 1;
        }
        Ok(Page { processes, total })
    }

    fn due(&self, now: Timestamp) -> Result<Vec<Uuid>, StoreError> {
        let inner = self.inner();
        Ok(inner.due.iter().take_while(|(at, _)| *at <= now).map(|(_, id)| *id).collect())
    }

    fn clear(&self) -> Result<(), StoreError> {
        *self.inner() = Inner::default();
        Ok(())
    }
}

fn matches(query: &Query, process: &Process) -> bool {
    let team = || crate::domain::process::uuid_of(process.request.team_id.as_deref());
    let valid_until = process.released.as_ref().map(|released| released.valid_until);
    query.owner.reaches(&process.owner)
        && query.status.as_ref().is_none_or(|status| *status == process.status)
        && query.team.is_none_or(|wanted| team() == Some(wanted))
        && query.valid_until.is_none_or(|(from, to)| {
            valid_until.is_some_and(|valid_until| from <= valid_until && valid_until <= to)
        })
}
