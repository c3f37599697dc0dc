//! Status of a wait for a state of a process.
//!
//! The state alone does not show a decline or a rejected identification: a caller that polls
//! `/status` would wait until the process expires. [`wait_status()`] reads both from the process.

use std::borrow::Cow;

use crate::contract::json;
use crate::contract::{SignerStatus, State};

/// Status of a wait for a state of a process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WaitStatus {
    /// The process reached or passed the state.
    Reached,
    /// The process can still reach the state. Also for an unknown state.
    Waiting,
    /// A signer declined: externalIdentifier or else identification of the signer.
    Declined(Option<String>),
    /// The online identification of a signer was rejected, so that the signer cannot sign.
    IdentificationRejected(Option<String>),
    /// The process expired.
    Expired,
    /// The process was completed while the caller waits for EXPIRED.
    Completed,
}

impl WaitStatus {
    /// The status as a string; for an end, the reason of the error.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Reached => "reached",
            Self::Waiting => "waiting",
            Self::Declined(_) => "declined",
            Self::IdentificationRejected(_) => "identification_rejected",
            Self::Expired => "expired",
            Self::Completed => "completed",
        }
    }

    /// The signer that ended the wait: externalIdentifier, or else identification.
    pub fn signer(self) -> Option<String> {
        match self {
            Self::Declined(signer) | Self::IdentificationRejected(signer) => signer,
            _ => None,
        }
    }
}

/// Status of a wait for `target`, from the response of getProcess.
pub fn wait_status(process: &str, target: &State) -> WaitStatus {
    let state = json::find_string(process, &["status"]);
    let state = state.map_or(State::Unknown("".into()), |state| State::parse(&state));
    if state == *target || has_passed(&state, target) {
        return WaitStatus::Reached;
    }
    if *target == State::Expired {
        // Do not fail on a decline here: a declined process ends as EXPIRED, which is the state
        // that the caller waits for.
        return match state {
            State::Completed => WaitStatus::Completed,
            _ => WaitStatus::Waiting,
        };
    }
    let signers = signers(process);
    let by = |signer: &SignerView<'_>| signer.reference.as_deref().map(str::to_owned);
    if let Some(signer) =
        signers.iter().find(|signer| signer.status == Some(SignerStatus::Declined))
    {
        return WaitStatus::Declined(by(signer));
    }
    if state == State::Pending
        && let Some(signer) = signers.iter().find(|signer| signer.rejected)
    {
        return WaitStatus::IdentificationRejected(by(signer));
    }
    if state == State::Expired { WaitStatus::Expired } else { WaitStatus::Waiting }
}

/// Whether the process was in the target state before, for instance PENDING before COMPLETED.
fn has_passed(state: &State, target: &State) -> bool {
    matches!(
        (target, state),
        (State::Pending, State::Completed) | (State::Created, State::Pending | State::Completed)
    )
}

struct SignerView<'a> {
    reference: Option<Cow<'a, str>>,
    status: Option<SignerStatus>,
    rejected: bool,
}

/// All signers except removed and replaced ones; the initiator first if it signs.
fn signers(process: &str) -> Vec<SignerView<'_>> {
    let initiator = json::find_raw(process, &["initiator"]).into_iter();
    let invited = json::find_raw(process, &["invitees", "signers"]).unwrap_or_default();
    let signer = |text| {
        let field = |name: &str| json::find_string(text, &[name]);
        let status = field("status").map(|status| SignerStatus::parse(&status));
        let gone = matches!(status, Some(SignerStatus::Removed | SignerStatus::Replaced));
        (!gone).then(|| SignerView {
            reference: field("externalIdentifier").or_else(|| field("identification")),
            status,
            rejected: json::find_raw(text, &["verification", "rejectedOn"]).is_some(),
        })
    };
    initiator.chain(json::items(invited)).filter_map(signer).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn process(status: &str, signers: &str) -> String {
        format!(
            r#"{{"status":"{status}","initiator":{{"type":"NON_PERSON","name":"CRM"}},"invitees":{{"signers":[{signers}]}}}}"#
        )
    }

    #[test]
    fn detects_the_end_of_a_wait_for_completion() {
        let target = State::Completed;
        let of = |status, signers| wait_status(&process(status, signers), &target);
        let declined = r#"{"externalIdentifier":"anna","status":"SIGNED"},{"identification":"b","status":"DECLINED"}"#;
        let rejected = r#"{"externalIdentifier":"anna","status":"PENDING","verification":{"rejectedOn":"2026-01-01T00:00:00Z"}}"#;
        let waiting =
            r#"{"status":"PENDING","verification":{"rejectedOn":null,"verifiedOn":null}}"#;
        assert_eq!(of("COMPLETED", ""), WaitStatus::Reached);
        assert_eq!(of("PENDING", waiting), WaitStatus::Waiting);
        assert_eq!(of("CREATED", ""), WaitStatus::Waiting);
        assert_eq!(of("SUSPENDED", ""), WaitStatus::Waiting);
        assert_eq!(of("EXPIRED", ""), WaitStatus::Expired);
        for status in ["PENDING", "EXPIRED", "SUSPENDED"] {
            assert_eq!(of(status, declined), WaitStatus::Declined(Some("b".into())), "{status}");
        }
        assert_eq!(
            of("PENDING", rejected),
            WaitStatus::IdentificationRejected(Some("anna".into()))
        );
        assert_eq!(wait_status("", &target), WaitStatus::Waiting);
    }

    #[test]
    fn ignores_replaced_signers() {
        let signers = r#"{"status":"REPLACED","verification":{"rejectedOn":"2026-01-01T00:00:00Z"}},{"status":"PENDING"}"#;
        assert_eq!(
            wait_status(&process("PENDING", signers), &State::Completed),
            WaitStatus::Waiting
        );
    }

    #[test]
    fn counts_a_passed_state_as_reached() {
        assert_eq!(wait_status(&process("COMPLETED", ""), &State::Pending), WaitStatus::Reached);
        let expired = |status, signers| wait_status(&process(status, signers), &State::Expired);
        assert_eq!(expired("COMPLETED", ""), WaitStatus::Completed);
        assert_eq!(expired("PENDING", r#"{"status":"DECLINED"}"#), WaitStatus::Waiting);
        assert_eq!(expired("EXPIRED", r#"{"status":"DECLINED"}"#), WaitStatus::Reached);
    }
}
