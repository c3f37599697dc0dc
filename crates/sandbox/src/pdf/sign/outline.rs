//! Text as filled outlines. No viewer needs a font for it, so any character of
//! the bundled font looks the same everywhere and PDF/A files stay PDF/A.
//!
//! The font is a subset of DejaVu Sans: Latin with all diacritics, Greek,
//! Cyrillic, Armenian, Georgian and Hebrew. A character of any other script is
//! drawn as a box with its code point, which is legible if not pretty.

use std::fmt::Write as _;

use ttf_parser::{Face, GlyphId, OutlineBuilder};
use unicode_bidi::BidiInfo;
use unicode_normalization::UnicodeNormalization;

const FONT: &[u8] = include_bytes!("font/DejaVuSans-subset.ttf");

/// Width and height of the box for a missing character, in ems.
const BOX: (f32, f32) = (0.72, 0.86);
/// How far the box reaches below the baseline, in ems.
const BOX_DEPTH: f32 = 0.12;

/// The bundled font.
pub(super) struct Font {
    face: Option<Face<'static>>,
}

/// A drawable character and its advance in ems.
struct Glyph {
    kind: Kind,
    advance: f32,
}

enum Kind {
    Outline(GlyphId),
    Missing(char),
}

impl Font {
    pub(super) fn new() -> Self {
        // A test reads the font; at run time a broken one shows as boxes.
        Self { face: Face::parse(FONT, 0).ok() }
    }

    fn units(&self) -> f32 {
        self.face.as_ref().map_or(1000.0, |face| f32::from(face.units_per_em()))
    }

    /// The glyphs of a line, from left to right.
    fn glyphs(&self, text: &str) -> Vec<Glyph> {
        let text: String =
            text.nfc().map(|char| if char.is_whitespace() { ' ' } else { char }).collect();
        let bidi = BidiInfo::new(&text, None);
        let line = bidi.paragraphs.first().map_or_else(String::new, |paragraph| {
            bidi.reorder_line(paragraph, paragraph.range.clone()).into_owned()
        });
        line.chars().filter(|&char| !is_invisible(char)).map(|char| self.glyph(char)).collect()
    }

    fn glyph(&self, char: char) -> Glyph {
        let face = self.face.as_ref();
        face.and_then(|face| {
            let id = face.glyph_index(char)?;
            let advance = f32::from(face.glyph_hor_advance(id)?) / self.units();
            Some(Glyph { kind: Kind::Outline(id), advance })
        })
        .unwrap_or(Glyph { kind: Kind::Missing(char), advance: BOX.0 + 0.1 })
    }

    /// Width of `text` in ems.
    pub(super) fn width(&self, text: &str) -> f32 {
        self.glyphs(text).iter().map(|glyph| glyph.advance).sum()
    }

    /// `text`, shortened with an ellipsis until it is at most `ems` wide.
    pub(super) fn shorten(&self, text: &str, ems: f32) -> String {
        if self.width(text) <= ems {
            return text.to_owned();
        }
        let mut short = String::new();
        let mut width = self.glyph('…').advance;
        for char in text.nfc() {
            width += self.glyph(char).advance;
            if width > ems {
                break;
            }
            short.push(char);
        }
        short.trim_end().to_owned() + "…"
    }

    /// Operators that fill `text` with its baseline beginning at `x`, `y`.
    pub(super) fn draw(&self, text: &str, x: f32, y: f32, size: f32) -> String {
        let mut pen =
            Pen { out: String::new(), x, y, scale: size / self.units(), last: (0.0, 0.0) };
        for glyph in self.glyphs(text) {
            match glyph.kind {
                Kind::Outline(id) => {
                    if let Some(face) = &self.face {
                        face.outline_glyph(id, &mut pen);
                    }
                }
                Kind::Missing(char) => self.draw_box(&mut pen, char, size),
            }
            pen.x += glyph.advance * size;
        }
        if !pen.out.is_empty() {
            pen.out.push_str("f\n");
        }
        pen.out
    }

    /// A frame with the code point in two lines.
    fn draw_box(&self, pen: &mut Pen, char: char, size: f32) {
        let (width, height) = (BOX.0 * size, BOX.1 * size);
        let (x, y, line) = (pen.x + 0.05 * size, pen.y - BOX_DEPTH * size, 0.05 * size);
        for (x, y, width, height) in [
            (x, y, width, line),
            (x, y + height - line, width, line),
            (x, y, line, height),
            (x + width - line, y, line, height),
        ] {
            let _ = writeln!(pen.out, "{x:.2} {y:.2} {width:.2} {height:.2} re");
        }
        let code = format!("{:04X}", u32::from(char));
        let (upper, lower) = code.split_at_checked(code.len() / 2).unwrap_or((&code, ""));
        let digits = size * 0.4;
        for (text, row) in [(lower, 0.10), (upper, 0.48)] {
            let inset = (width - self.width(text) * digits) / 2.0;
            let mut inner = Pen {
                out: String::new(),
                x: x + inset,
                y: y + row * size,
                scale: digits / self.units(),
                last: (0.0, 0.0),
            };
            for digit in text.chars() {
                let glyph = self.glyph(digit);
                if let (Kind::Outline(id), Some(face)) = (&glyph.kind, &self.face) {
                    face.outline_glyph(*id, &mut inner);
                }
                inner.x += glyph.advance * digits;
            }
            pen.out.push_str(&inner.out);
        }
    }
}

/// Characters that only steer layout.
fn is_invisible(char: char) -> bool {
    char.is_control()
        || matches!(char, '\u{AD}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}'
            | '\u{2060}'..='\u{206F}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}')
}

/// Writes path operators.
struct Pen {
    out: String,
    x: f32,
    y: f32,
    scale: f32,
    last: (f32, f32),
}

impl Pen {
    fn point(&self, x: f32, y: f32) -> (f32, f32) {
        (self.x + x * self.scale, self.y + y * self.scale)
    }
}

impl OutlineBuilder for Pen {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn missing(text: &str) -> usize {
        let glyphs = Font::new().glyphs(text);
        glyphs.iter().filter(|glyph| matches!(glyph.kind, Kind::Missing(_))).count()
    }

    #[test]
    fn the_font_covers_the_scripts_it_promises() {
        for text in [
            "Zoë Müller-O'Neil, Jr",
            "Jiří Łukasz Šđžň",
            "Đặng Thị Hồng",
            "Ελληνική Πόλις",
            "Пётр Їжакевич",
            "Արամ Խաչատրյան",
            "შოთა რუსთაველი",
            "דוד בן גוריון",
            "e\u{301}",
        ] {
            assert_eq!(missing(text), 0, "{text}");
        }
        assert_eq!(missing("王小明"), 3);
    }

    #[test]
    fn hebrew_runs_from_right_to_left() {
        let font = Font::new();
        let first = |text: &str| match font.glyphs(text).first().map(|glyph| &glyph.kind) {
            Some(Kind::Outline(id)) => id.0,
            _ => 0,
        };
        assert_eq!(first("אב"), first("ב"));
    }

    #[test]
    fn a_long_name_is_shortened_to_fit() {
        let font = Font::new();
        let short = font.shorten(&"Wolfeschlegelsteinhausen ".repeat(9), 20.0);
        assert!(short.ends_with('…') && font.width(&short) <= 20.0);
        assert_eq!(font.shorten("Ana", 20.0), "Ana");
    }
}
