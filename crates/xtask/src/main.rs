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
    Setup(setup::SetupArgs),
    Build(build::BuildArgs),
    Demo(demo::DemoArgs),
    Test(test::TestArgs),
    Fuzz(fuzz::FuzzArgs),
    Lint(lint::LintArgs),
    Types(types::TypesArgs),
    Docs(docs::DocsArgs),
    Release(release::ReleaseArgs),
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
        XtaskCommand::Types(args) => types::run(&args),
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
