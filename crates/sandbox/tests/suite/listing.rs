//! findAll.

use serde_json::Value;
use swisscom_sign_sandbox::directory::{CLIENT_B, CLIENT_CORPORATE, TEAMS};

use crate::support::{ApiTestClient, DAY, SandboxHarness, process};

fn ids(page: &Value) -> Vec<String> {
    let content = page["content"].as_array().expect("content");
    content.iter().map(|process| process["id"].as_str().expect("an id").to_owned()).collect()
}

fn list(caller: &ApiTestClient<'_>, query: &str) -> Vec<String> {
    ids(&caller.get(query).expect(200))
}

fn create(caller: &ApiTestClient<'_>) -> String {
    let created = caller.post("", process("SIMPLE", &["anna"])).expect(201);
    created["id"].as_str().expect("an id").to_owned()
}

#[test]
fn pages_and_order() {
    let world = SandboxHarness::new();
    let a = world.a();
    // The clock is frozen: the order of creation breaks ties.
    let all: Vec<String> = (0..45).map(|_| create(&a)).collect();
    let newest: Vec<String> = all.iter().rev().cloned().collect();
    let mut read = Vec::new();
    for number in 0..3 {
        let page = a.get(&format!("?page={number}")).expect(200);
        let metadata = &page["page"];
        assert_eq!(
            [
                &metadata["totalElements"],
                &metadata["totalPages"],
                &metadata["size"],
                &metadata["number"]
            ],
            [45, 3, 20, number]
        );
        for former in ["totalElements", "totalPages", "size", "number"] {
            assert_eq!(page[former], metadata[former]);
        }
        assert_eq!(
            (&page["first"], &page["last"]),
            (&Value::from(number == 0), &Value::from(number == 2))
        );
        read.extend(ids(&page));
    }
    assert_eq!(read, newest);
    assert!(list(&a, "?page=3").is_empty());
    assert!(list(&a, "?page=2147483647&size=20").is_empty());
    assert_eq!(list(&a, "?size=2&sort=createdDate"), all[..2]);
    assert_eq!(list(&a, "?size=2&sort=createdDate%2CASC"), all[..2]);
    assert_eq!(list(&a, "?size=1&sort=createdDate,desc"), newest[..1]);
    world.clock.advance(-60);
    let earlier = create(&a);
    assert_eq!(list(&a, "?size=1&sort=createdDate"), [earlier]);
}

#[test]
fn wrong_parameters() {
    let world = SandboxHarness::new();
    let a = world.a();
    for query in [
        "size=21",
        "size=0",
        "size=-1",
        "size=x",
        "size=",
        "page=-1",
        "page=1.5",
        "page=2147483648",
        "page=0&page=1",
        "status=DONE",
        "status=created",
        "teamId=1",
        "sort=id",
        "sort=createdDate,up",
        "sort=createdDate&sort=id",
        "sort=",
        "validUntilWithin=P0D",
        "validUntilWithin=-P1D",
        "validUntilWithin=1D",
        "validUntilWithin=P999999999Y",
        "validUntilWithin=",
    ] {
        a.get(&format!("?{query}")).refused(400, "Validation");
    }
    let answer = a.get("?colour=blue");
    answer.expect(200);
    assert_eq!(answer.warnings(), "unknown-field $.colour");
}

#[test]
fn filters() {
    let world = SandboxHarness::new();
    let a = world.a();
    let draft = create(&a);
    let pending = a.pending("SIMPLE", &["anna"]);
    let soon = a.prepared("SIMPLE", &["anna"]);
    let until = serde_json::json!({ "validUntil": "2026-11-04T10:00:00Z" });
    a.post(&format!("/{soon}/release"), until).expect(200);
    let mut of_team = process("SIMPLE", &["anna"]);
    of_team["teamId"] = TEAMS[0].0.to_string().into();
    let of_team = a.post("", of_team).expect(201)["id"].as_str().expect("an id").to_owned();

    assert_eq!(list(&a, "?status=CREATED"), [of_team.clone(), draft]);
    assert_eq!(list(&a, &format!("?teamId={}", TEAMS[0].0)), [of_team]);
    assert!(list(&a, &format!("?teamId={}", TEAMS[1].0)).is_empty());
    let within = |text: &str| list(&a, &format!("?validUntilWithin={text}"));
    assert!(within("PT71H").is_empty());
    assert_eq!(within("P3D"), [soon.as_str()]);
    // November has thirty days, like the validity of the other process.
    assert_eq!(within("P1M"), [soon.clone(), pending.clone()]);
    world.clock.advance(3 * DAY + 1);
    assert_eq!(list(&a, "?status=EXPIRED"), [soon]);
    assert_eq!(list(&a, "?status=PENDING"), [pending.as_str()]);
    assert_eq!(within("P30D"), [pending]);
}

#[test]
fn lists_only_processes_of_the_caller() {
    let world = SandboxHarness::new();
    let (a, corporate) = (world.a(), world.caller(CLIENT_CORPORATE));
    let of_a = create(&a);
    let of_corporate = create(&corporate);
    create(&world.caller(CLIENT_B));
    assert_eq!(list(&a, ""), [of_a]);
    assert_eq!(list(&corporate, ""), [of_corporate]);
}
