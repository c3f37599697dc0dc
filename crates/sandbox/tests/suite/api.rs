//! create, setup, release, open and the reads: bodies, states and warnings.

use std::collections::BTreeSet;
use std::thread;

use bytes::Bytes;
use serde_json::{Value, json};
use swisscom_sign_sandbox::directory::{CLIENT_B, CLIENT_CORPORATE, PARTNER, TEAMS};
use swisscom_sign_sandbox::settings::{Qes, SignerBeforeRelease};

use crate::support::{
    ApiTestResponse, DAY, NOBODY, START, SandboxHarness, URL, json_request, process,
};

#[test]
fn a_created_process_is_returned_whole() {
    let world = SandboxHarness::new();
    let mut request = process("SIMPLE", &["anna"]);
    request["teamId"] = TEAMS[0].0.to_string().into();
    request["partnerId"] = PARTNER.to_string().into();
    request["properties"] = json!([{ "key": "case", "value": "42" }]);
    request["payload"] = "{}".into();
    request["authorization"] = "ACCOUNT".into();
    request["invitees"]["personalMessage"] = "Hello\nthere".into();
    let mut created = world.a().post("", request.clone()).expect(201);
    let id = created["id"].as_str().expect("an id").to_owned();
    assert_eq!(world.a().get(&format!("/{id}")).expect(200), created);
    assert_eq!(created["status"], "CREATED");
    assert_eq!(created["createdDate"], START);
    let signer = &mut created["invitees"]["signers"][0];
    assert_eq!(signer["status"], "WAITING");
    // The response contains the request without write-only fields, plus the fields that the platform
    // adds.
    let keys = |value: &Value| -> BTreeSet<String> {
        value.as_object().expect("an object").keys().cloned().collect()
    };
    let added: BTreeSet<String> = keys(&created).difference(&keys(&request)).cloned().collect();
    let platform = ["createdDate", "fileReferences", "id", "lastModifiedDate", "status"];
    assert_eq!(added, platform.map(str::to_owned).into());
    assert!(created.get("authorization").is_none());
    for field in ["teamId", "partnerId", "properties", "payload", "signatureLevel"] {
        assert_eq!(created[field], request[field]);
    }
}

#[test]
fn invalid_bodies_are_400_with_every_problem() {
    let world = SandboxHarness::new();
    let a = world.a();
    let mut request = process("GOLD", &["anna"]);
    request["initiator"] = json!({ "type": "ROBOT" });
    request["invitees"]["signers"][0]["email"] = "nobody".into();
    let error = a.post("", request).expect(400);
    assert_eq!(error["name"], "Validation");
    let message = error["message"].as_str().expect("a message");
    for path in ["$.signatureLevel", "$.initiator.type", "$.invitees.signers[0].email"] {
        assert!(message.contains(path), "{message}");
    }
    let mut request = process("SIMPLE", &["anna", "beat"]);
    request["invitees"]["signers"][1]["type"] = "PERSON".into();
    let error = a.post("", request).expect(400);
    assert_eq!(error["message"], "$.invitees.signers[1].type: must be SIGNER");
    let raw = |body: &'static [u8], media_type: Option<&str>| {
        let mut request = json_request("POST", "/system/api/process", Some(&a.token), None);
        request.body = Bytes::from_static(body);
        request.headers.extend(media_type.map(|t| ("content-type".to_owned(), t.to_owned())));
        ApiTestResponse(world.send(&request))
    };
    let json = Some("application/json; charset=utf-8");
    for body in
        [&b""[..], b"{", b"[]", b"null", b"{\"initiator\": 1, \"initiator\": 2}", b"\xff", b"{}x"]
    {
        raw(body, json).refused(400, "Validation");
    }
    raw(b"{}", Some("text/plain")).refused(415, "HttpMediaTypeNotSupported");
    raw(b"{}", None).refused(415, "HttpMediaTypeNotSupported");
    a.get("/not-a-uuid").refused(400, "Validation");
    a.get("/6f1a5c4d2d9a4f12a1c5bc6e2bcb2d6a").refused(400, "Validation");
}

#[test]
fn cross_object_rules_are_409() {
    let world = SandboxHarness::new();
    let a = world.a();
    let with = |field: &str, value: Value| {
        let mut request = process("SIMPLE", &["anna"]);
        request[field] = value;
        request
    };
    let property = json!({ "key": "k", "value": "v" });
    a.post("", process("SIMPLE", &["anna", "anna"])).refused(409, "DuplicateExternalIdentifier");
    a.post("", with("properties", json!([property, property]))).refused(409, "DuplicateProperty");
    a.post("", with("teamId", json!(NOBODY))).refused(409, "TeamNotFound");
    a.post("", with("partnerId", json!(NOBODY))).refused(409, "PartnerNotFound");
    let others_team = with("teamId", json!(TEAMS[0].0));
    world.caller(CLIENT_B).post("", others_team).refused(409, "TeamNotFound");
}

#[test]
fn corporate_fields() {
    let world = SandboxHarness::new();
    let mut request = process("ADVANCED", &["anna"]);
    request["invitees"]["signers"][0]["verification"] = json!({});
    let error = world.a().post("", request.clone()).expect(400);
    let message = error["message"].as_str().expect("a message");
    assert!(message.contains("$.invitees.signers[0].verification"), "{message}");
    let created = world.caller(CLIENT_CORPORATE).post("", request).expect(201);
    let verification = &created["invitees"]["signers"][0]["verification"];
    assert_eq!(*verification, json!({ "residentPermit": true }));
}

/// Input that the platform ignores silently is ignored with a warning, or rejected.
#[test]
fn ignored_fields_are_reported() {
    let mut request = process("SIMPLE", &["anna"]);
    request["validUntil"] = 5.into();
    request["id"] = NOBODY.into();
    request["colour"] = "blue".into();
    request["invitees"]["signers"][0]["status"] = "SIGNED".into();
    request["payload"] = Value::Null;
    let world = SandboxHarness::new();
    let answer = world.a().post("", request.clone());
    let created = answer.expect(201);
    assert_ne!(created["id"], NOBODY);
    assert!(created.get("validUntil").is_none());
    assert_eq!(created["invitees"]["signers"][0]["status"], "WAITING");
    for warning in [
        "read-only-field $.validUntil",
        "read-only-field $.id",
        "unknown-field $.colour",
        "read-only-field $.invitees.signers[0].status",
    ] {
        assert!(answer.warnings().contains(warning), "{}", answer.warnings());
    }
    let plain = world.a().post("", process("SIMPLE", &["anna"]));
    assert_eq!(plain.warnings(), "");
    SandboxHarness::with(|settings| settings.strict = true)
        .a()
        .post("", request)
        .refused(400, "Validation");

    // An error response carries the warning as well.
    let mut refused = process("SIMPLE", &["anna", "anna"]);
    refused["sandbox"] = true.into();
    let answer = world.a().post("", refused.clone());
    answer.refused(409, "DuplicateExternalIdentifier");
    assert_eq!(answer.warnings(), "unknown-field $.sandbox");
    refused["payload"] = 5.into();
    let answer = world.a().post("", refused);
    answer.refused(400, "Validation");
    assert_eq!(answer.warnings(), "unknown-field $.sandbox");

    let mut odd = process("SIMPLE", &["anna"]);
    odd["a, b"] = true.into();
    for index in 0..90 {
        odd[format!("é\r\nset-cookie: {index}")] = true.into();
    }
    let answer = world.a().post("", odd);
    assert!(answer.warnings().len() < 2200 && answer.warnings().ends_with("and more"));
    assert!(answer.warnings().bytes().all(|b| (b' '..=b'~').contains(&b)));
    // The journal keeps all of them.
    let journal = world.control("GET", "requests?operation=create", Value::Null).expect(200);
    let last = journal["requests"].as_array().and_then(|all| all.last()).expect("a request");
    let warnings = last["warnings"].as_array().expect("warnings");
    assert_eq!(warnings.len(), 91);
    assert!(warnings.contains(&json!("unknown-field $[\"a, b\"]")), "{warnings:?}");
}

#[test]
fn warns_of_qualified_signatures() {
    let world = SandboxHarness::new();
    let mut request = process("QUALIFIED", &["anna"]);
    request.as_object_mut().expect("an object").remove("signatureLevel");
    let answer = world.a().post("", request);
    assert_eq!(answer.expect(201)["signatureLevel"], "QUALIFIED");
    assert_eq!(answer.warnings(), "qes-not-signable-on-test");
    let id = world.a().pending("QUALIFIED", &["anna"]);
    world.sign(&id, "anna").refused(409, "QualifiedNotAvailable");
    let records = world.a().get(&format!("/{id}/record")).expect(200);
    assert_eq!(
        (&records["records"][0]["action"], &records["records"][0]["status"]),
        (&json!("sign"), &json!("FAIL"))
    );
}

/// Rejected as on TEST by default; simulated if the setting is enabled.
#[test]
fn qualified_is_signed_where_it_is_simulated() {
    for (qes, status) in [(Qes::Refuse, 409), (Qes::Simulate, 200)] {
        let world = SandboxHarness::with(|settings| settings.qes = qes);
        let id = world.a().pending("QUALIFIED", &["anna"]);
        world.sign(&id, "anna").expect(status);
        let after = if status == 200 { "COMPLETED" } else { "PENDING" };
        assert_eq!(world.a().status(&id), after);
    }
}

/// The contract has a status for signers who were not invited yet, and does not specify the draft.
#[test]
fn signers_before_the_release() {
    for (switch, status) in
        [(SignerBeforeRelease::Waiting, "WAITING"), (SignerBeforeRelease::Pending, "PENDING")]
    {
        let world = SandboxHarness::with(|settings| settings.signer_before_release = switch);
        let a = world.a();
        let signers = |process: &Value| -> Vec<String> {
            let signers = process["invitees"]["signers"].as_array().expect("signers");
            signers.iter().map(|s| s["status"].as_str().expect("a status").to_owned()).collect()
        };
        let created = a.post("", process("SIMPLE", &["anna", "beat"])).expect(201);
        assert_eq!(signers(&created), [status; 2]);
        let id = a.prepared("SIMPLE", &["anna", "beat"]);
        assert_eq!(signers(&a.get(&format!("/{id}")).expect(200)), [status; 2]);
        world.control("PUT", &format!("processes/{id}/signing-order"), json!({})).expect(200);
        a.post_nothing(&format!("/{id}/release")).expect(200);
        assert_eq!(signers(&a.get(&format!("/{id}")).expect(200)), ["PENDING", "WAITING"]);
    }
}

#[test]
fn setup_again_and_again_and_completed() {
    let world = SandboxHarness::new();
    let a = world.a();
    let id = a.prepared("SIMPLE", &["anna"]);
    let answer = a.post(&format!("/{id}/setup"), json!({ "scope": "openid", "mode": "EMBEDDED" }));
    assert_eq!(answer.warnings(), "ignored-field $.scope");
    let first = answer.expect(202);
    assert_eq!(a.post(&format!("/{id}/setup"), json!({})).expect(202), first);
    a.post_nothing(&format!("/{id}/setup")).refused(400, "Validation");
    assert_eq!(a.status(&id), "CREATED");
    world.admin(&format!("processes/{id}/setup/complete"), json!({})).expect(200);
    assert_eq!(a.status(&id), "PENDING");
    a.post(&format!("/{id}/setup"), json!({})).refused(409, "ProcessAlreadyReleased");
    a.post(&format!("/{id}/attach"), crate::support::attachment(&["anna"]))
        .refused(409, "ProcessAlreadyReleased");
    let again = a.post_nothing(&format!("/{id}/release"));
    again.expect(208);
}

/// A process ends exactly at its `validUntil`.
#[test]
fn an_end_is_kept_to_the_millisecond() {
    let world = SandboxHarness::new();
    let a = world.a();
    let until = |fraction: &str| json!({ "validUntil": format!("2026-11-01T10:00:{fraction}Z") });
    let id = a.prepared("SIMPLE", &["anna"]);
    let release = format!("/{id}/release");
    a.post(&release, until("00.0009")).refused(409, "ValidUntilNotInFuture");
    a.post(&release, until("01.000900")).expect(200);
    assert_eq!(a.get(&format!("/{id}")).expect(200)["validUntil"], "2026-11-01T10:00:01Z");
    world.clock.advance(1);
    assert_eq!(a.status(&id), "EXPIRED");
}

/// The URLs are the same in every state; the body is ignored, and no record is written.
#[test]
fn release_again_is_208() {
    let world = SandboxHarness::new();
    let a = world.a();
    let id = a.prepared("SIMPLE", &["anna", "beat"]);
    let path = format!("/{id}/release");
    let first = a.post(&path, json!({})).expect(200);
    let people = first["participants"].as_array().expect("participants");
    assert_eq!(people.len(), 2, "systems are not among them");
    assert_eq!(people[0]["externalIdentifier"], "anna");
    let mut expected = first.clone();
    let records = a.get(&format!("/{id}/record")).expect(200);
    assert_eq!(a.post(&path, json!({ "signatureMethods": ["OSS"] })).expect(208), expected);
    // Not even the syntax of the body is checked; before the first release it is.
    let broken = json!({ "validUntil": "soon", "notification": {} });
    assert_eq!(a.post(&path, broken.clone()).expect(208), expected);
    let draft = a.prepared("SIMPLE", &["anna"]);
    a.post(&format!("/{draft}/release"), broken.clone()).refused(400, "Validation");
    world.caller(CLIENT_B).post(&path, broken).refused(400, "Validation");
    assert_eq!(a.get(&format!("/{id}/record")).expect(200), records);
    world.sign(&id, "anna").expect(200);
    world.sign(&id, "beat").expect(200);
    expected["status"] = "COMPLETED".into();
    assert_eq!(a.post_nothing(&path).expect(208), expected);
}

/// No upper limit is documented: a distant end causes a warning and is accepted.
#[test]
fn warns_of_an_end_beyond_a_year() {
    let world = SandboxHarness::new();
    let a = world.a();
    for (valid_until, warning) in [
        ("2027-11-01T10:00:00Z", ""),
        ("2027-11-01T10:00:01Z", "valid-until-beyond-one-year $.validUntil"),
    ] {
        let path = format!("/{}/release", a.prepared("SIMPLE", &["anna"]));
        let released = a.post(&path, json!({ "validUntil": valid_until }));
        released.expect(200);
        assert_eq!(released.warnings(), warning, "{valid_until}");
        let again = a.post(&path, json!({ "validUntil": valid_until }));
        again.expect(208);
        assert_eq!(again.warnings(), "");
    }
}

#[test]
fn concurrent_releases_have_one_winner() {
    let world = SandboxHarness::new();
    let a = world.a();
    let id = a.prepared("SIMPLE", &["anna"]);
    let path = format!("/{id}/release");
    let statuses: Vec<u16> = thread::scope(|scope| {
        let calls: Vec<_> = (0..20)
            .map(|_| scope.spawn(|| a.post(&path, json!({ "language": "de-CH" })).0.status))
            .collect();
        calls.into_iter().map(|call| call.join().expect("a thread")).collect()
    });
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1, "{statuses:?}");
    assert!(statuses.iter().all(|status| matches!(status, 200 | 208)));
    let records = a.get(&format!("/{id}/record")).expect(200);
    let mails =
        records["records"].as_array().expect("records").iter().filter(|r| r["action"] == "email");
    assert_eq!(mails.count(), 1, "one set of mails");
}

#[test]
fn open() {
    let world = SandboxHarness::new();
    let a = world.a();
    let id = a.prepared("SIMPLE", &["anna", "beat"]);
    a.post(&format!("/{id}/open/anna"), json!({})).refused(409, "ProcessNotReleased");
    a.post_nothing(&format!("/{id}/release")).expect(200);
    a.post(&format!("/{id}/open/nobody"), json!({})).refused(409, "ParticipantNotFound");
    let details = a.get(&format!("/{id}")).expect(200);
    let anna =
        details["invitees"]["signers"][0]["identification"].as_str().expect("an id").to_owned();
    let system = details["initiator"]["identification"].as_str().expect("an id");
    a.post(&format!("/{id}/open/{system}"), json!({})).refused(409, "ParticipantNotFound");
    let url = |person: &str, body: Value| {
        let opened = a.post(&format!("/{id}/open/{person}"), body).expect(200);
        opened["url"].as_str().expect("a URL").to_owned()
    };
    let permanent = format!("/cockpit/process/{id}/person/{anna}");
    let by_id = url(&anna, json!({ "lifecycle": "PERMANENT" }));
    let by_reference = url("anna", json!({ "skipAuthorization": true }));
    assert!(by_id.contains(&permanent) && by_reference.contains(&permanent));
    assert!(!by_id.contains("code=") && by_reference.contains("code="));
    assert_ne!(by_id, url(&anna, json!({})), "each URL is its own");
    // A process that has ended stays readable; a canceled signer loses access.
    world.admin(&format!("processes/{id}/participants/anna/decline"), json!({})).expect(200);
    url("anna", json!({}));
    a.post(&format!("/{id}/open/beat"), json!({})).refused(409, "ParticipantInactive");
}

/// Any read triggers the expiry.
#[test]
fn expiry_on_every_read() {
    let looks: [fn(&crate::support::ApiTestClient<'_>, &str); 5] = [
        |a, id| assert_eq!(a.status(id), "EXPIRED"),
        |a, id| assert_eq!(a.get(&format!("/{id}")).expect(200)["status"], "EXPIRED"),
        |a, id| {
            let records = a.get(&format!("/{id}/record")).expect(200);
            assert_eq!(records["records"][0]["status"], "ABORT");
            assert_eq!(records["records"][0]["createdDate"], "2026-12-01T10:00:00Z");
        },
        |a, _| assert_eq!(a.get("?status=EXPIRED").expect(200)["page"]["totalElements"], 1),
        |a, id| {
            assert_eq!(a.post_nothing(&format!("/{id}/release")).expect(208)["status"], "EXPIRED")
        },
    ];
    for look in looks {
        let world = SandboxHarness::new();
        let a = world.a();
        let id = a.pending("SIMPLE", &["anna"]);
        world.clock.advance(30 * DAY);
        look(&a, &id);
    }
    let world = SandboxHarness::new();
    let id = world.a().pending("SIMPLE", &["anna"]);
    world.clock.advance(30 * DAY);
    world.sign(&id, "anna").refused(409, "ProcessEnded");
}

#[test]
fn two_runs_with_the_same_seed_are_the_same() {
    let run = || {
        let world = SandboxHarness::new();
        let a = world.a();
        let id = a.pending("SIMPLE", &["anna"]);
        let opened =
            a.post(&format!("/{id}/open/anna"), json!({ "skipAuthorization": true })).expect(200);
        world.sign(&id, "anna").expect(200);
        let details = a.get(&format!("/{id}")).expect(200);
        (opened, details, a.get(&format!("/{id}/record")).expect(200), a.get("/x").json())
    };
    assert_eq!(run(), run());
}

#[test]
fn reset_forgets_everything() {
    let world = SandboxHarness::new();
    let a = world.a();
    let id = a.pending("SIMPLE", &["anna"]);
    world.admin("reset", json!({})).expect(204);
    a.get(&format!("/{id}")).refused(404, "ProcessNotFound");
    assert_eq!(a.get("").expect(200)["page"]["totalElements"], 0);
}

#[test]
fn rejects_unknown_paths_and_methods() {
    let world = SandboxHarness::new();
    let get = |path: &str| ApiTestResponse(world.send(&json_request("GET", path, None, None)));
    get("/system/api/nothing").refused(404, "NoResourceFound");
    get("/_sandbox/nothing").refused(404, "NoResourceFound");
    get("/nothing").expect(404);
    assert_eq!(get("/_sandbox/health").expect(200)["status"], "ok");
    let info = get("/_sandbox/info");
    assert_eq!(info.expect(200)["contract"], "2.19.0");
    let body = String::from_utf8(info.0.body.to_vec()).expect("text");
    for client in world.platform().directory().clients() {
        let secret = secrecy::ExposeSecret::expose_secret(client.secret());
        assert!(!body.contains(secret), "info shows a secret");
    }
    let delete =
        ApiTestResponse(world.send(&json_request("DELETE", "/system/api/process", None, None)));
    delete.refused(405, "HttpRequestMethodNotSupported");
    assert_eq!(delete.0.get("allow"), Some("GET, POST"));
    // A correct path below a wrong base gets a hint at the correct path, whatever the method.
    for (method, path, meant) in [
        ("POST", "/api/process", "/system/api/process"),
        ("GET", "/system/process/p/status", "/system/api/process/p/status"),
        ("DELETE", "/v1/api/process", "/system/api/process"),
    ] {
        let answer = ApiTestResponse(world.send(&json_request(method, path, None, None)));
        answer.refused(404, "NoResourceFound");
        let message = answer.json()["message"].as_str().expect("a message").to_owned();
        assert!(message.ends_with(&format!("{URL}{meant}")), "{message}");
        assert_eq!(answer.0.get("allow"), None);
    }
    ApiTestResponse(world.send(&json_request("POST", "/nothing", None, None))).expect(404);
    let page = get(&format!("/cockpit/process/{NOBODY}/person/{NOBODY}"));
    assert_eq!(page.0.status, 404);
    assert!(String::from_utf8_lossy(&page.0.body).contains("Sandbox for testing only."));
}

#[test]
fn admin_bodies_are_checked() {
    let world = SandboxHarness::new();
    let id = world.a().pending("ADVANCED", &["anna"]);
    let sign = |body: Value| world.admin(&format!("processes/{id}/participants/anna/sign"), body);
    sign(json!({ "metod": "APP" })).refused(400, "Validation");
    for body in [json!([]), json!(["APP"]), json!("APP")] {
        sign(body.clone()).refused(400, "Validation");
        world.admin("reset", body).refused(400, "Validation");
    }
    sign(json!({ "method": "CLICK" })).refused(409, "SignatureMethodNotAllowed");
    let signed = sign(json!({ "method": "APP", "certificateName": "Jane Doe" })).expect(200);
    let signer = &signed["invitees"]["signers"][0];
    assert_eq!(signer["certificateMatch"], "MISMATCH");
    world.sign(NOBODY, "anna").refused(409, "ProcessNotFound");
}
