//! How a process stands, for somebody who waits for a state.
//!
//! The status alone does not tell a decline or a rejected identification: a poller of `/status`
//! would wait until the process expires. [`standing`] reads both out of the whole process.

use std::borrow::Cow;

use crate::contract::json;
use crate::contract::{SignerStatus, State};

/// How a process stands, for somebody who waits for a state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WaitStatus {
    /// The state that is waited for has come, or was passed on the way.
    Reached,
    /// Still to come. An unknown state counts as this.
    Waiting,
    /// A signer declined; the signer's identification or externalIdentifier.
    Declined(Option<String>),
    /// The online identification of a signer was rejected: this signer cannot sign.
    IdentificationRejected(Option<String>),
    /// The process expired.
    Expired,
    /// Every signature was made, and somebody waits for the process to expire.
    Completed,
}

impl WaitStatus {
    /// The standing in a word; for an end, the reason of the error.
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

    /// The signer who ended it: externalIdentifier, or else identification.
    pub fn signer(self) -> Option<String> {
        match self {
            Self::Declined(signer) | Self::IdentificationRejected(signer) => signer,
            _ => None,
        }
    }
}

/// How the process stands, from the answer of getProcess.
pub fn standing(process: &str, wanted: &State) -> WaitStatus {
    let state = json::find_string(process, &["status"]);
    let state = state.map_or(State::Unknown("".into()), |state| State::parse(&state));
    if state == *wanted || passed(&state, wanted) {
        return WaitStatus::Reached;
    }
    if *wanted == State::Expired {
        // A decline is one of the ways there.
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

/// Who waits for PENDING is not left waiting by a process that was completed meanwhile.
fn passed(state: &State, wanted: &State) -> bool {
    matches!(
        (wanted, state),
        (State::Pending, State::Completed) | (State::Created, State::Pending | State::Completed)
    )
}

struct SignerView<'a> {
    reference: Option<Cow<'a, str>>,
    status: Option<SignerStatus>,
    rejected: bool,
}

/// Every signer, the initiator first if it is one. Removed and replaced signers do not count.
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
    fn waiting_for_completion() {
        let wanted = State::Completed;
        let of = |status, signers| standing(&process(status, signers), &wanted);
        let declined = r#"{"externalIdentifier":"anna","status":"SIGNED"},{"identification":"b","status":"DECLINED"}"#;
        let rejected = r#"{"externalIdentifier":"anna","status":"PENDING","verification":{"rejectedOn":"2026-01-01T00:00:00Z"}}"#;
        let waiting =
            r#"{"status":"PENDING","verification":{"rejectedOn":null,"verifiedOn":null}}"#;
        assert_eq!(of("COMPLETED", ""), WaitStatus::Reached);
        assert_eq!(of("PENDING", waiting), WaitStatus::Waiting);
        assert_eq!(of("CREATED", ""), WaitStatus::Waiting);
        assert_eq!(of("SUSPENDED", ""), WaitStatus::Waiting);
        assert_eq!(of("EXPIRED", ""), WaitStatus::Expired);
        // Wherever the platform leaves the process after a decline, it is seen.
        for status in ["PENDING", "EXPIRED", "SUSPENDED"] {
            assert_eq!(of(status, declined), WaitStatus::Declined(Some("b".into())), "{status}");
        }
        assert_eq!(
            of("PENDING", rejected),
            WaitStatus::IdentificationRejected(Some("anna".into()))
        );
        assert_eq!(standing("", &wanted), WaitStatus::Waiting);
    }

    #[test]
    fn a_replaced_signer_holds_nobody_up() {
        let signers = r#"{"status":"REPLACED","verification":{"rejectedOn":"2026-01-01T00:00:00Z"}},{"status":"PENDING"}"#;
        assert_eq!(standing(&process("PENDING", signers), &State::Completed), WaitStatus::Waiting);
    }

    #[test]
    fn a_state_that_was_passed_counts() {
        assert_eq!(standing(&process("COMPLETED", ""), &State::Pending), WaitStatus::Reached);
        let expired = |status, signers| standing(&process(status, signers), &State::Expired);
        assert_eq!(expired("COMPLETED", ""), WaitStatus::Completed);
        assert_eq!(expired("PENDING", r#"{"status":"DECLINED"}"#), WaitStatus::Waiting);
        assert_eq!(expired("EXPIRED", r#"{"status":"DECLINED"}"#), WaitStatus::Reached);
    }
}
