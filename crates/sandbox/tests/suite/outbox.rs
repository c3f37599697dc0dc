//! Mails and SMS.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use swisscom_sign_sandbox::Sandbox;
use swisscom_sign_sandbox::directory::{CLIENT_B, ORGANIZATION_A, ORGANIZATION_B};
use swisscom_sign_sandbox::outbox::texts::Texts;

use crate::support::{ApiTestResponse, DAY, SandboxHarness, attachment, json_request, process};

fn list(world: &SandboxHarness, query: &str) -> Value {
    get(world, &format!("?{query}")).expect(200)
}

fn get(world: &SandboxHarness, rest: &str) -> ApiTestResponse {
    ApiTestResponse(world.send(&json_request(
        "GET",
        &format!("/_sandbox/outbox{rest}"),
        None,
        None,
    )))
}

fn texts(list: &Value, field: &str) -> Vec<String> {
    let messages = list["messages"].as_array().expect("messages");
    messages.iter().map(|m| m[field].as_str().expect("a text").to_owned()).collect()
}

#[test]
fn invitations_and_completions_in_each_language() {
    for (locale, invite, completion, parts) in [
        (
            "en-GB",
            "CRM requests your signature",
            "Everyone has signed",
            [
                "Hello John Doe,\n\n",
                "1 December 2026, 11:00 (Swiss time).\n",
                "View and sign:\nhttp",
            ],
        ),
        (
            "de-CH",
            "CRM bittet Sie um Ihre Signatur",
            "Alle haben signiert",
            [
                "Guten Tag John Doe\n\n",
                "1. Dezember 2026, 11:00 (Schweizer Zeit).\n",
                "signieren:\nhttp",
            ],
        ),
        (
            "fr-CH",
            "CRM demande votre signature",
            "Tous les signataires ont signé",
            ["Bonjour John Doe,\n\n", "1 décembre 2026, 11:00 (heure suisse).\n", "signer:\nhttp"],
        ),
        (
            "it-CH",
            "CRM richiede la sua firma",
            "Tutti hanno firmato",
            [
                "Buongiorno John Doe,\n\n",
                "1 dicembre 2026, 11:00 (ora svizzera).\n",
                "firma:\nhttp",
            ],
        ),
    ] {
        let world = SandboxHarness::new();
        let a = world.a();
        let mut body = process("SIMPLE", &["anna"]);
        body["invitees"]["personalMessage"] = "<<b>i>A <b>bold</b> move.\n1 < 2".into();
        let id = a.post("", body).expect(201)["id"].as_str().expect("an id").to_owned();
        a.post(&format!("/{id}/attach"), attachment(&["anna"])).expect(201);
        let release = json!({ "notification": { "locale": locale } });
        let released = a.post(&format!("/{id}/release"), release).expect(200);
        world.sign(&id, "anna").expect(200);
        let all = list(&world, "");
        assert_eq!(texts(&all, "type"), ["INVITE", "COMPLETION"]);
        assert_eq!(texts(&all, "subject"), [invite, completion]);
        let message = &all["messages"][0];
        assert_eq!(message["channel"], "MAIL");
        assert_eq!(message["to"], "anna@example.com");
        assert_eq!(message["locale"], locale);
        assert_eq!(message["processId"], id);
        assert_eq!(message["links"][0], released["participants"][0]["url"]);
        assert_eq!(message["at"], crate::support::START);
        let text = message["text"].as_str().expect("a text");
        assert!(text.contains("\n\nA bold move.\n1 < 2\n\n"), "{text}");
        for part in parts {
            assert!(text.contains(part), "{text}");
        }
        let id = message["id"].as_str().expect("an id");
        assert_eq!(&get(&world, &format!("/{id}")).expect(200), message);
    }
}

/// Contract, `notification`: every participant is notified of the release, and the invitations contain
/// the initiator's message.
#[test]
fn an_initiator_who_does_not_sign_is_told() {
    for (locale, subject) in [
        ("en-GB", "Your documents have been sent for signature"),
        ("de-CH", "Ihre Dokumente wurden zum Signieren gesendet"),
        ("fr-CH", "Vos documents ont été envoyés pour signature"),
        ("it-CH", "I suoi documenti sono stati inviati per la firma"),
    ] {
        let world = SandboxHarness::new();
        let a = world.a();
        let mut body = process("SIMPLE", &["anna"]);
        body["initiator"] = json!({ "type": "PERSON", "externalIdentifier": "carla",
            "firstName": "Carla", "lastName": "Muster", "email": "carla@example.com" });
        body["invitees"]["personalMessage"] = "Please sign.".into();
        let id = a.post("", body).expect(201)["id"].as_str().expect("an id").to_owned();
        a.post(&format!("/{id}/attach"), attachment(&["anna"])).expect(201);
        let release =
            json!({ "notification": { "locale": locale, "reminder": { "interval": "P1D" } } });
        let released = a.post(&format!("/{id}/release"), release).expect(200);
        world.control("POST", "clock/advance", json!({ "by": "P1D" })).expect(200);
        world.sign(&id, "anna").expect(200);
        let all = list(&world, "");
        let [carla, anna] = ["carla@example.com", "anna@example.com"];
        assert_eq!(texts(&all, "to"), [carla, anna, anna, carla, anna]);
        let kinds = ["INVITE", "INVITE", "REMINDER", "COMPLETION", "COMPLETION"];
        assert_eq!(texts(&all, "type"), kinds);
        let told = &all["messages"][0];
        assert_eq!(told["subject"], subject);
        assert_eq!(told["links"][0], released["participants"][0]["url"]);
        let says = texts(&all, "text").into_iter().map(|text| text.contains("Please sign."));
        assert_eq!(says.collect::<Vec<_>>(), [false, true, false, false, false]);
    }
}

#[test]
fn sends_no_unrequested_mail() {
    for (release, types) in [
        (json!({}), vec![]),
        (json!({ "language": "de-CH" }), vec!["INVITE", "COMPLETION"]),
        (
            json!({ "notification": { "locale": "de-CH", "suppress": ["INVITE"] } }),
            vec!["COMPLETION"],
        ),
        (json!({ "notification": { "locale": "de-CH", "suppress": ["ALL"] } }), vec![]),
    ] {
        let world = SandboxHarness::new();
        let a = world.a();
        let id = a.prepared("SIMPLE", &["anna"]);
        a.post(&format!("/{id}/release"), release).expect(200);
        a.post_nothing(&format!("/{id}/release")).expect(208);
        world.sign(&id, "anna").expect(200);
        assert_eq!(texts(&list(&world, ""), "type"), types);
    }
}

/// A signer who has delegated gets no more messages; the delegate does.
#[test]
fn sends_mails_to_the_delegate_after_a_delegation() {
    let world = SandboxHarness::new();
    let a = world.a();
    let id = a.prepared("SIMPLE", &["anna"]);
    a.post(&format!("/{id}/release"), json!({ "language": "en-GB" })).expect(200);
    let eva = json!({ "firstName": "Eva", "lastName": "Egli", "email": "eva@example.ch" });
    let delegated =
        world.admin(&format!("processes/{id}/participants/anna/delegate"), eva).expect(200);
    let eva = delegated["invitees"]["signers"][1]["identification"].as_str().expect("an id");
    world.sign(&id, "anna").refused(409, "ParticipantInactive");
    world.sign(&id, eva).expect(200);
    let all = list(&world, "");
    assert_eq!(texts(&all, "to"), ["anna@example.com", "eva@example.ch", "eva@example.ch"]);
    assert_eq!(texts(&all, "type"), ["INVITE", "INVITE", "COMPLETION"]);
    assert_eq!(a.status(&id), "COMPLETED");
    let nobody = json!({ "firstName": "Eva", "lastName": "Egli" });
    let id = a.pending("SIMPLE", &["anna"]);
    let path = format!("processes/{id}/participants/anna/delegate");
    world.admin(&path, nobody).refused(400, "Validation");
}

#[test]
fn filters_cursor_and_deletion() {
    let world = SandboxHarness::new();
    let a = world.a();
    let pending = |signers: &[&str]| {
        let id = a.prepared("SIMPLE", signers);
        a.post(&format!("/{id}/release"), json!({ "language": "en-GB" })).expect(200);
        id
    };
    let at = json!({ "mode": "frozen", "at": "2026-11-01T10:00:00.400Z" });
    world.control("PUT", "clock", at).expect(200);
    let first = pending(&["anna", "beat"]);
    assert_eq!(texts(&list(&world, ""), "at"), ["2026-11-01T10:00:00.400Z"; 2]);
    let cursor = list(&world, "")["next"].as_str().expect("a cursor").to_owned();
    assert_eq!(list(&world, &format!("after={cursor}"))["messages"], json!([]));
    let second = pending(&["anna"]);
    assert_eq!(texts(&list(&world, &format!("after={cursor}")), "processId"), [&*second]);
    assert_eq!(texts(&list(&world, &format!("processId={first}")), "to").len(), 2);
    assert_eq!(texts(&list(&world, "to=BEAT@example.com"), "processId"), [&*first]);
    assert_eq!(list(&world, "channel=SMS")["messages"], json!([]));
    assert_eq!(texts(&list(&world, "channel=MAIL&type=INVITE"), "to").len(), 3);
    let other = swisscom_sign_sandbox::directory::ORGANIZATION_B;
    assert_eq!(list(&world, &format!("organizationId={other}"))["messages"], json!([]));
    for wrong in ["channel=FAX", "type=invite", "after=x", "wait=soon", "processId=1", "sort=asc"] {
        get(&world, &format!("?{wrong}")).refused(400, "Validation");
    }
    let delete = |query: &str| {
        let target = format!("/_sandbox/outbox?{query}");
        ApiTestResponse(world.send(&json_request("DELETE", &target, None, None))).expect(204);
    };
    delete(&format!("processId={first}"));
    assert_eq!(texts(&list(&world, ""), "processId"), [&*second]);
    delete("");
    assert_eq!(list(&world, "")["messages"], json!([]));
    get(&world, &format!("/{}", crate::support::NOBODY)).expect(404);
    let third = pending(&["anna"]);
    assert_eq!(texts(&list(&world, &format!("after={cursor}")), "processId"), [&*third]);
    world.admin("reset", json!({})).expect(204);
    assert_eq!(list(&world, "")["messages"], json!([]));
}

/// A mail parser finds subject, text and links.
#[test]
fn returns_a_mail_as_an_internet_message() {
    let world = SandboxHarness::new();
    let a = world.a();
    let mut request = process("SIMPLE", &["anna"]);
    request["initiator"]["name"] = "Zoë & Jiří, Straße der Übungen 12 in 8000 Zürich".into();
    let id = a.post("", request).expect(201)["id"].as_str().expect("an id").to_owned();
    a.post(&format!("/{id}/attach"), attachment(&["anna"])).expect(201);
    a.post(&format!("/{id}/release"), json!({ "language": "de-CH" })).expect(200);
    let message = list(&world, "")["messages"][0].clone();
    let target = format!("/{}/raw", message["id"].as_str().expect("an id"));
    let answer = get(&world, &target).0;
    assert_eq!((answer.status, answer.get("content-type")), (200, Some("message/rfc822")));
    let raw = std::str::from_utf8(&answer.body).expect("text");
    assert!(
        raw.is_ascii() && raw.split("\r\n").all(|line| line.len() <= 78 && !line.contains('\n'))
    );
    let (head, body) = raw.split_once("\r\n\r\n").expect("an empty line");
    let head = head.replace("\r\n ", "");
    let field = |name: &str| head.lines().find_map(|l| l.strip_prefix(&format!("{name}: ")));
    assert_eq!(field("To"), Some("anna@example.com"));
    assert_eq!(field("Date"), Some("Sun, 1 Nov 2026 10:00:00 +0000"));
    let decoded =
        |text: &str| String::from_utf8(STANDARD.decode(text).expect("Base64")).expect("UTF-8");
    let words = field("Subject").expect("a subject").split("=?UTF-8?B?").skip(1);
    let words: Vec<String> =
        words.map(|word| decoded(word.strip_suffix("?=").expect("a word"))).collect();
    assert!(words.len() > 1, "{words:?}");
    assert_eq!(words.concat(), message["subject"]);
    assert_eq!(decoded(&body.replace("\r\n", "")).replace("\r\n", "\n"), message["text"]);
    get(&world, &format!("/{}/raw", crate::support::NOBODY)).expect(404);
}

/// Reminders are written when due, on the clock of the organization; its reset removes only its
/// messages.
#[test]
fn reminders_by_the_clock_of_the_organization() {
    let world = SandboxHarness::new();
    let (a, b) = (world.a(), world.caller(CLIENT_B));
    let release =
        json!({ "notification": { "locale": "de-CH", "reminder": { "interval": "P10D" } } });
    for caller in [&a, &b] {
        let id = caller.prepared("SIMPLE", &["anna"]);
        caller.post(&format!("/{id}/release"), release.clone()).expect(200);
    }
    let by = json!({ "organizationId": ORGANIZATION_A, "by": "P21D" });
    world.control("POST", "clock/advance", by).expect(200);
    let reminders = list(&world, "type=REMINDER");
    assert_eq!(texts(&reminders, "at"), ["2026-11-11T10:00:00Z", "2026-11-21T10:00:00Z"]);
    assert_eq!(texts(&reminders, "subject")[0], "Erinnerung: CRM wartet auf Ihre Signatur");
    assert_eq!(texts(&reminders, "organizationId"), vec![ORGANIZATION_A.to_string(); 2]);
    // Real time passes: a read processes due events, here for B alone, as the process of A expires on
    // the day of its third reminder.
    world.clock.advance(10 * DAY);
    assert_eq!(texts(&list(&world, "type=REMINDER"), "at").len(), 3);
    world.control("POST", "reset", json!({ "organizationId": ORGANIZATION_A })).expect(204);
    let left = texts(&list(&world, ""), "organizationId");
    assert_eq!(left, vec![ORGANIZATION_B.to_string(); 2], "an invitation and a reminder");
}

/// Long polling returns when the message arrives, otherwise at the timeout.
#[test]
fn waits_for_a_message_with_long_polling() {
    let sandbox = Sandbox::builder().port(0).start().expect("a sandbox");
    let get = |query: &str| -> Value {
        let authority = sandbox.url().strip_prefix("http://").expect("http");
        let answer = crate::http::get(authority, &format!("/_sandbox/outbox?{query}"));
        serde_json::from_slice(&answer.body).expect("JSON")
    };
    assert_eq!(get("wait=10ms")["messages"], json!([]));
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| get("type=INVITE&wait=60s"));
        let client = crate::http::client(&sandbox);
        let (_, created) = client.call("POST", "/system/api/process", process("SIMPLE", &["anna"]));
        let at = |rest: &str| {
            format!("/system/api/process/{}{rest}", created["id"].as_str().expect("an id"))
        };
        client.call("POST", &at("/attach"), attachment(&["anna"]));
        let released = client.call("POST", &at("/release"), json!({ "language": "it-CH" }));
        assert_eq!(released.0, 200);
        let found = waiting.join().expect("an answer");
        assert_eq!(texts(&found, "to"), ["anna@example.com"]);
    });
}

#[test]
fn each_text_has_its_places_in_each_language() {
    crate::pages::same_places(|locale| Texts::of(locale).all());
}
