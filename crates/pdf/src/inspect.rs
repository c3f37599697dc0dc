//! Whether a PDF can be signed, and what signing needs to know of it.

use swisscom_sign::preflight::release;
pub use swisscom_sign::preflight::release::page_index;

use super::pages::{self, PdfPage};
use super::read::xref::MAX_OBJECT;
use super::read::{ObjectId, ObjectSurvey, PdfDict, PdfFile, PdfObject, file};
use super::{PdfError, fields};

/// Size of the signature appearance, in points. The platform does not document one; the sandbox
/// draws this size.
pub const SIGNATURE_SIZE: (f64, f64) = release::SIGNATURE_SIZE;

/// Maximum size of a file, in bytes. The contract allows 40 MiB for an attachment; each signature
/// adds some kilobytes.
pub const MAX_FILE: usize = 64 << 20;

/// Object numbers that must be free when a file is attached; each signature takes about five.
const FREE_NUMBERS: usize = 10_000;

/// The displayed size of a page: `CropBox` within `MediaBox`, after `/Rotate`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PageSize {
    /// Width in points.
    pub width: f64,
    /// Height in points.
    pub height: f64,
}

impl PageSize {
    /// Whether a signature appearance with its top left corner at `x`, `y` (points from the top left
    /// of the displayed page) is completely visible.
    #[must_use]
    pub fn fits_signature(&self, x: f64, y: f64) -> bool {
        release::fits_page(x, y, (self.width, self.height))
    }
}

/// Result of [`inspect_for_signing`].
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct SigningInspection {
    /// Every page, in order. Never empty.
    pub pages: Vec<PageSize>,
    /// Number of signatures in the document.
    pub signatures: usize,
    /// Number of bytes before the PDF header that are not part of the document. Signing removes them.
    pub junk: usize,
}

impl SigningInspection {
    /// Size of the page with that number in the contract: from 0, or negative from the end (-1 is
    /// the last page).
    #[must_use]
    pub fn page(&self, number: i64) -> Option<PageSize> {
        let index = page_index(number, self.pages.len())?;
        self.pages.get(index).copied()
    }
}

/// Reads a file that is to be signed.
///
/// # Errors
///
/// [`PdfError`] for a file that must not be attached (contract operation
/// `attach`: the document must be a readable, unprotected PDF).
pub fn inspect_for_signing(bytes: &[u8]) -> Result<SigningInspection, PdfError> {
    let document = open(bytes)?;
    let file = PdfFile::open(document)?;
    let SignatureTargets { pages, signatures, survey, .. } = signature_targets(&file)?;
    check_free_object_numbers(&file, &survey)?;
    let sizes = pages.iter().map(|page| {
        let (width, height) = page.view.size();
        PageSize { width, height }
    });
    Ok(SigningInspection { pages: sizes.collect(), signatures, junk: bytes.len() - document.len() })
}

/// The part of `bytes` that is the PDF.
///
/// # Errors
///
/// [`PdfError::TooLarge`] or [`PdfError::NotAPdf`].
pub fn open(bytes: &[u8]) -> Result<&[u8], PdfError> {
    if bytes.len() > MAX_FILE {
        return Err(PdfError::TooLarge);
    }
    file::skip_prefix(bytes)
}

/// The objects that a signature changes: the catalog, the form and a page.
#[derive(Clone, Debug)]
pub struct SignatureTargets {
    /// Id of the catalog.
    pub catalog_id: ObjectId,
    /// The catalog.
    pub catalog: PdfDict,
    /// Every page, in order. Never empty.
    pub pages: Vec<PdfPage>,
    /// Number of signatures in the document.
    pub signatures: usize,
    /// References between all objects.
    pub survey: ObjectSurvey,
}

/// Rejects a file with few free object numbers, which not all signers could sign.
pub(crate) fn check_free_object_numbers(
    file: &PdfFile<'_>,
    survey: &ObjectSurvey,
) -> Result<(), PdfError> {
    let next = file.xref.next_number().unwrap_or(MAX_OBJECT);
    // Missing objects are null and must stay so: their numbers are not free.
    let mut taken: Vec<u32> =
        survey.missing.range((next, 0)..(MAX_OBJECT, 0)).map(|(number, _)| *number).collect();
    taken.dedup();
    let free = (next..MAX_OBJECT).len() - taken.len();
    if free < FREE_NUMBERS {
        return Err(PdfError::damaged("no free object numbers for signatures"));
    }
    Ok(())
}

/// Reads the objects that a signature changes.
///
/// # Errors
///
/// [`PdfError`]: the file is encrypted, certified, locked, or damaged. An object that is two of
/// catalog, form and page counts as damage, and so does an object of the page tree or the form that
/// programs interpret differently: a change to it could not be distinguished from forgery.
pub fn signature_targets(file: &PdfFile<'_>) -> Result<SignatureTargets, PdfError> {
    if file.is_encrypted() {
        return Err(PdfError::Encrypted);
    }
    if file.xref.next_number().is_none() {
        return Err(PdfError::damaged("missing or invalid `/Size` in the trailer"));
    }
    let (catalog_id, catalog) = file.catalog()?;
    let signed = fields::signed_fields(file, &catalog);
    if let Some(permitted) = fields::certification(file, &catalog, &signed) {
        return Err(PdfError::Certified(permitted));
    }
    if fields::is_locked(file, &signed) {
        return Err(PdfError::Locked);
    }
    let pages = pages::pages(file)?;
    let form = catalog.get("AcroForm").map(|form| file.resolve_with_id(form));
    let form_id = match form {
        Some((_, form)) if matches!(*form, PdfObject::Stream(_)) => {
            return Err(PdfError::damaged("`/AcroForm` is a stream"));
        }
        // A value that is not a dictionary is ignored, and replaced by a new form.
        Some((id, form)) => id.filter(|_| form.as_dict().is_some()),
        None => None,
    };
    let is_page = |id: ObjectId| pages.iter().any(|page| page.id == id);
    if form_id == Some(catalog_id) || is_page(catalog_id) || form_id.is_some_and(is_page) {
        return Err(PdfError::damaged("one object is used as two of catalog, form and page"));
    }
    for page in &pages {
        let _ = page.dict.as_dict().map(|dict| file.get_resolved(dict, "Annots"));
    }
    // All objects that a signature needs were read, and no others.
    if let Some((id, what)) = file.malformed() {
        let page = pages.iter().position(|page| page.id == id);
        let name = match page {
            _ if id == catalog_id => "the document catalog".to_owned(),
            _ if form_id == Some(id) => "the form".to_owned(),
            Some(index) => format!("the page with pageNumber {index}"),
            None => "the page tree or the form".to_owned(),
        };
        return Err(PdfError::damaged(format!("{what} in object {} ({name})", id.0)));
    }
    file.ensure_not_exhausted()?;
    let survey = file.scan_objects()?;
    Ok(SignatureTargets { catalog_id, catalog, pages, signatures: signed.len(), survey })
}
