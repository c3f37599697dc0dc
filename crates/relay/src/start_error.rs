//! Why the relay cannot start.

use std::error::Error;

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
        let mut report = self.message.clone();
        let mut cause = self.source();
        while let Some(error) = cause {
            report.push_str(&format!(": {error}"));
            cause = error.source();
        }
        report
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
