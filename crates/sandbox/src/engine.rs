//! The sandbox without a host: HTTP request in, HTTP response out.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, RwLock};

use bytes::Bytes;
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use subtle::ConstantTimeEq;
use swisscom_sign::contract::CONTRACT_VERSION;
use uuid::Uuid;

use crate::api::route::{self, Routed};
use crate::clock::{Clock, SystemClock};
use crate::directory::Directory;
use crate::documents::{Documents, Unsigned};
use crate::domain::process::uuid_of;
use crate::domain::{Command, Context, DomainError, Event, Happening, Name, Owner, Process, apply};
use crate::faults::{Action, Drop, Facts, Faults};
use crate::http::{Request, Response};
use crate::ids::{Ids, SeededIds};
use crate::journal::{Entry, Filter, Journal};
use crate::realm::keys::{Keyring, Keys};
use crate::realm::revocation::Revocations;
use crate::rulings::Rulings;
use crate::seed::Seed;
use crate::store::{Change, CommitError, MemoryStore, Snapshot, Store, StoreError, Stored};
use crate::timeline::{Mode, Target, Timeline};
use crate::{admin, api, pages, realm, seed};

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

/// Keys of [`Store::setting`].
pub mod settings {
    /// The directory.
    pub const DIRECTORY: &str = "directory";
    /// The clocks.
    pub const CLOCKS: &str = "clocks";
    /// How often the store was opened.
    pub const STARTS: &str = "starts";
}

/// Something that happened because a clock was turned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Fired {
    /// When it was due.
    #[serde(serialize_with = "crate::domain::view::serialize_time")]
    pub at: Timestamp,
    /// `reminder`, `expired` or `archived`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// The process.
    pub process_id: Uuid,
    /// Who was reminded.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub participants: Vec<Uuid>,
}

impl Fired {
    fn of(outcome: &Outcome) -> impl Iterator<Item = Self> {
        let process_id = outcome.process.id;
        outcome.events.iter().filter_map(move |event| {
            let (kind, participants) = match &event.what {
                Happening::Reminded(people) => ("reminder", people.clone()),
                Happening::Expired => ("expired", Vec::new()),
                Happening::Archived => ("archived", Vec::new()),
                _ => return None,
            };
            Some(Self { at: event.at, kind, process_id, participants })
        })
    }
}

/// What [`Engine::save`] keeps.
#[derive(Debug, Clone)]
pub struct Saved {
    /// The directory, secrets included.
    pub directory: serde_json::Value,
    /// The clocks.
    pub clocks: serde_json::Value,
    /// Processes and bytes.
    pub snapshot: Snapshot,
}

fn under(request: &Request, prefix: &str) -> bool {
    request.path.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// The answer of something in front of the platform, or of the platform in trouble.
fn faulty(engine: &Engine, request: &Request, status: u16, error: Option<&str>) -> Response {
    if status == 401 && request.path != realm::TOKEN_PATH {
        return Response::empty(401);
    }
    let error = error.unwrap_or("SandboxFault");
    if request.path == realm::TOKEN_PATH {
        return Response::json(status, &serde_json::json!({ "error": error }));
    }
    api::error::fault(engine, request, status, error)
}

fn refused_clock(why: String) -> Failure {
    Failure::Refused(DomainError::new(Name::ClockNotSet, why))
}

/// The sandbox.
#[derive(Debug)]
pub struct Engine {
    public_url: String,
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
}

impl Engine {
    /// An engine of these parts.
    pub fn new(parts: Parts) -> Self {
        let Parts {
            public_url,
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
        }
    }

    /// Answers a request, without faults.
    pub fn handle(&self, request: &Request) -> Response {
        // Without a fault there is an answer.
        self.handle_with(request, None).unwrap_or_else(|| Response::empty(500))
    }

    /// What goes wrong with a request, for the host to carry out: it waits, has the request
    /// answered by [`Engine::handle_with`], and loses or damages what comes back. Counts the
    /// request: to be asked once for each.
    ///
    /// # Errors
    /// The answer to a request whose own fault (`Sandbox-Fault`) cannot be read.
    pub fn fault(&self, request: &Request) -> Result<Option<Action>, Response> {
        let facts = self.facts(request);
        if facts.operation.is_none() {
            return Ok(None);
        }
        let own =
            request.header("sandbox-fault").map(Action::parse).transpose().map_err(|why| {
                let error = DomainError::new(Name::Validation, format!("Sandbox-Fault: {why}"));
                let refusal = api::error::Refusal::from(error);
                api::error::response(self, request, None, &refusal).header("sandbox", signature())
            })?;
        Ok(own.or_else(|| self.faults.decide(&facts)))
    }

    /// Answers a request that a fault may have struck; `None` when there is to be no answer.
    pub fn handle_with(&self, request: &Request, fault: Option<&Action>) -> Option<Response> {
        let answered = match fault {
            Some(fault) if !fault.has_effect() => None,
            _ => Some(self.answer(request)),
        };
        let response = match fault {
            Some(Action { status: Some(status), error, retry_after, .. }) => {
                let mut response = faulty(self, request, *status, error.as_deref());
                if let Some(seconds) = retry_after {
                    response = response.header("retry-after", seconds.to_string());
                }
                Some(response.header("sandbox", signature()))
            }
            _ => answered,
        };
        let lost = fault.and_then(|fault| fault.drop).is_some_and(|drop| {
            matches!(drop, Drop::Before | Drop::After | Drop::Reset | Drop::Garbage)
        });
        let response = response.filter(|_| !lost);
        self.note(request, response.as_ref(), fault);
        if response.as_ref().is_none_or(|response| response.get(admin::NOTHING_YET).is_none()) {
            self.wake();
        }
        response
    }

    fn answer(&self, request: &Request) -> Response {
        let response = if under(request, api::PREFIX) {
            api::handle(self, request)
        } else if under(request, "/realms") {
            realm::handle(self, request)
        } else if under(request, admin::PREFIX) {
            admin::handle(self, request)
        } else {
            pages::handle(self, request)
        };
        response.header("sandbox", signature())
    }

    /// A request, as far as faults and the journal look at it. Only operations and tokens have an
    /// `operation`.
    fn facts(&self, request: &Request) -> Facts {
        let mut facts = Facts::default();
        if request.path == realm::TOKEN_PATH {
            facts.operation = Some("token".to_owned());
        } else if let Routed::Found(route) = route::find(request) {
            facts.operation = Some(route.operation.to_string());
            facts.process_id = uuid_of(route.parameter("processId"));
        } else {
            return facts;
        }
        if let Some(client) = api::caller::named(self, request) {
            facts.client_id = Some(client.id.clone());
            facts.organization_id = client.owner.organization;
        }
        facts
    }

    fn note(&self, request: &Request, response: Option<&Response>, fault: Option<&Action>) {
        if under(request, admin::PREFIX) {
            return;
        }
        let Facts { operation, client_id, organization_id, process_id } = self.facts(request);
        #[derive(serde::Deserialize)]
        struct Named {
            name: Option<String>,
            error: Option<String>,
        }
        let failed = response.filter(|response| response.status >= 400);
        let error = failed
            .and_then(|response| serde_json::from_slice::<Named>(&response.body).ok())
            .and_then(|named| named.name.or(named.error));
        let warnings = response.and_then(|response| response.get(api::body::HEADER));
        let warnings = warnings.into_iter().flat_map(|list| list.split(", "));
        self.journal.write(Entry {
            sequence: 0,
            at: self.timeline.now(organization_id),
            method: request.method.clone(),
            path: request.path.clone(),
            operation,
            client_id,
            organization_id,
            process_id,
            status: response.map(|response| response.status),
            error,
            warnings: warnings.map(str::to_owned).collect(),
            fault: fault.cloned(),
        });
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

    /// Whether a request may use the control.
    pub(crate) fn may_control(&self, request: &Request) -> bool {
        let Some(token) = &self.admin_token else { return true };
        let given = request.header("authorization").and_then(|header| header.split_once(' '));
        given.is_some_and(|(scheme, given)| {
            scheme.eq_ignore_ascii_case("bearer")
                && given.trim().as_bytes().ct_eq(token.expose_secret().as_bytes()).into()
        })
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

    /// The process as it is now: what was due has happened.
    ///
    /// # Errors
    /// The store failed, or there is no such process.
    pub fn load(&self, id: Uuid) -> Result<Arc<Process>, Failure> {
        let stored = self.store.load(id)?.ok_or(Name::ProcessNotFound)?;
        let now = self.now_for(&stored.process.owner);
        if stored.process.next_due().is_none_or(|due| due > now) {
            return Ok(stored.process);
        }
        Ok(self.execute(id, |_| Ok(Command::Elapse.into()))?.process)
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
        for owner in self.directory.owners().iter().filter(|owner| wanted(owner)) {
            for id in self.store.due(owner, self.now_for(owner))? {
                match self.load(id) {
                    // Somebody reset the sandbox meanwhile.
                    Err(Failure::Refused(_)) | Ok(_) => {}
                    Err(other) => return Err(other),
                }
            }
        }
        Ok(())
    }

    /// Sets a clock: the server's, or that of an organization, which then has its own. What has
    /// become due happens before this returns.
    ///
    /// # Errors
    /// It would leave the years that a clock may show, or the store failed.
    pub fn set_clock(&self, organization: Option<Uuid>, mode: Mode) -> Result<Vec<Fired>, Failure> {
        self.alone(|| {
            self.timeline.set(organization, mode).map_err(refused_clock)?;
            self.fire(organization)
        })
    }

    /// Gives an organization back to the server's clock.
    ///
    /// # Errors
    /// The store failed.
    pub fn follow_server_clock(&self, organization: Uuid) -> Result<Vec<Fired>, Failure> {
        self.alone(|| {
            self.timeline.follow_server(organization);
            self.fire(Some(organization))
        })
    }

    /// Turns a clock forward. What has become due happens before this returns.
    ///
    /// # Errors
    /// Backward, beyond the years that a clock may show, or the store failed.
    pub fn advance(
        &self,
        organization: Option<Uuid>,
        target: Target,
    ) -> Result<Vec<Fired>, Failure> {
        self.alone(|| {
            let mode = self.timeline.turned(organization, target).map_err(refused_clock)?;
            self.timeline.set(organization, mode).map_err(refused_clock)?;
            self.fire(organization)
        })
    }

    /// Runs without a command being under way.
    fn alone<T>(&self, run: impl FnOnce() -> Result<T, Failure>) -> Result<T, Failure> {
        let gate = self.gate.write().unwrap_or_else(PoisonError::into_inner);
        let result = run();
        let stored = self.store_control();
        drop(gate);
        let result = result?;
        stored?;
        Ok(result)
    }

    /// Keeps what is beside the processes, so that a durable store brings it back.
    fn store_control(&self) -> Result<(), Failure> {
        let stored = [
            (settings::DIRECTORY, self.directory.export()),
            (settings::CLOCKS, self.timeline.export()),
        ];
        for (key, value) in stored {
            self.store.put_setting(key, &value.to_string())?;
        }
        Ok(())
    }

    /// Everything that is due on the clocks that follow this one, in the order of the moments;
    /// of one moment, in the order of the processes. Nothing else is under way.
    fn fire(&self, organization: Option<Uuid>) -> Result<Vec<Fired>, Failure> {
        let mut fired = Vec::new();
        for owner in self.directory.owners() {
            let follows = match organization {
                None => !owner.organization.is_some_and(|id| self.timeline.is_own(id)),
                own => owner.organization == own,
            };
            if !follows {
                continue;
            }
            for id in self.store.due(&owner, self.now_for(&owner))? {
                let Some(stored) = self.store.load(id)? else { continue };
                if let Ok(outcome) = self.decide_alone(Some(&stored), Command::Elapse.into())? {
                    fired.extend(Fired::of(&outcome));
                }
            }
        }
        fired.sort_by_key(|fired| fired.at);
        Ok(fired)
    }

    /// Adds to the directory, or changes it.
    ///
    /// # Errors
    /// What `change` answers, or the store failed.
    pub fn change_directory<T>(
        &self,
        change: impl FnOnce(&Directory) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        self.alone(|| change(&self.directory))
    }

    /// As at the start: no processes, the seeded directory, the first clock.
    ///
    /// # Errors
    /// The store failed.
    pub fn reset(&self) -> Result<(), Failure> {
        self.alone(|| {
            self.store.clear()?;
            self.directory.reset();
            self.timeline.reset();
            self.faults.clear(None);
            self.journal.clear(&Filter::default());
            self.revocations.clear();
            seed::plant(self, &self.seed)
        })
    }

    /// Goes on with the clocks of the store, unless another than the real one was asked for, and
    /// plants the seed in a store that is empty.
    ///
    /// # Errors
    /// The store failed, or the seed cannot be planted.
    pub fn begin(&self) -> Result<(), Failure> {
        self.alone(|| {
            let clocks = self.store.setting(settings::CLOCKS)?;
            if let (Some(clocks), Mode::Real) = (clocks, self.timeline.mode(None)) {
                let clocks = serde_json::from_str(&clocks).map_err(|error| error.to_string());
                clocks.and_then(|c| self.timeline.import(c)).map_err(Failure::Internal)?;
            }
            let empty = self.store.all()?.is_empty();
            if empty { seed::plant(self, &self.seed) } else { Ok(()) }
        })
    }

    /// Plants a seed beside what there is.
    ///
    /// # Errors
    /// The store failed, or the seed cannot be planted.
    pub fn plant(&self, seed: &Seed) -> Result<(), Failure> {
        self.alone(|| seed::plant(self, seed))
    }

    /// One command at a time of the caller's choosing, while nothing else is under way.
    pub(crate) fn command_at(
        &self,
        id: Option<Uuid>,
        prepared: Prepared,
        now: Timestamp,
    ) -> Result<Outcome, Failure> {
        let stored = id.map(|id| self.store.load(id)).transpose()?.flatten();
        self.decide_at(stored.as_ref(), prepared, now)?
            .map_err(|()| Failure::Internal("a command came between".into()))
    }

    /// Forgets what one organization did. It stays, with its clients.
    ///
    /// # Errors
    /// The store failed.
    pub fn reset_organization(&self, organization: Uuid) -> Result<(), Failure> {
        self.alone(|| {
            for owner in self.directory.owners() {
                if owner.organization == Some(organization) {
                    self.store.clear_owner(&owner)?;
                }
            }
            self.timeline.follow_server(organization);
            self.faults.clear(Some(organization));
            let its = Filter { organization_id: Some(organization), ..Filter::default() };
            self.journal.clear(&its);
            Ok(())
        })
    }

    /// Everything that can be brought back.
    ///
    /// # Errors
    /// The store failed.
    pub fn save(&self) -> Result<Saved, Failure> {
        self.alone(|| {
            Ok(Saved {
                directory: self.directory.export(),
                clocks: self.timeline.export(),
                snapshot: Snapshot::of(self.store())?,
            })
        })
    }

    /// Brings back what was saved, here or elsewhere.
    ///
    /// # Errors
    /// It cannot be read, or the store failed. Nothing has changed then.
    pub fn bring_back(&self, saved: &Saved) -> Result<(), Failure> {
        self.alone(|| self.restore(saved))
    }

    /// The same, while nothing else is under way.
    pub(crate) fn restore(&self, saved: &Saved) -> Result<(), Failure> {
        let unreadable = |why: String| Failure::Refused(DomainError::new(Name::Validation, why));
        let before = (self.directory.export(), self.timeline.export());
        let changed = self
            .directory
            .import(saved.directory.clone())
            .and_then(|()| self.timeline.import(saved.clocks.clone()))
            .map_err(unreadable)
            .and_then(|()| Ok(self.store.replace(&saved.snapshot)?));
        if changed.is_err() {
            // What was exported can be imported.
            let _directory = self.directory.import(before.0);
            let _clocks = self.timeline.import(before.1);
        }
        changed
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
            let now = self.now_for(&stored.process.owner);
            let due = stored.process.next_due().is_some_and(|due| due <= now);
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
        let _gate = self.gate.read().unwrap_or_else(PoisonError::into_inner);
        self.decide_alone(stored, prepared)
    }

    /// The same for whoever holds the gate.
    fn decide_alone(
        &self,
        stored: Option<&Stored>,
        prepared: Prepared,
    ) -> Result<Result<Outcome, ()>, Failure> {
        let owner = match (&prepared.command, stored) {
            (Command::Create(create), _) => Some(create.owner),
            (_, stored) => stored.map(|stored| stored.process.owner),
        };
        let now = self.timeline.now(owner.and_then(|owner| owner.organization));
        self.decide_at(stored, prepared, now)
    }

    fn decide_at(
        &self,
        stored: Option<&Stored>,
        prepared: Prepared,
        now: Timestamp,
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
        let change = Change {
            on: stored.map(|stored| stored.version),
            process: process.clone(),
            put: named(&events, bytes),
            delete: if archived { process.blobs().collect() } else { Vec::new() },
        };
        match self.store.commit(change) {
            Ok(()) => Ok(Ok(Outcome { process: Arc::new(process), events })),
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
