//! Ownership (OWASP API1:2023): every operation, for two users, on a process of their own, of another
//! user, an unknown and an archived one.

use super::support::platform::FILE;
use super::support::{RelayHarness, TestResponse, attachment, bearer, process};
use serde_json::{Value, json};
use swisscom_sign::contract::{Operation, OperationMethod};

async fn call(world: &RelayHarness, user: &str, operation: Operation, id: &str) -> TestResponse {
    let spec = operation.spec();
    let path =
        spec.path.replace("{processId}", id).replace("{personId}", user).replace("{fileId}", FILE);
    if spec.method == OperationMethod::Get {
        return world.get(user, &path).await;
    }
    let body = match operation {
        Operation::Create => process(user),
        Operation::Attach => attachment(),
        _ => json!({}),
    };
    world.post(user, &path, &body).await
}

const UNKNOWN: &str = "99999999-9999-4999-8999-999999999999";

#[tokio::test]
async fn enforces_ownership_for_every_route_and_caller() {
    let world = RelayHarness::new().await;
    let (annas, bertas) = (world.create("anna").await, world.create("berta").await);
    let archived = world.create("anna").await;
    world.platform.change(&archived, |process| {
        process["status"] = "COMPLETED".into();
        process["archivedOn"] = "2026-01-01T00:00:00Z".into();
    });
    for (user, own, others) in [("anna", &annas, &bertas), ("berta", &bertas, &annas)] {
        for operation in Operation::ALL {
            if !operation.spec().path.contains("{processId}") {
                continue;
            }
            let reply = call(&world, user, operation, own).await;
            let success = operation.spec().success;
            assert!(success.contains(&reply.status), "{user} {operation} own: {}", reply.text());
            world.platform.forget();
            let foreign = call(&world, user, operation, others).await;
            let unknown = call(&world, user, operation, UNKNOWN).await;
            assert_same_404(&foreign, &unknown);
            for seen in world.platform.seen() {
                assert_eq!(seen.method, "GET", "only the reading that proves: {seen:?}");
                assert_eq!(seen.target.matches('/').count(), 4, "{seen:?}");
            }
            let of_archived = call(&world, user, operation, &archived).await;
            if user == "anna" {
                assert!(
                    success.contains(&of_archived.status),
                    "{operation}: {}",
                    of_archived.text()
                );
            } else {
                assert_same_404(&of_archived, &unknown);
            }
        }
    }
}

#[tokio::test]
async fn reads_a_process_once_to_verify_its_owner() {
    let world = RelayHarness::new().await;
    let id = world.create("anna").await;
    world.platform.forget();
    for _ in 0..3 {
        let reply = call(&world, "anna", Operation::GetStatus, &id).await;
        assert_eq!(reply.status, 200, "{}", reply.text());
    }
    let seen = world.platform.seen();
    let reads = seen.iter().filter(|seen| seen.target.ends_with(&id)).count();
    assert!(reads <= 1, "{seen:?}");
    assert_eq!(seen.len(), 3 + reads, "{seen:?}");
}

/// Same status, headers and body except for the request id.
fn assert_same_404(one: &TestResponse, other: &TestResponse) {
    let plain = |reply: &TestResponse| {
        let mut body = reply.json();
        body["request_id"] = Value::Null;
        let mut headers: Vec<_> = reply
            .headers
            .iter()
            .filter(|(name, _)| !["date", "x-request-id"].contains(&name.as_str()))
            .map(|(name, value)| format!("{name}: {}", value.to_str().unwrap()))
            .collect();
        headers.sort();
        (reply.status, headers, body)
    };
    assert_eq!(one.status, 404, "{}", one.text());
    assert_eq!(plain(one), plain(other));
}

#[tokio::test]
async fn rejects_a_malformed_owner_tag() {
    let world = RelayHarness::new().await;
    // Another replica has not cached the ownership.
    let made = world.create("anna").await;
    let tag = world.platform.stored(&made)["properties"][1].clone();
    assert_eq!(tag["key"], "relay.owner");
    let fresh = world.config();
    for (properties, wanted) in [
        (json!([tag]), 200),
        (json!([]), 404),
        (json!([tag, tag]), 404),
        (json!([{ "key": "relay.owner", "value": "A".repeat(64) }]), 404),
        (json!([{ "key": "relay.owner", "value": "" }]), 404),
        (json!([{ "key": "relay.Owner", "value": tag["value"] }]), 404),
        (Value::Null, 404),
    ] {
        world.platform.change(&made, |process| process["properties"] = properties.clone());
        // The same owner on a relay with an empty cache.
        let relay = super::support::start(fresh.clone()).await;
        let path = format!("/api/process/{made}");
        let request = format!(
            "GET {path} HTTP/1.1\r\nHost: relay.example\r\nAuthorization: {}\r\n\r\n",
            bearer("anna")
        );
        let answer = super::support::raw(relay.address, request.as_bytes()).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {wanted}")), "{properties}: {answer}");
        relay.drain().await;
    }
}

#[tokio::test]
async fn removes_the_owner_tag_from_responses() {
    let world = RelayHarness::new().await;
    let reply = world.post("anna", "/api/process", &process("anna")).await;
    assert!(!reply.text().contains("relay.owner"), "{}", reply.text());
    let id = reply.json()["id"].as_str().unwrap().to_owned();
    assert_eq!(world.platform.stored(&id)["properties"].as_array().unwrap().len(), 2);
    let reply = world.get("anna", &format!("/api/process/{id}")).await;
    assert_eq!(reply.json()["properties"], json!([{ "key": "mine", "value": "x" }]));
    let reply = world.get("anna", "/api/process").await;
    assert_eq!(reply.json()["content"].as_array().unwrap().len(), 1);
    assert!(!reply.text().contains("relay."), "{}", reply.text());
}

#[tokio::test]
async fn lists_only_processes_of_the_caller() {
    let world = RelayHarness::new().await;
    for turn in 0..50 {
        world.create(if turn % 2 == 0 { "anna" } else { "berta" }).await;
    }
    for bare in [false, true] {
        world.platform.state.lock().unwrap().bare_lists = bare;
        let mut found = Vec::new();
        let mut page = 0;
        loop {
            let reply = world.get("anna", &format!("/api/process?size=10&page={page}")).await;
            assert_eq!(reply.status, 200, "{}", reply.text());
            let value = reply.json();
            for process in value["content"].as_array().unwrap() {
                assert_eq!(process["initiator"]["externalIdentifier"], "anna");
                found.push(process["id"].to_string());
            }
            page += 1;
            // The totals are those of the whole list, or absent.
            let total = &value["page"]["totalElements"];
            assert!(total.is_null() || *total == 25, "bare: {bare}, page {page}: {total}");
            assert_eq!(total.is_null(), value["page"]["totalPages"].is_null());
            if value["last"] == true {
                assert_eq!(total, 25);
                break;
            }
        }
        found.sort();
        found.dedup();
        assert_eq!(found.len(), 25, "bare: {bare}");
    }
    let reply = world.get("nobody", "/api/process").await;
    assert_eq!(reply.json()["content"], json!([]));
    // `read:all` is only used for the list.
    let requests = world.keycloak.requests();
    assert!(
        requests.iter().all(|r| !r.contains("read%3Aall") || !r.contains("create")),
        "{requests:?}"
    );
}

/// A client that reads the number of pages once, from the first page that has it.
#[tokio::test]
async fn a_pager_that_trusts_the_first_totals_sees_every_process() {
    let world = RelayHarness::new().await;
    for _ in 0..60 {
        world.create("anna").await;
    }
    let (mut found, mut pages) = (std::collections::BTreeSet::new(), None);
    for page in 0.. {
        let reply = world.get("anna", &format!("/api/process?size=5&page={page}")).await;
        let value = reply.json();
        pages = pages.or_else(|| value["page"]["totalPages"].as_u64());
        for process in value["content"].as_array().unwrap() {
            found.insert(process["id"].to_string());
        }
        if value["content"] == json!([]) || pages.is_some_and(|pages| page + 1 >= pages) {
            break;
        }
    }
    assert_eq!(found.len(), 60);
}

#[tokio::test]
async fn fails_when_the_list_exceeds_the_page_limit() {
    let world = RelayHarness::with(|config| config.list.max_pages = 1).await;
    for _ in 0..25 {
        world.create("berta").await;
    }
    world.create("anna").await;
    let reply = world.get("anna", "/api/process").await;
    assert_eq!((reply.status, reply.code().as_str()), (503, "list_too_long"));
}
