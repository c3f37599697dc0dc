//! pyHanko, a strict validator of signatures, in a Python environment of its own.

use std::env;
use std::path::PathBuf;

use anyhow::{Context as _, Result, bail};

use crate::cmd::Cmd;
use crate::paths;
use crate::step_log::Steps;
use crate::up_to_date::run_if_changed;

/// The environment variable that names a Python with pyHanko, set by users and read by the tests.
pub(crate) const VARIABLE: &str = "PYHANKO_PYTHON";

/// The exact versions.
const REQUIREMENTS: &str = "crates/pades/tests/pdf/requirements.txt";

/// Finds or installs pyHanko, and returns the Python that has it.
pub(crate) fn pyhanko(steps: &mut Steps) -> Result<PathBuf> {
    if let Some(python) = env::var_os(VARIABLE).map(PathBuf::from) {
        if !python.is_file() {
            bail!("{} does not exist: correct {VARIABLE}", python.display());
        }
        return Ok(python);
    }
    install(steps).context(format!(
        "pyHanko is missing: set {VARIABLE} to a Python that has it, or use --without-pyhanko"
    ))
}

fn install(steps: &mut Steps) -> Result<PathBuf> {
    let requirements = paths::root().join(REQUIREMENTS);
    let folder = paths::target().join("tools/pyhanko");
    let python = folder.join("bin/python");
    run_if_changed(steps, "install pyHanko", &[&requirements], &python, |_| {
        Cmd::new("python3")
            .args(["-m", "venv", "--clear"])
            .arg(&folder)
            .hint("install Python 3 with venv and ensurepip (python3-venv in Debian)")
            .run()?;
        Cmd::new(&python)
            .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"])
            .args(["--no-input", "--requirement"])
            .arg(&requirements)
            .hint("check the network access to PyPI, or to the index that pip is configured for")
            .run()
    })?;
    Ok(python)
}
