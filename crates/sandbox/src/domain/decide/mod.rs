//! Command -> events.
//!
//! - `configure`: create, attach, setup. `release`: release and completion of the setup.
//! - `visit`: open and the one-time code. `sign`: sign and decline. `time`: what time brings by itself.
//! - `setup`: the steps of the setup page. `delegate`, `identify`: further steps of a signer.
//!   `manage`: those of the initiator in the cockpit.

mod configure;
mod delegate;
mod identify;
mod manage;
mod release;
mod setup;
mod sign;
mod time;
mod visit;

use std::collections::BTreeMap;

use jiff::Timestamp;
use swisscom_sign::contract::{ProcessSetupRequest, RecordStatus, Signer};

pub use identify::REPORT_PAGE;
pub use setup::{MAX_MESSAGE, faults_of_initiator, faults_of_signer, misplaced};
pub use sign::may_sign;
pub use visit::one_time_code;

use super::command::{
    Attach, CompleteSetup, Create, Decline, Delegate, Identify, Open, Order, Redeem, Release, Sign,
};
use super::error::{DomainError, Name};
use super::event::{Event, Happening};
use super::process::{Process, Record};
use crate::ids::Ids;
use crate::rulings::Rulings;

/// What can be asked of a process.
#[derive(Debug, Clone)]
#[allow(clippy::large_enum_variant, reason = "one lives at a time")]
pub enum Command {
    /// Creates it.
    Create(Create),
    /// Attaches a file.
    Attach(Attach),
    /// Asks for the setup page.
    Setup(ProcessSetupRequest),
    /// Adds a signer on the setup page.
    AddSigner(Signer),
    /// Takes out a signer on the setup page: by identification or externalIdentifier.
    RemoveSigner(String),
    /// Completes the setup page.
    CompleteSetup(CompleteSetup),
    /// Puts the signers in an order, before the release.
    Order(Order),
    /// Releases it; nothing follows when it was released before.
    Release(Release),
    /// Makes a URL for a participant.
    Open(Open),
    /// Redeems a one-time code; nothing follows when it is no longer good.
    Redeem(Redeem),
    /// A signer signs.
    Sign(Sign),
    /// A signer declines.
    Decline(Decline),
    /// A signer lets somebody else sign.
    Delegate(Delegate),
    /// The initiator has somebody else sign.
    Replace(Delegate),
    /// The initiator takes a signer out: by identification or externalIdentifier.
    Remove(String),
    /// The initiator calls it off.
    Cancel,
    /// A signer is identified online.
    Identify(Identify),
    /// Time has passed: expires and archives what is due. Never fails.
    Elapse,
    /// Deletes the files of a process that has ended, before it is due.
    Archive,
}

/// What a decision may look at beside the process.
pub struct Context<'a> {
    /// The time.
    pub now: Timestamp,
    /// New identifiers.
    pub ids: &'a mut dyn Ids,
    /// The switches.
    pub rulings: &'a Rulings,
}

impl Context<'_> {
    fn event(&self, what: Happening) -> Event {
        Event { at: self.now, what }
    }

    /// An audit record.
    fn record<'e>(
        &mut self,
        at: Timestamp,
        action: &str,
        status: RecordStatus,
        extras: impl IntoIterator<Item = (&'e str, String)>,
    ) -> Event {
        let extras: BTreeMap<String, String> =
            extras.into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
        let id = self.ids.uuid();
        let record = Record { id, at, action: action.to_owned(), status, extras };
        Event { at, what: Happening::Recorded(record) }
    }
}

/// What follows from a command.
///
/// # Errors
/// Why the platform refuses. Nothing has changed then.
pub fn apply(
    state: Option<&Process>,
    command: &Command,
    context: &mut Context<'_>,
) -> Result<Vec<Event>, DomainError> {
    if let Command::Create(create) = command {
        return configure::create(create, context);
    }
    let process = state.ok_or(Name::ProcessNotFound)?;
    match command {
        Command::Create(create) => configure::create(create, context),
        Command::Attach(attach) => configure::attach(process, attach, context),
        Command::Setup(request) => configure::setup(process, request, context),
        Command::AddSigner(signer) => setup::add_signer(process, signer, context),
        Command::RemoveSigner(person) => setup::remove_signer(process, person, context),
        Command::CompleteSetup(complete) => setup::complete(process, complete, context),
        Command::Order(order) => manage::order(process, order, context),
        Command::Release(release) => release::release(process, release, context),
        Command::Open(open) => visit::open(process, open, context),
        Command::Redeem(redeem) => Ok(visit::redeem(process, redeem, context)),
        Command::Sign(sign) => sign::sign(process, sign, context),
        Command::Decline(decline) => sign::decline(process, decline, context),
        Command::Delegate(delegate) => delegate::delegate(process, delegate, context),
        Command::Replace(replace) => delegate::replace(process, replace, context),
        Command::Remove(person) => manage::remove(process, person, context),
        Command::Cancel => manage::cancel(process, context),
        Command::Identify(identify) => identify::identify(process, identify, context),
        Command::Elapse => Ok(time::elapse(process, context)),
        Command::Archive => time::archive(process, context),
    }
}
