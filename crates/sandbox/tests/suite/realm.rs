//! Token endpoint, byte-compatible with Keycloak 26.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use rsa::pkcs1v15::{Signature, VerifyingKey};
use rsa::signature::Verifier;
use rsa::{BoxedUint, PublicKey};
use secrecy::ExposeSecret;
use serde_json::Value;
use sha2::Sha256;
use swisscom_sign_sandbox::Sandbox;
use swisscom_sign_sandbox::directory::{
    CLIENT_A, CLIENT_CORPORATE, CLIENT_READ_ONLY, ORGANIZATION_A,
};
use swisscom_sign_sandbox::http::{HttpRequest, HttpResponse};
use swisscom_sign_sandbox::initial_data::InitialData;
use swisscom_sign_sandbox::paths::TOKEN_PATH;

use crate::support::{SandboxHarness, URL, form_request, json_request};

const GRANT: &str = "grant_type=client_credentials";

fn secret(world: &SandboxHarness) -> String {
    world
        .platform()
        .directory()
        .client(CLIENT_A)
        .expect("a client")
        .secret()
        .expose_secret()
        .to_owned()
}

fn basic(world: &SandboxHarness, form: &str, credentials: &str) -> HttpResponse {
    let mut request = form_request(form);
    request
        .headers
        .push(("authorization".into(), format!("Basic {}", STANDARD.encode(credentials))));
    world.send(&request)
}

fn text(response: &HttpResponse) -> String {
    String::from_utf8(response.body.to_vec()).expect("text")
}

/// Every row of the response table, in order: the grant type is checked before the client, the client
/// before duplicates, and these before scopes.
#[test]
fn returns_keycloak_errors_verbatim() {
    let world = SandboxHarness::new();
    let secret = secret(&world);
    let good = format!("{GRANT}&client_id={CLIENT_A}&client_secret={secret}");
    let refused = |error: &str, description: &str| {
        format!(r#"{{"error":"{error}","error_description":"{description}"}}"#)
    };
    let credentials = "Invalid client or Invalid client credentials";
    for (form, status, body) in [
        ("", 400, refused("invalid_request", "Missing form parameter: grant_type")),
        ("grant_type=magic", 400, refused("unsupported_grant_type", "Unsupported grant_type")),
        (GRANT, 400, refused("invalid_client", "Missing client_id parameter")),
        (
            &format!("{GRANT}&client_id=nobody&client_secret=x"),
            401,
            refused("invalid_client", credentials),
        ),
        (
            &format!("{GRANT}&client_id={CLIENT_A}&client_secret=x"),
            401,
            refused("unauthorized_client", credentials),
        ),
        (
            &format!("{GRANT}&client_id={CLIENT_A}"),
            401,
            refused("unauthorized_client", credentials),
        ),
        (
            &format!("{good}&scope=a&scope=b"),
            400,
            refused("invalid_request", "duplicated parameter"),
        ),
        (
            &format!("{GRANT}&client_id={CLIENT_A}&client_secret=x&scope=a&scope=b"),
            401,
            refused("unauthorized_client", credentials),
        ),
        (
            &format!("{good}&scope=sswp%3Aprocess%3Aread+sswp%3Afoo"),
            400,
            refused("invalid_scope", "Invalid scopes: sswp:process:read sswp:foo"),
        ),
    ] {
        let answer = world.send(&form_request(form));
        assert_eq!((answer.status, text(&answer)), (status, body), "{form}");
        assert_eq!(answer.get("www-authenticate"), None, "{form}");
        keycloak_headers(&answer);
    }
}

fn keycloak_headers(answer: &HttpResponse) {
    for (name, value) in [
        ("cache-control", "no-store"),
        ("pragma", "no-cache"),
        ("referrer-policy", "no-referrer"),
        ("strict-transport-security", "max-age=31536000; includeSubDomains"),
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "SAMEORIGIN"),
        ("x-robots-tag", "none"),
    ] {
        assert_eq!(answer.get(name), Some(value), "{name}");
    }
}

#[test]
fn returns_keycloak_tokens_verbatim() {
    let world = SandboxHarness::new();
    let form = format!("{GRANT}&client_id={CLIENT_A}&client_secret={}", secret(&world));
    let answer = world.send(&form_request(&form));
    assert_eq!(answer.status, 200);
    keycloak_headers(&answer);
    assert_eq!(answer.get("content-type"), Some("application/json"));
    let text = text(&answer);
    let (before, after) = text.split_once("\"access_token\":\"").expect("a token");
    let (_, after) = after.split_once('"').expect("a token");
    assert_eq!(before, "{");
    assert_eq!(
        after,
        r#","expires_in":3600,"refresh_expires_in":0,"token_type":"Bearer","not-before-policy":0,"scope":"sswp:process:create sswp:process:read"}"#
    );
}

/// Media types are case-insensitive (RFC 9110 section 8.3.1).
#[test]
fn accepts_a_media_type_in_any_case() {
    let world = SandboxHarness::new();
    let secret = secret(&world);
    let form = format!("{GRANT}&client_id={CLIENT_A}&client_secret={secret}");
    let mut request = form_request(&form);
    request.headers[0].1 = "Application/X-WWW-Form-URLEncoded; charset=UTF-8".to_owned();
    assert_eq!(world.send(&request).status, 200);
}

#[test]
fn basic_authentication() {
    let mut request = form_request(GRANT);
    let world = SandboxHarness::new();
    let secret = secret(&world);
    assert_eq!(basic(&world, GRANT, &format!("{CLIENT_A}:{secret}")).status, 200);
    // Both halves are form-encoded (RFC 6749 section 2.3.1).
    let encoded: String = CLIENT_A.bytes().map(|b| format!("%{b:02X}")).collect();
    assert_eq!(basic(&world, GRANT, &format!("{encoded}:{secret}")).status, 200);
    assert_eq!(basic(&world, GRANT, &format!("{CLIENT_A}:x")).status, 401);
    // Form parameters take precedence over the header.
    let form = format!("{GRANT}&client_id={CLIENT_A}&client_secret={secret}");
    assert_eq!(basic(&world, &form, "nobody:x").status, 200);
    let form = format!("{GRANT}&client_id=nobody&client_secret={secret}");
    let answer = basic(&world, &form, &format!("{CLIENT_A}:{secret}"));
    assert!(text(&answer).contains("\"invalid_client\""));
    // Undecodable credentials get a challenge without a body.
    for header in ["Basic *", "Basic", "Bearer abc", "Basic bm9jb2xvbg=="] {
        request.headers.push(("authorization".into(), header.into()));
        let answer = world.send(&request);
        assert_eq!((answer.status, answer.body.len()), (401, 0), "{header}");
        assert_eq!(answer.get("www-authenticate"), Some("Basic realm=\"swisscom-public\""));
        request.headers.pop();
    }
}

#[test]
fn claims_by_client() {
    let world = SandboxHarness::new();
    let claims = |client: &str| -> Value {
        let token = world.token(client);
        let claims =
            URL_SAFE_NO_PAD.decode(token.split('.').nth(1).expect("claims")).expect("Base64");
        serde_json::from_slice(&claims).expect("JSON")
    };
    let a = claims(CLIENT_A);
    assert_eq!(a["organization_id"], ORGANIZATION_A.to_string());
    assert_eq!(a["aud"], "swisscom-sign-api");
    assert_eq!(a["iss"], format!("{URL}/realms/swisscom-public"));
    assert_eq!(a["exp"].as_i64().expect("a time") - a["iat"].as_i64().expect("a time"), 3600);
    assert!(claims(CLIENT_CORPORATE).get("organization_id").is_none());
    assert_eq!(claims(CLIENT_READ_ONLY)["scope"], "sswp:process:read");
}

/// A client that knows only the issuer finds the keys and verifies a token.
#[test]
fn discovery_and_keys() {
    let world = SandboxHarness::new();
    let get = |path: &str| -> Value {
        let path = path.strip_prefix(URL).unwrap_or(path);
        let answer = world.send(&json_request("GET", path, None, None));
        assert_eq!(answer.status, 200, "{path}");
        serde_json::from_slice(&answer.body).expect("JSON")
    };
    let discovery = get("/realms/swisscom-public/.well-known/openid-configuration");
    assert_eq!(discovery["issuer"], format!("{URL}/realms/swisscom-public"));
    let path = discovery["token_endpoint"].as_str().expect("a URL");
    assert_eq!(path.strip_prefix(URL), Some(swisscom_sign_sandbox::paths::TOKEN_PATH));
    let keys = get(discovery["jwks_uri"].as_str().expect("a URL"));
    let key = &keys["keys"][0];
    let number = |name: &str| {
        let bytes = URL_SAFE_NO_PAD.decode(key[name].as_str().expect("a number")).expect("Base64");
        BoxedUint::from_be_slice_vartime(&bytes)
    };
    let public = PublicKey::new(number("n"), number("e")).expect("a key");
    let token = world.token(CLIENT_A);
    let (signed, signature) = token.rsplit_once('.').expect("a token");
    let signature = URL_SAFE_NO_PAD.decode(signature).expect("Base64");
    let signature = Signature::try_from(signature.as_slice()).expect("a signature");
    let verifying = VerifyingKey::<Sha256>::new(public);
    verifying.verify(signed.as_bytes(), &signature).expect("a valid signature");
    let header =
        URL_SAFE_NO_PAD.decode(token.split('.').next().expect("a header")).expect("Base64");
    let header: Value = serde_json::from_slice(&header).expect("JSON");
    assert_eq!(header["kid"], key["kid"]);
}

#[test]
fn rejects_unknown_paths_and_methods() {
    let world = SandboxHarness::new();
    let unknown = world.send(&json_request(
        "GET",
        "/realms/master/protocol/openid-connect/token",
        None,
        None,
    ));
    assert_eq!(
        (unknown.status, text(&unknown)),
        (404, r#"{"error":"Realm does not exist"}"#.to_owned())
    );
    let get = HttpRequest { method: "GET".into(), ..form_request(GRANT) };
    assert_eq!(world.send(&get).status, 405);
    // Health probes use HEAD.
    for path in ["protocol/openid-connect/certs", ".well-known/openid-configuration"] {
        let path = format!("/realms/swisscom-public/{path}");
        assert_eq!(world.send(&json_request("HEAD", &path, None, None)).status, 200, "{path}");
        assert_eq!(world.send(&json_request("POST", &path, None, None)).status, 405, "{path}");
    }
    let json = HttpRequest {
        headers: vec![("content-type".into(), "application/json".into())],
        ..form_request("{}")
    };
    assert_eq!(world.send(&json).status, 415);
}

#[test]
fn secrets_cannot_be_printed() {
    let world = SandboxHarness::new();
    let a = world.a();
    let id = a.pending("SIMPLE", &["anna"]);
    let skip = serde_json::json!({ "skipAuthorization": true });
    let opened = a.post(&format!("/{id}/open/anna"), skip).expect(200);
    let opened = opened["url"].as_str().expect("a URL").to_owned();
    let code = opened.split("code=").nth(1).expect("a code");
    // Page that waits for a code that was sent.
    let person = opened.split('?').next().expect("an address");
    crate::browser::TestBrowser::new(&world).visit(person);
    let sent = world.control("GET", "outbox", Value::Null).expect(200);
    let digits = sent["messages"][0]["code"].as_str().expect("a code");
    world.control("PUT", "snapshots/one", Value::Null).expect(204);
    let (gateway, platform) = (&world.gateway, world.platform());
    let saved = platform.snapshot().expect("a state");
    let sandbox = Sandbox::builder().port(0).start().expect("a sandbox");
    let own = sandbox.ready().client_secret;
    let printed = [
        format!("{gateway:?} {:?} {saved:?}", platform.directory().clients()),
        format!("{:?} {:?}", platform.snapshots(), platform.outbox().all()),
        format!("{:?} {:?}", platform.store().all(), InitialData::Saved(Box::new(saved.clone()))),
        format!("{sandbox:?} {:?}", sandbox.ready()),
    ]
    .concat();
    for secret in [&secret(&world), code, digits, &own] {
        assert!(!printed.contains(secret), "{secret} in {printed}");
    }
}

/// A form above the size limit of token requests is not read.
#[test]
fn large_forms_are_refused() {
    let world = SandboxHarness::new();
    let mut request = form_request(GRANT);
    request.oversized = true;
    assert_eq!(world.send(&request).status, 413);
    let limit = swisscom_sign_sandbox::fault_delivery::max_body(TOKEN_PATH);
    assert!(limit <= 64 * 1024, "{limit}");
}

/// Also within the same second.
#[test]
fn revokes_tokens_of_one_client_only() {
    let world = SandboxHarness::new();
    let revoke = |client: &str| {
        let body = serde_json::json!({ "clientId": client });
        world.control("POST", "tokens/revoke", body).expect(204);
    };
    revoke(CLIENT_A);
    let a = world.a();
    a.get("").expect(200);
    revoke(CLIENT_READ_ONLY);
    a.get("").expect(200);
    let organization = serde_json::json!({ "organizationId": ORGANIZATION_A });
    world.control("POST", "reset", organization).expect(204);
    a.get("").expect(200);
    revoke(CLIENT_A);
    a.get("").expect(401);
}
