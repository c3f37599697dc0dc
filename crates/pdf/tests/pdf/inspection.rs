//! Page sizes against `pdfinfo`, and every refusal.

use swisscom_sign::contract::ProblemCode;
use swisscom_sign_pdf as pdf;

use crate::corpus::{self, Doc};
use crate::tools::{Scratch, text};

/// Displayed sizes by `pdfinfo`, which tells the crop box before rotation.
fn sizes_by_pdfinfo(path: &str) -> Vec<(f64, f64)> {
    let info = text("pdfinfo", &["-f", "1", "-l", "-1", path]);
    let numbers = |line: &str| -> Vec<f64> {
        line.split_whitespace().filter_map(|word| word.parse().ok()).collect()
    };
    let lines = |kind: &str| -> Vec<Vec<f64>> {
        info.lines()
            .filter(|line| line.starts_with("Page ") && line.contains(kind))
            .map(|line| numbers(line.split_once(kind).unwrap().1))
            .collect()
    };
    lines(" size:")
        .iter()
        .zip(lines(" rot:"))
        .map(|(size, rotation)| match rotation[0] as i64 {
            90 | 270 => (size[1], size[0]),
            _ => (size[0], size[1]),
        })
        .collect()
}

#[test]
fn page_sizes_equal_those_of_pdfinfo() {
    let scratch = Scratch::new("sizes");
    for (name, bytes) in corpus::good() {
        let inspection =
            pdf::inspect_for_signing(&bytes).unwrap_or_else(|error| panic!("{name}: {error}"));
        let expected = sizes_by_pdfinfo(&scratch.write("file.pdf", &bytes));
        assert!(!expected.is_empty(), "{name}");
        assert_eq!(inspection.pages.len(), expected.len(), "{name}");
        for (page, (width, height)) in inspection.pages.iter().zip(expected) {
            let close = (page.width - width).abs() < 0.01 && (page.height - height).abs() < 0.01;
            assert!(close, "{name}: {page:?}, but pdfinfo says {width} x {height}");
        }
        assert_eq!(inspection.signatures, 0, "{name}");
        assert_eq!(inspection.junk > 0, name == "junk-before", "{name}");
    }
}

#[test]
fn rejects_files_that_cannot_be_signed_with_the_reason() {
    for (name, bytes, reason) in corpus::bad() {
        match pdf::inspect_for_signing(&bytes) {
            Ok(inspection) => panic!("{name} was accepted: {inspection:?}"),
            Err(refusal) => {
                assert!(refusal.to_string().starts_with(reason), "{name}: {refusal}");
            }
        }
    }
}

#[test]
fn messages_name_the_damaged_structure_and_object() {
    let message = |name: &str| {
        let bad = corpus::bad();
        let (_, bytes, _) = bad.iter().find(|(own, ..)| *own == name).unwrap();
        pdf::inspect_for_signing(bytes).unwrap_err().to_string()
    };
    for (name, expected) in [
        ("key-twice", "duplicate key `/MediaBox` in object 10 (the page with pageNumber 0)"),
        ("two-signs", "malformed number `+-842` in object 10 (the page with pageNumber 0)"),
        ("form-key-twice", "duplicate key `/Fields` in object 1 (the document catalog)"),
        ("annotations-with-two-signs", "malformed number `--1` in object 5"),
        ("two-roots", "duplicate key `/Root` in the trailer"),
        ("no-size", "missing or invalid `/Size` in the trailer"),
        ("page-tree-circle", "invalid page tree: object 2 contains itself"),
        ("missing-page", "invalid page tree: object 99 is not a page"),
        ("line-ends-converted", "invalid cross-reference table"),
        ("object-behind", "objects after the last `%%EOF`"),
    ] {
        let text = message(name);
        assert!(text.contains(expected), "{name}: {text}");
        assert!(text.ends_with(". Save it again with a PDF editor."), "{name}: {text}");
    }
}

/// Boxes that are no rectangles: the page has the size that readers assume.
#[test]
fn ignores_degenerate_page_boxes() {
    let scratch = Scratch::new("boxes");
    for (entries, expected) in [
        ("", (612.0, 792.0)),
        ("/MediaBox[0 0 595]", (612.0, 792.0)),
        ("/MediaBox[0 0 595 (842)]", (612.0, 792.0)),
        ("/MediaBox 7", (612.0, 792.0)),
        ("/MediaBox[0 0 595 842]/CropBox[0 0 0 0]", (595.0, 842.0)),
        ("/MediaBox[0 0 595 842]/CropBox[10 10]", (595.0, 842.0)),
        ("/MediaBox[0 0 595 842]/CropBox[595 842 100 200]", (495.0, 642.0)),
        ("/MediaBox[0 0 595 842]/CropBox[0 0 1 0.5]", (1.0, 0.5)),
        ("/MediaBox[0 0 595 842]/CropBox[-9 -9 9999 400]/Rotate 45", (595.0, 400.0)),
    ] {
        let bytes = Doc::with_pages(&[entries]).table();
        let page = pdf::inspect_for_signing(&bytes).unwrap().pages[0];
        assert_eq!((page.width, page.height), expected, "{entries}");
        let path = scratch.write("file.pdf", &bytes);
        assert_eq!(sizes_by_pdfinfo(&path), [expected], "{entries}: pdfinfo");
    }
    // For these `pdfinfo` reports a page without area.
    for (entries, expected) in [
        ("/MediaBox[0 0 0 842]", (612.0, 792.0)),
        ("/MediaBox[0 0 595 0]", (612.0, 792.0)),
        ("/MediaBox[0 0 595 842]/CropBox[700 900 800 1000]", (595.0, 842.0)),
        ("/MediaBox[0 0 595 842]/CropBox[595 0 800 842]", (595.0, 842.0)),
    ] {
        let bytes = Doc::with_pages(&[entries]).table();
        let page = pdf::inspect_for_signing(&bytes).unwrap().pages[0];
        assert_eq!((page.width, page.height), expected, "{entries}");
    }
}

/// ISO 32000-2, 8.3.2.3; not by `pdfinfo`, which ignores it.
#[test]
fn page_sizes_are_points_whatever_the_unit_of_the_page() {
    let size = |entries: &str| {
        let bytes = Doc::with_pages(&[entries]).table();
        let page = pdf::inspect_for_signing(&bytes).unwrap().pages[0];
        (page.width, page.height)
    };
    assert_eq!(size("/MediaBox[0 0 60 84]/UserUnit 10"), (600.0, 840.0));
    assert_eq!(size("/MediaBox[0 0 60 84]/UserUnit 2.5/Rotate 90"), (210.0, 150.0));
    for invalid in ["0", "-2", "(2)", "99999999999999999999999999999999999999999999"] {
        let entries = format!("/MediaBox[0 0 60 84]/UserUnit {invalid}");
        let expected = if invalid.len() > 9 { 6e45 } else { 60.0 };
        assert!((size(&entries).0 - expected).abs() < 1e40, "{invalid}");
    }
    // Not inherited.
    let mut doc = Doc::with_pages(&["/MediaBox[0 0 60 84]"]);
    doc.set(2, "<</Type/Pages/Count 1/Kids[10 0 R]/UserUnit 10>>");
    assert_eq!(pdf::inspect_for_signing(&doc.table()).unwrap().pages[0].width, 60.0);
}

#[test]
fn negative_page_numbers_count_from_the_end() {
    let bytes = pdf::sample(&[pdf::SamplePage::default(), pdf::SamplePage::default()]);
    let inspection = pdf::inspect_for_signing(&bytes).unwrap();
    for (number, exists) in [(0, true), (1, true), (-1, true), (-2, true), (2, false), (-3, false)]
    {
        assert_eq!(inspection.page(number).is_some(), exists, "{number}");
    }
    let page = inspection.page(-1).unwrap();
    assert!(page.fits_signature(425.0, 792.0) && !page.fits_signature(425.1, 0.0));
}

/// Everybody must find numbers for what a signature adds, and those that stand for nothing are none.
#[test]
fn requires_free_object_numbers_for_signatures() {
    let damaged = |bytes: &[u8]| {
        let refused = pdf::inspect_for_signing(bytes).is_err();
        assert_eq!(pdf::inspect(bytes).is_err(), refused);
        refused
    };
    let sized = |doc: &Doc, size: u32| corpus::sized(&doc.table(), size);
    let mut doc = Doc::with_pages(&["/MediaBox[0 0 595 842]"]);
    assert!(!damaged(&sized(&doc, 8_378_607)));
    assert!(damaged(&sized(&doc, 8_378_608)));
    doc.set(20, "[8378606 0 R 8378607 0 R]");
    assert!(damaged(&sized(&doc, 8_378_607)));
    assert!(!damaged(&sized(&doc, 8_378_605)));
}

/// What `inspect` refuses, `survey` tells of, unless it cannot be read at all.
#[test]
fn inspect_reports_problems_instead_of_rejecting() {
    for (name, bytes) in corpus::good() {
        let inspection = pdf::inspect_for_signing(&bytes).unwrap();
        let survey = pdf::inspect(&bytes).unwrap_or_else(|problem| panic!("{name}: {problem}"));
        let sizes: Vec<_> = survey.pages.iter().map(|page| page.size).collect();
        assert_eq!(sizes, inspection.pages, "{name}");
        assert_eq!(survey.signatures, inspection.signatures, "{name}");
        assert!(!survey.encrypted && !survey.certified, "{name}");
        assert!(survey.problems.is_empty(), "{name}: {survey:?}");
        let tags = survey.tags.iter().map(|tag| (tag.number, tag.position)).collect();
        let search = pdf::find_tags(&bytes).unwrap();
        assert_eq!((search.tags, search.unsearched_page), (tags, None), "{name}");
        for page in survey.pages {
            let (width, height) = (page.visible.width(), page.visible.height());
            let turned = matches!(page.rotation, 90 | 270);
            let shown = if turned { (height, width) } else { (width, height) };
            assert_eq!(shown, (page.size.width, page.size.height), "{name}");
        }
    }
    for (name, bytes, reason) in corpus::bad() {
        let expected = match reason {
            _ if bytes.is_empty() => ProblemCode::FileEmpty,
            "The file is not a PDF" => ProblemCode::NotAPdf,
            "The PDF is damaged" => ProblemCode::FileDamaged,
            "The PDF is encrypted" => ProblemCode::FileEncrypted,
            _ => ProblemCode::FileCertified,
        };
        match pdf::inspect(&bytes) {
            Ok(survey) => {
                assert_eq!(survey.encrypted, expected == ProblemCode::FileEncrypted, "{name}");
                let certified = expected == ProblemCode::FileCertified && name != "locked";
                assert_eq!(survey.certified, certified, "{name}");
                let codes: Vec<_> = survey.problems.iter().map(|problem| problem.code).collect();
                assert_eq!(codes, [expected], "{name}");
            }
            Err(problem) => {
                assert_eq!(
                    (problem.code, problem.path.as_str()),
                    (expected, "$.content"),
                    "{name}"
                );
            }
        }
    }
}
