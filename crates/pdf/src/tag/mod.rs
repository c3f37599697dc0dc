//! Where the signature tags of a document stand: text like `\s1\`, "for the
//! first signer" (contract, TAG positions).
//!
//! - [`content`]: runs content streams and gives every character it draws
//! - [`font`]: from the bytes of a string to characters and widths
//! - [`cmap`]: character maps
//! - [`standard`]: encodings and widths that files may leave out
//! - [`matcher`]: characters to tags

mod cmap;
mod content;
mod font;
mod matcher;
mod standard;

use std::collections::BTreeMap;

use super::read::PdfFile;
use super::{PdfError, inspect, pages};

/// Where a tag stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TagPosition {
    /// The page, counted from 0.
    pub page: u32,
    /// Left edge of the first character, in points from the left of the
    /// displayed page, rounded.
    pub x: i32,
    /// Top of the text (its baseline plus the ascent of the font), in points
    /// from the top of the displayed page, rounded.
    pub y: i32,
}

/// The first occurrence of each tag of `bytes`, by the number in the tag.
///
/// # Errors
///
/// [`Refusal`] if the file cannot be read.
pub fn find_tags(bytes: &[u8]) -> Result<BTreeMap<u32, TagPosition>, PdfError> {
    let document = inspect::open(bytes)?;
    let file = PdfFile::open(document)?;
    if file.is_encrypted() {
        return Err(PdfError::Encrypted);
    }
    of_pages(&file, &pages::pages(&file)?)
}

/// The first occurrence of each tag of a file that is not encrypted.
pub(crate) fn of_pages(
    file: &PdfFile<'_>,
    pages: &[pages::PdfPage],
) -> Result<BTreeMap<u32, TagPosition>, PdfError> {
    let mut found = BTreeMap::new();
    let mut fonts = content::FontCache::default();
    for (index, page) in pages.iter().enumerate() {
        let number = u32::try_from(index).unwrap_or(u32::MAX);
        let mut matcher = matcher::TagMatcher::new(page.view.size());
        content::run(file, page, &mut fonts, &mut matcher);
        for (tag, (x, y)) in matcher.finish(file) {
            // Tags far outside of any page do not get here, so this cannot clamp.
            let (x, y) = (x.round() as i32, y.round() as i32);
            found.entry(tag).or_insert(TagPosition { page: number, x, y });
        }
    }
    file.not_exhausted()?;
    Ok(found)
}

/// The first occurrence of `\sN\` with exactly the number `n`. `None` if there
/// is none, or if the file cannot be read.
#[must_use]
pub fn find_tag(bytes: &[u8], n: u32) -> Option<TagPosition> {
    find_tags(bytes).ok()?.remove(&n)
}
