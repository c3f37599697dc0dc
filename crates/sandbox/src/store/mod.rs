//! Storage of processes and file contents. Each command is one atomic commit.

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

/// Stored process.
#[derive(Debug, Clone)]
pub struct StoredProcess {
    /// Unique among the commits of this run; a commit names the version on which it is based.
    pub version: u64,
    /// The process.
    pub process: Arc<ProcessAggregate>,
}

/// Changes of one command.
#[derive(Debug)]
pub struct StoreChange {
    /// Version on which the decision was based; `None` for a new process.
    pub on: Option<u64>,
    /// Process after the command.
    pub process: ProcessAggregate,
    /// File contents to add.
    pub put: Vec<(Uuid, Bytes)>,
    /// File contents to delete.
    pub delete: Vec<Uuid>,
    /// E-mails sent by the command.
    pub mails: Vec<OutboxMessage>,
}

/// Outbox of the previous run, oldest first.
#[derive(Debug, Default)]
pub struct RestoredOutbox {
    /// Messages with their sequence numbers.
    pub messages: Vec<(u64, OutboxMessage)>,
    /// Number of messages ever written.
    pub written: u64,
}

/// Error of a commit.
#[derive(Debug)]
pub enum CommitError {
    /// Concurrent change: decide again on the present version.
    Conflict,
    /// The store failed.
    Failed(StoreError),
}

/// Error of the store, as a sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoreError(pub String);

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Sort direction by creation time; ties by creation order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SortDirection {
    /// Oldest first.
    Ascending,
    /// Newest first.
    Descending,
}

/// Query for `findAll`.
#[derive(Debug, Clone)]
pub struct ProcessQuery {
    /// Owner: an organization or a whole tenant.
    pub owner: ProcessOwner,
    /// Filter by state.
    pub status: Option<State>,
    /// Filter by team.
    pub team: Option<Uuid>,
    /// Filter by `validUntil`, both bounds included.
    pub valid_until: Option<(Timestamp, Timestamp)>,
    /// Sort direction.
    pub order: SortDirection,
    /// Number of matches to skip.
    pub offset: u64,
    /// Maximum number of processes to return.
    pub limit: usize,
}

/// Page of a list.
#[derive(Debug)]
pub struct ProcessQueryPage {
    /// The processes.
    pub processes: Vec<Arc<ProcessAggregate>>,
    /// Total number of matches.
    pub total: u64,
}

/// All processes, their file contents and the messages of the outbox.
#[derive(Debug, Clone, Default)]
pub struct StoreSnapshot {
    /// Processes in creation order.
    pub processes: Vec<Arc<ProcessAggregate>>,
    /// File contents.
    pub blobs: Vec<(Uuid, Bytes)>,
    /// Messages, oldest first.
    pub messages: Vec<OutboxMessage>,
}

impl StoreSnapshot {
    /// Reads a snapshot without the messages. No command may run at the same time.
    ///
    /// # Errors
    /// Returns an error if the store fails.
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
    /// Returns the error of `work`, or an error if the store fails.
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

/// Storage backend.
pub trait Store: Send + Sync + fmt::Debug {
    /// Name for display: `memory`, `sqlite`.
    fn kind(&self) -> &'static str;

    /// Returns the process, or `None` if it does not exist.
    ///
    /// # Errors
    /// Returns an error if the store fails.
    fn load(&self, id: Uuid) -> Result<Option<StoredProcess>, StoreError>;

    /// Commits a change atomically.
    ///
    /// # Errors
    /// Returns an error if the version is outdated or the store fails.
    fn commit(&self, change: StoreChange) -> Result<(), CommitError>;

    /// Returns the content of a file, or `None` if it does not exist.
    ///
    /// # Errors
    /// Returns an error if the store fails.
    fn blob(&self, id: Uuid) -> Result<Option<Bytes>, StoreError>;

    /// Returns a page of the list.
    ///
    /// # Errors
    /// Returns an error if the store fails.
    fn list(&self, query: &ProcessQuery) -> Result<ProcessQueryPage, StoreError>;

    /// Returns the processes of exactly this owner with an event due at or before `now`, by due
    /// time.
    ///
    /// # Errors
    /// Returns an error if the store fails.
    fn due(&self, owner: &ProcessOwner, now: Timestamp) -> Result<Vec<Uuid>, StoreError>;

    /// Returns all processes in creation order.
    ///
    /// # Errors
    /// Returns an error if the store fails.
    fn all(&self) -> Result<Vec<Arc<ProcessAggregate>>, StoreError>;

    /// Deletes all processes, messages and sessions.
    ///
    /// # Errors
    /// Returns an error if the store fails.
    fn clear(&self) -> Result<(), StoreError>;

    /// Deletes the processes of exactly this owner and the messages of its organization; returns
    /// the identifiers of the processes.
    ///
    /// # Errors
    /// Returns an error if the store fails.
    fn clear_owner(&self, owner: &ProcessOwner) -> Result<Vec<Uuid>, StoreError>;

    /// Replaces all processes and file contents atomically. Deletes messages and sessions, which
    /// refer to the replaced processes.
    ///
    /// # Errors
    /// Returns an error if the store fails.
    fn replace(&self, snapshot: &StoreSnapshot) -> Result<(), StoreError>;

    /// Runs `work` as one transaction: commits if it returns true, otherwise rolls back. No other
    /// thread writes at the same time. A store whose writes cannot fail needs no rollback. Call
    /// `atomically` instead.
    ///
    /// # Errors
    /// Returns an error if the transaction cannot be opened or committed.
    fn transaction(&self, work: &mut dyn FnMut() -> bool) -> Result<(), StoreError> {
        work();
        Ok(())
    }

    /// Whether the data outlives the run. A store that is not durable receives only the messages of
    /// commits, because messages and sessions are also held in memory.
    fn is_durable(&self) -> bool {
        false
    }

    /// Stores the changes of visits atomically.
    ///
    /// # Errors
    /// Returns an error if the store fails.
    fn put_visited(&self, _visited: &VisitChange) -> Result<(), StoreError> {
        Ok(())
    }

    /// Appends messages.
    ///
    /// # Errors
    /// Returns an error if the store fails.
    fn put_messages(&self, _messages: &[OutboxMessage]) -> Result<(), StoreError> {
        Ok(())
    }

    /// Returns the outbox of the previous run.
    ///
    /// # Errors
    /// Returns an error if the store fails.
    fn messages(&self) -> Result<RestoredOutbox, StoreError> {
        Ok(RestoredOutbox::default())
    }

    /// Deletes messages.
    ///
    /// # Errors
    /// Returns an error if the store fails.
    fn delete_messages(&self, _ids: &HashSet<Uuid>) -> Result<(), StoreError> {
        Ok(())
    }

    /// Returns the sessions of the previous run.
    ///
    /// # Errors
    /// Returns an error if the store fails.
    fn sessions(&self) -> Result<Vec<(String, BrowserSession)>, StoreError> {
        Ok(Vec::new())
    }

    /// Returns a stored setting.
    ///
    /// # Errors
    /// Returns an error if the store fails.
    fn setting(&self, key: &str) -> Result<Option<String>, StoreError>;

    /// Stores a setting; [`Store::clear`] does not delete it.
    ///
    /// # Errors
    /// Returns an error if the store fails.
    fn put_setting(&self, key: &str, value: &str) -> Result<(), StoreError>;
}
