//! Paths under which the sandbox serves its interfaces.

use crate::http::HttpRequest;

/// Base path of the API; not part of `Error.path`.
pub const API_PREFIX: &str = "/system";
/// OpenAPI description of the API.
pub const API_DESCRIPTION_PATH: &str = "/system/api-docs";
/// Base path of the control API.
pub const CONTROL_PREFIX: &str = "/_sandbox";
/// Base path of the identity provider.
pub const REALMS_PREFIX: &str = "/realms";
/// Name of the realm.
pub const REALM: &str = "swisscom-public";
/// Token endpoint.
pub const TOKEN_PATH: &str = "/realms/swisscom-public/protocol/openid-connect/token";
/// Base path of the hosted pages.
pub const PAGES_PREFIX: &str = "/cockpit";

/// Whether the raw path of a request is below a prefix.
pub(crate) fn is_below(request: &HttpRequest, prefix: &str) -> bool {
    request.path.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Whether a request goes to the token endpoint, however its path is percent-encoded.
pub(crate) fn is_token_path(request: &HttpRequest) -> bool {
    request.segments(REALMS_PREFIX).is_some_and(|found| TOKEN_PATH.split('/').skip(2).eq(found))
}
