//! The options of `createSandbox`, as the text that `JSON.stringify` makes of them.

use std::sync::{Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;
use serde::Deserialize;

use super::key;
use crate::clock::{Clock, SystemClock};
use crate::directory::Directory;
use crate::documents::Pades;
use crate::engine::{NewKey, Parts};
use crate::ids::{Ids, SeededIds};
use crate::rulings::Rulings;
use crate::seed::Seed;
use crate::timeline::Mode;

/// What there is at first.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Begin {
    #[default]
    None,
    Demo,
}

/// A clock at first; a frozen one stands where it is, unless it is told where.
#[derive(Debug, Default, Deserialize)]
#[serde(tag = "mode", rename_all = "camelCase", deny_unknown_fields)]
enum First {
    #[default]
    Real,
    Frozen {
        at: Option<Timestamp>,
    },
    Offset {
        by: SignedDuration,
    },
}

impl First {
    fn mode(&self) -> Mode {
        match *self {
            Self::Real => Mode::Real,
            Self::Frozen { at } => Mode::Frozen { at: at.unwrap_or_else(|| SystemClock.now()) },
            Self::Offset { by } => Mode::Offset { by },
        }
    }
}

/// The options; the page of the entry point documents them.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(super) struct Options {
    url: String,
    client_id: Option<String>,
    client_secret: Option<SecretString>,
    seed: Begin,
    rng_seed: Option<u64>,
    clock: First,
    switches: Rulings,
}

impl Options {
    /// Reads them.
    ///
    /// # Errors
    /// A sentence.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        serde_json::from_str(text).map_err(|error| error.to_string())
    }

    /// The parts of an engine in memory that signs. `random` are 32 bytes that nobody can guess.
    ///
    /// # Errors
    /// A sentence.
    pub(super) fn parts(self, random: [u8; 32]) -> Result<Parts, String> {
        let mut random = SeededIds::new(random);
        let clock = self.clock.mode().checked(SystemClock.now())?;
        let rulings = self.switches.checked()?;
        let directory = Directory::seeded(self.client_id, self.client_secret, || random.code());
        // As the server does: a number fixes identifiers and signatures, secrets stay random.
        let (ids, signer) = match self.rng_seed {
            Some(seed) => (SeededIds::from_number(seed), SeededIds::from_number(seed).next()),
            None => (SeededIds::new(random.next()), random.next()),
        };
        let documents =
            Pades::new(signer, Timestamp::UNIX_EPOCH).map_err(|error| error.to_string())?;
        let keys = key::keyring(&random.next());
        let mut parts = Parts::new(self.url, directory, keys, ids);
        let random = Mutex::new(random);
        parts.new_key = Some(NewKey(Box::new(move || {
            key::keyring(&random.lock().unwrap_or_else(PoisonError::into_inner).next())
        })));
        parts.documents = Box::new(documents);
        parts.rulings = rulings;
        parts.clock_mode = clock;
        parts.seed = match self.seed {
            Begin::None => Seed::None,
            Begin::Demo => Seed::Demo,
        };
        Ok(parts)
    }
}
