//! Inspection of a PDF, whether or not it can be attached and signed.

use swisscom_sign::contract::{Problem, ProblemCode};
use swisscom_sign::preflight::attach;

use super::geometry::Rect;
use super::inspect::{check_free_object_numbers, open, signature_targets};
use super::pages::PdfPage;
use super::read::PdfFile;
use super::{PageSize, PdfError, TagPosition, TagSearch, fields, pages, tag};

/// A page.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PageLayout {
    /// Size as displayed, after rotation.
    pub size: PageSize,
    /// Clockwise, in degrees: 0, 90, 180 or 270.
    pub rotation: u16,
    /// `CropBox` within `MediaBox`, in the page's own coordinates: points, upwards.
    pub visible: Rect,
}

/// A signature tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SignatureTag {
    /// Number in the tag, from 1.
    pub number: u32,
    /// Position of its first occurrence.
    pub position: TagPosition,
}

/// Result of [`inspect`].
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct PdfInspection {
    /// Every page, in order; empty if they are encrypted.
    pub pages: Vec<PageLayout>,
    /// The tags by number; empty if the file is encrypted.
    pub tags: Vec<SignatureTag>,
    /// Number of signatures in the document.
    pub signatures: usize,
    /// Whether its author has restricted changes (`DocMDP`).
    pub certified: bool,
    /// Whether it is encrypted, with or without a password to open it.
    pub encrypted: bool,
    /// Reasons why attach would reject the file, and a warning
    /// ([`ProblemCode::TagsNotSearched`]) if its text could not be searched completely for tags.
    pub problems: Vec<Problem>,
}

/// Inspects a file.
///
/// # Errors
///
/// The file cannot be read: it is not a PDF, empty, damaged or larger than [`super::MAX_FILE`]. Other
/// reasons to reject it are in [`PdfInspection::problems`].
pub fn inspect(bytes: &[u8]) -> Result<PdfInspection, Problem> {
    let problems = attach::check_file(bytes.len() as u64, bytes);
    match read(bytes) {
        Ok(mut inspection) => {
            inspection.problems.splice(0..0, problems);
            Ok(inspection)
        }
        Err(refusal) => Err(problems.into_iter().next().unwrap_or_else(|| refusal.to_problem())),
    }
}

fn read(bytes: &[u8]) -> Result<PdfInspection, PdfError> {
    let document = open(bytes)?;
    let file = PdfFile::open(document)?;
    let (refusal, pages) = match signature_targets(&file) {
        Ok(targets) => {
            check_free_object_numbers(&file, &targets.survey)?;
            (None, targets.pages)
        }
        Err(refusal @ PdfError::Damaged(_)) => return Err(refusal),
        // Pages may be in an object stream, which is encrypted.
        Err(PdfError::Encrypted) => {
            (Some(PdfError::Encrypted), pages::pages(&file).unwrap_or_default())
        }
        Err(refusal) => (Some(refusal), pages::pages(&file)?),
    };
    let encrypted = file.is_encrypted();
    let catalog = file.catalog().map(|(_, catalog)| catalog).unwrap_or_default();
    let signed = fields::signed_fields(&file, &catalog);
    let certified = fields::certification(&file, &catalog, &signed).is_some();
    file.ensure_not_exhausted()?;
    let signatures = signed.len();
    // The search reads the objects again: free the memory of these.
    drop((signed, file));
    let TagSearch { tags, unsearched_page } =
        if encrypted { TagSearch::default() } else { tag::find_tags_on_pages(document, &pages)? };
    let not_searched = unsearched_page.map(|page| {
        let message = format!(
            "text too complex: the page with pageNumber {page} could not be searched completely for \
             signature tags; use coordinates"
        );
        Problem::new("$.content", ProblemCode::TagsNotSearched, message)
    });
    let refusal = refusal.as_ref().map(PdfError::to_problem);
    Ok(PdfInspection {
        pages: pages.iter().map(layout).collect(),
        tags: tags
            .into_iter()
            .map(|(number, position)| SignatureTag { number, position })
            .collect(),
        signatures,
        certified,
        encrypted,
        problems: refusal.into_iter().chain(not_searched).collect(),
    })
}

fn layout(page: &PdfPage) -> PageLayout {
    let (width, height) = page.view.size();
    PageLayout {
        size: PageSize { width, height },
        rotation: page.view.rotation(),
        visible: page.view.visible(),
    }
}
