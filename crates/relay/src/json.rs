//! Members and items of JSON text, as slices: enough to change one member of an object and to forward
//! the others unchanged. Uses the core's strict pull parser.

use std::borrow::Cow;

use swisscom_sign::contract::json::{JsonReader, JsonType, write_string};

/// Members of an object, in order; `None` if the text is not an object.
pub(crate) fn members(text: &str) -> Option<Vec<(Cow<'_, str>, &str)>> {
    let mut reader = JsonReader::new(text);
    let mut members = Vec::new();
    let mut first = true;
    reader.begin_object().ok()?;
    while let Some(key) = reader.next_key(first).ok()? {
        first = false;
        members.push((key.decode(), reader.raw().ok()?));
    }
    reader.end().ok()?;
    Some(members)
}

/// Items of a list; `None` if the text is not a list.
pub(crate) fn items(text: &str) -> Option<Vec<&str>> {
    let mut reader = JsonReader::new(text);
    let mut items = Vec::new();
    reader.begin_list().ok()?;
    while reader.next_item(items.is_empty()).ok()? {
        items.push(reader.raw().ok()?);
    }
    reader.end().ok()?;
    Some(items)
}

/// Value of the first member with that name.
pub(crate) fn member<'t>(text: &'t str, name: &str) -> Option<&'t str> {
    members(text)?.into_iter().find(|(key, _)| key == name).map(|(_, value)| value)
}

/// Value of a member that is a string.
pub(crate) fn string<'t>(text: &'t str, name: &str) -> Option<Cow<'t, str>> {
    let mut reader = JsonReader::new(member(text, name)?);
    if reader.peek_type().ok()? != JsonType::Text {
        return None;
    }
    Some(reader.string().ok()?.decode())
}

pub(crate) fn is_null(text: &str) -> bool {
    text.trim() == "null"
}

pub(crate) fn object<'m>(members: impl IntoIterator<Item = (&'m str, &'m str)>) -> String {
    let mut out = String::from("{");
    for (key, value) in members {
        if out.len() > 1 {
            out.push(',');
        }
        write_string(&mut out, key);
        out.push(':');
        out.push_str(value);
    }
    out.push('}');
    out
}

pub(crate) fn list<'m>(items: impl IntoIterator<Item = &'m str>) -> String {
    let mut out = String::from("[");
    for item in items {
        if out.len() > 1 {
            out.push(',');
        }
        out.push_str(item);
    }
    out.push(']');
    out
}

pub(crate) fn text(value: &str) -> String {
    let mut out = String::with_capacity(value.len() + 2);
    write_string(&mut out, value);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn returns_members_and_items_unchanged() {
        let text = r#" {"a": [1, {"b":2}] , "\u0062":"x\n"} "#;
        let found = members(text).unwrap();
        assert_eq!(found[0], ("a".into(), r#"[1, {"b":2}]"#));
        assert_eq!(found[1], ("b".into(), r#""x\n""#));
        assert_eq!(items(found[0].1).unwrap(), ["1", r#"{"b":2}"#]);
        assert_eq!(string(text, "b").unwrap(), "x\n");
        assert_eq!(string(text, "a"), None);
        for wrong in ["", "[]", "{", r#"{"a":1} x"#, "null"] {
            assert!(members(wrong).is_none(), "{wrong}");
        }
        assert_eq!(object([("k", "1"), ("l", "\"x\"")]), r#"{"k":1,"l":"x"}"#);
        assert_eq!(list(["1", "2"]), "[1,2]");
    }
}
