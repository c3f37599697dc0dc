//! A PDF file whose objects are read on demand, within a work limit.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeSet, HashMap};
use std::ops::Deref;
use std::rc::Rc;

use swisscom_sign::preflight::attach::{PDF_HEADER_WINDOW, PDF_MAGIC};

use super::filter;
use super::object::{ObjectId, PdfDict, PdfObject, PdfStream};
use super::parse::ObjectParser;
use super::xref::{self, Xref, XrefEntry};
use crate::PdfError;

/// Work limit of a file: parsed objects, and steps of other work that take about as long. A page
/// takes about a hundred. At some 50 bytes each this limits the memory to a few hundred megabytes.
const MAX_WORK: usize = 8_000_000;
/// Maximum decoded size of all streams of a file together, in bytes.
const MAX_DECODED: usize = 256 << 20;
/// Maximum decoded size of one stream, in bytes.
const MAX_STREAM: usize = 64 << 20;
/// Maximum depth of reads that need another object (the length of a stream, its object stream, the
/// length of that one).
const MAX_NESTED_READS: usize = 8;
/// Maximum length of a chain of references.
const MAX_REFERENCES: usize = 16;

/// A parsed PDF file.
pub struct PdfFile<'a> {
    /// All bytes of the file.
    pub bytes: &'a [u8],
    /// Cross-reference data.
    pub xref: Xref,
    cache: RefCell<HashMap<ObjectId, Rc<PdfObject>>>,
    object_streams: RefCell<HashMap<u32, Option<Rc<ObjectStream>>>>,
    work_left: Cell<usize>,
    decoded_bytes: Cell<usize>,
    reads: Cell<usize>,
    truncated: Cell<bool>,
    /// Whether a stream could not be decoded.
    undecoded: Cell<bool>,
    malformed: RefCell<Option<(ObjectId, String)>>,
}

/// References between the objects of a file.
#[derive(Clone, Debug, Default)]
pub struct ObjectSurvey {
    /// References to objects that do not exist; each is null (ISO 32000-2, 7.3.10).
    pub missing: BTreeSet<ObjectId>,
    /// Object numbers with more than one reference to them.
    pub shared: BTreeSet<u32>,
}

/// A resolved object. It is not copied, since many references may lead to one large object.
#[derive(Debug)]
pub enum ResolvedObject<'o> {
    /// Part of another object.
    Direct(&'o PdfObject),
    /// An indirect object.
    Indirect(Rc<PdfObject>),
}

impl Deref for ResolvedObject<'_> {
    type Target = PdfObject;

    fn deref(&self) -> &PdfObject {
        match self {
            Self::Direct(object) => object,
            Self::Indirect(object) => object,
        }
    }
}

impl ResolvedObject<'_> {
    /// The object as a shared value.
    pub fn into_rc(self) -> Rc<PdfObject> {
        match self {
            Self::Direct(object) => Rc::new(object.clone()),
            Self::Indirect(object) => object,
        }
    }
}

/// A decoded object stream: number and offset of each object, and the data.
struct ObjectStream {
    objects: Vec<(u32, usize)>,
    /// First offset by object number, for entries with a wrong index.
    by_number: HashMap<u32, usize>,
    data: Vec<u8>,
}

/// Removes the bytes before `%PDF-`, unless the offsets of the file count them.
///
/// # Errors
///
/// [`PdfError::NotAPdf`] without a header.
pub fn skip_prefix(bytes: &[u8]) -> Result<&[u8], PdfError> {
    let window = bytes.get(..PDF_HEADER_WINDOW).unwrap_or(bytes);
    let header = memchr::memmem::find(window, PDF_MAGIC).ok_or(PdfError::NotAPdf)?;
    let trimmed = bytes.get(header..).unwrap_or_default();
    let reads = |bytes: &[u8]| {
        xref::start(bytes).is_some_and(|start| {
            let mut parser = ObjectParser::new(bytes, start, 100);
            // One byte further, in the middle of a number, there is a number too.
            let before = start.checked_sub(1).and_then(|before| bytes.get(before));
            let begins = !before.is_some_and(u8::is_ascii_digit);
            begins && (parser.eat_keyword(b"xref") || parser.object_header().is_some())
        })
    };
    Ok(if header > 0 && !reads(trimmed) && reads(bytes) { bytes } else { trimmed })
}

impl<'a> PdfFile<'a> {
    /// Reads the cross-reference data of `bytes`, as [`skip_prefix`] returns them.
    ///
    /// # Errors
    ///
    /// [`PdfError::Damaged`].
    pub fn open(bytes: &'a [u8]) -> Result<Self, PdfError> {
        let Some(start) = xref::start(bytes) else {
            return Err(PdfError::damaged(
                "missing or invalid `startxref`; the file may be truncated",
            ));
        };
        let mut work_left = MAX_WORK;
        let xref = Xref::read(bytes, start, &mut work_left)?;
        let end = memchr::memmem::rfind(bytes, b"%%EOF").unwrap_or(bytes.len());
        if has_object_header(bytes.get(end..).unwrap_or_default()) {
            return Err(PdfError::damaged(
                "objects after the last `%%EOF`; the file may be truncated",
            ));
        }
        Ok(Self {
            bytes,
            xref,
            cache: RefCell::default(),
            object_streams: RefCell::default(),
            work_left: Cell::new(work_left),
            decoded_bytes: Cell::new(0),
            reads: Cell::new(0),
            truncated: Cell::new(false),
            undecoded: Cell::new(false),
            malformed: RefCell::default(),
        })
    }

    /// Reads every object, with a work limit of its own.
    ///
    /// # Errors
    ///
    /// [`PdfError::Damaged`]: the file ends in the middle of an object, so that an incremental update
    /// would become part of it, or it exceeds the work limit.
    pub fn scan_objects(&self) -> Result<ObjectSurvey, PdfError> {
        let file = Self::open(self.bytes)?;
        let mut seen = BTreeSet::new();
        let mut survey = ObjectSurvey::default();
        let mut note = |id: ObjectId| {
            if !file.xref.has(id) {
                survey.missing.insert(id);
            } else if !seen.insert(id.0) {
                survey.shared.insert(id.0);
            }
        };
        file.xref.trailer.entries().for_each(|(_, value)| value.references(&mut note));
        for (&number, &entry) in file.xref.entries.iter().filter(|(_, e)| **e != XrefEntry::Free) {
            if file.is_exhausted() || file.truncated.get() {
                break;
            }
            file.read_uncached((number, entry.generation())).references(&mut note);
        }
        file.ensure_not_exhausted()?;
        if file.truncated.get() {
            return Err(PdfError::damaged("the file ends in the middle of an object"));
        }
        Ok(survey)
    }

    /// The first object, of those read so far, that programs may interpret differently, and what is
    /// malformed in it: a dictionary key has different values, or a number is malformed.
    pub fn malformed(&self) -> Option<(ObjectId, String)> {
        self.malformed.borrow().clone()
    }

    /// Whether programs may interpret an object differently.
    pub fn is_malformed(&self, id: ObjectId) -> bool {
        let known = self.malformed.take();
        let _ = self.read_uncached(id);
        self.malformed.replace(known).is_some()
    }

    /// Whether the work limit is exceeded. Objects are null from then on.
    pub fn is_exhausted(&self) -> bool {
        self.work_left.get() == 0 || self.decoded_bytes.get() >= MAX_DECODED
    }

    /// Fails if the work limit is exceeded, since results are unreliable then.
    ///
    /// # Errors
    ///
    /// [`PdfError::Damaged`].
    pub fn ensure_not_exhausted(&self) -> Result<(), PdfError> {
        if self.is_exhausted() {
            return Err(PdfError::damaged("the file exceeds the work limit: it is too complex"));
        }
        Ok(())
    }

    /// Counts `units` against the work limit; `false` if that exceeds it.
    pub fn consume_work(&self, units: usize) -> bool {
        let left = self.work_left.get().checked_sub(units);
        self.work_left.set(left.unwrap_or(0));
        left.is_some()
    }

    /// Remaining units of work.
    pub(crate) fn work_left(&self) -> usize {
        self.work_left.get()
    }

    /// Notes that a part of the file was not read, because of a limit or an unknown filter.
    pub(crate) fn note_unread(&self) {
        self.undecoded.set(true);
    }

    /// Whether every stream was decoded so far, within the limits.
    pub(crate) fn is_read_completely(&self) -> bool {
        !self.undecoded.get() && !self.is_exhausted()
    }

    /// Like [`Self::get`], without a cache entry: for objects that are read once.
    pub fn read_uncached(&self, id: ObjectId) -> PdfObject {
        self.read(id).unwrap_or(PdfObject::Null)
    }

    /// The indirect object `id`; [`PdfObject::Null`] if it does not exist.
    pub fn get(&self, id: ObjectId) -> Rc<PdfObject> {
        if let Some(object) = self.cache.borrow().get(&id) {
            return Rc::clone(object);
        }
        let reads = self.reads.get();
        if reads >= MAX_NESTED_READS {
            return Rc::new(PdfObject::Null);
        }
        self.reads.set(reads + 1);
        let object = Rc::new(self.read(id).unwrap_or(PdfObject::Null));
        self.reads.set(reads);
        self.cache.borrow_mut().insert(id, Rc::clone(&object));
        object
    }

    fn read(&self, id: ObjectId) -> Option<PdfObject> {
        // A lookup that finds nothing is work, too.
        if !self.consume_work(1) {
            return None;
        }
        match *self.xref.entries.get(&id.0)? {
            XrefEntry::Free => None,
            XrefEntry::At(offset, generation) if generation == id.1 => self.read_at(id, offset),
            XrefEntry::At(..) => None,
            XrefEntry::In(..) if id.1 != 0 => None,
            XrefEntry::In(container, index) => {
                let container = self.object_stream(container)?;
                let by_index = container.objects.get(index).filter(|(number, _)| *number == id.0);
                let offset = by_index
                    .map(|(_, offset)| offset)
                    .or_else(|| container.by_number.get(&id.0))?;
                self.parse(id, &container.data, *offset, |parser| {
                    parser.object().filter(|object| !matches!(object, PdfObject::Keyword(_)))
                })
            }
        }
    }

    /// The object at `offset` with its number and generation, independent of the cross-reference
    /// table.
    pub fn object_at(&self, offset: usize) -> Option<(ObjectId, PdfObject)> {
        let id = ObjectParser::new(self.bytes, offset, 0).object_header()?;
        Some((id, self.read_at(id, offset)?))
    }

    fn read_at(&self, id: ObjectId, offset: usize) -> Option<PdfObject> {
        let (dict, position) = {
            let (object, position) = self.parse(id, self.bytes, offset, |parser| {
                if parser.object_header()? != id {
                    return None;
                }
                let object = parser.object();
                if parser.position >= self.bytes.len() {
                    self.truncated.set(true);
                }
                // Bytes skipped before `stream` count against the work limit.
                parser.skip_space();
                Some((object?, parser.position))
            })?;
            let PdfObject::Dict(dict) = object else { return Some(object) };
            (dict, position)
        };
        let is_stream = ObjectParser::new(self.bytes, position, 0).eat_keyword(b"stream");
        if !is_stream {
            return Some(PdfObject::Dict(dict));
        }
        let length = dict.get("Length").and_then(|length| self.resolve(length).as_index());
        let stream = self
            .parse(id, self.bytes, position, |parser| xref::stream_extent(parser, dict, length));
        if stream.is_none() {
            self.truncated.set(true);
        }
        stream.map(PdfObject::Stream)
    }

    /// Runs `read` on a parser and counts its work.
    fn parse<T>(
        &self,
        id: ObjectId,
        bytes: &[u8],
        position: usize,
        read: impl FnOnce(&mut ObjectParser<'_>) -> Option<T>,
    ) -> Option<T> {
        let mut parser = ObjectParser::new(bytes, position, self.work_left.get());
        let result = read(&mut parser);
        if let Some(what) = parser.malformed.take() {
            self.malformed.borrow_mut().get_or_insert((id, what));
        }
        let within_limit = parser.consume_skipped();
        self.work_left.set(parser.work_left);
        within_limit.and(result)
    }

    fn object_stream(&self, number: u32) -> Option<Rc<ObjectStream>> {
        if let Some(known) = self.object_streams.borrow().get(&number) {
            return known.clone();
        }
        let loaded = self.load_object_stream(number).map(Rc::new);
        self.object_streams.borrow_mut().insert(number, loaded.clone());
        loaded
    }

    fn load_object_stream(&self, number: u32) -> Option<ObjectStream> {
        // An object stream cannot contain another one (ISO 32000-2, 7.5.7).
        let XrefEntry::At(_, generation) = *self.xref.entries.get(&number)? else { return None };
        let object = self.get((number, generation));
        let PdfObject::Stream(stream) = &*object else { return None };
        let data = self.decode(stream)?;
        let first = stream.dict.get("First").map(|first| self.resolve(first))?.as_index()?;
        let count = stream.dict.get("N").map(|count| self.resolve(count))?.as_index()?;
        let objects = self.parse((number, generation), &data, 0, |parser| {
            let mut objects = Vec::new();
            while objects.len() < count && parser.position < first {
                parser.consume_work(2)?;
                let number = u32::try_from(parser.int()?).ok()?;
                let offset = usize::try_from(parser.int()?).ok()?;
                objects.push((number, first.checked_add(offset)?));
            }
            Some(objects)
        })?;
        // The first of two with the same number is used, as in a search.
        let by_number = objects.iter().rev().copied().collect();
        Some(ObjectStream { objects, by_number, data })
    }

    /// Follows references.
    pub fn resolve<'o>(&self, object: &'o PdfObject) -> ResolvedObject<'o> {
        self.resolve_with_id(object).1
    }

    /// Like [`Self::resolve`], with the id of the indirect object.
    pub fn resolve_with_id<'o>(
        &self,
        object: &'o PdfObject,
    ) -> (Option<ObjectId>, ResolvedObject<'o>) {
        let PdfObject::Ref(mut id) = *object else { return (None, ResolvedObject::Direct(object)) };
        for _ in 0..MAX_REFERENCES {
            let target = self.get(id);
            match *target {
                PdfObject::Ref(next) => id = next,
                _ => return (Some(id), ResolvedObject::Indirect(target)),
            }
        }
        (None, ResolvedObject::Direct(&PdfObject::Null))
    }

    /// The resolved value of `key`; [`PdfObject::Null`] if absent.
    pub fn get_resolved<'o>(&self, dict: &'o PdfDict, key: &str) -> ResolvedObject<'o> {
        dict.get(key).map_or(ResolvedObject::Direct(&PdfObject::Null), |value| self.resolve(value))
    }

    /// The resolved dictionary (or stream dictionary) under `key`.
    pub fn dict(&self, dict: &PdfDict, key: &str) -> Option<PdfDict> {
        self.get_resolved(dict, key).as_dict().cloned()
    }

    /// The resolved numbers of an array of exactly `N`: many pages may share one that is longer.
    pub fn numbers<const N: usize>(&self, object: &PdfObject) -> Option<[f64; N]> {
        let mut numbers = [0.0; N];
        let items = object.as_array().filter(|items| items.len() == N)?;
        for (number, item) in numbers.iter_mut().zip(items) {
            *number = self.resolve(item).as_number()?;
        }
        Some(numbers)
    }

    /// Whether the file is encrypted. A reference to an object that does not exist is ignored.
    pub fn is_encrypted(&self) -> bool {
        match self.xref.trailer.get("Encrypt") {
            Some(PdfObject::Ref(id)) => self.xref.has(*id),
            other => other.is_some(),
        }
    }

    /// The document catalog and its id.
    ///
    /// # Errors
    ///
    /// [`PdfError::Damaged`].
    pub fn catalog(&self) -> Result<(ObjectId, PdfDict), PdfError> {
        let root = self.xref.trailer.get("Root").cloned().unwrap_or(PdfObject::Null);
        match self.resolve_with_id(&root) {
            (Some(id), object) => match &*object {
                PdfObject::Dict(dict) => Ok((id, dict.clone())),
                _ => Err(PdfError::damaged(format!(
                    "invalid document catalog: object {} is not a dictionary",
                    id.0
                ))),
            },
            _ => Err(PdfError::damaged("missing document catalog: invalid `/Root` in the trailer")),
        }
    }

    /// The decoded data of a stream; `None` if it cannot be decoded within the limits.
    pub fn decode(&self, stream: &PdfStream) -> Option<Vec<u8>> {
        let decoded = self.try_decode(stream);
        if decoded.is_none() {
            self.note_unread();
        }
        decoded
    }

    fn try_decode(&self, stream: &PdfStream) -> Option<Vec<u8>> {
        let raw = self.bytes.get(stream.start..stream.end)?;
        let dict = &stream.dict;
        let value = |key: &str, short: &str| {
            dict.get(key).or_else(|| dict.get(short)).map(|value| self.resolve(value))
        };
        let (names, parameters) = (value("Filter", "F"), value("DecodeParms", "DP"));
        let mut parameters = items(parameters.as_deref()).iter();
        let filters: Vec<(Vec<u8>, PdfDict)> = items(names.as_deref())
            .iter()
            .take(filter::MAX_FILTERS + 1)
            .map(|name| {
                let name = self.resolve(name);
                let name =
                    name.as_name_bytes().filter(|name| name.len() <= filter::MAX_NAME)?.to_vec();
                let parameters = parameters.next().map(|item| self.resolve(item));
                let parameters = parameters.as_deref().and_then(PdfObject::as_dict);
                Some((name, parameters.map(|dict| self.parameters(dict)).unwrap_or_default()))
            })
            .collect::<Option<_>>()?;
        let left = MAX_DECODED.checked_sub(self.decoded_bytes.get())?;
        let decoded = filter::decode(raw, &filters, left.min(MAX_STREAM));
        // Charge the full limit for a failed stream plus a constant per decoder: otherwise many broken
        // or empty streams would cost nothing and the work limit would not bound the time.
        let cost = decoded.as_ref().map_or(left.min(MAX_STREAM), |(_, work)| work + 1024);
        self.decoded_bytes.set(self.decoded_bytes.get() + cost);
        decoded.map(|(data, _)| data)
    }

    /// The entries that filters read, with resolved values.
    fn parameters(&self, dict: &PdfDict) -> PdfDict {
        let numbers = filter::PARAMETERS.iter().filter_map(|key| {
            Some((key.as_bytes().to_vec(), PdfObject::Int(self.get_resolved(dict, key).as_int()?)))
        });
        PdfDict::from_entries(numbers.collect()).0
    }
}

/// Whether the start of an object, such as `12 0 obj`, is in `bytes`.
fn has_object_header(bytes: &[u8]) -> bool {
    let digits = |bytes: &[u8]| bytes.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
    memchr::memmem::find_iter(bytes, b" obj").any(|at| {
        let before = bytes.get(at.saturating_sub(32)..at).unwrap_or_default();
        let generation = digits(before);
        let before = before.get(..before.len() - generation).unwrap_or_default();
        let number = before.trim_ascii_end();
        generation > 0 && number.len() < before.len() && digits(number) > 0
    })
}

/// The items of an array, or a single object that is written in place of one.
fn items(object: Option<&PdfObject>) -> &[PdfObject] {
    match object {
        Some(PdfObject::Array(items)) => items,
        Some(object) => std::slice::from_ref(object),
        None => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Work that reading `id` consumes, in a file with `object` as object 9.
    fn consumed(object: &str, id: ObjectId) -> usize {
        let mut bytes = format!("%PDF-1.7\n9 0 obj{object}").into_bytes();
        let start = bytes.len() + 1;
        bytes.extend(b"\nxref\n8 2\n0000000009 00000 n \n0000000009 00000 n \n");
        bytes.extend(format!("trailer<</Root 1 0 R>>\nstartxref\n{start}\n%%EOF").bytes());
        let file = PdfFile::open(&bytes).unwrap();
        let before = file.work_left.get();
        let _ = file.read_uncached(id);
        before - file.work_left.get()
    }

    #[test]
    fn reading_an_object_always_consumes_work() {
        assert_eq!(consumed("null", (7, 0)), 1, "missing object");
        assert!(consumed(&" ".repeat(3200), (9, 0)) > 100, "blanks");
        assert!(consumed(&format!("<<>>%{}", "x".repeat(3200)), (9, 0)) > 100, "before `stream`");
        let pad = "x".repeat(1 << 20);
        assert!(consumed(&format!("<<>>stream {pad}"), (9, 0)) > 1 << 8, "missing `endstream`");
        let blanks = " ".repeat(3200);
        let stream = format!("<</Length 10>>stream\n{blanks}endstream");
        assert!(consumed(&stream, (9, 0)) > 90, "before `endstream`");
    }
}
