//! The sandbox without a host: HTTP request in, HTTP response out.
//!
//! - `base`: the URL under which the present caller reaches it.
//! - `exchange`: a request with its fault, its answer and its note in the journal. `whole`: what
//!   concerns all processes: clocks, reset, seed, saved states. Here: one command on one process.

mod base;
mod exchange;
mod whole;

pub(crate) use whole::Effects;
pub use whole::{Fired, Saved};

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
use crate::documents::{Documents, Unsigned};
use crate::domain::{Command, Context, DomainError, Event, Happening, Name, Owner, Process, apply};
use crate::faults::Faults;
use crate::http::Request;
use crate::ids::{Ids, SeededIds};
use crate::journal::Journal;
use crate::outbox::{Message, Outbox, Query, write};
use crate::pages;
use crate::pages::guard::Logins;
use crate::pages::session::Sessions;
use crate::realm::keys::{Keyring, Keys};
use crate::realm::revocation::Revocations;
use crate::rulings::Rulings;
use crate::seed::Seed;
use crate::store::{Change, CommitError, MemoryStore, Store, StoreError, Stored};
use crate::timeline::{Mode, Timeline};

/// Makes a key.
pub struct NewKey(pub Box<dyn Fn() -> Keyring + Send + Sync>);

impl fmt::Debug for NewKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NewKey")
    }
}

/// Called after each request that may have changed something.
#[derive(Default)]
struct Waker(OnceLock<Box<dyn Fn() + Send + Sync>>);

impl fmt::Debug for Waker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Waker")
    }
}

/// What an engine is made of.
#[derive(Debug)]
pub struct Parts {
    /// Scheme, host and port under which clients reach it, without a slash at the end.
    pub public_url: String,
    /// Whether the `Host` of a request comes before that.
    pub follow_host: bool,
    /// Who there is.
    pub directory: Directory,
    /// Key of tokens.
    pub keys: Keyring,
    /// Makes further keys; without it, keys cannot be rotated.
    pub new_key: Option<NewKey>,
    /// Token without which the control answers nothing; `None` where it is open.
    pub admin_token: Option<SecretString>,
    /// What there is at first, and after a reset.
    pub seed: Seed,
    /// Identifiers.
    pub ids: SeededIds,
    /// Switches.
    pub rulings: Rulings,
    /// Processes and files.
    pub store: Box<dyn Store>,
    /// What the time of the platform follows.
    pub clock: Arc<dyn Clock>,
    /// How the time of the platform follows it at first.
    pub clock_mode: Mode,
    /// The time of tokens.
    pub real_clock: Arc<dyn Clock>,
    /// Reader and signer of files.
    pub documents: Box<dyn Documents>,
}

impl Parts {
    /// In memory, on the clock of the machine, without signatures.
    pub fn new(public_url: String, directory: Directory, keys: Keyring, ids: SeededIds) -> Self {
        Self {
            public_url,
            follow_host: false,
            directory,
            keys,
            new_key: None,
            admin_token: None,
            seed: Seed::None,
            ids,
            rulings: Rulings::default(),
            store: Box::new(MemoryStore::default()),
            clock: Arc::new(SystemClock),
            clock_mode: Mode::Real,
            real_clock: Arc::new(SystemClock),
            documents: Box::new(Unsigned),
        }
    }
}

/// A failure to carry out a command.
#[derive(Debug)]
pub enum Failure {
    /// The platform refuses.
    Refused(DomainError),
    /// The process belongs to somebody else.
    Foreign,
    /// The sandbox itself failed: a sentence for its log.
    Internal(String),
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(error) => error.fmt(f),
            Self::Foreign => f.write_str("it belongs to somebody else"),
            Self::Internal(why) => f.write_str(why),
        }
    }
}

impl From<DomainError> for Failure {
    fn from(error: DomainError) -> Self {
        Self::Refused(error)
    }
}

impl From<Name> for Failure {
    fn from(name: Name) -> Self {
        Self::Refused(name.into())
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Internal(error.0)
    }
}

/// What a command did.
#[derive(Debug)]
pub struct Outcome {
    /// The process afterwards.
    pub process: Arc<Process>,
    /// What happened; empty when nothing did.
    pub events: Vec<Event>,
}

/// A command with the bytes that it brings: a list of (file or version, bytes) is made from the
/// events, once these have given out identifiers.
pub struct Prepared {
    /// The command.
    pub command: Command,
    /// Bytes by file: of a new file under `None`, of a new version under the file's identifier, of
    /// the bundle of an identification under the person's.
    pub bytes: Vec<(Option<Uuid>, Bytes)>,
}

impl From<Command> for Prepared {
    fn from(command: Command) -> Self {
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
pub struct Engine {
    public_url: String,
    follow_host: bool,
    directory: Directory,
    keys: Keys,
    new_key: Option<NewKey>,
    revocations: Revocations,
    admin_token: Option<SecretString>,
    seed: Seed,
    faults: Faults,
    journal: Journal,
    snapshots: Mutex<BTreeMap<String, Saved>>,
    waker: Waker,
    ids: Mutex<SeededIds>,
    rulings: Rulings,
    store: Box<dyn Store>,
    timeline: Timeline,
    /// Commands hold it to read; whoever needs that none is under way holds it to write.
    gate: RwLock<()>,
    real_clock: Arc<dyn Clock>,
    documents: Box<dyn Documents>,
    outbox: Outbox,
    sessions: Sessions,
    logins: Logins,
}

impl Engine {
    /// An engine of these parts.
    pub fn new(parts: Parts) -> Self {
        let Parts {
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
            keys: Keys::new(keys),
            new_key,
            revocations: Revocations::default(),
            admin_token,
            seed,
            faults: Faults::new(ids.next()),
            journal: Journal::default(),
            snapshots: Mutex::default(),
            waker: Waker::default(),
            ids: Mutex::new(ids),
            rulings,
            store,
            timeline: Timeline::new(clock, clock_mode),
            gate: RwLock::default(),
            real_clock,
            documents,
            outbox: Outbox::default(),
            sessions: Sessions::default(),
            logins: Logins::default(),
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
    pub fn keys(&self) -> &Keys {
        &self.keys
    }

    /// Makes a further key, where the host can.
    pub fn new_key(&self) -> Option<Keyring> {
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
    pub fn snapshots(&self) -> MutexGuard<'_, BTreeMap<String, Saved>> {
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
    pub fn logins(&self) -> &Logins {
        &self.logins
    }

    /// Whether a request may use the control.
    pub(crate) fn may_control(&self, request: &Request) -> bool {
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
    pub fn rulings(&self) -> &Rulings {
        &self.rulings
    }

    /// Processes and files.
    pub fn store(&self) -> &dyn Store {
        self.store.as_ref()
    }

    /// Reader and signer of files.
    pub fn documents(&self) -> &dyn Documents {
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
    pub fn delete_messages(&self, query: &Query) -> Result<(), StoreError> {
        let _gate = self.gate.read().unwrap_or_else(PoisonError::into_inner);
        let gone = self.outbox.find(query);
        self.store.delete_messages(&gone)?;
        self.outbox.remove(&gone);
        Ok(())
    }

    /// Sends an access code; it is kept with the visit that awaits it, by [`Self::keep_visits`].
    pub(crate) fn send_code(&self, message: Message) {
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
    pub fn sessions(&self) -> &Sessions {
        &self.sessions
    }

    /// The time of the platform, on the server's clock.
    pub fn now(&self) -> Timestamp {
        self.timeline.now(None)
    }

    /// The time of the platform for this owner, whose organization may have its own clock.
    pub fn now_for(&self, owner: &Owner) -> Timestamp {
        self.timeline.now(owner.organization)
    }

    /// The clocks.
    pub fn timeline(&self) -> &Timeline {
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
    pub fn load(&self, id: Uuid) -> Result<Arc<Process>, Failure> {
        Ok(self.load_now(id)?.process)
    }

    /// Whether looking at a process lets something happen first.
    fn is_due(&self, id: Uuid) -> bool {
        let stored = self.store.load(id).ok().flatten();
        stored.is_some_and(|Stored { process, .. }| {
            process.next_due().is_some_and(|due| due <= self.now_for(&process.owner))
        })
    }

    /// The same with its version. What is due to the process is due to others, too: it happens in the
    /// order of its times.
    fn load_now(&self, id: Uuid) -> Result<Stored, Failure> {
        let load = || Ok::<_, Failure>(self.store.load(id)?.ok_or(Name::ProcessNotFound)?);
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
    pub fn catch_up(&self) -> Result<(), Failure> {
        self.catch_up_where(|_| true)
    }

    /// The same for the processes that this caller reaches.
    ///
    /// # Errors
    /// The store failed.
    pub fn catch_up_for(&self, caller: &Owner) -> Result<(), Failure> {
        self.catch_up_where(|owner| caller.reaches(owner))
    }

    fn catch_up_where(&self, wanted: impl Fn(&Owner) -> bool) -> Result<(), Failure> {
        let owners: Vec<Owner> = self.directory.owners().into_iter().filter(wanted).collect();
        self.catch_up_with(&owners)
    }

    /// Creates a process.
    ///
    /// # Errors
    /// The platform refuses, or the store failed.
    pub fn create(&self, create: crate::domain::Create) -> Result<Outcome, Failure> {
        let _gate = self.gate.read().unwrap_or_else(PoisonError::into_inner);
        let now = self.now_for(&create.owner);
        self.decide_at(None, Command::Create(create).into(), now, None)?
            .map_err(|()| Failure::Internal("a new identifier was in use".into()))
    }

    /// Carries out a command on a process. `prepare` may be asked again, when somebody else was
    /// faster.
    ///
    /// # Errors
    /// The platform refuses, or the store failed.
    pub fn execute(
        &self,
        id: Uuid,
        prepare: impl Fn(&Process) -> Result<Prepared, Failure>,
    ) -> Result<Outcome, Failure> {
        self.execute_at(id, |process, _| prepare(process))
    }

    /// The same for a command that brings what is dated itself: everything is of one moment.
    ///
    /// # Errors
    /// The platform refuses, or the store failed.
    pub fn execute_at(
        &self,
        id: Uuid,
        prepare: impl Fn(&Process, Timestamp) -> Result<Prepared, Failure>,
    ) -> Result<Outcome, Failure> {
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
        stored: Option<&Stored>,
        prepared: Prepared,
        now: Timestamp,
        later: Option<&mut Vec<Message>>,
    ) -> Result<Result<Outcome, ()>, Failure> {
        let Prepared { command, bytes } = prepared;
        let before = stored.map(|stored| stored.process.as_ref());
        let events = {
            let mut ids = self.ids.lock().unwrap_or_else(PoisonError::into_inner);
            let mut context = Context { now, ids: &mut *ids, rulings: &self.rulings };
            apply(before, &command, &mut context)?
        };
        if let (Some(stored), true) = (stored, events.is_empty()) {
            return Ok(Ok(Outcome { process: Arc::clone(&stored.process), events }));
        }
        let process = Process::replay(before.cloned(), &events, self.rulings.archive_after)
            .ok_or_else(|| Failure::Internal("events without a process".into()))?;
        let archived = events.iter().any(|event| event.what == Happening::Archived);
        let mut mails = {
            let link = |person| pages::person_url(self, &process, person);
            let sender = write::Sender { link: &link, id: &|| self.new_uuid() };
            write::mails(&process, &events, &sender)
        };
        if let Some(later) = later {
            later.append(&mut mails);
        }
        let change = Change {
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
                Ok(Ok(Outcome { process: Arc::new(process), events }))
            }
            Err(CommitError::Conflict) => Ok(Err(())),
            Err(CommitError::Failed(error)) => Err(error.into()),
        }
    }
}

/// Bytes under the identifiers that the events gave out.
fn named(events: &[Event], bytes: Vec<(Option<Uuid>, Bytes)>) -> Vec<(Uuid, Bytes)> {
    let ids: Vec<(Option<Uuid>, Uuid)> = events
        .iter()
        .flat_map(|event| match &event.what {
            Happening::Attached(file) => vec![(None, file.id)],
            Happening::Evidenced { report, bundle } => {
                vec![(None, report.id), (Some(bundle.person), bundle.id)]
            }
            Happening::Signed { files, .. } => {
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
