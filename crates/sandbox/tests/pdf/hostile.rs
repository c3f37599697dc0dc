//! Broken and malicious files: never a panic, never without end.

use std::fmt::Write as _;
use std::io::Write as _;

use proptest::prelude::*;
use swisscom_sign_sandbox::ca::TrustAnchor;
use swisscom_sign_sandbox::pdf;

use crate::corpus::{self, Doc};
use crate::signatures::{authority, position, sign};

/// Everything that reads a file, on bytes that may be anything.
fn read_all(bytes: &[u8], trusted: &TrustAnchor) {
    let _ = pdf::inspect(bytes);
    let _ = pdf::find_tags(bytes);
    let _ = pdf::verify(bytes, trusted);
}

/// A generator whose numbers are the same in each run (xorshift).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % limit as u64).unwrap()
    }
}

#[test]
fn mutated_files_never_panic() {
    // More of them for a long run: PDF_FUZZ_ROUNDS=5000.
    let rounds = std::env::var("PDF_FUZZ_ROUNDS").ok().and_then(|text| text.parse().ok());
    let rounds: usize = rounds.unwrap_or(40);
    let ca = authority();
    let trusted = TrustAnchor::from(&ca);
    let mut numbers = Numbers(0x5EED);
    let mut files = corpus::good();
    files.retain(|(_, bytes)| bytes.len() < 20_000);
    let plain = corpus::good().swap_remove(0).1;
    files.push(("signed", sign(&ca, &plain, 0, &[position(0)])));
    for (name, bytes) in files {
        for round in 0..rounds {
            let mut mutant = bytes.clone();
            for _ in 0..=numbers.below(6) {
                let at = numbers.below(mutant.len());
                match numbers.below(5) {
                    0 => mutant[at] = u8::try_from(numbers.below(256)).unwrap(),
                    1 => mutant[at] ^= 1 << numbers.below(8),
                    2 => mutant.truncate(at.max(10)),
                    3 => drop(mutant.drain(at..(at + 10).min(mutant.len()))),
                    // A number becomes another one: offsets, lengths, references.
                    _ => {
                        for byte in mutant
                            .iter_mut()
                            .skip(at)
                            .take(200)
                            .filter(|b| b.is_ascii_digit())
                            .take(2)
                        {
                            *byte = b'0' + u8::try_from(numbers.below(10)).unwrap();
                        }
                    }
                }
                if mutant.is_empty() {
                    mutant.push(b'%');
                }
            }
            let attempt = std::panic::catch_unwind(|| {
                read_all(&mutant, &trusted);
                if pdf::inspect(&mutant).is_ok() {
                    let ca = authority();
                    let subject = swisscom_sign_sandbox::ca::Subject::default();
                    let entropy = swisscom_sign_sandbox::ca::Entropy::new([5; 32]);
                    let now = crate::signatures::now();
                    let identity = ca.issue(&subject, &entropy, now).unwrap();
                    let positions = [position(0)];
                    let input = pdf::SigningInput {
                        name: "A",
                        identity: &identity,
                        positions: &positions,
                        time: now,
                        reason: None,
                    };
                    // What is accepted can be signed, and the signature is found.
                    let signed = pdf::sign(&mutant, &input).unwrap();
                    let reports = pdf::verify(&signed, &TrustAnchor::from(&ca)).unwrap();
                    assert!(reports.last().is_some_and(|report| report.digest_ok), "{reports:?}");
                }
            });
            assert!(attempt.is_ok(), "{name}, round {round}");
        }
    }
}

proptest! {
    #[test]
    fn arbitrary_bytes_after_a_header_never_panic(body in proptest::collection::vec(any::<u8>(), 0..600)) {
        let bytes = [b"%PDF-1.7\n".to_vec(), body].concat();
        read_all(&bytes, &TrustAnchor::from(&authority()));
    }

    #[test]
    fn arbitrary_content_streams_never_panic(
        words in proptest::collection::vec(
            prop_oneof![
                Just("BT /F1 12 Tf".to_owned()), Just("(\\\\s1\\\\) Tj".to_owned()), Just("q".to_owned()),
                Just("Q".to_owned()), Just("[(a) 1e9 -5]".to_owned()), Just("TJ".to_owned()), Just("BI".to_owned()),
                Just("ID x EI".to_owned()), Just("Tm".to_owned()), Just("cm".to_owned()), Just("<<".to_owned()),
                Just("]".to_owned()), Just("/X Do".to_owned()), "[0-9.+-]{1,12}", "[ -~]{0,6}",
            ], 0..60)
    ) {
        let mut doc = Doc::with_pages(&["/MediaBox[0 0 595 842]"]);
        doc.stream(11, "", words.join(" ").as_bytes());
        prop_assert!(pdf::find_tags(&doc.table()).is_ok());
    }
}

fn deflate(data: &[u8]) -> Vec<u8> {
    let mut zip = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
    zip.write_all(data).unwrap();
    zip.finish().unwrap()
}

/// Files that are small and would cost a naive reader gigabytes or minutes.
fn bombs() -> Vec<(&'static str, Vec<u8>)> {
    let start = || Doc::with_pages(&["/MediaBox[0 0 595 842]"]);
    let zeros = deflate(&vec![b' '; 70 << 20]);

    let mut content = start();
    content.stream(11, "/Filter/FlateDecode", &zeros);

    let mut nested = start();
    nested.stream(11, "/Filter[/FlateDecode/FlateDecode]", &deflate(&zeros));

    let mut many = start();
    let parts: String = (100..160).map(|number| format!("{number} 0 R ")).collect();
    many.set(10, &format!("<</Type/Page/Parent 2 0 R/Contents[{}]>>", parts.repeat(20)));
    for number in 100..160 {
        many.stream(number, "/Filter/FlateDecode", &deflate(&vec![b' '; 8 << 20]));
    }

    // Each form draws the next one ten times.
    let mut forms = start();
    forms.stream(11, "", b"/X Do");
    forms
        .set(10, "<</Type/Page/Parent 2 0 R/Contents 11 0 R/Resources<</XObject<</X 100 0 R>>>>>>");
    for number in 100..115 {
        let entries = format!(
            "/Type/XObject/Subtype/Form/BBox[0 0 1 1]/Resources<</XObject<</X {} 0 R>>>>",
            number + 1
        );
        forms.stream(number, &entries, "/X Do ".repeat(10).as_bytes());
    }
    let mut itself = start();
    itself.stream(11, "", b"/X Do");
    itself
        .set(10, "<</Type/Page/Parent 2 0 R/Contents 11 0 R/Resources<</XObject<</X 100 0 R>>>>>>");
    itself.stream(
        100,
        "/Type/XObject/Subtype/Form/BBox[0 0 1 1]/Resources<</XObject<</X 100 0 R>>>>",
        b"/X Do /X Do",
    );

    // A page tree that branches to the same nodes.
    let mut tree = start();
    for number in 20..60 {
        tree.set(number, &format!("<</Type/Pages/Kids[{0} 0 R {0} 0 R]>>", number + 1));
    }
    tree.set(60, "<</Type/Page>>").set(2, "<</Type/Pages/Kids[20 0 R 20 0 R]>>");

    let mut deep = start();
    deep.set(20, &format!("{}{}", "[".repeat(100_000), "]".repeat(100_000)));
    deep.set(1, "<</Type/Catalog/Pages 2 0 R/AcroForm 20 0 R>>");

    let mut length = start();
    length.stream(11, "", b"x");
    length.set(10, "<</Type/Page/Parent 2 0 R/Contents 20 0 R>>");
    length.set(20, "<</Length 20 0 R>>\nstream\nx\nendstream");

    let mut references = start();
    references.set(1, "<</Type/Catalog/Pages 20 0 R>>").set(20, "21 0 R").set(21, "20 0 R");

    let mut fields = start();
    fields.set(1, "<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[20 0 R 20 0 R]>>>>");
    fields.set(20, "<</T(a)/Kids[20 0 R 21 0 R]>>").set(21, "<</T(b)/Kids[20 0 R]>>");

    // A million entries that all point to one large object.
    let mut table = b"%PDF-1.7\n1 0 obj\n[".to_vec();
    table.extend("0 ".repeat(600_000).bytes());
    table.extend(b"]\nendobj\n");
    let at = table.len();
    let mut text = String::from("xref\n0 200000\n");
    for _ in 0..200_000 {
        text.push_str("0000000009 00000 n \n");
    }
    let _ = write!(text, "trailer\n<</Size 200000/Root 1 0 R>>\nstartxref\n{at}\n%%EOF\n");
    table.extend(text.bytes());

    let mut huge_table = b"%PDF-1.7\n".to_vec();
    let at = huge_table.len();
    huge_table.extend(format!("xref\n0 99999999999\n0000000000 65535 f \ntrailer\n<</Root 1 0 R>>\nstartxref\n{at}\n%%EOF").bytes());

    let rows = deflate(&vec![1; 66 << 20]);
    let mut stream_table = b"%PDF-1.7\n".to_vec();
    let at = stream_table.len();
    stream_table.extend(format!("1 0 obj\n<</Type/XRef/Size 8000000/W[1 4 2]/Root 1 0 R/Filter/FlateDecode/Length {}>>\nstream\n", rows.len()).bytes());
    stream_table.extend(rows);
    stream_table.extend(format!("\nendstream\nendobj\nstartxref\n{at}\n%%EOF").bytes());

    let mut fonts = start();
    let big: String = (0..20_000).map(|number| format!("/K{number} {number}")).collect();
    fonts.set(10, &format!("<</Type/Page/Parent 2 0 R/Contents 11 0 R/Resources<</Font<</F1<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>{big}>>>>>>"));
    fonts.stream(
        11,
        "/Filter/FlateDecode",
        &deflate("BT /F1 9 Tf (a) Tj ET ".repeat(200_000).as_bytes()),
    );

    let mut slashes = start();
    slashes.stream(
        11,
        "/Filter/FlateDecode",
        &deflate(format!("BT /F1 9 Tf {} ET", r"(\\ss\\) Tj 0 0 Td ".repeat(200_000)).as_bytes()),
    );

    let docs = [
        ("content", content),
        ("nested", nested),
        ("many", many),
        ("forms", forms),
        ("itself", itself),
        ("tree", tree),
        ("deep", deep),
        ("length", length),
        ("references", references),
        ("fields", fields),
        ("fonts", fonts),
        ("slashes", slashes),
    ];
    let mut bombs: Vec<(&str, Vec<u8>)> =
        docs.into_iter().map(|(name, doc)| (name, doc.table())).collect();
    bombs.extend([("table", table), ("huge-table", huge_table), ("stream-table", stream_table)]);
    bombs
}

/// Without the limits of the reader this test would not come to its end.
#[test]
fn bombs_are_defused() {
    let trusted = TrustAnchor::from(&authority());
    for (name, bytes) in bombs() {
        println!("{name}: {} bytes", bytes.len());
        read_all(&bytes, &trusted);
    }
}

#[test]
fn a_file_that_is_too_large_is_refused_unread() {
    let bytes = vec![b' '; pdf::MAX_FILE + 1];
    assert_eq!(pdf::inspect(&bytes), Err(pdf::Refusal::TooLarge));
}
