//! The walk of JSON text along the tables: what a request breaks of the contract, all of it, each
//! with its path. One pass, no document, no copy of a string unless it has escapes.
//!
//! Which one do I want? [`check`] for the body of a request. Answers are not checked: a client
//! that refuses what it does not know could not talk to a newer platform.

use std::borrow::Cow;

use super::format;
use super::json::{JsonReader, JsonSyntaxError, JsonType, RawString as JsonText};
use super::{
    EnumSchema, FieldAccess, FieldSchema, FieldType, IntegerSchema, ListSchema, ObjectSchema,
    Problem, ProblemCode, StringSchema, UnionSchema,
};
use crate::text::{digits, join};

/// No report is longer: a hostile body must not buy an answer many times its size.
const MAX_PROBLEMS: usize = 100;

/// Checks the JSON text of a request body against its table.
///
/// ```
/// use swisscom_sign::contract::{Process, ProblemCode, declare::ContractObject, walk};
///
/// let problems = walk::validate(Process::OBJECT, r#"{ "initiator": { "type": "PERSON", "email": "?" } }"#);
/// assert_eq!(problems[0].path, "$.initiator.email");
/// assert_eq!(problems[0].code, ProblemCode::Format);
/// ```
pub fn validate(object: &'static ObjectSchema, text: &str) -> Vec<Problem> {
    let mut walk =
        Validator { reader: JsonReader::new(text), path: Vec::new(), problems: Vec::new() };
    let walked = walk.object(object).and_then(|()| walk.reader.end());
    if let Err(error) = walked {
        walk.path.clear();
        if error.too_deep {
            let at = digits(error.at as i64);
            walk.report(ProblemCode::TooDeep, &["is nested too deeply at byte ", &at]);
        } else {
            let at = digits(error.at as i64);
            walk.report(
                ProblemCode::Syntax,
                &["is no JSON: byte ", &at, " should be ", error.wanted],
            );
        }
    }
    walk.problems
}

enum PathSegment<'a> {
    Key(Cow<'a, str>),
    Index(usize),
}

struct Validator<'a> {
    reader: JsonReader<'a>,
    path: Vec<PathSegment<'a>>,
    problems: Vec<Problem>,
}

type Walked = Result<(), JsonSyntaxError>;

impl<'a> Validator<'a> {
    fn report(&mut self, code: ProblemCode, message: &[&str]) {
        if self.problems.len() < MAX_PROBLEMS {
            let (path, message) = (render(&self.path), join(message));
            self.problems.push(Problem { path, code, message });
        }
    }

    fn report_at(&mut self, step: Cow<'a, str>, code: ProblemCode, message: &[&str]) {
        self.path.push(PathSegment::Key(step));
        self.report(code, message);
        self.path.pop();
    }

    fn report_exceeded(&mut self, code: ProblemCode, has: usize, what: &str, max: u32) {
        let (has, max) = (digits(has as i64), digits(i64::from(max)));
        self.report(code, &["has ", &has, what, "; at most ", &max, " are allowed"]);
    }

    /// Consumes a value of the wrong type, unless it has the wanted one.
    fn shape(&mut self, wanted: JsonType) -> Result<bool, JsonSyntaxError> {
        let found = self.reader.peek_type()?;
        if found == wanted {
            return Ok(true);
        }
        self.reader.skip()?;
        self.report(ProblemCode::Type, &["must be ", wanted.as_str(), ", not ", found.as_str()]);
        Ok(false)
    }

    fn value(&mut self, kind: FieldType) -> Walked {
        match kind {
            FieldType::Object(object) => self.object(object),
            FieldType::Union(union) => self.union(union),
            FieldType::List(list) => self.list(list),
            FieldType::Text(text) => self.text(text),
            FieldType::Integer(integer) => self.integer(integer),
            FieldType::Enumeration(enumeration) => self.enumeration(enumeration),
            FieldType::StringMap => self.string_map(),
            FieldType::Boolean => {
                if self.shape(JsonType::Boolean)? {
                    self.reader.boolean()?;
                }
                Ok(())
            }
        }
    }

    fn object(&mut self, object: &'static ObjectSchema) -> Walked {
        if !self.shape(JsonType::Object)? {
            return Ok(());
        }
        self.reader.begin_object()?;
        // A bit a field; the widest object has 19.
        let (mut seen, mut filled) = (0_u64, 0_u64);
        let mut unknown = Vec::new();
        let mut first = true;
        while let Some(key) = self.reader.next_key(first)? {
            first = false;
            let key = key.decode();
            let Some((bit, field)) = lookup(object, &key) else {
                self.unknown(object, key, &mut unknown)?;
                continue;
            };
            if seen & bit != 0 {
                self.report_at(
                    Cow::Borrowed(field.name),
                    ProblemCode::DuplicateKey,
                    &["stands twice"],
                );
            }
            seen |= bit;
            if self.reader.peek_type()? == JsonType::Null {
                // The platform reads null as absent.
                self.reader.null()?;
                continue;
            }
            filled |= bit;
            self.path.push(PathSegment::Key(Cow::Borrowed(field.name)));
            if field.access == FieldAccess::ReadOnly {
                self.report(ProblemCode::ReadOnly, &["is set by the platform and cannot be sent"]);
                self.reader.skip()?;
            } else {
                self.value(field.kind)?;
            }
            self.path.pop();
        }
        for (index, field) in object.fields.iter().enumerate() {
            if field.required && filled & (1 << index) == 0 {
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
    ) -> Walked {
        self.reader.skip()?;
        if mark_seen(seen, key.clone()) {
            self.report_at(key, ProblemCode::DuplicateKey, &["stands twice"]);
            return Ok(());
        }
        let near = object.fields.iter().find(|field| field.name.eq_ignore_ascii_case(&key));
        let unknown = ["is not a field of ", object.name];
        match near {
            Some(field) => {
                let [is_not, object] = unknown;
                let message = [is_not, object, "; did you mean `", field.name, "`?"];
                self.report_at(key, ProblemCode::UnknownField, &message);
            }
            None => self.report_at(key, ProblemCode::UnknownField, &unknown),
        }
        Ok(())
    }

    fn union(&mut self, union: &'static UnionSchema) -> Walked {
        if !self.shape(JsonType::Object)? {
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
            Some(_) => (ProblemCode::Enumeration, "must be "),
            None => (ProblemCode::Required, "is required: "),
        };
        let values = list_values(union.variants.iter().map(|(value, _)| *value));
        self.report_at(Cow::Borrowed(union.discriminator), code, &[must, &values]);
        Ok(())
    }

    fn list(&mut self, list: &'static ListSchema) -> Walked {
        if !self.shape(JsonType::List)? {
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
                    self.report(ProblemCode::DuplicateItem, &["stands twice in the list"]);
                }
            }
            self.value(list.item)?;
            self.path.pop();
            index += 1;
        }
        if let Some(max) = list.max
            && index > max as usize
        {
            self.report_exceeded(ProblemCode::TooManyItems, index, " items", max);
        }
        Ok(())
    }

    fn text(&mut self, limits: StringSchema) -> Walked {
        if !self.shape(JsonType::Text)? {
            return Ok(());
        }
        let value = self.reader.string()?.decode();
        if let Some(max) = limits.max {
            let length = utf16_length(&value);
            if length > max as usize {
                self.report_exceeded(ProblemCode::TooLong, length, " characters", max);
                // A file that is too large need not be looked at for its alphabet.
                return Ok(());
            }
        }
        if let Some(wanted) = format::violation(limits.format, &value) {
            self.report(ProblemCode::Format, &["must be ", wanted]);
        }
        Ok(())
    }

    fn integer(&mut self, limits: IntegerSchema) -> Walked {
        if !self.shape(JsonType::Number)? {
            return Ok(());
        }
        let text = self.reader.number()?;
        let Ok(value) = text.parse::<i64>() else {
            let whole = text.bytes().all(|b| b.is_ascii_digit() || b == b'-');
            let message = if whole { "is out of range" } else { "must be a whole number" };
            self.report(ProblemCode::Type, &[message]);
            return Ok(());
        };
        let (least, greatest) = match limits.bits {
            32 => (i64::from(i32::MIN), i64::from(i32::MAX)),
            _ => (i64::MIN, i64::MAX),
        };
        let (least, greatest) = (limits.min.unwrap_or(least), limits.max.unwrap_or(greatest));
        if value < least {
            self.report(ProblemCode::Minimum, &["must be at least ", &digits(least)]);
        } else if value > greatest {
            self.report(ProblemCode::Maximum, &["must be at most ", &digits(greatest)]);
        }
        Ok(())
    }

    fn enumeration(&mut self, enumeration: &'static EnumSchema) -> Walked {
        if !self.shape(JsonType::Text)? {
            return Ok(());
        }
        let value = self.reader.string()?.decode();
        if !enumeration.values.iter().any(|known| *known == value) {
            let values = list_values(enumeration.values.iter().copied());
            self.report(ProblemCode::Enumeration, &["must be ", &values]);
        }
        Ok(())
    }

    fn string_map(&mut self) -> Walked {
        if !self.shape(JsonType::Object)? {
            return Ok(());
        }
        self.reader.begin_object()?;
        let mut first = true;
        while let Some(key) = self.reader.next_key(first)? {
            first = false;
            self.path.push(PathSegment::Key(key.decode()));
            if self.shape(JsonType::Text)? {
                self.reader.string()?;
            }
            self.path.pop();
        }
        Ok(())
    }
}

/// Whether an item was there before; remembers it. Each new one has a problem of its own, so past
/// the longest report there is nothing left to find out. A set would cost 3 kB of wasm.
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
    Text(JsonText<'a>),
    Absent,
    OtherType,
}

/// Looks ahead for the discriminator, which may stand anywhere in its object.
fn discriminator<'a>(
    mut reader: JsonReader<'a>,
    name: &str,
) -> Result<Discriminator<'a>, JsonSyntaxError> {
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

/// Length as the platform counts it: Java's UTF-16 code units.
fn utf16_length(value: &str) -> usize {
    if value.is_ascii() { value.len() } else { value.encode_utf16().count() }
}

fn list_values<'v>(values: impl Iterator<Item = &'v str>) -> String {
    let mut out = String::from("one of");
    for (index, value) in values.enumerate() {
        out.push_str(if index == 0 { " " } else { ", " });
        out.push_str(value);
    }
    out
}

fn render(path: &[PathSegment<'_>]) -> String {
    let mut out = String::from("$");
    for step in path {
        match step {
            PathSegment::Index(index) => {
                out.push('[');
                out.push_str(&digits(*index as i64));
                out.push(']');
            }
            PathSegment::Key(key) if plain(key) => {
                out.push('.');
                out.push_str(key);
            }
            PathSegment::Key(key) => {
                out.push('[');
                // Keys come from the caller: cut, so that a path stays readable.
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
