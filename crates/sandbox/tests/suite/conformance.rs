//! The contract's examples succeed, and every documented status is returned.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use swisscom_sign::contract::Operation;
use swisscom_sign_sandbox::directory::{CLIENT_A, CLIENT_B, CLIENT_CORPORATE};
use swisscom_sign_sandbox::settings::{MissingProcess, Qes, SignedDownload};

use crate::contract::Contract;
use crate::support::{ApiTestClient, NOBODY, SandboxHarness, json_request};

fn start(caller: &ApiTestClient<'_>, create: &Value, attach: &Value) -> String {
    let process = caller.post("", create.clone()).expect(201);
    let id = process["id"].as_str().expect("an id").to_owned();
    caller.post(&format!("/{id}/attach"), attach.clone()).expect(201);
    id
}

/// Samples of the contract's introduction, with their examples. Together they send every example of
/// every operation.
#[test]
fn all_examples_pass() {
    let contract = Contract::get();
    let world = SandboxHarness::with(|settings| settings.qes = Qes::Simulate);
    let mut sent: BTreeSet<(Operation, String)> = BTreeSet::new();
    // (create, attach, client, release or setup, open)
    let standard = [
        ("(1)", "(1a)", CLIENT_A, "(1a)", Some("(1)")),
        ("(1)", "(1b)", CLIENT_A, "(1b)", Some("(1)")),
        ("(2)", "(2)", CLIENT_CORPORATE, "(2)", Some("(1)")),
        ("(3)", "(3)", CLIENT_A, "(3)", Some("(3)")),
        ("(1)", "(1a)", CLIENT_A, "(4a)", None),
        ("(1)", "(1a)", CLIENT_A, "(4b)", None),
        ("(1)", "(1a)", CLIENT_A, "(4c)", None),
    ];
    let mut example = |operation: Operation, name: &str| {
        let all = contract.examples(operation);
        let found = all.iter().find(|(n, _)| n.starts_with(name)).expect("an example");
        sent.insert((operation, found.0.to_owned()));
        found.1.clone()
    };
    for (create, attach, client, release, open) in standard {
        let caller = world.caller(client);
        let create = example(Operation::Create, create);
        let id = start(&caller, &create, &example(Operation::Attach, attach));
        let release = example(Operation::Release, release);
        let released = caller.post(&format!("/{id}/release"), release).expect(200);
        assert_eq!(released["status"], "PENDING");
        if let Some(open) = open {
            let open = example(Operation::Open, open);
            let opened = caller.post(&format!("/{id}/open/crm-4711"), open.clone()).expect(200);
            let url = opened["url"].as_str().expect("a URL");
            assert_eq!(url.contains("code="), open["skipAuthorization"] == true, "{url}");
        }
        let identified = create["invitees"]["signers"][0]["verification"].is_null();
        if identified {
            world.sign(&id, "crm-4711").expect(200);
            assert_eq!(caller.status(&id), "COMPLETED");
        } else {
            world.sign(&id, "crm-4711").refused(409, "IdentificationRequired");
        }
    }

    // Sample 4: a draft completed on the page, by an initiator without known contact data.
    let caller = world.caller(CLIENT_A);
    let draft = caller.post("", example(Operation::Create, "(4)")).expect(201);
    let id = draft["id"].as_str().expect("an id");
    caller.post(&format!("/{id}/attach"), example(Operation::Attach, "(4)")).expect(201);
    let setup = caller.post(&format!("/{id}/setup"), example(Operation::Setup, "(4)")).expect(202);
    assert!(setup["url"].as_str().expect("a URL").ends_with(&format!("/cockpit/process/{id}")));
    assert_eq!(caller.status(id), "CREATED");

    // Sample 5: one-shot signing. Its process is that of sample 1, which is SIMPLE; the contract's own
    // table of methods and levels excludes that combination.
    let corporate = world.caller(CLIENT_CORPORATE);
    let attach = example(Operation::Attach, "(1a)");
    let id = start(&corporate, &example(Operation::Create, "(1)"), &attach);
    let release = example(Operation::Release, "(5)");
    let path = format!("/{id}/release");
    corporate.post(&path, release.clone()).refused(409, "SignatureMethodNotAllowed");
    let advanced = json!({
        "signatureLevel": "ADVANCED",
        "initiator": { "type": "NON_PERSON", "name": "CRM" },
        "invitees": { "signers": [{
            "type": "SIGNER", "externalIdentifier": "crm-4711", "firstName": "A", "lastName": "B",
        }] },
    });
    let id = start(&corporate, &advanced, &attach);
    corporate.post(&format!("/{id}/release"), release).expect(200);
    world.sign(&id, "crm-4711").expect(200);

    for operation in [
        Operation::Create,
        Operation::Attach,
        Operation::Setup,
        Operation::Release,
        Operation::Open,
    ] {
        for (name, _) in contract.examples(operation) {
            assert!(
                sent.contains(&(operation, name.to_owned())),
                "{operation} {name} was not sent"
            );
        }
    }
}

/// Path of the operation with these identifiers.
fn target(operation: Operation, process: &str, person: &str, file: &str) -> String {
    let path = operation.spec().path;
    let path = path.replace("{processId}", process).replace("{personId}", person);
    format!("/system{}", path.replace("{fileId}", file))
}

fn call(
    world: &SandboxHarness,
    token: Option<&str>,
    operation: Operation,
    process: &str,
    file: &str,
    body: &Value,
) {
    let spec = operation.spec();
    let body = spec.request.map(|_| body);
    let path = target(operation, process, "crm-4711", file);
    world.send(&json_request(spec.method.as_str(), &path, token, body));
}

/// Every status that the contract documents, by ordinary requests and documented settings.
#[test]
fn every_documented_status_is_answered() {
    let contract = Contract::get();
    let mut seen = BTreeSet::new();
    let create = contract.example(Operation::Create, "(1)");
    let attach = contract.example(Operation::Attach, "(1a)");
    let setup = json!({});

    let world = SandboxHarness::new();
    let (a, b) = (world.a(), world.caller(CLIENT_B));
    let token = Some(a.token.as_str());
    for operation in Operation::ALL {
        call(&world, None, operation, NOBODY, NOBODY, &json!({}));
    }
    let id = start(&a, &create, &attach);
    call(&world, token, Operation::Create, "", "", &{
        let mut twice = create.clone();
        twice["initiator"]["externalIdentifier"] = "crm-4711".into();
        twice
    });
    call(&world, token, Operation::Attach, &id, "", &attach);
    call(&world, token, Operation::Setup, &id, "", &setup);
    call(&world, token, Operation::Open, &id, "", &json!({}));
    let empty = a.post("", create.clone()).expect(201);
    call(&world, token, Operation::Release, empty["id"].as_str().expect("id"), "", &json!({}));
    call(&world, token, Operation::Release, NOBODY, "", &json!({}));
    call(&world, Some(&b.token), Operation::Release, &id, "", &json!({}));
    for _ in 0..2 {
        call(&world, token, Operation::Release, &id, "", &json!({}));
    }
    call(&world, token, Operation::Setup, &id, "", &setup);
    call(&world, token, Operation::Open, &id, "", &json!({}));
    a.get("").expect(200);
    a.get("?size=21").expect(400);
    let reads = [
        Operation::GetProcess,
        Operation::GetStatus,
        Operation::GetRecords,
        Operation::GetFile,
        Operation::GetFileContent,
    ];
    for operation in reads {
        call(&world, token, operation, &id, "file_offer-2025-001", &Value::Null);
        call(&world, token, operation, NOBODY, "file_offer-2025-001", &Value::Null);
    }
    world.sign(&id, "crm-4711").expect(200);
    world.admin(&format!("processes/{id}/archive"), json!({})).expect(200);
    for operation in [Operation::GetFile, Operation::GetFileContent] {
        call(&world, token, operation, &id, "file_offer-2025-001", &Value::Null);
    }
    seen.extend(world.seen.into_inner().expect("lock"));

    let world = SandboxHarness::with(|settings| {
        settings.missing_process = MissingProcess::Conflict;
        settings.signed_download = SignedDownload::Completed;
    });
    let a = world.a();
    for operation in [Operation::GetProcess, Operation::GetStatus] {
        call(&world, Some(&a.token), operation, NOBODY, "", &Value::Null);
    }
    let id = a.pending("SIMPLE", &["crm-4711", "crm-4712"]);
    world.sign(&id, "crm-4711").expect(200);
    let details = a.get(&format!("/{id}")).expect(200);
    let signed = details["fileReferences"][0]["lastSignedFileId"].as_str().expect("a file");
    for operation in [Operation::GetFile, Operation::GetFileContent] {
        call(&world, Some(&a.token), operation, &id, signed, &Value::Null);
    }
    seen.extend(world.seen.into_inner().expect("lock"));

    let documented = Operation::ALL
        .into_iter()
        .flat_map(|o| contract.statuses(o).into_iter().map(move |status| (o, status)));
    let missing: Vec<_> = documented.filter(|status| !seen.contains(status)).collect();
    assert!(missing.is_empty(), "never answered: {missing:?}");
}
