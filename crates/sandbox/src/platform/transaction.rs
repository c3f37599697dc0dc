//! Exclusive transactions: no command runs at the same time, and all of it is one commit, so that an
//! error or a crash changes nothing.

use std::sync::PoisonError;

use jiff::Timestamp;
use uuid::Uuid;

use super::{CommandError, CommandOutcome, Conflict, Platform, PreparedCommand, setting_keys};
use crate::directory::Directory;
use crate::links::Links;
use crate::outbox::OutboxMessage;
use crate::store::StoreError;

type PostCommitEffect = Box<dyn FnOnce(&Platform)>;

/// Changes in memory that follow the commit.
#[derive(Default)]
pub(crate) struct PostCommitEffects {
    /// E-mails of all processes, sent in the order of their times.
    mails: Vec<OutboxMessage>,
    effects: Vec<PostCommitEffect>,
}

impl PostCommitEffects {
    pub(super) fn after_commit(&mut self, effect: impl FnOnce(&Platform) + 'static) {
        self.effects.push(Box::new(effect));
    }
}

impl Platform {
    /// Runs `work` as one exclusive transaction: after an error, nothing has changed.
    pub(super) fn in_exclusive_transaction<T>(
        &self,
        work: impl FnOnce(&mut PostCommitEffects) -> Result<T, CommandError>,
    ) -> Result<T, CommandError> {
        let _gate = self.gate.write().unwrap_or_else(PoisonError::into_inner);
        let before = (self.directory.export(), self.clocks.export());
        let mut pending = PostCommitEffects::default();
        let result = self.store.atomically(|| {
            let result = work(&mut pending)?;
            pending.mails.sort_by_key(|mail| mail.at);
            self.store.put_messages(&pending.mails)?;
            self.store_settings()?;
            Ok(result)
        });
        if result.is_err() {
            // An export can always be imported.
            let _directory = self.directory.import(before.0);
            let _clocks = self.clocks.import(before.1);
            return result;
        }
        for effect in pending.effects {
            effect(self);
        }
        self.deliver(pending.mails);
        result
    }

    fn store_settings(&self) -> Result<(), StoreError> {
        let stored = [
            (setting_keys::DIRECTORY, self.directory.export()),
            (setting_keys::CLOCKS, self.clocks.export()),
        ];
        for (key, value) in stored {
            self.store.put_setting(key, &value.to_string())?;
        }
        Ok(())
    }

    /// Executes a command within an exclusive transaction, at any time.
    pub(crate) fn execute_exclusively(
        &self,
        links: &Links,
        id: Option<Uuid>,
        prepared: PreparedCommand,
        now: Timestamp,
        effects: &mut PostCommitEffects,
    ) -> Result<CommandOutcome, CommandError> {
        let stored = id.map(|id| self.store.load(id)).transpose()?.flatten();
        self.try_commit(links, stored.as_ref(), prepared, now, Some(&mut effects.mails))?.map_err(
            |Conflict| {
                CommandError::Internal(
                    "a concurrent command changed the process; please report this".into(),
                )
            },
        )
    }

    /// Changes the directory.
    ///
    /// # Errors
    /// The error of `change`, or the store failed; nothing has changed.
    pub fn change_directory<T>(
        &self,
        change: impl FnOnce(&Directory) -> Result<T, CommandError>,
    ) -> Result<T, CommandError> {
        self.in_exclusive_transaction(|_| change(&self.directory))
    }
}
