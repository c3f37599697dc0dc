//! The wasm modules of the npm package. Each is a crate compiled by itself, so that a program that
//! imports one entry point loads what that needs and nothing else; `BUNDLES` in
//! `pkg/scripts/build.mjs` says which entry point that is.

use std::path::PathBuf;

use crate::paths;

/// A crate that is compiled to wasm.
pub(crate) struct Module {
    /// The crate.
    pub(crate) package: &'static str,
    /// Its features, beside which none is on, default ones included.
    pub(crate) features: &'static [&'static str],
    /// The name of its files: `NAME.js`, `NAME.d.ts` and `NAME_bg.wasm`. Cargo makes it of the
    /// crate's.
    pub(crate) name: &'static str,
    /// Whether its glue has a function to begin anew, with an empty memory.
    pub(crate) resets: bool,
}

/// The module of `swisscom-sign` itself, which tests of wasm are linked with too.
pub(crate) const CORE: Module =
    Module { package: "swisscom-sign", features: &["js"], name: "swisscom_sign", resets: false };

/// Every module.
pub(crate) const MODULES: &[Module] = &[
    CORE,
    Module {
        package: "swisscom-sign-pdf",
        features: &["js"],
        name: "swisscom_sign_pdf",
        resets: true,
    },
    Module {
        package: "swisscom-sign-sandbox",
        features: &["js"],
        name: "swisscom_sign_sandbox",
        resets: false,
    },
];

impl Module {
    /// The arguments that choose the crate and its features.
    pub(crate) fn selection(&self) -> [String; 5] {
        let features = self.features.join(",");
        ["--package", self.package, "--no-default-features", "--features", &features]
            .map(str::to_owned)
    }

    /// Where its files are.
    pub(crate) fn folder(&self) -> PathBuf {
        paths::bindgen().join(self.name)
    }

    /// The optimized wasm file.
    pub(crate) fn wasm(&self) -> PathBuf {
        self.folder().join(format!("{}_bg.wasm", self.name))
    }
}

/// The optimized wasm file of every module, with its name.
pub(crate) fn files() -> Vec<(String, Vec<PathBuf>)> {
    MODULES.iter().map(|module| (module.name.to_owned(), vec![module.wasm()])).collect()
}
