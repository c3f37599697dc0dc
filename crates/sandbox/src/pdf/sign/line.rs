//! A line of text as glyphs in their places: which font draws a character, in which order the
//! directions of writing put it, and what shape its neighbours give it.
//!
//! The rules are those of HarfBuzz (crate `harfrust`) and of UAX #9 (crate `unicode-bidi`).

use std::collections::BTreeMap;

use harfrust::{
    Buffer, BufferFlags, ClusterLevel, Direction, Font, GlyphId, Script, ShapeOptions, ShaperFont,
};
use unicode_bidi::BidiInfo;
use unicode_normalization::UnicodeNormalization as _;
use unicode_segmentation::UnicodeSegmentation as _;

use super::fonts::{FontId, HAN, LATIN};

/// Advance of a character that no font has, in ems.
pub(super) const MISSING: f32 = 0.82;
/// What follows a text that was cut.
const ELLIPSIS: char = '…';

/// Text that was laid out.
pub(super) struct TextLine {
    /// The text: composed, without control characters.
    text: String,
    /// From left to right.
    pub(super) glyphs: Vec<PlacedGlyph>,
}

/// Something drawn and how far it moves the pen; lengths in ems.
pub(super) struct PlacedGlyph {
    pub(super) kind: GlyphSource,
    pub(super) advance: f32,
    /// From the pen to the glyph's origin.
    pub(super) offset: (f32, f32),
    /// Where in the text the characters begin that it draws.
    start: usize,
}

/// What is drawn.
pub(super) enum GlyphSource {
    Outline(&'static Font, GlyphId),
    /// A character that no font has.
    Missing(char),
}

/// A character and what draws it.
#[derive(Clone, Copy)]
struct CharFont {
    start: usize,
    char: char,
    by: Option<GlyphRun>,
}

#[derive(Clone, Copy, PartialEq)]
struct GlyphRun {
    font: FontId,
    script: Script,
}

impl TextLine {
    pub(super) fn new(text: &str) -> Self {
        let text: String = text
            .nfc()
            .map(|char| if char.is_whitespace() { ' ' } else { char })
            .filter(|char| !char.is_control() && !turns(*char))
            .collect();
        let assigned = assign(&text);
        let bidi = BidiInfo::new(&text, None);
        let mut glyphs = Vec::with_capacity(assigned.len());
        // Without control characters there is no second paragraph.
        if let Some(paragraph) = bidi.paragraphs.first() {
            let (levels, runs) = bidi.visual_runs(paragraph, paragraph.range.clone());
            for run in runs {
                let backward = levels.get(run.start).is_some_and(|level| level.is_rtl());
                let first = assigned.partition_point(|one| one.start < run.start);
                let last = assigned.partition_point(|one| one.start < run.end);
                let run = assigned.get(first..last).unwrap_or_default();
                let parts = run.chunk_by(|one, next| one.by == next.by);
                if backward {
                    let parts: Vec<_> = parts.collect();
                    parts.into_iter().rev().for_each(|part| shape(part, true, &mut glyphs));
                } else {
                    parts.for_each(|part| shape(part, false, &mut glyphs));
                }
            }
        }
        Self { text, glyphs }
    }

    /// `text`, its end replaced by an ellipsis where it is wider than `ems`; empty where not even
    /// that fits. Characters that are written as one stay together.
    pub(super) fn within(text: &str, ems: f32) -> Self {
        let whole = Self::new(text);
        if whole.width() <= ems {
            return whole;
        }
        let mut advances: BTreeMap<usize, f32> = BTreeMap::new();
        for glyph in &whole.glyphs {
            *advances.entry(glyph.start).or_default() += glyph.advance;
        }
        // A text that was cut may be shaped otherwise: its sum is where to begin trying.
        let mut sum = 0.0;
        let cuts: Vec<usize> = advances
            .iter()
            .take_while(|(_, advance)| {
                let fits = sum <= ems;
                sum += **advance;
                fits
            })
            .map(|(start, _)| *start)
            .collect();
        let graphemes: Vec<usize> =
            whole.text.grapheme_indices(true).map(|(start, _)| start).collect();
        cuts.iter()
            .rev()
            .filter(|cut| graphemes.binary_search(cut).is_ok())
            .filter_map(|cut| whole.text.get(..*cut))
            .map(|kept| {
                let mut short = kept.trim_end().to_owned();
                short.push(ELLIPSIS);
                Self::new(&short)
            })
            .find(|line| line.width() <= ems)
            .unwrap_or(Self { text: String::new(), glyphs: Vec::new() })
    }

    /// Width in ems.
    pub(super) fn width(&self) -> f32 {
        self.glyphs.iter().map(|glyph| glyph.advance).sum()
    }
}

/// Characters that turn the text around them, and with it what is said of whom: names need none.
fn turns(char: char) -> bool {
    matches!(char, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

/// Finds what draws each character.
fn assign(text: &str) -> Vec<CharFont> {
    let mut current = None;
    let mut assigned: Vec<CharFont> = Vec::with_capacity(text.len());
    for (start, char) in text.char_indices() {
        let script = harfrust::unicode::script(char.into());
        let by = if is_shared(script) || is_invisible(char) {
            shared(char, current, || text.get(start..).and_then(next_painter))
        } else {
            painter(script).filter(|by| has(by.font, char)).or_else(|| latin(char))
        };
        current = by.or(current);
        assigned.push(CharFont { start, char, by });
    }
    assigned
}

/// What draws a character of no script of its own, or of several.
fn shared(
    char: char,
    current: Option<GlyphRun>,
    next: impl FnOnce() -> Option<GlyphRun>,
) -> Option<GlyphRun> {
    if is_invisible(char) {
        // Drawn by nothing, but seen by what is beside it.
        return current.or_else(next);
    }
    current
        .filter(|by| has(by.font, char))
        .or_else(|| latin(char))
        .or_else(|| next().filter(|by| has(by.font, char)))
        .or_else(|| {
            let by = GlyphRun { font: HAN, script: Script::HAN };
            is_east_asian(char).then_some(by).filter(|by| has(by.font, char))
        })
}

fn latin(char: char) -> Option<GlyphRun> {
    has(LATIN, char).then_some(GlyphRun { font: LATIN, script: Script::LATIN })
}

fn painter(script: Script) -> Option<GlyphRun> {
    FontId::of(script.tag().to_be_bytes()).map(|font| GlyphRun { font, script })
}

fn next_painter(text: &str) -> Option<GlyphRun> {
    let mut scripts = text.chars().map(|char| harfrust::unicode::script(char.into()));
    painter(scripts.find(|script| !is_shared(*script))?)
}

fn has(font: FontId, char: char) -> bool {
    font.load().is_some_and(|font| font.charmap().map_unicode(char).is_some())
}

fn is_shared(script: Script) -> bool {
    [Script::COMMON, Script::INHERITED].contains(&script)
}

/// Characters that only steer layout: Unicode's `Default_Ignorable_Code_Point`.
fn is_invisible(char: char) -> bool {
    matches!(char, '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}'
        | '\u{17B5}' | '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200F}'
        | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{3164}'
        | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFA0}' | '\u{FFF0}'..='\u{FFF8}'
        | '\u{1BCA0}'..='\u{1BCA3}' | '\u{1D173}'..='\u{1D17A}' | '\u{E0000}'..='\u{E0FFF}')
}

/// Punctuation and symbols for which the font of ideographs is worth unpacking.
fn is_east_asian(char: char) -> bool {
    matches!(char, '\u{2460}'..='\u{24FF}' | '\u{2E80}'..='\u{33FF}' | '\u{FE30}'..='\u{FE4F}'
        | '\u{FF00}'..='\u{FFEF}')
}

/// Appends the glyphs of characters that one font draws, from left to right.
fn shape(part: &[CharFont], backward: bool, glyphs: &mut Vec<PlacedGlyph>) {
    if let Some(by) = part.first().and_then(|first| first.by)
        && let Some(font) = by.font.load()
        && shape_by(font, by.script, part, backward, glyphs).is_some()
    {
        return;
    }
    let boxes = part.iter().filter(|one| !is_invisible(one.char)).map(|one| PlacedGlyph {
        kind: GlyphSource::Missing(one.char),
        advance: MISSING,
        offset: (0.0, 0.0),
        start: one.start,
    });
    if backward { glyphs.extend(boxes.rev()) } else { glyphs.extend(boxes) }
}

fn shape_by(
    font: &'static Font,
    script: Script,
    part: &[CharFont],
    backward: bool,
    glyphs: &mut Vec<PlacedGlyph>,
) -> Option<()> {
    let mut buffer = Buffer::new();
    for (index, one) in part.iter().enumerate() {
        buffer.push(one.char.into(), u32::try_from(index).ok()?);
    }
    buffer.set_script(Some(script));
    buffer.set_direction(if backward { Direction::RightToLeft } else { Direction::LeftToRight });
    buffer.set_cluster_level(ClusterLevel::MonotoneCharacters);
    buffer.set_flags(BufferFlags::REMOVE_DEFAULT_IGNORABLES);
    harfrust::shape(&ShaperFont::new(font), &mut buffer, ShapeOptions::new()).ok()?;
    let em = f32::from(font.units_per_em().max(1));
    for (info, place) in buffer.glyph_infos().iter().zip(buffer.glyph_positions()) {
        let one = part.get(usize::try_from(info.cluster).ok()?)?;
        let (kind, advance) = match info.glyph_id {
            0 if is_invisible(one.char) => continue,
            0 => (GlyphSource::Missing(one.char), MISSING),
            id => (GlyphSource::Outline(font, GlyphId::new(id)), place.x_advance as f32 / em),
        };
        let offset = (place.x_offset as f32 / em, place.y_offset as f32 / em);
        glyphs.push(PlacedGlyph { kind, advance, offset, start: one.start });
    }
    Some(())
}

#[cfg(test)]
mod tests;
