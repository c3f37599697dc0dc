//! Coverage-guided fuzzing of everything that reads untrusted input.
//!
//! A target is a function of bytes that panics if one of its invariants is violated. `main` lets
//! libFuzzer call it; the tests run every target with its seeds.
//!
//! - [`json`]: JSON text, compared with `serde_json`. [`pdf_read`], [`pdf_tags`], [`pdf_sign`]: files.
//! - [`api`]: requests to the sandbox.
//! - `corpus`: files of the tests of the PDF reader, as seeds.
//! - `seeds`: seeds, dictionaries and limits, as files for libFuzzer.

#![allow(missing_docs, reason = "this crate is not published")]
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    clippy::unwrap_used,
    reason = "a target reports by panicking"
)]

pub mod api;
pub mod json;
pub mod pdf_read;
pub mod pdf_sign;
pub mod pdf_tags;
pub mod seeds;

// Shared with the tests of the PDF reader.
#[path = "../../pdf/tests/pdf/corpus.rs"]
mod corpus;
#[path = "../../pdf/tests/pdf/tools.rs"]
#[allow(dead_code, reason = "only the tests run other programs")]
mod tools;

/// A fuzz target.
#[derive(Debug)]
pub struct FuzzTarget {
    /// Name on the command line.
    pub name: &'static str,
    /// Its invariants, in one line.
    pub about: &'static str,
    /// Maximum length of an input, in bytes.
    pub max_len: usize,
    /// Runs an input. Panics if an invariant is violated.
    pub run: fn(&[u8]),
    /// Initial inputs.
    pub seeds: fn() -> Vec<Vec<u8>>,
    /// Words of the dictionary, which random mutation would find slowly.
    pub words: fn() -> Vec<String>,
}

/// Every target.
pub static TARGETS: &[FuzzTarget] = &[
    FuzzTarget {
        name: "json",
        about: "the core accepts the same JSON as serde_json, and valid bodies deserialize into the types",
        max_len: 4096,
        run: json::run,
        seeds: json::seeds,
        words: json::words,
    },
    FuzzTarget {
        name: "pdf_read",
        about: "pages and boxes of any bytes: all ways to read a file have the same result",
        max_len: 16 * 1024,
        run: pdf_read::run,
        seeds: pdf_read::seeds,
        words: pdf_read::words,
    },
    FuzzTarget {
        name: "pdf_tags",
        about: "tags in any content with any font: the same with and without object streams",
        max_len: 8 * 1024,
        run: pdf_tags::run,
        seeds: pdf_tags::seeds,
        words: pdf_tags::words,
    },
    FuzzTarget {
        name: "pdf_sign",
        about: "a file that passes inspection can be signed twice, both are valid, and a flipped bit is detected",
        max_len: 8 * 1024,
        run: pdf_sign::run,
        seeds: pdf_read::seeds,
        words: pdf_read::words,
    },
    FuzzTarget {
        name: "api",
        about: "requests to API, control, realm and pages: no 5xx, errors in the format of the contract",
        max_len: 8 * 1024,
        run: api::run,
        seeds: api::seeds,
        words: api::words,
    },
];

#[must_use]
pub fn target(name: &str) -> Option<&'static FuzzTarget> {
    TARGETS.iter().find(|target| target.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_targets_accept_their_seeds() {
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
