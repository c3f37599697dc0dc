//! What can happen to a process.

use jiff::Timestamp;
use swisscom_sign::contract::{
    CertificateMatch, Locale, Person, Process as Request, ProcessOpenRequest, ProcessSetupRequest,
    SignatureMethod, Signer, Verification,
};
use uuid::Uuid;

use super::process::{
    OpenedUrl, ProcessFile, ProcessOwner, ReleaseDetails, SignaturePosition, StoredRecord,
    VerificationBundle,
};

/// Something that happened, and when.
#[derive(Debug, Clone, PartialEq)]
pub struct DomainEvent {
    /// When, on the clock of the platform.
    pub at: Timestamp,
    /// What.
    pub what: EventKind,
}

/// What happened.
#[derive(Debug, Clone, PartialEq)]
#[allow(clippy::large_enum_variant, reason = "a handful of them live at a time")]
pub enum EventKind {
    /// The process was created.
    Created {
        /// Its identifier.
        id: Uuid,
        /// To whom it belongs.
        owner: ProcessOwner,
        /// As it was asked for, with the identifications of its participants.
        request: Request,
    },
    /// A file was attached.
    Attached(ProcessFile),
    /// The setup page was asked for; the latest options count.
    SetupRequested(ProcessSetupRequest),
    /// A signer was added on the setup page.
    SignerAdded(Signer),
    /// A signer was taken out on the setup page.
    SignerRemoved(Uuid),
    /// The setup page arranged the process for its release.
    Arranged {
        /// The signers in signing order.
        order: Vec<Uuid>,
        /// The new message of the invitation, if there is one.
        message: Option<String>,
        /// The initiator, when the page changed who that is.
        initiator: Option<Person>,
        /// Files with their new signature positions.
        positions: Vec<(Uuid, Vec<SignaturePosition>)>,
    },
    /// The signers were put in an order before the release.
    Ordered {
        /// The signers in signing order.
        order: Vec<Uuid>,
        /// Whether they sign one after the other.
        signing_order: bool,
    },
    /// The process was released.
    Released(ReleaseDetails),
    /// A URL was made for a participant.
    Opened(OpenedUrl),
    /// The one-time code of a URL was redeemed: by its identifier.
    Redeemed(String),
    /// The options of open were stored for later visits of the participant.
    OpenOptionsStored {
        /// The participant.
        person: Uuid,
        /// The options.
        request: ProcessOpenRequest,
    },
    /// A signer is awaited from now on.
    Invited(Uuid),
    /// A signer signed.
    Signed {
        /// The signer.
        person: Uuid,
        /// How.
        method: SignatureMethod,
        /// The files that were signed: the file, and the identifier of its new version.
        files: Vec<(Uuid, Uuid)>,
        /// The name in the certificate; absent where there is none.
        certificate_name: Option<String>,
        /// Its comparison with the declared name.
        certificate_match: CertificateMatch,
    },
    /// A signature was refused by the platform; nothing but the audit record follows.
    SignatureRefused(super::DomainError),
    /// A signer declined.
    Declined {
        /// The signer.
        person: Uuid,
        /// Why.
        reason: Option<String>,
        /// Whether it ends the process.
        ends: bool,
    },
    /// A signer was replaced by another.
    Replaced {
        /// Who left.
        person: Uuid,
        /// Who came, with identification.
        by: Signer,
    },
    /// A signer was taken out of the released process.
    Removed(Uuid),
    /// The released process was called off.
    Canceled,
    /// The online identification of a signer was begun or has a result.
    Identified {
        /// The signer.
        person: Uuid,
        /// As it stands now.
        verification: Verification,
    },
    /// An approved identification left a report, which is to be signed with the other files, and a
    /// bundle (contract, `Verification.files`).
    Evidenced {
        /// The report, a PDF.
        report: ProcessFile,
        /// The bundle, a ZIP.
        bundle: VerificationBundle,
    },
    /// The last awaited signature was made.
    Completed,
    /// `validUntil` was reached.
    Expired,
    /// Automatic reminders went to these signers.
    Reminded(Vec<Uuid>),
    /// The files were deleted.
    Archived,
    /// A mail is due.
    Mailed(MailNotification),
    /// An audit record was written.
    Recorded(StoredRecord),
}

/// A mail to a participant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailNotification {
    /// The participant.
    pub person: Uuid,
    /// Address.
    pub to: String,
    /// Language.
    pub locale: Locale,
    /// `INVITE`, `REMINDER` or `COMPLETION`.
    pub kind: &'static str,
}
