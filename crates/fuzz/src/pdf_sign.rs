//! Any bytes as a file: if it passes inspection, it can be signed, and the signatures are valid.

use std::sync::OnceLock;

use jiff::Timestamp;
use swisscom_sign_pades::ca::{
    CaSeed, CertificateAuthority, CertificateSubject, SigningIdentity, TrustAnchors,
};
use swisscom_sign_pades::{AppearancePosition, PadesSigningInput, SignatureReport, sign, verify};
use swisscom_sign_pdf::{PdfError, SIGNATURE_SIZE, inspect_for_signing};

struct TestAuthority {
    trusted: TrustAnchors,
    identities: [SigningIdentity; 2],
}

/// Constant, so that runs are reproducible.
fn now() -> Timestamp {
    Timestamp::from_second(1_790_000_000).expect("a time")
}

fn authority() -> &'static TestAuthority {
    static AUTHORITY: OnceLock<TestAuthority> = OnceLock::new();
    AUTHORITY.get_or_init(|| {
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

pub fn run(bytes: &[u8]) {
    let Ok(found) = inspect_for_signing(bytes) else { return };
    let authority = authority();
    // Signing removes bytes before the header.
    let valid_before = valid(&bytes[found.junk..]).unwrap_or(0);
    let mut signed = bytes.to_vec();
    for (identity, page) in authority.identities.iter().zip([0, -1]) {
        let earlier = signed;
        let input = PadesSigningInput {
            name: "Zoë Müller",
            identity,
            positions: &[AppearancePosition { page, x: 20.0, y: 30.0 }],
            size: SIGNATURE_SIZE,
            time: now(),
            reason: Some("Agreed"),
        };
        signed = sign(&earlier, &input)
            .unwrap_or_else(|error| panic!("passed inspection, but: {error}"));
        let junk = if page == 0 { found.junk } else { 0 };
        assert!(signed.starts_with(&earlier[junk..]), "earlier bytes were changed");
    }
    let reports = verify(&signed, &authority.trusted).expect("it can be read");
    assert_eq!(reports.iter().filter(|report| report.is_valid()).count(), valid_before + 2);
    let after = inspect_for_signing(&signed).expect("it can be signed again");
    assert_eq!(after.pages, found.pages, "different pages");
    assert_eq!(after.signatures, found.signatures + 2);

    // The input determines the bit, so that runs are reproducible.
    let number = bytes
        .iter()
        .fold(0_usize, |sum, byte| sum.wrapping_mul(31).wrapping_add(usize::from(*byte)));
    let at = number / 8 % signed.len();
    signed[at] ^= 1 << (number % 8);
    let still = valid(&signed).unwrap_or(0);
    assert!(still < valid_before + 2, "flipped bit {} of byte {at} is not detected", number % 8);
}

fn valid(bytes: &[u8]) -> Result<usize, PdfError> {
    let reports = verify(bytes, &authority().trusted)?;
    Ok(reports.iter().filter(|report| SignatureReport::is_valid(report)).count())
}
