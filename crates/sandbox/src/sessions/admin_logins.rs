//! Logins of browsers with the admin token.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::{SignedDuration, Timestamp};
use secrecy::{ExposeSecret, SecretString};
use subtle::ConstantTimeEq;

/// Lifetime of a login, on the real clock.
const LIFETIME: SignedDuration = SignedDuration::from_hours(12);
/// Maximum number of logins; the oldest is removed first.
const CAPACITY: usize = 64;

/// Login of one browser.
#[derive(Clone)]
pub struct AdminLogin {
    /// Value of the cookie.
    pub(crate) cookie: String,
    /// CSRF token of the logout form.
    pub(crate) csrf: String,
    until: Timestamp,
}

// Both values are credentials.
impl fmt::Debug for AdminLogin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AdminLogin").field("until", &self.until).finish_non_exhaustive()
    }
}

/// The admin token, and the browsers that logged in with it; in memory only.
#[derive(Default)]
pub struct AdminLogins {
    token: Option<SecretString>,
    logins: Mutex<VecDeque<AdminLogin>>,
}

impl fmt::Debug for AdminLogins {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AdminLogins").field("count", &self.all().len()).finish_non_exhaustive()
    }
}

fn is_equal(one: &str, other: &str) -> bool {
    one.as_bytes().ct_eq(other.as_bytes()).into()
}

impl AdminLogins {
    /// Without logins; the control API is open without a token.
    pub fn new(token: Option<SecretString>) -> Self {
        Self { token, logins: Mutex::default() }
    }

    fn all(&self) -> MutexGuard<'_, VecDeque<AdminLogin>> {
        self.logins.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the control API requires the admin token.
    pub fn is_required(&self) -> bool {
        self.token.is_some()
    }

    pub(crate) fn token(&self) -> Option<&str> {
        self.token.as_ref().map(ExposeSecret::expose_secret)
    }

    pub(crate) fn is_token(&self, given: &str) -> bool {
        self.token().is_some_and(|token| is_equal(given, token))
    }

    /// Valid login of one of these cookies.
    pub(crate) fn find(&self, cookies: &[&str], now: Timestamp) -> Option<AdminLogin> {
        let logins = self.all();
        let mut valid = logins.iter().filter(|login| now < login.until);
        valid.find(|login| cookies.iter().any(|given| is_equal(given, &login.cookie))).cloned()
    }

    pub(crate) fn add(&self, cookie: String, csrf: String, now: Timestamp) {
        let until = now.checked_add(LIFETIME).unwrap_or(now);
        let mut logins = self.all();
        logins.retain(|login| now < login.until);
        if logins.len() >= CAPACITY {
            logins.pop_front();
        }
        logins.push_back(AdminLogin { cookie, csrf, until });
    }

    pub(crate) fn remove(&self, login: &AdminLogin) {
        self.all().retain(|other| other.cookie != login.cookie);
    }
}

impl AdminLogin {
    pub(crate) fn has_csrf(&self, given: &str) -> bool {
        is_equal(&self.csrf, given)
    }
}
