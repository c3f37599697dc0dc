//! Following a process without webhooks: how it stands, and when to look again. Decisions only.
//!
//! The status alone does not tell a decline or a rejected identification: a poller of `/status`
//! would wait until the process expires. [`standing`] reads both out of the whole process.

use std::borrow::Cow;

use crate::contract::json;
use crate::contract::{SignerStatus, State};

/// How a process stands, for somebody who waits for a state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
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
    /// The process ended otherwise than waited for.
    EndedAs(State),
}

/// How the process stands, from the answer of getProcess.
pub fn standing(process: &str, wanted: &State) -> Standing {
    let state = json::find_text(process, &["status"]);
    let state = state.map_or(State::Unknown("".into()), |state| State::parse(&state));
    if state == *wanted || passed(&state, wanted) {
        return Standing::Reached;
    }
    let signers = signers(process);
    let by = |signer: &Signer<'_>| signer.reference.as_deref().map(str::to_owned);
    if let Some(signer) =
        signers.iter().find(|signer| signer.status == Some(SignerStatus::Declined))
    {
        return Standing::Declined(by(signer));
    }
    if state == State::Pending
        && let Some(signer) = signers.iter().find(|signer| signer.rejected)
    {
        return Standing::IdentificationRejected(by(signer));
    }
    match state {
        State::Expired => Standing::Expired,
        State::Completed => Standing::EndedAs(State::Completed),
        State::Created | State::Pending | State::Unknown(_) => Standing::Waiting,
    }
}

/// Who waits for PENDING is not left waiting by a process that was completed meanwhile.
fn passed(state: &State, wanted: &State) -> bool {
    matches!(
        (wanted, state),
        (State::Pending, State::Completed) | (State::Created, State::Pending | State::Completed)
    )
}

struct Signer<'a> {
    reference: Option<Cow<'a, str>>,
    status: Option<SignerStatus>,
    rejected: bool,
}

/// Every signer, the initiator first if it is one. Removed and replaced signers do not count.
fn signers(process: &str) -> Vec<Signer<'_>> {
    let initiator = json::raw_at(process, &["initiator"]).into_iter();
    let invited = json::raw_at(process, &["invitees", "signers"]).unwrap_or_default();
    let signer = |text| {
        let field = |name: &str| json::find_text(text, &[name]);
        let status = field("status").map(|status| SignerStatus::parse(&status));
        let gone = matches!(status, Some(SignerStatus::Removed | SignerStatus::Replaced));
        (!gone).then(|| Signer {
            reference: field("externalIdentifier").or_else(|| field("identification")),
            status,
            rejected: json::raw_at(text, &["verification", "rejectedOn"]).is_some(),
        })
    };
    initiator.chain(json::items(invited)).filter_map(signer).collect()
}

const SECOND: u64 = 1_000;
const MINUTE: u64 = 60 * SECOND;
const HOUR: u64 = 60 * MINUTE;

/// Until which age a process is looked at how often, in milliseconds. Somebody who has just been
/// sent a link signs within minutes or much later: the older, the rarer.
static INTERVALS: [(u64, u64); 5] = [
    (2 * MINUTE, 2 * SECOND),
    (10 * MINUTE, 10 * SECOND),
    (HOUR, 30 * SECOND),
    (24 * HOUR, 5 * MINUTE),
    (u64::MAX, 30 * MINUTE),
];

/// When to look again, in milliseconds from now.
///
/// - `age_ms`: time since the waiting began.
/// - `failures`: looks in a row that failed; each doubles the interval, up to half an hour.
/// - `jitter`: a random number in 0..1, which moves the result by up to a fifth either way.
pub fn next_look_ms(age_ms: u64, failures: u32, jitter: f64) -> u64 {
    let row = INTERVALS.iter().find(|(until, _)| age_ms < *until);
    let interval = row.map_or(30 * MINUTE, |(_, interval)| *interval);
    let interval = interval.saturating_mul(1 << failures.min(16)).min(30 * MINUTE);
    (interval as f64 * (0.8 + 0.4 * jitter.clamp(0.0, 1.0))) as u64
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
        assert_eq!(of("COMPLETED", ""), Standing::Reached);
        assert_eq!(of("PENDING", waiting), Standing::Waiting);
        assert_eq!(of("CREATED", ""), Standing::Waiting);
        assert_eq!(of("SUSPENDED", ""), Standing::Waiting);
        assert_eq!(of("EXPIRED", ""), Standing::Expired);
        // Wherever the platform leaves the process after a decline, it is seen.
        for status in ["PENDING", "EXPIRED", "SUSPENDED"] {
            assert_eq!(of(status, declined), Standing::Declined(Some("b".into())), "{status}");
        }
        assert_eq!(of("PENDING", rejected), Standing::IdentificationRejected(Some("anna".into())));
        assert_eq!(standing("", &wanted), Standing::Waiting);
    }

    #[test]
    fn a_replaced_signer_holds_nobody_up() {
        let signers = r#"{"status":"REPLACED","verification":{"rejectedOn":"2026-01-01T00:00:00Z"}},{"status":"PENDING"}"#;
        assert_eq!(standing(&process("PENDING", signers), &State::Completed), Standing::Waiting);
    }

    #[test]
    fn a_state_that_was_passed_counts() {
        assert_eq!(standing(&process("COMPLETED", ""), &State::Pending), Standing::Reached);
        assert_eq!(
            standing(&process("COMPLETED", ""), &State::Expired),
            Standing::EndedAs(State::Completed)
        );
    }

    #[test]
    fn the_older_the_rarer() {
        let ages = [0, 2 * MINUTE, 10 * MINUTE, HOUR, 24 * HOUR, u64::MAX];
        let looks = ages.map(|age| next_look_ms(age, 0, 0.5));
        assert_eq!(looks, [2_000, 10_000, 30_000, 300_000, 1_800_000, 1_800_000]);
        assert_eq!((next_look_ms(0, 0, 0.0), next_look_ms(0, 0, 1.0)), (1_600, 2_400));
        assert_eq!(next_look_ms(0, 3, 0.5), 16_000);
        assert_eq!(next_look_ms(0, 99, 0.5), 1_800_000);
    }
}
