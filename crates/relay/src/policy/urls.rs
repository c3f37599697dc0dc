//! Return URLs. The platform redirects users to `backUrl` and `successUrl`, and adds identifiers to the
//! latter, so a foreign URL would be an open redirect and leak them (RFC 9700 section 4.11). Only text
//! that every URL parser interprets in the same way is accepted, and the parsed URL is forwarded.

use swisscom_sign::contract::{Problem as Deviation, ProblemCode};
use url::{Host, Url};

use crate::error::{RelayError, RelayErrorKind, RelayResult};
use crate::json;

/// Contract, ProcessSetupRequest and ProcessOpenRequest.
pub(crate) const FIELDS: [&str; 2] = ["backUrl", "successUrl"];
const MAX_URL_BYTES: usize = 2048;
/// Placeholders of the platform, and their substitutes during parsing.
const PLACEHOLDERS: [(&str, &str); 2] =
    [("{processId}", "0relay0process0"), ("{personId}", "0relay0person0")];

/// Checks the return URLs of a body and replaces them by their normalized form.
///
/// # Errors
/// [`RelayErrorKind::ReturnUrlNotAllowed`], listing each rejected URL.
pub(crate) fn rebuild(body: &str, origins: &[String], loopback: bool) -> RelayResult<String> {
    let members = json::members(body).ok_or_else(|| RelayError::new(RelayErrorKind::BadJson))?;
    let mut rejected = Vec::new();
    let mut rebuilt = Vec::with_capacity(members.len());
    for (key, value) in &members {
        if json::is_null(value) {
            continue;
        }
        if !FIELDS.contains(&key.as_ref()) {
            rebuilt.push((key.as_ref(), (*value).to_owned()));
            continue;
        }
        let raw = json::string(body, key).unwrap_or_default();
        match check_return_url(&raw, origins, loopback) {
            Ok(url) => rebuilt.push((key.as_ref(), json::text(&url))),
            Err(why) => {
                rejected.push(Deviation::new(format!("$.{key}"), ProblemCode::Format, why));
            }
        }
    }
    if rejected.is_empty() {
        return Ok(json::object(rebuilt.iter().map(|(key, value)| (*key, value.as_str()))));
    }
    Err(RelayError { deviations: rejected, ..RelayError::new(RelayErrorKind::ReturnUrlNotAllowed) })
}

/// Returns the normalized URL if its origin is allowed; with `loopback` (`--dev`) any loopback origin
/// is allowed, too.
pub(crate) fn check_return_url(
    raw: &str,
    origins: &[String],
    loopback: bool,
) -> Result<String, &'static str> {
    if raw.len() > MAX_URL_BYTES {
        return Err("too long: maximum 2048 bytes");
    }
    // URL parsers disagree about these characters (strip, normalize or stop), so a URL that passes here
    // could lead a browser to another host.
    if !raw.bytes().all(|b| b.is_ascii_graphic()) {
        return Err("must be printable ASCII without spaces");
    }
    if raw.contains(['\\', '#', '@', '<', '>', '"', '^', '`', '|']) {
        return Err("must not have a fragment, credentials, backslashes or quotes");
    }
    let rest = ["https://", "http://"].iter().find_map(|scheme| raw.strip_prefix(scheme));
    let rest = rest.ok_or("must begin with https://")?;
    let authority = rest.split(['/', '?']).next().unwrap_or_default();
    let plain = |b: u8| b.is_ascii_alphanumeric() || b".-:[]".contains(&b);
    if authority.is_empty() || !authority.bytes().all(plain) {
        return Err("invalid host name");
    }
    let mut text = raw.to_owned();
    for (placeholder, stand_in) in PLACEHOLDERS {
        if text.contains(stand_in) {
            return Err("invalid placeholder in the URL: use only `{processId}` and `{personId}`");
        }
        text = text.replace(placeholder, stand_in);
    }
    if text.contains(['{', '}']) {
        return Err("invalid placeholder in the URL: use only `{processId}` and `{personId}`");
    }
    let url = Url::parse(&text).map_err(|_| "invalid URL")?;
    let local = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    };
    if url.scheme() != "https" && !(url.scheme() == "http" && local) {
        return Err("must be https");
    }
    if !url.username().is_empty() || url.password().is_some() || url.fragment().is_some() {
        return Err("must not have a fragment or credentials");
    }
    let origin = url.origin().ascii_serialization();
    if !(origins.contains(&origin) || loopback && local) {
        return Err("origin not allowed: it is not listed in the relay's configuration");
    }
    let mut written = String::from(url);
    for (placeholder, stand_in) in PLACEHOLDERS {
        written = written.replace(stand_in, placeholder);
    }
    // The normalized URL must keep the origin.
    if written.get(..origin.len()) != Some(origin.as_str()) || written.len() > MAX_URL_BYTES {
        return Err("the URL cannot be normalized");
    }
    Ok(written)
}

#[cfg(test)]
mod tests;
