//! Following processes: the decisions of [`crate::watch`] for `pkg/src/wait.ts` and
//! `pkg/src/watch.ts`.

use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use super::wire::{self, CallError};
use crate::contract::State;
use crate::contract::json::write_string;
use crate::text::digits;
use crate::watch::{self, IntervalBounds, WatchOptions, WatchStep};

/// The status of a process (JSON text) for `waitFor`, and the signer who ended it, if any.
#[wasm_bindgen(js_name = waitStatus)]
pub fn wait_status(process: &str, wanted: &str) -> Vec<String> {
    let status = watch::standing(process, &State::parse(wanted));
    let mut out = vec![status.as_str().to_owned()];
    out.extend(status.signer());
    out
}

/// The next polling interval in milliseconds; see [`watch::next_look_ms`].
#[wasm_bindgen(js_name = nextIntervalMs)]
pub fn next_interval_ms(
    quiet: f64,
    failures: u32,
    shortest: f64,
    longest: f64,
    jitter: f64,
) -> f64 {
    let bounds = IntervalBounds { shortest_ms: shortest as u64, longest_ms: longest as u64 };
    watch::next_look_ms(quiet as u64, failures, bounds, jitter) as f64
}

/// A [`watch::Watch`]. Times are milliseconds of the host's clock that never goes back.
#[wasm_bindgen]
pub struct WasmWatch {
    inner: watch::Watch,
}

#[wasm_bindgen]
impl WasmWatch {
    /// A watch of `ids` (separated by spaces) or of the list (`status`), with `fromNow`, `records`,
    /// `perMinute`, `shortestMs` and `longestMs`; after a cursor where there is one.
    ///
    /// # Errors
    /// Invalid argument.
    #[wasm_bindgen(constructor)]
    pub fn new(watched: &JsValue, cursor: Option<String>, now: f64) -> Result<WasmWatch, JsValue> {
        let number = |name| wire::number(watched, name).unwrap_or_default();
        let ids = wire::text(watched, "ids").unwrap_or_default();
        let watched = WatchOptions {
            ids: ids.split_ascii_whitespace().map(str::to_owned).collect(),
            status: wire::text(watched, "status").map(|status| State::parse(&status)),
            from_now: wire::flag(watched, "fromNow"),
            records: wire::flag(watched, "records"),
            per_minute: number("perMinute") as u32,
            bounds: IntervalBounds {
                shortest_ms: number("shortestMs") as u64,
                longest_ms: number("longestMs") as u64,
            },
        };
        let inner = watch::Watch::new(watched, cursor.as_deref(), now as u64);
        Ok(Self { inner: inner.map_err(Box::<CallError>::from)? })
    }

    /// What to do next: a word (`event`, `list`, `details`, `records`, `wait`, `end`) and JSON text
    /// with what is meant: the event, the query, the identifier, the milliseconds.
    pub fn next(&mut self, now: f64, jitter: f64) -> Vec<String> {
        let text = |id: &str| {
            let mut out = String::new();
            write_string(&mut out, id);
            out
        };
        let (word, value) = match self.inner.next(now as u64, jitter) {
            WatchStep::Event(event) => ("event", event),
            WatchStep::List(query) => ("list", query),
            WatchStep::Details(id) => ("details", text(&id)),
            WatchStep::Records(id) => ("records", text(&id)),
            WatchStep::Wait(ms) => ("wait", digits(ms as i64)),
            WatchStep::End => ("end", "null".to_owned()),
        };
        vec![word.to_owned(), value]
    }

    /// What was asked for was answered, with this JSON text.
    pub fn answered(&mut self, text: &str) {
        self.inner.answered(text);
    }

    /// What was asked for failed; whether to go on. See [`watch::Watch::failed`].
    pub fn failed(
        &mut self,
        status: u16,
        can_pass: bool,
        after: f64,
        now: f64,
        jitter: f64,
    ) -> bool {
        self.inner.failed(status, can_pass, after as u64, now as u64, jitter)
    }

    /// The cursor after the last event that was handed out.
    pub fn cursor(&self) -> String {
        self.inner.cursor()
    }
}
