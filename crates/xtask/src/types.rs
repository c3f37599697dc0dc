//! The generated TypeScript types.

use anyhow::Result;

use crate::cmd::Cmd;

/// Generate the TypeScript types of the contract and of the control API in pkg/src/generated
#[derive(clap::Args)]
pub(crate) struct TypesArgs {
    /// Write nothing, and fail if a file is out of date
    #[arg(long)]
    check: bool,
}

pub(crate) fn run(args: &TypesArgs) -> Result<()> {
    Cmd::cargo()
        .args(["run", "--quiet", "--locked", "--package", "xtask", "--bin", "types", "--"])
        .args(args.check.then_some("--check"))
        .run()
}
