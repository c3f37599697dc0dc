//! Bindings of `swisscom-sign/sandbox`, only built for wasm32. The logic is in the platform; the
//! JavaScript side (fetch, streams, timers, classes) is in `pkg/src/sandbox`.
//!
//! - [`platform`]: [`WasmPlatform`], a platform in memory. [`exchange`]: a request and its response.
//! - `options`: options of a sandbox. `key`: signing key of its tokens.
//!
//! Nothing here panics, blocks or calls JavaScript, except to read the time.

pub mod exchange;
mod key;
mod options;
pub mod platform;

pub use exchange::{WasmExchange, WasmResponse};
pub use platform::WasmPlatform;
