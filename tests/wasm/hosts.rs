//! Globals that the package requires in every host.

use js_sys::{Reflect, global};
use wasm_bindgen::JsValue;
use wasm_bindgen_test::wasm_bindgen_test;

const GLOBALS: &[&str] = &[
    "AbortController",
    "Blob",
    "DecompressionStream",
    "Headers",
    "ReadableStream",
    "Request",
    "Response",
    "URL",
    "fetch",
];

#[wasm_bindgen_test]
fn host_has_every_global_that_the_package_uses() {
    for name in GLOBALS {
        let value = Reflect::get(&global(), &JsValue::from_str(name)).expect("globals can be read");
        assert!(value.is_function(), "the host has no {name}");
    }
}
