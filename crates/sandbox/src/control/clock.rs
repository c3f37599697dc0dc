//! Clocks: read, set, advance.

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

use super::body;
use super::routes::{ControlCall, ControlResult, invalid};
use crate::calendar::{IsoDuration, format_timestamp};
use crate::clocks::{ClockMode, ClockTarget, to_exact_duration};
use crate::http::HttpResponse;
use crate::platform::FiredEvent;

pub(super) fn get(call: &ControlCall<'_>) -> ControlResult {
    Ok(shown(call, call.organization()?, None))
}

fn shown(
    call: &ControlCall<'_>,
    organization: Option<Uuid>,
    fired: Option<&[FiredEvent]>,
) -> HttpResponse {
    let clocks = call.platform.clocks();
    let mut clock = json!({
        "now": format_timestamp(clocks.now(organization)),
        "clock": clocks.mode(organization),
    });
    if let Some(clock) = clock.as_object_mut() {
        if let Some(id) = organization {
            clock.insert("organizationId".into(), id.to_string().into());
            clock.insert("own".into(), clocks.has_own_clock(id).into());
        }
        if let Some(fired) = fired {
            clock.insert("fired".into(), serde_json::to_value(fired).unwrap_or_default());
        }
    }
    HttpResponse::json(200, &clock)
}

/// Requested clock mode: one of [`Mode`], or the server's clock.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum ClockModeInput {
    Real,
    Frozen,
    Offset,
    Server,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct SetClockBody {
    organization_id: Option<Uuid>,
    mode: ClockModeInput,
    at: Option<Timestamp>,
    by: Option<IsoDuration>,
}

pub(super) fn put(call: &ControlCall<'_>) -> ControlResult {
    let SetClockBody { organization_id, mode, at, by } = body(call.request)?;
    let organization = call.find_organization(organization_id)?;
    let mode = match (mode, at, by) {
        (ClockModeInput::Real, None, None) => ClockMode::Real,
        (ClockModeInput::Frozen, at, None) => {
            ClockMode::Frozen { at: at.unwrap_or_else(|| call.platform.clocks().now(organization)) }
        }
        (ClockModeInput::Offset, None, Some(IsoDuration(by))) => ClockMode::Offset {
            by: to_exact_duration(by).ok_or_else(|| {
                let why = "use days or smaller units such as `P2D` or `PT48H`, not months or years";
                invalid("$.by", &format!("invalid duration `{by}`: {why}"))
            })?,
        },
        (ClockModeInput::Server, None, None) if let Some(id) = organization => {
            let fired = call.platform.remove_own_clock(call.links, id)?;
            return Ok(shown(call, organization, Some(&fired)));
        }
        _ => {
            return Err(invalid(
                "$.mode",
                "must be real, frozen (with at), offset (with by) or, for an organization, server",
            ));
        }
    };
    let fired = call.platform.set_clock(call.links, organization, mode)?;
    Ok(shown(call, organization, Some(&fired)))
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
struct AdvanceClockBody {
    organization_id: Option<Uuid>,
    by: Option<IsoDuration>,
    to: Option<Timestamp>,
}

pub(super) fn advance(call: &ControlCall<'_>) -> ControlResult {
    let AdvanceClockBody { organization_id, by, to } = body(call.request)?;
    let organization = call.find_organization(organization_id)?;
    let target = match (by, to) {
        (Some(IsoDuration(by)), None) => ClockTarget::By(by),
        (None, Some(to)) => ClockTarget::To(to),
        _ => return Err(invalid("$", "must have either by or to")),
    };
    let fired = call.platform.advance(call.links, organization, target)?;
    Ok(shown(call, organization, Some(&fired)))
}
