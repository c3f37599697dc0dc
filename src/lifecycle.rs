//! State machine of a signing process (guide, "States", "Services"): the operations that a state
//! allows ([`availability`]), and the state after an event ([`next_state`]).

use crate::contract::{Operation, OperationMethod, RequiredState, State};
use crate::error::{Error, Result};

/// Whether an operation can be called in a state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OperationAvailability {
    /// The platform performs it.
    Allowed,
    /// It was already performed and has no further effect: release returns 208 with the same URLs.
    AlreadyDone,
    /// The platform rejects it.
    Refused,
}

/// Whether the operation can be called on a process in this state. An unknown state allows reads
/// only.
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

/// Checks that the operation can be called in this state.
///
/// # Errors
/// [`crate::ErrorKind::State`] if the platform would reject it.
pub fn check_available(state: State, operation: Operation) -> Result<()> {
    match availability(&state, operation) {
        OperationAvailability::Refused => Err(Error::state_error(operation, state)),
        _ => Ok(()),
    }
}

/// Operations that have an effect on a process in this state, in the order in which a process uses
/// them.
pub fn allowed_operations(state: &State) -> impl Iterator<Item = Operation> {
    Operation::ALL.into_iter().filter(move |operation| {
        operation.spec().prerequisite != RequiredState::None
            && availability(state, *operation) == OperationAvailability::Allowed
    })
}

/// Event of a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ProcessEvent {
    /// A file was attached.
    Attached,
    /// The URL of the setup page was requested.
    SetupRequested,
    /// The process was released, by the API or by completing the setup page.
    Released,
    /// A signer signed, and other signatures are still missing.
    Signed,
    /// The last signer signed.
    Completed,
    /// A signer declined. The contract has no state for it: the process ends as EXPIRED, "at least
    /// one signature is still missing".
    Declined,
    /// `validUntil` was reached.
    Expired,
    /// The files were deleted.
    Archived,
}

/// Transitions: event, name, states in which it can happen, next state (`None`: unchanged).
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
    /// All events.
    pub fn all() -> impl Iterator<Item = ProcessEvent> {
        TRANSITIONS.iter().map(|(event, ..)| *event)
    }

    /// Name of the event in JavaScript.
    pub fn as_str(self) -> &'static str {
        TRANSITIONS.iter().find(|(event, ..)| *event == self).map_or("", |(_, name, ..)| name)
    }

    /// Finds an event by name.
    pub fn parse(name: &str) -> Option<Self> {
        TRANSITIONS.iter().find(|(_, n, ..)| *n == name).map(|(event, ..)| *event)
    }
}

/// State after an event; `None` if the event cannot happen in the current state.
///
/// ```
/// use swisscom_sign::contract::State;
/// use swisscom_sign::lifecycle::{ProcessEvent, next_state};
///
/// assert_eq!(next_state(&State::Created, ProcessEvent::Released), Some(State::Pending));
/// assert_eq!(next_state(&State::Completed, ProcessEvent::Signed), None);
/// ```
pub fn next_state(state: &State, event: ProcessEvent) -> Option<State> {
    let (_, _, from, to) = TRANSITIONS.iter().find(|(e, ..)| *e == event)?;
    from.contains(state).then(|| to.clone().unwrap_or_else(|| state.clone()))
}

/// Whether the state is final. An unknown state is not.
pub fn is_final(state: &State) -> bool {
    matches!(state, State::Completed | State::Expired)
}

#[cfg(test)]
mod tests {
    use super::*;

    const STATES: [State; 4] = [State::Created, State::Pending, State::Completed, State::Expired];

    fn availabilities(operation: Operation) -> [OperationAvailability; 4] {
        STATES.map(|state| availability(&state, operation))
    }

    /// One line per row of the guide's tables "Create" and "Read".
    #[test]
    fn availability_matches_the_guide() {
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
            // Not in the guide; the contract requires no state.
            (Operation::FindAll, None, [Allowed; 4]),
        ] {
            assert_eq!(availabilities(operation), expected, "{operation}");
            assert_eq!(operation.spec().prerequisite.minimal_state(), minimal, "{operation}");
        }
    }

    #[test]
    fn unknown_states_allow_reads_only() {
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
        assert!(ProcessEvent::all().all(|event| next_state(&state, event).is_none()));
        assert!(!is_final(&state));
    }

    /// All combinations of state and event; those that are not listed are impossible.
    #[test]
    fn allows_only_the_listed_transitions() {
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
                    next_state(&state, event),
                    expected.map(|(.., to)| to.clone()),
                    "{state} {event:?}"
                );
            }
        }
    }

    #[test]
    fn allowed_operations_exclude_those_without_effect() {
        let ids = |state: State| allowed_operations(&state).map(Operation::id).collect::<Vec<_>>();
        let reads = ["getProcess", "getStatus", "getRecords", "getFile", "getFileContent"];
        assert_eq!(ids(State::Created), [&["attach", "setup", "release"][..], &reads].concat());
        assert_eq!(ids(State::Pending), [&["open"][..], &reads].concat());
        assert_eq!(ids(State::parse("SUSPENDED")), reads);
    }

    #[test]
    fn parses_the_name_of_every_event() {
        for event in ProcessEvent::all() {
            assert_eq!(ProcessEvent::parse(event.as_str()), Some(event));
        }
        assert_eq!(ProcessEvent::parse("signed "), None);
    }
}
