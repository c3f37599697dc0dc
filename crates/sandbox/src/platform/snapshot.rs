//! Snapshots of everything: processes, content, messages, directory and clocks.

use std::fmt;

use super::{CommandError, Platform, PostCommitEffects};
use crate::domain::{DomainError, ErrorName};
use crate::outbox::OutboxQuery;
use crate::store::StoreSnapshot;

/// State that [`Platform::restore`] restores.
#[derive(Clone)]
pub struct PlatformSnapshot {
    /// Directory, including secrets.
    pub directory: serde_json::Value,
    /// Clocks.
    pub clocks: serde_json::Value,
    /// Processes, content and messages.
    pub snapshot: StoreSnapshot,
}

// Contains secrets of clients and personal data.
impl fmt::Debug for PlatformSnapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let processes = self.snapshot.processes.len();
        f.debug_struct("PlatformSnapshot").field("processes", &processes).finish_non_exhaustive()
    }
}

fn invalid_snapshot(why: String) -> CommandError {
    CommandError::Refused(DomainError::new(ErrorName::Validation, why))
}

impl Platform {
    /// Takes a snapshot.
    ///
    /// # Errors
    /// The store failed.
    pub fn snapshot(&self) -> Result<PlatformSnapshot, CommandError> {
        self.in_exclusive_transaction(|_| {
            Ok(PlatformSnapshot {
                directory: self.directory.export(),
                clocks: self.clocks.export(),
                snapshot: StoreSnapshot {
                    messages: self.outbox.all(),
                    ..StoreSnapshot::read_all(self.store())?
                },
            })
        })
    }

    /// Restores a snapshot of this or another sandbox.
    ///
    /// # Errors
    /// The snapshot is invalid, or the store failed; nothing has changed.
    pub fn restore(&self, saved: &PlatformSnapshot) -> Result<(), CommandError> {
        self.in_exclusive_transaction(|effects| self.apply_snapshot(saved, effects))
    }

    pub(crate) fn apply_snapshot(
        &self,
        saved: &PlatformSnapshot,
        effects: &mut PostCommitEffects,
    ) -> Result<(), CommandError> {
        self.directory.import(saved.directory.clone()).map_err(invalid_snapshot)?;
        self.clocks.import(saved.clocks.clone()).map_err(invalid_snapshot)?;
        let owners = self.directory.owners();
        let stray = saved.snapshot.processes.iter().find(|p| !owners.contains(&p.owner));
        if let Some(process) = stray {
            return Err(invalid_snapshot(format!(
                "$: invalid export: process {} has an unknown owner",
                process.id
            )));
        }
        self.store.replace(&saved.snapshot)?;
        let messages = saved.snapshot.messages.clone();
        effects.after_commit(|platform| {
            platform.outbox.delete(&OutboxQuery::default());
            platform.outbox.add(messages);
            // Sessions refer to the replaced processes and are not part of a snapshot.
            platform.sessions.clear();
        });
        Ok(())
    }
}
