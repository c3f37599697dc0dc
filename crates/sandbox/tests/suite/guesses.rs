//! Guessing access codes, and prefetching: the limits apply to a person, across browsers.

use crate::browser::TestBrowser;
use crate::support::SandboxHarness;

const HOUR: i64 = 60 * 60;

/// Path of Anna's page; Anna has an e-mail address.
fn page(world: &SandboxHarness) -> String {
    let a = world.a();
    let id = a.pending("SIMPLE", &["anna"]);
    let details = a.get(&format!("/{id}")).expect(200);
    let anna = details["invitees"]["signers"][0]["identification"].as_str().expect("an id");
    format!("/cockpit/process/{id}/person/{anna}")
}

fn code(world: &SandboxHarness) -> String {
    world.platform().outbox().latest(1)[0].code.clone().expect("a code")
}

fn wrong(world: &SandboxHarness) -> &'static str {
    if code(world) == "000000" { "000001" } else { "000000" }
}

/// Each new browser gets a code and five attempts; a person has 25 attempts per hour.
#[test]
fn counts_wrong_codes_across_browsers() {
    let world = SandboxHarness::new();
    let (page, other) = (page(&world), page(&world));
    let form = format!("{page}/code");
    for _ in 0..5 {
        let mut browser = TestBrowser::new(&world);
        browser.visit(&page);
        for _ in 0..5 {
            assert_eq!(browser.post(&form, &[("code", wrong(&world))]).status, 403);
        }
        assert!(browser.page.contains("Too many incorrect codes. Request a new code."));
    }
    let sent = world.platform().outbox().written();
    let mut late = TestBrowser::new(&world);
    assert_eq!(late.visit(&page).status, 403);
    assert!(late.page.contains("Try again in one hour"), "{}", late.page);
    assert_eq!(world.platform().outbox().written(), sent, "no code that does not help");
    // Other persons are not affected, and the sandbox clock does not shorten the hour.
    let mut neighbour = TestBrowser::new(&world);
    neighbour.visit(&other);
    assert!(neighbour.is_asked());
    world.clock.advance(2 * HOUR);
    assert_eq!(late.visit(&page).status, 403);
    world.real_clock.advance(HOUR);
    late.visit(&page);
    assert!(late.is_asked());
    late.post(&form, &[("code", &code(&world))]);
    assert!(late.is_in());
}

/// Once the limit is reached, a correct code sent earlier is rejected as well; correct codes do not
/// count.
#[test]
fn keeps_codes_blocked_after_the_limit() {
    let world = SandboxHarness::with(|settings| settings.code_attempts = 1);
    let page = page(&world);
    let form = format!("{page}/code");
    for _ in 0..10 {
        let mut browser = TestBrowser::new(&world);
        browser.visit(&page);
        browser.post(&form, &[("code", &code(&world))]);
        assert!(browser.is_in());
    }
    let mut holder = TestBrowser::new(&world);
    holder.visit(&page);
    let right = code(&world);
    for _ in 0..5 {
        let mut browser = TestBrowser::new(&world);
        browser.visit(&page);
        browser.post(&form, &[("code", wrong(&world))]);
    }
    let csrf = holder.csrf();
    for (path, fields) in
        [(form, format!("&code={right}")), (format!("{page}/resend"), String::new())]
    {
        let sent = world.platform().outbox().written();
        let answer = holder.send("POST", &path, format!("csrf={csrf}{fields}"));
        assert_eq!(answer.status, 403);
        assert!(holder.page.contains("Try again in one hour"), "{}", holder.page);
        assert_eq!(world.platform().outbox().written(), sent);
    }
}

/// A returning visitor with an expired code gets a new one.
#[test]
fn sends_a_new_code_after_expiry() {
    let world = SandboxHarness::new();
    let page = page(&world);
    let mut browser = TestBrowser::new(&world);
    browser.visit(&page);
    world.clock.advance(300);
    browser.visit(&page);
    assert_eq!(world.platform().outbox().written(), 2);
    browser.post(&format!("{page}/code"), &[("code", &code(&world))]);
    assert!(browser.is_in());
}

/// Prefetching does not redeem, send or start anything.
#[test]
fn changes_nothing_on_prefetch() {
    let world = SandboxHarness::new();
    let page = page(&world);
    let (path, anna) = page.split_once("/person/").expect("a person");
    let id = path.rsplit_once('/').expect("a process").1;
    let skip = serde_json::json!({ "skipAuthorization": true });
    let opened = world.a().post(&format!("/{id}/open/{anna}"), skip).expect(200);
    let url = opened["url"].as_str().expect("a URL");
    for (name, value) in [("Sec-Purpose", "prefetch;prerender"), ("Purpose", "prefetch")] {
        let mut ahead = TestBrowser::new(&world);
        ahead.headers.push((name.to_owned(), value.to_owned()));
        for target in [url, page.as_str()] {
            let answer = ahead.look(target);
            assert_eq!((answer.status, answer.get("set-cookie")), (503, None));
            assert_eq!(answer.get("cache-control"), Some("no-store"));
        }
    }
    assert_eq!(world.platform().outbox().written(), 0);
    let mut browser = TestBrowser::new(&world);
    browser.visit(url);
    assert!(browser.is_in());
}
