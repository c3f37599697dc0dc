//! The outbox over HTTP: list with a cursor and a wait, one message, delete.

use serde::Deserialize;
use swisscom_sign::contract::declare::api_object;
use uuid::Uuid;

use super::routes::{AnswerBody, ControlAnswer, ControlCall, LongPoll, Nothing, invalid};
use crate::api_error::ApiError;
use crate::domain::process::parse_uuid;
use crate::domain::{DomainError, ErrorName};
use crate::http::HttpResponse;
use crate::outbox::{MessageChannel, MessageType, OutboxMessage, OutboxPage, OutboxQuery, rfc5322};
use crate::platform::CommandError;

api_object! {
    /// Filter of messages.
    OutboxFilter [closed]: Debug, Deserialize {
        /// Only this organization; the whole server if absent.
        may organization_id "organizationId" as Uuid: [text Uuid];
        /// Channel.
        may channel "channel": [enumeration MessageChannel];
        /// Address or number.
        may to "to": [text];
        /// Type.
        may kind "type": [enumeration MessageType];
        /// Process.
        may process_id "processId" as Uuid: [text Uuid];
        /// Participant.
        may person_id "personId" as Uuid: [text Uuid];
        /// Only messages after this cursor, the `next` of a page.
        may after "after" as u64: [integer64 min 0];
        /// Maximum waiting time of `GET`, such as `5s` or `500ms`; up to 60 s.
        may wait "wait": [text];
    }
}

impl ControlCall<'_> {
    fn outbox_query(&self, filter: OutboxFilter) -> Result<OutboxQuery, ApiError> {
        // Writes due reminders first.
        self.platform.run_due_events(self.links)?;
        Ok(OutboxQuery {
            channel: filter.channel,
            to: filter.to,
            kind: filter.kind,
            process: filter.process_id,
            person: filter.person_id,
            organization: self.find_organization(filter.organization_id)?,
            after: filter.after.unwrap_or(0),
        })
    }
}

pub(super) fn list(
    call: &ControlCall<'_>,
    filter: OutboxFilter,
) -> Result<LongPoll<OutboxPage>, ApiError> {
    call.check_wait(filter.wait.as_deref())?;
    let query = call.outbox_query(filter)?;
    let page = call.platform.outbox().list(&query);
    Ok(LongPoll { is_empty: page.messages.is_empty(), list: page })
}

pub(super) fn delete(call: &ControlCall<'_>, filter: OutboxFilter) -> Result<Nothing, ApiError> {
    if filter.wait.is_some() {
        return Err(invalid("wait", "only for GET"));
    }
    let query = call.outbox_query(filter)?;
    call.platform.delete_messages(&query).map_err(CommandError::from)?;
    Ok(Nothing)
}

pub(super) fn get(call: &ControlCall<'_>) -> Result<OutboxMessage, ApiError> {
    let id = call.parameter("id");
    let found = parse_uuid(Some(id)).and_then(|id| call.platform.outbox().get(id));
    found.ok_or_else(|| {
        DomainError::new(ErrorName::NoSuchEntry, format!("Message `{id}` does not exist.")).into()
    })
}

pub(super) struct RawMessage(OutboxMessage);

impl ControlAnswer for RawMessage {
    const BODY: AnswerBody = AnswerBody::Bytes(&["message/rfc822", "text/plain"]);

    fn respond(self, status: u16) -> HttpResponse {
        let (media_type, raw) = rfc5322::raw(&self.0);
        HttpResponse::with_body(status, media_type, raw).header("cache-control", "no-store")
    }
}

pub(super) fn raw(call: &ControlCall<'_>) -> Result<RawMessage, ApiError> {
    get(call).map(RawMessage)
}
