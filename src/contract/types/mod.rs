//! All types of the contract (2.19.0, `components.schemas`).

mod common;
mod error;
mod file;
mod page;
mod participant;
mod process;
mod record;
mod release;
mod session;

pub use common::{Locale, SignatureLevel, SignatureMethod, State, StickerProvider};
pub use error::ErrorBody;
pub use file::{
    CoordinateSignaturePosition, FileAttachResponse, FileAttachment, FileReference,
    FileSignaturePosition, FileSignaturePositionInput, Locator, TagSignaturePosition,
};
pub use page::{FindAllQuery, PAGE_SIZE, PageMetadata, ProcessPage};
pub use participant::{
    CertificateMatch, NonPerson, Participant, Person, Signer, SignerStatus, Verification,
};
pub use process::{Authorization, Invitees, Process, ProcessStatusResponse, Property};
pub use record::{AuditRecord, AuditSuccessRecordResponse, RecordStatus};
pub use release::{
    NotificationSettings, NotificationType, ProcessReleaseRequest, ReleaseResponse,
    ReleasedParticipant, ReminderSettings,
};
pub use session::{
    ApplicationNamespace, DisplayMode, OpenLifecycle, ProcessAuthentication, ProcessOpenRequest,
    ProcessOpenResponse, ProcessSetupRequest, ProcessSetupResponse,
};

use super::ObjectSchema;
use super::declare::ContractObject;

/// All objects of the contract.
pub static OBJECTS: &[&ObjectSchema] = &[
    NonPerson::OBJECT,
    Person::OBJECT,
    Process::OBJECT,
    Signer::OBJECT,
    Verification::OBJECT,
    Property::OBJECT,
    FileReference::OBJECT,
    FileSignaturePosition::OBJECT,
    Invitees::OBJECT,
    ErrorBody::OBJECT,
    ProcessAuthentication::OBJECT,
    ProcessSetupRequest::OBJECT,
    ProcessSetupResponse::OBJECT,
    NotificationSettings::OBJECT,
    ProcessReleaseRequest::OBJECT,
    ReminderSettings::OBJECT,
    ReleaseResponse::OBJECT,
    ReleasedParticipant::OBJECT,
    ProcessOpenRequest::OBJECT,
    ProcessOpenResponse::OBJECT,
    CoordinateSignaturePosition::OBJECT,
    FileAttachment::OBJECT,
    TagSignaturePosition::OBJECT,
    FileAttachResponse::OBJECT,
    PageMetadata::OBJECT,
    ProcessPage::OBJECT,
    ProcessStatusResponse::OBJECT,
    AuditRecord::OBJECT,
    AuditSuccessRecordResponse::OBJECT,
];
