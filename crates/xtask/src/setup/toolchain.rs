//! The Rust target for wasm, and compiler flags for reproducible builds.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result};

use crate::cmd::Cmd;
use crate::paths;
use crate::step_log::Steps;

/// The target of everything that runs in JavaScript.
pub(crate) const TARGET: &str = "wasm32-unknown-unknown";

/// Without network access rustup never ends.
const RUSTUP_LIMIT: Duration = Duration::from_secs(120);

/// Adds the wasm target to the active toolchain if it is missing.
pub(crate) fn ensure_wasm_target(steps: &mut Steps) -> Result<()> {
    let libraries = Cmd::new("rustc")
        .args(["--print", "target-libdir", "--target", TARGET])
        .hint("install stable Rust with rustup")
        .capture()?;
    if Path::new(libraries.trim()).is_dir() {
        return Ok(());
    }
    steps
        .step(&format!("rustup target add {TARGET}"), |_| {
            Cmd::new("rustup").args(["target", "add", TARGET]).run_within(RUSTUP_LIMIT)
        })
        .with_context(|| {
            format!("missing target {TARGET}: run `rustup target add {TARGET}` with network access")
        })
}

/// Cargo, building for wasm.
pub(crate) fn wasm_cargo(command: &str) -> Cmd {
    Cmd::cargo().arg(command).args(["--target", TARGET])
}

/// Where cargo keeps the sources of the dependencies.
fn cargo_home() -> PathBuf {
    let home = env::var_os("HOME").map(PathBuf::from).unwrap_or_default();
    env::var_os("CARGO_HOME").map_or_else(|| home.join(".cargo"), PathBuf::from)
}

/// Makes the outputs of a cargo command free of absolute paths, so that two builds of one commit
/// with one compiler give the same bytes on every machine.
pub(crate) fn without_paths(cargo: Cmd) -> Cmd {
    let rules = [
        (paths::root().to_path_buf(), "=/swisscom-sign"),
        (cargo_home(), "=/cargo"),
        (PathBuf::from("/usr/lib/rustlib/src/rust"), "=/rustc"),
    ];
    let flags = rules.map(|(from, to)| {
        let mut flag = OsString::from("--remap-path-prefix=");
        flag.push(from);
        flag.push(to);
        flag
    });
    cargo.env("CARGO_ENCODED_RUSTFLAGS", flags.join(&OsString::from("\u{1f}")))
}

/// A path of this machine that a file contains.
pub(crate) fn path_in(file: &Path) -> Result<Option<PathBuf>> {
    let bytes = fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
    let is_contained = |path: &PathBuf| {
        let path = path.as_os_str().as_encoded_bytes();
        bytes.windows(path.len().max(1)).any(|window| window == path)
    };
    Ok([paths::root().to_path_buf(), cargo_home()].into_iter().find(is_contained))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_a_path_of_this_machine_in_a_file() {
        let file = env::temp_dir().join(format!("xtask-path-{}", std::process::id()));
        let found = |text: String| {
            fs::write(&file, text).unwrap();
            path_in(&file).unwrap()
        };
        assert_eq!(found("/cargo/registry /swisscom-sign/src".to_owned()), None);
        let root = paths::root().to_path_buf();
        assert_eq!(found(format!("\0{}/src\0", root.display())), Some(root));
        fs::remove_file(&file).unwrap();
    }
}
