//! Events of a process.

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

/// Event and its time.
#[derive(Debug, Clone, PartialEq)]
pub struct DomainEvent {
    /// Time on the clock of the platform.
    pub at: Timestamp,
    /// Kind of the event.
    pub what: EventKind,
}

/// Kind of an event, with its data.
#[derive(Debug, Clone, PartialEq)]
#[allow(clippy::large_enum_variant, reason = "a handful of them live at a time")]
pub enum EventKind {
    /// The process was created.
    Created {
        /// Identifier.
        id: Uuid,
        /// Owner.
        owner: ProcessOwner,
        /// Creation request, with the identifications of the participants.
        request: Request,
    },
    /// A file was attached.
    Attached(ProcessFile),
    /// The setup page was requested; the latest options apply.
    SetupRequested(ProcessSetupRequest),
    /// A signer was added on the setup page.
    SignerAdded(Signer),
    /// A signer was removed on the setup page.
    SignerRemoved(Uuid),
    /// The setup page was completed.
    Arranged {
        /// The signers in signing order.
        order: Vec<Uuid>,
        /// New message of the invitation.
        message: Option<String>,
        /// New initiator, if changed.
        initiator: Option<Person>,
        /// Files with their new signature positions.
        positions: Vec<(Uuid, Vec<SignaturePosition>)>,
    },
    /// The signing order was set before the release.
    Ordered {
        /// The signers in signing order.
        order: Vec<Uuid>,
        /// Whether they sign one after the other.
        signing_order: bool,
    },
    /// The process was released.
    Released(ReleaseDetails),
    /// A URL was created for a participant.
    Opened(OpenedUrl),
    /// The one-time code of the URL with this identifier was redeemed.
    Redeemed(String),
    /// The options of `open` were stored for later visits of the participant.
    OpenOptionsStored {
        /// Participant.
        person: Uuid,
        /// Options.
        request: ProcessOpenRequest,
    },
    /// A signer was invited.
    Invited(Uuid),
    /// A signer signed.
    Signed {
        /// Signer.
        person: Uuid,
        /// Signature method.
        method: SignatureMethod,
        /// Signed files, each with the identifier of its new version.
        files: Vec<(Uuid, Uuid)>,
        /// Name in the certificate.
        certificate_name: Option<String>,
        /// Comparison of the certificate name with the declared name.
        certificate_match: CertificateMatch,
    },
    /// The platform rejected a signature; only the audit record follows.
    SignatureRefused(super::DomainError),
    /// A signer declined.
    Declined {
        /// Signer.
        person: Uuid,
        /// Reason.
        reason: Option<String>,
        /// Whether it ends the process.
        ends: bool,
    },
    /// A signer was replaced by another.
    Replaced {
        /// Replaced signer.
        person: Uuid,
        /// New signer, with identification.
        by: Signer,
    },
    /// A signer was removed from the released process.
    Removed(Uuid),
    /// The released process was canceled.
    Canceled,
    /// The online identification of a signer started or has a result.
    Identified {
        /// Signer.
        person: Uuid,
        /// Present verification.
        verification: Verification,
    },
    /// An approved identification created a report, which is signed with the other files, and a
    /// bundle (contract, `Verification.files`).
    Evidenced {
        /// Report (PDF).
        report: ProcessFile,
        /// Bundle (ZIP).
        bundle: VerificationBundle,
    },
    /// The last pending signature was made.
    Completed,
    /// `validUntil` was reached.
    Expired,
    /// Automatic reminders were sent to these signers.
    Reminded(Vec<Uuid>),
    /// The files were deleted.
    Archived,
    /// An e-mail is due.
    Mailed(MailNotification),
    /// An audit record was written.
    Recorded(StoredRecord),
}

/// E-mail to a participant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailNotification {
    /// Participant.
    pub person: Uuid,
    /// Address.
    pub to: String,
    /// Language.
    pub locale: Locale,
    /// `INVITE`, `REMINDER` or `COMPLETION`.
    pub kind: &'static str,
}
