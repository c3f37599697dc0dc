//! Restrictions of what callers may set, and what they see of other participants.

use super::support::{RelayHarness, TestResponse, process};
use serde_json::{Value, json};

async fn refused(world: &RelayHarness, path: &str, body: &Value) -> (u16, String) {
    world.platform.forget();
    let reply = world.post("anna", path, body).await;
    let posts = world.platform.seen().iter().filter(|seen| seen.method == "POST").count();
    assert_eq!(posts, 0, "nothing was changed: {body}");
    (reply.status, reply.code())
}

#[tokio::test]
async fn validates_bodies_of_create() {
    let world = RelayHarness::new().await;
    let with = |name: &str, value: Value| {
        let mut body = process("anna");
        body[name] = value;
        body
    };
    let keys = |n: usize| -> Value {
        (0..n).map(|n| json!({ "key": format!("k{n}"), "value": "v" })).collect()
    };
    let team = json!("6f1a5c4d-2d9a-4f12-a1c5-bc6e2bcb2d6a");
    for (body, code) in [
        (with("teamId", team), "field_not_allowed"),
        (with("partnerId", json!("p")), "field_not_allowed"),
        (with("properties", json!([{ "key": "relay.owner", "value": "x" }])), "field_not_allowed"),
        (with("properties", json!([{ "key": "Relay.x", "value": "x" }])), "field_not_allowed"),
        (with("properties", keys(8)), "field_not_allowed"),
        (with("id", json!("6f1a5c4d-2d9a-4f12-a1c5-bc6e2bcb2d6a")), "validation_failed"),
        (with("owner", json!("x")), "validation_failed"),
        (with("payload", json!("x".repeat(8193))), "validation_failed"),
        (json!({}), "validation_failed"),
        (json!([]), "validation_failed"),
    ] {
        let (status, found) = refused(&world, "/api/process", &body).await;
        assert_eq!((status, found.as_str()), (422, code), "{body}");
    }
    assert_eq!(world.post("anna", "/api/process", &with("properties", keys(7))).await.status, 201);
}

#[tokio::test]
async fn rejects_ambiguous_json_bodies() {
    let world = RelayHarness::new().await;
    let good = process("anna").to_string();
    let twice = format!("{},\"payload\":\"a\",\"payload\":\"b\"}}", &good[..good.len() - 1]);
    let hidden = format!("{},\"payload\":\"a\",\"p\\u0061yload\":\"b\"}}", &good[..good.len() - 1]);
    let deep = format!("{}1{}", "[".repeat(64), "]".repeat(64));
    let long = format!("{{\"payload\":\"{}\"}}", "x".repeat(70_000));
    let json = "application/json";
    for (body, content_type, status) in [
        (good.as_str(), "application/json; charset=utf-8", 201),
        (&twice, json, 400),
        (&hidden, json, 400),
        (&deep, json, 400),
        ("{", json, 400),
        ("{} {}", json, 400),
        ("{\"a\":1,}", json, 400),
        ("", json, 400),
        (&long, json, 413),
        (&good, "text/plain", 415),
        (&good, "application/json; charset=utf-16", 415),
        (&good, "application/jsonp", 415),
    ] {
        let auth = super::support::bearer("anna");
        let headers = [("authorization", auth.as_str()), ("content-type", content_type)];
        let reply = world.request("POST", "/api/process", &headers, body.to_owned()).await;
        let short: String = body.chars().take(60).collect();
        assert_eq!(reply.status, status, "{short} {content_type}: {}", reply.text());
    }
}

#[tokio::test]
async fn restricts_return_urls_to_configured_origins() {
    let world = RelayHarness::new().await;
    let id = world.create("anna").await;
    for path in [format!("/api/process/{id}/setup"), format!("/api/process/{id}/open/anna")] {
        for url in [
            "https://evil.example/",
            "https://app.example@evil.example/",
            "https://app.example.evil.example/",
            "//evil.example",
            "https:app.example",
            "javascript:alert(1)",
            "https://app.example\\@evil.example",
            "https://app.example/#x",
        ] {
            for name in ["backUrl", "successUrl"] {
                let (status, code) = refused(&world, &path, &json!({ name: url })).await;
                assert_eq!((status, code.as_str()), (422, "return_url_not_allowed"), "{url}");
            }
        }
        for closed in [
            json!({ "scope": "x" }),
            json!({ "authentication": { "identity": id, "namespace": "MSA" } }),
        ] {
            let (status, code) = refused(&world, &path, &closed).await;
            assert_eq!((status, code.as_str()), (422, "field_not_allowed"), "{closed}");
        }
        world.platform.forget();
        let body = json!({ "backUrl": "https://APP.example/a/../b", "successUrl": "https://app.example/{processId}" });
        let reply = world.post("anna", &path, &body).await;
        assert!(reply.status < 300, "{}", reply.text());
        let sent: Value =
            serde_json::from_str(&world.platform.seen().last().unwrap().body).unwrap();
        assert_eq!(sent["backUrl"], "https://app.example/b", "written anew");
        assert_eq!(sent["successUrl"], "https://app.example/{processId}");
    }
}

#[tokio::test]
async fn allows_skip_authorization_for_the_caller_only() {
    let world = RelayHarness::new().await;
    let id = world.create("anna").await;
    let open = |person: &str| format!("/api/process/{id}/open/{person}");
    let skip = json!({ "skipAuthorization": true });
    assert_eq!(world.post("anna", &open("anna"), &skip).await.status, 200);
    assert_eq!(world.post("anna", &open(&format!("{id}-i")), &skip).await.status, 200);
    assert_eq!(world.post("anna", &open("other"), &json!({})).await.status, 200);
    for person in ["other".to_owned(), format!("{id}-s")] {
        let (status, code) = refused(&world, &open(&person), &skip).await;
        assert_eq!((status, code.as_str()), (403, "skip_authorization_denied"), "{person}");
    }
    let (status, _) = refused(&world, &open("stranger"), &skip).await;
    assert_eq!(status, 404);
    // The caller's identifier with another person's address, and a verified address only.
    for (email, verified, person, wanted) in [
        ("real-anna@example.ch", true, "anna", 403),
        ("OTHER@example.ch", true, "other", 200),
        ("OTHER@example.ch", false, "other", 403),
        ("anna@example.ch", false, "anna", 403),
    ] {
        let mut claims = super::support::claims("anna");
        claims["email"] = email.into();
        claims["email_verified"] = verified.into();
        let reply = as_caller(&world, &claims, &open(person), &skip).await;
        assert_eq!(reply.status, wanted, "{email} {verified} {person}: {}", reply.text());
    }
}

async fn as_caller(world: &RelayHarness, claims: &Value, path: &str, body: &Value) -> TestResponse {
    let auth = format!("Bearer {}", super::support::sign(claims));
    let headers = [("authorization", auth.as_str()), ("content-type", "application/json")];
    world.request("POST", path, &headers, body.to_string()).await
}

/// A signer with the mobile number of another person, no address, and the identifier of the caller.
#[tokio::test]
async fn an_external_identifier_does_not_make_a_participant_the_caller() {
    for (trusts, open_status) in [(false, 403), (true, 200)] {
        let world = RelayHarness::with(|config| {
            config.policy.trust_external_identifier = trusts;
        })
        .await;
        let mut body = process("anna");
        body["initiator"] = json!({ "type": "SIGNER", "firstName": "A", "lastName": "B" });
        body["initiator"]["email"] = "anna@example.ch".into();
        body["initiator"]["externalIdentifier"] = "me".into();
        body["invitees"]["signers"][0] = json!({ "type": "SIGNER", "firstName": "Victim", "lastName": "V",
            "externalIdentifier": "anna", "mobile": "+41790000000" });
        let created = world.post("anna", "/api/process", &body).await;
        assert_eq!(created.status, 201, "{}", created.text());
        let id = created.json()["id"].as_str().unwrap().to_owned();
        let path = format!("/api/process/{id}/open/anna");
        let skip = json!({ "skipAuthorization": true });
        let reply = world.post("anna", &path, &skip).await;
        assert_eq!(reply.status, open_status, "{}", reply.text());
        let reply = world.post("anna", &format!("/api/process/{id}/release"), &json!({})).await;
        assert_eq!(reply.status, 200);
        assert_eq!(reply.text().contains("canary-url/anna"), trusts, "{}", reply.text());
        // The person with this number, as verified by the issuer.
        let mut claims = super::support::claims("anna");
        claims["phone_number"] = "+41 79 000 00 00".into();
        for (verified, wanted) in [(true, 200), (false, open_status)] {
            claims["phone_number_verified"] = verified.into();
            let reply = as_caller(&world, &claims, &path, &skip).await;
            assert_eq!(reply.status, wanted, "{}", reply.text());
        }
        claims["phone_number"] = "+41 79 111 11 11".into();
        claims["phone_number_verified"] = true.into();
        assert_eq!(as_caller(&world, &claims, &path, &skip).await.status, 403);
    }
}

#[tokio::test]
async fn omits_permanent_urls_of_other_participants() {
    use swisscom_sign_relay::config::PersonScope;
    for (reach, own, others) in [
        (PersonScope::Own, true, false),
        (PersonScope::All, true, true),
        (PersonScope::None, false, false),
    ] {
        let world = RelayHarness::with(|config| config.policy.expose_permanent_urls = reach).await;
        let id = world.create("anna").await;
        let reply = world.post("anna", &format!("/api/process/{id}/release"), &json!({})).await;
        assert_eq!(reply.status, 200);
        assert_eq!(reply.text().contains("canary-url/anna"), own, "{reach:?}");
        assert_eq!(reply.text().contains("canary-url/other"), others, "{reach:?}");
        assert_eq!(reply.json()["participants"].as_array().unwrap().len(), 2);
    }
}

#[tokio::test]
async fn accepts_release_without_a_body() {
    let world = RelayHarness::new().await;
    let id = world.create("anna").await;
    let auth = super::support::bearer("anna");
    let headers = [("authorization", auth.as_str())];
    let reply = world.request("POST", &format!("/api/process/{id}/release"), &headers, "").await;
    assert_eq!(reply.status, 200, "{}", reply.text());
}

#[tokio::test]
async fn replays_create_for_a_repeated_idempotency_key() {
    let world = RelayHarness::new().await;
    let auth = super::support::bearer("anna");
    let create = |key: &'static str, body: String| {
        let (world, auth) = (&world, &auth);
        async move {
            let headers = [
                ("authorization", auth.as_str()),
                ("content-type", "application/json"),
                ("idempotency-key", key),
            ];
            world.request("POST", "/api/process", &headers, body).await
        }
    };
    let body = process("anna").to_string();
    let (one, two) = (create("k", body.clone()).await, create("k", body.clone()).await);
    assert_eq!((one.status, two.status), (201, 201));
    assert_eq!(one.json(), two.json());
    let other = create("k", format!("{body} ")).await;
    assert_eq!(other.code(), "idempotency_mismatch");
    assert_ne!(create("l", body).await.json()["id"], one.json()["id"]);
    assert_eq!(world.platform.state.lock().unwrap().processes.len(), 2);
}
