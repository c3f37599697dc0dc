//! The way to the control for a person: a form that takes the admin token once, and a cookie that
//! stands for it from then on, for looking only.
//!
//! The cookie opens what is read (GET), never what changes anything: a form of another site gains
//! nothing by it. The one form that counts on it, the logout, carries a value of its session.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use askama::Template;
use jiff::Timestamp;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use swisscom_sign::contract::Locale;

use super::options::PageOptions;
use super::texts::Texts;
use super::visitor::{FormData, LanguageOption, is_own, languages, protect, render};
use super::{chosen, cookie_name};
use crate::admin;
use crate::engine::Platform;
use crate::http::{HttpRequest, HttpResponse};
use crate::l10n::accepted;

/// Seconds that a login lasts, by the real clock.
const LIFETIME: i64 = 12 * 60 * 60;
/// Logins at once; the oldest goes first.
const CAPACITY: usize = 64;

/// A browser that gave the token.
#[derive(Clone)]
struct AdminLogin {
    cookie: String,
    csrf: String,
    until: Timestamp,
}

/// The browsers that gave the token; none outlives the run.
#[derive(Default)]
pub struct AdminLogins(Mutex<VecDeque<AdminLogin>>);

impl fmt::Debug for AdminLogins {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Logins").field("count", &self.all().len()).finish()
    }
}

impl AdminLogins {
    fn all(&self) -> MutexGuard<'_, VecDeque<AdminLogin>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether the login page and its logout stand here.
pub(crate) fn stands_at(segments: &[&str]) -> bool {
    matches!(segments, ["login" | "logout"])
}

/// Whether a browser with a login asks to look at something.
pub(crate) fn admits(engine: &Platform, request: &HttpRequest) -> bool {
    matches!(request.method.as_str(), "GET" | "HEAD") && login(engine, request).is_some()
}

/// The login of a request.
fn login(engine: &Platform, request: &HttpRequest) -> Option<AdminLogin> {
    let name = name(engine);
    let now = engine.real_time();
    let given: Vec<&str> = request.cookies().filter(|(n, _)| *n == name).map(|(_, v)| v).collect();
    let logins = engine.logins().all();
    logins
        .iter()
        .filter(|login| now < login.until)
        .find(|login| given.iter().any(|given| same(given, &login.cookie)))
        .cloned()
}

fn same(one: &str, other: &str) -> bool {
    one.as_bytes().ct_eq(other.as_bytes()).into()
}

/// What stands in forms of the browser's login; empty without one.
pub(crate) fn csrf(engine: &Platform, request: &HttpRequest) -> String {
    login(engine, request).map(|login| login.csrf).unwrap_or_default()
}

fn name(engine: &Platform) -> String {
    cookie_name(&engine.public_url()).replace("session", "admin")
}

/// Whether a browser, rather than a program, looks for a page without any credentials.
pub(crate) fn is_person(request: &HttpRequest) -> bool {
    matches!(request.method.as_str(), "GET" | "HEAD")
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

/// The form.
pub(crate) fn show(engine: &Platform, request: &HttpRequest) -> HttpResponse {
    if admits(engine, request) || !engine.is_guarded() {
        return go("/");
    }
    page(request, 401, next(&request.path), None).header("www-authenticate", "Bearer")
}

fn page(
    request: &HttpRequest,
    status: u16,
    next: String,
    wrong: Option<AdminLoginError>,
) -> HttpResponse {
    let locale = chosen(request)
        .or_else(|| request.header("accept-language").and_then(accepted))
        .unwrap_or(Locale::EnGb);
    let t = Texts::of(&locale);
    let error = wrong.map(|wrong| match wrong {
        AdminLoginError::Token => t.guard_wrong,
        AdminLoginError::Form => t.form_refused,
    });
    let page = GuardPage { t, languages: languages(&locale), locale, next, error };
    render(status, &page, &PageOptions::default())
}

enum AdminLoginError {
    Token,
    Form,
}

/// Where the browser goes afterwards: a path of the control or the dashboard, nowhere else.
fn next(path: &str) -> String {
    let plain = path.bytes().all(|c| c.is_ascii_graphic() && !matches!(c, b'?' | b'#' | b'\\'));
    let below = path.strip_prefix(admin::PREFIX).and_then(|rest| rest.strip_prefix('/'));
    let page = below.is_some_and(|rest| !stands_at(&[rest]));
    if plain && page { path.to_owned() } else { "/".to_owned() }
}

fn go(to: &str) -> HttpResponse {
    protect(HttpResponse::empty(303), &PageOptions::default()).header("location", to)
}

/// Answers a form: the login, or the logout.
pub(crate) fn act(engine: &Platform, request: &HttpRequest, segments: &[&str]) -> HttpResponse {
    let Some(token) = engine.admin_token() else { return go("/") };
    let form = FormData::read(request).filter(|_| is_own(request));
    let Some(form) = form else { return page(request, 403, next(""), Some(AdminLoginError::Form)) };
    if segments == ["logout"] {
        let Some(login) = login(engine, request).filter(|l| same(&l.csrf, form.get("csrf"))) else {
            return page(request, 403, next(""), Some(AdminLoginError::Form));
        };
        engine.logins().all().retain(|other| other.cookie != login.cookie);
        return go("/").header("set-cookie", cookie(engine, "", "; Max-Age=0"));
    }
    if !same(form.get("token"), token) {
        return page(request, 403, next(form.get("next")), Some(AdminLoginError::Token));
    }
    // Identifiers may follow from a number that everybody knows; the token does not.
    let value = || {
        let digest = Sha256::new().chain_update(engine.new_code()).chain_update(token).finalize();
        digest.iter().map(|byte| format!("{byte:02x}")).collect::<String>()
    };
    let now = engine.real_time();
    let until = now.checked_add(jiff::SignedDuration::from_secs(LIFETIME)).unwrap_or(now);
    let login = AdminLogin { cookie: value(), csrf: value(), until };
    let set = cookie(engine, &login.cookie, "");
    let mut logins = engine.logins().all();
    logins.retain(|login| now < login.until);
    if logins.len() >= CAPACITY {
        logins.pop_front();
    }
    logins.push_back(login);
    go(&next(form.get("next"))).header("set-cookie", set)
}

fn cookie(engine: &Platform, value: &str, more: &str) -> String {
    let secure = if engine.public_url().starts_with("https://") { "; Secure" } else { "" };
    format!("{}={value}; Path=/; HttpOnly; SameSite=Strict{secure}{more}", name(engine))
}
