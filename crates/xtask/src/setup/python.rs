//! pyHanko, a validator of signatures that is strict: in a Python environment of its own.

use std::env;
use std::path::PathBuf;

use anyhow::{Context as _, Result, bail};

use crate::cmd::Cmd;
use crate::paths;
use crate::setup::system::{self, Need};
use crate::stamp::{self, Key};
use crate::steps::Steps;

/// Names the Python that has pyHanko: for the tests, and for whoever brings their own.
pub(crate) const VARIABLE: &str = "PYHANKO_PYTHON";

/// The versions, to the last digit.
const REQUIREMENTS: &str = "crates/pades/tests/pdf/requirements.txt";

/// Finds or installs pyHanko, and returns the Python that has it.
///
/// # Errors
/// When Python is missing, or its packages cannot be installed.
pub(crate) fn pyhanko(steps: &mut Steps) -> Result<PathBuf> {
    if let Some(python) = env::var_os(VARIABLE).map(PathBuf::from) {
        if !python.is_file() {
            bail!("{} is not a file: correct {VARIABLE}", python.display());
        }
        return Ok(python);
    }
    install(steps).context(format!(
        "there is no pyHanko to judge signatures: {VARIABLE} may name a Python that has it, and \
         --without-pyhanko leaves that judge out"
    ))
}

fn install(steps: &mut Steps) -> Result<PathBuf> {
    // Debian has the second apart; a Python from elsewhere is whole.
    let is_whole = || Cmd::new("python3").args(["-c", "import ensurepip, venv"]).succeeds();
    if !is_whole() {
        system::ready(steps, Need::Python)?;
        if !is_whole() {
            bail!("`python3` in PATH lacks ensurepip or venv: install python3-venv (as in Debian)");
        }
    }
    let requirements = paths::root().join(REQUIREMENTS);
    let version = Cmd::new("python3").arg("--version").capture()?;
    let folder = paths::target().join("tools/pyhanko");
    let python = folder.join("bin/python");
    let key = Key::new().text(&version).text(&folder.to_string_lossy()).file(&requirements)?;
    stamp::once(steps, "install pyHanko", &key, &[&python], |_| {
        Cmd::new("python3").args(["-m", "venv", "--clear"]).arg(&folder).run()?;
        Cmd::new(&python)
            .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"])
            .args(["--no-input", "--requirement"])
            .arg(&requirements)
            .hint("is PyPI, or the index that pip is configured for, within reach?")
            .run()
    })?;
    Ok(python)
}
