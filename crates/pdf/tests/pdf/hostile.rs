//! Broken and malicious files: never a panic, never without end.

use proptest::prelude::*;
use swisscom_sign_pdf as pdf;

use crate::corpus::{self, Doc};
use crate::decompression_bombs::{Bombs, of_content, of_sharing, of_structure};
use crate::mutations::{Numbers, rounds};

/// Everything that reads a file, on bytes that may be anything.
fn read_all(bytes: &[u8]) {
    let _ = pdf::inspect_for_signing(bytes);
    let _ = pdf::find_tags(bytes);
    let _ = pdf::inspect(bytes);
}

#[test]
fn mutated_files_never_panic() {
    let mut numbers = Numbers::new(0x5EED);
    let mut files = corpus::good();
    files.extend(corpus::bad().into_iter().map(|(name, bytes, _)| (name, bytes)));
    files.retain(|(_, bytes)| !bytes.is_empty() && bytes.len() < 20_000);
    for (name, bytes) in files {
        for round in 0..rounds() {
            let mutant = numbers.mutant(&bytes);
            let attempt = std::panic::catch_unwind(|| read_all(&mutant));
            assert!(attempt.is_ok(), "{name}, round {round}");
        }
    }
}

proptest! {
    #[test]
    fn arbitrary_positions_never_panic(
        words in proptest::collection::vec(
            prop_oneof![
                Just("{\"signer\":\"a\"".to_owned()), Just(",\"locator\":\"TAG\"".to_owned()),
                Just(",\"pageNumber\":".to_owned()), Just(",\"positionX\":".to_owned()), Just("}".to_owned()),
                Just(",\"offsetX\":".to_owned()), Just(",".to_owned()), "-?[0-9]{1,20}", "[ -~]{0,4}",
            ], 0..20),
        x in any::<i32>(), size in any::<(f64, f64)>(),
    ) {
        let request = format!("{{\"signaturePositions\":[{}]}}", words.concat());
        let position = pdf::TagPosition { page: u32::MAX, x, y: x };
        let tags = [pdf::SignatureTag { number: 1, position }];
        let target = pdf::PlacementTarget { pages: &[size], tags: &tags, more_tags_possible: x > 0 };
        let _ = pdf::check_placement(&request, &target, &["a".to_owned()]);
        let _ = pdf::check_placement(&request, &target, &[]);
    }

    #[test]
    fn arbitrary_bytes_after_a_header_never_panic(body in proptest::collection::vec(any::<u8>(), 0..600)) {
        let bytes = [b"%PDF-1.7\n".to_vec(), body].concat();
        read_all(&bytes);
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

/// Without the limits of the reader this would not come to its end. `inspect` is left out: it does what
/// these two do, with the same limits.
fn read_bombs(bombs: Bombs) {
    for (name, bytes) in bombs {
        println!("{name}: {} bytes", bytes.len());
        let _ = pdf::inspect_for_signing(&bytes);
        let _ = pdf::find_tags(&bytes);
    }
}

#[test]
fn decompression_bombs_end_within_the_limits() {
    read_bombs(of_content());
}

#[test]
fn entries_that_lead_to_the_same_bytes_end_within_the_limits() {
    read_bombs(of_structure());
}

#[test]
fn large_shared_objects_end_within_the_limits() {
    read_bombs(of_sharing());
}

#[test]
fn accepts_ranges_that_end_at_the_largest_number() {
    let mut doc = Doc::with_pages(&["/MediaBox[0 0 595 842]"]);
    doc.stream(4, "", b"<FFFFFFFF><FFFFFFFF>[<0041><0042>] endbfrange <FFFFFFFF><FFFFFFFF> 4294967295 endcidrange");
    let descendant = "<</Subtype/CIDFontType2/W[4294967295[1 2] 4294967295 4294967295 3]>>";
    doc.set(
        3,
        &format!("<</Subtype/Type0/ToUnicode 4 0 R/Encoding 4 0 R/DescendantFonts[{descendant}]>>"),
    );
    assert_eq!(pdf::find_tags(&doc.table()), Ok(pdf::TagSearch::default()));
    doc.set(
        3,
        "<</Subtype/Type1/FirstChar 4294967295/Encoding<</Differences[9223372036854775807/a/b]>>>>",
    );
    assert_eq!(pdf::find_tags(&doc.table()), Ok(pdf::TagSearch::default()));
}

#[test]
fn rejects_a_file_that_is_too_large() {
    let bytes = vec![b' '; pdf::MAX_FILE + 1];
    assert_eq!(pdf::inspect_for_signing(&bytes), Err(pdf::PdfError::TooLarge));
}
