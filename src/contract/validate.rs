//! Validates JSON text against the tables and reports all violations of the contract, each with its
//! path.
//!
//! Only requests are validated. Responses are not: the contract is versioned by the vendor, and an
//! older client must accept responses of a newer platform.

use core::ops::Range;
use std::borrow::Cow;

use super::format;
use super::json::{JsonReader, JsonResult, JsonType, RawString};
use super::{
    EnumSchema, FieldAccess, FieldPresence, FieldSchema, FieldType, IntegerSchema, ListSchema,
    ObjectSchema, Problem, ProblemCode, Severity, StringSchema, UnionSchema,
};
use crate::format_text::{format_integer, join};

/// Maximum number of reported problems, so that a small request cannot cause a huge response.
const MAX_PROBLEMS: usize = 100;

/// Validates the JSON text of a request body against its schema.
///
/// ```
/// use swisscom_sign::contract::{Process, ProblemCode, declare::ContractObject, validate};
///
/// let problems = validate(Process::OBJECT, r#"{ "initiator": { "type": "PERSON", "email": "?" } }"#);
/// assert_eq!(problems[0].path, "$.initiator.email");
/// assert_eq!(problems[0].code, ProblemCode::Format);
/// ```
pub fn validate(object: &'static ObjectSchema, text: &str) -> Vec<Problem> {
    validate_writable(object, text).0
}

/// Validates a request body, and returns it without its read-only fields, so that a process that was
/// read can be used as a template.
pub(crate) fn validate_writable<'a>(
    object: &'static ObjectSchema,
    text: &'a str,
) -> (Vec<Problem>, Cow<'a, str>) {
    let mut validator = Validator {
        reader: JsonReader::new(text),
        path: Vec::new(),
        problems: Vec::new(),
        read_only: Vec::new(),
    };
    let result = validator.object(object).and_then(|()| validator.reader.end());
    if let Err(error) = result {
        validator.path.clear();
        let at = format_integer(error.at as i64);
        if error.too_deep {
            validator.report(ProblemCode::TooDeep, &["nested too deeply at byte ", &at]);
        } else {
            validator.report(
                ProblemCode::Syntax,
                &["invalid JSON at byte ", &at, ": expected ", error.expected],
            );
        }
    }
    let writable = without(text, &validator.read_only);
    (validator.problems, writable)
}

/// Removes fields of objects. Each range starts at the end of the field before it, or after `{`, and
/// ends after the value.
fn without<'a>(text: &'a str, fields: &[Range<usize>]) -> Cow<'a, str> {
    if fields.is_empty() {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut from = 0;
    let ends = fields.iter().map(|field| (field.start, field.end));
    for (start, end) in ends.chain([(text.len(), text.len())]) {
        let mut kept = text.get(from..start).unwrap_or_default();
        // Without the first field of an object, the comma after it goes, too.
        if out.ends_with('{')
            && let Some(rest) = kept.trim_ascii_start().strip_prefix(',')
        {
            kept = rest;
        }
        out.push_str(kept);
        from = end;
    }
    Cow::Owned(out)
}

enum PathSegment<'a> {
    Key(Cow<'a, str>),
    Index(usize),
}

struct Validator<'a> {
    reader: JsonReader<'a>,
    path: Vec<PathSegment<'a>>,
    problems: Vec<Problem>,
    /// Places of the read-only fields, see [`without`].
    read_only: Vec<Range<usize>>,
}

impl<'a> Validator<'a> {
    fn report(&mut self, code: ProblemCode, message: &[&str]) {
        self.report_as(code.severity(), code, message);
    }

    fn report_as(&mut self, severity: Severity, code: ProblemCode, message: &[&str]) {
        if self.problems.len() < MAX_PROBLEMS {
            let problem = Problem::new(render(&self.path), code, join(message));
            self.problems.push(problem.with_severity(severity));
        }
    }

    fn report_at(&mut self, key: Cow<'a, str>, code: ProblemCode, message: &[&str]) {
        self.path.push(PathSegment::Key(key));
        self.report(code, message);
        self.path.pop();
    }

    /// Whether the next value has the expected type; skips and reports a value of another type.
    fn expect_type(&mut self, expected: JsonType) -> JsonResult<bool> {
        let actual = self.reader.peek_type()?;
        if actual == expected {
            return Ok(true);
        }
        self.reader.skip()?;
        self.report(ProblemCode::Type, &["must be ", expected.as_str(), ", not ", actual.as_str()]);
        Ok(false)
    }

    fn value(&mut self, kind: FieldType) -> JsonResult<()> {
        match kind {
            FieldType::Object(object) => self.object(object),
            FieldType::Union(union) => self.union(union),
            FieldType::List(list) => self.list(list),
            FieldType::Text(text) => self.text(text),
            FieldType::Integer(integer) => self.integer(integer),
            FieldType::Enumeration(enumeration) => self.enumeration(enumeration),
            FieldType::StringMap => self.string_map(),
            FieldType::Fraction => self.fraction(),
            FieldType::Any => {
                self.expect_type(JsonType::Object)?.then(|| self.reader.skip()).transpose()?;
                Ok(())
            }
            FieldType::Boolean => {
                if self.expect_type(JsonType::Boolean)? {
                    self.reader.boolean()?;
                }
                Ok(())
            }
        }
    }

    fn object(&mut self, object: &'static ObjectSchema) -> JsonResult<()> {
        if !self.expect_type(JsonType::Object)? {
            return Ok(());
        }
        self.reader.begin_object()?;
        // Bit sets of the fields, to find duplicate and missing keys without an allocation; the
        // largest object has 19 fields.
        let (mut seen, mut filled) = (0_u64, 0_u64);
        let mut unknown = Vec::new();
        let mut first = true;
        loop {
            let begin = self.reader.position();
            let Some(key) = self.reader.next_key(first)? else { break };
            first = false;
            let key = key.decode();
            let Some((bit, field)) = lookup(object, &key) else {
                self.unknown(object, key, &mut unknown)?;
                continue;
            };
            if seen & bit != 0 {
                self.report_at(Cow::Borrowed(field.name), ProblemCode::DuplicateKey, DUPLICATE_KEY);
            }
            seen |= bit;
            let nullable = !object.closed || field.presence == FieldPresence::Nullable;
            if nullable && self.reader.peek_type()? == JsonType::Null {
                // The platform treats null as absent.
                self.reader.null()?;
                continue;
            }
            filled |= bit;
            self.path.push(PathSegment::Key(Cow::Borrowed(field.name)));
            if field.access == FieldAccess::ReadOnly {
                self.report(
                    ProblemCode::ReadOnly,
                    &["read-only field: it is not sent, as only the platform sets it"],
                );
                self.reader.skip()?;
                self.read_only.push(begin..self.reader.position());
            } else {
                self.value(field.kind)?;
            }
            self.path.pop();
        }
        for (index, field) in object.fields.iter().enumerate() {
            if field.required() && filled & (1 << index) == 0 {
                self.report_at(Cow::Borrowed(field.name), ProblemCode::Required, &["is required"]);
            }
        }
        Ok(())
    }

    fn unknown(
        &mut self,
        object: &'static ObjectSchema,
        key: Cow<'a, str>,
        seen: &mut Vec<Cow<'a, str>>,
    ) -> JsonResult<()> {
        self.reader.skip()?;
        if mark_seen(seen, key.clone()) {
            self.report_at(key, ProblemCode::DuplicateKey, DUPLICATE_KEY);
            return Ok(());
        }
        let near = object.fields.iter().find(|field| field.name.eq_ignore_ascii_case(&key));
        let hint = near.map(|field| join(&["; did you mean `", field.name, "`?"]));
        let message = ["unknown field of ", object.name, hint.as_deref().unwrap_or_default()];
        self.report_at(key, ProblemCode::UnknownField, &message);
        Ok(())
    }

    fn union(&mut self, union: &'static UnionSchema) -> JsonResult<()> {
        if !self.expect_type(JsonType::Object)? {
            return Ok(());
        }
        let selected = match discriminator(self.reader.clone(), union.discriminator)? {
            Discriminator::Text(text) => Some(text.decode()),
            Discriminator::Absent => union.default.map(Cow::Borrowed),
            Discriminator::OtherType => None,
        };
        let variant = selected
            .as_ref()
            .and_then(|selected| union.variants.iter().find(|(value, _)| value == selected));
        if let Some((_, object)) = variant {
            return self.object(object);
        }
        self.reader.skip()?;
        let (code, must) = match selected {
            Some(_) => (ProblemCode::Enumeration, "must be one of "),
            None => (ProblemCode::Required, "is required: one of "),
        };
        let values = list_values(union.variants.iter().map(|(value, _)| *value));
        self.report_at(Cow::Borrowed(union.discriminator), code, &[must, &values]);
        Ok(())
    }

    fn list(&mut self, list: &'static ListSchema) -> JsonResult<()> {
        if !self.expect_type(JsonType::List)? {
            return Ok(());
        }
        self.reader.begin_list()?;
        let mut index = 0;
        let mut items = Vec::new();
        while self.reader.next_item(index == 0)? {
            self.path.push(PathSegment::Index(index));
            if list.unique && self.reader.peek_type()? == JsonType::Text {
                let item = self.reader.clone().string()?.decode();
                if mark_seen(&mut items, item) {
                    self.report(
                        ProblemCode::DuplicateItem,
                        &["duplicate item: each value may appear only once"],
                    );
                }
            }
            self.value(list.item)?;
            self.path.pop();
            index += 1;
        }
        if let Some(max) = list.max
            && index > max as usize
        {
            let message = exceeded("too many items: ", index as i64, "", i64::from(max));
            self.report(ProblemCode::TooManyItems, &[&message]);
        }
        Ok(())
    }

    fn text(&mut self, limits: StringSchema) -> JsonResult<()> {
        if !self.expect_type(JsonType::Text)? {
            return Ok(());
        }
        let value = self.reader.string()?.decode();
        if let Some(max) = limits.max {
            let length = utf16_length(&value);
            if length > max as usize {
                let message = exceeded("too long: ", length as i64, " characters", i64::from(max));
                self.report(ProblemCode::TooLong, &[&message]);
                // Skip the format check: scanning 50 MB of Base64 for its alphabet is wasted when
                // the length is already invalid.
                return Ok(());
            }
        }
        if let Some((expected, severity)) = format::violation(limits.format, &value) {
            let message = ["invalid format: expected ", expected];
            self.report_as(severity, ProblemCode::Format, &message);
        }
        Ok(())
    }

    fn integer(&mut self, limits: IntegerSchema) -> JsonResult<()> {
        if !self.expect_type(JsonType::Number)? {
            return Ok(());
        }
        let text = self.reader.number()?;
        let Ok(value) = text.parse::<i64>() else {
            let integer = text.bytes().all(|b| b.is_ascii_digit() || b == b'-');
            let message = if integer { "out of range" } else { "must be an integer" };
            self.report(ProblemCode::Type, &[message]);
            return Ok(());
        };
        let (min, max) = match limits.bits {
            32 => (i64::from(i32::MIN), i64::from(i32::MAX)),
            _ => (i64::MIN, i64::MAX),
        };
        let (min, max) = (limits.min.unwrap_or(min), limits.max.unwrap_or(max));
        if value < min {
            self.report(ProblemCode::Minimum, &["must be at least ", &format_integer(min)]);
        } else if value > max {
            self.report(ProblemCode::Maximum, &["must be at most ", &format_integer(max)]);
        }
        Ok(())
    }

    fn fraction(&mut self) -> JsonResult<()> {
        if self.expect_type(JsonType::Number)? {
            let text = self.reader.number()?;
            // No object of the contract has such a field, and the parser of floats is large in wasm.
            if cfg!(feature = "model")
                && !text.parse::<f64>().is_ok_and(|value| value > 0.0 && value <= 1.0)
            {
                self.report(ProblemCode::Minimum, &["must be above 0, and at most 1"]);
            }
        }
        Ok(())
    }

    fn enumeration(&mut self, enumeration: &'static EnumSchema) -> JsonResult<()> {
        if !self.expect_type(JsonType::Text)? {
            return Ok(());
        }
        let value = self.reader.string()?.decode();
        if !enumeration.values.iter().any(|known| *known == value) {
            let values = list_values(enumeration.values.iter().copied());
            self.report(ProblemCode::Enumeration, &["must be one of ", &values]);
        }
        Ok(())
    }

    fn string_map(&mut self) -> JsonResult<()> {
        if !self.expect_type(JsonType::Object)? {
            return Ok(());
        }
        self.reader.begin_object()?;
        let mut first = true;
        while let Some(key) = self.reader.next_key(first)? {
            first = false;
            self.path.push(PathSegment::Key(key.decode()));
            if self.expect_type(JsonType::Text)? {
                self.reader.string()?;
            }
            self.path.pop();
        }
        Ok(())
    }
}

const DUPLICATE_KEY: &[&str] = &["duplicate key: remove one of the two entries"];

/// `too long: 60 characters, maximum 50`.
pub(crate) fn exceeded(what: &str, actual: i64, unit: &str, max: i64) -> String {
    join(&[what, &format_integer(actual), unit, ", maximum ", &format_integer(max)])
}

/// Records an item and returns whether it was recorded before. Bounded, because each new item has
/// a problem of its own and the report is bounded, too. A hash set would add 3 kB of wasm.
fn mark_seen<'a>(seen: &mut Vec<Cow<'a, str>>, item: Cow<'a, str>) -> bool {
    if seen.contains(&item) {
        return true;
    }
    if seen.len() < MAX_PROBLEMS {
        seen.push(item);
    }
    false
}

fn lookup(object: &'static ObjectSchema, key: &str) -> Option<(u64, &'static FieldSchema)> {
    let index = object.fields.iter().position(|field| field.name == key)?;
    Some((1 << index, object.fields.get(index)?))
}

enum Discriminator<'a> {
    Text(RawString<'a>),
    Absent,
    OtherType,
}

/// Looks ahead for the discriminator, which can be anywhere in the object.
fn discriminator<'a>(mut reader: JsonReader<'a>, name: &str) -> JsonResult<Discriminator<'a>> {
    reader.begin_object()?;
    let mut first = true;
    while let Some(key) = reader.next_key(first)? {
        first = false;
        if key.decode() != name {
            reader.skip()?;
            continue;
        }
        return match reader.peek_type()? {
            JsonType::Text => reader.string().map(Discriminator::Text),
            JsonType::Null => Ok(Discriminator::Absent),
            _ => Ok(Discriminator::OtherType),
        };
    }
    Ok(Discriminator::Absent)
}

/// Length as the platform counts it: in UTF-16 code units (Java).
fn utf16_length(value: &str) -> usize {
    if value.is_ascii() { value.len() } else { value.encode_utf16().count() }
}

fn list_values<'v>(values: impl Iterator<Item = &'v str>) -> String {
    values.collect::<Vec<_>>().join(", ")
}

fn render(path: &[PathSegment<'_>]) -> String {
    let mut out = String::from("$");
    for segment in path {
        match segment {
            PathSegment::Index(index) => {
                out.push('[');
                out.push_str(&format_integer(*index as i64));
                out.push(']');
            }
            PathSegment::Key(key) if plain(key) => {
                out.push('.');
                out.push_str(key);
            }
            PathSegment::Key(key) => {
                out.push('[');
                // Keys come from the caller: truncate them, to keep the path readable.
                let cut: String = key.chars().take(64).collect();
                super::json::write_string(&mut out, &cut);
                out.push(']');
            }
        }
    }
    out
}

fn plain(key: &str) -> bool {
    !key.is_empty()
        && key.len() <= 64
        && key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
        && !key.as_bytes().first().is_some_and(u8::is_ascii_digit)
}
