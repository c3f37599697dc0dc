//! Outbox: every mail and SMS that the platform would have sent. Nothing leaves the sandbox; tests read
//! the codes and links here.
//!
//! - [`texts`]: texts of the messages in four languages.
//! - [`compose`]: creates messages from domain events and access codes.
//! - [`rfc5322`]: the raw form of a message.

pub mod compose;
pub mod rfc5322;
pub mod texts;

use std::collections::{HashSet, VecDeque};
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use swisscom_sign::contract::Locale;
use swisscom_sign::contract::declare::{api_object, closed_enum};
use uuid::Uuid;

use crate::calendar::serialize_timestamp;

/// Maximum number of messages; the oldest are dropped first.
pub const CAPACITY: usize = 10_000;
/// Maximum number of messages in a response.
pub const PAGE: usize = 200;

closed_enum! {
    /// Delivery channel.
    MessageChannel {
        /// E-mail.
        Mail = "MAIL",
        /// SMS.
        Sms = "SMS",
    }

    /// Message type.
    MessageType {
        /// Invitation, or information about the release.
        Invite = "INVITE",
        /// Reminder.
        Reminder = "REMINDER",
        /// All signers have signed.
        Completion = "COMPLETION",
        /// Access code.
        Code = "CODE",
    }
}

api_object! {
    /// A mail or an SMS that the platform would send.
    OutboxMessage: Clone, PartialEq, Serialize, Deserialize {
        /// Identifier.
        must id "id" as Uuid: [text Uuid];
        /// Channel.
        must channel "channel": [enumeration MessageChannel];
        /// Address or number.
        must to "to": [text];
        /// Type.
        must kind "type": [enumeration MessageType];
        /// Language.
        must locale "locale": [enumeration Locale];
        /// Subject; empty for an SMS.
        must subject "subject": [text];
        /// Text.
        must text "text": [text];
        /// Access code, if the message has one.
        null code "code": [text];
        /// Links in the text.
        must links "links": [list of text];
        /// Process.
        must process_id "processId" as Uuid: [text Uuid];
        /// Organization; null in a corporate tenant.
        null organization_id "organizationId" as Uuid: [text Uuid];
        /// Participant.
        must person_id "personId" as Uuid: [text Uuid];
        /// Time, on the clock of the platform.
        must at "at" as Timestamp: [text DateTime] #[serde(serialize_with = "serialize_timestamp")];
    }

    /// Filter for messages.
    OutboxQuery [closed]: Debug, Clone, Default, PartialEq, Eq, Deserialize {
        /// Only this organization; the whole server if absent.
        may organization_id "organizationId" as Uuid: [text Uuid];
        /// Channel.
        may channel "channel": [enumeration MessageChannel];
        /// Address or number.
        may to "to": [text];
        /// Message type.
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

    /// Page of messages, oldest first.
    OutboxPage: Debug, Serialize {
        /// The messages.
        must messages "messages": [list of object OutboxMessage];
        /// Cursor after these messages, for `after`.
        must next "next": [text];
    }
}

// Not derived: the text contains the access code.
impl fmt::Debug for OutboxMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { id, channel, kind, .. } = self;
        let mut message = f.debug_struct("Message");
        message.field("id", id).field("channel", channel).field("kind", kind);
        message.finish_non_exhaustive()
    }
}

impl OutboxQuery {
    fn after(&self) -> u64 {
        self.after.unwrap_or(0)
    }

    fn matches(&self, message: &OutboxMessage) -> bool {
        fn fits<T: PartialEq>(wanted: Option<&T>, found: &T) -> bool {
            wanted.is_none_or(|wanted| wanted == found)
        }
        fits(self.channel.as_ref(), &message.channel)
            && self.to.as_ref().is_none_or(|to| to.eq_ignore_ascii_case(&message.to))
            && fits(self.kind.as_ref(), &message.kind)
            && fits(self.process_id.as_ref(), &message.process_id)
            && fits(self.person_id.as_ref(), &message.person_id)
            && self.organization_id.is_none_or(|o| message.organization_id == Some(o))
    }
}

/// Messages in order, each with its sequence number.
#[derive(Debug, Default)]
pub struct Outbox(Mutex<OutboxState>);

#[derive(Debug, Default)]
struct OutboxState {
    messages: VecDeque<(u64, OutboxMessage)>,
    written: u64,
}

impl Outbox {
    fn inner(&self) -> MutexGuard<'_, OutboxState> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds messages.
    pub fn add(&self, messages: impl IntoIterator<Item = OutboxMessage>) {
        let mut inner = self.inner();
        for message in messages {
            inner.written += 1;
            let place = inner.written;
            inner.messages.push_back((place, message));
            if inner.messages.len() > CAPACITY {
                inner.messages.pop_front();
            }
        }
    }

    /// Restores the messages and the counter of a previous run.
    pub fn resume(&self, messages: Vec<(u64, OutboxMessage)>, written: u64) {
        let mut inner = self.inner();
        inner.messages = messages.into();
        inner.written = written;
    }

    /// Total number of messages ever written; deletions do not reduce it.
    pub fn written(&self) -> u64 {
        self.inner().written
    }

    /// Messages of a query, oldest first, at most [`PAGE`].
    pub fn list(&self, query: &OutboxQuery) -> OutboxPage {
        let inner = self.inner();
        let mut found: Vec<(u64, OutboxMessage)> = inner
            .messages
            .iter()
            .filter(|(place, message)| *place > query.after() && query.matches(message))
            .take(PAGE)
            .cloned()
            .collect();
        // If the list was truncated, the cursor points to the last message of the page.
        let next = match found.last() {
            Some((place, _)) if found.len() == PAGE => *place,
            _ => inner.written.max(query.after()),
        };
        OutboxPage {
            messages: found.drain(..).map(|(_, message)| message).collect(),
            next: next.to_string(),
        }
    }

    /// Whether any message matches.
    pub fn has(&self, query: &OutboxQuery) -> bool {
        let inner = self.inner();
        inner.messages.iter().any(|(place, m)| *place > query.after() && query.matches(m))
    }

    /// All messages, oldest first.
    pub fn all(&self) -> Vec<OutboxMessage> {
        self.inner().messages.iter().map(|(_, message)| message.clone()).collect()
    }

    /// Latest messages, newest first.
    pub fn latest(&self, count: usize) -> Vec<OutboxMessage> {
        self.inner().messages.iter().rev().take(count).map(|(_, message)| message.clone()).collect()
    }

    /// Message with this identifier.
    pub fn get(&self, id: Uuid) -> Option<OutboxMessage> {
        self.inner().messages.iter().find(|(_, m)| m.id == id).map(|(_, m)| m.clone())
    }

    /// Identifiers of all matching messages.
    pub fn find(&self, query: &OutboxQuery) -> HashSet<Uuid> {
        let inner = self.inner();
        let found = inner.messages.iter().filter(|(at, m)| *at > query.after() && query.matches(m));
        found.map(|(_, message)| message.id).collect()
    }

    /// Deletes messages.
    pub fn remove(&self, ids: &HashSet<Uuid>) {
        self.inner().messages.retain(|(_, message)| !ids.contains(&message.id));
    }

    /// Deletes all matching messages.
    pub fn delete(&self, query: &OutboxQuery) {
        self.inner().messages.retain(|(at, m)| *at <= query.after() || !query.matches(m));
    }
}
