//! Runs a wasm test binary in Node or in a headless browser: wasm-bindgen's runner, in the same version
//! as the `wasm-bindgen` crate. Cargo starts it instead of the test binary.

fn main() -> anyhow::Result<()> {
    wasm_bindgen_cli::wasm_bindgen_test_runner::run_cli_with_args(std::env::args_os())
}
