//! URLs that the sandbox gives out, under the base URL by which the caller reaches it.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use uuid::Uuid;

use crate::domain::OpenedUrl;
use crate::http::{HttpRequest, is_authority};
use crate::tokens::issuer;

/// Links of one caller. In Docker or behind a published port, every caller can reach the sandbox
/// by another host name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Links {
    base: String,
}

impl Links {
    /// Links below a base URL: scheme, host and port, without a trailing slash.
    pub fn new(base: impl Into<String>) -> Self {
        Self { base: base.into() }
    }

    /// Scheme, host and port.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// Setup page of a process.
    pub fn setup(&self, process: Uuid) -> String {
        format!("{}/cockpit/process/{process}", self.base)
    }

    /// Permanent URL of a participant.
    pub fn person(&self, process: Uuid, person: Uuid) -> String {
        format!("{}/person/{person}", self.setup(process))
    }

    /// URL that `open` returns: short-lived, with a one-time code if authorization is skipped.
    pub fn opened(&self, process: Uuid, opened: &OpenedUrl) -> String {
        let url = self.person(process, opened.person);
        match &opened.code {
            Some(code) => format!("{url}?open={}&code={code}", opened.id),
            None => format!("{url}?open={}", opened.id),
        }
    }
}

/// Whether a browser can be sent to a URL.
pub(crate) fn is_return_url(url: &str) -> bool {
    return_url(url).is_some()
}

/// An absolute http(s) URL, encoded for a header; `None` for anything else, such as `javascript:`.
pub(crate) fn return_url(url: &str) -> Option<String> {
    let (scheme, rest) = url.split_once("://")?;
    if !["https", "http"].iter().any(|web| web.eq_ignore_ascii_case(scheme)) {
        return None;
    }
    let host = rest.split(['/', '?', '#']).next()?;
    let plain =
        |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':' | '[' | ']' | '_');
    let fine = !host.is_empty() && host.chars().all(plain);
    fine.then(|| utf8_percent_encode(url, URL).to_string())
}

/// Everything but what RFC 3986 allows in a URL, and the braces of the placeholders.
const URL: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b':')
    .remove(b'/')
    .remove(b'?')
    .remove(b'#')
    .remove(b'[')
    .remove(b']')
    .remove(b'@')
    .remove(b'!')
    .remove(b'$')
    .remove(b'&')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')')
    .remove(b'*')
    .remove(b'+')
    .remove(b',')
    .remove(b';')
    .remove(b'=')
    .remove(b'%')
    .remove(b'{')
    .remove(b'}');

/// Invalid `Host` header: the reason.
#[derive(Debug, Clone, Copy)]
pub(crate) struct InvalidHost(pub(crate) &'static str);

/// Base URL of the sandbox: the configured one, or the `Host` of each request.
#[derive(Debug, Clone)]
pub struct BaseUrl {
    configured: Links,
    follow_host: bool,
}

impl BaseUrl {
    /// One URL for all callers: scheme, host and port, without a trailing slash.
    pub fn fixed(url: impl Into<String>) -> Self {
        Self { configured: Links::new(url), follow_host: false }
    }

    /// The `Host` of each request; `url` without a request.
    pub fn following_host(url: impl Into<String>) -> Self {
        Self { configured: Links::new(url), follow_host: true }
    }

    /// Links below the configured URL, whatever the `Host` of a request.
    pub fn configured(&self) -> &Links {
        &self.configured
    }

    /// Links for the caller of a request.
    pub(crate) fn links(&self, request: &HttpRequest) -> Result<Links, InvalidHost> {
        if !self.follow_host {
            return Ok(self.configured.clone());
        }
        let mut hosts =
            request.headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("host"));
        match (hosts.next(), hosts.next()) {
            (None, _) => Ok(self.configured.clone()),
            (Some((_, host)), None) if is_authority(host) => {
                Ok(Links::new(format!("http://{}", host.to_ascii_lowercase())))
            }
            (Some(_), None) => Err(InvalidHost(
                "invalid name or address: expected `name`, `name:port` or an IP address",
            )),
            (Some(_), Some(_)) => Err(InvalidHost("duplicate header")),
        }
    }

    /// Whether tokens of this issuer were issued here. With `follow_host` any host name counts: the
    /// signature already proves the origin of the token.
    pub(crate) fn is_own_issuer(&self, token_issuer: &str) -> bool {
        issuer(self.configured.base()) == token_issuer
            || self.follow_host && {
                let url = token_issuer.split("/realms/").next().unwrap_or_default();
                url.strip_prefix("http://").is_some_and(is_authority) && issuer(url) == token_issuer
            }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rejects_return_urls_that_are_not_http() {
        for url in
            ["javascript:alert(1)", "//a.ch", "https://", "https://a.ch;x/", "https://u@a.ch"]
        {
            assert_eq!(return_url(url), None, "{url}");
        }
        assert_eq!(return_url("https://a.ch/\r\nx").as_deref(), Some("https://a.ch/%0D%0Ax"));
        assert_eq!(return_url("HTTPS://a.ch/").as_deref(), Some("HTTPS://a.ch/"));
    }
}
