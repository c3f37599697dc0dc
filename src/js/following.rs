//! Following processes: the decisions of [`crate::watch`] for `pkg/src/wait.ts`.

use wasm_bindgen::prelude::wasm_bindgen;

use crate::contract::State;
use crate::watch::{self, Bounds};

/// How a process (JSON text) stands for somebody who waits for a state: a word, and the signer who
/// ended it where one did.
#[wasm_bindgen]
pub fn standing(process: &str, wanted: &str) -> Vec<String> {
    let standing = watch::standing(process, &State::parse(wanted));
    let mut out = vec![standing.as_str().to_owned()];
    out.extend(standing.signer());
    out
}

/// When to look again, in milliseconds; see [`watch::next_look_ms`].
#[wasm_bindgen(js_name = nextLook)]
pub fn next_look(quiet: f64, failures: u32, shortest: f64, longest: f64, jitter: f64) -> f64 {
    let bounds = Bounds { shortest_ms: shortest as u64, longest_ms: longest as u64 };
    watch::next_look_ms(quiet as u64, failures, bounds, jitter) as f64
}
