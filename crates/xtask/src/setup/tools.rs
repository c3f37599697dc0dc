//! The wasm-bindgen programs, binaries of this package that are compiled only if they are needed. Their
//! version is that of the `wasm-bindgen` crate.

use std::path::PathBuf;
use std::sync::OnceLock;

use anyhow::Result;

use crate::cmd::Cmd;
use crate::paths;
use crate::step_log::Steps;

/// Makes a JavaScript module from compiled wasm. It is built once in a run: a second call of cargo would
/// wait for builds that run at the same time.
pub(crate) fn ensure_installed(steps: &mut Steps) -> Result<PathBuf> {
    if BINDGEN_BUILT.get().is_none() {
        build(steps, "bindgen")?;
        assume_installed();
    }
    Ok(program("bindgen"))
}

static BINDGEN_BUILT: OnceLock<()> = OnceLock::new();

/// Another process has built the programs.
pub(crate) fn assume_installed() {
    BINDGEN_BUILT.get_or_init(|| ());
}

/// Runs wasm tests.
pub(crate) fn test_runner(steps: &mut Steps) -> Result<PathBuf> {
    build(steps, "wasm-test-runner")?;
    Ok(program("wasm-test-runner"))
}

fn build(steps: &mut Steps, name: &str) -> Result<()> {
    steps.step(&format!("build {name}"), |_| {
        Cmd::cargo()
            .args(["build", "--quiet", "--locked", "--package", "xtask"])
            .args(["--no-default-features", "--features", name, "--bin", name])
            .run()
    })
}

fn program(name: &str) -> PathBuf {
    paths::target().join("debug").join(name)
}
