//! Online identification (GwG): the command, with what the provider of a real one would hand in: a
//! report as PDF, and a ZIP of the report and the result (contract, `Verification.files`).

use bytes::Bytes;
use flate2::Crc;
use serde_json::json;
use swisscom_sign::contract::Signer;
use uuid::Uuid;

use crate::domain::decide::{REPORT_PAGE, may_sign};
use crate::domain::view::time;
use crate::domain::{Command, Identify, Name, Process};
use crate::engine::{Engine, Failure, Outcome, Prepared};

/// Checks the identity of a signer. Where it is approved, the report joins the process.
///
/// # Errors
/// The platform refuses, or the store failed.
pub fn identify(engine: &Engine, id: Uuid, identify: &Identify) -> Result<Outcome, Failure> {
    engine.execute(id, |process| {
        let bytes = evidence(engine, process, &identify.person)?;
        Ok(Prepared { command: Command::Identify(identify.clone()), bytes })
    })
}

/// The bytes of an approved identification; of any other nothing asks for them.
fn evidence(
    engine: &Engine,
    process: &Process,
    person: &str,
) -> Result<Vec<(Option<Uuid>, Bytes)>, Failure> {
    let person = may_sign(process, person)?.id;
    let signer = process.signer(person).ok_or(Name::ParticipantNotFound)?;
    let now = time(engine.now_for(&process.owner));
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
    Ok(vec![(None, report.into()), (Some(person), bundle.into())])
}

/// A PDF of one page that says what it is.
fn report(signer: &Signer, process: Uuid, now: &str) -> Vec<u8> {
    let lines = [
        "SANDBOX - NOT A REAL IDENTIFICATION".to_owned(),
        format!("{} {}", signer.first_name, signer.last_name),
        format!("Approved on {now}"),
        format!("Process {process}"),
    ];
    let mut text = String::from("BT /F1 14 Tf 72 760 Td 24 TL");
    for line in &lines {
        text.push_str(&format!(" <{}> Tj T*", latin(line)));
    }
    text.push_str(" ET");
    let (width, height) = (REPORT_PAGE.width, REPORT_PAGE.height);
    let objects = [
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_owned(),
        format!(
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {width} {height}] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>"
        ),
        format!("<< /Length {} >>\nstream\n{text}\nendstream", text.len()),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>"
            .to_owned(),
    ];
    let mut file = String::from("%PDF-1.4\n");
    let mut table = format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1);
    for (index, object) in objects.iter().enumerate() {
        table.push_str(&format!("{:010} 00000 n \n", file.len()));
        file.push_str(&format!("{} 0 obj\n{object}\nendobj\n", index + 1));
    }
    let (start, size) = (file.len(), objects.len() + 1);
    file.push_str(&table);
    file.push_str(&format!("trailer\n<< /Size {size} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n"));
    file.into_bytes()
}

/// A text in WinAnsi, as hexadecimal digits; a question mark for what it does not have. Its upper
/// half is that of Latin-1.
fn latin(text: &str) -> String {
    let known = |byte: &u8| matches!(byte, 0x20..=0x7e | 0xa0..);
    let byte = |c: char| u8::try_from(c).ok().filter(known).unwrap_or(b'?');
    text.chars().map(|c| format!("{:02x}", byte(c))).collect()
}

/// Midnight of the first day that the format knows: 1980-01-01.
const DATE: u16 = (1 << 5) | 1;

/// An archive of these files, not compressed (APPNOTE.TXT 4.3).
fn zip(files: &[(&str, &[u8])]) -> Vec<u8> {
    let (mut archive, mut directory) = (Vec::new(), Vec::new());
    for (name, bytes) in files {
        let mut crc = Crc::new();
        crc.update(bytes);
        let length = |length: usize| u32::try_from(length).unwrap_or(u32::MAX).to_le_bytes();
        let offset = length(archive.len());
        // What the local and the central header have in common.
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

    /// By the layout of the format: the end of the directory leads to the headers, these to bytes.
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
        // The check value of CRC-32.
        assert_eq!(word(start + 16), 0xcbf4_3926);
        assert_eq!((word(start + 20), word(start + 24), word(start + 42)), (9, 9, 0));
        assert_eq!(&archive[start + 46..start + 51], b"a.txt");
        assert_eq!(&archive[35..44], b"123456789");
        let second = start + 51;
        assert_eq!(&archive[second..second + 4], b"PK\x01\x02");
        assert_eq!(word(second + 42), 44);
        assert_eq!(&archive[44..48], b"PK\x03\x04");
    }

    #[test]
    fn names_of_any_script_are_text_of_the_report() {
        assert_eq!(latin("Zoë)"), "5a6feb29");
        assert_eq!(latin("Łu\n€"), "3f753f3f");
    }
}
