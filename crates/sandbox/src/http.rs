//! HTTP messages as plain values, independent of any server. A host converts what it receives into an
//! [`HttpRequest`] and sends the [`HttpResponse`] over a socket or through a JavaScript `fetch`.

use std::net::Ipv6Addr;

use bytes::Bytes;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use serde::Serialize;
use swisscom_sign::contract::CONTRACT_VERSION;

/// A request.
#[derive(Debug, Clone, Default)]
pub struct HttpRequest {
    /// Method, in upper case.
    pub method: String,
    /// Path of the request line, percent-encoded, without the query.
    pub path: String,
    /// Query without the question mark.
    pub query: String,
    /// Headers; names are case-insensitive.
    pub headers: Vec<(String, String)>,
    /// Body.
    pub body: Bytes,
    /// Whether the body exceeded the limit of the host; `body` is empty then.
    pub oversized: bool,
}

impl HttpRequest {
    /// Method for dispatch: HEAD is handled as GET, and the host omits the body.
    pub fn effective_method(&self) -> &str {
        if self.method == "HEAD" { "GET" } else { &self.method }
    }

    /// First header with this name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(n, _)| n.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// Names and values of the cookies.
    pub fn cookies(&self) -> impl Iterator<Item = (&str, &str)> {
        let cookies = self.headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("cookie"));
        cookies
            .flat_map(|(_, value)| value.split(';'))
            .filter_map(|pair| pair.trim().split_once('='))
    }

    /// Media type of the body, without parameters.
    pub fn media_type(&self) -> Option<&str> {
        self.header("content-type").and_then(|value| value.split(';').next()).map(str::trim)
    }

    /// Decoded path segments below a prefix; `None` if the path does not have the prefix or a segment
    /// is not UTF-8.
    pub fn segments(&self, prefix: &str) -> Option<Vec<String>> {
        let rest = self.path.strip_prefix(prefix)?;
        let rest = match rest.strip_prefix('/') {
            Some(rest) => rest,
            None if rest.is_empty() => return Some(Vec::new()),
            None => return None,
        };
        rest.split('/')
            .map(|segment| {
                percent_decode_str(segment).decode_utf8().ok().map(std::borrow::Cow::into_owned)
            })
            .collect()
    }
}

/// A response.
#[derive(Debug, Clone, PartialEq)]
pub struct HttpResponse {
    /// Status.
    pub status: u16,
    /// Headers.
    pub headers: Vec<(&'static str, String)>,
    /// Body.
    pub body: Bytes,
    /// Warnings for the journal: every ignored part of the request.
    pub warnings: Vec<String>,
}

impl HttpResponse {
    /// Response without a body.
    pub fn empty(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: Bytes::new(), warnings: Vec::new() }
    }

    /// Response with a body.
    pub fn with_body(status: u16, media_type: &str, body: impl Into<Bytes>) -> Self {
        let headers = vec![("content-type", media_type.to_owned())];
        Self { headers, body: body.into(), ..Self::empty(status) }
    }

    /// Response with a JSON body.
    pub fn json(status: u16, value: &impl Serialize) -> Self {
        match serde_json::to_vec(value) {
            Ok(body) => Self::with_body(status, "application/json", body),
            // Serialization fails only for maps with keys that are not strings, which no response
            // contains.
            Err(_) => Self::empty(500),
        }
    }

    /// Whether the host should retry while the caller waits.
    pub fn is_nothing_yet(&self) -> bool {
        self.get(NOTHING_YET).is_some()
    }

    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// First header with this name.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(n, _)| n.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }
}

/// RFC 8187 section 3.2.1: characters that an extended value does not encode.
const ATTRIBUTE: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'!')
    .remove(b'#')
    .remove(b'$')
    .remove(b'&')
    .remove(b'+')
    .remove(b'-')
    .remove(b'.')
    .remove(b'^')
    .remove(b'_')
    .remove(b'`')
    .remove(b'|')
    .remove(b'~');

/// Content-Disposition (RFC 6266): an ASCII file name for old clients, and the UTF-8 name.
pub(crate) fn disposition(kind: &str, name: &str) -> String {
    let plain: String = name
        .chars()
        .map(|c| if (' '..='~').contains(&c) && !matches!(c, '"' | '\\' | '/') { c } else { '_' })
        .collect();
    let encoded = utf8_percent_encode(name, ATTRIBUTE);
    format!("{kind}; filename=\"{plain}\"; filename*=UTF-8''{encoded}")
}

/// Header of a control response that is empty because no event has occurred yet: with `wait`, the host
/// retries after the next change.
pub const NOTHING_YET: &str = "sandbox-nothing-yet";

/// Value of the `Sandbox` header of every response.
pub fn server_header() -> String {
    format!("sign-sandbox/{}; contract={CONTRACT_VERSION}", env!("CARGO_PKG_VERSION"))
}

/// Whether a text is a host with an optional port, without characters that are special in a URL, a
/// header or HTML (RFC 9110 section 7.2; names as DNS and containers use them).
pub fn is_authority(text: &str) -> bool {
    let (host, port) = match text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((address, rest)) => {
            if address.parse::<Ipv6Addr>().is_err() {
                return false;
            }
            (None, rest.strip_prefix(':').or((!rest.is_empty()).then_some("")))
        }
        None => match text.split_once(':') {
            Some((host, port)) => (Some(host), Some(port)),
            None => (Some(text), None),
        },
    };
    let label = |label: &str| {
        let known = |c: u8| c.is_ascii_alphanumeric() || matches!(c, b'-' | b'_');
        (1..=63).contains(&label.len()) && label.bytes().all(known)
    };
    let number = |port: &str| {
        port.bytes().all(|c| c.is_ascii_digit()) && port.parse::<u16>().is_ok_and(|port| port > 0)
    };
    host.is_none_or(|host| host.len() <= 253 && host.split('.').all(label))
        && port.is_none_or(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_names_in_a_header() {
        assert_eq!(
            disposition("attachment", "Vertrag \"Zoë\".pdf"),
            "attachment; filename=\"Vertrag _Zo__.pdf\"; filename*=UTF-8''Vertrag%20%22Zo%C3%AB%22.pdf"
        );
        assert!(!disposition("attachment", "a\r\nset-cookie: b").contains('\n'));
    }

    #[test]
    fn hosts_are_names_and_addresses_and_nothing_else() {
        for host in [
            "localhost",
            "a.b-c.example:1",
            "sign_sandbox:8480",
            "127.0.0.1:65535",
            "[::1]",
            "[::1]:80",
        ] {
            assert!(is_authority(host), "{host}");
        }
        for host in [
            "",
            ":80",
            "a:",
            "a:0",
            "a:65536",
            "a:+1",
            "a:1:2",
            "::1",
            "[::1",
            "[::1]80",
            "[a]",
            "a..b",
            "a.",
            "user@a",
            "a/b",
            "a?b",
            "a#b",
            "a b",
            "a\"b",
            "a<b>",
            "a\r\nb: c",
            "a%0d",
            "zürich",
        ] {
            assert!(!is_authority(host), "{host}");
        }
        assert!(!is_authority(&"a".repeat(64)) && !is_authority(&vec!["a"; 128].join(".")));
    }
}
