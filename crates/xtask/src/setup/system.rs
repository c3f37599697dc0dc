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

    fn purpose(self) -> &'static str {
        match self {
            Self::Pdf => "makes and validates PDF files and signatures",
            Self::Servers => "runs replicas of the relay, without network access",
            Self::Python => "runs pyHanko, which validates signatures",
            Self::Browser => "tests in a browser",
            Self::Fuzz => "compiles libFuzzer",
            Self::RelayBench => "is measured beside the relay, or measures it",
        }
    }
}

/// What each need requires: a program in `PATH` or an absolute path, and its packages in Debian and in
/// Homebrew. Programs without a package in Homebrew exist on Linux only.
const PACKAGES: &[(Need, &str, &str, Option<&str>)] = &[
    (Need::Pdf, "pdfsig", "poppler-utils", Some("poppler")),
    (Need::Pdf, "certutil", "libnss3-tools", Some("nss")),
    (Need::Pdf, "qpdf", "qpdf", Some("qpdf")),
    (Need::Servers, "unshare", "util-linux", None),
    (Need::Servers, "ip", "iproute2", None),
    (Need::Servers, "redis-server", "redis-server", Some("redis")),
    (Need::Servers, "/usr/sbin/nginx", "nginx-light", Some("nginx")),
    (Need::Python, "python3", "python3", Some("python")),
    (Need::Python, "venv", "python3-venv", Some("python")),
    (Need::Browser, "chromium", "chromium", Some("chromium")),
    (Need::Browser, "chromedriver", "chromium-driver", Some("chromedriver")),
    (Need::Fuzz, "c++", "g++", Some("llvm")),
    (Need::RelayBench, "/usr/sbin/haproxy", "haproxy", Some("haproxy")),
    (Need::RelayBench, "/usr/sbin/nginx", "nginx-light", Some("nginx")),
    (Need::RelayBench, "valgrind", "valgrind", None),
];

/// Installs the missing packages of some needs, after listing them with their purpose. With
/// `no_install`, or without apt-get, missing packages are an error.
pub(crate) fn ensure(steps: &mut Steps, needs: &[Need], no_install: bool) -> Result<()> {
    let missing: Vec<_> = PACKAGES
        .iter()
        .filter(|(need, program, ..)| needs.contains(need) && !is_present(program))
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    eprintln!("missing programs, with the Debian package and the purpose of each:");
    for (need, program, debian, _) in &missing {
        eprintln!("  {program:<16} {debian:<16} {}", need.purpose());
    }
    let debian: Vec<&str> = missing.iter().map(|(_, _, debian, _)| *debian).collect();
    let debian = debian.join(" ");
    if in_path("apt-get").is_none() {
        let homebrew: Vec<&str> = missing.iter().filter_map(|(.., homebrew)| *homebrew).collect();
        bail!(
            "missing system packages: install them, for instance with `brew install {}`",
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

fn is_present(program: &str) -> bool {
    let named = match program {
        // Debian has a part of Python's standard library in a package of its own.
        "venv" => return Cmd::new("python3").args(["-c", "import ensurepip, venv"]).succeeds(),
        "chromium" => env::var_os("CHROME"),
        "chromedriver" => env::var_os("CHROMEDRIVER"),
        path => Some(path.into()),
    };
    // Programs in /usr/sbin can also be elsewhere, as with Homebrew.
    let name = Path::new(program).file_name().unwrap_or_default();
    named.is_some_and(|path| Path::new(&path).is_absolute() && Path::new(&path).exists())
        || in_path(&name.to_string_lossy()).is_some()
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
