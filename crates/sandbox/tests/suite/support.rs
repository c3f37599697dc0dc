//! In-process sandbox with adjustable clocks, behind a transport that validates every response.

use std::collections::BTreeSet;
use std::sync::{Arc, LazyLock, Mutex};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use getrandom::SysRng;
use jiff::Timestamp;
use rsa::rand_core::UnwrapErr;
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use swisscom_sign::contract::{Operation, Scope};
use swisscom_sign_sandbox::clock::ManualClock;
use swisscom_sign_sandbox::directory::{CLIENT_A, Directory};
use swisscom_sign_sandbox::gateway::{Gateway, GatewayParts};
use swisscom_sign_sandbox::http::{HttpRequest, HttpResponse};
use swisscom_sign_sandbox::ids::{IdGenerator, SeededIds};
use swisscom_sign_sandbox::paths::TOKEN_PATH;
use swisscom_sign_sandbox::platform::{Platform, PlatformParts};
use swisscom_sign_sandbox::route::{RouteMatch, find};
use swisscom_sign_sandbox::settings::SandboxSettings;
use swisscom_sign_sandbox::store::SqliteStore;
use swisscom_sign_sandbox::tokens::keys::LazyKeyPair;

use crate::contract::Contract;

/// Before the `validUntil` of the contract's examples.
pub(crate) const START: &str = "2026-11-01T10:00:00Z";
pub(crate) const DAY: i64 = 24 * 60 * 60;
pub(crate) const URL: &str = "http://sandbox.test:8480";

/// One key for all sandboxes, because key generation is slow.
pub(crate) static KEYS: LazyLock<LazyKeyPair> =
    LazyLock::new(|| LazyKeyPair::in_background(|| UnwrapErr(SysRng)));

pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().expect("a time")
}

pub(crate) struct SandboxHarness {
    pub(crate) gateway: Gateway,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) real_clock: Arc<ManualClock>,
    /// Statuses that a setting adds to the documented ones.
    pub(crate) extra: Vec<u16>,
    /// Every (operation, status) that was returned.
    pub(crate) seen: Mutex<BTreeSet<(Operation, u16)>>,
}

impl SandboxHarness {
    pub(crate) fn new() -> Self {
        Self::with(|_| {})
    }

    pub(crate) fn with(switch: impl FnOnce(&mut SandboxSettings)) -> Self {
        Self::of(|parts| switch(&mut parts.settings))
    }

    pub(crate) fn of(change: impl FnOnce(&mut PlatformParts)) -> Self {
        Self::with_parts(|parts| change(&mut parts.platform))
    }

    pub(crate) fn with_parts(change: impl FnOnce(&mut GatewayParts)) -> Self {
        let clock = Arc::new(ManualClock::new(at(START)));
        let real_clock = Arc::new(ManualClock::new(at(START)));
        let mut secrets = SeededIds::from_number(1);
        let directory = Directory::with_seed(None, None, || secrets.code());
        let ids = SeededIds::from_number(2);
        let mut parts = GatewayParts::new(URL.to_owned(), directory, KEYS.clone(), ids);
        parts.platform.clock = clock.clone();
        parts.platform.real_clock = real_clock.clone();
        // The whole suite can run on either store.
        if std::env::var_os("SANDBOX_TEST_STORE").is_some_and(|store| store == "sqlite") {
            parts.platform.store = Box::new(SqliteStore::in_memory().expect("a store"));
        }
        change(&mut parts);
        let seen = Mutex::default();
        Self { gateway: Gateway::new(parts), clock, real_clock, extra: Vec::new(), seen }
    }

    pub(crate) fn platform(&self) -> &Platform {
        self.gateway.platform()
    }

    /// Sends a request, and validates responses of the API and the control API.
    pub(crate) fn send(&self, request: &HttpRequest) -> HttpResponse {
        let response = self.gateway.handle(request);
        if let RouteMatch::Found(route) = find(request) {
            Contract::get().judge(route.operation, &response, &self.extra);
            self.seen.lock().expect("lock").insert((route.operation, response.status));
        }
        crate::described::judge(request, &response);
        response
    }

    /// Token with all scopes of the client.
    pub(crate) fn token(&self, client_id: &str) -> String {
        let client = self.platform().directory().client(client_id).expect("a client");
        let scopes: Vec<&str> = client.optional_scopes.iter().map(|s| s.as_str()).collect();
        self.token_with(client_id, &scopes.join(" "))
    }

    pub(crate) fn token_with(&self, client_id: &str, scope: &str) -> String {
        let client = self.platform().directory().client(client_id).expect("a client");
        let form = form_urlencoded::Serializer::new(String::new())
            .append_pair("grant_type", "client_credentials")
            .append_pair("client_id", client_id)
            .append_pair("client_secret", client.secret().expose_secret())
            .append_pair("scope", scope)
            .finish();
        let answer = self.send(&form_request(&form));
        assert_eq!(answer.status, 200);
        let answer: Value = serde_json::from_slice(&answer.body).expect("JSON");
        answer["access_token"].as_str().expect("a token").to_owned()
    }

    pub(crate) fn caller(&self, client_id: &str) -> ApiTestClient<'_> {
        ApiTestClient { world: self, token: self.token(client_id) }
    }

    /// Client with all scopes.
    pub(crate) fn a(&self) -> ApiTestClient<'_> {
        self.caller(CLIENT_A)
    }

    pub(crate) fn admin(&self, path: &str, body: Value) -> ApiTestResponse {
        ApiTestResponse(self.send(&json_request(
            "POST",
            &format!("/_sandbox/{path}"),
            None,
            Some(&body),
        )))
    }

    /// Request to the control API; without a body for null.
    pub(crate) fn control(&self, method: &str, path: &str, body: Value) -> ApiTestResponse {
        let body = (!body.is_null()).then_some(&body);
        ApiTestResponse(self.send(&json_request(method, &format!("/_sandbox/{path}"), None, body)))
    }

    pub(crate) fn sign(&self, process: &str, person: &str) -> ApiTestResponse {
        self.admin(&format!("processes/{process}/participants/{person}/sign"), json!({}))
    }
}

pub(crate) fn form_request(form: &str) -> HttpRequest {
    HttpRequest {
        method: "POST".into(),
        path: TOKEN_PATH.into(),
        headers: vec![("Content-Type".into(), "application/x-www-form-urlencoded".into())],
        body: Bytes::copy_from_slice(form.as_bytes()),
        ..HttpRequest::default()
    }
}

pub(crate) fn json_request(
    method: &str,
    target: &str,
    token: Option<&str>,
    body: Option<&Value>,
) -> HttpRequest {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let mut headers = Vec::new();
    headers.extend(token.map(|token| ("Authorization".to_owned(), format!("Bearer {token}"))));
    headers.extend(body.map(|_| ("Content-Type".to_owned(), "application/json".to_owned())));
    HttpRequest {
        method: method.into(),
        path: path.into(),
        query: query.into(),
        headers,
        body: body.map(|body| Bytes::from(body.to_string())).unwrap_or_default(),
        oversized: false,
    }
}

/// Client of the API.
pub(crate) struct ApiTestClient<'w> {
    pub(crate) world: &'w SandboxHarness,
    pub(crate) token: String,
}

impl ApiTestClient<'_> {
    pub(crate) fn get(&self, target: &str) -> ApiTestResponse {
        let target = format!("/system/api/process{target}");
        ApiTestResponse(self.world.send(&json_request("GET", &target, Some(&self.token), None)))
    }

    pub(crate) fn post(&self, target: &str, body: Value) -> ApiTestResponse {
        let target = format!("/system/api/process{target}");
        ApiTestResponse(self.world.send(&json_request(
            "POST",
            &target,
            Some(&self.token),
            Some(&body),
        )))
    }

    /// As above, without a body.
    pub(crate) fn post_nothing(&self, target: &str) -> ApiTestResponse {
        let target = format!("/system/api/process{target}");
        ApiTestResponse(self.world.send(&json_request("POST", &target, Some(&self.token), None)))
    }

    /// Creates a process with these signers and one file with a position for each; returns its
    /// identifier.
    pub(crate) fn prepared(&self, level: &str, signers: &[&str]) -> String {
        let process = self.post("", process(level, signers)).expect(201);
        let id = process["id"].as_str().expect("an id").to_owned();
        self.post(&format!("/{id}/attach"), attachment(signers)).expect(201);
        id
    }

    /// As above, released.
    pub(crate) fn pending(&self, level: &str, signers: &[&str]) -> String {
        let id = self.prepared(level, signers);
        self.post_nothing(&format!("/{id}/release")).expect(200);
        id
    }

    pub(crate) fn status(&self, id: &str) -> String {
        let status = self.get(&format!("/{id}/status")).expect(200);
        status["status"].as_str().expect("a status").to_owned()
    }
}

pub(crate) struct ApiTestResponse(pub(crate) HttpResponse);

impl ApiTestResponse {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.0.body).unwrap_or(Value::Null)
    }

    /// Body, if the status matches.
    pub(crate) fn expect(&self, status: u16) -> Value {
        assert_eq!(self.0.status, status, "{}", String::from_utf8_lossy(&self.0.body));
        self.json()
    }

    /// Panics unless the response is this error.
    pub(crate) fn refused(&self, status: u16, name: &str) {
        let body = self.expect(status);
        assert_eq!(body["name"], name, "{body:#}");
    }

    pub(crate) fn warnings(&self) -> &str {
        self.0.get("sandbox-warning").unwrap_or_default()
    }
}

pub(crate) fn process(level: &str, signers: &[&str]) -> Value {
    let signers: Vec<Value> = signers
        .iter()
        .map(|reference| {
            json!({
                "type": "SIGNER",
                "externalIdentifier": reference,
                "firstName": "John",
                "lastName": "Doe",
                "email": format!("{reference}@example.com"),
            })
        })
        .collect();
    json!({
        "signatureLevel": level,
        "initiator": { "type": "NON_PERSON", "name": "CRM" },
        "invitees": { "signers": signers },
    })
}

pub(crate) fn attachment(signers: &[&str]) -> Value {
    // Two in a row, so that the signatures of up to 22 signers do not cover each other.
    let place = |(index, signer): (usize, &&str)| {
        let (x, y) = (120 + 180 * (index % 2), 700 - 60 * (index / 2 % 11));
        json!({ "signer": signer, "pageNumber": 0, "positionX": x, "positionY": y })
    };
    let positions: Vec<Value> = signers.iter().enumerate().map(place).collect();
    json!({
        "name": "Offer.pdf",
        "contentType": "application/pdf",
        "content": STANDARD.encode(pdf()),
        "signaturePositions": positions,
    })
}

/// PDF with one empty A4 page.
pub(crate) fn pdf() -> Vec<u8> {
    let objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] >>",
    ];
    let mut file = String::from("%PDF-1.4\n");
    let mut table = format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1);
    for (index, object) in objects.iter().enumerate() {
        table.push_str(&format!("{:010} 00000 n \n", file.len()));
        file.push_str(&format!("{} 0 obj\n{object}\nendobj\n", index + 1));
    }
    let start = file.len();
    let size = objects.len() + 1;
    file.push_str(&table);
    file.push_str(&format!("trailer\n<< /Size {size} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n"));
    file.into_bytes()
}

/// UUID of no process.
pub(crate) const NOBODY: &str = "6f1a5c4d-2d9a-4f12-a1c5-bc6e2bcb2d6a";

#[test]
fn tokens_carry_the_scopes_that_were_asked_for() {
    let world = SandboxHarness::new();
    let scope = |token: &str| -> BTreeSet<String> {
        let claims = token.split('.').nth(1).expect("claims");
        let claims =
            base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(claims).expect("base64");
        let claims: Value = serde_json::from_slice(&claims).expect("JSON");
        claims["scope"].as_str().expect("scopes").split(' ').map(str::to_owned).collect()
    };
    assert_eq!(scope(&world.token(CLIENT_A)).len(), Scope::ALL.len());
    assert_eq!(scope(&world.token_with(CLIENT_A, "")).len(), 2);
}
