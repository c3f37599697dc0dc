//! What is wrong with a piece of JSON, and where.

use core::fmt;

/// One deviation from the contract.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Where: a JSONPath (RFC 9535) such as `$.invitees.signers[0].email`; `$` is the whole.
    pub path: String,
    /// Which rule.
    pub code: ProblemCode,
    /// A sentence that says what is wrong and what would be right. It never holds the value.
    pub message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path, self.message)
    }
}

/// How much a problem weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    /// The platform refuses the request.
    Error,
    /// The platform accepts the request and silently ignores the field.
    Warning,
}

macro_rules! problem_codes {
    ($( $(#[doc = $doc:literal])* $variant:ident = $code:literal $severity:ident ),+ $(,)?) => {
        /// The rule that a [`Problem`] breaks. The codes are stable.
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

            /// How much it weighs.
            pub fn severity(self) -> Severity {
                match self { $( Self::$variant => Severity::$severity, )+ }
            }
        }
    };
}

problem_codes! {
    /// The text is no JSON (RFC 8259).
    Syntax = "syntax" Error,
    /// The JSON is nested too deeply.
    TooDeep = "too_deep" Error,
    /// A key stands twice in one object.
    DuplicateKey = "duplicate_key" Error,
    /// A value of another type is wanted.
    Type = "type" Error,
    /// A required field is absent or null.
    Required = "required" Error,
    /// A string is too long.
    TooLong = "too_long" Error,
    /// A list has too many items.
    TooManyItems = "too_many_items" Error,
    /// An item stands twice in a list of unique items.
    DuplicateItem = "duplicate_item" Error,
    /// A number is too small.
    Minimum = "minimum" Error,
    /// A number is too large.
    Maximum = "maximum" Error,
    /// A string does not have the shape that is wanted.
    Format = "format" Error,
    /// A value is not one of those that are listed.
    Enumeration = "enumeration" Error,
    /// The same value stands twice where each must be unique: a property key, an identifier.
    NotUnique = "not_unique" Error,
    /// A duration or a time is outside what the platform takes.
    OutOfRange = "out_of_range" Error,
    /// The signature method does not exist at the signature level.
    MethodNotForLevel = "method_not_for_level" Error,
    /// Only corporate tenants may use this.
    CorporateOnly = "corporate_only" Error,
    /// Qualified signatures cannot be made in the TEST environment.
    NotSignableOnTest = "not_signable_on_test" Error,
    /// Reminders are configured and every notification is suppressed.
    RemindersSuppressed = "reminders_suppressed" Error,
    /// The process has no signer.
    NoSigner = "no_signer" Error,
    /// The process has no file.
    NoDocument = "no_document" Error,
    /// A signer has no signature position in any file.
    SignerNotPlaced = "signer_not_placed" Error,
    /// No file has a signature position of every signer.
    NoDocumentWithAllSigners = "no_document_with_all_signers" Error,
    /// A signature position lies on a page that the file does not have.
    PageOutOfRange = "page_out_of_range" Error,
    /// A signature would not lie wholly on its page.
    OutsideVisibleArea = "outside_visible_area" Error,
    /// A person has neither an e-mail address nor both names.
    PersonIncomplete = "person_incomplete" Error,
    /// The process has no such signer or participant.
    UnknownParticipant = "unknown_participant" Error,
    /// The signer was canceled, removed or replaced.
    ParticipantGone = "participant_gone" Error,
    /// The process holds as many files as it can.
    TooManyFiles = "too_many_files" Error,
    /// The file has no bytes.
    FileEmpty = "file_empty" Error,
    /// The file has more bytes than the contract's limit lets through.
    FileTooLarge = "file_too_large" Error,
    /// The bytes are no PDF.
    NotAPdf = "not_a_pdf" Error,
    /// The structure of the PDF cannot be read.
    FileDamaged = "file_damaged" Error,
    /// The PDF is encrypted, with or without a password to open it.
    FileEncrypted = "file_encrypted" Error,
    /// The author has certified the PDF: a signature would make that invalid.
    FileCertified = "file_certified" Error,
    /// The text of the file does not hold the tag of a signature position.
    TagNotFound = "tag_not_found" Error,
    /// The field is not part of the contract: it would be ignored.
    UnknownField = "unknown_field" Warning,
    /// The field is written by the platform only: it would be ignored.
    ReadOnly = "read_only" Warning,
}

impl fmt::Display for ProblemCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
