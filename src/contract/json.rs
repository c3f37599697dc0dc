//! Pull parser for JSON text (RFC 8259). Allocates only for strings with escapes.
//!
//! It builds no document: [`super::validate`] reads values along the tables, and [`find_scalar`]
//! reads single fields of a response. Strict: no trailing commas, no comments, no leading zeros, no
//! control characters in strings, no lone surrogates, nothing after the value, and no nesting beyond
//! [`MAX_DEPTH`], so that untrusted text can neither panic nor exhaust the stack.

use core::fmt;
use std::borrow::Cow;

use super::Redacted;
use crate::format_text::{format_integer, join};

/// Maximum nesting of objects and lists. The contract needs 6.
pub const MAX_DEPTH: u16 = 32;

/// Syntax error at a byte offset.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct JsonSyntaxError {
    /// Offset in bytes.
    pub at: usize,
    /// Expected token.
    pub expected: &'static str,
    /// Whether the nesting exceeds [`MAX_DEPTH`].
    pub too_deep: bool,
}

impl fmt::Display for JsonSyntaxError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // `write!` would add the formatting of integers to the wasm module.
        let at = format_integer(self.at as i64);
        f.write_str(&join(&["invalid JSON at byte ", &at, ": expected ", self.expected]))
    }
}

impl std::error::Error for JsonSyntaxError {}

/// Type of a value, by its first byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JsonType {
    /// `{`
    Object,
    /// `[`
    List,
    /// `"`
    Text,
    /// A digit or `-`.
    Number,
    /// `true` or `false`
    Boolean,
    /// `null`
    Null,
}

impl JsonType {
    /// The type for a message, with its article.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Object => "an object",
            Self::List => "a list",
            Self::Text => "a string",
            Self::Number => "a number",
            Self::Boolean => "a boolean",
            Self::Null => "null",
        }
    }
}

/// String slice with its escapes undecoded.
#[derive(Clone, Copy)]
pub struct RawString<'a> {
    raw: &'a str,
    escaped: bool,
}

impl fmt::Debug for RawString<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("RawString").field(&Redacted(self.raw)).finish()
    }
}

impl<'a> RawString<'a> {
    /// Decodes the escapes.
    pub fn decode(self) -> Cow<'a, str> {
        if !self.escaped {
            return Cow::Borrowed(self.raw);
        }
        let mut out = String::with_capacity(self.raw.len());
        let mut chars = self.raw.chars();
        while let Some(c) = chars.next() {
            if c != '\\' {
                out.push(c);
                continue;
            }
            match chars.next() {
                Some('b') => out.push('\u{8}'),
                Some('f') => out.push('\u{c}'),
                Some('n') => out.push('\n'),
                Some('r') => out.push('\r'),
                Some('t') => out.push('\t'),
                Some('u') => {
                    let unit = hex4(&mut chars);
                    if (0xD800..0xDC00).contains(&unit) {
                        // The reader has checked that a low surrogate follows as `\uXXXX`.
                        chars.next();
                        chars.next();
                        let low = hex4(&mut chars);
                        let scalar = 0x10000 + ((unit - 0xD800) << 10) + low.wrapping_sub(0xDC00);
                        out.push(char::from_u32(scalar).unwrap_or(char::REPLACEMENT_CHARACTER));
                    } else {
                        out.push(char::from_u32(unit).unwrap_or(char::REPLACEMENT_CHARACTER));
                    }
                }
                Some(other) => out.push(other),
                None => {}
            }
        }
        Cow::Owned(out)
    }
}

fn hex4(chars: &mut std::str::Chars<'_>) -> u32 {
    let mut unit = 0;
    for _ in 0..4 {
        unit = unit * 16 + chars.next().and_then(|c| c.to_digit(16)).unwrap_or(0);
    }
    unit
}

/// Pull parser.
#[derive(Clone)]
pub struct JsonReader<'a> {
    text: &'a str,
    at: usize,
    depth: u16,
}

impl fmt::Debug for JsonReader<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = f.debug_struct("JsonReader");
        out.field("text", &Redacted(self.text)).field("at", &self.at).field("depth", &self.depth);
        out.finish()
    }
}

/// Result of reading JSON.
pub type JsonResult<T> = Result<T, JsonSyntaxError>;

impl<'a> JsonReader<'a> {
    /// Creates a reader at the start of the text.
    pub fn new(text: &'a str) -> Self {
        Self { text, at: 0, depth: 0 }
    }

    /// Offset of the next byte.
    pub(crate) fn position(&self) -> usize {
        self.at
    }

    #[inline(always)]
    fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn fail<T>(&self, expected: &'static str) -> JsonResult<T> {
        Err(JsonSyntaxError { at: self.at, expected, too_deep: false })
    }

    #[inline(always)]
    fn space(&mut self) {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.byte() {
            self.at += 1;
        }
    }

    #[inline(always)]
    fn take(&mut self, byte: u8) -> bool {
        let found = self.byte() == Some(byte);
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, byte: u8, expected: &'static str) -> JsonResult<()> {
        if self.take(byte) { Ok(()) } else { self.fail(expected) }
    }

    fn slice(&self, from: usize) -> &'a str {
        self.text.get(from..self.at).unwrap_or_default()
    }

    /// Returns the type of the next value without consuming it.
    pub fn peek_type(&mut self) -> JsonResult<JsonType> {
        self.space();
        match self.byte() {
            Some(b'{') => Ok(JsonType::Object),
            Some(b'[') => Ok(JsonType::List),
            Some(b'"') => Ok(JsonType::Text),
            Some(b'-' | b'0'..=b'9') => Ok(JsonType::Number),
            Some(b't' | b'f') => Ok(JsonType::Boolean),
            Some(b'n') => Ok(JsonType::Null),
            _ => self.fail("a value"),
        }
    }

    fn enter(&mut self) -> JsonResult<()> {
        if self.depth >= MAX_DEPTH {
            return Err(JsonSyntaxError { at: self.at, expected: "less nesting", too_deep: true });
        }
        self.depth += 1;
        Ok(())
    }

    /// Enters an object.
    pub fn begin_object(&mut self) -> JsonResult<()> {
        self.space();
        self.expect(b'{', "`{`")?;
        self.enter()
    }

    /// Reads the next key and its colon; `None` at the end of the object. `first` is true for the
    /// first call after [`Self::begin_object`].
    pub fn next_key(&mut self, first: bool) -> JsonResult<Option<RawString<'a>>> {
        self.space();
        if self.take(b'}') {
            self.depth = self.depth.saturating_sub(1);
            return Ok(None);
        }
        if !first {
            self.expect(b',', "`,` or `}`")?;
            self.space();
        }
        let key = self.string()?;
        self.space();
        self.expect(b':', "`:`")?;
        Ok(Some(key))
    }

    /// Enters a list.
    pub fn begin_list(&mut self) -> JsonResult<()> {
        self.space();
        self.expect(b'[', "`[`")?;
        self.enter()
    }

    /// Returns whether an item follows; consumes the comma or the end of the list.
    pub fn next_item(&mut self, first: bool) -> JsonResult<bool> {
        self.space();
        if self.take(b']') {
            self.depth = self.depth.saturating_sub(1);
            return Ok(false);
        }
        if !first {
            self.expect(b',', "`,` or `]`")?;
        }
        Ok(true)
    }

    /// Reads a string.
    pub fn string(&mut self) -> JsonResult<RawString<'a>> {
        self.space();
        self.expect(b'"', "a string")?;
        let start = self.at;
        let mut escaped = false;
        loop {
            self.plain();
            match self.byte() {
                Some(b'"') => {
                    let raw = self.slice(start);
                    self.at += 1;
                    return Ok(RawString { raw, escaped });
                }
                Some(b'\\') => {
                    escaped = true;
                    self.escape()?;
                }
                Some(_) => return self.fail("a string without control characters"),
                None => return self.fail("the end of the string"),
            }
        }
    }

    /// Skips the characters of a string that need no decoding.
    #[inline(always)]
    fn plain(&mut self) {
        let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
        let special = |byte: &u8| matches!(byte, b'"' | b'\\' | 0..=0x1F);
        self.at += rest.iter().position(special).unwrap_or(rest.len());
    }

    fn escape(&mut self) -> JsonResult<()> {
        self.at += 1;
        match self.byte() {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => {
                self.at += 1;
                Ok(())
            }
            Some(b'u') => {
                self.at += 1;
                let unit = self.unit()?;
                match unit {
                    0xD800..=0xDBFF => {
                        self.expect(b'\\', "a low surrogate")?;
                        self.expect(b'u', "a low surrogate")?;
                        if (0xDC00..=0xDFFF).contains(&self.unit()?) {
                            Ok(())
                        } else {
                            self.fail("a low surrogate")
                        }
                    }
                    0xDC00..=0xDFFF => self.fail("a high surrogate before the low one"),
                    _ => Ok(()),
                }
            }
            _ => self.fail("an escape"),
        }
    }

    fn unit(&mut self) -> JsonResult<u32> {
        let mut unit = 0;
        for _ in 0..4 {
            match self.byte().and_then(|b| char::from(b).to_digit(16)) {
                Some(digit) => unit = unit * 16 + digit,
                None => return self.fail("four hexadecimal digits"),
            }
            self.at += 1;
        }
        Ok(unit)
    }

    /// Reads a number, as text.
    pub fn number(&mut self) -> JsonResult<&'a str> {
        self.space();
        let start = self.at;
        self.take(b'-');
        if self.take(b'0') {
            if let Some(b'0'..=b'9') = self.byte() {
                return self.fail("a number without leading zeros");
            }
        } else {
            self.digits()?;
        }
        if self.take(b'.') {
            self.digits()?;
        }
        if self.take(b'e') || self.take(b'E') {
            let _sign = self.take(b'+') || self.take(b'-');
            self.digits()?;
        }
        Ok(self.slice(start))
    }

    fn digits(&mut self) -> JsonResult<()> {
        if !matches!(self.byte(), Some(b'0'..=b'9')) {
            return self.fail("a digit");
        }
        while let Some(b'0'..=b'9') = self.byte() {
            self.at += 1;
        }
        Ok(())
    }

    /// Reads a boolean.
    pub fn boolean(&mut self) -> JsonResult<bool> {
        self.space();
        let value = self.byte() == Some(b't');
        self.word(if value { "true" } else { "false" })?;
        Ok(value)
    }

    /// Reads `null`.
    pub fn null(&mut self) -> JsonResult<()> {
        self.space();
        self.word("null")
    }

    fn word(&mut self, word: &'static str) -> JsonResult<()> {
        if self.text.get(self.at..).is_some_and(|rest| rest.starts_with(word)) {
            self.at += word.len();
            Ok(())
        } else {
            self.fail(word)
        }
    }

    /// Skips the next value.
    pub fn skip(&mut self) -> JsonResult<()> {
        match self.peek_type()? {
            JsonType::Object => {
                self.begin_object()?;
                let mut first = true;
                while self.next_key(first)?.is_some() {
                    first = false;
                    self.skip()?;
                }
                Ok(())
            }
            JsonType::List => {
                self.begin_list()?;
                let mut first = true;
                while self.next_item(first)? {
                    first = false;
                    self.skip()?;
                }
                Ok(())
            }
            JsonType::Text => self.string().map(drop),
            JsonType::Number => self.number().map(drop),
            JsonType::Boolean => self.boolean().map(drop),
            JsonType::Null => self.null(),
        }
    }

    /// Reads the next value as JSON text, for hosts that change one field and copy the others.
    pub fn raw(&mut self) -> JsonResult<&'a str> {
        self.space();
        let start = self.at;
        self.skip()?;
        Ok(self.slice(start))
    }

    /// Checks that only white space follows.
    pub fn end(&mut self) -> JsonResult<()> {
        self.space();
        if self.at == self.text.len() { Ok(()) } else { self.fail("the end of the text") }
    }
}

/// Checks that the text is exactly one JSON value.
pub fn validate(text: &str) -> Result<(), JsonSyntaxError> {
    let mut reader = JsonReader::new(text);
    reader.skip()?;
    reader.end()
}

/// Result of [`find_scalar`].
#[derive(Clone, PartialEq)]
pub enum JsonScalar<'a> {
    /// A string.
    Text(Cow<'a, str>),
    /// A number, as text.
    Number(&'a str),
    /// A boolean.
    Boolean(bool),
}

impl fmt::Debug for JsonScalar<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.debug_tuple("Text").field(&Redacted(text)).finish(),
            Self::Number(number) => f.debug_tuple("Number").field(number).finish(),
            Self::Boolean(value) => f.debug_tuple("Boolean").field(value).finish(),
        }
    }
}

/// Finds the scalar at a path of keys; `None` if it is absent, null or of another type, or if the
/// text before it is invalid.
pub fn find_scalar<'a>(text: &'a str, path: &[&str]) -> Option<JsonScalar<'a>> {
    let mut reader = JsonReader::new(text);
    for name in path {
        if reader.peek_type().ok()? != JsonType::Object {
            return None;
        }
        reader.begin_object().ok()?;
        let mut first = true;
        loop {
            let key = reader.next_key(first).ok()??;
            if key.decode() == *name {
                break;
            }
            first = false;
            reader.skip().ok()?;
        }
    }
    match reader.peek_type().ok()? {
        JsonType::Text => Some(JsonScalar::Text(reader.string().ok()?.decode())),
        JsonType::Number => Some(JsonScalar::Number(reader.number().ok()?)),
        JsonType::Boolean => Some(JsonScalar::Boolean(reader.boolean().ok()?)),
        _ => None,
    }
}

/// Finds the string at a path of keys, see [`find_scalar`].
pub fn find_string<'a>(text: &'a str, path: &[&str]) -> Option<Cow<'a, str>> {
    match find_scalar(text, path)? {
        JsonScalar::Text(value) => Some(value),
        _ => None,
    }
}

/// Iterates over the fields of an object with the JSON text of their values; empty if the text is
/// not an object. Stops where the text is invalid.
pub fn fields(text: &str) -> impl Iterator<Item = (Cow<'_, str>, &str)> {
    let mut reader = JsonReader::new(text);
    let mut open = reader.begin_object().is_ok();
    let mut first = true;
    core::iter::from_fn(move || {
        let next =
            if open { reader.next_key(core::mem::take(&mut first)).ok().flatten() } else { None };
        let next = next.and_then(|key| Some((key.decode(), reader.raw().ok()?)));
        open = next.is_some();
        next
    })
}

/// Iterates over the items of a list, as JSON text; empty if the text is not a list. Stops where
/// the text is invalid.
pub fn items(text: &str) -> impl Iterator<Item = &str> {
    let mut reader = JsonReader::new(text);
    let mut open = reader.begin_list().is_ok();
    let mut first = true;
    core::iter::from_fn(move || {
        let more = open && reader.next_item(core::mem::take(&mut first)).unwrap_or(false);
        let next = if more { reader.raw().ok() } else { None };
        open = next.is_some();
        next
    })
}

/// Finds the JSON text of the value at a path of keys; `None` if it is absent or null.
pub fn find_raw<'a>(text: &'a str, path: &[&str]) -> Option<&'a str> {
    path.iter()
        .try_fold(text, |text, name| fields(text).find(|(key, _)| key == name).map(|(_, raw)| raw))
        .filter(|raw| *raw != "null")
}

/// Appends a JSON string, quoted and escaped.
pub fn write_string(out: &mut String, value: &str) {
    out.push('"');
    for c in value.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if (c as u32) < 0x20 => {
                out.push_str("\\u00");
                for nibble in [(c as u32) >> 4, (c as u32) & 0xF] {
                    out.push(char::from_digit(nibble, 16).unwrap_or('0'));
                }
            }
            c => out.push(c),
        }
    }
    out.push('"');
}
