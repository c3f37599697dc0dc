//! `cargo xtask`: the one entry point for working with this repository; see `cargo xtask --help`.

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
mod server_process;
mod setup;
mod sizes;
mod step_log;
mod test;
mod types;
mod up_to_date;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::step_log::Steps;

/// Set-up, build, demo, tests, lint, docs, release and benchmarks of swisscom-sign.
///
/// Every command first installs what it needs, and ends with a table of durations. Requirements:
/// stable Rust from rustup, and Node 20 or newer with npm.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", version)]
struct XtaskCli {
    #[command(subcommand)]
    command: XtaskCommand,
}

#[derive(Subcommand)]
enum XtaskCommand {
    /// Install everything that building and testing need
    Setup(setup::SetupArgs),
    /// Build the wasm modules and the npm package in pkg/
    Build(build::BuildArgs),
    /// Run a whole signing process against the sandbox, in Node or (--browser) in a browser
    Demo(demo::DemoArgs),
    /// Run the tests, all or by phase; the last line is `N passed, N failed`
    Test(test::TestArgs),
    /// Fuzz the parsers and the sandbox's API with libFuzzer, for a limited time
    Fuzz(fuzz::FuzzArgs),
    /// Check formatting, lints, types, import cycles, documentation and dependencies
    Lint(lint::LintArgs),
    /// Generate the TypeScript types of the contract in pkg/src/generated
    Types(types::TypesArgs),
    /// Build the documentation site in target/docs, with the reference of packages and crates
    Docs(docs::DocsArgs),
    /// Make the artefacts of a release (--dry-run): tarball, crates, programs, SBOMs, checksums
    Release(release::ReleaseArgs),
    /// Run benchmarks, all or by name
    Bench(bench::BenchArgs),
}

fn main() -> ExitCode {
    let mut steps = Steps::new();
    let result = match XtaskCli::parse().command {
        XtaskCommand::Setup(args) => setup::run(&mut steps, &args),
        XtaskCommand::Build(args) => build::run(&mut steps, &args),
        XtaskCommand::Demo(args) => demo::run(&mut steps, &args),
        XtaskCommand::Test(args) => return test::run(steps, &args),
        XtaskCommand::Fuzz(args) => fuzz::run(&mut steps, &args),
        XtaskCommand::Lint(args) => lint::run(&mut steps, &args),
        XtaskCommand::Types(args) => types::run(&mut steps, &args),
        XtaskCommand::Docs(args) => docs::run(&mut steps, &args),
        XtaskCommand::Release(args) => release::run(&mut steps, &args),
        XtaskCommand::Bench(args) => bench::run(&mut steps, &args),
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
