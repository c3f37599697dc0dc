//! Finds the signature tags of a document: text such as `\s1\`, "for the first signer" (contract, TAG
//! positions).
//!
//! - [`content`]: interprets content streams and reports every character
//! - [`font`]: bytes of a string to characters and widths
//! - [`cmap`]: character maps
//! - [`standard`]: encodings and widths that files may omit
//! - [`matcher`]: characters to tags

mod cmap;
mod content;
mod font;
mod matcher;
mod standard;

use std::collections::BTreeMap;

use super::read::PdfFile;
use super::{PdfError, inspect, pages};

/// Position of a tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TagPosition {
    /// The page, counted from 0.
    pub page: u32,
    /// Left edge of the first character, in points from the left of the displayed page, rounded.
    pub x: i32,
    /// Top of the text (its baseline plus the ascent of the font), in points
    /// from the top of the displayed page, rounded.
    pub y: i32,
}

/// The first occurrence of each tag, by the number in the tag.
///
/// # Errors
///
/// [`PdfError`] if the file cannot be read.
pub fn find_tags(bytes: &[u8]) -> Result<BTreeMap<u32, TagPosition>, PdfError> {
    let document = inspect::open(bytes)?;
    let file = PdfFile::open(document)?;
    if file.is_encrypted() {
        return Err(PdfError::Encrypted);
    }
    find_tags_on_pages(&file, &pages::pages(&file)?)
}

/// The first occurrence of each tag of a file that is not encrypted.
pub(crate) fn find_tags_on_pages(
    file: &PdfFile<'_>,
    pages: &[pages::PdfPage],
) -> Result<BTreeMap<u32, TagPosition>, PdfError> {
    let mut found = BTreeMap::new();
    let mut fonts = content::FontCache::default();
    for (index, page) in pages.iter().enumerate() {
        let number = u32::try_from(index).unwrap_or(u32::MAX);
        let mut matcher = matcher::TagMatcher::new(page.view.size());
        content::interpret_page(file, page, &mut fonts, &mut matcher);
        for (tag, (x, y)) in matcher.finish(file) {
            // The matcher drops tags outside of the page, so this does not saturate.
            let (x, y) = (x.round() as i32, y.round() as i32);
            found.entry(tag).or_insert(TagPosition { page: number, x, y });
        }
    }
    file.ensure_not_exhausted()?;
    Ok(found)
}

/// The first occurrence of `\sN\` with the number `n`. `None` if the tag is missing or the file cannot
/// be read.
#[must_use]
pub fn find_tag(bytes: &[u8], n: u32) -> Option<TagPosition> {
    find_tags(bytes).ok()?.remove(&n)
}
