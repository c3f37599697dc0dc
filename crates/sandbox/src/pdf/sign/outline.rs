//! Lines of text as filled outlines. No viewer needs a font for them, so a name looks the same
//! everywhere and PDF/A files stay PDF/A.
//!
//! A character that no bundled font has is drawn as a box with its code point, which is legible
//! if not pretty: historic scripts, emoji, and ideographs outside the common sets.

use std::fmt::Write as _;

use harfrust::font::glyph::outline::{DrawMemory, DrawOptions, PathSink};
use harfrust::{Font, GlyphId, ShaperFont};

use super::line::{GlyphSource, MISSING, TextLine};

/// Width and height of the box for a missing character, in ems.
const BOX: (f32, f32) = (MISSING - 0.1, 0.86);
/// How far the box reaches below the baseline, in ems.
const BOX_DEPTH: f32 = 0.12;

impl TextLine {
    /// Operators that fill the text with its baseline beginning at `x`, `y`.
    pub(super) fn draw(&self, x: f32, y: f32, size: f32) -> String {
        let mut pen = OutlineWriter { out: String::new(), x, y, scale: 0.0, last: (0.0, 0.0) };
        self.draw_with(&mut pen, size);
        if !pen.out.is_empty() {
            pen.out.push_str("f\n");
        }
        pen.out
    }

    fn draw_with(&self, pen: &mut OutlineWriter, size: f32) {
        let (mut x, y) = (pen.x, pen.y);
        for glyph in &self.glyphs {
            (pen.x, pen.y) = (x + glyph.offset.0 * size, y + glyph.offset.1 * size);
            match glyph.kind {
                GlyphSource::Outline(font, id) => pen.draw(font, id, size),
                GlyphSource::Missing(char) => pen.draw_box(char, size),
            }
            x += glyph.advance * size;
        }
        (pen.x, pen.y) = (x, y);
    }

    /// How far the ink reaches below and above the baseline, in ems.
    pub(super) fn reach(&self) -> (f32, f32) {
        self.glyphs.iter().fold((0.0, 0.0), |(low, high): (f32, f32), glyph| {
            let (bottom, top) = match glyph.kind {
                GlyphSource::Outline(font, id) => {
                    let em = f32::from(font.units_per_em().max(1));
                    let ink = ShaperFont::new(font).glyph_extents(id).unwrap_or_default();
                    let top = ink.y_bearing as f32 / em;
                    (top + ink.height as f32 / em, top)
                }
                GlyphSource::Missing(_) => (-BOX_DEPTH, BOX.1 - BOX_DEPTH),
            };
            (low.min(bottom + glyph.offset.1), high.max(top + glyph.offset.1))
        })
    }
}

/// Writes path operators.
struct OutlineWriter {
    out: String,
    x: f32,
    y: f32,
    scale: f32,
    last: (f32, f32),
}

impl OutlineWriter {
    fn draw(&mut self, font: &Font, id: GlyphId, size: f32) {
        self.scale = size / f32::from(font.units_per_em().max(1));
        if let Some(outline) = font.outline_glyphs().get(id) {
            // A test draws every glyph.
            let _ = outline.draw(&DrawOptions::new(), DrawMemory::Scratch, self);
        }
    }

    /// A frame with the code point in two lines.
    fn draw_box(&mut self, char: char, size: f32) {
        let (width, height) = (BOX.0 * size, BOX.1 * size);
        let (x, y, line) = (self.x + 0.05 * size, self.y - BOX_DEPTH * size, 0.05 * size);
        for (x, y, width, height) in [
            (x, y, width, line),
            (x, y + height - line, width, line),
            (x, y, line, height),
            (x + width - line, y, line, height),
        ] {
            let _ = writeln!(self.out, "{x:.2} {y:.2} {width:.2} {height:.2} re");
        }
        let code = format!("{:04X}", u32::from(char));
        let (upper, lower) = code.split_at_checked(code.len() / 2).unwrap_or((&code, ""));
        let digits = size * 0.4;
        for (text, row) in [(lower, 0.10), (upper, 0.48)] {
            let text = TextLine::new(text);
            (self.x, self.y) = (x + (width - text.width() * digits) / 2.0, y + row * size);
            text.draw_with(self, digits);
        }
    }

    fn point(&self, x: f32, y: f32) -> (f32, f32) {
        (self.x + x * self.scale, self.y + y * self.scale)
    }
}

impl PathSink for OutlineWriter {
    fn move_to(&mut self, x: f32, y: f32) {
        self.last = (x, y);
        let (x, y) = self.point(x, y);
        // Writing to a String cannot fail.
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
