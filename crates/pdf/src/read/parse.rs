//! Parser of PDF objects. It serves files and content streams; only files have references and
//! streams.

use super::object::{PdfDict, PdfObject};

/// Maximum nesting of arrays and dictionaries; ordinary files stay below ten.
const MAX_DEPTH: usize = 64;

/// Reads objects from `bytes`, starting at `position`.
///
/// `work_left` limits time and memory: each object costs one unit, [`Self::consume_skipped`] charges
/// the bytes in between, and without units no object is returned.
pub(crate) struct ObjectParser<'a> {
    pub(crate) bytes: &'a [u8],
    pub(crate) position: usize,
    pub(crate) work_left: usize,
    /// Bytes before this offset are charged.
    charged: usize,
    /// The first part of the input that readers may interpret differently, such as a dictionary key
    /// with two values.
    pub(crate) malformed: Option<String>,
    content: bool,
}

/// Maximum number of characters of a malformed token in a message.
const MAX_QUOTED: usize = 40;

/// A part of a content stream.
pub(crate) enum ContentToken<'a> {
    /// An operand of the next operator.
    Operand(PdfObject),
    /// An operator.
    Operator(&'a [u8]),
}

/// Whether a byte is white space (ISO 32000-2, table 1).
pub fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\n' | b'\r' | b'\t' | 0x0C | 0)
}

fn is_delimiter(byte: u8) -> bool {
    matches!(byte, b'(' | b')' | b'<' | b'>' | b'[' | b']' | b'{' | b'}' | b'/' | b'%')
}

fn is_regular(byte: u8) -> bool {
    !is_space(byte) && !is_delimiter(byte)
}

impl<'a> ObjectParser<'a> {
    /// A parser for objects of a file.
    pub(crate) fn new(bytes: &'a [u8], position: usize, work_left: usize) -> Self {
        Self { bytes, position, work_left, charged: position, malformed: None, content: false }
    }

    /// A parser for a content stream, where `1 0 R` is three objects.
    pub(crate) fn content(bytes: &'a [u8], work_left: usize) -> Self {
        Self { bytes, position: 0, work_left, charged: 0, malformed: None, content: true }
    }

    /// Consumes `units`; `None`, with nothing left, if there are fewer.
    pub(crate) fn consume_work(&mut self, units: usize) -> Option<()> {
        let left = self.work_left.checked_sub(units);
        self.work_left = left.unwrap_or(0);
        left.map(drop)
    }

    /// Charges the bytes since the last call, which may be blanks: one unit for 32 bytes.
    pub(crate) fn consume_skipped(&mut self) -> Option<()> {
        let units = self.position.saturating_sub(self.charged) >> 5;
        // The remainder is charged with the bytes that follow.
        self.charged += units << 5;
        self.consume_work(units)
    }

    /// Moves back, or forward over bytes that are charged elsewhere. Bytes up to here are charged.
    pub(crate) fn seek(&mut self, position: usize) {
        // If the limit is exceeded, the next read fails.
        let _ = self.consume_skipped();
        self.position = position;
        self.charged = self.charged.max(position);
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.position).copied()
    }

    fn next(&mut self) -> Option<u8> {
        let byte = self.peek()?;
        self.position += 1;
        Some(byte)
    }

    /// Skips white space and comments.
    pub(crate) fn skip_space(&mut self) {
        while let Some(rest) = self.bytes.get(self.position..) {
            let blanks = rest.iter().position(|&byte| !is_space(byte)).unwrap_or(rest.len());
            self.position += blanks;
            let Some(comment) = rest.get(blanks..).filter(|rest| rest.first() == Some(&b'%'))
            else {
                break;
            };
            self.position += memchr::memchr2(b'\n', b'\r', comment).unwrap_or(comment.len());
        }
    }

    /// Consumes `word` if it is next.
    pub(crate) fn eat_keyword(&mut self, word: &[u8]) -> bool {
        self.skip_space();
        let rest = self.bytes.get(self.position..).unwrap_or_default();
        let found =
            rest.starts_with(word) && !rest.get(word.len()).is_some_and(|&byte| is_regular(byte));
        if found {
            self.position += word.len();
        }
        found
    }

    /// The next object that is an integer.
    pub(crate) fn int(&mut self) -> Option<i64> {
        let start = self.position;
        let malformed = self.malformed.clone();
        let value = match self.scalar()? {
            PdfObject::Int(value) => Some(value),
            _ => None,
        };
        if value.is_none() {
            self.seek(start);
            self.malformed = malformed;
        }
        value
    }

    /// Number and generation of `7 0 obj`.
    pub(crate) fn object_header(&mut self) -> Option<(u32, u16)> {
        let number = u32::try_from(self.int()?).ok()?;
        let generation = u16::try_from(self.int()?).ok()?;
        self.eat_keyword(b"obj").then_some((number, generation))
    }

    /// The next object, or `None` at the end, at malformed input or at the work limit.
    pub(crate) fn object(&mut self) -> Option<PdfObject> {
        self.nested(MAX_DEPTH)
    }

    /// The next operand or operator of a content stream. Only arrays and dictionaries cost units: the
    /// caller charges the bytes of everything else, since a drawing has millions of numbers.
    pub(crate) fn content_token(&mut self) -> Option<ContentToken<'a>> {
        if self.work_left == 0 {
            return None;
        }
        self.skip_space();
        let rest = self.bytes.get(self.position..)?;
        let operand = match rest {
            [b'[', ..] | [b'<', b'<', ..] => self.object()?,
            [first, ..] if is_regular(*first) => {
                let text = self.word();
                let Some(value) = value(text) else { return Some(ContentToken::Operator(text)) };
                value
            }
            _ => match self.scalar()? {
                PdfObject::Keyword(_) => return Some(ContentToken::Operator(rest.get(..1)?)),
                operand => operand,
            },
        };
        Some(ContentToken::Operand(operand))
    }

    /// Notes something that readers may interpret differently.
    fn note_malformed(&mut self, what: &str, token: &[u8]) {
        if self.malformed.is_none() && !self.content {
            let token: String = String::from_utf8_lossy(token).chars().take(MAX_QUOTED).collect();
            self.malformed = Some(format!("{what} `{}`", token.escape_default()));
        }
    }

    fn nested(&mut self, depth: usize) -> Option<PdfObject> {
        let depth = depth.checked_sub(1)?;
        self.work_left = self.work_left.checked_sub(1)?;
        self.skip_space();
        let rest = self.bytes.get(self.position..)?;
        match rest {
            [b'<', b'<', ..] => {
                self.position += 2;
                self.dict(depth).map(PdfObject::Dict)
            }
            [b'[', ..] => {
                self.position += 1;
                let mut items = Vec::new();
                loop {
                    self.skip_space();
                    if self.peek()? == b']' {
                        self.position += 1;
                        items.shrink_to_fit();
                        return Some(PdfObject::Array(items));
                    }
                    items.push(self.nested(depth)?);
                }
            }
            _ => {
                let object = self.scalar()?;
                if let PdfObject::Keyword(word) = &object
                    && word
                        .first()
                        .is_some_and(|byte| byte.is_ascii_digit() || b"+-.".contains(byte))
                {
                    self.note_malformed("malformed number", word);
                }
                Some(self.reference(&object).unwrap_or(object))
            }
        }
    }

    /// The rest of `12 0 R`, if that is what began with `first`.
    fn reference(&mut self, first: &PdfObject) -> Option<PdfObject> {
        let PdfObject::Int(number) = first else { return None };
        let number = u32::try_from(*number).ok()?;
        if self.content {
            return None;
        }
        let start = self.position;
        let malformed = self.malformed.clone();
        let generation = self.int().and_then(|value| u16::try_from(value).ok());
        match generation {
            Some(generation) if self.eat_keyword(b"R") => {
                Some(PdfObject::Ref((number, generation)))
            }
            _ => {
                self.seek(start);
                self.malformed = malformed;
                None
            }
        }
    }

    /// Entries up to `>>`.
    fn dict(&mut self, depth: usize) -> Option<PdfDict> {
        let mut entries = Vec::new();
        loop {
            self.skip_space();
            if self.bytes.get(self.position..)?.starts_with(b">>") {
                self.position += 2;
                let (dict, duplicate) = PdfDict::from_entries(entries);
                if let Some(key) = duplicate {
                    self.note_malformed("duplicate key", &[b"/", key.as_slice()].concat());
                }
                return Some(dict);
            }
            let PdfObject::Name(key) = self.nested(depth)? else { return None };
            entries.push((key, self.nested(depth)?));
        }
    }

    /// Skips the dictionary of an inline image, up to and including `ID`.
    pub(crate) fn skip_inline_image_dict(&mut self) {
        while !self.eat_keyword(b"ID") {
            if !matches!(self.object(), Some(PdfObject::Name(_))) || self.object().is_none() {
                return;
            }
        }
    }

    /// Skips the data of an inline image, up to and including `EI`.
    pub(crate) fn skip_inline_image(&mut self) {
        let rest = self.bytes.get(self.position..).unwrap_or_default();
        let end = memchr::memmem::find_iter(rest, b"EI").find(|&at| {
            let before = at.checked_sub(1).and_then(|at| rest.get(at));
            let after = rest.get(at + 2..).unwrap_or_default();
            before.is_none_or(|&byte| is_space(byte))
                && after.first().is_none_or(|&byte| is_space(byte))
                // Image data may contain "EI", too; the real one is followed by text.
                && after.iter().take(8).all(|&byte| byte.is_ascii_graphic() || is_space(byte))
        });
        self.position = end.map_or(self.bytes.len(), |at| self.position + at + 2);
    }

    fn scalar(&mut self) -> Option<PdfObject> {
        self.skip_space();
        match self.peek()? {
            b'/' => {
                self.position += 1;
                Some(PdfObject::Name(self.name()))
            }
            b'(' => {
                self.position += 1;
                Some(PdfObject::String(self.literal_string()))
            }
            b'<' => {
                self.position += 1;
                Some(PdfObject::String(self.hex_string()))
            }
            byte if is_delimiter(byte) => {
                // A stray delimiter: an unknown operator in a content stream, malformed in a file.
                self.position += 1;
                self.content.then(|| PdfObject::Keyword(vec![byte]))
            }
            _ => {
                let text = self.word();
                let object = word(text);
                if matches!(object, PdfObject::Int(_) | PdfObject::Real(_))
                    && !is_strict_number(text)
                {
                    self.note_malformed("malformed number", text);
                }
                Some(object)
            }
        }
    }

    fn word(&mut self) -> &'a [u8] {
        let start = self.position;
        while self.peek().is_some_and(is_regular) {
            self.position += 1;
        }
        self.bytes.get(start..self.position).unwrap_or_default()
    }

    fn name(&mut self) -> Vec<u8> {
        let mut name = Vec::new();
        let mut raw = self.word().iter().copied();
        while let Some(byte) = raw.next() {
            let mut ahead = raw.clone();
            let pair = (ahead.next().and_then(hex_digit), ahead.next().and_then(hex_digit));
            match pair {
                (Some(high), Some(low)) if byte == b'#' => {
                    name.push(high << 4 | low);
                    raw = ahead;
                }
                _ => name.push(byte),
            }
        }
        name
    }

    fn hex_string(&mut self) -> Vec<u8> {
        let mut text = Vec::new();
        let mut half = None;
        while let Some(byte) = self.next().filter(|&byte| byte != b'>') {
            match (half.take(), hex_digit(byte)) {
                (Some(high), Some(low)) => text.push(high << 4 | low),
                (None, Some(high)) => half = Some(high),
                (pending, None) => half = pending,
            }
        }
        text.extend(half.map(|high: u8| high << 4));
        text
    }

    fn literal_string(&mut self) -> Vec<u8> {
        let mut text = Vec::new();
        let mut open = 1_usize;
        loop {
            let rest = self.bytes.get(self.position..).unwrap_or_default();
            let is_special = |&byte: &u8| matches!(byte, b'(' | b')' | b'\\' | b'\r');
            let plain = rest.iter().position(is_special).unwrap_or(rest.len());
            text.extend(rest.get(..plain).unwrap_or_default());
            self.position += plain;
            let Some(byte) = self.next() else { break };
            match byte {
                b'(' => open += 1,
                b')' => {
                    open -= 1;
                    if open == 0 {
                        break;
                    }
                }
                b'\\' => {
                    text.extend(self.escape());
                    continue;
                }
                b'\r' => {
                    // Every end of line in a string is read as a line feed.
                    if self.peek() == Some(b'\n') {
                        self.position += 1;
                    }
                    text.push(b'\n');
                    continue;
                }
                _ => {}
            }
            text.push(byte);
        }
        text
    }

    fn escape(&mut self) -> Option<u8> {
        match self.next()? {
            b'n' => Some(b'\n'),
            b'r' => Some(b'\r'),
            b't' => Some(b'\t'),
            b'b' => Some(8),
            b'f' => Some(12),
            b'\r' => {
                if self.peek() == Some(b'\n') {
                    self.position += 1;
                }
                None
            }
            b'\n' => None,
            digit @ b'0'..=b'7' => {
                let mut value = u16::from(digit - b'0');
                for _ in 0..2 {
                    let Some(digit @ b'0'..=b'7') = self.peek() else { break };
                    value = value << 3 | u16::from(digit - b'0');
                    self.position += 1;
                }
                Some((value & 0xFF) as u8)
            }
            other => Some(other),
        }
    }
}

fn hex_digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

/// A number, a constant or an operator.
fn word(word: &[u8]) -> PdfObject {
    value(word).unwrap_or_else(|| PdfObject::Keyword(word.to_vec()))
}

/// A number or a constant.
fn value(word: &[u8]) -> Option<PdfObject> {
    match word {
        b"true" => Some(PdfObject::Bool(true)),
        b"false" => Some(PdfObject::Bool(false)),
        b"null" => Some(PdfObject::Null),
        _ => number(word),
    }
}

/// Whether every reader accepts this number: at most one sign, and at least one digit.
fn is_strict_number(word: &[u8]) -> bool {
    let signs = word.iter().take_while(|byte| matches!(byte, b'+' | b'-')).count();
    signs <= 1 && word.iter().any(u8::is_ascii_digit)
}

/// Number of digits of which any integer is exact in an `f64`.
const EXACT_DIGITS: usize = 15;
const POWERS_OF_TEN: [f64; EXACT_DIGITS + 1] =
    [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15];

/// PDF numbers have no exponent. As in other readers, a doubled sign (`--5`) counts as one, and a sign
/// or a point without digits is 0.
fn number(word: &[u8]) -> Option<PdfObject> {
    let signs = word.iter().take_while(|byte| matches!(byte, b'+' | b'-')).count();
    let (sign, digits) = word.split_at_checked(signs)?;
    let negative = sign.first() == Some(&b'-');
    let (mut mantissa, mut count, mut decimals) = (0_i64, 0, None);
    for &byte in digits {
        match (byte, &mut decimals) {
            (b'0'..=b'9', decimals) => {
                count += 1;
                mantissa = mantissa.wrapping_mul(10).wrapping_add(i64::from(byte - b'0'));
                *decimals = decimals.map(|decimals| decimals + 1);
            }
            (b'.', None) => decimals = Some(0_usize),
            _ => return None,
        }
    }
    if count > EXACT_DIGITS {
        return long_number(digits, negative);
    }
    let Some(scale) = decimals.filter(|_| count > 0) else {
        return Some(PdfObject::Int(if negative { -mantissa } else { mantissa }));
    };
    // Both are exact, so the quotient is rounded correctly.
    let value = mantissa as f64 / POWERS_OF_TEN.get(scale)?;
    Some(PdfObject::Real(if negative { -value } else { value }))
}

fn long_number(digits: &[u8], negative: bool) -> Option<PdfObject> {
    let text = std::str::from_utf8(digits).ok()?;
    if let Ok(value) = text.parse::<i64>() {
        return Some(PdfObject::Int(if negative { -value } else { value }));
    }
    let value = text.parse::<f64>().ok().filter(|value| value.is_finite())?;
    Some(PdfObject::Real(if negative { -value } else { value }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Option<PdfObject> {
        ObjectParser::new(text.as_bytes(), 0, 100).object()
    }

    #[test]
    fn parses_strings_names_numbers_and_references() {
        assert_eq!(parse(r"(a\(b\)\101(c)\n)").unwrap().as_string().unwrap(), b"a(b)A(c)\n");
        assert_eq!(parse("<4 1 4>").unwrap().as_string().unwrap(), b"A@");
        assert_eq!(parse("/A#20B").unwrap().as_name_bytes().unwrap(), b"A B");
        assert_eq!(parse("[1 0 R 1 0 -.5 4.]").unwrap().as_array().unwrap().len(), 5);
        assert_eq!(parse("<< /A 1 0 R /B null >>").unwrap().as_dict().unwrap().get("B"), None);
    }

    #[test]
    fn reads_numbers_as_other_readers_do() {
        let int = |value| Some(PdfObject::Int(value));
        let real = |value| Some(PdfObject::Real(value));
        for (text, value) in [
            ("-12", int(-12)),
            ("+7", int(7)),
            ("--12", int(-12)),
            ("-", int(0)),
            (".", int(0)),
            ("-.", int(0)),
            ("4.", real(4.0)),
            ("-.5", real(-0.5)),
            ("0.1", real(0.1)),
            ("123456789012345", int(123_456_789_012_345)),
            ("1234567890123456789", int(1_234_567_890_123_456_789)),
            ("99999999999999999999", real(1e20)),
            ("0.30000000000000004", real(0.300_000_000_000_000_04)),
            ("12345.6789012345", real(12_345.678_901_234_5)),
            ("1.2.3", Some(PdfObject::Keyword(b"1.2.3".to_vec()))),
            ("7-0", Some(PdfObject::Keyword(b"7-0".to_vec()))),
            ("1e5", Some(PdfObject::Keyword(b"1e5".to_vec()))),
        ] {
            assert_eq!(parse(text), value, "{text}");
        }
    }

    #[test]
    fn notes_the_first_malformed_part() {
        let malformed = |text: &str| {
            let mut parser = ObjectParser::new(text.as_bytes(), 0, 1000);
            let _ = parser.object();
            parser.malformed
        };
        for (text, expected) in [
            ("<</A 1/B<</C 1/C 2>>/D --5>>", Some("duplicate key `/C`")),
            ("[1 +-5]", Some("malformed number `+-5`")),
            ("[1 -]", Some("malformed number `-`")),
            ("[7-0 5]", Some("malformed number `7-0`")),
            ("<</A 1/A 1/B[1 -5 .5 true null (a) <41> 3 0 R]>>", None),
            // What follows the object does not belong to it.
            ("5 endobj", None),
            ("5 --5 endobj", None),
            ("endobj", None),
            // Another word is kept as it is.
            ("<</A word>>", None),
        ] {
            assert_eq!(malformed(text).as_deref(), expected, "{text}");
        }
        let long = malformed(&format!("[{}]", "7\u{7}".repeat(1000))).unwrap();
        assert!(long.len() < 300 && !long.contains('\u{7}'), "{long}");
    }

    #[test]
    fn limits_depth_and_work() {
        assert_eq!(parse(&"[".repeat(100_000)), None);
        assert_eq!(parse(&format!("[{}]", "0 ".repeat(1000))), None);
    }

    /// Including the lookahead that finds that a number does not begin a reference.
    #[test]
    fn charges_blanks() {
        let (blanks, text) = (" ".repeat(3200), "x".repeat(3200));
        for text in [format!("1{blanks}x"), format!("1 0{blanks}x"), format!("1 ({text})")] {
            let mut parser = ObjectParser::new(text.as_bytes(), 0, 1000);
            assert_eq!(parser.object(), Some(PdfObject::Int(1)));
            assert!(parser.work_left <= 900, "{}", parser.work_left);
        }
        let mut parser = ObjectParser::new(blanks.as_bytes(), 0, 1000);
        assert_eq!(parser.object(), None);
        parser.consume_skipped().unwrap();
        assert_eq!(parser.work_left, 899);
    }

    #[test]
    fn written_objects_parse_to_the_same_value() {
        let huge = "9".repeat(400);
        for text in [
            "<</A[1 2.5 true null]/B#20C<FEFF>/D 7 0 R>>",
            "[4005. -.0 0.0000001 --5 +7 -9223372036854775808 99999999999999999999 .1e5]",
            "[1. 0 R 1 70000 R -1 0 R 1 1 0 R R]",
            "<</ /#/ /#zz#2F#20 /B null /C()>>",
            &format!("[{huge} -{huge}. 0.{huge}]"),
        ] {
            let object = parse(text).unwrap();
            let mut out = Vec::new();
            object.write(&mut out);
            assert_eq!(parse(std::str::from_utf8(&out).unwrap()), Some(object), "{text}");
        }
    }
}
