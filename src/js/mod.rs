//! The bindings of the npm package: thin, only built for wasm32 and with the feature `js`. What
//! decides is the core's; what is JavaScript's own (classes, iterators, timers, files) is in
//! `pkg/src`.
//!
//! - [`engine`]: [`WasmClient`], which performs operations: token, request, answer, repetition.
//! - [`check`]: what is checked before a request is sent.
//! - [`sans_io`]: the same without I/O, for `swisscom-sign/core`.
//! - [`bearer`]: where the token of a call comes from.
//! - [`doubt`]: the error of a write that may have been performed.
//! - [`exchange`]: one HTTP request and its answer.
//! - [`following`]: how a process stands, and when to look again.
//! - [`host`]: what JavaScript lends to the engine: fetch, timers, clocks.
//! - [`wire`]: the small values that cross the boundary.
//!
//! Nothing here traps, whatever JavaScript passes in or throws: no `async fn(&self)`, no `dyn_into`
//! of what a promise was rejected with, no panic. A trap would leave promises without an end.

mod bearer;
pub mod check;
mod doubt;
pub mod engine;
mod exchange;
pub mod following;
pub mod host;
pub mod sans_io;
pub mod wire;

/// A fifth of the default allocator's size (1.5 kB of code for 8), and as quick.
#[global_allocator]
static ALLOCATOR: talc::wasm::WasmDynamicTalc = talc::wasm::new_wasm_dynamic_allocator();

pub use engine::WasmClient;
pub use host::ClientHost;
