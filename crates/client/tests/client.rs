//! The client with a sandbox in the same process, over loopback connections.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

use std::future::IntoFuture as _;
use std::time::Duration;

use serde_json::{Value, json};
use swisscom_sign_client::contract::{
    CoordinateSignaturePosition, Invitees, NonPerson, Participant, Process, ProcessReleaseRequest,
    SignatureLevel, Signer, State,
};
use swisscom_sign_client::{
    Client, Environment, Error, ErrorKind, File, ProcessHandle, SaveError, WaitError,
};
use swisscom_sign_sandbox::Sandbox;

struct Platform {
    sandbox: Sandbox,
    http: reqwest::Client,
    client: Client,
}

impl Platform {
    fn start() -> Self {
        let sandbox = Sandbox::builder().port(0).start().unwrap();
        let client = Self::client_of(&sandbox, sandbox.ready().client_secret);
        Self { sandbox, http: reqwest::Client::new(), client }
    }

    fn client_of(sandbox: &Sandbox, secret: String) -> Client {
        let (api_url, token_url) = (sandbox.api_url(), sandbox.token_url());
        Client::builder(Environment::Custom { api_url, token_url })
            .credentials(sandbox.ready().client_id, secret)
            .timeout(Duration::from_secs(30))
            .build()
            .unwrap()
    }

    /// Calls the control API.
    async fn control(&self, method: &str, path: &str, body: Option<Value>) -> Value {
        let url = format!("{}/_sandbox{path}", self.sandbox.url());
        let mut request = self.http.request(method.parse().unwrap(), url);
        if let Some(body) = body {
            request = request.header("content-type", "application/json").body(body.to_string());
        }
        let response = request.send().await.unwrap();
        let (status, text) = (response.status(), response.text().await.unwrap());
        assert!(status.is_success(), "{method} {path}: {status} {text}");
        serde_json::from_str(&text).unwrap_or_default()
    }

    async fn fault(&self, operation: &str, action: Value) {
        let rule = json!({ "match": { "operation": operation, "nth": 1 }, "action": action });
        self.control("POST", "/faults", Some(rule)).await;
    }

    /// Names of the operations that the sandbox received.
    async fn received(&self) -> Vec<String> {
        let requests = self.control("GET", "/requests", None).await;
        let list = requests.as_array().or_else(|| requests["requests"].as_array()).unwrap().clone();
        list.iter().filter_map(|request| Some(request["operation"].as_str()?.to_owned())).collect()
    }

    async fn pending(&self, file: File) -> (ProcessHandle, String) {
        let process = self.client.create(&draft()).await.unwrap();
        let position = CoordinateSignaturePosition::new("anna", 0, 60, 600);
        let file = process.attach(file, &[position.into()]).await.unwrap();
        process.release(&ProcessReleaseRequest::default()).await.unwrap();
        (process, file)
    }
}

fn draft() -> Process {
    let mut anna = Signer::new("Anna", "Muster");
    anna.email = Some("anna@example.com".to_owned());
    anna.external_identifier = Some("anna".to_owned());
    let mut invitees = Invitees::default();
    invitees.signers = Some(vec![anna]);
    let mut draft = Process::new(Participant::NonPerson(NonPerson::new("Back office")));
    draft.signature_level = Some(SignatureLevel::Advanced);
    draft.invitees = Some(invitees);
    draft
}

/// A PDF file of one empty page, with comments up to a size.
fn pdf(size: usize) -> Vec<u8> {
    let mut file = b"%PDF-1.7\n".to_vec();
    let mut offsets = Vec::new();
    for object in [
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << >> >>",
    ] {
        offsets.push(file.len());
        file.extend(format!("{} 0 obj\n{object}\nendobj\n", offsets.len()).bytes());
    }
    while file.len() < size {
        file.extend(b"%0123456789abcdefghijklmnopqrstuvwxyz0123456789abcdefghijklmnopqrstuvwxyz\n");
    }
    let table = file.len();
    file.extend(b"xref\n0 4\n0000000000 65535 f \n");
    for offset in offsets {
        file.extend(format!("{offset:010} 00000 n \n").bytes());
    }
    file.extend(format!("trailer << /Size 4 /Root 1 0 R >>\nstartxref\n{table}\n%%EOF\n").bytes());
    file
}

struct Folder(std::path::PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("client-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(&self.0).unwrap();
        let mut names: Vec<_> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[tokio::test]
async fn sends_a_document_and_saves_the_signed_file() {
    let platform = Platform::start();
    let folder = Folder::new("flow");
    let original = folder.0.join("offer.pdf");
    std::fs::write(&original, pdf(400_000)).unwrap();
    let (process, file) = platform.pending(File::path(&original)).await;
    assert_eq!(process.status().await.unwrap(), State::Pending);

    let wait = tokio::spawn({
        let wait = process.wait_for(State::Completed);
        wait.interval(Duration::from_millis(20), Duration::from_millis(100)).into_future()
    });
    let path = format!("/processes/{}/participants/anna/sign", process.id());
    platform.control("POST", &path, None).await;
    let completed = wait.await.unwrap().unwrap();
    assert_eq!(completed.status, Some(State::Completed));

    let signed = folder.0.join("signed.pdf");
    process.download(&file).await.unwrap().save_to(&signed).await.unwrap();
    let bytes = std::fs::read(&signed).unwrap();
    assert!(bytes.starts_with(&std::fs::read(&original).unwrap()), "an incremental update");
    assert!(bytes.len() > 400_000);

    // An existing file is kept, and no part is left behind.
    std::fs::write(&signed, "kept").unwrap();
    let error = process.download(&file).await.unwrap().save_to(&signed).await.unwrap_err();
    assert!(matches!(error, SaveError::Write { .. }), "{error}");
    assert_eq!(std::fs::read(&signed).unwrap(), b"kept");
    assert_eq!(folder.names(), ["offer.pdf", "signed.pdf"]);
}

#[tokio::test]
async fn uploads_the_same_bytes_from_memory_and_from_disk() {
    let platform = Platform::start();
    let folder = Folder::new("upload");
    // Sizes around the chunk of the encoder, so that every kind of padding occurs.
    for size in [1_000, 3 * 48 * 1024 - 500, 200_001] {
        let bytes = pdf(size);
        let path = folder.0.join("a.pdf");
        std::fs::write(&path, &bytes).unwrap();
        let process = platform.client.create(&draft()).await.unwrap();
        let named = File::path(&path).name("b.pdf").external_identifier("disk");
        process.attach(named, &[]).await.unwrap();
        process.attach(File::bytes("c.pdf", bytes.clone()), &[]).await.unwrap();
        let read = process.read().await.unwrap();
        for reference in read.file_references.unwrap() {
            let id = reference.initial_file_id.unwrap();
            assert_eq!(process.download(&id).await.unwrap().bytes().await.unwrap(), bytes);
        }
    }
}

#[tokio::test]
async fn refuses_a_file_before_anything_is_sent() {
    let platform = Platform::start();
    let process = platform.client.create(&draft()).await.unwrap();
    let before = platform.received().await.len();
    let error = process.attach(File::path("nope.pdf"), &[]).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::InvalidArgument);
    assert!(error.message.contains("nope.pdf"), "{error}");
    let error = process.attach(File::bytes("a.pdf", "no PDF"), &[]).await.unwrap_err();
    assert_eq!((error.kind, error.problems.len()), (ErrorKind::Validation, 1));
    assert_eq!(platform.received().await.len(), before);
}

#[tokio::test]
async fn a_create_whose_response_is_lost_makes_one_process() {
    let platform = Platform::start();
    for action in [
        json!({ "status": 500, "execute": true }),
        json!({ "drop": "closeAfter" }),
        json!({ "drop": "truncate" }),
        json!({ "drop": "closeBefore" }),
    ] {
        platform.control("POST", "/reset", None).await;
        platform.fault("create", action.clone()).await;
        let process = platform.client.create(&draft()).await.unwrap();
        let all = platform.control("GET", "/export", None).await;
        let all = all["processes"].as_array().unwrap();
        let ids: Vec<_> = all.iter().map(|process| process["id"].as_str().unwrap()).collect();
        assert_eq!(ids, [process.id()], "{action}");
    }
}

#[tokio::test]
async fn an_attach_whose_response_is_lost_attaches_one_file() {
    let platform = Platform::start();
    let process = platform.client.create(&draft()).await.unwrap();
    platform.fault("attach", json!({ "status": 502, "execute": true })).await;
    let id = process.attach(File::bytes("a.pdf", pdf(1_000)), &[]).await.unwrap();
    let files = process.read().await.unwrap().file_references.unwrap();
    let ids: Vec<_> = files.iter().map(|file| file.initial_file_id.as_deref().unwrap()).collect();
    assert_eq!(ids, [id]);
}

#[tokio::test]
async fn concurrent_calls_share_one_token_request() {
    let platform = Platform::start();
    let process = platform.client.create(&draft()).await.unwrap();
    let fresh = Platform::client_of(&platform.sandbox, platform.sandbox.ready().client_secret);
    let before = tokens(&platform).await;
    let calls: Vec<_> = (0..20)
        .map(|_| {
            let process = fresh.process(process.id());
            tokio::spawn(async move { process.status().await })
        })
        .collect();
    for call in calls {
        assert_eq!(call.await.unwrap().unwrap(), State::Created);
    }
    assert_eq!(tokens(&platform).await, before + 1);
}

async fn tokens(platform: &Platform) -> usize {
    platform.received().await.iter().filter(|operation| *operation == "token").count()
}

#[tokio::test]
async fn a_call_that_is_dropped_does_not_block_the_token() {
    let platform = Platform::start();
    let process = platform.client.create(&draft()).await.unwrap();
    let fresh = Platform::client_of(&platform.sandbox, platform.sandbox.ready().client_secret);
    let handle = fresh.process(process.id());
    // Dropped while it waits for the token.
    let dropped = tokio::time::timeout(Duration::ZERO, handle.status()).await;
    assert!(dropped.is_err());
    assert_eq!(handle.status().await.unwrap(), State::Created);
}

#[tokio::test]
async fn errors_name_their_kind_and_contain_no_secret() {
    let platform = Platform::start();
    let process = platform.client.create(&draft()).await.unwrap();
    let stranger = Platform::client_of(&platform.sandbox, "wrong-s3cr3t".to_owned());
    let error = stranger.process(process.id()).status().await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Authentication, "{error}");
    let missing = platform.client.process("6f1a5c4d-2d9a-4f12-a1c5-bc6e2bcb2d6a");
    let not_found = missing.status().await.unwrap_err();
    assert_eq!(not_found.kind, ErrorKind::NotFound, "{not_found}");
    let invalid = platform.client.process("../admin").status().await.unwrap_err();
    assert_eq!(invalid.kind, ErrorKind::Validation, "{invalid}");
    let closed = Client::builder(Environment::Custom {
        api_url: "http://127.0.0.1:1/system".to_owned(),
        token_url: "http://127.0.0.1:1/token".to_owned(),
    })
    .credentials("id", "wrong-s3cr3t")
    .max_retries(0)
    .build()
    .unwrap();
    let unreachable = closed.process(process.id()).status().await.unwrap_err();
    assert_eq!(unreachable.kind, ErrorKind::TokenUnavailable, "{unreachable}");
    for error in [error, not_found, invalid, unreachable] {
        let text = chain(&error);
        assert!(!text.contains("s3cr3t"), "{text}");
        assert!(!text.contains(process.id()), "{text}");
    }
}

/// Error and causes, as `Display` and `Debug` print them.
fn chain(error: &Error) -> String {
    let mut text = format!("{error} {error:?}");
    let mut source = std::error::Error::source(error);
    while let Some(error) = source {
        text.push_str(&format!(" {error} {error:?}"));
        source = error.source();
    }
    text
}

#[tokio::test]
async fn a_wait_ends_with_the_decline_of_a_signer() {
    let platform = Platform::start();
    let (process, _) = platform.pending(File::bytes("a.pdf", pdf(1_000))).await;
    let path = format!("/processes/{}/participants/anna/decline", process.id());
    platform.control("POST", &path, None).await;
    let error = process.wait_for(State::Completed).await.unwrap_err();
    assert!(matches!(&error, WaitError::Declined { signer } if signer.as_deref() == Some("anna")));
    let (process, _) = platform.pending(File::bytes("a.pdf", pdf(1_000))).await;
    let wait = process.wait_for(State::Completed).timeout(Duration::from_millis(50));
    assert!(matches!(wait.await.unwrap_err(), WaitError::Timeout { .. }));
}

#[tokio::test]
async fn a_rejected_token_is_replaced_once() {
    let platform = Platform::start();
    let process = platform.client.create(&draft()).await.unwrap();
    let before = tokens(&platform).await;
    platform.fault("getStatus", json!({ "status": 401 })).await;
    assert_eq!(process.status().await.unwrap(), State::Created);
    assert_eq!(tokens(&platform).await, before + 1);
}

#[tokio::test]
async fn a_create_that_was_not_sent_is_not_uncertain() {
    let platform = Platform::start();
    let client = Client::builder(Environment::Custom {
        api_url: "http://127.0.0.1:1/system".to_owned(),
        token_url: platform.sandbox.token_url(),
    })
    .credentials(platform.sandbox.ready().client_id, platform.sandbox.ready().client_secret)
    .max_retries(0)
    .build()
    .unwrap();
    let error = client.create(&draft()).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Connection, "{error}");
}
