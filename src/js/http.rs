//! One HTTP request and its response. gloo-net builds the request; [`ClientHost`] calls `fetch`,
//! because gloo-net's `send` does not support an injected one and traps on rejection values.

use gloo_net::http::{Method, RequestBuilder};
use js_sys::JsString;
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortSignal, RequestRedirect};

use super::host::{ClientHost, HostResponse};
use super::wire::{self, CallError};
use crate::error::{Error, ErrorKind};
use crate::format_text::join;
use crate::request::{ResponseHead, retry_after_ms};
use crate::retry::NotConnected;

/// Request to send.
pub(crate) struct OutgoingRequest<'a> {
    pub(crate) method: &'static str,
    pub(crate) url: &'a str,
    pub(crate) headers: &'a [(&'a str, &'a str)],
    /// Text, an upload of the host, or undefined.
    pub(crate) body: JsValue,
    pub(crate) signal: Option<&'a AbortSignal>,
    /// For hooks and logs.
    pub(crate) operation: &'a str,
    pub(crate) attempt: u32,
    /// Must not occur in errors of the host.
    pub(crate) secret: &'a str,
}

/// Headers that callers cannot set: those of this package, and those that `fetch` sets or forbids
/// (Fetch standard, "forbidden request-header"), which browsers would drop silently.
const RESERVED: &[&str] = &[
    "accept",
    "accept-charset",
    "accept-encoding",
    "authorization",
    "connection",
    "content-length",
    "content-type",
    "cookie",
    "cookie2",
    "date",
    "dnt",
    "expect",
    "host",
    "keep-alive",
    "origin",
    "referer",
    "set-cookie",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "via",
];

/// Checks a custom header of the caller.
pub(crate) fn check_custom_header(name: &str, value: &str) -> Result<(), Error> {
    let starts = |prefix: &[u8]| {
        name.as_bytes().get(..prefix.len()).is_some_and(|head| head.eq_ignore_ascii_case(prefix))
    };
    let reason = if !is_header(name, value) {
        "the name or value contains characters that HTTP does not allow"
    } else if RESERVED.iter().any(|reserved| name.eq_ignore_ascii_case(reserved))
        || starts(b"sec-")
        || starts(b"proxy-")
        || starts(b"access-control-")
    {
        "this package or `fetch` sets it"
    } else {
        return Ok(());
    };
    let name: String = name.chars().take(64).collect();
    Err(Error::new(ErrorKind::InvalidArgument, join(&["invalid header `", &name, "`: ", reason])))
}

/// Whether a header is valid; otherwise `Headers` would throw and gloo-net trap.
fn is_header(name: &str, value: &str) -> bool {
    let token = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b);
    !name.is_empty()
        && name.bytes().all(token)
        && value.bytes().all(|b| b == b'\t' || (b' '..=b'~').contains(&b))
}

/// Sends the request. Redirects are not followed, because the token must not reach another host.
pub(crate) async fn send(
    host: &ClientHost,
    out: OutgoingRequest<'_>,
) -> Result<HostResponse, Box<CallError>> {
    let method = if out.method == "GET" { Method::GET } else { Method::POST };
    let mut builder = RequestBuilder::new(out.url)
        .method(method)
        .redirect(RequestRedirect::Manual)
        .abort_signal(out.signal);
    for (name, value) in out.headers {
        builder = builder.header(name, value);
    }
    // The host creates the bytes of a file for each attempt.
    let (request, upload) = if out.body.is_string() {
        (builder.body(out.body), JsValue::UNDEFINED)
    } else {
        (builder.build(), out.body)
    };
    let Ok(request) = request else {
        let message = "invalid request: check `apiUrl` and the headers";
        return Err(Error::new(ErrorKind::InvalidArgument, message).into());
    };
    let request = web_sys::Request::from(request);
    let lost = |cause| {
        let message = match unsent(host_of(out.url), &cause) {
            Some(reason) => {
                join(&["connection failed: ", out.operation, " was not sent: ", &reason])
            }
            None => join(&[
                "connection failed: no response from ",
                host_of(out.url),
                " to ",
                out.operation,
            ]),
        };
        CallError::caused(Error::new(ErrorKind::Connection, message), cause)
    };
    let promise =
        host.fetch(&request, out.operation, out.attempt, out.secret, &upload).map_err(lost)?;
    let response = JsFuture::from(promise).await.map_err(lost)?;
    Ok(response.unchecked_into())
}

/// Reason why no connection to the host was established; `None` if one may have been.
pub(crate) fn unsent(host: &str, cause: &JsValue) -> Option<String> {
    let (what, advice) = match wire::not_connected(cause)? {
        NotConnected::Unreachable => ("cannot connect to ", ""),
        NotConnected::Certificate => (
            "certificate rejected of ",
            "; check the host name, or trust your CA (NODE_EXTRA_CA_CERTS in Node.js)",
        ),
        NotConnected::Rejected => {
            ("cannot connect to ", "; check the URL, TLS versions and proxy, see `cause`")
        }
    };
    let code = wire::error_code(cause).map(|code| join(&[" (", &code, ")"])).unwrap_or_default();
    Some(join(&[what, host, &code, advice]))
}

/// Host and port of a URL, for messages.
pub(crate) fn host_of(url: &str) -> &str {
    url.split('/').nth(2).unwrap_or_default()
}

/// Reads the body of a response as text.
pub(crate) async fn text(response: &HostResponse) -> Result<JsString, Box<CallError>> {
    let lost = |cause| {
        let message = "response truncated: the connection closed before the body was complete";
        CallError::caused(Error::new(ErrorKind::Connection, message), cause)
    };
    JsFuture::from(response.text().map_err(lost)?).await.map_err(lost)
}

/// Reads status and headers of a response.
pub(crate) fn head<'a>(
    host: &ClientHost,
    response: &HostResponse,
    content_type: Option<&'a str>,
) -> ResponseHead<'a> {
    let now = host.wall() as i64;
    ResponseHead {
        status: response.status(),
        content_type,
        retry_after_ms: response.retry_after().and_then(|value| retry_after_ms(&value, now)),
    }
}
