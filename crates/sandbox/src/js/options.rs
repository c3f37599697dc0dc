//! Options of `createSandbox`, as JSON.

use std::sync::{Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;
use serde::Deserialize;

use super::key;
use crate::clock::{Clock, SystemClock};
use crate::clocks::ClockMode;
use crate::directory::Directory;
use crate::documents::PadesDocuments;
use crate::gateway::GatewayParts;
use crate::ids::{IdGenerator, SeededIds};
use crate::initial_data::InitialData;
use crate::platform::KeyFactory;
use crate::settings::SandboxSettings;

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
enum InitialDataOption {
    #[default]
    None,
    Demo,
}

/// Initial clock; a frozen clock without a time keeps the current time.
#[derive(Debug, Default, Deserialize)]
#[serde(tag = "mode", rename_all = "camelCase", deny_unknown_fields)]
enum InitialClockOption {
    #[default]
    Real,
    Frozen {
        at: Option<Timestamp>,
    },
    Offset {
        by: SignedDuration,
    },
}

impl InitialClockOption {
    fn mode(&self) -> ClockMode {
        match *self {
            Self::Real => ClockMode::Real,
            Self::Frozen { at } => {
                ClockMode::Frozen { at: at.unwrap_or_else(|| SystemClock.now()) }
            }
            Self::Offset { by } => ClockMode::Offset { by },
        }
    }
}

/// Options; documented in the guide of the entry point.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(super) struct SandboxOptions {
    url: String,
    client_id: Option<String>,
    client_secret: Option<SecretString>,
    initial_data: InitialDataOption,
    rng_seed: Option<u64>,
    clock: InitialClockOption,
    settings: SandboxSettings,
}

impl SandboxOptions {
    /// Parses the options.
    ///
    /// # Errors
    /// A message that names the invalid option.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        serde_json::from_str(text).map_err(|error| error.to_string())
    }

    /// Dependencies of an in-memory platform that signs. `random` are 32 unpredictable bytes.
    ///
    /// # Errors
    /// A message that names the invalid option.
    pub(super) fn parts(self, random: [u8; 32]) -> Result<GatewayParts, String> {
        let mut random = SeededIds::new(random);
        let clock = self.clock.mode().validate(SystemClock.now())?;
        let settings = self.settings.validate()?;
        let directory = Directory::with_seed(self.client_id, self.client_secret, || random.code());
        // As in the server: a seed makes identifiers and signatures reproducible, secrets stay random.
        let (ids, signer) = match self.rng_seed {
            Some(seed) => (SeededIds::from_number(seed), SeededIds::from_number(seed).next()),
            None => (SeededIds::new(random.next()), random.next()),
        };
        let documents = PadesDocuments::new(signer, Timestamp::UNIX_EPOCH)
            .map_err(|error| error.to_string())?;
        let keys = key::keyring(&random.next());
        let mut parts = GatewayParts::new(self.url, directory, keys, ids);
        let random = Mutex::new(random);
        parts.platform.new_key = Some(KeyFactory(Box::new(move || {
            key::keyring(&random.lock().unwrap_or_else(PoisonError::into_inner).next())
        })));
        parts.platform.documents = Box::new(documents);
        parts.platform.settings = settings;
        parts.platform.clock_mode = clock;
        parts.initial_data = match self.initial_data {
            InitialDataOption::None => InitialData::None,
            InitialDataOption::Demo => InitialData::Demo,
        };
        Ok(parts)
    }
}
