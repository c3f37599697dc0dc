//! Where the vendor's published contract is: it stays out of the repository.

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};

use crate::paths;

/// The variable that names the file.
pub(crate) const VARIABLE: &str = "SWISSCOM_SIGN_CONTRACT";

/// The file: the named one, else the variable's, else the one beside the repository.
///
/// # Errors
/// When it is not there.
pub(crate) fn find(named: Option<&Path>) -> Result<PathBuf> {
    let named = named.map(Path::to_owned).or_else(|| std::env::var_os(VARIABLE).map(PathBuf::from));
    let path = named.unwrap_or_else(|| paths::root().join("../shared/contract/openapi.json"));
    match path.canonicalize() {
        Ok(path) if path.is_file() => Ok(path),
        _ => bail!(
            "the vendor's contract is not at {}: give its OpenAPI document with --contract FILE \
             or {VARIABLE}, or leave the conformance tests out with --without-contract",
            path.display()
        ),
    }
}
