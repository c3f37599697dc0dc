//! Why the relay cannot start.

use std::error::Error;

use crate::secret::SecretError;

type Cause = Box<dyn Error + Send + Sync>;

#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct StartError {
    message: String,
    #[source]
    source: Option<Cause>,
}

impl StartError {
    pub fn with_source(message: impl Into<String>, source: impl Into<Cause>) -> Self {
        Self { message: message.into(), source: Some(source.into()) }
    }

    /// The message and its causes in one line.
    pub fn report(&self) -> String {
        report(self)
    }
}

/// An error and its causes in one line.
pub(crate) fn report(error: &dyn Error) -> String {
    let mut report = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        report.push_str(&format!(": {error}"));
        cause = error.source();
    }
    report
}

impl From<SecretError> for StartError {
    fn from(error: SecretError) -> Self {
        Self::with_source("missing secret", error)
    }
}

impl From<String> for StartError {
    fn from(message: String) -> Self {
        Self { message, source: None }
    }
}

impl From<&str> for StartError {
    fn from(message: &str) -> Self {
        message.to_owned().into()
    }
}
