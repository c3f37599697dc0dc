//! Node and npm, and what the npm package's own `package.json` asks for.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use crate::cmd::Cmd;
use crate::paths;

/// The oldest release line that is supported.
const OLDEST: u32 = 20;

/// # Errors
/// When Node or npm is missing, or Node is too old.
pub(crate) fn check() -> Result<()> {
    let wanted = format!("install Node {OLDEST} or newer with npm");
    let version = Cmd::new("node").arg("--version").capture().with_context(|| wanted.clone())?;
    let version = version.trim();
    let major = version.trim_start_matches('v').split('.').next();
    if major.and_then(|major| major.parse().ok()).is_none_or(|major: u32| major < OLDEST) {
        bail!("this is Node {version}: {wanted}");
    }
    if !Cmd::new("npm").arg("--version").succeeds() {
        bail!("npm does not run: {wanted}");
    }
    Ok(())
}

/// A JSON file, such as `package.json`.
///
/// # Errors
/// When it cannot be read or is not JSON.
pub(crate) fn json(path: &Path) -> Result<Value> {
    let text =
        fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    serde_json::from_str(&text).with_context(|| format!("{} is not JSON", path.display()))
}

/// Does the npm package have a script of this name?
///
/// # Errors
/// When its `package.json` cannot be read.
pub(crate) fn has_script(name: &str) -> Result<bool> {
    let package = json(&paths::pkg().join("package.json"))?;
    Ok(package.pointer(&format!("/scripts/{name}")).is_some())
}

/// `npm run NAME` in the npm package, told where the wasm modules are.
pub(crate) fn script(name: &str) -> Cmd {
    Cmd::new("npm")
        .args(["run", "--silent", name])
        .dir(paths::pkg())
        .env("SWISSCOM_SIGN_BINDGEN_DIR", paths::bindgen())
}
