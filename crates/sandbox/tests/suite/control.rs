//! Control API: clocks, reminders, isolation, journal, directory, tokens, state.

use std::sync::Arc;
use std::thread;

use getrandom::SysRng;
use rsa::rand_core::UnwrapErr;
use serde_json::{Value, json};
use swisscom_sign_sandbox::directory::{CLIENT_A, CLIENT_B, ORGANIZATION_A, ORGANIZATION_B};
use swisscom_sign_sandbox::faults::FaultAction;
use swisscom_sign_sandbox::platform::KeyFactory;
use swisscom_sign_sandbox::tokens::keys::LazyKeyPair;

use crate::support::{
    ApiTestClient, ApiTestResponse, DAY, NOBODY, START, SandboxHarness, at, form_request,
    json_request, process,
};

fn with_reminder(caller: &ApiTestClient<'_>, signers: &[&str], reminder: Value) -> String {
    let id = caller.prepared("ADVANCED", signers);
    let release = json!({ "notification": { "locale": "en-GB", "reminder": reminder } });
    caller.post(&format!("/{id}/release"), release).expect(200);
    id
}

fn fired(answer: &Value) -> Vec<(String, String, String)> {
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    let list = answer["events"].as_array().expect("a list");
    list.iter().map(|f| (text(&f["at"]), text(&f["type"]), text(&f["processId"]))).collect()
}

#[test]
fn returns_due_events_in_order() {
    let world = SandboxHarness::new();
    let a = world.a();
    world.control("PUT", "clock", json!({ "mode": "frozen" })).expect(200);
    let id = with_reminder(&a, &["anna"], json!({ "interval": "P10D", "beforeExpiry": ["P2D"] }));
    let short = a.prepared("SIMPLE", &["anna"]);
    let until = json!({ "validUntil": "2026-11-12T10:00:00Z" });
    a.post(&format!("/{short}/release"), until).expect(200);
    let answer = world.control("POST", "clock/advance", json!({ "by": "P31D" })).expect(200);
    assert_eq!(answer["now"], "2026-12-02T10:00:00Z");
    let expected = [
        ("2026-11-11T10:00:00Z", "reminder", &id),
        ("2026-11-12T10:00:00Z", "expired", &short),
        ("2026-11-21T10:00:00Z", "reminder", &id),
        ("2026-11-29T10:00:00Z", "reminder", &id),
        ("2026-12-01T10:00:00Z", "expired", &id),
    ];
    let expected = expected.map(|(at, kind, id)| (at.to_owned(), kind.to_owned(), id.clone()));
    assert_eq!(fired(&answer), expected);
    assert_eq!(a.status(&id), "EXPIRED");
    // The records contain the same events with the same timestamps.
    let records = a.get(&format!("/{id}/record")).expect(200);
    let reminded: Vec<&Value> = records["records"]
        .as_array()
        .expect("records")
        .iter()
        .filter(|record| record["extras"]["email_type"] == "REMINDER")
        .map(|record| &record["createdDate"])
        .collect();
    assert_eq!(reminded, ["2026-11-29T10:00:00Z", "2026-11-21T10:00:00Z", "2026-11-11T10:00:00Z"]);
    let later = world.control("POST", "clock/advance", json!({ "to": "2027-01-01T00:00:00Z" }));
    let later = fired(&later.expect(200));
    assert_eq!(
        later.iter().map(|f| (f.0.as_str(), f.1.as_str())).collect::<Vec<_>>(),
        [("2026-12-12T10:00:00Z", "archived"), ("2026-12-31T10:00:00Z", "archived")]
    );
}

/// The outbox is ordered by message time, whether a clock was advanced or time has passed.
#[test]
fn orders_mails_of_many_processes_by_time() {
    let mails = |turn: &dyn Fn(&SandboxHarness, &str)| -> Vec<(String, String)> {
        let world = SandboxHarness::new();
        let a = world.a();
        let ids = [0, 1, 2].map(|hours| {
            world.clock.advance(hours * 3600);
            with_reminder(&a, &["anna"], json!({ "interval": "P7D" }))
        });
        turn(&world, &ids[1]);
        let all = world.control("GET", "outbox?type=REMINDER", Value::Null).expect(200);
        let all = all["messages"].as_array().expect("messages").iter();
        let text = |value: &Value| value.as_str().expect("a text").to_owned();
        all.map(|mail| (text(&mail["at"]), text(&mail["processId"]))).collect()
    };
    let turned = mails(&|world, _| {
        world.control("POST", "clock/advance", json!({ "by": "P15D" })).expect(200);
    });
    assert_eq!(turned.len(), 6);
    assert!(turned.is_sorted(), "{turned:#?}");
    // First only the second process is read, then all of them.
    let looked_at = mails(&|world, id| {
        world.clock.advance(15 * DAY);
        assert_eq!(world.a().status(id), "PENDING");
    });
    assert_eq!(looked_at, turned);
}

#[test]
fn reminds_pending_signers_only() {
    let world = SandboxHarness::new();
    let a = world.a();
    let id = with_reminder(&a, &["anna", "beat"], json!({ "interval": "P3D" }));
    let people = |answer: &ApiTestResponse| {
        let answer = answer.json();
        let first = &answer["events"][0]["participants"];
        first.as_array().map_or(0, Vec::len)
    };
    assert_eq!(people(&world.control("POST", "clock/advance", json!({ "by": "P3D" }))), 2);
    world.sign(&id, "anna").expect(200);
    assert_eq!(people(&world.control("POST", "clock/advance", json!({ "by": "P3D" }))), 1);
    world.sign(&id, "beat").expect(200);
    let nothing = world.control("POST", "clock/advance", json!({ "by": "P6D" })).expect(200);
    assert_eq!(nothing["events"], json!([]));
    // Reminders that were past at the release are skipped.
    let id = a.prepared("SIMPLE", &["carla"]);
    let release = json!({
        "validUntil": "2026-11-16T10:00:00Z",
        "notification": { "locale": "de-CH", "reminder": { "beforeExpiry": ["P20D", "P1D"] } },
    });
    a.post(&format!("/{id}/release"), release).expect(200);
    let all = world.control("POST", "clock/advance", json!({ "by": "P5D" })).expect(200);
    let kinds: Vec<String> = fired(&all).into_iter().map(|f| f.1).collect();
    assert_eq!(kinds, ["reminder", "expired"]);
}

#[test]
fn validates_clock_changes() {
    let world = SandboxHarness::new();
    let put = |body: Value| world.control("PUT", "clock", body);
    let advance = |body: Value| world.control("POST", "clock/advance", body);
    for wrong in [
        json!({}),
        json!({ "mode": "fast" }),
        json!({ "mode": "offset" }),
        json!({ "mode": "offset", "by": "P1M" }),
        json!({ "mode": "offset", "by": "2 days" }),
        json!({ "mode": "real", "at": START }),
        json!({ "mode": "frozen", "at": "yesterday" }),
        json!({ "mode": "server" }),
        json!({ "mode": "frozen", "colour": "blue" }),
    ] {
        put(wrong).refused(400, "Validation");
    }
    for wrong in [json!({}), json!({ "by": "P1D", "to": START })] {
        advance(wrong).refused(400, "Validation");
    }
    for wrong in ["soon", "1 day", "1d", "p1d", "P", "PT", "P1", ""] {
        let answer = advance(json!({ "by": wrong }));
        assert!(answer.json()["message"].to_string().contains("ISO 8601"), "{wrong}");
        answer.refused(400, "Validation");
    }
    advance(json!({ "by": "-PT1S" })).refused(409, "ClockNotSet");
    advance(json!({ "to": "2026-10-31T10:00:00Z" })).refused(409, "ClockNotSet");
    advance(json!({ "to": "2101-01-01T00:00:00Z" })).refused(409, "ClockNotSet");
    put(json!({ "mode": "frozen", "at": "2101-01-01T00:00:00Z" })).refused(409, "ClockNotSet");
    advance(json!({ "organizationId": NOBODY, "by": "P1D" })).refused(404, "NoSuchEntry");
    let clock = world.control("GET", "clock", Value::Null).expect(200);
    assert_eq!(clock, json!({ "now": START, "clock": { "mode": "real" } }));
    for by in ["PT48H", "P2D"] {
        let offset = put(json!({ "mode": "offset", "by": by })).expect(200);
        assert_eq!(offset["now"], "2026-11-03T10:00:00Z");
    }
    let back = put(json!({ "mode": "real" })).expect(200);
    assert_eq!(back["now"], START);
}

/// Every timestamp in any response, including errors, uses the sandbox clock; tokens use real time.
#[test]
fn applies_the_clock_to_everything_but_tokens() {
    let world = SandboxHarness::new();
    let a = world.a();
    world.control("POST", "clock/advance", json!({ "by": "P31D" })).expect(200);
    world.control("DELETE", "requests", Value::Null).expect(204);
    let now = "2026-12-02T10:00:00Z";
    // The token was issued before.
    let id = a.pending("SIMPLE", &["anna"]);
    world.sign(&id, "anna").expect(200);
    let mut answers = vec![
        a.get("").expect(200),
        a.get(&format!("/{id}")).expect(200),
        a.get(&format!("/{id}/record")).expect(200),
        a.get(&format!("/{NOBODY}")).expect(404),
        a.post("", json!({})).expect(400),
        a.post(&format!("/{NOBODY}/setup"), json!({})).expect(409),
        world.control("GET", "info", Value::Null).expect(200),
        world.control("GET", "requests", Value::Null).expect(200),
        world.control("DELETE", "faults/77", Value::Null).expect(404),
    ];
    let own = json!({ "organizationId": ORGANIZATION_A, "mode": "frozen", "at": now });
    world.control("PUT", "clock", own).expect(200);
    world.control("PUT", "clock", json!({ "mode": "real" })).expect(200);
    // The server's clock has changed; the organization's has not.
    answers.push(a.get(&format!("/{NOBODY}")).expect(404));
    answers.push(a.post("", process("SIMPLE", &["anna"])).expect(201));
    let mut times = Vec::new();
    for answer in &answers {
        collect_times(answer, &mut times);
    }
    assert!(times.len() > 30, "{}", times.len());
    for time in times {
        let ends = ["2027-01-01T10:00:00Z"];
        assert!(time == now || ends.contains(&time.as_str()), "{time}");
    }
    // Tokens expire on the real clock.
    world.real_clock.advance(3600);
    a.get("").expect(401);
}

fn collect_times(value: &Value, times: &mut Vec<String>) {
    match value {
        Value::String(text) if text.parse::<jiff::Timestamp>().is_ok() => times.push(text.clone()),
        Value::Array(items) => items.iter().for_each(|item| collect_times(item, times)),
        Value::Object(map) => map.values().for_each(|item| collect_times(item, times)),
        _ => {}
    }
}

/// A test with an organization of its own.
struct TestTenant {
    organization: String,
    client: String,
}

impl TestTenant {
    fn new(world: &SandboxHarness) -> Self {
        let made = world.control("POST", "organizations", json!({})).expect(201);
        let text = |name: &str| made[name].as_str().expect("text").to_owned();
        Self { organization: text("id"), client: text("clientId") }
    }
}

#[test]
fn isolates_fifty_organizations() {
    let world = Arc::new(SandboxHarness::new());
    let tests: Vec<_> = (0..50_i64)
        .map(|n| {
            let world = Arc::clone(&world);
            thread::spawn(move || one_test(&world, n))
        })
        .collect();
    for test in tests {
        test.join().expect("a test that passes");
    }
    // The server's clock and organization A have not changed.
    assert_eq!(world.control("GET", "clock", Value::Null).expect(200)["now"], START);
    assert_eq!(world.a().get("").expect(200)["totalElements"], 0);
}

fn one_test(world: &SandboxHarness, n: i64) {
    let tenant = TestTenant::new(world);
    let caller = world.caller(&tenant.client);
    let organization = &tenant.organization;
    let rule = json!({
        "match": { "organizationId": organization, "operation": "getStatus", "nth": 2 },
        "action": { "status": 503 },
    });
    world.control("POST", "faults", rule).expect(201);
    let ids: Vec<String> = (0..3).map(|_| caller.pending("SIMPLE", &["anna"])).collect();
    let by = json!({ "organizationId": organization, "by": format!("P{}D", 31 + n % 29) });
    let turned = world.control("POST", "clock/advance", by).expect(200);
    assert_eq!(turned["events"].as_array().expect("a list").len(), 3);
    let now = at(START) + jiff::SignedDuration::from_secs((31 + n % 29) * DAY);
    assert_eq!(turned["now"], now.to_string());
    let list = caller.get("?status=EXPIRED").expect(200);
    let mut listed: Vec<&str> = list["content"]
        .as_array()
        .expect("content")
        .iter()
        .map(|process| process["id"].as_str().expect("an id"))
        .collect();
    listed.reverse();
    assert_eq!(listed, ids);
    let statuses: Vec<Option<u16>> = (0..3)
        .map(|_| {
            let target = format!("/system/api/process/{}/status", ids[0]);
            let request = json_request("GET", &target, Some(&caller.token), None);
            let fault =
                world.gateway.fault(&world.gateway.route(request.clone())).expect("no own fault");
            world
                .gateway
                .handle_with(&world.gateway.route(request.clone()), fault.as_ref())
                .map(|response| response.status)
        })
        .collect();
    assert_eq!(statuses, [Some(200), Some(503), Some(200)]);
    let journal =
        world.control("GET", &format!("requests?organizationId={organization}"), Value::Null);
    let journal = journal.expect(200);
    let requests = journal["requests"].as_array().expect("a list");
    assert!(requests.iter().all(|request| request["organizationId"] == *organization));
    // Token, three times three, the list, three times the status.
    assert_eq!(requests.len(), 14);
    // Resetting an organization removes its clock, its faults and its processes.
    world.control("POST", "reset", json!({ "organizationId": organization })).expect(204);
    assert_eq!(caller.get("").expect(200)["totalElements"], 0);
    let faults =
        world.control("GET", &format!("faults?organizationId={organization}"), Value::Null);
    assert_eq!(faults.expect(200)["faults"], json!([]));
}

#[test]
fn twenty_releases_at_once() {
    let world = Arc::new(SandboxHarness::new());
    let id = world.a().prepared("SIMPLE", &["anna", "beat"]);
    let token = world.token(CLIENT_A);
    let releases: Vec<_> = (0..20)
        .map(|_| {
            let (world, id, token) = (Arc::clone(&world), id.clone(), token.clone());
            thread::spawn(move || {
                let caller = ApiTestClient { world: &world, token };
                let body = json!({ "language": "de-CH" });
                caller.post(&format!("/{id}/release"), body).0.status
            })
        })
        .collect();
    let mut statuses: Vec<u16> =
        releases.into_iter().map(|release| release.join().expect("an answer")).collect();
    statuses.sort_unstable();
    assert_eq!(statuses[0], 200);
    assert_eq!(statuses[1..], [208; 19]);
    let records = world.a().get(&format!("/{id}/record")).expect(200);
    let mails = records["records"].as_array().expect("records").iter();
    assert_eq!(mails.filter(|record| record["action"] == "email").count(), 2, "one set of mails");
}

#[test]
fn records_ignored_fields_without_secrets() {
    let world = SandboxHarness::new();
    let a = world.a();
    let mut request = process("SIMPLE", &["anna"]);
    request["status"] = "COMPLETED".into();
    request["colour"] = "blue".into();
    let id = a.post("", request).expect(201)["id"].as_str().expect("an id").to_owned();
    let mut file = crate::support::attachment(&["anna"]);
    file["name"] = "Confidential.pdf".into();
    a.post(&format!("/{id}/attach"), file).expect(201);
    a.post(&format!("/{id}/open/anna"), json!({})).expect(409);
    let journal = world.control("GET", "requests", Value::Null);
    let all = journal.expect(200)["requests"].clone();
    let kinds: Vec<_> = all.as_array().expect("a list").iter().map(|r| &r["operation"]).collect();
    assert_eq!(kinds, ["token", "create", "attach", "open"]);
    assert_eq!(all[1]["warnings"], json!(["unknown-field $.colour", "read-only-field $.status"]));
    assert_eq!((&all[1]["clientId"], &all[1]["status"]), (&json!(CLIENT_A), &json!(201)));
    assert_eq!(
        (&all[3]["error"], &all[3]["processId"]),
        (&json!("ProcessNotReleased"), &json!(id))
    );
    let text = all.to_string();
    let client = world.platform().directory().client(CLIENT_A).expect("a client");
    let secret = secrecy::ExposeSecret::expose_secret(client.secret());
    for hidden in [a.token.as_str(), secret, "Confidential", "JVBERi"] {
        assert!(!text.contains(hidden), "{hidden}");
    }
    let only = |query: &str| {
        let answer = world.control("GET", &format!("requests?{query}"), Value::Null).expect(200);
        answer["requests"].as_array().expect("a list").len()
    };
    let after = all[1]["sequence"].as_u64().expect("a number");
    assert_eq!(only("operation=open"), 1);
    assert_eq!(only(&format!("after={after}")), 2);
    assert_eq!(only("status=201&limit=1"), 1);
    assert_eq!(only(&format!("processId={id}")), 2);
    assert_eq!(only(&format!("organizationId={ORGANIZATION_B}")), 0);
    for wrong in
        ["colour=blue", "operation=list", "after=x", "wait=soon", "wait=61s", "processId=1"]
    {
        let answer = world.control("GET", &format!("requests?{wrong}"), Value::Null);
        answer.refused(400, "Validation");
    }
    world.control("DELETE", "requests", Value::Null).expect(204);
    assert_eq!(only(""), 0);
}

#[test]
fn imports_an_export_with_former_field_names() {
    fn rename(object: &mut Value, from: &str, to: &str) {
        let object = object.as_object_mut().expect("an object");
        let value = object.remove(from).expect("a field");
        object.insert(to.to_owned(), value);
    }
    let world = SandboxHarness::new();
    let id = world.a().prepared("SIMPLE", &["anna"]);
    let mut export = world.control("GET", "export", Value::Null).expect(200);
    let former = &mut export;
    for client in former["directory"]["clients"].as_array_mut().expect("clients") {
        rename(&mut client["owner"], "organizationId", "organization");
    }
    for account in former["directory"]["accounts"].as_array_mut().expect("accounts") {
        rename(account, "owner", "owns");
    }
    for process in former["processes"].as_array_mut().expect("processes") {
        rename(&mut process["owner"], "organizationId", "organization");
    }
    let before = world.control("GET", "info", Value::Null).expect(200)["accounts"].clone();
    world.control("POST", "import", export).expect(204);
    let after = world.control("GET", "info", Value::Null).expect(200)["accounts"].clone();
    assert_eq!(before, after);
    world.a().get(&format!("/{id}")).expect(200);
}

#[test]
fn adds_entries_to_the_directory() {
    let world = SandboxHarness::new();
    let tenant = TestTenant::new(&world);
    let caller = world.caller(&tenant.client);
    let team = json!({ "organizationId": tenant.organization, "name": "Legal" });
    let team = world.control("POST", "teams", team).expect(201);
    let partner = json!({ "organizationId": tenant.organization });
    let partner = world.control("POST", "partners", partner).expect(201);
    let mut request = process("SIMPLE", &["anna"]);
    request["teamId"] = team["id"].clone();
    request["partnerId"] = partner["id"].clone();
    caller.post("", request.clone()).expect(201);
    world.a().post("", request.clone()).refused(409, "TeamNotFound");
    request["teamId"] = Value::Null;
    world.a().post("", request).refused(409, "PartnerNotFound");
    let account = json!({ "name": "Dora", "verifiedEmail": "dora@example.com" });
    world.control("POST", "accounts", account).expect(201);
    let reader = json!({
        "clientId": "reader",
        "clientSecret": "a secret",
        "organizationId": tenant.organization,
        "scopes": ["sswp:process:read"],
        "optionalScopes": [],
    });
    world.control("POST", "clients", reader.clone()).expect(201);
    world.control("POST", "clients", reader).refused(409, "AlreadyExists");
    let reader = world.caller("reader");
    reader.get("").expect(403);
    reader.post("", process("SIMPLE", &["anna"])).expect(403);
    let again = json!({ "id": tenant.organization });
    world.control("POST", "organizations", again).refused(409, "AlreadyExists");
    for (path, wrong) in [
        ("clients", json!({ "scopes": ["all"] })),
        ("clients", json!({ "clientId": "" })),
        ("teams", json!({ "id": "1" })),
        ("accounts", json!({ "email": "a@example.com" })),
    ] {
        world.control("POST", path, wrong).refused(400, "Validation");
    }
    world.control("POST", "teams", json!({ "organizationId": NOBODY })).refused(404, "NoSuchEntry");
    let info = world.control("GET", "info", Value::Null).expect(200);
    assert_eq!(info["organizations"].as_array().expect("a list").len(), 3);
    assert!(info["accounts"].to_string().contains("dora@example.com"));
}

#[test]
fn revokes_tokens() {
    let world = SandboxHarness::new();
    let (a, b) = (world.a(), world.caller(CLIENT_B));
    let other = world.a();
    world.control("POST", "tokens/revoke", json!({ "token": a.token })).expect(204);
    a.get("").expect(401);
    other.get("").expect(200);
    world.control("POST", "tokens/revoke", json!({ "clientId": CLIENT_A })).expect(204);
    other.get("").expect(401);
    // Within the same second.
    world.a().get("").expect(200);
    b.get(&format!("/{NOBODY}")).expect(404);
    world.control("POST", "tokens/revoke", json!({})).refused(400, "Validation");
    world.control("POST", "tokens/revoke", json!({ "clientId": "x" })).refused(404, "NoSuchEntry");
    let token = |ttl: u32| {
        let made = world.control("POST", "tokens", json!({ "clientId": CLIENT_B, "ttl": ttl }));
        let token = made.expect(201)["access_token"].as_str().expect("a token").to_owned();
        ApiTestClient { world: &world, token }
    };
    token(0).get(&format!("/{NOBODY}")).expect(401);
    token(60).get(&format!("/{NOBODY}")).expect(404);
}

#[test]
fn rotates_keys() {
    let new_key = KeyFactory(Box::new(|| LazyKeyPair::in_background(|| UnwrapErr(SysRng))));
    let world = SandboxHarness::of(|parts| parts.new_key = Some(new_key));
    let jwks = || {
        let path = "/realms/swisscom-public/protocol/openid-connect/certs";
        let keys = ApiTestResponse(world.send(&json_request("GET", path, None, None))).expect(200);
        keys["keys"].as_array().expect("keys").iter().map(|k| k["kid"].clone()).collect::<Vec<_>>()
    };
    let before = jwks();
    let old = world.a();
    let kid = world.control("POST", "keys/rotate", json!({})).expect(200)["kid"].clone();
    assert_eq!(jwks(), [kid.clone(), before[0].clone()]);
    old.get("").expect(200);
    world.a().get("").expect(200);
    world.control("POST", "keys/rotate", json!({ "keepPrevious": false })).expect(200);
    assert_eq!(jwks().len(), 1);
    old.get("").expect(401);
    world.a().get("").expect(200);
}

#[test]
fn resets_everything() {
    let world = SandboxHarness::new();
    let a = world.a();
    a.pending("SIMPLE", &["anna"]);
    TestTenant::new(&world);
    world.control("POST", "clock/advance", json!({ "by": "P1D" })).expect(200);
    world.control("POST", "faults", json!({ "action": { "status": 500 } })).expect(201);
    world.control("POST", "tokens/revoke", json!({ "clientId": CLIENT_A })).expect(204);
    world.control("POST", "reset", Value::Null).expect(204);
    let state = |path: &str| world.control("GET", path, Value::Null).expect(200);
    assert_eq!(state("requests")["requests"], json!([]));
    assert_eq!(state("faults")["faults"], json!([]));
    assert_eq!(state("clock")["now"], START);
    assert_eq!(state("info")["organizations"].as_array().expect("a list").len(), 2);
    assert_eq!(a.get("").expect(200)["totalElements"], 0);
}

/// The reset of an organization removes all its data, however the organization is named.
#[test]
fn resets_all_data_of_one_organization() {
    let world = SandboxHarness::new();
    let (mine, others) = (TestTenant::new(&world), TestTenant::new(&world));
    let of = |tenant: &TestTenant| {
        let id = world.caller(&tenant.client).pending("SIMPLE", &["anna"]);
        for matching in [json!({ "clientId": tenant.client }), json!({ "processId": id })] {
            let rule = json!({ "match": matching, "action": { "status": 503 } });
            world.control("POST", "faults", rule).expect(201);
        }
        id
    };
    let ids = [of(&mine), of(&others)];
    world.control("POST", "tokens/revoke", json!({ "clientId": mine.client })).expect(204);
    world.control("POST", "reset", json!({ "organizationId": mine.organization })).expect(204);
    let left = world.control("GET", "faults", Value::Null).expect(200)["faults"].clone();
    let left: Vec<String> =
        left.as_array().expect("faults").iter().map(|f| f["match"].to_string()).collect();
    assert_eq!(left.len(), 2, "{left:?}");
    assert!(left[0].contains(&others.client) && left[1].contains(&ids[1]), "{left:?}");
}

#[test]
fn the_demo_has_every_state() {
    let world = SandboxHarness::new();
    world.control("POST", "seed", json!({ "name": "demo" })).expect(204);
    let a = world.a();
    let count = |query: &str| a.get(query).expect(200)["totalElements"].clone();
    for (status, expected) in [("CREATED", 1), ("PENDING", 2), ("COMPLETED", 2), ("EXPIRED", 2)] {
        assert_eq!(count(&format!("?status={status}")), expected, "{status}");
    }
    assert_eq!(count("?validUntilWithin=P3D"), 1);
    let all = a.get("").expect(200);
    let archived = all["content"].as_array().expect("content").iter();
    assert_eq!(archived.filter(|process| !process["archivedOn"].is_null()).count(), 1);
}

#[test]
fn restores_snapshots_and_exports() {
    let world = SandboxHarness::new();
    let tenant = TestTenant::new(&world);
    let caller = world.caller(&tenant.client);
    let id = caller.prepared("ADVANCED", &["anna"]);
    caller.post(&format!("/{id}/release"), json!({ "language": "de-CH" })).expect(200);
    world.sign(&id, "anna").expect(200);
    let mails = |world: &SandboxHarness| {
        world.control("GET", "outbox", Value::Null).expect(200)["messages"].clone()
    };
    let sent = mails(&world);
    assert_eq!(sent.as_array().map(Vec::len), Some(2), "an invitation and a completion");
    let before = caller.get(&format!("/{id}")).expect(200);
    let file = before["fileReferences"][0]["lastSignedFileId"].as_str().expect("a file");
    let content = format!("/{id}/file/{file}/content");
    world.control("PUT", "snapshots/signed", Value::Null).expect(204);
    let export = world.control("GET", "export", Value::Null).expect(200);
    world.control("POST", "reset", Value::Null).expect(204);
    caller.get("").expect(401);
    world
        .a()
        .post(
            &format!("/{}/release", world.a().prepared("SIMPLE", &["anna"])),
            json!({ "language": "de-CH" }),
        )
        .expect(200);

    world.control("POST", "snapshots/signed/restore", Value::Null).expect(204);
    assert_eq!(caller.get(&format!("/{id}")).expect(200), before);
    caller.get(&content).expect(200);
    assert_eq!(mails(&world), sent);
    world.control("POST", "snapshots/none/restore", Value::Null).refused(404, "NoSuchEntry");
    world.control("DELETE", "snapshots/signed", Value::Null).expect(204);
    let names = world.control("GET", "snapshots", Value::Null).expect(200);
    assert_eq!(names["snapshots"], json!([]));

    let other = SandboxHarness::new();
    let stays = other.a().pending("SIMPLE", &["anna"]);
    // An invalid import is rejected and changes nothing.
    for (damage, told) in [
        (json!({ "blobs": [] }), "is missing"),
        (
            json!({ "processes": [export["processes"][0], export["processes"][0]] }),
            "duplicate process",
        ),
        (json!({ "blobs": [export["blobs"][0], export["blobs"][0]] }), "duplicate blob"),
        (json!({ "blobs": [{ "id": NOBODY, "base64": "?" }] }), "is not Base64"),
        (json!({ "processes": [{ "id": NOBODY }] }), "missing field"),
    ] {
        let mut damaged = export.clone();
        for (key, value) in damage.as_object().expect("an object") {
            damaged[key] = value.clone();
        }
        let answer = other.control("POST", "import", damaged);
        let message = answer.json()["message"].to_string();
        assert!(message.contains(told), "{message}");
        answer.refused(400, "Validation");
    }
    let mut unknown = export.clone();
    unknown["processes"][0]["status"] = "FOO".into();
    other.control("POST", "import", unknown).refused(400, "Validation");
    other.a().get(&format!("/{stays}")).expect(200);
    other.control("POST", "import", export.clone()).expect(204);
    let there = other.caller(&tenant.client);
    assert_eq!(there.get(&format!("/{id}")).expect(200), before);
    assert_eq!(there.get(&content).0.body, crate::support::pdf());
    assert_eq!(mails(&other), sent);
    assert_eq!(other.a().get("").expect(200)["totalElements"], 0, "it replaces");
    assert_eq!(other.control("GET", "export", Value::Null).expect(200), export);
    let mut wrong = export;
    wrong["format"] = 99.into();
    other.control("POST", "import", wrong.clone()).refused(400, "Validation");
    wrong["format"] = 1.into();
    wrong["directory"] = json!({ "clients": "none" });
    other.control("POST", "import", wrong).refused(400, "Validation");
    assert_eq!(there.get(&format!("/{id}")).expect(200), before, "a failed import changes nothing");
    assert_eq!(mails(&other), sent, "a failed import changes nothing");
}

#[test]
fn requires_the_admin_token() {
    let token = "0123456789abcdef";
    let world =
        SandboxHarness::with_parts(|parts| parts.admin_token = Some(token.to_owned().into()));
    let get = |path: &str, token: Option<&str>| {
        world.gateway.handle(&json_request("GET", path, token, None))
    };
    for path in ["/_sandbox/health", "/_sandbox/info", "/_sandbox", "/_sandbox/nothing"] {
        for wrong in [None, Some(""), Some("0123456789abcdeg"), Some("0123456789abcde")] {
            assert_eq!(get(path, wrong).status, 401, "{path} {wrong:?}");
        }
    }
    // The dashboard shows the outbox.
    assert_eq!(get("/", None).status, 401);
    assert_eq!(get("/", Some(token)).status, 200);
    assert_eq!(get("/_sandbox/info", Some(token)).status, 200);
    world.a().get("").expect(200);
}

/// A web page in a browser on the same machine has no access to the control API.
#[test]
fn rejects_requests_of_foreign_pages() {
    let world = SandboxHarness::new();
    let status = |headers: &[(&str, &str)]| {
        let mut request = json_request("POST", "/_sandbox/reset", None, None);
        let owned = headers.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned()));
        request.headers.extend(owned);
        world.gateway.handle(&request).status
    };
    for own in [
        &[][..],
        &[("Host", "127.0.0.1:8480")],
        &[("Host", "localhost:8480"), ("Origin", "http://localhost:8480")],
        &[("Host", "[::1]:8480"), ("Origin", "http://[::1]:8480")],
        &[("Host", "sandbox.test:8480"), ("Origin", "http://sandbox.test:8480")],
    ] {
        assert_eq!(status(own), 204, "{own:?}");
    }
    for foreign in [
        &[("Host", "127.0.0.1:8480"), ("Origin", "https://example.com")][..],
        &[("Host", "127.0.0.1:8480"), ("Origin", "http://127.0.0.1:3000")],
        &[("Host", "127.0.0.1:8480"), ("Origin", "null")],
        &[("Host", "example.com:8480"), ("Origin", "http://example.com:8480")],
        &[("Host", "127.0.0.1.example.com")],
    ] {
        assert_eq!(status(foreign), 403, "{foreign:?}");
    }
}

/// The same seed and the same clock give byte-identical results.
#[test]
fn repeats_a_run_with_the_same_seed() {
    let run = || {
        let world = SandboxHarness::new();
        let frozen = json!({ "mode": "frozen", "at": START });
        world.control("PUT", "clock", frozen).expect(200);
        world.control("POST", "seed", json!({ "name": "demo" })).expect(204);
        let tenant = TestTenant::new(&world);
        let caller = world.caller(&tenant.client);
        let id = with_reminder(&caller, &["anna", "beat"], json!({ "interval": "P7D" }));
        world.sign(&id, "anna").expect(200);
        let turned = world.control("POST", "clock/advance", json!({ "by": "P31D" })).0.body;
        let paths = ["", "?sort=createdDate"].map(|path| world.a().get(path).0.body);
        let records = caller.get(&format!("/{id}/record")).0.body;
        let journal = world.control("GET", "requests", Value::Null).0.body;
        (turned, paths, records, journal, caller.get("").0.body)
    };
    assert_eq!(run(), run());
}

#[test]
fn lists_allowed_methods_for_other_methods() {
    let world = SandboxHarness::new();
    let answer = world.control("PATCH", "clock", json!({}));
    assert_eq!(answer.0.get("allow"), Some("GET, PUT"));
    answer.refused(405, "HttpRequestMethodNotSupported");
}

/// A path has several equivalent spellings (RFC 3986 section 6.2.2.2).
#[test]
fn recognizes_the_token_endpoint_in_every_spelling() {
    let world = SandboxHarness::new();
    let rule = json!({ "match": { "operation": "token", "clientId": CLIENT_A }, "action": { "status": 401 } });
    world.control("POST", "faults", rule).expect(201);
    let mut request = form_request(&format!("client_id={CLIENT_A}"));
    request.path = request.path.replace("token", "tok%65n");
    let fault = world.gateway.fault(&world.gateway.route(request.clone())).expect("no own fault");
    let answer = world
        .gateway
        .handle_with(&world.gateway.route(request.clone()), fault.as_ref())
        .expect("an answer");
    assert_eq!(ApiTestResponse(answer).expect(401)["error"], "SandboxFault");
    let journal = world.control("GET", "requests?operation=token", Value::Null).expect(200);
    assert_eq!(journal["requests"][0]["clientId"], CLIENT_A);
}

/// A request with its own fault still counts for the rules.
#[test]
fn rules_count_requests_with_faults_of_their_own() {
    let world = SandboxHarness::new();
    let rule =
        json!({ "match": { "operation": "findAll", "nth": 2 }, "action": { "status": 503 } });
    world.control("POST", "faults", rule).expect(201);
    let ask = |own: Option<&str>| {
        let mut request = json_request("GET", "/system/api/process", None, None);
        request.headers.extend(own.map(|own| ("Sandbox-Fault".to_owned(), own.to_owned())));
        world
            .gateway
            .fault(&world.gateway.route(request.clone()))
            .expect("a fault")
            .and_then(|fault| fault.status)
    };
    assert_eq!((ask(Some("status=500")), ask(None)), (Some(500), Some(503)));
}

/// An unknown control path is unknown in every spelling.
#[test]
fn rejects_a_path_that_is_not_utf8() {
    let world = SandboxHarness::new();
    for path in ["%ff", "%ff/", "clock/%ff", "snapshots/%c3%28"] {
        world.control("GET", path, Value::Null).refused(404, "NoResourceFound");
    }
    assert_eq!(world.control("GET", "", Value::Null).0.status, 303);
}

#[test]
fn rejects_unknown_entries() {
    let world = SandboxHarness::new();
    for path in [format!("outbox/{NOBODY}"), format!("outbox/{NOBODY}/raw"), "outbox/x".to_owned()]
    {
        world.control("GET", &path, Value::Null).refused(404, "NoSuchEntry");
    }
    world.control("POST", "tokens", json!({ "clientId": "x" })).refused(404, "NoSuchEntry");
    world.control("POST", "tokens", json!({})).refused(400, "Validation");
}

#[test]
fn rejects_fields_of_empty_bodies() {
    let world = SandboxHarness::new();
    let a = world.a();
    let id = a.pending("SIMPLE", &["anna", "beat"]);
    for (method, path) in [
        ("POST", format!("processes/{id}/cancel")),
        ("POST", format!("processes/{id}/archive")),
        ("POST", format!("processes/{id}/participants/anna/remove")),
        ("POST", format!("processes/{id}/setup/signers/anna/remove")),
        ("PUT", "snapshots/kept".to_owned()),
        ("POST", "snapshots/kept/restore".to_owned()),
        ("DELETE", "faults".to_owned()),
    ] {
        for body in ["{", "[]", "null", r#"{"organizationId":"x"}"#, "{} more"] {
            let mut request = json_request(method, &format!("/_sandbox/{path}"), None, None);
            request.body = body.into();
            ApiTestResponse(world.send(&request)).refused(400, "Validation");
        }
    }
    assert_eq!(a.status(&id), "PENDING");
    world.control("PUT", "snapshots/kept", json!({})).expect(204);
    world.control("POST", &format!("processes/{id}/cancel"), json!({})).expect(200);
}

#[test]
fn applies_or_skips_the_command_by_fault() {
    let world = SandboxHarness::new();
    let a = world.a();
    let create = |header: &str| {
        let body = process("SIMPLE", &["anna"]);
        let mut request = json_request("POST", "/system/api/process", Some(&a.token), Some(&body));
        request.headers.push(("Sandbox-Fault".into(), header.into()));
        let fault = world.gateway.fault(&world.gateway.route(request.clone())).expect("a fault");
        world
            .gateway
            .handle_with(&world.gateway.route(request.clone()), fault.as_ref())
            .map(|response| response.status)
    };
    let count = || a.get("").expect(200)["totalElements"].as_u64().expect("a number");
    for (header, status, effects) in [
        ("status=503", Some(503), 0),
        ("status=504; execute=true", Some(504), 1),
        ("drop=closeBefore", None, 0),
        ("drop=closeAfter", None, 1),
        ("drop=reset", None, 0),
        ("drop=reset; execute=true", None, 1),
        ("drop=garbage", None, 0),
        ("drop=truncate", Some(201), 1),
        ("drop=throttle", Some(201), 1),
        ("latencyMs=1", Some(201), 1),
    ] {
        let before = count();
        assert_eq!(create(header), status, "{header}");
        assert_eq!(count() - before, effects, "{header}");
    }
    let mut wrong = json_request("GET", "/system/api/process", Some(&a.token), None);
    wrong.headers.push(("Sandbox-Fault".into(), "drop=gently".into()));
    assert_eq!(
        world.gateway.fault(&world.gateway.route(wrong.clone())).expect_err("a refusal").status,
        400
    );
    assert_eq!(FaultAction::parse("status=503").expect("an action").status, Some(503));
    for wrong in [
        json!({}),
        json!({ "action": {} }),
        json!({ "match": { "operation": "sing" }, "action": { "status": 500 } }),
        json!({ "match": { "nth": 0 }, "action": { "status": 500 } }),
        json!({ "match": { "probability": 1.5 }, "action": { "status": 500 } }),
        json!({ "action": { "status": 200 } }),
        json!({ "action": { "drop": "gently" } }),
    ] {
        world.control("POST", "faults", wrong).refused(400, "Validation");
    }
}
