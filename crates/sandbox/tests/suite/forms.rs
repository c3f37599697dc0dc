//! Forms that are sent twice, late, or large.

use serde_json::json;

use crate::browser::Browser;
use crate::support::{URL, World};

/// Anna's page in a browser that is let in.
fn on_page<'w>(world: &'w World, id: &str, success: bool) -> (Browser<'w>, String) {
    let mut body = json!({ "skipAuthorization": true });
    if success {
        body["successUrl"] = "https://app.example/done".into();
    }
    let opened = world.a().post(&format!("/{id}/open/anna"), body).expect(200);
    let url = opened["url"].as_str().expect("a URL").to_owned();
    let mut browser = Browser::new(world);
    browser.visit(&url);
    assert!(browser.is_in());
    let path = url.strip_prefix(URL).and_then(|url| url.split_once('?')).expect("our own URL").0;
    (browser, path.to_owned())
}

/// Of a double click the browser shows the answer to the second request: the same as to the first.
#[test]
fn a_double_click_is_one() {
    let eva = [("firstName", "Eva"), ("lastName", "Egli"), ("email", "eva@example.ch")];
    for (action, fields) in [("sign", vec![]), ("decline", vec![]), ("delegate", eva.to_vec())] {
        for others in [&["anna"][..], &["anna", "beat"]] {
            let world = World::new();
            let id = world.a().pending("SIMPLE", others);
            let (mut browser, path) = on_page(&world, &id, true);
            let page = browser.page.clone();
            let target = format!("{path}/{action}");
            let first = browser.submit(&target, &fields);
            let details = world.a().get(&format!("/{id}")).expect(200);
            browser.page = page;
            let second = browser.submit(&target, &fields);
            assert_eq!((first.status, second.status), (303, 303), "{action}");
            assert_eq!(first.get("location"), second.get("location"), "{action}");
            assert_eq!(world.a().get(&format!("/{id}")).expect(200), details, "{action}");
        }
    }
}

/// A page that stayed open, and whose process came to its end elsewhere.
#[test]
fn a_form_that_comes_too_late_says_so() {
    let world = World::new();
    let id = world.a().pending("SIMPLE", &["anna"]);
    let (mut browser, path) = on_page(&world, &id, false);
    world.sign(&id, "anna").expect(200);
    let late = browser.post(&format!("{path}/decline"), &[]);
    assert_eq!(late.status, 409);
    assert!(browser.page.contains("This process has already ended."), "{}", browser.page);
    assert!(browser.page.contains("Everybody has signed."));
    assert!(!browser.page.contains("a signature is missing"));
}
