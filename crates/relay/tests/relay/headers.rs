//! Headers in both directions, CORS, cookies, errors.

use super::support::platform::{Canned, FILE};
use super::support::{HOST, RelayHarness, bearer, claims, sign};
use serde_json::json;

#[tokio::test]
async fn forwards_no_header_of_the_caller() {
    let world = RelayHarness::new().await;
    let id = world.create("anna").await;
    world.platform.forget();
    let auth = bearer("anna");
    let headers = [
        ("authorization", auth.as_str()),
        ("cookie", "canary-session=1"),
        ("x-forwarded-for", "6.6.6.6"),
        ("forwarded", "for=6.6.6.6"),
        ("connection", "authorization, x-request-id"),
        ("x-request-id", "canary-id"),
        ("traceparent", "canary-trace"),
        ("proxy-authorization", "canary-proxy"),
        ("range", "bytes=0-1"),
        ("accept", "text/html"),
        ("user-agent", "canary-agent"),
        ("x-custom", "canary-custom"),
        ("te", "trailers"),
    ];
    let reply = world.request("GET", &format!("/api/process/{id}"), &headers, "").await;
    assert_eq!(reply.status, 200);
    let seen = world.platform.seen();
    let mut names: Vec<_> = seen[0].headers.keys().map(|name| name.as_str()).collect();
    names.sort_unstable();
    assert_eq!(names, ["accept", "authorization", "host", "user-agent", "x-request-id"]);
    let all = format!("{seen:?}").replace("canary-token", "");
    assert!(!all.contains("canary"), "{all}");
    let token = auth.strip_prefix("Bearer ").unwrap();
    assert!(!format!("{seen:?}").contains(token));
    // `Connection: authorization` does not remove the relay's own header (CVE-2026-33805).
    assert!(seen[0].headers["authorization"].to_str().unwrap().starts_with("Bearer canary-token"));
}

#[tokio::test]
async fn forwards_no_header_of_the_platform() {
    let world = RelayHarness::new().await;
    let id = world.create("anna").await;
    let reply = world.get("anna", &format!("/api/process/{id}/file/{FILE}/content")).await;
    assert_eq!(reply.status, 200);
    let all = format!("{:?}", reply.headers);
    assert!(!all.contains("canary"), "{all}");
    for (name, value) in [
        ("cache-control", "no-store"),
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
        ("content-type", "application/pdf"),
        ("content-disposition", "attachment; filename=\"a.pdf\""),
    ] {
        assert_eq!(reply.headers[name], value);
    }
    assert!(reply.headers.contains_key("content-security-policy"));
    assert!(reply.headers.contains_key("x-request-id"));
}

#[tokio::test]
async fn omits_the_message_of_a_failure_of_the_platform() {
    let world = RelayHarness::new().await;
    let id = world.create("anna").await;
    let path = format!("/api/process/{id}/status");
    let body =
        r#"{"id":"e-1","name":"Broken","message":"canary at db-7.internal","clientBody":"text"}"#;
    for (status, shown) in [(500, false), (502, false), (503, false), (409, true)] {
        // A read is not repeated after a response.
        world.platform.then(Canned::json(status, body));
        let reply = world.get("anna", &path).await;
        assert_eq!(reply.text().contains("canary"), shown, "{status}: {}", reply.text());
        assert!(reply.text().contains("e-1") && reply.text().contains("Broken"), "{status}");
    }
}

#[tokio::test]
async fn maps_errors_of_the_platform() {
    let world = RelayHarness::new().await;
    let id = world.create("anna").await;
    let path = format!("/api/process/{id}/status");
    for (canned, status, code) in [
        (Canned::json(500, "{}"), 502, "upstream_error"),
        (Canned::json(503, ""), 502, "upstream_error"),
        (Canned::json(409, r#"{"name":"X","clientSubject":"S","id":"i"}"#), 409, "conflict"),
        (Canned::json(409, r#"{"name":"ProcessNotFound"}"#), 404, "not_found"),
        (Canned::json(410, "{}"), 410, "gone"),
        (Canned::json(412, "{}"), 412, "not_ready"),
        (Canned::json(429, "{}"), 429, "rate_limited"),
        (Canned::json(403, "{}"), 403, "upstream_denied"),
        (Canned::json(200, "<html>"), 502, "upstream_bad_response"),
        (Canned::json(200, ""), 502, "upstream_bad_response"),
        (Canned::json(418, "{}"), 502, "upstream_bad_response"),
        (
            Canned {
                headers: vec![("location", "http://evil.example/canary".into())],
                ..Canned::status(302)
            },
            502,
            "upstream_bad_response",
        ),
    ] {
        world.platform.then(canned.clone());
        let reply = world.get("anna", &path).await;
        assert_eq!((reply.status, reply.code().as_str()), (status, code), "{canned:?}");
        assert_eq!(reply.headers["content-type"], "application/problem+json");
        assert!(!reply.headers.contains_key("location"));
        assert!(!reply.headers.contains_key("www-authenticate"));
        if code == "conflict" {
            // Under the names of the contract.
            assert_eq!(reply.json()["name"], "X");
            assert_eq!(reply.json()["clientSubject"], "S");
        }
    }
}

#[tokio::test]
async fn answers_preflights_and_rejects_unlisted_origins() {
    let world = RelayHarness::new().await;
    let auth = bearer("anna");
    let of = |origin: &'static str| {
        let (world, auth) = (&world, &auth);
        async move {
            let headers = [("authorization", auth.as_str()), ("origin", origin)];
            world.request("GET", "/relay/session", &headers, "").await
        }
    };
    let reply = of("https://app.example").await;
    assert_eq!(reply.status, 200);
    assert_eq!(reply.headers["access-control-allow-origin"], "https://app.example");
    assert_eq!(reply.headers["vary"], "origin");
    for origin in
        ["null", "https://app.example.evil.example", "http://app.example", "https://evil.example"]
    {
        let reply = of(origin).await;
        assert_eq!((reply.status, reply.code().as_str()), (403, "origin_denied"), "{origin}");
        assert!(!reply.headers.contains_key("access-control-allow-origin"));
    }
    let ask = |origin: &'static str, path: &'static str| {
        let world = &world;
        async move {
            let headers = [("origin", origin), ("access-control-request-method", "POST")];
            world.request("OPTIONS", path, &headers, "").await
        }
    };
    let reply = ask("https://app.example", "/api/process").await;
    assert_eq!(reply.status, 204);
    assert_eq!(reply.headers["access-control-allow-methods"], "GET, POST, OPTIONS");
    assert!(
        reply.headers["access-control-allow-headers"].to_str().unwrap().contains("authorization")
    );
    assert_eq!(ask("https://app.example", "/nowhere").await.status, 404);
    let refused = ask("https://evil.example", "/api/process").await;
    assert_eq!(refused.status, 403);
    assert!(!refused.headers.contains_key("access-control-allow-origin"));
    // An allowed page can read errors, too.
    let headers = [("origin", "https://app.example")];
    let reply = world.request("GET", "/relay/session", &headers, "").await;
    assert_eq!(reply.status, 401);
    assert_eq!(reply.headers["access-control-allow-origin"], "https://app.example");
}

#[tokio::test]
async fn requires_csrf_protection_for_cookies() {
    let world =
        RelayHarness::with(|config| config.auth.cookie_name = Some("__Host-user".into())).await;
    let token = sign(&claims("anna"));
    let cookie = format!("__Host-user={token}");
    let auth = format!("Bearer {token}");
    let (cookie, csrf) = (("cookie", cookie.as_str()), ("x-relay-csrf", "1"));
    let site = ("sec-fetch-site", "same-origin");
    for (headers, wanted) in [
        (vec![cookie, csrf, site], "ok"),
        (vec![cookie, csrf, ("origin", "https://app.example")], "ok"),
        (vec![cookie, site], "csrf"),
        (vec![cookie, csrf], "csrf"),
        (vec![cookie, csrf, ("sec-fetch-site", "cross-site")], "csrf"),
        (vec![cookie, csrf, ("origin", "https://evil.example")], "origin_denied"),
        (vec![cookie, csrf, site, ("authorization", auth.as_str())], "ambiguous_credentials"),
        (vec![("authorization", auth.as_str())], "ok"),
    ] {
        let reply = world.request("GET", "/relay/session", &headers, "").await;
        assert_eq!(reply.code(), wanted, "{headers:?}");
    }
    // Cookies are ignored unless a cookie name is configured.
    let world = RelayHarness::new().await;
    let reply = world.request("GET", "/relay/session", &[cookie, csrf, site], "").await;
    assert_eq!(reply.code(), "invalid_token");
}

#[tokio::test]
async fn returns_the_same_401_for_every_invalid_token() {
    let world = RelayHarness::new().await;
    let mut expired = claims("anna");
    expired["exp"] = 1.into();
    let mut other = claims("anna");
    other["aud"] = "other".into();
    let mut alike = Vec::new();
    for value in [
        String::new(),
        "Bearer".into(),
        "Bearer x".into(),
        "Basic x".into(),
        format!("Bearer {}", sign(&expired)),
        format!("Bearer {}", sign(&other)),
        format!("Bearer {}x", sign(&claims("anna"))),
        format!("Bearer {}", "x".repeat(9000)),
        "Bearer relay-ticket.e30.AAAA".into(),
    ] {
        let headers = [("authorization", value.as_str())];
        let headers = if value.is_empty() { &[][..] } else { &headers[..] };
        let reply = world.request("GET", "/relay/session", headers, "").await;
        assert_eq!(reply.status, 401, "{value}");
        assert_eq!(reply.headers["www-authenticate"], r#"Bearer error="invalid_token""#);
        let mut body = reply.json();
        body["request_id"] = json!(null);
        alike.push(body.to_string());
    }
    alike.dedup();
    assert_eq!(alike.len(), 1, "{alike:?}");
}

#[tokio::test]
async fn limits_requests_per_caller_and_per_address() {
    use swisscom_sign_relay::config::Rate;
    let rate = Rate { interval: std::time::Duration::from_secs(60), burst: 3 };
    let world = RelayHarness::with(|config| config.limits.per_user = rate).await;
    for _ in 0..3 {
        assert_eq!(world.get("anna", "/relay/session").await.status, 200);
    }
    let reply = world.get("anna", "/relay/session").await;
    assert_eq!((reply.status, reply.code().as_str()), (429, "rate_limited"));
    assert!(reply.headers.contains_key("retry-after"));
    assert_eq!(world.get("berta", "/relay/session").await.status, 200);
    // Per address, before authentication; a forged `X-Forwarded-For` is not another address.
    let world = RelayHarness::with(|config| config.limits.per_ip = rate).await;
    for turn in 0..5 {
        let address = format!("10.0.0.{turn}");
        let reply = world.request("GET", "/", &[("x-forwarded-for", &address)], "").await;
        assert_eq!(reply.status == 429, turn >= 3, "{turn}");
    }
    let raw = world.raw(format!("GET / HTTP/1.1\r\nHost: {HOST}\r\n\r\n").as_bytes()).await;
    assert!(raw.starts_with("HTTP/1.1 429"), "{raw}");
}
