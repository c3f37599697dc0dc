//! Runs a wasm test binary in Node or in a headless browser. Cargo starts it in
//! place of the test binary; it is the runner of wasm-bindgen, from the same
//! workspace table as the `wasm-bindgen` crate, so the two can never differ.

fn main() -> anyhow::Result<()> {
    wasm_bindgen_cli::wasm_bindgen_test_runner::run_cli_with_args(std::env::args_os())
}
