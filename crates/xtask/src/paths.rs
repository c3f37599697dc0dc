//! Where things are. Everything made lies under `target/` or is ignored by git.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// The root of the repository.
pub(crate) fn root() -> &'static Path {
    static ROOT: OnceLock<PathBuf> = OnceLock::new();
    ROOT.get_or_init(|| {
        // Cargo sets the variable for `cargo run`; the repository may have moved since it compiled this.
        let here = std::env::var_os("CARGO_MANIFEST_DIR")
            .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
        here.ancestors().nth(2).map_or(here.clone(), Path::to_path_buf)
    })
}

/// What cargo builds for this machine.
pub(crate) fn target() -> PathBuf {
    root().join("target")
}

/// What cargo builds for wasm. A folder of its own, so that neither build invalidates the other.
pub(crate) fn wasm_target() -> PathBuf {
    target().join("wasm")
}

/// What xtask itself makes.
pub(crate) fn work() -> PathBuf {
    target().join("xtask")
}

/// The wasm modules and their glue, a folder for each.
pub(crate) fn bindgen() -> PathBuf {
    work().join("bindgen")
}

/// The npm package.
pub(crate) fn pkg() -> PathBuf {
    root().join("pkg")
}
