//! HTML pages: rendering with security headers, forms, and the choice of a language.

use std::collections::BTreeMap;
use std::ops::Bound;

use askama::Template;
use swisscom_sign::contract::Locale;

use crate::http::{HttpRequest, HttpResponse};
use crate::localization::parse_accept_language;

/// Maximum size of a form, in bytes: the setup page of fifty signers on a hundred documents has 30000
/// fields.
const MAX_FORM: usize = 8 * 1024 * 1024;

/// Renders a page with its headers.
pub(crate) fn render(status: u16, page: &impl Template, embedded: bool) -> HttpResponse {
    match page.render() {
        Ok(html) => {
            protect(HttpResponse::with_body(status, "text/html; charset=utf-8", html), embedded)
        }
        Err(error) => {
            eprintln!("error: a page could not be written: {error}");
            HttpResponse::empty(500)
        }
    }
}

/// Adds the security headers: no scripts, only the own style sheet and icon, no frames unless `EMBEDDED`, and no
/// referrer, as the URL of a page is a credential.
pub(crate) fn protect(response: HttpResponse, embedded: bool) -> HttpResponse {
    let ancestors = if embedded { "*" } else { "'none'" };
    let policy = format!(
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors {ancestors}"
    );
    let response = response
        .header("content-security-policy", policy)
        .header("cache-control", "no-store")
        .header("referrer-policy", "no-referrer")
        .header("x-content-type-options", "nosniff");
    if embedded { response } else { response.header("x-frame-options", "DENY") }
}

/// Whether a form comes from a page of this sandbox, by the headers of the browser.
pub(crate) fn is_same_origin(request: &HttpRequest) -> bool {
    match (request.header("sec-fetch-site"), request.header("origin")) {
        (Some(site), _) => matches!(site, "same-origin" | "none"),
        // Browsers send `null` because our policy suppresses the referrer.
        (None, None | Some("null")) => true,
        (None, Some(origin)) => {
            origin.split_once("://").map(|(_, authority)| authority) == request.header("host")
        }
    }
}

pub(crate) struct LanguageOption {
    pub(crate) code: &'static str,
    pub(crate) name: &'static str,
    pub(crate) current: bool,
}

pub(crate) fn languages(current: &Locale) -> Vec<LanguageOption> {
    [("de-CH", "Deutsch"), ("fr-CH", "Français"), ("it-CH", "Italiano"), ("en-GB", "English")]
        .map(|(code, name)| LanguageOption { code, name, current: current.as_str() == code })
        .into()
}

/// Language for a visitor without a session: of the link, or of the browser.
pub(crate) fn locale_of(request: &HttpRequest) -> Locale {
    chosen_locale(request)
        .or_else(|| request.header("accept-language").and_then(parse_accept_language))
        .unwrap_or(Locale::EnGb)
}

/// Language that a link on a page selects.
pub(crate) fn chosen_locale(request: &HttpRequest) -> Option<Locale> {
    let locale = Locale::parse(&parameter(request, "lang")?);
    Locale::ALL.contains(&locale).then_some(locale)
}

/// Form fields: the first value of each, trimmed.
#[derive(Default)]
pub(crate) struct FormData(BTreeMap<String, String>);

impl FormData {
    pub(crate) fn read(request: &HttpRequest) -> Option<Self> {
        let form = request
            .media_type()
            .is_some_and(|t| t.eq_ignore_ascii_case("application/x-www-form-urlencoded"));
        if !form || request.oversized || request.body.len() > MAX_FORM {
            return None;
        }
        Some(Self::new(form_urlencoded::parse(&request.body).into_owned()))
    }

    pub(crate) fn new(fields: impl IntoIterator<Item = (String, String)>) -> Self {
        let mut form = BTreeMap::new();
        for (name, value) in fields {
            form.entry(name).or_insert_with(|| value.trim().to_owned());
        }
        Self(form)
    }

    /// The named fields that are present.
    pub(crate) fn subset(&self, names: &[&str]) -> Vec<(String, String)> {
        let field = |name: &&str| Some(((*name).to_owned(), self.0.get(*name)?.clone()));
        names.iter().filter_map(field).collect()
    }

    /// All fields except the named ones.
    pub(crate) fn without(&self, names: &[&str]) -> Vec<(String, String)> {
        let kept = self.0.iter().filter(|(name, _)| !names.contains(&name.as_str()));
        kept.map(|(name, value)| (name.clone(), value.clone())).collect()
    }

    /// Value of a field; empty if absent.
    pub(crate) fn get(&self, name: &str) -> &str {
        self.0.get(name).map_or("", String::as_str)
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// Value of a field, unless it is empty.
    pub(crate) fn filled(&self, name: &str) -> Option<String> {
        Some(self.get(name)).filter(|value| !value.is_empty()).map(str::to_owned)
    }

    /// Fields whose name has this prefix, with the rest of the name.
    pub(crate) fn with_prefix<'f>(
        &'f self,
        prefix: &'f str,
    ) -> impl Iterator<Item = (&'f str, &'f str)> {
        self.0
            .range::<str, _>((Bound::Included(prefix), Bound::Unbounded))
            .map_while(move |(name, value)| Some((name.strip_prefix(prefix)?, value.as_str())))
    }
}

/// Query parameter.
pub(crate) fn parameter(request: &HttpRequest, name: &str) -> Option<String> {
    form_urlencoded::parse(request.query.as_bytes())
        .find(|(n, _)| n == name)
        .map(|(_, value)| value.into_owned())
}
