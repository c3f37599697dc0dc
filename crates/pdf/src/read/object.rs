//! The objects of a PDF (ISO 32000-2, 7.3) as an owned tree, and their serialization.

use std::fmt::Write as _;
use std::rc::Rc;

/// Number and generation of an indirect object.
pub type ObjectId = (u32, u16);

/// A PDF object.
#[derive(Clone, Debug, PartialEq)]
pub enum PdfObject {
    /// `null`.
    Null,
    /// A boolean.
    Bool(bool),
    /// An integer.
    Int(i64),
    /// A real number.
    Real(f64),
    /// A name, without its `/`.
    Name(Vec<u8>),
    /// A string, decoded.
    String(Vec<u8>),
    /// An array.
    Array(Vec<PdfObject>),
    /// A dictionary.
    Dict(PdfDict),
    /// A stream.
    Stream(PdfStream),
    /// A reference to an indirect object.
    Ref(ObjectId),
    /// An operator of a content stream; not valid elsewhere in a file.
    Keyword(Vec<u8>),
}

/// A stream: its dictionary and the range of its encoded bytes in the file.
#[derive(Clone, Debug, PartialEq)]
pub struct PdfStream {
    /// The stream dictionary.
    pub dict: PdfDict,
    /// Offset of its first byte.
    pub start: usize,
    /// Offset after its last byte.
    pub end: usize,
}

/// A dictionary. The order of entries has no meaning in PDF, so they are stored and written sorted.
///
/// A file may contain a million dictionaries, and they are copied often: so one takes no more memory
/// than its entries, and copies share it until they change.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PdfDict(Rc<[DictEntry]>);

/// A key and its value.
type DictEntry = (Box<[u8]>, PdfObject);

impl PdfDict {
    /// The value of a key; null counts as absent.
    pub fn get(&self, key: &str) -> Option<&PdfObject> {
        self.get_bytes(key.as_bytes()).filter(|value| **value != PdfObject::Null)
    }

    /// Like [`Self::get`] for a key of any bytes; null is returned.
    pub fn get_bytes(&self, key: &[u8]) -> Option<&PdfObject> {
        let place = self.0.binary_search_by(|(own, _)| (**own).cmp(key)).ok()?;
        self.0.get(place).map(|(_, value)| value)
    }

    /// All entries, sorted by key.
    pub fn entries(&self) -> impl Iterator<Item = (&[u8], &PdfObject)> {
        self.0.iter().map(|(key, value)| (&**key, value))
    }

    /// From entries in any order. The last one with the same key is used; the second value is a key
    /// that has different values.
    pub(crate) fn from_entries(mut entries: Vec<(Vec<u8>, PdfObject)>) -> (Self, Option<Vec<u8>>) {
        // Stable, so that the last entry of a key stays last.
        entries.sort_by(|(one, _), (other, _)| one.cmp(other));
        let mut duplicate = None;
        entries.dedup_by(|next, kept| {
            let same = next.0 == kept.0;
            if same {
                if next.1 != kept.1 {
                    duplicate.get_or_insert_with(|| next.0.clone());
                }
                std::mem::swap(next, kept);
            }
            same
        });
        let entries = entries.into_iter().map(|(key, value)| (key.into_boxed_slice(), value));
        (Self(entries.collect()), duplicate)
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

    /// Removes a key.
    pub fn remove(&mut self, key: &str) {
        self.0 = self.0.iter().filter(|(own, _)| **own != *key.as_bytes()).cloned().collect();
    }

    /// Builder form of [`Self::set`].
    pub fn with(mut self, key: &str, value: impl Into<PdfObject>) -> Self {
        self.set(key, value);
        self
    }

    /// Whether the direct value of `key` is the name `name`.
    pub fn has_name(&self, key: &str, name: &str) -> bool {
        self.get(key).and_then(PdfObject::as_name_bytes) == Some(name.as_bytes())
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

    /// An integer, or a real number without fraction.
    pub fn as_int(&self) -> Option<i64> {
        match self {
            Self::Int(value) => Some(*value),
            // Some producers write every number as a real.
            Self::Real(value) if value.fract() == 0.0 && value.abs() < 1e15 => Some(*value as i64),
            _ => None,
        }
    }

    /// Any number.
    pub fn as_number(&self) -> Option<f64> {
        match self {
            Self::Int(value) => Some(*value as f64),
            Self::Real(value) => Some(*value),
            _ => None,
        }
    }

    /// An integer that is not negative.
    pub fn as_index(&self) -> Option<usize> {
        self.as_int().and_then(|value| usize::try_from(value).ok())
    }

    /// The bytes of a name.
    pub fn as_name_bytes(&self) -> Option<&[u8]> {
        if let Self::Name(name) = self { Some(name) } else { None }
    }

    /// The bytes of a string.
    pub fn as_string(&self) -> Option<&[u8]> {
        if let Self::String(text) = self { Some(text) } else { None }
    }

    /// The items of an array.
    pub fn as_array(&self) -> Option<&[PdfObject]> {
        if let Self::Array(items) = self { Some(items) } else { None }
    }

    /// The dictionary of a dictionary or of a stream.
    pub fn as_dict(&self) -> Option<&PdfDict> {
        match self {
            Self::Dict(dict) => Some(dict),
            Self::Stream(stream) => Some(&stream.dict),
            _ => None,
        }
    }

    /// A name object.
    pub fn name_from_str(text: &str) -> Self {
        Self::Name(text.as_bytes().to_vec())
    }

    /// A text string (ISO 32000-2, 7.9.2.2) in UTF-16BE with a byte order mark, which every reader
    /// since PDF 1.2 supports.
    pub fn string_from_str(text: &str) -> Self {
        let units = text.encode_utf16().flat_map(u16::to_be_bytes);
        Self::String([0xFE, 0xFF].into_iter().chain(units).collect())
    }

    /// Appends the serialized object; of a stream, its dictionary.
    pub fn write(&self, out: &mut Vec<u8>) {
        match self {
            Self::Null => out.extend(b"null"),
            Self::Bool(value) => out.extend(value.to_string().bytes()),
            Self::Int(value) => out.extend(value.to_string().bytes()),
            // With a decimal point, so that it is not read as an integer.
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
    /// Appends the serialized dictionary.
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

/// Hexadecimal, because it needs no escapes.
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

macro_rules! impl_object_from {
    ($($source:ty => $value:ident $object:expr;)*) => {
        $(impl From<$source> for PdfObject {
            fn from($value: $source) -> Self {
                $object
            }
        })*
    };
}

impl_object_from! {
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

    /// A file of 10 MB may contain a million dictionaries; with a tree in each it took gigabytes.
    #[test]
    fn objects_and_dictionary_entries_are_small() {
        assert!(size_of::<PdfObject>() <= 40 && size_of::<DictEntry>() <= 56);
        let large = PdfDict::default().with("Fields", vec![PdfObject::Null; 1000]);
        let copy = large.clone();
        assert!(std::ptr::eq(large.get("Fields").unwrap(), copy.get("Fields").unwrap()));
    }

    #[test]
    fn uses_the_last_entry_of_a_duplicate_key() {
        let entries = |values: [i64; 3]| {
            let key = |index: usize| if index == 1 { b"A".to_vec() } else { b"B".to_vec() };
            let entries = values.into_iter().enumerate();
            PdfDict::from_entries(
                entries.map(|(i, value)| (key(i), PdfObject::Int(value))).collect(),
            )
        };
        let (dict, duplicate) = entries([1, 2, 3]);
        assert_eq!(
            (dict.get("B"), dict.get("A")),
            (Some(&PdfObject::Int(3)), Some(&PdfObject::Int(2)))
        );
        assert_eq!((duplicate.as_deref(), dict.entries().count()), (Some(&b"B"[..]), 2));
        assert_eq!(entries([1, 2, 1]).1, None);
        let dict = dict.with("AB", 7_i64).with("B", 8_i64);
        let keys: Vec<_> = dict.entries().map(|(key, _)| key.to_vec()).collect();
        assert_eq!(keys, [&b"A"[..], b"AB", b"B"]);
        let mut without = dict;
        without.remove("AB");
        assert_eq!((without.get("AB"), without.get("B")), (None, Some(&PdfObject::Int(8))));
    }
}
