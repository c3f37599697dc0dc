//! The simulated platform without HTTP: commands on processes, in transactions, at the time of a clock.
//!
//! - Here: one command on one process.
//! - `transaction`: commits that exclude all other commands. `clock`: setting clocks, and due events.
//!   `reset`: start, reset and seed. `snapshot`: saving and restoring everything.

mod clock;
mod reset;
mod snapshot;
mod transaction;

pub use clock::{FiredEvent, FiredEventType};
pub use reset::ClearedOrganization;
pub use snapshot::PlatformSnapshot;
pub(crate) use transaction::PostCommitEffects;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, RwLock};

use bytes::Bytes;
use jiff::Timestamp;
use secrecy::SecretString;
use uuid::Uuid;

use crate::clock::{Clock, SystemClock};
use crate::clocks::{ClockMode, Clocks};
use crate::directory::Directory;
use crate::documents::{DocumentService, UnsignedDocuments};
use crate::domain::{
    CommandContext, CreateCommand, DomainError, DomainEvent, ErrorName, EventKind,
    ProcessAggregate, ProcessCommand, ProcessOwner, apply,
};
use crate::ids::{IdGenerator, SeededIds};
use crate::links::Links;
use crate::outbox::{Outbox, OutboxMessage, OutboxQuery, compose};
use crate::sessions::SessionStore;
use crate::settings::SandboxSettings;
use crate::store::{CommitError, MemoryStore, Store, StoreChange, StoreError, StoredProcess};
use crate::tokens::keys::{LazyKeyPair, SigningKeys};
use crate::tokens::revocation::Revocations;

/// Generator of signing keys for tokens.
pub struct KeyFactory(pub Box<dyn Fn() -> LazyKeyPair + Send + Sync>);

impl fmt::Debug for KeyFactory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyFactory")
    }
}

/// Callback after each request that may have changed something.
#[derive(Default)]
struct ChangeNotifier(OnceLock<Box<dyn Fn() + Send + Sync>>);

impl fmt::Debug for ChangeNotifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ChangeNotifier")
    }
}

/// Dependencies and settings of a [`Platform`].
#[derive(Debug)]
pub struct PlatformParts {
    /// Organizations, clients, teams, partners and accounts.
    pub directory: Directory,
    /// First signing key of tokens.
    pub keys: LazyKeyPair,
    /// Generator of further keys; without it, keys cannot be rotated.
    pub new_key: Option<KeyFactory>,
    /// Source of identifiers and codes.
    pub ids: SeededIds,
    /// Settings.
    pub settings: SandboxSettings,
    /// Processes and files.
    pub store: Box<dyn Store>,
    /// Clock on which the time of the platform is based.
    pub clock: Arc<dyn Clock>,
    /// Initial clock mode.
    pub clock_mode: ClockMode,
    /// Clock of tokens.
    pub real_clock: Arc<dyn Clock>,
    /// Reads and signs documents.
    pub documents: Box<dyn DocumentService>,
}

impl PlatformParts {
    /// In-memory platform on the system clock, without signatures.
    pub fn new(directory: Directory, keys: LazyKeyPair, ids: SeededIds) -> Self {
        Self {
            directory,
            keys,
            new_key: None,
            ids,
            settings: SandboxSettings::default(),
            store: Box::new(MemoryStore::default()),
            clock: Arc::new(SystemClock),
            clock_mode: ClockMode::Real,
            real_clock: Arc::new(SystemClock),
            documents: Box::new(UnsignedDocuments),
        }
    }
}

/// Error of a command.
#[derive(Debug)]
pub enum CommandError {
    /// Rejected by the platform.
    Refused(DomainError),
    /// The process belongs to another organization.
    Foreign,
    /// Internal error, with a message for the log.
    Internal(String),
}

impl fmt::Display for CommandError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(error) => error.fmt(f),
            Self::Foreign => f.write_str("the process belongs to another organization"),
            Self::Internal(why) => f.write_str(why),
        }
    }
}

impl From<DomainError> for CommandError {
    fn from(error: DomainError) -> Self {
        Self::Refused(error)
    }
}

impl From<ErrorName> for CommandError {
    fn from(name: ErrorName) -> Self {
        Self::Refused(name.into())
    }
}

impl From<StoreError> for CommandError {
    fn from(error: StoreError) -> Self {
        Self::Internal(error.0)
    }
}

/// Outcome of a command.
#[derive(Debug)]
pub struct CommandOutcome {
    /// Process after the command.
    pub process: Arc<ProcessAggregate>,
    /// Events; empty if the command changed nothing.
    pub events: Vec<DomainEvent>,
}

/// Target of the content of a [`PreparedCommand`]. The events of the command assign the identifiers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ContentTarget {
    /// Content of the file that the command adds.
    NewFile,
    /// New version of this file.
    FileVersion(Uuid),
    /// Verification bundle of this participant.
    VerificationBundle(Uuid),
}

/// Command with its content.
pub struct PreparedCommand {
    /// Command.
    pub command: ProcessCommand,
    /// Content, by target.
    pub content: Vec<(ContentTarget, Bytes)>,
}

impl From<ProcessCommand> for PreparedCommand {
    fn from(command: ProcessCommand) -> Self {
        Self { command, content: Vec::new() }
    }
}

/// Keys of [`Store::setting`].
pub mod setting_keys {
    /// Directory.
    pub const DIRECTORY: &str = "directory";
    /// Clocks.
    pub const CLOCKS: &str = "clocks";
    /// Certificate authority for signatures, as PEM with its key.
    pub const AUTHORITY: &str = "authority";
    /// Number of times that the store has been opened.
    pub const STARTS: &str = "starts";
}

/// The simulated platform.
#[derive(Debug)]
pub struct Platform {
    directory: Directory,
    keys: SigningKeys,
    new_key: Option<KeyFactory>,
    revocations: Revocations,
    snapshots: Mutex<BTreeMap<String, PlatformSnapshot>>,
    notifier: ChangeNotifier,
    ids: Mutex<SeededIds>,
    settings: SandboxSettings,
    store: Box<dyn Store>,
    clocks: Clocks,
    /// Read lock: one command. Write lock: an exclusive transaction.
    gate: RwLock<()>,
    real_clock: Arc<dyn Clock>,
    documents: Box<dyn DocumentService>,
    outbox: Outbox,
    sessions: SessionStore,
}

impl Platform {
    /// Assembles a platform.
    pub fn new(parts: PlatformParts) -> Self {
        let PlatformParts {
            directory,
            keys,
            new_key,
            ids,
            settings,
            store,
            clock,
            clock_mode,
            real_clock,
            documents,
        } = parts;
        Self {
            directory,
            keys: SigningKeys::new(keys),
            new_key,
            revocations: Revocations::default(),
            snapshots: Mutex::default(),
            notifier: ChangeNotifier::default(),
            ids: Mutex::new(ids),
            settings,
            store,
            clocks: Clocks::new(clock, clock_mode),
            gate: RwLock::default(),
            real_clock,
            documents,
            outbox: Outbox::default(),
            sessions: SessionStore::default(),
        }
    }

    /// Organizations, clients, teams, partners and accounts.
    pub fn directory(&self) -> &Directory {
        &self.directory
    }

    /// Signing keys of tokens.
    pub fn keys(&self) -> &SigningKeys {
        &self.keys
    }

    /// New key, if the host can generate one.
    pub fn new_key(&self) -> Option<LazyKeyPair> {
        self.new_key.as_ref().map(|make| (make.0)())
    }

    /// Revoked tokens.
    pub fn revocations(&self) -> &Revocations {
        &self.revocations
    }

    /// Snapshots by name.
    pub fn snapshots(&self) -> MutexGuard<'_, BTreeMap<String, PlatformSnapshot>> {
        self.snapshots.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sets the callback after each request that may have changed something; only the first call
    /// has an effect.
    pub fn on_change(&self, notify: impl Fn() + Send + Sync + 'static) {
        let _already_set = self.notifier.0.set(Box::new(notify));
    }

    pub(crate) fn notify_change(&self) {
        if let Some(notify) = self.notifier.0.get() {
            notify();
        }
    }

    /// Settings.
    pub fn settings(&self) -> &SandboxSettings {
        &self.settings
    }

    /// Processes and files.
    pub fn store(&self) -> &dyn Store {
        self.store.as_ref()
    }

    /// Reads and signs documents.
    pub fn documents(&self) -> &dyn DocumentService {
        self.documents.as_ref()
    }

    /// Mails and SMS.
    pub fn outbox(&self) -> &Outbox {
        &self.outbox
    }

    /// Deletes messages permanently.
    ///
    /// # Errors
    /// The store failed.
    pub fn delete_messages(&self, query: &OutboxQuery) -> Result<(), StoreError> {
        let _gate = self.gate.read().unwrap_or_else(PoisonError::into_inner);
        let gone = self.outbox.find(query);
        self.store.delete_messages(&gone)?;
        self.outbox.remove(&gone);
        Ok(())
    }

    /// Sends an access code; [`Self::persist_visits`] stores it with its visit.
    pub(crate) fn send_code(&self, message: OutboxMessage) {
        if self.store.is_durable() {
            self.sessions.record_sent(message.clone());
        }
        self.outbox.add([message]);
    }

    /// Stores changed sessions, before the response is sent.
    pub(crate) fn persist_visits(&self) -> Result<(), StoreError> {
        if !self.store.is_durable() {
            self.sessions.mark_persisted();
            return Ok(());
        }
        let _gate = self.gate.read().unwrap_or_else(PoisonError::into_inner);
        self.sessions.persist_with(|visited| self.store.put_visited(visited))
    }

    /// Browser sessions.
    pub fn sessions(&self) -> &SessionStore {
        &self.sessions
    }

    /// Time of the platform, on the server's clock.
    pub fn now(&self) -> Timestamp {
        self.clocks.now(None)
    }

    /// Time of the platform for this owner, whose organization may have its own clock.
    pub fn now_of(&self, owner: &ProcessOwner) -> Timestamp {
        self.clocks.now(owner.organization)
    }

    /// Clocks.
    pub fn clocks(&self) -> &Clocks {
        &self.clocks
    }

    /// Real time, used for tokens.
    pub fn real_time(&self) -> Timestamp {
        self.real_clock.now()
    }

    /// New client secret, of 128 bits. Predictable with a given seed.
    pub fn new_secret(&self) -> SecretString {
        SecretString::from(self.ids.lock().unwrap_or_else(PoisonError::into_inner).code())
    }

    /// New UUID.
    pub fn new_uuid(&self) -> Uuid {
        self.ids.lock().unwrap_or_else(PoisonError::into_inner).uuid()
    }

    /// New unpredictable code.
    pub fn new_code(&self) -> String {
        self.ids.lock().unwrap_or_else(PoisonError::into_inner).code()
    }

    /// New six-digit code.
    pub fn new_digits(&self) -> String {
        self.ids.lock().unwrap_or_else(PoisonError::into_inner).digits()
    }

    /// Process at the current time, after its due events.
    ///
    /// # Errors
    /// The store failed, or the process does not exist.
    pub fn load(&self, links: &Links, id: Uuid) -> Result<Arc<ProcessAggregate>, CommandError> {
        Ok(self.load_version(links, id)?.process)
    }

    /// Whether loading the process would first run due events.
    pub(crate) fn is_due(&self, id: Uuid) -> bool {
        let stored = self.store.load(id).ok().flatten();
        stored.is_some_and(|stored| self.has_due_event(&stored.process))
    }

    fn has_due_event(&self, process: &ProcessAggregate) -> bool {
        process.next_due().is_some_and(|due| due <= self.now_of(&process.owner))
    }

    fn load_version(&self, links: &Links, id: Uuid) -> Result<StoredProcess, CommandError> {
        let load =
            || Ok::<_, CommandError>(self.store.load(id)?.ok_or(ErrorName::ProcessNotFound)?);
        let stored = load()?;
        if !self.has_due_event(&stored.process) {
            return Ok(stored);
        }
        // Other processes may be due as well; run all due events in the order of their times.
        self.run_due_events_of(links, &[stored.process.owner])?;
        load()
    }

    /// Creates a process.
    ///
    /// # Errors
    /// The platform refuses, or the store failed.
    pub fn create(
        &self,
        links: &Links,
        create: CreateCommand,
    ) -> Result<CommandOutcome, CommandError> {
        let _gate = self.gate.read().unwrap_or_else(PoisonError::into_inner);
        let now = self.now_of(&create.owner);
        self.try_commit(links, None, ProcessCommand::Create(create).into(), now, None)?
            .map_err(|Conflict| CommandError::Internal("a new identifier was in use".into()))
    }

    /// Executes a command on a process. `prepare` is called again after a conflict with another
    /// command.
    ///
    /// # Errors
    /// The platform refuses, or the store failed.
    pub fn execute(
        &self,
        links: &Links,
        id: Uuid,
        prepare: impl Fn(&ProcessAggregate) -> Result<PreparedCommand, CommandError>,
    ) -> Result<CommandOutcome, CommandError> {
        self.execute_at(links, id, |process, _| prepare(process))
    }

    /// Like [`Self::execute`], for a command whose content contains the time: command and content
    /// have the same time.
    ///
    /// # Errors
    /// The platform refuses, or the store failed.
    pub fn execute_at(
        &self,
        links: &Links,
        id: Uuid,
        prepare: impl Fn(&ProcessAggregate, Timestamp) -> Result<PreparedCommand, CommandError>,
    ) -> Result<CommandOutcome, CommandError> {
        loop {
            let stored = self.load_version(links, id)?;
            let owner = stored.process.owner;
            let (clock, now) = (self.clocks.mode(owner.organization), self.now_of(&owner));
            let prepared = prepare(&stored.process, now)?;
            let _gate = self.gate.read().unwrap_or_else(PoisonError::into_inner);
            // The clock changed while the command was being prepared; retry with the new time.
            if self.clocks.mode(owner.organization) != clock {
                continue;
            }
            if let Ok(outcome) = self.try_commit(links, Some(&stored), prepared, now, None)? {
                return Ok(outcome);
            }
        }
    }

    /// One attempt, under the gate. E-mails are sent with the command, or appended to `deferred`.
    fn try_commit(
        &self,
        links: &Links,
        stored: Option<&StoredProcess>,
        prepared: PreparedCommand,
        now: Timestamp,
        deferred: Option<&mut Vec<OutboxMessage>>,
    ) -> Result<Result<CommandOutcome, Conflict>, CommandError> {
        let PreparedCommand { command, content } = prepared;
        let before = stored.map(|stored| stored.process.as_ref());
        let events = {
            let mut ids = self.ids.lock().unwrap_or_else(PoisonError::into_inner);
            let mut context = CommandContext { now, ids: &mut *ids, settings: &self.settings };
            apply(before, &command, &mut context)?
        };
        if let (Some(stored), true) = (stored, events.is_empty()) {
            return Ok(Ok(CommandOutcome { process: Arc::clone(&stored.process), events }));
        }
        let process =
            ProcessAggregate::replay(before.cloned(), &events, self.settings.archive_after)
                .ok_or_else(|| CommandError::Internal("events without a process".into()))?;
        let archived = events.iter().any(|event| event.what == EventKind::Archived);
        let mut mails = {
            let link = |person| links.person(process.id, person);
            let sender = compose::MessageContext { link: &link, id: &|| self.new_uuid() };
            compose::mails(&process, &events, &sender)
        };
        if let Some(deferred) = deferred {
            deferred.append(&mut mails);
        }
        let change = StoreChange {
            mails: mails.clone(),
            on: stored.map(|stored| stored.version),
            process: process.clone(),
            put: pair_with_ids(&events, content),
            delete: if archived { process.blobs().collect() } else { Vec::new() },
        };
        match self.store.commit(change) {
            Ok(()) => {
                self.deliver(mails);
                Ok(Ok(CommandOutcome { process: Arc::new(process), events }))
            }
            Err(CommitError::Conflict) => Ok(Err(Conflict)),
            Err(CommitError::Failed(error)) => Err(error.into()),
        }
    }

    fn deliver(&self, mails: Vec<OutboxMessage>) {
        if !mails.is_empty() {
            self.outbox.add(mails);
            // A program that uses the platform without a host has no request that notifies.
            self.notify_change();
        }
    }
}

/// Another command was committed first.
struct Conflict;

/// Pairs content with the identifiers that the events assigned.
fn pair_with_ids(
    events: &[DomainEvent],
    content: Vec<(ContentTarget, Bytes)>,
) -> Vec<(Uuid, Bytes)> {
    let ids: Vec<(ContentTarget, Uuid)> = events
        .iter()
        .flat_map(|event| match &event.what {
            EventKind::Attached(file) => vec![(ContentTarget::NewFile, file.id)],
            EventKind::Evidenced { report, bundle } => vec![
                (ContentTarget::NewFile, report.id),
                (ContentTarget::VerificationBundle(bundle.person), bundle.id),
            ],
            EventKind::Signed { files, .. } => files
                .iter()
                .map(|(file, version)| (ContentTarget::FileVersion(*file), *version))
                .collect(),
            _ => Vec::new(),
        })
        .collect();
    content
        .into_iter()
        .filter_map(|(target, bytes)| {
            ids.iter().find(|(of, _)| *of == target).map(|(_, id)| (*id, bytes))
        })
        .collect()
}
