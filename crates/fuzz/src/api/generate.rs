//! Bodies generated from the schemas of the contract: mostly valid, sometimes with one error, depending
//! on the input bytes. Without bytes, the smallest valid body.

use swisscom_sign::contract::json::write_string;
use swisscom_sign::contract::{FieldAccess, FieldType, ObjectSchema, StringFormat};

/// Bytes that determine the choices, followed by zeros.
pub(super) struct ByteChoices<'a>(pub(super) &'a [u8]);

impl ByteChoices<'_> {
    fn roll(&mut self) -> u8 {
        let Some((first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        *first
    }

    fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[usize::from(self.roll()) % of.len()]
    }
}

/// Writes an object of the schema.
pub(super) fn object(object: &ObjectSchema, choices: &mut ByteChoices<'_>, out: &mut String) {
    fields(object, None, choices, out);
}

fn fields(
    object: &ObjectSchema,
    chosen: Option<(&str, &str)>,
    choices: &mut ByteChoices<'_>,
    out: &mut String,
) {
    out.push('{');
    for field in object.fields {
        let roll = choices.roll();
        let wanted = match field.access {
            FieldAccess::ReadOnly => roll == 0xFF,
            _ if chosen.is_some_and(|(name, _)| name == field.name) => true,
            _ if field.required() => roll != 0xFF,
            _ => roll & 3 == 1,
        };
        if !wanted {
            continue;
        }
        if !out.ends_with('{') {
            out.push(',');
        }
        write_string(out, field.name);
        out.push(':');
        match chosen.filter(|(name, _)| *name == field.name) {
            Some((_, value)) => write_string(out, value),
            None => kind(field.kind, choices, out),
        }
    }
    out.push('}');
}

fn kind(kind_: FieldType, choices: &mut ByteChoices<'_>, out: &mut String) {
    if choices.0.first() == Some(&0xFE) {
        choices.roll();
        out.push_str(choices.pick(&["null", "[]", "{}", "\"\"", "-1", "1.5", "true", "[null]"]));
        return;
    }
    match kind_ {
        FieldType::Object(table) => object(table, choices, out),
        FieldType::Union(union) => {
            let (value, table) = choices.pick(union.variants);
            fields(table, Some((union.discriminator, value)), choices, out);
        }
        FieldType::List(list) => {
            out.push('[');
            for index in 0..=choices.roll() % 4 {
                if index > 0 {
                    out.push(',');
                }
                kind(list.item, choices, out);
            }
            out.push(']');
        }
        FieldType::Enumeration(enumeration) => write_string(out, choices.pick(enumeration.values)),
        FieldType::Boolean => out.push_str(choices.pick(&["true", "false"])),
        FieldType::Fraction => out.push_str("0.5"),
        FieldType::Any => out.push_str("{}"),
        FieldType::StringMap => {
            out.push_str(choices.pick(&["{}", r#"{"a":"b"}"#, r#"{"a":"b","c":"d","e":"f"}"#]));
        }
        FieldType::Integer(limits) => {
            let least = limits.min.unwrap_or(0);
            let number = match choices.roll() {
                0xFD => limits.max.unwrap_or(i64::from(i32::MAX)),
                0xFC => least.saturating_sub(1),
                roll => least.saturating_add(i64::from(roll)),
            };
            out.push_str(&number.to_string());
        }
        FieldType::Text(text) => {
            if choices.0.first() == Some(&0xFB) {
                let long = text.max.map_or(300, |max| max.min(2000)) as usize;
                write_string(out, &"x".repeat(long + usize::from(choices.roll() & 1)));
            } else {
                write_string(out, choices.pick(samples(text.format)));
            }
        }
    }
}

fn samples(format: StringFormat) -> &'static [&'static str] {
    match format {
        StringFormat::Any => &[
            "anna",
            "beat",
            "{personId}",
            "Jiří \"Ł\"",
            "<script>&amp;",
            "\u{1F600}\u{202E}",
            "",
            "a\nb",
            "{fileId}",
        ],
        StringFormat::Uuid => {
            &["{processId}", "{personId}", "{fileId}", "6f1a5c4d-2d9a-4f12-a1c5-bc6e2bcb2d6a"]
        }
        StringFormat::Email => &["anna@example.com", "é@é.ch", "a@b", "o'neil+x@example.com"],
        StringFormat::DateTime => &[
            "2026-11-20T00:00:00Z",
            "2026-12-31T23:59:59.999+14:00",
            "2020-01-01T00:00:00Z",
            "9999-12-31T23:59:59Z",
        ],
        StringFormat::Uri => &[
            "https://example.com/a?b=c",
            "javascript:alert(1)",
            "http://[::1]:1/\u{e9}",
            "https://x;y'z",
            "nothing",
        ],
        StringFormat::Base64 => &["{pdf}", "JVBERi0xLjcK", "", "////"],
        StringFormat::Identifier => &["anna", "beat", "a.b_c~d-e", "1"],
        StringFormat::PdfMediaType => &["application/pdf"],
        StringFormat::E164 => &["+41791234567", "+12", "+999999999999999"],
        StringFormat::Duration => &["P7D", "P1D", "PT1S", "P1Y2M3DT4H5M6S", "P9999Y"],
        StringFormat::SignedDuration => &["P7D", "-PT1.5S"],
    }
}

/// Field names and values of a schema.
pub(crate) fn vocabulary(table: &ObjectSchema, words: &mut Vec<String>) {
    for field in table.fields {
        let name = format!("\"{}\":", field.name);
        if !words.contains(&name) {
            words.push(name);
            values(field.kind, words);
        }
    }
}

fn values(kind: FieldType, words: &mut Vec<String>) {
    match kind {
        FieldType::Object(table) => vocabulary(table, words),
        FieldType::List(list) => values(list.item, words),
        FieldType::Union(union) => {
            for (value, table) in union.variants {
                words.push(format!("\"{value}\""));
                vocabulary(table, words);
            }
        }
        FieldType::Enumeration(list) => {
            words.extend(list.values.iter().map(|v| format!("\"{v}\"")))
        }
        FieldType::Text(text) => words.extend(
            samples(text.format)
                .iter()
                .take(2)
                .map(|sample| (*sample).to_owned())
                .filter(|s| !s.is_empty()),
        ),
        FieldType::Integer(_)
        | FieldType::Fraction
        | FieldType::Boolean
        | FieldType::StringMap
        | FieldType::Any => {}
    }
}
