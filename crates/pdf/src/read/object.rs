//! The objects of a PDF (ISO 32000-2, 7.3) as an owned tree, and how they are
//! written back.

use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Number and generation of an indirect object.
pub type Id = (u32, u16);

/// A PDF object.
#[derive(Clone, Debug, PartialEq)]
pub enum Object {
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
    Array(Vec<Object>),
    /// A dictionary.
    Dict(Dict),
    /// A stream.
    Stream(Stream),
    /// A reference to an indirect object.
    Ref(Id),
    /// A bare word: an operator of a content stream, never a part of a document.
    Keyword(Vec<u8>),
}

/// A stream: its dictionary and where its raw bytes are in the file.
#[derive(Clone, Debug, PartialEq)]
pub struct Stream {
    /// Its dictionary.
    pub dict: Dict,
    /// Offset of its first byte.
    pub start: usize,
    /// Offset behind its last byte.
    pub end: usize,
}

/// A dictionary. The order of its entries has no meaning in PDF, so they are
/// kept (and written) sorted.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Dict(pub BTreeMap<Vec<u8>, Object>);

impl Dict {
    /// The value of a key; null is as good as none.
    pub fn get(&self, key: &str) -> Option<&Object> {
        self.0.get(key.as_bytes()).filter(|value| **value != Object::Null)
    }

    /// Sets the value of a key.
    pub fn set(&mut self, key: &str, value: impl Into<Object>) {
        self.0.insert(key.as_bytes().to_vec(), value.into());
    }

    /// Takes a key out.
    pub fn remove(&mut self, key: &str) {
        self.0.remove(key.as_bytes());
    }

    /// Builder form of [`Dict::set`].
    pub fn with(mut self, key: &str, value: impl Into<Object>) -> Self {
        self.set(key, value);
        self
    }

    /// Whether the direct value of `key` is the name `name`.
    pub fn is(&self, key: &str, name: &str) -> bool {
        self.get(key).and_then(Object::name) == Some(name.as_bytes())
    }
}

impl Object {
    /// Calls `each` with every reference in the object, however deep.
    pub fn references(&self, each: &mut impl FnMut(Id)) {
        match self {
            Self::Ref(id) => each(*id),
            Self::Array(items) => items.iter().for_each(|item| item.references(each)),
            Self::Dict(dict) => dict.0.values().for_each(|value| value.references(each)),
            Self::Stream(stream) => {
                stream.dict.0.values().for_each(|value| value.references(each));
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
    pub fn array(&self) -> Option<&[Object]> {
        if let Self::Array(items) = self { Some(items) } else { None }
    }

    /// The dictionary of a dictionary or of a stream.
    pub fn dict(&self) -> Option<&Dict> {
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
            Self::Dict(dict) | Self::Stream(Stream { dict, .. }) => dict.write(out),
            Self::Ref((number, generation)) => {
                out.extend(format!("{number} {generation} R").bytes());
            }
            Self::Keyword(word) => out.extend(word),
        }
    }
}

impl Dict {
    /// Appends the dictionary as it stands in a file.
    pub fn write(&self, out: &mut Vec<u8>) {
        out.extend(b"<<");
        for (key, value) in &self.0 {
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
        $(impl From<$source> for Object {
            fn from($value: $source) -> Self {
                $object
            }
        })*
    };
}

object_from! {
    bool => value Object::Bool(value);
    i64 => value Object::Int(value);
    usize => value Object::Int(i64::try_from(value).unwrap_or(i64::MAX));
    f64 => value Object::Real(value);
    Id => value Object::Ref(value);
    Dict => value Object::Dict(value);
    Vec<Object> => value Object::Array(value);
    Vec<f64> => value Object::Array(value.into_iter().map(Object::Real).collect());
}
