//! The development dependencies of the npm package, as its lock file names them.

use anyhow::{Result, bail};

use crate::cmd::Cmd;
use crate::stamp::{self, Key};
use crate::steps::Steps;
use crate::{node, paths};

/// Installs them where the lock file has changed since.
///
/// # Errors
/// When Node is missing or too old, or npm fails.
pub(crate) fn ready(steps: &mut Steps) -> Result<()> {
    node::check()?;
    let pkg = paths::pkg();
    let lock = pkg.join("package-lock.json");
    if !lock.is_file() {
        bail!("{} is missing: run `npm install` in pkg/ and commit it", lock.display());
    }
    let key = Key::new().file(&lock)?;
    stamp::once(steps, "npm ci", &key, &[&pkg.join("node_modules")], |_| {
        Cmd::new("npm")
            .args(["ci", "--no-audit", "--no-fund"])
            .dir(&pkg)
            .hint("see its message above; `npm install` in pkg/ brings package.json and package-lock.json together")
            .run()
    })
}
