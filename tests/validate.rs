//! Schema validation: one case per rule, with path and code.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

use swisscom_sign::contract::declare::ContractObject;
use swisscom_sign::contract::{
    FileAttachment, ObjectSchema, ProblemCode, Process, ProcessOpenRequest, ProcessReleaseRequest,
    validate,
};

/// `path code` of each problem.
fn problems(object: &'static ObjectSchema, text: &str) -> Vec<String> {
    validate(object, text)
        .iter()
        .map(|problem| format!("{} {}", problem.path, problem.code))
        .collect()
}

const INITIATOR: &str = r#""initiator":{"type":"NON_PERSON","name":"CRM"}"#;

fn process(fields: &str) -> String {
    format!("{{{INITIATOR},{fields}}}")
}

#[test]
fn accepts_a_process_with_all_fields() {
    let text = process(
        r#""signatureLevel":"ADVANCED_EU","teamId":"6f1a5c4d-2d9a-4f12-a1c5-bc6e2bcb2d6a",
        "invitees":{"personalMessage":"Grüezi 👋","signers":[{"type":"SIGNER","firstName":"Zoë","lastName":"Müller",
        "email":"zoe@example.ch","mobile":"+41791234567","role":"CEO","externalIdentifier":"crm-1","verification":{}}]},
        "properties":[{"key":"a","value":"b"}],"payload":"{}","partnerId":null,"authorization":"ACCOUNT""#,
    );
    assert_eq!(problems(Process::OBJECT, &text), [""; 0]);
}

#[test]
fn reports_every_rule() {
    let long = "x".repeat(65);
    let nine = [r#"{"key":"k","value":"v"}"#; 9].join(",");
    let deep = "[".repeat(40);
    let cases: Vec<(&'static ObjectSchema, String, &[&str])> = vec![
        (Process::OBJECT, "".into(), &["$ syntax"]),
        (Process::OBJECT, "[]".into(), &["$ type"]),
        (Process::OBJECT, "{}".into(), &["$.initiator required"]),
        (Process::OBJECT, r#"{"initiator":null}"#.into(), &["$.initiator required"]),
        (Process::OBJECT, format!("{{{INITIATOR}}} x"), &["$ syntax"]),
        (Process::OBJECT, process(&format!(r#""x":{deep}"#)), &["$ too_deep"]),
        (Process::OBJECT, process(INITIATOR), &["$.initiator duplicate_key"]),
        (Process::OBJECT, process(r#""x":1,"x":2"#), &["$.x unknown_field", "$.x duplicate_key"]),
        (Process::OBJECT, process(r#""payload":7"#), &["$.payload type"]),
        (Process::OBJECT, process(r#""status":"CREATED""#), &["$.status read_only"]),
        (Process::OBJECT, process(r#""Payload":"x""#), &["$.Payload unknown_field"]),
        (Process::OBJECT, process(r#""a b":"x""#), &["$[\"a b\"] unknown_field"]),
        (Process::OBJECT, process(r#""signatureLevel":"qualified""#), &["$.signatureLevel enumeration"]),
        (Process::OBJECT, process(r#""teamId":"7""#), &["$.teamId format"]),
        (Process::OBJECT, process(&format!(r#""properties":[{nine}]"#)), &["$.properties too_many_items"]),
        (
            Process::OBJECT,
            process(&format!(r#""properties":[{{"key":"{long}"}}]"#)),
            &["$.properties[0].key too_long", "$.properties[0].value required"],
        ),
        (Process::OBJECT, r#"{"initiator":{"name":"CRM"}}"#.into(), &["$.initiator.type required"]),
        (Process::OBJECT, r#"{"initiator":{"type":7,"name":"CRM"}}"#.into(), &["$.initiator.type required"]),
        (Process::OBJECT, r#"{"initiator":{"type":"ROBOT"}}"#.into(), &["$.initiator.type enumeration"]),
        // The discriminator can be the last key, and determines the required fields.
        (
            Process::OBJECT,
            r#"{"initiator":{"email":"x","type":"SIGNER"}}"#.into(),
            &["$.initiator.email format", "$.initiator.firstName required", "$.initiator.lastName required"],
        ),
        (
            FileAttachment::OBJECT,
            r#"{"name":"a.pdf","contentType":"text/html","content":"%%%%","externalIdentifier":"file:1",
               "signaturePositions":[{"signer":"s","pageNumber":0.5,"positionX":-1,"positionY":3000000000},
                                     {"signer":"s","locator":"TAG","offsetX":201,"pageNumber":0},
                                     {"signer":"s","locator":"XY"}]}"#
                .into(),
            &[
                "$.contentType format",
                "$.content format",
                "$.externalIdentifier format",
                "$.signaturePositions[0].pageNumber type",
                "$.signaturePositions[0].positionX minimum",
                "$.signaturePositions[0].positionY maximum",
                "$.signaturePositions[1].offsetX maximum",
                "$.signaturePositions[1].pageNumber unknown_field",
                "$.signaturePositions[2].locator enumeration",
            ],
        ),
        (
            ProcessReleaseRequest::OBJECT,
            r#"{"validUntil":"2026-12-31","signatureMethods":["SMS","APP","SMS","FAX"],
               "notification":{"suppress":[7],"reminder":{"interval":"3 days","beforeExpiry":["P7D","x"]}}}"#
                .into(),
            &[
                "$.validUntil format",
                "$.signatureMethods[2] duplicate_item",
                "$.signatureMethods[3] enumeration",
                "$.notification.suppress[0] type",
                "$.notification.reminder.interval format",
                "$.notification.reminder.beforeExpiry[1] format",
                "$.notification.locale required",
            ],
        ),
        (
            ProcessOpenRequest::OBJECT,
            r#"{"language":"de","skipAuthorization":"true","mode":"FULL"}"#.into(),
            &["$.language enumeration", "$.skipAuthorization type", "$.mode enumeration"],
        ),
    ];
    for (object, text, expected) in cases {
        assert_eq!(problems(object, &text), expected, "{text}");
    }
}

#[test]
fn counts_lengths_in_utf16_code_units() {
    let name = |name: &str| format!(r#"{{"initiator":{{"type":"NON_PERSON","name":"{name}"}}}}"#);
    assert_eq!(problems(Process::OBJECT, &name(&"ü".repeat(50))), [""; 0]);
    assert_eq!(problems(Process::OBJECT, &name(&"👋".repeat(25))), [""; 0]);
    assert_eq!(problems(Process::OBJECT, &name(&"👋".repeat(26))), ["$.initiator.name too_long"]);
    // Escapes count as the characters that they encode.
    assert_eq!(problems(Process::OBJECT, &name(&"\\u00fc".repeat(50))), [""; 0]);
    assert_eq!(
        problems(Process::OBJECT, &name(&"\\ud83d\\udc4b".repeat(26))),
        ["$.initiator.name too_long"]
    );
    assert_eq!(problems(Process::OBJECT, &name("\\ud83d")), ["$ syntax"]);
}

#[test]
fn suggests_a_field_for_a_misspelt_one() {
    let text = r#"{"initiator":{"type":"PERSON","firstname":"Zoë"}}"#;
    let found = validate(Process::OBJECT, text);
    assert_eq!(found[0].message, "unknown field of Person; did you mean `firstName`?");
}

#[test]
fn messages_do_not_contain_values() {
    let text = r#"{"initiator":{"type":"canary","name":"canary"},"signatureLevel":"canary","teamId":"canary","payload":{"canary":1}}"#;
    let found = validate(Process::OBJECT, text);
    assert_eq!(found.len(), 4);
    assert!(!format!("{found:?}").contains("canary"), "{found:?}");
}

/// Base64 of 40 MiB is three characters longer than the contract allows.
#[test]
fn limits_files_to_41_943_039_bytes() {
    let check = |raw: usize| {
        let content = "QUJD".repeat(raw.div_ceil(3));
        let text =
            format!(r#"{{"name":"a.pdf","contentType":"application/pdf","content":"{content}"}}"#);
        validate(FileAttachment::OBJECT, &text).first().map(|problem| problem.code)
    };
    assert_eq!(check(41_943_039), None);
    assert_eq!(check(41_943_040), Some(ProblemCode::TooLong));
}

#[test]
fn limits_the_number_of_problems() {
    let fields: Vec<_> = (0..20_000).map(|n| format!(r#""x{n}":1"#)).collect();
    assert_eq!(validate(Process::OBJECT, &format!("{{{}}}", fields.join(","))).len(), 100);
}
