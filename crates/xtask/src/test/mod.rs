//! The tests, by phase. All phases run, even after one has failed.

mod phases;
mod results;

use std::ffi::OsString;
use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Context as _, Result};
use serde::{Deserialize, Serialize};

use crate::cmd::{Cmd, RunningCmd};
use crate::setup::{npm, system, toolchain, tools};
use crate::step_log::{Steps, children_cpu};
use crate::test::phases::Phase;
use crate::test::results::TestResults;
use crate::{contract, paths};

/// Run the tests, all or by phase; the last line is `N passed, N failed`.
///
/// Missing system packages are listed with their purpose and installed with apt-get. The phases sizes,
/// pkg, packaging and e2e run at the same time as the other ones.
#[derive(clap::Args)]
pub(crate) struct TestArgs {
    /// Phases; all by default, but fuzz only with --full
    phases: Vec<Phase>,
    /// Also run slow checks: fuzzing with libFuzzer, ignored Rust tests, longer random tests, a second
    /// build that must give the same bytes
    #[arg(long)]
    full: bool,
    /// List missing system packages and fail instead of installing them
    #[arg(long)]
    no_install: bool,
    /// The vendor's published contract (OpenAPI, JSON) for the conformance tests; by default the file
    /// in SWISSCOM_SIGN_CONTRACT, else ../shared/contract/openapi.json
    #[arg(long, value_name = "FILE")]
    contract: Option<PathBuf>,
    /// Skip the conformance tests
    #[arg(long, conflicts_with = "contract")]
    without_contract: bool,
    /// Skip pyHanko, which validates signatures besides pdfsig and needs Python and PyPI
    #[arg(long)]
    without_pyhanko: bool,
    /// Internal: run beside another process, which builds the programs, and write the report to a file
    #[arg(long, hide = true, value_name = "FILE")]
    report: Option<PathBuf>,
}

impl TestArgs {
    /// The environment variables of all test processes.
    fn environment(&self) -> Result<Vec<(String, OsString)>> {
        let mut environment = Vec::new();
        if self.full {
            environment.push(("SWISSCOM_SIGN_FULL".to_owned(), "1".into()));
        }
        if self.without_contract {
            environment.push(("SWISSCOM_SIGN_WITHOUT_CONTRACT".to_owned(), "1".into()));
        } else {
            match contract::find(self.contract.as_deref()) {
                Ok(path) => environment.push((contract::VARIABLE.to_owned(), path.into())),
                Err(error) if self.selected().any(Phase::needs_contract) => return Err(error),
                Err(_) => {}
            }
        }
        Ok(environment)
    }

    /// The phases to run, in their order.
    fn selected(&self) -> impl Iterator<Item = Phase> {
        Phase::ALL.iter().copied().filter(|phase| match self.phases.as_slice() {
            [] => *phase != Phase::Fuzz || self.full,
            named => named.contains(phase),
        })
    }

    /// Installs what the phases need and builds the tools, before phases run at the same time.
    fn prepare(&self, steps: &mut Steps) -> Result<()> {
        let mut needs: Vec<_> = self.selected().flat_map(|phase| phase.needs()).copied().collect();
        if self.without_pyhanko {
            needs.retain(|need| *need != system::Need::Python);
        }
        system::ensure(steps, &needs, self.no_install)?;
        if self.selected().any(|phase| phase != Phase::Rust && phase != Phase::Fuzz) {
            toolchain::ensure_wasm_target(steps)?;
            npm::ensure_installed(steps)?;
        }
        if self.selected().any(Phase::runs_beside) {
            tools::ensure_installed(steps)?;
        }
        Ok(())
    }

    /// Starts phases in a second process, with its output in a file.
    fn start_beside(&self, phases: &[Phase]) -> Result<Beside> {
        let folder = paths::work();
        fs::create_dir_all(&folder)?;
        let (log, report) = (folder.join("beside.log"), folder.join("beside.json"));
        // A report of an earlier run must not count; it may not exist.
        let _ = fs::remove_file(&report);
        eprintln!("also running {}; output in {}", names(phases), log.display());
        let mut command = Cmd::new(std::env::current_exe()?)
            .arg("test")
            .args(phases.iter().map(|phase| phase.name()))
            .arg("--report")
            .arg(&report)
            .output_to(&log)?;
        for (flag, set) in [("--full", self.full), ("--without-contract", self.without_contract)] {
            command = command.args(set.then_some(flag));
        }
        if let Some(contract) = &self.contract {
            command = command.arg("--contract").arg(contract.canonicalize()?);
        }
        Ok(Beside { log, report, running: command.start()? })
    }
}

fn names(phases: &[Phase]) -> String {
    phases.iter().map(|phase| phase.name()).collect::<Vec<_>>().join(", ")
}

/// Phases in a second process.
struct Beside {
    log: PathBuf,
    report: PathBuf,
    running: RunningCmd,
}

impl Beside {
    /// Waits for the process, prints its output and returns its reports.
    fn finish(self) -> Result<Vec<PhaseReport>> {
        // A failed phase is in the report.
        let ended = self.running.wait();
        println!("\n{}", String::from_utf8_lossy(&fs::read(&self.log)?));
        let report = fs::read_to_string(&self.report).map_err(anyhow::Error::from);
        let report = ended.or_else(|error| report.is_ok().then_some(()).ok_or(error)).and(report);
        Ok(serde_json::from_str(&report?)?)
    }
}

/// Result of one phase.
#[derive(Serialize, Deserialize)]
struct PhaseReport {
    name: String,
    wall: f64,
    cpu: f64,
    results: TestResults,
    error: Option<String>,
}

pub(crate) fn run(mut steps: Steps, args: &TestArgs) -> ExitCode {
    match reports(&mut steps, args) {
        Ok(reports) => {
            steps.print_table();
            print_summary(&reports)
        }
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn reports(steps: &mut Steps, args: &TestArgs) -> Result<Vec<PhaseReport>> {
    let environment = args.environment()?;
    let mut run = phases::Run::new(environment, args.full, args.without_pyhanko);
    if let Some(file) = &args.report {
        tools::assume_installed();
        run.programs_are_built_by_another_process();
        let reports: Vec<_> = args.selected().map(|phase| report(&mut run, phase, steps)).collect();
        fs::write(file, serde_json::to_string(&reports)?)?;
        return Ok(reports);
    }
    args.prepare(steps)?;
    let (beside, own): (Vec<_>, Vec<_>) = args.selected().partition(|phase| phase.runs_beside());
    if own.is_empty() || beside.is_empty() {
        return Ok(args.selected().map(|phase| report(&mut run, phase, steps)).collect());
    }
    let started = args.start_beside(&beside)?;
    let mut reports: Vec<_> = own.iter().map(|phase| report(&mut run, *phase, steps)).collect();
    let finished = started.finish();
    reports.extend(finished.with_context(|| format!("no report of {}", names(&beside)))?);
    Ok(reports)
}

fn report(run: &mut phases::Run, phase: Phase, steps: &mut Steps) -> PhaseReport {
    let (started, cpu) = (Instant::now(), children_cpu());
    let mut results = TestResults::default();
    let outcome = steps
        .step(&format!("test {}", phase.name()), |steps| run.phase(phase, steps, &mut results));
    let error = outcome.err().map(|error| format!("{error:#}"));
    if let Some(error) = &error {
        eprintln!("error: {error}");
        // A phase also fails if it does not reach its tests.
        results.failed = results.failed.max(1);
    }
    let wall = started.elapsed().as_secs_f64();
    PhaseReport { name: phase.name().to_owned(), wall, cpu: children_cpu() - cpu, results, error }
}

/// Prints skipped and slow tests, each phase, and the sum as the last line.
fn print_summary(reports: &[PhaseReport]) -> ExitCode {
    println!(
        "\n  {:<10} {:>7} {:>7} {:>7} {:>8} {:>8}",
        "phase", "passed", "failed", "skipped", "wall s", "cpu s"
    );
    let mut total = TestResults::default();
    for PhaseReport { name, wall, cpu, results, error } in reports {
        let TestResults { passed, failed, skipped, .. } = results;
        let error = error.as_deref().unwrap_or_default();
        let skips = skipped.len();
        println!("  {name:<10} {passed:>7} {failed:>7} {skips:>7} {wall:>8.1} {cpu:>8.1}  {error}");
        total.add(results.of_phase(name));
    }
    println!("\nslowest tests");
    for (seconds, test) in &total.slowest {
        println!("  {seconds:>6.1} s  {test}");
    }
    if !total.skipped.is_empty() {
        println!("\nskipped tests\n  {}", total.skipped.join("\n  "));
    }
    println!("\n{} passed, {} failed", total.passed, total.failed);
    if total.failed > 0 { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}
