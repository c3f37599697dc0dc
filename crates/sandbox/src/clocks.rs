//! Clocks of a sandbox: one for the server, and one for each organization that has its own, so that
//! parallel tests can set theirs. They change only on request.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::{SignedDuration, Span, Timestamp};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use uuid::Uuid;

use crate::calendar::{IsoDuration, add_span};
use crate::clock::Clock;

/// Exclusive upper limit of all clocks: 2101-01-01T00:00:00Z.
const END: i64 = 4_133_980_800;

/// Mode of a clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(tag = "mode", rename_all = "camelCase", deny_unknown_fields)]
pub enum ClockMode {
    /// Same time as the system clock.
    #[default]
    Real,
    /// Fixed time.
    Frozen {
        /// The fixed time.
        at: Timestamp,
    },
    /// Offset from the system clock (behind it, if negative).
    Offset {
        /// ISO 8601 duration in hours and smaller units.
        #[serde(deserialize_with = "exactly")]
        by: SignedDuration,
    },
}

fn exactly<'de, D: Deserializer<'de>>(from: D) -> Result<SignedDuration, D::Error> {
    let IsoDuration(by) = IsoDuration::deserialize(from)?;
    to_exact_duration(by).ok_or_else(|| D::Error::custom("must be in days and smaller units"))
}

impl ClockMode {
    fn show(self, real: Timestamp) -> Timestamp {
        let shown = match self {
            Self::Real => real,
            Self::Frozen { at } => at,
            Self::Offset { by } => real.checked_add(by).unwrap_or(real),
        };
        Timestamp::from_millisecond(shown.as_millisecond()).unwrap_or(shown)
    }

    /// Parses `real`, `frozen:TIME` or `offset:DURATION`, as on the command line.
    ///
    /// # Errors
    /// Returns a message that describes the expected format.
    pub fn parse(text: &str) -> Result<Self, String> {
        let usage = || {
            "must be real, frozen:2026-11-01T10:00:00Z or offset:PT48H (also P2D; negative: -P2D)"
                .to_owned()
        };
        let mode = match text.split_once(':') {
            None if text == "real" => Self::Real,
            Some(("frozen", at)) => Self::Frozen { at: at.parse().map_err(|_| usage())? },
            Some(("offset", by)) => {
                let by = by.parse().ok().and_then(|IsoDuration(by)| to_exact_duration(by));
                Self::Offset { by: by.ok_or_else(usage)? }
            }
            _ => return Err(usage()),
        };
        mode.validate(Timestamp::now())
    }

    /// Returns the mode if its time is within the range of the clocks.
    ///
    /// # Errors
    /// Returns a message if the time is out of range.
    pub fn validate(self, real: Timestamp) -> Result<Self, String> {
        let shown = match self {
            Self::Offset { by } => real.checked_add(by).ok(),
            other => Some(other.show(real)),
        };
        match shown {
            Some(at) if (0..END).contains(&at.as_second()) => Ok(self),
            _ => Err("a clock shows times from 1970 to 2100".to_owned()),
        }
    }
}

/// A duration in days of 24 hours and smaller units. Months and years have no fixed length and
/// require a reference time, see [`ClockTarget`].
pub(crate) fn to_exact_duration(span: Span) -> Option<SignedDuration> {
    span.to_duration(jiff::SpanRelativeTo::days_are_24_hours()).ok()
}

/// New time of a clock.
#[derive(Debug, Clone, Copy)]
pub enum ClockTarget {
    /// Calendar duration, in UTC.
    By(Span),
    /// Absolute time.
    To(Timestamp),
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
struct ClockModes {
    server: ClockMode,
    organizations: BTreeMap<Uuid, ClockMode>,
}

/// All clocks of a sandbox.
#[derive(Debug)]
pub struct Clocks {
    base: Arc<dyn Clock>,
    initial: ClockMode,
    modes: Mutex<ClockModes>,
}

impl Clocks {
    /// Clocks based on the given system clock, with the initial mode of the server's clock.
    pub fn new(base: Arc<dyn Clock>, initial: ClockMode) -> Self {
        let modes = ClockModes { server: initial, organizations: BTreeMap::new() };
        Self { base, initial, modes: Mutex::new(modes) }
    }

    fn modes(&self) -> MutexGuard<'_, ClockModes> {
        self.modes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Time of an organization; the server's for `None`, or if the organization has no clock of its
    /// own.
    pub fn now(&self, organization: Option<Uuid>) -> Timestamp {
        self.mode(organization).show(self.base.now())
    }

    /// Mode of the clock that applies to an organization.
    pub fn mode(&self, organization: Option<Uuid>) -> ClockMode {
        let modes = self.modes();
        let own = organization.and_then(|id| modes.organizations.get(&id).copied());
        own.unwrap_or(modes.server)
    }

    /// Whether an organization has a clock of its own.
    pub fn has_own_clock(&self, organization: Uuid) -> bool {
        self.modes().organizations.contains_key(&organization)
    }

    /// Sets the server's clock, or creates or sets the clock of an organization.
    ///
    /// # Errors
    /// Returns a message if the time is out of range.
    pub fn set(&self, organization: Option<Uuid>, mode: ClockMode) -> Result<(), String> {
        let mode = mode.validate(self.base.now())?;
        let mut modes = self.modes();
        match organization {
            None => modes.server = mode,
            Some(id) => {
                modes.organizations.insert(id, mode);
            }
        }
        Ok(())
    }

    /// Removes the organization's own clock.
    pub fn remove_own_clock(&self, organization: Uuid) {
        self.modes().organizations.remove(&organization);
    }

    /// Restores the initial clocks.
    pub fn reset(&self) {
        *self.modes() = ClockModes { server: self.initial, organizations: BTreeMap::new() };
    }

    /// Mode of the clock after a forward move: a frozen clock stays frozen, the others keep
    /// running.
    ///
    /// # Errors
    /// Returns a message if the target is in the past or out of range.
    pub fn resolve_target(
        &self,
        organization: Option<Uuid>,
        target: ClockTarget,
    ) -> Result<ClockMode, String> {
        let real = self.base.now();
        let mode = self.mode(organization);
        let now = mode.show(real);
        let to = match target {
            ClockTarget::To(to) => to,
            ClockTarget::By(span) => add_span(now, span)
                .ok_or_else(|| "a clock shows times from 1970 to 2100".to_owned())?,
        };
        if to < now {
            return Err(format!("cannot set the clock back: requested {to}, current {now}"));
        }
        let mode = match mode {
            ClockMode::Frozen { .. } => ClockMode::Frozen { at: to },
            ClockMode::Real | ClockMode::Offset { .. } => {
                ClockMode::Offset { by: to.duration_since(real) }
            }
        };
        mode.validate(real)
    }

    /// Exports all clocks as JSON.
    pub fn export(&self) -> serde_json::Value {
        serde_json::to_value(&*self.modes()).unwrap_or_default()
    }

    /// Imports stored clocks.
    ///
    /// # Errors
    /// Returns a message if the JSON is invalid or a time is out of range.
    pub fn import(&self, stored: serde_json::Value) -> Result<(), String> {
        let modes: ClockModes =
            serde_json::from_value(stored).map_err(|error| error.to_string())?;
        let real = self.base.now();
        for mode in std::iter::once(&modes.server).chain(modes.organizations.values()) {
            mode.validate(real)?;
        }
        *self.modes() = modes;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::ManualClock;

    fn at(text: &str) -> Timestamp {
        text.parse().expect("a time")
    }

    fn clocks() -> (Arc<ManualClock>, Clocks) {
        let base = Arc::new(ManualClock::new(at("2026-11-01T10:00:00Z")));
        (base.clone(), Clocks::new(base, ClockMode::Real))
    }

    #[test]
    fn an_organization_follows_until_it_has_its_own() {
        let (base, clocks) = clocks();
        let own = Some(Uuid::from_u128(1));
        let frozen = ClockMode::Frozen { at: at("2030-01-01T00:00:00Z") };
        clocks.set(own, frozen).expect("a clock");
        base.advance(60);
        assert_eq!(clocks.now(None), at("2026-11-01T10:01:00Z"));
        assert_eq!(clocks.now(own), at("2030-01-01T00:00:00Z"));
        assert_eq!(clocks.now(Some(Uuid::from_u128(2))), clocks.now(None));
        clocks.remove_own_clock(Uuid::from_u128(1));
        assert_eq!(clocks.now(own), clocks.now(None));
    }

    #[test]
    fn turning() {
        let (base, clocks) = clocks();
        let by = |text: &str| {
            clocks.resolve_target(None, ClockTarget::By(text.parse().expect("a span")))
        };
        clocks.set(None, by("P1M").expect("a clock")).expect("a clock");
        assert_eq!(clocks.now(None), at("2026-12-01T10:00:00Z"));
        base.advance(1);
        assert_eq!(clocks.now(None), at("2026-12-01T10:00:01Z"), "it keeps running");
        assert!(by("-PT1S").is_err());
        assert!(by("P100Y").is_err());
        assert!(clocks.resolve_target(None, ClockTarget::To(at("2100-12-31T23:59:59Z"))).is_ok());
        assert!(clocks.resolve_target(None, ClockTarget::To(at("2101-01-01T00:00:00Z"))).is_err());
        clocks.reset();
        assert_eq!(clocks.now(None), base.now());
    }

    #[test]
    fn words() {
        assert_eq!(ClockMode::parse("real"), Ok(ClockMode::Real));
        let frozen = ClockMode::parse("frozen:2026-11-01T10:00:00+01:00");
        assert_eq!(frozen, Ok(ClockMode::Frozen { at: at("2026-11-01T09:00:00Z") }));
        let two_days = SignedDuration::from_hours(48);
        assert_eq!(ClockMode::parse("offset:P2D"), Ok(ClockMode::Offset { by: two_days }));
        for wrong in [
            "",
            "fast",
            "frozen",
            "frozen:x",
            "offset:2 days",
            "offset:p2d",
            "offset:P1M",
            "offset:P200000D",
            "real:1",
        ] {
            assert!(ClockMode::parse(wrong).is_err(), "{wrong}");
        }
    }
}
