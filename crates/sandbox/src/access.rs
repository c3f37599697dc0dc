//! Access to the control API and the console: by admin token or login; without a token only to local
//! callers that are not pages of another site.

use std::net::IpAddr;

use crate::admin_login;
use crate::api_error::{ApiError, response};
use crate::call::Call;
use crate::domain::ErrorName;
use crate::http::HttpResponse;
use crate::route::Route;

/// Response to a request that has no access; `None` if it has, or needs none.
pub(crate) fn refusal(call: &Call<'_>) -> Option<HttpResponse> {
    let is_restricted = match call.route {
        Route::Control => !admin_login::is_login_path(call.request),
        // The console shows codes and links, as the control API does.
        Route::Page => call.request.path == "/" && call.request.effective_method() == "GET",
        _ => false,
    };
    if !is_restricted {
        return None;
    }
    if !has_control_access(call) {
        return Some(if admin_login::is_browser_navigation(call.request) {
            admin_login::show(call)
        } else {
            HttpResponse::empty(401).header("www-authenticate", "Bearer")
        });
    }
    let is_refused = !call.logins.is_required() && is_cross_site(call);
    is_refused.then(|| response(call, None, &ApiError::from(ErrorName::AccessDenied)))
}

fn has_control_access(call: &Call<'_>) -> bool {
    if !call.logins.is_required() {
        return true;
    }
    let given = call.request.header("authorization").and_then(|header| header.split_once(' '));
    given.is_some_and(|(scheme, given)| {
        scheme.eq_ignore_ascii_case("bearer") && call.logins.is_token(given.trim())
    }) || admin_login::is_logged_in(call)
}

/// Whether the request comes from a page of another origin, or by a host name that resolves to this
/// machine (DNS rebinding).
fn is_cross_site(call: &Call<'_>) -> bool {
    // The configured URL, as the request controls its own `Host`.
    let own = call.base_url.configured().base().split_once("://").map(|(_, authority)| authority);
    let host = call.request.header("host");
    let is_local = |authority: &str| {
        let bare = authority.starts_with('[') && authority.ends_with(']');
        let name = authority.rsplit_once(':').filter(|_| !bare).map_or(authority, |(name, _)| name);
        let address = name.trim_matches(['[', ']']).parse::<IpAddr>();
        name.eq_ignore_ascii_case("localhost") || address.is_ok_and(|address| address.is_loopback())
    };
    if host.is_some_and(|host| Some(host) != own && !is_local(host)) {
        return true;
    }
    let origin = call.request.header("origin").map(|o| o.split_once("://").map_or(o, |(_, a)| a));
    origin.is_some_and(|origin| Some(origin) != host && Some(origin) != own)
}
