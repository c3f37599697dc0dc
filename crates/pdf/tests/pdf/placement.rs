//! Positions against files: what the core says of a release, said before the file is attached.

use swisscom_sign::preflight::release;
use swisscom_sign_pdf::{self as pdf, SamplePage, SignatureTag, check_placement};

/// The problems of one position in a file of two pages with `\s2\`, as `path code`.
fn problems(position: &str, signers: &[&str]) -> Vec<String> {
    let lines = [r"Here: \s2\"];
    let bytes = pdf::sample(&[SamplePage::default(), SamplePage { heading: "", lines: &lines }]);
    let survey = pdf::inspect(&bytes).unwrap();
    let sizes: Vec<_> =
        survey.pages.iter().map(|page| (page.size.width, page.size.height)).collect();
    let signers: Vec<String> = signers.iter().map(|signer| (*signer).to_owned()).collect();
    let request = format!(r#"{{ "signaturePositions": [{position}] }}"#);
    check_placement(&request, &sizes, &survey.tags, &signers)
        .iter()
        .map(|problem| {
            let path = problem.path.strip_prefix("$.signaturePositions[0]").unwrap();
            format!("{path} {}", problem.code)
        })
        .collect()
}

#[test]
fn checks_coordinates_against_the_pages() {
    let at = |page, x, y| {
        let position = format!(
            r#"{{ "signer": "anna", "pageNumber": {page}, "positionX": {x}, "positionY": {y} }}"#
        );
        problems(&position, &[])
    };
    assert!(at(0, 0, 0).is_empty() && at(-2, 425, 792).is_empty() && at(1, 425, 792).is_empty());
    assert_eq!(at(0, 426, 0), [" outside_visible_area"]);
    assert_eq!(at(0, 0, 793), [" outside_visible_area"]);
    assert_eq!(at(2, 0, 0), [".pageNumber page_out_of_range"]);
    assert_eq!(at(-3, 0, 0), [".pageNumber page_out_of_range"]);
}

#[test]
fn the_tag_number_is_that_of_the_signer() {
    let tag = |offset| format!(r#"{{ "signer": "anna", "locator": "TAG", "offsetX": {offset} }}"#);
    assert_eq!(problems(&tag(0), &["anna", "ben"]), [" tag_not_found"]);
    assert!(problems(&tag(0), &["ben", "anna"]).is_empty());
    assert_eq!(problems(&tag(-150), &["ben", "anna"]), [" outside_visible_area"]);
    assert_eq!(problems(&tag(0), &["ben"]), [".signer unknown_participant"]);
    // Whose tag it is cannot be known, only that there is one.
    assert!(problems(&tag(-150), &[]).is_empty());
    let none: [SignatureTag; 0] = [];
    let request = format!(r#"{{ "signaturePositions": [{}] }}"#, tag(0));
    assert_eq!(check_placement(&request, &[(595.0, 842.0)], &none, &[]).len(), 1);
}

#[test]
fn reports_invalid_fields_of_the_contract() {
    assert_eq!(problems("{}", &[]).len(), 4);
    assert_eq!(problems("7", &[]), [" type"]);
    assert_eq!(
        problems(r#"{ "signer": "a", "pageNumber": 1e99, "positionX": 0, "positionY": 0 }"#, &[]),
        [".pageNumber type"]
    );
    // Other fields of the request are not asked for.
    assert!(check_placement("{}", &[], &[], &[]).is_empty());
    assert_eq!(check_placement("{", &[], &[], &[]).len(), 1);
}

#[test]
fn the_signature_fits_exactly_into_its_own_size() {
    let (width, height) = release::SIGNATURE_SIZE;
    let page = |width, height| pdf::PageSize { width, height };
    assert!(page(width, height).fits_signature(0.0, 0.0));
    assert!(!page(width - 0.5, height).fits_signature(0.0, 0.0));
    assert!(!page(width, height).fits_signature(0.0, 0.5));
    assert!(release::fits_page(0.0, 0.0, (width, height)));
    assert!(!release::fits_page(0.0, 0.5, (width, height)));
    assert!(!release::fits_page(-0.5, 0.0, (width + 1.0, height)));
}
