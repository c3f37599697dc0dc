//! Coverage-guided fuzzing of everything that reads what anybody may send.
//!
//! A target is a function of bytes that panics when what it holds true is not: more than that
//! nothing panics by itself. `main` has libFuzzer call one; the tests run the seeds through all.
//!
//! - [`json`]: JSON text, beside another reader. [`pdf_read`], [`pdf_tags`], [`pdf_sign`]: files.
//! - [`api`]: requests to the engine of the sandbox.
//! - `corpus`: the files that the tests of the PDF reader are about, as seeds.
//! - `seeds`: first inputs, dictionaries and limits, as files for libFuzzer.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    clippy::unwrap_used,
    reason = "a target tells what it found by panicking"
)]

pub mod api;
pub mod json;
pub mod pdf_read;
pub mod pdf_sign;
pub mod pdf_tags;
pub mod seeds;

// The files that the tests of the PDF reader make.
#[path = "../../pdf/tests/pdf/corpus.rs"]
mod corpus;
#[path = "../../pdf/tests/pdf/tools.rs"]
#[allow(dead_code, reason = "programs that judge are for the tests")]
mod tools;

/// What is fuzzed.
#[derive(Debug)]
pub struct FuzzTarget {
    /// How it is called.
    pub name: &'static str,
    /// What it holds true, in one line.
    pub about: &'static str,
    /// Longest input that is tried, in bytes.
    pub max_len: usize,
    /// Tries an input. Panics when it found something.
    pub run: fn(&[u8]),
    /// Inputs to begin with.
    pub seeds: fn() -> Vec<Vec<u8>>,
    /// Words to put in: what chance alone would take long to spell.
    pub words: fn() -> Vec<String>,
}

/// Every target.
pub static TARGETS: &[FuzzTarget] = &[
    FuzzTarget {
        name: "json",
        about: "the core reads the JSON that serde_json reads, and what the walk passes fits the types",
        max_len: 4096,
        run: json::run,
        seeds: json::seeds,
        words: json::words,
    },
    FuzzTarget {
        name: "pdf_read",
        about: "pages and boxes of any bytes: all ways to read a file tell the same",
        max_len: 16 * 1024,
        run: pdf_read::run,
        seeds: pdf_read::seeds,
        words: pdf_read::words,
    },
    FuzzTarget {
        name: "pdf_tags",
        about: "tags in any content with any font: the same however the file is packed",
        max_len: 8 * 1024,
        run: pdf_tags::run,
        seeds: pdf_tags::seeds,
        words: pdf_tags::words,
    },
    FuzzTarget {
        name: "pdf_sign",
        about: "a file that may be signed is: twice, both valid, and a flipped bit is found",
        max_len: 8 * 1024,
        run: pdf_sign::run,
        seeds: pdf_read::seeds,
        words: pdf_read::words,
    },
    FuzzTarget {
        name: "api",
        about: "requests to API, control, realm and pages: no 5xx, errors of the contract's shape",
        max_len: 8 * 1024,
        run: api::run,
        seeds: api::seeds,
        words: api::words,
    },
];

/// The target of that name.
#[must_use]
pub fn target(name: &str) -> Option<&'static FuzzTarget> {
    TARGETS.iter().find(|target| target.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_seed_passes() {
        for target in TARGETS {
            let seeds = (target.seeds)();
            assert!(seeds.len() >= 5, "{} has too few seeds", target.name);
            for seed in seeds {
                assert!(
                    seed.len() <= target.max_len,
                    "{}: a seed of {} bytes",
                    target.name,
                    seed.len()
                );
                (target.run)(&seed);
            }
            assert!(!(target.words)().is_empty(), "{} has no words", target.name);
        }
    }
    /// Mutants of each target.
    const MUTANTS: u64 = 400;

    /// A pseudo-random number (SplitMix64), the same in every run.
    fn next(state: &mut u64) -> usize {
        *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = (*state ^ (*state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        usize::try_from((mixed ^ (mixed >> 31)) >> 33).unwrap()
    }

    fn mutate(bytes: &mut Vec<u8>, words: &[String], state: &mut u64) {
        for _ in 0..=next(state) % 4 {
            let from = next(state) % (bytes.len() + 1);
            let to = (from + next(state) % 16).min(bytes.len());
            match next(state) % 4 {
                0 if from < to => bytes[from] ^= 1 << (next(state) % 8),
                1 => drop(bytes.drain(from..to)),
                2 => {
                    let copy = bytes[from..to].to_vec();
                    bytes.splice(from..from, copy);
                }
                _ => {
                    let word = words[next(state) % words.len()].bytes();
                    bytes.splice(from..to, word);
                }
            }
        }
    }

    /// A short substitute for libFuzzer, which needs a build of its own.
    #[test]
    fn mutated_seeds_pass() {
        for target in TARGETS {
            let (seeds, words) = ((target.seeds)(), (target.words)());
            for number in 0..MUTANTS {
                let mut state = number;
                let mut mutant = seeds[next(&mut state) % seeds.len()].clone();
                mutate(&mut mutant, &words, &mut state);
                mutant.truncate(target.max_len);
                if std::panic::catch_unwind(|| (target.run)(&mutant)).is_err() {
                    let text = mutant.escape_ascii();
                    panic!("{}: mutant {number} failed: {text}", target.name);
                }
            }
        }
    }
}
