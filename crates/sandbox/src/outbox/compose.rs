//! Creates messages from domain events and access codes.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use swisscom_sign::contract::{Locale, Participant};
use uuid::Uuid;

use super::texts::Texts;
use super::{MessageChannel, MessageType, OutboxMessage};
use crate::domain::process::parse_uuid;
use crate::domain::{DomainEvent, EventKind, MailNotification, ProcessAggregate};
use crate::localization::{date_time, fill};

/// Dependencies of a message besides the process.
pub struct MessageContext<'a> {
    /// Permanent URL of a participant.
    pub link: &'a dyn Fn(Uuid) -> String,
    /// Generator of identifiers.
    pub id: &'a dyn Fn() -> Uuid,
}

/// Mails for these events.
pub fn mails(
    process: &ProcessAggregate,
    events: &[DomainEvent],
    sender: &MessageContext<'_>,
) -> Vec<OutboxMessage> {
    events
        .iter()
        .filter_map(|event| match &event.what {
            EventKind::Mailed(mail) => Some(self::mail(process, mail, event.at, sender)),
            _ => None,
        })
        .collect()
}

fn mail(
    process: &ProcessAggregate,
    mail: &MailNotification,
    at: Timestamp,
    sender: &MessageContext<'_>,
) -> OutboxMessage {
    let texts = Texts::of(&mail.locale);
    // Contract, `NotificationType`: INVITE notifies every participant of the release, including an
    // initiator who does not sign.
    let is_released = process.signer(mail.person).is_none();
    let (kind, subject, body, link_text) = match mail.kind {
        "COMPLETION" => (
            MessageType::Completion,
            texts.completion_subject,
            texts.completion,
            texts.view_documents,
        ),
        "REMINDER" => {
            (MessageType::Reminder, texts.reminder_subject, texts.reminder, texts.view_and_sign)
        }
        _ if is_released => {
            (MessageType::Invite, texts.released_subject, texts.released, texts.view_documents)
        }
        _ => (MessageType::Invite, texts.invite_subject, texts.invite, texts.view_and_sign),
    };
    let initiator = initiator_name(process).unwrap_or_else(|| texts.unnamed_sender.to_owned());
    let greeting = match person_name(process, mail.person) {
        Some(name) => fill(texts.greeting, &[("name", &name)]),
        None => texts.greeting_unnamed.to_owned(),
    };
    let files: Vec<&str> = process.files.iter().map(|file| file.name.as_str()).collect();
    let files = files.join(", ");
    let until = process.released.as_ref().map(|r| date_time(r.valid_until, &mail.locale));
    let until = until.unwrap_or_default();
    let values = [("initiator", initiator.as_str()), ("files", &files), ("until", &until)];
    let link = (sender.link)(mail.person);
    let mut text = format!("{greeting}\n\n{}", fill(body, &values));
    // Contract, `personalMessage`: "included in invitation emails".
    if kind == MessageType::Invite
        && !is_released
        && let Some(message) = personal_message(process)
    {
        text.push_str(&format!("\n\n{message}"));
    }
    text.push_str(&format!("\n\n{link_text}\n{link}\n\n{}\n", texts.sandbox));
    OutboxMessage {
        id: (sender.id)(),
        channel: MessageChannel::Mail,
        to: mail.to.clone(),
        kind,
        locale: mail.locale.clone(),
        subject: fill(subject, &values),
        text,
        code: None,
        links: vec![link],
        process_id: process.id,
        organization_id: process.owner.organization,
        person_id: mail.person,
        at,
    }
}

/// What a code is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CodePurpose {
    /// Access to a page.
    Access,
    /// A signature by SMS.
    Signature,
}

/// Access code to be delivered.
pub struct AccessCodeMessage<'a> {
    /// Purpose.
    pub purpose: CodePurpose,
    /// Channel.
    pub channel: MessageChannel,
    /// Address or number.
    pub to: &'a str,
    /// Participant.
    pub person: Uuid,
    /// Code.
    pub code: &'a str,
    /// Validity in seconds.
    pub lifetime: i64,
    /// Language.
    pub locale: &'a Locale,
    /// Time.
    pub at: Timestamp,
}

/// Message with an access code.
pub fn code(
    process: &ProcessAggregate,
    id: Uuid,
    message: &AccessCodeMessage<'_>,
) -> OutboxMessage {
    let texts = Texts::of(message.locale);
    let minutes = (message.lifetime / 60).max(1).to_string();
    let text = match message.purpose {
        CodePurpose::Access => texts.code,
        CodePurpose::Signature => texts.sign_code,
    };
    let text = fill(text, &[("code", message.code), ("minutes", &minutes)]);
    let (subject, text) = match message.channel {
        MessageChannel::Mail => {
            (texts.code_subject.to_owned(), format!("{text}\n\n{}\n", texts.sandbox))
        }
        MessageChannel::Sms => (String::new(), text),
    };
    OutboxMessage {
        id,
        channel: message.channel,
        to: message.to.to_owned(),
        kind: MessageType::Code,
        locale: message.locale.clone(),
        subject,
        text,
        code: Some(message.code.to_owned()),
        links: Vec::new(),
        process_id: process.id,
        organization_id: process.owner.organization,
        person_id: message.person,
        at: message.at,
    }
}

/// Time in UTC, to the minute.
pub fn format_minute(at: Timestamp) -> String {
    at.to_zoned_datetime(TimeZone::UTC).strftime("%Y-%m-%d %H:%M").to_string()
}

/// Name of the initiator, if known.
pub fn initiator_name(process: &ProcessAggregate) -> Option<String> {
    match &process.request.initiator {
        Participant::NonPerson(system) => filled(&system.name),
        Participant::Person(person) => {
            let both = [&person.first_name, &person.last_name];
            let both: Vec<&str> = both.into_iter().filter_map(|n| n.as_deref()).collect();
            filled(&both.join(" ")).or_else(|| person.email.clone())
        }
        Participant::Signer(signer) => {
            filled(&format!("{} {}", signer.first_name, signer.last_name))
        }
        _ => None,
    }
}

/// Name of a participant, if known.
pub fn person_name(process: &ProcessAggregate, person: Uuid) -> Option<String> {
    match process.signer(person) {
        Some(signer) => filled(&format!("{} {}", signer.first_name, signer.last_name)),
        None => match &process.request.initiator {
            Participant::Person(initiator)
                if parse_uuid(initiator.identification.as_deref()) == Some(person) =>
            {
                initiator_name(process)
            }
            _ => None,
        },
    }
}

/// Invitation message without HTML tags (contract, `personalMessage`).
pub fn personal_message(process: &ProcessAggregate) -> Option<String> {
    let message = process.request.invitees.as_ref()?.personal_message.as_deref()?;
    let mut plain = String::with_capacity(message.len());
    // Positions of each unclosed `<` in `plain`. Tags are removed as they close, so that removing an
    // inner tag cannot create a new one.
    let mut open = Vec::new();
    for c in message.chars() {
        match (c, open.last().copied()) {
            ('<', _) => open.push(plain.len()),
            ('>', Some(at)) => {
                open.pop();
                if plain.get(at + 1..).is_some_and(begins_tag) {
                    plain.truncate(at);
                    continue;
                }
            }
            _ => {}
        }
        plain.push(c);
    }
    filled(&plain)
}

/// Whether the text after a `<` starts a tag.
fn begins_tag(rest: &str) -> bool {
    rest.starts_with(|c: char| c.is_ascii_alphabetic() || matches!(c, '/' | '!' | '?'))
}

fn filled(text: &str) -> Option<String> {
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}
