//! The outbox over HTTP: list with a cursor and a wait, one message, delete.

use super::NOTHING_YET;
use super::routes::{Answer, Call, invalid};
use crate::api::error::Refusal;
use crate::domain::process::uuid_of;
use crate::domain::{DomainError, Name};
use crate::engine::Failure;
use crate::http::Response;
use crate::outbox::{Channel, KINDS, Message, Query, raw};

pub(super) fn list(call: &Call<'_>) -> Answer {
    if let Some(wait) = call.query("wait")
        && super::wait(wait).is_none()
    {
        return Err(invalid("wait", "must be a time such as 5s or 500ms, up to 60s"));
    }
    let query = query(call)?;
    // Reminders that are due are written first.
    call.engine.catch_up()?;
    let part = call.engine.outbox().list(&query);
    let answer = Response::json(200, &part).header("cache-control", "no-store");
    Ok(if part.messages.is_empty() { answer.header(NOTHING_YET, "true") } else { answer })
}

pub(super) fn delete(call: &Call<'_>) -> Answer {
    let query = query(call)?;
    call.engine.catch_up()?;
    call.engine.delete_messages(&query).map_err(Failure::from)?;
    Ok(Response::empty(204))
}

pub(super) fn one(call: &Call<'_>) -> Answer {
    Ok(Response::json(200, &message(call)?).header("cache-control", "no-store"))
}

pub(super) fn raw(call: &Call<'_>) -> Answer {
    let (media_type, raw) = raw::raw(&message(call)?);
    Ok(Response::with(200, media_type, raw).header("cache-control", "no-store"))
}

fn message(call: &Call<'_>) -> Result<Message, Refusal> {
    let id = call.parameter("id");
    let found = uuid_of(Some(id)).and_then(|id| call.engine.outbox().get(id));
    found.ok_or_else(|| {
        DomainError::new(Name::NoSuchEntry, format!("There is no message {id}.")).into()
    })
}

fn query(call: &Call<'_>) -> Result<Query, Refusal> {
    let channel = |name: &str| {
        let known = [Channel::Mail, Channel::Sms].into_iter().find(|c| c.as_str() == name);
        known.ok_or_else(|| invalid("channel", "must be MAIL or SMS"))
    };
    let kind = |name: &str| {
        let known = KINDS.contains(&name).then(|| name.to_owned());
        known.ok_or_else(|| invalid("type", &format!("must be one of {}", KINDS.join(", "))))
    };
    Ok(Query {
        channel: call.query("channel").map(channel).transpose()?,
        to: call.query("to").map(str::to_owned),
        kind: call.query("type").map(kind).transpose()?,
        process: call.query_uuid("processId")?,
        person: call.query_uuid("personId")?,
        organization: call.organization()?,
        after: call.query_number("after")?.unwrap_or(0),
    })
}
