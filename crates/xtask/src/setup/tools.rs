//! The wasm-bindgen programs: `bindgen` and `wasm-test-runner`, binaries of this package that
//! are compiled only when wasm is built. Nothing is installed globally, and their version is
//! that of the `wasm-bindgen` crate by the workspace's table.

use std::path::PathBuf;

use anyhow::Result;

use crate::cmd::Cmd;
use crate::paths;
use crate::steps::Steps;

/// Where the programs are.
pub(crate) struct Tools {
    pub(crate) bindgen: PathBuf,
    pub(crate) test_runner: PathBuf,
}

/// Builds the programs; cargo knows when there is nothing to do.
///
/// # Errors
/// When they do not compile.
pub(crate) fn ready(steps: &mut Steps) -> Result<Tools> {
    const PROFILE: &str = "tools";
    steps.step("wasm-bindgen tools", |_| {
        Cmd::cargo()
            .args([
                "build",
                "--quiet",
                "--locked",
                "--package",
                "xtask",
                "--features",
                "wasm-tools",
            ])
            .args(["--bin", "bindgen", "--bin", "wasm-test-runner", "--profile", PROFILE])
            .run()
    })?;
    let folder = paths::target().join(PROFILE);
    Ok(Tools { bindgen: folder.join("bindgen"), test_runner: folder.join("wasm-test-runner") })
}
