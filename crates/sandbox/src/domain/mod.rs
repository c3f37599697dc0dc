//! The rules of the platform, pure: a command and the time go in, events or an error come out.
//! No I/O, no clock and no randomness of its own; a command that fails changes nothing.
//!
//! - [`process`]: the aggregate, and how events change it.
//! - [`command`]: what can be asked. [`event`]: what can follow.
//! - [`decide`]: command -> events, one file for each part of a process's life.
//! - [`error`]: every way to be refused, by name.
//! - [`view`]: the aggregate as the contract's JSON objects.

pub mod command;
pub mod decide;
pub mod error;
pub mod event;
pub mod process;
pub mod view;

pub use command::{
    AttachCommand, CompleteSetupCommand, CreateCommand, DeclineCommand, DelegateCommand,
    IdentificationResult, IdentifyCommand, InitiatorInput, OpenCommand, PositionInput,
    RedeemCommand, ReleaseCommand, ResolvedPosition, SetSigningOrderCommand, SignCommand,
};
pub use decide::{CommandContext, ProcessCommand, apply};
pub use error::{DomainError, DomainErrorKind, ErrorName};
pub use event::{DomainEvent, EventKind, MailNotification};
pub use process::{
    FileVersion, OpenedUrl, PageSizePt, ProcessAggregate, ProcessFile, ProcessOwner,
    ReleaseDetails, SignaturePosition, SignerProgress, StoredRecord, Tenant,
};
