//! Why a file is rejected.

use std::fmt;

use swisscom_sign::contract::{Problem, ProblemCode};

/// A PDF that cannot be attached or signed. Its text is a sentence for the user who sent the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PdfError {
    /// The file has no PDF header.
    NotAPdf,
    /// The structure of the file cannot be read; the text names the part.
    Damaged(&'static str),
    /// The file is encrypted, with or without a password to open it.
    Encrypted,
    /// The author has certified the file (`DocMDP`): a further signature would invalidate the
    /// certification.
    Certified,
    /// An earlier signature has locked every form field (`FieldMDP`): a further signature would
    /// invalidate it.
    Locked,
    /// The file is larger than [`super::MAX_FILE`].
    TooLarge,
}

impl PdfError {
    /// The same as a problem of the request that attaches the file.
    #[must_use]
    pub fn to_problem(&self) -> Problem {
        let (code, message) = match self {
            Self::NotAPdf => (ProblemCode::NotAPdf, "not a PDF: the file has no `%PDF-` header"),
            Self::Encrypted => (ProblemCode::FileEncrypted, "encrypted PDF: remove the protection"),
            Self::Certified => (
                ProblemCode::FileCertified,
                "certified PDF: a signature would invalidate the certification of its author",
            ),
            Self::Locked => (
                ProblemCode::FileCertified,
                "PDF locked by an earlier signature: a further signature would invalidate it",
            ),
            Self::TooLarge => (ProblemCode::FileTooLarge, "file too large to be read"),
            Self::Damaged(what) => {
                let message = format!("damaged PDF: {what}; save the file again with a PDF editor");
                return Problem::new(CONTENT, ProblemCode::FileDamaged, message);
            }
        };
        Problem::new(CONTENT, code, message)
    }
}

/// Path of the file in the request that attaches it.
const CONTENT: &str = "$.content";

impl fmt::Display for PdfError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAPdf => formatter.write_str("The file is not a PDF: it has no %PDF- header."),
            Self::Damaged(what) => write!(
                formatter,
                "The PDF is damaged: {what}. Save it again with a PDF editor."
            ),
            Self::Encrypted => {
                formatter.write_str("The PDF is encrypted; remove its protection and try again.")
            }
            Self::Certified => formatter.write_str(
                "The PDF is certified by its author; a signature would invalidate the certification.",
            ),
            Self::Locked => formatter.write_str(
                "The PDF is locked by an earlier signature; a further signature would invalidate it.",
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
