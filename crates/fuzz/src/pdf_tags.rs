//! Any content, font and character map in an otherwise valid file, so that every input reaches the
//! interpreter.
//!
//! An input consists of parts separated by [`SEPARATOR`]: content of the page, font, character map,
//! content of a form, entries of the page.

use swisscom_sign_pdf::read::{PdfFile, PdfObject};
use swisscom_sign_pdf::{PdfError, find_tags, inspect};

use crate::corpus::Doc;

const SEPARATOR: &[u8] = b"\n%%%\n";

const FONT: &str = "<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>";

/// Compares a page with and without object streams.
pub fn run(input: &[u8]) {
    // Also as a file, for inputs that are exchanged with `pdf_read`.
    let _ = find_tags(input);
    let doc = document(input);
    let plain = doc.table();
    let found = find_tags(&plain);
    // Packing takes longer than everything else.
    let packed = if input.len().is_multiple_of(8) { doc.streams() } else { Vec::new() };
    if same_objects(&plain, &packed) {
        match (&found, find_tags(&packed)) {
            (Ok(found), Ok(packed)) => assert_eq!(*found, packed, "different tags when packed"),
            (Err(PdfError::Damaged(_)), _) | (_, Err(PdfError::Damaged(_))) => {}
            (found, packed) => panic!("{found:?}, but packed {packed:?}"),
        }
    }
    if let (Ok(found), Ok(inspection)) = (found.map(|found| found.tags), inspect(&plain)) {
        for (number, at) in &found {
            assert!(*number > 0 && (at.page as usize) < inspection.pages.len(), "{number}: {at:?}");
        }
        let inspected = inspection.tags.iter().map(|tag| (tag.number, tag.position));
        assert!(found.into_iter().eq(inspected), "the tags differ");
    }
}

/// Whether font and page are the same in both: a malformed part may include the following bytes.
fn same_objects(plain: &[u8], packed: &[u8]) -> bool {
    let (Ok(plain), Ok(packed)) = (PdfFile::open(plain), PdfFile::open(packed)) else {
        return false;
    };
    [3, 10].into_iter().all(|number| {
        let [one, other] =
            [&plain, &packed].map(|file| file.resolve(&PdfObject::Ref((number, 0))).into_rc());
        one == other
    })
}

fn document(input: &[u8]) -> Doc {
    let mut parts = split(input).into_iter();
    let mut part = || parts.next().unwrap_or_default();
    let (content, font, map, form, entries) = (part(), part(), part(), part(), part());
    let text = |part: &[u8]| String::from_utf8_lossy(part).into_owned();
    let font = if font.is_empty() { FONT.to_owned() } else { text(font) };
    let mut doc = Doc::with_pages(&["/MediaBox[0 0 595 842]"]);
    doc.set(3, &font);
    doc.set(
        10,
        &format!(
            "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 11 0 R\
             /Resources<</Font<</F1 3 0 R>>/XObject<</X1 44 0 R>>>>{}>>",
            text(entries)
        ),
    );
    doc.stream(11, "", content);
    doc.stream(43, "", map);
    doc.stream(44, "/Type/XObject/Subtype/Form/BBox[0 0 400 400]/Matrix[1 0 0 1 30 60]", form);
    doc
}

fn split(mut input: &[u8]) -> Vec<&[u8]> {
    let mut parts = Vec::new();
    while let Some(at) = memchr::memmem::find(input, SEPARATOR) {
        parts.push(&input[..at]);
        input = &input[at + SEPARATOR.len()..];
    }
    parts.push(input);
    parts
}

/// Text drawn in many ways.
#[must_use]
pub fn seeds() -> Vec<Vec<u8>> {
    const MAP: &str = "/CIDInit /ProcSet findresource begin begincmap 1 begincodespacerange <00> \
        <FF> endcodespacerange 2 beginbfrange <21> <21> <005C> <22> <23> [<0073> <0031>] endbfrange \
        1 beginbfchar <24> <D83DDE00> endbfchar endcmap end";
    const SUBSET: &str = "<</Type/Font/Subtype/TrueType/BaseFont/A/FirstChar 33/LastChar 35\
        /Widths[300 500 600]/ToUnicode 43 0 R>>";
    const COMPOSITE: &str = "<</Type/Font/Subtype/Type0/BaseFont/A/Encoding/Identity-H/ToUnicode 43 0 R\
        /DescendantFonts[<</Type/Font/Subtype/CIDFontType2/BaseFont/A/DW 600/W[33[300 500]34 35 600]>>]>>";
    const WIDE: &str = "begincmap 1 begincodespacerange <0000> <FFFF> endcodespacerange 3 beginbfchar \
        <0021> <005C> <0022> <0073> <0023> <0031> endbfchar endcmap";
    const TYPE3: &str = "<</Type/Font/Subtype/Type3/FontBBox[0 -2 10 10]/FontMatrix[.1 0 0 .1 0 0]\
        /FirstChar 97/LastChar 99/Widths[5 6 7]/Encoding<</Differences[97/backslash/s/one]>>>>";
    let parts: &[&[&str]] = &[
        &[r"BT /F1 12 Tf 72 700 Td (Sign \\s1\\ here) Tj 0 -20 Td (\\s2\\) Tj ET"],
        &[
            r"q .5 0 0 2 10 10 cm BT /F1 9 Tf 14 TL 1 Tc 2 Tw 90 Tz 3 Ts 1 0 0 1 90 90 Tm (\\s) ' 1 2 (1\\) \x22 ET Q",
        ],
        &[
            r"BT /F1 12 Tf 72 500 Td [(\\)-20(s)5(12)(\\)] TJ T* <5C73335C> Tj ET BI /W 1 /H 1 /BPC 8 ID x EI",
        ],
        &["BT /F1 20 Tf 90 500 Td <21222321> Tj ET", SUBSET, MAP],
        &["BT /F1 20 Tf 90 500 Td <0021002200230021> Tj ET", COMPOSITE, WIDE],
        &["BT /F1 20 Tf 90 500 Td (abca) Tj ET", TYPE3],
        &["q 2 0 0 2 20 30 cm /X1 Do Q", "", "", r"BT /F1 8 Tf 5 5 Td (\\s4\\) Tj ET /X1 Do"],
        &[
            r"BT /F1 12 Tf 500 700 Td (\\s7\\) Tj ET",
            "",
            "",
            r"BT /F1 12 Tf (\\s8\\) Tj ET",
            "/Rotate 90/CropBox[50 60 450 760]/Annots[<</Subtype/Widget/Rect[1 1 90 90]/AP<</N 44 0 R>>>>]",
        ],
    ];
    parts.iter().map(|parts| parts.join("\n%%%\n").into_bytes()).collect()
}

/// Operators, entries of fonts, and words of character maps.
#[must_use]
pub fn words() -> Vec<String> {
    let words = "BT ET Tf Td TD Tm T* Tj TJ ' \" Tc Tw Tz TL Ts q Q cm Do gs BI ID EI BMC BDC EMC /OC /ActualText( /F1 /X1 \\\\s1\\\\ \
        <5C73315C> /Type0 /Type3 /TrueType /CIDFontType0 /CIDFontType2 /Identity-H /Identity-V \
        /Encoding /Differences[ /ToUnicode /DescendantFonts[ /W[ /W2[ /DW /DW2[ /FirstChar /LastChar \
        /Widths[ /MissingWidth /FontDescriptor /FontMatrix[ /FontBBox[ /Ascent /Descent /WMode /UseCMap \
        beginbfchar endbfchar beginbfrange endbfrange begincodespacerange endcodespacerange \
        begincidrange endcidrange begincidchar usecmap /backslash /s /one /uni005C /Helvetica /Courier \
        /WinAnsiEncoding /MacRomanEncoding /StandardEncoding /Symbol <0000> <FFFF> <D83DDE00> -1e38 1e308 \
        -2147483649 /Annots[ /AP<< /N /AS /Rect[ /BBox[ /Matrix[ 0 R";
    let mut words: Vec<String> = words.split_whitespace().map(str::to_owned).collect();
    words.push("\n%%%\n".to_owned());
    words
}
