//! Why a file is rejected.

use std::borrow::Cow;
use std::fmt;

use swisscom_sign::contract::{Problem, ProblemCode};

/// A PDF that cannot be attached or signed. Its text is a sentence for the user who sent the file.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PdfError {
    /// The file has no PDF header.
    NotAPdf,
    /// The structure of the file cannot be read; the text names the part and the object.
    Damaged(Cow<'static, str>),
    /// The file is encrypted, with or without a password to open it.
    Encrypted,
    /// The author has certified the file (`DocMDP`): a further signature would invalidate the
    /// certification.
    Certified(CertifiedChanges),
    /// An earlier signature has locked every form field (`FieldMDP`): a further signature would
    /// invalidate it.
    Locked,
    /// The file is larger than [`super::MAX_FILE`].
    TooLarge,
}

/// Changes that the certification of a file permits (`/P` of DocMDP, ISO 32000-2, table 257).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CertifiedChanges {
    /// None (1).
    None,
    /// Filling in and signing the existing form fields (2), and annotations (3).
    ExistingFields,
}

impl CertifiedChanges {
    /// Why a signature at a position is rejected.
    fn reason(self) -> &'static str {
        match self {
            Self::None => {
                "the author permits no changes (DocMDP level 1), so a signature would \
                 invalidate the certification"
            }
            Self::ExistingFields => {
                "the author permits signatures in the existing signature fields \
                 only (DocMDP level 2 or 3), but a signature position requires a new field, which \
                 would invalidate the certification"
            }
        }
    }
}

impl PdfError {
    /// [`Self::Damaged`] with this description.
    #[doc(hidden)]
    pub fn damaged(what: impl Into<Cow<'static, str>>) -> Self {
        Self::Damaged(what.into())
    }

    /// The same as a problem of the request that attaches the file.
    #[must_use]
    pub fn to_problem(&self) -> Problem {
        let (code, message): (_, Cow<'_, str>) = match self {
            Self::NotAPdf => {
                (ProblemCode::NotAPdf, "not a PDF: the file has no `%PDF-` header".into())
            }
            Self::Encrypted => {
                (ProblemCode::FileEncrypted, "encrypted PDF: remove the protection".into())
            }
            Self::Certified(permitted) => (
                ProblemCode::FileCertified,
                format!("certified PDF: {}; use a copy without it", permitted.reason()).into(),
            ),
            Self::Locked => (
                ProblemCode::FileCertified,
                "PDF locked by an earlier signature: a further signature would invalidate it"
                    .into(),
            ),
            Self::TooLarge => (ProblemCode::FileTooLarge, "file too large to be read".into()),
            Self::Damaged(what) => (
                ProblemCode::FileDamaged,
                format!("damaged PDF: {what}; save the file again with a PDF editor").into(),
            ),
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
            Self::Certified(permitted) => {
                write!(formatter, "The PDF is certified: {}. Use a copy without it.", permitted.reason())
            }
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
