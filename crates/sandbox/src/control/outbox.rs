//! The outbox over HTTP: list with a cursor and a wait, one message, delete.

use super::routes::{AnswerBody, ControlAnswer, ControlCall, LongPoll, Nothing, invalid};
use crate::api_error::ApiError;
use crate::domain::process::parse_uuid;
use crate::domain::{DomainError, ErrorName};
use crate::http::HttpResponse;
use crate::outbox::{OutboxMessage, OutboxPage, OutboxQuery, rfc5322};
use crate::platform::CommandError;

impl ControlCall<'_> {
    /// Checks the organization, and writes due reminders.
    fn prepare(&self, query: &OutboxQuery) -> Result<(), ApiError> {
        self.find_organization(query.organization_id)?;
        Ok(self.platform.run_due_events(self.links)?)
    }
}

pub(super) fn list(
    call: &ControlCall<'_>,
    query: OutboxQuery,
) -> Result<LongPoll<OutboxPage>, ApiError> {
    call.check_wait(query.wait.as_deref())?;
    call.prepare(&query)?;
    let page = call.platform.outbox().list(&query);
    Ok(LongPoll { is_empty: page.messages.is_empty(), list: page })
}

pub(super) fn delete(call: &ControlCall<'_>, query: OutboxQuery) -> Result<Nothing, ApiError> {
    if query.wait.is_some() {
        return Err(invalid("wait", "only for GET"));
    }
    call.prepare(&query)?;
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
