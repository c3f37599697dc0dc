//! Time sources. All times of the platform come from one clock, with two exceptions on the real
//! clock: the lifetime of tokens, because clients compare it with their own clock, and the hour in
//! which attempts to enter an access code are counted.

use std::fmt;
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;

/// Time source.
pub trait Clock: Send + Sync + fmt::Debug {
    /// Present time, to the millisecond.
    fn now(&self) -> Timestamp;
}

/// System clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        to_millisecond(Timestamp::now())
    }
}

/// Clock that changes only when it is set, for tests.
#[derive(Debug)]
pub struct ManualClock(Mutex<Timestamp>);

impl ManualClock {
    /// Creates a clock with this time.
    pub fn new(now: Timestamp) -> Self {
        Self(Mutex::new(to_millisecond(now)))
    }

    /// Sets the clock.
    pub fn set(&self, now: Timestamp) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = to_millisecond(now);
    }

    /// Moves the clock by this number of seconds, within the range of the calendar.
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
