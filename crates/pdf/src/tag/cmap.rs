//! Character maps (ISO 32000-2, 9.7.5): bytes of a string to codes, and codes to characters.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::fields::decode_text;
use crate::read::parse::ObjectParser;
use crate::read::{PdfFile, PdfObject, PdfStream};

/// Maximum number of entries of a map.
const MAX_ENTRIES: usize = 200_000;
/// Maximum number of code space ranges: each code of a string is compared with all.
const MAX_SPACES: usize = 32;
/// Maximum length of the text of a code, in bytes (Adobe technical note 5411).
const MAX_TEXT: usize = 512;

/// A parsed map.
#[derive(Clone, Debug, Default)]
pub(super) struct CMap {
    /// Length, lowest and highest value of the codes.
    spaces: Vec<(usize, u32, u32)>,
    /// By the first code of a range: the last code, and the text of the first.
    unicode: BTreeMap<u32, (u32, String)>,
    cids: BTreeMap<u32, (u32, u32)>,
    /// Whether codes are Unicode characters.
    is_characters: bool,
    pub(super) vertical: bool,
}

/// How a predefined map divides strings into codes. The maps themselves are large; for tags, which
/// are ASCII, this is enough.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PredefinedCMap {
    /// Two bytes: UTF-16.
    Utf16,
    /// One byte for ASCII, two for the rest.
    Mixed,
}

impl PredefinedCMap {
    pub(super) fn from_name(name: &[u8]) -> Option<Self> {
        let name = std::str::from_utf8(name).ok()?;
        if name.starts_with("Identity") {
            None
        } else if name.contains("UCS2") || name.contains("UTF16") {
            Some(Self::Utf16)
        } else {
            Some(Self::Mixed)
        }
    }
}

impl CMap {
    /// Two-byte codes that are the character ids.
    pub(super) fn identity(vertical: bool) -> Self {
        Self { vertical, ..Self::default() }
    }

    /// Codes that are Unicode characters.
    pub(super) fn characters() -> Self {
        Self { is_characters: true, ..Self::default() }
    }

    /// The map in a stream. Its objects are charged, since a file may have many maps.
    pub(super) fn load(file: &PdfFile<'_>, stream: &PdfStream) -> Option<Self> {
        let (cmap, objects) = Self::parse(&file.decode(stream)?);
        file.consume_work(objects).then_some(cmap)
    }

    /// The map in `data`, and the number of objects read.
    fn parse(data: &[u8]) -> (Self, usize) {
        let mut cmap = Self::default();
        let mut parser = ObjectParser::content(data, MAX_ENTRIES * 3);
        let mut operands: Vec<PdfObject> = Vec::new();
        while let Some(object) = parser.object() {
            let PdfObject::Keyword(word) = &object else {
                operands.push(object);
                continue;
            };
            match word.as_slice() {
                b"endcodespacerange" => cmap.add_spaces(&operands),
                b"endbfchar" => cmap.add_chars(&operands),
                b"endbfrange" => cmap.add_ranges(&operands),
                b"endcidchar" => cmap.add_cids(&operands, 2),
                b"endcidrange" => cmap.add_cids(&operands, 3),
                b"def" => {
                    if let [.., PdfObject::Name(key), PdfObject::Int(value)] = operands.as_slice()
                        && key == b"WMode"
                    {
                        cmap.vertical = *value == 1;
                    }
                }
                _ => {}
            }
            operands.clear();
        }
        (cmap, MAX_ENTRIES * 3 - parser.work_left)
    }

    fn add_spaces(&mut self, operands: &[PdfObject]) {
        for pair in operands.chunks_exact(2) {
            if let [PdfObject::String(low), PdfObject::String(high)] = pair
                && (1..=4).contains(&low.len())
                && self.spaces.len() < MAX_SPACES
            {
                self.spaces.push((low.len(), number(low), number(high)));
            }
        }
    }

    fn add_chars(&mut self, operands: &[PdfObject]) {
        for pair in operands.chunks_exact(2) {
            if let [PdfObject::String(code), PdfObject::String(text)] = pair {
                let code = number(code);
                self.unicode.insert(code, (code, utf16(text)));
            }
        }
    }

    fn add_ranges(&mut self, operands: &[PdfObject]) {
        for triple in operands.chunks_exact(3) {
            match triple {
                [PdfObject::String(low), PdfObject::String(high), PdfObject::String(text)] => {
                    self.unicode.insert(number(low), (number(high), utf16(text)));
                }
                [PdfObject::String(low), PdfObject::String(_), PdfObject::Array(texts)] => {
                    for (code, text) in (number(low)..=u32::MAX).zip(texts) {
                        let text = text.as_string().map(utf16).unwrap_or_default();
                        self.unicode.insert(code, (code, text));
                    }
                }
                _ => {}
            }
        }
    }

    fn add_cids(&mut self, operands: &[PdfObject], size: usize) {
        for entry in operands.chunks_exact(size) {
            if let (Some(PdfObject::String(low)), Some(PdfObject::Int(cid))) =
                (entry.first(), entry.last())
                && let Ok(cid) = u32::try_from(*cid)
            {
                let high = entry.get(size - 2).and_then(PdfObject::as_string).map_or(0, number);
                self.cids.insert(number(low), (high, cid));
            }
        }
    }

    /// The first code in `bytes`: its value and its length.
    pub(super) fn next_code(&self, bytes: &[u8]) -> (u32, usize) {
        for length in 1..=4 {
            let Some(code) = bytes.get(..length).map(number) else { break };
            let fits = |&(size, low, high): &(usize, u32, u32)| {
                size == length && in_space(code, low, high, length)
            };
            if self.spaces.iter().any(fits) {
                return (code, length);
            }
        }
        // A code outside of all ranges is as long as the shortest code; without ranges, codes have two
        // bytes, as in the identity map.
        let length = self.spaces.iter().map(|space| space.0).min().unwrap_or(2);
        let length = length.min(bytes.len()).max(1);
        (bytes.get(..length).map_or(0, number), length)
    }

    /// The text of a code.
    pub(super) fn unicode(&self, code: u32) -> Option<Cow<'_, str>> {
        if self.is_characters {
            return char::from_u32(code).map(|char| String::from(char).into());
        }
        let (low, (high, text)) = self.unicode.range(..=code).next_back()?;
        if code > *high {
            return None;
        }
        let offset = code - low;
        if offset == 0 {
            return Some(text.into());
        }
        // Within a range, the last character is incremented.
        let mut chars: Vec<char> = text.chars().collect();
        let last = chars.pop()?;
        chars.push(char::from_u32(u32::from(last).checked_add(offset)?)?);
        Some(chars.into_iter().collect())
    }

    /// The character id of a code.
    pub(super) fn cid(&self, code: u32) -> u32 {
        match self.cids.range(..=code).next_back() {
            Some((low, (high, cid))) if code <= *high => cid.saturating_add(code - low),
            _ if self.cids.is_empty() => code,
            _ => 0,
        }
    }
}

/// A code is in a range if each of its bytes is (ISO 32000-2, 9.7.6.2).
fn in_space(code: u32, low: u32, high: u32, length: usize) -> bool {
    (0..length).all(|index| {
        let byte = |value: u32| (value >> (8 * index)) & 0xFF;
        (byte(low)..=byte(high)).contains(&byte(code))
    })
}

fn number(bytes: &[u8]) -> u32 {
    bytes.iter().take(4).fold(0, |value, &byte| value << 8 | u32::from(byte))
}

fn utf16(bytes: &[u8]) -> String {
    match bytes {
        // Some producers write a single byte.
        [byte] => char::from(*byte).to_string(),
        _ => {
            let bytes = bytes.get(..MAX_TEXT).unwrap_or(bytes);
            decode_text(&[&[0xFE, 0xFF], bytes].concat())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn maps_ranges_characters_and_codes() {
        let (cmap, _) = CMap::parse(
            b"1 begincodespacerange <00><80> <8140><9FFC> endcodespacerange \
              2 beginbfchar <01> <005C> <02> <00660069> endbfchar \
              2 beginbfrange <10><19><0030> <20><21>[<0041><0042>] endbfrange \
              1 begincidrange <0003><0009> 40 endcidrange",
        );
        assert_eq!(cmap.unicode(1).as_deref(), Some("\\"));
        assert_eq!(cmap.unicode(2).as_deref(), Some("fi"));
        assert_eq!(cmap.unicode(0x17).as_deref(), Some("7"));
        assert_eq!(cmap.unicode(0x21).as_deref(), Some("B"));
        assert_eq!(cmap.unicode(0x1A), None);
        assert_eq!(cmap.cid(5), 42);
        assert_eq!(cmap.next_code(b"\x01\x02"), (1, 1));
        assert_eq!(cmap.next_code(b"\x81\x41"), (0x8141, 2));
        assert_eq!(CMap::identity(false).next_code(b"\x01\x02\x03"), (0x102, 2));
    }
}
