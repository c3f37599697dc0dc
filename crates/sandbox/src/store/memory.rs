//! The store of a run: gone with it.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use jiff::Timestamp;
use uuid::Uuid;

use super::{Change, CommitError, Order, Page, Query, Snapshot, Store, StoreError, Stored};
use crate::domain::{Owner, Process};

#[derive(Default)]
struct Inner {
    processes: HashMap<Uuid, Stored>,
    /// By date of creation, ties by order of creation.
    created: BTreeMap<(Timestamp, u64), Uuid>,
    due: HashMap<Owner, BTreeSet<(Timestamp, Uuid)>>,
    blobs: HashMap<Uuid, Bytes>,
    sequence: u64,
    settings: BTreeMap<String, String>,
}

impl Inner {
    fn put(&mut self, process: Arc<Process>) {
        let id = process.id;
        self.sequence += 1;
        let version = self.sequence;
        if let Some(due) = self.processes.get(&id).and_then(|stored| stored.process.next_due())
            && let Some(list) = self.due.get_mut(&process.owner)
        {
            list.remove(&(due, id));
        }
        if let Some(due) = process.next_due() {
            self.due.entry(process.owner).or_default().insert((due, id));
        }
        if !self.processes.contains_key(&id) {
            self.created.insert((process.created_on, version), id);
        }
        self.processes.insert(id, Stored { version, process });
    }

    fn clear(&mut self) {
        let settings = std::mem::take(&mut self.settings);
        // Versions go on, so that nobody commits on what was there before.
        *self = Self { settings, sequence: self.sequence, ..Self::default() };
    }
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
    fn kind(&self) -> &'static str {
        "memory"
    }

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
        inner.put(Arc::new(process));
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

    fn due(&self, owner: &Owner, now: Timestamp) -> Result<Vec<Uuid>, StoreError> {
        let inner = self.inner();
        let due = inner.due.get(owner).into_iter().flatten();
        Ok(due.take_while(|(at, _)| *at <= now).map(|(_, id)| *id).collect())
    }

    fn all(&self) -> Result<Vec<Arc<Process>>, StoreError> {
        let inner = self.inner();
        let mut created: Vec<_> = inner.created.iter().map(|((_, n), id)| (*n, *id)).collect();
        created.sort_unstable();
        let stored = created.iter().filter_map(|(_, id)| inner.processes.get(id));
        Ok(stored.map(|stored| Arc::clone(&stored.process)).collect())
    }

    fn clear(&self) -> Result<(), StoreError> {
        self.inner().clear();
        Ok(())
    }

    fn clear_owner(&self, owner: &Owner) -> Result<(), StoreError> {
        let mut inner = self.inner();
        let Inner { processes, created, due, blobs, .. } = &mut *inner;
        processes.retain(|_, stored| {
            let stays = stored.process.owner != *owner;
            if !stays {
                for blob in stored.process.blobs() {
                    blobs.remove(&blob);
                }
            }
            stays
        });
        created.retain(|_, id| processes.contains_key(id));
        due.remove(owner);
        Ok(())
    }

    fn replace(&self, snapshot: &Snapshot) -> Result<(), StoreError> {
        let mut inner = self.inner();
        inner.clear();
        for process in &snapshot.processes {
            inner.put(Arc::clone(process));
        }
        inner.blobs.extend(snapshot.blobs.iter().cloned());
        Ok(())
    }

    fn setting(&self, key: &str) -> Result<Option<String>, StoreError> {
        Ok(self.inner().settings.get(key).cloned())
    }

    fn put_setting(&self, key: &str, value: &str) -> Result<(), StoreError> {
        self.inner().settings.insert(key.to_owned(), value.to_owned());
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
