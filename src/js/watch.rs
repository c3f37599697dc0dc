//! Bindings of [`crate::watch`] for `pkg/src/wait.ts` and `pkg/src/watch.ts`.

use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use super::wire::{self, CallError};
use crate::contract::State;
use crate::contract::json::write_string;
use crate::format_text::format_integer;
use crate::watch::{self, IntervalBounds, WatchOptions, WatchStep};

/// Status of a wait for the state `target` of a process (JSON text), and the signer that ended the
/// wait, if any; see [`watch::wait_status()`].
#[wasm_bindgen(js_name = waitStatus)]
pub fn wait_status(process: &str, target: &str) -> Vec<String> {
    let status = watch::wait_status(process, &State::parse(target));
    let mut out = vec![status.as_str().to_owned()];
    out.extend(status.signer());
    out
}

/// Milliseconds until the next poll; see [`watch::next_interval_ms`].
#[wasm_bindgen(js_name = nextIntervalMs)]
pub fn next_interval_ms(quiet: f64, failures: u32, min: f64, max: f64, jitter: f64) -> f64 {
    let bounds = IntervalBounds { min_ms: min as u64, max_ms: max as u64 };
    watch::next_interval_ms(quiet as u64, failures, bounds, jitter) as f64
}

/// Binding of [`watch::Watch`]. Times are milliseconds of the host's monotonic clock.
#[wasm_bindgen]
pub struct WasmWatch {
    inner: watch::Watch,
}

#[wasm_bindgen]
impl WasmWatch {
    /// Watches `ids` (separated by spaces) or the list (`status`), with `fromNow`, `records`,
    /// `perMinute`, `shortestMs` and `longestMs`; continues from `cursor` if it is set.
    ///
    /// # Errors
    /// Invalid argument.
    #[wasm_bindgen(constructor)]
    pub fn new(options: &JsValue, cursor: Option<String>, now: f64) -> Result<WasmWatch, JsValue> {
        let number = |name| wire::number(options, name).unwrap_or_default();
        let ids = wire::text(options, "ids").unwrap_or_default();
        let options = WatchOptions {
            ids: ids.split_ascii_whitespace().map(str::to_owned).collect(),
            status: wire::text(options, "status").map(|status| State::parse(&status)),
            from_now: wire::flag(options, "fromNow"),
            records: wire::flag(options, "records"),
            per_minute: number("perMinute") as u32,
            bounds: IntervalBounds {
                min_ms: number("shortestMs") as u64,
                max_ms: number("longestMs") as u64,
            },
        };
        let inner = watch::Watch::new(options, cursor.as_deref(), now as u64);
        Ok(Self { inner: inner.map_err(Box::<CallError>::from)? })
    }

    /// Returns the next step: its kind (`event`, `list`, `details`, `records`, `wait`, `end`) and
    /// its value as JSON text: the event, the query, the process ID, the milliseconds.
    #[wasm_bindgen(js_name = next)]
    pub fn next_step(&mut self, now: f64, jitter: f64) -> Vec<String> {
        let text = |id: &str| {
            let mut out = String::new();
            write_string(&mut out, id);
            out
        };
        let (kind, value) = match self.inner.next_step(now as u64, jitter) {
            WatchStep::Event(event) => ("event", event),
            WatchStep::List(query) => ("list", query),
            WatchStep::Details(id) => ("details", text(&id)),
            WatchStep::Records(id) => ("records", text(&id)),
            WatchStep::Wait(ms) => ("wait", format_integer(ms as i64)),
            WatchStep::End => ("end", "null".to_owned()),
        };
        vec![kind.to_owned(), value]
    }

    /// Reports the response to the last request, as JSON text.
    #[wasm_bindgen(js_name = answered)]
    pub fn on_response(&mut self, text: &str) {
        self.inner.on_response(text);
    }

    /// Reports the failure of the last request; see [`watch::Watch::on_error`].
    #[wasm_bindgen(js_name = failed)]
    pub fn on_error(
        &mut self,
        status: u16,
        retryable: bool,
        retry_after_ms: f64,
        now: f64,
        jitter: f64,
    ) -> bool {
        self.inner.on_error(status, retryable, retry_after_ms as u64, now as u64, jitter)
    }

    /// Returns the cursor after the last delivered event.
    pub fn cursor(&self) -> String {
        self.inner.cursor()
    }
}
