//! The sandbox without a host: HTTP request in, HTTP response out.
//!
//! - `base`: the URL under which the present caller reaches it.
//! - `exchange`: a request with its fault, its answer and its note in the journal. `whole`: what
//!   concerns all processes: clocks, reset, seed, saved states. Here: one command on one process.

mod base;
mod exchange;
mod whole;

pub(crate) use whole::PostCommitEffects;
pub use whole::{FiredEvent, PlatformSnapshot};

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, RwLock};

use bytes::Bytes;
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use subtle::ConstantTimeEq;
use swisscom_sign::contract::CONTRACT_VERSION;
use uuid::Uuid;

use crate::clock::{Clock, SystemClock};
use crate::directory::Directory;
use crate::documents::{DocumentService, UnsignedDocuments};
use crate::domain::{
    CommandContext, DomainError, DomainEvent, ErrorName, EventKind, ProcessAggregate,
    ProcessCommand, ProcessOwner, apply,
};
use crate::faults::Faults;
use crate::http::HttpRequest;
use crate::ids::{IdGenerator, SeededIds};
use crate::journal::Journal;
use crate::outbox::{Outbox, OutboxMessage, OutboxQuery, write};
use crate::pages;
use crate::pages::guard::AdminLogins;
use crate::pages::session::SessionStore;
use crate::realm::keys::{LazyKeyPair, SigningKeys};
use crate::realm::revocation::Revocations;
use crate::rulings::SandboxSettings;
use crate::seed::InitialData;
use crate::store::{CommitError, MemoryStore, Store, StoreChange, StoreError, StoredProcess};
use crate::timeline::{ClockMode, Clocks};

/// Makes a key.
pub struct KeyFactory(pub Box<dyn Fn() -> LazyKeyPair + Send + Sync>);

impl fmt::Debug for KeyFactory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NewKey")
    }
}

/// Called after each request that may have changed something.
#[derive(Default)]
struct ChangeNotifier(OnceLock<Box<dyn Fn() + Send + Sync>>);

impl fmt::Debug for ChangeNotifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Waker")
    }
}

/// What an engine is made of.
#[derive(Debug)]
pub struct PlatformParts {
    /// Scheme, host and port under which clients reach it, without a slash at the end.
    pub public_url: String,
    /// Whether the `Host` of a request comes before that.
    pub follow_host: bool,
    /// Who there is.
    pub directory: Directory,
    /// Key of tokens.
    pub keys: LazyKeyPair,
    /// Makes further keys; without it, keys cannot be rotated.
    pub new_key: Option<KeyFactory>,
    /// Token without which the control answers nothing; `None` where it is open.
    pub admin_token: Option<SecretString>,
    /// What there is at first, and after a reset.
    pub seed: InitialData,
    /// Identifiers.
    pub ids: SeededIds,
    /// Switches.
    pub rulings: SandboxSettings,
    /// Processes and files.
    pub store: Box<dyn Store>,
    /// What the time of the platform follows.
    pub clock: Arc<dyn Clock>,
    /// How the time of the platform follows it at first.
    pub clock_mode: ClockMode,
    /// The time of tokens.
    pub real_clock: Arc<dyn Clock>,
    /// Reader and signer of files.
    pub documents: Box<dyn DocumentService>,
}

impl PlatformParts {
    /// In memory, on the clock of the machine, without signatures.
    pub fn new(
        public_url: String,
        directory: Directory,
        keys: LazyKeyPair,
        ids: SeededIds,
    ) -> Self {
        Self {
            public_url,
            follow_host: false,
            directory,
            keys,
            new_key: None,
            admin_token: None,
            seed: InitialData::None,
            ids,
            rulings: SandboxSettings::default(),
            store: Box::new(MemoryStore::default()),
            clock: Arc::new(SystemClock),
            clock_mode: ClockMode::Real,
            real_clock: Arc::new(SystemClock),
            documents: Box::new(UnsignedDocuments),
        }
    }
}

/// A failure to carry out a command.
#[derive(Debug)]
pub enum CommandError {
    /// The platform refuses.
    Refused(DomainError),
    /// The process belongs to somebody else.
    Foreign,
    /// The sandbox itself failed: a sentence for its log.
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

/// What a command did.
#[derive(Debug)]
pub struct CommandOutcome {
    /// The process afterwards.
    pub process: Arc<ProcessAggregate>,
    /// What happened; empty when nothing did.
    pub events: Vec<DomainEvent>,
}

/// A command with the bytes that it brings: a list of (file or version, bytes) is made from the
/// events, once these have given out identifiers.
pub struct PreparedCommand {
    /// The command.
    pub command: ProcessCommand,
    /// Bytes by file: of a new file under `None`, of a new version under the file's identifier, of
    /// the bundle of an identification under the person's.
    pub bytes: Vec<(Option<Uuid>, Bytes)>,
}

impl From<ProcessCommand> for PreparedCommand {
    fn from(command: ProcessCommand) -> Self {
        Self { command, bytes: Vec::new() }
    }
}

/// Keys of [`Store::setting`].
pub mod settings {
    /// The directory.
    pub const DIRECTORY: &str = "directory";
    /// The clocks.
    pub const CLOCKS: &str = "clocks";
    /// The authority of signatures, as PEM with its key.
    pub const AUTHORITY: &str = "authority";
    /// How often the store was opened.
    pub const STARTS: &str = "starts";
}

/// The sandbox.
#[derive(Debug)]
pub struct Platform {
    public_url: String,
    follow_host: bool,
    directory: Directory,
    keys: SigningKeys,
    new_key: Option<KeyFactory>,
    revocations: Revocations,
    admin_token: Option<SecretString>,
    seed: InitialData,
    faults: Faults,
    journal: Journal,
    snapshots: Mutex<BTreeMap<String, PlatformSnapshot>>,
    waker: ChangeNotifier,
    ids: Mutex<SeededIds>,
    rulings: SandboxSettings,
    store: Box<dyn Store>,
    timeline: Clocks,
    /// Commands hold it to read; whoever needs that none is under way holds it to write.
    gate: RwLock<()>,
    real_clock: Arc<dyn Clock>,
    documents: Box<dyn DocumentService>,
    outbox: Outbox,
    sessions: SessionStore,
    logins: AdminLogins,
}

impl Platform {
    /// An engine of these parts.
    pub fn new(parts: PlatformParts) -> Self {
        let PlatformParts {
            public_url,
            follow_host,
            directory,
            keys,
            new_key,
            admin_token,
            seed,
            mut ids,
            rulings,
            store,
            clock,
            clock_mode,
            real_clock,
            documents,
        } = parts;
        Self {
            public_url,
            follow_host,
            directory,
            keys: SigningKeys::new(keys),
            new_key,
            revocations: Revocations::default(),
            admin_token,
            seed,
            faults: Faults::new(ids.next()),
            journal: Journal::default(),
            snapshots: Mutex::default(),
            waker: ChangeNotifier::default(),
            ids: Mutex::new(ids),
            rulings,
            store,
            timeline: Clocks::new(clock, clock_mode),
            gate: RwLock::default(),
            real_clock,
            documents,
            outbox: Outbox::default(),
            sessions: SessionStore::default(),
            logins: AdminLogins::default(),
        }
    }

    /// Scheme, host and port under which it knows itself to be reached, whoever asks.
    pub fn own_url(&self) -> &str {
        &self.public_url
    }

    /// Who there is.
    pub fn directory(&self) -> &Directory {
        &self.directory
    }

    /// Keys of tokens.
    pub fn keys(&self) -> &SigningKeys {
        &self.keys
    }

    /// Makes a further key, where the host can.
    pub fn new_key(&self) -> Option<LazyKeyPair> {
        self.new_key.as_ref().map(|make| (make.0)())
    }

    /// Tokens that are void.
    pub fn revocations(&self) -> &Revocations {
        &self.revocations
    }

    /// Faults in force.
    pub fn faults(&self) -> &Faults {
        &self.faults
    }

    /// What was asked and answered.
    pub fn journal(&self) -> &Journal {
        &self.journal
    }

    /// Saved states, by name.
    pub fn snapshots(&self) -> MutexGuard<'_, BTreeMap<String, PlatformSnapshot>> {
        self.snapshots.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the control asks for a token.
    pub fn is_guarded(&self) -> bool {
        self.admin_token.is_some()
    }

    pub(crate) fn admin_token(&self) -> Option<&str> {
        self.admin_token.as_ref().map(ExposeSecret::expose_secret)
    }

    /// The browsers that gave the admin token.
    pub fn logins(&self) -> &AdminLogins {
        &self.logins
    }

    /// Whether a request may use the control.
    pub(crate) fn may_control(&self, request: &HttpRequest) -> bool {
        let Some(token) = self.admin_token() else { return true };
        let given = request.header("authorization").and_then(|header| header.split_once(' '));
        given.is_some_and(|(scheme, given)| {
            scheme.eq_ignore_ascii_case("bearer")
                && given.trim().as_bytes().ct_eq(token.as_bytes()).into()
        }) || pages::guard::admits(self, request)
    }

    /// Has `wake` called after each request that may have changed something. The first one counts.
    pub fn on_change(&self, wake: impl Fn() + Send + Sync + 'static) {
        let _taken = self.waker.0.set(Box::new(wake));
    }

    fn wake(&self) {
        if let Some(wake) = self.waker.0.get() {
            wake();
        }
    }

    /// Switches.
    pub fn rulings(&self) -> &SandboxSettings {
        &self.rulings
    }

    /// Processes and files.
    pub fn store(&self) -> &dyn Store {
        self.store.as_ref()
    }

    /// Reader and signer of files.
    pub fn documents(&self) -> &dyn DocumentService {
        self.documents.as_ref()
    }

    /// Mails and SMS.
    pub fn outbox(&self) -> &Outbox {
        &self.outbox
    }

    /// Deletes messages, also for the next start.
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

    /// Sends an access code; it is kept with the visit that awaits it, by [`Self::keep_visits`].
    pub(crate) fn send_code(&self, message: OutboxMessage) {
        if self.store.is_durable() {
            self.sessions.sent(message.clone());
        }
        self.outbox.add([message]);
    }

    /// Keeps what visits of pages changed, before anybody is told.
    pub(crate) fn keep_visits(&self) -> Result<(), StoreError> {
        if !self.store.is_durable() {
            self.sessions.kept();
            return Ok(());
        }
        let _gate = self.gate.read().unwrap_or_else(PoisonError::into_inner);
        self.sessions.keep(|visited| self.store.put_visited(visited))
    }

    /// Visitors of the pages.
    pub fn sessions(&self) -> &SessionStore {
        &self.sessions
    }

    /// The time of the platform, on the server's clock.
    pub fn now(&self) -> Timestamp {
        self.timeline.now(None)
    }

    /// The time of the platform for this owner, whose organization may have its own clock.
    pub fn now_for(&self, owner: &ProcessOwner) -> Timestamp {
        self.timeline.now(owner.organization)
    }

    /// The clocks.
    pub fn timeline(&self) -> &Clocks {
        &self.timeline
    }

    /// The time of tokens.
    pub fn real_time(&self) -> Timestamp {
        self.real_clock.now()
    }

    /// A new secret of a client, of 128 bits. With a given seed it can be foreseen.
    pub fn new_secret(&self) -> SecretString {
        SecretString::from(self.ids.lock().unwrap_or_else(PoisonError::into_inner).code())
    }

    /// A new UUID.
    pub fn new_uuid(&self) -> Uuid {
        self.ids.lock().unwrap_or_else(PoisonError::into_inner).uuid()
    }

    /// A new code that cannot be guessed.
    pub fn new_code(&self) -> String {
        self.ids.lock().unwrap_or_else(PoisonError::into_inner).code()
    }

    /// A new code of six digits.
    pub fn new_digits(&self) -> String {
        self.ids.lock().unwrap_or_else(PoisonError::into_inner).digits()
    }

    /// The process as it is now: what was due has happened.
    ///
    /// # Errors
    /// The store failed, or there is no such process.
    pub fn load(&self, id: Uuid) -> Result<Arc<ProcessAggregate>, CommandError> {
        Ok(self.load_now(id)?.process)
    }

    /// Whether looking at a process lets something happen first.
    fn is_due(&self, id: Uuid) -> bool {
        let stored = self.store.load(id).ok().flatten();
        stored.is_some_and(|StoredProcess { process, .. }| {
            process.next_due().is_some_and(|due| due <= self.now_for(&process.owner))
        })
    }

    /// The same with its version. What is due to the process is due to others, too: it happens in the
    /// order of its times.
    fn load_now(&self, id: Uuid) -> Result<StoredProcess, CommandError> {
        let load =
            || Ok::<_, CommandError>(self.store.load(id)?.ok_or(ErrorName::ProcessNotFound)?);
        let stored = load()?;
        let owner = stored.process.owner;
        if stored.process.next_due().is_none_or(|due| due > self.now_for(&owner)) {
            return Ok(stored);
        }
        self.catch_up_with(&[owner])?;
        load()
    }

    /// Lets everything happen that was due, so that lists and filters are right.
    ///
    /// # Errors
    /// The store failed.
    pub fn catch_up(&self) -> Result<(), CommandError> {
        self.catch_up_where(|_| true)
    }

    /// The same for the processes that this caller reaches.
    ///
    /// # Errors
    /// The store failed.
    pub fn catch_up_for(&self, caller: &ProcessOwner) -> Result<(), CommandError> {
        self.catch_up_where(|owner| caller.reaches(owner))
    }

    fn catch_up_where(&self, wanted: impl Fn(&ProcessOwner) -> bool) -> Result<(), CommandError> {
        let owners: Vec<ProcessOwner> =
            self.directory.owners().into_iter().filter(wanted).collect();
        self.catch_up_with(&owners)
    }

    /// Creates a process.
    ///
    /// # Errors
    /// The platform refuses, or the store failed.
    pub fn create(
        &self,
        create: crate::domain::CreateCommand,
    ) -> Result<CommandOutcome, CommandError> {
        let _gate = self.gate.read().unwrap_or_else(PoisonError::into_inner);
        let now = self.now_for(&create.owner);
        self.decide_at(None, ProcessCommand::Create(create).into(), now, None)?
            .map_err(|()| CommandError::Internal("a new identifier was in use".into()))
    }

    /// Carries out a command on a process. `prepare` may be asked again, when somebody else was
    /// faster.
    ///
    /// # Errors
    /// The platform refuses, or the store failed.
    pub fn execute(
        &self,
        id: Uuid,
        prepare: impl Fn(&ProcessAggregate) -> Result<PreparedCommand, CommandError>,
    ) -> Result<CommandOutcome, CommandError> {
        self.execute_at(id, |process, _| prepare(process))
    }

    /// The same for a command that brings what is dated itself: everything is of one moment.
    ///
    /// # Errors
    /// The platform refuses, or the store failed.
    pub fn execute_at(
        &self,
        id: Uuid,
        prepare: impl Fn(&ProcessAggregate, Timestamp) -> Result<PreparedCommand, CommandError>,
    ) -> Result<CommandOutcome, CommandError> {
        loop {
            let stored = self.load_now(id)?;
            let owner = stored.process.owner;
            let (clock, now) = (self.timeline.mode(owner.organization), self.now_for(&owner));
            let prepared = prepare(&stored.process, now)?;
            let _gate = self.gate.read().unwrap_or_else(PoisonError::into_inner);
            // Somebody turned the clock meanwhile: the moment is none any more.
            if self.timeline.mode(owner.organization) != clock {
                continue;
            }
            if let Ok(outcome) = self.decide_at(Some(&stored), prepared, now, None)? {
                return Ok(outcome);
            }
        }
    }

    /// One try, for whoever holds the gate; the inner error means that somebody else was faster. Mails go
    /// out with the command, or are left to `later`.
    fn decide_at(
        &self,
        stored: Option<&StoredProcess>,
        prepared: PreparedCommand,
        now: Timestamp,
        later: Option<&mut Vec<OutboxMessage>>,
    ) -> Result<Result<CommandOutcome, ()>, CommandError> {
        let PreparedCommand { command, bytes } = prepared;
        let before = stored.map(|stored| stored.process.as_ref());
        let events = {
            let mut ids = self.ids.lock().unwrap_or_else(PoisonError::into_inner);
            let mut context = CommandContext { now, ids: &mut *ids, rulings: &self.rulings };
            apply(before, &command, &mut context)?
        };
        if let (Some(stored), true) = (stored, events.is_empty()) {
            return Ok(Ok(CommandOutcome { process: Arc::clone(&stored.process), events }));
        }
        let process =
            ProcessAggregate::replay(before.cloned(), &events, self.rulings.archive_after)
                .ok_or_else(|| CommandError::Internal("events without a process".into()))?;
        let archived = events.iter().any(|event| event.what == EventKind::Archived);
        let mut mails = {
            let link = |person| pages::person_url(self, &process, person);
            let sender = write::MessageContext { link: &link, id: &|| self.new_uuid() };
            write::mails(&process, &events, &sender)
        };
        if let Some(later) = later {
            later.append(&mut mails);
        }
        let change = StoreChange {
            mails: mails.clone(),
            on: stored.map(|stored| stored.version),
            process: process.clone(),
            put: named(&events, bytes),
            delete: if archived { process.blobs().collect() } else { Vec::new() },
        };
        match self.store.commit(change) {
            Ok(()) => {
                if !mails.is_empty() {
                    self.outbox.add(mails);
                    // Also for whoever uses the engine without its host.
                    self.wake();
                }
                Ok(Ok(CommandOutcome { process: Arc::new(process), events }))
            }
            Err(CommitError::Conflict) => Ok(Err(())),
            Err(CommitError::Failed(error)) => Err(error.into()),
        }
    }
}

/// Bytes under the identifiers that the events gave out.
fn named(events: &[DomainEvent], bytes: Vec<(Option<Uuid>, Bytes)>) -> Vec<(Uuid, Bytes)> {
    let ids: Vec<(Option<Uuid>, Uuid)> = events
        .iter()
        .flat_map(|event| match &event.what {
            EventKind::Attached(file) => vec![(None, file.id)],
            EventKind::Evidenced { report, bundle } => {
                vec![(None, report.id), (Some(bundle.person), bundle.id)]
            }
            EventKind::Signed { files, .. } => {
                files.iter().map(|(file, version)| (Some(*file), *version)).collect()
            }
            _ => Vec::new(),
        })
        .collect();
    bytes
        .into_iter()
        .filter_map(|(file, bytes)| {
            ids.iter().find(|(of, _)| *of == file).map(|(_, id)| (*id, bytes))
        })
        .collect()
}

/// Value of the header that every answer carries.
pub fn signature() -> String {
    format!("sign-sandbox/{}; contract={CONTRACT_VERSION}", env!("CARGO_PKG_VERSION"))
}
