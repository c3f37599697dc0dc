//! Properties of the code that reads untrusted text: it does not panic, and it rejects the JSON that
//! serde_json rejects.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

use proptest::prelude::*;
use serde_json::Value;
use swisscom_sign::auth::claims::parse_claims;
use swisscom_sign::auth::parse_token_response;
use swisscom_sign::contract::{OBJECTS, Operation, json, validate};
use swisscom_sign::request::path::{PathParameters, expand};
use swisscom_sign::request::{ResponseHead, decode, find_all, retry_after_ms};

const ID: &str = "6f1a5c4d-2d9a-4f12-a1c5-bc6e2bcb2d6a";

/// JSON values with mostly keys of the contract.
fn value() -> impl Strategy<Value = Value> {
    let names: Vec<&str> =
        OBJECTS.iter().flat_map(|object| object.fields.iter().map(|field| field.name)).collect();
    let key = prop_oneof![4 => prop::sample::select(names).prop_map(str::to_owned), 1 => ".*"];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".*".prop_map(Value::from),
        prop::sample::select(vec!["SIGNER", "PERSON", "NON_PERSON", "TAG", "SIMPLE", "a@b.ch", ID])
            .prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 48, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::btree_map(key.clone(), inner, 0..6)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

/// Almost valid JSON: a value with a piece removed or inserted.
fn nearly_json() -> impl Strategy<Value = String> {
    (
        value(),
        any::<prop::sample::Index>(),
        any::<prop::sample::Index>(),
        "[\\[\\]{}\",:\\\\0-9eu.\u{0} -]{0,3}",
    )
        .prop_map(|(value, from, to, piece)| {
            let chars: Vec<char> = value.to_string().chars().collect();
            let (from, to) = (from.index(chars.len() + 1), to.index(chars.len() + 1));
            let (from, to) = (from.min(to), from.max(to));
            chars[..from]
                .iter()
                .copied()
                .chain(piece.chars())
                .chain(chars[to..].iter().copied())
                .collect()
        })
}

/// `None` if the segment contains characters that must be encoded, or an invalid escape.
fn percent_decode(segment: &str) -> Option<String> {
    let mut bytes = segment.bytes();
    let mut decoded = Vec::new();
    while let Some(byte) = bytes.next() {
        match byte {
            b'%' => {
                let hex = [bytes.next()?, bytes.next()?];
                decoded.push(u8::from_str_radix(std::str::from_utf8(&hex).ok()?, 16).ok()?);
            }
            b'-' | b'.' | b'_' | b'~' | b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' => {
                decoded.push(byte)
            }
            _ => return None,
        }
    }
    String::from_utf8(decoded).ok()
}

proptest! {
    #[test]
    fn accepts_what_serde_json_accepts(text in nearly_json()) {
        // `IgnoredAny` checks the grammar without parsing numbers, which may exceed the range of f64.
        let theirs = serde_json::from_str::<serde::de::IgnoredAny>(&text).is_ok();
        let lone_surrogate = serde_json::from_str::<Value>(&text).is_err();
        let ours = json::validate(&text).is_ok();
        prop_assert!(ours == theirs || (theirs && lone_surrogate), "{text:?}: {ours} {theirs}");
    }

    #[test]
    fn finds_the_strings_of_an_object(value in value(), pretty: bool) {
        let text = if pretty { format!("{value:#}") } else { value.to_string() };
        prop_assert_eq!(json::validate(&text), Ok(()));
        if let Value::Object(map) = &value {
            for (key, field) in map {
                if let Some(string) = field.as_str() {
                    let found = json::find_string(&text, &[key]);
                    prop_assert_eq!(found.as_deref(), Some(string));
                }
            }
        }
    }

    #[test]
    fn raw_returns_the_text_of_a_value(values in prop::collection::vec(value(), 0..5)) {
        let text = Value::from(values.clone()).to_string();
        let mut reader = json::JsonReader::new(&text);
        reader.begin_list().expect("a list");
        for (index, value) in values.iter().enumerate() {
            prop_assert!(reader.next_item(index == 0).expect("an item"));
            prop_assert_eq!(reader.raw().expect("a value"), value.to_string());
        }
    }

    #[test]
    fn writes_valid_json_strings(text in ".*") {
        let mut out = String::new();
        json::write_string(&mut out, &text);
        prop_assert_eq!(serde_json::from_str::<String>(&out).ok(), Some(text));
    }

    #[test]
    fn validation_never_panics(text in prop_oneof![nearly_json(), ".*"], index in any::<prop::sample::Index>()) {
        let object = OBJECTS[index.index(OBJECTS.len())];
        let problems = validate(object, &text);
        prop_assert!(problems.len() <= 100);
        prop_assert!(problems.iter().all(|problem| problem.path.starts_with('$')));
        if json::validate(&text).is_err() {
            prop_assert!(!problems.is_empty());
        }
        let _ = find_all(&text);
    }

    /// No identifier addresses another resource: the path has the segments of the template, and
    /// decoding the encoded segment returns the identifier.
    #[test]
    fn identifiers_stay_in_their_segment(id in prop_oneof![".*", "[./%\\\\#?;]{1,6}"]) {
        for operation in [Operation::Open, Operation::GetFile, Operation::GetFileContent] {
            let Ok(path) = expand(operation, &PathParameters { process_id: ID, person_id: &id, file_id: &id }) else {
                prop_assert!(id.is_empty() || id == "." || id == ".." || id.len() > 128);
                continue;
            };
            let template: Vec<&str> = operation.spec().path.split('/').collect();
            let segments: Vec<&str> = path.split('/').collect();
            prop_assert_eq!(segments.len(), template.len());
            for (segment, expected) in segments.into_iter().zip(template) {
                match expected {
                    "{processId}" => prop_assert_eq!(segment, ID),
                    "{personId}" | "{fileId}" => prop_assert_eq!(percent_decode(segment), Some(id.clone())),
                    literal => prop_assert_eq!(segment, literal),
                }
            }
        }
        let accepted = expand(Operation::GetStatus, &PathParameters::process(&id)).is_ok();
        prop_assert!(!accepted, "{:?} is not a UUID", id);
    }

    #[test]
    fn decoding_never_panics(
        index in any::<prop::sample::Index>(),
        status in any::<u16>(),
        body in prop_oneof![prop::collection::vec(any::<u8>(), 0..64), nearly_json().prop_map(String::into_bytes)],
        header in ".*",
    ) {
        let operation = Operation::ALL[index.index(Operation::ALL.len())];
        let head = ResponseHead { status, content_type: Some(&header), retry_after_ms: retry_after_ms(&header, 0) };
        let decoded = decode(operation, head, &body);
        prop_assert_eq!(decoded.is_ok() && !operation.spec().success.contains(&status), false);
        let _ = parse_token_response(status, None, &body);
        let _ = parse_claims(&header);
    }
}
