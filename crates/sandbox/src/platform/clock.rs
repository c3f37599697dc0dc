//! Setting clocks, and the events that become due by it.

use jiff::Timestamp;
use serde::Serialize;
use swisscom_sign::contract::declare::{api_object, closed_enum};
use uuid::Uuid;

use super::{CommandError, CommandOutcome, Platform, PostCommitEffects};
use crate::calendar::serialize_timestamp;
use crate::clocks::{ClockMode, ClockTarget};
use crate::domain::{DomainError, ErrorName, EventKind, ProcessCommand, ProcessOwner};
use crate::links::Links;

closed_enum! {
    /// Type of a scheduled event.
    FiredEventType {
        /// Reminders were sent.
        Reminder = "reminder",
        /// The process expired.
        Expired = "expired",
        /// The files of the process were deleted.
        Archived = "archived",
    }
}

api_object! {
    /// Event that became due because a clock was set.
    FiredEvent: Debug, Clone, PartialEq, Eq, Serialize {
        /// Due time.
        must at "at" as Timestamp: [text DateTime] #[serde(serialize_with = "serialize_timestamp")];
        /// Type.
        must kind "type": [enumeration FiredEventType];
        /// Process.
        must process_id "processId" as Uuid: [text Uuid];
        /// Participants who were reminded.
        may participants "participants" as Vec<Uuid>: [list of text Uuid];
    }
}

impl FiredEvent {
    fn of(outcome: &CommandOutcome) -> impl Iterator<Item = Self> {
        let process_id = outcome.process.id;
        outcome.events.iter().filter_map(move |event| {
            let (kind, participants) = match &event.what {
                EventKind::Reminded(people) => (FiredEventType::Reminder, Some(people.clone())),
                EventKind::Expired => (FiredEventType::Expired, None),
                EventKind::Archived => (FiredEventType::Archived, None),
                _ => return None,
            };
            Some(Self { at: event.at, kind, process_id, participants })
        })
    }
}

fn clock_error(why: String) -> CommandError {
    CommandError::Refused(DomainError::new(ErrorName::ClockNotSet, why))
}

impl Platform {
    /// Sets the server's clock, or gives an organization its own, and runs the events that became
    /// due.
    ///
    /// # Errors
    /// The time is out of the supported range, or the store failed.
    pub fn set_clock(
        &self,
        links: &Links,
        organization: Option<Uuid>,
        mode: ClockMode,
    ) -> Result<Vec<FiredEvent>, CommandError> {
        self.in_exclusive_transaction(|effects| {
            self.clocks.set(organization, mode).map_err(clock_error)?;
            self.run_events_on_clock(links, organization, effects)
        })
    }

    /// Removes the organization's own clock, and runs the events that became due.
    ///
    /// # Errors
    /// The store failed.
    pub fn remove_own_clock(
        &self,
        links: &Links,
        organization: Uuid,
    ) -> Result<Vec<FiredEvent>, CommandError> {
        self.in_exclusive_transaction(|effects| {
            self.clocks.remove_own_clock(organization);
            self.run_events_on_clock(links, Some(organization), effects)
        })
    }

    /// Advances a clock, and runs the events that became due.
    ///
    /// # Errors
    /// The target is in the past or out of the supported range, or the store failed.
    pub fn advance(
        &self,
        links: &Links,
        organization: Option<Uuid>,
        target: ClockTarget,
    ) -> Result<Vec<FiredEvent>, CommandError> {
        self.in_exclusive_transaction(|effects| {
            let mode = self.clocks.resolve_target(organization, target).map_err(clock_error)?;
            self.clocks.set(organization, mode).map_err(clock_error)?;
            self.run_events_on_clock(links, organization, effects)
        })
    }

    /// Runs all due events, so that lists and filters are right.
    ///
    /// # Errors
    /// The store failed.
    pub fn run_due_events(&self, links: &Links) -> Result<(), CommandError> {
        let owners: Vec<ProcessOwner> = self.directory.owners().into_iter().collect();
        self.run_due_events_of(links, &owners)
    }

    /// Runs the due events of all processes that this caller can access.
    ///
    /// # Errors
    /// The store failed.
    pub fn run_due_events_for_caller(
        &self,
        links: &Links,
        caller: &ProcessOwner,
    ) -> Result<(), CommandError> {
        let owners = self.directory.owners().into_iter();
        let owners: Vec<ProcessOwner> = owners.filter(|owner| caller.can_access(owner)).collect();
        self.run_due_events_of(links, &owners)
    }

    pub(super) fn run_due_events_of(
        &self,
        links: &Links,
        owners: &[ProcessOwner],
    ) -> Result<(), CommandError> {
        let mut due = false;
        for owner in owners {
            due |= !self.store.due(owner, self.now_of(owner))?.is_empty();
        }
        if due {
            self.in_exclusive_transaction(|effects| {
                self.run_events(links, owners.iter().copied(), effects)
            })?;
        }
        Ok(())
    }

    /// Runs the due events of all owners that follow this clock.
    fn run_events_on_clock(
        &self,
        links: &Links,
        organization: Option<Uuid>,
        effects: &mut PostCommitEffects,
    ) -> Result<Vec<FiredEvent>, CommandError> {
        let follows = |owner: &ProcessOwner| match organization {
            None => !owner.organization.is_some_and(|id| self.clocks.has_own_clock(id)),
            own => owner.organization == own,
        };
        let owners = self.directory.owners().into_iter().filter(follows);
        self.run_events(links, owners, effects)
    }

    /// Runs all due events of these owners; sorted by time, then by process.
    fn run_events(
        &self,
        links: &Links,
        owners: impl IntoIterator<Item = ProcessOwner>,
        effects: &mut PostCommitEffects,
    ) -> Result<Vec<FiredEvent>, CommandError> {
        let mut fired = Vec::new();
        for owner in owners {
            let now = self.now_of(&owner);
            for id in self.store.due(&owner, now)? {
                let elapse = ProcessCommand::Elapse.into();
                let outcome = self.execute_exclusively(links, Some(id), elapse, now, effects)?;
                fired.extend(FiredEvent::of(&outcome));
            }
        }
        fired.sort_by_key(|fired| fired.at);
        Ok(fired)
    }
}
