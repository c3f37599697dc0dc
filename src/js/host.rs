//! What JavaScript lends to the engine. `pkg/src/host.ts` implements it around the injected or the
//! global `fetch`, so that a virtual clock or a stub needs no change here.

use js_sys::{JsString, Promise};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::auth::cache::ClockReading;

#[wasm_bindgen]
extern "C" {
    /// The host of an engine.
    pub type ClientHost;

    /// Calls `fetch` with a request and resolves to an [`Answer`]. `operation` names the call for
    /// hooks and logs; `secret` must not appear in what it rejects with. `upload` is a body that
    /// JavaScript makes anew for each attempt; the request has none then.
    #[wasm_bindgen(method, catch)]
    pub fn fetch(
        this: &ClientHost,
        request: &web_sys::Request,
        operation: &str,
        attempt: u32,
        secret: &str,
        upload: &JsValue,
    ) -> Result<Promise, JsValue>;

    /// Asks the caller's own source for a token. Resolves to a string.
    #[wasm_bindgen(method, catch, js_name = accessToken)]
    pub fn access_token(this: &ClientHost) -> Result<Promise, JsValue>;

    /// Resolves after so many milliseconds, or as soon as the signal is aborted.
    #[wasm_bindgen(method, catch)]
    pub fn sleep(this: &ClientHost, ms: f64, signal: &JsValue) -> Result<Promise, JsValue>;

    /// Milliseconds on a clock that never goes back.
    #[wasm_bindgen(method)]
    pub fn monotonic(this: &ClientHost) -> f64;

    /// Milliseconds since 1970.
    #[wasm_bindgen(method)]
    pub fn wall(this: &ClientHost) -> f64;

    /// A random number in 0..1.
    #[wasm_bindgen(method)]
    pub fn random(this: &ClientHost) -> f64;

    /// A correlation: random, and unlike any other.
    #[wasm_bindgen(method)]
    pub fn correlation(this: &ClientHost) -> String;

    /// An HTTP answer, made out of whatever `fetch` resolved to.
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

    /// Reads the body. Resolves to a string.
    #[wasm_bindgen(method, catch)]
    pub fn text(this: &HostResponse) -> Result<Promise<JsString>, JsValue>;
}

impl ClientHost {
    /// The moment on both clocks.
    pub(crate) fn now(&self) -> ClockReading {
        ClockReading { monotonic_ms: self.monotonic() as u64, wall_ms: self.wall() as u64 }
    }
}
