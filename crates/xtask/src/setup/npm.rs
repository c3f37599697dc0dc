//! The dependencies of the npm package, of the examples and of the tests, as their lock files name
//! them.

use std::path::Path;

use anyhow::{Result, bail};

use crate::cmd::Cmd;
use crate::stamp::{self, Key};
use crate::steps::Steps;
use crate::{node, paths};

/// Folders beside `pkg/` that have dependencies of their own.
const OTHERS: [&str; 4] = [
    "js-examples/web-setup-flow",
    "js-examples/web-react",
    "js-examples/node-backend",
    "tests/e2e",
];

/// Installs those of the npm package where its lock file has changed since.
///
/// # Errors
/// When Node is missing or too old, or npm fails.
pub(crate) fn ready(steps: &mut Steps) -> Result<()> {
    installed(steps, "npm ci", &paths::pkg())
}

/// Installs those of the examples and the end-to-end tests.
///
/// # Errors
/// As [`ready`].
pub(crate) fn others(steps: &mut Steps) -> Result<()> {
    OTHERS.iter().try_for_each(|folder| other(steps, folder))
}

/// Installs those of one folder, named from the root of the repository.
///
/// # Errors
/// As [`ready`].
pub(crate) fn other(steps: &mut Steps, folder: &str) -> Result<()> {
    installed(steps, &format!("npm ci in {folder}"), &paths::root().join(folder))
}

fn installed(steps: &mut Steps, name: &str, folder: &Path) -> Result<()> {
    node::check()?;
    let lock = folder.join("package-lock.json");
    if !lock.is_file() {
        bail!("{} is missing: run `npm install` beside it and commit it", lock.display());
    }
    let key = Key::new().file(&lock)?;
    stamp::once(steps, name, &key, &[&folder.join("node_modules")], |_| {
        Cmd::new("npm")
            .args(["ci", "--no-audit", "--no-fund"])
            .dir(folder)
            .hint("see its message above; `npm install` there brings package.json and package-lock.json together")
            .run()
    })
}
