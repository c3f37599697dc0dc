//! Every way in which the platform refuses, by name. The contract keeps the set of names open; a
//! client is to tell by `name` and status what went wrong.

use std::fmt;

/// The kind of a refusal; decides the HTTP status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DomainErrorKind {
    /// The request breaks the contract by itself: 400.
    Invalid,
    /// The caller may not do this: 403.
    Forbidden,
    /// The process is missing: 404 or 409, as the operation documents.
    Missing,
    /// The control knows none of this identifier: 404.
    Absent,
    /// The request does not fit the state or other objects: 409.
    Conflict,
    /// It was deleted: 410.
    Gone,
    /// It is not there yet: 412.
    NotYet,
    /// The body is too large: 413.
    TooLarge,
}

macro_rules! names {
    ($( $(#[doc = $doc:literal])* $name:ident $kind:ident $subject:literal $body:literal ),+ $(,)?) => {
        /// ErrorName of a refusal, as in `Error.name`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum ErrorName { $( $(#[doc = $doc])* $name ),+ }

        impl ErrorName {
            /// Every name.
            pub const ALL: &'static [ErrorName] = &[$(Self::$name),+];

            /// The name as text.
            pub fn as_str(self) -> &'static str {
                match self { $( Self::$name => stringify!($name) ),+ }
            }

            /// The kind.
            pub fn kind(self) -> DomainErrorKind {
                match self { $( Self::$name => DomainErrorKind::$kind ),+ }
            }

            /// A title that can be shown to a user.
            pub fn subject(self) -> &'static str {
                match self { $( Self::$name => $subject ),+ }
            }

            /// A sentence that can be shown to a user.
            pub fn body(self) -> &'static str {
                match self { $( Self::$name => $body ),+ }
            }
        }
    };
}

names! {
    /// The request is not what the contract describes.
    Validation Invalid "Invalid request" "The request does not match the contract.",
    /// The caller lacks the scope, or the process is another organization's.
    AccessDenied Forbidden "Access denied" "You are not allowed to do this.",
    /// No such process for this caller.
    ProcessNotFound Missing "Process not found" "The process does not exist.",
    /// The body exceeds what is read at all.
    RequestTooLarge TooLarge "Request too large" "The request is larger than this operation accepts.",

    /// A participant's external identifier stands twice in the process.
    DuplicateExternalIdentifier Conflict "Duplicate external identifier" "Two participants or two files have the same external identifier.",
    /// A property key stands twice.
    DuplicateProperty Conflict "Duplicate property key" "Two properties have the same key.",
    /// The team does not exist in the organization.
    TeamNotFound Conflict "Team not found" "The team does not exist.",
    /// The partner does not exist.
    PartnerNotFound Conflict "Partner not found" "The partner does not exist.",

    /// The process was released: files and setup are over.
    ProcessAlreadyReleased Conflict "Process already released" "The process was released and can no longer be changed.",
    /// The file exceeds 40 MiB.
    FileTooLarge Conflict "File too large" "A file may have at most 40 MiB.",
    /// There are 100 files.
    TooManyFiles Conflict "Too many files" "A process may have at most 100 files.",
    /// The file is no PDF, or one that cannot be signed.
    InvalidDocument Conflict "Document not accepted" "The file is not a PDF that can be signed.",
    /// The signer of a position is not one of the process.
    SignerNotFound Conflict "Signer not found" "The signer is not a signer of this process.",
    /// The tag of a position is not in the text of the file.
    SignatureTagNotFound Conflict "Signature tag not found" "The signature tag is not in the document.",

    /// Release: nobody signs.
    NoSigner Conflict "No signer" "The process has no signer.",
    /// Release: nothing to sign.
    NoDocument Conflict "No document" "The process has no document.",
    /// Release: a signer has no position on any document.
    SignerNotPlaced Conflict "Signer not placed" "A signer has no signature position on any document.",
    /// Release: no document has a position for each signer.
    NoDocumentWithAllSigners Conflict "No document with all signers" "No document has a signature position for every signer.",
    /// Release, attach: a visible signature reaches beyond its page.
    SignatureOutsideVisibleArea Conflict "Signature outside the page" "A signature is not within the visible area of its page.",
    /// Release: a position is on a page that the document does not have.
    PageOutOfRange Conflict "Page out of range" "A signature is on a page that the document does not have.",
    /// Release: the initiator has neither an e-mail address nor both names.
    PersonIncomplete Conflict "Incomplete contact details" "A person needs an email address, or a first and last name.",
    /// Release: `validUntil` is not in the future.
    ValidUntilNotInFuture Conflict "Expiry in the past" "The process must expire in the future.",
    /// Release: reminders, but every mail is suppressed.
    ReminderSuppressed Conflict "Reminders suppressed" "Reminders cannot be sent when all notifications are suppressed.",
    /// Release: a reminder is not between P1D and P30D.
    ReminderOutOfRange Conflict "Reminder out of range" "Reminders must be between one and thirty days.",
    /// Release: a method that the signature level does not take.
    SignatureMethodNotAllowed Conflict "Signature method not allowed" "The signature method does not fit the signature level.",

    /// Open, sign: the process was not released.
    ProcessNotReleased Conflict "Process not released" "The process was not released yet.",
    /// The participant does not exist in the process, or is a system.
    ParticipantNotFound Conflict "Participant not found" "The participant is not a person of this process.",
    /// The signer was removed, replaced or canceled.
    ParticipantInactive Conflict "Participant no longer active" "The participant no longer takes part in this process.",

    /// Sign, decline: the process has ended.
    ProcessEnded Conflict "Process ended" "The process has ended.",
    /// Sign: it is another signer's turn.
    NotYourTurn Conflict "Not your turn" "Other signers sign first.",
    /// Sign: the signer has signed or declined.
    SignerAlreadyDone Conflict "Already done" "The signer has already signed or declined.",
    /// Sign: the online identification has not succeeded.
    IdentificationRequired Conflict "Identification required" "The online identification has not been passed.",
    /// Sign: QUALIFIED signatures cannot be made on TEST.
    QualifiedNotAvailable Conflict "Qualified signature not available" "Qualified signatures cannot be made on the test environment.",
    /// Setup completion: the setup page was never asked for.
    SetupNotRequested Conflict "Setup not requested" "The setup page was not requested for this process.",
    /// Archive: the process has not ended.
    ProcessNotEnded Conflict "Process not ended" "Only a process that has ended can be archived.",

    /// Control: a clock moves forward only, and not beyond 2100.
    ClockNotSet Conflict "Clock not set" "The clock cannot be set like this.",
    /// Control: an entry of that identifier exists.
    AlreadyExists Conflict "Already exists" "The identifier already exists.",
    /// Control: what the request names does not exist.
    NoSuchEntry Absent "Not found" "The identifier does not exist.",

    /// The file does not exist in the process.
    FileNotFound Conflict "File not found" "The file does not exist in this process.",
    /// The files were deleted with the archiving of the process.
    FileArchived Gone "File deleted" "The process was archived and its files were deleted.",
    /// The signed file can be downloaded later.
    FileNotAvailable NotYet "File not available yet" "The signed file is available once the process is completed.",
}

/// A refusal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DomainError {
    /// Which.
    pub name: ErrorName,
    /// What exactly, for developers; the general sentence stands where it is empty.
    pub detail: String,
}

impl DomainError {
    /// With a sentence that says what exactly.
    pub fn new(name: ErrorName, detail: impl Into<String>) -> Self {
        Self { name, detail: detail.into() }
    }

    /// The sentence for developers.
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
