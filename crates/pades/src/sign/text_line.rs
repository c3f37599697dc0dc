//! One line of text as filled outlines of the bundled font. A PDF reader needs no font for it, so
//! the text looks the same everywhere and PDF/A files stay PDF/A.

use std::fmt::Write as _;
use std::sync::LazyLock;

use ttf_parser::{Face, GlyphId, OutlineBuilder};
use unicode_normalization::char::is_combining_mark;

const ELLIPSIS: &str = "…";
/// Space between a letter and its combining mark, and between two marks, in ems.
const MARK_GAP: f32 = 0.05;

static FONT: LazyLock<Option<Face<'static>>> =
    LazyLock::new(|| Face::parse(include_bytes!("font/DejaVuSans-subset.ttf"), 0).ok());

/// Text that was laid out; all lengths are in ems.
#[derive(Default)]
pub(super) struct TextLine {
    glyphs: Vec<PlacedGlyph>,
    width: f32,
    /// How far the ink reaches below and above the baseline.
    reach: (f32, f32),
}

struct PlacedGlyph {
    id: GlyphId,
    x: f32,
    y: f32,
}

/// Ink of a letter with its combining marks.
#[derive(Clone, Copy, Default)]
struct Ink {
    centre: f32,
    bottom: f32,
    top: f32,
}

impl Ink {
    fn of(font: &Face<'_>, id: GlyphId) -> Self {
        let em = f32::from(font.units_per_em());
        font.glyph_bounding_box(id).map_or_else(Self::default, |ink| Self {
            centre: (f32::from(ink.x_min) + f32::from(ink.x_max)) / 2.0 / em,
            bottom: f32::from(ink.y_min) / em,
            top: f32::from(ink.y_max) / em,
        })
    }
}

/// Whether the bundled font has a glyph for `char`.
pub(super) fn can_draw(char: char) -> bool {
    FONT.as_ref().is_some_and(|font| font.glyph_index(char).is_some())
}

impl TextLine {
    /// Characters that the font does not have are left out.
    pub(super) fn new(text: &str) -> Self {
        let mut line = Self::default();
        let Some(font) = FONT.as_ref() else { return line };
        let mut letter = Ink::default();
        for char in text.chars() {
            let Some(id) = font.glyph_index(char) else { continue };
            let mut ink = Ink::of(font, id);
            let (mut x, mut y) = (line.width, 0.0);
            if is_combining_mark(char) {
                x = letter.centre - ink.centre;
                if ink.bottom > 0.2 {
                    y = (letter.top + MARK_GAP - ink.bottom).max(0.0);
                } else if ink.top < MARK_GAP {
                    y = (letter.bottom - MARK_GAP - ink.top).min(0.0);
                }
                letter.bottom = letter.bottom.min(ink.bottom + y);
                letter.top = letter.top.max(ink.top + y);
            } else {
                let advance = font.glyph_hor_advance(id).unwrap_or_default();
                line.width += f32::from(advance) / f32::from(font.units_per_em());
                ink.centre += x;
                letter = ink;
            }
            line.reach = (line.reach.0.min(letter.bottom), line.reach.1.max(letter.top));
            line.glyphs.push(PlacedGlyph { id, x, y });
        }
        line
    }

    /// As many `pieces` as fit into `ems`, followed by an ellipsis if they are not all; empty if not
    /// even the ellipsis fits.
    pub(super) fn within(pieces: &[String], ems: f32) -> Self {
        let whole = Self::new(&pieces.concat());
        if whole.width <= ems {
            return whole;
        }
        let mut room = ems - Self::new(ELLIPSIS).width;
        if room < 0.0 {
            return Self::default();
        }
        let fitting = pieces.iter().take_while(|piece| {
            room -= Self::new(piece).width;
            room >= 0.0
        });
        let kept: String = fitting.map(String::as_str).collect();
        Self::new(&format!("{}{ELLIPSIS}", kept.trim_end()))
    }

    /// Width in ems.
    pub(super) fn width(&self) -> f32 {
        self.width
    }

    /// How far the ink reaches below and above the baseline, in ems.
    pub(super) fn reach(&self) -> (f32, f32) {
        self.reach
    }

    /// Operators that fill the text with its baseline beginning at `x`, `y`.
    pub(super) fn draw(&self, x: f32, y: f32, size: f32) -> String {
        let mut writer = OutlineWriter::default();
        let Some(font) = FONT.as_ref() else { return writer.out };
        writer.scale = size / f32::from(font.units_per_em());
        for glyph in &self.glyphs {
            writer.origin = (x + glyph.x * size, y + glyph.y * size);
            // `None` for a glyph without ink, such as the space.
            let _ = font.outline_glyph(glyph.id, &mut writer);
        }
        if !writer.out.is_empty() {
            writer.out.push_str("f\n");
        }
        writer.out
    }
}

/// Writes path operators. Writing to its `String` cannot fail.
#[derive(Default)]
struct OutlineWriter {
    out: String,
    origin: (f32, f32),
    scale: f32,
    last: (f32, f32),
}

impl OutlineWriter {
    fn point(&self, x: f32, y: f32) -> (f32, f32) {
        (self.origin.0 + x * self.scale, self.origin.1 + y * self.scale)
    }
}

impl OutlineBuilder for OutlineWriter {
    fn move_to(&mut self, x: f32, y: f32) {
        self.last = (x, y);
        let (x, y) = self.point(x, y);
        let _ = writeln!(self.out, "{x:.2} {y:.2} m");
    }

    fn line_to(&mut self, x: f32, y: f32) {
        self.last = (x, y);
        let (x, y) = self.point(x, y);
        let _ = writeln!(self.out, "{x:.2} {y:.2} l");
    }

    fn quad_to(&mut self, x1: f32, y1: f32, x: f32, y: f32) {
        // PDF has only cubic curves.
        let third = |from: f32, to: f32| from + (to - from) * 2.0 / 3.0;
        let (x0, y0) = self.last;
        self.curve_to(third(x0, x1), third(y0, y1), third(x, x1), third(y, y1), x, y);
    }

    fn curve_to(&mut self, x1: f32, y1: f32, x2: f32, y2: f32, x: f32, y: f32) {
        self.last = (x, y);
        let (first, second, end) = (self.point(x1, y1), self.point(x2, y2), self.point(x, y));
        let _ = writeln!(
            self.out,
            "{:.2} {:.2} {:.2} {:.2} {:.2} {:.2} c",
            first.0, first.1, second.0, second.1, end.0, end.1
        );
    }

    fn close(&mut self) {
        self.out.push_str("h\n");
    }
}

#[cfg(test)]
mod tests;
