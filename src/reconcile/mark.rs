//! The correlation of a request: a property of a process, the externalIdentifier of a file.

use std::borrow::Cow;

use crate::contract::{Operation, json};

/// Key of the property that holds the correlation of a process.
pub const PROPERTY: &str = "swisscom-sign.correlation";
/// Properties that a process has room for (contract, `Process.properties`).
pub const PROPERTIES: usize = 8;

/// The text of a request with its correlation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CorrelatedRequest<'a> {
    /// JSON text.
    pub text: Cow<'a, str>,
    /// What the object will be found by; `None` when there was no room for it.
    pub correlation: Option<String>,
}

/// Puts a correlation into a request that must not be repeated blindly, unless the caller has set
/// one: a property with the key [`PROPERTY`], or the file's `externalIdentifier`. `text` has been
/// checked; `fresh` is random; `room` is how many properties the way to the platform lets through.
pub fn mark<'a>(
    operation: Operation,
    text: &'a str,
    fresh: &str,
    room: usize,
) -> CorrelatedRequest<'a> {
    let set = |correlation: &str| Some(correlation.to_owned());
    let (name, value) = match operation {
        Operation::Create => {
            let list = json::find_raw(text, &["properties"]).unwrap_or_default();
            if let Some(own) = correlation_of(list) {
                return CorrelatedRequest {
                    text: text.into(),
                    correlation: Some(own.into_owned()),
                };
            }
            let mut properties = String::from("[");
            let mut count = 0;
            for property in json::items(list) {
                properties.push_str(property);
                properties.push(',');
                count += 1;
            }
            if count >= room {
                return CorrelatedRequest { text: text.into(), correlation: None };
            }
            properties.push_str("{\"key\":");
            json::write_string(&mut properties, PROPERTY);
            properties.push_str(",\"value\":");
            json::write_string(&mut properties, fresh);
            properties.push_str("}]");
            ("properties", properties)
        }
        Operation::Attach => {
            if let Some(own) = json::find_string(text, &["externalIdentifier"]) {
                return CorrelatedRequest {
                    text: text.into(),
                    correlation: Some(own.into_owned()),
                };
            }
            let mut value = String::new();
            json::write_string(&mut value, fresh);
            ("externalIdentifier", value)
        }
        _ => return CorrelatedRequest { text: text.into(), correlation: None },
    };
    CorrelatedRequest { text: with_member(text, name, &value).into(), correlation: set(fresh) }
}

/// The object with this member in front of its others: `content`, which is long, stays last.
pub(super) fn with_member(text: &str, name: &str, value: &str) -> String {
    let mut out = String::with_capacity(text.len() + name.len() + value.len() + 4);
    out.push('{');
    json::write_string(&mut out, name);
    out.push(':');
    out.push_str(value);
    for (key, value) in json::fields(text).filter(|(key, _)| key != name) {
        out.push(',');
        json::write_string(&mut out, &key);
        out.push(':');
        out.push_str(value);
    }
    out.push('}');
    out
}

/// The correlation among the properties of a process.
pub(super) fn correlation_of(properties: &str) -> Option<Cow<'_, str>> {
    json::items(properties)
        .find(|item| json::find_string(item, &["key"]).is_some_and(|key| key == PROPERTY))
        .and_then(|item| json::find_string(item, &["value"]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marked(operation: Operation, text: &str) -> (String, Option<String>) {
        let marked = mark(operation, text, "c0", PROPERTIES);
        (marked.text.into_owned(), marked.correlation)
    }

    #[test]
    fn a_process_gets_one_more_property() {
        let own = r#"{"key":"swisscom-sign.correlation","value":"c0"}"#;
        for (text, properties) in [
            (r#"{"payload":"p"}"#, format!("[{own}]")),
            (r#"{"payload":"p","properties":null}"#, format!("[{own}]")),
            (r#"{"payload":"p", "properties" : [ ] }"#, format!("[{own}]")),
            (
                r#"{"propert\u0069es":[{"key":"a","value":"\u00fc\""}],"payload":"p"}"#,
                format!(r#"[{{"key":"a","value":"\u00fc\""}},{own}]"#),
            ),
        ] {
            let expected = format!(r#"{{"properties":{properties},"payload":"p"}}"#);
            assert_eq!(marked(Operation::Create, text), (expected, Some("c0".into())), "{text}");
        }
    }

    #[test]
    fn the_callers_own_correlation_stands() {
        let text = r#"{"properties":[{"key":"swisscom-sign.correlation","value":"order-4711"}]}"#;
        assert_eq!(marked(Operation::Create, text), (text.into(), Some("order-4711".into())));
        let text = r#"{"externalIdentifier":"contract","content":""}"#;
        assert_eq!(marked(Operation::Attach, text), (text.into(), Some("contract".into())));
    }

    #[test]
    fn without_room_there_is_no_correlation() {
        let with = |count: usize| {
            let list: Vec<_> =
                (0..count).map(|n| format!(r#"{{"key":"{n}","value":""}}"#)).collect();
            format!(r#"{{"properties":[{}]}}"#, list.join(","))
        };
        assert!(marked(Operation::Create, &with(7)).1.is_some());
        assert_eq!(marked(Operation::Create, &with(8)), (with(8), None));
        assert_eq!(mark(Operation::Create, &with(7), "c0", 7).correlation, None, "by the relay");
    }

    #[test]
    fn a_file_gets_an_identifier_and_its_content_stays_last() {
        let (text, correlation) =
            marked(Operation::Attach, r#"{"name":"a.pdf","externalIdentifier":null,"content":""}"#);
        assert_eq!(text, r#"{"externalIdentifier":"c0","name":"a.pdf","content":""}"#);
        assert_eq!(correlation.as_deref(), Some("c0"));
    }

    #[test]
    fn marked_requests_are_within_the_contract() {
        use crate::contract::{FileAttachment, Process, declare::ContractObject, walk};
        let fresh = "0123456789abcdef0123456789abcdef";
        let create = mark(Operation::Create, r#"{"initiator":{"type":"PERSON"}}"#, fresh, 8);
        assert_eq!(walk::validate(Process::OBJECT, &create.text), []);
        let file = r#"{"name":"a","contentType":"application/pdf","content":"JVBERg=="}"#;
        let attach = mark(Operation::Attach, file, fresh, 8);
        assert_eq!(walk::validate(FileAttachment::OBJECT, &attach.text), []);
        assert_eq!(marked(Operation::Release, "{}"), ("{}".into(), None));
    }
}
