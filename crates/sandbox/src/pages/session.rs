//! Who is visiting: one session for each browser, kept in memory and gone with the run, as a
//! logout would.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use swisscom_sign::contract::Locale;
use uuid::Uuid;

use crate::outbox::Channel;

/// Sessions that are kept; the one that was idle longest goes first.
const CAPACITY: usize = 4096;

/// What is visited: the setup page of a process, or the page of a participant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Place {
    /// The process.
    pub process: Uuid,
    /// The participant; `None` for the setup page.
    pub person: Option<Uuid>,
}

/// An access code that is awaited.
#[derive(Clone)]
pub struct AccessCode {
    /// The digits.
    pub digits: String,
    /// When it was sent.
    pub at: Timestamp,
    /// How often another one was entered.
    pub wrong: u32,
    /// By which way it went.
    pub channel: Channel,
}

impl fmt::Debug for AccessCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccessCode").field("at", &self.at).finish_non_exhaustive()
    }
}

/// What is known of a visitor at one place.
#[derive(Debug, Clone, Default)]
pub struct Visit {
    /// The URL of open with which the visitor came.
    pub opening: Option<String>,
    /// Until when the visitor has access, after a one-time code or an access code.
    pub until: Option<Timestamp>,
    /// The access code that is awaited.
    pub code: Option<AccessCode>,
}

/// A browser.
#[derive(Clone)]
pub struct Session {
    /// Stands in every form; proves that a form came from a page of this session.
    pub csrf: String,
    /// Identifier of the account, when logged in.
    pub account: Option<String>,
    /// The language that the visitor chose.
    pub locale: Option<Locale>,
    /// The places that were visited.
    pub visits: HashMap<Place, Visit>,
    touched: u64,
}

/// All of them, by the value of the cookie.
#[derive(Default)]
pub struct Sessions(Mutex<Inner>);

#[derive(Default)]
struct Inner {
    sessions: HashMap<String, Session>,
    touches: u64,
}

impl fmt::Debug for Sessions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sessions").field("count", &self.inner().sessions.len()).finish()
    }
}

impl Sessions {
    fn inner(&self) -> MutexGuard<'_, Inner> {
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
            }
        }
        inner.touches += 1;
        let touched = inner.touches;
        let visits = HashMap::new();
        inner.sessions.insert(id, Session { csrf, account: None, locale: None, visits, touched });
    }

    /// Looks at a session, or changes it.
    pub fn with<T>(&self, id: &str, act: impl FnOnce(&mut Session) -> T) -> Option<T> {
        let mut inner = self.inner();
        inner.touches += 1;
        let touched = inner.touches;
        let session = inner.sessions.get_mut(id)?;
        session.touched = touched;
        Some(act(session))
    }

    /// Gives a session another name, because its holder has more rights from now on.
    pub fn rename(&self, id: &str, new: String) {
        let mut inner = self.inner();
        if let Some(session) = inner.sessions.remove(id) {
            inner.sessions.insert(new, session);
        }
    }

    /// Forgets all of them.
    pub fn clear(&self) {
        self.inner().sessions.clear();
    }
}
