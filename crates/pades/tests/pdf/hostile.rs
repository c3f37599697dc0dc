//! Broken and malicious files: signing and verification neither panic nor hang.

use swisscom_sign_pades::ca::{CaSeed, CertificateSubject, TrustAnchors};
use {swisscom_sign_pades as pades, swisscom_sign_pdf as pdf};

use crate::corpus;
use crate::decompression_bombs::bombs;
use crate::mutations::{Numbers, rounds};
use crate::signatures::{authority, now, position, sign};

#[test]
fn mutated_files_never_panic() {
    let ca = authority();
    let trusted = TrustAnchors::from(&ca);
    let mut numbers = Numbers::new(0x5EED);
    let mut files = corpus::good();
    files.retain(|(_, bytes)| bytes.len() < 20_000);
    let plain = corpus::good().swap_remove(0).1;
    files.push(("signed", sign(&ca, &plain, 0, &[position(0)])));
    for (name, bytes) in files {
        for round in 0..rounds() {
            let mutant = numbers.mutant(&bytes);
            let attempt = std::panic::catch_unwind(|| {
                let _ = pades::verify(&mutant, &trusted);
                if pdf::inspect_for_signing(&mutant).is_ok() {
                    let entropy = CaSeed::new([5; 32]);
                    let identity =
                        ca.issue(&CertificateSubject::default(), &entropy, now()).unwrap();
                    let positions = [position(0)];
                    let input = pades::PadesSigningInput {
                        name: "A",
                        identity: &identity,
                        positions: &positions,
                        size: pdf::SIGNATURE_SIZE,
                        time: now(),
                        reason: None,
                    };
                    // Accepted files can be signed, and the signature is found.
                    let signed = pades::sign(&mutant, &input).unwrap();
                    let reports = pades::verify(&signed, &trusted).unwrap();
                    assert!(
                        reports.last().is_some_and(|report| report.digest == pades::Verdict::Valid),
                        "{reports:?}"
                    );
                }
            });
            assert!(attempt.is_ok(), "{name}, round {round}");
        }
    }
}

/// Without the limits of the reader this test would not end.
#[test]
fn decompression_bombs_end_within_the_limits() {
    let trusted = TrustAnchors::from(&authority());
    for (name, bytes) in bombs() {
        println!("{name}: {} bytes", bytes.len());
        let _ = pades::verify(&bytes, &trusted);
    }
}
