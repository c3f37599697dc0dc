//! Forms that are submitted twice, late, or with many fields.

use serde_json::{Value, json};
use swisscom_sign_sandbox::documents::PadesDocuments;
use swisscom_sign_sandbox::outbox::OutboxQuery;

use crate::browser::TestBrowser;
use crate::support::{SandboxHarness, URL, at, attachment, process};

/// Anna's page in an authorized browser.
fn on_page<'w>(world: &'w SandboxHarness, id: &str, success: bool) -> (TestBrowser<'w>, String) {
    let mut body = json!({ "skipAuthorization": true });
    if success {
        body["successUrl"] = "https://app.example/done".into();
    }
    let opened = world.a().post(&format!("/{id}/open/anna"), body).expect(200);
    let url = opened["url"].as_str().expect("a URL").to_owned();
    let mut browser = TestBrowser::new(world);
    browser.visit(&url);
    assert!(browser.is_in());
    let path = url.strip_prefix(URL).and_then(|url| url.split_once('?')).expect("our own URL").0;
    (browser, path.to_owned())
}

/// After a double click, the browser shows the response to the second request: the same as to the
/// first.
#[test]
fn handles_a_double_click_once() {
    let eva = [("firstName", "Eva"), ("lastName", "Egli"), ("email", "eva@example.ch")];
    for (action, fields) in [("sign", vec![]), ("decline", vec![]), ("delegate", eva.to_vec())] {
        for others in [&["anna"][..], &["anna", "beat"]] {
            let world = SandboxHarness::new();
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

/// A page that stayed open while its process ended.
#[test]
fn rejects_a_late_form_with_a_message() {
    let world = SandboxHarness::new();
    let id = world.a().pending("SIMPLE", &["anna"]);
    let (mut browser, path) = on_page(&world, &id, false);
    world.sign(&id, "anna").expect(200);
    let late = browser.post(&format!("{path}/decline"), &[]);
    assert_eq!(late.status, 409);
    assert!(browser.page.contains("This signing process has already ended."), "{}", browser.page);
    assert!(browser.page.contains("Everyone has signed."));
    assert!(!browser.page.contains("ended before everyone signed"));
}

/// A signature by SMS needs the code that the sandbox sends to the signer.
#[test]
fn a_signature_by_sms_needs_its_code() {
    for stored in [true, false] {
        let world = SandboxHarness::new();
        let a = world.a();
        let mut body = process("ADVANCED", &["anna"]);
        if stored {
            body["invitees"]["signers"][0]["mobile"] = "+41791234567".into();
        }
        let id = a.post("", body).expect(201)["id"].as_str().expect("an id").to_owned();
        a.post(&format!("/{id}/attach"), attachment(&["anna"])).expect(201);
        a.post_nothing(&format!("/{id}/release")).expect(200);
        let (mut browser, path) = on_page(&world, &id, true);
        let (sign, confirm) = (format!("{path}/sign"), format!("{path}/confirm"));
        assert_eq!(browser.look(&confirm).get("location"), Some(path.as_str()), "no code yet");
        browser.look(&path);
        assert_eq!(browser.page.contains("signingMobile"), !stored);
        if !stored {
            let refused = browser.submit(&sign, &[("method", "SMS"), ("signingMobile", "079")]);
            assert_eq!(refused.status, 409);
            assert!(browser.page.contains(r##"href="#signingMobile""##), "{}", browser.page);
            assert!(browser.page.contains(r#"value="SMS" checked"#), "{}", browser.page);
        }
        world.platform().outbox().delete(&OutboxQuery::default());
        browser.post(&sign, &[("method", "SMS"), ("signingMobile", "+41791234567")]);
        assert!(browser.page.contains("Confirm your signature"), "{}", browser.page);
        assert_eq!(a.status(&id), "PENDING");
        let sent = |world: &SandboxHarness| {
            let message = &world.platform().outbox().latest(1)[0];
            assert_eq!(message.to, "+41791234567");
            assert!(message.text.starts_with("Your code to sign: "), "{}", message.text);
            message.code.clone().expect("a code")
        };
        let first = sent(&world);
        let wrong = if first == "000000" { "111111" } else { "000000" };
        assert_eq!(browser.post(&confirm, &[("code", wrong)]).status, 403);
        assert_eq!(a.status(&id), "PENDING");
        browser.post(&confirm, &[("resend", "yes")]);
        let second = sent(&world);
        assert_eq!(browser.post(&confirm, &[("code", &first)]).status, 403);
        let page = browser.page.clone();
        let signed = browser.submit(&confirm, &[("code", &second)]);
        assert_eq!(a.status(&id), "COMPLETED");
        browser.page = page;
        let again = browser.submit(&confirm, &[("code", &second)]);
        assert_eq!(signed.get("location"), again.get("location"), "a double click");
        let to = browser.sent_on(signed).expect("a way on");
        assert!(to.starts_with("https://app.example/done"), "{to}");
    }
}

/// After a decision, the page leads back to the application, in a frame as well.
#[test]
fn leads_back_after_declining() {
    for mode in ["DEFAULT", "EMBEDDED"] {
        let world = SandboxHarness::new();
        let id = world.a().pending("SIMPLE", &["anna", "beat"]);
        let body = json!({
            "skipAuthorization": true,
            "mode": mode,
            "backUrl": "https://app.example/back",
        });
        let opened = world.a().post(&format!("/{id}/open/anna"), body).expect(200);
        let url = opened["url"].as_str().expect("a URL").to_owned();
        let mut browser = TestBrowser::new(&world);
        browser.visit(&url);
        let path = url.strip_prefix(URL).and_then(|url| url.split_once('?')).expect("our URL").0;
        browser.post(&format!("{path}/decline"), &[]);
        let (_, main) = browser.page.split_once("<main").expect("a main part");
        assert!(main.contains("You declined to sign."), "{mode}: {main}");
        assert!(main.contains(r#"href="https://app.example/back""#), "{mode}: {main}");
        // The other signer did nothing.
        assert!(main.contains(r#"<span class="badge canceled">Did not sign</span>"#), "{main}");
    }
}

/// Signatures that cover each other are sent only if the visitor accepts that.
#[test]
fn warns_of_overlapping_signatures() {
    let world = SandboxHarness::new();
    let id = world.a().prepared("SIMPLE", &["anna", "beat"]);
    let (mut browser, path) = preparing(&world, &id);
    let warning = "the signatures of John Doe and John Doe overlap";
    assert!(!browser.page.contains(warning), "{}", browser.page);
    let details = world.a().get(&format!("/{id}")).expect(200);
    let file = details["fileReferences"][0]["initialFileId"].as_str().expect("an id");
    let mut fields = vec![("message".to_owned(), "Hello")];
    for (signer, x) in signers(&details).into_iter().zip(["30", "199"]) {
        for (name, value) in [("page", "1"), ("x", x), ("y", "600")] {
            fields.push((format!("p-{file}-{signer}-0-{name}"), value));
        }
    }
    let complete = format!("{path}/complete");
    let mut fields: Vec<(&str, &str)> =
        fields.iter().map(|(name, value)| (name.as_str(), *value)).collect();
    assert_eq!(browser.post(&complete, &fields).status, 409);
    assert_eq!(browser.page.matches(warning).count(), 2, "{}", browser.page);
    assert_eq!(world.a().status(&id), "CREATED");
    browser.look(&path);
    assert!(browser.page.contains(warning), "{}", browser.page);
    fields.push(("acceptOverlap", "yes"));
    browser.post(&complete, &fields);
    assert_eq!(world.a().status(&id), "PENDING");
}

/// Setup page opened by its owner; returns the process and the path.
fn preparing<'w>(world: &'w SandboxHarness, id: &str) -> (TestBrowser<'w>, String) {
    let options = json!({ "successUrl": "https://app.example/set-up" });
    world.a().post(&format!("/{id}/setup"), options).expect(202);
    let mut browser = TestBrowser::new(world);
    browser.log_in("dora");
    let path = format!("/cockpit/process/{id}");
    browser.visit(&path);
    (browser, path)
}

fn signers(details: &Value) -> Vec<&str> {
    let signers = details["invitees"]["signers"].as_array().expect("signers");
    signers.iter().map(|s| s["identification"].as_str().expect("an id")).collect()
}

/// Adding or removing a signer keeps the other input.
#[test]
fn the_setup_page_keeps_what_was_entered() {
    let world = SandboxHarness::new();
    let a = world.a();
    let id = a.prepared("SIMPLE", &["anna", "beat"]);
    let (mut browser, path) = preparing(&world, &id);
    let details = a.get(&format!("/{id}")).expect(200);
    let file = details["fileReferences"][0]["initialFileId"].as_str().expect("an id");
    let [anna, beat] = signers(&details)[..] else { panic!("two") };
    let field =
        |signer: &str, index: usize, name: &str| format!("p-{file}-{signer}-{index}-{name}");
    let fields = [
        (field(anna, 0, "page"), "1"),
        (field(anna, 0, "x"), "11"),
        (field(anna, 0, "y"), "12"),
        (field(anna, 1, "page"), "-1"),
        (field(anna, 1, "x"), "13"),
        (field(anna, 1, "y"), "14"),
        (format!("o-{anna}"), "2"),
        ("message".to_owned(), "Not yet"),
        ("signingOrder".to_owned(), "yes"),
        ("firstName".to_owned(), "Eva"),
        ("lastName".to_owned(), "Egli"),
        ("email".to_owned(), "eva@example.ch"),
    ];
    let fields: Vec<(&str, &str)> =
        fields.iter().map(|(name, value)| (name.as_str(), *value)).collect();
    let kept = |page: &str| {
        for (name, value) in &fields[..7] {
            let input = format!("name=\"{name}\"");
            let (_, rest) = page.split_once(&input).expect("a field");
            let (tag, _) = rest.split_once('>').expect("an end");
            assert!(tag.contains(&format!("value=\"{value}\"")), "{name}: {tag}");
        }
        assert!(page.contains(">Not yet</textarea>") && page.contains("value=\"yes\" checked"));
        assert!(page.contains(&field(anna, 2, "page")), "and an empty row follows");
    };
    // The Enter key, before the signer is added.
    browser.post(&format!("{path}/keep"), &fields);
    kept(&browser.page);
    assert!(browser.page.contains("value=\"Eva\""));
    assert_eq!(a.get(&format!("/{id}")).expect(200), details);
    // All signers are kept.
    assert_eq!(browser.post(&format!("{path}/complete"), &fields).status, 409);
    assert!(browser.page.contains("A signer was entered, but not added."));
    kept(&browser.page);
    browser.post(&format!("{path}/signers"), &fields);
    kept(&browser.page);
    assert!(!browser.page.contains("value=\"Eva\"") && browser.page.contains("eva@example.ch"));
    let later = [&fields[..7], &[("message", "Later"), ("signingOrder", "yes")]].concat();
    browser.post(&format!("{path}/signers/{beat}/remove"), &later);
    assert!(browser.page.contains(">Later</textarea>") && !browser.page.contains(beat));
    browser.post(&format!("{path}/keep"), &fields[..9]);
    kept(&browser.page);
    // A file attached meanwhile keeps its positions.
    let mut other = attachment(&["anna"]);
    other["name"] = "Annex.pdf".into();
    a.post(&format!("/{id}/attach"), other).expect(201);
    browser.visit(&path);
    kept(&browser.page);
    let (_, annex) = browser.page.split_once("Annex.pdf").expect("the file");
    assert!(annex.contains("value=\"700\""), "{annex}");
}

/// A file attached, and a signer added, while the page is open: the form contains neither.
#[test]
fn a_completed_setup_keeps_what_the_page_did_not_show() {
    let world = SandboxHarness::new();
    let a = world.a();
    let id = a.prepared("SIMPLE", &["anna", "beat"]);
    let before = a.get(&format!("/{id}")).expect(200);
    let file = before["fileReferences"][0]["initialFileId"].as_str().expect("an id");
    let (mut browser, path) = preparing(&world, &id);
    let mut annex = attachment(&["anna", "beat", "beat"]);
    annex["name"] = "Annex.pdf".into();
    annex["signaturePositions"][1]["positionX"] = 320.into();
    annex["signaturePositions"][2]["stickerProvider"] = "CUSTOM_VISUAL_SIGNATURE_PROVIDER".into();
    a.post(&format!("/{id}/attach"), annex).expect(201);
    let stored = a.get(&format!("/{id}")).expect(200)["fileReferences"].clone();
    // Anna's first position moves; the form does not contain Beat.
    let place = |name: &str| format!("p-{file}-{}-0-{name}", signers(&before)[0]);
    let (page, x, y) = (place("page"), place("x"), place("y"));
    let fields = [("message", ""), (page.as_str(), "1"), (&x, "100"), (&y, "100")];
    assert_eq!(browser.submit(&format!("{path}/complete"), &fields).status, 303);
    let done = a.get(&format!("/{id}")).expect(200)["fileReferences"].clone();
    assert_eq!(done[1], stored[1]);
    let positions = |files: &Value, at: usize| files[0]["signaturePositions"][at].clone();
    assert_eq!(positions(&done, 1), positions(&stored, 1));
    assert_eq!(positions(&done, 0)["positionX"], 100);
    assert_eq!(a.status(&id), "PENDING");
}

/// After a double click, the browser shows the response to the second request.
#[test]
fn redirects_after_a_second_completion() {
    let world = SandboxHarness::new();
    let a = world.a();
    let id = a.prepared("SIMPLE", &["anna"]);
    let details = a.get(&format!("/{id}")).expect(200);
    let file = details["fileReferences"][0]["initialFileId"].as_str().expect("an id");
    let place = |name: &str| format!("p-{file}-{}-0-{name}", signers(&details)[0]);
    let (page, x, y) = (place("page"), place("x"), place("y"));
    let fields = [("message", ""), (page.as_str(), "1"), (&x, "100"), (&y, "100")];
    let (mut browser, path) = preparing(&world, &id);
    let (mut other, _) = preparing(&world, &id);
    let shown = browser.page.clone();
    let complete = format!("{path}/complete");
    let first = browser.submit(&complete, &fields);
    browser.page = shown;
    let second = browser.submit(&complete, &fields);
    assert_eq!(first.status, 303);
    assert_eq!((second.status, second.get("location")), (303, first.get("location")));
    // Another visitor submits too late.
    assert_eq!(other.submit(&complete, &fields).status, 409);
    assert!(other.page.contains("have already been sent for signature"));
}

/// Fifty signers on each of a hundred documents.
#[test]
fn the_largest_setup_is_accepted() {
    let world = SandboxHarness::new();
    let a = world.a();
    let people: Vec<String> = (0..50).map(|i| format!("p{i}")).collect();
    let people: Vec<&str> = people.iter().map(String::as_str).collect();
    let created = a.post("", process("SIMPLE", &people)).expect(201);
    let id = created["id"].as_str().expect("an id");
    for number in 0..100 {
        let mut file = attachment(&people);
        file["name"] = format!("{number}.pdf").into();
        a.post(&format!("/{id}/attach"), file).expect(201);
    }
    let (mut browser, path) = preparing(&world, id);
    // A browser submits every field of the page.
    let mut fields = vec![("message".to_owned(), "Hello".to_owned())];
    // A page has no place for fifty signatures.
    fields.push(("acceptOverlap".to_owned(), "yes".to_owned()));
    for input in browser.page.split("<input ").skip(1) {
        let attribute = |name: &str| {
            let (_, rest) = input.split_once(&format!(" {name}=\""))?;
            rest.split('"').next()
        };
        if let (Some(name), Some(value)) = (attribute("name"), attribute("value"))
            && name.starts_with("p-")
        {
            fields.push((name.to_owned(), value.to_owned()));
        }
    }
    assert_eq!(fields.len(), 2 + 100 * 50 * 2 * 3);
    let fields: Vec<(&str, &str)> = fields.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    let done = browser.submit(&format!("{path}/complete"), &fields);
    assert_eq!(done.status, 303, "{}", &browser.page[..browser.page.len().min(4000)]);
    assert_eq!(a.status(id), "PENDING");
}

/// A message says that documents were deleted, on both pages.
#[test]
fn an_archived_process_says_so() {
    let world = SandboxHarness::new();
    let a = world.a();
    let id = a.prepared("SIMPLE", &["anna"]);
    let (mut browser, path) = preparing(&world, &id);
    a.post_nothing(&format!("/{id}/release")).expect(200);
    let (mut signer, page) = on_page(&world, &id, false);
    world.sign(&id, "anna").expect(200);
    world.admin(&format!("processes/{id}/archive"), json!({})).expect(200);
    for (browser, page) in [(&mut browser, path), (&mut signer, page)] {
        browser.visit(&page);
        assert!(browser.page.contains("The documents have been deleted."), "{}", browser.page);
    }
}

/// Forms count pages from 1; the message for developers states the counting.
#[test]
fn names_a_missing_page() {
    let world = SandboxHarness::of(|parts| {
        let signer = PadesDocuments::new([3; 32], at("1970-01-01T00:00:00Z"));
        parts.documents = Box::new(signer.expect("an authority"));
    });
    let a = world.a();
    let id = a.prepared("SIMPLE", &["anna"]);
    let details = a.get(&format!("/{id}")).expect(200);
    let file = details["fileReferences"][0]["initialFileId"].as_str().expect("an id");
    let place = |name: &str| format!("p-{file}-{}-0-{name}", signers(&details)[0]);
    let (page, x, y) = (place("page"), place("x"), place("y"));
    let (mut browser, path) = preparing(&world, &id);
    let fields = [("message", ""), (page.as_str(), "77"), (&x, "100"), (&y, "100")];
    browser.post(&format!("{path}/complete"), &fields);
    assert!(browser.page.contains(
        "Technical details: <bdi lang=\"en\">Offer.pdf has no pageNumber 76 (0 is the first)."
    ));
}

/// Part of a page from a field to the end of its tag.
fn tag<'p>(page: &'p str, name: &str) -> &'p str {
    let (_, rest) = page.split_once(&format!("name=\"{name}\"")).expect("a field");
    rest.split('>').next().expect("an end")
}

/// Message of the page that describes a field.
fn said_of(page: &str, name: &str) -> String {
    let tag = tag(page, name);
    assert!(tag.contains("aria-invalid=\"true\""), "{name}: {tag}");
    let (_, line) = tag.split_once("problem-").expect("a sentence");
    let start =
        format!("<p id=\"problem-{}\"><a href=\"#", line.split('"').next().expect("its end"));
    let (_, rest) = page.split_once(&start).expect("the sentence");
    let (_, rest) = rest.split_once('>').expect("its text");
    rest.split("</a>").next().expect("its end").replace("&#39;", "'")
}

/// Errors are shown in the visitor's language at the field, with names instead of identifiers.
#[test]
fn shows_field_errors_of_a_rejected_setup() {
    let world = SandboxHarness::of(|parts| {
        let signer = PadesDocuments::new([3; 32], at("1970-01-01T00:00:00Z"));
        parts.documents = Box::new(signer.expect("an authority"));
    });
    let a = world.a();
    let id = a.prepared("SIMPLE", &["anna", "beat"]);
    let details = a.get(&format!("/{id}")).expect(200);
    let file = details["fileReferences"][0]["initialFileId"].as_str().expect("an id");
    let [anna, beat] = signers(&details)[..] else { panic!("two") };
    let field = |signer: &str, name: &str| format!("p-{file}-{signer}-0-{name}");
    let (mut browser, path) = preparing(&world, &id);
    browser.visit(&format!("{path}?lang=fr-CH"));
    let cases = [
        (["1", "", "20"], "x", "Offer.pdf, John Doe, page 1: saisissez des nombres entiers"),
        (["1", "10", "-1"], "y", "Offer.pdf, John Doe, page 1: saisissez des nombres entiers"),
        (["0", "10", "20"], "page", "Offer.pdf, John Doe: saisissez un numéro de page"),
        (
            ["9", "10", "20"],
            "page",
            "Offer.pdf, John Doe: la page 9 n’existe pas. Nombre de pages: 1.",
        ),
        (["1", "590", "20"], "x", "Offer.pdf, John Doe, page 1: la signature (170 × 50 points)"),
        (["", "", ""], "page", "John Doe: aucune signature n’est placée sur un document."),
    ];
    for ([page, x, y], wrong, said) in cases {
        let (p, fx, fy) = (field(anna, "page"), field(anna, "x"), field(anna, "y"));
        let fields = [("message", "Kept"), (p.as_str(), page), (&fx, x), (&fy, y)];
        assert_eq!(browser.post(&format!("{path}/complete"), &fields).status, 409);
        let text = said_of(&browser.page, &field(anna, wrong));
        assert!(text.starts_with(said), "{text}");
        assert!(browser.page.contains("Détails techniques: <bdi lang=\"en\">"));
        assert!(!tag(&browser.page, &field(beat, "page")).contains("aria-invalid"));
        // The input is shown again in another language, at a valid URL.
        let again = browser.visit(&format!("{path}/complete?lang=fr-CH"));
        assert_eq!(again.status, 200);
        assert!(browser.page.contains(">Kept</textarea>"));
        assert!(page.is_empty() || tag(&browser.page, &p).contains(&format!("value=\"{page}\"")));
    }
    for (fields, wrong, said) in [
        (
            vec![("firstName", "Eva"), ("email", "eva@example.ch")],
            "lastName",
            "Indiquez le prénom et le nom",
        ),
        (
            vec![("firstName", "E"), ("lastName", "E"), ("mobile", "079 123")],
            "mobile",
            "Indiquez un numéro de mobile avec",
        ),
        (
            vec![("firstName", "E"), ("lastName", "E"), ("email", "eva")],
            "email",
            "Indiquez une adresse e-mail valable",
        ),
        (
            vec![("firstName", "E"), ("lastName", "E")],
            "mobile",
            "Indiquez une adresse e-mail ou un",
        ),
    ] {
        let fields = [&[("message", "Kept")], &fields[..]].concat();
        assert_eq!(browser.post(&format!("{path}/signers"), &fields).status, 409);
        assert!(said_of(&browser.page, wrong).starts_with(said), "{}", browser.page);
        browser.visit(&format!("{path}/signers?lang=fr-CH"));
        assert!(browser.page.contains("value=\"E") && browser.page.contains(">Kept</textarea>"));
    }
    // Removing a signer twice.
    let remove = format!("{path}/signers/{beat}/remove");
    browser.post(&remove, &[("message", "Kept")]);
    assert_eq!(browser.post(&remove, &[("message", "Kept")]).status, 409);
    assert_eq!(browser.visit(&format!("{remove}?lang=en-GB")).status, 200);
    assert!(browser.page.contains("Prepare documents for signing"));
    assert_eq!(browser.visit("/cockpit/logout").status, 200);
}

/// The same for a delegate.
#[test]
fn shows_field_errors_of_a_rejected_delegation() {
    let world = SandboxHarness::new();
    let id = world.a().pending("SIMPLE", &["anna"]);
    let (mut browser, path) = on_page(&world, &id, false);
    let fields = [("firstName", "Eva"), ("lastName", ""), ("email", ""), ("mobile", "0791234567")];
    assert_eq!(browser.post(&format!("{path}/delegate"), &fields).status, 409);
    assert!(said_of(&browser.page, "lastName").starts_with("Enter a first name and a last name."));
    assert!(
        said_of(&browser.page, "mobile").starts_with("Enter a mobile number with country code")
    );
    assert!(!tag(&browser.page, "firstName").contains("aria-invalid"));
    browser.visit(&format!("{path}/delegate?lang=de-CH"));
    assert!(tag(&browser.page, "mobile").contains("value=\"0791234567\""), "{}", browser.page);
    let fields = [("firstName", "Eva"), ("lastName", "Egli"), ("mobile", "+41791234567")];
    browser.post(&format!("{path}/delegate"), &fields);
    assert!(browser.page.contains("Sie haben Ihre Signatur einer anderen Person"));
}

/// A signer who receives no message gets a link that the initiator can share; other links are not
/// shown.
#[test]
fn shows_a_link_to_share_if_no_message_is_sent() {
    let world = SandboxHarness::new();
    let a = world.a();
    let eva = |email: bool| {
        let contact = if email { ("email", "eva@example.ch") } else { ("mobile", "+41791234567") };
        [("firstName", "Eva"), ("lastName", "Egli"), contact]
    };
    for (release, email, shown) in [
        (json!({ "notification": { "locale": "en-GB" } }), true, false),
        (json!({ "notification": { "locale": "en-GB" } }), false, true),
        (json!({ "notification": { "locale": "en-GB", "suppress": ["INVITE"] } }), true, true),
        (json!({}), true, true),
    ] {
        let id = a.prepared("SIMPLE", &["anna", "beat"]);
        a.post(&format!("/{id}/release"), release.clone()).expect(200);
        let (mut browser, path) = on_page(&world, &id, false);
        browser.post(&format!("{path}/delegate"), &eva(email));
        let details = a.get(&format!("/{id}")).expect(200);
        let all = signers(&details);
        let page =
            |signer: &str| format!("<a href=\"{URL}/cockpit/process/{id}/person/{signer}\">");
        let links: Vec<bool> = all.iter().map(|id| browser.page.contains(&page(id))).collect();
        assert_eq!(links, [false, false, shown], "{release} {email}: {}", browser.page);
    }
    let mut body = process("SIMPLE", &["anna", "beat"]);
    let beat = &mut body["invitees"]["signers"][1];
    beat["mobile"] = "+41790000002".into();
    beat.as_object_mut().expect("a signer").remove("email");
    let id = a.post("", body).expect(201)["id"].as_str().expect("an id").to_owned();
    a.post(&format!("/{id}/attach"), attachment(&["anna", "beat"])).expect(201);
    let (mut browser, path) = preparing(&world, &id);
    browser.submit(&format!("{path}/complete"), &[("signingOrder", "yes")]);
    browser.visit(&path);
    assert_eq!(a.status(&id), "PENDING");
    assert_eq!(browser.page.matches("Send them this link").count(), 1, "{}", browser.page);
}
