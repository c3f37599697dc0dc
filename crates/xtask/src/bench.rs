//! Benchmarks. They measure and print; they never fail for being slow, only for being wrong.

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};

use crate::cmd::Cmd;
use crate::setup::{npm, system};
use crate::stamp::{self, Key};
use crate::steps::Steps;
use crate::{build, contract, paths, sizes};

/// Scripts that measure the package beside its peers, which npm installs there.
const SCRIPTS: &str = "bench";

struct Benchmark {
    name: &'static str,
    about: &'static str,
    run: fn(&mut Steps) -> Result<()>,
}

const BENCHMARKS: &[Benchmark] = &[
    Benchmark {
        name: "sizes",
        about: "raw, gzip and brotli bytes of what is shipped",
        run: |steps| {
            build::package(steps)?;
            sizes::report()
        },
    },
    Benchmark {
        name: "bundle",
        about: "a minimal program bundled for browsers and for Node, beside seven other clients",
        run: |steps| script(steps, "bundle.mjs"),
    },
    Benchmark {
        name: "startup",
        about: "import to first request in Node, beside seven other clients",
        run: |steps| script(steps, "startup.mjs"),
    },
    Benchmark {
        name: "files",
        about: "memory and time of 40 MiB up and down in Node, beside the naive client and four others",
        run: |steps| script(steps, "files.mjs"),
    },
    Benchmark {
        name: "requests",
        about: "create requests checked and built per second, natively and in wasm, beside zod",
        run: |steps| {
            Cmd::cargo()
                .args(["bench", "--quiet", "--locked", "--package", "swisscom-sign"])
                .args(["--bench", "requests"])
                .run()?;
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
        about: "the sandbox inside a process: import, start, one process from file to signature",
        run: |steps| script(steps, "sandbox-inside.mjs"),
    },
    Benchmark {
        name: "relay",
        about: "CPU, memory and instructions of the relay, beside nginx, haproxy and two of npm",
        run: relay,
    },
    Benchmark {
        name: "sandbox",
        about: "the sandbox's start, memory and requests beside Prism, lists, resets, signatures",
        run: sandbox,
    },
    Benchmark {
        name: "chaos",
        about: "10 000 random flows through a broken network: one process, one file, one release each",
        run: chaos,
    },
];

/// The relay beside its peers, all as programs.
fn relay(steps: &mut Steps) -> Result<()> {
    system::ready(steps, system::Need::RelayBench)?;
    peers(steps)?;
    let bench = ["bench", "--quiet", "--locked", "--package", "swisscom-sign-relay"];
    let bench = [bench.as_slice(), &["--bench", "peers"]].concat();
    // Built on all cores, run on the first one.
    Cmd::cargo().args(&bench).arg("--no-run").run()?;
    Cmd::new("taskset")
        .args(["-c", "0", "cargo"])
        .args(&bench)
        .env("CARGO_TARGET_DIR", paths::target())
        .run()
}

fn sandbox(steps: &mut Steps) -> Result<()> {
    let program = steps.step("compile the sandbox, optimized", |_| {
        Cmd::cargo()
            .args(["build", "--quiet", "--locked", "--release"])
            .args(["--package", "swisscom-sign-sandbox"])
            .run()?;
        Ok(paths::target().join("release/swisscom-sign-sandbox"))
    })?;
    let folder = peers(steps)?;
    Cmd::new("node")
        .arg(folder.join("sandbox.mjs"))
        .env("SWISSCOM_SIGN_SANDBOX_BIN", &program)
        .env(contract::VARIABLE, contract::find(None)?)
        .run()?;
    Cmd::cargo()
        .args(["bench", "--quiet", "--locked", "--package", "swisscom-sign-pades"])
        .args(["--bench", "pdf"])
        .run()
}

/// The packed package, installed as its users have it.
fn installed(steps: &mut Steps) -> Result<()> {
    build::package(steps)?;
    let tarball = build::pack(steps)?;
    build::install(steps, &tarball)
}

/// Flows whose requests and answers get lost. A flow that ends with more or less than what was said
/// is an error.
fn chaos(steps: &mut Steps) -> Result<()> {
    installed(steps)?;
    let sandbox = build::sandbox(steps)?;
    Cmd::new("node")
        .arg(paths::root().join("tests/chaos/run.mjs"))
        .env("SWISSCOM_SIGN_SANDBOX_BIN", sandbox)
        .run()
}

/// Runs a script against the installed package.
fn script(steps: &mut Steps, name: &str) -> Result<()> {
    installed(steps)?;
    let folder = peers(steps)?;
    generated(steps, &folder)?;
    Cmd::new("node").arg(folder.join(name)).run()
}

/// A client generated from the contract by hey-api. It is made here, and never committed.
fn generated(steps: &mut Steps, folder: &Path) -> Result<()> {
    let contract = contract::find(None)?;
    npm::ready(steps)?;
    let program = paths::pkg().join("scripts/hey-api.mjs");
    let lock = paths::pkg().join("package-lock.json");
    let key = Key::new().file(&contract)?.file(&program)?.file(&lock)?;
    let output = folder.join("generated/hey-api.mjs");
    stamp::once(steps, "generate the client of hey-api", &key, &[&output], |_| {
        Cmd::new("node").arg(&program).arg(&output).env(contract::VARIABLE, &contract).run()
    })
}

/// The folder of the scripts, with what they measure beside installed. Nothing of it runs a script
/// of its own on the way.
fn peers(steps: &mut Steps) -> Result<PathBuf> {
    let folder = paths::root().join(SCRIPTS);
    let key = Key::new().file(&folder.join("package-lock.json"))?;
    stamp::once(steps, "install the peers", &key, &[&folder.join("node_modules")], |_| {
        Cmd::new("npm")
            .args(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"])
            .dir(&folder)
            .run()
    })?;
    Ok(folder)
}

/// Measure: sizes, and whatever else is registered.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Which benchmarks; all when none is named
    names: Vec<String>,
    /// Print their names and end
    #[arg(long)]
    list: bool,
}

pub(crate) fn run(steps: &mut Steps, options: &Options) -> Result<()> {
    if options.list {
        for benchmark in BENCHMARKS {
            println!("{:<12} {}", benchmark.name, benchmark.about);
        }
        return Ok(());
    }
    for name in &options.names {
        if !BENCHMARKS.iter().any(|benchmark| benchmark.name == name) {
            bail!("there is no benchmark {name:?}; `cargo xtask bench --list` names them");
        }
    }
    for benchmark in BENCHMARKS {
        if options.names.is_empty() || options.names.iter().any(|name| name == benchmark.name) {
            steps.step(&format!("bench {}", benchmark.name), benchmark.run)?;
        }
    }
    Ok(())
}
