//! Rules of the platform as pure functions: command and time in, events or an error out. No I/O,
//! clock or randomness of its own; a failed command changes nothing.
//!
//! - [`process`]: aggregate and event handlers.
//! - [`command`]: commands. [`event`]: events.
//! - [`decide`]: command -> events, one file for each phase of a process.
//! - [`error`]: errors by name.
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
