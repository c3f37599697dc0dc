//! Says what is being done, how long it took and, at the end, where the time went.

use std::time::{Duration, Instant};

use anyhow::Result;

/// The steps of one run of `cargo xtask`, in the order in which they began.
pub(crate) struct Steps {
    began: Instant,
    depth: usize,
    done: Vec<Step>,
}

struct Step {
    name: String,
    depth: usize,
    took: Duration,
    outcome: &'static str,
}

impl Steps {
    pub(crate) fn new() -> Self {
        Self { began: Instant::now(), depth: 0, done: Vec::new() }
    }

    /// Does one step. Steps may hold steps: `work` is given the same log.
    ///
    /// # Errors
    /// Those of `work`, with the name of the step in front.
    pub(crate) fn step<T>(
        &mut self,
        name: &str,
        work: impl FnOnce(&mut Self) -> Result<T>,
    ) -> Result<T> {
        let index = self.done.len();
        self.done.push(Step {
            name: name.to_owned(),
            depth: self.depth,
            took: Duration::ZERO,
            outcome: "",
        });
        eprintln!("{:>1$}==> {name}", "", 2 * self.depth);
        let began = Instant::now();
        self.depth += 1;
        let result = work(self);
        self.depth -= 1;
        let took = began.elapsed();
        let outcome = if result.is_ok() { "" } else { "FAILED" };
        if let Some(step) = self.done.get_mut(index) {
            step.took = took;
            step.outcome = outcome;
        }
        let ended = if result.is_ok() { "done" } else { "FAILED" };
        eprintln!("{:>1$}<== {name}: {ended} in {2}", "", 2 * self.depth, seconds(took));
        result.map_err(|error| error.context(format!("{name} failed")))
    }

    /// Says something about the current step.
    pub(crate) fn note(&self, text: &str) {
        eprintln!("{:>1$}{text}", "", 2 * self.depth);
    }

    /// Prints where the time went.
    pub(crate) fn print_table(&self) {
        if self.done.is_empty() {
            return;
        }
        let label = |step: &Step| format!("{:>1$}{2}", "", 2 * step.depth, step.name);
        let width = self.done.iter().map(|step| label(step).chars().count()).max();
        let width = width.unwrap_or(0).max("total".len());
        eprintln!("\nwhere the time went");
        for step in &self.done {
            let line =
                format!("  {:<width$}  {:>8}  {}", label(step), seconds(step.took), step.outcome);
            eprintln!("{}", line.trim_end());
        }
        eprintln!("  {:<width$}  {:>8}", "total", seconds(self.began.elapsed()));
    }
}

fn seconds(duration: Duration) -> String {
    format!("{:.1} s", duration.as_secs_f64())
}
