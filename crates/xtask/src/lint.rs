//! Static checks of the sources.

use anyhow::{Result, anyhow};

use crate::cmd::Cmd;
use crate::setup::npm;
use crate::step_log::Steps;
use crate::{docs, node, paths};

/// Check formatting, lints, types, import cycles, documentation and dependencies.
#[derive(clap::Args)]
pub(crate) struct LintArgs {
    /// Also check the advisory database (needs cargo-deny and network access)
    #[arg(long)]
    advisories: bool,
}

pub(crate) fn run(steps: &mut Steps, args: &LintArgs) -> Result<()> {
    let advisories = if args.advisories {
        steps.step("advisories", |_| {
            Cmd::cargo()
                .args(["deny", "--locked", "check", "advisories"])
                .hint(
                    "it needs cargo-deny (`cargo install --locked cargo-deny`) and network access",
                )
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
    ("import cycles", |_| {
        Cmd::new("node").arg(paths::root().join("crates/xtask/lint/imports.mjs")).run()
    }),
    ("clippy", |_| {
        Cmd::cargo()
            // With all features, so that it includes the bindings, which compile for the host as well.
            .args(["clippy", "--quiet", "--locked", "--workspace", "--all-targets"])
            .arg("--all-features")
            .args(["--", "-Dwarnings"])
            .run()
    }),
    ("rustdoc", docs::rustdoc),
    ("prettier", |steps| {
        npm::ensure_installed(steps)?;
        node::script("lint").hint("run `npm run format` in pkg/").run()
    }),
    ("tsc", |steps| {
        npm::ensure_installed(steps)?;
        node::script("typecheck").run()
    }),
    ("docs", |steps| docs::site(steps).map(drop)),
    ("cargo deny", deny),
];

/// Runs every check, and reports all that fail.
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
    Err(anyhow!("failed checks: {}; see the messages above", failed.join(", ")))
}

/// Licences, duplicates and sources of the dependencies by `deny.toml`, which need no network access.
fn deny(steps: &mut Steps) -> Result<()> {
    if !Cmd::cargo().args(["deny", "--version"]).succeeds() {
        steps.note("skipped: install cargo-deny with `cargo install --locked cargo-deny`");
        return Ok(());
    }
    Cmd::cargo().args(["deny", "--locked", "check", "bans", "licenses", "sources"]).run()
}
