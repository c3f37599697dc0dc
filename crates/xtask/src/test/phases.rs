//! What each phase runs.

use std::ffi::OsString;
use std::fs;
use std::path::PathBuf;

use anyhow::{Context as _, Result, bail};
use serde_json::json;

use crate::build::Programs;
use crate::cmd::Cmd;
use crate::fuzz::Fuzzer;
use crate::setup::system::Need;
use crate::setup::{npm, python, system, toolchain, tools};
use crate::step_log::Steps;
use crate::test::results::TestResults;
use crate::up_to_date::files_below;
use crate::{build, lint, modules, node, paths, sizes};

/// A part of the tests.
#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Phase {
    /// Formatting, lints, types, documentation, dependencies (`cargo xtask lint`)
    Lint,
    /// Unit, integration and documentation tests of the workspace
    Rust,
    /// Tests of the bindings, in Node and in headless Chromium
    Wasm,
    /// Fuzzing with libFuzzer, two minutes for each target (`cargo xtask fuzz`)
    Fuzz,
    /// Sizes of the shipped files, checked against pkg/size-budget.json
    Sizes,
    /// Unit tests of the npm package (`npm test` in pkg/)
    Pkg,
    /// Bundlers and hosts that use the packed npm package (tests/packaging)
    Packaging,
    /// The packed npm package and the examples with sandbox, relay and browser (tests/e2e)
    E2e,
}

impl Phase {
    /// All phases, in the order in which they run.
    pub(crate) const ALL: &[Self] = &[
        Self::Lint,
        Self::Rust,
        Self::Wasm,
        Self::Fuzz,
        Self::Sizes,
        Self::Pkg,
        Self::Packaging,
        Self::E2e,
    ];

    /// Whether it runs at the same time as the other phases: it uses the npm package, and compiles
    /// nothing in cargo's dev profile.
    pub(crate) fn runs_beside(self) -> bool {
        matches!(self, Self::Sizes | Self::Pkg | Self::Packaging | Self::E2e)
    }

    /// Whether its tests compare with the vendor's contract.
    pub(crate) fn needs_contract(self) -> bool {
        matches!(self, Self::Rust | Self::Pkg | Self::E2e)
    }

    /// The system packages that it needs.
    pub(crate) fn needs(self) -> &'static [Need] {
        match self {
            Self::Lint | Self::Sizes | Self::Pkg => &[],
            Self::Rust => &[Need::Pdf, Need::Servers, Need::Python],
            Self::Fuzz => &[Need::Pdf, Need::Fuzz],
            Self::Wasm | Self::Packaging => &[Need::Browser],
            Self::E2e => &[Need::Pdf, Need::Browser],
        }
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

/// The flags that Chromium needs in a container and without network access.
const CHROMIUM_FLAGS: &[&str] = &[
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
];

/// Tests with sandbox and relay as programs: of the npm package, of the sandbox's pages, and of the
/// examples.
const E2E: &str = "tests/e2e";

/// The examples with a page, which the end-to-end tests find in `target/sites`.
const SITES: [&str; 2] = ["web-setup-flow", "web-react"];

/// The test files of a folder. Node versions differ in which files of a folder they run.
fn test_files(folder: &str) -> Result<Vec<PathBuf>> {
    let mut files = files_below(&paths::root().join(folder), &["node_modules", "apps"])?;
    files.retain(|file| file.to_string_lossy().ends_with(".test.mjs"));
    Ok(files)
}

/// `cargo test` of the workspace, without the documentation tests.
fn cargo_test() -> Cmd {
    Cmd::cargo().args(["test", "--locked", "--workspace", "--tests"])
}

/// One run of the tests.
pub(crate) struct Run {
    environment: Vec<(String, OsString)>,
    full: bool,
    without_pyhanko: bool,
    shared_build: bool,
    /// The tarball, or `Some(None)` if its build failed.
    package: Option<Option<PathBuf>>,
}

impl Run {
    pub(crate) fn new(
        environment: Vec<(String, OsString)>,
        full: bool,
        without_pyhanko: bool,
    ) -> Self {
        Self { environment, full, without_pyhanko, shared_build: false, package: None }
    }

    /// Uses the programs that the Rust phase of another process builds.
    pub(crate) fn programs_are_built_by_another_process(&mut self) {
        self.shared_build = true;
    }

    pub(crate) fn phase(
        &mut self,
        phase: Phase,
        steps: &mut Steps,
        results: &mut TestResults,
    ) -> Result<()> {
        match phase {
            Phase::Lint => lint::all(steps),
            Phase::Rust => self.rust(steps, results),
            Phase::Fuzz => self.fuzz(steps, results),
            Phase::Wasm => self.wasm(steps, results),
            Phase::Pkg => self.pkg(steps, results),
            Phase::Packaging => self.packaging(steps, results),
            Phase::Sizes => self.sizes(steps),
            Phase::E2e => self.e2e(steps, results),
        }
    }

    fn rust(&self, steps: &mut Steps, results: &mut TestResults) -> Result<()> {
        steps.step("compile the tests", |_| cargo_test().args(["--quiet", "--no-run"]).run())?;
        // libtest reports durations only with an unstable option, which this variable permits. It is
        // set for the test programs alone, not for the compiler.
        let host = Cmd::new("rustc").args(["--print", "host-tuple"]).capture()?;
        let runner =
            format!("CARGO_TARGET_{}_RUNNER", host.trim().to_uppercase().replace('-', "_"));
        let mut command = cargo_test()
            .args(["--no-fail-fast", "--", "-Zunstable-options", "--report-time"])
            .args(self.full.then_some("--include-ignored"))
            .env(&runner, "env RUSTC_BOOTSTRAP=1")
            // The relay is tested against the sandbox as a program.
            .env("SWISSCOM_SIGN_SANDBOX_BIN", build::program_paths().sandbox)
            .env_remove(python::VARIABLE);
        let mut pyhanko = Ok(());
        if !self.without_pyhanko {
            match python::pyhanko(steps) {
                Ok(python) => command = command.env(python::VARIABLE, python),
                // The other tests run nevertheless.
                Err(error) => pyhanko = Err(error),
            }
        }
        let tests = steps.step("tests", |_| self.run_tests(command, results));
        let documentation = Cmd::cargo().args(["test", "--locked", "--workspace", "--doc"]);
        let documentation =
            steps.step("documentation tests", |_| self.run_tests(documentation, results));
        tests.and(documentation).and(pyhanko)
    }

    fn fuzz(&self, steps: &mut Steps, results: &mut TestResults) -> Result<()> {
        let fuzzer = Fuzzer::build(steps, self.environment.clone())?;
        for target in &fuzzer.targets {
            match fuzzer.fuzz(steps, target, 120) {
                Ok(()) => results.passed += 1,
                Err(error) => {
                    eprintln!("error: {error:#}");
                    results.failed += 1;
                }
            }
        }
        match results.failed {
            0 => Ok(()),
            failed => bail!("{failed} targets failed, see above"),
        }
    }

    fn wasm(&self, steps: &mut Steps, results: &mut TestResults) -> Result<()> {
        let runner = tools::test_runner(steps)?;
        let browser = system::browser(steps)?;
        fs::create_dir_all(paths::work())?;
        let webdriver = paths::work().join("webdriver.json");
        let options =
            json!({ "goog:chromeOptions": { "binary": browser.browser, "args": CHROMIUM_FLAGS } });
        fs::write(&webdriver, options.to_string())?;
        let tests = || {
            toolchain::wasm_cargo("test")
                .args(["--locked", "--test", "wasm*"])
                .args(modules::CORE.selection())
                .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER", &runner)
                // Timeouts of the harness, for a machine under load.
                .env("WASM_BINDGEN_TEST_TIMEOUT", "300")
                .env("WASM_BINDGEN_TEST_DRIVER_TIMEOUT", "60")
        };
        let node = steps.step("in Node", |_| {
            self.run_tests(tests().env("WASM_BINDGEN_TEST_ONLY_NODE", "1"), results)
        });
        let chromium = steps.step("in Chromium", |_| {
            let tests = tests()
                .env("WASM_BINDGEN_USE_BROWSER", "1")
                .env("WASM_BINDGEN_TEST_ONLY_WEB", "1")
                .env("WASM_BINDGEN_TEST_WEBDRIVER_JSON", &webdriver)
                .env("CHROMEDRIVER", &browser.driver)
                // The harness would prefer it to Chromium.
                .env_remove("GECKODRIVER");
            self.run_tests(tests, results)
        });
        node.and(chromium)
    }

    fn sizes(&mut self, steps: &mut Steps) -> Result<()> {
        self.package(steps)?;
        if self.full {
            build::verify(steps)?;
        }
        sizes::check(steps)
    }

    fn pkg(&mut self, steps: &mut Steps, results: &mut TestResults) -> Result<()> {
        let tarball = self.package(steps)?;
        self.run_tests(node::script("test").env("SWISSCOM_SIGN_TARBALL", tarball), results)
    }

    fn packaging(&mut self, steps: &mut Steps, results: &mut TestResults) -> Result<()> {
        let tarball = self.package(steps)?;
        npm::install_folder(steps, "tests/packaging")?;
        let browser = system::browser(steps)?;
        let command = Cmd::new("node")
            .arg("--test")
            .args(test_files("tests/packaging")?)
            .env("CHROME", browser.browser)
            .env("SWISSCOM_SIGN_TARBALL", tarball);
        self.run_tests(command, results)
    }

    fn e2e(&mut self, steps: &mut Steps, results: &mut TestResults) -> Result<()> {
        let tarball = self.package(steps)?;
        build::install(steps, &tarball)?;
        npm::install_all(steps)?;
        for site in SITES {
            build::site(steps, site)?;
        }
        let programs = self.programs(steps)?;
        let browser = system::browser(steps)?;
        let command = Cmd::new("node")
            // Many of these tests wait for a server or a browser.
            .args(["--test", "--test-concurrency=2"])
            .args(test_files(E2E)?)
            .env("CHROME", browser.browser)
            .env("SWISSCOM_SIGN_TARBALL", tarball)
            .env("SWISSCOM_SIGN_RELAY_BIN", programs.relay)
            .env("SWISSCOM_SIGN_SANDBOX_BIN", programs.sandbox);
        self.run_tests(command, results)
    }

    fn programs(&self, steps: &mut Steps) -> Result<Programs> {
        if !self.shared_build {
            return build::programs(steps);
        }
        // The same command as in the Rust phase: cargo waits until that is done, and has nothing left
        // to compile.
        steps.step("wait for sandbox and relay", |_| {
            cargo_test().args(["--quiet", "--no-run"]).run()?;
            Ok(build::program_paths())
        })
    }

    /// The packed package, built once for all phases.
    fn package(&mut self, steps: &mut Steps) -> Result<PathBuf> {
        if self.package.is_none() {
            self.package = Some(None);
            build::package(steps)?;
            self.package = Some(Some(build::pack(steps)?));
        }
        self.package.clone().flatten().context("the build of the npm package failed, see above")
    }

    /// Runs tests, prints their output, and reads their results.
    fn run_tests(&self, command: Cmd, results: &mut TestResults) -> Result<()> {
        let mut own = TestResults::default();
        let outcome = command.envs(&self.environment).run_lines(|line| {
            println!("{line}");
            own.read(line);
        });
        let (passed, failed) = (own.passed, own.failed);
        results.add(own);
        outcome?;
        if failed > 0 {
            bail!("{failed} tests failed, although their runner ended with status 0");
        }
        // A runner succeeds if it does not find any test, for instance because of a wrong path.
        if passed == 0 {
            bail!("no test ran");
        }
        Ok(())
    }
}
