//! Why a file is not accepted.

use std::fmt;

/// A PDF that cannot be attached or signed. The text of each is a sentence for
/// the person who sent the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refusal {
    /// There is no PDF header.
    NotAPdf,
    /// The structure of the file cannot be read; the text tells what is wrong.
    Damaged(&'static str),
    /// The file is encrypted, with or without a password to open it.
    Encrypted,
    /// The author has certified the file (`DocMDP`): a further signature would
    /// make that certification invalid.
    Certified,
    /// The file is larger than [`super::MAX_FILE`].
    TooLarge,
}

impl fmt::Display for Refusal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAPdf => formatter.write_str("The file is not a PDF: it has no %PDF header."),
            Self::Damaged(what) => write!(formatter, "The PDF is damaged: {what}."),
            Self::Encrypted => {
                formatter.write_str("The PDF is encrypted; remove its protection and try again.")
            }
            Self::Certified => formatter.write_str(
                "The PDF is certified by its author; a signature would invalidate the certification.",
            ),
            Self::TooLarge => write!(
                formatter,
                "The PDF is larger than {} MiB.",
                super::MAX_FILE >> 20
            ),
        }
    }
}

impl std::error::Error for Refusal {}
