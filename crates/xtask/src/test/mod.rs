//! The tests, phase by phase. A failing phase does not hide the next ones; the last line
//! says how many tests ran.

mod count;
mod phases;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;

use crate::contract;
use crate::steps::Steps;
use crate::test::count::Counts;
use crate::test::phases::Phase;

/// Run the tests, all or by phase; the last line printed is `N passed, N failed`.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Which phases; all when none is named
    phases: Vec<Phase>,
    /// Slow proofs too: ignored Rust tests, a second build that must give the same bytes
    #[arg(long)]
    full: bool,
    /// The vendor's published contract (OpenAPI, JSON), which the conformance tests compare
    /// with; by default the file that SWISSCOM_SIGN_CONTRACT names, else
    /// ../shared/contract/openapi.json
    #[arg(long, value_name = "FILE")]
    contract: Option<PathBuf>,
    /// Leave out the conformance tests
    #[arg(long, conflicts_with = "contract")]
    without_contract: bool,
    /// Leave out pyHanko, which judges signatures besides pdfsig: where there is no Python, or no
    /// way to PyPI
    #[arg(long)]
    without_pyhanko: bool,
}

impl Options {
    /// The variables that every test process is given.
    fn environment(&self) -> Result<Vec<(String, std::ffi::OsString)>> {
        let mut environment = Vec::new();
        if self.full {
            environment.push(("SWISSCOM_SIGN_FULL".to_owned(), "1".into()));
        }
        if self.without_contract {
            environment.push(("SWISSCOM_SIGN_WITHOUT_CONTRACT".to_owned(), "1".into()));
        } else {
            match contract::find(self.contract.as_deref()) {
                Ok(path) => {
                    environment.push((contract::VARIABLE.to_owned(), path.into_os_string()))
                }
                Err(error) if self.selected().any(Phase::needs_contract) => return Err(error),
                Err(_) => {}
            }
        }
        Ok(environment)
    }

    /// The phases to run, in their order.
    fn selected(&self) -> impl Iterator<Item = Phase> {
        let named = |phase: &Phase| self.phases.is_empty() || self.phases.contains(phase);
        Phase::ALL.iter().copied().filter(named)
    }
}

/// How one phase went.
struct Report {
    phase: Phase,
    counts: Counts,
    result: Result<phases::Outcome>,
}

pub(crate) fn run(mut steps: Steps, options: &Options) -> ExitCode {
    let environment = match options.environment() {
        Ok(environment) => environment,
        Err(error) => {
            eprintln!("error: {error:#}");
            return ExitCode::FAILURE;
        }
    };
    let mut run = phases::Run::new(environment, options.full, options.without_pyhanko);
    let mut reports = Vec::new();
    for phase in options.selected() {
        let mut counts = Counts::default();
        let result = steps
            .step(&format!("test {}", phase.name()), |steps| run.phase(phase, steps, &mut counts));
        if let Err(error) = &result {
            eprintln!("error: {error:#}");
        }
        reports.push(Report { phase, counts, result });
    }
    steps.print_table();
    summary(&reports)
}

/// Prints what each phase came to, and the sum as the last line.
fn summary(reports: &[Report]) -> ExitCode {
    println!("\nphases");
    let mut total = Counts::default();
    for Report { phase, counts, result } in reports {
        let mut counts = *counts;
        let verdict = match result {
            Ok(phases::Outcome::Ran) => "ok".to_owned(),
            Ok(phases::Outcome::Skipped(reason)) => format!("skipped: {reason}"),
            Err(error) => {
                // What does not even come to its tests has failed all the same.
                counts.failed = counts.failed.max(1);
                format!("FAILED: {error:#}")
            }
        };
        println!(
            "  {:<10} {:>5} passed {:>3} failed  {verdict}",
            phase.name(),
            counts.passed,
            counts.failed
        );
        total.add(counts);
    }
    println!("\n{} passed, {} failed", total.passed, total.failed);
    if total.failed > 0 {
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}
