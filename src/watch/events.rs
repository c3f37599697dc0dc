//! Derives the events of a process from its JSON, in the order in which they happened.
//!
//! A process shows all its past events, so the new ones are those that were not delivered before.
//! Events between two reads are derived as well: a signature implies an invitation, an end implies a
//! release.

use crate::contract::json::{self, write_string};
use crate::contract::{SignerStatus, State, is_uuid, parse_date_time_ms};

/// Event of a process.
#[derive(Debug)]
pub(super) struct ObservedEvent {
    /// Unique within the process: a letter and a [`short_hash`] of the subject.
    pub(super) key: String,
    /// Position in the lifecycle, then the timestamp.
    order: (u8, i64),
    /// The event as JSON text.
    pub(super) event: String,
}

/// Process with the events derived from it.
pub(super) struct ObservedProcess {
    pub(super) id: String,
    pub(super) state: State,
    /// Milliseconds since 1970, on the platform's clock.
    pub(super) created: i64,
    /// Changes with every change of the process.
    pub(super) version: String,
    pub(super) events: Vec<ObservedEvent>,
}

/// Event of a signer status: letter of the key, event type, position in the lifecycle, and field with
/// the timestamp. WAITING has no event.
type SignerEventSpec = (SignerStatus, &'static str, &'static str, u8, &'static str);
static SIGNER_EVENTS: [SignerEventSpec; 6] = [
    (SignerStatus::Pending, "i", "signer.invited", 3, ""),
    (SignerStatus::Signed, "s", "signer.signed", 4, "signedOn"),
    (SignerStatus::Declined, "d", "signer.declined", 5, ""),
    (SignerStatus::Removed, "z", "signer.removed", 5, ""),
    (SignerStatus::Replaced, "p", "signer.replaced", 5, ""),
    (SignerStatus::Canceled, "n", "signer.canceled", 6, "canceledOn"),
];

/// Event of an online identification: letter of the key, event type, field with the timestamp.
static IDENTIFICATION_EVENTS: [(&str, &str, &str); 2] = [
    ("v", "signer.identified", "verifiedOn"),
    ("x", "signer.identification_rejected", "rejectedOn"),
];

/// Parses a process or an item of a list; `None` without an identifier or a status.
pub(super) fn parse_process(process: &str) -> Option<ObservedProcess> {
    let text = |name: &str| json::find_string(process, &[name]);
    let id = text("id").filter(|id| is_uuid(id))?.to_ascii_lowercase();
    let status = text("status")?;
    let state = State::parse(&status);
    // Hash the whole process instead of using `lastModifiedDate`: two changes can share a
    // timestamp, and the second would be lost.
    let version = short_hash(process);
    let created_on = text("createdDate");
    let created = created_on.as_deref().and_then(parse_date_time_ms).unwrap_or(0);
    let mut collector = EventCollector { id: &id, state: &status, events: Vec::new() };

    collector.add("c", "", "process.created", 0, created_on.as_deref(), &[]);
    for file in json::items(json::find_raw(process, &["fileReferences"]).unwrap_or_default()) {
        if let Some(file_id) = json::find_string(file, &["initialFileId"]) {
            collector.add("f", &file_id, "file.attached", 1, None, &[("fileId", &file_id)]);
        }
    }
    let valid_until = text("validUntil");
    let end = match state {
        State::Completed => Some(("e", "process.completed", None)),
        State::Expired => Some(("x", "process.expired", valid_until.as_deref())),
        State::Unknown(_) => {
            collector.add("u", &status, "process.changed", 2, None, &[]);
            None
        }
        State::Created | State::Pending => None,
    };
    if end.is_some() || state == State::Pending {
        collector.add("r", "", "process.released", 2, None, &[]);
    }
    let initiator = json::find_raw(process, &["initiator"]).into_iter();
    let invited = json::find_raw(process, &["invitees", "signers"]).unwrap_or_default();
    for signer in initiator.chain(json::items(invited)) {
        collector.signer(signer);
    }
    if let Some((letter, name, at)) = end {
        // A process that expired because of a decline keeps its future `validUntil`; do not report
        // that as the time of the event.
        let at = at.filter(|at| Some(*at) <= text("lastModifiedDate").as_deref());
        collector.add(letter, "", name, 7, at, &[]);
    }
    let events = collector.events;
    Some(ObservedProcess { id, state, created, version, events })
}

/// Parses audit records (response of getRecords) into events, oldest first.
pub(super) fn parse_records(id: &str, response: &str) -> Vec<ObservedEvent> {
    let mut events = Vec::new();
    for record in json::items(json::find_raw(response, &["records"]).unwrap_or_default()) {
        let text = |name: &str| json::find_string(record, &[name]);
        let key = text("id");
        let mut event = begin("record.written", id, text("createdDate").as_deref());
        event.push_str(",\"record\":");
        event.push_str(record);
        event.push('}');
        events.push(ObservedEvent {
            key: key_of("a", key.as_deref().unwrap_or(record)),
            order: (0, 0),
            event,
        });
    }
    events.reverse();
    events
}

/// Creates the event of a process that does not exist any more.
pub(super) fn gone_event(id: &str) -> ObservedEvent {
    let mut event = begin("process.gone", id, None);
    event.push('}');
    ObservedEvent { key: "g".into(), order: (8, 0), event }
}

struct EventCollector<'a> {
    id: &'a str,
    state: &'a str,
    events: Vec<ObservedEvent>,
}

impl EventCollector<'_> {
    /// Inserts an event in order, after events with the same position and timestamp.
    fn add(
        &mut self,
        letter: &str,
        subject: &str,
        name: &str,
        position: u8,
        at: Option<&str>,
        more: &[(&str, &str)],
    ) {
        let mut event = begin(name, self.id, at);
        member(&mut event, "state", self.state);
        for (name, value) in more {
            member(&mut event, name, value);
        }
        event.push('}');
        let order = (position, at.and_then(parse_date_time_ms).unwrap_or(0));
        let index = self.events.iter().take_while(|event| event.order <= order).count();
        self.events.insert(index, ObservedEvent { key: key_of(letter, subject), order, event });
    }

    fn signer(&mut self, signer: &str) {
        let text = |name: &str| json::find_string(signer, &[name]);
        let Some(status) = text("status") else { return };
        let (identification, reference) = (text("identification"), text("externalIdentifier"));
        let mut about = vec![("status", status.as_ref())];
        about.extend(identification.as_deref().map(|text| ("signer", text)));
        about.extend(reference.as_deref().map(|text| ("externalIdentifier", text)));
        let subject = identification.as_deref().or(reference.as_deref()).unwrap_or_default();
        for (letter, name, field) in IDENTIFICATION_EVENTS {
            if let Some(at) = json::find_string(signer, &["verification", field]) {
                self.add(letter, subject, name, 4, Some(&at), &about);
            }
        }
        let parsed = SignerStatus::parse(&status);
        for (known, letter, name, position, field) in &SIGNER_EVENTS {
            let invited = *known == SignerStatus::Pending
                && matches!(parsed, SignerStatus::Signed | SignerStatus::Declined);
            if parsed == *known || invited {
                let at = text(field);
                self.add(letter, subject, name, *position, at.as_deref(), &about);
            }
        }
        if let SignerStatus::Unknown(status) = parsed {
            let mut both = String::from(subject);
            both.push_str(&status);
            self.add("u", &both, "signer.changed", 4, None, &about);
        }
    }
}

fn begin(name: &str, id: &str, at: Option<&str>) -> String {
    let mut event = String::from("{\"type\":");
    write_string(&mut event, name);
    member(&mut event, "processId", id);
    if let Some(at) = at {
        member(&mut event, "at", at);
    }
    event
}

fn member(out: &mut String, name: &str, value: &str) {
    out.push(',');
    write_string(out, name);
    out.push(':');
    write_string(out, value);
}

fn key_of(letter: &str, subject: &str) -> String {
    let mut key = String::from(letter);
    if !subject.is_empty() {
        key.push_str(&short_hash(subject));
    }
    key
}

/// Twelve hexadecimal digits: the upper 48 bits of FNV-1a.
fn short_hash(text: &str) -> String {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for byte in text.bytes() {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    let digit = |index: u32| char::from_digit((hash >> (60 - 4 * index)) as u32 & 15, 16);
    (0..12).filter_map(digit).collect()
}
