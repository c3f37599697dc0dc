//! The relay's own routes: tickets, tokens, session, and the admin listener.

use std::time::{SystemTime, UNIX_EPOCH};

use super::support::{RelayHarness, raw};
use serde_json::{Value, json};

async fn with_ticket(
    world: &RelayHarness,
    ticket: &str,
    method: &str,
    path: &str,
    body: &Value,
) -> (u16, String) {
    let auth = format!("Bearer {ticket}");
    let headers = [("authorization", auth.as_str()), ("content-type", "application/json")];
    let body = if body.is_null() { String::new() } else { body.to_string() };
    let reply = world.request(method, path, &headers, body).await;
    (reply.status, reply.code())
}

/// A JWKS URL may have a query, as that of Entra ID.
#[tokio::test]
async fn readiness_reports_unavailable_issuer_keys() {
    let unused = {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        listener.local_addr().unwrap()
    };
    let world = RelayHarness::with(|config| {
        let issuer = &mut config.auth.issuer[0];
        issuer.hs256_secret = None;
        issuer.jwks_url = Some(format!("http://{unused}/keys?appid=1"));
        issuer.algs = vec!["RS256".into()];
    })
    .await;
    let ask = b"GET /readyz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    let mut ready = String::new();
    for _ in 0..100 {
        ready = raw(world.relay.admin_address, ask).await;
        // The token and the keys are fetched at the same time.
        if ready.contains("no keys of any issuer") && ready.contains("refused") {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    assert!(ready.starts_with("HTTP/1.1 503"), "{ready}");
    assert!(ready.contains("no keys of any issuer"), "{ready}");
    let line = "keys of the issuer https://issuer.example unavailable: the request failed: \
                connection failed: the connection was refused";
    assert!(ready.contains(line), "{ready}");
}

#[tokio::test]
async fn restricts_tickets_to_one_process_and_its_operations() {
    let world = RelayHarness::new().await;
    let (mine, other) = (world.create("anna").await, world.create("anna").await);
    let bertas = world.create("berta").await;
    let ask = json!({ "process": mine, "operations": ["getStatus", "open"], "lifetime": 10_000 });
    let reply = world.post("anna", "/relay/tickets", &ask).await;
    assert_eq!(reply.status, 201, "{}", reply.text());
    let now = super::support::claims("x")["iat"].as_u64().unwrap();
    assert!(reply.json()["expiresAt"].as_u64().unwrap() <= now + 301);
    let ticket = reply.json()["ticket"].as_str().unwrap().to_owned();
    let none = Value::Null;
    let status = |id: &str| format!("/api/process/{id}/status");
    assert_eq!(with_ticket(&world, &ticket, "GET", &status(&mine), &none).await.0, 200);
    let open = format!("/api/process/{mine}/open/anna");
    assert_eq!(with_ticket(&world, &ticket, "POST", &open, &json!({})).await.0, 200);
    for (method, path, body, code) in [
        ("GET", format!("/api/process/{mine}"), none.clone(), "operation_denied"),
        ("POST", format!("/api/process/{mine}/release"), json!({}), "operation_denied"),
        ("GET", status(&other), none.clone(), "not_found"),
        ("GET", status(&bertas), none.clone(), "not_found"),
        ("GET", "/api/process".into(), none.clone(), "operation_denied"),
        ("POST", "/api/process".into(), super::support::process("anna"), "operation_denied"),
        ("POST", format!("/relay/process/{mine}/file"), none.clone(), "operation_denied"),
        ("POST", "/relay/tickets".into(), ask.clone(), "operation_denied"),
        (
            "POST",
            "/relay/token".into(),
            json!({ "scope": "sswp:process:read" }),
            "operation_denied",
        ),
    ] {
        let (_, found) = with_ticket(&world, &ticket, method, &path, &body).await;
        assert_eq!(found, code, "{method} {path}");
    }
    for (ask, code) in [
        (json!({ "process": bertas, "operations": ["getStatus"] }), "not_found"),
        (json!({ "process": "x", "operations": ["getStatus"] }), "not_found"),
        (json!({ "process": mine, "operations": [] }), "validation_failed"),
        (json!({ "process": mine, "operations": ["create"] }), "validation_failed"),
        (json!({ "process": mine, "operations": ["nothing"] }), "validation_failed"),
        (json!({ "process": mine, "operations": ["open"], "x": 1 }), "validation_failed"),
    ] {
        assert_eq!(world.post("anna", "/relay/tickets", &ask).await.code(), code, "{ask}");
    }
}

#[tokio::test]
async fn issues_no_tokens_by_default() {
    let world = RelayHarness::new().await;
    let ask = json!({ "scope": "sswp:process:read" });
    assert_eq!(world.post("anna", "/relay/token", &ask).await.code(), "operation_denied");
    assert_eq!(world.keycloak.requests().len(), 1);
}

#[tokio::test]
async fn issues_tokens_with_exactly_the_requested_scopes() {
    let world = RelayHarness::with(|config| config.token_route.enabled = true).await;
    let ask = |scope: &str| json!({ "scope": scope });
    let reply = world.post("anna", "/relay/token", &ask("sswp:process:read")).await;
    assert_eq!(reply.status, 200, "{}", reply.text());
    let token = reply.json()["access_token"].as_str().unwrap().to_owned();
    let state = world.keycloak.state();
    assert_eq!(state.lock().unwrap().tokens[&token].1, ["sswp:process:read"]);
    assert_eq!(reply.headers["cache-control"], "no-store");
    for scope in [
        "sswp:process:read:all",
        "sswp:process:create",
        "",
        "x",
        "sswp:process:read sswp:process:read:all",
    ] {
        let reply = world.post("anna", "/relay/token", &ask(scope)).await;
        assert_eq!(reply.code(), "operation_denied", "{scope}");
    }
    assert!(world.keycloak.requests().iter().all(|body| !body.contains("all")));
    // The client has a default scope in addition: no token is issued.
    let world = RelayHarness::with(|config| config.token_route.enabled = true).await;
    world.create("anna").await;
    world.keycloak.set(|state| state.extra_scopes = vec!["sswp:process:create".into()]);
    let reply = world.post("anna", "/relay/token", &ask("sswp:process:read")).await;
    assert_eq!((reply.status, reply.code().as_str()), (502, "excess_token_scope"));
    assert!(!reply.text().contains("canary"));
}

#[tokio::test]
async fn describes_session_and_api() {
    let world = RelayHarness::with(|config| config.list.enabled = false).await;
    let reply = world.get("anna", "/relay/session").await;
    let session = reply.json();
    assert_eq!(session["sub"], "anna");
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    assert!(session["exp"].as_u64().unwrap() > now, "{session}");
    let operations = session["operations"].as_array().unwrap();
    assert!(operations.contains(&json!("create")));
    assert!(!operations.contains(&json!("findAll")), "lists are off");
    assert!(session.get("process").is_none());
    // The session of a ticket shows its restriction.
    let id = world.create("anna").await;
    let asked = json!({ "process": id, "operations": ["getStatus"] });
    let reply = world.post("anna", "/relay/tickets", &asked).await;
    let (ticket, ends) = (reply.json()["ticket"].clone(), reply.json()["expiresAt"].clone());
    let auth = format!("Bearer {}", ticket.as_str().unwrap());
    let reply =
        world.request("GET", "/relay/session", &[("authorization", auth.as_str())], "").await;
    let session = reply.json();
    assert_eq!(
        (&session["process"], &session["operations"], &session["exp"]),
        (&json!(id), &json!(["getStatus"]), &ends)
    );
    let reply = world.get("anna", "/relay/openapi.json").await;
    assert_eq!(reply.json()["openapi"], "3.1.0");
}

#[tokio::test]
async fn serves_health_readiness_and_metrics() {
    let world = RelayHarness::new().await;
    world.create("anna").await;
    let ask = |path: &str| format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    let admin = world.relay.admin_address;
    assert!(raw(admin, ask("/healthz").as_bytes()).await.starts_with("HTTP/1.1 200"));
    assert!(raw(admin, ask("/readyz").as_bytes()).await.starts_with("HTTP/1.1 200"));
    let metrics = raw(admin, ask("/metrics").as_bytes()).await;
    assert!(
        metrics.contains(r#"relay_requests_total{route="create",status="201",code="ok"} 1"#),
        "{metrics}"
    );
    assert!(metrics.contains(r#"relay_token_refresh_total{result="ok"} 1"#), "{metrics}");
    for line in [
        r#"relay_token_generation{tenant="",purpose="calls"} 1"#,
        r#"relay_token_waiters{tenant="",purpose="calls"} 0"#,
        r#"relay_token_state{tenant="",purpose="calls",state="fresh"} 1"#,
        r#"relay_token_state{tenant="",purpose="calls",state="expired"} 0"#,
        "relay_redis_up 0",
    ] {
        assert!(metrics.lines().any(|found| found == line), "{line}: {metrics}");
    }
    assert!(!metrics.contains("canary") && !metrics.contains("anna"), "{metrics}");
    assert!(raw(admin, ask("/api/process").as_bytes()).await.starts_with("HTTP/1.1 404"));
    // Without a token the relay is not ready, but alive.
    let world = RelayHarness::with(|config| {
        config.oauth.client_secret =
            Some(swisscom_sign_relay::secret::SecretSource::value("a-wrong-secret"));
    })
    .await;
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    let admin = world.relay.admin_address;
    let ready = raw(admin, ask("/readyz").as_bytes()).await;
    assert!(ready.starts_with("HTTP/1.1 503") && ready.contains("no token"), "{ready}");
    assert!(raw(admin, ask("/healthz").as_bytes()).await.starts_with("HTTP/1.1 200"));
}
