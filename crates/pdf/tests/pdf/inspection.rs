//! Page sizes against `pdfinfo`, and every refusal.

use swisscom_sign_pdf as pdf;

use crate::corpus;
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
fn every_page_has_the_size_that_pdfinfo_tells() {
    let scratch = Scratch::new("sizes");
    for (name, bytes) in corpus::good() {
        let inspection = pdf::inspect(&bytes).unwrap_or_else(|error| panic!("{name}: {error}"));
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
fn what_cannot_be_signed_is_refused_with_its_reason() {
    for (name, bytes, reason) in corpus::bad() {
        match pdf::inspect(&bytes) {
            Ok(inspection) => panic!("{name} was accepted: {inspection:?}"),
            Err(refusal) => {
                assert!(refusal.to_string().starts_with(reason), "{name}: {refusal}");
            }
        }
    }
}

#[test]
fn page_numbers_count_from_zero_and_negative_ones_from_the_end() {
    let bytes = pdf::sample(&[pdf::SamplePage::default(), pdf::SamplePage::default()]);
    let inspection = pdf::inspect(&bytes).unwrap();
    for (number, exists) in [(0, true), (1, true), (-1, true), (-2, true), (2, false), (-3, false)]
    {
        assert_eq!(inspection.page(number).is_some(), exists, "{number}");
    }
    let page = inspection.page(-1).unwrap();
    assert!(page.shows_sticker(425.0, 792.0) && !page.shows_sticker(425.1, 0.0));
}
