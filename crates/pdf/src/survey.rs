//! Everything that can be told of a PDF, whether or not it can be attached and signed.

use swisscom_sign::contract::Problem;
use swisscom_sign::preflight::attach;

use super::geometry::Rect;
use super::pages::PdfPage;
use super::read::PdfFile;
use super::{PageSize, PdfError, TagPosition, fields, inspect, pages, tag};

/// A page.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PageLayout {
    /// As displayed, after rotation.
    pub size: PageSize,
    /// Clockwise, in degrees: 0, 90, 180 or 270.
    pub rotation: u16,
    /// `CropBox` within `MediaBox`, in the page's own coordinates: points, upwards.
    pub visible: Rect,
}

/// A signature tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SignatureTag {
    /// The number in it, from 1.
    pub number: u32,
    /// Where it stands first.
    pub position: TagPosition,
}

/// What [`survey`] finds.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct PdfInspection {
    /// Every page, in order; empty when the encryption of the file hides them.
    pub pages: Vec<PageLayout>,
    /// The tags by their numbers; none of an encrypted file can be read.
    pub tags: Vec<SignatureTag>,
    /// Number of signatures that the document has already.
    pub signatures: usize,
    /// Whether its author has restricted changes (`DocMDP`).
    pub certified: bool,
    /// Whether it is encrypted, with or without a password to open it.
    pub encrypted: bool,
    /// Why the file would be refused at attach.
    pub problems: Vec<Problem>,
}

/// Reads `bytes`, and refuses nothing but what cannot be read.
///
/// # Errors
///
/// A problem of the request that would attach it: no PDF, empty, damaged or larger than
/// [`super::MAX_FILE`].
pub fn survey(bytes: &[u8]) -> Result<PdfInspection, Problem> {
    let problems = attach::check_file(bytes.len() as u64, bytes);
    match read(bytes) {
        Ok(mut survey) => {
            survey.problems.splice(0..0, problems);
            Ok(survey)
        }
        Err(refusal) => Err(problems.into_iter().next().unwrap_or_else(|| refusal.problem())),
    }
}

fn read(bytes: &[u8]) -> Result<PdfInspection, PdfError> {
    let file = PdfFile::open(inspect::open(bytes)?)?;
    let signable = inspect::signable(&file);
    if let Err(refusal @ PdfError::Damaged(_)) =
        signable.and_then(|signable| inspect::has_room(&file, &signable.whole))
    {
        return Err(refusal);
    }
    let encrypted = file.is_encrypted();
    let mut survey = PdfInspection {
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
            survey.signatures = fields::signed(&file, &catalog).len();
            survey.certified = fields::is_certified(&file, &catalog);
            locked = fields::is_locked(&file, &catalog) && !survey.certified;
        }
        // It may stand in a stream, which is encrypted like every other.
        Err(_) if encrypted => {}
        Err(refusal) => return Err(refusal),
    }
    let pages = match pages::pages(&file) {
        Err(_) if encrypted => Vec::new(),
        pages => pages?,
    };
    survey.pages = pages.iter().map(layout).collect();
    if encrypted {
        survey.problems.push(PdfError::Encrypted.problem());
    } else {
        let tags = tag::of_pages(&file, &pages)?;
        survey.tags =
            tags.into_iter().map(|(number, position)| SignatureTag { number, position }).collect();
    }
    if survey.certified {
        survey.problems.push(PdfError::Certified.problem());
    }
    if locked {
        survey.problems.push(PdfError::Locked.problem());
    }
    Ok(survey)
}

fn layout(page: &PdfPage) -> PageLayout {
    let (width, height) = page.view.size();
    PageLayout {
        size: PageSize { width, height },
        rotation: page.view.rotation(),
        visible: page.view.visible(),
    }
}
