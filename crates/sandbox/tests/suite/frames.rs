//! EMBEDDED: a frame on another site stays embedded, from the login to the end.

use serde_json::{Value, json};
use swisscom_sign_sandbox::http::HttpResponse;

use crate::browser::TestBrowser;
use crate::support::{SandboxHarness, URL};

fn open(world: &SandboxHarness, id: &str, mut body: Value) -> String {
    body["mode"] = "EMBEDDED".into();
    let opened = world.a().post(&format!("/{id}/open/anna"), body).expect(200);
    opened["url"].as_str().expect("a URL").to_owned()
}

fn path(url: &str) -> &str {
    let url = url.strip_prefix(URL).expect("our own URL");
    url.split_once('?').map_or(url, |(path, _)| path)
}

/// Whether the response can be framed and its cookie is kept.
fn in_frame(response: &HttpResponse) -> bool {
    let policy = response.get("content-security-policy").expect("a policy");
    let cookie = response.get("set-cookie");
    policy.ends_with("frame-ancestors *")
        && response.get("x-frame-options").is_none()
        && cookie.is_none_or(|cookie| cookie.contains("SameSite=None; Secure; Partitioned"))
}

#[test]
fn a_login_happens_in_the_frame() {
    let world = SandboxHarness::new();
    let a = world.a();
    let mut body = crate::support::process("SIMPLE", &["anna"]);
    body["authorization"] = "ACCOUNT".into();
    body["invitees"]["signers"][0]["email"] = "anna@example.ch".into();
    let id = a.post("", body).expect(201)["id"].as_str().expect("an id").to_owned();
    a.post(&format!("/{id}/attach"), crate::support::attachment(&["anna"])).expect(201);
    a.post_nothing(&format!("/{id}/release")).expect(200);
    let url = open(&world, &id, json!({ "language": "it-CH" }));
    let page = path(&url);
    let mut browser = TestBrowser::new(&world);
    assert!(in_frame(&browser.visit(&url)));
    assert!(browser.page.contains("Scelga un account"), "{}", browser.page);
    let fields = [("account", "anna"), ("next", page)];
    assert!(in_frame(&browser.submit("/cockpit/login", &fields)));
    assert!(in_frame(&browser.look(page)) && browser.is_in());
    // The response to a rejected form as well.
    assert!(in_frame(&browser.send("POST", &format!("{page}/sign"), "csrf=x".to_owned())));
    // Other logins cannot be framed.
    assert!(!in_frame(&TestBrowser::new(&world).look(&format!("/cockpit/login?next={page}"))));
    assert!(!in_frame(&browser.look("/cockpit/login")));
}

/// A long visit: the URL expires, the page stays embedded, and the return URL is kept while the access
/// lasts.
#[test]
fn keeps_a_frame_after_its_url_expires() {
    let world = SandboxHarness::new();
    let id = world.a().pending("SIMPLE", &["anna"]);
    let url =
        open(&world, &id, json!({ "language": "fr-CH", "successUrl": "https://app.example/" }));
    let page = path(&url);
    let mut browser = TestBrowser::new(&world);
    browser.visit(&url);
    world.clock.advance(14 * 60);
    browser.visit(page);
    let code = world.platform().outbox().latest(1)[0].code.clone().expect("a code");
    browser.post(&format!("{page}/code"), &[("code", &code)]);
    world.clock.advance(29 * 60);
    assert!(in_frame(&browser.visit(page)) && browser.is_in());
    let signed = browser.submit(&format!("{page}/sign"), &[]);
    let success = browser.sent_on(signed).expect("a way on");
    assert!(success.starts_with("https://app.example/?process="), "{success}");
    world.clock.advance(2 * 60);
    let over = browser.visit(page);
    assert!(in_frame(&over) && browser.page.contains("Saisissez votre code"), "{}", browser.page);
}

/// The document opens in a new window, where the browser does not send the cookie of the frame.
#[test]
fn documents_are_read_outside_the_frame() {
    let world = SandboxHarness::new();
    let id = world.a().pending("SIMPLE", &["anna"]);
    let url = open(&world, &id, json!({ "skipAuthorization": true }));
    let mut browser = TestBrowser::new(&world);
    browser.visit(&url);
    let link = |page: &str| {
        let (_, rest) = page.split_once(r#"<a href="/cockpit/process/"#).expect("a document");
        format!("/cockpit/process/{}", rest.split('"').next().expect("an end"))
    };
    let document = link(&browser.page);
    assert!(document.contains("?reading="), "{document}");
    let read = |target: &str| TestBrowser::new(&world).look(target);
    let answer = read(&document);
    assert_eq!(answer.get("content-type"), Some("application/pdf"));
    assert_eq!((answer.get("set-cookie"), answer.get("cache-control")), (None, Some("no-store")));
    // The key needs no cookie, opens only the documents of this page, and expires with the visit.
    let (file, _) = document.split_once('?').expect("a key");
    let key = document.rsplit_once('=').expect("a key").1;
    for wrong in [file.to_owned(), format!("{file}?reading="), format!("{file}?reading=0{key}")] {
        assert_ne!(read(&wrong).get("content-type"), Some("application/pdf"), "{wrong}");
    }
    let page = path(&url);
    let mut stranger = TestBrowser::new(&world);
    stranger.visit(&format!("{page}?reading={key}"));
    assert!(stranger.is_asked());
    world.clock.advance(15 * 60);
    assert_ne!(read(&document).get("content-type"), Some("application/pdf"));
    // A request with the cookie needs no key.
    let opened = json!({ "skipAuthorization": true });
    let opened = world.a().post(&format!("/{id}/open/anna"), opened).expect(200);
    let mut top = TestBrowser::new(&world);
    top.visit(opened["url"].as_str().expect("a URL"));
    assert!(!link(&top.page).contains('?'));
}
