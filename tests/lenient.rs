//! A client is not stricter than contract and guide: violations are errors, the rest are warnings.

#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

use swisscom_sign::ErrorKind;
use swisscom_sign::contract::{Operation, Problem, Severity};
use swisscom_sign::preflight::{
    Environment, PreflightContext, PreflightInput, TenantKind, prepare,
};
use swisscom_sign::request::path::PathParameters;
use swisscom_sign::request::{ResponseHead, SignRequest, UnknownFields, create, decode, find_all};

const ID: &str = "6f1a5c4d-2d9a-4f12-a1c5-bc6e2bcb2d6a";

fn short(problems: &[Problem]) -> Vec<String> {
    problems.iter().map(|problem| format!("{} {}", problem.path, problem.code)).collect()
}

fn prepared(request: &str, context: PreflightContext) -> swisscom_sign::Result<SignRequest<'_>> {
    let (process, level, person_id) = (None, None, None);
    let input = PreflightInput { request, process, level, person_id, context };
    let ids = PathParameters::default();
    prepare(Operation::Create, &ids, Some(request), UnknownFields::Refuse, &input)
}

fn context(environment: Environment, tenant: TenantKind) -> PreflightContext {
    PreflightContext { environment, tenant, now_ms: None }
}

#[test]
fn sends_qualified_levels_to_test_with_a_warning() {
    let test = context(Environment::Test, TenantKind::Unknown);
    let request = r#"{"initiator":{"type":"NON_PERSON","name":"CRM"}}"#;
    let prepared = prepared(request, test).unwrap();
    assert_eq!(short(&prepared.warnings), ["$.signatureLevel not_signable_on_test"]);
}

#[test]
fn corporate_fields_are_errors_for_a_stated_public_tenant_only() {
    let request =
        r#"{"initiator":{"type":"SIGNER","firstName":"A","lastName":"B","verification":{}}}"#;
    for tenant in [TenantKind::Unknown, TenantKind::Corporate] {
        let prepared = prepared(request, context(Environment::Production, tenant)).unwrap();
        assert_eq!(prepared.warnings, []);
    }
    let public = context(Environment::Production, TenantKind::Public);
    let error = prepared(request, public).unwrap_err();
    assert_eq!(short(&error.problems), ["$.initiator.verification corporate_only"]);
}

#[test]
fn sends_addresses_that_only_the_platform_can_judge() {
    let person = |email: &str| {
        let email = email.replace('"', "\\\"");
        format!(r#"{{"initiator":{{"type":"PERSON","email":"{email}"}}}}"#)
    };
    for (email, expected) in [
        (r#""john doe"@example.com"#, &[][..]),
        ("a@[192.168.0.1]", &[]),
        ("", &["$.initiator.email format"]),
        ("a..b@c.ch", &["$.initiator.email format"]),
    ] {
        let request = person(email);
        let built = create(&request, UnknownFields::Refuse).unwrap();
        assert_eq!(short(&built.warnings), expected, "{email}");
        assert_eq!(built.body.as_deref(), Some(&*request));
    }
    assert!(create(&person("john"), UnknownFields::Refuse).is_err());
}

#[test]
fn unknown_fields_and_values_pass_if_the_caller_says_so() {
    let request = r#"{"initiator":{"type":"ROBOT","model":7},"signatureLevel":"BEST","added":1}"#;
    let error = create(request, UnknownFields::Refuse).unwrap_err();
    assert!(error.problems.iter().all(|problem| problem.severity == Severity::Error));
    assert_eq!(
        short(&error.problems),
        ["$.initiator.type enumeration", "$.signatureLevel enumeration", "$.added unknown_field"],
    );
    let built = create(request, UnknownFields::Send).unwrap();
    assert_eq!(built.body.as_deref(), Some(request));
    assert_eq!(short(&built.warnings), short(&error.problems));
    // Other rules still apply.
    let wrong = r#"{"initiator":{"type":"PERSON"},"payload":7}"#;
    assert!(create(wrong, UnknownFields::Send).is_err());
}

#[test]
fn a_process_that_was_read_is_a_template() {
    let read = format!(
        r#"{{"id":"{ID}", "status":"COMPLETED", "signatureLevel":"SIMPLE",
            "initiator":{{"identification":"{ID}","type":"SIGNER","firstName":"{{","lastName":"B",
              "status":"SIGNED","signedOn":"2026-01-01T00:00:00Z"}},
            "invitees":{{"signers":[{{"status" : "SIGNED" , "type":"SIGNER","firstName":"C","lastName":"D",
              "verification":{{"processId":"x","payload":"y"}}}}]}},
            "validUntil":null,"fileReferences":[{{"initialFileId":"{ID}"}}]}}"#
    );
    let built = create(&read, UnknownFields::Refuse).unwrap();
    assert!(built.is_template());
    assert!(built.warnings.iter().all(|problem| problem.code.as_str() == "read_only"));
    let sent: serde_json::Value = serde_json::from_str(built.body.as_deref().unwrap()).unwrap();
    let expected = serde_json::json!({
        "signatureLevel": "SIMPLE",
        "initiator": { "type": "SIGNER", "firstName": "{", "lastName": "B" },
        "invitees": { "signers": [{
            "type": "SIGNER", "firstName": "C", "lastName": "D", "verification": {},
        }] },
        "validUntil": null,
    });
    assert_eq!(sent, expected);
    assert_eq!(create(&read, UnknownFields::Send).unwrap().body.as_deref(), Some(&*read));
}

#[test]
fn the_message_counts_errors_only() {
    let request = r#"{"status":"CREATED","initiator":{"type":"PERSON","mobile":"079"},"payload":7,"teamId":"7"}"#;
    let error = create(request, UnknownFields::Refuse).unwrap_err();
    assert_eq!(error.problems.len(), 4);
    assert_eq!(
        error.message,
        "invalid request: create was not sent: $.payload: must be a string, not a number (and 1 more problem)"
    );
}

#[test]
fn any_success_status_with_a_usable_body_is_a_success() {
    let process = format!(r#"{{"id":"{ID}","status":"CREATED"}}"#);
    let decoded = |operation, status, body: &str| {
        let head = ResponseHead { status, ..ResponseHead::default() };
        decode(operation, head, body.as_bytes()).map(|decoded| decoded.already_done)
    };
    assert_eq!(decoded(Operation::Create, 208, &process), Ok(true));
    assert_eq!(decoded(Operation::Create, 200, &process), Ok(false));
    assert_eq!(decoded(Operation::Release, 204, ""), Ok(false));
    assert_eq!(decoded(Operation::Setup, 200, r#"{"url":"https://x.example/"}"#), Ok(false));
    for (operation, status, body) in [
        (Operation::Create, 208, "{}"),
        (Operation::Create, 204, ""),
        (Operation::Release, 200, ""),
        (Operation::GetStatus, 202, "<html>"),
    ] {
        let error = decoded(operation, status, body).unwrap_err();
        assert_eq!(error.kind, ErrorKind::MalformedResponse, "{operation} {status}");
    }
}

#[test]
fn accepts_several_sort_criteria() {
    let request = find_all(r#"{"sort":["createdDate,desc","createdDate"]}"#).unwrap();
    assert_eq!(request.target(), "/api/process?sort=createdDate%2Cdesc&sort=createdDate");
    assert!(find_all(r#"{"sort":["createdDate","name"]}"#).is_err());
}
