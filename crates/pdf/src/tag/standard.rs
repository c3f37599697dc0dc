//! What files may omit because readers have it: widths of the fourteen standard fonts and the named
//! encodings (ISO 32000-1, annex D).

use std::collections::HashMap;
use std::sync::OnceLock;

const TEXT: &str = include_str!("standard14.txt");

/// A predefined encoding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NamedEncoding {
    Standard,
    WinAnsi,
    MacRoman,
}

/// A standard font, or a font that readers replace by one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum StandardFont {
    /// Column of the width table.
    Proportional(usize),
    Courier {
        bold: bool,
    },
    Symbol,
    ZapfDingbats,
}

#[derive(Default)]
struct StandardFontTables {
    widths: HashMap<&'static str, Vec<f64>>,
    encodings: HashMap<&'static str, Vec<&'static str>>,
    codes: HashMap<&'static str, Vec<f64>>,
}

fn tables() -> &'static StandardFontTables {
    static TABLES: OnceLock<StandardFontTables> = OnceLock::new();
    TABLES.get_or_init(|| {
        let mut tables = StandardFontTables::default();
        for line in TEXT.lines() {
            let mut words = line.split(' ');
            let (Some(kind), Some(name)) = (words.next(), words.next()) else { continue };
            let numbers = words.clone().filter_map(|word| word.parse().ok());
            match kind {
                "width" => drop(tables.widths.insert(name, numbers.collect())),
                "encoding" => tables.encodings.entry(name).or_default().extend(words),
                "codes" => tables.codes.entry(name).or_default().extend(numbers),
                _ => {}
            }
        }
        tables
    })
}

impl NamedEncoding {
    pub(super) fn from_name(name: &[u8]) -> Option<Self> {
        match name {
            b"StandardEncoding" => Some(Self::Standard),
            b"WinAnsiEncoding" => Some(Self::WinAnsi),
            b"MacRomanEncoding" => Some(Self::MacRoman),
            _ => None,
        }
    }

    /// The names of all glyphs, by code.
    pub(super) fn names(self) -> Vec<Option<String>> {
        (0..=255_u8).map(|code| self.glyph(code).map(str::to_owned)).collect()
    }

    /// The name of the glyph at `code`.
    pub(super) fn glyph(self, code: u8) -> Option<&'static str> {
        let name = match self {
            Self::Standard => "standard",
            Self::WinAnsi => "win",
            Self::MacRoman => "mac",
        };
        let index = usize::from(code).checked_sub(32)?;
        let glyph = tables().encodings.get(name)?.get(index).copied()?;
        (glyph != ".").then_some(glyph)
    }
}

impl StandardFont {
    /// The font for a `/BaseFont`, with or without subset prefix.
    pub(super) fn from_name(name: &str) -> Option<Self> {
        let name = name.split_once('+').map_or(name, |(_, name)| name);
        let name = name.replace([' ', ',', '-'], "");
        let bold = name.contains("Bold");
        let italic = name.contains("Italic") || name.contains("Oblique");
        if name.starts_with("Helvetica") || name.starts_with("Arial") {
            Some(Self::Proportional(usize::from(bold)))
        } else if name.starts_with("Times") {
            Some(Self::Proportional(2 + usize::from(bold) + 2 * usize::from(italic)))
        } else if name.starts_with("Courier") {
            Some(Self::Courier { bold })
        } else if name.starts_with("Symbol") {
            Some(Self::Symbol)
        } else if name.starts_with("ZapfDingbats") {
            Some(Self::ZapfDingbats)
        } else {
            None
        }
    }

    /// Width in thousandths of an em of the glyph with that name and code.
    pub(super) fn width(self, glyph: Option<&str>, code: u8) -> Option<f64> {
        let by_code = |font| {
            let index = usize::from(code).checked_sub(32)?;
            tables().codes.get(font)?.get(index).copied()
        };
        match self {
            Self::Proportional(column) => tables().widths.get(glyph?)?.get(column).copied(),
            Self::Courier { .. } => Some(600.0),
            Self::Symbol => by_code("Symbol"),
            Self::ZapfDingbats => by_code("ZapfDingbats"),
        }
    }

    /// Ascent and descent in ems, as in the Adobe font metrics.
    pub(super) fn extent(self) -> (f64, f64) {
        match self {
            Self::Proportional(0 | 1) => (0.718, -0.207),
            Self::Proportional(2) => (0.683, -0.217),
            Self::Proportional(3) => (0.676, -0.205),
            Self::Proportional(4) => (0.683, -0.205),
            Self::Proportional(_) => (0.699, -0.205),
            Self::Courier { bold: false } => (0.629, -0.157),
            Self::Courier { bold: true } => (0.626, -0.142),
            Self::Symbol => (1.010, -0.293),
            Self::ZapfDingbats => (0.820, -0.143),
        }
    }
}

/// The text of a glyph name, as far as tags need it: ASCII.
///
/// By the rules of the Adobe Glyph List: a suffix after a point is a variant, and underscores join the
/// names of a ligature.
pub(super) fn text_of_glyph(name: &str) -> Option<String> {
    let name = name.split_once('.').map_or(name, |(name, _)| name);
    if name.chars().count() == 1 {
        return Some(name.to_owned());
    }
    name.split('_').map(text_of_part).collect()
}

fn text_of_part(name: &str) -> Option<String> {
    const DIGITS: [&str; 10] =
        ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];
    if name.chars().count() == 1 {
        return Some(name.to_owned());
    }
    if name == "backslash" {
        return Some("\\".to_owned());
    }
    // `oneoldstyle` is an older form of `one.oldstyle`.
    let number = name.strip_suffix("oldstyle").unwrap_or(name);
    if let Some(digit) = DIGITS.iter().position(|digit| *digit == number) {
        return Some(digit.to_string());
    }
    let char = |hex: &str| u32::from_str_radix(hex, 16).ok().and_then(char::from_u32);
    match name.strip_prefix("uni") {
        Some(hex) if hex.is_ascii() && hex.len() > 4 && hex.len().is_multiple_of(4) => {
            let codes = hex.as_bytes().chunks(4);
            codes.map(|hex| char(std::str::from_utf8(hex).ok()?)).collect()
        }
        Some(hex) => char(hex).map(String::from),
        None => char(name.strip_prefix('u')?).map(String::from),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn has_widths_and_names_of_tag_characters() {
        for encoding in [NamedEncoding::Standard, NamedEncoding::WinAnsi, NamedEncoding::MacRoman] {
            assert_eq!(encoding.glyph(b'\\'), Some("backslash"));
            assert_eq!(encoding.glyph(b's'), Some("s"));
        }
        let helvetica = StandardFont::from_name("ABCDEF+Helvetica").unwrap();
        assert_eq!(helvetica.width(Some("backslash"), 0), Some(278.0));
        let italic = StandardFont::from_name("Times-BoldItalic").unwrap();
        assert_eq!(italic.width(Some("A"), 0), Some(667.0));
        assert_eq!(StandardFont::Symbol.width(None, 32), Some(250.0));
    }

    #[test]
    fn maps_glyph_names_to_characters() {
        for (name, text) in [
            ("backslash", "\\"),
            ("s", "s"),
            ("seven", "7"),
            ("uni0031", "1"),
            ("u00005C", "\\"),
            ("backslash.alt", "\\"),
            ("one.oldstyle", "1"),
            ("oneoldstyle", "1"),
            ("uni005C0073", "\\s"),
            ("backslash_s", "\\s"),
            ("_", "_"),
        ] {
            assert_eq!(text_of_glyph(name).as_deref(), Some(text), "{name}");
        }
        for name in ["germandbls", ".notdef", "s_germandbls", "uniD8000031", ""] {
            assert_eq!(text_of_glyph(name), None, "{name}");
        }
    }
}
