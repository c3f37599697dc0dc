//! Tests of the wasm build. Each runs twice, in Node and in headless Chromium:
//! `cargo xtask test wasm`. Tests for only one of the two belong in a file of their own,
//! `tests/wasm_*.rs`, with `wasm_bindgen_test_configure!`.

#![cfg(target_arch = "wasm32")]

mod client;
mod hosts;
mod sans_io;
