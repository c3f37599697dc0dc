//! Headers in both directions. They are allow-lists: headers that are not named here are not forwarded.

use http::header::{
    ACCEPT, AUTHORIZATION, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_LENGTH,
    CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName, HeaderValue, REFERRER_POLICY,
    STRICT_TRANSPORT_SECURITY, USER_AGENT, X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderMap, Response};
use swisscom_sign::request::SignRequest as CoreRequest;
use swisscom_sign::request::path::percent_encode;

use crate::body::RelayBody;
use crate::token::BearerToken;

pub(crate) const USER_AGENT_VALUE: &str =
    concat!("swisscom-sign-relay/", env!("CARGO_PKG_VERSION"));
pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Headers of a request to the platform, none of them from the caller.
pub(crate) fn request_headers(
    request: &CoreRequest<'_>,
    bearer: &BearerToken,
    request_id: &str,
) -> HeaderMap {
    let mut headers = HeaderMap::with_capacity(6);
    for (name, value) in request.headers() {
        let name = if name == "accept" { ACCEPT } else { CONTENT_TYPE };
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.insert(AUTHORIZATION, bearer.header.clone());
    headers.insert(USER_AGENT, HeaderValue::from_static(USER_AGENT_VALUE));
    if let Ok(id) = HeaderValue::from_str(request_id) {
        headers.insert(REQUEST_ID, id);
    }
    headers
}

const FILE_MEDIA_TYPES: [&str; 3] =
    ["application/pdf", "application/zip", "application/octet-stream"];

/// Headers of a file response; `None` if the media type is not one of a file.
pub(crate) fn file(upstream: &HeaderMap) -> Option<HeaderMap> {
    let content_type = upstream.get(CONTENT_TYPE)?.to_str().ok()?;
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    let known = FILE_MEDIA_TYPES.iter().find(|file| essence.eq_ignore_ascii_case(file))?;
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(known));
    if let Some(length) = upstream.get(CONTENT_LENGTH) {
        headers.insert(CONTENT_LENGTH, length.clone());
    }
    let name = upstream
        .get(CONTENT_DISPOSITION)
        .and_then(|value| std::str::from_utf8(value.as_bytes()).ok())
        .and_then(file_name)
        .unwrap_or_else(|| "file".into());
    if let Ok(value) = HeaderValue::from_str(&disposition(&name)) {
        headers.insert(CONTENT_DISPOSITION, value);
    }
    Some(headers)
}

/// File name of a `Content-Disposition` (RFC 6266), without path and control characters.
fn file_name(value: &str) -> Option<String> {
    let parameter = |name: &str| {
        value.split(';').skip(1).find_map(|part| {
            let (key, value) = part.trim().split_once('=')?;
            key.trim().eq_ignore_ascii_case(name).then(|| value.trim().trim_matches('"').to_owned())
        })
    };
    let extended = parameter("filename*").and_then(|value| {
        let mut parts = value.splitn(3, '\'');
        let (charset, _, encoded) = (parts.next()?, parts.next()?, parts.next()?);
        charset.eq_ignore_ascii_case("utf-8").then(|| {
            let form = encoded.replace('+', "%2B");
            let pair = format!("n={form}");
            url::form_urlencoded::parse(pair.as_bytes()).next().map(|(_, v)| v.into_owned())
        })?
    });
    let name = extended.or_else(|| parameter("filename"))?;
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let clean: String = last.chars().filter(|c| !c.is_control() && *c != '"').take(255).collect();
    let usable = !clean.trim_matches('.').is_empty();
    usable.then_some(clean)
}

fn disposition(name: &str) -> String {
    let ascii: String = name
        .chars()
        .map(|c| if c.is_ascii_graphic() && c != '%' || c == ' ' { c } else { '_' })
        .collect();
    let mut value = format!("attachment; filename=\"{ascii}\"");
    if ascii != name {
        value.push_str("; filename*=UTF-8''");
        percent_encode(&mut value, name);
    }
    value
}

/// For each response: it must not be cached, and not be rendered as a page.
const SECURITY_HEADERS: [(HeaderName, &str); 5] = [
    (CACHE_CONTROL, "no-store"),
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'; sandbox"),
    (REFERRER_POLICY, "no-referrer"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-site"),
];

pub(crate) fn add_response_headers(
    response: &mut Response<RelayBody>,
    request_id: &str,
    tls: bool,
) {
    let headers = response.headers_mut();
    for (name, value) in SECURITY_HEADERS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if let Ok(id) = HeaderValue::from_str(request_id) {
        headers.insert(REQUEST_ID, id);
    }
    if tls {
        let year = HeaderValue::from_static("max-age=31536000; includeSubDomains");
        headers.insert(STRICT_TRANSPORT_SECURITY, year);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn upstream(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs.iter().map(|(n, v)| (n.parse().unwrap(), v.parse().unwrap())).collect()
    }

    #[test]
    fn forwards_only_listed_headers() {
        let headers = file(&upstream(&[
            ("content-type", "application/pdf;x=y"),
            ("content-length", "3"),
            ("set-cookie", "a=b"),
            ("www-authenticate", "Bearer"),
            ("server", "x"),
            ("access-control-allow-origin", "*"),
            ("location", "https://evil.example"),
            ("etag", "x"),
        ]))
        .unwrap();
        let mut names: Vec<_> = headers.keys().map(HeaderName::as_str).collect();
        names.sort_unstable();
        assert_eq!(names, ["content-disposition", "content-length", "content-type"]);
        assert_eq!(headers["content-type"], "application/pdf");
        assert!(file(&upstream(&[("content-type", "text/html")])).is_none());
        assert!(file(&HeaderMap::new()).is_none());
    }

    #[test]
    fn removes_paths_and_control_characters_from_file_names() {
        for (said, wanted) in [
            (r#"attachment; filename="a.pdf""#, r#"attachment; filename="a.pdf""#),
            (r#"inline; filename="../../etc/passwd""#, r#"attachment; filename="passwd""#),
            (r#"attachment; filename="a\b.pdf""#, r#"attachment; filename="b.pdf""#),
            (
                "attachment; filename*=UTF-8''%C3%A4+1.pdf",
                "attachment; filename=\"_+1.pdf\"; filename*=UTF-8''%C3%A4%2B1.pdf",
            ),
            (
                "attachment; filename*=utf-8''a%0d%0aset-cookie:x",
                r#"attachment; filename="aset-cookie:x""#,
            ),
            (r#"attachment; filename="..""#, r#"attachment; filename="file""#),
            ("rubbish", r#"attachment; filename="file""#),
        ] {
            let mut headers = upstream(&[("content-type", "application/pdf")]);
            headers
                .insert("content-disposition", HeaderValue::from_bytes(said.as_bytes()).unwrap());
            assert_eq!(file(&headers).unwrap()["content-disposition"], wanted, "{said}");
        }
    }
}
