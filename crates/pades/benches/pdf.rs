//! Time of the PDF operations: `cargo bench -p swisscom-sign-pades --bench pdf`.
//!
//! Prints the median of several runs. The aims of the project for one signature:
//! 5 ms at 10 KB, 20 ms at 1 MiB, 300 ms at 39 MiB.

#![allow(clippy::expect_used, clippy::unwrap_used)]

use std::time::Instant;

use jiff::Timestamp;
use swisscom_sign_pades::ca::{CaSeed, CertificateAuthority, CertificateSubject, TrustAnchors};
use swisscom_sign_pades::{self as pades, AppearancePosition, PadesSigningInput};
use swisscom_sign_pdf::{self as pdf, SamplePage};

const NOW: Timestamp = Timestamp::constant(1_790_000_000, 0);

/// A document with `pages` pages and a stream that fills it up to `size` bytes.
fn document(pages: usize, size: usize) -> Vec<u8> {
    let lines = [r"Place and date: \s1\", "Signature"];
    let page = SamplePage { heading: "Contract", lines: &lines };
    let small = pdf::sample(&vec![page; pages]);
    let Some(missing) = size.checked_sub(small.len() + 400) else { return small };
    // One more object, as an update of its own; what it holds is noise.
    let mut noise = 0x9E37_79B9_u32;
    let data = (0..missing).map(|_| {
        noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        noise.to_be_bytes()[0]
    });
    let number = 5 + 2 * pages;
    let previous = memchr::memmem::rfind(&small, b"xref\n0").unwrap();
    let mut out = small;
    let offset = out.len();
    out.extend(format!("{number} 0 obj\n<</Length {missing}>>\nstream\n").bytes());
    out.extend(data);
    out.extend(b"\nendstream\nendobj\n");
    let start = out.len();
    let trailer = format!("<</Size {}/Root 1 0 R/Prev {previous}>>", number + 1);
    out.extend(format!("xref\n{number} 1\n{offset:010} 00000 n \n").bytes());
    out.extend(format!("trailer\n{trailer}\nstartxref\n{start}\n%%EOF\n").bytes());
    out
}

fn median<T>(mut run: impl FnMut() -> T) -> f64 {
    let mut times: Vec<f64> = (0..15)
        .map(|_| {
            let begin = Instant::now();
            std::hint::black_box(run());
            begin.elapsed().as_secs_f64() * 1e3
        })
        .collect();
    times.sort_by(f64::total_cmp);
    times.into_iter().nth(7).unwrap()
}

fn main() {
    let ca = CertificateAuthority::create(&CaSeed::new([1; 32]), NOW).unwrap();
    let trusted = TrustAnchors::from(&ca);
    let subject = CertificateSubject {
        common_name: "Zoë Müller".to_owned(),
        ..CertificateSubject::default()
    };
    let issue = || ca.issue(&subject, &CaSeed::new([2; 32]), NOW).unwrap();
    println!(
        "certificate authority   {:8.2} ms",
        median(|| CertificateAuthority::create(&CaSeed::new([3; 32]), NOW))
    );
    println!("signer's certificate    {:8.2} ms", median(issue));
    println!("{:22} {:>9} {:>9} {:>9} {:>9}", "", "inspect", "tags", "sign", "verify");
    let identity = issue();
    let positions = [AppearancePosition { page: 0, x: 72.0, y: 300.0 }];
    let input = PadesSigningInput {
        name: "Zoë Müller",
        identity: &identity,
        positions: &positions,
        size: pdf::SIGNATURE_SIZE,
        time: NOW,
        reason: None,
    };
    for (name, pages, size) in [
        ("10 KB", 1, 10_000),
        ("1 MiB", 1, 1 << 20),
        ("2000 pages", 2000, 0),
        ("39 MiB", 1, 39 << 20),
    ] {
        let bytes = document(pages, size);
        let signed = pades::sign(&bytes, &input).unwrap();
        println!(
            "{name:22} {:9.2} {:9.2} {:9.2} {:9.2}",
            median(|| pdf::inspect_for_signing(&bytes).unwrap()),
            median(|| pdf::find_tags(&bytes).unwrap()),
            median(|| pades::sign(&bytes, &input).unwrap()),
            median(|| pades::verify(&signed, &trusted).unwrap()),
        );
        println!("{:22} + {} bytes for each signature", "", signed.len() - bytes.len());
    }
}
