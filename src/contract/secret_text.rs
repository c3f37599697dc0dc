//! Text that `Debug` does not print.

use core::fmt;

use crate::format_text::{format_integer, join};

/// Text that grants access or contains a document: the URL of a participant, the content of a file.
/// `Debug` prints its length only, so that a log line cannot leak it. Serialized as a string.
#[derive(Clone, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "model", derive(serde::Serialize, serde::Deserialize), serde(transparent))]
pub struct SecretText(String);

impl SecretText {
    /// The text.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Converts to the text.
    pub fn into_exposed(self) -> String {
        self.0
    }
}

impl From<String> for SecretText {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl From<&str> for SecretText {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl fmt::Debug for SecretText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Redacted(&self.0).fmt(f)
    }
}

/// Prints the length of a text instead of the text.
pub(crate) struct Redacted<'a>(pub(crate) &'a str);

impl fmt::Debug for Redacted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&join(&["[", &format_integer(self.0.len() as i64), " bytes]"]))
    }
}
