//! Log of the steps of a run: prints each one as it starts and ends, and a table of durations.

use std::fs;
use std::time::{Duration, Instant};

use anyhow::Result;

/// The steps of one run of `cargo xtask`, in the order in which they started.
pub(crate) struct Steps {
    started: Instant,
    depth: usize,
    steps: Vec<TimedStep>,
}

struct TimedStep {
    name: String,
    depth: usize,
    wall: Duration,
    cpu: f64,
    failed: bool,
}

impl Steps {
    pub(crate) fn new() -> Self {
        Self { started: Instant::now(), depth: 0, steps: Vec::new() }
    }

    /// Runs one step. Steps can be nested: `work` receives the same log.
    pub(crate) fn step<T>(
        &mut self,
        name: &str,
        work: impl FnOnce(&mut Self) -> Result<T>,
    ) -> Result<T> {
        let index = self.steps.len();
        self.steps.push(TimedStep {
            name: name.to_owned(),
            depth: self.depth,
            wall: Duration::ZERO,
            cpu: 0.0,
            failed: false,
        });
        eprintln!("{:>1$}==> {name}", "", 2 * self.depth);
        let (started, cpu) = (Instant::now(), children_cpu());
        self.depth += 1;
        let result = work(self);
        self.depth -= 1;
        let (wall, cpu) = (started.elapsed(), children_cpu() - cpu);
        let failed = result.is_err();
        if let Some(step) = self.steps.get_mut(index) {
            (step.wall, step.cpu, step.failed) = (wall, cpu, failed);
        }
        let outcome = if failed { "FAILED" } else { "done" };
        eprintln!(
            "{:>1$}<== {name}: {outcome} in {2:.1} s",
            "",
            2 * self.depth,
            wall.as_secs_f64()
        );
        result.map_err(|error| error.context(format!("{name} failed")))
    }

    /// Prints a line about the current step.
    pub(crate) fn note(&self, text: &str) {
        eprintln!("{:>1$}{text}", "", 2 * self.depth);
    }

    /// Prints wall time and CPU time of each step.
    pub(crate) fn print_table(&self) {
        if self.steps.is_empty() {
            return;
        }
        let label = |step: &TimedStep| format!("{:>1$}{2}", "", 2 * step.depth, step.name);
        let width = self.steps.iter().map(|step| label(step).chars().count()).max();
        let width = width.unwrap_or(0).max("total".len());
        eprintln!("\n  {:<width$}  {:>9}  {:>9}", "step", "wall s", "cpu s");
        for step in &self.steps {
            let (wall, failed) =
                (step.wall.as_secs_f64(), if step.failed { "  FAILED" } else { "" });
            eprintln!("  {:<width$}  {wall:>9.1}  {:>9.1}{failed}", label(step), step.cpu);
        }
        let wall = self.started.elapsed().as_secs_f64();
        eprintln!("  {:<width$}  {wall:>9.1}  {:>9.1}", "total", children_cpu());
    }
}

/// Seconds of CPU time of the child processes that have ended; 0 on systems without `/proc`.
pub(crate) fn children_cpu() -> f64 {
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // The program's name is in parentheses; `cutime` and `cstime` are the 14th and 15th field
    // after it, in hundredths of a second.
    let (_, fields) = stat.rsplit_once(')').unwrap_or_default();
    let ticks = fields.split_whitespace().skip(13).take(2);
    ticks.filter_map(|field| field.parse::<f64>().ok()).sum::<f64>() / 100.0
}
