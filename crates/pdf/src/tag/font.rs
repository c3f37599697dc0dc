//! Fonts: bytes of a string to text and widths.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::cmap::{CMap, PredefinedCMap};
use super::matcher::is_tag_char;
use super::standard::{NamedEncoding, StandardFont, text_of_glyph};
use crate::read::parse::ObjectParser;
use crate::read::{PdfDict, PdfFile, PdfObject};

/// Ascent and descent of a font without metrics, in ems, as readers assume.
const EXTENT: (f64, f64) = (0.95, -0.35);
/// Default width of a character id (ISO 32000-2, table 115).
const DEFAULT_CID_WIDTH: f64 = 1000.0;
/// Maximum number of objects in the encoding of a font program.
const MAX_PROGRAM: usize = 10_000;
/// Maximum number of entries of a width array.
const MAX_WIDTHS: usize = 200_000;
/// Number of codes of a simple font.
const CODES: usize = 256;
/// Maximum length of a name (ISO 32000-1, annex C).
const MAX_NAME: usize = 127;

/// A font, as far as text extraction needs it.
#[derive(Debug)]
pub(super) struct Font {
    kind: FontKind,
    to_unicode: Option<CMap>,
    /// Above and below the baseline, in ems.
    pub(super) ascent: f64,
    pub(super) descent: f64,
    pub(super) vertical: bool,
}

#[derive(Debug)]
enum FontKind {
    Simple { texts: Vec<String>, widths: Vec<f64> },
    Composite(Box<CompositeFont>),
}

#[derive(Debug)]
struct CompositeFont {
    codes: CMap,
    predefined: Option<PredefinedCMap>,
    widths: BTreeMap<u32, (u32, f64)>,
    default_width: f64,
    /// Character ids of the tag characters, from the font program.
    by_program: BTreeMap<u32, char>,
}

/// One code of a string.
#[derive(Debug)]
pub(super) struct TextGlyph<'a> {
    /// Its text; empty if unknown.
    pub(super) text: Cow<'a, str>,
    /// Advance in ems.
    pub(super) width: f64,
    /// Whether word spacing applies to it.
    pub(super) is_space: bool,
}

impl Font {
    pub(super) fn load(file: &PdfFile<'_>, dict: &PdfDict) -> Self {
        let to_unicode = match &*file.get_resolved(dict, "ToUnicode") {
            PdfObject::Stream(stream) => CMap::load(file, stream),
            // Not in the standard, but some producers write it: codes are Unicode characters.
            PdfObject::Name(name) if name.starts_with(b"Identity") => Some(CMap::characters()),
            _ => None,
        };
        let subtype = file.get_resolved(dict, "Subtype");
        if subtype.as_name_bytes() == Some(b"Type0") {
            Self::composite(file, dict, to_unicode)
        } else {
            Self::simple(file, dict, to_unicode, subtype.as_name_bytes() == Some(b"Type3"))
        }
    }

    fn simple(
        file: &PdfFile<'_>,
        dict: &PdfDict,
        to_unicode: Option<CMap>,
        is_type3: bool,
    ) -> Self {
        let (descriptor, none) = (file.get_resolved(dict, "FontDescriptor"), PdfDict::default());
        let descriptor = descriptor.as_dict().unwrap_or(&none);
        let is_embedded = is_embedded(descriptor);
        let name = file.get_resolved(dict, "BaseFont");
        let name = name.as_name_bytes().map(text_of_name);
        let face = name.as_deref().and_then(StandardFont::from_name).filter(|_| !is_type3);
        let glyphs = glyph_names(file, dict, descriptor);
        let mapped = |code: u8| to_unicode.as_ref()?.unicode(u32::from(code)).map(Cow::into_owned);
        let texts = (0..=255_u8)
            .zip(&glyphs)
            .map(|(code, glyph)| {
                let own = || match glyph {
                    Some(glyph) => text_of_glyph(glyph),
                    // The encoding of the font program, which is mostly ASCII.
                    None => Some(char::from(code).to_string()),
                };
                mapped(code).or_else(own).unwrap_or_default()
            })
            .collect();

        let (scale, rise) = if is_type3 { type3_scale(file, dict) } else { (0.001, 0.001) };
        let missing = file.get_resolved(descriptor, "MissingWidth").as_number().unwrap_or(0.0);
        let first = file.get_resolved(dict, "FirstChar").as_index().unwrap_or(0);
        let widths = file.get_resolved(dict, "Widths");
        let listed: Option<Vec<f64>> = widths.as_array().and_then(|widths| {
            widths.iter().take(CODES).map(|width| file.resolve(width).as_number()).collect()
        });
        let widths = (0..=255_u8)
            .zip(&glyphs)
            .map(|(code, glyph)| {
                let width = listed.as_ref().map(|widths| {
                    let index = usize::from(code).checked_sub(first);
                    index.and_then(|index| widths.get(index)).copied().unwrap_or(missing)
                });
                let standard = || {
                    let glyph = glyph.as_deref().or(NamedEncoding::Standard.glyph(code));
                    face.unwrap_or(StandardFont::Proportional(0)).width(glyph, code)
                };
                width.or_else(standard).unwrap_or(missing) * scale
            })
            .collect();
        let (ascent, descent) = match face {
            // Readers replace a font that is not embedded by a standard font.
            Some(face) if !is_embedded => face.extent(),
            _ if is_type3 => type3_extent(file, dict, rise),
            _ => extent(file, descriptor),
        };
        let kind = FontKind::Simple { texts, widths };
        Self { kind, to_unicode, ascent, descent, vertical: false }
    }

    fn composite(file: &PdfFile<'_>, dict: &PdfDict, to_unicode: Option<CMap>) -> Self {
        let descendants = file.get_resolved(dict, "DescendantFonts");
        let descendant = descendants.as_array().and_then(|fonts| fonts.first());
        let descendant = descendant.map(|font| file.resolve(font));
        let none = PdfDict::default();
        let descendant = descendant.as_deref().and_then(PdfObject::as_dict).unwrap_or(&none);
        let descriptor = file.get_resolved(descendant, "FontDescriptor");
        let descriptor = descriptor.as_dict().unwrap_or(&none);
        let (codes, predefined) = match &*file.get_resolved(dict, "Encoding") {
            PdfObject::Stream(stream) => (CMap::load(file, stream).unwrap_or_default(), None),
            PdfObject::Name(name) if name.len() <= MAX_NAME => {
                (CMap::identity(name.ends_with(b"-V")), PredefinedCMap::from_name(name))
            }
            _ => (CMap::identity(false), None),
        };
        let by_program = match to_unicode {
            Some(_) => BTreeMap::new(),
            None => chars_by_program(file, descendant, descriptor),
        };
        let (ascent, descent) = extent(file, descriptor);
        let vertical = codes.vertical;
        let composite = CompositeFont {
            codes,
            predefined,
            widths: cid_widths(file, descendant),
            default_width: file
                .get_resolved(descendant, "DW")
                .as_number()
                .unwrap_or(DEFAULT_CID_WIDTH),
            by_program,
        };
        let kind = FontKind::Composite(Box::new(composite));
        Self { kind, to_unicode, ascent, descent, vertical }
    }

    /// The codes of a string, in order; one at a time, because a string may be long.
    pub(super) fn glyphs<'a>(
        &'a self,
        bytes: &'a [u8],
    ) -> impl Iterator<Item = TextGlyph<'a>> + 'a {
        let mut rest = bytes;
        std::iter::from_fn(move || {
            let &byte = rest.first()?;
            let (glyph, length) = match &self.kind {
                FontKind::Simple { texts, widths } => {
                    let index = usize::from(byte);
                    let glyph = TextGlyph {
                        text: texts.get(index).map(String::as_str).unwrap_or_default().into(),
                        width: widths.get(index).copied().unwrap_or(0.0),
                        is_space: byte == b' ',
                    };
                    (glyph, 1)
                }
                FontKind::Composite(composite) => self.composite_glyph(composite, rest),
            };
            rest = rest.get(length..).unwrap_or_default();
            Some(glyph)
        })
    }

    /// The first code of a string, and its length.
    fn composite_glyph(&self, composite: &CompositeFont, bytes: &[u8]) -> (TextGlyph<'_>, usize) {
        let (code, length) = composite.next_code(bytes);
        let cid = composite.codes.cid(code);
        let mapped = self.to_unicode.as_ref().and_then(|map| map.unicode(code));
        let own = || composite.char(code, cid).map(|char| Cow::from(String::from(char)));
        let glyph = TextGlyph {
            text: mapped.or_else(own).unwrap_or_default(),
            width: composite.width(cid) * 0.001,
            is_space: length == 1 && code == 32,
        };
        (glyph, length)
    }
}

impl CompositeFont {
    fn next_code(&self, bytes: &[u8]) -> (u32, usize) {
        match (self.predefined, bytes) {
            (Some(PredefinedCMap::Mixed), [byte @ ..0x80, ..]) => (u32::from(*byte), 1),
            _ => self.codes.next_code(bytes),
        }
    }

    fn char(&self, code: u32, cid: u32) -> Option<char> {
        match self.predefined {
            Some(_) => char::from_u32(code),
            None => self.by_program.get(&cid).copied(),
        }
    }

    fn width(&self, cid: u32) -> f64 {
        match self.widths.range(..=cid).next_back() {
            Some((_, (last, width))) if cid <= *last => *width,
            _ => self.default_width,
        }
    }
}

/// The glyph names of an encoding; `None` where only the font program defines it.
fn glyph_names(file: &PdfFile<'_>, dict: &PdfDict, descriptor: &PdfDict) -> Vec<Option<String>> {
    let encoding = file.get_resolved(dict, "Encoding");
    let base = match &*encoding {
        PdfObject::Name(name) => NamedEncoding::from_name(name),
        PdfObject::Dict(dict) => file
            .get_resolved(dict, "BaseEncoding")
            .as_name_bytes()
            .and_then(NamedEncoding::from_name),
        _ => None,
    };
    let mut names = match base {
        Some(base) => base.names(),
        None => built_in_names(file, descriptor),
    };
    let differences = encoding.as_dict().map(|dict| file.get_resolved(dict, "Differences"));
    let mut code = 0;
    let differences = differences.as_deref().and_then(PdfObject::as_array).unwrap_or_default();
    for item in differences.iter().take_while(|_| file.consume_work(1)) {
        match &*file.resolve(item) {
            PdfObject::Name(name) => {
                if let Some(slot) = names.get_mut(code) {
                    *slot = Some(text_of_name(name));
                }
                code = code.saturating_add(1);
            }
            number => code = number.as_index().unwrap_or(code),
        }
    }
    names
}

fn text_of_name(name: &[u8]) -> String {
    String::from_utf8_lossy(name.get(..MAX_NAME).unwrap_or(name)).into_owned()
}

/// The encoding in the clear text part of an embedded Type 1 font.
fn built_in_names(file: &PdfFile<'_>, descriptor: &PdfDict) -> Vec<Option<String>> {
    let mut names = vec![None; 256];
    let PdfObject::Stream(program) = &*file.get_resolved(descriptor, "FontFile") else {
        return names;
    };
    let data = file.decode(program).unwrap_or_default();
    let clear = memchr::memmem::find(&data, b"eexec").and_then(|end| data.get(..end));
    let clear = clear.unwrap_or(&data);
    let Some(start) = memchr::memmem::find(clear, b"/Encoding") else { return names };
    let mut parser = ObjectParser::content(clear.get(start..).unwrap_or_default(), MAX_PROGRAM);
    let mut last = [PdfObject::Null, PdfObject::Null];
    while let Some(object) = parser.object() {
        if let PdfObject::Keyword(word) = &object {
            match (word.as_slice(), &last) {
                (b"StandardEncoding", _) => return NamedEncoding::Standard.names(),
                (b"def" | b"readonly", _) => break,
                // `dup 92 /backslash put`
                (b"put", [code, PdfObject::Name(name)]) => {
                    if let Some(slot) = index(code).and_then(|code| names.get_mut(code)) {
                        *slot = Some(text_of_name(name));
                    }
                }
                _ => {}
            }
        }
        let [_, before] = last;
        last = [before, object];
    }
    // If this exceeds the work limit, the next read fails.
    let _ = file.consume_work(MAX_PROGRAM - parser.work_left);
    names
}

/// A PostScript integer that is not negative, possibly with a base: `8#134`.
fn index(object: &PdfObject) -> Option<usize> {
    let PdfObject::Keyword(word) = object else { return object.as_index() };
    let (base, digits) = std::str::from_utf8(word).ok()?.split_once('#')?;
    let base = base.parse().ok().filter(|base| (2..=36).contains(base))?;
    usize::from_str_radix(digits, base).ok()
}

fn is_embedded(descriptor: &PdfDict) -> bool {
    ["FontFile", "FontFile2", "FontFile3"].iter().any(|key| descriptor.get(key).is_some())
}

/// Ascent and descent of the font descriptor, if they are plausible.
fn extent(file: &PdfFile<'_>, descriptor: &PdfDict) -> (f64, f64) {
    let value = |key| file.get_resolved(descriptor, key).as_number().map(|value| value * 0.001);
    let plausible = |value: &f64| *value != 0.0 && value.abs() < 3.0;
    let ascent = value("Ascent").filter(plausible).map_or(EXTENT.0, f64::abs);
    let descent = value("Descent").filter(plausible).map_or(EXTENT.1, |value| -value.abs());
    (ascent, descent)
}

/// Ems per unit of a Type 3 font, horizontal and vertical.
fn type3_scale(file: &PdfFile<'_>, dict: &PdfDict) -> (f64, f64) {
    let matrix = file.numbers(&file.get_resolved(dict, "FontMatrix"));
    match matrix {
        Some([right, _, _, up, _, _]) => (right, up),
        None => (0.001, 0.001),
    }
}

fn type3_extent(file: &PdfFile<'_>, dict: &PdfDict, scale: f64) -> (f64, f64) {
    match file.numbers(&file.get_resolved(dict, "FontBBox")) {
        Some([_, bottom, _, top]) if top > bottom => {
            // A negative scale swaps top and bottom.
            let (one, other) = (top * scale, bottom * scale);
            (one.max(other), one.min(other))
        }
        _ => EXTENT,
    }
}

/// `/W` of a CID font: ranges of character ids and their widths.
fn cid_widths(file: &PdfFile<'_>, descendant: &PdfDict) -> BTreeMap<u32, (u32, f64)> {
    let mut widths = BTreeMap::new();
    let array = file.get_resolved(descendant, "W");
    // Many fonts may share an array.
    let items = array.as_array().unwrap_or_default().iter().take_while(|_| file.consume_work(1));
    let mut items = items.map(|item| file.resolve(item));
    while let (Some(first), Some(second)) = (items.next(), items.next()) {
        let Some(first) = first.as_int().and_then(|first| u32::try_from(first).ok()) else { break };
        match &*second {
            PdfObject::Array(list) => {
                for (cid, width) in
                    (first..=u32::MAX).zip(list).take_while(|_| file.consume_work(1))
                {
                    widths.insert(cid, (cid, file.resolve(width).as_number().unwrap_or(0.0)));
                }
            }
            last => {
                let last = last.as_int().and_then(|last| u32::try_from(last).ok());
                let width = items.next().and_then(|width| width.as_number());
                let (Some(last), Some(width)) = (last, width) else { break };
                widths.insert(first, (last, width));
            }
        }
        if widths.len() > MAX_WIDTHS {
            break;
        }
    }
    widths
}

/// Character ids of the tag characters by the embedded font, for files without `/ToUnicode`.
fn chars_by_program(
    file: &PdfFile<'_>,
    descendant: &PdfDict,
    descriptor: &PdfDict,
) -> BTreeMap<u32, char> {
    let is_identity = match &*file.get_resolved(descendant, "CIDToGIDMap") {
        PdfObject::Null => true,
        PdfObject::Name(name) => name == b"Identity",
        _ => false,
    };
    let PdfObject::Stream(program) = &*file.get_resolved(descriptor, "FontFile2") else {
        return BTreeMap::new();
    };
    let data = file.decode(program).filter(|_| is_identity).unwrap_or_default();
    let Ok(face) = ttf_parser::Face::parse(&data, 0) else { return BTreeMap::new() };
    (' '..='~')
        .filter(|&char| is_tag_char(char))
        .filter_map(|char| Some((u32::from(face.glyph_index(char)?.0), char)))
        .collect()
}
