//! How many tests ran, read from the closing lines of the runners.

/// Tests that passed and failed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) passed: u64,
    pub(crate) failed: u64,
}

impl Counts {
    pub(crate) fn add(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
    }

    /// Adds what one line of a runner's output says.
    pub(crate) fn read(&mut self, line: &str) {
        let line = without_colors(line);
        let words: Vec<&str> = line
            .split(|letter: char| letter.is_whitespace() || matches!(letter, ',' | ';' | '|'))
            .filter(|word| !word.is_empty())
            .collect();
        let number = |word: &str| word.parse::<u64>().unwrap_or(0);
        match words.as_slice() {
            // libtest and wasm-bindgen-test: `test result: ok. 3 passed; 0 failed; 1 ignored; …`
            ["test", "result:", _, passed, "passed", failed, "failed", ..]
            // Plain: `3 passed, 0 failed`
            | [passed, "passed", failed, "failed"] => {
                self.add(Self { passed: number(passed), failed: number(failed) });
            }
            // Node's test runner: `# pass 3`, or with its other reporter `ℹ pass 3`
            ["#" | "ℹ", "pass", passed] => self.passed += number(passed),
            ["#" | "ℹ", "fail", failed] => self.failed += number(failed),
            // Vitest: `Tests  1 failed | 2 passed (3)`
            ["Tests", rest @ ..] => {
                for pair in rest.windows(2) {
                    match pair {
                        [passed, "passed"] => self.passed += number(passed),
                        [failed, "failed"] => self.failed += number(failed),
                        _ => {}
                    }
                }
            }
            _ => {}
        }
    }
}

/// A line without the escape sequences that color it.
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
    use super::Counts;

    fn read(lines: &[&str]) -> (u64, u64) {
        let mut counts = Counts::default();
        for line in lines {
            counts.read(line);
        }
        (counts.passed, counts.failed)
    }

    #[test]
    fn closing_lines_of_each_runner_count() {
        assert_eq!(
            read(&[
                "test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s"
            ]),
            (12, 0)
        );
        assert_eq!(
            read(&[
                "test result: FAILED. 3 passed; 2 failed; 0 ignored; 0 filtered out; finished in 0.01s"
            ]),
            (3, 2)
        );
        assert_eq!(read(&["# tests 4", "# pass 3", "# fail 1", "# skipped 0"]), (3, 1));
        assert_eq!(read(&["ℹ pass 7", "ℹ fail 0"]), (7, 0));
        assert_eq!(
            read(&[
                " Test Files  1 passed (1)",
                "\u{1b}[2m      Tests \u{1b}[22m \u{1b}[31m1 failed\u{1b}[39m | \u{1b}[32m2 passed\u{1b}[39m (3)"
            ]),
            (2, 1)
        );
        assert_eq!(read(&["5 passed, 1 failed"]), (5, 1));
    }

    #[test]
    fn other_lines_do_not_count() {
        assert_eq!(
            read(&[
                "test walk::numbers ... ok",
                "running 3 tests",
                "all 3 passed, 0 failed attempts",
                ""
            ]),
            (0, 0)
        );
    }
}
