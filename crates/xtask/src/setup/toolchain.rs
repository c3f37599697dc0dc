//! A Rust toolchain that compiles to wasm: the active one where it has the target, else the
//! active one once rustup has added the target, else Debian's compiler with a `std` that is
//! built from Debian's source package.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};

use crate::cmd::Cmd;
use crate::paths;
use crate::setup::system::{self, Need};
use crate::stamp::{self, Key};
use crate::steps::Steps;

/// The target of everything that runs in JavaScript.
pub(crate) const TARGET: &str = "wasm32-unknown-unknown";

/// Without a network rustup waits for ever.
const RUSTUP_LIMIT: Duration = Duration::from_secs(60);

/// Chooses a toolchain by hand: `rustup` or `debian`.
const CHOICE: &str = "SWISSCOM_SIGN_WASM_TOOLCHAIN";

const DEBIAN_RUSTC: &str = "/usr/bin/rustc";
const DEBIAN_CARGO: &str = "/usr/bin/cargo";
const DEBIAN_CLIPPY: &str = "/usr/bin/cargo-clippy";

/// A toolchain that compiles to wasm, and how it is called.
pub(crate) struct WasmToolchain {
    /// What it is, in words and with its version.
    pub(crate) label: String,
    debian: bool,
    environment: Vec<(String, OsString)>,
    flags: Vec<OsString>,
}

impl WasmToolchain {
    /// Cargo, building for wasm into a target folder of its own.
    pub(crate) fn cargo(&self, command: &str) -> Cmd {
        let program = if self.debian { DEBIAN_CARGO } else { "cargo" };
        self.for_wasm(Cmd::new(program).arg(command))
    }

    /// The same for clippy.
    ///
    /// # Errors
    /// When clippy of this toolchain cannot be installed.
    pub(crate) fn clippy(&self, steps: &mut Steps) -> Result<Cmd> {
        if !self.debian {
            return Ok(self.cargo("clippy"));
        }
        system::ready(steps, Need::WasmLint)?;
        // Not through cargo: it would find the clippy of rustup first.
        let clippy = Cmd::new(DEBIAN_CLIPPY).arg("clippy").env("CARGO", DEBIAN_CARGO);
        Ok(self.for_wasm(clippy))
    }

    fn for_wasm(&self, command: Cmd) -> Cmd {
        command
            .args(["--target", TARGET])
            .envs(&self.environment)
            .env("CARGO_TARGET_DIR", paths::wasm_target())
            .env("CARGO_ENCODED_RUSTFLAGS", encoded(&self.flags))
    }
}

/// Finds or makes a toolchain that compiles to wasm.
///
/// # Errors
/// When there is none and none can be made, with the reason of each way.
pub(crate) fn wasm(steps: &mut Steps) -> Result<WasmToolchain> {
    let choice = env::var(CHOICE).unwrap_or_default();
    let toolchain = match choice.as_str() {
        // What was made once is used: without a network rustup would be waited for every time.
        "" if !has_target()? && debian_is_made() => debian(steps),
        "" => rustup(steps).or_else(|reason| {
            steps.note(&format!("{reason:#}; building std from Debian's packages instead"));
            debian(steps).with_context(|| {
                format!(
                    "no toolchain here compiles to {TARGET}: {reason:#}; \
                     run `rustup target add {TARGET}` with a network"
                )
            })
        }),
        "rustup" => rustup(steps),
        "debian" => debian(steps),
        other => bail!("{CHOICE}={other} is neither `rustup` nor `debian`"),
    }?;
    steps.note(&format!("wasm is compiled by {}", toolchain.label));
    Ok(toolchain)
}

fn rustup(steps: &mut Steps) -> Result<WasmToolchain> {
    if !has_target()? {
        steps.step(&format!("rustup target add {TARGET}"), |_| {
            Cmd::new("rustup").args(["target", "add", TARGET]).run_within(RUSTUP_LIMIT)
        })?;
        if !has_target()? {
            bail!("rustup added {TARGET}, but not to the active toolchain");
        }
    }
    let version = Cmd::new("rustc").arg("--version").capture()?;
    Ok(WasmToolchain {
        label: format!("the active toolchain, {}", version.trim()),
        debian: false,
        environment: Vec::new(),
        flags: remapped(&[]),
    })
}

fn has_target() -> Result<bool> {
    let folder = Cmd::new("rustc")
        .args(["--print", "target-libdir", "--target", TARGET])
        .hint("install stable Rust with rustup")
        .capture()?;
    Ok(has_core(Path::new(folder.trim())))
}

fn has_core(folder: &Path) -> bool {
    fs::read_dir(folder).is_ok_and(|entries| {
        entries.flatten().any(|entry| {
            let name = entry.file_name();
            let name = name.to_string_lossy();
            name.starts_with("libcore-") && name.ends_with(".rlib")
        })
    })
}

fn debian(steps: &mut Steps) -> Result<WasmToolchain> {
    system::ready(steps, Need::WasmStd)?;
    let version = Cmd::new(DEBIAN_RUSTC).arg("--version").capture()?;
    let version = version.trim();
    let linker = rust_lld()?;
    let sysroot = sysroot(version);
    let libraries = libraries(&sysroot);
    let key =
        Key::new().text(version).file(Path::new("/usr/lib/rustlib/src/rust/library/Cargo.lock"))?;
    stamp::once(steps, "build std for wasm", &key, &[&libraries], |_| build_std(&libraries))?;
    if !has_core(&libraries) {
        bail!(
            "{} holds no core library; remove that folder and run this again",
            libraries.display()
        );
    }
    let flags = [OsString::from("--sysroot"), sysroot.into_os_string()];
    let environment = [
        ("RUSTC", OsString::from(DEBIAN_RUSTC)),
        ("RUSTDOC", OsString::from("/usr/bin/rustdoc")),
        ("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", linker.into_os_string()),
    ];
    Ok(WasmToolchain {
        label: format!("Debian's toolchain with a std of its own, {version}"),
        debian: true,
        environment: environment.map(|(name, value)| (name.to_owned(), value)).to_vec(),
        flags: remapped(&flags),
    })
}

/// Where the `std` built for this compiler lies. The version is part of the path: cargo does not
/// see that a library folder has changed, but it sees other flags.
fn sysroot(version: &str) -> PathBuf {
    let number = version.split(' ').nth(1).unwrap_or("unknown");
    paths::work().join(format!("sysroot-{number}"))
}

fn libraries(sysroot: &Path) -> PathBuf {
    sysroot.join("lib/rustlib").join(TARGET).join("lib")
}

fn debian_is_made() -> bool {
    Path::new(DEBIAN_RUSTC).is_file()
        && Cmd::new(DEBIAN_RUSTC)
            .arg("--version")
            .capture()
            .is_ok_and(|version| has_core(&libraries(&sysroot(version.trim()))))
}

/// Debian has no linker for wasm of the compiler's own LLVM version, rustup's toolchain has.
fn rust_lld() -> Result<PathBuf> {
    let active = Cmd::new("rustc")
        .args(["--print", "sysroot"])
        .hint("install stable Rust with rustup")
        .capture()?;
    let host = Cmd::new("rustc").args(["--print", "host-tuple"]).capture()?;
    let linker =
        Path::new(active.trim()).join("lib/rustlib").join(host.trim()).join("bin/rust-lld");
    if !linker.is_file() {
        bail!(
            "the linker {} is missing: the active toolchain must be one of rustup's",
            linker.display()
        );
    }
    Ok(linker)
}

/// Builds an empty library together with `std`, and takes the libraries that come of it as
/// those of the target.
fn build_std(libraries: &Path) -> Result<()> {
    let folder = paths::work().join("std");
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(folder.join("src"))?;
    fs::write(
        folder.join("Cargo.toml"),
        "[package]\nname = \"empty\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[workspace]\n",
    )?;
    fs::write(folder.join("src/lib.rs"), "#![no_std]\n")?;
    // Bitcode, so that link-time optimization reaches into std.
    let flags = remapped(&[OsString::from("-Cembed-bitcode=yes")]);
    Cmd::new(DEBIAN_CARGO)
        // `test` is the test harness, which tests of wasm link.
        .args(["build", "--release", "-Zbuild-std=std,panic_abort,test", "--target", TARGET])
        .dir(&folder)
        .env("RUSTC", DEBIAN_RUSTC)
        .env("RUSTC_BOOTSTRAP", "1")
        .env("CARGO_ENCODED_RUSTFLAGS", encoded(&flags))
        .env("CARGO_TARGET_DIR", folder.join("target"))
        .run()?;
    if libraries.exists() {
        fs::remove_dir_all(libraries)?;
    }
    fs::create_dir_all(libraries)?;
    for entry in fs::read_dir(folder.join("target").join(TARGET).join("release/deps"))? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "rlib")
            && let Some(name) = path.file_name()
        {
            fs::copy(&path, libraries.join(name))?;
        }
    }
    fs::remove_dir_all(&folder)?;
    Ok(())
}

/// Where cargo keeps the sources of the dependencies.
fn cargo_home() -> PathBuf {
    let home = env::var_os("HOME").map(PathBuf::from).unwrap_or_default();
    env::var_os("CARGO_HOME").map_or_else(|| home.join(".cargo"), PathBuf::from)
}

/// Cargo, so that no path of this machine stands in the programs that it builds for this machine.
pub(crate) fn cargo_without_paths() -> Cmd {
    Cmd::cargo().env("CARGO_ENCODED_RUSTFLAGS", encoded(&remapped(&[])))
}

/// A path of this machine that stands in a file.
///
/// # Errors
/// When it cannot be read.
pub(crate) fn path_in(file: &Path) -> Result<Option<PathBuf>> {
    let bytes = fs::read(file).with_context(|| file.display().to_string())?;
    let stands = |path: &PathBuf| {
        let path = path.as_os_str().as_encoded_bytes();
        bytes.windows(path.len().max(1)).any(|window| window == path)
    };
    Ok([paths::root().to_path_buf(), cargo_home()].into_iter().find(stands))
}

/// Compiler flags after which no path of this machine stands in the wasm file: whoever builds
/// the same commit with the same compiler gets the same bytes.
fn remapped(more: &[OsString]) -> Vec<OsString> {
    let rules = [
        (paths::root().to_path_buf(), "/swisscom-sign"),
        (cargo_home(), "/cargo"),
        (PathBuf::from("/usr/lib/rustlib/src/rust"), "/rustc"),
    ];
    let mut flags = more.to_vec();
    for (from, to) in rules {
        flags.push("--remap-path-prefix".into());
        let mut rule = from.into_os_string();
        rule.push("=");
        rule.push(to);
        flags.push(rule);
    }
    flags
}

fn encoded(flags: &[OsString]) -> OsString {
    flags.join(&OsString::from("\u{1f}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_of_this_machine_is_seen() {
        let file = env::temp_dir().join(format!("xtask-path-{}", std::process::id()));
        let written = |text: String| {
            fs::write(&file, text).unwrap();
            path_in(&file).unwrap()
        };
        assert_eq!(written("/cargo/registry /swisscom-sign/src".to_owned()), None);
        let root = paths::root().to_path_buf();
        assert_eq!(written(format!("\0{}/src\0", root.display())), Some(root));
        fs::remove_file(&file).unwrap();
    }
}
