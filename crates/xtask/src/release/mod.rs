//! What a release is made of: the npm tarball, the crates, the programs, a bill of materials and
//! checksums.
//! - `check`: whether version, changelog and tag agree
//! - `sbom`: the bill of materials
//!
//! Nothing is published from here: the workflow in `.github/workflows/release.yml` does that, with a
//! provenance that a machine of somebody's own cannot give.

mod check;
mod sbom;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

use crate::cmd::Cmd;
use crate::setup::{npm, toolchain};
use crate::steps::Steps;
use crate::{build, paths, sizes};

/// The crates that are published, each after those that it depends on.
pub(crate) const CRATES: [&str; 5] = [
    "swisscom-sign",
    "swisscom-sign-pdf",
    "swisscom-sign-pades",
    "swisscom-sign-relay",
    "swisscom-sign-sandbox",
];

/// The programs.
const PROGRAMS: [&str; 2] = ["swisscom-sign-relay", "swisscom-sign-sandbox"];

/// Make everything that a release has, into target/release-dry-run, and publish nothing.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Needed: a release itself is published by the workflow, never from here
    #[arg(long)]
    dry_run: bool,
    /// Neither build the programs nor compile the packed crates
    #[arg(long)]
    skip_binaries: bool,
    /// Do not build the wasm modules a second time to compare the bytes
    #[arg(long)]
    skip_verify: bool,
    /// The tag that is released, such as v1.2.3: it must be that of the version, the section of the
    /// changelog must be dated, and the work tree clean
    #[arg(long)]
    tag: Option<String>,
}

pub(crate) fn run(steps: &mut Steps, options: &Options) -> Result<()> {
    if !options.dry_run {
        bail!(
            "nothing is published from here: push a tag, and the workflow `release` does it; \
             --dry-run makes what it would publish"
        );
    }
    let tag = options.tag.as_deref();
    let release =
        steps.step("versions and changelog", |_| check::release(paths::root(), &CRATES, tag))?;
    if tag.is_some() && !clean()? {
        bail!("the work tree has changes that are not in the tag: commit or remove them");
    }
    let out = paths::target().join("release-dry-run");
    if out.exists() {
        fs::remove_dir_all(&out)?;
    }
    fs::create_dir_all(&out)?;
    npm::ready(steps)?;
    build::package(steps)?;
    if !options.skip_verify {
        build::verify(steps)?;
        // Of what was built last.
        build::package(steps)?;
    }
    let tarball = build::pack(steps)?;
    take(&tarball, &out, None)?;
    steps.step("cargo package", |_| crates(&out, &release.version, options.skip_binaries))?;
    if !options.skip_binaries {
        steps.step("the programs", |_| programs(&out, &release.version))?;
    }
    steps.step("bill of materials", |_| {
        let bom = sbom::make(&CRATES, &release.version)?;
        let file = out.join(format!("swisscom-sign-{}.cdx.json", release.version));
        Ok(fs::write(file, format!("{bom:#}\n"))?)
    })?;
    fs::write(out.join("NOTES.md"), release.notes)?;
    let made = sums(&out)?;
    println!("\nswisscom-sign {} in {}", release.version, out.display());
    sizes::print(&made);
    if !release.dated {
        println!("\nbefore a tag is set, the section of CHANGELOG.md needs its date");
    }
    Ok(())
}

fn clean() -> Result<bool> {
    Ok(Cmd::new("git").args(["status", "--porcelain"]).capture()?.is_empty())
}

/// Copies a file into the folder, under its name or another.
fn take(file: &Path, out: &Path, name: Option<String>) -> Result<()> {
    let own = file.file_name().context("a file has a name")?.to_string_lossy().into_owned();
    let target = out.join(name.unwrap_or(own));
    fs::copy(file, target).with_context(|| format!("{} was not made", file.display()))?;
    Ok(())
}

fn crates(out: &Path, version: &str, unverified: bool) -> Result<()> {
    let command = Cmd::cargo().args(["package", "--quiet", "--locked", "--allow-dirty"]);
    let command = CRATES.iter().fold(command, |command, name| command.args(["--package", name]));
    let command = if unverified { command.arg("--no-verify") } else { command };
    command.run()?;
    for name in CRATES {
        let file = format!("{name}-{version}.crate");
        take(&paths::target().join("package").join(file), out, None)?;
    }
    Ok(())
}

fn programs(out: &Path, version: &str) -> Result<()> {
    let command = toolchain::cargo_without_paths();
    let command = command.args(["build", "--quiet", "--locked", "--release"]);
    PROGRAMS.iter().fold(command, |command, name| command.args(["--package", name])).run()?;
    let host = Cmd::new("rustc").args(["--print", "host-tuple"]).capture()?;
    for name in PROGRAMS {
        let file = paths::target().join("release").join(name);
        if let Some(path) = toolchain::path_in(&file)? {
            bail!("{} names {}, a path of this machine", file.display(), path.display());
        }
        take(&file, out, Some(format!("{name}-{version}-{}", host.trim())))?;
    }
    Ok(())
}

/// Writes the checksums of everything that is there, as `sha256sum --check` reads them.
fn sums(out: &Path) -> Result<Vec<sizes::Size>> {
    let mut files: Vec<PathBuf> =
        fs::read_dir(out)?.map(|entry| Ok(entry?.path())).collect::<Result<_>>()?;
    files.sort();
    let named = |file: PathBuf| {
        (file.file_name().unwrap_or_default().to_string_lossy().into_owned(), vec![file])
    };
    let sizes = sizes::measure(&files.into_iter().map(named).collect::<Vec<_>>())?;
    let mut text = String::new();
    for size in &sizes {
        let sum = size.sha256.as_deref().context("a file has a checksum")?;
        text.push_str(&format!("{sum}  {}\n", size.name));
    }
    fs::write(out.join("SHA256SUMS"), text)?;
    Ok(sizes)
}
