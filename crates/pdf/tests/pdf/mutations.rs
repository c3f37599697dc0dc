//! Damaged copies of files, the same in each run: a generator that is seeded, and mutations of the
//! kind that upsets readers.

/// Mutants of each file: a second's worth, and with `cargo xtask test --full` some minutes' worth.
/// PDF_FUZZ_ROUNDS says another number.
pub(crate) fn rounds() -> usize {
    let rounds = std::env::var("PDF_FUZZ_ROUNDS").ok().and_then(|text| text.parse().ok());
    let full = std::env::var_os("SWISSCOM_SIGN_FULL").is_some();
    rounds.unwrap_or(if full { 4000 } else { 40 })
}

/// A generator whose numbers are the same in each run (xorshift).
pub(crate) struct Numbers(u64);

impl Numbers {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % limit as u64).unwrap()
    }

    /// A copy with one to six things wrong.
    pub(crate) fn mutant(&mut self, bytes: &[u8]) -> Vec<u8> {
        let mut mutant = bytes.to_vec();
        for _ in 0..=self.below(6) {
            let at = self.below(mutant.len());
            match self.below(6) {
                0 => mutant[at] = u8::try_from(self.below(256)).unwrap(),
                1 => mutant[at] ^= 1 << self.below(8),
                2 => mutant.truncate(at.max(10)),
                3 => drop(mutant.drain(at..(at + 10).min(mutant.len()))),
                4 => {
                    // What stands there stands there twice.
                    let end = (at + 1 + self.below(60)).min(mutant.len());
                    let copy = mutant[at..end].to_vec();
                    mutant.splice(at..at, copy);
                }
                // A number becomes another one: offsets, lengths, references.
                _ => {
                    for byte in
                        mutant.iter_mut().skip(at).take(200).filter(|b| b.is_ascii_digit()).take(2)
                    {
                        *byte = b'0' + u8::try_from(self.below(10)).unwrap();
                    }
                }
            }
            if mutant.is_empty() {
                mutant.push(b'%');
            }
        }
        mutant
    }
}
