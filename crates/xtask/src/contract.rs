//! Location of the vendor's published contract, which is not part of the repository.

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};

use crate::paths;

/// The environment variable that names the file.
pub(crate) const VARIABLE: &str = "SWISSCOM_SIGN_CONTRACT";

/// The named file, else the one that the variable names, else the one beside the repository.
pub(crate) fn find(named: Option<&Path>) -> Result<PathBuf> {
    let named = named.map(Path::to_owned).or_else(|| std::env::var_os(VARIABLE).map(PathBuf::from));
    let path = named.unwrap_or_else(|| paths::root().join("../shared/contract/openapi.json"));
    match path.canonicalize() {
        Ok(path) if path.is_file() => Ok(path),
        _ => bail!(
            "the vendor's contract does not exist at {}: name its OpenAPI document with \
             --contract FILE or {VARIABLE}, or skip the conformance tests with --without-contract",
            path.display()
        ),
    }
}
