//! Access token of the platform: shared, renewed after a 401, rotated without a failure.

use super::support::platform::Canned;
use super::support::{CLIENT_SECRET, RelayHarness, attachment, bearer, process};
use serde_json::json;
use std::time::Duration;
use swisscom_sign_relay::config::TenantConfig;
use swisscom_sign_relay::secret::SecretSource;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn shares_one_token_between_concurrent_callers() {
    let world = std::sync::Arc::new(RelayHarness::new().await);
    let id = world.create("anna").await;
    let before = world.keycloak.requests().len();
    let mut calls = tokio::task::JoinSet::new();
    for _ in 0..100 {
        let (world, path) = (std::sync::Arc::clone(&world), format!("/api/process/{id}/status"));
        calls.spawn(async move { world.get("anna", &path).await.status });
    }
    assert!(calls.join_all().await.iter().all(|status| *status == 200));
    assert_eq!(world.keycloak.requests().len(), before);
    assert_eq!(before, 1, "one request for all callers");
}

#[tokio::test]
async fn renews_the_token_and_retries_once_after_a_401() {
    let world = RelayHarness::new().await;
    let id = world.create("anna").await;
    // All tokens are revoked.
    world.keycloak.set(|state| state.tokens.clear());
    world.platform.forget();
    let reply = world.get("anna", &format!("/api/process/{id}/status")).await;
    assert_eq!(reply.status, 200, "{}", reply.text());
    assert_eq!(world.platform.seen().len(), 2);
    assert_eq!(world.keycloak.requests().len(), 2);
}

#[tokio::test]
async fn repeats_a_post_with_its_body() {
    let world = RelayHarness::new().await;
    let _warm = world.create("anna").await;
    world.keycloak.set(|state| state.tokens.clear());
    world.platform.forget();
    let reply = world.post("anna", "/api/process", &process("anna")).await;
    assert_eq!(reply.status, 201, "{}", reply.text());
    let seen = world.platform.seen();
    assert_eq!(seen.len(), 2);
    assert_eq!(seen[0].body, seen[1].body, "the same body, including the owner tag");
}

#[tokio::test]
async fn returns_502_after_a_second_401() {
    let world = RelayHarness::new().await;
    let id = world.create("anna").await;
    world.platform.refuses.store(true, std::sync::atomic::Ordering::SeqCst);
    world.platform.forget();
    let reply = world.get("anna", &format!("/api/process/{id}/status")).await;
    assert_eq!((reply.status, reply.code().as_str()), (502, "upstream_auth_failed"));
    assert!(!reply.headers.contains_key("www-authenticate"));
    assert_eq!(world.platform.seen().len(), 2, "exactly one retry");
}

#[tokio::test]
async fn asks_to_repeat_an_upload_after_a_401() {
    let world = RelayHarness::new().await;
    let id = world.create("anna").await;
    let owned = world.platform.stored(&id).to_string();
    world.platform.then(Canned::json(200, &owned));
    world.platform.then(Canned::status(401));
    let body = attachment().to_string().replace("JVBERi0xLjc=", &"QUJD".repeat(50_000));
    let auth = bearer("anna");
    let headers = [("authorization", auth.as_str()), ("content-type", "application/json")];
    let path = format!("/api/process/{id}/attach");
    let reply = world.request("POST", &path, &headers, body.clone()).await;
    assert_eq!((reply.status, reply.code().as_str()), (503, "upload_must_be_repeated"));
    assert_eq!(reply.headers["retry-after"], "1");
    let reply = world.request("POST", &path, &headers, body).await;
    assert_eq!(reply.status, 201, "{}", reply.text());
}

#[tokio::test]
async fn sends_nothing_without_a_token() {
    let world = RelayHarness::new().await;
    let id = world.create("anna").await;
    world.platform.refuses.store(true, std::sync::atomic::Ordering::SeqCst);
    world.keycloak.set(|state| state.broken = Some((503, String::new())));
    let reply = world.get("anna", &format!("/api/process/{id}/status")).await;
    assert_eq!((reply.status, reply.code().as_str()), (503, "upstream_auth_unavailable"));
    assert!(reply.headers.contains_key("retry-after"));
    world.platform.forget();
    let reply = world.get("anna", &format!("/api/process/{id}/status")).await;
    assert_eq!(reply.status, 503);
    assert!(world.platform.seen().is_empty(), "not even once");
}

#[tokio::test]
async fn rotates_a_secret_without_a_failed_call() {
    let path = std::env::temp_dir().join(format!("relay-rotation-{}", std::process::id()));
    std::fs::write(&path, CLIENT_SECRET).unwrap();
    let file = SecretSource::file(&path);
    let world = RelayHarness::with(|config| config.oauth.client_secret = Some(file)).await;
    let id = world.create("anna").await;
    let status = format!("/api/process/{id}/status");
    // Both secrets are valid, then only the new one; the file changes; all tokens are revoked.
    world.keycloak.set(|state| {
        state.clients.get_mut("client").unwrap().push("the-new-secret".into());
    });
    std::fs::write(&path, "the-new-secret\n").unwrap();
    world.keycloak.set(|state| {
        state.clients.get_mut("client").unwrap().remove(0);
        state.tokens.clear();
    });
    for _ in 0..5 {
        assert_eq!(world.get("anna", &status).await.status, 200);
    }
    std::fs::remove_file(path).unwrap();
}

#[tokio::test]
async fn tries_the_second_secret_when_the_first_is_rejected() {
    let world = RelayHarness::with(|config| {
        config.oauth.client_secret = Some(SecretSource::value("an-old-secret"));
        config.oauth.client_secret_next = Some(SecretSource::value(CLIENT_SECRET));
    })
    .await;
    world.create("anna").await;
    assert_eq!(world.keycloak.requests().len(), 2);
}

#[tokio::test]
async fn rejects_tokens_that_lack_a_scope() {
    let world = RelayHarness::new().await;
    world.create("anna").await;
    world.keycloak.set(|state| {
        state.withheld_scopes = vec!["sswp:process:read".into()];
        state.tokens.clear();
    });
    world.platform.forget();
    let reply = world.post("anna", "/api/process", &process("anna")).await;
    assert_eq!((reply.status, reply.code().as_str()), (503, "upstream_auth_unavailable"));
    assert_eq!(world.platform.seen().len(), 1, "only the request with the old token");
}

#[tokio::test]
async fn accepts_tokens_with_excess_scopes() {
    let world = RelayHarness::new().await;
    world.create("anna").await;
    world.keycloak.set(|state| {
        state.extra_scopes = vec!["email".into(), "sswp:process:read:all".into()];
        state.tokens.clear();
    });
    world.create("anna").await;
}

fn tenant(client: &str) -> TenantConfig {
    TenantConfig {
        client_id: Some(SecretSource::value(client)),
        client_secret: Some(SecretSource::value(CLIENT_SECRET)),
        ..TenantConfig::default()
    }
}

/// Guide: one credential per customer organization.
#[tokio::test]
async fn separates_tenants() {
    let world = RelayHarness::with(|config| {
        config.auth.issuer[0].tenant_claim = Some("org".into());
        config.tenant = [("acme", "client"), ("bmex", "other")]
            .map(|(name, client)| (name.to_owned(), tenant(client)))
            .into();
    })
    .await;
    world.keycloak.set(|state| {
        state.clients.insert("other".into(), vec![CLIENT_SECRET.into()]);
        state.broken = None;
    });
    tokio::time::sleep(Duration::from_secs(1)).await;
    let call = |org: &'static str, method: &'static str, path: String| {
        let world = &world;
        async move {
            let mut claims = super::support::claims("anna");
            if !org.is_empty() {
                claims["org"] = org.into();
            }
            let auth = format!("Bearer {}", super::support::sign(&claims));
            let headers = [("authorization", auth.as_str()), ("content-type", "application/json")];
            let body = if method == "POST" { process("anna").to_string() } else { String::new() };
            world.request(method, &path, &headers, body).await
        }
    };
    let made = call("acme", "POST", "/api/process".into()).await;
    assert_eq!(made.status, 201, "{}", made.text());
    let path = format!("/api/process/{}", made.json()["id"].as_str().unwrap());
    assert_eq!(call("acme", "GET", path.clone()).await.status, 200);
    assert_eq!(call("bmex", "GET", path.clone()).await.status, 404, "same user, other tenant");
    // Even if one credential can access the processes of both tenants.
    let id = made.json()["id"].as_str().unwrap().to_owned();
    world.platform.state.lock().unwrap().processes.get_mut(&id).unwrap().0 = "other".into();
    assert_eq!(
        call("bmex", "GET", path.clone()).await.status,
        404,
        "tenants have different owner keys"
    );
    assert_eq!(call("none", "GET", path.clone()).await.code(), "tenant_unknown");
    assert_eq!(call("", "GET", path).await.code(), "invalid_token");
    let clients: Vec<_> = world.keycloak.requests();
    assert!(clients.iter().any(|body| body.contains("client_id=other")));
    assert_eq!(json!(world.platform.seen().len()), json!(4));
}
