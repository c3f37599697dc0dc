//! Paths in the repository. All outputs are below `target/`, or ignored by git.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// The root of the repository.
pub(crate) fn root() -> &'static Path {
    static ROOT: OnceLock<PathBuf> = OnceLock::new();
    ROOT.get_or_init(|| {
        // Cargo sets the variable for `cargo run`; the repository may have moved since this was compiled.
        let here = std::env::var_os("CARGO_MANIFEST_DIR")
            .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
        here.ancestors().nth(2).map_or(here.clone(), Path::to_path_buf)
    })
}

/// The target folder of cargo.
pub(crate) fn target() -> PathBuf {
    root().join("target")
}

/// Outputs of xtask itself.
pub(crate) fn work() -> PathBuf {
    target().join("xtask")
}

/// The wasm modules and their glue code, one folder for each.
pub(crate) fn bindgen() -> PathBuf {
    work().join("bindgen")
}

/// The npm package.
pub(crate) fn pkg() -> PathBuf {
    root().join("pkg")
}
