//! The wasm modules of the npm package. Each is compiled from one crate, so that a program that
//! imports one entry point loads only the module of that entry point (`BUNDLES` in
//! `pkg/scripts/build.mjs`).

use std::path::PathBuf;

use crate::paths;

/// A crate that is compiled to wasm.
pub(crate) struct Module {
    /// The crate; its feature `js` has the bindings.
    pub(crate) package: &'static str,
    /// Name of its files: `NAME.js`, `NAME.d.ts` and `NAME_bg.wasm`. Cargo derives it from the
    /// name of the crate.
    pub(crate) name: &'static str,
    /// Whether its glue code has a function that resets the memory.
    pub(crate) resets: bool,
}

/// The module of `swisscom-sign` itself, which the wasm tests are linked with.
pub(crate) const CORE: Module =
    Module { package: "swisscom-sign", name: "swisscom_sign", resets: false };

pub(crate) const PDF: Module =
    Module { package: "swisscom-sign-pdf", name: "swisscom_sign_pdf", resets: true };

pub(crate) const SANDBOX: Module =
    Module { package: "swisscom-sign-sandbox", name: "swisscom_sign_sandbox", resets: false };

/// Every module.
pub(crate) const MODULES: &[Module] = &[CORE, PDF, SANDBOX];

impl Module {
    /// The arguments that select the crate and its features.
    pub(crate) fn selection(&self) -> [&'static str; 5] {
        ["--package", self.package, "--no-default-features", "--features", "js"]
    }

    /// The folder of its files.
    pub(crate) fn folder(&self) -> PathBuf {
        paths::bindgen().join(self.name)
    }

    /// The optimized wasm file.
    pub(crate) fn wasm(&self) -> PathBuf {
        self.folder().join(format!("{}_bg.wasm", self.name))
    }
}

/// The optimized wasm file of each module, with its name.
pub(crate) fn files() -> Vec<(String, Vec<PathBuf>)> {
    MODULES.iter().map(|module| (module.name.to_owned(), vec![module.wasm()])).collect()
}
