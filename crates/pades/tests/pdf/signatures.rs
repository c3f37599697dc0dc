//! Signatures against `pdfsig`, `qpdf` and a renderer, on every kind of file.

use std::collections::BTreeMap;
use std::fs;

use jiff::Timestamp;
use swisscom_sign_pades::ca::{
    CaSeed, CertificateAuthority, CertificateSubject, TrustAnchors, parse_certificates,
};
use swisscom_sign_pades::{
    self as pades, AppearancePosition, PadesSigningInput, PostSignatureChanges, SignatureReport,
    Verdict,
};
use swisscom_sign_pdf as pdf;

use crate::corpus;
use crate::pdfsig::{PdfsigResult, nss_database, pdfsig};
use crate::tools::{Scratch, run};

/// Now, since `pdfsig` checks certificates against the clock of the machine.
pub(crate) fn now() -> Timestamp {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    Timestamp::from_second(i64::try_from(since.as_secs()).unwrap()).unwrap()
}

pub(crate) fn authority() -> CertificateAuthority {
    CertificateAuthority::create(&CaSeed::new([1; 32]), now()).unwrap()
}

pub(crate) const SIGNERS: [&str; 3] = ["Zoë Müller-O'Neil, Jr", "Jiří Łukasz", "Νίκος 王小明"];

pub(crate) fn sign(
    ca: &CertificateAuthority,
    bytes: &[u8],
    signer: usize,
    positions: &[AppearancePosition],
) -> Vec<u8> {
    let subject = CertificateSubject {
        common_name: SIGNERS[signer % 3].to_owned(),
        ..CertificateSubject::default()
    };
    let seed = [u8::try_from(signer + 10).unwrap(); 32];
    let identity = ca.issue(&subject, &CaSeed::new(seed), now()).unwrap();
    let input = PadesSigningInput {
        name: SIGNERS[signer % 3],
        identity: &identity,
        positions,
        size: pdf::SIGNATURE_SIZE,
        time: now(),
        reason: Some("Agreed – d'accord"),
    };
    pades::sign(bytes, &input).unwrap()
}

/// Position of each signer.
pub(crate) fn position(signer: usize) -> AppearancePosition {
    AppearancePosition {
        page: if signer == 1 { -1 } else { 0 },
        x: 20.0,
        y: 30.0 + 60.0 * signer as f64,
    }
}

/// Whether the newest cross-reference section is a table, not a stream.
fn has_table(bytes: &[u8]) -> bool {
    let at = memchr::memmem::rfind(bytes, b"startxref").unwrap() + b"startxref".len();
    let number = String::from_utf8_lossy(&bytes[at..]).into_owned();
    let offset: usize = number.split_whitespace().next().unwrap().parse().unwrap();
    bytes[offset..].starts_with(b"xref")
}

#[test]
fn signs_every_kind_of_file_three_times() {
    let scratch = Scratch::new("sequence");
    let ca = authority();
    let database = nss_database(&scratch, &ca.certificate_pem().unwrap());
    let trusted = TrustAnchors::from(&ca);
    for (name, original) in corpus::good() {
        let check = |bytes: &[u8]| {
            run("qpdf", &["--check", &scratch.write("file.pdf", bytes)]).status.code()
        };
        let before = check(&original);
        let mut bytes = original;
        for signer in 0..3 {
            let earlier = bytes.clone();
            bytes = sign(&ca, &bytes, signer, &[position(signer)]);
            let junk = pdf::inspect_for_signing(&earlier).unwrap().junk;
            assert!(bytes.starts_with(&earlier[junk..]), "{name}: earlier bytes were changed");
            // Readers differ in what they make of a mixture; macOS Preview fails.
            assert_eq!(has_table(&earlier[junk..]), has_table(&bytes), "{name}: kinds are mixed");

            let path = scratch.write("file.pdf", &bytes);
            let count = signer + 1;
            let expected = PdfsigResult { valid: count, trusted: count, found: count };
            assert_eq!(pdfsig(&database, &path), expected, "{name}, signer {count}");

            let reports = pades::verify(&bytes, &trusted).unwrap();
            assert_eq!(reports.len(), count, "{name}");
            for (index, report) in reports.iter().enumerate() {
                assert!(report.is_valid(), "{name}: {report:?}");
                assert_eq!(report.signer.as_deref(), Some(SIGNERS[index]), "{name}");
                let later = match signer - index {
                    0 => PostSignatureChanges::None,
                    later => PostSignatureChanges::Signatures(later),
                };
                assert_eq!(report.changes, later, "{name}");
            }
        }
        // Exit code 0 is valid, 3 has warnings, which the original may have, too.
        if before == Some(0) {
            assert_eq!(check(&bytes), before, "{name}: qpdf complains about the signed file");
        }
    }
}

#[test]
fn signs_at_two_positions_and_for_ten_signers() {
    let scratch = Scratch::new("many");
    let ca = authority();
    let database = nss_database(&scratch, &ca.certificate_pem().unwrap());
    let original = pdf::sample(&[pdf::SamplePage { heading: "Contract", lines: &["Text"] }]);
    let mut bytes = sign(&ca, &original, 0, &[position(0), position(1)]);
    for signer in 2..10 {
        bytes = sign(&ca, &bytes, signer, &[position(signer)]);
    }
    let verdict = pdfsig(&database, &scratch.write("file.pdf", &bytes));
    assert_eq!(verdict, PdfsigResult { valid: 10, trusted: 10, found: 10 });
    assert_eq!(pdf::inspect_for_signing(&bytes).unwrap().signatures, 10);
    let reports = pades::verify(&bytes, &TrustAnchors::from(&ca)).unwrap();
    assert!(reports.len() == 10 && reports.iter().all(pades::SignatureReport::is_valid));
    let names: BTreeMap<_, _> = reports.iter().map(|report| (&report.field, ())).collect();
    assert_eq!(names.len(), 10, "field names repeat");
    // Each has its own place, 30 points from the top and then every 60.
    let text = String::from_utf8_lossy(&bytes);
    let rects = text.split("/Rect [").skip(1).map(|rest| rest.split_once(']').unwrap().0);
    let expected = (0..10).map(|signer| {
        let top = 842 - 30 - 60 * signer;
        format!("20.0 {}.0 190.0 {top}.0", top - 50)
    });
    assert!(rects.clone().eq(expected), "{:?}", rects.collect::<Vec<_>>());
}

/// References to missing objects must not become references to objects of a signature.
#[test]
fn missing_objects_stay_missing() {
    let ca = authority();
    let trusted = TrustAnchors::from(&ca);
    // The first of these are the numbers that come next.
    let missing = |generation: u32| {
        let numbers = (12..80).step_by(2);
        numbers.map(|number| format!("{number} {generation} R ")).collect::<String>()
    };
    for generation in [0, 4] {
        let missing = missing(generation);
        let annotations = format!("/MediaBox[0 0 595 842]/Annots[{missing}]");
        let mut doc = corpus::Doc::with_pages(&[&annotations]);
        doc.set(1, &format!("<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[{missing}]>>>>"));
        for mut bytes in [doc.table(), doc.streams()] {
            for signer in 0..3 {
                bytes = sign(
                    &ca,
                    &bytes,
                    signer,
                    &[AppearancePosition { page: 0, ..position(signer) }],
                );
                let reports = pades::verify(&bytes, &trusted).unwrap();
                assert_eq!(reports.len(), signer + 1);
                assert!(reports.iter().all(pades::SignatureReport::is_valid), "{reports:?}");
            }
        }
    }
}

/// Otherwise signing fails.
#[test]
fn object_numbers_stay_below_the_limit_of_readers() {
    let ca = authority();
    let table = corpus::Doc::with_pages(&["/MediaBox[0 0 595 842]"]).table();
    let mut bytes = corpus::sized(&table, 8_378_607);
    for signer in 0..3 {
        bytes = sign(&ca, &bytes, signer, &[AppearancePosition { page: 0, ..position(signer) }]);
    }
    let reports = pades::verify(&bytes, &TrustAnchors::from(&ca)).unwrap();
    assert!(reports.len() == 3 && reports.iter().all(pades::SignatureReport::is_valid));

    let identity = ca.issue(&CertificateSubject::default(), &CaSeed::new([5; 32]), now()).unwrap();
    let input = pades::PadesSigningInput {
        name: "A",
        identity: &identity,
        positions: &[AppearancePosition { page: 0, ..position(0) }],
        size: pdf::SIGNATURE_SIZE,
        time: now(),
        reason: None,
    };
    for size in 8_388_600..=8_388_610 {
        let Ok(signed) = pades::sign(&corpus::sized(&table, size), &input) else { continue };
        assert_eq!(pades::verify(&signed, &TrustAnchors::from(&ca)).unwrap().len(), 1, "{size}");
        assert!(size < 8_388_604, "{size}");
    }
}

/// Without that byte, `startxref` would point into the middle of a number.
#[test]
fn keeps_bytes_before_the_header_that_offsets_count() {
    let ca = authority();
    let doc = corpus::Doc::with_pages(&["/MediaBox[0 0 595 842]"]);
    let mut bytes = [b"\n".to_vec(), doc.streams_with(1)].concat();
    for signer in 0..3 {
        bytes = sign(&ca, &bytes, signer, &[AppearancePosition { page: 0, ..position(signer) }]);
        let reports = pades::verify(&bytes, &TrustAnchors::from(&ca)).unwrap();
        assert!(bytes.starts_with(b"\n%PDF-") && reports.len() == signer + 1);
        assert!(reports.iter().all(pades::SignatureReport::is_valid), "{reports:?}");
    }
}

#[test]
fn changes_a_shared_array_only_in_the_signed_page() {
    let ca = authority();
    let trusted = TrustAnchors::from(&ca);
    let a4 = "/MediaBox[0 0 595 842]";
    let shared = format!("{a4}/Annots 5 0 R");
    // Two pages; fields and annotations; the array of the boxes; the one of the page tree.
    let mut pages = corpus::Doc::with_pages(&[&shared, &shared]);
    pages.set(5, "[6 0 R]").set(6, "<</Type/Annot/Subtype/Link/Rect[0 0 9 9]>>");
    let mut form = corpus::Doc::with_pages(&[&shared, a4]);
    form.set(1, "<</Type/Catalog/Pages 2 0 R/AcroForm 7 0 R>>");
    form.set(7, "<</Fields 5 0 R/SigFlags 8 0 R>>").set(8, "7").set(5, "[]");
    let mut boxes = corpus::Doc::with_pages(&["/MediaBox 5 0 R/Annots 5 0 R", a4]);
    boxes.set(5, "[0 0 595 842]");
    let mut tree = corpus::Doc::with_pages(&[&shared, a4]);
    tree.set(2, "<</Type/Pages/Count 2/Kids 5 0 R>>").set(5, "[10 0 R 12 0 R]");
    for doc in [pages, form, boxes, tree] {
        for mut bytes in [doc.table(), doc.streams()] {
            let original = pdf::inspect_for_signing(&bytes).unwrap();
            for signer in 0..3 {
                bytes = sign(
                    &ca,
                    &bytes,
                    signer,
                    &[AppearancePosition { page: 0, ..position(signer) }],
                );
                let reports = pades::verify(&bytes, &trusted).unwrap();
                assert_eq!(reports.len(), signer + 1);
                assert!(reports.iter().all(pades::SignatureReport::is_valid), "{reports:?}");
            }
            assert_eq!(pdf::inspect_for_signing(&bytes).unwrap().pages, original.pages);
            let file = swisscom_sign_pdf::read::PdfFile::open(&bytes).unwrap();
            let pages = swisscom_sign_pdf::pages::pages(&file).unwrap();
            let appearances = |page: usize| {
                let page = pages[page].dict.as_dict().unwrap();
                let annotations = file.get_resolved(page, "Annots");
                let widgets =
                    annotations.as_array().unwrap_or_default().iter().filter(|annotation| {
                        file.resolve(annotation)
                            .as_dict()
                            .is_some_and(|dict| dict.has_name("FT", "Sig"))
                    });
                widgets.count()
            };
            assert_eq!((appearances(0), appearances(1)), (3, 0));
        }
    }
}

/// `/Rect` is in units of the page, positions and the size of the appearance are in points.
#[test]
fn the_appearance_has_its_size_whatever_the_unit_of_the_page() {
    let ca = authority();
    let doc = corpus::Doc::with_pages(&["/MediaBox[0 0 59.5 84.2]/UserUnit 10"]);
    let at = AppearancePosition { page: 0, x: 100.0, y: 50.0 };
    let signed = sign(&ca, &doc.table(), 0, &[at]);
    let text = String::from_utf8_lossy(&signed);
    let (_, rest) = text.split_once("/Rect [").unwrap();
    let (rect, _) = rest.split_once(']').unwrap();
    let rect: Vec<f64> = rect.split(' ').map(|number| number.parse().unwrap()).collect();
    for (found, expected) in rect.iter().zip([10.0, 74.2, 27.0, 79.2]) {
        assert!((found - expected).abs() < 1e-9, "{rect:?}");
    }
    assert!(pades::verify(&signed, &TrustAnchors::from(&ca)).unwrap()[0].is_valid());
}

#[test]
fn detects_a_flipped_byte_anywhere() {
    let scratch = Scratch::new("flip");
    let ca = authority();
    let database = nss_database(&scratch, &ca.certificate_pem().unwrap());
    let trusted = TrustAnchors::from(&ca);
    let original = pdf::sample(&[pdf::SamplePage { heading: "Price: 100", lines: &["CHF"] }]);
    let signed = sign(&ca, &original, 0, &[position(0)]);
    let both = sign(&ca, &signed, 1, &[position(1)]);
    for at in (0..both.len()).step_by(97) {
        let mut bytes = both.clone();
        bytes[at] ^= 0x01;
        let reports = pades::verify(&bytes, &trusted);
        let good = reports.is_ok_and(|reports| {
            reports.len() == 2 && reports.iter().all(pades::SignatureReport::is_valid)
        });
        assert!(!good, "byte {at}: {:?}", String::from_utf8_lossy(&both[at - 30..at + 30]));
    }
    // The text of the page, as a forger would do it.
    let mut forged = both;
    let at = memchr::memmem::find(&forged, b"2031303").expect("the price, in hexadecimal");
    forged[at + 3] = b'9';
    let verdict = pdfsig(&database, &scratch.write("file.pdf", &forged));
    assert_eq!((verdict.valid, verdict.found), (0, 2));
    let reports = pades::verify(&forged, &trusted).unwrap();
    let verdicts = |report: &SignatureReport| (report.digest, report.signature);
    let expected = (Verdict::Invalid, Verdict::Valid);
    assert!(reports.iter().all(|report| verdicts(report) == expected));
}

#[test]
fn does_not_trust_another_authority() {
    let ca = authority();
    let other = CertificateAuthority::create(&CaSeed::new([9; 32]), now()).unwrap();
    let bytes = sign(&ca, &pdf::sample(&[pdf::SamplePage::default()]), 0, &[position(0)]);
    let reports = pades::verify(&bytes, &TrustAnchors::from(&other)).unwrap();
    let SignatureReport { digest, signature, chain, .. } = reports[0];
    assert_eq!(
        (digest, signature, chain),
        (Verdict::Valid, Verdict::Valid, Verdict::Indeterminate)
    );
    assert_eq!(reports[0].verdict(), Verdict::Indeterminate);
}

/// As after an export was imported into another sandbox.
#[test]
fn trusts_several_authorities() {
    let ca = authority();
    let other = CertificateAuthority::create(&CaSeed::new([9; 32]), now()).unwrap();
    let bytes = sign(&ca, &pdf::sample(&[pdf::SamplePage::default()]), 0, &[position(0)]);
    let bytes = sign(&other, &bytes, 1, &[position(0)]);
    let trusted = |of: &[&CertificateAuthority]| -> Vec<bool> {
        let pem: String = of.iter().map(|ca| ca.certificate_pem().unwrap()).collect();
        let trusted = parse_certificates(&pem).unwrap();
        let reports = pades::verify(&bytes, &trusted).unwrap();
        reports.iter().map(|report| report.is_valid()).collect()
    };
    assert_eq!(trusted(&[&ca]), [true, false]);
    assert_eq!(trusted(&[&other]), [false, true]);
    assert_eq!(trusted(&[&other, &ca]), [true, true]);
}

#[test]
fn reports_a_change_after_the_signature() {
    let ca = authority();
    let signed = sign(&ca, &pdf::sample(&[pdf::SamplePage::default()]), 0, &[position(0)]);
    // An update that gives the first page a new content.
    let mut bytes = signed.clone();
    let offset = bytes.len();
    bytes.extend(b"6 0 obj\n<</Length 9>>\nstream\nq Q q Q q\nendstream\nendobj\n");
    let start = bytes.len();
    let previous = memchr::memmem::rfind(&signed, b"xref\n").unwrap();
    let previous = memchr::memmem::rfind(&signed[..previous], b"xref\n").unwrap_or(previous);
    bytes.extend(
        format!(
            "xref\n6 1\n{offset:010} 00000 n \ntrailer\n<</Size 20/Root 1 0 R/Prev {previous}>>\n\
             startxref\n{start}\n%%EOF\n"
        )
        .bytes(),
    );
    let reports = pades::verify(&bytes, &TrustAnchors::from(&ca)).unwrap();
    assert_eq!((reports[0].digest, reports[0].chain), (Verdict::Valid, Verdict::Valid));
    assert_eq!(
        reports[0].changes,
        PostSignatureChanges::Other(vec!["object 6 was changed".to_owned()])
    );
    assert_eq!(reports[0].verdict(), Verdict::Invalid);
}

/// The colour of a pixel of a page, drawn at 72 dots per inch as a viewer does.
fn pixel(ppm: &[u8], x: usize, y: usize) -> (u8, u8, u8) {
    let header: Vec<&[u8]> = ppm.splitn(4, |byte| *byte == b'\n').collect();
    let size: Vec<usize> = std::str::from_utf8(header[1])
        .unwrap()
        .split(' ')
        .map(|number| number.parse().unwrap())
        .collect();
    let at = (y * size[0] + x) * 3;
    (header[3][at], header[3][at + 1], header[3][at + 2])
}

#[test]
fn draws_the_appearance_upright_at_its_position_on_every_kind_of_page() {
    let scratch = Scratch::new("render");
    let ca = authority();
    for (name, original) in corpus::good() {
        let bytes = sign(&ca, &original, 0, &[AppearancePosition { page: 0, x: 100.0, y: 50.0 }]);
        let path = scratch.write("file.pdf", &bytes);
        let prefix = scratch.path("page");
        let output =
            run("pdftoppm", &["-r", "72", "-cropbox", "-f", "1", "-singlefile", &path, &prefix]);
        assert!(output.status.success(), "{name}");
        let ppm = fs::read(format!("{prefix}.ppm")).unwrap();
        let is_red = |x, y| {
            let (red, green, blue) = pixel(&ppm, x, y);
            red > 150 && green < 80 && blue < 80
        };
        // The red bar is 3 points wide, at the left, over the whole height.
        for (x, y, expected) in [
            (101, 52, true),
            (101, 75, true),
            (101, 97, true),
            (98, 75, false),
            (106, 75, false),
            (101, 47, false),
            (101, 103, false),
            (268, 75, false),
        ] {
            assert_eq!(is_red(x, y), expected, "{name}: pixel {x}, {y}");
        }
    }
}

#[test]
fn rejects_invalid_positions_and_files() {
    let ca = authority();
    let identity = ca.issue(&CertificateSubject::default(), &CaSeed::new([3; 32]), now()).unwrap();
    let bytes = pdf::sample(&[pdf::SamplePage::default()]);
    let try_sign = |bytes: &[u8], positions: &[AppearancePosition]| {
        let time = now();
        let input = PadesSigningInput {
            name: "A",
            identity: &identity,
            positions,
            size: pdf::SIGNATURE_SIZE,
            time,
            reason: None,
        };
        pades::sign(bytes, &input)
    };
    assert_eq!(try_sign(&bytes, &[]), Err(pades::SignError::NoPosition));
    let outside = [position(0), AppearancePosition { page: 1, x: 0.0, y: 0.0 }];
    assert_eq!(try_sign(&bytes, &outside), Err(pades::SignError::NoSuchPage(1)));
    let refused = try_sign(b"no", &[position(0)]);
    assert_eq!(refused, Err(pades::SignError::Pdf(pdf::PdfError::NotAPdf)));
}

#[test]
fn the_longest_names_fit_into_contents() {
    let ca = authority();
    let name = "𝒜".repeat(500);
    let subject = CertificateSubject {
        common_name: name.clone(),
        given_name: Some(name.clone()),
        surname: Some(name.clone()),
    };
    let identity = ca.issue(&subject, &CaSeed::new([3; 32]), now()).unwrap();
    let positions = [position(0)];
    let input = PadesSigningInput {
        name: &name,
        identity: &identity,
        positions: &positions,
        size: pdf::SIGNATURE_SIZE,
        time: now(),
        reason: Some(&name),
    };
    let bytes = pades::sign(&pdf::sample(&[pdf::SamplePage::default()]), &input).unwrap();
    assert!(pades::verify(&bytes, &TrustAnchors::from(&ca)).unwrap()[0].is_valid());
}
