//! All browser sessions, in memory; a durable store receives their changes.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::{SignedDuration, Timestamp};
use subtle::ConstantTimeEq;
use uuid::Uuid;

use super::data::{BrowserSession, PageTarget, VisitChange};
use crate::outbox::OutboxMessage;

/// Maximum number of sessions; the longest idle one is removed first.
const CAPACITY: usize = 4096;
/// Period in which attempts to enter an access code are counted.
const HOUR: SignedDuration = SignedDuration::from_hours(1);

/// All browser sessions, by the value of the cookie.
#[derive(Default)]
pub struct SessionStore(Mutex<SessionStoreState>);

#[derive(Default)]
struct SessionStoreState {
    sessions: HashMap<String, BrowserSession>,
    touches: u64,
    /// Identifiers of sessions that changed since they were stored.
    changed: HashSet<String>,
    /// Messages sent since.
    sent: Vec<OutboxMessage>,
    /// Wrong access codes per page, of all sessions.
    tries: HashMap<PageTarget, FailedAttempts>,
}

/// Number of access codes entered within an hour.
struct FailedAttempts {
    /// First attempt, on the real clock.
    since: Timestamp,
    count: u32,
}

impl SessionStoreState {
    fn touched(&mut self) -> u64 {
        self.touches += 1;
        self.touches
    }
}

impl fmt::Debug for SessionStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionStore").field("count", &self.inner().sessions.len()).finish()
    }
}

impl SessionStore {
    fn inner(&self) -> MutexGuard<'_, SessionStoreState> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether a session with this identifier exists.
    pub fn has(&self, id: &str) -> bool {
        self.inner().sessions.contains_key(id)
    }

    /// Creates a session.
    pub fn begin(&self, id: String, csrf: String) {
        let mut inner = self.inner();
        if inner.sessions.len() >= CAPACITY {
            let idle = inner.sessions.iter().min_by_key(|(_, s)| s.touched).map(|(id, _)| id);
            if let Some(idle) = idle.cloned() {
                inner.sessions.remove(&idle);
                inner.changed.insert(idle);
            }
        }
        let touched = inner.touched();
        inner.changed.insert(id.clone());
        let visits = HashMap::new();
        inner
            .sessions
            .insert(id, BrowserSession { csrf, account: None, locale: None, visits, touched });
    }

    /// Reads a session.
    pub fn with_session<T>(&self, id: &str, read: impl FnOnce(&BrowserSession) -> T) -> Option<T> {
        let mut inner = self.inner();
        let touched = inner.touched();
        let session = inner.sessions.get_mut(id)?;
        session.touched = touched;
        Some(read(session))
    }

    /// Changes a session.
    pub fn with_session_mut<T>(
        &self,
        id: &str,
        act: impl FnOnce(&mut BrowserSession) -> T,
    ) -> Option<T> {
        let mut inner = self.inner();
        let touched = inner.touched();
        let session = inner.sessions.get_mut(id)?;
        session.touched = touched;
        let acted = act(session);
        inner.changed.insert(id.to_owned());
        Some(acted)
    }

    /// Replaces the identifier of a session after its rights changed (prevents session fixation).
    pub fn rotate_id(&self, id: &str, new: String) {
        let mut inner = self.inner();
        if let Some(session) = inner.sessions.remove(id) {
            inner.changed.insert(id.to_owned());
            inner.changed.insert(new.clone());
            inner.sessions.insert(new, session);
        }
    }

    /// Finds the session with this reading key.
    pub fn find_by_reading_key(&self, place: PageTarget, key: &str) -> Option<String> {
        let inner = self.inner();
        let mut found = inner.sessions.iter().filter(|(_, session)| {
            let reading = session.visits.get(&place).and_then(|visit| visit.reading.as_deref());
            reading.is_some_and(|reading| reading.as_bytes().ct_eq(key.as_bytes()).into())
        });
        found.next().map(|(id, _)| id.clone())
    }

    /// Counts an attempt to enter an access code, in any session, and returns whether it is allowed:
    /// `limit` attempts within the hour that begins with the first.
    pub fn record_attempt(&self, place: PageTarget, limit: u32, real_time: Timestamp) -> bool {
        let mut inner = self.inner();
        inner.tries.retain(|_, tries| real_time.duration_since(tries.since) < HOUR);
        let tries =
            inner.tries.entry(place).or_insert(FailedAttempts { since: real_time, count: 0 });
        let allowed = tries.count < limit;
        tries.count = tries.count.saturating_add(1).min(limit);
        allowed
    }

    /// Whether no further access code can be entered at a page.
    pub fn is_locked_out(&self, place: PageTarget, limit: u32, real_time: Timestamp) -> bool {
        let inner = self.inner();
        inner.tries.get(&place).is_some_and(|tries| {
            tries.count >= limit && real_time.duration_since(tries.since) < HOUR
        })
    }

    /// Removes one counted attempt, because the code was correct.
    pub fn undo_attempt(&self, place: PageTarget) {
        if let Some(tries) = self.inner().tries.get_mut(&place) {
            tries.count = tries.count.saturating_sub(1);
        }
    }

    /// Records a message that is stored together with the visit that it belongs to.
    pub(crate) fn record_sent(&self, message: OutboxMessage) {
        self.inner().sent.push(message);
    }

    /// Stores the changes since the last call. After an error, the next call stores them.
    pub(crate) fn persist_with<E>(
        &self,
        persist: impl FnOnce(&VisitChange) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut inner = self.inner();
        if inner.changed.is_empty() && inner.sent.is_empty() {
            return Ok(());
        }
        let changed = inner.changed.iter();
        let visited = VisitChange {
            sessions: changed.map(|id| (id.clone(), inner.sessions.get(id).cloned())).collect(),
            messages: inner.sent.clone(),
        };
        // Under the lock, so that the later of two changes is stored last.
        persist(&visited)?;
        inner.changed.clear();
        inner.sent.clear();
        Ok(())
    }

    /// Discards the recorded changes, for a store that is not durable.
    pub(crate) fn mark_persisted(&self) {
        self.inner().changed.clear();
    }

    /// Loads the sessions of the previous run.
    pub(crate) fn resume(&self, sessions: Vec<(String, BrowserSession)>) {
        self.inner().sessions = sessions.into_iter().collect();
    }

    /// Removes the visits of these processes.
    pub(crate) fn remove_processes(&self, processes: &HashSet<Uuid>) {
        let mut inner = self.inner();
        let SessionStoreState { sessions, changed, tries, .. } = &mut *inner;
        for (id, session) in sessions {
            let before = session.visits.len();
            session.visits.retain(|place, _| !processes.contains(&place.process));
            if session.visits.len() < before {
                changed.insert(id.clone());
            }
        }
        tries.retain(|place, _| !processes.contains(&place.process));
    }

    /// Removes all sessions from memory, not from the store.
    pub fn clear(&self) {
        *self.inner() = SessionStoreState::default();
    }
}
