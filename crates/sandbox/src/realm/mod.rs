//! Identity provider: Keycloak's realm `swisscom-public`, limited to client credentials.
//!
//! - `token`: the token endpoint with Keycloak's responses.
//! - Here: routing, discovery, key set.

mod token;

use serde_json::json;
use swisscom_sign::contract::Scope;

use crate::call::Call;
use crate::http::{HttpRequest, HttpResponse};
use crate::paths::{REALM, REALMS_PREFIX};
use crate::platform::Platform;
use crate::route::Route;
use crate::tokens::issuer;

pub(crate) use token::client_id;

/// Answers a request to `/realms`.
pub(crate) fn handle(call: &Call<'_>) -> HttpResponse {
    let request = call.request;
    let segments = request.segments(REALMS_PREFIX).unwrap_or_default();
    let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
    let answer = match segments.as_slice() {
        _ if matches!(call.route, Route::Token) => only("POST", request, || token::token(call)),
        [realm, ..] if *realm != REALM => {
            HttpResponse::json(404, &json!({ "error": "Realm does not exist" }))
        }
        [_, "protocol", "openid-connect", "certs"] => only("GET", request, || certs(call.platform)),
        [_, ".well-known", "openid-configuration"] => {
            only("GET", request, || discovery(&issuer(call.links.base())))
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
    if request.effective_method() == method {
        answer()
    } else {
        HttpResponse::empty(405).header("allow", method)
    }
}

/// Security headers that Keycloak adds to every response.
fn hardened(response: HttpResponse) -> HttpResponse {
    response
        .header("referrer-policy", "no-referrer")
        .header("strict-transport-security", "max-age=31536000; includeSubDomains")
        .header("x-content-type-options", "nosniff")
        .header("x-frame-options", "SAMEORIGIN")
        .header("x-robots-tag", "none")
}

fn certs(platform: &Platform) -> HttpResponse {
    match platform.keys().jwks() {
        Ok(keys) => HttpResponse::json(200, &json!({ "keys": keys })),
        Err(_) => token::server_error(),
    }
}

/// Only the features of the sandbox; the vendor's document lists more.
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
