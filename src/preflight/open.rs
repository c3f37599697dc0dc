//! Rules of open.

use super::{PreflightRule, source};
use crate::contract::{ProblemCode, SignerStatus};
use crate::text::join;

/// The rules.
pub static RULES: &[PreflightRule] = &[
    PreflightRule {
        code: ProblemCode::UnknownParticipant,
        source: source("contract, open: personId is an identification or an externalIdentifier"),
        check: |subject, report| {
            let (Some(process), Some(person_id)) = (subject.process, subject.person_id) else {
                return;
            };
            if process.named(person_id).is_none_or(|party| party.kind == "NON_PERSON") {
                report.add("$.personId", "names no person of this process");
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
            let status = process.named(person_id).and_then(|party| party.status.as_ref());
            if let Some(status) = status.filter(|status| gone.contains(status)) {
                let message = join(&["names a signer who is ", status.as_str()]);
                report.add("$.personId", &message);
            }
        },
    },
];
