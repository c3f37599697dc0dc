//! Rules of open.

use super::{PreflightRule, excerpt, source};
use crate::contract::{ProblemCode, SignerStatus};
use crate::format_text::join;

/// The rules.
pub static RULES: &[PreflightRule] = &[
    PreflightRule {
        code: ProblemCode::UnknownParticipant,
        source: source("contract, open: personId is an identification or an externalIdentifier"),
        check: |subject, report| {
            let (Some(process), Some(person_id)) = (subject.process, subject.person_id) else {
                return;
            };
            if process.find_participant(person_id).is_none_or(|party| party.kind == "NON_PERSON") {
                let advice = "`: use the identification or externalIdentifier of a participant \
                              of this process";
                report.add(
                    "$.personId",
                    &join(&["unknown participant `", &excerpt(person_id), advice]),
                );
            }
        },
    },
    PreflightRule {
        code: ProblemCode::ParticipantGone,
        source: source("contract, Signer.status"),
        check: |subject, report| {
            let (Some(process), Some(person_id)) = (subject.process, subject.person_id) else {
                return;
            };
            let gone = [SignerStatus::Canceled, SignerStatus::Removed, SignerStatus::Replaced];
            let status =
                process.find_participant(person_id).and_then(|party| party.status.as_ref());
            if let Some(status) = status.filter(|status| gone.contains(status)) {
                let reason = "` cannot open the process: signer status is ";
                let message = ["signer `", &excerpt(person_id), reason, status.as_str()];
                report.add("$.personId", &join(&message));
            }
        },
    },
];
