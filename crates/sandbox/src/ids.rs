//! Identifiers and codes. All of them derive from one seed, so that a run with a given seed is
//! reproducible to the byte.

use std::fmt;

use sha2::{Digest, Sha256};
use uuid::{Builder, Uuid};

/// Source of identifiers.
pub trait IdGenerator: Send {
    /// The next 32 bytes.
    fn next(&mut self) -> [u8; 32];

    /// UUID version 4.
    fn uuid(&mut self) -> Uuid {
        let mut bytes = [0; 16];
        for (to, from) in bytes.iter_mut().zip(self.next()) {
            *to = from;
        }
        Builder::from_random_bytes(bytes).into_uuid()
    }

    /// URL-safe code of 128 bits that cannot be guessed without the seed.
    fn code(&mut self) -> String {
        self.next().iter().take(16).map(|byte| format!("{byte:02x}")).collect()
    }

    /// Six-digit code for manual entry.
    fn digits(&mut self) -> String {
        let number = self.next().iter().take(8).fold(0_u64, |n, byte| n << 8 | u64::from(*byte));
        format!("{:06}", number % 1_000_000)
    }
}

/// SHA-256 of a seed and a counter.
pub struct SeededIds {
    seed: [u8; 32],
    counter: u64,
}

impl SeededIds {
    /// Identifiers derived from this seed.
    pub fn new(seed: [u8; 32]) -> Self {
        Self { seed, counter: 0 }
    }

    /// Identifiers derived from a number, for reproducible runs.
    pub fn from_number(seed: u64) -> Self {
        Self::new(Sha256::digest(seed.to_be_bytes()).into())
    }

    /// Identifiers for a later start on the same store, which already contains the first ones.
    pub fn for_run(seed: u64, starts: u64) -> Self {
        if starts == 0 {
            return Self::from_number(seed);
        }
        let both = Sha256::new().chain_update(seed.to_be_bytes());
        Self::new(both.chain_update(starts.to_be_bytes()).finalize().into())
    }
}

impl IdGenerator for SeededIds {
    fn next(&mut self) -> [u8; 32] {
        self.counter += 1;
        Sha256::new()
            .chain_update(self.seed)
            .chain_update(self.counter.to_be_bytes())
            .finalize()
            .into()
    }
}

impl fmt::Debug for SeededIds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The seed determines the one-time codes.
        f.debug_struct("SeededIds").field("counter", &self.counter).finish_non_exhaustive()
    }
}
