//! Benchmarks. They measure and print; they never fail for being slow.

use anyhow::{Result, bail};

use crate::cmd::Cmd;
use crate::stamp::{self, Key};
use crate::steps::Steps;
use crate::{build, paths, sizes};

/// Scripts that measure the package beside its peers, which npm installs there.
const SCRIPTS: &str = "crates/xtask/bench";

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
        name: "startup",
        about: "import to first request in Node, beside openapi-fetch and stripe",
        run: |steps| script(steps, "startup.mjs"),
    },
    Benchmark {
        name: "files",
        about: "memory and time of 40 MiB up and down in Node, beside the naive client and openapi-fetch",
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
];

/// Runs a script against the packed package, as its users have it.
fn script(steps: &mut Steps, name: &str) -> Result<()> {
    let folder = paths::root().join(SCRIPTS);
    build::package(steps)?;
    let tarball = build::pack(steps)?;
    build::install(steps, &tarball)?;
    let key = Key::new().file(&folder.join("package-lock.json"))?;
    stamp::once(steps, "install the peers", &key, &[&folder.join("node_modules")], |_| {
        Cmd::new("npm").args(["ci", "--no-audit", "--no-fund", "--silent"]).dir(&folder).run()
    })?;
    Cmd::new("node").arg(folder.join(name)).run()
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
