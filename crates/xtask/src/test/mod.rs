//! The tests, phase by phase. A failing phase does not hide the next ones; the last line
//! says how many tests ran.

mod count;
mod phases;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Result, bail};

use crate::paths;
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
}

/// The variable that tells tests where the vendor's contract is.
const CONTRACT: &str = "SWISSCOM_SIGN_CONTRACT";

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
            environment.push((CONTRACT.to_owned(), self.find_contract()?.into_os_string()));
        }
        Ok(environment)
    }

    fn find_contract(&self) -> Result<PathBuf> {
        let named = self.contract.clone().or_else(|| std::env::var_os(CONTRACT).map(PathBuf::from));
        let path = named.unwrap_or_else(|| paths::root().join("../shared/contract/openapi.json"));
        match path.canonicalize() {
            Ok(path) if path.is_file() => Ok(path),
            _ => bail!(
                "the vendor's contract is not at {}: give its OpenAPI document with --contract FILE \
                 or {CONTRACT}, or leave the conformance tests out with --without-contract",
                path.display()
            ),
        }
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
    let mut run = phases::Run::new(environment, options.full);
    let mut reports = Vec::new();
    for phase in Phase::ALL {
        if options.phases.is_empty() || options.phases.contains(phase) {
            let mut counts = Counts::default();
            let result = steps.step(&format!("test {}", phase.name()), |steps| {
                run.phase(*phase, steps, &mut counts)
            });
            if let Err(error) = &result {
                eprintln!("error: {error:#}");
            }
            reports.push(Report { phase: *phase, counts, result });
        }
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
