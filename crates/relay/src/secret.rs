//! Secrets come from a file or from an environment variable, never from an argument or from the
//! configuration's own text, and are typed so that nothing prints them.

use std::path::PathBuf;

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

/// Where a secret comes from: `{ file = "/run/secrets/x" }` or `{ env = "NAME" }`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SecretSource {
    /// A file whose text, without white space at its ends, is the secret. It is read again when
    /// the secret is needed again, so that a rotation needs no restart.
    pub file: Option<PathBuf>,
    /// An environment variable.
    pub env: Option<String>,
    /// Made by the relay itself, for development; not to be had from a file.
    #[serde(skip)]
    pub value: Option<SecretString>,
}

impl SecretSource {
    /// From an environment variable.
    pub fn env(name: &str) -> Self {
        Self { env: Some(name.into()), ..Self::default() }
    }

    /// From a file.
    pub fn file(path: impl Into<PathBuf>) -> Self {
        Self { file: Some(path.into()), ..Self::default() }
    }

    /// A secret that was just made.
    pub fn value(secret: impl Into<String>) -> Self {
        Self { value: Some(SecretString::from(secret.into())), ..Self::default() }
    }

    /// Reads the secret as it is now.
    ///
    /// # Errors
    /// A sentence that says what is wrong; it never holds the secret.
    pub fn read(&self) -> Result<SecretString, String> {
        if let Some(value) = &self.value {
            return Ok(value.clone());
        }
        let text = match (&self.file, &self.env) {
            (Some(path), None) => std::fs::read_to_string(path)
                .map_err(|error| format!("{}: {error}", path.display()))?,
            (None, Some(name)) => std::env::var(name)
                .map_err(|_| format!("the environment variable {name} is not set (or no text)"))?,
            _ => return Err("wants exactly one of `file` and `env`".into()),
        };
        let secret = SecretString::from(text.trim());
        let _wiped = SecretString::from(text);
        if secret.expose_secret().is_empty() {
            return Err(match (&self.file, &self.env) {
                (Some(path), _) => format!("{} is empty", path.display()),
                (_, Some(name)) => format!("the environment variable {name} is empty"),
                _ => "is empty".into(),
            });
        }
        Ok(secret)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_trimmed_and_reread() {
        let path = std::env::temp_dir().join(format!("relay-secret-{}", std::process::id()));
        std::fs::write(&path, "one\n").unwrap();
        let source = SecretSource::file(&path);
        assert_eq!(source.read().unwrap().expose_secret(), "one");
        std::fs::write(&path, " two \n").unwrap();
        assert_eq!(source.read().unwrap().expose_secret(), "two");
        std::fs::write(&path, "\n").unwrap();
        assert!(source.read().unwrap_err().contains("empty"));
        std::fs::remove_file(&path).unwrap();
        assert!(source.read().is_err());
        assert!(SecretSource::default().read().is_err());
    }
}
