//! Problems of a request: path, code and message.

use core::fmt;

/// A violation of the contract, or something that is likely to be a mistake.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Problem {
    /// JSONPath (RFC 9535) such as `$.invitees.signers[0].email`; `$` is the root.
    pub path: String,
    /// Violated rule.
    pub code: ProblemCode,
    /// What is wrong and what is expected. Never contains personal data.
    pub message: String,
    /// Whether the request can be sent; usually that of the code.
    pub severity: Severity,
}

impl Problem {
    /// Creates a problem with the severity of its code.
    pub fn new(path: impl Into<String>, code: ProblemCode, message: impl Into<String>) -> Self {
        Self { path: path.into(), code, message: message.into(), severity: code.severity() }
    }

    /// Sets the severity.
    #[must_use]
    pub fn with_severity(mut self, severity: Severity) -> Self {
        self.severity = severity;
        self
    }

    /// Whether the request must not be sent.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path, self.message)
    }
}

/// Severity of a problem.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    /// The request violates contract or guide: the platform rejects it.
    Error,
    /// The request can be sent: the platform decides, or silently ignores the field.
    Warning,
}

macro_rules! problem_codes {
    ($( $(#[doc = $doc:literal])* $variant:ident = $code:literal $severity:ident ),+ $(,)?) => {
        /// Stable code of the rule that a [`Problem`] violates.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum ProblemCode {
            $( $(#[doc = $doc])* $variant, )+
        }

        impl ProblemCode {
            /// Every code.
            pub const ALL: &'static [ProblemCode] = &[$(Self::$variant),+];

            /// The code as text.
            pub fn as_str(self) -> &'static str {
                match self { $( Self::$variant => $code, )+ }
            }

            /// Usual severity of its problems.
            pub fn severity(self) -> Severity {
                match self { $( Self::$variant => Severity::$severity, )+ }
            }
        }
    };
}

problem_codes! {
    /// The text is not JSON (RFC 8259).
    Syntax = "syntax" Error,
    /// The JSON is nested too deeply.
    TooDeep = "too_deep" Error,
    /// An object contains a key twice.
    DuplicateKey = "duplicate_key" Error,
    /// A value has the wrong type.
    Type = "type" Error,
    /// A required field is absent or null.
    Required = "required" Error,
    /// A string is too long.
    TooLong = "too_long" Error,
    /// A list has too many items.
    TooManyItems = "too_many_items" Error,
    /// A list of unique items contains an item twice.
    DuplicateItem = "duplicate_item" Error,
    /// A number is too small.
    Minimum = "minimum" Error,
    /// A number is too large.
    Maximum = "maximum" Error,
    /// A string does not have the expected format.
    Format = "format" Error,
    /// A value is not in the enumeration.
    Enumeration = "enumeration" Error,
    /// A value that must be unique occurs twice: a property key, an identifier.
    NotUnique = "not_unique" Error,
    /// A duration or a time is outside the range that the platform accepts.
    OutOfRange = "out_of_range" Error,
    /// The signature method does not exist at the signature level.
    MethodNotForLevel = "method_not_for_level" Error,
    /// The feature is available to corporate tenants only.
    CorporateOnly = "corporate_only" Error,
    /// The TEST environment accepts the process, but qualified signatures are not available there.
    NotSignableOnTest = "not_signable_on_test" Warning,
    /// Reminders are configured although every notification is suppressed.
    RemindersSuppressed = "reminders_suppressed" Error,
    /// The process has no signer.
    NoSigner = "no_signer" Error,
    /// The process has no file.
    NoDocument = "no_document" Error,
    /// A signer has no signature position in any file.
    SignerNotPlaced = "signer_not_placed" Error,
    /// No file has a signature position of every signer.
    NoDocumentWithAllSigners = "no_document_with_all_signers" Error,
    /// A signature position is on a page that the file does not have.
    PageOutOfRange = "page_out_of_range" Error,
    /// A signature would extend beyond its page.
    OutsideVisibleArea = "outside_visible_area" Error,
    /// A person has neither an e-mail address nor both names.
    PersonIncomplete = "person_incomplete" Error,
    /// The signer or participant does not exist in the process.
    UnknownParticipant = "unknown_participant" Error,
    /// The signer was canceled, removed or replaced.
    ParticipantGone = "participant_gone" Warning,
    /// The process already has the maximum number of files.
    TooManyFiles = "too_many_files" Error,
    /// The file is empty.
    FileEmpty = "file_empty" Error,
    /// The file exceeds the contract's limit.
    FileTooLarge = "file_too_large" Error,
    /// The file is not a PDF.
    NotAPdf = "not_a_pdf" Error,
    /// The structure of the PDF is damaged.
    FileDamaged = "file_damaged" Error,
    /// The PDF is encrypted, with or without a password to open it.
    FileEncrypted = "file_encrypted" Error,
    /// The PDF is certified: a signature would invalidate the certification.
    FileCertified = "file_certified" Error,
    /// The text of the file does not contain the tag of a signature position.
    TagNotFound = "tag_not_found" Error,
    /// The text of the file is too complex to be searched completely for signature tags.
    TagsNotSearched = "tags_not_searched" Warning,
    /// Two signature positions overlap.
    OverlappingPositions = "overlapping_positions" Warning,
    /// The field is not part of the contract; the platform would ignore it.
    UnknownField = "unknown_field" Warning,
    /// The field is read-only; the platform would ignore it.
    ReadOnly = "read_only" Warning,
}

impl fmt::Display for ProblemCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
