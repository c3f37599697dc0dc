//! Opaque tokens: their issuer is asked over a real connection, and no answer of it lets in more
//! than it says.

use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use http::Response;
use http_body_util::{BodyExt, Full};
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use swisscom_sign_relay::config::{Issuer, Span};
use swisscom_sign_relay::secret::SecretSource;
use tokio::net::TcpListener;

use super::kit::{World, bearer, status};

/// An introspection endpoint: status and body of its answers, and what it was asked.
#[derive(Default)]
struct State {
    answer: (u16, String),
    asked: Vec<(String, String)>,
}

struct Endpoint {
    url: String,
    state: Arc<Mutex<State>>,
}

impl Endpoint {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/introspect", listener.local_addr().unwrap());
        let state = Arc::new(Mutex::new(State::default()));
        let of = Arc::clone(&state);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let of = Arc::clone(&of);
                let service = service_fn(move |request: http::Request<hyper::body::Incoming>| {
                    let of = Arc::clone(&of);
                    async move {
                        let (parts, body) = request.into_parts();
                        let body = body.collect().await.unwrap().to_bytes();
                        let authorization = parts.headers["authorization"].to_str().unwrap();
                        let mut state = of.lock().unwrap();
                        let body = String::from_utf8(body.to_vec()).unwrap();
                        state.asked.push((authorization.to_owned(), body));
                        let (code, text) = state.answer.clone();
                        let mut response = Response::new(Full::new(Bytes::from(text)));
                        *response.status_mut() = status(code);
                        Ok::<_, std::convert::Infallible>(response)
                    }
                });
                tokio::spawn(
                    hyper::server::conn::http1::Builder::new()
                        .serve_connection(TokioIo::new(stream), service),
                );
            }
        });
        Self { url, state }
    }

    fn says(&self, code: u16, text: impl ToString) {
        self.state.lock().unwrap().answer = (code, text.to_string());
    }

    fn asked(&self) -> Vec<(String, String)> {
        self.state.lock().unwrap().asked.clone()
    }

    async fn world(&self) -> World {
        let issuer = Issuer {
            iss: "https://sessions.example".into(),
            aud: "relay".into(),
            introspection_url: Some(self.url.clone()),
            client_id: Some(SecretSource::value("re:lay")),
            client_secret: Some(SecretSource::value("canary+secret")),
            remember: Span(Duration::from_secs(1)),
            ..Issuer::default()
        };
        World::with(|config| config.auth.issuer.push(issuer)).await
    }
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}

fn active() -> Value {
    json!({ "active": true, "sub": "anna", "aud": ["x", "relay"], "exp": now() + 600, "name": "Anna" })
}

async fn ask(world: &World, token: &str) -> (u16, String, Value) {
    let auth = format!("Bearer {token}");
    let reply = world.request("GET", "/relay/session", &[("authorization", &auth)], "").await;
    (reply.status, reply.code(), reply.json())
}

#[tokio::test]
async fn an_active_token_is_a_caller_for_a_while() {
    let endpoint = Endpoint::start().await;
    let world = endpoint.world().await;
    endpoint.says(200, active());
    let (code, _, session) = ask(&world, "opaque&token").await;
    assert_eq!(code, 200, "{session}");
    assert_eq!(session["sub"], "anna");
    assert_eq!(session["iss"], "https://sessions.example");
    assert_eq!(session["name"], "Anna");
    let asked = endpoint.asked();
    // `re%3Alay:canary%2Bsecret`, as RFC 6749 section 2.3.1 has it.
    assert_eq!(asked[0].0, "Basic cmUlM0FsYXk6Y2FuYXJ5JTJCc2VjcmV0");
    assert_eq!(asked[0].1, "token=opaque%26token&token_type_hint=access_token");
    assert_eq!(ask(&world, "opaque&token").await.0, 200);
    assert_eq!(endpoint.asked().len(), 1, "remembered");
    // The session ends at its issuer; here as soon as the answer is no longer believed.
    endpoint.says(200, json!({ "active": false }));
    tokio::time::sleep(Duration::from_millis(1100)).await;
    assert_eq!(ask(&world, "opaque&token").await.1, "invalid_token");
    assert_eq!(ask(&world, "opaque&token").await.1, "invalid_token");
    assert_eq!(endpoint.asked().len(), 2, "a refusal is remembered for a moment");
}

#[tokio::test]
async fn what_is_no_clear_yes_is_no() {
    let endpoint = Endpoint::start().await;
    let world = endpoint.world().await;
    let with = |name: &str, value: Value| {
        let mut claims = active();
        claims[name] = value;
        claims.to_string()
    };
    let without = |name: &str| {
        let mut claims = active();
        claims.as_object_mut().unwrap().remove(name);
        claims.to_string()
    };
    let cases = [
        (200, without("active"), "invalid_token"),
        (200, with("active", json!("true")), "invalid_token"),
        (200, with("active", json!(1)), "invalid_token"),
        (200, without("aud"), "invalid_token"),
        (200, with("aud", json!("other")), "invalid_token"),
        (200, with("iss", json!("https://other.example")), "invalid_token"),
        (200, without("sub"), "invalid_token"),
        (200, without("exp"), "invalid_token"),
        (200, with("exp", json!(now() - 1)), "invalid_token"),
        (200, with("nbf", json!(now() + 600)), "invalid_token"),
        (200, format!(r#"{{"active":false,{}"#, &active().to_string()[1..]), "issuer_unavailable"),
        (200, String::new(), "issuer_unavailable"),
        (200, "[true]".to_owned(), "issuer_unavailable"),
        (200, format!("{} ", "x".repeat(65 * 1024)), "issuer_unavailable"),
        (401, active().to_string(), "issuer_unavailable"),
        (302, active().to_string(), "issuer_unavailable"),
        (500, active().to_string(), "issuer_unavailable"),
    ];
    for (index, (code, text, wanted)) in cases.into_iter().enumerate() {
        endpoint.says(code, &text);
        let (_, found, _) = ask(&world, &format!("token-{index}")).await;
        assert_eq!(found, wanted, "{code} {text}");
    }
}

#[tokio::test]
async fn no_token_has_two_readers() {
    let endpoint = Endpoint::start().await;
    let world = endpoint.world().await;
    endpoint.says(200, active());
    assert_eq!(ask(&world, "a.b.c").await.1, "invalid_token");
    let reply =
        world.request("GET", "/relay/session", &[("authorization", &bearer("berta"))], "").await;
    assert_eq!(reply.json()["sub"], "berta");
    assert!(endpoint.asked().is_empty(), "JWTs are verified here");
    // Another issuer's user of the same name is another caller.
    let id = world.create("anna").await;
    let auth = [("authorization", "Bearer opaque")];
    let reply = world.request("GET", &format!("/api/process/{id}/status"), &auth, "").await;
    assert_eq!(reply.status, 404);
}

#[tokio::test]
async fn an_issuer_that_is_down_lets_nobody_in() {
    let endpoint = Endpoint::start().await;
    let url = {
        let gone = TcpListener::bind("127.0.0.1:0").await.unwrap();
        format!("http://{}/introspect", gone.local_addr().unwrap())
    };
    let world = Endpoint { url, ..endpoint }.world().await;
    let (code, found, _) = ask(&world, "opaque").await;
    assert_eq!((code, found.as_str()), (503, "issuer_unavailable"));
}
