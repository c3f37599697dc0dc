//! Any bytes as a file: whatever way they are read in, the same is told.

use swisscom_sign_pdf::{
    PdfInspection, SigningInspection, check_placement, find_tags, inspect, survey,
};

use crate::corpus;

/// Tries a file.
pub fn run(bytes: &[u8]) {
    let inspected = inspect(bytes);
    let surveyed = survey(bytes);
    let tags = find_tags(bytes);
    if let Ok(found) = &inspected {
        sound(bytes, found);
    }
    match (&inspected, &surveyed) {
        (Ok(inspected), Ok(surveyed)) => agree(bytes, inspected, surveyed),
        // Only text can be too much for the one that reads text too.
        (Ok(_), Err(problem)) => assert!(tags.is_err(), "{problem}"),
        (Err(refusal), Ok(surveyed)) => {
            assert!(!surveyed.problems.is_empty(), "{refusal}, and no problem");
        }
        (Err(_), Err(_)) => {}
    }
    if let (Ok(tags), Ok(surveyed)) = (tags, &surveyed)
        && !surveyed.encrypted
    {
        let surveyed = surveyed.tags.iter().map(|tag| (tag.number, tag.position));
        assert!(tags.into_iter().eq(surveyed), "the tags differ");
    }
}

fn sound(bytes: &[u8], found: &SigningInspection) {
    assert!(!found.pages.is_empty(), "a document without pages");
    for page in &found.pages {
        let (width, height) = (page.width, page.height);
        assert!(width.is_finite() && width > 0.0, "{page:?}");
        assert!(height.is_finite() && height > 0.0, "{page:?}");
    }
    let document = bytes.get(found.junk..).expect("no more junk than bytes");
    let again = inspect(document).expect("the same without what stands before it");
    assert_eq!((&again.pages, again.signatures, again.junk), (&found.pages, found.signatures, 0));
    let sizes: Vec<_> = found.pages.iter().map(|page| (page.width, page.height)).collect();
    let request = r#"{"signaturePositions":[{"signer":"a","pageNumber":-1,"positionX":9,"positionY":9},{"signer":"a","locator":"TAG"}]}"#;
    let _problems = check_placement(request, &sizes, &[], &["a".to_owned()]);
}

fn agree(bytes: &[u8], inspected: &SigningInspection, surveyed: &PdfInspection) {
    // The rules for a request know the first bytes alone, and refuse whatever stands before the header.
    let begins = bytes.starts_with(b"%PDF-");
    assert!(!begins || surveyed.problems.is_empty(), "{:?}", surveyed.problems);
    assert_eq!(inspected.signatures, surveyed.signatures);
    let sizes = surveyed.pages.iter().map(|page| page.size);
    assert!(inspected.pages.iter().copied().eq(sizes), "the pages differ");
}

/// The files of the reader's tests, without those that are large.
#[must_use]
pub fn seeds() -> Vec<Vec<u8>> {
    let bad = corpus::bad().into_iter().map(|(_, bytes, _)| bytes);
    let mut files: Vec<Vec<u8>> = corpus::good().into_iter().map(|(_, bytes)| bytes).collect();
    files.extend(bad);
    files.retain(|bytes| bytes.len() <= 4096);
    files
}

/// Names and keywords of the structure.
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
