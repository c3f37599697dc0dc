//! What each phase runs.

use std::ffi::OsString;
use std::fs;
use std::path::PathBuf;

use anyhow::{Context as _, Result, bail};
use serde_json::json;

use crate::cmd::Cmd;
use crate::fuzz::Fuzzer;
use crate::setup::{npm, python, system, toolchain, tools};
use crate::steps::Steps;
use crate::test::count::Counts;
use crate::{build, lint, modules, node, paths, sizes, stamp};

/// One part of the tests, in the order in which they run: what is quick to say no comes first.
#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Phase {
    /// Formatting, clippy, documentation, dependencies (`cargo xtask lint`)
    Lint,
    /// Unit, integration and documentation tests of the workspace
    Rust,
    /// Fuzzing, each target for some seconds (`cargo xtask fuzz`)
    Fuzz,
    /// Tests of the bindings, in Node and in headless Chromium
    Wasm,
    /// The npm package's own tests (`npm test` in pkg/)
    Pkg,
    /// Consumers of the packed npm package (tests/packaging)
    Packaging,
    /// Sizes against pkg/size-budget.json
    Sizes,
    /// The packed npm package and the examples against the sandbox (tests/e2e)
    E2e,
}

/// Whether a phase had anything to do.
pub(crate) enum Outcome {
    Ran,
    Skipped(&'static str),
}

impl Phase {
    pub(crate) const ALL: &[Self] = &[
        Self::Lint,
        Self::Rust,
        Self::Fuzz,
        Self::Wasm,
        Self::Pkg,
        Self::Packaging,
        Self::Sizes,
        Self::E2e,
    ];

    /// Do its tests compare with the vendor's contract?
    pub(crate) fn needs_contract(self) -> bool {
        matches!(self, Self::Rust | Self::Pkg | Self::E2e)
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Lint => "lint",
            Self::Rust => "rust",
            Self::Fuzz => "fuzz",
            Self::Wasm => "wasm",
            Self::Pkg => "pkg",
            Self::Packaging => "packaging",
            Self::Sizes => "sizes",
            Self::E2e => "e2e",
        }
    }
}

/// The flags that Chromium needs in a container and without a network.
const CHROMIUM_FLAGS: &[&str] = &[
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
];

/// The examples with a page, which `tests/e2e` finds in `target/sites`.
const SITES: [&str; 2] = ["web-setup-flow", "web-react"];

/// The tests of a folder, each file by name: what Node does with a folder differs between its
/// versions.
fn suites(folder: &str) -> Result<Vec<PathBuf>> {
    let folder = paths::root().join(folder);
    let mut files = stamp::files_below(&folder, &["node_modules", "apps"])?;
    files.retain(|file| file.to_string_lossy().ends_with(".test.mjs"));
    Ok(files)
}

/// One run of the tests.
pub(crate) struct Run {
    environment: Vec<(String, OsString)>,
    full: bool,
    without_pyhanko: bool,
    /// The tarball, once it was tried to build it.
    package: Option<Option<PathBuf>>,
}

impl Run {
    pub(crate) fn new(
        environment: Vec<(String, OsString)>,
        full: bool,
        without_pyhanko: bool,
    ) -> Self {
        Self { environment, full, without_pyhanko, package: None }
    }

    /// # Errors
    /// When a test fails, or a phase cannot come to its tests, or has none.
    pub(crate) fn phase(
        &mut self,
        phase: Phase,
        steps: &mut Steps,
        counts: &mut Counts,
    ) -> Result<Outcome> {
        match phase {
            Phase::Lint => lint::all(steps).map(|()| Outcome::Ran),
            Phase::Rust => self.rust(steps, counts),
            Phase::Fuzz => self.fuzz(steps, counts),
            Phase::Wasm => self.wasm(steps, counts),
            Phase::Pkg => self.pkg(steps, counts),
            Phase::Packaging => self.packaging(steps, counts),
            Phase::Sizes => self.sizes(steps),
            Phase::E2e => self.e2e(steps, counts),
        }
    }

    fn rust(&self, steps: &mut Steps, counts: &mut Counts) -> Result<Outcome> {
        system::ready(steps, system::Need::Pdf)?;
        system::ready(steps, system::Need::Namespace)?;
        system::ready(steps, system::Need::Replicas)?;
        let command = Cmd::cargo().args(["test", "--locked", "--workspace", "--no-fail-fast"]);
        let command = if self.full { command.args(["--", "--include-ignored"]) } else { command };
        // The relay is tested against the sandbox as a program.
        let sandbox = build::sandbox(steps)?;
        let command = command.env("SWISSCOM_SIGN_SANDBOX_BIN", sandbox);
        if self.without_pyhanko {
            return self.counted(command.env_remove(python::VARIABLE), counts);
        }
        match python::pyhanko(steps) {
            Ok(python) => self.counted(command.env(python::VARIABLE, python), counts),
            // All the rest is tested all the same.
            Err(error) => self.counted(command, counts).and(Err(error)),
        }
    }

    fn fuzz(&self, steps: &mut Steps, counts: &mut Counts) -> Result<Outcome> {
        let fuzzer = Fuzzer::ready(steps, self.environment.clone())?;
        // A change is judged by the same random numbers as the one before it; who has time throws anew.
        let (seconds, seed) = if self.full { (120, None) } else { (15, Some(1)) };
        for target in &fuzzer.targets {
            match fuzzer.fuzz(steps, target, seconds, seed) {
                Ok(()) => counts.passed += 1,
                Err(error) => {
                    eprintln!("error: {error:#}");
                    counts.failed += 1;
                }
            }
        }
        match counts.failed {
            0 => Ok(Outcome::Ran),
            failed => bail!("{failed} targets found something, see above"),
        }
    }

    fn wasm(&self, steps: &mut Steps, counts: &mut Counts) -> Result<Outcome> {
        let toolchain = toolchain::wasm(steps)?;
        let tools = tools::ready(steps)?;
        let browser = system::browser(steps)?;
        fs::create_dir_all(paths::work())?;
        let webdriver = paths::work().join("webdriver.json");
        let options =
            json!({ "goog:chromeOptions": { "binary": browser.browser, "args": CHROMIUM_FLAGS } });
        fs::write(&webdriver, options.to_string())?;
        let tests = || {
            toolchain
                .cargo("test")
                .args(["--locked", "--test", "wasm*"])
                .args(modules::CORE.selection())
                .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER", &tools.test_runner)
                // Limits of the harness, for a machine that is busy with something else.
                .env("WASM_BINDGEN_TEST_TIMEOUT", "300")
                .env("WASM_BINDGEN_TEST_DRIVER_TIMEOUT", "60")
        };
        let node = steps.step("in Node", |_| {
            self.counted(tests().env("WASM_BINDGEN_TEST_ONLY_NODE", "1"), counts)
        });
        let chromium = steps.step("in Chromium", |_| {
            let tests = tests()
                .env("WASM_BINDGEN_USE_BROWSER", "1")
                .env("WASM_BINDGEN_TEST_ONLY_WEB", "1")
                .env("WASM_BINDGEN_TEST_WEBDRIVER_JSON", &webdriver)
                .env("CHROMEDRIVER", &browser.driver)
                // It would be preferred to Chromium.
                .env_remove("GECKODRIVER");
            self.counted(tests, counts)
        });
        node.and(chromium)
    }

    fn pkg(&mut self, steps: &mut Steps, counts: &mut Counts) -> Result<Outcome> {
        if !node::has_script("test")? {
            return Ok(Outcome::Skipped("pkg/package.json has no script `test`"));
        }
        let tarball = self.package(steps)?;
        self.counted(node::script("test").env("SWISSCOM_SIGN_TARBALL", tarball), counts)
    }

    fn packaging(&mut self, steps: &mut Steps, counts: &mut Counts) -> Result<Outcome> {
        let files = suites("tests/packaging")?;
        let tarball = self.package(steps)?;
        npm::other(steps, "tests/packaging")?;
        let browser = system::browser(steps)?;
        let command = Cmd::new("node")
            .arg("--test")
            .args(files)
            .env("CHROME", browser.browser)
            .env("SWISSCOM_SIGN_TARBALL", tarball);
        self.counted(command, counts)
    }

    fn sizes(&mut self, steps: &mut Steps) -> Result<Outcome> {
        self.package(steps)?;
        if self.full {
            build::verify(steps)?;
        }
        Ok(if sizes::check(steps)? {
            Outcome::Ran
        } else {
            Outcome::Skipped("there is no pkg/size-budget.json")
        })
    }

    fn e2e(&mut self, steps: &mut Steps, counts: &mut Counts) -> Result<Outcome> {
        let files = suites("tests/e2e")?;
        let tarball = self.package(steps)?;
        build::install(steps, &tarball)?;
        npm::others(steps)?;
        for site in SITES {
            build::site(steps, site)?;
        }
        let sandbox = build::sandbox(steps)?;
        let relay = build::relay(steps)?;
        let browser = system::browser(steps)?;
        // The example's file is judged by `pdfsig`.
        system::ready(steps, system::Need::Pdf)?;
        let command = Cmd::new("node")
            .arg("--test")
            .args(files)
            .env("CHROME", browser.browser)
            .env("SWISSCOM_SIGN_TARBALL", tarball)
            .env("SWISSCOM_SIGN_RELAY_BIN", relay)
            .env("SWISSCOM_SIGN_SANDBOX_BIN", sandbox);
        self.counted(command, counts)
    }

    /// The packed package, built once for all phases.
    fn package(&mut self, steps: &mut Steps) -> Result<PathBuf> {
        if self.package.is_none() {
            self.package = Some(None);
            npm::ready(steps)?;
            build::package(steps)?;
            self.package = Some(Some(build::pack(steps)?));
        }
        self.package.clone().flatten().context("the npm package does not build, as said above")
    }

    /// Runs tests, prints what they print, and counts.
    fn counted(&self, command: Cmd, counts: &mut Counts) -> Result<Outcome> {
        let mut here = Counts::default();
        let result = command.envs(&self.environment).run_lines(|line| {
            println!("{line}");
            here.read(line);
        });
        counts.add(here);
        result?;
        // A runner that ends well without a test has found none: a wrong path, or a wrong name.
        if here == Counts::default() {
            bail!("no test ran");
        }
        if here.failed > 0 {
            bail!("{} tests failed, although their runner ended with status 0", here.failed);
        }
        Ok(Outcome::Ran)
    }
}
