//! The outbox over HTTP: list with a cursor and a long poll, one message, delete.

use std::time::Duration;

use crate::admin::PREFIX;
use crate::api::error::Refusal;
use crate::domain::process::uuid_of;
use crate::domain::{DomainError, Name};
use crate::engine::Engine;
use crate::http::{Request, Response};
use crate::outbox::{Channel, Query};

/// Longest wait.
const MAX_WAIT: Duration = Duration::from_secs(60);

/// Answers what goes to the outbox.
pub(super) fn handle(
    engine: &Engine,
    request: &Request,
    rest: &[&str],
) -> Result<Response, Refusal> {
    match (request.method.as_str(), rest) {
        ("GET", []) => {
            let (query, _) = query(request)?;
            Ok(Response::json(200, &engine.outbox().list(&query))
                .header("cache-control", "no-store"))
        }
        ("DELETE", []) => {
            let (query, _) = query(request)?;
            engine.outbox().delete(&query);
            Ok(Response::empty(204))
        }
        ("GET", [id]) => {
            let message = uuid_of(Some(id)).and_then(|id| engine.outbox().get(id));
            let message = message.ok_or(Refusal::NoSuchPath)?;
            Ok(Response::json(200, &message).header("cache-control", "no-store"))
        }
        (_, []) => Err(Refusal::Method("GET, DELETE".to_owned())),
        (_, [_]) => Err(Refusal::Method("GET".to_owned())),
        _ => Err(Refusal::NoSuchPath),
    }
}

/// How long a host may hold this request back, because its answer would be empty: a list of the
/// outbox with `wait` that finds nothing yet.
pub fn worth_waiting(engine: &Engine, request: &Request) -> Option<Duration> {
    if request.method != "GET" || request.path.strip_prefix(PREFIX) != Some("/outbox") {
        return None;
    }
    let (query, wait) = query(request).ok()?;
    wait.filter(|_| !engine.outbox().has(&query))
}

fn query(request: &Request) -> Result<(Query, Option<Duration>), Refusal> {
    let invalid = |name: &str, must: &str| {
        Refusal::from(DomainError::new(Name::Validation, format!("{name}: must be {must}")))
    };
    let (mut query, mut wait) = (Query::default(), None);
    for (name, value) in form_urlencoded::parse(request.query.as_bytes()) {
        let uuid = || uuid_of(Some(&value)).ok_or_else(|| invalid(&name, "a UUID"));
        match name.as_ref() {
            "channel" => {
                let known = [Channel::Mail, Channel::Sms];
                let channel = known.into_iter().find(|c| c.as_str() == value);
                query.channel = Some(channel.ok_or_else(|| invalid(&name, "MAIL or SMS"))?);
            }
            "to" => query.to = Some(value.into_owned()),
            "type" => query.kind = Some(value.into_owned()),
            "processId" => query.process = Some(uuid()?),
            "personId" => query.person = Some(uuid()?),
            "organizationId" => query.organization = Some(uuid()?),
            "after" => {
                query.after = value.parse().map_err(|_| invalid(&name, "the `next` of a list"))?;
            }
            "wait" => {
                wait = Some(seconds(&value).ok_or_else(|| invalid(&name, "such as 5s or 500ms"))?)
            }
            _ => return Err(invalid(&name, "left away: it is no filter of the outbox")),
        }
    }
    Ok((query, wait))
}

fn seconds(text: &str) -> Option<Duration> {
    let wait = match text.strip_suffix("ms") {
        Some(number) => Duration::from_millis(number.parse().ok()?),
        None => Duration::from_secs(text.strip_suffix('s').unwrap_or(text).parse().ok()?),
    };
    Some(wait.min(MAX_WAIT))
}
