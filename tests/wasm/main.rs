//! Tests of the wasm build. Each runs twice, in Node and in headless Chromium:
//! `cargo xtask test wasm`. Tests for one of the two alone belong in a test file of their
//! own, `tests/wasm_*.rs`, with `wasm_bindgen_test_configure!`.

#![cfg(target_arch = "wasm32")]

mod engine;
mod hosts;
mod sans_io;
