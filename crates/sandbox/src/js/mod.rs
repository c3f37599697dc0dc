//! The bindings of `swisscom-sign/sandbox`: thin, only built for wasm32. What decides is the
//! platform's; what is JavaScript's own (fetch, streams, timers, classes) is in `pkg/src/sandbox`.
//!
//! - [`platform`]: [`WasmPlatform`], an platform in memory. [`exchange`]: one request and its answer.
//! - `options`: what a sandbox is made of. `key`: the key of its tokens.
//!
//! Nothing here traps, waits or calls JavaScript, but for the time.

pub mod exchange;
mod key;
mod options;
pub mod platform;

pub use exchange::{WasmExchange, WasmResponse};
pub use platform::WasmPlatform;
