//! Why a file is not accepted.

use std::fmt;

use swisscom_sign::contract::{Problem, ProblemCode};

/// A PDF that cannot be attached or signed. The text of each is a sentence for
/// the person who sent the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PdfError {
    /// There is no PDF header.
    NotAPdf,
    /// The structure of the file cannot be read; the text tells what is wrong.
    Damaged(&'static str),
    /// The file is encrypted, with or without a password to open it.
    Encrypted,
    /// The author has certified the file (`DocMDP`): a further signature would
    /// make that certification invalid.
    Certified,
    /// An earlier signature has locked every form field (`FieldMDP`): a further
    /// one would make it invalid.
    Locked,
    /// The file is larger than [`super::MAX_FILE`].
    TooLarge,
}

impl PdfError {
    /// The same as a problem of the request that attaches the file.
    #[must_use]
    pub fn problem(&self) -> Problem {
        let (code, message) = match self {
            Self::NotAPdf => (ProblemCode::NotAPdf, "is no PDF: it has no %PDF- header"),
            Self::Encrypted => (ProblemCode::FileEncrypted, "is encrypted: remove its protection"),
            Self::Certified => (
                ProblemCode::FileCertified,
                "is certified by its author: a signature would invalidate that",
            ),
            Self::Locked => (
                ProblemCode::FileCertified,
                "is locked by an earlier signature: a further one would invalidate that",
            ),
            Self::TooLarge => (ProblemCode::FileTooLarge, "is too large to be read"),
            Self::Damaged(what) => {
                let message = format!("is damaged: {what}");
                return Problem {
                    path: CONTENT.to_owned(),
                    code: ProblemCode::FileDamaged,
                    message,
                };
            }
        };
        Problem { path: CONTENT.to_owned(), code, message: message.to_owned() }
    }
}

/// Where a file stands in the request that attaches it.
const CONTENT: &str = "$.content";

impl fmt::Display for PdfError {
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
            Self::Locked => formatter.write_str(
                "The PDF is locked by an earlier signature; a further one would invalidate that one.",
            ),
            Self::TooLarge => write!(
                formatter,
                "The PDF is larger than {} MiB.",
                super::MAX_FILE >> 20
            ),
        }
    }
}

impl std::error::Error for PdfError {}
