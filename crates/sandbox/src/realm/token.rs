//! Token endpoint for client credentials (RFC 6749 section 4.4), with exactly the responses of Keycloak
//! 26, also where they deviate from the RFC: no `WWW-Authenticate` on 401, and only `error`
//! distinguishes an unknown client from a wrong secret.

use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::Arc;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::Serialize;
use swisscom_sign::contract::Scope;

use crate::actions::{TokenResponse, issue_token};
use crate::call::Call;
use crate::directory::OAuthClient;
use crate::http::{HttpRequest, HttpResponse};
use crate::paths::REALM;
use crate::platform::Platform;

/// Only supported grant type.
pub(super) const GRANT_TYPE: &str = "client_credentials";

#[derive(Serialize)]
struct TokenErrorResponse<'a> {
    error: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    error_description: Option<Cow<'a, str>>,
}

/// Error responses of the endpoint: status, `error`, `error_description`.
mod refusals {
    pub(super) type Row = (u16, &'static str, &'static str);
    pub(super) const GRANT_MISSING: Row =
        (400, "invalid_request", "Missing form parameter: grant_type");
    pub(super) const GRANT_UNKNOWN: Row = (400, "unsupported_grant_type", "Unsupported grant_type");
    pub(super) const CLIENT_MISSING: Row = (400, "invalid_client", "Missing client_id parameter");
    pub(super) const CLIENT_UNKNOWN: Row =
        (401, "invalid_client", "Invalid client or Invalid client credentials");
    pub(super) const SECRET_WRONG: Row =
        (401, "unauthorized_client", "Invalid client or Invalid client credentials");
    pub(super) const DUPLICATED: Row = (400, "invalid_request", "duplicated parameter");
    pub(super) const CRASH: Row =
        (500, "unknown_error", "For more on this error consult the server log.");
}

/// Keycloak disables caching for this endpoint.
fn uncached(response: HttpResponse) -> HttpResponse {
    response.header("cache-control", "no-store").header("pragma", "no-cache")
}

fn refuse((status, error, description): refusals::Row) -> HttpResponse {
    let body = TokenErrorResponse { error, error_description: Some(Cow::Borrowed(description)) };
    uncached(HttpResponse::json(status, &body))
}

/// Response to an internal error.
pub(super) fn server_error() -> HttpResponse {
    refuse(refusals::CRASH)
}

pub(super) fn token(call: &Call<'_>) -> HttpResponse {
    let request = call.request;
    let form = |kind: &str| kind.eq_ignore_ascii_case("application/x-www-form-urlencoded");
    if !request.media_type().is_some_and(form) {
        let body = TokenErrorResponse {
            error: "HTTP 415 Unsupported Media Type",
            error_description: None,
        };
        return uncached(HttpResponse::json(415, &body));
    }
    if request.oversized {
        return uncached(HttpResponse::empty(413));
    }
    let form: Vec<(Cow<'_, str>, Cow<'_, str>)> = form_urlencoded::parse(&request.body).collect();
    match grant(call, &form) {
        Ok(granted) => uncached(HttpResponse::json(200, &granted)),
        Err(response) => response,
    }
}

type TokenForm<'a> = [(Cow<'a, str>, Cow<'a, str>)];

fn parameter<'a>(form: &'a TokenForm<'_>, name: &str) -> Option<&'a str> {
    form.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_ref())
}

/// Checks in Keycloak's order: the grant type before the client, the client before the form.
fn grant(call: &Call<'_>, form: &TokenForm<'_>) -> Result<TokenResponse, HttpResponse> {
    match parameter(form, "grant_type") {
        None => return Err(refuse(refusals::GRANT_MISSING)),
        Some(GRANT_TYPE) => {}
        Some(_) => return Err(refuse(refusals::GRANT_UNKNOWN)),
    }
    let client = authenticate(call.platform, call.request, form)?;
    let mut keys = HashSet::new();
    if !form.iter().all(|(key, _)| keys.insert(key)) {
        return Err(refuse(refusals::DUPLICATED));
    }
    let scope = scopes(&client, parameter(form, "scope").unwrap_or_default())?;
    let ttl = call.platform.settings().token_ttl;
    issue_token(call.platform, call.links, &client, scope, ttl).map_err(|_| server_error())
}

/// Authenticates the client by form or Basic header; the form takes precedence.
fn authenticate(
    platform: &Platform,
    request: &HttpRequest,
    form: &TokenForm<'_>,
) -> Result<Arc<OAuthClient>, HttpResponse> {
    let form_id = parameter(form, "client_id");
    let basic = match request.header("authorization") {
        None => None,
        Some(header) => match basic(header) {
            None if form_id.is_none() => {
                let challenge = format!("Basic realm=\"{REALM}\"");
                return Err(uncached(
                    HttpResponse::empty(401).header("www-authenticate", challenge),
                ));
            }
            basic => basic,
        },
    };
    let (basic_id, basic_secret) = basic.unzip();
    let id = form_id.map(str::to_owned).or(basic_id);
    let secret = parameter(form, "client_secret").map(str::to_owned).or(basic_secret);
    let id = id.ok_or_else(|| refuse(refusals::CLIENT_MISSING))?;
    let client =
        platform.directory().client(&id).ok_or_else(|| refuse(refusals::CLIENT_UNKNOWN))?;
    if secret.is_some_and(|secret| client.has_secret(&secret)) {
        Ok(client)
    } else {
        Err(refuse(refusals::SECRET_WRONG))
    }
}

/// Client identifier of the request, not authenticated.
pub(crate) fn client_id(request: &HttpRequest) -> Option<String> {
    let form: Vec<(Cow<'_, str>, Cow<'_, str>)> = form_urlencoded::parse(&request.body).collect();
    let by_form = parameter(&form, "client_id").map(str::to_owned);
    by_form.or_else(|| Some(basic(request.header("authorization")?)?.0))
}

/// Identifier and secret of a Basic header, each form-decoded (RFC 6749 section 2.3.1).
fn basic(header: &str) -> Option<(String, String)> {
    let (scheme, encoded) = header.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let decoded = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?;
    let (id, secret) = decoded.split_once(':')?;
    Some((form_decode(id)?, form_decode(secret)?))
}

fn form_decode(value: &str) -> Option<String> {
    let blanks = value.replace('+', " ");
    percent_encoding::percent_decode_str(&blanks).decode_utf8().ok().map(Cow::into_owned)
}

/// All default scopes, and the requested optional ones.
fn scopes(client: &OAuthClient, asked: &str) -> Result<String, HttpResponse> {
    let known = |name: &str| {
        Scope::parse(name)
            .filter(|s| client.default_scopes.contains(s) || client.optional_scopes.contains(s))
    };
    let mut granted: Vec<Scope> = client.default_scopes.to_vec();
    for name in asked.split(' ').filter(|name| !name.is_empty()) {
        let Some(scope) = known(name) else {
            let description = Cow::Owned(format!("Invalid scopes: {asked}"));
            let body =
                TokenErrorResponse { error: "invalid_scope", error_description: Some(description) };
            return Err(uncached(HttpResponse::json(400, &body)));
        };
        if !granted.contains(&scope) {
            granted.push(scope);
        }
    }
    Ok(granted.iter().map(|scope| scope.as_str()).collect::<Vec<_>>().join(" "))
}
