//! The objects of a PDF (ISO 32000-2, 7.3) as an owned tree, and how they are
//! written back.

use std::fmt::Write as _;
use std::rc::Rc;

/// Number and generation of an indirect object.
pub type ObjectId = (u32, u16);

/// A PDF object.
#[derive(Clone, Debug, PartialEq)]
pub enum PdfObject {
    /// Nothing.
    Null,
    /// True or false.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// Any other number.
    Real(f64),
    /// A name, without its `/`.
    Name(Vec<u8>),
    /// A string, decoded.
    String(Vec<u8>),
    /// A list.
    Array(Vec<PdfObject>),
    /// A dictionary.
    Dict(PdfDict),
    /// A stream.
    Stream(PdfStream),
    /// A reference to an indirect object.
    Ref(ObjectId),
    /// A bare word: an operator of a content stream, never a part of a document.
    Keyword(Vec<u8>),
}

/// A stream: its dictionary and where its raw bytes are in the file.
#[derive(Clone, Debug, PartialEq)]
pub struct PdfStream {
    /// Its dictionary.
    pub dict: PdfDict,
    /// Offset of its first byte.
    pub start: usize,
    /// Offset behind its last byte.
    pub end: usize,
}

/// A dictionary. The order of its entries has no meaning in PDF, so they are
/// kept (and written) sorted.
///
/// A file may have a million of them, and they are copied often: so they take no
/// more room than their entries, and copies share it until they change.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PdfDict(Rc<[DictEntry]>);

/// A key and its value.
type DictEntry = (Box<[u8]>, PdfObject);

impl PdfDict {
    /// The value of a key; null is as good as none.
    pub fn get(&self, key: &str) -> Option<&PdfObject> {
        self.named(key.as_bytes()).filter(|value| **value != PdfObject::Null)
    }

    /// The value of a key that may be any bytes, null included.
    pub fn named(&self, key: &[u8]) -> Option<&PdfObject> {
        let place = self.0.binary_search_by(|(own, _)| (**own).cmp(key)).ok()?;
        self.0.get(place).map(|(_, value)| value)
    }

    /// All entries, sorted by their keys.
    pub fn entries(&self) -> impl Iterator<Item = (&[u8], &PdfObject)> {
        self.0.iter().map(|(key, value)| (&**key, value))
    }

    /// From entries in any order. Of those with the same key the last one counts; the second value
    /// is whether there are any that differ.
    pub(crate) fn from_entries(mut entries: Vec<(Vec<u8>, PdfObject)>) -> (Self, bool) {
        // Stable: what stood last stays last.
        entries.sort_by(|(one, _), (other, _)| one.cmp(other));
        let mut ambiguous = false;
        entries.dedup_by(|next, kept| {
            let same = next.0 == kept.0;
            if same {
                ambiguous |= next.1 != kept.1;
                std::mem::swap(next, kept);
            }
            same
        });
        let entries = entries.into_iter().map(|(key, value)| (key.into_boxed_slice(), value));
        (Self(entries.collect()), ambiguous)
    }

    /// Sets the value of a key.
    pub fn set(&mut self, key: &str, value: impl Into<PdfObject>) {
        let mut entries = self.0.to_vec();
        let entry = (key.as_bytes().into(), value.into());
        match entries.binary_search_by(|(own, _)| (**own).cmp(key.as_bytes())) {
            Ok(place) => entries.splice(place..=place, [entry]).for_each(drop),
            Err(place) => entries.insert(place, entry),
        }
        self.0 = entries.into();
    }

    /// Takes a key out.
    pub fn remove(&mut self, key: &str) {
        self.0 = self.0.iter().filter(|(own, _)| **own != *key.as_bytes()).cloned().collect();
    }

    /// Builder form of [`Dict::set`].
    pub fn with(mut self, key: &str, value: impl Into<PdfObject>) -> Self {
        self.set(key, value);
        self
    }

    /// Whether the direct value of `key` is the name `name`.
    pub fn is(&self, key: &str, name: &str) -> bool {
        self.get(key).and_then(PdfObject::name) == Some(name.as_bytes())
    }
}

impl PdfObject {
    /// Calls `each` with every reference in the object, however deep.
    pub fn references(&self, each: &mut impl FnMut(ObjectId)) {
        match self {
            Self::Ref(id) => each(*id),
            Self::Array(items) => items.iter().for_each(|item| item.references(each)),
            Self::Dict(dict) => dict.entries().for_each(|(_, value)| value.references(each)),
            Self::Stream(stream) => {
                stream.dict.entries().for_each(|(_, value)| value.references(each));
            }
            _ => {}
        }
    }

    /// A whole number, however it is written.
    pub fn int(&self) -> Option<i64> {
        match self {
            Self::Int(value) => Some(*value),
            // Some writers put every number as a real.
            Self::Real(value) if value.fract() == 0.0 && value.abs() < 1e15 => Some(*value as i64),
            _ => None,
        }
    }

    /// Any number.
    pub fn number(&self) -> Option<f64> {
        match self {
            Self::Int(value) => Some(*value as f64),
            Self::Real(value) => Some(*value),
            _ => None,
        }
    }

    /// A whole number that is not negative.
    pub fn index(&self) -> Option<usize> {
        self.int().and_then(|value| usize::try_from(value).ok())
    }

    /// The bytes of a name.
    pub fn name(&self) -> Option<&[u8]> {
        if let Self::Name(name) = self { Some(name) } else { None }
    }

    /// The bytes of a string.
    pub fn string(&self) -> Option<&[u8]> {
        if let Self::String(text) = self { Some(text) } else { None }
    }

    /// The items of a list.
    pub fn array(&self) -> Option<&[PdfObject]> {
        if let Self::Array(items) = self { Some(items) } else { None }
    }

    /// The dictionary of a dictionary or of a stream.
    pub fn dict(&self) -> Option<&PdfDict> {
        match self {
            Self::Dict(dict) => Some(dict),
            Self::Stream(stream) => Some(&stream.dict),
            _ => None,
        }
    }

    /// A name of this text.
    pub fn as_name(text: &str) -> Self {
        Self::Name(text.as_bytes().to_vec())
    }

    /// A text string (ISO 32000-2, 7.9.2.2): UTF-16BE with a byte order mark,
    /// which every reader since PDF 1.2 understands.
    pub fn text(text: &str) -> Self {
        let units = text.encode_utf16().flat_map(u16::to_be_bytes);
        Self::String([0xFE, 0xFF].into_iter().chain(units).collect())
    }

    /// Appends the object as it stands in a file.
    pub fn write(&self, out: &mut Vec<u8>) {
        match self {
            Self::Null => out.extend(b"null"),
            Self::Bool(value) => out.extend(value.to_string().bytes()),
            Self::Int(value) => out.extend(value.to_string().bytes()),
            // With its point, by which readers tell it from a whole number.
            Self::Real(value) if value.fract() == 0.0 => out.extend(format!("{value}.0").bytes()),
            Self::Real(value) => out.extend(value.to_string().bytes()),
            Self::Name(name) => write_name(name, out),
            Self::String(text) => write_hex_string(text, out),
            Self::Array(items) => {
                out.push(b'[');
                for (position, item) in items.iter().enumerate() {
                    if position > 0 {
                        out.push(b' ');
                    }
                    item.write(out);
                }
                out.push(b']');
            }
            Self::Dict(dict) | Self::Stream(PdfStream { dict, .. }) => dict.write(out),
            Self::Ref((number, generation)) => {
                out.extend(format!("{number} {generation} R").bytes());
            }
            Self::Keyword(word) => out.extend(word),
        }
    }
}

impl PdfDict {
    /// Appends the dictionary as it stands in a file.
    pub fn write(&self, out: &mut Vec<u8>) {
        out.extend(b"<<");
        for (key, value) in self.entries() {
            write_name(key, out);
            out.push(b' ');
            value.write(out);
        }
        out.extend(b">>");
    }
}

fn write_name(name: &[u8], out: &mut Vec<u8>) {
    out.push(b'/');
    for &byte in name {
        if byte.is_ascii_graphic() && !b"#%()<>[]{}/".contains(&byte) {
            out.push(byte);
        } else {
            out.extend(format!("#{byte:02X}").bytes());
        }
    }
}

/// Hexadecimal, because it needs no escape and survives any transport.
fn write_hex_string(text: &[u8], out: &mut Vec<u8>) {
    let mut hex = String::with_capacity(text.len() * 2 + 2);
    hex.push('<');
    for byte in text {
        // Writing to a String cannot fail.
        let _ = write!(hex, "{byte:02X}");
    }
    hex.push('>');
    out.extend(hex.bytes());
}

macro_rules! object_from {
    ($($source:ty => $value:ident $object:expr;)*) => {
        $(impl From<$source> for PdfObject {
            fn from($value: $source) -> Self {
                $object
            }
        })*
    };
}

object_from! {
    bool => value PdfObject::Bool(value);
    i64 => value PdfObject::Int(value);
    usize => value PdfObject::Int(i64::try_from(value).unwrap_or(i64::MAX));
    f64 => value PdfObject::Real(value);
    ObjectId => value PdfObject::Ref(value);
    PdfDict => value PdfObject::Dict(value);
    Vec<PdfObject> => value PdfObject::Array(value);
    Vec<f64> => value PdfObject::Array(value.into_iter().map(PdfObject::Real).collect());
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file of 10 MB may have a million dictionaries: with the nodes of a tree for each it took
    /// gigabytes.
    #[test]
    fn what_a_file_may_have_a_million_of_is_small() {
        assert!(size_of::<PdfObject>() <= 40 && size_of::<DictEntry>() <= 56);
        let large = PdfDict::default().with("Fields", vec![PdfObject::Null; 1000]);
        let copy = large.clone();
        assert!(std::ptr::eq(large.get("Fields").unwrap(), copy.get("Fields").unwrap()));
    }

    #[test]
    fn the_last_of_two_entries_counts() {
        let entries = |values: [i64; 3]| {
            let key = |index: usize| if index == 1 { b"A".to_vec() } else { b"B".to_vec() };
            let entries = values.into_iter().enumerate();
            PdfDict::from_entries(
                entries.map(|(i, value)| (key(i), PdfObject::Int(value))).collect(),
            )
        };
        let (dict, ambiguous) = entries([1, 2, 3]);
        assert_eq!(
            (dict.get("B"), dict.get("A")),
            (Some(&PdfObject::Int(3)), Some(&PdfObject::Int(2)))
        );
        assert!(ambiguous && !entries([1, 2, 1]).1 && dict.entries().count() == 2);
        let dict = dict.with("AB", 7_i64).with("B", 8_i64);
        let keys: Vec<_> = dict.entries().map(|(key, _)| key.to_vec()).collect();
        assert_eq!(keys, [&b"A"[..], b"AB", b"B"]);
        let mut without = dict;
        without.remove("AB");
        assert_eq!((without.get("AB"), without.get("B")), (None, Some(&PdfObject::Int(8))));
    }
}
