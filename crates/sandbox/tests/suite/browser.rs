//! Browser without JavaScript for the pages of an in-process sandbox.

use bytes::Bytes;
use swisscom_sign_sandbox::http::{HttpRequest, HttpResponse};
use swisscom_sign_sandbox::sessions::cookie_name;

use crate::support::{SandboxHarness, URL};

/// Path of the session cookie.
const COOKIE_PATH: &str = "/cockpit";

pub(crate) struct TestBrowser<'w> {
    world: &'w SandboxHarness,
    cookie: Option<String>,
    pub(crate) headers: Vec<(String, String)>,
    /// Last page; the source of submitted forms.
    pub(crate) page: String,
}

impl<'w> TestBrowser<'w> {
    pub(crate) fn new(world: &'w SandboxHarness) -> Self {
        Self { world, cookie: None, headers: Vec::new(), page: String::new() }
    }

    /// Browser that requests a language.
    pub(crate) fn speaking(world: &'w SandboxHarness, locale: &str) -> Self {
        let mut browser = Self::new(world);
        browser.headers.push(("Accept-Language".to_owned(), locale.to_owned()));
        browser
    }

    pub(crate) fn send(&mut self, method: &str, target: &str, body: String) -> HttpResponse {
        let target = target.strip_prefix(URL).unwrap_or(target);
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let mut headers = self.headers.clone();
        let name = cookie_name(URL);
        let rest = path.strip_prefix(COOKIE_PATH);
        let sent = rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        let cookie = self.cookie.iter().filter(|_| sent);
        headers.extend(cookie.map(|c| ("Cookie".to_owned(), format!("{name}={c}"))));
        if method == "POST" {
            let form = "application/x-www-form-urlencoded".to_owned();
            headers.push(("Content-Type".to_owned(), form));
        }
        let request = HttpRequest {
            method: method.to_owned(),
            path: path.to_owned(),
            query: query.to_owned(),
            headers,
            body: Bytes::from(body),
            oversized: false,
        };
        let response = self.world.gateway.handle(&request);
        if let Some(cookie) = response.get("set-cookie") {
            assert!(cookie.contains(&format!("; Path={COOKIE_PATH};")), "{cookie}");
            let value = cookie.split(';').next().and_then(|pair| pair.split_once('='));
            self.cookie = value.map(|(_, value)| value.to_owned());
        }
        self.page = String::from_utf8_lossy(&response.body).into_owned();
        response
    }

    pub(crate) fn look(&mut self, target: &str) -> HttpResponse {
        self.send("GET", target, String::new())
    }

    /// Sends a request and follows redirects within the sandbox.
    pub(crate) fn visit(&mut self, target: &str) -> HttpResponse {
        let response = self.look(target);
        self.follow(response)
    }

    fn follow(&mut self, mut response: HttpResponse) -> HttpResponse {
        while response.status == 303
            && let Some(to) = response.get("location").map(str::to_owned)
            && to.starts_with('/')
        {
            response = self.look(&to);
        }
        response
    }

    /// CSRF token of the forms of the last page.
    pub(crate) fn csrf(&self) -> String {
        let (_, rest) = self.page.split_once(r#"name="csrf" value=""#).expect("a form");
        rest.split('"').next().expect("a value").to_owned()
    }

    /// Submits a form of the last page; returns the direct response.
    pub(crate) fn submit(&mut self, target: &str, fields: &[(&str, &str)]) -> HttpResponse {
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.append_pair("csrf", &self.csrf());
        form.extend_pairs(fields);
        self.send("POST", target, form.finish())
    }

    /// Submits a form of the last page and follows the redirects.
    pub(crate) fn post(&mut self, target: &str, fields: &[(&str, &str)]) -> HttpResponse {
        let response = self.submit(target, fields);
        self.follow(response)
    }

    /// Target of the success page: an automatic redirect and a link, with a policy that needs no
    /// exception for forms.
    pub(crate) fn sent_on(&mut self, response: HttpResponse) -> Option<String> {
        let shown = self.follow(response);
        let (_, rest) = self.page.split_once(r#"http-equiv="refresh" content="0;url="#)?;
        let to = rest.split('"').next()?;
        assert!(self.page.contains(&format!("href=\"{to}\"")), "{}", self.page);
        let policy = shown.get("content-security-policy")?;
        assert!(policy.contains("form-action 'self';"), "{policy}");
        Some(to.replace("&#38;", "&"))
    }

    pub(crate) fn log_in(&mut self, account: &str) {
        self.visit("/cockpit/login");
        self.post("/cockpit/login", &[("account", account)]);
    }

    pub(crate) fn is_in(&self) -> bool {
        self.page.contains(r#"/sign">"#)
    }

    pub(crate) fn is_asked(&self) -> bool {
        self.page.contains(r#"/code">"#)
    }
}
