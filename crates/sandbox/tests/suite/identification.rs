//! Effects of an online identification (GwG) on the process.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use swisscom_sign_pades::{self as pades, ca};
use swisscom_sign_sandbox::directory::CLIENT_CORPORATE;
use swisscom_sign_sandbox::documents::PadesDocuments;

use crate::support::{ApiTestResponse, SandboxHarness, at, attachment, json_request, process};

/// The report is added to the documents to sign; the bundle is a separate download.
#[test]
fn an_identification_leaves_a_report_and_a_bundle() {
    let world = SandboxHarness::of(|parts| {
        parts.documents = Box::new(
            PadesDocuments::new([7; 32], at("1970-01-01T00:00:00Z")).expect("an authority"),
        );
    });
    let corporate = world.caller(CLIENT_CORPORATE);
    let mut body = process("SIMPLE", &["anna", "beat"]);
    for (index, name) in ["Zoë", "Łukasz (Ω)"].into_iter().enumerate() {
        body["invitees"]["signers"][index]["firstName"] = name.into();
        body["invitees"]["signers"][index]["verification"] = json!({});
    }
    let id = corporate.post("", body).expect(201)["id"].as_str().expect("an id").to_owned();
    corporate.post(&format!("/{id}/attach"), attachment(&["anna", "beat"])).expect(201);
    corporate.post_nothing(&format!("/{id}/release")).expect(200);
    for person in ["anna", "beat"] {
        let twin = format!("processes/{id}/participants/{person}/identify");
        world.admin(&twin, json!({})).expect(200);
        // An approval is final, and documents are submitted once.
        world.admin(&twin, json!({})).expect(200);
    }
    let details = corporate.get(&format!("/{id}")).expect(200);
    let references = details["fileReferences"].as_array().expect("a list");
    assert_eq!(references.len(), 3, "{references:?}");
    for (index, person) in ["anna", "beat"].into_iter().enumerate() {
        let verification = &details["invitees"]["signers"][index]["verification"];
        let files = verification["files"].as_array().expect("a list");
        let [report, bundle] = files.as_slice() else { panic!("{files:?}") };
        assert_eq!(references[index + 1]["initialFileId"], *report);
        let download = |file: &Value| {
            corporate.get(&format!("/{id}/file/{}/content", file.as_str().expect("an id")))
        };
        let (pdf, zip) = (download(report), download(bundle));
        let kind = |answer: &ApiTestResponse| answer.0.get("content-type").map(str::to_owned);
        assert_eq!(kind(&pdf).as_deref(), Some("application/pdf"));
        assert_eq!(kind(&zip).as_deref(), Some("application/zip"));
        assert!(zip.0.get("content-disposition").is_some_and(|d| d.contains(".zip\"")));
        let contains = |needle: &[u8]| zip.0.body.windows(needle.len()).any(|w| w == needle);
        assert!(contains(&pdf.0.body) && contains(b"\"APPROVED\""));
        // The schema of the JSON form only allows the media type of a PDF; a bundle keeps its own.
        let path = format!("/system/api/process/{id}/file/{}", bundle.as_str().expect("an id"));
        let json = world.gateway.handle(&json_request("GET", &path, Some(&corporate.token), None));
        let json = ApiTestResponse(json).expect(200);
        assert_eq!(json["contentType"], "application/zip");
        let content = STANDARD.decode(json["content"].as_str().expect("text")).expect("Base64");
        assert_eq!(content, zip.0.body);

        world.sign(&id, person).expect(200);
        let signed = corporate.get(&format!("/{id}")).expect(200);
        let signed = &signed["fileReferences"][index + 1]["lastSignedFileId"];
        let authority = world.control("GET", "ca.pem", Value::Null).0.body;
        let authority = ca::parse_certificates(std::str::from_utf8(&authority).expect("text"));
        let found =
            pades::verify(&download(signed).0.body, &authority.expect("PEM")).expect("a PDF");
        assert_eq!(found.len(), 1, "signed by the one whom it is about");
        assert!(found[0].is_valid(), "{:?}", found[0]);
    }
    assert_eq!(corporate.status(&id), "COMPLETED");
    // Both are archived with the other files, and are part of an export.
    let export = world.control("GET", "export", Value::Null).expect(200);
    assert_eq!(export["blobs"].as_array().map(Vec::len), Some(3 + 4 + 2));
    let bundle = &details["invitees"]["signers"][0]["verification"]["files"][1];
    world.admin(&format!("processes/{id}/archive"), json!({})).expect(200);
    let path = format!("/{id}/file/{}/content", bundle.as_str().expect("an id"));
    corporate.get(&path).refused(410, "FileArchived");
}

/// An identification cannot be bypassed: a signer whose identification is pending or has failed can
/// neither delegate nor decline, and a delegate needs an own identification with an own report.
#[test]
fn identifies_a_delegate_as_well() {
    let world = SandboxHarness::new();
    let corporate = world.caller(CLIENT_CORPORATE);
    let mut body = process("SIMPLE", &["anna", "beat"]);
    body["invitees"]["signers"][0]["verification"] = json!({ "residentPermit": false });
    body["invitees"]["signers"][1]["verification"] = json!({});
    body["invitees"]["signers"][1]["lastName"] = "X-MANUALTEST-FRAUDIDENT".into();
    let id = corporate.post("", body).expect(201)["id"].as_str().expect("an id").to_owned();
    corporate.post(&format!("/{id}/attach"), attachment(&["anna", "beat"])).expect(201);
    corporate.post_nothing(&format!("/{id}/release")).expect(200);
    let act = |person: &str, step: &str| {
        let to =
            json!({ "firstName": "Carla", "lastName": "Muster", "email": "carla@example.com" });
        let to = if step == "decline" { json!({}) } else { to };
        world.admin(&format!("processes/{id}/participants/{person}/{step}"), to)
    };
    for step in ["delegate", "decline", "sign"] {
        world.admin(&format!("processes/{id}/participants/beat/identify"), json!({})).expect(200);
        for person in ["anna", "beat"] {
            let answer = match step {
                "sign" => world.sign(&id, person),
                _ => act(person, step),
            };
            answer.refused(409, "IdentificationRequired");
        }
    }
    world.admin(&format!("processes/{id}/participants/anna/identify"), json!({})).expect(200);
    for person in ["anna", "beat"] {
        let step = if person == "anna" { "delegate" } else { "replace" };
        let signers = act(person, step).expect(200)["invitees"]["signers"].clone();
        let new = signers.as_array().and_then(|all| all.last()).expect("a signer");
        let permit = person != "anna";
        assert_eq!(new["verification"], json!({ "residentPermit": permit }), "{person}");
        let new = new["identification"].as_str().expect("an id");
        world.sign(&id, new).refused(409, "IdentificationRequired");
        world.admin(&format!("processes/{id}/participants/{new}/identify"), json!({})).expect(200);
        world.sign(&id, new).expect(200);
    }
    let details = corporate.get(&format!("/{id}")).expect(200);
    assert_eq!(details["status"], "COMPLETED");
    let signed = |reference: &Value| !reference["lastSignedFileId"].is_null();
    let references = details["fileReferences"].as_array().expect("a list");
    // The document, Anna's report, which is signed only by Anna, and those of her two delegates.
    assert_eq!(references.iter().map(signed).collect::<Vec<_>>(), [true, false, true, true]);
}

/// The page and the control endpoint lead to the same process and the same audit, also if repeated.
#[test]
fn matches_the_page_and_its_headless_equivalent() {
    for last_name in
        ["X-MANUALTEST-HAPPYPATH", "X-MANUALTEST-FRAUDIDENT", "X-MANUALTEST-CHECKPENDING"]
    {
        let run = |twin: bool| {
            let world = SandboxHarness::new();
            let corporate = world.caller(CLIENT_CORPORATE);
            let mut body = process("SIMPLE", &["anna"]);
            body["invitees"]["signers"][0]["lastName"] = last_name.into();
            body["invitees"]["signers"][0]["verification"] = json!({});
            let id = corporate.post("", body).expect(201)["id"].as_str().expect("an id").to_owned();
            corporate.post(&format!("/{id}/attach"), attachment(&["anna"])).expect(201);
            corporate.post_nothing(&format!("/{id}/release")).expect(200);
            let skip = json!({ "skipAuthorization": true });
            let opened = corporate.post(&format!("/{id}/open/anna"), skip).expect(200);
            let url = opened["url"].as_str().expect("a URL");
            if twin {
                let path = format!("processes/{id}/participants/anna/identify");
                world.admin(&path, json!({})).expect(200);
            }
            let mut browser = crate::browser::TestBrowser::new(&world);
            for _ in 0..2 {
                browser.visit(url);
            }
            let details = corporate.get(&format!("/{id}")).expect(200);
            let begun = &details["invitees"]["signers"][0]["verification"]["processId"];
            assert!(begun.is_string(), "{details}");
            let records = corporate.get(&format!("/{id}/record")).expect(200);
            (crate::pages::masked(&details), crate::pages::masked(&records))
        };
        assert_eq!(run(false), run(true), "{last_name}");
    }
}
