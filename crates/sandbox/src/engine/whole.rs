//! What concerns all processes at once: clocks, reset, seed, saved states. No command is under way
//! meanwhile, and all of it is one commit: whatever fails or is killed leaves everything as it was.

use std::collections::HashSet;
use std::fmt;
use std::sync::PoisonError;

use jiff::Timestamp;
use serde::Serialize;
use uuid::Uuid;

use super::{CommandError, CommandOutcome, Platform, PreparedCommand, settings};
use crate::directory::Directory;
use crate::domain::{DomainError, ErrorName, EventKind, ProcessCommand, ProcessOwner};
use crate::journal::JournalFilter;
use crate::outbox::{OutboxMessage, OutboxQuery};
use crate::seed::{self, InitialData};
use crate::store::{RestoredOutbox, StoreError, StoreSnapshot};
use crate::timeline::{ClockMode, ClockTarget};

/// Something that happened because a clock was turned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FiredEvent {
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

impl FiredEvent {
    fn of(outcome: &CommandOutcome) -> impl Iterator<Item = Self> {
        let process_id = outcome.process.id;
        outcome.events.iter().filter_map(move |event| {
            let (kind, participants) = match &event.what {
                EventKind::Reminded(people) => ("reminder", people.clone()),
                EventKind::Expired => ("expired", Vec::new()),
                EventKind::Archived => ("archived", Vec::new()),
                _ => return None,
            };
            Some(Self { at: event.at, kind, process_id, participants })
        })
    }
}

/// What [`Engine::save`] keeps.
#[derive(Clone)]
pub struct PlatformSnapshot {
    /// The directory, secrets included.
    pub directory: serde_json::Value,
    /// The clocks.
    pub clocks: serde_json::Value,
    /// Processes, bytes and messages.
    pub snapshot: StoreSnapshot,
}

// Secrets of clients are in it, and what people wrote.
impl fmt::Debug for PlatformSnapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let processes = self.snapshot.processes.len();
        f.debug_struct("Saved").field("processes", &processes).finish_non_exhaustive()
    }
}

type PostCommitEffect = Box<dyn FnOnce(&Platform)>;

/// What follows in memory once everything is kept.
#[derive(Default)]
pub(crate) struct PostCommitEffects {
    /// Mails of all processes, which go out in the order of their times.
    mails: Vec<OutboxMessage>,
    then: Vec<PostCommitEffect>,
}

impl PostCommitEffects {
    fn then(&mut self, effect: impl FnOnce(&Platform) + 'static) {
        self.then.push(Box::new(effect));
    }
}

fn refused_clock(why: String) -> CommandError {
    CommandError::Refused(DomainError::new(ErrorName::ClockNotSet, why))
}

fn unreadable(why: String) -> CommandError {
    CommandError::Refused(DomainError::new(ErrorName::Validation, why))
}

impl Platform {
    /// Sets a clock: the server's, or that of an organization, which then has its own. What has
    /// become due happens before this returns.
    ///
    /// # Errors
    /// It would leave the years that a clock may show, or the store failed.
    pub fn set_clock(
        &self,
        organization: Option<Uuid>,
        mode: ClockMode,
    ) -> Result<Vec<FiredEvent>, CommandError> {
        self.alone(|effects| {
            self.timeline.set(organization, mode).map_err(refused_clock)?;
            self.fire(organization, effects)
        })
    }

    /// Gives an organization back to the server's clock.
    ///
    /// # Errors
    /// The store failed.
    pub fn follow_server_clock(&self, organization: Uuid) -> Result<Vec<FiredEvent>, CommandError> {
        self.alone(|effects| {
            self.timeline.follow_server(organization);
            self.fire(Some(organization), effects)
        })
    }

    /// Turns a clock forward. What has become due happens before this returns.
    ///
    /// # Errors
    /// Backward, beyond the years that a clock may show, or the store failed.
    pub fn advance(
        &self,
        organization: Option<Uuid>,
        target: ClockTarget,
    ) -> Result<Vec<FiredEvent>, CommandError> {
        self.alone(|effects| {
            let mode = self.timeline.turned(organization, target).map_err(refused_clock)?;
            self.timeline.set(organization, mode).map_err(refused_clock)?;
            self.fire(organization, effects)
        })
    }

    /// Runs without a command being under way, as one commit: where it fails, nothing has changed.
    fn alone<T>(
        &self,
        run: impl FnOnce(&mut PostCommitEffects) -> Result<T, CommandError>,
    ) -> Result<T, CommandError> {
        let _gate = self.gate.write().unwrap_or_else(PoisonError::into_inner);
        let before = (self.directory.export(), self.timeline.export());
        let mut effects = PostCommitEffects::default();
        self.store.begin()?;
        let kept = run(&mut effects).and_then(|result| {
            effects.mails.sort_by_key(|mail| mail.at);
            self.store.put_messages(&effects.mails)?;
            self.store_control()?;
            self.store.end()?;
            Ok(result)
        });
        let PostCommitEffects { mails, then } = effects;
        if kept.is_err() {
            self.store.roll_back();
            // What was exported can be imported.
            let _directory = self.directory.import(before.0);
            let _clocks = self.timeline.import(before.1);
            return kept;
        }
        for effect in then {
            effect(self);
        }
        if !mails.is_empty() {
            self.outbox.add(mails);
            // Also for whoever uses the engine without its host.
            self.wake();
        }
        kept
    }

    /// Keeps what is beside the processes, so that a durable store brings it back.
    fn store_control(&self) -> Result<(), StoreError> {
        let stored = [
            (settings::DIRECTORY, self.directory.export()),
            (settings::CLOCKS, self.timeline.export()),
        ];
        for (key, value) in stored {
            self.store.put_setting(key, &value.to_string())?;
        }
        Ok(())
    }

    /// Everything that is due on the clocks that follow this one.
    fn fire(
        &self,
        organization: Option<Uuid>,
        effects: &mut PostCommitEffects,
    ) -> Result<Vec<FiredEvent>, CommandError> {
        let follows = |owner: &ProcessOwner| match organization {
            None => !owner.organization.is_some_and(|id| self.timeline.is_own(id)),
            own => owner.organization == own,
        };
        let owners = self.directory.owners().into_iter().filter(follows);
        self.elapse(owners, effects)
    }

    /// Everything that is due to these owners, in the order of the moments; of one moment, in the
    /// order of the processes. Nothing else is under way.
    fn elapse(
        &self,
        owners: impl IntoIterator<Item = ProcessOwner>,
        effects: &mut PostCommitEffects,
    ) -> Result<Vec<FiredEvent>, CommandError> {
        let mut fired = Vec::new();
        for owner in owners {
            let now = self.now_for(&owner);
            for id in self.store.due(&owner, now)? {
                let outcome =
                    self.command_at(Some(id), ProcessCommand::Elapse.into(), now, effects)?;
                fired.extend(FiredEvent::of(&outcome));
            }
        }
        fired.sort_by_key(|fired| fired.at);
        Ok(fired)
    }

    /// Lets happen what is due to these owners, if anything is.
    pub(super) fn catch_up_with(&self, owners: &[ProcessOwner]) -> Result<(), CommandError> {
        let mut due = false;
        for owner in owners {
            due |= !self.store.due(owner, self.now_for(owner))?.is_empty();
        }
        if due {
            self.alone(|effects| self.elapse(owners.iter().copied(), effects))?;
        }
        Ok(())
    }

    /// Adds to the directory, or changes it.
    ///
    /// # Errors
    /// What `change` answers, or the store failed. Nothing has changed then.
    pub fn change_directory<T>(
        &self,
        change: impl FnOnce(&Directory) -> Result<T, CommandError>,
    ) -> Result<T, CommandError> {
        self.alone(|_| change(&self.directory))
    }

    /// As at the start: no processes, the seeded directory, the first clock.
    ///
    /// # Errors
    /// The store failed. Nothing has changed then.
    pub fn reset(&self) -> Result<(), CommandError> {
        self.alone(|effects| {
            self.store.clear()?;
            self.directory.reset();
            self.timeline.reset();
            effects.then(|engine| {
                engine.faults.reset();
                engine.journal.clear(&JournalFilter::default());
                engine.outbox.delete(&OutboxQuery::default());
                engine.sessions.clear();
                engine.revocations.clear();
            });
            seed::plant(self, &self.seed, effects)
        })
    }

    /// Goes on with the clocks of the store, unless another than the real one was asked for. A store
    /// that nobody has begun with yet is planted with the seed.
    ///
    /// # Errors
    /// The store failed, or the seed cannot be planted. The store is as it was then.
    pub fn begin(&self) -> Result<(), CommandError> {
        self.alone(|effects| {
            let clocks = self.store.setting(settings::CLOCKS)?;
            if let (Some(clocks), ClockMode::Real) = (clocks, self.timeline.mode(None)) {
                let clocks = serde_json::from_str(&clocks).map_err(|error| error.to_string());
                clocks.and_then(|c| self.timeline.import(c)).map_err(CommandError::Internal)?;
            }
            let RestoredOutbox { messages, written } = self.store.messages()?;
            self.outbox.resume(messages, written);
            self.sessions.resume(self.store.sessions()?);
            let is_first = self.store.setting(settings::DIRECTORY)?.is_none();
            if is_first { seed::plant(self, &self.seed, effects) } else { Ok(()) }
        })
    }

    /// Plants a seed beside what there is.
    ///
    /// # Errors
    /// The store failed, or the seed cannot be planted. Nothing has changed then.
    pub fn plant(&self, seed: &InitialData) -> Result<(), CommandError> {
        self.alone(|effects| seed::plant(self, seed, effects))
    }

    /// One command at a time of the caller's choosing, while nothing else is under way.
    pub(crate) fn command_at(
        &self,
        id: Option<Uuid>,
        prepared: PreparedCommand,
        now: Timestamp,
        effects: &mut PostCommitEffects,
    ) -> Result<CommandOutcome, CommandError> {
        let stored = id.map(|id| self.store.load(id)).transpose()?.flatten();
        self.decide_at(stored.as_ref(), prepared, now, Some(&mut effects.mails))?.map_err(|()| {
            CommandError::Internal(
                "a concurrent command changed the process; please report this".into(),
            )
        })
    }

    /// Forgets what one organization did. It stays, with its clients, teams and accounts.
    ///
    /// # Errors
    /// The store failed. Nothing has changed then.
    pub fn reset_organization(&self, organization: Uuid) -> Result<(), CommandError> {
        self.alone(|effects| {
            let mut gone = HashSet::new();
            let its = |owner: &ProcessOwner| owner.organization == Some(organization);
            for owner in self.directory.owners().iter().filter(|owner| its(owner)) {
                gone.extend(self.store.clear_owner(owner)?);
            }
            self.timeline.follow_server(organization);
            let clients = self.directory.clients().into_iter();
            let clients: HashSet<String> =
                clients.filter(|c| its(&c.owner)).map(|client| client.id.clone()).collect();
            effects.then(move |engine| {
                engine.faults.clear_of(organization, &clients, &gone);
                engine.revocations.clear_of(&clients);
                engine.sessions.leave(&gone);
                let all = JournalFilter {
                    organization_id: Some(organization),
                    ..JournalFilter::default()
                };
                engine.journal.clear(&all);
                let all =
                    OutboxQuery { organization: Some(organization), ..OutboxQuery::default() };
                engine.outbox.delete(&all);
            });
            Ok(())
        })
    }

    /// Everything that can be brought back.
    ///
    /// # Errors
    /// The store failed.
    pub fn save(&self) -> Result<PlatformSnapshot, CommandError> {
        self.alone(|_| {
            Ok(PlatformSnapshot {
                directory: self.directory.export(),
                clocks: self.timeline.export(),
                snapshot: StoreSnapshot {
                    messages: self.outbox.all(),
                    ..StoreSnapshot::of(self.store())?
                },
            })
        })
    }

    /// Brings back what was saved, here or elsewhere.
    ///
    /// # Errors
    /// It cannot be read, or the store failed. Nothing has changed then.
    pub fn bring_back(&self, saved: &PlatformSnapshot) -> Result<(), CommandError> {
        self.alone(|effects| self.restore(saved, effects))
    }

    /// The same, while nothing else is under way.
    pub(crate) fn restore(
        &self,
        saved: &PlatformSnapshot,
        effects: &mut PostCommitEffects,
    ) -> Result<(), CommandError> {
        self.directory.import(saved.directory.clone()).map_err(unreadable)?;
        self.timeline.import(saved.clocks.clone()).map_err(unreadable)?;
        let owners = self.directory.owners();
        let stray = saved.snapshot.processes.iter().find(|p| !owners.contains(&p.owner));
        if let Some(process) = stray {
            return Err(unreadable(format!(
                "$: invalid export: process {} has an unknown owner",
                process.id
            )));
        }
        self.store.replace(&saved.snapshot)?;
        let messages = saved.snapshot.messages.clone();
        effects.then(|engine| {
            engine.outbox.delete(&OutboxQuery::default());
            engine.outbox.add(messages);
            // They speak of processes that are no more, and are not part of what is saved.
            engine.sessions.clear();
        });
        Ok(())
    }
}
