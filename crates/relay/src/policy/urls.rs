//! Return URLs. The platform sends users to `backUrl` and `successUrl`, and puts identifiers into
//! the latter: an address that is not the application's would be an open redirect and a leak (RFC
//! 9700 section 4.11). The raw text must be what every parser reads in the same way; what is sent
//! on is the parsed address, written anew.

use swisscom_sign::contract::{Problem as Deviation, ProblemCode};
use url::{Host, Url};

use crate::error::{RelayError, RelayErrorKind, RelayResult};
use crate::json;

/// The fields that hold return URLs (contract, ProcessSetupRequest and ProcessOpenRequest).
pub const FIELDS: [&str; 2] = ["backUrl", "successUrl"];
/// Longest URL, in bytes.
const MAX_URL_BYTES: usize = 2048;
/// Placeholders that the platform fills in, and what stands for them while parsing.
const PLACEHOLDERS: [(&str, &str); 2] =
    [("{processId}", "0relay0process0"), ("{personId}", "0relay0person0")];

/// The body with its return URLs checked and written anew.
///
/// # Errors
/// [`RelayErrorKind::ReturnUrlNotAllowed`], with each of them.
pub fn rebuild(body: &str, origins: &[String], loopback: bool) -> RelayResult<String> {
    let members = json::members(body).ok_or_else(|| RelayError::new(RelayErrorKind::BadJson))?;
    let mut refused = Vec::new();
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
            Err(why) => refused.push(Deviation {
                path: format!("$.{key}"),
                code: ProblemCode::Format,
                message: why.into(),
            }),
        }
    }
    if refused.is_empty() {
        return Ok(json::object(rebuilt.iter().map(|(key, value)| (*key, value.as_str()))));
    }
    Err(RelayError { deviations: refused, ..RelayError::new(RelayErrorKind::ReturnUrlNotAllowed) })
}

/// The URL, written anew, if it leads to one of the origins; with `loopback`, for development, to
/// any port of this machine too.
///
/// # Errors
/// What is wrong with it.
pub fn check_return_url(
    raw: &str,
    origins: &[String],
    loopback: bool,
) -> std::result::Result<String, &'static str> {
    if raw.len() > MAX_URL_BYTES {
        return Err("is too long");
    }
    // Parsers differ over each of these: some strip them, some fold them, some stop there.
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
        return Err("must name its host plainly");
    }
    let mut text = raw.to_owned();
    for (placeholder, stand_in) in PLACEHOLDERS {
        if text.contains(stand_in) {
            return Err("must not be made of this");
        }
        text = text.replace(placeholder, stand_in);
    }
    if text.contains(['{', '}']) {
        return Err("may have {processId} and {personId} as placeholders only");
    }
    let url = Url::parse(&text).map_err(|_| "is no URL")?;
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
        return Err("does not lead to an origin on the list");
    }
    let mut written = String::from(url);
    for (placeholder, stand_in) in PLACEHOLDERS {
        written = written.replace(stand_in, placeholder);
    }
    // What is written leads where what was read leads.
    if written.get(..origin.len()) != Some(origin.as_str()) || written.len() > MAX_URL_BYTES {
        return Err("cannot be written plainly");
    }
    Ok(written)
}

#[cfg(test)]
mod tests;
