//! One HTTP request and its answer. gloo-net builds the request; `fetch` is called by [`Host`], as
//! gloo-net's own `send` cannot take an injected one and traps on what a promise is rejected with.

use gloo_net::http::{Method, RequestBuilder};
use js_sys::JsString;
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortSignal, RequestRedirect};

use super::host::{ClientHost, HostResponse};
use super::wire::CallError;
use crate::error::{Error, ErrorKind};
use crate::request::{ResponseHead, retry_after_ms};
use crate::text::join;

/// A request to be sent.
pub(crate) struct OutgoingRequest<'a> {
    pub(crate) method: &'static str,
    pub(crate) url: &'a str,
    pub(crate) headers: &'a [(&'a str, &'a str)],
    /// Text, an upload of the host's, or none.
    pub(crate) body: JsValue,
    pub(crate) signal: Option<&'a AbortSignal>,
    /// Names the call for hooks and logs.
    pub(crate) operation: &'a str,
    pub(crate) attempt: u32,
    /// What must not appear in what the host rejects with.
    pub(crate) secret: &'a str,
}

/// Headers that are not the caller's: this package's own, and those that `fetch` sets or forbids
/// (Fetch standard, "forbidden request-header"); browsers would drop these without a word.
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

/// Refuses a header of the caller's own that cannot be sent.
pub(crate) fn own_header(name: &str, value: &str) -> Result<(), Error> {
    let starts = |prefix: &[u8]| {
        name.as_bytes().get(..prefix.len()).is_some_and(|head| head.eq_ignore_ascii_case(prefix))
    };
    let message = if !is_header(name, value) {
        "a header cannot be sent: its name or value has characters that HTTP does not allow"
    } else if RESERVED.iter().any(|reserved| name.eq_ignore_ascii_case(reserved))
        || starts(b"sec-")
        || starts(b"proxy-")
        || starts(b"access-control-")
    {
        "a header cannot be sent: this package or `fetch` sets it, such as authorization, \
         content-type, content-length, host and cookie"
    } else {
        return Ok(());
    };
    Err(Error::new(ErrorKind::InvalidArgument, message))
}

/// Whether a header can be sent: `Headers` throws on what cannot, and gloo-net traps then.
fn is_header(name: &str, value: &str) -> bool {
    let token = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b);
    !name.is_empty()
        && name.bytes().all(token)
        && value.bytes().all(|b| b == b'\t' || (b' '..=b'~').contains(&b))
}

/// Sends it. A redirect is not followed: the token must not reach another host.
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
    // Only the host can make the bytes of a file, and once more for a repetition.
    let (request, upload) = if out.body.is_string() {
        (builder.body(out.body), JsValue::UNDEFINED)
    } else {
        (builder.build(), out.body)
    };
    let Ok(request) = request else {
        let message = "the request could not be built; check the base URL and the headers";
        return Err(Error::new(ErrorKind::InvalidArgument, message).into());
    };
    let request = web_sys::Request::from(request);
    let lost =
        |cause| CallError::caused(Error::new(ErrorKind::Connection, "no answer came"), cause);
    let promise =
        host.fetch(&request, out.operation, out.attempt, out.secret, &upload).map_err(lost)?;
    let answer = JsFuture::from(promise).await.map_err(lost)?;
    Ok(answer.unchecked_into())
}

/// Host and port of a URL, to be named in an error.
pub(crate) fn host_of(url: &str) -> &str {
    url.split('/').nth(2).unwrap_or_default()
}

/// The same failure; a lost connection says of which operation, and to which host.
pub(crate) fn placed(mut failure: Box<CallError>, operation: &str, url: &str) -> Box<CallError> {
    if failure.error.kind == ErrorKind::Connection {
        failure.error.message =
            join(&[operation, " at ", host_of(url), ": ", &failure.error.message]);
    }
    failure
}

/// Reads the body of an answer as text.
pub(crate) async fn text(answer: &HostResponse) -> Result<JsString, Box<CallError>> {
    let lost =
        |cause| CallError::caused(Error::new(ErrorKind::Connection, "the answer broke off"), cause);
    JsFuture::from(answer.text().map_err(lost)?).await.map_err(lost)
}

/// What an answer says before its body. The text behind `content_type` outlives it.
pub(crate) fn head<'a>(
    host: &ClientHost,
    answer: &HostResponse,
    content_type: Option<&'a str>,
) -> ResponseHead<'a> {
    let now = host.wall() as i64;
    ResponseHead {
        status: answer.status(),
        content_type,
        retry_after_ms: answer.retry_after().and_then(|value| retry_after_ms(&value, now)),
    }
}
