//! Programs from the distribution's packages. Only what a command needs is installed,
//! and only where it is missing.

use std::env;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

use crate::cmd::{Cmd, in_path};
use crate::steps::Steps;

/// One Debian package and what it is wanted for.
struct Package {
    name: &'static str,
    /// A program (looked for in `PATH`) or a file (an absolute path; where an older package has
    /// programs of the same names, it is one that only this package has).
    provides: &'static str,
    need: Need,
}

/// What needs a package.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Need {
    /// Tests in a browser.
    Browser,
    /// A toolchain with the source of `std`, where rustup's has no wasm target.
    WasmStd,
    /// Lints of the wasm code with that toolchain.
    WasmLint,
    /// Tests of PDF files: other programs judge what the sandbox made.
    Pdf,
    /// Fuzzing: libFuzzer is C++.
    Fuzz,
    /// Tests where there is no network.
    Namespace,
    /// The other judge of signatures, which is Python.
    Python,
    /// Tests of what replicas of the relay share, and of their example deployment.
    Replicas,
    /// Benchmarks of the relay: its peers, and the counter of instructions.
    RelayBench,
}

const PACKAGES: &[Package] = &[
    Package { name: "poppler-utils", provides: "pdfsig", need: Need::Pdf },
    Package { name: "libnss3-tools", provides: "certutil", need: Need::Pdf },
    Package { name: "qpdf", provides: "qpdf", need: Need::Pdf },
    Package { name: "g++", provides: "c++", need: Need::Fuzz },
    Package { name: "python3", provides: "python3", need: Need::Python },
    Package {
        name: "python3-venv",
        provides: "/usr/share/doc/python3-venv/copyright",
        need: Need::Python,
    },
    Package { name: "util-linux", provides: "unshare", need: Need::Namespace },
    Package { name: "iproute2", provides: "ip", need: Need::Namespace },
    Package { name: "redis-server", provides: "redis-server", need: Need::Replicas },
    Package { name: "nginx-light", provides: "/usr/sbin/nginx", need: Need::Replicas },
    Package { name: "haproxy", provides: "/usr/sbin/haproxy", need: Need::RelayBench },
    Package { name: "nginx-light", provides: "/usr/sbin/nginx", need: Need::RelayBench },
    Package { name: "valgrind", provides: "valgrind", need: Need::RelayBench },
    Package { name: "chromium", provides: "chromium", need: Need::Browser },
    Package { name: "chromium-driver", provides: "chromedriver", need: Need::Browser },
    Package {
        name: "rustc-web",
        provides: "/usr/share/doc/rustc-web/copyright",
        need: Need::WasmStd,
    },
    Package {
        name: "cargo-web",
        provides: "/usr/share/doc/cargo-web/copyright",
        need: Need::WasmStd,
    },
    Package {
        name: "rust-web-src",
        provides: "/usr/share/doc/rust-web-src/copyright",
        need: Need::WasmStd,
    },
    Package {
        name: "rust-web-clippy",
        provides: "/usr/share/doc/rust-web-clippy/copyright",
        need: Need::WasmLint,
    },
];

/// Installs what is missing for a need.
///
/// # Errors
/// When packages are missing and cannot be installed.
pub(crate) fn ready(steps: &mut Steps, need: Need) -> Result<()> {
    let missing: Vec<&str> = PACKAGES
        .iter()
        .filter(|package| package.need == need && !present(package.provides))
        .map(|package| package.name)
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    let names = missing.join(" ");
    if in_path("apt-get").is_none() {
        bail!("missing here: {names} (named as in Debian); install them and run this again");
    }
    steps.step(&format!("install {names}"), |_| {
        apt(&["--quiet=2", "update"])?;
        apt(&[
            &["--quiet=2", "install", "--yes", "--no-install-recommends", "-oDpkg::Use-Pty=0"],
            missing.as_slice(),
        ]
        .concat())
    })
}

fn present(provided: &str) -> bool {
    if provided.starts_with('/') {
        Path::new(provided).exists()
    } else {
        in_path(provided).is_some()
    }
}

fn apt(arguments: &[&str]) -> Result<()> {
    let root = Cmd::new("id").arg("-u").capture()?.trim() == "0";
    let apt = if root {
        Cmd::new("apt-get")
    } else if in_path("sudo").is_some() {
        // Never asks for a password: there may be nobody to answer.
        Cmd::new("sudo").args(["-n", "DEBIAN_FRONTEND=noninteractive", "apt-get"])
    } else {
        bail!("`apt-get {}` needs root, and there is no sudo: run it as root", arguments.join(" "));
    };
    apt.args(arguments)
        .env("DEBIAN_FRONTEND", "noninteractive")
        .hint("run it by hand as root to see what it lacks")
        .run()
}

/// The browser and its driver for tests.
pub(crate) struct Browser {
    pub(crate) browser: PathBuf,
    pub(crate) driver: PathBuf,
}

/// Finds Chromium and its driver: `CHROME` and `CHROMEDRIVER`, else from `PATH`, else
/// installed.
///
/// # Errors
/// When there is none and none can be installed.
pub(crate) fn browser(steps: &mut Steps) -> Result<Browser> {
    let named = |variable| env::var_os(variable).map(PathBuf::from);
    let (browser, driver) = (named("CHROME"), named("CHROMEDRIVER"));
    if browser.is_none() || driver.is_none() {
        ready(steps, Need::Browser)?;
    }
    let find = |named: Option<PathBuf>, name: &str| {
        let found =
            named.or_else(|| in_path(name)).with_context(|| format!("{name} is not in PATH"))?;
        if !found.is_file() {
            bail!("{} is not a file: correct CHROME or CHROMEDRIVER", found.display());
        }
        Ok(found)
    };
    Ok(Browser { browser: find(browser, "chromium")?, driver: find(driver, "chromedriver")? })
}
