//! Any bytes as a file to be signed: whatever passes inspection can be signed, and it holds.

use std::sync::OnceLock;

use jiff::Timestamp;
use swisscom_sign_pades::ca::{
    CaSeed, CertificateAuthority, CertificateSubject, SigningIdentity, TrustAnchors,
};
use swisscom_sign_pades::{AppearancePosition, PadesSigningInput, SignatureReport, sign, verify};
use swisscom_sign_pdf::{PdfError, STICKER, inspect};

struct TestAuthority {
    trusted: TrustAnchors,
    identities: [SigningIdentity; 2],
}

/// The same in each run.
fn now() -> Timestamp {
    Timestamp::from_second(1_790_000_000).expect("a time")
}

fn office() -> &'static TestAuthority {
    static OFFICE: OnceLock<TestAuthority> = OnceLock::new();
    OFFICE.get_or_init(|| {
        let ca = CertificateAuthority::create(&CaSeed::new([1; 32]), now()).expect("authority");
        let identity = |seed| {
            let subject = CertificateSubject {
                common_name: format!("Signer {seed}"),
                ..CertificateSubject::default()
            };
            ca.issue(&subject, &CaSeed::new([seed; 32]), now()).expect("a certificate")
        };
        TestAuthority { trusted: TrustAnchors::from(&ca), identities: [identity(2), identity(3)] }
    })
}

/// Tries a file.
pub fn run(bytes: &[u8]) {
    let Ok(found) = inspect(bytes) else { return };
    let office = office();
    // What stands before the header is not signed, and left out.
    let valid_before = valid(&bytes[found.junk..]).unwrap_or(0);
    let mut signed = bytes.to_vec();
    for (identity, page) in office.identities.iter().zip([0, -1]) {
        let earlier = signed;
        let input = PadesSigningInput {
            name: "Zoë Müller",
            identity,
            positions: &[AppearancePosition { page, x: 20.0, y: 30.0 }],
            size: STICKER,
            time: now(),
            reason: Some("Agreed"),
        };
        signed = sign(&earlier, &input)
            .unwrap_or_else(|error| panic!("it passed inspection, but: {error}"));
        let junk = if page == 0 { found.junk } else { 0 };
        assert!(signed.starts_with(&earlier[junk..]), "earlier bytes were changed");
    }
    let reports = verify(&signed, &office.trusted).expect("it can be read");
    assert_eq!(reports.iter().filter(|report| report.is_valid()).count(), valid_before + 2);
    let after = inspect(&signed).expect("it can be signed again");
    assert_eq!(after.pages, found.pages, "the pages are others");
    assert_eq!(after.signatures, found.signatures + 2);

    // A bit that the input itself chooses, so that each is tried.
    let number = bytes
        .iter()
        .fold(0_usize, |sum, byte| sum.wrapping_mul(31).wrapping_add(usize::from(*byte)));
    let at = number / 8 % signed.len();
    signed[at] ^= 1 << (number % 8);
    let still = valid(&signed).unwrap_or(0);
    assert!(still < valid_before + 2, "bit {} of byte {at} is not missed", number % 8);
}

fn valid(bytes: &[u8]) -> Result<usize, PdfError> {
    let reports = verify(bytes, &office().trusted)?;
    Ok(reports.iter().filter(|report| SignatureReport::is_valid(report)).count())
}
