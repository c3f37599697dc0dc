//! Actions of the initiator in the cockpit, through the control API.

use serde_json::{Value, json};

use crate::support::SandboxHarness;

/// The API has no operation for it.
#[test]
fn the_cockpit_orders_removes_replaces_and_calls_off() {
    let world = SandboxHarness::new();
    let a = world.a();
    let id = a.prepared("SIMPLE", &["anna", "beat", "carla"]);
    let path = |rest: &str| format!("processes/{id}/{rest}");
    let statuses = || -> Vec<String> {
        let details = a.get(&format!("/{id}")).expect(200);
        let signers = details["invitees"]["signers"].as_array().expect("a list").clone();
        signers.iter().map(|s| s["status"].as_str().expect("a status").to_owned()).collect()
    };
    let beat = &a.get(&format!("/{id}")).expect(200)["invitees"]["signers"][1];
    let twice = json!({ "order": [beat["identification"], beat["identification"]] });
    let refused = world.control("PUT", &path("signing-order"), twice).json().clone();
    assert!(refused["message"].to_string().contains("twice"), "{refused}");
    world.control("PUT", &path("signing-order"), Value::Null).expect(200);
    a.post_nothing(&format!("/{id}/release")).expect(200);
    assert_eq!(statuses(), ["PENDING", "WAITING", "WAITING"]);
    world
        .control("PUT", &path("signing-order"), Value::Null)
        .refused(409, "ProcessAlreadyReleased");
    world.admin(&path("participants/anna/remove"), json!({})).expect(200);
    assert_eq!(statuses(), ["REMOVED", "PENDING", "WAITING"]);
    a.post(&format!("/{id}/open/anna"), json!({})).refused(409, "ParticipantInactive");
    let dora = json!({ "firstName": "Dora", "lastName": "Dubois", "email": "dora@example.com" });
    world.admin(&path("participants/carla/replace"), dora).expect(200);
    assert_eq!(statuses(), ["REMOVED", "PENDING", "REPLACED", "WAITING"]);
    world.sign(&id, "beat").expect(200);
    let details = world.admin(&path("cancel"), json!({})).expect(200);
    assert_eq!(details["status"], "EXPIRED");
    assert_eq!(statuses(), ["REMOVED", "SIGNED", "REPLACED", "CANCELED"]);
    world.admin(&path("cancel"), json!({})).refused(409, "ProcessEnded");
}
