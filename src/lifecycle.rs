//! The state machine of a signing process (guide, "States", "Services").
//!
//! Two questions, both answered from data: may this operation be called in this state
//! ([`verdict`]), and which state follows this event ([`next`]).

use crate::contract::{Operation, OperationMethod, RequiredState, State};

/// Whether an operation can be called in a state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OperationAvailability {
    /// The platform performs it.
    Allowed,
    /// It was performed before and changes nothing more: release answers 208 with the same URLs.
    AlreadyDone,
    /// The platform refuses it.
    Refused,
}

/// Whether the operation can be called on a process in that state.
///
/// A state that this version does not know permits what only reads, and refuses the rest.
pub fn availability(state: &State, operation: Operation) -> OperationAvailability {
    let spec = operation.spec();
    let unconditional = matches!(spec.prerequisite, RequiredState::None | RequiredState::Exists);
    match (spec.prerequisite, state) {
        _ if unconditional => OperationAvailability::Allowed,
        (_, State::Unknown(_)) if spec.method == OperationMethod::Get => {
            OperationAvailability::Allowed
        }
        (_, State::Unknown(_)) => OperationAvailability::Refused,
        (RequiredState::Configurable, State::Created) => OperationAvailability::Allowed,
        (RequiredState::Configurable, _) if operation == Operation::Release => {
            OperationAvailability::AlreadyDone
        }
        (RequiredState::Configurable, _) => OperationAvailability::Refused,
        (RequiredState::Released, State::Created) => OperationAvailability::Refused,
        _ => OperationAvailability::Allowed,
    }
}

/// The operations on one process that do something in that state, in the order of its life.
pub fn allowed_operations(state: &State) -> impl Iterator<Item = Operation> {
    Operation::ALL.into_iter().filter(move |operation| {
        operation.spec().prerequisite != RequiredState::None
            && availability(state, *operation) == OperationAvailability::Allowed
    })
}

/// What can happen to a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ProcessEvent {
    /// A file was attached.
    Attached,
    /// The setup page was asked for.
    SetupRequested,
    /// The process was released, by the API or by completing the setup page.
    Released,
    /// A signer signed, and others are still awaited.
    Signed,
    /// The last awaited signer signed.
    Completed,
    /// A signer declined. There is no state of that name: the process ends as EXPIRED, "at least
    /// one signature is still missing".
    Declined,
    /// `validUntil` was reached.
    Expired,
    /// The files were deleted.
    Archived,
}

/// The transitions: event, states from which it can happen, state that follows (`None`: the same).
static TRANSITIONS: [(ProcessEvent, &str, &[State], Option<State>); 8] = [
    (ProcessEvent::Attached, "attached", &[State::Created], None),
    (ProcessEvent::SetupRequested, "setupRequested", &[State::Created], None),
    (ProcessEvent::Released, "released", &[State::Created], Some(State::Pending)),
    (ProcessEvent::Signed, "signed", &[State::Pending], None),
    (ProcessEvent::Completed, "completed", &[State::Pending], Some(State::Completed)),
    (ProcessEvent::Declined, "declined", &[State::Pending], Some(State::Expired)),
    (ProcessEvent::Expired, "expired", &[State::Pending], Some(State::Expired)),
    (ProcessEvent::Archived, "archived", &[State::Completed, State::Expired], None),
];

impl ProcessEvent {
    /// Every event.
    pub fn all() -> impl Iterator<Item = ProcessEvent> {
        TRANSITIONS.iter().map(|(event, ..)| *event)
    }

    /// Its name, as JavaScript uses it.
    pub fn as_str(self) -> &'static str {
        TRANSITIONS.iter().find(|(event, ..)| *event == self).map_or("", |(_, name, ..)| name)
    }

    /// The event of that name.
    pub fn parse(name: &str) -> Option<Self> {
        TRANSITIONS.iter().find(|(_, n, ..)| *n == name).map(|(event, ..)| *event)
    }
}

/// The state that follows an event; `None` when the event cannot happen in that state.
///
/// ```
/// use swisscom_sign::contract::State;
/// use swisscom_sign::lifecycle::{ProcessEvent, next};
///
/// assert_eq!(next(&State::Created, ProcessEvent::Released), Some(State::Pending));
/// assert_eq!(next(&State::Completed, ProcessEvent::Signed), None);
/// ```
pub fn next(state: &State, event: ProcessEvent) -> Option<State> {
    let (_, _, from, to) = TRANSITIONS.iter().find(|(e, ..)| *e == event)?;
    from.contains(state).then(|| to.clone().unwrap_or_else(|| state.clone()))
}

/// Whether no event can change the state any more. An unknown state is not taken for an end.
pub fn is_final(state: &State) -> bool {
    matches!(state, State::Completed | State::Expired)
}

#[cfg(test)]
mod tests {
    use super::*;

    const STATES: [State; 4] = [State::Created, State::Pending, State::Completed, State::Expired];

    fn verdicts(operation: Operation) -> [OperationAvailability; 4] {
        STATES.map(|state| availability(&state, operation))
    }

    /// One line per row of the guide's tables "Create" and "Read".
    #[test]
    fn guide_services() {
        use OperationAvailability::{Allowed, AlreadyDone, Refused};
        for (operation, minimal, expected) in [
            (Operation::Create, None, [Allowed; 4]),
            (Operation::Attach, Some(State::Created), [Allowed, Refused, Refused, Refused]),
            (Operation::Setup, Some(State::Created), [Allowed, Refused, Refused, Refused]),
            (
                Operation::Release,
                Some(State::Created),
                [Allowed, AlreadyDone, AlreadyDone, AlreadyDone],
            ),
            (Operation::Open, Some(State::Pending), [Refused, Allowed, Allowed, Allowed]),
            (Operation::GetProcess, Some(State::Created), [Allowed; 4]),
            (Operation::GetStatus, Some(State::Created), [Allowed; 4]),
            (Operation::GetFile, Some(State::Created), [Allowed; 4]),
            (Operation::GetFileContent, Some(State::Created), [Allowed; 4]),
            (Operation::GetRecords, Some(State::Created), [Allowed; 4]),
            // Not in the guide; the contract sets no state for it.
            (Operation::FindAll, None, [Allowed; 4]),
        ] {
            assert_eq!(verdicts(operation), expected, "{operation}");
            assert_eq!(operation.spec().prerequisite.minimal_state(), minimal, "{operation}");
        }
    }

    #[test]
    fn unknown_states_are_carried_and_read_only() {
        let state = State::parse("SUSPENDED");
        assert_eq!(state.as_str(), "SUSPENDED");
        for operation in Operation::ALL {
            let reads =
                operation.spec().method == OperationMethod::Get || operation == Operation::Create;
            assert_eq!(
                availability(&state, operation) == OperationAvailability::Allowed,
                reads,
                "{operation}"
            );
        }
        assert!(ProcessEvent::all().all(|event| next(&state, event).is_none()));
        assert!(!is_final(&state));
    }

    /// State x Event, whole: what is not in the list cannot happen.
    #[test]
    fn transitions() {
        use State::{Completed, Created, Expired, Pending};
        let possible = [
            (Created, ProcessEvent::Attached, Created),
            (Created, ProcessEvent::SetupRequested, Created),
            (Created, ProcessEvent::Released, Pending),
            (Pending, ProcessEvent::Signed, Pending),
            (Pending, ProcessEvent::Completed, Completed),
            (Pending, ProcessEvent::Declined, Expired),
            (Pending, ProcessEvent::Expired, Expired),
            (Completed, ProcessEvent::Archived, Completed),
            (Expired, ProcessEvent::Archived, Expired),
        ];
        for state in STATES {
            for event in ProcessEvent::all() {
                let expected = possible.iter().find(|(s, e, _)| *s == state && *e == event);
                assert_eq!(
                    next(&state, event),
                    expected.map(|(.., to)| to.clone()),
                    "{state} {event:?}"
                );
            }
        }
    }

    #[test]
    fn allowed_operations_leave_out_what_does_nothing() {
        let ids = |state: State| allowed_operations(&state).map(Operation::id).collect::<Vec<_>>();
        let reads = ["getProcess", "getStatus", "getRecords", "getFile", "getFileContent"];
        assert_eq!(ids(State::Created), [&["attach", "setup", "release"][..], &reads].concat());
        assert_eq!(ids(State::Pending), [&["open"][..], &reads].concat());
        assert_eq!(ids(State::parse("SUSPENDED")), reads);
    }

    #[test]
    fn names_of_events_are_unique_and_parse_back() {
        for event in ProcessEvent::all() {
            assert_eq!(ProcessEvent::parse(event.as_str()), Some(event));
        }
        assert_eq!(ProcessEvent::parse("signed "), None);
    }
}
