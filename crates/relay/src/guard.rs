//! Rejects ambiguous requests before anything else reads them: framing, host, path and header names
//! that another HTTP implementation could interpret differently (request smuggling).

use http::header::{CONTENT_ENCODING, CONTENT_LENGTH, HOST, TRANSFER_ENCODING};
use http::{HeaderMap, Method, Request, Version};

use crate::error::{RelayError, RelayErrorKind, RelayResult};

pub(crate) fn check<B>(request: &Request<B>, public_hosts: &[String]) -> RelayResult<()> {
    if request.method() == Method::CONNECT {
        return Err(RelayError::new(RelayErrorKind::NotImplemented));
    }
    check_framing(request.headers())?;
    let host = check_host(request)?;
    if !public_hosts.iter().any(|public| public.eq_ignore_ascii_case(host)) {
        return Err(RelayError::new(RelayErrorKind::MisdirectedRequest));
    }
    check_path(request.uri().path(), request.uri().query())?;
    if request.headers().contains_key(CONTENT_ENCODING) {
        return Err(RelayError::with_detail(
            RelayErrorKind::UnsupportedMediaType,
            "unsupported Content-Encoding: send the body uncompressed",
        ));
    }
    Ok(())
}

/// RFC 9112 section 6.3: a message with both lengths is an attempt at smuggling.
fn check_framing(headers: &HeaderMap) -> RelayResult<()> {
    let lengths = headers.get_all(CONTENT_LENGTH).iter().count();
    if headers.contains_key(TRANSFER_ENCODING) && lengths > 0 || lengths > 1 {
        return Err(RelayError::with_detail(
            RelayErrorKind::BadRequest,
            "conflicting Content-Length and Transfer-Encoding",
        ));
    }
    for name in headers.keys() {
        // CGI and WSGI map `X_Forwarded_For` and `X-Forwarded-For` to the same name.
        if name.as_str().contains('_') && headers.contains_key(name.as_str().replace('_', "-")) {
            return Err(RelayError::with_detail(
                RelayErrorKind::BadRequest,
                format!("duplicate header: `{name}` is sent with `_` and with `-`"),
            ));
        }
    }
    // Most requests repeat no header: skip the search.
    let singles: &[&str] = if headers.len() > headers.keys_len() { &SINGLE } else { &[] };
    for name in singles {
        if headers.get_all(*name).iter().count() > 1 {
            return Err(RelayError::with_detail(
                RelayErrorKind::BadRequest,
                format!("duplicate header `{name}`"),
            ));
        }
    }
    Ok(())
}

/// Headers that decide how a request is handled, so they must be unambiguous.
const SINGLE: [&str; 10] = [
    "authorization",
    "content-type",
    "origin",
    "range",
    "idempotency-key",
    swisscom_sign::request::relay_upload::UPLOAD_HEADER,
    "relay-tenant",
    "sec-fetch-site",
    "access-control-request-method",
    "x-relay-csrf",
];

fn check_host<B>(request: &Request<B>) -> RelayResult<&str> {
    let authority = request.uri().authority();
    let mut lines = request.headers().get_all(HOST).iter();
    let line = match (lines.next(), lines.next()) {
        (_, Some(_)) => {
            return Err(RelayError::with_detail(RelayErrorKind::BadHost, "duplicate Host header"));
        }
        (line, None) => line,
    };
    let text = line
        .map(|line| line.to_str().map_err(|_| RelayError::new(RelayErrorKind::BadHost)))
        .transpose()?;
    let host = match (request.version(), authority, text) {
        // HTTP/2 sends the host as `:authority`; a Host header must be equal to it.
        (Version::HTTP_2, Some(authority), None) => authority.as_str(),
        (_, Some(authority), Some(host)) if authority.as_str().eq_ignore_ascii_case(host) => host,
        (_, Some(_), _) => {
            return Err(RelayError::with_detail(
                RelayErrorKind::BadHost,
                "the request target and the Host header name different hosts",
            ));
        }
        (_, None, Some(host)) => host,
        (_, None, None) => {
            return Err(RelayError::with_detail(RelayErrorKind::BadHost, "missing Host header"));
        }
    };
    let usable = !host.is_empty()
        && host.bytes().all(|b| b.is_ascii_alphanumeric() || b".-:[]".contains(&b));
    if usable { Ok(host) } else { Err(RelayError::new(RelayErrorKind::BadHost)) }
}

/// No path of the contract contains escapes, empty or dot segments, so everything that a proxy could
/// normalize is rejected.
fn check_path(path: &str, query: Option<&str>) -> RelayResult<()> {
    let bytes = path.as_bytes();
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_' | b'~' | b'/');
    let last = |segment: &[u8]| !matches!(segment, b"." | b"..");
    // Only the last segment may be empty.
    let non_empty = |segment: &[u8]| !segment.is_empty() && last(segment);
    let segments_fit = bytes.strip_prefix(b"/").is_some_and(|rest| {
        let mut segments = rest.split(|b| *b == b'/');
        segments.next_back().is_some_and(last) && segments.all(non_empty)
    });
    if !segments_fit || !bytes.iter().all(|b| plain(*b)) {
        return Err(RelayError::new(RelayErrorKind::BadPath));
    }
    if query.is_some_and(|query| !query.bytes().all(|b| b.is_ascii_graphic())) {
        return Err(RelayError::new(RelayErrorKind::BadQuery));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(target: &str, headers: &[(&str, &str)]) -> Request<()> {
        let mut builder = Request::builder().uri(target);
        for (name, value) in headers {
            builder = builder.header(*name, *value);
        }
        builder.body(()).unwrap()
    }

    fn kind(request: &Request<()>) -> Option<RelayErrorKind> {
        check(request, &["relay.example".into()]).err().map(|error| error.kind)
    }

    #[test]
    fn rejects_missing_duplicate_and_foreign_hosts() {
        let of = |target: &str, headers: &[(&str, &str)]| kind(&request(target, headers));
        assert_eq!(of("/api/process", &[("host", "relay.example")]), None);
        assert_eq!(of("/api/process", &[("host", "RELAY.example")]), None);
        assert_eq!(of("/", &[]), Some(RelayErrorKind::BadHost));
        assert_eq!(of("/", &[("host", "")]), Some(RelayErrorKind::BadHost));
        assert_eq!(of("/", &[("host", "evil.example")]), Some(RelayErrorKind::MisdirectedRequest));
        assert_eq!(
            of("/", &[("host", "relay.example:80")]),
            Some(RelayErrorKind::MisdirectedRequest)
        );
        let two = [("host", "relay.example"), ("host", "relay.example")];
        assert_eq!(of("/", &two), Some(RelayErrorKind::BadHost));
        let absolute = "http://evil.example/api/process";
        assert_eq!(of(absolute, &[("host", "relay.example")]), Some(RelayErrorKind::BadHost));
        assert_eq!(of("http://relay.example/", &[]), Some(RelayErrorKind::BadHost));
    }

    #[test]
    fn rejects_paths_that_a_proxy_could_normalize() {
        for path in [
            "/api/%2e%2e/process",
            "/api/../process",
            "/api/./process",
            "/api//process",
            "/api/process;x=1",
            "/api/process%00",
            "/api/process%252f",
            "/api\\process",
            "/api/process/é",
            "/api/process/a b",
            "/api/process/\t",
            "api/process",
            "",
        ] {
            assert!(check_path(path, None).is_err(), "{path:?}");
        }
        assert!(check_path("/api/process/6f1a5c4d/file/a.b_c~d", None).is_ok());
    }

    #[test]
    fn rejects_ambiguous_framing_and_header_names() {
        let of = |headers: &[(&str, &str)]| {
            let mut all = vec![("host", "relay.example")];
            all.extend(headers);
            kind(&request("/", &all))
        };
        assert_eq!(of(&[("content-length", "1")]), None);
        let smuggle = [("content-length", "1"), ("transfer-encoding", "chunked")];
        assert_eq!(of(&smuggle), Some(RelayErrorKind::BadRequest));
        assert_eq!(
            of(&[("content-length", "1"), ("content-length", "1")]),
            Some(RelayErrorKind::BadRequest)
        );
        assert_eq!(of(&[("x_forwarded_for", "1")]), None);
        let folded = [("x_forwarded_for", "1"), ("x-forwarded-for", "2")];
        assert_eq!(of(&folded), Some(RelayErrorKind::BadRequest));
        assert_eq!(
            of(&[("authorization", "a"), ("authorization", "b")]),
            Some(RelayErrorKind::BadRequest)
        );
        assert_eq!(of(&[("content-encoding", "gzip")]), Some(RelayErrorKind::UnsupportedMediaType));
    }
}
