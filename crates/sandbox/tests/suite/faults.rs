//! Faults as seen by a client on a socket, and long polling.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::sync::{Arc, Barrier};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use swisscom_sign_sandbox::Sandbox;

use crate::http::RawHttpClient;

fn start() -> (Sandbox, RawHttpClient) {
    let sandbox = Sandbox::builder().port(0).start().expect("a sandbox");
    let client = RawHttpClient::of(&serde_json::to_value(sandbox.ready()).expect("JSON"));
    (sandbox, client)
}

/// Sends a request and reads until the end or an error.
fn exchange(client: &RawHttpClient, target: &str, fault: &str) -> (Vec<u8>, Option<ErrorKind>) {
    let mut stream = TcpStream::connect(&client.authority).expect("a connection");
    // A timeout fails the test.
    stream.set_read_timeout(Some(Duration::from_secs(20))).expect("a timeout");
    let head = format!(
        "GET {target} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\nauthorization: Bearer {}\r\nsandbox-fault: {fault}\r\n\r\n",
        client.authority, client.token
    );
    stream.write_all(head.as_bytes()).expect("to send");
    let mut received = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        match stream.read(&mut buffer) {
            Ok(0) => return (received, None),
            Ok(n) => received.extend_from_slice(&buffer[..n]),
            Err(error) => return (received, Some(error.kind())),
        }
    }
}

const LIST: &str = "/system/api/process?size=20";

#[test]
fn a_connection_is_reset() {
    let (_sandbox, client) = start();
    let (received, error) = exchange(&client, LIST, "drop=reset");
    assert_eq!((received.len(), error), (0, Some(ErrorKind::ConnectionReset)));
}

/// Requests that the server rejects before routing have the `Sandbox` header as well.
#[test]
fn rejects_invalid_chunks() {
    let (_sandbox, client) = start();
    let mut stream = TcpStream::connect(&client.authority).expect("a connection");
    let host = &client.authority;
    let head = format!(
        "POST /system/api/process HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n"
    );
    stream.write_all(head.as_bytes()).expect("to send");
    let mut received = String::new();
    stream.read_to_string(&mut received).expect("an answer");
    assert!(received.starts_with("HTTP/1.1 400 "), "{received}");
    assert!(received.contains("\nsandbox: sign-sandbox/"), "{received}");
}

/// An incomplete request is closed after the timeout; a long poll is not.
#[test]
fn closes_an_incomplete_request_after_the_timeout() {
    let time = Duration::from_millis(300);
    let sandbox = Sandbox::builder().port(0).header_timeout(time).start().expect("a sandbox");
    let connect = || {
        let address = sandbox.url().strip_prefix("http://").expect("http");
        let stream = TcpStream::connect(address).expect("a connection");
        stream.set_read_timeout(Some(Duration::from_secs(20))).expect("a timeout");
        stream
    };
    for half in ["GET /_sandbox/health HTTP/1.1\r\nhost: x\r\n", "GET", ""] {
        let mut stream = connect();
        stream.write_all(half.as_bytes()).expect("to send");
        let mut received = Vec::new();
        stream.read_to_end(&mut received).expect("an end");
        assert!(received.is_empty(), "{half}");
    }
    let mut stream = connect();
    let head =
        "GET /_sandbox/requests?wait=1s HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
    stream.write_all(head.as_bytes()).expect("to send");
    let mut received = String::new();
    stream.read_to_string(&mut received).expect("an answer");
    assert!(received.starts_with("HTTP/1.1 200 "), "{received}");
}

#[test]
fn a_connection_is_closed_without_an_answer() {
    let (_sandbox, client) = start();
    for fault in ["drop=closeBefore", "drop=closeAfter"] {
        assert_eq!(exchange(&client, LIST, fault), (Vec::new(), None), "{fault}");
    }
}

#[test]
fn sends_garbage_instead_of_http() {
    let (_sandbox, client) = start();
    let (received, error) = exchange(&client, LIST, "drop=garbage");
    assert!(!received.is_empty() && error.is_none());
    assert!(!received.starts_with(b"HTTP/"));
}

fn announced(received: &[u8]) -> (usize, usize) {
    let end = received.windows(4).position(|w| w == b"\r\n\r\n").expect("a head") + 4;
    let head = String::from_utf8_lossy(&received[..end]).to_lowercase();
    let length = head.split("content-length: ").nth(1).expect("a length");
    let length = length.lines().next().expect("a line").parse().expect("a number");
    (length, received.len() - end)
}

#[test]
fn cuts_or_throttles_a_body() {
    let (_sandbox, client) = start();
    let (received, _) = exchange(&client, LIST, "drop=truncate");
    let (length, came) = announced(&received);
    assert!(came > 0 && came < length, "{came} of {length}");
    let (received, error) = exchange(&client, LIST, "drop=throttle;latencyMs=50");
    let (length, came) = announced(&received);
    assert_eq!((came, error), (length, None));
    // The response arrives in several reads.
    let mut stream = TcpStream::connect(&client.authority).expect("a connection");
    let head = format!(
        "GET {LIST} HTTP/1.1\r\nhost: x\r\nconnection: close\r\nauthorization: Bearer {}\r\nsandbox-fault: drop=throttle;latencyMs=1000\r\n\r\n",
        client.token
    );
    let started = Instant::now();
    stream.write_all(head.as_bytes()).expect("to send");
    let mut buffer = [0; 65_536];
    let mut reads = 0;
    while stream.read(&mut buffer).expect("bytes") > 0 {
        reads += 1;
    }
    assert!(reads >= 5, "{reads}");
    // A pause is never shorter than configured.
    assert!(started.elapsed() >= Duration::from_secs(1), "it came before its time");
}

#[test]
fn a_status_so_many_times_and_then_the_answer() {
    let (_sandbox, client) = start();
    let rule = json!({
        "match": { "operation": "findAll", "times": 2 },
        "action": { "status": 503, "retryAfter": 7, "error": "Busy" },
    });
    let (status, standing) = client.call("POST", "/_sandbox/faults", rule);
    assert_eq!(status, 201);
    let answers: Vec<(u16, Value, Option<String>)> = (0..3)
        .map(|_| {
            let answer = client.raw("GET", LIST, "", b"");
            let body: Value = serde_json::from_slice(&answer.body).expect("JSON");
            (answer.status, body["name"].clone(), answer.get("retry-after").map(str::to_owned))
        })
        .collect();
    let busy = (503, json!("Busy"), Some("7".to_owned()));
    assert_eq!(answers, [busy.clone(), busy, (200, Value::Null, None)]);
    let (_, faults) = client.call("GET", "/_sandbox/faults", Value::Null);
    assert_eq!(
        (&faults["faults"][0]["matched"], &faults["faults"][0]["injected"]),
        (&json!(3), &json!(2))
    );
    let one = format!("/_sandbox/faults/{}", standing["id"]);
    assert_eq!(client.call("DELETE", &one, Value::Null).0, 204);
    assert_eq!(client.call("DELETE", &one, Value::Null).0, 404);
    // The token endpoint uses its own error format.
    let rule = json!({ "match": { "operation": "token" }, "action": { "status": 500 } });
    assert_eq!(client.call("POST", "/_sandbox/faults", rule).0, 201);
    let path = "/realms/swisscom-public/protocol/openid-connect/token";
    let answer = client.raw("POST", path, "application/x-www-form-urlencoded", b"");
    let body: Value = serde_json::from_slice(&answer.body).expect("JSON");
    assert_eq!((answer.status, body), (500, json!({ "error": "SandboxFault" })));
    // An invalid fault is an error and affects no request.
    let (received, _) = exchange(&client, LIST, "drop=gently");
    assert!(received.starts_with(b"HTTP/1.1 400"));
}

#[test]
fn exact_under_a_hundred_requests_at_once() {
    let (_sandbox, client) = start();
    for (nth, times) in [(1, 30), (71, 20)] {
        let rule = json!({
            "match": { "operation": "findAll", "nth": nth, "times": times },
            "action": { "status": 503 },
        });
        assert_eq!(client.call("POST", "/_sandbox/faults", rule).0, 201);
    }
    let client = Arc::new(client);
    let barrier = Arc::new(Barrier::new(100));
    let requests: Vec<_> = (0..100)
        .map(|_| {
            let (client, barrier) = (Arc::clone(&client), Arc::clone(&barrier));
            thread::spawn(move || {
                barrier.wait();
                client.raw("GET", LIST, "", b"").status
            })
        })
        .collect();
    let statuses: Vec<u16> = requests.into_iter().map(|r| r.join().expect("a status")).collect();
    assert_eq!(statuses.iter().filter(|status| **status == 503).count(), 50);
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 50);
}

#[test]
fn the_journal_is_waited_for() {
    let (_sandbox, client) = start();
    let client = Arc::new(client);
    let waiting = Arc::clone(&client);
    let path = "/_sandbox/requests?operation=findAll&wait=20s";
    let waiter = thread::spawn(move || waiting.call("GET", path, Value::Null));
    // The poll may start before or after this request; it gets the response in both cases.
    client.raw("GET", LIST, "", b"");
    let (status, journal) = waiter.join().expect("an answer");
    assert_eq!((status, journal["requests"].as_array().map(Vec::len)), (200, Some(1)));
    // A poll ends at its timeout.
    let nothing = "/_sandbox/requests?operation=setup&wait=10ms";
    assert_eq!(client.call("GET", nothing, Value::Null).1["requests"], json!([]));
    // A poll returns as soon as a message arrives, whatever its timeout.
    let waiting = Arc::clone(&client);
    let path = "/_sandbox/requests?operation=create&wait=60s";
    let waiter = thread::spawn(move || waiting.call("GET", path, Value::Null));
    let started = Instant::now();
    client.raw("POST", "/system/api/process", "application/json", b"{}");
    waiter.join().expect("an answer");
    assert!(started.elapsed() < Duration::from_secs(30), "it slept through");
}

#[test]
fn requires_an_admin_token_from_other_machines() {
    let token = "0123456789abcdef";
    let start = |token: Option<&str>| {
        let address = "0.0.0.0:0".parse().expect("an address");
        let token = token.map(|token| token.to_owned().into());
        Sandbox::builder().listen(address).admin_token(token).start()
    };
    assert!(start(None).is_err());
    assert!(start(Some("short")).is_err());
    let sandbox = start(Some(token)).expect("a sandbox");
    let authority = sandbox.url().strip_prefix("http://0.0.0.0").expect("a port").to_owned();
    let mut client =
        RawHttpClient { authority: format!("127.0.0.1{authority}"), token: String::new() };
    assert_eq!(client.raw("GET", "/_sandbox/info", "", b"").status, 401);
    client.token = token.to_owned();
    assert_eq!(client.raw("GET", "/_sandbox/info", "", b"").status, 200);
}
