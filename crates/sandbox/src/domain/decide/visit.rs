//! Open: a URL for one participant of a released process.

use swisscom_sign::contract::{OpenLifecycle, Operation, SignerStatus};
use swisscom_sign::lifecycle::{Verdict, verdict};

use super::Context;
use crate::domain::command::Open;
use crate::domain::error::{DomainError, Name};
use crate::domain::event::{Event, Happening};
use crate::domain::process::{Opening, Process};

pub(super) fn open(
    process: &Process,
    open: &Open,
    context: &mut Context<'_>,
) -> Result<Vec<Event>, DomainError> {
    if verdict(&process.status, Operation::Open) != Verdict::Allowed {
        return Err(Name::ProcessNotReleased.into());
    }
    let person = process.find_person(&open.person).ok_or(Name::ParticipantNotFound)?;
    // A signer whose turn is still to come, or who is done, can look; one who left cannot.
    if let Some(signer) = process.progress(person)
        && matches!(
            signer.status,
            SignerStatus::Removed | SignerStatus::Replaced | SignerStatus::Canceled
        )
    {
        let detail = format!("The signer is {}.", signer.status);
        return Err(DomainError::new(Name::ParticipantInactive, detail));
    }
    let request = open.request.clone();
    let mut events = Vec::new();
    if request.lifecycle == Some(OpenLifecycle::Permanent) {
        let request = request.clone();
        events.push(context.event(Happening::OpenOptionsStored { person, request }));
    }
    let id = context.ids.code();
    let code = (request.skip_authorization == Some(true)).then(|| context.ids.code());
    events.push(context.event(Happening::Opened(Opening {
        id,
        person,
        at: context.now,
        code,
        request,
    })));
    Ok(events)
}
