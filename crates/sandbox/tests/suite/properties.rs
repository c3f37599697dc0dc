//! Invariants of a process under random sequences of commands.

use proptest::prelude::*;
use serde_json::json;
use swisscom_sign::contract::{ProcessOpenRequest, SignerStatus, State};
use swisscom_sign::lifecycle;
use swisscom_sign_sandbox::actions::new_signer;
use swisscom_sign_sandbox::domain::process::is_pending;
use swisscom_sign_sandbox::domain::{
    CompleteSetupCommand, DelegateCommand, EventKind, OpenCommand, ProcessAggregate,
    ProcessCommand, SetSigningOrderCommand, view,
};
use swisscom_sign_sandbox::settings::{DeclineOutcome, Qes, SandboxSettings};

use crate::contract::Contract;
use crate::domain::{ReleaseCase, attach, create, decline, place, release, sign};
use crate::support::process;

const PEOPLE: [&str; 4] = ["anna", "beat", "carla", "nobody"];

#[derive(Debug, Clone)]
enum RandomAction {
    Command(Box<ProcessCommand>),
    Wait(i64),
}

fn step() -> impl Strategy<Value = RandomAction> {
    let person = || prop::sample::select(&PEOPLE[..]);
    let places = prop::collection::vec(
        (person(), -3..3, -5..600, 0..900).prop_map(|(p, page, x, y)| place(p, page, x, y)),
        0..4,
    );
    let good = Just(PEOPLE[..3].iter().map(|p| place(p, 0, 10, 10)).collect::<Vec<_>>());
    let files = prop_oneof![3 => good, 1 => places];
    let releases = prop::sample::select(vec![
        json!({}),
        json!({ "language": "de-CH" }),
        json!({ "validUntil": "2026-11-20T00:00:00Z" }),
        json!({ "validUntil": "2020-01-01T00:00:00Z" }),
        json!({ "signatureMethods": ["SMS"] }),
    ]);
    let open = |person: &str| {
        let request: ProcessOpenRequest =
            serde_json::from_value(json!({ "skipAuthorization": true })).expect("a request");
        ProcessCommand::Open(OpenCommand { person: person.to_owned(), request })
    };
    let delegate = |person: &str| {
        let to = new_signer("Dora".into(), "Dubois".into(), Some("dora@example.com".into()), None);
        DelegateCommand { person: person.to_owned(), to }
    };
    let setup = || ProcessCommand::Setup(serde_json::from_value(json!({})).expect("a setup"));
    let command = prop_oneof![
        4 => files.prop_map(|places| attach("a.pdf", None, places)),
        2 => Just(setup()),
        1 => any::<bool>().prop_map(|signing_order| ProcessCommand::CompleteSetup(CompleteSetupCommand { signing_order: Some(signing_order), ..CompleteSetupCommand::default() })),
        3 => releases.prop_map(release),
        2 => person().prop_map(open),
        6 => person().prop_map(sign),
        1 => person().prop_map(decline),
        1 => person().prop_map(move |person| ProcessCommand::Delegate(delegate(person))),
        1 => person().prop_map(move |person| ProcessCommand::Replace(delegate(person))),
        1 => person().prop_map(|person| ProcessCommand::Remove(person.to_owned())),
        1 => any::<bool>().prop_map(|signing_order| ProcessCommand::Order(SetSigningOrderCommand { signing_order, order: Vec::new() })),
        1 => Just(ProcessCommand::Cancel),
        1 => Just(ProcessCommand::Elapse),
        1 => Just(ProcessCommand::Archive),
    ];
    prop_oneof![
        8 => command.prop_map(|command| RandomAction::Command(Box::new(command))),
        1 => (0..20 * 24 * 3600_i64).prop_map(RandomAction::Wait),
    ]
}

/// Whether the core's state machine has a path between the states.
fn leads(from: &State, to: &State) -> bool {
    from == to
        || lifecycle::ProcessEvent::all()
            .any(|event| lifecycle::next_state(from, event).as_ref() == Some(to))
}

fn invariants(process: &ProcessAggregate) {
    assert_eq!(process.status == State::Created, process.released.is_none());
    let awaited = process.signers.iter().filter(|s| is_pending(&s.status)).count();
    let signed = process.signers.iter().filter(|s| s.status == SignerStatus::Signed).count();
    if process.status == State::Completed {
        let left = [SignerStatus::Removed, SignerStatus::Replaced];
        let left = process.signers.iter().filter(|s| left.contains(&s.status)).count();
        assert!(signed > 0);
        assert_eq!(signed, process.signers.len() - left);
    }
    if process.status == State::Pending {
        let declined = process.signers.iter().any(|s| s.status == SignerStatus::Declined);
        assert!(awaited > 0 || declined, "pending, and nobody is awaited");
    }
    for signer in &process.signers {
        assert_eq!(signer.signed_on.is_some(), signer.status == SignerStatus::Signed);
        assert_eq!(signer.canceled_on.is_some(), signer.status == SignerStatus::Canceled);
    }
    let versions = |signer| {
        process.files.iter().flat_map(|f| &f.versions).filter(|v| v.signer == signer).count()
    };
    for signer in &process.signers {
        let files = process.files_of(signer.id).count();
        let expected = if signer.status == SignerStatus::Signed { files } else { 0 };
        assert_eq!(versions(signer.id), expected, "one version a file and signature");
    }
    assert_eq!(process.archive_on.is_some(), lifecycle::is_final(&process.status));
    assert!(process.archived_on.is_none() || lifecycle::is_final(&process.status));
    let mut blobs: Vec<_> = process.blobs().collect();
    blobs.sort();
    blobs.dedup();
    assert_eq!(blobs.len(), process.blobs().count(), "an identifier was used twice");
    let json = |value: serde_json::Result<serde_json::Value>| value.expect("JSON");
    let contract = Contract::get();
    contract.judge_body(
        "Process",
        &json(serde_json::to_value(view::to_contract_process(
            process,
            &SandboxSettings::default(),
        ))),
        "view",
    );
    let records = json(serde_json::to_value(view::records(process)));
    contract.judge_body("AuditSuccessRecordResponse", &records, "records");
    let stored = json(serde_json::to_value(process));
    let restored: ProcessAggregate = serde_json::from_value(stored).expect("a process");
    assert_eq!(restored, *process, "a process survives being stored");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

    #[test]
    fn invariants_hold_in_any_order(
        steps in prop::collection::vec(step(), 1..40),
        pending in any::<bool>(),
    ) {
        let mut case = ReleaseCase::new();
        case.settings.qes = Qes::Simulate;
        if pending {
            case.settings.decline_outcome = DeclineOutcome::Pending;
        }
        case.try_command(&create(process("ADVANCED", &PEOPLE[..3]))).expect("a process");
        for step in steps {
            let command = match step {
                RandomAction::Command(command) => *command,
                RandomAction::Wait(seconds) => {
                    case.now += jiff::SignedDuration::from_secs(seconds);
                    ProcessCommand::Elapse
                }
            };
            // Like the platform: due events are processed before the command.
            let mut before = case.process().clone();
            for command in [&ProcessCommand::Elapse, &command] {
                match case.try_command(command) {
                    Err(_) => prop_assert_eq!(case.process(), &before),
                    Ok(events) => {
                        prop_assert!(events.iter().all(|event| event.at <= case.now));
                        let ended = events.iter().any(|e| {
                            matches!(e.what, EventKind::Completed | EventKind::Canceled | EventKind::Expired | EventKind::Declined { ends: true, .. })
                        });
                        prop_assert_eq!(
                            ended,
                            !lifecycle::is_final(&before.status) && lifecycle::is_final(&case.process().status)
                        );
                    }
                }
                prop_assert!(leads(&before.status, &case.process().status));
                invariants(case.process());
                before = case.process().clone();
            }
        }
    }
}
