//! `Debug` of public types prints neither access URLs nor bodies.
//!
//! A planted value is put into every text of every public type; a type or field that this file does not
//! know fails the test, so that a new one needs a decision.

#![cfg(feature = "model")]
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

use std::collections::BTreeSet;
use std::fmt::Debug;
use std::path::Path;

use secrecy::SecretString;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};
use swisscom_sign::auth::cache::{ClockReading, TokenAction, TokenCache};
use swisscom_sign::auth::{
    AccessToken, ClientAuthentication, ClientCredentials, TokenError, build_token_request,
};
use swisscom_sign::call::{Call, CallEnd, CallOptions, Moment};
use swisscom_sign::contract::declare::ContractObject;
use swisscom_sign::contract::json::{JsonReader, find_scalar};
use swisscom_sign::contract::{
    self as model, FieldType, ListSchema, OBJECTS, ObjectSchema, Operation, Participant,
    SecretText, UnionSchema,
};
use swisscom_sign::preflight::{PreflightContext, PreflightInput, ProcessView};
use swisscom_sign::reconcile::{LookupStep, WriteLookup, add_correlation};
use swisscom_sign::request::{self, ResponseHead, SignRequest, UnknownFields, decode};
use swisscom_sign::watch::{IntervalBounds, Watch, WatchOptions, WatchStep};

const CANARY: &str = "canary-4711";
const ID: &str = "6f1a5c4d-2d9a-4f12-a1c5-bc6e2bcb2d6a";

/// Texts that may be printed. A text that grants access or is the content of a file must not be here.
const PRINTED: &[&str] = &[
    "AuditRecord.action",
    "AuditRecord.createdDate",
    "AuditRecord.extras",
    "AuditRecord.id",
    "AuditRecord.status",
    "CoordinateSignaturePosition.locator",
    "CoordinateSignaturePosition.signer",
    "CoordinateSignaturePosition.stickerProvider",
    "Error.clientBody",
    "Error.clientSubject",
    "Error.id",
    "Error.message",
    "Error.name",
    "Error.path",
    "Error.timestamp",
    "FileAttachResponse.fileId",
    "FileAttachment.contentType",
    "FileAttachment.externalIdentifier",
    "FileAttachment.id",
    "FileAttachment.name",
    "FileReference.externalIdentifier",
    "FileReference.initialFileId",
    "FileReference.lastSignedFileId",
    "FileSignaturePosition.signer",
    "FileSignaturePosition.stickerProvider",
    "Invitees.personalMessage",
    "NonPerson.externalIdentifier",
    "NonPerson.identification",
    "NonPerson.name",
    "NonPerson.type",
    "NotificationSettings.locale",
    "NotificationSettings.suppress",
    "Person.email",
    "Person.externalIdentifier",
    "Person.firstName",
    "Person.identification",
    "Person.lastName",
    "Person.mobile",
    "Person.type",
    "Process.archiveOn",
    "Process.archivedOn",
    "Process.authorization",
    "Process.createdDate",
    "Process.id",
    "Process.lastModifiedDate",
    "Process.partnerId",
    "Process.payload",
    "Process.signatureLevel",
    "Process.status",
    "Process.teamId",
    "Process.validUntil",
    "ProcessAuthentication.identity",
    "ProcessAuthentication.namespace",
    "ProcessOpenRequest.backUrl",
    "ProcessOpenRequest.language",
    "ProcessOpenRequest.lifecycle",
    "ProcessOpenRequest.mode",
    "ProcessOpenRequest.scope",
    "ProcessOpenRequest.successUrl",
    "ProcessOpenResponse.id",
    "ProcessReleaseRequest.language",
    "ProcessReleaseRequest.signatureMethods",
    "ProcessReleaseRequest.validUntil",
    "ProcessSetupRequest.backUrl",
    "ProcessSetupRequest.language",
    "ProcessSetupRequest.mode",
    "ProcessSetupRequest.scope",
    "ProcessSetupRequest.successUrl",
    "ProcessSetupResponse.id",
    "ProcessStatusResponse.id",
    "ProcessStatusResponse.status",
    "Property.key",
    "Property.value",
    "ReleaseResponse.id",
    "ReleaseResponse.status",
    "ReleasedParticipant.externalIdentifier",
    "ReleasedParticipant.id",
    "ReminderSettings.beforeExpiry",
    "ReminderSettings.interval",
    "Signer.canceledOn",
    "Signer.certificateMatch",
    "Signer.certificateName",
    "Signer.discontinuedOn",
    "Signer.email",
    "Signer.externalIdentifier",
    "Signer.firstName",
    "Signer.identification",
    "Signer.lastName",
    "Signer.mobile",
    "Signer.role",
    "Signer.signedOn",
    "Signer.status",
    "Signer.type",
    "TagSignaturePosition.locator",
    "TagSignaturePosition.signer",
    "TagSignaturePosition.stickerProvider",
    "Verification.files",
    "Verification.processId",
    "Verification.rejectedOn",
    "Verification.verifiedOn",
];

/// An object with all required fields, and `planted` filled with the canary.
fn object(schema: &ObjectSchema, planted: &str) -> Value {
    let mut fields = Map::new();
    let needed = |name| name == planted || name == "locator";
    for field in schema.fields.iter().filter(|field| field.required() || needed(field.name)) {
        let text = if field.name == planted { CANARY } else { "x" };
        fields.insert(field.name.to_owned(), value(field.kind, text));
    }
    Value::Object(fields)
}

fn value(kind: FieldType, text: &str) -> Value {
    match kind {
        FieldType::Integer(_) => json!(0),
        FieldType::Boolean => json!(true),
        FieldType::List(ListSchema { item, .. }) => json!([value(*item, text)]),
        FieldType::StringMap => json!({ "key": text }),
        FieldType::Object(schema) => object(schema, ""),
        FieldType::Union(UnionSchema { discriminator, variants, .. }) => {
            let (name, schema) = variants[0];
            let mut fields = object(schema, "");
            fields[*discriminator] = json!(name);
            fields
        }
        _ => json!(text),
    }
}

/// Paths of the texts that `Debug` of this type prints.
fn printed<T: ContractObject + DeserializeOwned + Debug>(seen: &mut BTreeSet<String>) {
    let schema = T::OBJECT;
    for field in schema.fields {
        let object: T = serde_json::from_value(object(schema, field.name)).expect(schema.name);
        if format!("{object:?}").contains(CANARY) {
            seen.insert(format!("{}.{}", schema.name, field.name));
        }
    }
    let unknown = json!({ "newField": CANARY });
    let mut object = object(schema, "");
    object.as_object_mut().unwrap().extend(unknown.as_object().unwrap().clone());
    let object: T = serde_json::from_value(object).expect(schema.name);
    let text = format!("{object:?}");
    assert!(text.contains("newField") && !text.contains(CANARY), "{text}");
}

macro_rules! printed_by {
    ($($name:ident),+ $(,)?) => {{
        let mut seen = BTreeSet::new();
        $( printed::<model::$name>(&mut seen); )+
        let types = [$( model::$name::OBJECT.name ),+];
        (seen, types)
    }};
}

#[test]
fn fields_of_the_contract_that_grant_access_are_not_printed() {
    let (seen, types) = printed_by!(
        NonPerson,
        Person,
        Process,
        Signer,
        Verification,
        Property,
        FileReference,
        FileSignaturePosition,
        Invitees,
        ErrorBody,
        ProcessAuthentication,
        ProcessSetupRequest,
        ProcessSetupResponse,
        NotificationSettings,
        ProcessReleaseRequest,
        ReminderSettings,
        ReleaseResponse,
        ReleasedParticipant,
        ProcessOpenRequest,
        ProcessOpenResponse,
        CoordinateSignaturePosition,
        FileAttachment,
        TagSignaturePosition,
        FileAttachResponse,
        PageMetadata,
        ProcessPage,
        ProcessStatusResponse,
        AuditRecord,
        AuditSuccessRecordResponse,
    );
    let all: BTreeSet<_> = OBJECTS.iter().map(|object| object.name).collect();
    assert_eq!(types.into_iter().collect::<BTreeSet<_>>(), all);
    assert_eq!(seen.iter().map(String::as_str).collect::<Vec<_>>(), PRINTED);
}

/// Public types with text from outside of the crate, with the canary in each text that may not be
/// printed.
fn planted() -> Vec<(&'static str, String)> {
    let body = format!(r#"{{"id":"{ID}","url":"https://sign.example/{CANARY}"}}"#);
    let secret = || SecretString::from(CANARY);
    let mut printed: Vec<(&str, String)> = Vec::new();
    let mut add = |name, value: &dyn Debug| printed.push((name, format!("{value:?} {value:#?}")));

    add("SecretText", &SecretText::from(CANARY));
    let participant = json!({ "type": "ROBOT", "url": CANARY });
    let participant: Participant = serde_json::from_value(participant).unwrap();
    add("JsonFields", &participant);
    let mut reader = JsonReader::new(&body);
    add("JsonReader", &reader);
    reader.begin_object().unwrap();
    reader.next_key(true).unwrap();
    reader.skip().unwrap();
    reader.next_key(false).unwrap();
    add("RawString", &reader.string().unwrap());
    add("JsonScalar", &find_scalar(&body, &["url"]));

    let request = format!(r#"{{"initiator":{{"type":"PERSON"}},"payload":"{CANARY}"}}"#);
    add("SignRequest", &request::create(&request, UnknownFields::Refuse).unwrap());
    let head = ResponseHead { status: 200, ..ResponseHead::default() };
    add("DecodedResponse", &decode(Operation::Open, head, body.as_bytes()).unwrap());
    // A URL where the contract has an object.
    let attached = format!(r#"{{"fileId":"x","url":"{CANARY}","participants":"{CANARY}"}}"#);
    let released = decode(Operation::Release, head, attached.as_bytes()).unwrap();
    let error = released.model::<model::ReleaseResponse>().unwrap_err();
    add("Error", &error);
    add("Error", &std::error::Error::source(&error).expect("a source").to_string());
    add("CorrelatedRequest", &add_correlation(Operation::Create, &request, "c0", 8, false));
    let context = PreflightContext::default();
    let view = ProcessView::read(&request);
    let process = Some(&view);
    let (level, person_id) = (None, None);
    let input = PreflightInput { request: &request, process, level, person_id, context };
    add("PreflightInput", &input);
    add("ProcessView", &view);
    add("LookupStep", &lookup(&body));
    let (watching, event) = watch();
    add("Watch", &watching);
    add("WatchStep", &event);

    let credentials = ClientCredentials {
        client_id: "id".into(),
        client_secret: secret(),
        scopes: vec![],
        authentication: ClientAuthentication::Basic,
    };
    add("ClientCredentials", &credentials);
    add("TokenRequest", &build_token_request(&credentials).unwrap());
    let token = AccessToken { access_token: secret(), lifetime_ms: 60_000, scopes: vec![] };
    add("AccessToken", &token);
    let mut cache = TokenCache::default();
    let TokenAction::Fetch(permit) = cache.next_action(ClockReading::default()) else { panic!() };
    add("FetchPermit", &permit);
    cache.on_token(permit, token, 0.5);
    add("TokenCache", &cache);
    add("TokenAction", &cache.next_action(ClockReading::default()));
    let request = SignRequest::new(Operation::Create, "/api/process").with_body(CANARY);
    let mut call: Call<'_> = Call::new(request, CallOptions::default(), Moment::default());
    call.on_token();
    add("CallStep", &call.next_step());
    add("Call", &call);
    add("CallEnd", &CallEnd::<swisscom_sign::Error>::Reconciled(CANARY.to_owned()));
    let body = format!(r#"{{"error":"{CANARY}","error_description":"{CANARY}"}}"#);
    let error: TokenError =
        swisscom_sign::auth::parse_token_response(400, None, body.as_bytes()).unwrap_err();
    add("TokenError", &error);
    printed
}

/// Result of a lookup that finds the process.
fn lookup(body: &str) -> LookupStep {
    let mut lookup = WriteLookup::new(Operation::Create, "", Some("c0"), 0);
    let properties = r#""properties":[{"key":"swisscom-sign.correlation","value":"c0"}]"#;
    let process = body.replace('{', &format!("{{{properties},"));
    let page = format!(r#"{{"content":[{process}],"page":{{"totalPages":1}}}}"#);
    loop {
        match lookup.next_step() {
            LookupStep::Pause(_) => {}
            LookupStep::Send(_) => lookup.on_response(&page, None, 0),
            end => return end,
        }
    }
}

/// A watch with queued events, and an event, for a process whose signer is the canary.
fn watch() -> (Watch, WatchStep) {
    let options = WatchOptions {
        ids: vec![ID.into()],
        status: None,
        from_now: false,
        records: false,
        per_minute: 60,
        bounds: IntervalBounds { min_ms: 1, max_ms: 2 },
    };
    let mut watch = Watch::new(options, None, 0).unwrap();
    assert_eq!(watch.next_step(0, 0.5), WatchStep::Details(ID.into()));
    let signer =
        |name: &str| json!({ "type": "SIGNER", "externalIdentifier": name, "status": "SIGNED" });
    let signers = [signer(CANARY), signer("canary-4711-2")];
    let process = json!({ "id": ID, "status": "PENDING", "invitees": { "signers": signers } });
    watch.on_response(&process.to_string());
    loop {
        let event = watch.next_step(0, 0.5);
        let WatchStep::Event(text) = &event else { panic!("no event of the signer: {event:?}") };
        if text.contains(CANARY) {
            return (watch, event);
        }
    }
}

/// Public types without text from outside, or with identifiers, contact data and names only.
const PLAIN: &[&str] = &[
    "AccessRequest",
    "AccessTokenClaims",
    "CallOptions",
    "Challenge",
    "ClientAuthentication",
    "ClockReading",
    "Discriminator",
    "EnumSchema",
    "Environment",
    "FailureClass",
    "FieldAccess",
    "FieldPresence",
    "FieldSchema",
    "FieldType",
    "FileView",
    "GiveUpReason",
    "GrantReason",
    "IntegerSchema",
    "IntervalBounds",
    "JsonSyntaxError",
    "JsonType",
    "Legislation",
    "LevelSpec",
    "ListSchema",
    "MethodSpec",
    "Moment",
    "NotConnected",
    "ObjectSchema",
    "OneTimeCode",
    "OperationAvailability",
    "OperationMethod",
    "OperationSpec",
    "ParticipantView",
    "PathParameters",
    "PositionView",
    "PreflightContext",
    "PreflightRule",
    "Problem",
    "ProblemCollector",
    "ProcessEvent",
    "Quality",
    "ReplaySafety",
    "RequiredState",
    "ResponseBody",
    "ResponseFields",
    "ResponseHead",
    "RetryAction",
    "RetryPolicy",
    "Role",
    "Severity",
    "StoredContact",
    "StringFormat",
    "StringSchema",
    "TenantKind",
    "TokenCachePolicy",
    "TokenGeneration",
    "UnauthorizedAction",
    "UnionSchema",
    "UnknownFields",
    "UpstreamError",
    "VerifiedAccount",
    "WaitStatus",
    "WatchOptions",
    // Not `Debug`.
    "WriteLookup",
];

#[test]
fn no_public_type_prints_a_planted_value() {
    let planted = planted();
    for (name, text) in &planted {
        assert!(!text.contains(CANARY), "{name} prints {text}");
    }
    let known: BTreeSet<&str> =
        planted.iter().map(|(name, _)| *name).chain(PLAIN.iter().copied()).collect();
    let declared = public_types(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src")));
    assert_eq!(known, declared.iter().map(String::as_str).collect());
}

/// Names of the public types of the sources, except the bindings and those that macros declare.
fn public_types(folder: &Path) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let path = entry.path();
        if path.is_dir() && path.file_name().is_some_and(|name| name != "js") {
            found.extend(public_types(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = std::fs::read_to_string(&path).unwrap();
            for line in text.lines() {
                let name = line.strip_prefix("pub struct ").or(line.strip_prefix("pub enum "));
                let end = |name: &str| name.find(|c: char| !c.is_alphanumeric());
                found.extend(name.map(|name| name[..end(name).unwrap()].to_owned()));
            }
        }
    }
    found
}
