//! In-memory store, lost at the end of the run.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use jiff::Timestamp;
use swisscom_sign::contract::State;
use uuid::Uuid;

use super::{
    CommitError, ProcessQuery, ProcessQueryPage, SortDirection, Store, StoreChange, StoreError,
    StoreSnapshot, StoredProcess,
};
use crate::domain::{ProcessAggregate, ProcessOwner};

/// Sort key of a list: creation time, ties by creation order.
type SortKey = (Timestamp, u64);

struct MemoryEntry {
    stored: StoredProcess,
    place: SortKey,
}

#[derive(Default)]
struct MemoryStoreState {
    processes: HashMap<Uuid, MemoryEntry>,
    /// Indexed by owner and state (or all states), so that the cost of a page depends on its size,
    /// not on the number of processes.
    lists: HashMap<(ProcessOwner, Option<&'static str>), BTreeMap<SortKey, Uuid>>,
    due: HashMap<ProcessOwner, BTreeSet<(Timestamp, Uuid)>>,
    blobs: HashMap<Uuid, Bytes>,
    sequence: u64,
    settings: BTreeMap<String, String>,
}

/// Indexes that contain a process: those of its organization and of its tenant.
fn lists(
    process: &ProcessAggregate,
) -> impl Iterator<Item = (ProcessOwner, Option<&'static str>)> + use<> {
    let (owner, status) = (process.owner, status_key(&process.status));
    let tenant =
        owner.organization.is_some().then_some(ProcessOwner { organization: None, ..owner });
    [Some(owner), tenant].into_iter().flatten().flat_map(move |owner| {
        [Some((owner, None)), status.map(|status| (owner, Some(status)))].into_iter().flatten()
    })
}

/// Name of a state that the contract defines.
fn status_key(status: &State) -> Option<&'static str> {
    State::ALL.iter().find(|known| *known == status).map(State::as_str)
}

impl MemoryEntry {
    fn id(&self) -> Uuid {
        self.stored.process.id
    }
}

impl MemoryStoreState {
    fn process(&self, id: &Uuid) -> Option<&Arc<ProcessAggregate>> {
        self.processes.get(id).map(|entry| &entry.stored.process)
    }

    fn put(&mut self, process: Arc<ProcessAggregate>) {
        self.sequence += 1;
        let (id, version) = (process.id, self.sequence);
        let place = match self.take(id) {
            Some(before) => before.place,
            None => (process.created_on, version),
        };
        if let Some(due) = process.next_due() {
            self.due.entry(process.owner).or_default().insert((due, id));
        }
        for list in lists(&process) {
            self.lists.entry(list).or_default().insert(place, id);
        }
        self.processes
            .insert(id, MemoryEntry { stored: StoredProcess { version, process }, place });
    }

    /// Removes a process from all indexes, but not its file contents.
    fn take(&mut self, id: Uuid) -> Option<MemoryEntry> {
        let entry = self.processes.remove(&id)?;
        let process = &entry.stored.process;
        if let Some(due) = process.next_due()
            && let Some(list) = self.due.get_mut(&process.owner)
        {
            list.remove(&(due, id));
        }
        for key in lists(process) {
            if let Some(list) = self.lists.get_mut(&key) {
                list.remove(&entry.place);
                if list.is_empty() {
                    self.lists.remove(&key);
                }
            }
        }
        Some(entry)
    }

    fn clear(&mut self) {
        let settings = std::mem::take(&mut self.settings);
        // Versions continue, so that a commit based on deleted data conflicts.
        *self = Self { settings, sequence: self.sequence, ..Self::default() };
    }
}

/// In-memory store.
#[derive(Default)]
pub struct MemoryStore(Mutex<MemoryStoreState>);

impl fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryStore").field("processes", &self.inner().processes.len()).finish()
    }
}

impl MemoryStore {
    // Every method leaves the maps consistent before it can panic, so a poisoned lock is usable.
    fn inner(&self) -> MutexGuard<'_, MemoryStoreState> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Store for MemoryStore {
    fn kind(&self) -> &'static str {
        "memory"
    }

    fn load(&self, id: Uuid) -> Result<Option<StoredProcess>, StoreError> {
        Ok(self.inner().processes.get(&id).map(|entry| entry.stored.clone()))
    }

    fn commit(&self, change: StoreChange) -> Result<(), CommitError> {
        let mut inner = self.inner();
        let StoreChange { on, process, put, delete, mails: _ } = change;
        let before = inner.processes.get(&process.id);
        if before.map(|entry| entry.stored.version) != on {
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

    fn list(&self, query: &ProcessQuery) -> Result<ProcessQueryPage, StoreError> {
        let inner = self.inner();
        let status = query.status.as_ref().map(status_key);
        let list = match status {
            // No process can be in an unknown state.
            Some(None) => None,
            Some(status) => inner.lists.get(&(query.owner, status)),
            None => inner.lists.get(&(query.owner, None)),
        };
        let Some(list) = list else {
            return Ok(ProcessQueryPage { processes: Vec::new(), total: 0 });
        };
        let ids: Box<dyn Iterator<Item = &Uuid>> = match query.order {
            SortDirection::Ascending => Box::new(list.values()),
            SortDirection::Descending => Box::new(list.values().rev()),
        };
        let offset = usize::try_from(query.offset).unwrap_or(usize::MAX);
        if query.team.is_none() && query.valid_until.is_none() {
            let page = ids.skip(offset).take(query.limit);
            let processes = page.filter_map(|id| inner.process(id)).map(Arc::clone).collect();
            return Ok(ProcessQueryPage { processes, total: list.len() as u64 });
        }
        let mut total = 0;
        let mut processes = Vec::new();
        for process in ids.filter_map(|id| inner.process(id)) {
            if !matches(query, process) {
                continue;
            }
            if total >= offset && processes.len() < query.limit {
                processes.push(Arc::clone(process));
            }
            total += 1;
        }
        Ok(ProcessQueryPage { processes, total: total as u64 })
    }

    fn due(&self, owner: &ProcessOwner, now: Timestamp) -> Result<Vec<Uuid>, StoreError> {
        let inner = self.inner();
        let due = inner.due.get(owner).into_iter().flatten();
        Ok(due.take_while(|(at, _)| *at <= now).map(|(_, id)| *id).collect())
    }

    fn all(&self) -> Result<Vec<Arc<ProcessAggregate>>, StoreError> {
        let inner = self.inner();
        let mut entries: Vec<_> = inner.processes.values().collect();
        entries.sort_unstable_by_key(|entry| entry.place.1);
        Ok(entries.into_iter().map(|entry| Arc::clone(&entry.stored.process)).collect())
    }

    fn clear(&self) -> Result<(), StoreError> {
        self.inner().clear();
        Ok(())
    }

    fn clear_owner(&self, owner: &ProcessOwner) -> Result<Vec<Uuid>, StoreError> {
        let mut inner = self.inner();
        let of_owner = |entry: &&MemoryEntry| entry.stored.process.owner == *owner;
        let gone: Vec<_> = inner.processes.values().filter(of_owner).map(MemoryEntry::id).collect();
        for id in &gone {
            let Some(entry) = inner.take(*id) else { continue };
            for blob in entry.stored.process.blobs() {
                inner.blobs.remove(&blob);
            }
        }
        Ok(gone)
    }

    fn replace(&self, snapshot: &StoreSnapshot) -> Result<(), StoreError> {
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

/// Filters that no index covers.
fn matches(query: &ProcessQuery, process: &ProcessAggregate) -> bool {
    let team = || crate::domain::process::parse_uuid(process.request.team_id.as_deref());
    let valid_until = process.released.as_ref().map(|released| released.valid_until);
    query.team.is_none_or(|wanted| team() == Some(wanted))
        && query.valid_until.is_none_or(|(from, to)| {
            valid_until.is_some_and(|valid_until| from <= valid_until && valid_until <= to)
        })
}
