//! Clocks: read, set, advance.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use swisscom_sign::contract::declare::{api_object, closed_enum};
use uuid::Uuid;

use super::routes::{ControlCall, OrganizationQuery, invalid};
use crate::api_error::ApiError;
use crate::calendar::{IsoDuration, serialize_timestamp};
use crate::clocks::{ClockMode, ClockTarget, to_exact_duration};
use crate::platform::FiredEvent;

closed_enum! {
    /// Mode of a clock.
    ClockModeName {
        Real = "real",
        Frozen = "frozen",
        Offset = "offset",
    }

    /// Mode of a clock, or `server` for an organization without a clock of its own.
    ClockModeInput {
        Real = "real",
        Frozen = "frozen",
        Offset = "offset",
        Server = "server",
    }
}

api_object! {
    /// Setting of a clock.
    ClockSetting: Serialize {
        must mode "mode": [enumeration ClockModeName];
        /// Time of a frozen clock.
        may at "at" as Timestamp: [text DateTime];
        /// Offset of a clock from real time, in hours and smaller units.
        may by "by": [text SignedDuration];
    }

    /// State of a clock.
    ClockState: Serialize {
        must now "now" as Timestamp: [text DateTime] #[serde(serialize_with = "serialize_timestamp")];
        must clock "clock": [object ClockSetting];
        /// Organization that the request names.
        may organization_id "organizationId" as Uuid: [text Uuid];
        /// Whether the organization has a clock of its own.
        may has_own_clock "hasOwnClock": [boolean];
        /// Events that became due when the clock was set.
        may events "events": [list of object FiredEvent];
    }

    /// New setting of a clock.
    SetClockInput [closed]: Debug, Deserialize {
        /// Only the clock of this organization; the server's clock if absent.
        may organization_id "organizationId" as Uuid: [text Uuid];
        must mode "mode": [enumeration ClockModeInput];
        /// Time of a frozen clock; its current time if absent.
        may at "at" as Timestamp: [text DateTime];
        /// Offset of a clock from real time, in days and smaller units, such as `PT48H`.
        may by "by" as IsoDuration: [text SignedDuration];
    }

    /// Step of a clock.
    AdvanceClockInput [closed]: Debug, Deserialize {
        /// Only the clock of this organization; the server's clock if absent.
        may organization_id "organizationId" as Uuid: [text Uuid];
        /// Calendar duration in UTC, such as `P31D`.
        either by "by" as IsoDuration: [text SignedDuration];
        /// New time, at most 2100.
        either to "to" as Timestamp: [text DateTime];
    }
}

impl From<ClockMode> for ClockSetting {
    fn from(mode: ClockMode) -> Self {
        let (mode, at, by) = match mode {
            ClockMode::Real => (ClockModeName::Real, None, None),
            ClockMode::Frozen { at } => (ClockModeName::Frozen, Some(at), None),
            ClockMode::Offset { by } => (ClockModeName::Offset, None, Some(by.to_string())),
        };
        Self { mode, at, by }
    }
}

fn state(
    call: &ControlCall<'_>,
    organization: Option<Uuid>,
    events: Option<Vec<FiredEvent>>,
) -> ClockState {
    let clocks = call.platform.clocks();
    ClockState {
        now: clocks.now(organization),
        clock: clocks.mode(organization).into(),
        organization_id: organization,
        has_own_clock: organization.map(|id| clocks.has_own_clock(id)),
        events,
    }
}

pub(super) fn get(
    call: &ControlCall<'_>,
    query: OrganizationQuery,
) -> Result<ClockState, ApiError> {
    Ok(state(call, call.find_organization(query.organization_id)?, None))
}

pub(super) fn set(call: &ControlCall<'_>, input: SetClockInput) -> Result<ClockState, ApiError> {
    let organization = call.find_organization(input.organization_id)?;
    let mode = match (input.mode, input.at, input.by) {
        (ClockModeInput::Real, None, None) => ClockMode::Real,
        (ClockModeInput::Frozen, at, None) => {
            ClockMode::Frozen { at: at.unwrap_or_else(|| call.platform.clocks().now(organization)) }
        }
        (ClockModeInput::Offset, None, Some(IsoDuration(by))) => ClockMode::Offset {
            by: to_exact_duration(by).ok_or_else(|| {
                let why = "use days or smaller units such as `P2D` or `PT48H`, not months or years";
                invalid("by", &format!("invalid duration `{by}`: {why}"))
            })?,
        },
        (ClockModeInput::Server, None, None) if let Some(id) = organization => {
            let fired = call.platform.remove_own_clock(call.links, id)?;
            return Ok(state(call, organization, Some(fired)));
        }
        _ => {
            return Err(invalid(
                "mode",
                "must be real, frozen (with at), offset (with by) or, for an organization, server",
            ));
        }
    };
    let fired = call.platform.set_clock(call.links, organization, mode)?;
    Ok(state(call, organization, Some(fired)))
}

pub(super) fn advance(
    call: &ControlCall<'_>,
    input: AdvanceClockInput,
) -> Result<ClockState, ApiError> {
    let organization = call.find_organization(input.organization_id)?;
    let target = match (input.by, input.to) {
        (Some(IsoDuration(by)), _) => ClockTarget::By(by),
        (None, Some(to)) => ClockTarget::To(to),
        (None, None) => return Err(invalid("body", "exactly one of by, to is required")),
    };
    let fired = call.platform.advance(call.links, organization, target)?;
    Ok(state(call, organization, Some(fired)))
}
