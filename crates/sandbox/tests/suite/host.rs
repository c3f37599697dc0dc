//! Issuer, links and discovery by the host name that each client uses.

use std::io::{Read, Write};
use std::net::TcpStream;

use serde_json::{Value, json};
use swisscom_sign_sandbox::Sandbox;
use swisscom_sign_sandbox::directory::CLIENT_A;
use swisscom_sign_sandbox::links::BaseUrl;

use crate::http::client;
use crate::support::{ApiTestResponse, SandboxHarness, URL, attachment, json_request, process};

fn following() -> SandboxHarness {
    SandboxHarness::with_parts(|parts| parts.base_url = BaseUrl::following_host(URL))
}

/// Request with this host name.
fn by(
    world: &SandboxHarness,
    host: &str,
    method: &str,
    path: &str,
    token: &str,
    body: &Value,
) -> ApiTestResponse {
    let body = (!body.is_null()).then_some(body);
    let mut request = json_request(method, path, Some(token), body);
    request.headers.push(("Host".to_owned(), host.to_owned()));
    ApiTestResponse(world.send(&request))
}

const DISCOVERY: &str = "/realms/swisscom-public/.well-known/openid-configuration";

#[test]
fn uses_the_host_of_the_caller_in_every_url() {
    let world = following();
    let token = world.token(CLIENT_A);
    for host in ["localhost:18480", "sign_sandbox:8480", "[::1]:8480", "sandbox.example"] {
        let url = format!("http://{host}");
        let ask =
            |method: &str, path: &str, body: Value| by(&world, host, method, path, &token, &body);
        let discovery = ask("GET", DISCOVERY, Value::Null).expect(200);
        for name in ["issuer", "token_endpoint", "jwks_uri"] {
            assert!(discovery[name].as_str().is_some_and(|u| u.starts_with(&url)), "{discovery}");
        }
        let created = ask("POST", "/system/api/process", process("SIMPLE", &["anna"])).expect(201);
        let id = created["id"].as_str().expect("an id");
        let at = |rest: &str| format!("/system/api/process/{id}{rest}");
        let setup = ask("POST", &at("/setup"), json!({})).expect(202);
        ask("POST", &at("/attach"), attachment(&["anna"])).expect(201);
        let notify = json!({ "notification": { "locale": "en-GB" } });
        let released = ask("POST", &at("/release"), notify).expect(200);
        let opened = ask("POST", &at("/open/anna"), json!({})).expect(200);
        let person = &released["participants"][0]["url"];
        let mail = world.platform().outbox().latest(1).remove(0);
        assert!(mail.text.contains(&url), "{}", mail.text);
        for link in [&setup["url"], person, &opened["url"], &mail.links[0].clone().into()] {
            assert!(
                link.as_str().is_some_and(|link| link.starts_with(&format!("{url}/"))),
                "{link}"
            );
        }
    }
    assert_eq!(world.gateway.base_url().configured().base(), URL, "nobody asks");
}

/// A sandbox has one host name per client: a token issued under one name is valid under another, and a
/// token of another issuer is not.
#[test]
fn tokens_are_good_by_every_name() {
    let world = following();
    let issued = |host: &str| {
        let minted = json!({ "clientId": CLIENT_A });
        let answer = by(&world, host, "POST", "/_sandbox/tokens", "", &minted).expect(201);
        answer["access_token"].as_str().expect("a token").to_owned()
    };
    let token = issued("localhost:8480");
    for host in ["localhost:8480", "127.0.0.1:9999", "sandbox.example"] {
        by(&world, host, "GET", "/system/api/process/x/status", &token, &Value::Null).expect(400);
    }
    // With a configured URL, the `Host` of the request is ignored.
    let fixed = SandboxHarness::new();
    let discovery = by(&fixed, "localhost:1", "GET", DISCOVERY, "", &Value::Null).expect(200);
    assert!(discovery["issuer"].as_str().is_some_and(|issuer| issuer.starts_with(URL)));
    by(&fixed, "a b", "GET", DISCOVERY, "", &Value::Null).expect(200);
}

#[test]
fn rejects_an_invalid_host() {
    let world = following();
    for host in ["", "a b", "a/b", "user@a", "a\"><script>", "a:99999", "a\r\nset-cookie: b"] {
        let answer = by(&world, host, "GET", DISCOVERY, "", &Value::Null);
        answer.refused(400, "Validation");
        let headers: Vec<&String> = answer.0.headers.iter().map(|(_, value)| value).collect();
        assert!(headers.iter().all(|value| !value.contains("set-cookie")), "{headers:?}");
    }
    let mut twice = json_request("GET", DISCOVERY, None, None);
    twice.headers.extend(["a", "b"].map(|host| ("Host".to_owned(), host.to_owned())));
    ApiTestResponse(world.send(&twice)).refused(400, "Validation");
    // A foreign host name does not make a page same-origin (DNS rebinding).
    by(&world, "example.com", "POST", "/_sandbox/reset", "", &Value::Null).expect(403);
}

#[test]
fn over_a_socket() {
    let sandbox = Sandbox::builder().port(0).start().expect("a sandbox");
    let port = sandbox.url().rsplit_once(':').expect("a port").1.to_owned();
    let asked = |host: &str| {
        let mut stream = TcpStream::connect(format!("127.0.0.1:{port}")).expect("a connection");
        let head = format!("GET {DISCOVERY} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n");
        stream.write_all(head.as_bytes()).expect("a request");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("an answer");
        answer
    };
    let named = format!("\"issuer\":\"http://localhost:{port}/realms/swisscom-public\"");
    assert!(asked(&format!("LocalHost:{port}")).contains(&named));
    assert!(asked("a b").starts_with("HTTP/1.1 400"));
    client(&sandbox);

    let fixed = Sandbox::builder().port(0).public_url(Some("https://sign.example/".into()));
    let fixed = fixed.start().expect("a sandbox");
    assert_eq!(fixed.ready().token_url.split("/realms").next(), Some("https://sign.example"));
}
