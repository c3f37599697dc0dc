//! Cross-reference sections: tables, streams, and hybrid files with both.

use std::collections::{BTreeMap, BTreeSet};

use super::filter;
use super::object::{ObjectId, PdfDict, PdfObject, PdfStream};
use super::parse::ObjectParser;
use crate::PdfError;

/// Location of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum XrefEntry {
    /// Not in use.
    Free,
    /// Byte offset and generation.
    At(usize, u16),
    /// Number of an object stream and index in it.
    In(u32, usize),
}

impl XrefEntry {
    /// Generation of the object; objects in object streams have 0.
    pub fn generation(self) -> u16 {
        if let Self::At(_, generation) = self { generation } else { 0 }
    }
}

/// The sections of a file, merged; newer sections take precedence.
#[derive(Debug, Default)]
pub struct Xref {
    /// Location of each object, by number.
    pub entries: BTreeMap<u32, XrefEntry>,
    /// Earlier locations of objects that were replaced or deleted.
    pub former: Vec<(ObjectId, usize)>,
    /// The trailer dictionary of the newest section.
    pub trailer: PdfDict,
    /// Offset of the newest section.
    pub start: usize,
    /// Whether the newest section is a stream; an update must be of the same kind.
    pub is_stream: bool,
}

/// Maximum number of sections; each incremental update adds one, so files have at most a few hundred.
const MAX_SECTIONS: usize = 4096;
/// Highest object number (ISO 32000-1, annex C).
pub const MAX_OBJECT: u32 = 8_388_607;
/// Maximum decoded size of a cross-reference stream: enough for [`MAX_OBJECT`] objects.
const MAX_STREAM: usize = 64 << 20;

/// The offset in the last `startxref`.
pub(crate) fn start(bytes: &[u8]) -> Option<usize> {
    let at = memchr::memmem::rfind(bytes, b"startxref")?;
    let mut parser = ObjectParser::new(bytes, at + b"startxref".len(), 10);
    parser.int().and_then(|offset| usize::try_from(offset).ok())
}

impl Xref {
    /// Reads the sections of `bytes`, beginning with the one at `start`. `work_left` is as in
    /// [`ObjectParser`].
    ///
    /// # Errors
    ///
    /// [`PdfError::Damaged`].
    pub(crate) fn read(
        bytes: &[u8],
        start: usize,
        work_left: &mut usize,
    ) -> Result<Self, PdfError> {
        let invalid = |offset: usize| {
            PdfError::damaged(format!("invalid cross-reference table at byte {offset}"))
        };
        let mut xref = Self { start, ..Self::default() };
        let mut seen = BTreeSet::new();
        let mut next = Some(start);
        while let Some(offset) = next {
            if !seen.insert(offset) || seen.len() > MAX_SECTIONS {
                return Err(PdfError::damaged(format!(
                    "circular `/Prev` in the cross-reference table at byte {offset}"
                )));
            }
            let mut malformed = None;
            let section = xref.section(bytes, offset, work_left, &mut malformed);
            if let Some(what) = malformed {
                return Err(PdfError::damaged(format!("{what} in the trailer")));
            }
            let (trailer, is_stream) = section.ok_or_else(|| invalid(offset))?;
            // Some producers write 0 for "none": there is the header.
            let previous = trailer.get("Prev").filter(|previous| previous.as_int() != Some(0));
            let previous =
                previous.map(|previous| offset_of(previous).ok_or_else(|| invalid(offset)));
            if seen.len() == 1 {
                xref.trailer = trailer;
                xref.is_stream = is_stream;
            }
            next = previous.transpose()?;
        }
        if xref.trailer.get("Root").is_none() {
            return Err(PdfError::damaged("missing `/Root` in the trailer"));
        }
        Ok(xref)
    }

    fn section(
        &mut self,
        bytes: &[u8],
        offset: usize,
        work_left: &mut usize,
        malformed: &mut Option<String>,
    ) -> Option<(PdfDict, bool)> {
        let mut parser = ObjectParser::new(bytes, offset, *work_left);
        if !parser.eat_keyword(b"xref") {
            let (dict, section, left) = stream_at(bytes, offset, *work_left, malformed)?;
            *work_left = left;
            self.merge(section);
            return Some((dict, true));
        }
        let mut section = table(&mut parser)?;
        let trailer = parser.object()?;
        *malformed = parser.malformed.take();
        let PdfObject::Dict(trailer) = trailer else { return None };
        parser.consume_skipped()?;
        *work_left = parser.work_left;
        // The stream of a hybrid file has the objects that its table marks as free.
        if let Some(offset) = trailer.get("XRefStm") {
            let (_, hidden, left) = stream_at(bytes, offset_of(offset)?, *work_left, malformed)?;
            *work_left = left;
            for (number, entry) in hidden {
                match section.get(&number).copied().unwrap_or(XrefEntry::Free) {
                    XrefEntry::Free => drop(section.insert(number, entry)),
                    // Readers disagree about which of the two they use.
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

    /// Whether an object with this number and generation exists.
    pub fn has(&self, (number, generation): ObjectId) -> bool {
        self.entries
            .get(&number)
            .is_some_and(|entry| *entry != XrefEntry::Free && entry.generation() == generation)
    }

    /// The first unused object number.
    pub fn next_number(&self) -> Option<u32> {
        let size = offset_of(self.trailer.get("Size")?)?;
        let highest = self.entries.keys().next_back().copied().unwrap_or(0);
        let next = u32::try_from(size).ok()?.max(highest.checked_add(1)?);
        (next < MAX_OBJECT).then_some(next)
    }
}

/// The entries of one section.
type XrefSection = BTreeMap<u32, XrefEntry>;

/// Adds an entry to a section. `None` if the section has a different one: readers disagree about
/// which of the two they use.
fn add(section: &mut XrefSection, number: u32, entry: XrefEntry) -> Option<()> {
    (*section.entry(number).or_insert(entry) == entry).then_some(())
}

/// An offset that is written as an integer; other readers reject `9.0`.
fn offset_of(object: &PdfObject) -> Option<usize> {
    if let PdfObject::Int(value) = object { usize::try_from(*value).ok() } else { None }
}

/// Entries of a table up to `trailer`.
fn table(parser: &mut ObjectParser<'_>) -> Option<XrefSection> {
    let mut section = XrefSection::new();
    while !parser.eat_keyword(b"trailer") {
        let mut first = u32::try_from(parser.int()?).ok()?;
        let count = parser.int()?;
        for index in 0..count {
            parser.work_left = parser.work_left.checked_sub(1)?;
            let offset = usize::try_from(parser.int()?).ok()?;
            let generation = parser.int()?;
            let in_use = parser.eat_keyword(b"n");
            if !in_use && !parser.eat_keyword(b"f") {
                return None;
            }
            if index == 0 && first == 1 && !in_use && generation == 65_535 {
                // Known producer error: the subsection of object 0 starts with 1.
                first = 0;
            }
            let number = first.checked_add(u32::try_from(index).ok()?)?;
            if number > MAX_OBJECT {
                return None;
            }
            let entry = match u16::try_from(generation) {
                // Offset 0 is the header.
                Ok(generation) if in_use && offset > 0 => XrefEntry::At(offset, generation),
                _ => XrefEntry::Free,
            };
            add(&mut section, number, entry)?;
        }
    }
    Some(section)
}

fn stream_at(
    bytes: &[u8],
    offset: usize,
    work_left: usize,
    malformed: &mut Option<String>,
) -> Option<(PdfDict, XrefSection, usize)> {
    let mut parser = ObjectParser::new(bytes, offset, work_left);
    parser.object_header()?;
    let dict = parser.object()?;
    if malformed.is_none() {
        *malformed = parser.malformed.take();
    }
    let PdfObject::Dict(dict) = dict else { return None };
    if !dict.has_name("Type", "XRef") {
        return None;
    }
    let length = dict.get("Length").and_then(PdfObject::as_index);
    let stream = stream_extent(&mut parser, dict, length)?;
    let raw = bytes.get(stream.start..stream.end)?;
    let filters = direct_filters(&stream.dict);
    // Decoded bytes count against the work limit.
    let limit = MAX_STREAM.min(parser.work_left.saturating_mul(8));
    let (data, work) = filter::decode(raw, &filters, limit)?;
    parser.consume_work(work / 8)?;
    let section = stream_entries(&stream.dict, &data, &mut parser)?;
    Some((stream.dict, section, parser.work_left))
}

/// The rows of a cross-reference stream, charged to `parser`.
fn stream_entries(
    dict: &PdfDict,
    data: &[u8],
    parser: &mut ObjectParser<'_>,
) -> Option<XrefSection> {
    let mut section = XrefSection::new();
    let widths: Vec<usize> =
        dict.get("W")?.as_array()?.iter().map(PdfObject::as_index).collect::<Option<_>>()?;
    let &[kind_width, second_width, third_width] = widths.as_slice() else { return None };
    if widths.iter().any(|&width| width > 8) || widths.iter().sum::<usize>() == 0 {
        return None;
    }
    let size = dict.get("Size").and_then(PdfObject::as_int)?;
    let index: Vec<i64> = match dict.get("Index").and_then(PdfObject::as_array) {
        Some(index) => index.iter().map(PdfObject::as_int).collect::<Option<_>>()?,
        None => vec![0, size],
    };
    let mut rows = data.chunks_exact(widths.iter().sum());
    // A row may be a single byte, but every row makes an entry.
    parser.consume_work(rows.len().saturating_sub(data.len() / 8))?;
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

/// Filters and parameters that are direct objects.
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
            let parameters = parameters.next().and_then(|item| item.as_dict().cloned());
            Some((filter.as_name_bytes()?.to_vec(), parameters.unwrap_or_default()))
        })
        .collect()
}

/// The data of the stream whose dictionary `parser` has just read. `length` is used only if
/// `endstream` follows; otherwise `endstream` is searched.
pub(crate) fn stream_extent(
    parser: &mut ObjectParser<'_>,
    dict: PdfDict,
    length: Option<usize>,
) -> Option<PdfStream> {
    if !parser.eat_keyword(b"stream") {
        return None;
    }
    parser.consume_skipped()?;
    let mut start = parser.position;
    let rest = parser.bytes.get(start..)?;
    start += match rest {
        [b'\r', b'\n', ..] => 2,
        [b'\n' | b'\r', ..] => 1,
        _ => 0,
    };
    let by_length = length.and_then(|length| start.checked_add(length));
    let by_length = by_length.filter(|&end| end <= parser.bytes.len()).filter(|&end| {
        let mut after = ObjectParser::new(parser.bytes, end, parser.work_left);
        let ends = after.eat_keyword(b"endstream") || after.eat_keyword(b"endobj");
        let charged = after.consume_skipped();
        parser.work_left = after.work_left;
        ends && charged.is_some()
    });
    let end = match by_length {
        Some(end) => end,
        None => {
            let data = parser.bytes.get(start..)?;
            let found = memchr::memmem::find(data, b"endstream");
            // Charge the search for `endstream` even if it finds nothing (one unit per 4 KiB, as memchr
            // is faster than parsing): otherwise many streams without a length cost quadratic time.
            parser.consume_work(found.unwrap_or(data.len()) >> 12)?;
            let data = data.get(..found?)?;
            let data = data.strip_suffix(b"\n").unwrap_or(data);
            start + data.strip_suffix(b"\r").unwrap_or(data).len()
        }
    };
    parser.seek(end);
    Some(PdfStream { dict, start, end })
}
