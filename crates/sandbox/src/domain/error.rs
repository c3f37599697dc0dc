//! Errors of the platform. The contract keeps the set of names open; clients distinguish errors by
//! `name` and status.

use std::fmt;

/// Kind of an error; determines the HTTP status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DomainErrorKind {
    /// The request violates the contract, independently of any state: 400.
    Invalid,
    /// The caller lacks the permission: 403.
    Forbidden,
    /// The process does not exist: 404 or 409, as documented for the operation.
    Missing,
    /// The control API does not know the identifier: 404.
    Absent,
    /// The request conflicts with the state or with other objects: 409.
    Conflict,
    /// The resource was deleted: 410.
    Gone,
    /// The resource is not available yet: 412.
    NotYet,
    /// The body is too large: 413.
    TooLarge,
}

macro_rules! names {
    ($( $(#[doc = $doc:literal])* $name:ident $kind:ident $subject:literal $body:literal ),+ $(,)?) => {
        /// Name of an error, as in `Error.name`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum ErrorName { $( $(#[doc = $doc])* $name ),+ }

        impl ErrorName {
            /// All names.
            pub const ALL: &'static [ErrorName] = &[$(Self::$name),+];

            /// Name as text.
            pub fn as_str(self) -> &'static str {
                match self { $( Self::$name => stringify!($name) ),+ }
            }

            /// Kind of the error.
            pub fn kind(self) -> DomainErrorKind {
                match self { $( Self::$name => DomainErrorKind::$kind ),+ }
            }

            /// Title for users.
            pub fn subject(self) -> &'static str {
                match self { $( Self::$name => $subject ),+ }
            }

            /// Sentence for users.
            pub fn body(self) -> &'static str {
                match self { $( Self::$name => $body ),+ }
            }
        }
    };
}

names! {
    /// The request violates the contract.
    Validation Invalid "Invalid request" "The request does not match the contract.",
    /// The caller lacks the scope, or the process belongs to another organization.
    AccessDenied Forbidden "Access denied" "You are not allowed to do this.",
    /// The process does not exist for this caller.
    ProcessNotFound Missing "Process not found" "The process does not exist.",
    /// The body exceeds the size limit of the server.
    RequestTooLarge TooLarge "Request too large" "The request is larger than this operation accepts.",

    /// Two participants or two files have the same external identifier.
    DuplicateExternalIdentifier Conflict "Duplicate external identifier" "Two participants or two files have the same external identifier.",
    /// Duplicate property key.
    DuplicateProperty Conflict "Duplicate property key" "Two properties have the same key.",
    /// The team does not exist in the organization.
    TeamNotFound Conflict "Team not found" "The team does not exist.",
    /// The partner does not exist.
    PartnerNotFound Conflict "Partner not found" "The partner does not exist.",

    /// The process was released: files and setup can no longer change.
    ProcessAlreadyReleased Conflict "Process already released" "The process was released and can no longer be changed.",
    /// The file exceeds 40 MiB.
    FileTooLarge Conflict "File too large" "A file may have at most 40 MiB.",
    /// The process has 100 files already.
    TooManyFiles Conflict "Too many files" "A process may have at most 100 files.",
    /// The file is not a PDF, or cannot be signed.
    InvalidDocument Conflict "Document not accepted" "The file is not a PDF that can be signed.",
    /// The signer of a position is not a signer of the process.
    SignerNotFound Conflict "Signer not found" "The signer is not a signer of this process.",
    /// The tag of a position is not in the text of the file.
    SignatureTagNotFound Conflict "Signature tag not found" "The signature tag is not in the document.",
    /// The text of the file is too complex to be searched completely for a tag.
    SignatureTagsNotSearched Conflict "Signature tags not searched" "The document is too complex to be searched for signature tags.",

    /// Release: the process has no signer.
    NoSigner Conflict "No signer" "The process has no signer.",
    /// Release: the process has no document.
    NoDocument Conflict "No document" "The process has no document.",
    /// Release: a signer has no position on any document.
    SignerNotPlaced Conflict "Signer not placed" "A signer has no signature position on any document.",
    /// Release: no document has a position for each signer.
    NoDocumentWithAllSigners Conflict "No document with all signers" "No document has a signature position for every signer.",
    /// Release, attach: a visible signature exceeds its page.
    SignatureOutsideVisibleArea Conflict "Signature outside the page" "A signature is not within the visible area of its page.",
    /// Release: a position is on a page that the document does not have.
    PageOutOfRange Conflict "Page out of range" "A signature is on a page that the document does not have.",
    /// Release: the initiator has neither an e-mail address nor both names.
    PersonIncomplete Conflict "Incomplete contact details" "A person needs an email address, or a first and last name.",
    /// Release: `validUntil` is not in the future.
    ValidUntilNotInFuture Conflict "Expiry in the past" "The process must expire in the future.",
    /// Release: reminders, but every mail is suppressed.
    ReminderSuppressed Conflict "Reminders suppressed" "Reminders cannot be sent when all notifications are suppressed.",
    /// Release: a reminder interval is not between P1D and P30D.
    ReminderOutOfRange Conflict "Reminder out of range" "Reminders must be between one and thirty days.",
    /// Release: the signature level does not allow the method.
    SignatureMethodNotAllowed Conflict "Signature method not allowed" "The signature method does not fit the signature level.",

    /// Open, sign: the process is not released.
    ProcessNotReleased Conflict "Process not released" "The process was not released yet.",
    /// The participant does not exist in the process, or is a system.
    ParticipantNotFound Conflict "Participant not found" "The participant is not a person of this process.",
    /// The signer was removed, replaced or canceled.
    ParticipantInactive Conflict "Participant no longer active" "The participant no longer takes part in this process.",

    /// Sign, decline: the process has ended.
    ProcessEnded Conflict "Process ended" "The process has ended.",
    /// Sign: another signer has to sign first.
    NotYourTurn Conflict "Not your turn" "Other signers sign first.",
    /// Sign: the signer has already signed or declined.
    SignerAlreadyDone Conflict "Already done" "The signer has already signed or declined.",
    /// Sign: the online identification has not succeeded.
    IdentificationRequired Conflict "Identification required" "The online identification has not been passed.",
    /// Sign: QUALIFIED signatures cannot be made on TEST.
    QualifiedNotAvailable Conflict "Qualified signature not available" "Qualified signatures cannot be made on the test environment.",
    /// Setup completion: the setup page was not requested.
    SetupNotRequested Conflict "Setup not requested" "The setup page was not requested for this process.",
    /// Archive: the process has not ended.
    ProcessNotEnded Conflict "Process not ended" "Only a process that has ended can be archived.",

    /// Control: a clock can only move forward, and not beyond 2100.
    ClockNotSet Conflict "Clock not set" "The clock cannot be set like this.",
    /// Control: an entry with this identifier exists already.
    AlreadyExists Conflict "Already exists" "The identifier already exists.",
    /// Control: the entry does not exist.
    NoSuchEntry Absent "Not found" "The identifier does not exist.",

    /// The file does not exist in the process.
    FileNotFound Conflict "File not found" "The file does not exist in this process.",
    /// The files were deleted when the process was archived.
    FileArchived Gone "File deleted" "The process was archived and its files were deleted.",
    /// The signed file is not available yet.
    FileNotAvailable NotYet "File not available yet" "The signed file is available once the process is completed.",
}

/// Error of a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DomainError {
    /// Name of the error.
    pub name: ErrorName,
    /// Detail for developers; if empty, [`DomainError::message`] returns the general sentence.
    pub detail: String,
}

impl DomainError {
    /// Error with a detail for developers.
    pub fn new(name: ErrorName, detail: impl Into<String>) -> Self {
        Self { name, detail: detail.into() }
    }

    /// Message for developers.
    pub fn message(&self) -> &str {
        if self.detail.is_empty() { self.name.body() } else { &self.detail }
    }
}

impl From<ErrorName> for DomainError {
    fn from(name: ErrorName) -> Self {
        Self { name, detail: String::new() }
    }
}

impl fmt::Display for DomainError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.name.as_str(), self.message())
    }
}

impl std::error::Error for DomainError {}
