//! Login to a protected console: form, cookie, and the limits of the cookie.

use bytes::Bytes;
use serde_json::json;
use swisscom_sign_sandbox::http::{HttpRequest, HttpResponse};

use crate::support::{SandboxHarness, URL};

const TOKEN: &str = "0123456789abcdef";

fn guarded() -> SandboxHarness {
    SandboxHarness::with_parts(|parts| parts.admin_token = Some(TOKEN.to_owned().into()))
}

fn send(
    world: &SandboxHarness,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    form: &str,
) -> HttpResponse {
    let mut headers: Vec<(String, String)> =
        headers.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
    headers.push(("Accept".into(), "text/html,*/*;q=0.8".into()));
    if method == "POST" {
        headers.push(("Content-Type".into(), "application/x-www-form-urlencoded".into()));
    }
    let (method, path, body) = (method.to_owned(), path.to_owned(), Bytes::from(form.to_owned()));
    world.gateway.handle(&HttpRequest { method, path, headers, body, ..HttpRequest::default() })
}

fn text(response: &HttpResponse) -> String {
    String::from_utf8_lossy(&response.body).into_owned()
}

/// Cookie of a login, as a browser sends it.
fn log_in(world: &SandboxHarness) -> String {
    let form = format!("token={TOKEN}");
    let answer = send(world, "POST", "/_sandbox/login", &[], &form);
    assert_eq!((answer.status, answer.get("location")), (303, Some("/")));
    let cookie = answer.get("set-cookie").expect("a cookie");
    for part in ["; Path=/", "; HttpOnly", "; SameSite=Strict"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    assert!(!cookie.contains(TOKEN));
    cookie.split(';').next().expect("a pair").to_owned()
}

#[test]
fn a_person_gives_the_token_once_and_looks() {
    let world = guarded();
    for path in ["/", "/_sandbox/info", "/_sandbox/login", "/_sandbox"] {
        let form = send(&world, "GET", path, &[], "");
        assert_eq!(form.status, 401, "{path}");
        assert!(text(&form).contains("name=\"token\" type=\"password\""), "{path}");
        assert!(form.get("content-security-policy").is_some_and(|p| p.contains("'none'")));
    }
    let cookie = log_in(&world);
    let with = [("Cookie", cookie.as_str())];
    let dashboard = send(&world, "GET", "/", &with, "");
    assert_eq!(dashboard.status, 200);
    for part in ["Outbox", "API requests", "/_sandbox/logout"] {
        assert!(text(&dashboard).contains(part), "{part}");
    }
    assert_eq!(send(&world, "GET", "/_sandbox/info", &with, "").status, 200);
    assert_eq!(send(&world, "GET", "/_sandbox", &with, "").get("location"), Some("/"));

    // The login redirects to the requested page, and to no other site.
    for (next, to) in [
        ("%2F_sandbox%2Foutbox", "/_sandbox/outbox"),
        ("%2F%2Fexample.com", "/"),
        ("https%3A%2F%2Fexample.com", "/"),
        ("%2F_sandbox%2Finfo%0D%0Aset-cookie%3A%20a", "/"),
        ("%2F_sandbox%2Flogin", "/"),
    ] {
        let form = format!("token={TOKEN}&next={next}");
        let answer = send(&world, "POST", "/_sandbox/login", &[], &form);
        assert_eq!(answer.get("location"), Some(to), "{next}");
    }
}

#[test]
fn only_the_token_logs_in() {
    let world = guarded();
    for form in ["", "token=", "token=0123456789abcdeg", "token=0123456789abcde", "other=x"] {
        let answer = send(&world, "POST", "/_sandbox/login", &[], form);
        assert_eq!((answer.status, answer.get("set-cookie")), (403, None), "{form}");
        assert!(text(&answer).contains("role=\"alert\""));
        assert!(!text(&answer).contains("0123456789"), "what was entered is shown");
    }
    for cookie in ["sandbox_admin8480=", "sandbox_admin8480=0123456789abcdef", "sandbox_admin8480"]
    {
        assert_eq!(send(&world, "GET", "/", &[("Cookie", cookie)], "").status, 401, "{cookie}");
    }
    // API clients do not get a page.
    let request = HttpRequest { method: "GET".into(), path: "/".into(), ..HttpRequest::default() };
    let plain = world.gateway.handle(&request);
    assert_eq!((plain.status, plain.body.len()), (401, 0));
}

/// Requests forged by another site change nothing.
#[test]
fn grants_read_access_by_cookie_only() {
    let world = guarded();
    let cookie = log_in(&world);
    let with = [("Cookie", cookie.as_str())];
    let id = world.a().pending("SIMPLE", &["anna"]);
    for path in ["/_sandbox/reset", "/_sandbox/seed", "/_sandbox/tokens/revoke"] {
        assert_eq!(send(&world, "POST", path, &with, "").status, 401, "{path}");
    }
    assert_eq!(send(&world, "DELETE", "/_sandbox/outbox", &with, "").status, 401);
    assert_eq!(world.a().status(&id), "PENDING");

    for foreign in [
        ("Sec-Fetch-Site", "cross-site"),
        ("Sec-Fetch-Site", "same-site"),
        ("Origin", "https://example.com"),
    ] {
        let headers = [foreign, ("Host", "sandbox.test:8480"), with[0]];
        for (path, form) in [("login", format!("token={TOKEN}")), ("logout", String::new())] {
            let answer = send(&world, "POST", &format!("/_sandbox/{path}"), &headers, &form);
            assert_eq!(
                (answer.status, answer.get("set-cookie")),
                (403, None),
                "{foreign:?} {path}"
            );
        }
    }
    assert_eq!(send(&world, "POST", "/_sandbox/logout", &with, "csrf=0").status, 403);
    assert_eq!(send(&world, "GET", "/", &with, "").status, 200, "still logged in");

    let page = text(&send(&world, "GET", "/", &with, ""));
    let csrf = page.split("name=\"csrf\" value=\"").nth(1).and_then(|rest| rest.split('"').next());
    let form = format!("csrf={}", csrf.expect("a value"));
    let own = [with[0], ("Origin", "null"), ("Sec-Fetch-Site", "same-origin")];
    let answer = send(&world, "POST", "/_sandbox/logout", &own, &form);
    assert_eq!(answer.status, 303);
    assert!(answer.get("set-cookie").is_some_and(|cookie| cookie.contains("Max-Age=0")));
    assert_eq!(send(&world, "GET", "/", &with, "").status, 401);
}

#[test]
fn a_login_ends_with_the_day_and_names_follow_from_the_token() {
    let world = guarded();
    let cookie = log_in(&world);
    world.real_clock.advance(12 * 60 * 60 - 1);
    assert_eq!(send(&world, "GET", "/", &[("Cookie", &cookie)], "").status, 200);
    world.real_clock.advance(1);
    assert_eq!(send(&world, "GET", "/", &[("Cookie", &cookie)], "").status, 401);
    // Identifiers of two sandboxes may be equal; cookie values must not be.
    let other = SandboxHarness::with_parts(|parts| {
        parts.admin_token = Some("fedcba9876543210".to_owned().into())
    });
    let answer = send(&other, "POST", "/_sandbox/login", &[], "token=fedcba9876543210");
    assert!(!answer.get("set-cookie").expect("a cookie").starts_with(&cookie));
}

/// Without an admin token the login page does not exist.
#[test]
fn hides_the_login_page_without_an_admin_token() {
    let world = SandboxHarness::new();
    assert_eq!(send(&world, "GET", "/", &[], "").status, 200);
    for method in ["GET", "POST"] {
        let answer = send(&world, method, "/_sandbox/login", &[], "token=x");
        assert_eq!((answer.status, answer.get("location")), (303, Some("/")));
        assert_eq!(answer.get("set-cookie"), None);
    }
    world.admin("reset", json!({})).expect(204);
    assert!(URL.ends_with(":8480"), "the name of the cookie has the port");
}

/// The server's clock, and the clocks of organizations that have their own.
#[test]
fn the_dashboard_shows_each_clock() {
    let world = SandboxHarness::new();
    let clocks = || {
        let page = send(&world, "GET", "/", &[("Accept-Language", "de")], "");
        let page = String::from_utf8_lossy(&page.body).into_owned();
        let (_, section) = page.split_once("id=\"clock\"").expect("the clock");
        section.split_once("</section>").expect("an end").0.to_owned()
    };
    let alone = clocks();
    assert!(alone.contains("2026-11-01 10:00 UTC") && alone.contains("Systemzeit"));
    assert_eq!(alone.matches("<dt>").count(), 1);
    let created = world.admin("organizations", json!({ "name": "Bäckerei" })).expect(201);
    let organization = created["id"].clone();
    let turn = json!({ "organizationId": organization, "by": "P1D" });
    world.control("POST", "clock/advance", turn).expect(200);
    let frozen = json!({ "mode": "frozen", "at": "2027-01-02T03:04:05Z" });
    world.control("PUT", "clock", frozen).expect(200);
    let both = clocks();
    assert!(both.contains("2027-01-02 03:04 UTC") && both.contains("angehalten"), "{both}");
    assert!(both.contains("Bäckerei") && both.contains("2026-11-02 10:00 UTC"), "{both}");
    assert!(both.contains("um +1 Tg. verschoben"), "{both}");
}
