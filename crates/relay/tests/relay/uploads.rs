//! Concurrency limits of uploads and requests, per caller and in total.

use super::support::{HOST, RelayHarness, TestResponse, bearer};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Length of the Base64.
const CHARACTERS: usize = 2_800_000;

/// An upload in progress: the platform waits for `rest`.
struct Upload {
    stream: TcpStream,
    rest: String,
}

impl Upload {
    async fn begin(
        world: &RelayHarness,
        user: &str,
        head: String,
        begins: &str,
        ends: &str,
    ) -> Self {
        let auth = bearer(user);
        let length = begins.len() + CHARACTERS + ends.len();
        let before = world.platform.received.load(Ordering::SeqCst);
        let mut stream = TcpStream::connect(world.address).await.unwrap();
        let head = format!(
            "{head}Host: {HOST}\r\nAuthorization: {auth}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{begins}"
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        while world.platform.received.load(Ordering::SeqCst) == before {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let rest = "Q".repeat(CHARACTERS) + ends;
        Self { stream, rest }
    }

    async fn json(world: &RelayHarness, user: &str, id: &str) -> Self {
        let head =
            format!("POST /api/process/{id}/attach HTTP/1.1\r\nContent-Type: application/json\r\n");
        let begins = r#"{"name":"a.pdf","contentType":"application/pdf","content":""#;
        Self::begin(world, user, head, begins, "\"}").await
    }

    async fn raw(world: &RelayHarness, user: &str, id: &str) -> Self {
        let head = format!(
            "POST /relay/process/{id}/file HTTP/1.1\r\nContent-Type: application/pdf\r\nRelay-File: {{\"name\":\"a.pdf\"}}\r\n"
        );
        Self::begin(world, user, head, "%PDF-1.7\n", "").await
    }

    async fn finish(mut self) {
        self.stream.write_all(self.rest.as_bytes()).await.unwrap();
        let mut answer = String::new();
        self.stream.read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");
    }
}

async fn small(world: &RelayHarness, user: &str, id: &str) -> TestResponse {
    let auth = bearer(user);
    let headers = [
        ("authorization", auth.as_str()),
        ("content-type", "application/pdf"),
        ("relay-file", r#"{"name":"a.pdf"}"#),
    ];
    world.request("POST", &format!("/relay/process/{id}/file"), &headers, "%PDF-1.7 x").await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn limits_concurrent_uploads_of_a_caller() {
    let world = RelayHarness::with(|config| config.limits.uploads_per_user = 1).await;
    let (annas, bertas) = (world.create("anna").await, world.create("berta").await);
    for json in [true, false] {
        let upload = match json {
            true => Upload::json(&world, "anna", &annas).await,
            false => Upload::raw(&world, "anna", &annas).await,
        };
        let refused = small(&world, "anna", &annas).await;
        assert_eq!((refused.status, refused.code().as_str()), (429, "rate_limited"), "{json}");
        assert_eq!(refused.headers["retry-after"], "1");
        assert_eq!(
            small(&world, "berta", &bertas).await.status,
            201,
            "other callers are unaffected"
        );
        upload.finish().await;
        assert_eq!(small(&world, "anna", &annas).await.status, 201, "the permit is released");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn limits_concurrent_uploads_of_all_callers() {
    let world = RelayHarness::with(|config| config.upstream.max_concurrent_uploads = 1).await;
    let (annas, bertas) = (world.create("anna").await, world.create("berta").await);
    let upload = Upload::json(&world, "anna", &annas).await;
    let refused = small(&world, "berta", &bertas).await;
    assert_eq!((refused.status, refused.code().as_str()), (503, "overloaded"));
    let path = format!("/api/process/{bertas}/status");
    assert_eq!(world.get("berta", &path).await.status, 200, "other requests are unaffected");
    upload.finish().await;
    assert_eq!(small(&world, "berta", &bertas).await.status, 201);
    // A disconnect releases the permit.
    drop(Upload::raw(&world, "anna", &annas).await);
    assert_eq!(small(&world, "berta", &bertas).await.status, 201);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn limits_concurrent_requests_of_all_callers() {
    let world =
        Arc::new(RelayHarness::with(|config| config.upstream.max_concurrent_requests = 1).await);
    let (annas, bertas) = (world.create("anna").await, world.create("berta").await);
    world.platform.forget();
    world.platform.delay.store(2500, Ordering::SeqCst);
    let of = Arc::clone(&world);
    let slow = tokio::spawn(async move {
        of.get("anna", &format!("/api/process/{annas}/status")).await.status
    });
    while world.platform.seen().is_empty() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let path = format!("/api/process/{bertas}/status");
    let refused = world.get("berta", &path).await;
    assert_eq!((refused.status, refused.code().as_str()), (503, "overloaded"));
    assert_eq!(slow.await.unwrap(), 200);
    world.platform.delay.store(0, Ordering::SeqCst);
    assert_eq!(world.get("berta", &path).await.status, 200);
}
