//! Initial data, restored on reset: no processes, a demo, or an export.

use std::collections::BTreeSet;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use jiff::{Span, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use swisscom_sign::contract::State;
use swisscom_sign::contract::declare::api_object;
use uuid::Uuid;

use crate::actions::signed_files;
use crate::calendar::add_span;
use crate::directory::ORGANIZATION_A;
use crate::domain::{
    AttachCommand, CreateCommand, DeclineCommand, DomainError, ErrorName, ProcessCommand,
    ProcessOwner, ReleaseCommand, ResolvedPosition, SignCommand, Tenant,
};
use crate::links::Links;
use crate::outbox::OutboxMessage;
use crate::platform::{
    CommandError, ContentTarget, Platform, PlatformSnapshot, PostCommitEffects, PreparedCommand,
};
use crate::store::StoreSnapshot;

/// Initial data.
#[derive(Debug, Clone, Default)]
pub enum InitialData {
    /// Clients, teams, a partner and accounts, but no process.
    #[default]
    None,
    /// The same, with processes of organization A in every state.
    Demo,
    /// An export.
    Saved(Box<PlatformSnapshot>),
}

/// Resets the platform to the initial data.
pub(crate) fn reset(
    platform: &Platform,
    links: &Links,
    data: &InitialData,
) -> Result<(), CommandError> {
    platform.reset(|effects| plant(platform, links, data, effects))
}

/// Loads what the store holds; an empty store is seeded with the initial data.
pub(crate) fn load_or_seed(
    platform: &Platform,
    links: &Links,
    data: &InitialData,
) -> Result<(), CommandError> {
    platform.load_or_seed(|effects| plant(platform, links, data, effects))
}

/// Adds the initial data to the present processes.
pub(crate) fn seed(
    platform: &Platform,
    links: &Links,
    data: &InitialData,
) -> Result<(), CommandError> {
    platform.seed(|effects| plant(platform, links, data, effects))
}

fn plant(
    platform: &Platform,
    links: &Links,
    data: &InitialData,
    effects: &mut PostCommitEffects,
) -> Result<(), CommandError> {
    match data {
        InitialData::None => Ok(()),
        InitialData::Demo => demo(platform, links, effects),
        InitialData::Saved(saved) => platform.apply_snapshot(saved, effects),
    }
}

/// Final state of a demo process.
enum DemoProcessEnd {
    Draft,
    Pending,
    Completed,
    Declined,
    Expired,
    Archived,
}

/// Title, age in days, lifetime in days, final state.
static DEMO: [(&str, i64, i64, DemoProcessEnd); 7] = [
    ("Draft of an offer", 1, 30, DemoProcessEnd::Draft),
    ("Offer", 3, 30, DemoProcessEnd::Pending),
    ("Lease that expires soon", 28, 30, DemoProcessEnd::Pending),
    ("Contract", 9, 30, DemoProcessEnd::Completed),
    ("Non-disclosure agreement", 12, 30, DemoProcessEnd::Declined),
    ("Price list", 25, 14, DemoProcessEnd::Expired),
    ("Employment contract", 50, 30, DemoProcessEnd::Archived),
];

fn demo(
    platform: &Platform,
    links: &Links,
    effects: &mut PostCommitEffects,
) -> Result<(), CommandError> {
    let owner = ProcessOwner { tenant: Tenant::Public, organization: Some(ORGANIZATION_A) };
    let today = platform.now_of(&owner);
    for (title, age, life, end) in &DEMO {
        let ago = |days: i64| add_span(today, Span::new().days(-days)).unwrap_or(today);
        let (created, released) = (ago(*age), ago(*age));
        let valid_until = add_span(released, Span::new().days(*life)).unwrap_or(today);
        process(platform, links, effects, owner, title, (created, valid_until), end)?;
    }
    Ok(())
}

fn typed<T: serde::de::DeserializeOwned>(value: Value) -> Result<T, CommandError> {
    serde_json::from_value(value).map_err(|error| CommandError::Internal(error.to_string()))
}

fn process(
    platform: &Platform,
    links: &Links,
    effects: &mut PostCommitEffects,
    owner: ProcessOwner,
    title: &str,
    (at, valid_until): (Timestamp, Timestamp),
    end: &DemoProcessEnd,
) -> Result<(), CommandError> {
    let people = [("anna", "Anna", "Muster"), ("beat", "Beat", "Beispiel")];
    let signers = people.map(|(id, first, last)| {
        json!({
            "type": "SIGNER",
            "externalIdentifier": id,
            "firstName": first,
            "lastName": last,
            "email": format!("{id}@example.com"),
        })
    });
    let request = typed(json!({
        "signatureLevel": "ADVANCED",
        "initiator": { "type": "NON_PERSON", "name": "Demo" },
        "invitees": { "signers": signers },
    }))?;
    let create = ProcessCommand::Create(CreateCommand { owner, request });
    let id = platform.execute_exclusively(links, None, create.into(), at, effects)?.process.id;
    let mut step = |prepared: PreparedCommand, at| {
        platform.execute_exclusively(links, Some(id), prepared, at, effects)
    };

    let bytes = Bytes::from(swisscom_sign_pdf::sample(&[swisscom_sign_pdf::SamplePage::default()]));
    let pages = platform.documents().inspect(&bytes).ok().and_then(|inspection| inspection.pages);
    let place = |(index, (signer, ..)): (usize, &(&str, &str, &str))| ResolvedPosition {
        signer: (*signer).to_owned(),
        page: 0,
        x: 60,
        y: 600 + 80 * i32::try_from(index).unwrap_or(0),
        sticker: None,
    };
    let attach = AttachCommand {
        name: format!("{title}.pdf"),
        external_identifier: None,
        pages,
        places: people.iter().enumerate().map(place).collect(),
    };
    let attach = PreparedCommand {
        command: ProcessCommand::Attach(attach),
        content: vec![(ContentTarget::NewFile, bytes)],
    };
    step(attach, at)?;
    if matches!(end, DemoProcessEnd::Draft) {
        return Ok(());
    }
    let request = typed(json!({ "language": "en-GB" }))?;
    let release = ReleaseCommand { request, valid_until: Some(valid_until) };
    step(ProcessCommand::Release(release).into(), at)?;
    match end {
        DemoProcessEnd::Draft | DemoProcessEnd::Pending | DemoProcessEnd::Expired => {}
        DemoProcessEnd::Declined => {
            let reason = Some("The price has changed.".to_owned());
            step(
                ProcessCommand::Decline(DeclineCommand { person: "anna".into(), reason }).into(),
                at,
            )?;
        }
        DemoProcessEnd::Completed | DemoProcessEnd::Archived => {
            for (person, ..) in people {
                let sign = SignCommand { person: person.to_owned(), ..SignCommand::default() };
                let process = platform.store().load(id)?.ok_or(ErrorName::ProcessNotFound)?.process;
                let content = signed_files(platform, &process, &sign, at)?;
                step(PreparedCommand { command: ProcessCommand::Sign(sign), content }, at)?;
            }
        }
    }
    // Applies the events that became due in the meantime.
    let now = platform.now_of(&owner);
    step(ProcessCommand::Elapse.into(), now)?;
    if matches!(end, DemoProcessEnd::Archived) {
        step(ProcessCommand::Archive.into(), now)?;
    }
    Ok(())
}

/// Version of the export format.
const FORMAT: i32 = 1;

api_object! {
    /// Export of all data, including the secrets of clients.
    ExportDocument as "Export" [closed] #[serde(deny_unknown_fields)]: Serialize, Deserialize {
        /// Version of the format.
        must format "format": [integer min 1 max 1];
        /// Organizations, clients, teams, partners and accounts.
        must directory "directory" as Value: [any];
        /// Clocks.
        must clocks "clocks" as Value: [any];
        /// Processes.
        must processes "processes" as Vec<Value>: [list of any];
        /// Content of the files.
        must blobs "blobs": [list of object ExportedFile];
        /// Messages; absent in the first exports.
        may messages "messages": [list of object OutboxMessage];
    }

    /// Content of a file.
    ExportedFile [closed] #[serde(deny_unknown_fields)]: Serialize, Deserialize {
        /// Identifier.
        must id "id" as Uuid: [text Uuid];
        /// Content.
        must base64 "base64": [text];
    }
}

/// Serializes a snapshot as JSON.
///
/// # Errors
/// Returns an error if the serialization fails.
pub fn export(saved: &PlatformSnapshot) -> Result<Vec<u8>, CommandError> {
    let failed = |error: serde_json::Error| CommandError::Internal(error.to_string());
    let processes = saved.snapshot.processes.iter().map(|p| serde_json::to_value(p.as_ref()));
    let blob =
        |(id, bytes): &(Uuid, Bytes)| ExportedFile { id: *id, base64: STANDARD.encode(bytes) };
    let export = ExportDocument {
        format: FORMAT,
        directory: saved.directory.clone(),
        clocks: saved.clocks.clone(),
        processes: processes.collect::<Result<_, _>>().map_err(failed)?,
        blobs: saved.snapshot.blobs.iter().map(blob).collect(),
        messages: Some(saved.snapshot.messages.clone()),
    };
    serde_json::to_vec(&export).map_err(failed)
}

/// Parses an export.
///
/// # Errors
/// Returns an error if the text is not an export, has a later version or is incomplete.
pub fn import(text: &[u8]) -> Result<PlatformSnapshot, DomainError> {
    let refuse = |why: String| DomainError::new(ErrorName::Validation, format!("$: {why}"));
    let export: ExportDocument =
        serde_json::from_slice(text).map_err(|error| refuse(error.to_string()))?;
    if export.format != FORMAT {
        return Err(refuse(format!("this sandbox reads exports of format {FORMAT}")));
    }
    let processes = export.processes.into_iter().map(serde_json::from_value);
    let blob = |ExportedFile { id, base64 }| match STANDARD.decode(base64) {
        Ok(bytes) => Ok((id, Bytes::from(bytes))),
        Err(_) => Err(refuse(format!("invalid export: blob {id} is not Base64"))),
    };
    let snapshot = StoreSnapshot {
        processes: processes
            .map(|process| process.map(std::sync::Arc::new))
            .collect::<Result<_, _>>()
            .map_err(|error| refuse(error.to_string()))?,
        blobs: export.blobs.into_iter().map(blob).collect::<Result<_, _>>()?,
        messages: export.messages.unwrap_or_default(),
    };
    is_whole(&snapshot).map_err(refuse)?;
    Ok(PlatformSnapshot { directory: export.directory, clocks: export.clocks, snapshot })
}

/// Checks that no referenced data is missing and no entry is duplicated. Detects an edited or
/// damaged export before it replaces the present data.
fn is_whole(snapshot: &StoreSnapshot) -> Result<(), String> {
    let mut blobs = BTreeSet::new();
    for (id, _) in &snapshot.blobs {
        if !blobs.insert(*id) {
            return Err(format!("invalid export: duplicate blob {id}"));
        }
    }
    let mut messages = BTreeSet::new();
    if let Some(twice) = snapshot.messages.iter().find(|message| !messages.insert(message.id)) {
        return Err(format!("invalid export: duplicate message {}", twice.id));
    }
    let mut processes = BTreeSet::new();
    for process in &snapshot.processes {
        if !processes.insert(process.id) {
            return Err(format!("invalid export: duplicate process {}", process.id));
        }
        if let State::Unknown(status) = &process.status {
            return Err(format!(
                "invalid export: process {} has the unknown status {status:?}",
                process.id
            ));
        }
        let missing = process.blobs().find(|id| !blobs.contains(id));
        if let Some(id) = missing.filter(|_| process.archived_on.is_none()) {
            return Err(format!("invalid export: blob {id} of process {} is missing", process.id));
        }
        for id in process.blobs() {
            blobs.remove(&id);
        }
    }
    match blobs.first() {
        Some(stray) => {
            Err(format!("invalid export: blob {stray} is not referenced by any process"))
        }
        None => Ok(()),
    }
}
