//! JSON text: the reader and the validator of the core, compared with serde_json.

use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::Value;
use swisscom_sign::contract::declare::ContractObject;
use swisscom_sign::contract::json::{self, JsonReader, JsonType};
use swisscom_sign::contract::{
    FileAttachment, Operation, Process, ProcessOpenRequest, ProcessReleaseRequest,
    ProcessSetupRequest, Severity, validate,
};
use swisscom_sign_sandbox::api::body;

use crate::seeds;

/// Maximum number of problems that validation reports.
const MAX_PROBLEMS: usize = 100;

pub fn run(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let ours = json::validate(text);
    let theirs = serde_json::from_str::<IgnoredAny>(text);
    let value = serde_json::from_str::<Value>(text);
    match (&ours, &theirs) {
        (Ok(()), Err(error)) => panic!("accepted only by the core: {error}"),
        (Err(error), Ok(_)) if !error.too_deep => {
            // `IgnoredAny` does not check surrogates, `Value` does.
            assert!(value.is_err(), "accepted only by serde_json: {error:?}");
        }
        _ => {}
    }
    if let Err(error) = ours {
        assert!(error.at <= text.len(), "{error:?} is beyond the end");
    }
    if let (Ok(()), Ok(value)) = (ours, &value) {
        let mut reader = JsonReader::new(text);
        check_equal(&mut reader, value);
        reader.end().expect("the end");
        check_lookups(text, value);
    }
    check_types::<Process>(text);
    check_types::<FileAttachment>(text);
    check_types::<ProcessSetupRequest>(text);
    check_types::<ProcessReleaseRequest>(text);
    check_types::<ProcessOpenRequest>(text);
}

/// Compares a value with that of serde_json.
fn check_equal(reader: &mut JsonReader<'_>, value: &Value) {
    match (reader.peek_type().expect("a value"), value) {
        (JsonType::Object, Value::Object(map)) => {
            reader.begin_object().expect("an object");
            let mut first = true;
            while let Some(key) = reader.next_key(first).expect("a key") {
                first = false;
                let key = key.decode().into_owned();
                let raw = reader.clone().raw().expect("a value");
                let theirs = map.get(&key).expect("the same key");
                // Of duplicate keys, serde_json keeps the last.
                if serde_json::from_str::<Value>(raw).ok().as_ref() == Some(theirs) {
                    check_equal(reader, theirs);
                } else {
                    reader.skip().expect("a value");
                }
            }
        }
        (JsonType::List, Value::Array(items)) => {
            reader.begin_list().expect("a list");
            let mut items = items.iter();
            let mut first = true;
            while reader.next_item(first).expect("an item") {
                first = false;
                check_equal(reader, items.next().expect("as many items"));
            }
            assert!(items.next().is_none(), "fewer items");
        }
        (JsonType::Text, Value::String(theirs)) => {
            let ours = reader.string().expect("a string").decode();
            assert_eq!(ours, theirs.as_str());
            let mut written = String::new();
            json::write_string(&mut written, &ours);
            let again: String = serde_json::from_str(&written).expect("a string");
            assert_eq!(again, ours);
        }
        (JsonType::Number, Value::Number(_)) => drop(reader.number().expect("a number")),
        (JsonType::Boolean, Value::Bool(theirs)) => {
            assert_eq!(reader.boolean().expect("a boolean"), *theirs);
        }
        (JsonType::Null, Value::Null) => reader.null().expect("null"),
        (ours, theirs) => panic!("{ours:?} is {theirs:?}"),
    }
}

/// Compares lookups by path with the parsed value.
fn check_lookups(text: &str, value: &Value) {
    assert_eq!(json::items(text).count(), value.as_array().map_or(0, Vec::len));
    let mut keys: Vec<_> = json::fields(text).map(|(key, _)| key.into_owned()).collect();
    let all = keys.len();
    keys.sort_unstable();
    keys.dedup();
    let theirs = value.as_object();
    assert_eq!(keys.len(), theirs.map_or(0, serde_json::Map::len));
    for (key, theirs) in theirs.into_iter().flatten().filter(|_| keys.len() == all) {
        let path = [key.as_str()];
        let ours = json::find_raw(text, &path);
        let ours: Option<Value> = ours.map(|raw| serde_json::from_str(raw).expect("JSON"));
        assert_eq!(ours.as_ref(), Some(theirs).filter(|value| !value.is_null()));
        assert_eq!(json::find_string(text, &path).as_deref(), theirs.as_str());
    }
}

/// Text that passes validation deserializes into the type.
fn check_types<T: ContractObject + DeserializeOwned>(text: &str) {
    let problems = validate(T::OBJECT, text);
    assert!(problems.len() <= MAX_PROBLEMS);
    let refused = problems.iter().any(|problem| problem.code.severity() == Severity::Error);
    if refused {
        return;
    }
    match body::parse_typed::<T>(text) {
        Err(error) if !error.contains("number out of range") => {
            panic!("{} passes validation, but: {error}", T::OBJECT.name);
        }
        _ => {}
    }
}

/// JSON of all types, and requests.
#[must_use]
pub fn seeds() -> Vec<Vec<u8>> {
    let mut seeds: Vec<Vec<u8>> = [
        r#"{"a":[1,-0.5e+9,true,false,null,"\u00e9\ud83d\ude00\n\\\/\""],"b":{}}"#,
        "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]",
        r#" [ "" , {"a":1,"a":2} ] "#,
        r#""\uD800""#,
        "-0.0E-1",
        r#"{"signatureLevel":"ADVANCED","initiator":{"type":"PERSON","firstName":"A","lastName":"B","email":"a@b.ch"},"invitees":{"signers":[{"type":"SIGNER","externalIdentifier":"a","firstName":"A","lastName":"B","mobile":"+41791234567"}]}}"#,
        r#"{"name":"a.pdf","contentType":"application/pdf","content":"JVBERi0=","signaturePositions":[{"signer":"a","pageNumber":0,"positionX":1,"positionY":2},{"signer":"a","locator":"TAG","offsetX":-1}]}"#,
        r#"{"validUntil":"2026-12-31T23:59:59+01:00","language":"de-CH","signatureMethods":["SMS"]}"#,
        r#"{"skipAuthorization":true,"backUrl":"https://example.com/"}"#,
    ]
    .map(|text| text.as_bytes().to_vec())
    .into();
    let examples = seeds::examples().into_iter().map(|(_, value)| value.to_string().into_bytes());
    seeds.extend(examples.filter(|text| text.len() <= 4096));
    seeds
}

/// Field names, enum values, and JSON syntax.
#[must_use]
pub fn words() -> Vec<String> {
    let mut words: Vec<String> =
        ["null", "true", "false", "\\u0000", "\\ud83d\\ude00", "1e400", "-0", "{}", "[]", "\":"]
            .map(str::to_owned)
            .into();
    for operation in Operation::ALL {
        if let Some(object) = operation.spec().request {
            crate::api::generate::vocabulary(object, &mut words);
        }
    }
    words.sort_unstable();
    words.dedup();
    words
}
