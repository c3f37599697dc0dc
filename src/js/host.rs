//! Functions that JavaScript provides to the client. `pkg/src/host.ts` implements them with the
//! injected or global `fetch`, so that tests can replace clock and network.

use js_sys::{JsString, Promise};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::auth::cache::ClockReading;

#[wasm_bindgen]
extern "C" {
    /// Host of a client.
    pub type ClientHost;

    /// Calls `fetch` and resolves to a [`HostResponse`]. `operation` is for hooks and logs; `secret`
    /// must not occur in an error. `upload` is a body that JavaScript creates for each attempt; the
    /// request has none then.
    #[wasm_bindgen(method, catch)]
    pub fn fetch(
        this: &ClientHost,
        request: &web_sys::Request,
        operation: &str,
        attempt: u32,
        secret: &str,
        upload: &JsValue,
    ) -> Result<Promise, JsValue>;

    /// Calls the caller's token callback. Resolves to a string.
    #[wasm_bindgen(method, catch, js_name = accessToken)]
    pub fn access_token(this: &ClientHost) -> Result<Promise, JsValue>;

    /// Resolves after this number of milliseconds, or when the signal is aborted.
    #[wasm_bindgen(method, catch)]
    pub fn sleep(this: &ClientHost, ms: f64, signal: &JsValue) -> Result<Promise, JsValue>;

    /// Milliseconds on a monotonic clock.
    #[wasm_bindgen(method)]
    pub fn monotonic(this: &ClientHost) -> f64;

    /// Milliseconds since 1970.
    #[wasm_bindgen(method)]
    pub fn wall(this: &ClientHost) -> f64;

    /// Random number in 0..1.
    #[wasm_bindgen(method)]
    pub fn random(this: &ClientHost) -> f64;

    /// Logs a warning.
    #[wasm_bindgen(method)]
    pub fn warn(this: &ClientHost, text: &str);

    /// Random correlation ID.
    #[wasm_bindgen(method)]
    pub fn correlation(this: &ClientHost) -> String;

    /// HTTP response, created from the result of `fetch`.
    pub type HostResponse;

    /// HTTP status; 0 for a redirect that a browser hides.
    #[wasm_bindgen(method, getter)]
    pub fn status(this: &HostResponse) -> u16;

    /// `Content-Type`.
    #[wasm_bindgen(method, getter, js_name = contentType)]
    pub fn content_type(this: &HostResponse) -> Option<String>;

    /// `Retry-After`.
    #[wasm_bindgen(method, getter, js_name = retryAfter)]
    pub fn retry_after(this: &HostResponse) -> Option<String>;

    /// `Date`.
    #[wasm_bindgen(method, getter)]
    pub fn date(this: &HostResponse) -> Option<String>;

    /// Reads the body; resolves to a string.
    #[wasm_bindgen(method, catch)]
    pub fn text(this: &HostResponse) -> Result<Promise<JsString>, JsValue>;
}

impl ClientHost {
    /// Reads both clocks.
    pub(crate) fn now(&self) -> ClockReading {
        ClockReading { monotonic_ms: self.monotonic() as u64, wall_ms: self.wall() as u64 }
    }
}
