//! A PDF file whose objects are read when they are asked for.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeSet, HashMap};
use std::ops::Deref;
use std::rc::Rc;

use super::filter;
use super::object::{ObjectId, PdfDict, PdfObject, PdfStream};
use super::parse::ObjectParser;
use super::xref::{self, Xref, XrefEntry};
use crate::PdfError;

/// Objects that may be parsed for one file, and steps of other work that take
/// about as long. A page takes about a hundred; at some 50 bytes each this
/// bounds the memory to a few hundred megabytes.
const FUEL: usize = 8_000_000;
/// Bytes that all streams of one file together may decode to.
const MAX_DECODED: usize = 256 << 20;
/// Bytes that a single stream may decode to.
const MAX_STREAM: usize = 64 << 20;
/// How deep reading one object may ask for another (a stream's length, its
/// object stream, that one's length, ...).
const MAX_NESTED_READS: usize = 8;
/// How many references may point to references.
const MAX_REFERENCES: usize = 16;
/// Where the header may begin (ISO 32000-1, annex H, note 13).
const HEADER_WITHIN: usize = 1024;

/// A parsed PDF file.
pub struct PdfFile<'a> {
    /// The whole file.
    pub bytes: &'a [u8],
    /// Where its objects are.
    pub xref: Xref,
    cache: RefCell<HashMap<ObjectId, Rc<PdfObject>>>,
    object_streams: RefCell<HashMap<u32, Option<Rc<ObjectStream>>>>,
    fuel: Cell<usize>,
    decoded: Cell<usize>,
    reads: Cell<usize>,
    cut: Cell<bool>,
    ambiguous: Cell<bool>,
}

/// What the objects of a file tell together.
#[derive(Clone, Debug, Default)]
pub struct ObjectSurvey {
    /// What is referred to without there being an object of that number and generation: each stands
    /// for null (ISO 32000-2, 7.3.10).
    pub missing: BTreeSet<ObjectId>,
    /// The numbers that objects refer to more than once.
    pub shared: BTreeSet<u32>,
}

/// A resolved object: never copied, since one object may be asked for often.
#[derive(Debug)]
pub enum ResolvedObject<'o> {
    /// Part of another object.
    Direct(&'o PdfObject),
    /// An object of its own.
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
    /// The object on its own, to be kept.
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
    /// The first offset by number, for entries whose index is wrong.
    by_number: HashMap<u32, usize>,
    data: Vec<u8>,
}

/// The part of `bytes` that is the PDF: what stands before `%PDF-` is cut off,
/// unless the file's offsets count it.
pub fn trim(bytes: &[u8]) -> Result<&[u8], PdfError> {
    let window = bytes.get(..bytes.len().min(HEADER_WITHIN + 5)).unwrap_or_default();
    let header = memchr::memmem::find(window, b"%PDF-").ok_or(PdfError::NotAPdf)?;
    let trimmed = bytes.get(header..).unwrap_or_default();
    let reads = |bytes: &[u8]| {
        xref::start(bytes).is_some_and(|start| {
            let mut parser = ObjectParser::new(bytes, start, 100);
            // Within a number, one byte too far, there is a number as well.
            let before = start.checked_sub(1).and_then(|before| bytes.get(before));
            let begins = !before.is_some_and(u8::is_ascii_digit);
            begins && (parser.take(b"xref") || parser.object_header().is_some())
        })
    };
    Ok(if header > 0 && !reads(trimmed) && reads(bytes) { bytes } else { trimmed })
}

impl<'a> PdfFile<'a> {
    /// Reads the cross-reference data of `bytes`, which [`trim`] has passed.
    pub fn open(bytes: &'a [u8]) -> Result<Self, PdfError> {
        let damaged = |what| Err(PdfError::Damaged(what));
        let Some(start) = xref::start(bytes) else {
            return damaged("it has no `startxref`; it may be cut off");
        };
        let mut fuel = FUEL;
        let Some(xref) = Xref::read(bytes, start, &mut fuel) else {
            return damaged("its cross-reference table cannot be read");
        };
        let end = memchr::memmem::rfind(bytes, b"%%EOF").unwrap_or(bytes.len());
        let tail = bytes.get(end..).unwrap_or_default();
        if memchr::memmem::find(tail, b" obj").is_some() {
            return damaged("it goes on after its last end-of-file mark; it may be cut off");
        }
        Ok(Self {
            bytes,
            xref,
            cache: RefCell::default(),
            object_streams: RefCell::default(),
            fuel: Cell::new(fuel),
            decoded: Cell::new(0),
            reads: Cell::new(0),
            cut: Cell::new(false),
            ambiguous: Cell::new(false),
        })
    }

    /// Reads all of the file, which uses up nothing of what this reader of it may read.
    ///
    /// # Errors
    ///
    /// [`Refusal::Damaged`]: the last bytes are in the middle of an object, so that whatever is
    /// appended becomes a part of it, the file is too complex, or programs differ in how they read it.
    pub fn whole(&self) -> Result<ObjectSurvey, PdfError> {
        let file = Self::open(self.bytes)?;
        let mut seen = BTreeSet::new();
        let mut whole = ObjectSurvey::default();
        let mut note = |id: ObjectId| {
            if !file.xref.has(id) {
                whole.missing.insert(id);
            } else if !seen.insert(id.0) {
                whole.shared.insert(id.0);
            }
        };
        file.xref.trailer.entries().for_each(|(_, value)| value.references(&mut note));
        for (&number, &entry) in file.xref.entries.iter().filter(|(_, e)| **e != XrefEntry::Free) {
            if file.exhausted() || file.cut.get() {
                break;
            }
            file.once((number, entry.generation())).references(&mut note);
        }
        file.not_exhausted()?;
        if file.cut.get() {
            return Err(PdfError::Damaged("it ends in the middle of an object"));
        }
        if file.ambiguous.get() {
            return Err(PdfError::Damaged(
                "programs read it in different ways: an entry stands twice, or a number has two signs",
            ));
        }
        Ok(whole)
    }

    /// Whether the budget of this file is used up, so that objects read as absent.
    pub fn exhausted(&self) -> bool {
        self.fuel.get() == 0 || self.decoded.get() >= MAX_DECODED
    }

    /// What is told of a file whose budget is used up may be wrong.
    ///
    /// # Errors
    ///
    /// [`Refusal::Damaged`]: it is.
    pub fn not_exhausted(&self) -> Result<(), PdfError> {
        if self.exhausted() {
            return Err(PdfError::Damaged("it is too complex to be read safely"));
        }
        Ok(())
    }

    /// Takes `units` of the file's fuel; `false` if there are not as many.
    pub fn burn(&self, units: usize) -> bool {
        let left = self.fuel.get().checked_sub(units);
        self.fuel.set(left.unwrap_or(0));
        left.is_some()
    }

    /// Like [`File::get`], of an object that will not be asked for again: it is not kept.
    pub fn once(&self, id: ObjectId) -> PdfObject {
        self.read(id).unwrap_or(PdfObject::Null)
    }

    /// The indirect object `id`; [`Object::Null`] if there is none.
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
        // To find nothing is work as well.
        if !self.burn(1) {
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
                self.parse(&container.data, *offset, |parser| {
                    parser.object().filter(|object| !matches!(object, PdfObject::Keyword(_)))
                })
            }
        }
    }

    /// The object that begins at `offset` with its number and generation, whatever the
    /// cross-reference table says of them.
    pub fn at(&self, offset: usize) -> Option<(ObjectId, PdfObject)> {
        let id = ObjectParser::new(self.bytes, offset, 0).object_header()?;
        Some((id, self.read_at(id, offset)?))
    }

    fn read_at(&self, id: ObjectId, offset: usize) -> Option<PdfObject> {
        let (dict, position) = {
            let (object, position) = self.parse(self.bytes, offset, |parser| {
                if parser.object_header()? != id {
                    return None;
                }
                let object = parser.object();
                if parser.position >= self.bytes.len() {
                    self.cut.set(true);
                }
                // What stands before `stream` is paid for as well.
                parser.skip_space();
                Some((object?, parser.position))
            })?;
            let PdfObject::Dict(dict) = object else { return Some(object) };
            (dict, position)
        };
        let is_stream = ObjectParser::new(self.bytes, position, 0).take(b"stream");
        if !is_stream {
            return Some(PdfObject::Dict(dict));
        }
        let length = dict.get("Length").and_then(|length| self.resolve(length).index());
        let stream =
            self.parse(self.bytes, position, |parser| xref::stream_extent(parser, dict, length));
        if stream.is_none() {
            self.cut.set(true);
        }
        stream.map(PdfObject::Stream)
    }

    /// Runs `read` on a parser and charges the file for it.
    fn parse<T>(
        &self,
        bytes: &[u8],
        position: usize,
        read: impl FnOnce(&mut ObjectParser<'_>) -> Option<T>,
    ) -> Option<T> {
        let mut parser = ObjectParser::new(bytes, position, self.fuel.get());
        let result = read(&mut parser);
        if parser.ambiguous {
            self.ambiguous.set(true);
        }
        let paid = parser.settle();
        self.fuel.set(parser.fuel);
        paid.and(result)
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
        // An object stream cannot be inside of another one (ISO 32000-2, 7.5.7).
        let XrefEntry::At(_, generation) = *self.xref.entries.get(&number)? else { return None };
        let object = self.get((number, generation));
        let PdfObject::Stream(stream) = &*object else { return None };
        let data = self.decode(stream)?;
        let first = stream.dict.get("First").map(|first| self.resolve(first))?.index()?;
        let count = stream.dict.get("N").map(|count| self.resolve(count))?.index()?;
        let objects = self.parse(&data, 0, |parser| {
            let mut objects = Vec::new();
            while objects.len() < count && parser.position < first {
                parser.pay(2)?;
                let number = u32::try_from(parser.int()?).ok()?;
                let offset = usize::try_from(parser.int()?).ok()?;
                objects.push((number, first.checked_add(offset)?));
            }
            Some(objects)
        })?;
        // Of two with one number the first counts, as in a search.
        let by_number = objects.iter().rev().copied().collect();
        Some(ObjectStream { objects, by_number, data })
    }

    /// Follows references until something else comes.
    pub fn resolve<'o>(&self, object: &'o PdfObject) -> ResolvedObject<'o> {
        self.locate(object).1
    }

    /// Like [`File::resolve`], with the id of the indirect object it ended at.
    pub fn locate<'o>(&self, object: &'o PdfObject) -> (Option<ObjectId>, ResolvedObject<'o>) {
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

    /// The resolved value of `key`; [`Object::Null`] if absent.
    pub fn value<'o>(&self, dict: &'o PdfDict, key: &str) -> ResolvedObject<'o> {
        dict.get(key).map_or(ResolvedObject::Direct(&PdfObject::Null), |value| self.resolve(value))
    }

    /// The resolved dictionary (or stream dictionary) under `key`.
    pub fn dict(&self, dict: &PdfDict, key: &str) -> Option<PdfDict> {
        self.value(dict, key).dict().cloned()
    }

    /// The resolved numbers of an array of `N`: many pages may share one that is longer.
    pub fn numbers<const N: usize>(&self, object: &PdfObject) -> Option<[f64; N]> {
        let mut numbers = [0.0; N];
        let items = object.array().filter(|items| items.len() == N)?;
        for (number, item) in numbers.iter_mut().zip(items) {
            *number = self.resolve(item).number()?;
        }
        Some(numbers)
    }

    /// Whether the file is encrypted: a reference to what is not there says nothing.
    pub fn is_encrypted(&self) -> bool {
        match self.xref.trailer.get("Encrypt") {
            Some(PdfObject::Ref(id)) => self.xref.has(*id),
            other => other.is_some(),
        }
    }

    /// The document catalog and its id.
    pub fn catalog(&self) -> Result<(ObjectId, PdfDict), PdfError> {
        let root = self.xref.trailer.get("Root").cloned().unwrap_or(PdfObject::Null);
        match self.locate(&root) {
            (Some(id), object) => match &*object {
                PdfObject::Dict(dict) => Ok((id, dict.clone())),
                _ => Err(PdfError::Damaged("its document catalog cannot be read")),
            },
            _ => Err(PdfError::Damaged("its document catalog is missing")),
        }
    }

    /// The decoded data of a stream; `None` if it cannot be decoded within the
    /// limits.
    pub fn decode(&self, stream: &PdfStream) -> Option<Vec<u8>> {
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
                let name = name.name().filter(|name| name.len() <= filter::MAX_NAME)?.to_vec();
                let parameters = parameters.next().map(|item| self.resolve(item));
                let parameters = parameters.as_deref().and_then(PdfObject::dict);
                Some((name, parameters.map(|dict| self.parameters(dict)).unwrap_or_default()))
            })
            .collect::<Option<_>>()?;
        let left = MAX_DECODED.checked_sub(self.decoded.get())?;
        let decoded = filter::decode(raw, &filters, left.min(MAX_STREAM));
        // What failed has cost up to the limit as well, and a decoder is not made for nothing.
        let cost = decoded.as_ref().map_or(left.min(MAX_STREAM), |(_, work)| work + 512);
        self.decoded.set(self.decoded.get() + cost);
        decoded.map(|(data, _)| data)
    }

    /// A copy of what filters read, with values that are direct.
    fn parameters(&self, dict: &PdfDict) -> PdfDict {
        let numbers = filter::PARAMETERS.iter().filter_map(|key| {
            Some((key.as_bytes().to_vec(), PdfObject::Int(self.value(dict, key).int()?)))
        });
        PdfDict::from_entries(numbers.collect()).0
    }
}

/// What stands in a list, or alone in the place of one.
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

    /// Object 9, with a table in which every other number is its own place for it.
    fn spent(object: &str, id: ObjectId) -> usize {
        let mut bytes = format!("%PDF-1.7\n9 0 obj{object}").into_bytes();
        let start = bytes.len() + 1;
        bytes.extend(b"\nxref\n8 2\n0000000009 00000 n \n0000000009 00000 n \n");
        bytes.extend(format!("trailer<</Root 1 0 R>>\nstartxref\n{start}\n%%EOF").bytes());
        let file = PdfFile::open(&bytes).unwrap();
        let before = file.fuel.get();
        let _ = file.once(id);
        before - file.fuel.get()
    }

    #[test]
    fn nothing_is_read_for_nothing() {
        assert_eq!(spent("null", (7, 0)), 1, "there is none");
        assert!(spent(&" ".repeat(3200), (9, 0)) > 100, "blanks");
        assert!(spent(&format!("<<>>%{}", "x".repeat(3200)), (9, 0)) > 100, "before `stream`");
        let pad = "x".repeat(1 << 20);
        assert!(spent(&format!("<<>>stream {pad}"), (9, 0)) > 1 << 8, "a lost end");
        let blanks = " ".repeat(3200);
        let stream = format!("<</Length 10>>stream\n{blanks}endstream");
        assert!(spent(&stream, (9, 0)) > 90, "before `endstream`");
    }
}
