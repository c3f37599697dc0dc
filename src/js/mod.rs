//! wasm bindings of the npm package, built for wasm32 with the feature `js`. The core decides; what
//! is specific to JavaScript (classes, iterators, timers, files) is in `pkg/src`.
//!
//! - [`client`]: [`WasmClient`], which performs operations: token, request, response, retries.
//! - [`check`]: checks before a request is sent.
//! - [`sans_io`]: the core without I/O, for `swisscom-sign/core`.
//! - [`token`]: token providers.
//! - [`http`]: one HTTP request and its response.
//! - [`watch`]: process events and polling intervals.
//! - [`host`]: functions that JavaScript provides: fetch, timers, clocks.
//! - [`wire`]: values that cross the boundary.
//!
//! The bindings must not trap, whatever JavaScript passes or throws: no `async fn(&self)`, no
//! `dyn_into` of rejection values, no panic. A trap would leave promises pending.

pub mod check;
pub mod client;
pub mod host;
mod http;
pub mod sans_io;
mod token;
pub mod watch;
pub mod wire;

/// A fifth of the size of the default allocator (1.5 kB of code instead of 8), at the same speed.
#[cfg(target_arch = "wasm32")]
#[global_allocator]
static ALLOCATOR: talc::wasm::WasmDynamicTalc = talc::wasm::new_wasm_dynamic_allocator();

pub use client::WasmClient;
pub use host::ClientHost;
