//! Installs what building and testing need. Each command installs its own part.
//! - `system`: programs from packages of the system
//! - `toolchain`: the Rust target for wasm
//! - `tools`: the wasm-bindgen programs of this workspace
//! - `python`: pyHanko
//! - `npm`: dependencies of the npm package, the examples and the browser tests

pub(crate) mod npm;
pub(crate) mod python;
pub(crate) mod system;
pub(crate) mod toolchain;
pub(crate) mod tools;

use anyhow::Result;

use crate::setup::system::Need;
use crate::step_log::Steps;

/// Install everything that building and testing need.
///
/// The other commands install what they need themselves.
#[derive(clap::Args)]
pub(crate) struct SetupArgs {
    /// List missing system packages and fail instead of installing them
    #[arg(long)]
    no_install: bool,
}

pub(crate) fn run(steps: &mut Steps, args: &SetupArgs) -> Result<()> {
    system::ensure(steps, Need::TESTS, args.no_install)?;
    toolchain::ensure_wasm_target(steps)?;
    tools::ensure_installed(steps)?;
    tools::test_runner(steps)?;
    npm::ensure_installed(steps)?;
    npm::install_all(steps)?;
    python::pyhanko(steps)?;
    Ok(())
}
