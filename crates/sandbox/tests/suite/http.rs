//! Over loopback: the library, and the program with its ready line, signals and output.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use serde_json::{Value, json};
use swisscom_sign_pades::{self as pades, ca};
use swisscom_sign_sandbox::Sandbox;
use swisscom_sign_sandbox::http::HttpResponse;
use swisscom_sign_sandbox::route::{RouteMatch, find};
use swisscom_sign_sandbox::settings::SandboxSettings;

use crate::contract::Contract;
use crate::support::{attachment, json_request, process};

/// Client of this sandbox.
pub(crate) fn client(sandbox: &Sandbox) -> RawHttpClient {
    RawHttpClient::of(&serde_json::to_value(sandbox.ready()).expect("JSON"))
}

pub(crate) fn get(authority: &str, target: &str) -> HttpResponse {
    let client = RawHttpClient { authority: authority.to_owned(), token: String::new() };
    client.raw("GET", target, "", b"")
}

/// Connection data of a sandbox.
pub(crate) struct RawHttpClient {
    pub(crate) authority: String,
    pub(crate) token: String,
}

impl RawHttpClient {
    pub(crate) fn of(ready: &Value) -> Self {
        let text = |name: &str| ready[name].as_str().unwrap_or_else(|| panic!("{name} in {ready}"));
        let authority = text("url").strip_prefix("http://").expect("http").to_owned();
        let mut client = Self { authority, token: String::new() };
        let form = format!(
            "grant_type=client_credentials&client_id={}&client_secret={}&scope=sswp:process:read:all",
            text("clientId"),
            text("clientSecret")
        );
        let path = text("tokenUrl").strip_prefix(text("url")).expect("a path");
        let answer = client.raw("POST", path, "application/x-www-form-urlencoded", form.as_bytes());
        assert_eq!(answer.status, 200);
        let body: Value = serde_json::from_slice(&answer.body).expect("JSON");
        client.token = body["access_token"].as_str().expect("a token").to_owned();
        client
    }

    pub(crate) fn raw(
        &self,
        method: &str,
        target: &str,
        media_type: &str,
        body: &[u8],
    ) -> HttpResponse {
        self.try_raw(method, target, media_type, body).expect("an answer")
    }

    /// As above; `None` if the connection fails.
    pub(crate) fn try_raw(
        &self,
        method: &str,
        target: &str,
        media_type: &str,
        body: &[u8],
    ) -> Option<HttpResponse> {
        let mut stream = TcpStream::connect(&self.authority).ok()?;
        let head = format!(
            "{method} {target} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\nauthorization: Bearer {}\r\ncontent-type: {media_type}\r\ncontent-length: {}\r\n\r\n",
            self.authority,
            self.token,
            body.len()
        );
        stream.write_all(head.as_bytes()).ok()?;
        stream.write_all(body).ok()?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).ok()?;
        let whole = |answer: &HttpResponse| {
            let length = answer.get("content-length").and_then(|length| length.parse().ok());
            length.is_none_or(|length: usize| answer.body.len() == length)
        };
        let headed = answer.windows(4).any(|window| window == b"\r\n\r\n");
        headed.then(|| parse(&answer)).filter(whole)
    }

    /// Sends no body for null.
    pub(crate) fn call(&self, method: &str, target: &str, body: Value) -> (u16, Value) {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let answer = self.raw(method, target, "application/json", body.as_bytes());
        if let RouteMatch::Found(route) = find(&json_request(method, target, None, None)) {
            Contract::get().judge(route.operation, &answer, &[]);
        }
        (answer.status, serde_json::from_slice(&answer.body).unwrap_or(Value::Null))
    }

    /// From the token request to the signed file.
    pub(crate) fn whole_flow(&self) {
        let (status, created) =
            self.call("POST", "/system/api/process", process("SIMPLE", &["anna"]));
        assert_eq!(status, 201);
        let id = created["id"].as_str().expect("an id");
        let at = |rest: &str| format!("/system/api/process/{id}{rest}");
        assert_eq!(self.call("POST", &at("/attach"), attachment(&["anna"])).0, 201);
        assert_eq!(self.call("POST", &at("/release"), json!({})).0, 200);
        let (status, opened) = self.call("POST", &at("/open/anna"), json!({}));
        assert_eq!(status, 200);
        let page = opened["url"].as_str().expect("a URL");
        let page = page.strip_prefix(&format!("http://{}", self.authority)).expect("our own URL");
        assert_eq!(self.raw("GET", page, "text/html", b"").status, 303);
        let sign = format!("/_sandbox/processes/{id}/participants/anna/sign");
        let (status, signed) = self.call("POST", &sign, json!({}));
        assert_eq!((status, &signed["status"]), (200, &json!("COMPLETED")));
        let file = signed["fileReferences"][0]["lastSignedFileId"].as_str().expect("an id");
        let content = self.raw("GET", &at(&format!("/file/{file}/content")), "", b"");
        assert!(content.body.starts_with(&crate::support::pdf()), "not an incremental update");
        let authority = self.raw("GET", "/_sandbox/ca.pem", "", b"").body;
        let authority = std::str::from_utf8(&authority).expect("text");
        let authority = ca::parse_certificates(authority).expect("a certificate");
        let signatures = pades::verify(&content.body, &authority).expect("a PDF");
        assert_eq!(signatures.len(), 1);
        assert!(signatures.iter().all(pades::SignatureReport::is_valid), "{signatures:?}");
        assert_eq!(self.call("GET", "/system/api/process?size=1", Value::Null).0, 200);
    }
}

pub(crate) fn parse(answer: &[u8]) -> HttpResponse {
    let end = answer.windows(4).position(|w| w == b"\r\n\r\n").expect("a head");
    let head = std::str::from_utf8(&answer[..end]).expect("text");
    let mut lines = head.lines();
    let status = lines.next().and_then(|l| l.split(' ').nth(1)).expect("a status").parse();
    // The names are leaked: only a few per test.
    let headers = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (&*Box::leak(name.to_owned().into_boxed_str()), value.to_owned()))
        .collect();
    let body = Bytes::copy_from_slice(&answer[end + 4..]);
    HttpResponse { status: status.expect("a number"), headers, body, warnings: Vec::new() }
}

#[test]
fn the_library() {
    let settings = SandboxSettings { strict: true, ..SandboxSettings::default() };
    let sandbox = Sandbox::builder().port(0).settings(settings).start().expect("a sandbox");
    let client = RawHttpClient::of(&serde_json::to_value(sandbox.ready()).expect("JSON"));
    client.whole_flow();
    let second = Sandbox::builder().port(0).start().expect("a sandbox");
    assert_ne!(sandbox.url(), second.url());
    let authority = client.authority.clone();
    sandbox.stop();
    assert!(TcpStream::connect(authority).is_err(), "it still listens");
}

/// A file at the limit is accepted over the socket; a larger one gets a response although the client is
/// still sending.
#[test]
fn large_bodies() {
    let sandbox = Sandbox::builder().port(0).start().expect("a sandbox");
    let client = RawHttpClient::of(&serde_json::to_value(sandbox.ready()).expect("JSON"));
    let (_, created) = client.call("POST", "/system/api/process", process("SIMPLE", &["anna"]));
    let path = format!("/system/api/process/{}/attach", created["id"].as_str().expect("an id"));
    // A comment after the end of the file, and a second end marker.
    let mut file = crate::support::pdf();
    let text = String::from_utf8_lossy(&file).into_owned();
    let end = text.get(text.rfind("startxref").expect("an end")..).expect("an end").to_owned();
    file.push(b'%');
    file.resize(41_943_039 - end.len() - 1, b' ');
    file.push(b'\n');
    file.extend(end.as_bytes());
    let mut body = attachment(&["anna"]);
    body["content"] = STANDARD.encode(&file).into();
    assert_eq!(client.call("POST", &path, body).0, 201);
    let too_long = vec![b' '; 60 * 1024 * 1024];
    let answer = client.raw("POST", &path, "application/json", &too_long);
    assert_eq!(answer.status, 413);
}

pub(crate) fn program() -> Command {
    Command::new(env!("CARGO_BIN_EXE_swisscom-sign-sandbox"))
}

/// Kills the program if the test fails.
pub(crate) struct SandboxProcess(pub(crate) Child);

impl Drop for SandboxProcess {
    fn drop(&mut self) {
        // It may have exited already.
        let _ended = self.0.kill();
        let _status = self.0.wait();
    }
}

pub(crate) fn serve(
    arguments: &[&str],
) -> (SandboxProcess, Value, BufReader<std::process::ChildStdout>) {
    let mut child = program()
        .args(["serve", "--listen", "127.0.0.1:0"])
        .args(arguments)
        .env("SANDBOX_CLIENT_SECRET", "from the environment & more")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("a program");
    let mut out = BufReader::new(child.stdout.take().expect("output"));
    let mut line = String::new();
    out.read_line(&mut line).expect("a line");
    let ready = serde_json::from_str(&line).unwrap_or_else(|_| panic!("no JSON: {line}"));
    (SandboxProcess(child), ready, out)
}

#[test]
fn the_program() {
    let options = ["--client-id", "me", "--token-ttl", "60", "--initial-data", "demo"];
    let clock = ["--clock", "frozen:2026-11-01T10:00:00Z", "--rng-seed", "1"];
    let (mut running, ready, mut out) = serve(&[&options[..], &clock[..]].concat());
    assert_eq!(ready["clientId"], "me");
    let keys: Vec<&String> = ready.as_object().expect("an object").keys().collect();
    assert_eq!(keys, ["apiUrl", "clientId", "clientSecret", "listen", "tokenUrl", "url"]);
    assert_eq!(ready["url"], format!("http://{}", ready["listen"].as_str().expect("text")));
    let mut encoded = ready.clone();
    let secret = ready["clientSecret"].as_str().expect("a secret");
    encoded["clientSecret"] =
        form_urlencoded::byte_serialize(secret.as_bytes()).collect::<String>().into();
    let client = RawHttpClient::of(&encoded);
    client.whole_flow();
    let (_, list) = client.call("GET", "/system/api/process?size=1", Value::Null);
    assert_eq!(list["totalElements"], 8, "the demo, and one");
    assert_eq!(list["content"][0]["createdDate"], "2026-11-01T10:00:00Z");

    let pid = running.0.id().to_string();
    let killed = Command::new("kill").args(["-TERM", &pid]).status().expect("kill");
    assert!(killed.success());
    let status = running.0.wait().expect("an end");
    assert!(status.success(), "{status}");
    let mut rest = String::new();
    out.read_to_string(&mut rest).expect("the end of the output");
    assert_eq!(rest, "", "one line and no more");
    let mut log = String::new();
    running.0.stderr.take().expect("a log").read_to_string(&mut log).expect("a log");
    assert!(log.contains("POST /system/api/process 201"), "{log}");
    assert!(!log.contains(secret) && !log.contains("?open="), "{log}");
}

#[test]
fn explains_invalid_options() {
    let said = |arguments: &[&str]| {
        let output = program().arg("serve").args(arguments).output().expect("a program");
        assert!(!output.status.success(), "{arguments:?}");
        assert!(output.stdout.is_empty(), "{arguments:?}");
        String::from_utf8(output.stderr).expect("text")
    };
    assert!(said(&["--listen", "0.0.0.0:0"]).contains("loopback"));
    assert!(said(&["--client-id", ""]).contains("client-id"));
    assert!(said(&["--client-secret", ""]).contains("client-secret"));
    assert!(said(&["--qes", "maybe"]).contains("refuse, simulate"));
    for url in ["example.ch", "ftp://example.ch", "https://example.ch/below", "http:///x"] {
        assert!(said(&["--public-url", url]).contains("scheme, host and port alone"), "{url}");
    }
    assert!(said(&["--archive-after", "soon"]).contains("P30D"));
    assert!(said(&["--clock", "fast"]).contains("frozen:2026"));
    assert!(said(&["--clock", "frozen:2200-01-01T00:00:00Z"]).contains("1970 to 2100"));
    assert!(said(&["--initial-data", "/no/such/file"]).contains("cannot read it"));
    assert!(said(&["--initial-data", env!("CARGO_MANIFEST_PATH")]).contains("expected"));
    assert!(said(&["--admin-token", "short"]).contains("16 characters"));
    assert!(said(&["--listen", "0.0.0.0:0"]).contains("admin token"));
    assert!(said(&["--listen", "localhost:0"]).contains("such as 127.0.0.1:8480"));
    for wrong in ["http://:80", "http:///x", "http://", "http://a:0", "http://a b", "ftp://a"] {
        assert!(said(&["--public-url", wrong]).contains("scheme, host and port alone"), "{wrong}");
    }
    assert!(said(&["--archive-after", "30 days"]).contains("ISO 8601"));
    assert!(said(&["--archive-after", "-P1D"]).contains("must not be negative"));
    assert!(said(&["--data-dir", env!("CARGO_MANIFEST_PATH")]).contains("Cargo.toml"));
    let taken = Sandbox::builder().port(0).start().expect("a sandbox");
    let address = taken.url().strip_prefix("http://").expect("http").to_owned();
    assert!(said(&["--listen", &address]).contains("is in use"));
}

/// With a different public URL, the ready line still contains the listening address.
#[test]
fn reports_the_listening_port_with_a_public_url() {
    let (_running, ready, _out) = serve(&["--quiet", "--public-url", "https://sign.example"]);
    assert_eq!(ready["url"], "https://sign.example");
    let listen = ready["listen"].as_str().expect("an address");
    assert_eq!(get(listen, "/_sandbox/health").status, 200);
}
