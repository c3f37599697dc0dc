//! Preflight rules: one failing case per rule, and valid requests.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

use std::collections::BTreeSet;

use swisscom_sign::contract::{Operation, ProblemCode, SignatureLevel};
use swisscom_sign::preflight::{
    Environment, PreflightContext, PreflightInput, ProcessView, TenantKind, attach, check,
    rule_violations, rules,
};

const PUBLIC: PreflightContext = PreflightContext {
    environment: Environment::Production,
    tenant: TenantKind::Public,
    now_ms: None,
};
const TEST: PreflightContext = PreflightContext {
    environment: Environment::Test,
    tenant: TenantKind::Corporate,
    now_ms: None,
};
/// 2026-11-23T00:00:00Z
const NOW: PreflightContext = PreflightContext {
    environment: Environment::Production,
    tenant: TenantKind::Corporate,
    now_ms: Some(1_795_392_000_000),
};

const ANNA: &str = r#"{"type":"SIGNER","externalIdentifier":"anna","identification":"6f1a5c4d-2d9a-4f12-a1c5-bc6e2bcb2d6a","firstName":"Anna","lastName":"Muster"}"#;
const BEAT: &str =
    r#"{"type":"SIGNER","externalIdentifier":"beat","firstName":"Beat","lastName":"Muster"}"#;

fn process(initiator: &str, signers: &[&str], files: &[&str]) -> String {
    format!(
        r#"{{"signatureLevel":"ADVANCED","initiator":{initiator},"invitees":{{"signers":[{}]}},"fileReferences":[{}]}}"#,
        signers.join(","),
        files.join(",")
    )
}

fn file(signers: &[&str], page: i64, x: i64, y: i64) -> String {
    let position = |signer: &&str| {
        format!(r#"{{"signer":"{signer}","pageNumber":{page},"positionX":{x},"positionY":{y}}}"#)
    };
    let positions: Vec<_> = signers.iter().map(position).collect();
    format!(r#"{{"externalIdentifier":"offer","signaturePositions":[{}]}}"#, positions.join(","))
}

const SYSTEM: &str = r#"{"type":"NON_PERSON","name":"CRM"}"#;

/// A request with its context, and the expected `path code` of each problem.
struct PreflightCase<'a> {
    operation: Operation,
    request: &'a str,
    process: Option<String>,
    person_id: Option<&'a str>,
    context: PreflightContext,
    expected: &'a [&'a str],
}

fn case<'a>(operation: Operation, request: &'a str, expected: &'a [&'a str]) -> PreflightCase<'a> {
    PreflightCase {
        operation,
        request,
        process: None,
        person_id: None,
        context: PreflightContext::default(),
        expected,
    }
}

fn problems(case: &PreflightCase<'_>) -> Vec<String> {
    let mut view = case.process.as_deref().map(ProcessView::read);
    // A4 pages, as an inspection of the file would report them.
    for file in view.iter_mut().flat_map(|view| &mut view.files) {
        file.pages = Some(vec![(595.0, 842.0); 2]);
    }
    let subject = PreflightInput {
        request: case.request,
        process: view.as_ref(),
        level: None,
        person_id: case.person_id,
        context: case.context,
    };
    let found = check(case.operation, &subject);
    found.iter().map(|problem| format!("{} {}", problem.path, problem.code)).collect()
}

#[test]
fn reports_every_rule() {
    use Operation::{Attach, Create, Open, Release};
    let placed = || process(SYSTEM, &[ANNA, BEAT], &[&file(&["anna", "beat"], 0, 100, 700)]);
    let twins = format!(r#"{{"initiator":{ANNA},"invitees":{{"signers":[{ANNA}]}}}}"#)
        .replace(r#""identification":"6f1a5c4d-2d9a-4f12-a1c5-bc6e2bcb2d6a","#, "");
    let identified = format!(r#"{{"initiator":{}}}"#, BEAT.replace("}", r#","verification":{}}"#));
    let full = process(SYSTEM, &[ANNA], &vec![r#"{"externalIdentifier":"offer"}"#; 100]);
    let attachment = r#"{"name":"a.pdf","contentType":"application/pdf","content":"","externalIdentifier":"offer"}"#;
    let strangers = r#"{"name":"a.pdf","contentType":"application/pdf","content":"","signaturePositions":[
        {"signer":"carla","pageNumber":0,"positionX":0,"positionY":0},
        {"signer":"6F1A5C4D-2d9a-4f12-a1c5-bc6e2bcb2d6a","locator":"TAG"}]}"#;
    let gone = ANNA.replace("}", r#","status":"REPLACED"}"#);
    let cases = [
        PreflightCase {
            context: PUBLIC,
            ..case(
                Create,
                r#"{"initiator":{"type":"NON_PERSON","name":"CRM"},"properties":[{"key":"a","value":"1"},{"key":"A","value":"1"},{"key":"a","value":"2"}]}"#,
                &["$.properties[2].key not_unique"],
            )
        },
        case(Create, &twins, &["$.invitees.signers[0].externalIdentifier not_unique"]),
        PreflightCase {
            context: PUBLIC,
            ..case(Create, &identified, &["$.initiator.verification corporate_only"])
        },
        case(Create, &identified, &[]),
        PreflightCase {
            context: TEST,
            ..case(
                Create,
                r#"{"initiator":{"type":"NON_PERSON","name":"CRM"}}"#,
                &["$.signatureLevel not_signable_on_test"],
            )
        },
        PreflightCase {
            context: TEST,
            ..case(
                Create,
                r#"{"signatureLevel":"ADVANCED_EU","initiator":{"type":"NON_PERSON","name":"CRM"}}"#,
                &[],
            )
        },
        PreflightCase {
            process: Some(full),
            ..case(Attach, attachment, &["$ too_many_files", "$.externalIdentifier not_unique"])
        },
        PreflightCase {
            process: Some(process(SYSTEM, &[ANNA], &[])),
            ..case(Attach, strangers, &["$.signaturePositions[0].signer unknown_participant"])
        },
        PreflightCase {
            process: Some(placed()),
            context: NOW,
            ..case(Release, r#"{"validUntil":"2026-11-24T00:00:00+01:00"}"#, &[])
        },
        PreflightCase {
            context: NOW,
            ..case(
                Release,
                r#"{"validUntil":"2026-11-23T01:00:00+01:00"}"#,
                &["$.validUntil out_of_range"],
            )
        },
        case(
            Release,
            r#"{"notification":{"locale":"de-CH","reminder":{"interval":"PT23H","beforeExpiry":["PT24H","P31D","P1M","P30D"]}}}"#,
            &[
                "$.notification.reminder.interval out_of_range",
                "$.notification.reminder.beforeExpiry[1] out_of_range",
                "$.notification.reminder.beforeExpiry[2] out_of_range",
            ],
        ),
        case(
            Release,
            r#"{"notification":{"locale":"de-CH","suppress":["ALL"],"reminder":{"interval":"P3D"}}}"#,
            &["$.notification.reminder reminders_suppressed"],
        ),
        case(Release, r#"{"notification":{"locale":"de-CH","suppress":["ALL"]}}"#, &[]),
        PreflightCase {
            process: Some(placed()),
            ..case(
                Release,
                r#"{"signatureMethods":["SMS","CLICK"]}"#,
                &["$.signatureMethods[1] method_not_for_level"],
            )
        },
        PreflightCase {
            process: Some(placed()),
            context: PUBLIC,
            ..case(
                Release,
                r#"{"signatureMethods":["APP","OSS"]}"#,
                &["$.signatureMethods[1] corporate_only"],
            )
        },
        PreflightCase {
            process: Some(process(SYSTEM, &[], &[&file(&[], 0, 0, 0)])),
            ..case(Release, "{}", &["$.invitees.signers no_signer"])
        },
        PreflightCase {
            process: Some(process(ANNA, &[], &[])),
            ..case(Release, "{}", &["$.fileReferences no_document"])
        },
        PreflightCase {
            process: Some(process(SYSTEM, &[ANNA, BEAT], &[&file(&["anna"], 0, 0, 0)])),
            ..case(
                Release,
                "{}",
                &[
                    "$.invitees.signers[1] signer_not_placed",
                    "$.fileReferences no_document_with_all_signers",
                ],
            )
        },
        PreflightCase {
            process: Some(process(
                SYSTEM,
                &[ANNA, BEAT],
                &[&file(&["anna"], 0, 0, 0), &file(&["beat"], 0, 0, 0)],
            )),
            ..case(Release, "{}", &["$.fileReferences no_document_with_all_signers"])
        },
        // 425 + 170 = 595 and 792 + 50 = 842: the last position inside an A4 page.
        PreflightCase {
            process: Some(process(SYSTEM, &[ANNA], &[&file(&["anna"], -1, 425, 792)])),
            ..case(Release, "{}", &[])
        },
        PreflightCase {
            process: Some(process(SYSTEM, &[ANNA], &[&file(&["anna"], 0, 426, 0)])),
            ..case(
                Release,
                "{}",
                &["$.fileReferences[0].signaturePositions[0] outside_visible_area"],
            )
        },
        PreflightCase {
            process: Some(process(SYSTEM, &[ANNA], &[&file(&["anna"], -3, 0, 0)])),
            ..case(
                Release,
                "{}",
                &["$.fileReferences[0].signaturePositions[0].pageNumber page_out_of_range"],
            )
        },
        PreflightCase {
            process: Some(process(
                r#"{"type":"PERSON","firstName":"Carla"}"#,
                &[ANNA],
                &[&file(&["anna"], 0, 0, 0)],
            )),
            ..case(Release, "{}", &["$.initiator person_incomplete"])
        },
        PreflightCase {
            process: Some(placed()),
            person_id: Some("carla"),
            ..case(Open, "{}", &["$.personId unknown_participant"])
        },
        PreflightCase {
            process: Some(process(SYSTEM, &[&gone], &[])),
            person_id: Some("anna"),
            ..case(Open, "{}", &["$.personId participant_gone"])
        },
        PreflightCase { process: Some(placed()), person_id: Some("anna"), ..case(Open, "{}", &[]) },
    ];
    let mut broken = BTreeSet::new();
    for case in &cases {
        let found = problems(case);
        assert_eq!(found, case.expected, "{} {}", case.operation, case.request);
        for problem in found {
            broken.insert((case.operation, problem.rsplit(' ').next().unwrap().to_owned()));
        }
    }
    for operation in Operation::ALL {
        for rule in rules(operation) {
            let met = broken.contains(&(operation, rule.code.as_str().to_owned()));
            assert!(met, "no case breaks {} of {operation} ({})", rule.code, rule.source);
        }
    }
}

#[test]
fn checks_methods_with_the_level_alone() {
    let subject = PreflightInput {
        request: r#"{"signatureMethods":["SMS","CLICK"]}"#,
        process: None,
        level: Some(&SignatureLevel::Simple),
        person_id: None,
        context: PreflightContext::default(),
    };
    let found = rule_violations(Operation::Release, &subject);
    let found: Vec<_> = found.iter().map(|problem| (&*problem.path, problem.code)).collect();
    assert_eq!(found, [("$.signatureMethods[0]", ProblemCode::MethodNotForLevel)]);
}

#[test]
fn checks_size_and_header_of_a_file() {
    let code =
        |bytes, head: &[u8]| attach::check_file(bytes, head).first().map(|p| p.code.as_str());
    assert_eq!(code(41_943_039, b"%PDF-1.7"), None);
    assert_eq!(code(41_943_040, b"%PDF-1.7"), Some("file_too_large"));
    assert_eq!(code(0, b""), Some("file_empty"));
    assert_eq!(code(5, b"hello"), Some("not_a_pdf"));
    assert_eq!(code(4, b"%PDF"), Some("not_a_pdf"));
    assert_eq!(code(9, b"\n%PDF-1.7"), None);
    assert_eq!(code(9, b"\xEF\xBB\xBF%PDF-1.7"), None);
    let after = |blanks: usize| [vec![b' '; blanks], b"%PDF-1.7".to_vec()].concat();
    assert_eq!(code(9, &after(1019)), None);
    assert_eq!(code(9, &after(1020)), Some("not_a_pdf"));
}
