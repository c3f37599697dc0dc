//! What must be known of a PDF when it is attached.

use super::read::{File, file};
use super::{Refusal, fields, pages};

/// Size of the visible signature, in points. The service documents none; this
/// is what the sandbox draws.
pub const STICKER: (f64, f64) = swisscom_sign::preflight::release::SIGNATURE_SIZE;

/// Largest file that is read, in bytes. The contract allows 40 MiB for an
/// attachment; each signature adds some kilobytes.
pub const MAX_FILE: usize = 64 << 20;

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
        let (width, height) = STICKER;
        x >= 0.0 && y >= 0.0 && x + width <= self.width && y + height <= self.height
    }
}

/// What [`inspect`] finds.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Inspection {
    /// Every page, in order. Never empty.
    pub pages: Vec<PageSize>,
    /// Number of signatures that the document has already.
    pub signatures: usize,
    /// Number of bytes before the PDF header that are not part of the document;
    /// whoever signs it leaves them out.
    pub junk: usize,
}

impl Inspection {
    /// The size of the page that the contract calls `number`: counted from 0,
    /// and negative from the end, -1 being the last one.
    #[must_use]
    pub fn page(&self, number: i64) -> Option<PageSize> {
        let index = page_index(number, self.pages.len())?;
        self.pages.get(index).copied()
    }
}

/// Index of the page that the contract calls `number`.
pub fn page_index(number: i64, count: usize) -> Option<usize> {
    let index = if number < 0 { i64::try_from(count).ok()? + number } else { number };
    usize::try_from(index).ok().filter(|&index| index < count)
}

/// Reads `bytes` and tells whether and how it can be signed.
///
/// # Errors
///
/// [`Refusal`] for a file that must not be attached (contract operation
/// `attach`: the document must be a readable, unprotected PDF).
pub fn inspect(bytes: &[u8]) -> Result<Inspection, Refusal> {
    let document = open(bytes)?;
    let file = File::open(document)?;
    require_signable(&file)?;
    let (_, catalog) = file.catalog()?;
    let pages = pages::pages(&file)?;
    let sizes = pages.iter().map(|page| {
        let (width, height) = page.view.size();
        PageSize { width, height }
    });
    Ok(Inspection {
        pages: sizes.collect(),
        signatures: fields::signed(&file, &catalog).len(),
        junk: bytes.len() - document.len(),
    })
}

/// The part of `bytes` that is the PDF, if they are not too many.
pub fn open(bytes: &[u8]) -> Result<&[u8], Refusal> {
    if bytes.len() > MAX_FILE {
        return Err(Refusal::TooLarge);
    }
    file::trim(bytes)
}

/// Refuses what cannot be signed, or not without breaking it.
pub fn require_signable(file: &File<'_>) -> Result<(), Refusal> {
    if file.xref.trailer.get("Encrypt").is_some() {
        return Err(Refusal::Encrypted);
    }
    if file.xref.next_number().is_none() {
        return Err(Refusal::Damaged("its trailer does not tell how many objects it has"));
    }
    let (_, catalog) = file.catalog()?;
    if fields::is_certified(file, &catalog) {
        return Err(Refusal::Certified);
    }
    Ok(())
}
