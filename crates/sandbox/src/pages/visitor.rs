//! A request of a browser: its session, its form, and the answer with the headers that every page
//! carries.

use std::collections::BTreeMap;
use std::ops::Bound;

use askama::Template;
use subtle::ConstantTimeEq;
use swisscom_sign::contract::Locale;

use super::options::PageOptions;
use super::session::{PageTarget, PageVisit};
use super::texts::Texts;
use crate::directory::Account;
use crate::engine::Platform;
use crate::http::{HttpRequest, HttpResponse};
use crate::l10n::{accepted, fill};

/// Name of the cookie. Browsers do not tell ports apart, so that two sandboxes on one host need two
/// names.
pub fn cookie_name(public_url: &str) -> String {
    let port = public_url.rsplit_once(':').map(|(_, port)| port).unwrap_or_default();
    let port: String = port.chars().filter(char::is_ascii_digit).collect();
    format!("sandbox_session{port}")
}

/// Longest form, in bytes: the setup page of fifty signers on a hundred documents has 30000 fields.
const MAX_FORM: usize = 8 * 1024 * 1024;

/// Somebody in front of a page.
pub(crate) struct PageRequest<'a> {
    pub(crate) engine: &'a Platform,
    pub(crate) request: &'a HttpRequest,
    /// Name of the session.
    session: String,
    /// Whether the browser has to be told the name.
    tell: bool,
}

impl<'a> PageRequest<'a> {
    /// Somebody who reads documents by their address, where the browser brings no cookie; nothing is
    /// told to that browser.
    pub(crate) fn reader(
        engine: &'a Platform,
        request: &'a HttpRequest,
        place: PageTarget,
    ) -> Option<Self> {
        let key = parameter(request, "reading")?;
        let session = engine.sessions().reader(place, &key)?;
        Some(Self { engine, request, session, tell: false })
    }

    /// The visitor of this request; a new one gets a session.
    pub(crate) fn arrive(engine: &'a Platform, request: &'a HttpRequest) -> Self {
        match known_session(engine, request) {
            Some(session) => Self { engine, request, session, tell: false },
            None => {
                let session = engine.new_code();
                engine.sessions().begin(session.clone(), engine.new_code());
                Self { engine, request, session, tell: true }
            }
        }
    }

    /// A visitor with a form of one of our pages; `None` for any other form.
    pub(crate) fn with_form(
        engine: &'a Platform,
        request: &'a HttpRequest,
    ) -> Option<(Self, FormData)> {
        let session = known_session(engine, request)?;
        let form = FormData::read(request)?;
        let visitor = Self { engine, request, session, tell: false };
        let right = visitor.csrf().as_bytes().ct_eq(form.get("csrf").as_bytes());
        (bool::from(right) && is_own(request)).then_some((visitor, form))
    }

    pub(crate) fn csrf(&self) -> String {
        self.engine.sessions().look(&self.session, |s| s.csrf.clone()).unwrap_or_default()
    }

    /// The account that is logged in, as the directory has it now.
    pub(crate) fn account(&self) -> Option<Account> {
        let id = self.engine.sessions().look(&self.session, |s| s.account.clone()).flatten()?;
        self.engine.directory().account(&id)
    }

    pub(crate) fn log_in(&mut self, account: String) {
        self.become_of(Some(account));
    }

    pub(crate) fn log_out(&mut self) {
        self.become_of(None);
    }

    /// Forms of before are void: whoever filled them in was somebody else.
    fn become_of(&mut self, account: Option<String>) {
        let csrf = self.engine.new_code();
        self.engine.sessions().change(&self.session, |session| {
            session.account = account;
            session.csrf = csrf;
        });
        self.rename();
    }

    pub(crate) fn choose(&self, locale: Locale) {
        self.engine.sessions().change(&self.session, |session| session.locale = Some(locale));
    }

    /// What is known of the visitor at this place.
    pub(crate) fn visit(&self, place: PageTarget) -> PageVisit {
        let visit = self.engine.sessions().look(&self.session, |s| s.visits.get(&place).cloned());
        visit.flatten().unwrap_or_default()
    }

    /// Changes it.
    pub(crate) fn change<T>(
        &self,
        place: PageTarget,
        act: impl FnOnce(&mut PageVisit) -> T,
    ) -> Option<T> {
        self.engine
            .sessions()
            .change(&self.session, |session| act(session.visits.entry(place).or_default()))
    }

    /// By which the documents of a place are read without a cookie.
    pub(crate) fn reading_key(&self, place: PageTarget) -> Option<String> {
        let new = self.engine.new_code();
        self.change(place, |visit| visit.reading.get_or_insert(new).clone())
    }

    /// A new name for the session, because it is worth more from now on.
    pub(crate) fn rename(&mut self) {
        let new = self.engine.new_code();
        self.engine.sessions().rename(&self.session, new.clone());
        self.session = new;
        self.tell = true;
    }

    /// The language: chosen by the visitor, asked for by the caller, accepted by the browser.
    pub(crate) fn locale(&self, options: &PageOptions) -> Locale {
        let chosen = self.engine.sessions().look(&self.session, |s| s.locale.clone()).flatten();
        let known = |locale: &Locale| Locale::ALL.contains(locale);
        chosen
            .or_else(|| options.locale.clone().filter(known))
            .or_else(|| self.request.header("accept-language").and_then(accepted))
            .unwrap_or(Locale::EnGb)
    }

    /// What every page shows around its own content.
    pub(crate) fn frame(&self, options: &PageOptions, title: String) -> PageChrome {
        let locale = self.locale(options);
        let t = Texts::of(&locale);
        let account = self.account().map(|account| account.name);
        PageChrome {
            t,
            title,
            embedded: options.embedded,
            logged_in: account.as_deref().map(|name| fill(t.logged_in_as, &[("name", name)])),
            back_url: options.back_url.clone(),
            csrf: self.csrf(),
            here: self.request.path.clone(),
            query: String::new(),
            languages: languages(&locale),
            account,
            locale,
        }
    }

    /// A page.
    pub(crate) fn page(
        &self,
        status: u16,
        page: &impl Template,
        options: &PageOptions,
    ) -> HttpResponse {
        self.tell(render(status, page, options), options)
    }

    /// Sends the visitor on.
    pub(crate) fn go(&self, to: &str, options: &PageOptions) -> HttpResponse {
        let response = protect(HttpResponse::empty(303), options).header("location", to);
        self.tell(response, options)
    }

    fn tell(&self, response: HttpResponse, options: &PageOptions) -> HttpResponse {
        if !self.tell {
            return response;
        }
        // In a frame of another site, a browser keeps only cookies that say so.
        let secure = self.engine.public_url().starts_with("https://");
        let attributes = match (options.embedded, secure) {
            (true, _) => "; SameSite=None; Secure; Partitioned",
            (false, true) => "; SameSite=Lax; Secure",
            (false, false) => "; SameSite=Lax",
        };
        let name = cookie_name(&self.engine.public_url());
        let cookie = format!("{name}={}; Path=/cockpit; HttpOnly{attributes}", self.session);
        response.header("set-cookie", cookie)
    }
}

/// Whether a form comes from a page of ours, as far as the browser tells.
pub(crate) fn is_own(request: &HttpRequest) -> bool {
    match (request.header("sec-fetch-site"), request.header("origin")) {
        (Some(site), _) => matches!(site, "same-origin" | "none"),
        // What a browser says where it may not name the page, as our policy demands.
        (None, None | Some("null")) => true,
        (None, Some(origin)) => {
            origin.split_once("://").map(|(_, authority)| authority) == request.header("host")
        }
    }
}

fn known_session(engine: &Platform, request: &HttpRequest) -> Option<String> {
    let cookie = cookie_name(&engine.public_url());
    request
        .cookies()
        .find(|(name, value)| *name == cookie && engine.sessions().has(value))
        .map(|(_, value)| value.to_owned())
}

/// What every page shows around its own content.
pub(crate) struct PageChrome {
    pub(crate) t: &'static Texts,
    pub(crate) locale: Locale,
    pub(crate) title: String,
    pub(crate) embedded: bool,
    pub(crate) account: Option<String>,
    /// A sentence that says who is logged in.
    pub(crate) logged_in: Option<String>,
    pub(crate) back_url: Option<String>,
    pub(crate) csrf: String,
    /// Path of this page, for the way back from the login.
    pub(crate) here: String,
    /// What the links to other languages keep of the query.
    pub(crate) query: String,
    pub(crate) languages: Vec<LanguageOption>,
}

/// A language to choose.
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

/// A page with its headers.
pub(crate) fn render(status: u16, page: &impl Template, options: &PageOptions) -> HttpResponse {
    match page.render() {
        Ok(html) => protect(HttpResponse::with(status, "text/html; charset=utf-8", html), options),
        Err(error) => {
            eprintln!("error: a page could not be written: {error}");
            HttpResponse::empty(500)
        }
    }
}

/// Nothing but our own style sheet is loaded, nothing runs, nobody frames a page that was not
/// asked for as EMBEDDED, and no address of a page gets out, as it is a credential.
pub(crate) fn protect(response: HttpResponse, options: &PageOptions) -> HttpResponse {
    let ancestors = if options.embedded { "*" } else { "'none'" };
    let policy = format!(
        "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors {ancestors}"
    );
    let response = response
        .header("content-security-policy", policy)
        .header("cache-control", "no-store")
        .header("referrer-policy", "no-referrer")
        .header("x-content-type-options", "nosniff");
    if options.embedded { response } else { response.header("x-frame-options", "DENY") }
}

/// The fields of a form, the first value of each, without space around it.
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
        Some(Self::of(form_urlencoded::parse(&request.body).into_owned()))
    }

    pub(crate) fn of(fields: impl IntoIterator<Item = (String, String)>) -> Self {
        let mut form = BTreeMap::new();
        for (name, value) in fields {
            form.entry(name).or_insert_with(|| value.trim().to_owned());
        }
        Self(form)
    }

    /// Some of the fields, where they are there.
    pub(crate) fn only(&self, names: &[&str]) -> Vec<(String, String)> {
        let field = |name: &&str| Some(((*name).to_owned(), self.0.get(*name)?.clone()));
        names.iter().filter_map(field).collect()
    }

    /// The fields but for some.
    pub(crate) fn without(&self, names: &[&str]) -> Vec<(String, String)> {
        let kept = self.0.iter().filter(|(name, _)| !names.contains(&name.as_str()));
        kept.map(|(name, value)| (name.clone(), value.clone())).collect()
    }

    /// The value of a field; empty when it is absent.
    pub(crate) fn get(&self, name: &str) -> &str {
        self.0.get(name).map_or("", String::as_str)
    }

    /// Whether there is such a field.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// The value of a field, unless it is empty.
    pub(crate) fn filled(&self, name: &str) -> Option<String> {
        Some(self.get(name)).filter(|value| !value.is_empty()).map(str::to_owned)
    }

    /// Every field whose name begins like this, with the rest of the name.
    pub(crate) fn under<'f>(&'f self, prefix: &'f str) -> impl Iterator<Item = (&'f str, &'f str)> {
        self.0
            .range::<str, _>((Bound::Included(prefix), Bound::Unbounded))
            .map_while(move |(name, value)| Some((name.strip_prefix(prefix)?, value.as_str())))
    }
}

/// A parameter of the query.
pub(crate) fn parameter(request: &HttpRequest, name: &str) -> Option<String> {
    form_urlencoded::parse(request.query.as_bytes())
        .find(|(n, _)| n == name)
        .map(|(_, value)| value.into_owned())
}
