//! Reads the results of tests from the output of the test runners.

use serde::{Deserialize, Serialize};

/// How many of the slowest tests are kept.
const SLOWEST: usize = 20;

/// Results of tests.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct TestResults {
    pub(crate) passed: u64,
    pub(crate) failed: u64,
    /// Names and reasons of skipped tests.
    pub(crate) skipped: Vec<String>,
    /// Seconds and names of the slowest tests, slowest first.
    pub(crate) slowest: Vec<(f64, String)>,
    /// The test that a following line `duration_ms` belongs to.
    #[serde(skip)]
    last: Option<String>,
}

impl TestResults {
    pub(crate) fn add(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped.extend(other.skipped);
        self.slowest.extend(other.slowest);
        self.slowest.sort_by(|(left, _), (right, _)| right.total_cmp(left));
        self.slowest.truncate(SLOWEST);
    }

    /// A copy whose tests are named after their phase, too.
    pub(crate) fn of_phase(&self, phase: &str) -> Self {
        let name = |test: &String| format!("{phase}: {test}");
        Self {
            passed: self.passed,
            failed: self.failed,
            skipped: self.skipped.iter().map(name).collect(),
            slowest: self.slowest.iter().map(|(time, test)| (*time, name(test))).collect(),
            last: None,
        }
    }

    fn timed(&mut self, name: &str, seconds: Option<f64>) {
        if let Some(seconds) = seconds {
            let slowest = vec![(seconds, name.to_owned())];
            self.add(Self { slowest, ..Self::default() });
        }
    }

    /// Reads one line of a runner's output.
    pub(crate) fn read(&mut self, line: &str) {
        let line = without_colors(line);
        let line = line.trim();
        self.summary(line);
        // libtest: `test name ... ok <0.123s>` with `--report-time`, `test name ... ignored, reason`
        if let Some((name, outcome)) =
            line.strip_prefix("test ").and_then(|line| line.split_once(" ... "))
        {
            if let Some(reason) = outcome.strip_prefix("ignored") {
                self.skipped.push(format!("{name}{reason}"));
            }
            let seconds = outcome.split_once('<').and_then(|(_, rest)| rest.split_once("s>"));
            self.timed(name, seconds.and_then(|(seconds, _)| seconds.parse().ok()));
        }
        // Node, reporter "spec": `✔ name (12.3ms)`, `﹣ name (0.1ms) # reason`
        let spec = ["✔ ", "✖ ", "﹣ "].iter().find_map(|mark| line.strip_prefix(mark));
        if let Some((name, rest)) = spec.and_then(|line| line.rsplit_once(" (")) {
            match rest.split_once("ms)") {
                Some((_, reason)) if line.starts_with('﹣') => {
                    self.skipped.push(format!("{name}:{}", reason.trim_start_matches(" #")));
                }
                Some((duration, _)) => self.timed(name, milliseconds(Some(duration))),
                None => {}
            }
        }
        // Node, reporter "tap": `ok 3 - name`, then `duration_ms: 12.3`; `ok 3 - name # SKIP reason`
        let tap = ["ok ", "not ok "].iter().find_map(|start| line.strip_prefix(start));
        if let Some((_, name)) = tap.and_then(|line| line.split_once(" - ")) {
            match name.split_once(" # SKIP") {
                Some((name, reason)) => self.skipped.push(format!("{name}:{reason}")),
                None => self.last = Some(name.to_owned()),
            }
        }
        if let Some(duration) = line.strip_prefix("duration_ms: ")
            && let Some(name) = self.last.take()
        {
            self.timed(&name, milliseconds(Some(duration)));
        }
    }

    /// Counts the tests in the last lines of a runner.
    fn summary(&mut self, line: &str) {
        let words: Vec<&str> = line
            .split(|letter: char| letter.is_whitespace() || matches!(letter, ',' | ';' | '|'))
            .filter(|word| !word.is_empty())
            .collect();
        let number = |word: &str| word.parse::<u64>().unwrap_or(0);
        match words.as_slice() {
            // libtest and wasm-bindgen-test: `test result: ok. 3 passed; 0 failed; 1 ignored; …`
            ["test", "result:", _, passed, "passed", failed, "failed", ..] => {
                self.passed += number(passed);
                self.failed += number(failed);
            }
            // Node: `# pass 3` or `ℹ pass 3`, by reporter
            ["#" | "ℹ", "pass", passed] => self.passed += number(passed),
            ["#" | "ℹ", "fail", failed] => self.failed += number(failed),
            _ => {}
        }
    }
}

fn milliseconds(text: Option<&str>) -> Option<f64> {
    text?.parse::<f64>().ok().map(|milliseconds| milliseconds / 1000.0)
}

/// A line without the escape sequences of colors.
fn without_colors(line: &str) -> String {
    let mut plain = String::with_capacity(line.len());
    let mut letters = line.chars();
    while let Some(letter) = letters.next() {
        if letter == '\u{1b}' {
            letters.by_ref().find(char::is_ascii_alphabetic);
        } else {
            plain.push(letter);
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::TestResults;

    fn read(lines: &[&str]) -> TestResults {
        let mut results = TestResults::default();
        for line in lines {
            results.read(line);
        }
        results
    }

    fn counts(lines: &[&str]) -> (u64, u64) {
        let results = read(lines);
        (results.passed, results.failed)
    }

    #[test]
    fn counts_the_tests_of_each_runner() {
        assert_eq!(
            counts(&[
                "test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s"
            ]),
            (12, 0)
        );
        assert_eq!(
            counts(&[
                "test result: FAILED. 3 passed; 2 failed; 0 ignored; 0 filtered out; finished in 0.01s"
            ]),
            (3, 2)
        );
        assert_eq!(counts(&["# tests 4", "# pass 3", "# fail 1", "# skipped 0"]), (3, 1));
        assert_eq!(counts(&["\u{1b}[34mℹ pass 7\u{1b}[39m", "ℹ fail 0"]), (7, 0));
    }

    #[test]
    fn ignores_other_lines() {
        let lines = ["test walk::numbers ... ok", "running 3 tests", "all 3 passed, 0 failed", ""];
        let results = read(&lines);
        assert_eq!((results.passed, results.failed), (0, 0));
        assert!(results.skipped.is_empty() && results.slowest.is_empty());
    }

    #[test]
    fn lists_skipped_tests_with_their_reasons() {
        let results = read(&[
            "test slow ... ignored, takes minutes",
            "test other ... ignored",
            "﹣ with the contract (0.4ms) # no document",
            "ok 3 - in the browser # SKIP no browser",
            "✔ planned (0.1ms) # TODO",
        ]);
        assert_eq!(
            results.skipped,
            [
                "slow, takes minutes",
                "other",
                "with the contract: no document",
                "in the browser: no browser"
            ]
        );
    }

    #[test]
    fn sorts_the_slowest_tests() {
        let results = read(&[
            "test rust::slow ... ok <2.500s>",
            "test rust::failed ... FAILED <0.010s>",
            "  ✔ spec (1200.5ms)",
            "ok 1 - tap",
            "  ---",
            "  duration_ms: 3000.5",
            "  duration_ms: 9000",
        ]);
        let names: Vec<&str> = results.slowest.iter().map(|(_, name)| name.as_str()).collect();
        assert_eq!(names, ["tap", "rust::slow", "spec", "rust::failed"]);
        assert_eq!(results.slowest[0].0, 3.0005);
    }
}
