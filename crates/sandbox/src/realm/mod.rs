//! The identity provider: Keycloak's realm `swisscom-public`, as far as client credentials go.
//!
//! - [`token`]: the token endpoint with Keycloak's answers.
//! - [`jwt`]: tokens. [`keys`]: the key pairs behind them. [`revocation`]: tokens that are void.
//! - Here: routing, discovery, key set.

pub mod jwt;
pub mod keys;
pub mod revocation;
pub mod token;

use serde_json::json;
use swisscom_sign::contract::Scope;

use crate::engine::Platform;
use crate::http::{HttpRequest, HttpResponse};

/// Name of the realm.
pub const REALM: &str = "swisscom-public";
/// Path of the token endpoint.
pub const TOKEN_PATH: &str = "/realms/swisscom-public/protocol/openid-connect/token";

/// Issuer of the tokens of a sandbox at this URL.
pub fn issuer(public_url: &str) -> String {
    format!("{public_url}/realms/{REALM}")
}

/// Whether a request goes to the token endpoint, however its path is spelled.
pub(crate) fn is_token(request: &HttpRequest) -> bool {
    request.segments("/realms").is_some_and(|found| TOKEN_PATH.split('/').skip(2).eq(found))
}

/// Answers what goes to `/realms`.
pub fn handle(engine: &Platform, request: &HttpRequest) -> HttpResponse {
    let segments = request.segments("/realms").unwrap_or_default();
    let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
    let answer = match segments.as_slice() {
        _ if is_token(request) => only("POST", request, || token::token(engine, request)),
        [realm, ..] if *realm != REALM => {
            HttpResponse::json(404, &json!({ "error": "Realm does not exist" }))
        }
        [_, "protocol", "openid-connect", "certs"] => only("GET", request, || certs(engine)),
        [_, ".well-known", "openid-configuration"] => {
            only("GET", request, || discovery(&issuer(&engine.public_url())))
        }
        _ => HttpResponse::json(
            404,
            &json!({
                "error": "Unable to find matching target resource method",
                "error_description": "For more on this error consult the server log.",
            }),
        ),
    };
    hardened(answer)
}

fn only(
    method: &str,
    request: &HttpRequest,
    answer: impl FnOnce() -> HttpResponse,
) -> HttpResponse {
    if request.answered_as() == method {
        answer()
    } else {
        HttpResponse::empty(405).header("allow", method)
    }
}

/// The headers that Keycloak sets on everything.
fn hardened(response: HttpResponse) -> HttpResponse {
    response
        .header("referrer-policy", "no-referrer")
        .header("strict-transport-security", "max-age=31536000; includeSubDomains")
        .header("x-content-type-options", "nosniff")
        .header("x-frame-options", "SAMEORIGIN")
        .header("x-robots-tag", "none")
}

fn certs(engine: &Platform) -> HttpResponse {
    match engine.keys().jwks() {
        Ok(keys) => HttpResponse::json(200, &json!({ "keys": keys })),
        Err(_) => token::server_error(),
    }
}

/// Only what the sandbox can do; the vendor's document lists more.
fn discovery(issuer: &str) -> HttpResponse {
    let endpoint = |name: &str| format!("{issuer}/protocol/openid-connect/{name}");
    let scopes: Vec<&str> = Scope::ALL.iter().map(|scope| scope.as_str()).collect();
    HttpResponse::json(
        200,
        &json!({
            "issuer": issuer,
            "token_endpoint": endpoint("token"),
            "jwks_uri": endpoint("certs"),
            "grant_types_supported": [token::GRANT_TYPE],
            "response_types_supported": ["none"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
            "scopes_supported": scopes,
        }),
    )
}
