//! The outbox over HTTP: list with a cursor and a wait, one message, delete.

use super::NOTHING_YET;
use super::routes::{ControlCall, ControlResult, invalid};
use crate::api::error::ApiError;
use crate::domain::process::uuid_of;
use crate::domain::{DomainError, ErrorName};
use crate::engine::CommandError;
use crate::http::HttpResponse;
use crate::outbox::{KINDS, MessageChannel, OutboxMessage, OutboxQuery, raw};

pub(super) fn list(call: &ControlCall<'_>) -> ControlResult {
    if let Some(wait) = call.query("wait")
        && super::wait(wait).is_none()
    {
        return Err(invalid("wait", "must be a time such as 5s or 500ms, up to 60s"));
    }
    let query = query(call)?;
    // Reminders that are due are written first.
    call.engine.catch_up()?;
    let part = call.engine.outbox().list(&query);
    let answer = HttpResponse::json(200, &part).header("cache-control", "no-store");
    Ok(if part.messages.is_empty() { answer.header(NOTHING_YET, "true") } else { answer })
}

pub(super) fn delete(call: &ControlCall<'_>) -> ControlResult {
    let query = query(call)?;
    call.engine.catch_up()?;
    call.engine.delete_messages(&query).map_err(CommandError::from)?;
    Ok(HttpResponse::empty(204))
}

pub(super) fn one(call: &ControlCall<'_>) -> ControlResult {
    Ok(HttpResponse::json(200, &message(call)?).header("cache-control", "no-store"))
}

pub(super) fn raw(call: &ControlCall<'_>) -> ControlResult {
    let (media_type, raw) = raw::raw(&message(call)?);
    Ok(HttpResponse::with(200, media_type, raw).header("cache-control", "no-store"))
}

fn message(call: &ControlCall<'_>) -> Result<OutboxMessage, ApiError> {
    let id = call.parameter("id");
    let found = uuid_of(Some(id)).and_then(|id| call.engine.outbox().get(id));
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
