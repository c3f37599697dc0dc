//! Node and npm, and the scripts of the npm package.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use crate::cmd::Cmd;
use crate::paths;

/// The oldest supported release line.
const OLDEST: u32 = 20;

/// Fails if Node or npm is missing, or Node is too old.
pub(crate) fn check() -> Result<()> {
    let hint = format!("install Node {OLDEST} or newer with npm");
    let version = Cmd::new("node").arg("--version").capture().with_context(|| hint.clone())?;
    let version = version.trim();
    let major = version.trim_start_matches('v').split('.').next();
    if major.and_then(|major| major.parse().ok()).is_none_or(|major: u32| major < OLDEST) {
        bail!("Node {version} is too old: {hint}");
    }
    if !Cmd::new("npm").arg("--version").succeeds() {
        bail!("`npm --version` failed: {hint}");
    }
    Ok(())
}

/// Reads a JSON file, such as `package.json`.
pub(crate) fn json(path: &Path) -> Result<Value> {
    let text =
        fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    serde_json::from_str(&text).with_context(|| format!("invalid JSON in {}", path.display()))
}

/// `npm run NAME` in the npm package.
pub(crate) fn script(name: &str) -> Cmd {
    Cmd::new("npm")
        .args(["run", "--silent", name])
        .dir(paths::pkg())
        .env("SWISSCOM_SIGN_BINDGEN_DIR", paths::bindgen())
}
