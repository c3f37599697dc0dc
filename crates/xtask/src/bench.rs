//! Benchmarks. They fail only if a result is wrong, never for being slow. Their scripts are in `bench/`.

use std::path::PathBuf;

use anyhow::{Result, bail};

use crate::cmd::Cmd;
use crate::setup::npm;
use crate::setup::system::{self, Need};
use crate::step_log::Steps;
use crate::up_to_date::run_if_changed;
use crate::{build, contract, paths, sizes};

struct Benchmark {
    name: &'static str,
    about: &'static str,
    run: fn(&mut Steps) -> Result<()>,
}

const BENCHMARKS: &[Benchmark] = &[
    Benchmark {
        name: "sizes",
        about: "raw, gzip and brotli bytes of the shipped files",
        run: |steps| {
            build::package(steps)?;
            sizes::report()
        },
    },
    Benchmark {
        name: "bundle",
        about: "a minimal program, bundled for browsers and for Node, beside seven other clients",
        run: |steps| script(steps, "bundle.mjs"),
    },
    Benchmark {
        name: "startup",
        about: "import to first request in Node, beside seven other clients",
        run: |steps| script(steps, "startup.mjs"),
    },
    Benchmark {
        name: "files",
        about: "memory and time of 40 MiB up and down in Node, beside a naive client and four others",
        run: |steps| script(steps, "files.mjs"),
    },
    Benchmark {
        name: "requests",
        about: "create requests validated and built per second, natively and in wasm, beside zod",
        run: |steps| {
            cargo_bench("swisscom-sign", "requests").run()?;
            script(steps, "requests.mjs")
        },
    },
    Benchmark {
        name: "waits",
        about: "1 000 waits: requests, CPU and delay of waitFor and watch, beside setInterval",
        run: |steps| script(steps, "waits.mjs"),
    },
    Benchmark {
        name: "sandbox-inside",
        about: "the sandbox in a Node process: import, start, one process from file to signature",
        run: |steps| script(steps, "sandbox-inside.mjs"),
    },
    Benchmark {
        name: "relay",
        about: "CPU, memory and instructions of the relay, beside nginx, haproxy and two npm packages",
        run: relay,
    },
    Benchmark {
        name: "sandbox",
        about: "start, memory and requests of the sandbox beside Prism; lists, resets, signatures",
        run: sandbox,
    },
    Benchmark {
        name: "chaos",
        about: "10 000 random flows over a broken network: no process, file or release is lost or duplicated",
        run: chaos,
    },
];

fn cargo_bench(package: &str, name: &str) -> Cmd {
    Cmd::cargo().args(["bench", "--quiet", "--locked", "--package", package, "--bench", name])
}

fn relay(steps: &mut Steps) -> Result<()> {
    system::ensure(steps, &[Need::RelayBench], false)?;
    install_peers(steps)?;
    // Compiled on all cores, run on the first one.
    cargo_bench("swisscom-sign-relay", "peers").arg("--no-run").run()?;
    Cmd::new("taskset")
        .args(["-c", "0", "cargo", "bench", "--quiet", "--locked"])
        .args(["--package", "swisscom-sign-relay", "--bench", "peers"])
        .env("CARGO_TARGET_DIR", paths::target())
        .run()
}

fn sandbox(steps: &mut Steps) -> Result<()> {
    steps.step("compile the sandbox, optimized", |_| {
        build::sandbox_command().arg("--release").run()
    })?;
    let folder = install_peers(steps)?;
    Cmd::new("node")
        .arg(folder.join("sandbox.mjs"))
        .env("SWISSCOM_SIGN_SANDBOX_BIN", paths::target().join("release/swisscom-sign-sandbox"))
        .env(contract::VARIABLE, contract::find(None)?)
        .run()?;
    cargo_bench("swisscom-sign-pades", "pdf").run()
}

/// Builds the package and installs it like its users.
fn install_package(steps: &mut Steps) -> Result<()> {
    build::package(steps)?;
    let tarball = build::pack(steps)?;
    build::install(steps, &tarball)
}

fn chaos(steps: &mut Steps) -> Result<()> {
    install_package(steps)?;
    let programs = build::programs(steps)?;
    Cmd::new("node")
        .arg(paths::root().join("tests/e2e/chaos/run.mjs"))
        .env("SWISSCOM_SIGN_SANDBOX_BIN", programs.sandbox)
        .run()
}

/// Runs a script against the installed package.
fn script(steps: &mut Steps, name: &str) -> Result<()> {
    install_package(steps)?;
    let folder = install_peers(steps)?;
    // The client that hey-api generates from the contract; it is never committed.
    let contract = contract::find(None)?;
    npm::ensure_installed(steps)?;
    let program = paths::pkg().join("scripts/hey-api.mjs");
    let output = folder.join("generated/hey-api.mjs");
    let inputs = [contract.as_path(), &program, &paths::pkg().join("package-lock.json")];
    run_if_changed(steps, "generate the client of hey-api", &inputs, &output, |_| {
        Cmd::new("node").arg(&program).arg(&output).env(contract::VARIABLE, &contract).run()
    })?;
    Cmd::new("node").arg(folder.join(name)).run()
}

/// Installs the other clients and servers, and returns the folder of the scripts.
fn install_peers(steps: &mut Steps) -> Result<PathBuf> {
    npm::install_folder(steps, "bench")?;
    Ok(paths::root().join("bench"))
}

/// Run benchmarks, all or by name.
#[derive(clap::Args)]
pub(crate) struct BenchArgs {
    /// Names of benchmarks; all by default
    names: Vec<String>,
    /// List the benchmarks
    #[arg(long)]
    list: bool,
}

pub(crate) fn run(steps: &mut Steps, args: &BenchArgs) -> Result<()> {
    if args.list {
        for benchmark in BENCHMARKS {
            println!("{:<14} {}", benchmark.name, benchmark.about);
        }
        return Ok(());
    }
    for name in &args.names {
        if !BENCHMARKS.iter().any(|benchmark| benchmark.name == name) {
            bail!("unknown benchmark {name:?}: `cargo xtask bench --list` lists them");
        }
    }
    for benchmark in BENCHMARKS {
        if args.names.is_empty() || args.names.iter().any(|name| name == benchmark.name) {
            steps.step(&format!("bench {}", benchmark.name), benchmark.run)?;
        }
    }
    Ok(())
}
