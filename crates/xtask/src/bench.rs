//! Benchmarks. They measure and print; they never fail for being slow.

use anyhow::{Result, bail};

use crate::steps::Steps;
use crate::{build, sizes};

struct Benchmark {
    name: &'static str,
    about: &'static str,
    run: fn(&mut Steps) -> Result<()>,
}

const BENCHMARKS: &[Benchmark] = &[Benchmark {
    name: "sizes",
    about: "raw, gzip and brotli bytes of what is shipped",
    run: |steps| {
        build::package(steps)?;
        sizes::report()
    },
}];

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
