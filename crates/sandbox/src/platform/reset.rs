//! Start, reset and seed.

use std::collections::HashSet;

use uuid::Uuid;

use super::{CommandError, Platform, PostCommitEffects, setting_keys};
use crate::clocks::ClockMode;
use crate::domain::ProcessOwner;
use crate::outbox::OutboxQuery;
use crate::store::RestoredOutbox;

/// Organization cleared by a reset.
#[derive(Debug)]
pub struct ClearedOrganization {
    /// Clients of the organization.
    pub clients: HashSet<String>,
    /// Removed processes.
    pub processes: HashSet<Uuid>,
}

impl Platform {
    /// Resets everything to the state at the start; `seed` adds the initial processes.
    ///
    /// # Errors
    /// The store or the seed failed; nothing has changed.
    pub(crate) fn reset(
        &self,
        seed: impl FnOnce(&mut PostCommitEffects) -> Result<(), CommandError>,
    ) -> Result<(), CommandError> {
        self.in_exclusive_transaction(|effects| {
            self.store.clear()?;
            self.directory.reset();
            self.clocks.reset();
            effects.after_commit(|platform| {
                platform.outbox.delete(&OutboxQuery::default());
                platform.sessions.clear();
                platform.revocations.clear();
            });
            seed(effects)
        })
    }

    /// Loads clocks, outbox and sessions from the store, unless another clock than the real one is
    /// configured; seeds an empty store.
    ///
    /// # Errors
    /// The store or the seed failed; the store has not changed.
    pub(crate) fn load_or_seed(
        &self,
        seed: impl FnOnce(&mut PostCommitEffects) -> Result<(), CommandError>,
    ) -> Result<(), CommandError> {
        self.in_exclusive_transaction(|effects| {
            let clocks = self.store.setting(setting_keys::CLOCKS)?;
            if let (Some(clocks), ClockMode::Real) = (clocks, self.clocks.mode(None)) {
                let clocks = serde_json::from_str(&clocks).map_err(|error| error.to_string());
                clocks.and_then(|c| self.clocks.import(c)).map_err(CommandError::Internal)?;
            }
            let RestoredOutbox { messages, written } = self.store.messages()?;
            self.outbox.resume(messages, written);
            self.sessions.resume(self.store.sessions()?);
            let is_first = self.store.setting(setting_keys::DIRECTORY)?.is_none();
            if is_first { seed(effects) } else { Ok(()) }
        })
    }

    /// Adds a seed to the present processes.
    ///
    /// # Errors
    /// The store or the seed failed; nothing has changed.
    pub(crate) fn seed(
        &self,
        seed: impl FnOnce(&mut PostCommitEffects) -> Result<(), CommandError>,
    ) -> Result<(), CommandError> {
        self.in_exclusive_transaction(seed)
    }

    /// Removes the processes of one organization; its clients, teams and accounts stay.
    ///
    /// # Errors
    /// The store failed; nothing has changed.
    pub(crate) fn reset_organization(
        &self,
        organization: Uuid,
    ) -> Result<ClearedOrganization, CommandError> {
        self.in_exclusive_transaction(|effects| {
            let mut processes = HashSet::new();
            let is_own = |owner: &ProcessOwner| owner.organization == Some(organization);
            for owner in self.directory.owners().iter().filter(|owner| is_own(owner)) {
                processes.extend(self.store.clear_owner(owner)?);
            }
            self.clocks.remove_own_clock(organization);
            let clients = self.directory.clients().into_iter();
            let clients: HashSet<String> =
                clients.filter(|c| is_own(&c.owner)).map(|client| client.id.clone()).collect();
            let (gone, of) = (processes.clone(), clients.clone());
            effects.after_commit(move |platform| {
                platform.revocations.clear_clients(&of);
                platform.sessions.remove_processes(&gone);
                let all =
                    OutboxQuery { organization_id: Some(organization), ..OutboxQuery::default() };
                platform.outbox.delete(&all);
            });
            Ok(ClearedOrganization { clients, processes })
        })
    }
}
