//! CORS and CSRF protection. Origins are compared exactly; `null` and patterns never match. Browsers
//! send cookies on their own, so a cookie needs a custom header, which a cross-origin page cannot set
//! without a preflight, and an `Origin` or `Sec-Fetch-Site`.

use http::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE,
    ACCESS_CONTROL_REQUEST_METHOD, HeaderValue, ORIGIN, VARY,
};
use http::{HeaderMap, Method, Response, StatusCode};

use crate::body::{RelayBody, empty};
use crate::error::{RelayError, RelayErrorKind, RelayResult};

/// Required with a cookie; any value.
pub(crate) const CSRF_HEADER: &str = "x-relay-csrf";
const ALLOWED_HEADERS: &str =
    "accept, authorization, content-type, idempotency-key, relay-file, x-relay-csrf";
const EXPOSED_HEADERS: &str = "content-disposition, relay-idempotency, retry-after, x-request-id";

#[derive(Debug)]
pub(crate) struct AllowedOrigins {
    origins: Vec<String>,
    loopback: bool,
}

impl AllowedOrigins {
    /// Allows the listed origins and those of `public_hosts`; with `loopback` (`--dev`) any loopback
    /// origin, too.
    pub(crate) fn new(
        listed: &[String],
        public_hosts: &[String],
        tls: bool,
        loopback: bool,
    ) -> Self {
        let own = public_hosts.iter().flat_map(|host| {
            // Behind a TLS proxy the relay serves http, but its origin is https.
            let schemes: &[&str] = if tls { &["https"] } else { &["https", "http"] };
            schemes.iter().map(move |scheme| format!("{scheme}://{host}"))
        });
        Self { origins: listed.iter().cloned().chain(own).collect(), loopback }
    }

    /// Returns the request's origin, if it has one.
    ///
    /// # Errors
    /// [`RelayErrorKind::OriginDenied`] if the origin is not allowed.
    pub(crate) fn check<'h>(&self, headers: &'h HeaderMap) -> RelayResult<Option<&'h HeaderValue>> {
        let Some(origin) = headers.get(ORIGIN) else { return Ok(None) };
        let listed = self.origins.iter().any(|listed| origin.as_bytes() == listed.as_bytes());
        if listed || self.loopback && is_loopback(origin) {
            Ok(Some(origin))
        } else {
            Err(RelayError::new(RelayErrorKind::OriginDenied))
        }
    }

    /// Rejects cookies of cross-site requests (CSRF).
    pub(crate) fn check_cookie(&self, headers: &HeaderMap) -> RelayResult<()> {
        let denied = |why: &str| Err(RelayError::with_detail(RelayErrorKind::Csrf, why));
        if !headers.contains_key(CSRF_HEADER) {
            return denied("missing header x-relay-csrf");
        }
        match headers.get("sec-fetch-site").map(HeaderValue::as_bytes) {
            Some(b"same-origin" | b"same-site") => Ok(()),
            Some(_) if headers.contains_key(ORIGIN) => Ok(()),
            Some(_) => denied("cross-site request without an Origin header"),
            // `check` has accepted the origin.
            None if headers.contains_key(ORIGIN) => Ok(()),
            None => denied("missing Origin and Sec-Fetch-Site headers"),
        }
    }
}

fn is_loopback(origin: &HeaderValue) -> bool {
    let url = origin.to_str().ok().and_then(|text| url::Url::parse(text).ok());
    match url.as_ref().and_then(url::Url::host) {
        Some(url::Host::Domain(name)) => name == "localhost",
        Some(url::Host::Ipv4(ip)) => ip.is_loopback(),
        Some(url::Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    }
}

pub(crate) fn is_preflight(method: &Method, headers: &HeaderMap) -> bool {
    method == Method::OPTIONS
        && headers.contains_key(ORIGIN)
        && headers.contains_key(ACCESS_CONTROL_REQUEST_METHOD)
}

pub(crate) fn preflight(methods: &str) -> Response<RelayBody> {
    let mut response = Response::new(empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    let headers = response.headers_mut();
    if let Ok(methods) = HeaderValue::from_str(methods) {
        headers.insert(ACCESS_CONTROL_ALLOW_METHODS, methods);
    }
    headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static(ALLOWED_HEADERS));
    headers.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("600"));
    response
}

/// Adds the CORS headers that let the page read the response.
pub(crate) fn add_headers(
    response: &mut Response<RelayBody>,
    origin: Option<&HeaderValue>,
    cookies: bool,
) {
    let headers = response.headers_mut();
    headers.append(VARY, HeaderValue::from_static("origin"));
    let Some(origin) = origin else { return };
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
    headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static(EXPOSED_HEADERS));
    headers.insert("cross-origin-resource-policy", HeaderValue::from_static("cross-origin"));
    if cookies {
        headers.insert(ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs.iter().map(|(n, v)| (n.parse().unwrap(), v.parse().unwrap())).collect()
    }

    fn origins() -> AllowedOrigins {
        AllowedOrigins::new(&["https://app.example".into()], &["relay.example".into()], true, false)
    }

    #[test]
    fn compares_origins_exactly() {
        for good in ["https://app.example", "https://relay.example"] {
            assert!(origins().check(&headers(&[("origin", good)])).unwrap().is_some());
        }
        assert!(origins().check(&headers(&[])).unwrap().is_none());
        for bad in [
            "null",
            "*",
            "https://app.example.evil.example",
            "https://evil-app.example",
            "https://sub.app.example",
            "http://app.example",
            "http://relay.example",
            "https://app.example:8443",
            "https://APP.example",
            "https://app.example/",
            "",
        ] {
            let error = origins().check(&headers(&[("origin", bad)])).unwrap_err();
            assert_eq!(error.kind, RelayErrorKind::OriginDenied, "{bad}");
        }
    }

    #[test]
    fn rejects_cookies_without_csrf_header_or_known_origin() {
        let of = |pairs: &[(&'static str, &str)]| origins().check_cookie(&headers(pairs)).is_ok();
        let csrf = ("x-relay-csrf", "1");
        assert!(of(&[csrf, ("sec-fetch-site", "same-origin")]));
        assert!(of(&[csrf, ("origin", "https://app.example")]));
        assert!(of(&[csrf, ("origin", "https://app.example"), ("sec-fetch-site", "cross-site")]));
        assert!(!of(&[("sec-fetch-site", "same-origin")]), "no header");
        assert!(!of(&[csrf]), "without Origin and Sec-Fetch-Site");
        assert!(!of(&[csrf, ("sec-fetch-site", "cross-site")]));
        assert!(!of(&[csrf, ("sec-fetch-site", "none")]));
    }
}
