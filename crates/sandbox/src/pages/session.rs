//! Who is visiting: one session for each browser, in memory, and in the store where that outlives the
//! run.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq;
use swisscom_sign::contract::{Locale, ProcessOpenRequest};
use uuid::Uuid;

use crate::outbox::{MessageChannel, OutboxMessage};
use crate::store::{StoreError, VisitChange};

/// Sessions that are kept; the one that was idle longest goes first.
const CAPACITY: usize = 4096;
/// For which access codes are counted.
const HOUR: SignedDuration = SignedDuration::from_hours(1);

/// What is visited: the setup page of a process, or the page of a participant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct PageTarget {
    /// The process.
    pub process: Uuid,
    /// The participant; `None` for the setup page.
    pub person: Option<Uuid>,
}

/// An access code that is awaited.
#[derive(Clone, Serialize, Deserialize)]
pub struct PendingAccessCode {
    /// The digits.
    pub digits: String,
    /// When it was sent.
    pub at: Timestamp,
    /// How often another one was entered.
    pub wrong: u32,
    /// By which way it went.
    pub channel: MessageChannel,
}

impl fmt::Debug for PendingAccessCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccessCode").field("at", &self.at).finish_non_exhaustive()
    }
}

/// The URL of open with which somebody came.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct EntryUrl {
    /// Its options.
    pub request: ProcessOpenRequest,
    /// When it runs out.
    pub until: Option<Timestamp>,
}

/// What is known of a visitor at one place.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct PageVisit {
    /// The URL of open with which the visitor came.
    #[serde(default)]
    pub came_by: Option<EntryUrl>,
    /// Until when the visitor has access, after a one-time code or an access code.
    pub until: Option<Timestamp>,
    /// The access code that is awaited.
    pub code: Option<PendingAccessCode>,
    /// Stands in the addresses of documents that are opened outside the frame in which the page is:
    /// there, the browser brings no cookie.
    #[serde(default)]
    pub reading: Option<String>,
    /// What was entered on the setup page, and not sent for signing yet: names and values of fields.
    #[serde(default)]
    pub draft: Vec<(String, String)>,
    /// Whether the setup page was completed by this visitor.
    #[serde(default)]
    pub completed: bool,
}

/// A browser.
#[derive(Clone, Serialize, Deserialize)]
pub struct BrowserSession {
    /// Stands in every form; proves that a form came from a page of this session.
    pub csrf: String,
    /// Identifier of the account, when logged in.
    pub account: Option<String>,
    /// The language that the visitor chose.
    pub locale: Option<Locale>,
    /// The places that were visited.
    #[serde(with = "pairs")]
    pub visits: HashMap<PageTarget, PageVisit>,
    #[serde(skip)]
    touched: u64,
}

impl fmt::Debug for BrowserSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session").field("account", &self.account).finish_non_exhaustive()
    }
}

/// A place is no key of JSON.
mod pairs {
    use std::collections::HashMap;

    use serde::{Deserialize, Deserializer, Serializer};

    use super::{PageTarget, PageVisit};

    pub(super) fn serialize<S: Serializer>(
        visits: &HashMap<PageTarget, PageVisit>,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        to.collect_seq(visits)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<HashMap<PageTarget, PageVisit>, D::Error> {
        Ok(Vec::<(PageTarget, PageVisit)>::deserialize(from)?.into_iter().collect())
    }
}

/// All of them, by the value of the cookie.
#[derive(Default)]
pub struct SessionStore(Mutex<SessionStoreState>);

#[derive(Default)]
struct SessionStoreState {
    sessions: HashMap<String, BrowserSession>,
    touches: u64,
    /// Names of what changed since it was kept.
    changed: HashSet<String>,
    /// Messages that were sent since.
    sent: Vec<OutboxMessage>,
    /// Access codes that were entered, in all sessions.
    tries: HashMap<PageTarget, FailedAttempts>,
}

/// How often somebody entered an access code.
struct FailedAttempts {
    /// The first time, on the real clock.
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
        f.debug_struct("Sessions").field("count", &self.inner().sessions.len()).finish()
    }
}

impl SessionStore {
    fn inner(&self) -> MutexGuard<'_, SessionStoreState> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether there is one of that name.
    pub fn has(&self, id: &str) -> bool {
        self.inner().sessions.contains_key(id)
    }

    /// Begins a session.
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

    /// Looks at a session.
    pub fn look<T>(&self, id: &str, look: impl FnOnce(&BrowserSession) -> T) -> Option<T> {
        let mut inner = self.inner();
        let touched = inner.touched();
        let session = inner.sessions.get_mut(id)?;
        session.touched = touched;
        Some(look(session))
    }

    /// Changes a session.
    pub fn change<T>(&self, id: &str, act: impl FnOnce(&mut BrowserSession) -> T) -> Option<T> {
        let mut inner = self.inner();
        let touched = inner.touched();
        let session = inner.sessions.get_mut(id)?;
        session.touched = touched;
        let acted = act(session);
        inner.changed.insert(id.to_owned());
        Some(acted)
    }

    /// Gives a session another name, because its holder has more rights from now on.
    pub fn rename(&self, id: &str, new: String) {
        let mut inner = self.inner();
        if let Some(session) = inner.sessions.remove(id) {
            inner.changed.insert(id.to_owned());
            inner.changed.insert(new.clone());
            inner.sessions.insert(new, session);
        }
    }

    /// The session in which documents of a place are read by this key.
    pub fn reader(&self, place: PageTarget, key: &str) -> Option<String> {
        let inner = self.inner();
        let mut found = inner.sessions.iter().filter(|(_, session)| {
            let reading = session.visits.get(&place).and_then(|visit| visit.reading.as_deref());
            reading.is_some_and(|reading| reading.as_bytes().ct_eq(key.as_bytes()).into())
        });
        found.next().map(|(id, _)| id.clone())
    }

    /// Counts that an access code is entered at a place, in whatever session; whether that is still
    /// allowed, `limit` times within the hour that begins with the first.
    pub fn tries(&self, place: PageTarget, limit: u32, real_time: Timestamp) -> bool {
        let mut inner = self.inner();
        inner.tries.retain(|_, tries| real_time.duration_since(tries.since) < HOUR);
        let tries =
            inner.tries.entry(place).or_insert(FailedAttempts { since: real_time, count: 0 });
        let allowed = tries.count < limit;
        tries.count = tries.count.saturating_add(1).min(limit);
        allowed
    }

    /// Whether no further access code can be entered at a place.
    pub fn is_shut(&self, place: PageTarget, limit: u32, real_time: Timestamp) -> bool {
        let inner = self.inner();
        inner.tries.get(&place).is_some_and(|tries| {
            tries.count >= limit && real_time.duration_since(tries.since) < HOUR
        })
    }

    /// Takes back what was counted, as the code was right.
    pub fn was_right(&self, place: PageTarget) {
        if let Some(tries) = self.inner().tries.get_mut(&place) {
            tries.count = tries.count.saturating_sub(1);
        }
    }

    /// A message that is to be kept with the visit that it belongs to.
    pub(crate) fn sent(&self, message: OutboxMessage) {
        self.inner().sent.push(message);
    }

    /// Has what changed since the last time kept. Where that fails, it is tried again the next time.
    pub(crate) fn keep(
        &self,
        keep: impl FnOnce(&VisitChange) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let mut inner = self.inner();
        if inner.changed.is_empty() && inner.sent.is_empty() {
            return Ok(());
        }
        let changed = inner.changed.iter();
        let visited = VisitChange {
            sessions: changed.map(|id| (id.clone(), inner.sessions.get(id).cloned())).collect(),
            messages: inner.sent.clone(),
        };
        // Held meanwhile, so that of two changes the later one is kept last.
        keep(&visited)?;
        inner.changed.clear();
        inner.sent.clear();
        Ok(())
    }

    /// Takes what changed for kept, where nothing outlives the run.
    pub(crate) fn kept(&self) {
        self.inner().changed.clear();
    }

    /// Goes on with what a former run left.
    pub(crate) fn resume(&self, sessions: Vec<(String, BrowserSession)>) {
        self.inner().sessions = sessions.into_iter().collect();
    }

    /// Forgets what was visited of these processes.
    pub(crate) fn leave(&self, processes: &HashSet<Uuid>) {
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

    /// Forgets all of them; the store forgets its own.
    pub fn clear(&self) {
        *self.inner() = SessionStoreState::default();
    }
}
