//! Rules of attach, and of the content of a file, which is checked separately from the request.

use super::{PreflightRule, excerpt, path_in, source};
use crate::contract::{Problem, ProblemCode, exceeded, json};
use crate::format_text::join;

/// Maximum number of files of a process (contract, attach).
pub const MAX_FILES: usize = 100;

/// Maximum size of a file in bytes: the limit of `content`, 55 924 053 characters of Base64. The
/// contract also mentions 40 MiB, which is one byte more.
pub const MAX_FILE_BYTES: u64 = 41_943_039;

/// Header of a PDF.
pub const PDF_MAGIC: &[u8] = b"%PDF-";

/// Number of bytes at the start of a file in which readers look for [`PDF_MAGIC`] (ISO 32000-1,
/// annex H, note 13): a line feed or a byte order mark may precede it.
pub const PDF_HEADER_WINDOW: usize = 1024;

/// The rules.
pub static RULES: &[PreflightRule] = &[
    PreflightRule {
        code: ProblemCode::TooManyFiles,
        source: source("contract, attach: up to a maximum of 100 files"),
        check: |subject, report| {
            if subject.process.is_some_and(|process| process.files.len() >= MAX_FILES) {
                report.add("$", "too many files: a process can have at most 100 files");
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
                let message = join(&[
                    "duplicate externalIdentifier `",
                    &excerpt(&own),
                    "`: another file of this process uses it",
                ]);
                report.warn("$.externalIdentifier", &message);
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
                // A person who does not sign can have a position, too (contract, attach example 4).
                let found = process.find_participant(&signer);
                if found.is_none_or(|party| party.kind == "NON_PERSON") {
                    let path = path_in("$.signaturePositions", index, ".signer");
                    report.add(&path, &unknown_signer(&signer));
                }
            }
        },
    },
];

/// Message for a reference to a signer that does not exist.
pub fn unknown_signer(signer: &str) -> String {
    let advice = "`: use the identification or externalIdentifier of a person of the process";
    join(&["unknown signer `", &excerpt(signer), advice])
}

/// Checks the size and the first bytes of a file, of which the first [`PDF_HEADER_WINDOW`] are used.
pub fn check_file(bytes: u64, head: &[u8]) -> Vec<Problem> {
    let (code, message) = if bytes == 0 {
        (ProblemCode::FileEmpty, "file is empty".to_owned())
    } else if bytes > MAX_FILE_BYTES {
        let message = exceeded("file too large: ", bytes as i64, " bytes", MAX_FILE_BYTES as i64);
        (ProblemCode::FileTooLarge, message)
    } else if !has_pdf_header(head) {
        let message = "not a PDF: `%PDF-` is missing in the first 1024 bytes of the file";
        (ProblemCode::NotAPdf, message.to_owned())
    } else {
        return Vec::new();
    };
    vec![Problem::new("$.content", code, message)]
}

fn has_pdf_header(head: &[u8]) -> bool {
    let window = head.get(..PDF_HEADER_WINDOW).unwrap_or(head);
    window.windows(PDF_MAGIC.len()).any(|bytes| bytes == PDF_MAGIC)
}
