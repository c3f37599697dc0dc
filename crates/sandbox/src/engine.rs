//! The sandbox without a host: HTTP request in, HTTP response out.

use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use jiff::Timestamp;
use swisscom_sign::contract::CONTRACT_VERSION;
use uuid::Uuid;

use crate::clock::{Clock, SystemClock};
use crate::directory::Directory;
use crate::documents::{Documents, Unsigned};
use crate::domain::{Command, Context, DomainError, Event, Happening, Name, Process, apply};
use crate::http::{Request, Response};
use crate::ids::{Ids, SeededIds};
use crate::outbox::{Outbox, write};
use crate::pages::session::Sessions;
use crate::realm::keys::Keyring;
use crate::rulings::Rulings;
use crate::store::{Change, CommitError, MemoryStore, Store, StoreError, Stored};
use crate::{admin, api, pages, realm};

/// What an engine is made of.
#[derive(Debug)]
pub struct Parts {
    /// Scheme, host and port under which clients reach it, without a slash at the end.
    pub public_url: String,
    /// Who there is.
    pub directory: Directory,
    /// Keys of tokens.
    pub keys: Keyring,
    /// Identifiers.
    pub ids: SeededIds,
    /// Switches.
    pub rulings: Rulings,
    /// Processes and files.
    pub store: Box<dyn Store>,
    /// The time of the platform.
    pub clock: Arc<dyn Clock>,
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
            directory,
            keys,
            ids,
            rulings: Rulings::default(),
            store: Box::new(MemoryStore::default()),
            clock: Arc::new(SystemClock),
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
    /// Bytes by file: of a new file under `None`, of a new version under the file's identifier.
    pub bytes: Vec<(Option<Uuid>, Bytes)>,
}

impl From<Command> for Prepared {
    fn from(command: Command) -> Self {
        Self { command, bytes: Vec::new() }
    }
}

/// The sandbox.
#[derive(Debug)]
pub struct Engine {
    public_url: String,
    directory: Directory,
    keys: Keyring,
    ids: Mutex<SeededIds>,
    rulings: Rulings,
    store: Box<dyn Store>,
    clock: Arc<dyn Clock>,
    real_clock: Arc<dyn Clock>,
    documents: Box<dyn Documents>,
    outbox: Outbox,
    sessions: Sessions,
}

impl Engine {
    /// An engine of these parts.
    pub fn new(parts: Parts) -> Self {
        let Parts {
            public_url,
            directory,
            keys,
            ids,
            rulings,
            store,
            clock,
            real_clock,
            documents,
        } = parts;
        let ids = Mutex::new(ids);
        let (outbox, sessions) = (Outbox::default(), Sessions::default());
        Self {
            public_url,
            directory,
            keys,
            ids,
            rulings,
            store,
            clock,
            real_clock,
            documents,
            outbox,
            sessions,
        }
    }

    /// Answers a request.
    pub fn handle(&self, request: &Request) -> Response {
        let under = |prefix: &str| {
            request.path.strip_prefix(prefix).is_some_and(|r| r.is_empty() || r.starts_with('/'))
        };
        let response = if under(api::PREFIX) {
            api::handle(self, request)
        } else if under("/realms") {
            realm::handle(self, request)
        } else if under(admin::PREFIX) {
            admin::handle(self, request)
        } else {
            pages::handle(self, request)
        };
        response.header("sandbox", signature())
    }

    /// Scheme, host and port under which clients reach it.
    pub fn public_url(&self) -> &str {
        &self.public_url
    }

    /// Who there is.
    pub fn directory(&self) -> &Directory {
        &self.directory
    }

    /// Keys of tokens.
    pub fn keys(&self) -> &Keyring {
        &self.keys
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

    /// Visitors of the pages.
    pub fn sessions(&self) -> &Sessions {
        &self.sessions
    }

    /// The time of the platform.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The time of tokens.
    pub fn real_time(&self) -> Timestamp {
        self.real_clock.now()
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
        let stored = self.store.load(id)?.ok_or(Name::ProcessNotFound)?;
        if stored.process.next_due().is_none_or(|due| due > self.now()) {
            return Ok(stored.process);
        }
        Ok(self.execute(id, |_| Ok(Command::Elapse.into()))?.process)
    }

    /// Lets everything happen that was due, so that lists and filters are right.
    ///
    /// # Errors
    /// The store failed.
    pub fn catch_up(&self) -> Result<(), Failure> {
        for id in self.store.due(self.now())? {
            self.load(id)?;
        }
        Ok(())
    }

    /// Creates a process.
    ///
    /// # Errors
    /// The platform refuses, or the store failed.
    pub fn create(&self, create: crate::domain::Create) -> Result<Outcome, Failure> {
        self.decide(None, Command::Create(create).into())?
            .map_err(|_| Failure::Internal("a new identifier was in use".into()))
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
        loop {
            let stored = self.store.load(id)?.ok_or(Name::ProcessNotFound)?;
            let due = stored.process.next_due().is_some_and(|due| due <= self.now());
            if due && self.decide(Some(&stored), Command::Elapse.into())?.is_err() {
                continue;
            }
            let stored =
                if due { self.store.load(id)?.ok_or(Name::ProcessNotFound)? } else { stored };
            let prepared = prepare(&stored.process)?;
            if let Ok(outcome) = self.decide(Some(&stored), prepared)? {
                return Ok(outcome);
            }
        }
    }

    /// One try; the inner error means that somebody else was faster.
    fn decide(
        &self,
        stored: Option<&Stored>,
        prepared: Prepared,
    ) -> Result<Result<Outcome, ()>, Failure> {
        let Prepared { command, bytes } = prepared;
        let before = stored.map(|stored| stored.process.as_ref());
        let events = {
            let mut ids = self.ids.lock().unwrap_or_else(PoisonError::into_inner);
            let mut context = Context { now: self.now(), ids: &mut *ids, rulings: &self.rulings };
            apply(before, &command, &mut context)?
        };
        if let (Some(stored), true) = (stored, events.is_empty()) {
            return Ok(Ok(Outcome { process: Arc::clone(&stored.process), events }));
        }
        let process = Process::replay(before.cloned(), &events, self.rulings.archive_after)
            .ok_or_else(|| Failure::Internal("events without a process".into()))?;
        let archived = events.iter().any(|event| event.what == Happening::Archived);
        let change = Change {
            on: stored.map(|stored| stored.version),
            process: process.clone(),
            put: named(&events, bytes),
            delete: if archived { process.blobs().collect() } else { Vec::new() },
        };
        match self.store.commit(change) {
            Ok(()) => {
                let link = |person| pages::person_url(self, &process, person);
                let sender = write::Sender { link: &link, id: &|| self.new_uuid() };
                self.outbox.add(write::mails(&process, &events, &sender));
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
