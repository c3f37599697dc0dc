//! Files that other programs signed (`third-party/README.md`).

use swisscom_sign_pades::ca::TrustAnchors;
use swisscom_sign_pades::{self as pades, PostSignatureChanges, SignatureReport, Verdict};
use swisscom_sign_pdf as pdf;

use crate::pdfsig::{PdfsigResult, nss_database, pdfsig};
use crate::signatures::{authority, position, sign};
use crate::tools::Scratch;

const RSA: &[u8] = include_bytes!("third-party/rsa.pdf");
const P256: &[u8] = include_bytes!("third-party/p256.pdf");

fn verify(bytes: &[u8]) -> Vec<SignatureReport> {
    pades::verify(bytes, &TrustAnchors::from(&authority())).unwrap()
}

fn replaced(bytes: &[u8], old: &[u8], new: &[u8]) -> Vec<u8> {
    let at = memchr::memmem::find(bytes, old).unwrap();
    let mut bytes = bytes.to_vec();
    bytes[at..at + old.len()].copy_from_slice(new);
    bytes
}

#[test]
fn untouched_signatures_are_indeterminate() {
    for (bytes, name, signature) in [
        (RSA, "Third party, RSA", Verdict::Indeterminate),
        (P256, "Third party, P-256", Verdict::Valid),
    ] {
        let reports = verify(bytes);
        let [report] = reports.as_slice() else { panic!("{reports:?}") };
        assert_eq!(report.signer.as_deref(), Some(name));
        assert_eq!((report.digest, report.signature), (Verdict::Valid, signature), "{name}");
        assert_eq!(report.changes, PostSignatureChanges::None, "{name}");
        assert_eq!(report.verdict(), Verdict::Indeterminate, "{name}");
    }
}

#[test]
fn changed_files_and_wrong_signatures_are_invalid() {
    for bytes in [RSA, P256] {
        let changed = replaced(bytes, b"Signed by another program", b"Signed by Another program");
        let [report] = &*verify(&changed) else { panic!() };
        assert_eq!((report.digest, report.verdict()), (Verdict::Invalid, Verdict::Invalid));
    }
    // The last byte of the ECDSA signature, which is followed by the padding.
    let end = memchr::memmem::find(P256, b"000000000000000000000000").unwrap();
    let last = P256[end - 1];
    let mut forged = P256.to_vec();
    forged[end - 1] = if last == b'1' { b'2' } else { b'1' };
    let [report] = &*verify(&forged) else { panic!() };
    assert_eq!((report.digest, report.verdict()), (Verdict::Valid, Verdict::Invalid), "{report:?}");
}

/// What is not a detached CMS signature with signed attributes, or not DER, cannot be judged.
#[test]
fn unknown_formats_are_indeterminate() {
    let other = replaced(RSA, b"/ETSI.CAdES.detached", b"/adbe.x509.rsa_sha1 ");
    let start = memchr::memmem::find(RSA, b"/Contents <").unwrap() + b"/Contents <".len();
    let mut garbled = RSA.to_vec();
    garbled[start + 12..start + 14].copy_from_slice(b"ff");
    for bytes in [other, garbled] {
        let [report] = &*verify(&bytes) else { panic!() };
        assert_eq!(report.digest, Verdict::Indeterminate);
        assert_eq!(report.verdict(), Verdict::Indeterminate, "{report:?}");
    }
}

#[test]
fn signs_a_file_that_another_program_signed() {
    let (scratch, ca) = (Scratch::new("third-party"), authority());
    let database = nss_database(&scratch, &ca.certificate_pem().unwrap());
    for bytes in [RSA, P256] {
        let signed = sign(&ca, bytes, 0, &[position(0)]);
        let signed = sign(&ca, &signed, 1, &[position(1)]);
        let reports = pades::verify(&signed, &TrustAnchors::from(&ca)).unwrap();
        let verdicts: Vec<_> = reports.iter().map(SignatureReport::verdict).collect();
        assert_eq!(verdicts, [Verdict::Indeterminate, Verdict::Valid, Verdict::Valid]);
        assert_eq!(reports[0].changes, PostSignatureChanges::Signatures(2));
        let expected = PdfsigResult { valid: 3, trusted: 2, found: 3 };
        assert_eq!(pdfsig(&database, &scratch.write("file.pdf", &signed)), expected);
        assert_eq!(pdf::inspect_for_signing(&signed).unwrap().signatures, 3);
    }
}

/// Its certificate says who signed, and this authority signs in one way only.
#[test]
fn a_signature_of_this_authority_in_another_format_is_invalid() {
    let ca = authority();
    let signed = sign(&ca, &pdf::sample(&[pdf::SamplePage::default()]), 0, &[position(0)]);
    // A digit of `/Contents` in upper case: the same bytes, written by another program.
    let start = memchr::memmem::find(&signed, b"/Contents <").unwrap() + b"/Contents <".len();
    let at = signed[start..].iter().position(u8::is_ascii_lowercase).unwrap() + start;
    let mut other = signed.clone();
    other[at].make_ascii_uppercase();
    let trusted = TrustAnchors::from(&ca);
    let [report] = &*pades::verify(&other, &trusted).unwrap() else { panic!() };
    assert_eq!(report.verdict(), Verdict::Invalid, "{report:?}");
}
