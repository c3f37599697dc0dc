//! What can be said of the sources without running them.

use std::fs;

use anyhow::{Context as _, Result, anyhow, bail};

use crate::cmd::Cmd;
use crate::modules::MODULES;
use crate::setup::{npm, toolchain};
use crate::steps::Steps;
use crate::{build, docs, node, paths, workflows};

/// Check formatting, lints, documentation and dependencies.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Look the dependencies up in the advisory database too (cargo-deny, with a network)
    #[arg(long)]
    advisories: bool,
}

pub(crate) fn run(steps: &mut Steps, options: &Options) -> Result<()> {
    let advisories = if options.advisories {
        steps.step("advisories", |_| {
            Cmd::cargo()
                .args(["deny", "--locked", "check", "advisories"])
                .hint("it needs cargo-deny (`cargo install --locked cargo-deny`) and a network")
                .run()
        })
    } else {
        Ok(())
    };
    all(steps).and(advisories)
}

type Check = fn(&mut Steps) -> Result<()>;

const CHECKS: &[(&str, Check)] = &[
    ("cargo fmt", |_| Cmd::cargo().args(["fmt", "--all", "--check"]).hint("run `cargo fmt`").run()),
    ("wasm-bindgen is pinned in one place", |_| pinned()),
    ("workflows", |_| workflows::check()),
    ("clippy", |_| {
        Cmd::cargo()
            .args([
                "clippy",
                "--quiet",
                "--locked",
                "--workspace",
                "--all-targets",
                "--",
                "-Dwarnings",
            ])
            .run()
    }),
    ("clippy for wasm", |steps| {
        let toolchain = toolchain::wasm(steps)?;
        for module in MODULES {
            toolchain
                .clippy(steps)?
                .args(["--quiet", "--locked", "--lib"])
                .args(module.selection())
                .args(["--", "-Dwarnings"])
                .run()?;
        }
        Ok(())
    }),
    ("rustdoc", docs::rustdoc),
    ("npm scripts", scripts),
    ("docs", |steps| docs::site(steps).map(drop)),
    ("cargo deny", deny),
];

/// Runs every check, and names all that fail.
///
/// # Errors
/// When one of them fails.
pub(crate) fn all(steps: &mut Steps) -> Result<()> {
    let mut failed = Vec::new();
    for (name, check) in CHECKS {
        if let Err(error) = steps.step(name, check) {
            eprintln!("error: {error:#}");
            failed.push(*name);
        }
    }
    if failed.is_empty() {
        return Ok(());
    }
    Err(anyhow!("not clean: {}; their messages are above", failed.join(", ")))
}

/// The crate and the programs that process its output must be the very same release, so their
/// number may stand in the workspace's table and nowhere else.
fn pinned() -> Result<()> {
    const TABLE: &str = "Cargo.toml";
    let table = fs::read_to_string(paths::root().join(TABLE))?;
    let pins: Vec<&str> = table
        .lines()
        .filter(|line| {
            line.starts_with("wasm-bindgen")
                && !line.starts_with("wasm-bindgen-test")
                && !line.starts_with("wasm-bindgen-futures")
        })
        .filter_map(|line| line.split("\"=").nth(1)?.split('"').next())
        .collect();
    let [pin, others @ ..] = pins.as_slice() else {
        bail!("{TABLE} pins no wasm-bindgen with `=`");
    };
    if others.iter().any(|other| other != pin) {
        bail!("{TABLE} pins several releases of wasm-bindgen: {}", pins.join(", "));
    }
    if !Cmd::new("git").args(["rev-parse", "--git-dir"]).succeeds() {
        return Ok(());
    }
    let files = Cmd::new("git")
        .args([
            "grep",
            "--files-with-matches",
            "--fixed-strings",
            pin,
            "--",
            ":!*.lock",
            ":!*-lock.json",
        ])
        .capture()
        .context("the number of wasm-bindgen was not found in any file")?;
    let elsewhere: Vec<&str> = files.lines().filter(|file| *file != TABLE).collect();
    if !elsewhere.is_empty() {
        bail!(
            "the number of wasm-bindgen stands in {} too: take it from {TABLE}",
            elsewhere.join(", ")
        );
    }
    Ok(())
}

/// The npm package's own checks: formatting, and types once there are wasm modules.
fn scripts(steps: &mut Steps) -> Result<()> {
    npm::ready(steps)?;
    for (name, needs_wasm) in [("lint", false), ("typecheck", true)] {
        if !node::has_script(name)? {
            steps.note(&format!("pkg/package.json has no script `{name}` yet"));
            continue;
        }
        if needs_wasm {
            build::wasm(steps)?;
        }
        node::script(name).run()?;
    }
    Ok(())
}

/// Licences, duplicates and sources of the dependencies, as `deny.toml` says: what can be
/// checked without a network.
fn deny(steps: &mut Steps) -> Result<()> {
    if !Cmd::cargo().args(["deny", "--version"]).succeeds() {
        steps.note("cargo-deny is not installed; `cargo install --locked cargo-deny` brings it");
        return Ok(());
    }
    Cmd::cargo().args(["deny", "--locked", "check", "bans", "licenses", "sources"]).run()
}
