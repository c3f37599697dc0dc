//! Inspection of a PDF, whether or not it can be attached and signed.

use swisscom_sign::contract::Problem;
use swisscom_sign::preflight::attach;

use super::geometry::Rect;
use super::inspect::{check_free_object_numbers, open, signature_targets};
use super::pages::PdfPage;
use super::read::PdfFile;
use super::{PageSize, PdfError, TagPosition, fields, pages, tag};

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
    /// Reasons why attach would reject the file.
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
    let file = PdfFile::open(open(bytes)?)?;
    let targets = signature_targets(&file);
    if let Err(refusal @ PdfError::Damaged(_)) =
        targets.and_then(|targets| check_free_object_numbers(&file, &targets.survey))
    {
        return Err(refusal);
    }
    let encrypted = file.is_encrypted();
    let mut inspection = PdfInspection {
        pages: Vec::new(),
        tags: Vec::new(),
        signatures: 0,
        certified: false,
        encrypted,
        problems: Vec::new(),
    };
    let mut locked = false;
    match file.catalog() {
        Ok((_, catalog)) => {
            inspection.signatures = fields::signed_fields(&file, &catalog).len();
            inspection.certified = fields::is_certified(&file, &catalog);
            locked = fields::is_locked(&file, &catalog) && !inspection.certified;
        }
        // The catalog may be in an object stream, which is encrypted.
        Err(_) if encrypted => {}
        Err(refusal) => return Err(refusal),
    }
    let pages = match pages::pages(&file) {
        Err(_) if encrypted => Vec::new(),
        pages => pages?,
    };
    inspection.pages = pages.iter().map(layout).collect();
    if encrypted {
        inspection.problems.push(PdfError::Encrypted.to_problem());
    } else {
        let tags = tag::find_tags_on_pages(&file, &pages)?;
        inspection.tags =
            tags.into_iter().map(|(number, position)| SignatureTag { number, position }).collect();
    }
    if inspection.certified {
        inspection.problems.push(PdfError::Certified.to_problem());
    }
    if locked {
        inspection.problems.push(PdfError::Locked.to_problem());
    }
    Ok(inspection)
}

fn layout(page: &PdfPage) -> PageLayout {
    let (width, height) = page.view.size();
    PageLayout {
        size: PageSize { width, height },
        rotation: page.view.rotation(),
        visible: page.view.visible(),
    }
}
