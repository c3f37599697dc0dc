//! `cargo xtask`: one entry for everything that is done with this repository.
//! Every command sets up by itself what it needs; see `cargo xtask --help`.

mod bench;
mod build;
mod cmd;
mod contract;
mod demo;
mod docs;
mod fuzz;
mod lint;
mod modules;
mod node;
mod paths;
mod release;
mod service;
mod setup;
mod sizes;
mod stamp;
mod steps;
mod test;
mod types;
mod workflows;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::steps::Steps;

/// Set-up, build, demo, tests, lint, docs, release and benchmarks of swisscom-sign.
///
/// Every command first sets up what it needs (it says so, and it is quick when that is
/// already done) and ends with a table of where the time went. Needed beforehand: stable
/// Rust from rustup, and Node 20 or newer with npm.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Install everything that building and testing need
    Setup(setup::Options),
    /// Build the wasm module and the npm package in pkg/
    Build(build::Options),
    /// Run a whole signing process against the sandbox, in Node or (--browser) in a browser
    Demo(demo::Options),
    /// Run the tests, all or by phase; the last line printed is `N passed, N failed`
    Test(test::Options),
    /// Fuzz the readers and the sandbox's API with libFuzzer, for a bounded time
    Fuzz(fuzz::Options),
    /// Check formatting, lints, documentation and dependencies
    Lint(lint::Options),
    /// Write the TypeScript types of the contract into pkg/src/generated
    Types(types::Options),
    /// Build the site of docs/ into target/docs, with the reference of packages and crates
    Docs(docs::Options),
    /// Make what a release has (--dry-run): tarball, crates, programs, SBOM, checksums
    Release(release::Options),
    /// Measure: sizes, and whatever else is registered
    Bench(bench::Options),
}

fn main() -> ExitCode {
    let mut steps = Steps::new();
    let result = match Cli::parse().command {
        Command::Setup(options) => setup::run(&mut steps, &options),
        Command::Build(options) => build::run(&mut steps, &options),
        Command::Demo(options) => demo::run(&mut steps, &options),
        Command::Test(options) => return test::run(steps, &options),
        Command::Fuzz(options) => fuzz::run(&mut steps, &options),
        Command::Lint(options) => lint::run(&mut steps, &options),
        Command::Types(options) => types::run(&mut steps, &options),
        Command::Docs(options) => docs::run(&mut steps, &options),
        Command::Release(options) => release::run(&mut steps, &options),
        Command::Bench(options) => bench::run(&mut steps, &options),
    };
    steps.print_table();
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\nerror: {error:#}");
            ExitCode::FAILURE
        }
    }
}
