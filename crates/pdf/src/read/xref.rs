//! Cross-reference sections: tables, streams, and the two at once (hybrid).

use std::collections::{BTreeMap, BTreeSet};

use super::filter;
use super::object::{ObjectId, PdfDict, PdfObject, PdfStream};
use super::parse::ObjectParser;

/// Where an object is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum XrefEntry {
    /// Not in use.
    Free,
    /// At a byte offset, with its generation.
    At(usize, u16),
    /// In an object stream, at an index.
    In(u32, usize),
}

impl XrefEntry {
    /// The generation of the object.
    pub fn generation(self) -> u16 {
        if let Self::At(_, generation) = self { generation } else { 0 }
    }
}

/// All sections of a file, newest first, merged.
#[derive(Debug, Default)]
pub struct Xref {
    /// Where each object is, by its number.
    pub entries: BTreeMap<u32, XrefEntry>,
    /// Where objects were that stand elsewhere by now, or nowhere.
    pub former: Vec<(ObjectId, usize)>,
    /// The trailer dictionary of the newest section.
    pub trailer: PdfDict,
    /// Offset of the newest section.
    pub start: usize,
    /// Whether the newest section is a stream; an update must be of the same kind.
    pub is_stream: bool,
}

/// Sections of one file: one for each update, so a few hundred at most.
const MAX_SECTIONS: usize = 4096;
/// Highest object number (the limit of ISO 32000-1, annex C).
pub const MAX_OBJECT: u32 = 8_388_607;
/// A cross-reference stream for that many objects.
const MAX_STREAM: usize = 64 << 20;

/// The offset that the last `startxref` gives.
pub(crate) fn start(bytes: &[u8]) -> Option<usize> {
    let at = memchr::memmem::rfind(bytes, b"startxref")?;
    let mut parser = ObjectParser::new(bytes, at + b"startxref".len(), 10);
    parser.int().and_then(|offset| usize::try_from(offset).ok())
}

impl Xref {
    /// Reads the sections of `bytes`, beginning with the one at `start`.
    /// `fuel` is as in [`Parser`].
    pub(crate) fn read(bytes: &[u8], start: usize, fuel: &mut usize) -> Option<Self> {
        let mut xref = Self { start, ..Self::default() };
        let mut seen = BTreeSet::new();
        let mut next = Some(start);
        while let Some(offset) = next {
            if !seen.insert(offset) || seen.len() > MAX_SECTIONS {
                return None;
            }
            let (trailer, is_stream) = xref.section(bytes, offset, fuel)?;
            let previous = trailer.get("Prev").map(offset_of);
            if seen.len() == 1 {
                xref.trailer = trailer;
                xref.is_stream = is_stream;
            }
            next = match previous {
                None => None,
                Some(offset) => Some(offset?),
            };
        }
        xref.trailer.get("Root")?;
        Some(xref)
    }

    fn section(
        &mut self,
        bytes: &[u8],
        offset: usize,
        fuel: &mut usize,
    ) -> Option<(PdfDict, bool)> {
        let mut parser = ObjectParser::new(bytes, offset, *fuel);
        if !parser.take(b"xref") {
            let (dict, section, fuel_left) = stream_at(bytes, offset, *fuel)?;
            *fuel = fuel_left;
            self.merge(section);
            return Some((dict, true));
        }
        let mut section = table(&mut parser)?;
        let PdfObject::Dict(trailer) = parser.object().filter(|_| !parser.ambiguous)? else {
            return None;
        };
        parser.settle()?;
        *fuel = parser.fuel;
        // The stream of a hybrid file tells what its table hides as free.
        if let Some(offset) = trailer.get("XRefStm") {
            let (_, hidden, fuel_left) = stream_at(bytes, offset_of(offset)?, *fuel)?;
            *fuel = fuel_left;
            for (number, entry) in hidden {
                match section.get(&number).copied().unwrap_or(XrefEntry::Free) {
                    XrefEntry::Free => drop(section.insert(number, entry)),
                    // Readers differ in which of the two they believe.
                    other if other != entry => return None,
                    _ => {}
                }
            }
        }
        self.merge(section);
        Some((trailer, false))
    }

    /// Adds the entries of an older section.
    fn merge(&mut self, section: XrefSection) {
        for (number, entry) in section {
            let known = *self.entries.entry(number).or_insert(entry);
            if let XrefEntry::At(offset, generation) = entry
                && known != entry
            {
                self.former.push(((number, generation), offset));
            }
        }
    }

    /// Whether there is an object with this number and generation.
    pub fn has(&self, (number, generation): ObjectId) -> bool {
        self.entries
            .get(&number)
            .is_some_and(|entry| *entry != XrefEntry::Free && entry.generation() == generation)
    }

    /// The first number that no object of the file has.
    pub fn next_number(&self) -> Option<u32> {
        let size = offset_of(self.trailer.get("Size")?)?;
        let highest = self.entries.keys().next_back().copied().unwrap_or(0);
        let next = u32::try_from(size).ok()?.max(highest.checked_add(1)?);
        (next < MAX_OBJECT).then_some(next)
    }
}

/// The entries of one section.
type XrefSection = BTreeMap<u32, XrefEntry>;

/// Adds an entry to a section. `None` if it has another one already: readers differ in which of the
/// two they believe.
fn add(section: &mut XrefSection, number: u32, entry: XrefEntry) -> Option<()> {
    (*section.entry(number).or_insert(entry) == entry).then_some(())
}

/// A whole number, which it is only if it is written as one: to other readers `9.0` is none.
fn offset_of(object: &PdfObject) -> Option<usize> {
    if let PdfObject::Int(value) = object { usize::try_from(*value).ok() } else { None }
}

/// Entries of a table up to `trailer`.
fn table(parser: &mut ObjectParser<'_>) -> Option<XrefSection> {
    let mut section = XrefSection::new();
    while !parser.take(b"trailer") {
        let mut first = u32::try_from(parser.int()?).ok()?;
        let count = parser.int()?;
        for index in 0..count {
            parser.fuel = parser.fuel.checked_sub(1)?;
            let offset = usize::try_from(parser.int()?).ok()?;
            let generation = parser.int()?;
            let in_use = parser.take(b"n");
            if !in_use && !parser.take(b"f") {
                return None;
            }
            if index == 0 && first == 1 && !in_use && generation == 65_535 {
                // A known mistake: the section of object 0 is headed "1".
                first = 0;
            }
            let number = first.checked_add(u32::try_from(index).ok()?)?;
            if number > MAX_OBJECT {
                return None;
            }
            let entry = match u16::try_from(generation) {
                // Nothing can be at offset 0, where the header is.
                Ok(generation) if in_use && offset > 0 => XrefEntry::At(offset, generation),
                _ => XrefEntry::Free,
            };
            add(&mut section, number, entry)?;
        }
    }
    Some(section)
}

fn stream_at(bytes: &[u8], offset: usize, fuel: usize) -> Option<(PdfDict, XrefSection, usize)> {
    let mut parser = ObjectParser::new(bytes, offset, fuel);
    parser.object_header()?;
    let PdfObject::Dict(dict) = parser.object().filter(|_| !parser.ambiguous)? else { return None };
    if !dict.is("Type", "XRef") {
        return None;
    }
    let length = dict.get("Length").and_then(PdfObject::index);
    let stream = stream_extent(&mut parser, dict, length)?;
    let raw = bytes.get(stream.start..stream.end)?;
    let filters = direct_filters(&stream.dict);
    // Decoded bytes are paid for with fuel, like everything else.
    let limit = MAX_STREAM.min(parser.fuel.saturating_mul(8));
    let (data, work) = filter::decode(raw, &filters, limit)?;
    parser.pay(work / 8)?;
    let section = stream_entries(&stream.dict, &data, &mut parser)?;
    Some((stream.dict, section, parser.fuel))
}

/// The rows of a stream. They cost what `parser` has.
fn stream_entries(
    dict: &PdfDict,
    data: &[u8],
    parser: &mut ObjectParser<'_>,
) -> Option<XrefSection> {
    let mut section = XrefSection::new();
    let widths: Vec<usize> =
        dict.get("W")?.array()?.iter().map(PdfObject::index).collect::<Option<_>>()?;
    let &[kind_width, second_width, third_width] = widths.as_slice() else { return None };
    if widths.iter().any(|&width| width > 8) || widths.iter().sum::<usize>() == 0 {
        return None;
    }
    let size = dict.get("Size").and_then(PdfObject::int)?;
    let index: Vec<i64> = match dict.get("Index").and_then(PdfObject::array) {
        Some(index) => index.iter().map(PdfObject::int).collect::<Option<_>>()?,
        None => vec![0, size],
    };
    let mut rows = data.chunks_exact(widths.iter().sum());
    // A row may be as short as a byte, but it is an entry.
    parser.pay(rows.len().saturating_sub(data.len() / 8))?;
    for range in index.chunks_exact(2) {
        let &[first, count] = range else { return None };
        for number in first..first.checked_add(count)? {
            let Some(row) = rows.next() else { return Some(section) };
            let number = u32::try_from(number).ok().filter(|&number| number <= MAX_OBJECT)?;
            let (kind, row) = row.split_at_checked(kind_width)?;
            let (second, third) = row.split_at_checked(second_width)?;
            let kind = if kind_width == 0 { 1 } else { big_endian(kind) };
            let (second, third) =
                (big_endian(second), big_endian(third.get(..third_width).unwrap_or_default()));
            let entry = match kind {
                1 if second > 0 => {
                    XrefEntry::At(usize::try_from(second).ok()?, u16::try_from(third).ok()?)
                }
                2 => XrefEntry::In(u32::try_from(second).ok()?, usize::try_from(third).ok()?),
                _ => XrefEntry::Free,
            };
            add(&mut section, number, entry)?;
        }
    }
    Some(section)
}

fn big_endian(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0, |value, &byte| value << 8 | u64::from(byte))
}

/// Filters and parameters that stand in the dictionary itself.
fn direct_filters(dict: &PdfDict) -> Vec<(Vec<u8>, PdfDict)> {
    let list = |key| match dict.get(key) {
        Some(PdfObject::Array(items)) => items.clone(),
        Some(item) => vec![item.clone()],
        None => Vec::new(),
    };
    let mut parameters = list("DecodeParms").into_iter();
    list("Filter")
        .into_iter()
        .filter_map(|filter| {
            let parameters = parameters.next().and_then(|item| item.dict().cloned());
            Some((filter.name()?.to_vec(), parameters.unwrap_or_default()))
        })
        .collect()
}

/// The data of the stream whose dictionary `parser` has just read. `length` is
/// believed only if `endstream` follows; otherwise that word is searched.
pub(crate) fn stream_extent(
    parser: &mut ObjectParser<'_>,
    dict: PdfDict,
    length: Option<usize>,
) -> Option<PdfStream> {
    if !parser.take(b"stream") {
        return None;
    }
    parser.settle()?;
    let mut start = parser.position;
    let rest = parser.bytes.get(start..)?;
    start += match rest {
        [b'\r', b'\n', ..] => 2,
        [b'\n' | b'\r', ..] => 1,
        _ => 0,
    };
    let told = length.and_then(|length| start.checked_add(length));
    let told = told.filter(|&end| end <= parser.bytes.len()).filter(|&end| {
        let mut after = ObjectParser::new(parser.bytes, end, parser.fuel);
        let ends = after.take(b"endstream") || after.take(b"endobj");
        let paid = after.settle();
        parser.fuel = after.fuel;
        ends && paid.is_some()
    });
    let end = match told {
        Some(end) => end,
        None => {
            let data = parser.bytes.get(start..)?;
            let found = memchr::memmem::find(data, b"endstream");
            // A search is work, also one in vain; it is faster than reading.
            parser.pay(found.unwrap_or(data.len()) >> 12)?;
            let data = data.get(..found?)?;
            let data = data.strip_suffix(b"\n").unwrap_or(data);
            start + data.strip_suffix(b"\r").unwrap_or(data).len()
        }
    };
    parser.jump(end);
    Some(PdfStream { dict, start, end })
}
