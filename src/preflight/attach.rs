//! Rules of attach, and of the bytes of a file, which the JSON of the request need not hold yet.

use super::{PreflightRule, path_in, source};
use crate::contract::{Problem, ProblemCode, json};
use crate::text::{digits, join};

/// Greatest number of files of a process (contract, attach).
pub const MAX_FILES: usize = 100;

/// Greatest size of a file in bytes: what fits into `content` of 55 924 053 characters of Base64.
/// The contract also speaks of 40 MiB, which is one byte more.
pub const MAX_FILE_BYTES: u64 = 41_943_039;

/// With which a PDF begins.
pub const PDF_MAGIC: &[u8] = b"%PDF-";

/// The rules.
pub static RULES: &[PreflightRule] = &[
    PreflightRule {
        code: ProblemCode::TooManyFiles,
        source: source("contract, attach: up to a maximum of 100 files"),
        check: |subject, report| {
            if subject.process.is_some_and(|process| process.files.len() >= MAX_FILES) {
                report.add(
                    "$",
                    "cannot be attached: the process holds 100 files, the most that it can",
                );
            }
        },
    },
    PreflightRule {
        code: ProblemCode::NotUnique,
        source: source("contract, getFile: a file is named by its externalIdentifier"),
        check: |subject, report| {
            let (Some(process), Some(own)) =
                (subject.process, json::find_string(subject.request, &["externalIdentifier"]))
            else {
                return;
            };
            if process.files.iter().any(|file| file.external_identifier.as_deref() == Some(&*own)) {
                report.add("$.externalIdentifier", "names a file of this process already");
            }
        },
    },
    PreflightRule {
        code: ProblemCode::UnknownParticipant,
        source: source("contract, CoordinateSignaturePosition.signer"),
        check: |subject, report| {
            let Some(process) = subject.process else { return };
            let positions =
                json::find_raw(subject.request, &["signaturePositions"]).unwrap_or_default();
            for (index, position) in json::items(positions).enumerate() {
                let Some(signer) = json::find_string(position, &["signer"]) else { continue };
                if !process.signers().any(|party| party.is_named(&signer)) {
                    let path = path_in("$.signaturePositions", index, ".signer");
                    report.add(&path, "names no signer of this process");
                }
            }
        },
    },
];

/// Whether bytes of that number, beginning like this, can be attached.
pub fn file(bytes: u64, head: &[u8]) -> Vec<Problem> {
    let (code, message) = if bytes == 0 {
        (ProblemCode::FileEmpty, "is empty".to_owned())
    } else if bytes > MAX_FILE_BYTES {
        let (bytes, most) = (digits(bytes as i64), digits(MAX_FILE_BYTES as i64));
        let message = ["has ", &bytes, " bytes; at most ", &most, " (40 MiB) are allowed"];
        (ProblemCode::FileTooLarge, join(&message))
    } else if !head.starts_with(PDF_MAGIC) {
        (ProblemCode::NotAPdf, "is no PDF: it does not begin with %PDF-".to_owned())
    } else {
        return Vec::new();
    };
    vec![Problem { path: "$.content".into(), code, message }]
}
