//! Verification of signatures.
//!
//! Only signatures with the profile that this crate writes, by a trusted authority, are valid. Nothing
//! else must pass for a signature of the sandbox. Signatures of other programs are indeterminate, unless
//! they are provably wrong.
//!
//! - [`changes`]: changes after a signature
//! - [`foreign`]: signatures of other programs

mod changes;
mod foreign;

use std::collections::BTreeSet;
use std::rc::Rc;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::Offset;
use swisscom_sign_pdf::PdfError;
use swisscom_sign_pdf::fields::{self, SignedField};
use swisscom_sign_pdf::read::xref::XrefEntry;
use swisscom_sign_pdf::read::{PdfDict, PdfFile, PdfObject};
use x509_cert::Certificate;

pub use changes::PostSignatureChanges;

use crate::ca::TrustAnchors;
use crate::cms;
use crate::sign::digest;

/// Result of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Passed.
    Valid,
    /// Failed.
    Invalid,
    /// This crate cannot perform the check: the algorithm or format is unsupported, or the issuer of the
    /// certificate is unknown.
    Indeterminate,
}

impl From<bool> for Verdict {
    fn from(passed: bool) -> Self {
        if passed { Self::Valid } else { Self::Invalid }
    }
}

/// Report on one signature.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct SignatureReport {
    /// Name of the signature field; empty if the field was removed from the form.
    pub field: String,
    /// Name of the signer in the certificate.
    pub signer: Option<String>,
    /// Signing time.
    pub time: Option<Timestamp>,
    /// The signed bytes were not changed.
    pub digest: Verdict,
    /// The signature was made with the key of its certificate.
    pub signature: Verdict,
    /// The certificate was issued by a trusted authority ([`Verdict::Indeterminate`] if it was not), and
    /// was valid at `time`.
    pub chain: Verdict,
    /// The signature covers the file up to this byte, except for itself; 0 if it does not cover the
    /// start of the file.
    pub covers: usize,
    /// Changes after that byte.
    pub changes: PostSignatureChanges,
}

impl SignatureReport {
    /// All checks together; changes other than further signatures are invalid.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        let changes = match self.changes {
            PostSignatureChanges::None | PostSignatureChanges::Signatures(_) => Verdict::Valid,
            PostSignatureChanges::Other(_) => Verdict::Invalid,
            PostSignatureChanges::Unknown(_) => Verdict::Indeterminate,
        };
        let checks = [self.digest, self.signature, self.chain, changes];
        let has = |verdict: &Verdict| checks.contains(verdict);
        [Verdict::Invalid, Verdict::Indeterminate].into_iter().find(has).unwrap_or(Verdict::Valid)
    }

    /// Whether all checks passed and the only later changes are further signatures.
    #[must_use]
    pub fn is_valid(&self) -> bool {
        self.verdict() == Verdict::Valid
    }
}

/// Verifies every signature of `bytes` against the authorities `trusted`, in the order of the form. The
/// list is empty if the file has no signature.
///
/// # Errors
///
/// [`PdfError`] if the file cannot be read; treat its signatures as invalid.
pub fn verify(bytes: &[u8], trusted: &TrustAnchors) -> Result<Vec<SignatureReport>, PdfError> {
    let document = swisscom_sign_pdf::open(bytes)?;
    // Signing removes these bytes, so they were added later.
    if document.len() != bytes.len() {
        return Err(PdfError::damaged("bytes before the header"));
    }
    let file = PdfFile::open(bytes)?;
    if file.is_encrypted() {
        return Err(PdfError::Encrypted);
    }
    let (_, catalog) = file.catalog()?;
    let signed = fields::signed_fields(&file, &catalog);
    let own = changes::own_updates_start(&file, &signed);
    let lost = lost(bytes, &signed)?.into_iter().filter_map(|field| {
        let changes =
            PostSignatureChanges::Other(vec!["its field was removed from the form".to_owned()]);
        let report = SignatureReport { changes, ..report(&file, own, &field, trusted) };
        // Only valid signatures are reported: another party may remove its own.
        let checks = [report.digest, report.signature, report.chain];
        (checks == [Verdict::Valid; 3]).then_some(report)
    });
    let present = signed.iter().map(|field| report(&file, own, field, trusted));
    let reports = lost.chain(present).collect();
    // Beyond the work limit, objects seem to be absent.
    file.ensure_not_exhausted()?;
    Ok(reports)
}

/// The signatures of a file that are not in a field of `signed`: an update may have removed the field,
/// and a further signature would then be the only one, and valid.
fn lost(bytes: &[u8], signed: &[SignedField]) -> Result<Vec<SignedField>, PdfError> {
    // With a work limit of its own, so that the comparisons keep theirs.
    let file = PdfFile::open(bytes)?;
    let hole = |signature: &PdfObject| {
        let range = file.get_resolved(signature.as_dict()?, "ByteRange");
        range.as_array()?.get(1)?.as_index()
    };
    let known: Vec<_> = signed.iter().filter_map(|field| hole(&field.signature)).collect();
    let mut lost = Vec::new();
    let now = file.xref.entries.values().filter_map(|entry| match entry {
        XrefEntry::At(offset, _) => Some(*offset),
        _ => None,
    });
    let offsets: BTreeSet<usize> =
        now.chain(file.xref.former.iter().map(|(_, offset)| *offset)).collect();
    for offset in offsets {
        let Some((_, object @ PdfObject::Dict(_))) = file.object_at(offset) else { continue };
        if hole(&object).is_some_and(|hole| !known.contains(&hole)) {
            lost.push(SignedField { name: String::new(), signature: Rc::new(object) });
        }
    }
    file.ensure_not_exhausted()?;
    Ok(lost)
}

/// The report on `field`; from byte `own` on, the file consists of our own updates.
fn report(
    file: &PdfFile<'_>,
    own: usize,
    field: &SignedField,
    trusted: &TrustAnchors,
) -> SignatureReport {
    let dict = field.signature.as_dict().cloned().unwrap_or_default();
    let time = file.get_resolved(&dict, "M").as_string().and_then(parse_date);
    let mut report = SignatureReport {
        field: field.name.clone(),
        signer: None,
        time,
        digest: Verdict::Indeterminate,
        signature: Verdict::Indeterminate,
        chain: Verdict::Indeterminate,
        covers: 0,
        changes: PostSignatureChanges::Other(vec![
            "the signature does not cover the file".to_owned(),
        ]),
    };
    let Some(extent) = SignedByteRange::read(file, &dict) else { return report };
    report.covers = extent.end;
    report.changes = changes::changes_after(file, extent.end, own);
    let sub_filter = file.get_resolved(&dict, "SubFilter");
    let sub_filter = sub_filter.as_name_bytes().unwrap_or_default();
    let is_pades = sub_filter == b"ETSI.CAdES.detached";
    if !is_pades && sub_filter != b"adbe.pkcs7.detached" {
        return report;
    }
    let parts = [(0, extent.hole.0), (extent.hole.1, extent.end - extent.hole.1)];
    let own_profile = cms::read(extent.canonical_cms()).filter(|_| is_pades);
    let is_own_profile = own_profile.is_some();
    let certificate = match own_profile {
        Some(signed) => {
            report.signature = signed.authentic.into();
            let digest = digest(file.bytes, &parts);
            report.digest = digest.is_some_and(|d| d.as_slice() == signed.digest).into();
            signed.certificate
        }
        None => {
            let document = parts
                .map(|(start, length)| file.bytes.get(start..start + length).unwrap_or_default());
            let Some(signed) = foreign::read(extent.cms(), &document) else { return report };
            (report.digest, report.signature) = (signed.digest, signed.signature);
            signed.certificate
        }
    };
    report.signer = common_name(&certificate);
    if trusted.0.iter().any(|root| cms::is_issued_by(&certificate, root)) {
        report.chain = time.is_some_and(|time| is_in_validity(&certificate, time)).into();
        if !is_own_profile {
            // The authority signs with the profile of this crate only.
            report.signature = Verdict::Invalid;
        }
    }
    report
}

/// The byte range of a signature: the file up to `end`, except `hole`, which contains exactly
/// `/Contents`.
struct SignedByteRange {
    hole: (usize, usize),
    end: usize,
    contents: Vec<u8>,
    lower_case: bool,
}

/// End of the byte range of a signature.
fn covers(file: &PdfFile<'_>, dict: &PdfDict) -> Option<usize> {
    let range = file.get_resolved(dict, "ByteRange");
    let range: Vec<usize> =
        range.as_array()?.iter().map(PdfObject::as_index).collect::<Option<_>>()?;
    let &[_, _, resume, rest] = range.as_slice() else { return None };
    resume.checked_add(rest).filter(|&end| end <= file.bytes.len())
}

impl SignedByteRange {
    fn read(file: &PdfFile<'_>, dict: &PdfDict) -> Option<Self> {
        let range = file.get_resolved(dict, "ByteRange");
        let range: Vec<usize> =
            range.as_array()?.iter().map(PdfObject::as_index).collect::<Option<_>>()?;
        let &[0, start, resume, _] = range.as_slice() else { return None };
        let end = covers(file, dict)?;
        let contents = file.get_resolved(dict, "Contents").as_string()?.to_vec();
        // A hole larger than the signature could hide content.
        let hole = file.bytes.get(start..resume)?;
        let hex = hole.strip_prefix(b"<")?.strip_suffix(b">")?;
        let exact = hex.iter().all(u8::is_ascii_hexdigit)
            && hex.len().is_multiple_of(2)
            && hex.chunks(2).map(hex_byte).eq(contents.iter().copied().map(Some));
        // Signing writes lower case; another spelling was changed later.
        let lower_case = !hex.iter().any(u8::is_ascii_uppercase);
        exact.then_some(Self { hole: (start, resume), end, contents, lower_case })
    }

    /// The CMS without padding.
    fn cms(&self) -> &[u8] {
        let length = der_length(&self.contents).unwrap_or(0);
        self.contents.get(..length).unwrap_or_default()
    }

    /// The same, or empty if it is not written as signing writes it.
    fn canonical_cms(&self) -> &[u8] {
        let cms = self.cms();
        let padding = self.contents.get(cms.len()..).unwrap_or_default();
        let canonical = self.lower_case && padding.iter().all(|&byte| byte == 0);
        if canonical { cms } else { &[] }
    }
}

fn hex_byte(pair: &[u8]) -> Option<u8> {
    u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()
}

/// Length of the DER element at the start of `bytes`, including its header.
fn der_length(bytes: &[u8]) -> Option<usize> {
    let (&first, rest) = bytes.get(1..)?.split_first()?;
    if first < 0x80 {
        return Some(2 + usize::from(first));
    }
    let octets = usize::from(first & 0x7F);
    let length = rest.get(..octets).filter(|_| octets <= 4)?;
    let length = length.iter().fold(0_usize, |sum, &byte| sum << 8 | usize::from(byte));
    length.checked_add(2 + octets)
}

fn common_name(certificate: &Certificate) -> Option<String> {
    let name = certificate.tbs_certificate().subject().common_name().ok()??;
    Some(name.value().into_owned())
}

fn is_in_validity(certificate: &Certificate, time: Timestamp) -> bool {
    let validity = certificate.tbs_certificate().validity();
    let second = |time: x509_cert::time::Time| {
        i64::try_from(time.to_unix_duration().as_secs()).unwrap_or(i64::MAX)
    };
    (second(validity.not_before)..=second(validity.not_after)).contains(&time.as_second())
}

/// Parses a date string (ISO 32000-2, 7.9.4) with seconds.
fn parse_date(text: &[u8]) -> Option<Timestamp> {
    let text = fields::decode_text(text);
    let text = text.strip_prefix("D:").unwrap_or(&text);
    let (digits, zone) = text.split_at_checked(14)?;
    let number = |from: usize, to: usize| digits.get(from..to)?.parse::<i8>().ok();
    let year = digits.get(..4)?.parse::<i16>().ok()?;
    let date = Date::new(year, number(4, 6)?, number(6, 8)?).ok()?;
    let hour = number(8, 10).filter(|hour| (0..24).contains(hour))?;
    let minute = number(10, 12).filter(|minute| (0..60).contains(minute))?;
    let second = number(12, 14).filter(|second| (0..60).contains(second))?;
    let zone: String = zone.chars().filter(|char| *char != '\'').collect();
    let offset = match zone.chars().next() {
        None | Some('Z') => 0,
        Some(sign @ ('+' | '-')) => {
            let hours = zone.get(1..3)?.parse::<i32>().ok()?;
            let minutes = zone.get(3..5).map_or(Some(0), |text| text.parse::<i32>().ok())?;
            let seconds = hours * 3600 + minutes * 60;
            if sign == '-' { -seconds } else { seconds }
        }
        Some(_) => return None,
    };
    let offset = Offset::from_seconds(offset).ok()?;
    offset.to_timestamp(date.at(hour, minute, second, 0)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parses_dates() {
        let expect = |text: &str, time: &str| {
            assert_eq!(parse_date(text.as_bytes()), Some(time.parse().unwrap()), "{text}");
        };
        expect("D:20260102030405Z", "2026-01-02T03:04:05Z");
        expect("D:20260102030405+01'00'", "2026-01-02T02:04:05Z");
        expect("20260102030405-0130", "2026-01-02T04:34:05Z");
        for bad in ["D:2026", "D:20261302030405Z", "D:20260102250405Z", "D:20260102030405+99'99'"] {
            assert_eq!(parse_date(bad.as_bytes()), None, "{bad}");
        }
    }
}
