//! Where the time comes from. Everything that the platform dates reads one clock; only the
//! lifetime of tokens runs on real time, because clients compare it with their own clock, and so
//! does the hour for which guesses of access codes are counted.

use std::fmt;
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;

/// A source of the time.
pub trait Clock: Send + Sync + fmt::Debug {
    /// The time now, to the millisecond.
    fn now(&self) -> Timestamp;
}

/// The clock of the machine.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        to_millisecond(Timestamp::now())
    }
}

/// A clock that stands still until it is set; for tests.
#[derive(Debug)]
pub struct ManualClock(Mutex<Timestamp>);

impl ManualClock {
    /// A clock that shows this time.
    pub fn new(now: Timestamp) -> Self {
        Self(Mutex::new(to_millisecond(now)))
    }

    /// Sets the clock.
    pub fn set(&self, now: Timestamp) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = to_millisecond(now);
    }

    /// Moves the clock by this many seconds, within the range of the calendar.
    pub fn advance(&self, seconds: i64) {
        let now = self.now();
        self.set(now.checked_add(jiff::SignedDuration::from_secs(seconds)).unwrap_or(now));
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn to_millisecond(time: Timestamp) -> Timestamp {
    Timestamp::from_millisecond(time.as_millisecond()).unwrap_or(time)
}
