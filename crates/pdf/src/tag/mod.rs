//! Finds the signature tags of a document: text such as `\s1\`, "for the first signer" (contract, TAG
//! positions).
//!
//! - [`content`]: interprets content streams and reports every character
//! - [`font`]: bytes of a string to characters and widths
//! - [`cmap`]: character maps
//! - [`standard`]: encodings and widths that files may omit
//! - [`layers`]: layers that are not visible
//! - [`marked`]: marked content: hidden, or replaced by another text
//! - [`matcher`]: characters to tags

mod cmap;
mod content;
mod font;
mod layers;
mod marked;
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

/// Result of [`find_tags`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct TagSearch {
    /// The first occurrence of each tag, by the number in the tag; in a layer that is not visible only if
    /// there is no other one.
    pub tags: BTreeMap<u32, TagPosition>,
    /// The first page, counted from 0, whose text could not be read completely: it exceeds the work
    /// limit, or a stream cannot be decoded. Further tags may exist on this page and those after it.
    pub unsearched_page: Option<u32>,
}

/// Searches the text of all pages for signature tags.
///
/// # Errors
///
/// [`PdfError`] if the pages of the file cannot be read.
pub fn find_tags(bytes: &[u8]) -> Result<TagSearch, PdfError> {
    let document = inspect::open(bytes)?;
    let pages = {
        let file = PdfFile::open(document)?;
        if file.is_encrypted() {
            return Err(PdfError::Encrypted);
        }
        pages::pages(&file)?
    };
    find_tags_on_pages(document, &pages)
}

/// Like [`find_tags`], for a file that is not encrypted and has these pages.
pub(crate) fn find_tags_on_pages(
    document: &[u8],
    pages: &[pages::PdfPage],
) -> Result<TagSearch, PdfError> {
    // With a work limit of its own.
    let file = PdfFile::open(document)?;
    let mut search = TagSearch::default();
    let mut hidden = BTreeMap::new();
    let mut fonts = content::FontCache::default();
    let layers = layers::Layers::load(&file);
    for (number, page) in (0..).zip(pages) {
        let mut matcher = matcher::TagMatcher::new(page.view.size());
        content::interpret_page(&file, page, &mut fonts, &layers, &mut matcher);
        for (tag, found) in matcher.finish(&file) {
            // The matcher drops tags outside of the page, so this does not saturate.
            let (x, y) = (found.corner.0.round() as i32, found.corner.1.round() as i32);
            let tags = if found.hidden { &mut hidden } else { &mut search.tags };
            tags.entry(tag).or_insert(TagPosition { page: number, x, y });
        }
        if !file.is_read_completely() && search.unsearched_page.is_none() {
            search.unsearched_page = Some(number);
        }
        if file.is_exhausted() {
            break;
        }
    }
    for (tag, position) in hidden {
        search.tags.entry(tag).or_insert(position);
    }
    Ok(search)
}

/// The first occurrence of `\sN\` with the number `n`. `None` if it was not found.
#[must_use]
pub fn find_tag(bytes: &[u8], n: u32) -> Option<TagPosition> {
    find_tags(bytes).ok()?.tags.remove(&n)
}
