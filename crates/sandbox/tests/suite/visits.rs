//! Authorization (guide, "Process Authorization"): accounts, one-time codes, access codes.

use std::sync::Barrier;

use bytes::Bytes;
use serde_json::{Value, json};
use swisscom_sign_sandbox::directory::{ORGANIZATION_A, TEAMS};
use swisscom_sign_sandbox::documents::{
    DocumentError, DocumentInspection, DocumentService, DocumentSigningInput, TagLocations,
    UnsignedDocuments,
};
use swisscom_sign_sandbox::outbox::{MessageChannel, OutboxQuery};

use crate::browser::TestBrowser;
use crate::support::{ApiTestClient, SandboxHarness, attachment, process};

const EMAIL: &str = "anna@example.ch";
const MOBILE: &str = "+41790000002";

fn open(caller: &ApiTestClient<'_>, id: &str, body: Value) -> String {
    let opened = caller.post(&format!("/{id}/open/anna"), body).expect(200);
    opened["url"].as_str().expect("a URL").to_owned()
}

fn with_code() -> Value {
    json!({ "skipAuthorization": true })
}

/// Page of a participant, by reference.
fn page_of(caller: &ApiTestClient<'_>, id: &str, reference: &str) -> String {
    let released = caller.post_nothing(&format!("/{id}/release")).expect(208);
    let participants = released["participants"].as_array().expect("participants");
    let found = participants.iter().find(|p| p["externalIdentifier"] == reference);
    found.expect("a participant")["url"].as_str().expect("a URL").to_owned()
}

#[derive(Debug, PartialEq, Clone, Copy)]
enum VisitOutcome {
    In,
    Sms,
    Mail,
    Login,
    Denied,
}

fn outcome(world: &SandboxHarness, browser: &mut TestBrowser<'_>, url: &str) -> VisitOutcome {
    world.platform().outbox().delete(&OutboxQuery::default());
    let response = browser.look(url);
    match (response.status, response.get("location")) {
        (303, Some(to)) if to.starts_with("/cockpit/login?next=") => VisitOutcome::Login,
        (403, _) => VisitOutcome::Denied,
        (200, _) if browser.is_in() => VisitOutcome::In,
        (200, _) if browser.is_asked() => match world.platform().outbox().latest(2).as_slice() {
            [message] if message.channel == MessageChannel::Sms && message.to == MOBILE => {
                VisitOutcome::Sms
            }
            [message] if message.channel == MessageChannel::Mail && message.to == EMAIL => {
                VisitOutcome::Mail
            }
            messages => panic!("not one message: {messages:?}"),
        },
        other => panic!("{other:?} {}", browser.page),
    }
}

/// A former participant gets an explanation in any browser, and neither a code nor a document.
#[test]
fn hides_the_process_from_former_participants() {
    let world = SandboxHarness::new();
    let a = world.a();
    for step in ["remove", "delegate"] {
        let id = a.pending("SIMPLE", &["anna", "beat"]);
        let file = a.get(&format!("/{id}")).expect(200)["fileReferences"][0].clone();
        let file = file["initialFileId"].as_str().expect("an id").to_owned();
        let page = page_of(&a, &id, "anna");
        let mut inside = TestBrowser::new(&world);
        inside.visit(&open(&a, &id, with_code()));
        let document = format!("{page}/file/{file}");
        assert_eq!(inside.look(&document).status, 200);
        let to = json!({ "firstName": "Eva", "lastName": "Egli", "email": "eva@example.ch" });
        let to = if step == "delegate" { to } else { json!({}) };
        world.admin(&format!("processes/{id}/participants/anna/{step}"), to).expect(200);
        assert_eq!(inside.look(&document).status, 404, "{step}");
        inside.visit(&page);
        assert!(!inside.page.contains("/file/"), "{step}: {}", inside.page);
        world.platform().outbox().delete(&OutboxQuery::default());
        let mut elsewhere = TestBrowser::new(&world);
        assert_eq!(elsewhere.look(&page).status, 403, "{step}");
        assert!(world.platform().outbox().all().is_empty(), "{step}");
    }
}

/// An invalid return URL is rejected at once.
#[test]
fn warns_of_invalid_urls() {
    let world = SandboxHarness::new();
    let a = world.a();
    let id = a.prepared("SIMPLE", &["anna"]);
    let both = |url: &str| json!({ "backUrl": url, "successUrl": url });
    let warning = "unusable-url $.backUrl, unusable-url $.successUrl";
    for (url, expected) in [
        ("https://portal.example/x", ""),
        ("javascript:alert(1)", warning),
        ("/relative", warning),
        ("app://back", warning),
        ("https://zürich.example/", warning),
    ] {
        assert_eq!(a.post(&format!("/{id}/setup"), both(url)).warnings(), expected, "{url}");
    }
    a.post_nothing(&format!("/{id}/release")).expect(200);
    let opened = a.post(&format!("/{id}/open/anna"), both("data:text/html,x"));
    assert_eq!(opened.warnings(), warning);
}

/// All combinations of role, required authorization, account and stored contact.
#[test]
fn authorization_matrix() {
    let world = SandboxHarness::new();
    let a = world.a();
    let mut seen = Vec::new();
    for initiator in [true, false] {
        for demand in ["CODE", "ACCOUNT"] {
            for (email, mobile) in [(true, true), (true, false), (false, true), (false, false)] {
                let mut person = json!({
                    "type": "SIGNER", "externalIdentifier": "anna",
                    "firstName": "Anna", "lastName": "Ammann",
                });
                if email {
                    person["email"] = EMAIL.into();
                }
                if mobile {
                    person["mobile"] = MOBILE.into();
                }
                let mut body = process("SIMPLE", &[]);
                body["authorization"] = demand.into();
                body["teamId"] = TEAMS[0].0.to_string().into();
                if initiator {
                    body["initiator"] = person;
                } else {
                    body["invitees"]["signers"] = json!([person]);
                }
                let created = a.post("", body).expect(201);
                let id = created["id"].as_str().expect("an id");
                a.post(&format!("/{id}/attach"), attachment(&["anna"])).expect(201);
                a.post_nothing(&format!("/{id}/release")).expect(200);
                let url = page_of(&a, id, "anna");
                for account in ["", "anna", "beat", "carla", "dora", "emil", "fabio"] {
                    let mut browser = TestBrowser::new(&world);
                    if !account.is_empty() {
                        browser.log_in(account);
                    }
                    let matches = match account {
                        "anna" => email,
                        "beat" => mobile,
                        "dora" | "emil" => initiator,
                        _ => false,
                    };
                    let expected = match (matches, demand, account) {
                        (true, ..) => VisitOutcome::In,
                        (_, "ACCOUNT", "") => VisitOutcome::Login,
                        (_, "ACCOUNT", _) => VisitOutcome::Denied,
                        _ if mobile => VisitOutcome::Sms,
                        _ if email => VisitOutcome::Mail,
                        // Nothing to send a code to, but the initiator may own the process.
                        _ if initiator && account.is_empty() => VisitOutcome::Login,
                        _ => VisitOutcome::Denied,
                    };
                    let got = outcome(&world, &mut browser, &url);
                    let case = (initiator, demand, email, mobile, account);
                    assert_eq!(got, expected, "{case:?}");
                    seen.push(got);
                }
            }
        }
    }
    assert_eq!(seen.len(), 112);
}

/// The setup page belongs to the initiator.
#[test]
fn setup_is_for_the_initiator() {
    let world = SandboxHarness::new();
    let a = world.a();
    for (initiator, expected) in [
        (json!({ "type": "NON_PERSON", "name": "CRM" }), VisitOutcome::Login),
        (json!({ "type": "PERSON", "externalIdentifier": "x" }), VisitOutcome::Login),
        (json!({ "type": "PERSON", "email": EMAIL }), VisitOutcome::Mail),
        (json!({ "type": "PERSON", "email": EMAIL, "mobile": MOBILE }), VisitOutcome::Sms),
    ] {
        let mut body = process("SIMPLE", &["anna"]);
        body["initiator"] = initiator;
        let id = a.post("", body).expect(201)["id"].as_str().expect("an id").to_owned();
        let setup = a.post(&format!("/{id}/setup"), json!({})).expect(202);
        let url = setup["url"].as_str().expect("a URL");
        assert_eq!(outcome(&world, &mut TestBrowser::new(&world), url), expected);
        let mut owner = TestBrowser::new(&world);
        owner.log_in("dora");
        owner.visit(url);
        assert!(owner.page.contains("Send for signature"));
        if expected == VisitOutcome::Mail {
            let mut browser = TestBrowser::new(&world);
            browser.visit(url);
            browser.post(&format!("{url}/code"), &[("code", &code(&world))]);
            assert!(browser.page.contains("Send for signature"), "{}", browser.page);
        }
    }
}

/// The page redirects to the login and back, and a logout revokes the access of the account.
#[test]
fn login_leads_back() {
    let world = SandboxHarness::new();
    let a = world.a();
    let mut body = process("SIMPLE", &["anna"]);
    body["invitees"]["signers"][0]["email"] = EMAIL.into();
    body["authorization"] = "ACCOUNT".into();
    let id = a.post("", body).expect(201)["id"].as_str().expect("an id").to_owned();
    a.post(&format!("/{id}/attach"), attachment(&["anna"])).expect(201);
    a.post_nothing(&format!("/{id}/release")).expect(200);
    let url = page_of(&a, &id, "anna");
    let mut browser = TestBrowser::new(&world);
    let login = browser.look(&url).get("location").expect("the login").to_owned();
    browser.look(&login);
    let path = url.strip_prefix(crate::support::URL).expect("our own URL").to_owned();
    browser.post("/cockpit/login", &[("account", "anna"), ("next", &path)]);
    assert!(browser.is_in(), "{}", browser.page);
    let out = browser.submit("/cockpit/logout", &[("next", &path)]);
    assert_eq!(out.get("location"), Some(path.as_str()));
    assert_eq!(browser.look(&path).status, 303);
    for elsewhere in ["https://example.com", "//example.com/cockpit/process", "/system"] {
        browser.look(&format!("/cockpit/login?next={elsewhere}"));
        let to = browser.submit("/cockpit/login", &[("account", "anna"), ("next", elsewhere)]);
        assert_eq!(to.get("location"), Some("/cockpit/login"), "{elsewhere}");
    }
}

#[test]
fn one_time_code_for_thirty_seconds_once() {
    let world = SandboxHarness::new();
    let a = world.a();
    let id = a.pending("SIMPLE", &["anna"]);
    let lets_in = |wait: i64| {
        let url = open(&a, &id, with_code());
        world.clock.advance(wait);
        let mut browser = TestBrowser::new(&world);
        let first = browser.look(&url);
        let to = first.get("location").expect("a way on");
        assert!(!to.contains("code=") && !to.contains("open="), "{to}");
        let cookie = first.get("set-cookie").expect("a cookie");
        for part in ["HttpOnly", "SameSite=Lax", "Path=/cockpit"] {
            assert!(cookie.contains(part), "{cookie}");
        }
        browser.look(to);
        browser.is_in()
    };
    assert!(lets_in(0));
    assert!(lets_in(29));
    assert!(!lets_in(30));

    let url = open(&a, &id, with_code());
    let mut winner = TestBrowser::new(&world);
    winner.visit(&url);
    assert!(winner.is_in());
    let mut second = TestBrowser::new(&world);
    second.visit(&url);
    assert!(second.is_asked(), "a used code falls back to the standard order");
    winner.visit(&url);
    assert!(winner.is_in(), "who is in stays in");
    let mut guess = TestBrowser::new(&world);
    guess.visit(&open(&a, &id, with_code()).replace("code=", "code=0"));
    assert!(guess.is_asked());
}

/// A link preview does not redeem, send or start anything.
#[test]
fn head_changes_nothing() {
    let world = SandboxHarness::new();
    let a = world.a();
    let id = a.pending("SIMPLE", &["anna"]);
    let url = open(&a, &id, with_code());
    let mut preview = TestBrowser::new(&world);
    for url in [&url, &page_of(&a, &id, "anna")] {
        let answer = preview.send("HEAD", url, String::new());
        assert_eq!((answer.status, answer.get("set-cookie")), (200, None));
        assert!(answer.body.is_empty());
    }
    assert!(world.platform().outbox().latest(1).is_empty());
    let mut browser = TestBrowser::new(&world);
    browser.visit(&url);
    assert!(browser.is_in());
}

#[test]
fn concurrent_redemption_has_one_winner() {
    let world = SandboxHarness::new();
    let a = world.a();
    let id = a.pending("SIMPLE", &["anna"]);
    for _ in 0..20 {
        let url = open(&a, &id, with_code());
        let barrier = Barrier::new(4);
        let winners = std::thread::scope(|scope| {
            let visitors: Vec<_> = (0..4)
                .map(|_| {
                    scope.spawn(|| {
                        let mut browser = TestBrowser::new(&world);
                        barrier.wait();
                        browser.visit(&url);
                        browser.is_in()
                    })
                })
                .collect();
            visitors.into_iter().map(|v| v.join().expect("a visit")).filter(|won| *won).count()
        });
        assert_eq!(winners, 1);
    }
}

#[test]
fn an_opened_session_lasts_fifteen_minutes() {
    let world = SandboxHarness::new();
    let a = world.a();
    let id = a.pending("SIMPLE", &["anna"]);
    let url = open(&a, &id, with_code());
    world.clock.advance(20);
    let mut browser = TestBrowser::new(&world);
    browser.visit(&url);
    let path = page_of(&a, &id, "anna");
    world.clock.advance(15 * 60 - 21);
    browser.visit(&path);
    assert!(browser.is_in());
    world.clock.advance(1);
    browser.visit(&path);
    assert!(browser.is_asked());
}

#[test]
fn limits_openings_by_the_settings() {
    let world = SandboxHarness::with(|settings| {
        settings.one_time_code_ttl = 5;
        settings.open_ttl = 60;
    });
    let a = world.a();
    let id = a.pending("SIMPLE", &["anna"]);
    let comes_in_after = |wait: i64| {
        let url = open(&a, &id, with_code());
        world.clock.advance(wait);
        let mut browser = TestBrowser::new(&world);
        browser.visit(&url);
        (browser.is_in(), browser)
    };
    assert!(!comes_in_after(5).0);
    let (is_in, mut browser) = comes_in_after(4);
    assert!(is_in);
    let path = page_of(&a, &id, "anna");
    for (wait, is_in) in [(55, true), (1, false)] {
        world.clock.advance(wait);
        browser.visit(&path);
        assert_eq!(browser.is_in(), is_in, "{wait}");
    }
}

/// Latest code in the outbox.
fn code(world: &SandboxHarness) -> String {
    world.platform().outbox().latest(1)[0].code.clone().expect("a code")
}

#[test]
fn access_code_attempts_and_lifetime() {
    let world = SandboxHarness::new();
    let a = world.a();
    let id = a.pending("SIMPLE", &["anna"]);
    let url = page_of(&a, &id, "anna");
    let form = format!("{url}/code");
    let mut browser = TestBrowser::new(&world);
    browser.visit(&url);
    let right = code(&world);
    assert_eq!(right.len(), 6);
    browser.visit(&url);
    assert_eq!(world.platform().outbox().written(), 1, "a reload sends no other code");
    let wrong = if right == "000000" { "000001" } else { "000000" };
    for left in (1..5).rev() {
        let answer = browser.post(&form, &[("code", wrong)]);
        assert_eq!(answer.status, 403);
        assert!(browser.page.contains(&format!("Attempts left: {left}.")), "{}", browser.page);
    }
    browser.post(&form, &[("code", wrong)]);
    assert!(browser.page.contains("Too many incorrect codes"));
    browser.post(&form, &[("code", &right)]);
    assert!(browser.page.contains("Too many incorrect codes"), "the right one comes too late");

    let lasts = |browser: &mut TestBrowser<'_>, seconds: i64| {
        browser.visit(&url);
        browser.post(&format!("{url}/resend"), &[]);
        let right = code(&world);
        world.clock.advance(seconds);
        browser.post(&form, &[("code", &right)]);
        browser.is_in()
    };
    assert!(!lasts(&mut browser, 300));
    assert!(browser.page.contains("has expired"));
    assert!(lasts(&mut browser, 299));
    let mut other = TestBrowser::new(&world);
    other.visit(&url);
    assert!(other.is_asked(), "a code opens the page for one browser");
    other.post(&form, &[("code", &right)]);
    assert!(!other.is_in(), "a code is good for the browser that asked for it");
}

/// An access code expires on the clock of the organization, like the process.
#[test]
fn access_codes_by_the_clock_of_the_organization() {
    let world = SandboxHarness::new();
    let a = world.a();
    let id = a.pending("SIMPLE", &["anna"]);
    let url = page_of(&a, &id, "anna");
    let entered_after = |by: &str| {
        let mut browser = TestBrowser::new(&world);
        browser.visit(&url);
        let turn = json!({ "organizationId": ORGANIZATION_A, "by": by });
        world.control("POST", "clock/advance", turn).expect(200);
        let code = code(&world);
        browser.post(&format!("{url}/code"), &[("code", &code)]);
        browser.is_in()
    };
    assert!(entered_after("PT299S"));
    assert!(!entered_after("PT300S"));
}

/// An account added by the control API can log in until a reset removes it.
#[test]
fn accounts_of_the_directory() {
    let world = SandboxHarness::new();
    let a = world.a();
    let account = json!({ "id": "zoe", "name": "Zoë Zbinden", "organizationId": ORGANIZATION_A });
    world.control("POST", "accounts", account).expect(201);
    let login = "/cockpit/login";
    let mut browser = TestBrowser::new(&world);
    browser.look(login);
    assert!(browser.page.contains("Zoë Zbinden"));
    let setup = a.prepared("SIMPLE", &["anna"]);
    a.post(&format!("/{setup}/setup"), json!({ "language": "en-GB" })).expect(202);
    let page = format!("/cockpit/process/{setup}");
    browser.submit(login, &[("account", "zoe"), ("next", &page)]);
    assert_eq!(browser.look(&page).status, 200);
    world.admin("reset", json!({})).expect(204);
    let mut browser = TestBrowser::new(&world);
    browser.look(login);
    assert!(!browser.page.contains("Zoë Zbinden"));
}

#[test]
fn limits_access_codes_by_the_settings() {
    let world = SandboxHarness::with(|settings| {
        settings.code_attempts = 1;
        settings.code_ttl = 60;
    });
    let a = world.a();
    let url = page_of(&a, &a.pending("SIMPLE", &["anna"]), "anna");
    let mut browser = TestBrowser::new(&world);
    browser.visit(&url);
    let right = code(&world);
    world.clock.advance(60);
    browser.post(&format!("{url}/code"), &[("code", &right)]);
    assert!(browser.page.contains("has expired"));
    browser.post(&format!("{url}/resend"), &[]);
    browser.post(&format!("{url}/code"), &[("code", "x")]);
    assert!(browser.page.contains("Too many incorrect codes"));
}

/// Fake signer: appends a mark to the file.
#[derive(Debug)]
struct MarkedDocuments;

impl DocumentService for MarkedDocuments {
    fn inspect(&self, bytes: &[u8]) -> Result<DocumentInspection, DocumentError> {
        UnsignedDocuments.inspect(bytes)
    }

    fn find_tags(&self, bytes: &[u8]) -> Option<TagLocations> {
        UnsignedDocuments.find_tags(bytes)
    }

    fn sign(
        &self,
        bytes: &Bytes,
        input: &DocumentSigningInput<'_>,
    ) -> Result<Bytes, DocumentError> {
        Ok([bytes, input.name.as_bytes()].concat().into())
    }

    fn signs(&self) -> bool {
        true
    }
}

/// The next signer sees the earlier signatures.
#[test]
fn documents_are_shown_as_they_were_signed_last() {
    let world = SandboxHarness::of(|parts| parts.documents = Box::new(MarkedDocuments));
    let a = world.a();
    let id = a.pending("SIMPLE", &["anna", "beat"]);
    let details = a.get(&format!("/{id}")).expect(200);
    let file = details["fileReferences"][0]["initialFileId"].as_str().expect("an id").to_owned();
    let mut browser = TestBrowser::new(&world);
    browser.visit(&open(&a, &id, with_code()));
    let path = format!("{}/file/{file}", page_of(&a, &id, "anna"));
    assert!(!browser.visit(&path).body.ends_with(b"John Doe"));
    world.sign(&id, "beat").expect(200);
    assert!(browser.visit(&path).body.ends_with(b"John Doe"));
}

/// Access to one page does not give access to another.
#[test]
fn access_ends_at_the_page() {
    let world = SandboxHarness::new();
    let a = world.a();
    let id = a.pending("SIMPLE", &["anna", "beat"]);
    let file = a.get(&format!("/{id}")).expect(200)["fileReferences"][0]["initialFileId"]
        .as_str()
        .expect("an id")
        .to_owned();
    let (anna, beat) = (page_of(&a, &id, "anna"), page_of(&a, &id, "beat"));
    let mut browser = TestBrowser::new(&world);
    browser.visit(&open(&a, &id, with_code()));
    assert!(browser.is_in());
    let csrf = browser.csrf();
    let document = browser.visit(&format!("{anna}/file/{file}"));
    assert_eq!(document.get("content-type"), Some("application/pdf"));
    assert!(document.get("content-disposition").expect("a name").starts_with("inline;"));
    browser.visit(&format!("{beat}/file/{file}"));
    assert!(browser.is_asked(), "the document of somebody else");
    let body = format!("csrf={csrf}");
    browser.send("POST", &format!("{beat}/sign"), body);
    assert!(browser.is_asked());
    assert_eq!(a.status(&id), "PENDING");
    browser.visit(&format!("{anna}/file/{}", crate::support::NOBODY));
    assert!(browser.page.contains("This page does not exist."));
}
