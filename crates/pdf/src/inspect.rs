//! What must be known of a PDF when it is attached.

use swisscom_sign::preflight::release;
pub use swisscom_sign::preflight::release::page_index;

use super::pages::{self, PdfPage};
use super::read::xref::MAX_OBJECT;
use super::read::{ObjectId, ObjectSurvey, PdfDict, PdfFile, PdfObject, file};
use super::{PdfError, fields};

/// Size of the visible signature, in points. The service documents none; this
/// is what the sandbox draws.
pub const STICKER: (f64, f64) = release::SIGNATURE_SIZE;

/// Largest file that is read, in bytes. The contract allows 40 MiB for an
/// attachment; each signature adds some kilobytes.
pub const MAX_FILE: usize = 64 << 20;

/// Object numbers that must be free in a file that is attached; each signature takes about five.
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
    /// Whether a sticker with its top left corner at `x`, `y` (points from the
    /// top left of the displayed page) is visible as a whole.
    #[must_use]
    pub fn shows_sticker(&self, x: f64, y: f64) -> bool {
        release::fits_page(x, y, (self.width, self.height))
    }
}

/// What [`inspect`] finds.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct SigningInspection {
    /// Every page, in order. Never empty.
    pub pages: Vec<PageSize>,
    /// Number of signatures that the document has already.
    pub signatures: usize,
    /// Number of bytes before the PDF header that are not part of the document;
    /// whoever signs it leaves them out.
    pub junk: usize,
}

impl SigningInspection {
    /// The size of the page that the contract calls `number`: counted from 0,
    /// and negative from the end, -1 being the last one.
    #[must_use]
    pub fn page(&self, number: i64) -> Option<PageSize> {
        let index = page_index(number, self.pages.len())?;
        self.pages.get(index).copied()
    }
}

/// Reads `bytes` and tells whether and how it can be signed.
///
/// # Errors
///
/// [`Refusal`] for a file that must not be attached (contract operation
/// `attach`: the document must be a readable, unprotected PDF).
pub fn inspect(bytes: &[u8]) -> Result<SigningInspection, PdfError> {
    let document = open(bytes)?;
    let file = PdfFile::open(document)?;
    let SignatureTargets { catalog, pages, whole, .. } = signable(&file)?;
    has_room(&file, &whole)?;
    let sizes = pages.iter().map(|page| {
        let (width, height) = page.view.size();
        PageSize { width, height }
    });
    let signatures = fields::signed(&file, &catalog).len();
    file.not_exhausted()?;
    Ok(SigningInspection { pages: sizes.collect(), signatures, junk: bytes.len() - document.len() })
}

/// The part of `bytes` that is the PDF, if they are not too many.
pub fn open(bytes: &[u8]) -> Result<&[u8], PdfError> {
    if bytes.len() > MAX_FILE {
        return Err(PdfError::TooLarge);
    }
    file::trim(bytes)
}

/// What a signature changes in a document: the catalog, the form below it, and a page.
#[derive(Clone, Debug)]
pub struct SignatureTargets {
    /// The number of the catalog.
    pub catalog_id: ObjectId,
    /// The catalog.
    pub catalog: PdfDict,
    /// Every page, in order. Never empty.
    pub pages: Vec<PdfPage>,
    /// What all objects tell.
    pub whole: ObjectSurvey,
}

/// Refuses a file in which few numbers are free: it could not be signed by everybody.
pub(crate) fn has_room(file: &PdfFile<'_>, whole: &ObjectSurvey) -> Result<(), PdfError> {
    let next = file.xref.next_number().unwrap_or(MAX_OBJECT);
    // What stands for null is never given away.
    let mut taken: Vec<u32> =
        whole.missing.range((next, 0)..(MAX_OBJECT, 0)).map(|(number, _)| *number).collect();
    taken.dedup();
    let free = (next..MAX_OBJECT).len() - taken.len();
    if free < FREE_NUMBERS {
        return Err(PdfError::Damaged("it leaves no numbers for the objects of signatures"));
    }
    Ok(())
}

/// Reads what a signature will change, and refuses what cannot be signed, or not without breaking
/// it.
///
/// # Errors
///
/// [`Refusal`]: the file is encrypted, certified, locked, or damaged. An object that is catalog, form and
/// page, or two of them, counts as damage: no change to it could be told from forgery.
pub fn signable(file: &PdfFile<'_>) -> Result<SignatureTargets, PdfError> {
    if file.is_encrypted() {
        return Err(PdfError::Encrypted);
    }
    if file.xref.next_number().is_none() {
        return Err(PdfError::Damaged("its trailer does not tell how many objects it has"));
    }
    let (catalog_id, catalog) = file.catalog()?;
    if fields::is_certified(file, &catalog) {
        return Err(PdfError::Certified);
    }
    if fields::is_locked(file, &catalog) {
        return Err(PdfError::Locked);
    }
    let pages = pages::pages(file)?;
    let form = catalog.get("AcroForm").map(|form| file.locate(form));
    let form_id = match form {
        Some((_, form)) if matches!(*form, PdfObject::Stream(_)) => {
            return Err(PdfError::Damaged("its form is a stream"));
        }
        // What is no form is left alone: another one takes its place.
        Some((id, form)) => id.filter(|_| form.dict().is_some()),
        None => None,
    };
    let is_page = |id: ObjectId| pages.iter().any(|page| page.id == id);
    if form_id == Some(catalog_id) || is_page(catalog_id) || form_id.is_some_and(is_page) {
        return Err(PdfError::Damaged("one object is its catalog, its form or its page at once"));
    }
    Ok(SignatureTargets { catalog_id, catalog, pages, whole: file.whole()? })
}
