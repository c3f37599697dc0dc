//! Pages: languages, escaping, policy, forms, and their headless equivalents.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use swisscom_sign::contract::Locale;
use swisscom_sign_sandbox::directory::{CLIENT_CORPORATE, TEAMS};
use swisscom_sign_sandbox::http::HttpResponse;
use swisscom_sign_sandbox::pages::texts::Texts;
use swisscom_sign_sandbox::settings::Qes;

use crate::browser::TestBrowser;
use crate::support::{
    ApiTestClient, ApiTestResponse, NOBODY, SandboxHarness, URL, attachment, json_request, process,
};

const LOCALES: [Locale; 4] = [Locale::EnGb, Locale::DeCh, Locale::FrCh, Locale::ItCh];

fn open(caller: &ApiTestClient<'_>, id: &str, person: &str, mut body: Value) -> String {
    body["skipAuthorization"] = true.into();
    let opened = caller.post(&format!("/{id}/open/{person}"), body).expect(200);
    opened["url"].as_str().expect("a URL").to_owned()
}

/// Browser on the page of a participant, and the path of that page.
fn on_page<'w>(
    world: &'w SandboxHarness,
    id: &str,
    person: &str,
    body: Value,
) -> (TestBrowser<'w>, String) {
    let mut browser = TestBrowser::new(world);
    let url = open(&world.a(), id, person, body);
    browser.visit(&url);
    let (path, _) = url.split_once('?').expect("a query");
    (browser, path.strip_prefix(URL).expect("our own URL").to_owned())
}

/// Process with a setup page.
fn with_setup(caller: &ApiTestClient<'_>, id: &str, setup: Value) -> String {
    let setup = caller.post(&format!("/{id}/setup"), setup).expect(202);
    setup["url"].as_str().expect("a URL").strip_prefix(URL).expect("our own URL").to_owned()
}

/// Every kind of page in one language, with its name.
fn gallery(locale: &str, hostile: bool) -> Vec<(&'static str, HttpResponse, String)> {
    let world = SandboxHarness::new();
    let a = world.a();
    let mut shown = Vec::new();
    let (first, last) = if hostile { (HOSTILE, HOSTILE) } else { ("Zoë", "Müller") };
    let make = |level: &str| {
        let mut body = process(level, &["anna", "beat"]);
        body["initiator"]["name"] = last.into();
        body["invitees"]["personalMessage"] = first.into();
        for signer in body["invitees"]["signers"].as_array_mut().expect("signers") {
            signer["firstName"] = first.into();
            signer["lastName"] = last.into();
        }
        let id = a.post("", body).expect(201)["id"].as_str().expect("an id").to_owned();
        let mut file = attachment(&["anna", "beat"]);
        file["name"] = format!("{first}.pdf").into();
        a.post(&format!("/{id}/attach"), file).expect(201);
        id
    };
    let mut browser = TestBrowser::speaking(&world, locale);
    let mut show = |name, browser: &mut TestBrowser<'_>, response: HttpResponse| {
        shown.push((name, response, browser.page.clone()));
    };
    let id = make("ADVANCED");
    let setup = with_setup(&a, &id, json!({}));
    let mut stranger = TestBrowser::speaking(&world, locale);
    stranger.log_in("fabio");
    let response = stranger.look(&setup);
    show("denied", &mut stranger, response);
    let response = browser.look(&format!("/cockpit/login?next={setup}"));
    show("login", &mut browser, response);
    let response = browser.post("/cockpit/login", &[("account", "dora"), ("next", &setup)]);
    show("setup", &mut browser, response);
    let fields = [("firstName", first), ("lastName", last), ("email", "\"><script>")];
    let response = browser.post(&format!("{setup}/signers"), &fields);
    show("setup, refused", &mut browser, response);
    let details = a.get(&format!("/{id}")).expect(200);
    let anna = details["invitees"]["signers"][0]["identification"].as_str().expect("an id");
    let file = details["fileReferences"][0]["initialFileId"].as_str().expect("an id");
    let [page, x] = ["page", "x"].map(|name| format!("p-{file}-{anna}-0-{name}"));
    let fields = [("message", "<script>"), ("signingOrder", "yes"), (&page, "1"), (&x, "<script>")];
    let response = browser.post(&format!("{setup}/complete"), &fields);
    show("setup, incomplete", &mut browser, response);
    a.post(&format!("/{id}/release"), json!({ "language": locale })).expect(200);
    let response = browser.look(&setup);
    show("setup, released", &mut browser, response);

    let permanent = format!("{}?", open(&a, &id, "anna", json!({})));
    let (permanent, _) = permanent.split_once('?').expect("a query");
    let mut stranger = TestBrowser::speaking(&world, locale);
    let response = stranger.look(permanent);
    show("code", &mut stranger, response);
    let response = stranger.post(&format!("{permanent}/code"), &[("code", "<script>")]);
    show("code, wrong", &mut stranger, response);
    let response = stranger.post(&format!("{permanent}/resend"), &[]);
    show("code, resent", &mut stranger, response);

    let url = open(&a, &id, "anna", json!({}));
    let response = browser.visit(&url);
    assert!(browser.is_in());
    show("sign", &mut browser, response);
    let fields = [("firstName", first), ("lastName", last), ("email", "\"><script>")];
    let response = browser.post(&format!("{permanent}/delegate"), &fields);
    show("delegate, refused", &mut browser, response);
    let fields = [("method", "SMS"), ("signingMobile", "\"><script>")];
    let response = browser.post(&format!("{permanent}/sign"), &fields);
    show("sign, refused", &mut browser, response);
    let fields = [("method", "SMS"), ("signingMobile", "+41791234567")];
    let response = browser.post(&format!("{permanent}/sign"), &fields);
    show("confirm", &mut browser, response);
    let response = browser.post(&format!("{permanent}/confirm"), &[("code", "<script>")]);
    show("confirm, wrong", &mut browser, response);
    browser.look(permanent);
    let response = browser.post(&format!("{permanent}/decline"), &[("reason", "<script>")]);
    show("declined", &mut browser, response);
    let qualified = make("QUALIFIED");
    a.post_nothing(&format!("/{qualified}/release")).expect(200);
    let url = open(&a, &qualified, "anna", json!({}));
    browser.visit(&url);
    let (permanent, _) = url.split_once('?').expect("a query");
    let response = browser.post(&format!("{permanent}/sign"), &[]);
    show("qes", &mut browser, response);
    let response = browser.send("POST", &format!("{permanent}/sign"), String::new());
    show("form", &mut browser, response);
    let response = browser.look(&format!("/cockpit/process/{NOBODY}"));
    show("not found", &mut browser, response);
    let response = browser.look("/");
    show("dashboard", &mut browser, response);
    shown
}

const HOSTILE: &str = r#"<script>alert(1)</script>"'&{{t}}"#;

#[test]
fn escapes_hostile_names() {
    let shown = gallery("en-GB", true);
    let escaped = shown.iter().filter(|(.., page)| page.contains("&#60;script&#62;alert"));
    assert!(escaped.count() > 5);
    for (name, response, page) in shown {
        assert!(response.status < 500, "{name}");
        assert!(!page.to_ascii_lowercase().contains("<script"), "{name}: {page}");
        if matches!(name, "setup, refused" | "delegate, refused") {
            let entered = "value=\"&#34;&#62;&#60;script&#62;\"";
            assert!(page.contains(entered), "{name} lost what was entered: {page}");
        }
    }
}

/// Templates leave no placeholder unfilled; every page has a title, in its own language only.
#[test]
fn renders_every_page_in_one_language() {
    for locale in &LOCALES {
        let t = Texts::of(locale);
        for (name, _, page) in gallery(locale.as_str(), false) {
            // Patterns of input fields contain braces.
            let page = page.replace("&#39;", "'").replace("{1,5}", "").replace("{6}", "");
            assert!(page.contains(&format!("<html lang=\"{locale}\">")), "{name} in {locale}");
            assert!(page.contains(t.banner), "{name} in {locale}: {page}");
            let commands = name == "dashboard";
            assert!(commands || !page.contains('{'), "{name} in {locale}: {page}");
            for other in LOCALES.iter().filter(|other| *other != locale) {
                for (key, text) in Texts::of(other).all() {
                    let own = t.all().iter().any(|(_, own)| own.contains(text));
                    let shown = text.len() > 12 && !text.contains('{') && page.contains(text);
                    assert!(own || !shown, "{name} in {locale} says `{key}` in {other}");
                }
            }
        }
    }
}

/// All texts come from the table: without tags and placeholders, templates contain no words.
#[test]
fn templates_have_no_words_of_their_own() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/templates");
    let cut = |text: &str, open: &str, close: &str| -> String {
        let mut parts = text.split(open);
        let first = parts.next().unwrap_or_default().to_owned();
        parts.fold(first, |kept, part| kept + part.split_once(close).map_or("", |(_, rest)| rest))
    };
    let mut count = 0;
    for entry in std::fs::read_dir(folder).expect("templates") {
        let path = entry.expect("a template").path();
        let text = std::fs::read_to_string(&path).expect("a template");
        for attribute in ["aria-label=\"", "title=\"", "alt=\"", "placeholder=\""] {
            for value in text.split(attribute).skip(1) {
                assert!(value.starts_with("{{"), "{}: {attribute}", path.display());
            }
        }
        let mut words = cut(&cut(&cut(&text, "{%", "%}"), "{{", "}}"), "<", ">");
        for known in ["UTC", "API", "--qes simulate"] {
            words = words.replace(known, "");
        }
        let letters: String = words.chars().filter(|c| c.is_alphabetic()).collect();
        assert_eq!(letters, "", "{}", path.display());
        count += 1;
    }
    assert!(count > 8);
}

/// Process that is completed on the page (contract, create, "Draft with UI setup").
#[test]
fn a_draft_is_completed_on_the_page() {
    let world = SandboxHarness::new();
    let a = world.a();
    let draft = json!({
        "signatureLevel": "SIMPLE",
        "initiator": { "type": "PERSON", "externalIdentifier": "crm-4711" },
    });
    let id = a.post("", draft).expect(201)["id"].as_str().expect("an id").to_owned();
    a.post(&format!("/{id}/attach"), attachment(&[])).expect(201);
    let path = with_setup(&a, &id, json!({}));
    let mut browser = TestBrowser::new(&world);
    browser.log_in("dora");
    browser.visit(&path);
    assert!(browser.page.contains("No signers yet"));
    let eva = [("firstName", "Eva"), ("lastName", "Egli"), ("email", "eva@example.ch")];
    browser.post(&format!("{path}/signers"), &eva);
    let details = a.get(&format!("/{id}")).expect(200);
    let eva = details["invitees"]["signers"][0]["identification"].as_str().expect("an id");
    let file = details["fileReferences"][0]["initialFileId"].as_str().expect("an id");
    let field = |name: &str| format!("p-{file}-{eva}-0-{name}");
    let (page, x, y) = (field("page"), field("x"), field("y"));
    let place = [(page.as_str(), "1"), (&x, "100"), (&y, "100"), ("message", "")];
    let refused = browser.post(&format!("{path}/complete"), &place);
    assert_eq!(refused.status, 409);
    assert!(browser.page.contains("The initiator needs an email address"), "{}", browser.page);
    let wrong = [&place[..], &[("initiatorEmail", "nobody")]].concat();
    assert_eq!(browser.post(&format!("{path}/complete"), &wrong).status, 409);
    assert_eq!(a.get(&format!("/{id}")).expect(200), details);
    let right = [&place[..], &[("initiatorEmail", "ivo@example.ch")]].concat();
    browser.post(&format!("{path}/complete"), &right);
    let details = a.get(&format!("/{id}")).expect(200);
    assert_eq!(
        (&details["status"], &details["initiator"]["email"]),
        (&json!("PENDING"), &json!("ivo@example.ch"))
    );
    let long = "x".repeat(8193);
    let id = a.prepared("SIMPLE", &["anna"]);
    with_setup(&a, &id, json!({}));
    let complete = |message: &str| {
        world.admin(&format!("processes/{id}/setup/complete"), json!({ "message": message }))
    };
    complete(&long).refused(400, "Validation");
    complete(&long[1..]).expect(200);
}

/// The translations of a text have the same placeholders, and none is empty.
pub(crate) fn same_places(texts: fn(&Locale) -> Vec<(&'static str, &'static str)>) {
    let places = |text: &str| -> BTreeSet<String> {
        text.split('{')
            .skip(1)
            .map(|rest| rest.split('}').next().expect("an end").to_owned())
            .collect()
    };
    let [english, others @ ..] = LOCALES.map(|locale| texts(&locale));
    assert!(english.len() >= 10);
    for other in others {
        let same = english.iter().zip(&other).filter(|(a, b)| a == b).count();
        assert!(same * 10 < english.len(), "{same} texts are not translated");
        for ((key, a), (_, b)) in english.iter().zip(&other) {
            assert!(!a.trim().is_empty() && !b.trim().is_empty(), "{key}");
            assert!(!b.contains(['ß', '\'']), "{key}: Swiss spelling and typographic apostrophes");
            assert_eq!(places(a), places(b), "{key}");
        }
    }
}

#[test]
fn each_text_has_its_places_in_each_language() {
    same_places(|locale| Texts::of(locale).all());
}

#[test]
fn every_page_is_protected() {
    for (name, response, page) in gallery("en-GB", false) {
        let policy = response.get("content-security-policy").expect("a policy");
        assert!(policy.starts_with(
            "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'"
        ));
        assert!(policy.ends_with("frame-ancestors 'none'"), "{name}: {policy}");
        assert!(!policy.contains("unsafe"), "{name}: {policy}");
        assert_eq!(response.get("x-frame-options"), Some("DENY"), "{name}");
        assert_eq!(response.get("cache-control"), Some("no-store"), "{name}");
        assert_eq!(response.get("referrer-policy"), Some("no-referrer"), "{name}");
        assert_eq!(response.get("x-content-type-options"), Some("nosniff"), "{name}");
        // The page contains nothing that the policy blocks, and no external resources.
        for inline in ["<style", "style=", " onclick", "javascript:", "<img", "<iframe"] {
            assert!(!page.contains(inline), "{name}: {inline}");
        }
        let forms = page.matches("method=\"post\"").count();
        assert_eq!(page.matches("name=\"csrf\"").count(), forms, "{name}: a form without token");
    }
}

#[test]
fn embedded_can_be_framed_by_anybody_and_nothing_else_can() {
    let world = SandboxHarness::new();
    let id = world.a().pending("SIMPLE", &["anna"]);
    let (mut browser, path) = on_page(&world, &id, "anna", json!({ "mode": "EMBEDDED" }));
    let page = browser.look(&path);
    let policy = page.get("content-security-policy").expect("a policy");
    assert!(policy.ends_with("frame-ancestors *"), "{policy}");
    assert_eq!(page.get("x-frame-options"), None);
    assert!(!browser.page.contains("<header") && !browser.page.contains("<footer"));
    assert!(browser.page.contains("Sandbox for testing only."));
    let url = open(&world.a(), &id, "anna", json!({ "mode": "EMBEDDED" }));
    let cookie = TestBrowser::new(&world).look(&url);
    let cookie = cookie.get("set-cookie").expect("a cookie");
    for part in ["HttpOnly", "SameSite=None", "Secure", "Partitioned"] {
        assert!(cookie.contains(part), "{cookie}");
    }
}

/// A form requires the CSRF token of its session, and the same origin.
#[test]
fn rejects_forms_of_another_origin() {
    let world = SandboxHarness::new();
    let id = world.a().pending("SIMPLE", &["anna"]);
    let (mut browser, path) = on_page(&world, &id, "anna", json!({}));
    let (stranger, _) = on_page(&world, &id, "anna", json!({}));
    let sign = format!("{path}/sign");
    let (own, other) = (browser.csrf(), stranger.csrf());
    assert_ne!(own, other);
    for body in ["", "csrf=", "csrf=x", &format!("csrf={other}"), &format!("token={own}")] {
        let refused = browser.send("POST", &sign, body.to_owned());
        assert_eq!(refused.status, 403, "{body}");
    }
    browser.headers.push(("Sec-Fetch-Site".to_owned(), "cross-site".to_owned()));
    assert_eq!(browser.send("POST", &sign, format!("csrf={own}")).status, 403);
    browser.headers.clear();
    for (origin, status) in [("https://other.example", 403), ("http://sandbox.test:1", 403)] {
        browser.headers.push(("Origin".to_owned(), origin.to_owned()));
        browser.headers.push(("Host".to_owned(), "sandbox.test:8480".to_owned()));
        assert_eq!(browser.send("POST", &sign, format!("csrf={own}")).status, status, "{origin}");
        browser.headers.clear();
    }
    let get = browser.send("GET", &sign, String::new());
    assert_eq!(get.get("location"), Some(path.as_str()));
    assert_eq!(world.a().status(&id), "PENDING");
    assert_eq!(browser.send("POST", &sign, format!("csrf={own}")).status, 303);
    assert_eq!(world.a().status(&id), "COMPLETED");
}

/// A login invalidates earlier forms: another user may have filled them in.
#[test]
fn renews_the_csrf_token_after_a_login() {
    let world = SandboxHarness::new();
    let id = world.a().pending("SIMPLE", &["anna"]);
    let (mut browser, path) = on_page(&world, &id, "anna", json!({}));
    let before = browser.csrf();
    browser.log_in("anna");
    assert_ne!(browser.csrf(), before);
    let sign = format!("{path}/sign");
    assert_eq!(browser.send("POST", &sign, format!("csrf={before}")).status, 403);
    browser.visit(&path);
    assert_eq!(browser.submit(&sign, &[]).status, 303);
}

/// A document or a message opens in another tab, for which the browser also requests an icon. Only
/// pages below `/cockpit` start a session.
#[test]
fn reading_a_document_keeps_the_session() {
    let world = SandboxHarness::new();
    let id = world.a().pending("SIMPLE", &["anna"]);
    let (mut browser, path) = on_page(&world, &id, "anna", json!({}));
    let page = browser.page.clone();
    let (_, rest) = page.split_once("<a href=\"/cockpit/process/").expect("a document");
    let document = format!("/cockpit/process/{}", rest.split('"').next().expect("an end"));
    assert_eq!(browser.look(&document).get("content-type"), Some("application/pdf"));
    for elsewhere in [
        "/favicon.ico",
        "/robots.txt",
        "/nothing",
        "/",
        "/_sandbox/outbox",
        "/cockpitx",
        "/cockpit/style.css",
        "/cockpit/nothing",
        "/cockpit/logout",
        &format!("/cockpit/process/{NOBODY}"),
        &format!("{path}/nothing"),
        &format!("{path}/favicon.ico"),
    ] {
        let response = TestBrowser::new(&world).look(elsewhere);
        assert_eq!(response.get("set-cookie"), None, "{elsewhere}");
        browser.look(elsewhere);
    }
    browser.page = page;
    assert_eq!(browser.submit(&format!("{path}/sign"), &[]).status, 303);
    assert_eq!(world.a().status(&id), "COMPLETED");
}

/// A page that refuses a request has a link that leads on.
#[test]
fn every_refusal_has_a_way_on() {
    let main = |page: &str| {
        let (_, rest) = page.split_once("<main").expect("a main part");
        rest.split("</main>").next().unwrap_or_default().to_owned()
    };
    let mut refusals = 0;
    for (name, response, page) in gallery("en-GB", false) {
        if response.status < 400 {
            continue;
        }
        refusals += 1;
        let main = main(&page);
        assert!(main.contains("<a ") || main.contains("<form"), "{name}: {main}");
    }
    assert!(refusals > 5, "{refusals}");
    let world = SandboxHarness::new();
    let id = world.a().pending("SIMPLE", &["anna"]);
    let (mut browser, path) = on_page(&world, &id, "anna", json!({ "mode": "EMBEDDED" }));
    let refused = browser.send("POST", &format!("{path}/sign"), "csrf=x".to_owned());
    assert_eq!(refused.status, 403);
    assert!(main(&browser.page).contains(&format!("href=\"{path}\"")), "{}", browser.page);
    browser.look(&path);
    browser.submit(&format!("{path}/sign"), &[]);
    assert_eq!(world.a().status(&id), "COMPLETED");
}

/// The console does not list its own requests.
#[test]
fn the_dashboard_shows_messages_and_the_requests_of_others() {
    let world = SandboxHarness::new();
    let a = world.a();
    let id = a.prepared("SIMPLE", &["anna"]);
    let release = json!({ "notification": { "locale": "en-GB" } });
    a.post(&format!("/{id}/release"), release).expect(200);
    let mut browser = TestBrowser::new(&world);
    for _ in 0..40 {
        browser.look("/cockpit/style.css");
        browser.look("/");
    }
    let (_, requests) = browser.page.split_once("id=\"requests\"").expect("requests");
    assert!(requests.contains(&format!("POST /system/api/process/{id}/release")));
    assert!(!requests.contains("style.css</code>") && !requests.contains("GET /</code>"));
    let journal = world.control("GET", "requests", Value::Null).expect(200).to_string();
    assert!(journal.contains("style.css"), "the journal has them all");
    // A message links to its process, and has readable text.
    assert!(browser.page.contains(&format!("<a href=\"#process-{id}\">")));
    assert!(browser.page.contains(&format!("<tr id=\"process-{id}\">")));
    let message = &world.platform().outbox().latest(1)[0];
    let (_, shown) = browser.page.split_once("<p class=\"message\">").expect("a text");
    let line = message.text.lines().next().expect("a line");
    assert!(shown.starts_with(line), "{shown}");
}

#[test]
fn an_account_has_an_address_and_a_number_of_the_contract() {
    let world = SandboxHarness::new();
    for (field, value) in [
        ("verifiedEmail", ""),
        ("verifiedEmail", "<script>"),
        ("verifiedMobile", ""),
        ("verifiedMobile", "0791234567"),
    ] {
        let refused = world.admin("accounts", json!({ "id": "x", field: value }));
        refused.refused(400, "Validation");
        assert!(refused.json()["message"].to_string().contains(field), "{}", refused.json());
    }
    let account = json!({
        "id": "x",
        "name": "Xenia",
        "verifiedEmail": "x@example.ch",
        "verifiedMobile": "+41791234567",
        "teams": [TEAMS[0].0, NOBODY],
    });
    world.admin("accounts", account).expect(201);
    let mut browser = TestBrowser::new(&world);
    browser.look("/cockpit/login");
    assert!(browser.page.contains("member of team Team 1"), "{}", browser.page);
    assert!(browser.page.contains(&format!("member of team {NOBODY}")), "of which none is known");
    assert!(!browser.page.contains(&TEAMS[0].0.to_string()));
}

#[test]
fn return_urls() {
    let world = SandboxHarness::new();
    let a = world.a();
    for (success, expected) in [
        ("https://app.example/x?y=1", "https://app.example/x?y=1&process={P}&participant={A}"),
        ("https://app.example/{processId}/{personId}", "https://app.example/{P}/{A}"),
        ("javascript:alert(1)", ""),
    ] {
        let id = a.pending("SIMPLE", &["anna"]);
        let options = json!({ "successUrl": success, "backUrl": success });
        let (mut browser, path) = on_page(&world, &id, "anna", options);
        browser.look(&path);
        let web = success.starts_with("https");
        assert_eq!(browser.page.contains(r#"class="button quiet" href="https"#), web);
        let (_, anna) = path.rsplit_once('/').expect("a path");
        let expected = expected.replace("{P}", &id).replace("{A}", anna);
        let early = browser.look(&format!("{path}/done"));
        assert_eq!(early.get("location"), Some(path.as_str()), "nobody has signed");
        browser.look(&path);
        let signed = browser.submit(&format!("{path}/sign"), &[]);
        let on = browser.sent_on(signed);
        assert_eq!(on, web.then_some(expected));
        assert_eq!(a.status(&id), "COMPLETED");
    }
    // Only a signature leads to the success page.
    for (action, fields) in [
        ("decline", vec![]),
        ("delegate", vec![("firstName", "E"), ("lastName", "E"), ("email", "e@example.ch")]),
    ] {
        let id = a.pending("SIMPLE", &["anna"]);
        let options = json!({ "successUrl": "https://app.example/" });
        let (mut browser, path) = on_page(&world, &id, "anna", options);
        let done = browser.submit(&format!("{path}/{action}"), &fields);
        assert_eq!(done.get("location"), Some(path.as_str()), "{action}");
    }
    // TEMPORARY options expire with their visit, PERMANENT ones stay.
    let id = a.pending("SIMPLE", &["anna"]);
    let languages = |lifecycle: &str| {
        let options = json!({ "language": "fr-CH", "lifecycle": lifecycle });
        let (mut browser, path) = on_page(&world, &id, "anna", options);
        assert!(browser.page.contains("Signer maintenant"));
        let mut other = TestBrowser::new(&world);
        other.visit(&path);
        browser.visit(&path);
        other.page.contains("lang=\"fr-CH\">\n<head>")
    };
    assert!(!languages("TEMPORARY"));
    assert!(languages("PERMANENT"));
}

/// A success URL set while the page is open: by another setup, or by a URL in another tab.
#[test]
fn uses_a_success_url_set_later() {
    let world = SandboxHarness::new();
    let a = world.a();
    let later = json!({ "successUrl": "https://app.example/later" });
    let id = a.pending("SIMPLE", &["anna"]);
    let (mut browser, path) = on_page(&world, &id, "anna", json!({}));
    let first = browser.page.clone();
    browser.visit(&open(&a, &id, "anna", later.clone()));
    browser.page = first;
    let signed = browser.submit(&format!("{path}/sign"), &[]);
    // The browser applies the policy of the first page to this redirect.
    assert!(signed.get("location").is_some_and(|to| to.starts_with(&path)), "{signed:?}");
    let to = browser.sent_on(signed).expect("a way on");
    assert!(to.starts_with("https://app.example/later?process="), "{to}");

    let id = a.prepared("SIMPLE", &["anna"]);
    let path = with_setup(&a, &id, json!({}));
    let mut browser = TestBrowser::new(&world);
    browser.log_in("dora");
    browser.visit(&path);
    with_setup(&a, &id, later);
    let sent = browser.submit(&format!("{path}/complete"), &[]);
    assert!(sent.get("location").is_some_and(|to| to.starts_with(&path)), "{sent:?}");
    let to = browser.sent_on(sent).expect("a way on");
    assert!(to.starts_with("https://app.example/later?id="), "{to}");
    // The sender gets a confirmation, and later visitors see that the process was already sent.
    let mut other = TestBrowser::new(&world);
    other.log_in("dora");
    for (visitor, own) in [(&mut browser, true), (&mut other, false)] {
        visitor.visit(&path);
        assert_eq!(visitor.page.contains("You have sent the documents for signature."), own);
        assert_eq!(
            visitor.page.contains("The documents have already been sent for signature."),
            !own
        );
    }
}

#[test]
fn shows_a_page_for_each_status() {
    let world = SandboxHarness::new();
    let a = world.a();
    let says = |id: &str, person: &str, text: &str| {
        let (browser, _) = on_page(&world, id, person, json!({}));
        assert!(browser.page.contains(text), "{text}: {}", browser.page);
        assert!(!browser.is_in(), "{text}");
    };
    let id = a.prepared("SIMPLE", &["anna", "beat"]);
    let details = a.get(&format!("/{id}")).expect(200);
    let anna = details["invitees"]["signers"][0]["identification"].as_str().expect("an id");
    let early = TestBrowser::new(&world).look(&format!("/cockpit/process/{id}/person/{anna}"));
    assert_eq!(early.status, 409);
    with_setup(&a, &id, json!({}));
    let order = json!({ "signingOrder": true });
    world.admin(&format!("processes/{id}/setup/complete"), order).expect(200);
    says(&id, "beat", "It is not your turn yet.");
    world.sign(&id, "anna").expect(200);
    says(&id, "anna", "You have signed.");
    world.sign(&id, "beat").expect(200);
    says(&id, "anna", "Everyone has signed.");
    let id = a.pending("SIMPLE", &["anna", "beat"]);
    let (mut browser, path) = on_page(&world, &id, "beat", json!({}));
    world.clock.advance(30 * crate::support::DAY);
    // The session has ended as well; the code page is not under test here.
    browser.visit(&path);
    says(&id, "anna", "This signing process ended before everyone signed.");
}

#[test]
fn online_identification_by_last_name() {
    for (last_name, before, after) in [
        ("X-MANUALTEST-HAPPYPATH", "PENDING", "verifiedOn"),
        ("Müller", "PENDING", "verifiedOn"),
        ("X-MANUALTEST-FRAUDIDENT", "PENDING", "rejectedOn"),
        ("X-MANUALTEST-CHECKPENDING", "PENDING", "processId"),
    ] {
        let world = SandboxHarness::with(|settings| settings.qes = Qes::Simulate);
        let corporate = world.caller(CLIENT_CORPORATE);
        let mut body = process("SIMPLE", &["anna"]);
        body["invitees"]["signers"][0]["lastName"] = last_name.into();
        body["invitees"]["signers"][0]["verification"] = json!({});
        let id = corporate.post("", body).expect(201)["id"].as_str().expect("an id").to_owned();
        corporate.post(&format!("/{id}/attach"), attachment(&["anna"])).expect(201);
        corporate.post_nothing(&format!("/{id}/release")).expect(200);
        let url = open(&corporate, &id, "anna", json!({}));
        let mut browser = TestBrowser::new(&world);
        world.sign(&id, "anna").refused(409, "IdentificationRequired");
        browser.visit(&url);
        let details = corporate.get(&format!("/{id}")).expect(200);
        assert_eq!(details["status"], before);
        let verification = &details["invitees"]["signers"][0]["verification"];
        assert!(verification[after].is_string(), "{verification}");
        assert_eq!(browser.is_in(), after == "verifiedOn", "{}", browser.page);
        let twin = format!("processes/{id}/participants/anna/identify");
        let files = verification["files"].as_array().map_or(0, Vec::len);
        assert_eq!(files, if after == "verifiedOn" { 2 } else { 0 }, "{verification}");
        match after {
            "verifiedOn" => {
                world.sign(&id, "anna").expect(200);
            }
            "rejectedOn" => world.sign(&id, "anna").refused(409, "IdentificationRequired"),
            _ => {
                assert!(browser.page.contains("is being verified"));
                world.admin(&twin, json!({ "result": "APPROVED" })).expect(200);
                world.sign(&id, "anna").expect(200);
            }
        }
    }
}

/// If a method issues its own certificate, the form asks for the name in it.
#[test]
fn another_name_in_the_certificate() {
    let world = SandboxHarness::new();
    for (level, name, asked, found) in [
        ("ADVANCED", "", true, "MATCH"),
        ("ADVANCED", "Jane Doe", true, "MISMATCH"),
        ("SIMPLE", "", false, "UNCHECKED"),
    ] {
        let id = world.a().pending(level, &["anna"]);
        let (mut browser, path) = on_page(&world, &id, "anna", json!({}));
        assert_eq!(browser.page.contains("certificateName"), asked, "{level}");
        let method = if asked { "APP" } else { "CLICK" };
        browser.post(&format!("{path}/sign"), &[("method", method), ("certificateName", name)]);
        let details = world.a().get(&format!("/{id}")).expect(200);
        assert_eq!(details["invitees"]["signers"][0]["certificateMatch"], found, "{level} {name}");
    }
}

/// Replaces identifiers, which differ between two runs.
pub(crate) fn masked(value: &Value) -> Value {
    match value {
        Value::String(text) if uuid::Uuid::parse_str(text).is_ok() => "ID".into(),
        Value::Array(list) => list.iter().map(masked).collect(),
        Value::Object(map) => map.iter().map(|(k, v)| (k.clone(), masked(v))).collect(),
        other => other.clone(),
    }
}

/// A button and its headless equivalent lead to the same process and the same audit.
#[test]
fn matches_buttons_and_their_headless_equivalents() {
    let eva = json!({ "firstName": "Eva", "lastName": "Egli", "mobile": "+41790000009" });
    for (action, fields, body) in [
        ("sign", vec![("method", "APP")], json!({ "method": "APP" })),
        ("decline", vec![("reason", "No")], json!({ "reason": "No" })),
        (
            "delegate",
            vec![("firstName", " Eva"), ("lastName", "Egli"), ("mobile", "+41790000009")],
            eva.clone(),
        ),
    ] {
        let run = |twin: bool| {
            let world = SandboxHarness::new();
            let a = world.a();
            let id = a.pending("ADVANCED", &["anna", "beat"]);
            let (mut browser, path) = on_page(&world, &id, "anna", json!({}));
            if twin {
                let path = format!("processes/{id}/participants/anna/{action}");
                world.admin(&path, body.clone()).expect(200);
            } else {
                assert_eq!(browser.submit(&format!("{path}/{action}"), &fields).status, 303);
            }
            let details = a.get(&format!("/{id}")).expect(200);
            let records = a.get(&format!("/{id}/record")).expect(200);
            assert_ne!(details["invitees"]["signers"][0]["status"], "PENDING");
            (masked(&details), masked(&records))
        };
        assert_eq!(run(false), run(true), "{action}");
    }

    let run = |twin: bool| {
        let world = SandboxHarness::new();
        let a = world.a();
        let id = a.prepared("SIMPLE", &["anna", "beat"]);
        let path = with_setup(&a, &id, json!({ "successUrl": "https://app.example/s" }));
        let details = a.get(&format!("/{id}")).expect(200);
        let initiator = details["initiator"]["identification"].clone();
        let signer = |i: usize| {
            let signer = &details["invitees"]["signers"][i]["identification"];
            signer.as_str().expect("an id").to_owned()
        };
        let (anna, beat) = (signer(0), signer(1));
        let file = details["fileReferences"][0]["initialFileId"].as_str().expect("an id");
        if twin {
            world.admin(&format!("processes/{id}/setup/signers"), eva.clone()).expect(200);
            world
                .admin(&format!("processes/{id}/setup/signers/{anna}/remove"), json!({}))
                .expect(200);
        } else {
            let mut browser = TestBrowser::new(&world);
            browser.log_in("dora");
            browser.visit(&path);
            let fields = [("firstName", "Eva"), ("lastName", "Egli"), ("mobile", "+41790000009")];
            browser.post(&format!("{path}/signers"), &fields);
            browser.post(&format!("{path}/signers/{anna}/remove"), &[]);
            assert!(!browser.page.contains(&anna));
        }
        let details = a.get(&format!("/{id}")).expect(200);
        let eva = details["invitees"]["signers"][1]["identification"].as_str().expect("an id");
        if twin {
            let place = |signer: &str, page: i32| json!({ "fileId": file, "signerId": signer, "page": page, "x": 100, "y": 200 });
            let body = json!({
                "signingOrder": true,
                "order": [eva, beat],
                "message": "Hello",
                "positions": [place(&beat, 0), place(eva, -1)],
            });
            world.admin(&format!("processes/{id}/setup/complete"), body).expect(200);
        } else {
            let mut browser = TestBrowser::new(&world);
            browser.log_in("dora");
            browser.visit(&path);
            let field = |signer: &str, name: &str| format!("p-{file}-{signer}-0-{name}");
            let mut fields = Vec::new();
            for (signer, page, order) in [(beat.as_str(), "1", "2"), (eva, "-1", "1")] {
                fields.push((field(signer, "page"), page));
                fields.push((field(signer, "x"), "100"));
                fields.push((field(signer, "y"), "200"));
                fields.push((format!("o-{signer}"), order));
            }
            fields.push(("signingOrder".to_owned(), "yes"));
            fields.push(("message".to_owned(), "Hello"));
            let fields: Vec<(&str, &str)> = fields.iter().map(|(n, v)| (n.as_str(), *v)).collect();
            let done = browser.submit(&format!("{path}/complete"), &fields);
            let initiator = initiator.as_str().expect("an id");
            let expected = format!("https://app.example/s?id={id}&participant={initiator}");
            assert_eq!(browser.sent_on(done), Some(expected), "{}", browser.page);
        }
        let details = a.get(&format!("/{id}")).expect(200);
        assert_eq!(details["status"], "PENDING");
        let statuses: Vec<&str> = (0..2)
            .map(|i| details["invitees"]["signers"][i]["status"].as_str().expect("a status"))
            .collect();
        assert_eq!(statuses, ["WAITING", "PENDING"], "Eva is first");
        (masked(&details), masked(&a.get(&format!("/{id}/record")).expect(200)))
    };
    assert_eq!(run(false), run(true));
}

/// A rejected completion changes nothing, and the page keeps the input.
#[test]
fn keeps_the_input_of_a_rejected_setup() {
    let world = SandboxHarness::new();
    let a = world.a();
    let id = a.prepared("SIMPLE", &["anna"]);
    let path = with_setup(&a, &id, json!({}));
    let before = a.get(&format!("/{id}")).expect(200);
    let mut browser = TestBrowser::new(&world);
    browser.log_in("dora");
    browser.visit(&path);
    for page in ["0", "x", "99999999999"] {
        let anna = before["invitees"]["signers"][0]["identification"].as_str().expect("an id");
        let file = before["fileReferences"][0]["initialFileId"].as_str().expect("an id");
        let field = format!("p-{file}-{anna}-0-page");
        let answer =
            browser.post(&format!("{path}/complete"), &[(&field, page), ("message", "Kept")]);
        assert_eq!(answer.status, 409);
        assert!(browser.page.contains(&format!("value=\"{page}\"")), "{}", browser.page);
        assert!(browser.page.contains(">Kept</textarea>"));
    }
    let anna = before["invitees"]["signers"][0]["identification"].as_str().expect("an id");
    let file = before["fileReferences"][0]["initialFileId"].as_str().expect("an id");
    let nowhere = format!("p-{file}-{anna}-0-page");
    let answer = browser.post(&format!("{path}/complete"), &[(&nowhere, ""), ("message", "")]);
    assert!(
        browser.page.contains("John Doe: no signature is placed on any document."),
        "{}",
        answer.status
    );
    assert_eq!(a.get(&format!("/{id}")).expect(200), before);
    let empty = browser.post(&format!("{path}/signers"), &[("firstName", "Eva")]);
    assert_eq!(empty.status, 409);
    assert_eq!(a.get(&format!("/{id}")).expect(200), before);
}

#[test]
fn rejects_a_missing_page() {
    let world = SandboxHarness::new();
    let a = world.a();
    let id = a.pending("SIMPLE", &["anna"]);
    let details = a.get(&format!("/{id}")).expect(200);
    let system = details["initiator"]["identification"].as_str().expect("an id");
    let get =
        |path: &str| ApiTestResponse(world.send(&json_request("GET", path, None, None))).0.status;
    for path in [
        format!("/cockpit/process/{NOBODY}"),
        format!("/cockpit/process/{id}"),
        format!("/cockpit/process/{id}/person/{NOBODY}"),
        format!("/cockpit/process/{id}/person/{system}"),
        "/cockpit/process/x".to_owned(),
        format!("/cockpit/process/{id}/person/{NOBODY}/nothing"),
        "/cockpit/nothing".to_owned(),
        "/nothing".to_owned(),
    ] {
        assert_eq!(get(&path), 404, "{path}");
    }
    assert_eq!(get("/cockpit/style.css"), 200);
    assert_eq!(get("/favicon.ico"), 200);
    let put = ApiTestResponse(world.send(&json_request("PUT", "/cockpit/login", None, None)));
    assert_eq!(put.0.status, 405);
}
