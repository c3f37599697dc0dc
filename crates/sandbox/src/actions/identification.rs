//! Online identification (GwG): the command, with the files of a real provider: a report as PDF,
//! and a ZIP of the report and the result (contract, `Verification.files`).

use bytes::Bytes;
use flate2::Crc;
use jiff::Timestamp;
use serde_json::json;
use swisscom_sign::contract::Signer;
use uuid::Uuid;

use crate::calendar::format_timestamp;
use crate::domain::decide::may_sign;
use crate::domain::{ErrorName, IdentifyCommand, ProcessAggregate, ProcessCommand};
use crate::links::Links;
use crate::platform::{CommandError, CommandOutcome, ContentTarget, Platform, PreparedCommand};

/// Identifies a signer. After an approval, the report becomes a file of the process.
///
/// # Errors
/// Returns an error if the command is rejected or the store fails.
pub fn identify(
    platform: &Platform,
    links: &Links,
    id: Uuid,
    identify: &IdentifyCommand,
) -> Result<CommandOutcome, CommandError> {
    platform.execute_at(links, id, |process, now| {
        let content = evidence(process, &identify.person, now)?;
        Ok(PreparedCommand { command: ProcessCommand::Identify(identify.clone()), content })
    })
}

/// Files of an approved identification; other results have no files.
fn evidence(
    process: &ProcessAggregate,
    person: &str,
    now: Timestamp,
) -> Result<Vec<(ContentTarget, Bytes)>, CommandError> {
    let person = may_sign(process, person)?.id;
    let signer = process.signer(person).ok_or(ErrorName::ParticipantNotFound)?;
    let now = format_timestamp(now);
    let report = report(signer, process.id, &now);
    let result = json!({
        "sandbox": true,
        "result": "APPROVED",
        "processId": process.id,
        "signer": person,
        "firstName": signer.first_name,
        "lastName": signer.last_name,
        "verifiedOn": now,
    });
    let bundle = zip(&[("report.pdf", &report), ("result.json", result.to_string().as_bytes())]);
    Ok(vec![
        (ContentTarget::NewFile, report.into()),
        (ContentTarget::VerificationBundle(person), bundle.into()),
    ])
}

/// One-page PDF with the data of the identification.
fn report(signer: &Signer, process: Uuid, now: &str) -> Vec<u8> {
    let heading = "SANDBOX - NOT A REAL IDENTIFICATION";
    let lines = [
        format!("{} {}", signer.first_name, signer.last_name),
        format!("Approved on {now}"),
        format!("Process {process}"),
    ];
    swisscom_sign_pdf::sample(&[swisscom_sign_pdf::SamplePage {
        heading,
        lines: &lines.each_ref().map(String::as_str),
    }])
}

/// Earliest date of the format: 1980-01-01.
const DATE: u16 = (1 << 5) | 1;

/// Creates an uncompressed ZIP archive (APPNOTE.TXT 4.3).
fn zip(files: &[(&str, &[u8])]) -> Vec<u8> {
    let (mut archive, mut directory) = (Vec::new(), Vec::new());
    for (name, bytes) in files {
        let mut crc = Crc::new();
        crc.update(bytes);
        let length = |length: usize| u32::try_from(length).unwrap_or(u32::MAX).to_le_bytes();
        let offset = length(archive.len());
        // Fields shared by the local and the central header.
        let mut entry = Vec::new();
        // Version 2.0, no flags, stored, midnight.
        entry.extend([20, 0, 0, 0, 0, 0, 0, 0]);
        entry.extend(DATE.to_le_bytes());
        entry.extend(crc.sum().to_le_bytes());
        entry.extend(length(bytes.len()));
        entry.extend(length(bytes.len()));
        entry.extend(u16::try_from(name.len()).unwrap_or(0).to_le_bytes());
        entry.extend([0, 0]);
        archive.extend(*b"PK\x03\x04");
        archive.extend(&entry);
        archive.extend(name.as_bytes());
        archive.extend(*bytes);
        directory.extend(*b"PK\x01\x02\x14\0");
        directory.extend(&entry);
        // No comment, disk 0, no attributes.
        directory.extend([0; 10]);
        directory.extend(offset);
        directory.extend(name.as_bytes());
    }
    let count = u16::try_from(files.len()).unwrap_or(u16::MAX).to_le_bytes();
    let word = |length: usize| u32::try_from(length).unwrap_or(u32::MAX).to_le_bytes();
    let (start, size) = (word(archive.len()), word(directory.len()));
    archive.extend(directory);
    archive.extend(*b"PK\x05\x06\0\0\0\0");
    archive.extend(count);
    archive.extend(count);
    archive.extend(size);
    archive.extend(start);
    archive.extend([0, 0]);
    archive
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::decide::REPORT_PAGE;

    /// Reads the archive like a ZIP reader: end of the directory, headers, file contents.
    #[test]
    fn the_archive_can_be_walked_from_its_end() {
        let archive = zip(&[("a.txt", b"123456789"), ("b", b"")]);
        let word = |at: usize| {
            u32::from_le_bytes(archive[at..at + 4].try_into().expect("four bytes")) as usize
        };
        let end = archive.len() - 22;
        assert_eq!(&archive[end..end + 4], b"PK\x05\x06");
        let start = word(end + 16);
        assert_eq!(start + word(end + 12), end, "the directory reaches to its end");
        assert_eq!(&archive[start..start + 4], b"PK\x01\x02");
        // Known CRC-32 check value.
        assert_eq!(word(start + 16), 0xcbf4_3926);
        assert_eq!((word(start + 20), word(start + 24), word(start + 42)), (9, 9, 0));
        assert_eq!(&archive[start + 46..start + 51], b"a.txt");
        assert_eq!(&archive[35..44], b"123456789");
        let second = start + 51;
        assert_eq!(&archive[second..second + 4], b"PK\x01\x02");
        assert_eq!(word(second + 42), 44);
        assert_eq!(&archive[44..48], b"PK\x03\x04");
    }

    /// The domain declares the page size without reading the file.
    #[test]
    fn the_report_has_the_page_that_is_told_of_it() {
        let (first_name, last_name) = ("Łu\n€)".to_owned(), "王".to_owned());
        let signer = crate::actions::new_signer(first_name, last_name, None, None);
        let report = report(&signer, Uuid::nil(), "2026-11-01T10:00:00Z");
        let pages = swisscom_sign_pdf::inspect_for_signing(&report).expect("a PDF").pages;
        let sizes: Vec<_> = pages.iter().map(|page| (page.width, page.height)).collect();
        assert_eq!(sizes, [(REPORT_PAGE.width, REPORT_PAGE.height)]);
    }
}
