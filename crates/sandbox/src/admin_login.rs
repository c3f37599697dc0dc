//! Login page for the console and the control API: takes the admin token once, and sets a cookie.
//!
//! The cookie grants read access (GET) only, so a form of another site gains nothing by it. The logout
//! form, the only one that depends on the cookie, carries a CSRF token.

use askama::Template;
use sha2::{Digest, Sha256};
use swisscom_sign::contract::Locale;

use crate::call::Call;
use crate::html::{
    FormData, LanguageOption, is_same_origin, languages, locale_of, protect, render,
};
use crate::http::{HttpRequest, HttpResponse};
use crate::pages::texts::Texts;
use crate::paths::CONTROL_PREFIX;
use crate::sessions::{AdminLogin, cookie_name};

/// Whether a request goes to the login or logout page.
pub(crate) fn is_login_path(request: &HttpRequest) -> bool {
    let segments = request.segments(CONTROL_PREFIX);
    segments.is_some_and(|found| matches!(found.as_slice(), [page] if is_login_page(page)))
}

fn is_login_page(page: &str) -> bool {
    matches!(page, "login" | "logout")
}

/// Whether a browser with a valid login reads something.
pub(crate) fn is_logged_in(call: &Call<'_>) -> bool {
    call.request.effective_method() == "GET" && login(call).is_some()
}

fn login(call: &Call<'_>) -> Option<AdminLogin> {
    let name = admin_cookie(call);
    let given = call.request.cookies().filter(|(n, _)| *n == name).map(|(_, value)| value);
    call.logins.find(&given.collect::<Vec<_>>(), call.platform.real_time())
}

/// CSRF token of the logout form; empty without a login.
pub(crate) fn csrf(call: &Call<'_>) -> String {
    login(call).map(|login| login.csrf).unwrap_or_default()
}

fn admin_cookie(call: &Call<'_>) -> String {
    cookie_name(call.links.base()).replace("session", "admin")
}

/// Whether a browser without credentials navigates to a page.
pub(crate) fn is_browser_navigation(request: &HttpRequest) -> bool {
    request.effective_method() == "GET"
        && request.header("authorization").is_none()
        && request.header("accept").is_some_and(|accept| accept.contains("text/html"))
}

#[derive(Template)]
#[template(path = "guard.html")]
struct GuardPage {
    t: &'static Texts,
    locale: Locale,
    languages: Vec<LanguageOption>,
    next: String,
    error: Option<&'static str>,
}

/// Shows the login form.
pub(crate) fn show(call: &Call<'_>) -> HttpResponse {
    if is_logged_in(call) || !call.logins.is_required() {
        return redirect("/");
    }
    let next = next(&call.request.path);
    page(call.request, 401, next, None).header("www-authenticate", "Bearer")
}

fn page(
    request: &HttpRequest,
    status: u16,
    next: String,
    wrong: Option<AdminLoginError>,
) -> HttpResponse {
    let locale = locale_of(request);
    let t = Texts::of(&locale);
    let error = wrong.map(|wrong| match wrong {
        AdminLoginError::Token => t.guard_wrong,
        AdminLoginError::Form => t.form_refused,
    });
    let page = GuardPage { t, languages: languages(&locale), locale, next, error };
    render(status, &page, false)
}

enum AdminLoginError {
    Token,
    Form,
}

/// Path of the control API or the console that the browser goes to after the login.
fn next(path: &str) -> String {
    let plain = path.bytes().all(|c| c.is_ascii_graphic() && !matches!(c, b'?' | b'#' | b'\\'));
    let below = path.strip_prefix(CONTROL_PREFIX).and_then(|rest| rest.strip_prefix('/'));
    let page = below.is_some_and(|rest| !is_login_page(rest));
    if plain && page { path.to_owned() } else { "/".to_owned() }
}

fn redirect(to: &str) -> HttpResponse {
    protect(HttpResponse::empty(303), false).header("location", to)
}

/// Handles the login form and the logout form.
pub(crate) fn submit(call: &Call<'_>) -> HttpResponse {
    let Some(token) = call.logins.token() else { return redirect("/") };
    let refused = |error, next| page(call.request, 403, next, Some(error));
    let form = FormData::read(call.request).filter(|_| is_same_origin(call.request));
    let Some(form) = form else { return refused(AdminLoginError::Form, next("")) };
    let segments = call.request.segments(CONTROL_PREFIX).unwrap_or_default();
    if segments == ["logout"] {
        let Some(login) = login(call).filter(|login| login.has_csrf(form.get("csrf"))) else {
            return refused(AdminLoginError::Form, next(""));
        };
        call.logins.remove(&login);
        return redirect("/").header("set-cookie", cookie(call, "", "; Max-Age=0"));
    }
    if !call.logins.is_token(form.get("token")) {
        return refused(AdminLoginError::Token, next(form.get("next")));
    }
    // With a given seed, codes are predictable; the token is not.
    let value = || {
        let code = call.platform.new_code();
        let digest = Sha256::new().chain_update(code).chain_update(token).finalize();
        digest.iter().map(|byte| format!("{byte:02x}")).collect::<String>()
    };
    let (id, csrf) = (value(), value());
    let set = cookie(call, &id, "");
    call.logins.add(id, csrf, call.platform.real_time());
    redirect(&next(form.get("next"))).header("set-cookie", set)
}

fn cookie(call: &Call<'_>, value: &str, more: &str) -> String {
    let secure = if call.links.base().starts_with("https://") { "; Secure" } else { "" };
    let name = admin_cookie(call);
    format!("{name}={value}; Path=/; HttpOnly; SameSite=Strict{secure}{more}")
}
