//! Programs from packages of the system. Only the missing packages that a command needs are
//! installed, with apt-get; on systems without apt-get they are listed.

use std::env;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

use crate::cmd::{Cmd, in_path};
use crate::step_log::Steps;

/// What needs a package.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Need {
    /// Tests of PDF files.
    Pdf,
    /// Tests of the relay and the sandbox as programs.
    Servers,
    /// pyHanko.
    Python,
    /// Tests in a browser.
    Browser,
    /// libFuzzer.
    Fuzz,
    /// Benchmarks of the relay.
    RelayBench,
}

impl Need {
    /// The needs of the tests.
    pub(crate) const TESTS: &[Self] =
        &[Self::Pdf, Self::Servers, Self::Python, Self::Browser, Self::Fuzz];
}

/// A package and the program or file that it installs.
struct Package {
    need: Need,
    /// A program in `PATH`, or the absolute path of a file.
    provides: &'static str,
    debian: &'static str,
    /// `None` if it exists on Linux only.
    homebrew: Option<&'static str>,
    purpose: &'static str,
}

const PACKAGES: &[Package] = &[
    Package {
        need: Need::Pdf,
        provides: "pdfsig",
        debian: "poppler-utils",
        homebrew: Some("poppler"),
        purpose: "validates signatures of PDF files",
    },
    Package {
        need: Need::Pdf,
        provides: "certutil",
        debian: "libnss3-tools",
        homebrew: Some("nss"),
        purpose: "makes the sandbox CA trusted by pdfsig",
    },
    Package {
        need: Need::Pdf,
        provides: "qpdf",
        debian: "qpdf",
        homebrew: Some("qpdf"),
        purpose: "makes and checks PDF files",
    },
    Package {
        need: Need::Servers,
        provides: "unshare",
        debian: "util-linux",
        homebrew: None,
        purpose: "runs tests without network access",
    },
    Package {
        need: Need::Servers,
        provides: "ip",
        debian: "iproute2",
        homebrew: None,
        purpose: "runs tests without network access",
    },
    Package {
        need: Need::Servers,
        provides: "redis-server",
        debian: "redis-server",
        homebrew: Some("redis"),
        purpose: "shared state of relay replicas",
    },
    Package {
        need: Need::Servers,
        provides: "/usr/sbin/nginx",
        debian: "nginx-light",
        homebrew: Some("nginx"),
        purpose: "load balancer of the relay's example deployment",
    },
    Package {
        need: Need::Python,
        provides: "python3",
        debian: "python3",
        homebrew: Some("python"),
        purpose: "pyHanko, which validates signatures",
    },
    Package {
        need: Need::Python,
        provides: "python3 with venv",
        debian: "python3-venv",
        homebrew: Some("python"),
        purpose: "pyHanko, which validates signatures",
    },
    Package {
        need: Need::Browser,
        provides: "chromium",
        debian: "chromium",
        homebrew: Some("--cask chromium"),
        purpose: "tests in a browser",
    },
    Package {
        need: Need::Browser,
        provides: "chromedriver",
        debian: "chromium-driver",
        homebrew: Some("--cask chromedriver"),
        purpose: "tests in a browser",
    },
    Package {
        need: Need::Fuzz,
        provides: "c++",
        debian: "g++",
        homebrew: Some("llvm"),
        purpose: "compiles libFuzzer",
    },
    Package {
        need: Need::RelayBench,
        provides: "/usr/sbin/haproxy",
        debian: "haproxy",
        homebrew: Some("haproxy"),
        purpose: "peer in the relay benchmark",
    },
    Package {
        need: Need::RelayBench,
        provides: "/usr/sbin/nginx",
        debian: "nginx-light",
        homebrew: Some("nginx"),
        purpose: "peer in the relay benchmark",
    },
    Package {
        need: Need::RelayBench,
        provides: "valgrind",
        debian: "valgrind",
        homebrew: None,
        purpose: "counts instructions in the relay benchmark",
    },
];

/// Installs the missing packages of some needs, after listing them with their purpose. With
/// `no_install`, or without apt-get, missing packages are an error.
pub(crate) fn ensure(steps: &mut Steps, needs: &[Need], no_install: bool) -> Result<()> {
    let missing: Vec<&Package> = PACKAGES
        .iter()
        .filter(|package| needs.contains(&package.need) && !is_present(package))
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    eprintln!("missing programs, with the Debian package and the purpose of each:");
    for Package { provides, debian, purpose, .. } in &missing {
        eprintln!("  {provides:<18} {debian:<16} {purpose}");
    }
    let debian: Vec<&str> = missing.iter().map(|package| package.debian).collect();
    let debian = debian.join(" ");
    if in_path("apt-get").is_none() {
        let homebrew: Vec<&str> = missing.iter().filter_map(|package| package.homebrew).collect();
        bail!(
            "missing system packages: install them and repeat the command, for instance with \
             `brew install {}`; programs without a Homebrew package exist on Linux only",
            homebrew.join(" ")
        );
    }
    if no_install {
        bail!("missing system packages: run `apt-get install --no-install-recommends {debian}`");
    }
    steps.step(&format!("apt-get install {debian}"), |_| {
        apt(&["--quiet=2", "update"])?;
        let options = ["--quiet=2", "install", "--yes", "--no-install-recommends"];
        apt(&[&options[..], &["-oDpkg::Use-Pty=0"], &debian.split(' ').collect::<Vec<_>>()]
            .concat())
    })
}

fn is_present(package: &Package) -> bool {
    // Debian has a part of Python's standard library in a package of its own.
    if package.debian == "python3-venv" {
        return Cmd::new("python3").args(["-c", "import ensurepip, venv"]).succeeds();
    }
    let named = match package.provides {
        "chromium" => env::var_os("CHROME"),
        "chromedriver" => env::var_os("CHROMEDRIVER"),
        path if path.starts_with('/') => Some(path.into()),
        _ => None,
    };
    // A program in /usr/sbin may also be elsewhere, as with Homebrew.
    named.is_some_and(|path| Path::new(&path).exists())
        || Path::new(package.provides)
            .file_name()
            .is_some_and(|name| in_path(&name.to_string_lossy()).is_some())
}

fn apt(arguments: &[&str]) -> Result<()> {
    let is_root = Cmd::new("id").arg("-u").capture()?.trim() == "0";
    let apt = if is_root {
        Cmd::new("apt-get")
    } else if in_path("sudo").is_some() {
        // Without asking for a password: on CI no user can enter one.
        Cmd::new("sudo").args(["-n", "DEBIAN_FRONTEND=noninteractive", "apt-get"])
    } else {
        bail!("`apt-get {}` needs root: run it as root", arguments.join(" "));
    };
    apt.args(arguments)
        .env("DEBIAN_FRONTEND", "noninteractive")
        .hint("run it as root to see the cause")
        .run()
}

/// Paths of the browser for tests and of its driver.
pub(crate) struct Browser {
    pub(crate) browser: PathBuf,
    pub(crate) driver: PathBuf,
}

/// Finds Chromium and its driver by `CHROME` and `CHROMEDRIVER`, else in `PATH`, else installs them.
pub(crate) fn browser(steps: &mut Steps) -> Result<Browser> {
    ensure(steps, &[Need::Browser], false)?;
    let find = |variable: &str, name: &str| {
        let found = env::var_os(variable).map(PathBuf::from).or_else(|| in_path(name));
        let found = found.with_context(|| format!("{name} is not in PATH"))?;
        if !found.is_file() {
            bail!("{} does not exist: correct {variable}", found.display());
        }
        Ok(found)
    };
    Ok(Browser {
        browser: find("CHROME", "chromium")?,
        driver: find("CHROMEDRIVER", "chromedriver")?,
    })
}
