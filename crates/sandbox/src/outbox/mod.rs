//! The outbox: every mail and SMS that the platform would have sent. Nothing leaves the sandbox;
//! a test reads here the code and the links that a person would read at home.
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
use uuid::Uuid;

/// Messages that are kept; the oldest go first.
pub const CAPACITY: usize = 10_000;
/// Messages in one answer.
pub const PAGE: usize = 200;

/// Every type of message.
pub const KINDS: [&str; 4] = ["INVITE", "REMINDER", "COMPLETION", "CODE"];

/// By which way a message goes out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum MessageChannel {
    /// E-mail.
    Mail,
    /// SMS.
    Sms,
}

impl MessageChannel {
    /// As it is spelled.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Mail => "MAIL",
            Self::Sms => "SMS",
        }
    }
}

/// A mail or an SMS.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OutboxMessage {
    /// Identifier.
    pub id: Uuid,
    /// Way.
    pub channel: MessageChannel,
    /// Address or number.
    pub to: String,
    /// One of [`KINDS`].
    #[serde(rename = "type")]
    pub kind: String,
    /// Language.
    pub locale: Locale,
    /// Subject; empty for an SMS.
    pub subject: String,
    /// Text.
    pub text: String,
    /// The access code, where there is one.
    pub code: Option<String>,
    /// The links in the text.
    pub links: Vec<String>,
    /// The process.
    pub process_id: Uuid,
    /// Its organization; absent in a corporate tenant.
    pub organization_id: Option<Uuid>,
    /// The participant.
    pub person_id: Uuid,
    /// When, on the clock of the platform.
    #[serde(serialize_with = "crate::calendar::serialize_timestamp")]
    pub at: Timestamp,
}

// Its text has the code in it.
impl fmt::Debug for OutboxMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { id, channel, kind, .. } = self;
        let mut message = f.debug_struct("Message");
        message.field("id", id).field("channel", channel).field("kind", kind);
        message.finish_non_exhaustive()
    }
}

/// Which messages.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OutboxQuery {
    /// Only of this channel.
    pub channel: Option<MessageChannel>,
    /// Only to this address or number.
    pub to: Option<String>,
    /// Only of this type.
    pub kind: Option<String>,
    /// Only of this process.
    pub process: Option<Uuid>,
    /// Only of this participant.
    pub person: Option<Uuid>,
    /// Only of this organization.
    pub organization: Option<Uuid>,
    /// Only what came after this cursor.
    pub after: u64,
}

impl OutboxQuery {
    fn matches(&self, message: &OutboxMessage) -> bool {
        fn fits<T: PartialEq>(wanted: Option<&T>, found: &T) -> bool {
            wanted.is_none_or(|wanted| wanted == found)
        }
        fits(self.channel.as_ref(), &message.channel)
            && self.to.as_ref().is_none_or(|to| to.eq_ignore_ascii_case(&message.to))
            && fits(self.kind.as_ref(), &message.kind)
            && fits(self.process.as_ref(), &message.process_id)
            && fits(self.person.as_ref(), &message.person_id)
            && self.organization.is_none_or(|o| message.organization_id == Some(o))
    }
}

/// A part of the outbox, oldest first.
#[derive(Debug, Serialize)]
pub struct OutboxPage {
    /// The messages.
    pub messages: Vec<OutboxMessage>,
    /// The cursor after them, for `after`.
    pub next: String,
}

/// All messages, oldest first, each with its place in the order in which they were written.
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

    /// Goes on where a former run ended.
    pub fn resume(&self, messages: Vec<(u64, OutboxMessage)>, written: u64) {
        let mut inner = self.inner();
        inner.messages = messages.into();
        inner.written = written;
    }

    /// How many were ever written: grows with each message, also after a deletion.
    pub fn written(&self) -> u64 {
        self.inner().written
    }

    /// The messages of a query, oldest first, [`PAGE`] at most.
    pub fn list(&self, query: &OutboxQuery) -> OutboxPage {
        let inner = self.inner();
        let mut found: Vec<(u64, OutboxMessage)> = inner
            .messages
            .iter()
            .filter(|(place, message)| *place > query.after && query.matches(message))
            .take(PAGE)
            .cloned()
            .collect();
        // Where the list was cut, the cursor stands at the last one that is shown.
        let next = match found.last() {
            Some((place, _)) if found.len() == PAGE => *place,
            _ => inner.written.max(query.after),
        };
        OutboxPage {
            messages: found.drain(..).map(|(_, message)| message).collect(),
            next: next.to_string(),
        }
    }

    /// Whether a query finds anything.
    pub fn has(&self, query: &OutboxQuery) -> bool {
        let inner = self.inner();
        inner.messages.iter().any(|(place, m)| *place > query.after && query.matches(m))
    }

    /// Every message, oldest first.
    pub fn all(&self) -> Vec<OutboxMessage> {
        self.inner().messages.iter().map(|(_, message)| message.clone()).collect()
    }

    /// The latest messages, newest first.
    pub fn latest(&self, count: usize) -> Vec<OutboxMessage> {
        self.inner().messages.iter().rev().take(count).map(|(_, message)| message.clone()).collect()
    }

    /// The message of that identifier.
    pub fn get(&self, id: Uuid) -> Option<OutboxMessage> {
        self.inner().messages.iter().find(|(_, m)| m.id == id).map(|(_, m)| m.clone())
    }

    /// Every message of a query.
    pub fn find(&self, query: &OutboxQuery) -> HashSet<Uuid> {
        let inner = self.inner();
        let found = inner.messages.iter().filter(|(at, m)| *at > query.after && query.matches(m));
        found.map(|(_, message)| message.id).collect()
    }

    /// Deletes messages.
    pub fn remove(&self, ids: &HashSet<Uuid>) {
        self.inner().messages.retain(|(_, message)| !ids.contains(&message.id));
    }

    /// Deletes the messages of a query.
    pub fn delete(&self, query: &OutboxQuery) {
        self.inner().messages.retain(|(at, m)| *at <= query.after || !query.matches(m));
    }
}
