//! A request of a browser: its session, its form, and the rendering of the response.

use askama::Template;
use subtle::ConstantTimeEq;
use swisscom_sign::contract::Locale;

use super::options::PageOptions;
use super::texts::Texts;
use crate::call::Call;
use crate::directory::Account;
use crate::html::{
    FormData, LanguageOption, is_same_origin, languages, parameter, protect, render,
};
use crate::http::{HttpRequest, HttpResponse};
use crate::links::Links;
use crate::localization::{fill, parse_accept_language};
use crate::platform::Platform;
use crate::sessions::{PageTarget, PageVisit, cookie_name};

pub(crate) struct PageRequest<'a> {
    pub(crate) platform: &'a Platform,
    pub(crate) links: &'a Links,
    pub(crate) request: &'a HttpRequest,
    /// Identifier of the session; unknown to the store if the visitor has none.
    session: String,
    /// Whether the response sets the session cookie.
    sets_cookie: bool,
}

impl<'a> PageRequest<'a> {
    fn new(call: &Call<'a>, session: String, sets_cookie: bool) -> Self {
        let Call { platform, links, request, .. } = *call;
        Self { platform, links, request, session, sets_cookie }
    }

    /// Request for a document by a reading key, where the browser sends no cookie; the response sets
    /// none.
    pub(crate) fn from_reading_key(call: &Call<'a>, place: PageTarget) -> Option<Self> {
        let key = parameter(call.request, "reading")?;
        let session = call.platform.sessions().find_by_reading_key(place, &key)?;
        Some(Self::new(call, session, false))
    }

    /// Request in the session of its cookie, or in none.
    pub(crate) fn from_request(call: &Call<'a>) -> Self {
        Self::new(call, known_session(call).unwrap_or_default(), false)
    }

    /// Request in the session of its cookie, or in a new one. Only for a page that exists: browsers
    /// request other paths, such as `/favicon.ico`, without the cookie, and a new cookie would end the
    /// session of the page.
    pub(crate) fn in_session(call: &Call<'a>) -> Self {
        match known_session(call) {
            Some(session) => Self::new(call, session, false),
            None => {
                let platform = call.platform;
                let session = platform.new_code();
                platform.sessions().begin(session.clone(), platform.new_code());
                Self::new(call, session, true)
            }
        }
    }

    /// Request with a form of one of our pages; `None` for any other form.
    pub(crate) fn with_form(call: &Call<'a>) -> Option<(Self, FormData)> {
        let session = known_session(call)?;
        let form = FormData::read(call.request)?;
        let visitor = Self::new(call, session, false);
        let right = visitor.csrf().as_bytes().ct_eq(form.get("csrf").as_bytes());
        (bool::from(right) && is_same_origin(call.request)).then_some((visitor, form))
    }

    pub(crate) fn csrf(&self) -> String {
        self.platform.sessions().with_session(&self.session, |s| s.csrf.clone()).unwrap_or_default()
    }

    /// The account that is logged in.
    pub(crate) fn account(&self) -> Option<Account> {
        let id = self
            .platform
            .sessions()
            .with_session(&self.session, |s| s.account.clone())
            .flatten()?;
        self.platform.directory().account(&id)
    }

    pub(crate) fn log_in(&mut self, account: String) {
        self.set_account(Some(account));
    }

    pub(crate) fn log_out(&mut self) {
        self.set_account(None);
    }

    /// Changes the account; forms of the former account become invalid.
    fn set_account(&mut self, account: Option<String>) {
        let csrf = self.platform.new_code();
        self.platform.sessions().with_session_mut(&self.session, |session| {
            session.account = account;
            session.csrf = csrf;
        });
        self.rotate_session_id();
    }

    pub(crate) fn choose(&self, locale: Locale) {
        self.platform
            .sessions()
            .with_session_mut(&self.session, |session| session.locale = Some(locale));
    }

    /// State of the visitor at this page.
    pub(crate) fn visit(&self, place: PageTarget) -> PageVisit {
        let visit =
            self.platform.sessions().with_session(&self.session, |s| s.visits.get(&place).cloned());
        visit.flatten().unwrap_or_default()
    }

    pub(crate) fn change<T>(
        &self,
        place: PageTarget,
        act: impl FnOnce(&mut PageVisit) -> T,
    ) -> Option<T> {
        self.platform.sessions().with_session_mut(&self.session, |session| {
            act(session.visits.entry(place).or_default())
        })
    }

    /// Key that reads the documents of a page without a cookie.
    pub(crate) fn reading_key(&self, place: PageTarget) -> Option<String> {
        let new = self.platform.new_code();
        self.change(place, |visit| visit.reading.get_or_insert(new).clone())
    }

    /// Changes the identifier of the session, because its rights have changed.
    pub(crate) fn rotate_session_id(&mut self) {
        let new = self.platform.new_code();
        self.platform.sessions().rotate_id(&self.session, new.clone());
        self.session = new;
        self.sets_cookie = true;
    }

    /// The language: chosen by the visitor, asked for by the caller, accepted by the browser.
    pub(crate) fn locale(&self, options: &PageOptions) -> Locale {
        let chosen =
            self.platform.sessions().with_session(&self.session, |s| s.locale.clone()).flatten();
        let known = |locale: &Locale| Locale::ALL.contains(locale);
        chosen
            .or_else(|| options.locale.clone().filter(known))
            .or_else(|| self.request.header("accept-language").and_then(parse_accept_language))
            .unwrap_or(Locale::EnGb)
    }

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

    pub(crate) fn page(
        &self,
        status: u16,
        page: &impl Template,
        options: &PageOptions,
    ) -> HttpResponse {
        self.set_cookie(render(status, page, options.embedded), options)
    }

    pub(crate) fn redirect(&self, to: &str, options: &PageOptions) -> HttpResponse {
        let response = protect(HttpResponse::empty(303), options.embedded).header("location", to);
        self.set_cookie(response, options)
    }

    fn set_cookie(&self, response: HttpResponse, options: &PageOptions) -> HttpResponse {
        if !self.sets_cookie {
            return response;
        }
        // In a frame of another site, a browser keeps only cookies that say so.
        let secure = self.links.base().starts_with("https://");
        let attributes = match (options.embedded, secure) {
            (true, _) => "; SameSite=None; Secure; Partitioned",
            (false, true) => "; SameSite=Lax; Secure",
            (false, false) => "; SameSite=Lax",
        };
        let name = cookie_name(self.links.base());
        let cookie = format!("{name}={}; Path=/cockpit; HttpOnly{attributes}", self.session);
        response.header("set-cookie", cookie)
    }
}

fn known_session(call: &Call<'_>) -> Option<String> {
    let cookie = cookie_name(call.links.base());
    call.request
        .cookies()
        .find(|(name, value)| *name == cookie && call.platform.sessions().has(value))
        .map(|(_, value)| value.to_owned())
}

/// Layout data common to all pages.
pub(crate) struct PageChrome {
    pub(crate) t: &'static Texts,
    pub(crate) locale: Locale,
    pub(crate) title: String,
    pub(crate) embedded: bool,
    pub(crate) account: Option<String>,
    /// "Logged in as" with the name.
    pub(crate) logged_in: Option<String>,
    pub(crate) back_url: Option<String>,
    pub(crate) csrf: String,
    /// Path of this page, to return to after login.
    pub(crate) here: String,
    /// Query parameters that the language links keep.
    pub(crate) query: String,
    pub(crate) languages: Vec<LanguageOption>,
}
