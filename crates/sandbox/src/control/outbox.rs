//! The outbox over HTTP: list with a cursor and a wait, one message, delete.

use super::routes::{ControlCall, ControlResult, invalid};
use crate::api_error::ApiError;
use crate::domain::process::parse_uuid;
use crate::domain::{DomainError, ErrorName};
use crate::fault_delivery::parse_wait;
use crate::http::{HttpResponse, NOTHING_YET};
use crate::outbox::{KINDS, MessageChannel, OutboxMessage, OutboxQuery, rfc5322};
use crate::platform::CommandError;

pub(super) fn list(call: &ControlCall<'_>) -> ControlResult {
    if let Some(wait) = call.query("wait")
        && parse_wait(wait).is_none()
    {
        return Err(invalid("wait", "must be a time such as 5s or 500ms, up to 60s"));
    }
    let query = query(call)?;
    // Writes due reminders first.
    call.platform.run_due_events(call.links)?;
    let part = call.platform.outbox().list(&query);
    let answer = HttpResponse::json(200, &part).header("cache-control", "no-store");
    Ok(if part.messages.is_empty() { answer.header(NOTHING_YET, "true") } else { answer })
}

pub(super) fn delete(call: &ControlCall<'_>) -> ControlResult {
    let query = query(call)?;
    call.platform.run_due_events(call.links)?;
    call.platform.delete_messages(&query).map_err(CommandError::from)?;
    Ok(HttpResponse::empty(204))
}

pub(super) fn get(call: &ControlCall<'_>) -> ControlResult {
    Ok(HttpResponse::json(200, &message(call)?).header("cache-control", "no-store"))
}

pub(super) fn raw(call: &ControlCall<'_>) -> ControlResult {
    let (media_type, raw) = rfc5322::raw(&message(call)?);
    Ok(HttpResponse::with_body(200, media_type, raw).header("cache-control", "no-store"))
}

fn message(call: &ControlCall<'_>) -> Result<OutboxMessage, ApiError> {
    let id = call.parameter("id");
    let found = parse_uuid(Some(id)).and_then(|id| call.platform.outbox().get(id));
    found.ok_or_else(|| {
        DomainError::new(ErrorName::NoSuchEntry, format!("Message `{id}` does not exist.")).into()
    })
}

fn query(call: &ControlCall<'_>) -> Result<OutboxQuery, ApiError> {
    let channel = |name: &str| {
        let known =
            [MessageChannel::Mail, MessageChannel::Sms].into_iter().find(|c| c.as_str() == name);
        known.ok_or_else(|| invalid("channel", "must be MAIL or SMS"))
    };
    let kind = |name: &str| {
        let known = KINDS.contains(&name).then(|| name.to_owned());
        known.ok_or_else(|| invalid("type", &format!("must be one of {}", KINDS.join(", "))))
    };
    Ok(OutboxQuery {
        channel: call.query("channel").map(channel).transpose()?,
        to: call.query("to").map(str::to_owned),
        kind: call.query("type").map(kind).transpose()?,
        process: call.query_uuid("processId")?,
        person: call.query_uuid("personId")?,
        organization: call.organization()?,
        after: call.query_number("after")?.unwrap_or(0),
    })
}
