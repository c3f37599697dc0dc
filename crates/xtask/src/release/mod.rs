//! The artefacts of a release: the npm tarball, the crates, the programs, bills of materials and
//! checksums. They are published by `.github/workflows/release.yml`, which attests their provenance.

mod check;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

use crate::cmd::Cmd;
use crate::release::check::ReleaseInfo;
use crate::setup::toolchain;
use crate::step_log::Steps;
use crate::{build, paths, sizes};

/// The programs.
const PROGRAMS: [&str; 2] = ["swisscom-sign-relay", "swisscom-sign-sandbox"];

/// Make the artefacts of a release in target/release-dry-run, without publishing them.
#[derive(clap::Args)]
pub(crate) struct ReleaseArgs {
    /// Required: only the workflow publishes
    #[arg(long)]
    dry_run: bool,
    /// Do not build the programs, and do not compile the packed crates
    #[arg(long)]
    skip_binaries: bool,
    /// Do not build the wasm modules a second time to compare the bytes
    #[arg(long)]
    skip_verify: bool,
    /// The tag of the release, such as v1.2.3: it must match the version, the section of the changelog
    /// must have a date, and the work tree must be clean
    #[arg(long)]
    tag: Option<String>,
}

pub(crate) fn run(steps: &mut Steps, args: &ReleaseArgs) -> Result<()> {
    if !args.dry_run {
        bail!("missing --dry-run: to publish, push a tag; the workflow `release` publishes it");
    }
    let tag = args.tag.as_deref();
    let release = steps.step("versions and changelog", |_| check::release(paths::root(), tag))?;
    if tag.is_some() && !Cmd::new("git").args(["status", "--porcelain"]).capture()?.is_empty() {
        bail!("the work tree has uncommitted changes: commit or remove them");
    }
    let out = paths::target().join("release-dry-run");
    if out.exists() {
        fs::remove_dir_all(&out)?;
    }
    fs::create_dir_all(&out)?;
    build::package(steps)?;
    if !args.skip_verify {
        build::verify(steps)?;
        // From the modules of the second build.
        build::package(steps)?;
    }
    let tarball = build::pack(steps)?;
    let name = tarball.file_name().context("the tarball has no name")?;
    fs::copy(&tarball, out.join(name))?;
    steps.step("cargo package", |_| crates(&out, &release, args.skip_binaries))?;
    if !args.skip_binaries {
        steps.step("programs", |_| programs(&out, &release.version))?;
    }
    steps.step("bills of materials", |_| boms(&out, &release))?;
    fs::write(out.join("NOTES.md"), release.notes)?;
    let artefacts = checksums(&out)?;
    println!("\nswisscom-sign {} in {}", release.version, out.display());
    sizes::print(&artefacts);
    if !release.dated {
        println!("\nadd a date to the section of CHANGELOG.md before you set the tag");
    }
    Ok(())
}

fn crates(out: &Path, release: &ReleaseInfo, unverified: bool) -> Result<()> {
    Cmd::cargo()
        .args(["package", "--quiet", "--locked", "--allow-dirty"])
        .args(release.crates.iter().map(|name| format!("--package={name}")))
        .args(unverified.then_some("--no-verify"))
        .run()?;
    for name in &release.crates {
        let file = format!("{name}-{}.crate", release.version);
        fs::copy(paths::target().join("package").join(&file), out.join(file))?;
    }
    Ok(())
}

fn programs(out: &Path, version: &str) -> Result<()> {
    toolchain::without_paths(Cmd::cargo())
        .args(["build", "--quiet", "--locked", "--release"])
        .args(PROGRAMS.map(|name| format!("--package={name}")))
        .run()?;
    let host = Cmd::new("rustc").args(["--print", "host-tuple"]).capture()?;
    for name in PROGRAMS {
        let file = paths::target().join("release").join(name);
        if let Some(path) = toolchain::path_in(&file)? {
            bail!("{} contains {}, a path of this machine", file.display(), path.display());
        }
        fs::copy(&file, out.join(format!("{name}-{version}-{}", host.trim())))?;
    }
    Ok(())
}

/// Writes a CycloneDX document for each published crate. The npm package has no dependencies besides
/// the crates that its modules are compiled from.
fn boms(out: &Path, release: &ReleaseInfo) -> Result<()> {
    let time = Cmd::new("git").args(["log", "-1", "--format=%ct"]).capture()?;
    Cmd::cargo()
        .args(["cyclonedx", "--quiet", "--format", "json", "--spec-version", "1.5"])
        .args(["--all-features", "--target", "all", "--override-filename", "bom"])
        // Makes the documents of one commit identical.
        .env("SOURCE_DATE_EPOCH", time.trim())
        .hint("install cargo-cyclonedx with `cargo install --locked cargo-cyclonedx`")
        .run()?;
    let root = format!("file://{}", paths::root().display());
    for (name, folder) in &release.folders {
        let file = folder.join("bom.json");
        if release.crates.contains(name) {
            let bom = fs::read_to_string(&file)?.replace(&root, "file:///swisscom-sign");
            fs::write(out.join(format!("{name}-{}.cdx.json", release.version)), bom)?;
        }
        // cargo-cyclonedx writes one for every crate of the workspace.
        fs::remove_file(&file)?;
    }
    Ok(())
}

/// Writes the checksums of all files in the format of `sha256sum --check`.
fn checksums(out: &Path) -> Result<Vec<sizes::Size>> {
    let mut files: Vec<PathBuf> =
        fs::read_dir(out)?.map(|entry| Ok(entry?.path())).collect::<Result<_>>()?;
    files.sort();
    let named = |file: PathBuf| {
        (file.file_name().unwrap_or_default().to_string_lossy().into_owned(), vec![file])
    };
    let sizes = sizes::measure(&files.into_iter().map(named).collect::<Vec<_>>())?;
    let mut text = String::new();
    for size in &sizes {
        let sum = size.sha256.as_deref().context("missing checksum")?;
        text.push_str(&format!("{sum}  {}\n", size.name));
    }
    fs::write(out.join("SHA256SUMS"), text)?;
    Ok(sizes)
}
