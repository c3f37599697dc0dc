//! Correlation ID of a request: a property of a process, the externalIdentifier of a file.

use core::fmt;
use std::borrow::Cow;

use crate::contract::{Operation, Redacted, json};

/// Key of the property that contains the correlation ID of a process.
pub const CORRELATION_KEY: &str = "swisscom-sign.correlation";
/// Maximum number of properties of a process (contract, `Process.properties`).
pub const MAX_PROPERTIES: usize = 8;

/// Request with its correlation ID.
#[derive(Clone, PartialEq, Eq)]
pub struct CorrelatedRequest<'a> {
    /// JSON text.
    pub text: Cow<'a, str>,
    /// Correlation ID; `None` if all properties are in use.
    pub correlation: Option<String>,
}

/// Omits the text, which contains personal data and files.
impl fmt::Debug for CorrelatedRequest<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CorrelatedRequest")
            .field("text", &Redacted(&self.text))
            .field("correlation", &self.correlation)
            .finish()
    }
}

/// Adds a correlation ID to a create or attach request, unless the caller has set one: the property
/// [`CORRELATION_KEY`], or the `externalIdentifier` of the file. `text` is a valid request, `fresh` a
/// random ID, `max_properties` the number of properties that can be sent (a relay adds one). The
/// correlation ID of a `template`, a process that was read, identifies that process, and is replaced.
pub fn add_correlation<'a>(
    operation: Operation,
    text: &'a str,
    fresh: &str,
    max_properties: usize,
    template: bool,
) -> CorrelatedRequest<'a> {
    let unchanged = |correlation| CorrelatedRequest { text: Cow::Borrowed(text), correlation };
    let (name, value) = match operation {
        Operation::Create => {
            let list = json::find_raw(text, &["properties"]).unwrap_or_default();
            if let Some(own) = property_value(list, CORRELATION_KEY).filter(|_| !template) {
                return unchanged(Some(own.into_owned()));
            }
            let mut properties = String::from("[");
            let mut count = 0;
            for property in json::items(list) {
                if json::find_string(property, &["key"]).is_some_and(|key| key == CORRELATION_KEY) {
                    continue;
                }
                properties.push_str(property);
                properties.push(',');
                count += 1;
            }
            if count >= max_properties {
                return unchanged(None);
            }
            properties.push_str("{\"key\":");
            json::write_string(&mut properties, CORRELATION_KEY);
            properties.push_str(",\"value\":");
            json::write_string(&mut properties, fresh);
            properties.push_str("}]");
            ("properties", properties)
        }
        Operation::Attach => {
            if let Some(own) = json::find_string(text, &["externalIdentifier"]) {
                return unchanged(Some(own.into_owned()));
            }
            let mut value = String::new();
            json::write_string(&mut value, fresh);
            ("externalIdentifier", value)
        }
        _ => return unchanged(None),
    };
    CorrelatedRequest {
        text: with_field(text, name, &value).into(),
        correlation: Some(fresh.to_owned()),
    }
}

/// Inserts a field at the front of an object, so that the long `content` stays at the end.
pub(super) fn with_field(text: &str, name: &str, value: &str) -> String {
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

/// Finds a value in the properties of a process.
pub(super) fn property_value<'p>(properties: &'p str, key: &str) -> Option<Cow<'p, str>> {
    json::items(properties)
        .find(|item| json::find_string(item, &["key"]).is_some_and(|found| found == key))
        .and_then(|item| json::find_string(item, &["value"]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marked(operation: Operation, text: &str) -> (String, Option<String>) {
        let marked = add_correlation(operation, text, "c0", MAX_PROPERTIES, false);
        (marked.text.into_owned(), marked.correlation)
    }

    #[test]
    fn adds_a_property_to_a_process() {
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
    fn keeps_the_correlation_of_the_caller() {
        let text = r#"{"properties":[{"key":"swisscom-sign.correlation","value":"order-4711"}]}"#;
        assert_eq!(marked(Operation::Create, text), (text.into(), Some("order-4711".into())));
        let text = r#"{"externalIdentifier":"contract","content":""}"#;
        assert_eq!(marked(Operation::Attach, text), (text.into(), Some("contract".into())));
    }

    #[test]
    fn replaces_the_correlation_of_a_template() {
        let text = r#"{"properties":[{"key":"a","value":"1"},{"key":"swisscom-sign.correlation","value":"c1"}]}"#;
        let marked = add_correlation(Operation::Create, text, "c0", MAX_PROPERTIES, true);
        assert_eq!(marked.text, text.replace("c1", "c0"));
        assert_eq!(marked.correlation.as_deref(), Some("c0"));
    }

    #[test]
    fn adds_no_correlation_if_all_properties_are_in_use() {
        let with = |count: usize| {
            let list: Vec<_> =
                (0..count).map(|n| format!(r#"{{"key":"{n}","value":""}}"#)).collect();
            format!(r#"{{"properties":[{}]}}"#, list.join(","))
        };
        assert!(marked(Operation::Create, &with(7)).1.is_some());
        assert_eq!(marked(Operation::Create, &with(8)), (with(8), None));
        assert_eq!(
            add_correlation(Operation::Create, &with(7), "c0", 7, false).correlation,
            None,
            "by the relay"
        );
    }

    #[test]
    fn adds_an_identifier_to_a_file_and_keeps_its_content_last() {
        let (text, correlation) =
            marked(Operation::Attach, r#"{"name":"a.pdf","externalIdentifier":null,"content":""}"#);
        assert_eq!(text, r#"{"externalIdentifier":"c0","name":"a.pdf","content":""}"#);
        assert_eq!(correlation.as_deref(), Some("c0"));
    }

    #[test]
    fn correlated_requests_are_valid() {
        use crate::contract::{FileAttachment, Process, declare::ContractObject, validate};
        let fresh = "0123456789abcdef0123456789abcdef";
        let create = add_correlation(
            Operation::Create,
            r#"{"initiator":{"type":"PERSON"}}"#,
            fresh,
            8,
            false,
        );
        assert_eq!(validate(Process::OBJECT, &create.text), []);
        let file = r#"{"name":"a","contentType":"application/pdf","content":"JVBERg=="}"#;
        let attach = add_correlation(Operation::Attach, file, fresh, 8, false);
        assert_eq!(validate(FileAttachment::OBJECT, &attach.text), []);
        assert_eq!(marked(Operation::Release, "{}"), ("{}".into(), None));
    }
}
