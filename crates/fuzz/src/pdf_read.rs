//! Any bytes as a file: all functions that read it agree.

use swisscom_sign::contract::{Problem, ProblemCode};
use swisscom_sign_pdf::{
    PdfInspection, PlacementTarget, SigningInspection, check_placement, find_tags, inspect,
    inspect_for_signing,
};

use crate::corpus;

pub fn run(bytes: &[u8]) {
    let for_signing = inspect_for_signing(bytes);
    let inspected = inspect(bytes);
    let tags = find_tags(bytes);
    if let Ok(found) = &for_signing {
        check_inspection(bytes, found);
    }
    match (&for_signing, &inspected) {
        (Ok(for_signing), Ok(inspected)) => check_agreement(for_signing, inspected),
        (Ok(_), Err(problem)) => panic!("{problem}"),
        (Err(refusal), Ok(inspected)) => {
            assert!(!inspected.problems.is_empty(), "{refusal}, but no problem");
        }
        (Err(_), Err(_)) => {}
    }
    if let (Ok(tags), Ok(inspected)) = (tags, &inspected)
        && !inspected.encrypted
    {
        let inspected = inspected.tags.iter().map(|tag| (tag.number, tag.position));
        assert!(tags.tags.into_iter().eq(inspected), "the tags differ");
    }
}

fn check_inspection(bytes: &[u8], found: &SigningInspection) {
    assert!(!found.pages.is_empty(), "a document without pages");
    for page in &found.pages {
        let (width, height) = (page.width, page.height);
        assert!(width.is_finite() && width > 0.0, "{page:?}");
        assert!(height.is_finite() && height > 0.0, "{page:?}");
    }
    let document = bytes.get(found.junk..).expect("an offset within the file");
    let again =
        inspect_for_signing(document).expect("the same file without the bytes before the header");
    assert_eq!((&again.pages, again.signatures, again.junk), (&found.pages, found.signatures, 0));
    let sizes: Vec<_> = found.pages.iter().map(|page| (page.width, page.height)).collect();
    let request = r#"{"signaturePositions":[{"signer":"a","pageNumber":-1,"positionX":9,"positionY":9},{"signer":"a","locator":"TAG"}]}"#;
    let target = PlacementTarget { pages: &sizes, tags: &[], more_tags_possible: false };
    let _problems = check_placement(request, &target, &["a".to_owned()]);
}

fn check_agreement(for_signing: &SigningInspection, inspected: &PdfInspection) {
    let is_reason = |problem: &Problem| problem.code != ProblemCode::TagsNotSearched;
    assert!(!inspected.problems.iter().any(is_reason), "{:?}", inspected.problems);
    assert_eq!(for_signing.signatures, inspected.signatures);
    let sizes = inspected.pages.iter().map(|page| page.size);
    assert!(for_signing.pages.iter().copied().eq(sizes), "the pages differ");
}

/// The small files of the tests of the PDF reader.
#[must_use]
pub fn seeds() -> Vec<Vec<u8>> {
    let bad = corpus::bad().into_iter().map(|(_, bytes, _)| bytes);
    let mut files: Vec<Vec<u8>> = corpus::good().into_iter().map(|(_, bytes)| bytes).collect();
    files.extend(bad);
    files.retain(|bytes| bytes.len() <= 4096);
    files
}

/// Names and keywords of the file structure.
#[must_use]
pub fn words() -> Vec<String> {
    "/Type /Pages /Page /Kids /Count /Parent /MediaBox /CropBox /Rotate /Root /Size /Prev /XRefStm \
     /Encrypt /Catalog /AcroForm /Fields /FT/Sig /V /T /Kids[ /Perms /DocMDP /Reference \
     /TransformMethod /Annots /Contents /Resources /Length /Filter/FlateDecode /Filter/LZWDecode \
     /ASCIIHexDecode /ASCII85Decode /RunLengthDecode /DecodeParms /Predictor /Columns /Colors \
     /BitsPerComponent /EarlyChange /ObjStm /N /First /Extends /XRef /W[1 /Index[ /Subtype/Widget \
     /ByteRange /SubFilter obj endobj stream endstream xref trailer startxref %%EOF %PDF-1.7 null \
     << >> 0 R -1 65535 4294967295 9223372036854775807 -9223372036854775808 1e308 .5 <feff (\\ #20"
        .split_whitespace()
        .map(str::to_owned)
        .collect()
}
