//! Opaque tokens: introspection over HTTP (RFC 7662).

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use http::Response;
use http_body_util::{BodyExt, Full};
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use swisscom_sign_relay::config::{ConfigDuration, IssuerConfig, RelayConfig};
use swisscom_sign_relay::secret::SecretSource;
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use super::support::{HOST, RelayHarness, bearer, raw, status};

/// Introspection endpoint: its responses, and the requests that it received.
#[derive(Default)]
struct IntrospectionStubState {
    answer: (u16, String),
    asked: Vec<(String, String)>,
}

pub(super) struct IntrospectionStub {
    pub(super) url: String,
    state: Arc<Mutex<IntrospectionStubState>>,
    /// Whether responses are held back.
    holds: watch::Sender<bool>,
    /// Requests without a response.
    open: Arc<AtomicUsize>,
    /// Maximum of `pending`.
    most: Arc<AtomicUsize>,
}

impl IntrospectionStub {
    pub(super) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/introspect", listener.local_addr().unwrap());
        let state = Arc::new(Mutex::new(IntrospectionStubState::default()));
        let (holds, held) = watch::channel(false);
        let (open, most): (Arc<AtomicUsize>, Arc<AtomicUsize>) = Default::default();
        let shared = (Arc::clone(&state), Arc::clone(&open), Arc::clone(&most));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (shared, held) = (shared.clone(), held.clone());
                let service = service_fn(move |request: http::Request<hyper::body::Incoming>| {
                    let ((of, open, most), mut held) = (shared.clone(), held.clone());
                    async move {
                        most.fetch_max(open.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                        let (parts, body) = request.into_parts();
                        let body = body.collect().await.unwrap().to_bytes();
                        let authorization = parts.headers["authorization"].to_str().unwrap();
                        let body = String::from_utf8(body.to_vec()).unwrap();
                        of.lock().unwrap().asked.push((authorization.to_owned(), body));
                        held.wait_for(|held| !held).await.unwrap();
                        open.fetch_sub(1, Ordering::SeqCst);
                        let (code, text) = of.lock().unwrap().answer.clone();
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
        Self { url, state, holds, open, most }
    }

    pub(super) fn says(&self, code: u16, text: impl ToString) {
        self.state.lock().unwrap().answer = (code, text.to_string());
    }

    fn asked(&self) -> Vec<(String, String)> {
        self.state.lock().unwrap().asked.clone()
    }

    async fn world(&self) -> RelayHarness {
        self.world_with(|_, _| {}).await
    }

    async fn world_with(
        &self,
        change: impl FnOnce(&mut RelayConfig, &mut IssuerConfig),
    ) -> RelayHarness {
        let mut issuer = IssuerConfig {
            iss: "https://sessions.example".into(),
            aud: "relay".into(),
            introspection_url: Some(self.url.clone()),
            client_id: Some(SecretSource::value("re:lay")),
            client_secret: Some(SecretSource::value("canary+secret")),
            cache_ttl: ConfigDuration(Duration::from_secs(1)),
            ..IssuerConfig::default()
        };
        RelayHarness::with(|config| {
            change(config, &mut issuer);
            config.auth.issuer.push(issuer);
        })
        .await
    }
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}

pub(super) fn active() -> Value {
    json!({ "active": true, "sub": "anna", "aud": ["x", "relay"], "exp": now() + 600, "name": "Anna" })
}

/// Waits until the relay has that number of requests in flight.
async fn in_flight(world: &RelayHarness, wanted: usize) {
    let ask = format!("GET /metrics HTTP/1.1\r\nHost: {HOST}\r\nConnection: close\r\n\r\n");
    let line = format!("relay_in_flight {wanted}");
    until(async || {
        raw(world.relay.admin_address, ask.as_bytes()).await.lines().any(|found| found == line)
    })
    .await;
}

async fn until(mut reached: impl AsyncFnMut() -> bool) {
    let wait = async {
        while !reached().await {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(15), wait).await.expect("never reached");
}

fn session(token: &str) -> String {
    format!(
        "GET /relay/session HTTP/1.1\r\nHost: {HOST}\r\nAuthorization: Bearer {token}\r\nConnection: close\r\n\r\n"
    )
}

async fn ask(world: &RelayHarness, token: &str) -> (u16, String, Value) {
    let auth = format!("Bearer {token}");
    let reply = world.request("GET", "/relay/session", &[("authorization", &auth)], "").await;
    (reply.status, reply.code(), reply.json())
}

#[tokio::test]
async fn caches_an_active_token_until_its_ttl() {
    let endpoint = IntrospectionStub::start().await;
    let world = endpoint.world().await;
    endpoint.says(200, active());
    let (code, _, session) = ask(&world, "opaque&token").await;
    assert_eq!(code, 200, "{session}");
    assert_eq!(session["sub"], "anna");
    assert_eq!(session["iss"], "https://sessions.example");
    assert_eq!(session["name"], "Anna");
    let asked = endpoint.asked();
    // `re%3Alay:canary%2Bsecret` (RFC 6749 section 2.3.1).
    assert_eq!(asked[0].0, "Basic cmUlM0FsYXk6Y2FuYXJ5JTJCc2VjcmV0");
    assert_eq!(asked[0].1, "token=opaque%26token&token_type_hint=access_token");
    assert_eq!(ask(&world, "opaque&token").await.0, 200);
    assert_eq!(endpoint.asked().len(), 1, "cached");
    // The session is revoked at its issuer; the relay notices when the cache entry expires.
    endpoint.says(200, json!({ "active": false }));
    tokio::time::sleep(Duration::from_millis(1100)).await;
    assert_eq!(ask(&world, "opaque&token").await.1, "invalid_token");
    assert_eq!(ask(&world, "opaque&token").await.1, "invalid_token");
    assert_eq!(endpoint.asked().len(), 2, "a rejection is cached for a short time");
}

#[tokio::test]
async fn rejects_introspection_responses_without_active_true() {
    let endpoint = IntrospectionStub::start().await;
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
        (200, with("exp", json!("never")), "invalid_token"),
        (200, with("nbf", json!(now() + 600)), "invalid_token"),
        (200, with("nbf", json!("now")), "invalid_token"),
        (200, with("iat", json!(now() + 600)), "invalid_token"),
        (200, format!(r#"{{"active":false,{}"#, &active().to_string()[1..]), "issuer_unavailable"),
        (200, String::new(), "issuer_unavailable"),
        (200, "[true]".to_owned(), "issuer_unavailable"),
        (200, with("more", json!("x".repeat(64 * 1024))), "issuer_unavailable"),
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
async fn never_introspects_a_jwt() {
    let endpoint = IntrospectionStub::start().await;
    let world = endpoint.world().await;
    endpoint.says(200, active());
    assert_eq!(ask(&world, "a.b.c").await.1, "invalid_token");
    let reply =
        world.request("GET", "/relay/session", &[("authorization", &bearer("berta"))], "").await;
    assert_eq!(reply.json()["sub"], "berta");
    assert!(endpoint.asked().is_empty(), "JWTs are verified here");
    let id = world.create("berta").await;
    let wanted = json!({ "process": id, "operations": ["getStatus"] });
    let ticket = world.post("berta", "/relay/tickets", &wanted).await.json()["ticket"].clone();
    let (_, _, session) = ask(&world, ticket.as_str().unwrap()).await;
    assert_eq!(session["sub"], "berta");
    assert_eq!(ask(&world, &"x".repeat(8 * 1024 + 1)).await.1, "invalid_token");
    assert!(endpoint.asked().is_empty(), "so are tickets, and nothing is a token that is too long");
    assert_eq!(ask(&world, &"x".repeat(8 * 1024)).await.0, 200);
    // The same subject of another issuer is another caller.
    let id = world.create("anna").await;
    let auth = [("authorization", "Bearer opaque")];
    let reply = world.request("GET", &format!("/api/process/{id}/status"), &auth, "").await;
    assert_eq!(reply.status, 404);
}

#[tokio::test]
async fn returns_503_when_the_issuer_is_down() {
    let endpoint = IntrospectionStub::start().await;
    let url = {
        let gone = TcpListener::bind("127.0.0.1:0").await.unwrap();
        format!("http://{}/introspect", gone.local_addr().unwrap())
    };
    let world = IntrospectionStub { url, ..endpoint }.world().await;
    let (code, found, _) = ask(&world, "opaque").await;
    assert_eq!((code, found.as_str()), (503, "issuer_unavailable"));
}

#[tokio::test]
async fn coalesces_concurrent_introspections_of_one_token() {
    let endpoint = IntrospectionStub::start().await;
    let world = Arc::new(endpoint.world().await);
    for (answer, wanted) in [(active(), 200), (json!({ "active": false }), 401)] {
        endpoint.says(200, answer);
        let asked = endpoint.asked().len();
        endpoint.holds.send_replace(true);
        let callers: Vec<_> = (0..100)
            .map(|_| {
                let world = Arc::clone(&world);
                tokio::spawn(async move { ask(&world, &format!("opaque-{wanted}")).await.0 })
            })
            .collect();
        in_flight(&world, 100).await;
        endpoint.holds.send_replace(false);
        for caller in callers {
            assert_eq!(caller.await.unwrap(), wanted);
        }
        assert_eq!(endpoint.asked().len() - asked, 1);
    }
}

#[tokio::test]
async fn keeps_the_introspection_when_the_first_caller_disconnects() {
    let endpoint = IntrospectionStub::start().await;
    let world = Arc::new(endpoint.world().await);
    endpoint.says(200, active());
    endpoint.holds.send_replace(true);
    let mut first = TcpStream::connect(world.address).await.unwrap();
    first.write_all(session("opaque").as_bytes()).await.unwrap();
    until(async || endpoint.asked().len() == 1).await;
    let of = Arc::clone(&world);
    let second = tokio::spawn(async move { ask(&of, "opaque").await.0 });
    in_flight(&world, 2).await;
    drop(first);
    in_flight(&world, 1).await;
    endpoint.holds.send_replace(false);
    assert_eq!(second.await.unwrap(), 200);
    assert_eq!(endpoint.asked().len(), 1);
}

/// At most 64 introspections are in flight; other callers wait for a permit.
#[tokio::test]
async fn limits_concurrent_introspections() {
    let endpoint = IntrospectionStub::start().await;
    let world = Arc::new(endpoint.world().await);
    endpoint.says(200, active());
    let herd = |from: usize| -> Vec<_> {
        (from..from + 100)
            .map(|number| {
                let world = Arc::clone(&world);
                tokio::spawn(async move { ask(&world, &format!("opaque-{number}")).await })
            })
            .collect()
    };
    for caller in herd(0) {
        assert_eq!(caller.await.unwrap().0, 200);
    }
    assert_eq!(endpoint.asked().len(), 100);
    // Without a response, callers without a permit are rejected after one second.
    endpoint.holds.send_replace(true);
    let callers = herd(1000);
    in_flight(&world, 64).await;
    assert_eq!(endpoint.open.load(Ordering::SeqCst), 64);
    endpoint.holds.send_replace(false);
    let mut found = Vec::new();
    for caller in callers {
        found.push(caller.await.unwrap().1);
    }
    found.sort();
    let refused = vec!["issuer_unavailable"; 36];
    assert_eq!(found, [refused, vec!["ok"; 64]].concat());
    assert_eq!(endpoint.most.load(Ordering::SeqCst), 64);
}

#[tokio::test]
async fn keeps_verified_tokens_when_rejected_tokens_fill_the_cache() {
    let endpoint = IntrospectionStub::start().await;
    let world = endpoint
        .world_with(|config, issuer| {
            config.auth.cache_entries = 16;
            issuer.cache_ttl = ConfigDuration(Duration::from_secs(60));
        })
        .await;
    let made_up = async |numbers: std::ops::Range<u32>| {
        endpoint.says(200, json!({ "active": false }));
        for number in numbers {
            assert_eq!(ask(&world, &format!("made-up-{number}")).await.0, 401);
        }
    };
    made_up(0..100).await;
    endpoint.says(200, active());
    assert_eq!(ask(&world, "opaque").await.0, 200);
    made_up(100..500).await;
    assert_eq!(ask(&world, "opaque").await.0, 200);
    assert_eq!(endpoint.asked().len(), 501);
}

#[tokio::test]
async fn repeats_introspection_after_rejections_and_failures() {
    let endpoint = IntrospectionStub::start().await;
    let world = endpoint.world().await;
    endpoint.says(500, "");
    assert_eq!(ask(&world, "opaque").await.0, 503);
    endpoint.says(200, json!({ "active": false }));
    assert_eq!(ask(&world, "opaque").await.0, 401, "a failure is not cached");
    endpoint.says(200, active());
    tokio::time::sleep(Duration::from_millis(2100)).await;
    assert_eq!(ask(&world, "opaque").await.0, 200, "rejections expire");
}

/// No response, and a response that does not end.
#[tokio::test]
async fn returns_503_when_introspection_times_out() {
    let endpoint = IntrospectionStub::start().await;
    let world = endpoint
        .world_with(|config, _| {
            config.oauth.request_timeout = ConfigDuration(Duration::from_millis(300))
        })
        .await;
    endpoint.says(200, active());
    endpoint.holds.send_replace(true);
    assert_eq!(ask(&world, "opaque").await.1, "issuer_unavailable");
    endpoint.holds.send_replace(false);
    assert_eq!(ask(&world, "opaque").await.0, 200);
}

#[tokio::test]
async fn never_caches_a_token_beyond_its_expiry() {
    let endpoint = IntrospectionStub::start().await;
    let remember = |_: &mut RelayConfig, issuer: &mut IssuerConfig| {
        issuer.cache_ttl = ConfigDuration(Duration::from_secs(60))
    };
    let world = endpoint.world_with(remember).await;
    let mut claims = active();
    claims["exp"] = json!(now() + 2);
    endpoint.says(200, claims);
    assert_eq!(ask(&world, "opaque").await.0, 200);
    tokio::time::sleep(Duration::from_millis(2100)).await;
    assert_eq!(ask(&world, "opaque").await.1, "invalid_token");
    assert_eq!(endpoint.asked().len(), 2, "introspected again, and not accepted after its expiry");
}

#[tokio::test]
async fn applies_tenant_and_verified_email_of_introspection() {
    let endpoint = IntrospectionStub::start().await;
    let with_tenant = |_: &mut RelayConfig, issuer: &mut IssuerConfig| {
        issuer.tenant_claim = Some("organization".into())
    };
    let world = endpoint.world_with(with_tenant).await;
    endpoint.says(200, active());
    assert_eq!(ask(&world, "nowhere").await.1, "invalid_token");
    let mut claims = active();
    claims["organization"] = "acme".into();
    claims["email"] = "anna@example.ch".into();
    endpoint.says(200, &claims);
    let (_, _, session) = ask(&world, "unverified").await;
    assert_eq!((&session["tenant"], &session["email"]), (&json!("acme"), &Value::Null));
    claims["email_verified"] = true.into();
    endpoint.says(200, &claims);
    let (_, _, session) = ask(&world, "verified").await;
    assert_eq!(session["email"], "anna@example.ch");
}
