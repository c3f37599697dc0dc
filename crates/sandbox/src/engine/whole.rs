//! What concerns all processes at once, and therefore rests while no command is under way: clocks,
//! reset, seed, saved states.

use std::sync::PoisonError;

use jiff::Timestamp;
use serde::Serialize;
use uuid::Uuid;

use super::{Engine, Failure, Outcome, Prepared, settings};
use crate::directory::Directory;
use crate::domain::{Command, DomainError, Happening, Name};
use crate::journal::Filter;
use crate::outbox::Query;
use crate::seed::{self, Seed};
use crate::store::{Kept, Snapshot};
use crate::timeline::{Mode, Target};

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
    /// Processes, bytes and messages.
    pub snapshot: Snapshot,
}

fn refused_clock(why: String) -> Failure {
    Failure::Refused(DomainError::new(Name::ClockNotSet, why))
}

impl Engine {
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
            self.outbox.delete(&Query::default());
            self.sessions.clear();
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
            let Kept { messages, written } = self.store.messages()?;
            self.outbox.resume(messages, written);
            self.sessions.resume(self.store.sessions()?);
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
            self.outbox.delete(&Query { organization: Some(organization), ..Query::default() });
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
                snapshot: Snapshot { messages: self.outbox.all(), ..Snapshot::of(self.store())? },
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
        } else {
            self.outbox.delete(&Query::default());
            self.outbox.add(saved.snapshot.messages.iter().cloned());
            // They speak of processes that are no more, and are not part of what is saved.
            self.sessions.clear();
        }
        changed
    }
}
