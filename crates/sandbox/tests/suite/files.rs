//! attach and the downloads.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use serde_json::{Value, json};
use swisscom_sign::contract::Operation;
use swisscom_sign_sandbox::documents::{
    DocumentError, DocumentInspection, DocumentService, DocumentSigningInput, PadesDocuments,
    TagLocation, TagLocations, UnsignedDocuments,
};
use swisscom_sign_sandbox::settings::{SignatureSize, SignedDownload};

use crate::support::{DAY, SandboxHarness, at, attachment, json_request, pdf, process};

fn created(world: &SandboxHarness) -> String {
    let created = world.a().post("", process("SIMPLE", &["anna"])).expect(201);
    created["id"].as_str().expect("an id").to_owned()
}

/// File of this many bytes that is accepted as a PDF.
fn padded(length: usize) -> Vec<u8> {
    let mut bytes = b"%PDF-1.4\n".to_vec();
    let end = b"\nstartxref\n0\n%%EOF\n";
    bytes.resize(length - end.len(), b' ');
    bytes.extend(end);
    bytes
}

#[test]
fn documents_that_are_not_accepted() {
    let world = SandboxHarness::new();
    let id = created(&world);
    let attach = |bytes: &[u8]| {
        let mut body = attachment(&["anna"]);
        body["content"] = STANDARD.encode(bytes).into();
        world.a().post(&format!("/{id}/attach"), body)
    };
    let truncated = pdf().into_iter().take(60).collect::<Vec<_>>();
    let encrypted =
        String::from_utf8(pdf()).expect("text").replace("/Size", "/Encrypt 9 0 R /Size");
    for bytes in [&b""[..], b"PK\x03\x04", b"%PDF-1.4 start", &truncated, encrypted.as_bytes()] {
        attach(bytes).refused(409, "InvalidDocument");
    }
    attach(&pdf()).expect(201);
    let with = |field: &str, value: Value| {
        let mut body = attachment(&["anna"]);
        body[field] = value;
        world.a().post(&format!("/{id}/attach"), body)
    };
    with("content", json!("JVBERi0x*")).refused(400, "Validation");
    with("contentType", json!("image/png")).refused(400, "Validation");
    with("externalIdentifier", json!("file:offer-2025-001")).refused(400, "Validation");
    with("externalIdentifier", json!("a".repeat(51))).refused(400, "Validation");
    with("signaturePositions", json!([{ "signer": "anna", "locator": "TAG", "offsetX": 201 }]))
        .refused(400, "Validation");
}

/// The limit is that of the schema's `maxLength`, one byte less than 40 MiB; a body above the transport
/// limit is 413.
#[test]
fn the_limit_is_on_the_bytes() {
    const LIMIT: usize = 41_943_039;
    let world = SandboxHarness::new();
    let id = created(&world);
    let attach = |length: usize| {
        let mut body = attachment(&["anna"]);
        body["content"] = STANDARD.encode(padded(length)).into();
        world.a().post(&format!("/{id}/attach"), body)
    };
    attach(LIMIT).expect(201);
    attach(LIMIT + 1).refused(409, "FileTooLarge");
    let too_long = Bytes::from(vec![b' '; Operation::Attach.spec().max_request_bytes as usize + 1]);
    let a = world.a();
    let path = format!("/system/api/process/{id}/attach");
    let mut request = json_request("POST", &path, Some(&a.token), Some(&json!({})));
    request.body = too_long;
    crate::support::ApiTestResponse(world.send(&request)).refused(413, "RequestTooLarge");
}

/// A hundred files are the limit.
#[test]
fn rejects_too_many_files() {
    let world = SandboxHarness::new();
    let (a, id) = (world.a(), created(&world));
    for _ in 0..100 {
        a.post(&format!("/{id}/attach"), attachment(&["anna"])).expect(201);
    }
    a.post(&format!("/{id}/attach"), attachment(&["anna"])).refused(409, "TooManyFiles");
}

#[test]
fn versions_and_references() {
    let world = SandboxHarness::new();
    let a = world.a();
    let created = a.post("", process("SIMPLE", &["anna", "beat"])).expect(201);
    let id = created["id"].as_str().expect("an id");
    let mut body = attachment(&["anna", "beat"]);
    body["externalIdentifier"] = "offer".into();
    body["name"] = "Zoë.pdf".into();
    let attached = a.post(&format!("/{id}/attach"), body).expect(201);
    let original = attached["fileId"].as_str().expect("an id");
    a.post_nothing(&format!("/{id}/release")).expect(200);
    let file =
        |reference: &str| a.get(&format!("/{id}/file/{reference}")).expect(200)["id"].clone();
    let last =
        || a.get(&format!("/{id}")).expect(200)["fileReferences"][0]["lastSignedFileId"].clone();

    assert_eq!(file("offer"), original);
    assert_eq!(last(), Value::Null);
    world.sign(id, "anna").expect(200);
    let partial = last();
    assert_eq!(file("offer"), partial);
    world.sign(id, "beat").expect(200);
    assert_ne!(last(), partial);
    // Every version is kept.
    for reference in [original, partial.as_str().expect("an id"), last().as_str().expect("an id")] {
        assert_eq!(file(reference), reference);
        let raw = a.get(&format!("/{id}/file/{reference}/content"));
        assert_eq!(raw.0.status, 200);
        assert_eq!(raw.0.body, pdf());
        let disposition = raw.0.get("content-disposition").expect("a name");
        assert_eq!(disposition, "attachment; filename=\"Zo_.pdf\"; filename*=UTF-8''Zo%C3%AB.pdf");
    }
    a.get(&format!("/{id}/file/file%3Aoffer-2025-001")).refused(409, "FileNotFound");
    let json = a.get(&format!("/{id}/file/offer")).expect(200);
    assert_eq!(STANDARD.decode(json["content"].as_str().expect("Base64")).expect("Base64"), pdf());
}

/// An attach after the release is rejected because of the state, whatever its content.
#[test]
fn the_state_is_judged_before_the_file() {
    let world = SandboxHarness::new();
    let a = world.a();
    let id = a.pending("SIMPLE", &["anna"]);
    let tag = |signer: &str| json!([{ "signer": signer, "locator": "TAG" }]);
    for (content, positions) in
        [(pdf(), tag("anna")), (pdf(), tag("nobody")), (b"no PDF".to_vec(), json!([]))]
    {
        let mut body = attachment(&["anna"]);
        body["content"] = STANDARD.encode(content).into();
        body["signaturePositions"] = positions;
        a.post(&format!("/{id}/attach"), body).refused(409, "ProcessAlreadyReleased");
    }
}

/// Counts how often a file is searched for tags. The first search waits until another command has
/// committed.
#[derive(Debug)]
struct CountingDocuments {
    reads: Arc<AtomicUsize>,
    overtaken: Arc<Barrier>,
}

impl DocumentService for CountingDocuments {
    fn inspect(&self, bytes: &[u8]) -> Result<DocumentInspection, DocumentError> {
        UnsignedDocuments.inspect(bytes)
    }

    fn find_tags(&self, _: &[u8]) -> Option<TagLocations> {
        if self.reads.fetch_add(1, Ordering::SeqCst) == 0 {
            self.overtaken.wait();
            self.overtaken.wait();
        }
        let place = TagLocation { page: 0, x: 20.0, y: 30.0 };
        Some(TagLocations { tags: [(1, place)].into(), unsearched_page: None })
    }

    fn sign(
        &self,
        bytes: &Bytes,
        input: &DocumentSigningInput<'_>,
    ) -> Result<Bytes, DocumentError> {
        UnsignedDocuments.sign(bytes, input)
    }

    fn signs(&self) -> bool {
        true
    }
}

/// Also with many tags, and if the process changes meanwhile.
#[test]
fn a_file_is_read_for_its_tags_once() {
    let (reads, overtaken) = (Arc::new(AtomicUsize::new(0)), Arc::new(Barrier::new(2)));
    let counted =
        CountingDocuments { reads: Arc::clone(&reads), overtaken: Arc::clone(&overtaken) };
    let world = SandboxHarness::of(|parts| parts.documents = Box::new(counted));
    let id = created(&world);
    let attach = |positions: Option<Value>| {
        let mut body = attachment(&["anna"]);
        if let Some(positions) = positions {
            body["signaturePositions"] = positions;
        }
        world.a().post(&format!("/{id}/attach"), body)
    };
    std::thread::scope(|scope| {
        scope.spawn(|| {
            overtaken.wait();
            attach(None).expect(201);
            overtaken.wait();
        });
        let tag = json!({ "signer": "anna", "locator": "TAG" });
        attach(Some(vec![tag; 40].into())).expect(201);
    });
    assert_eq!(reads.load(Ordering::SeqCst), 1);
    let details = world.a().get(&format!("/{id}")).expect(200);
    assert_eq!(details["fileReferences"].as_array().map(Vec::len), Some(2));
}

#[test]
fn signed_files_only_when_completed() {
    let world =
        SandboxHarness::with(|settings| settings.signed_download = SignedDownload::Completed);
    let a = world.a();
    let id = a.pending("SIMPLE", &["anna", "beat"]);
    world.sign(&id, "anna").expect(200);
    let details = a.get(&format!("/{id}")).expect(200);
    let file = &details["fileReferences"][0];
    let get = |field: &str| a.get(&format!("/{id}/file/{}", file[field].as_str().expect("an id")));
    get("initialFileId").expect(200);
    get("lastSignedFileId").refused(412, "FileNotAvailable");
    world.sign(&id, "beat").expect(200);
    get("lastSignedFileId").expect(200);
}

/// A sandbox that reads files.
fn reading() -> SandboxHarness {
    SandboxHarness::of(|parts| {
        let signer = PadesDocuments::new([3; 32], at("1970-01-01T00:00:00Z"));
        parts.documents = Box::new(signer.expect("an authority"));
    })
}

#[test]
fn warns_about_signatures_that_overlap() {
    let world = reading();
    let id = created(&world);
    let attach = |positions: &[(i64, i64, i64)]| {
        let mut body = attachment(&["anna"]);
        let positions: Vec<Value> = positions
            .iter()
            .map(|(page, x, y)| json!({ "signer": "anna", "pageNumber": page, "positionX": x, "positionY": y }))
            .collect();
        body["signaturePositions"] = positions.into();
        world.a().post(&format!("/{id}/attach"), body)
    };
    for (positions, warnings) in [
        (vec![(0, 10, 10), (0, 180, 10), (0, 10, 60)], ""),
        (vec![(0, 10, 10), (0, 179, 59)], "overlapping-positions $.signaturePositions[1]"),
        // The only page, by both of its numbers.
        (
            vec![(0, 10, 10), (0, 300, 10), (-1, 20, 20), (0, 310, 20)],
            "overlapping-positions $.signaturePositions[2], overlapping-positions $.signaturePositions[3]",
        ),
    ] {
        let answer = attach(&positions);
        assert_eq!(answer.warnings(), warnings, "{positions:?}");
        answer.expect(201);
    }
}

/// A file with this content on its only page.
fn with_content(content: &str) -> Vec<u8> {
    let objects = [
        "<</Type/Catalog/Pages 2 0 R>>".to_owned(),
        "<</Type/Pages/Kids[3 0 R]/Count 1>>".to_owned(),
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>"
            .to_owned(),
        format!("<</Length {}>>\nstream\n{content}\nendstream", content.len()),
        "<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>".to_owned(),
    ];
    let mut file = String::from("%PDF-1.7\n");
    let mut table = format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1);
    for (index, object) in objects.iter().enumerate() {
        table.push_str(&format!("{:010} 00000 n \n", file.len()));
        file.push_str(&format!("{} 0 obj\n{object}\nendobj\n", index + 1));
    }
    let (start, size) = (file.len(), objects.len() + 1);
    file.push_str(&format!(
        "{table}trailer\n<</Size {size}/Root 1 0 R>>\nstartxref\n{start}\n%%EOF\n"
    ));
    file.into_bytes()
}

#[test]
fn a_tag_is_not_missing_if_the_file_was_not_searched_completely() {
    let world = reading();
    let id = created(&world);
    let attach = |content: &str| {
        let mut body = attachment(&["anna"]);
        body["content"] = STANDARD.encode(with_content(content)).into();
        body["signaturePositions"] = json!([{ "signer": "anna", "locator": "TAG" }]);
        world.a().post(&format!("/{id}/attach"), body)
    };
    let tag = r"BT /F1 12 Tf 72 700 Td (\\s1\\) Tj ET ";
    let too_complex = "q ".repeat(5000);
    attach("").refused(409, "SignatureTagNotFound");
    let refused = attach(&format!("{too_complex}{tag}"));
    let body = String::from_utf8_lossy(&refused.0.body).into_owned();
    assert!(
        body.contains("could not be searched completely for the tag")
            && body.contains("Use coordinates"),
        "{body}"
    );
    refused.refused(409, "SignatureTagsNotSearched");
    attach(tag).expect(201);
    attach(&format!("{tag}{too_complex}")).expect(201);
}

/// A byte order mark or a line feed before the header, as some producers write them.
#[test]
fn accepts_bytes_before_the_header() {
    let world = reading();
    let id = created(&world);
    for before in [&b"\n"[..], b"\xEF\xBB\xBF", b"HTTP/1.1 200 OK\r\n\r\n"] {
        let mut body = attachment(&["anna"]);
        body["content"] = STANDARD.encode([before, &pdf()].concat()).into();
        world.a().post(&format!("/{id}/attach"), body).expect(201);
    }
}

/// The drawn size must fit: the page has 595 x 842 points, and the signature is at 120, 700.
#[test]
fn signatures_of_another_size() {
    let signed = |size: &str| {
        let world = SandboxHarness::of(|parts| {
            let signer = PadesDocuments::new([3; 32], at("1970-01-01T00:00:00Z"));
            parts.documents = Box::new(signer.expect("an authority"));
            parts.settings.signature_size = SignatureSize::parse(size).expect("a size");
        });
        let a = world.a();
        let id = a.prepared("SIMPLE", &["anna"]);
        let released = a.post_nothing(&format!("/{id}/release"));
        if released.0.status != 200 {
            let body = String::from_utf8_lossy(&released.0.body).into_owned();
            let (width, height) = size.split_once('x').expect("a size");
            assert!(body.contains(&format!("signature of {width} x {height} points")), "{body}");
            released.refused(409, "SignatureOutsideVisibleArea");
            return None;
        }
        world.sign(&id, "anna").expect(200);
        let details = a.get(&format!("/{id}")).expect(200);
        let file = details["fileReferences"][0]["lastSignedFileId"].as_str().expect("an id");
        let bytes = a.get(&format!("/{id}/file/{file}/content")).0.body;
        Some(String::from_utf8_lossy(&bytes).into_owned())
    };
    for (size, rect) in [
        (SignatureSize::default().to_string(), "/Rect [120.0 92.0 290.0 142.0]"),
        ("400x100".to_owned(), "/Rect [120.0 42.0 520.0 142.0]"),
        ("475x142".to_owned(), "/Rect [120.0 0.0 595.0 142.0]"),
    ] {
        let signed = signed(&size).expect("a release");
        assert!(signed.contains(rect), "{size}: not {rect}");
    }
    for size in ["476x50", "170x143"] {
        assert_eq!(signed(size), None, "{size}");
    }
    for wrong in ["", "170", "170x", "x50", "170x50x1", "9x50", "170x1001", "-1x50", "170 x 50"] {
        let why = SignatureSize::parse(wrong).expect_err(wrong);
        assert!(why.contains("such as 170x50"), "{why}");
    }
}

/// The files are deleted thirty days after the end; the process and its records are kept.
#[test]
fn archive() {
    let world = SandboxHarness::new();
    let a = world.a();
    let id = a.pending("SIMPLE", &["anna"]);
    world.admin(&format!("processes/{id}/archive"), json!({})).refused(409, "ProcessNotEnded");
    world.sign(&id, "anna").expect(200);
    let details = a.get(&format!("/{id}")).expect(200);
    let file = details["fileReferences"][0]["initialFileId"].as_str().expect("an id");
    assert_eq!(details["archiveOn"], "2026-12-01T10:00:00Z");
    world.clock.advance(30 * DAY - 1);
    a.get(&format!("/{id}/file/{file}")).expect(200);
    world.clock.advance(1);
    a.get(&format!("/{id}/file/{file}")).refused(410, "FileArchived");
    a.get(&format!("/{id}/file/{file}/content")).refused(410, "FileArchived");
    a.get(&format!("/{id}/file/unknown")).refused(410, "FileArchived");
    let bytes = world.platform().store().blob(file.parse().expect("a UUID")).expect("a store");
    assert!(bytes.is_none(), "the bytes are still there");
    let archived = a.get(&format!("/{id}")).expect(200);
    assert_eq!(
        (&archived["archivedOn"], &archived["status"]),
        (&details["archiveOn"], &json!("COMPLETED"))
    );
    assert_eq!(archived["lastModifiedDate"], details["archiveOn"]);
    a.get(&format!("/{id}/record")).expect(200);
}

#[test]
fn stores_nothing_after_a_rejected_attach() {
    let world = SandboxHarness::new();
    let (a, id) = (world.a(), created(&world));
    let before = a.get(&format!("/{id}")).expect(200);
    world.clock.advance(60);
    a.post(&format!("/{id}/attach"), attachment(&["nobody"])).refused(409, "SignerNotFound");
    assert_eq!(a.get(&format!("/{id}")).expect(200), before);
}
