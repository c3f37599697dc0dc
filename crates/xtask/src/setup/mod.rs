//! Makes a machine ready. Each part is asked for by the command that needs it:
//! - `system`: programs that come from the distribution's packages
//! - `toolchain`: a Rust toolchain that compiles to wasm
//! - `tools`: the wasm-bindgen programs, from this workspace
//! - `python`: pyHanko, which judges signatures
//! - `npm`: the dependencies of the npm package, the examples and the end-to-end tests

pub(crate) mod npm;
pub(crate) mod python;
pub(crate) mod system;
pub(crate) mod toolchain;
pub(crate) mod tools;

use anyhow::Result;

use crate::steps::Steps;

/// Install everything that building and testing need.
///
/// The other commands do this by themselves, for as much as they need.
#[derive(clap::Args)]
pub(crate) struct Options {}

pub(crate) fn run(steps: &mut Steps, _options: &Options) -> Result<()> {
    toolchain::wasm(steps)?;
    tools::ready(steps)?;
    npm::ready(steps)?;
    npm::others(steps)?;
    system::browser(steps)?;
    system::ready(steps, system::Need::Pdf)?;
    system::ready(steps, system::Need::Fuzz)?;
    python::pyhanko(steps)?;
    Ok(())
}
