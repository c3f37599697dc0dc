//! Relay and sandbox, both as programs: a user's process from create to the signed file's download, and
//! another user who gets nothing. `SWISSCOM_SIGN_SANDBOX_BIN` names the sandbox; without it, the test
//! builds it.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

async fn start(command: &mut Command) -> (Child, Value) {
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut line = String::new();
    let mut lines = BufReader::new(child.stdout.as_mut().unwrap());
    let read = tokio::time::timeout(Duration::from_secs(30), lines.read_line(&mut line)).await;
    read.expect("a ready line in time").unwrap();
    let ready = serde_json::from_str(&line).unwrap_or_else(|_| panic!("no ready line: {line:?}"));
    (child, ready)
}

/// A PDF of one empty page, with a table of offsets that is right.
fn pdf() -> Vec<u8> {
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
    let table = file.len();
    file.extend(b"xref\n0 4\n0000000000 65535 f \n");
    for offset in offsets {
        file.extend(format!("{offset:010} 00000 n \n").bytes());
    }
    file.extend(format!("trailer\n<< /Size 4 /Root 1 0 R >>\nstartxref\n{table}\n%%EOF\n").bytes());
    file
}

struct E2eCaller<'r> {
    url: &'r str,
    token: &'r str,
}

impl E2eCaller<'_> {
    async fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Bytes,
    ) -> (u16, Bytes) {
        let mut request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.url))
            .header("authorization", format!("Bearer {}", self.token));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let client = Client::builder(TokioExecutor::new()).build_http::<Full<Bytes>>();
        let response = client.request(request.body(Full::new(body)).unwrap()).await.unwrap();
        let status = response.status().as_u16();
        (status, response.into_body().collect().await.unwrap().to_bytes())
    }

    async fn json(&self, method: &str, path: &str, body: &Value) -> (u16, Value) {
        let text = if body.is_null() { String::new() } else { body.to_string() };
        let headers = [("content-type", "application/json")];
        let (status, bytes) = self.send(method, path, &headers, text.into()).await;
        (status, serde_json::from_slice(&bytes).unwrap_or_default())
    }
}

/// Program of the sandbox, in the folder of the relay's program.
fn sandbox_program() -> PathBuf {
    if let Some(named) = std::env::var_os("SWISSCOM_SIGN_SANDBOX_BIN") {
        return named.into();
    }
    let relay = Path::new(env!("CARGO_BIN_EXE_swisscom-sign-relay"));
    let mut build = std::process::Command::new(env!("CARGO"));
    build.args(["build", "--quiet", "--package", "swisscom-sign-sandbox"]);
    if relay.parent().is_some_and(|folder| folder.ends_with("release")) {
        build.arg("--release");
    }
    assert!(build.status().unwrap().success(), "cannot build swisscom-sign-sandbox");
    relay.with_file_name(format!("swisscom-sign-sandbox{}", std::env::consts::EXE_SUFFIX))
}

#[tokio::test]
async fn runs_a_process_through_relay_and_sandbox() {
    let sandbox = sandbox_program();
    let (_sandbox, platform) =
        start(Command::new(&sandbox).args(["serve", "--listen", "127.0.0.1:0"])).await;
    let text = |name: &str| platform[name].as_str().unwrap().to_owned();
    let (_relay, relay) = start(
        Command::new(env!("CARGO_BIN_EXE_swisscom-sign-relay"))
            .args(["serve", "--dev", "--listen", "127.0.0.1:0", "--upstream", &text("apiUrl")])
            .args(["--token-url", &text("tokenUrl")])
            .env("SWISSCOM_SIGN_CLIENT_ID", text("clientId"))
            .env("SWISSCOM_SIGN_CLIENT_SECRET", text("clientSecret")),
    )
    .await;
    let url = relay["url"].as_str().unwrap();
    let [anna, berta] =
        [0, 1].map(|n| E2eCaller { url, token: relay["users"][n]["token"].as_str().unwrap() });
    let none = Value::Null;

    let body = json!({
        "signatureLevel": "SIMPLE",
        "initiator": { "type": "SIGNER", "firstName": "Anna", "lastName": "A", "externalIdentifier": "anna",
            "email": "anna@example.com" },
    });
    let (status, made) = anna.json("POST", "/api/process", &body).await;
    assert_eq!(status, 201, "{made}");
    assert!(!made.to_string().contains("relay."), "{made}");
    let process = format!("/api/process/{}", made["id"].as_str().unwrap());

    let description = json!({ "name": "a.pdf", "externalIdentifier": "contract", "signaturePositions": [
        { "signer": "anna", "pageNumber": 0, "positionX": 50, "positionY": 50 }] });
    let upload = process.replace("/api/", "/relay/") + "/file";
    let headers = [("content-type", "application/pdf"), ("relay-file", &description.to_string())];
    let (status, answer) = anna.send("POST", &upload, &headers, pdf().into()).await;
    assert_eq!(status, 201, "{answer:?}");

    let setup = json!({ "language": "de-CH", "successUrl": "http://localhost:5173/done" });
    let (status, answer) = anna.json("POST", &format!("{process}/setup"), &setup).await;
    assert_eq!(status, 202, "{answer}");
    assert!(answer["url"].as_str().unwrap().starts_with("http"), "{answer}");
    let (status, answer) = anna.json("POST", &format!("{process}/release"), &json!({})).await;
    assert_eq!(status, 200, "{answer}");
    assert!(answer["participants"][0]["url"].is_string(), "her own: {answer}");
    let open = json!({ "skipAuthorization": true });
    let (status, answer) = anna.json("POST", &format!("{process}/open/anna"), &open).await;
    assert_eq!(status, 200, "{answer}");
    let (status, answer) = anna.json("GET", &format!("{process}/status"), &none).await;
    assert_eq!((status, answer["status"].as_str()), (200, Some("PENDING")));
    let (status, _) = anna.json("GET", &format!("{process}/record"), &none).await;
    assert_eq!(status, 200);
    let content = format!("{process}/file/contract/content");
    let (status, file) = anna.send("GET", &content, &[], Bytes::new()).await;
    assert_eq!((status, &file[..]), (200, &pdf()[..]), "what went in comes out");
    let (status, list) = anna.json("GET", "/api/process?status=PENDING", &none).await;
    assert_eq!((status, list["content"].as_array().map(Vec::len)), (200, Some(1)), "{list}");

    for (method, path, body) in [
        ("GET", process.clone(), none.clone()),
        ("GET", format!("{process}/status"), none.clone()),
        ("GET", content, none.clone()),
        ("POST", format!("{process}/open/anna"), json!({})),
        ("POST", format!("{process}/release"), json!({})),
    ] {
        let (status, _) = berta.json(method, &path, &body).await;
        assert_eq!(status, 404, "{method} {path}");
    }
    let (_, list) = berta.json("GET", "/api/process", &none).await;
    assert_eq!(list["content"], json!([]));
}
