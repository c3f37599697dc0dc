//! Where processes and the bytes of files are kept. One command is one commit: it is there whole,
//! or not at all.

mod memory;
#[cfg(feature = "host")]
mod sqlite;

use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use jiff::Timestamp;
use swisscom_sign::contract::State;
use uuid::Uuid;

pub use memory::MemoryStore;
#[cfg(feature = "host")]
pub use sqlite::SqliteStore;

use crate::domain::{ProcessAggregate, ProcessOwner};
use crate::outbox::OutboxMessage;
use crate::sessions::{BrowserSession, VisitChange};

/// A process as it stands in the store.
#[derive(Debug, Clone)]
pub struct StoredProcess {
    /// No other commit of this run has the same; a commit names the version that it builds on.
    pub version: u64,
    /// The process.
    pub process: Arc<ProcessAggregate>,
}

/// What a command changes.
#[derive(Debug)]
pub struct StoreChange {
    /// The version that the decision was made on; `None` for a new process.
    pub on: Option<u64>,
    /// The process afterwards.
    pub process: ProcessAggregate,
    /// New bytes.
    pub put: Vec<(Uuid, Bytes)>,
    /// Bytes that go.
    pub delete: Vec<Uuid>,
    /// Mails that go out with it.
    pub mails: Vec<OutboxMessage>,
}

/// What a former run left of the outbox, oldest first.
#[derive(Debug, Default)]
pub struct RestoredOutbox {
    /// The messages, each with its place in the order in which they were written.
    pub messages: Vec<(u64, OutboxMessage)>,
    /// How many were ever written.
    pub written: u64,
}

/// Why a change was not committed.
#[derive(Debug)]
pub enum CommitError {
    /// Somebody else was faster: decide again on the present version.
    Conflict,
    /// The store failed.
    Failed(StoreError),
}

/// The store failed: a sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoreError(pub String);

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Direction by date of creation; ties by order of creation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SortDirection {
    /// Oldest first.
    Ascending,
    /// Newest first.
    Descending,
}

/// What to list (`findAll`).
#[derive(Debug, Clone)]
pub struct ProcessQuery {
    /// Whose: an organization's, or a whole tenant's.
    pub owner: ProcessOwner,
    /// Only in this state.
    pub status: Option<State>,
    /// Only of this team.
    pub team: Option<Uuid>,
    /// Only with a `validUntil` between these, both included.
    pub valid_until: Option<(Timestamp, Timestamp)>,
    /// Direction.
    pub order: SortDirection,
    /// How many matches to pass over.
    pub offset: u64,
    /// How many to return.
    pub limit: usize,
}

/// A part of a list.
#[derive(Debug)]
pub struct ProcessQueryPage {
    /// The processes.
    pub processes: Vec<Arc<ProcessAggregate>>,
    /// How many match in all.
    pub total: u64,
}

/// Everything that a store keeps of processes, and the messages of the outbox.
#[derive(Debug, Clone, Default)]
pub struct StoreSnapshot {
    /// The processes, in the order of creation.
    pub processes: Vec<Arc<ProcessAggregate>>,
    /// Their bytes.
    pub blobs: Vec<(Uuid, Bytes)>,
    /// The messages, oldest first.
    pub messages: Vec<OutboxMessage>,
}

impl StoreSnapshot {
    /// Takes one, without the messages. Commands must rest meanwhile.
    ///
    /// # Errors
    /// The store failed.
    pub fn read_all(store: &dyn Store) -> Result<Self, StoreError> {
        let processes = store.all()?;
        let mut blobs = Vec::new();
        for id in processes.iter().filter(|p| p.archived_on.is_none()).flat_map(|p| p.blobs()) {
            if let Some(bytes) = store.blob(id)? {
                blobs.push((id, bytes));
            }
        }
        Ok(Self { processes, blobs, messages: Vec::new() })
    }
}

impl dyn Store + '_ {
    /// Runs `work` as one transaction: an error rolls back everything that it wrote.
    ///
    /// # Errors
    /// The error of `work`, or the store failed.
    pub fn atomically<T, E: From<StoreError>>(
        &self,
        work: impl FnOnce() -> Result<T, E>,
    ) -> Result<T, E> {
        let (mut work, mut result) = (Some(work), None);
        let transaction = self.transaction(&mut || {
            result = work.take().map(|work| work());
            matches!(result, Some(Ok(_)))
        });
        match (transaction, result) {
            (Ok(()), Some(result)) | (Err(_), Some(result @ Err(_))) => result,
            (Err(error), _) => Err(error.into()),
            (Ok(()), None) => Err(StoreError("the transaction did not run".to_owned()).into()),
        }
    }
}

/// A store.
pub trait Store: Send + Sync + fmt::Debug {
    /// What it is, for people: `memory`, `sqlite`.
    fn kind(&self) -> &'static str;

    /// The process of that identifier.
    ///
    /// # Errors
    /// The store failed.
    fn load(&self, id: Uuid) -> Result<Option<StoredProcess>, StoreError>;

    /// Commits a change, whole or not at all.
    ///
    /// # Errors
    /// Another change was committed since, or the store failed.
    fn commit(&self, change: StoreChange) -> Result<(), CommitError>;

    /// Bytes of a file.
    ///
    /// # Errors
    /// The store failed.
    fn blob(&self, id: Uuid) -> Result<Option<Bytes>, StoreError>;

    /// A part of the list.
    ///
    /// # Errors
    /// The store failed.
    fn list(&self, query: &ProcessQuery) -> Result<ProcessQueryPage, StoreError>;

    /// The processes of exactly this owner to which something was due until `now`, by the time
    /// when it was.
    ///
    /// # Errors
    /// The store failed.
    fn due(&self, owner: &ProcessOwner, now: Timestamp) -> Result<Vec<Uuid>, StoreError>;

    /// Every process, in the order of creation.
    ///
    /// # Errors
    /// The store failed.
    fn all(&self) -> Result<Vec<Arc<ProcessAggregate>>, StoreError>;

    /// Forgets everything, messages and sessions too.
    ///
    /// # Errors
    /// The store failed.
    fn clear(&self) -> Result<(), StoreError>;

    /// Forgets the processes of exactly this owner, with the messages of its organization; which
    /// processes these were.
    ///
    /// # Errors
    /// The store failed.
    fn clear_owner(&self, owner: &ProcessOwner) -> Result<Vec<Uuid>, StoreError>;

    /// Replaces all processes and bytes, whole or not at all; messages and sessions, which speak of
    /// the former ones, go.
    ///
    /// # Errors
    /// The store failed.
    fn replace(&self, snapshot: &StoreSnapshot) -> Result<(), StoreError>;

    /// Runs `work` as one transaction: commits if it returns true, otherwise rolls back. No other
    /// thread writes at the same time. A store whose writes cannot fail needs no rollback. Call
    /// `atomically` instead.
    ///
    /// # Errors
    /// The transaction could not be opened or committed.
    fn transaction(&self, work: &mut dyn FnMut() -> bool) -> Result<(), StoreError> {
        work();
        Ok(())
    }

    /// Whether it outlives the run. One that does not is told nothing of messages and sessions beyond
    /// what a commit brings: both are in memory anyway.
    fn is_durable(&self) -> bool {
        false
    }

    /// Keeps what visits changed, whole or not at all.
    ///
    /// # Errors
    /// The store failed.
    fn put_visited(&self, _visited: &VisitChange) -> Result<(), StoreError> {
        Ok(())
    }

    /// Keeps messages, after the others.
    ///
    /// # Errors
    /// The store failed.
    fn put_messages(&self, _messages: &[OutboxMessage]) -> Result<(), StoreError> {
        Ok(())
    }

    /// The outbox as a former run left it.
    ///
    /// # Errors
    /// The store failed.
    fn messages(&self) -> Result<RestoredOutbox, StoreError> {
        Ok(RestoredOutbox::default())
    }

    /// Deletes messages.
    ///
    /// # Errors
    /// The store failed.
    fn delete_messages(&self, _ids: &HashSet<Uuid>) -> Result<(), StoreError> {
        Ok(())
    }

    /// The sessions that a former run left.
    ///
    /// # Errors
    /// The store failed.
    fn sessions(&self) -> Result<Vec<(String, BrowserSession)>, StoreError> {
        Ok(Vec::new())
    }

    /// A text that is kept beside the processes.
    ///
    /// # Errors
    /// The store failed.
    fn setting(&self, key: &str) -> Result<Option<String>, StoreError>;

    /// Keeps a text beside the processes; [`Store::clear`] does not touch it.
    ///
    /// # Errors
    /// The store failed.
    fn put_setting(&self, key: &str, value: &str) -> Result<(), StoreError>;
}
