//! Positions against files: what the core says of a release, said before the file is attached.

use swisscom_sign::contract::Problem;
use swisscom_sign::preflight::release;
use swisscom_sign_pdf::{self as pdf, PlacementTarget, SamplePage, check_placement};

const NOTHING: PlacementTarget<'_> =
    PlacementTarget { pages: &[], tags: &[], more_tags_possible: false };

/// The problems of one position in a file of two pages with `\s2\`, as `path code`.
fn problems(position: &str, signers: &[&str]) -> Vec<String> {
    let problems = all_problems(position, signers, false).into_iter();
    let short = problems.map(|problem| {
        let path = problem.path.strip_prefix("$.signaturePositions[0]").unwrap();
        format!("{path} {}", problem.code)
    });
    short.collect()
}

fn all_problems(positions: &str, signers: &[&str], more_tags_possible: bool) -> Vec<Problem> {
    let lines = [r"Here: \s2\"];
    let bytes = pdf::sample(&[SamplePage::default(), SamplePage { heading: "", lines: &lines }]);
    let survey = pdf::inspect(&bytes).unwrap();
    let sizes: Vec<_> =
        survey.pages.iter().map(|page| (page.size.width, page.size.height)).collect();
    let signers: Vec<String> = signers.iter().map(|signer| (*signer).to_owned()).collect();
    let request = format!(r#"{{ "signaturePositions": [{positions}] }}"#);
    let target = PlacementTarget { pages: &sizes, tags: &survey.tags, more_tags_possible };
    check_placement(&request, &target, &signers)
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
    let request = format!(r#"{{ "signaturePositions": [{}] }}"#, tag(0));
    let target = PlacementTarget { pages: &[(595.0, 842.0)], ..NOTHING };
    assert_eq!(check_placement(&request, &target, &[]).len(), 1);
}

#[test]
fn a_tag_is_not_missing_if_the_file_was_not_searched_completely() {
    let tag = r#"{ "signer": "anna", "locator": "TAG" }"#;
    let message = |signers: &[&str], more| match all_problems(tag, signers, more).as_slice() {
        [problem] => format!("{}: {}", problem.code, problem.message),
        problems => panic!("{problems:?}"),
    };
    assert_eq!(message(&["anna"], false), r"tag_not_found: tag `\s1\` not found in the file");
    assert_eq!(
        message(&["anna"], true),
        r"tags_not_searched: tag `\s1\` not found in the file, but its text could not be searched completely; use coordinates"
    );
    assert!(all_problems(tag, &["ben", "anna"], true).is_empty(), "it was found");
}

#[test]
fn names_the_size_of_a_signature_beyond_the_page() {
    let position = r#"{ "signer": "a", "pageNumber": 0, "positionX": 500, "positionY": 30 }"#;
    let problems = all_problems(position, &[], false);
    assert_eq!(
        problems[0].message,
        "signature of 170 x 50 points at x 500, y 30 extends beyond the visible area of the page \
         of 595 x 842 points"
    );
}

#[test]
fn warns_about_signatures_that_overlap() {
    let overlapping = |positions: &[(i64, i64, i64)]| {
        let positions: Vec<String> = positions
            .iter()
            .map(|(page, x, y)| {
                format!(r#"{{ "signer": "a", "pageNumber": {page}, "positionX": {x}, "positionY": {y} }}"#)
            })
            .collect();
        let problems = all_problems(&positions.join(","), &[], false).into_iter();
        let short = problems.map(|problem| {
            let path = problem.path.strip_prefix("$.signaturePositions").unwrap();
            format!("{path} {}: {}", problem.code, problem.message)
        });
        short.collect::<Vec<_>>()
    };
    let warning = "overlapping_positions: signature overlaps the one of signaturePositions";
    assert_eq!(overlapping(&[(0, 10, 10), (0, 179, 59)]), [format!("[1] {warning}[0]")]);
    assert!(overlapping(&[(0, 10, 10), (0, 180, 10), (0, 10, 60), (1, 10, 10)]).is_empty());
    // Page -1 is page 1, and a position without a page is not compared.
    assert_eq!(
        overlapping(&[(7, 0, 0), (-1, 50, 50), (0, 50, 50), (1, 0, 20)]),
        ["[0].pageNumber page_out_of_range: page 7 does not exist: the file has 2 pages (numbering \
          starts at 0; negative numbers count from the end)".to_owned(), format!("[3] {warning}[1]")]
    );
    // Two signers, one tag.
    let tag = r#"{ "signer": "anna", "locator": "TAG" }"#;
    let problems = all_problems(&format!("{tag},{tag}"), &["ben", "anna"], false);
    assert_eq!(problems.len(), 1);
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
    assert!(check_placement("{}", &NOTHING, &[]).is_empty());
    assert_eq!(check_placement("{", &NOTHING, &[]).len(), 1);
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
