//! The sandbox, the same in each run, with one initial process, and values of its responses for later
//! requests.

use std::sync::{Arc, LazyLock};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use jiff::Timestamp;
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};
use swisscom_sign::contract::{Operation, Scope};
use swisscom_sign_pdf as pdf;
use swisscom_sign_sandbox::clock::ManualClock;
use swisscom_sign_sandbox::directory::{CLIENT_A, Directory};
use swisscom_sign_sandbox::documents::PadesDocuments;
use swisscom_sign_sandbox::gateway::{Gateway, GatewayParts};
use swisscom_sign_sandbox::http::{HttpRequest, HttpResponse};
use swisscom_sign_sandbox::ids::{IdGenerator as _, SeededIds};
use swisscom_sign_sandbox::paths::TOKEN_PATH;
use swisscom_sign_sandbox::platform::KeyFactory;
use swisscom_sign_sandbox::route::{RouteMatch, find};

use super::generate::{self, ByteChoices};
use super::key::KEYS;
use super::script::ScriptRequest;

const URL: &str = "http://127.0.0.1:8480";
const FORM: &str = "application/x-www-form-urlencoded";

/// A page with two tags, in Base64.
static PDF: LazyLock<String> = LazyLock::new(|| {
    let lines: &[&str] = &[r"\s1\ and \s2\"];
    STANDARD.encode(pdf::sample(&[pdf::SamplePage { heading: "Contract", lines }]))
});

/// The authority of all runs, as making one takes a while.
static AUTHORITY: LazyLock<String> = LazyLock::new(|| {
    let made = PadesDocuments::new([7; 32], now()).expect("an authority");
    made.to_secret_pem().expect("a key")
});

/// A token of every scope: it is good in each run, as key, clock and client are the same.
static TOKEN: LazyLock<String> = LazyLock::new(|| {
    let sandbox = sandbox();
    let client = sandbox.platform().directory().client(CLIENT_A).expect("a client");
    let secret = client.secret().expose_secret();
    let scopes: Vec<&str> = Scope::ALL.iter().map(|scope| scope.as_str()).collect();
    let form = format!(
        "grant_type=client_credentials&client_id={CLIENT_A}&client_secret={secret}&scope={}",
        scopes.join("+")
    );
    let answer = sandbox.handle(&HttpRequest {
        method: "POST".to_owned(),
        path: TOKEN_PATH.to_owned(),
        headers: vec![("content-type".to_owned(), FORM.to_owned())],
        body: form.into(),
        ..HttpRequest::default()
    });
    let answer: Value = serde_json::from_slice(&answer.body).expect("JSON");
    answer["access_token"].as_str().expect("a token").to_owned()
});

fn now() -> Timestamp {
    "2026-11-01T10:00:00Z".parse().expect("a time")
}

fn sandbox() -> Gateway {
    let mut secrets = SeededIds::from_number(1);
    let directory = Directory::with_seed(None, None, || secrets.code());
    let ids = SeededIds::from_number(2);
    let mut parts = GatewayParts::new(URL.to_owned(), directory, KEYS.clone(), ids);
    let clock = Arc::new(ManualClock::new(now()));
    parts.platform.clock = clock.clone();
    parts.platform.real_clock = clock;
    parts.platform.new_key = Some(KeyFactory(Box::new(|| KEYS.clone())));
    parts.platform.documents =
        Box::new(PadesDocuments::resume(&AUTHORITY, [8; 32]).expect("an authority"));
    Gateway::new(parts)
}

/// Method, path and fields of the body of everything that the control takes.
pub(super) fn control() -> Vec<(String, String, Vec<String>)> {
    let request = HttpRequest {
        method: "GET".to_owned(),
        path: "/_sandbox/openapi.json".to_owned(),
        ..HttpRequest::default()
    };
    let document = sandbox().handle(&request);
    let document: Value = serde_json::from_slice(&document.body).expect("JSON");
    let mut found = Vec::new();
    for (path, methods) in document["paths"].as_object().expect("paths") {
        for (method, operation) in methods.as_object().expect("methods") {
            let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
            let fields = schema["properties"].as_object();
            let fields = fields.map(|fields| fields.keys().cloned().collect()).unwrap_or_default();
            found.push((method.to_uppercase(), path.clone(), fields));
        }
    }
    found
}

/// A sandbox and values of its responses.
pub(super) struct FuzzWorld {
    pub(super) sandbox: Gateway,
    pub(super) processes: Vec<String>,
    person: String,
    file: String,
    /// Identifier of the last fault or message.
    other: String,
    cookie: Option<String>,
    csrf: String,
    code: String,
    /// Last opened URL, and current page of the visitor.
    open: String,
    here: String,
}

impl FuzzWorld {
    pub(super) fn new() -> Self {
        let mut world = Self {
            sandbox: sandbox(),
            processes: Vec::new(),
            person: String::new(),
            file: String::new(),
            other: String::new(),
            cookie: None,
            csrf: String::new(),
            code: String::new(),
            open: "/".to_owned(),
            here: "/".to_owned(),
        };
        let signer = |name: &str| {
            json!({
                "type": "SIGNER",
                "externalIdentifier": name,
                "firstName": name,
                "lastName": "Muster",
                "email": format!("{name}@example.com"),
            })
        };
        let create = json!({
            "signatureLevel": "ADVANCED",
            "initiator": { "type": "NON_PERSON", "name": "CRM" },
            "invitees": { "signers": [signer("anna"), signer("beat")] },
        });
        let attach = json!({
            "name": "Offer.pdf",
            "contentType": "application/pdf",
            "content": "{pdf}",
            "signaturePositions": [
                { "signer": "anna", "pageNumber": 0, "positionX": 100, "positionY": 600 },
                { "signer": "beat", "locator": "TAG" },
            ],
        });
        for (operation, body) in [(Operation::Create, create), (Operation::Attach, attach)] {
            let target = format!("/system{}", operation.spec().path);
            let body = body.to_string();
            let step = ScriptRequest {
                method: "POST",
                target: &target,
                headers: Vec::new(),
                body: body.as_bytes(),
            };
            let request = world.request(&step);
            let response = world.sandbox.handle(&request);
            assert_eq!(response.status, 201, "{}", String::from_utf8_lossy(&response.body));
            world.learn(&request, &response);
        }
        world
    }

    /// The request of a step, with default token, cookie and content type.
    pub(super) fn request(&self, step: &ScriptRequest<'_>) -> HttpRequest {
        let target = self.filled(step.target);
        let (path, query) = target.split_once('?').unwrap_or((&target, ""));
        let mut request = HttpRequest {
            method: step.method.to_owned(),
            path: path.to_owned(),
            query: query.to_owned(),
            ..HttpRequest::default()
        };
        let headers = step.headers.iter();
        request.headers =
            headers.map(|(name, value)| ((*name).to_owned(), self.filled(value))).collect();
        let mut put = |name: &str, value: &str| {
            if request.header(name).is_none() {
                request.headers.push((name.to_owned(), value.to_owned()));
            }
        };
        put("authorization", &format!("Bearer {}", *TOKEN));
        let forms = path.starts_with("/cockpit") || path.starts_with("/realms");
        put("content-type", if forms { FORM } else { "application/json" });
        if let Some(cookie) = &self.cookie {
            put("cookie", cookie);
        }
        request.body = match (step.body.strip_prefix(b"*"), find(&request)) {
            (Some(choices), RouteMatch::Found(route)) => {
                let mut text = String::new();
                if let Some(table) = route.operation.spec().request {
                    generate::object(table, &mut ByteChoices(choices), &mut text);
                }
                self.filled(&text).into()
            }
            _ => match std::str::from_utf8(step.body) {
                Ok(text) => self.filled(text).into(),
                Err(_) => Bytes::copy_from_slice(step.body),
            },
        };
        request
    }

    /// Replaces the placeholders in a text.
    fn filled(&self, text: &str) -> String {
        let mut out = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('{') {
            out.push_str(before);
            let known =
                after.split_once('}').and_then(|(name, after)| Some((self.known(name)?, after)));
            match known {
                Some((value, after)) => {
                    out.push_str(value);
                    rest = after;
                }
                None => {
                    out.push('{');
                    rest = after;
                }
            }
        }
        out.push_str(rest);
        out
    }

    fn known(&self, name: &str) -> Option<&str> {
        let process = || self.processes.last().map(String::as_str);
        Some(match name {
            "processId" => process()?,
            // The control API calls every identifier `id`; most are processes.
            "id" => process()?,
            "personId" | "person" => &self.person,
            "fileId" => &self.file,
            "other" => &self.other,
            "name" => "one",
            "csrf" => &self.csrf,
            "code" => &self.code,
            "open" => &self.open,
            "here" => &self.here,
            "pdf" => &PDF,
            "token" => &TOKEN,
            _ => return None,
        })
    }

    /// Stores values of a response.
    pub(super) fn learn(&mut self, request: &HttpRequest, response: &HttpResponse) {
        if let Some(cookie) = response.get("set-cookie") {
            self.cookie = cookie.split(';').next().map(str::to_owned);
        }
        if let Some(location) = response.get("location").filter(|to| to.starts_with('/')) {
            self.here = location.to_owned();
        } else if request.method == "GET" && request.path.starts_with("/cockpit") {
            self.here = request.path.clone();
        }
        let text = String::from_utf8_lossy(&response.body);
        if let Some((_, rest)) = text.split_once(r#"name="csrf" value=""#) {
            self.csrf = rest.split('"').next().unwrap_or_default().to_owned();
        }
        let sent = self.sandbox.platform().outbox().latest(1);
        if let Some(code) = sent.into_iter().find_map(|message| message.code) {
            self.code = code;
        }
        let Ok(value) = serde_json::from_str::<Value>(&text) else { return };
        let is_new = response.status == 201
            && matches!(find(request), RouteMatch::Found(route) if route.operation == Operation::Create);
        if let Some(id) = value["id"].as_str() {
            if is_new { self.processes.push(id.to_owned()) } else { id.clone_into(&mut self.other) }
        }
        if let Some(person) = value["invitees"]["signers"][0]["identification"].as_str() {
            person.clone_into(&mut self.person);
        }
        if let Some(file) = value["fileId"].as_str() {
            file.clone_into(&mut self.file);
        }
        let open = value["url"].as_str().and_then(|url| url.strip_prefix(URL));
        if let Some(open) = open {
            open.clone_into(&mut self.open);
        }
    }
}
