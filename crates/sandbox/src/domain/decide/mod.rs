//! Decisions: command -> events.
//!
//! - `configure`: create, attach, setup. `release`: release and completion of the setup.
//! - `open`: open and the one-time code. `sign`: sign and decline. `time`: scheduled events.
//! - `setup`: steps of the setup page. `delegate`, `identify`: further steps of a signer.
//!   `console`: commands of the initiator in the console.

mod configure;
mod console;
mod delegate;
mod identify;
mod open;
mod progress;
mod release;
mod setup;
mod sign;
mod time;

use std::collections::BTreeMap;

use jiff::Timestamp;
use swisscom_sign::contract::{ProcessSetupRequest, RecordStatus, Signer};

pub use identify::REPORT_PAGE;
pub use open::one_time_code;
pub use setup::{MAX_MESSAGE, check_positions, initiator_problems, signer_problems};
pub use sign::may_sign;

use super::command::{
    AttachCommand, CompleteSetupCommand, CreateCommand, DeclineCommand, DelegateCommand,
    IdentifyCommand, OpenCommand, RedeemCommand, ReleaseCommand, SetSigningOrderCommand,
    SignCommand,
};
use super::error::{DomainError, ErrorName};
use super::event::{DomainEvent, EventKind};
use super::process::{ProcessAggregate, StoredRecord};
use crate::ids::IdGenerator;
use crate::settings::SandboxSettings;

type DecisionResult = Result<Vec<DomainEvent>, DomainError>;

/// Command on a process.
#[derive(Debug, Clone)]
#[allow(clippy::large_enum_variant, reason = "one lives at a time")]
pub enum ProcessCommand {
    /// Creates a process.
    Create(CreateCommand),
    /// Attaches a file.
    Attach(AttachCommand),
    /// Requests the setup page.
    Setup(ProcessSetupRequest),
    /// Adds a signer on the setup page.
    AddSigner(Signer),
    /// Removes a signer on the setup page: by identification or externalIdentifier.
    RemoveSigner(String),
    /// Completes the setup page.
    CompleteSetup(CompleteSetupCommand),
    /// Sets the signing order before the release.
    Order(SetSigningOrderCommand),
    /// Releases the process; causes no event if it is released already.
    Release(ReleaseCommand),
    /// Creates a URL for a participant.
    Open(OpenCommand),
    /// Redeems a one-time code; causes no event if the code is no longer valid.
    Redeem(RedeemCommand),
    /// Signs for a signer.
    Sign(SignCommand),
    /// Declines for a signer.
    Decline(DeclineCommand),
    /// Replaces a signer by delegation.
    Delegate(DelegateCommand),
    /// Replaces a signer on behalf of the initiator.
    Replace(DelegateCommand),
    /// Removes a signer on behalf of the initiator: by identification or externalIdentifier.
    Remove(String),
    /// Cancels the process on behalf of the initiator.
    Cancel,
    /// Identifies a signer online.
    Identify(IdentifyCommand),
    /// Applies the events that are due, such as expiry and archiving. Never fails.
    Elapse,
    /// Deletes the files of an ended process before they are due for deletion.
    Archive,
}

/// Inputs of a decision besides the process.
pub struct CommandContext<'a> {
    /// Present time.
    pub now: Timestamp,
    /// Source of new identifiers.
    pub ids: &'a mut dyn IdGenerator,
    /// Settings.
    pub settings: &'a SandboxSettings,
}

impl CommandContext<'_> {
    fn event(&self, what: EventKind) -> DomainEvent {
        DomainEvent { at: self.now, what }
    }

    fn record<'e>(
        &mut self,
        at: Timestamp,
        action: &str,
        status: RecordStatus,
        extras: impl IntoIterator<Item = (&'e str, String)>,
    ) -> DomainEvent {
        let extras: BTreeMap<String, String> =
            extras.into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
        let id = self.ids.uuid();
        let record = StoredRecord { id, at, action: action.to_owned(), status, extras };
        DomainEvent { at, what: EventKind::Recorded(record) }
    }
}

/// Decides on a command and returns its events.
///
/// # Errors
/// Returns a [`DomainError`] if the command is rejected; the process is unchanged.
pub fn apply(
    state: Option<&ProcessAggregate>,
    command: &ProcessCommand,
    context: &mut CommandContext<'_>,
) -> Result<Vec<DomainEvent>, DomainError> {
    if let ProcessCommand::Create(create) = command {
        return configure::create(create, context);
    }
    let process = state.ok_or(ErrorName::ProcessNotFound)?;
    match command {
        ProcessCommand::Create(create) => configure::create(create, context),
        ProcessCommand::Attach(attach) => configure::attach(process, attach, context),
        ProcessCommand::Setup(request) => configure::setup(process, request, context),
        ProcessCommand::AddSigner(signer) => setup::add_signer(process, signer, context),
        ProcessCommand::RemoveSigner(person) => setup::remove_signer(process, person, context),
        ProcessCommand::CompleteSetup(complete) => setup::complete(process, complete, context),
        ProcessCommand::Order(order) => console::order(process, order, context),
        ProcessCommand::Release(release) => release::release(process, release, context),
        ProcessCommand::Open(open) => open::open(process, open, context),
        ProcessCommand::Redeem(redeem) => Ok(open::redeem(process, redeem, context)),
        ProcessCommand::Sign(sign) => sign::sign(process, sign, context),
        ProcessCommand::Decline(decline) => sign::decline(process, decline, context),
        ProcessCommand::Delegate(delegate) => delegate::delegate(process, delegate, context),
        ProcessCommand::Replace(replace) => delegate::replace(process, replace, context),
        ProcessCommand::Remove(person) => console::remove(process, person, context),
        ProcessCommand::Cancel => console::cancel(process, context),
        ProcessCommand::Identify(identify) => identify::identify(process, identify, context),
        ProcessCommand::Elapse => Ok(time::elapse(process, context)),
        ProcessCommand::Archive => time::archive(process, context),
    }
}
