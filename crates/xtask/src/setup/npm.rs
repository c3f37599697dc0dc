//! Installs the npm dependencies that the lock files name.

use anyhow::{Result, bail};

use crate::cmd::Cmd;
use crate::step_log::Steps;
use crate::up_to_date::run_if_changed;
use crate::{node, paths};

/// Folders besides `pkg/` that have dependencies of their own.
const OTHERS: [&str; 4] = [
    "js-examples/web-setup-flow",
    "js-examples/web-react",
    "js-examples/node-backend",
    "tests/e2e",
];

/// Installs the dependencies of the npm package.
pub(crate) fn ensure_installed(steps: &mut Steps) -> Result<()> {
    install_folder(steps, "pkg")
}

/// Installs the dependencies of the examples and the browser tests.
pub(crate) fn install_all(steps: &mut Steps) -> Result<()> {
    OTHERS.iter().try_for_each(|folder| install_folder(steps, folder))
}

/// Installs the dependencies of one folder, given relative to the root of the repository.
pub(crate) fn install_folder(steps: &mut Steps, folder: &str) -> Result<()> {
    node::check()?;
    let path = paths::root().join(folder);
    let lock = path.join("package-lock.json");
    if !lock.is_file() {
        bail!("missing {}: run `npm install` in {folder} and commit the file", lock.display());
    }
    let name = format!("npm ci in {folder}");
    run_if_changed(steps, &name, &[&lock], &path.join("node_modules"), |_| {
        Cmd::new("npm")
            .args(["ci", "--no-audit", "--no-fund", "--prefer-offline", "--loglevel=error"])
            .dir(&path)
            .hint("if package.json and package-lock.json differ, run `npm install` there")
            .run()
    })
}
