//! Tokens, scopes and tenancy.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use swisscom_sign::contract::{Operation, OperationMethod};
use swisscom_sign_sandbox::directory::{CLIENT_A, CLIENT_B, CLIENT_CORPORATE, CLIENT_READ_ONLY};
use swisscom_sign_sandbox::settings::{MissingProcess, ScopeError};
use swisscom_sign_sandbox::tokens::jwt::{AUDIENCE, IssuedTokenClaims, issue};

use crate::support::{
    ApiTestClient, ApiTestResponse, KEYS, NOBODY, SandboxHarness, URL, json_request, process,
};

fn status_with(world: &SandboxHarness, token: &str) -> ApiTestResponse {
    let caller = ApiTestClient { world, token: token.to_owned() };
    caller.get(&format!("/{NOBODY}/status"))
}

fn claims(world: &SandboxHarness) -> IssuedTokenClaims {
    let now = world.platform().real_time().as_second();
    IssuedTokenClaims {
        exp: now + 60,
        iat: now,
        jti: uuid::Uuid::nil(),
        iss: format!("{URL}/realms/swisscom-public"),
        aud: AUDIENCE.to_owned(),
        sub: CLIENT_A.to_owned(),
        typ: "Bearer".to_owned(),
        azp: CLIENT_A.to_owned(),
        scope: "sswp:process:read".to_owned(),
        organization_id: None,
    }
}

fn part(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

/// Without a valid token of this sandbox, the response is 401 without a body.
#[test]
fn forged_tokens() {
    let world = SandboxHarness::new();
    let key = KEYS.pair().expect("a key");
    let good = issue(&claims(&world), key);
    status_with(&world, &good).refused(404, "ProcessNotFound");

    let (header, rest) = good.split_once('.').expect("a token");
    let (body, signature) = rest.split_once('.').expect("a token");
    let unsigned = part(&json!({ "alg": "none", "typ": "JWT", "kid": key.kid() }));
    let symmetric = part(&json!({ "alg": "HS256", "typ": "JWT", "kid": key.kid() }));
    let widened = part(&json!({ "scope": "sswp:process:read:all", "azp": CLIENT_A }));
    let other_key = json!({ "alg": "RS256", "typ": "JWT", "kid": "other" });
    let signed_by_other_name = {
        let signed = format!("{}.{body}", part(&other_key));
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(key.sign(signed.as_bytes())))
    };
    let expired = issue(&IssuedTokenClaims { exp: claims(&world).iat, ..claims(&world) }, key);
    let foreign =
        issue(&IssuedTokenClaims { iss: "http://elsewhere".into(), ..claims(&world) }, key);
    let stranger = issue(&IssuedTokenClaims { azp: "nobody".into(), ..claims(&world) }, key);
    for (what, token) in [
        ("no signature", format!("{header}.{body}.")),
        ("alg none", format!("{unsigned}.{body}.")),
        ("alg none, old signature", format!("{unsigned}.{body}.{signature}")),
        ("alg HS256", format!("{symmetric}.{body}.{signature}")),
        ("other claims", format!("{header}.{widened}.{signature}")),
        ("other kid", signed_by_other_name),
        ("expired", expired),
        ("other issuer", foreign),
        ("unknown client", stranger),
        ("no token", "abc".to_owned()),
        ("two parts", format!("{header}.{body}")),
        ("empty", String::new()),
    ] {
        let answer = status_with(&world, &token);
        assert_eq!(answer.0.status, 401, "{what}");
        assert_eq!(
            answer.0.get("www-authenticate"),
            Some(r#"Bearer error="invalid_token""#),
            "{what}"
        );
    }
}

#[test]
fn no_token_is_challenged_without_an_error() {
    let world = SandboxHarness::new();
    for header in [None, Some("Basic abc"), Some("Bearer")] {
        let mut request = json_request("GET", "/system/api/process", None, None);
        request.headers.extend(header.map(|value| ("authorization".to_owned(), value.to_owned())));
        let answer = world.send(&request);
        assert_eq!((answer.status, answer.get("www-authenticate")), (401, Some("Bearer")));
    }
}

/// Tokens expire on real time: a month of platform time does not expire them, an hour of real time
/// does.
#[test]
fn token_lifetime_runs_on_real_time() {
    let world = SandboxHarness::new();
    let a = world.a();
    world.clock.advance(31 * crate::support::DAY);
    a.get("").expect(200);
    world.real_clock.advance(3599);
    a.get("").expect(200);
    world.real_clock.advance(1);
    a.get("").expect(401);
}

/// Each operation requires its scope and no other, and checks it first.
#[test]
fn scopes_per_operation() {
    let world = SandboxHarness::new();
    let key = KEYS.pair().expect("a key");
    for operation in Operation::ALL {
        let spec = operation.spec();
        let path = format!("/system{}", spec.path.replace(['{', '}'], ""));
        for scope in swisscom_sign::contract::Scope::ALL {
            let claims = IssuedTokenClaims { scope: scope.as_str().to_owned(), ..claims(&world) };
            let token = issue(&claims, key);
            let body = (spec.method == OperationMethod::Post).then(|| json!({}));
            let request = json_request(spec.method.as_str(), &path, Some(&token), body.as_ref());
            let answer = ApiTestResponse(world.send(&request));
            if *scope == spec.scope {
                assert_ne!(answer.0.status, 403, "{operation}");
            } else {
                answer.refused(403, "AccessDenied");
                let challenge = answer.0.get("www-authenticate").unwrap_or_default();
                assert!(challenge.contains("insufficient_scope"), "{challenge}");
            }
        }
    }
}

#[test]
fn scope_error_can_be_401() {
    let world = SandboxHarness::with(|settings| settings.scope_error = ScopeError::Unauthorized);
    world.caller(CLIENT_READ_ONLY).post("", json!({})).expect(401);
}

/// Only release reveals that a foreign process exists.
#[test]
fn foreign_processes() {
    let world = SandboxHarness::new();
    let id = world.a().pending("SIMPLE", &["anna"]);
    for client in [CLIENT_B, CLIENT_CORPORATE] {
        let other = world.caller(client);
        other.post_nothing(&format!("/{id}/release")).refused(403, "AccessDenied");
        for operation in Operation::ALL {
            let spec = operation.spec();
            if operation == Operation::Release || !spec.path.contains("{processId}") {
                continue;
            }
            let call = |id: &str| {
                let path = spec.path.replace("{processId}", id);
                let path = path.replace("{personId}", "anna").replace("{fileId}", "x");
                let path = path.strip_prefix("/api/process").expect("a path");
                let (_, body) = swisscom_body(operation);
                let answer = if spec.method == OperationMethod::Get {
                    other.get(path)
                } else {
                    other.post(path, body)
                };
                (answer.0.status, answer.json()["name"].clone(), answer.json()["message"].clone())
            };
            assert_eq!(call(&id), call(NOBODY), "{operation} tells a foreign process from none");
        }
    }
    let same_organization = world.caller(CLIENT_READ_ONLY);
    same_organization.get(&format!("/{id}")).expect(200);
}

/// A body that passes validation.
fn swisscom_body(operation: Operation) -> (Operation, Value) {
    let body = match operation {
        Operation::Create => process("SIMPLE", &["anna"]),
        Operation::Attach => crate::support::attachment(&["anna"]),
        _ => json!({}),
    };
    (operation, body)
}

#[test]
fn missing_processes_by_operation_and_switch() {
    let statuses = |switch| {
        let mut world = SandboxHarness::with(|settings| settings.missing_process = switch);
        world.extra = vec![404, 409];
        let a = world.a();
        let get = |path: &str| a.get(&format!("/{NOBODY}{path}")).0.status;
        let post = |path: &str, operation| {
            a.post(&format!("/{NOBODY}{path}"), swisscom_body(operation).1).0.status
        };
        [
            get(""),
            get("/status"),
            post("/release", Operation::Release),
            get("/record"),
            post("/setup", Operation::Setup),
            post("/open/anna", Operation::Open),
            post("/attach", Operation::Attach),
            get("/file/x"),
            get("/file/x/content"),
        ]
    };
    let contract = [404, 404, 404, 409, 409, 409, 409, 409, 409];
    assert_eq!(statuses(MissingProcess::Contract), contract);
    assert_eq!(statuses(MissingProcess::NotFound), [404; 9]);
    assert_eq!(statuses(MissingProcess::Conflict), [409; 9]);
}
