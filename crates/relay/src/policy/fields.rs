//! Fields that decide about money, identity or others' data are closed to callers unless the
//! operator opens them; and a property with the relay's prefix is the relay's.

use std::borrow::Cow;

use swisscom_sign::contract::{Operation, Problem as Deviation, ProblemCode};

use crate::error::{RelayError, RelayErrorKind, RelayResult};
use crate::json;

/// Prefix of the properties that are the relay's.
pub const RESERVED: &str = "relay.";
/// Properties of a process (contract, `Process.properties`); one is the relay's.
const CLIENT_PROPERTIES: usize = 7;

/// The closed fields: operation, path.
const CLOSED: [(Operation, &str); 8] = [
    (Operation::Create, "teamId"),
    (Operation::Create, "partnerId"),
    (Operation::Create, "initiator.verification"),
    (Operation::Create, "invitees.signers.verification"),
    (Operation::Setup, "authentication"),
    (Operation::Setup, "scope"),
    (Operation::Open, "authentication"),
    (Operation::Open, "scope"),
];

/// Refuses closed fields that are set.
///
/// # Errors
/// [`RelayErrorKind::FieldNotAllowed`], with each of them.
pub fn check(operation: Operation, body: &str, allowed: &[String]) -> RelayResult<()> {
    let mut found = Vec::new();
    for (of, path) in CLOSED {
        let open = allowed.iter().any(|allowed| allowed == path);
        if of == operation && !open && is_set(body, path) {
            found.push(Deviation {
                path: format!("$.{path}"),
                code: ProblemCode::UnknownField,
                message: "may not be set by callers of this relay".into(),
            });
        }
    }
    refuse(found)
}

fn refuse(found: Vec<Deviation>) -> RelayResult<()> {
    if found.is_empty() {
        return Ok(());
    }
    Err(RelayError { deviations: found, ..RelayError::new(RelayErrorKind::FieldNotAllowed) })
}

/// Whether a field is there and not null; lists on the way are looked through.
fn is_set(text: &str, path: &str) -> bool {
    if let Some(items) = json::items(text) {
        return items.into_iter().any(|item| is_set(item, path));
    }
    let (name, rest) = path.split_once('.').map_or((path, None), |(name, rest)| (name, Some(rest)));
    match json::member(text, name) {
        None => false,
        Some(value) => match rest {
            None => !json::is_null(value),
            Some(rest) => is_set(value, rest),
        },
    }
}

/// The body of create with the owner tag among its properties, built anew. The body has passed the
/// core's walk.
///
/// # Errors
/// [`RelayErrorKind::FieldNotAllowed`] for reserved keys and for an eighth property.
pub fn with_tag(body: &str, property: &str, tag: &str) -> RelayResult<String> {
    let members = json::members(body).ok_or_else(|| RelayError::new(RelayErrorKind::BadJson))?;
    let of_client = members
        .iter()
        .find(|(key, value)| key == "properties" && !json::is_null(value))
        .and_then(|(_, list)| json::items(list))
        .unwrap_or_default();
    let mut found = Vec::new();
    for (index, item) in of_client.iter().enumerate() {
        if reserved(&json::string(item, "key").unwrap_or_default(), property) {
            found.push(Deviation {
                path: format!("$.properties[{index}].key"),
                code: ProblemCode::UnknownField,
                message: format!("begins with `{RESERVED}`, which is reserved"),
            });
        }
    }
    if of_client.len() > CLIENT_PROPERTIES {
        found.push(Deviation {
            path: "$.properties".into(),
            code: ProblemCode::TooManyItems,
            message: format!("takes at most {CLIENT_PROPERTIES} through this relay"),
        });
    }
    refuse(found)?;
    let (key, value) = (json::text(property), json::text(tag));
    let own = json::object([("key", key.as_str()), ("value", value.as_str())]);
    let list = json::list(of_client.into_iter().chain([own.as_str()]));
    let others = members
        .iter()
        .filter(|(key, value)| key != "properties" && !json::is_null(value))
        .map(|(key, value)| (key.as_ref(), *value));
    Ok(json::object(others.chain([("properties", list.as_str())])))
}

/// Readers elsewhere may fold case or spaces: what looks like a reserved key is one.
fn reserved(key: &str, property: &str) -> bool {
    let folded: String = key.chars().filter(|c| !c.is_whitespace()).collect();
    let folded = folded.to_lowercase();
    folded.starts_with(RESERVED) || folded == property.to_lowercase()
}

/// The owner tag of a process; `None` without one, and with two.
pub fn tag<'p>(process: &'p str, property: &str) -> Option<Cow<'p, str>> {
    let mut tags = json::items(json::member(process, "properties")?)?
        .into_iter()
        .filter(|item| json::string(item, "key").is_some_and(|key| key == property))
        .filter_map(|item| json::string(item, "value"));
    match (tags.next(), tags.next()) {
        (Some(tag), None) => Some(tag),
        _ => None,
    }
}

/// A process without the relay's properties.
pub fn without_tag(process: &str) -> String {
    let Some(members) = json::members(process) else { return "{}".into() };
    let kept = members.iter().map(|(key, value)| (key, *value)).map(|(key, value)| {
        let items = if key == "properties" { json::items(value) } else { None };
        let value = match items {
            None => Cow::Borrowed(value),
            Some(items) => Cow::Owned(json::list(items.into_iter().filter(|item| {
                !json::string(item, "key").is_some_and(|key| key.starts_with(RESERVED))
            }))),
        };
        (key.as_ref(), value)
    });
    let kept: Vec<_> = kept.collect();
    json::object(kept.iter().map(|(key, value)| (*key, value.as_ref())))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(result: RelayResult<impl Sized>) -> Option<RelayErrorKind> {
        result.err().map(|problem| problem.kind)
    }

    #[test]
    fn closed_fields_are_closed_wherever_they_stand() {
        for (operation, body) in [
            (Operation::Create, r#"{"teamId":"x"}"#),
            (Operation::Create, r#"{"partner\u0049d":"x"}"#),
            (Operation::Create, r#"{"initiator":{"verification":{}}}"#),
            (Operation::Create, r#"{"invitees":{"signers":[{},{"verification":{}}]}}"#),
            (Operation::Setup, r#"{"scope":""}"#),
            (Operation::Open, r#"{"authentication":{}}"#),
        ] {
            assert_eq!(
                kind(check(operation, body, &[])),
                Some(RelayErrorKind::FieldNotAllowed),
                "{body}"
            );
        }
        let open = ["teamId".to_owned()];
        assert_eq!(kind(check(Operation::Create, r#"{"teamId":"x"}"#, &open)), None);
        assert_eq!(kind(check(Operation::Create, r#"{"teamId":null}"#, &[])), None);
        assert_eq!(kind(check(Operation::Setup, r#"{"mode":"EMBEDDED"}"#, &[])), None);
    }

    #[test]
    fn the_tag_is_added_and_taken_away() {
        for body in [
            r#"{"initiator":{"type":"PERSON"}}"#,
            r#"{"initiator":{"type":"PERSON"},"properties":null}"#,
            r#"{"properties":[{"key":"a","value":"b"}],"initiator":{"type":"PERSON"}}"#,
        ] {
            let tagged = with_tag(body, "relay.owner", "TAG").unwrap();
            assert_eq!(tag(&tagged, "relay.owner").unwrap(), "TAG");
            let shown = without_tag(&tagged);
            assert!(!shown.contains("relay.owner") && !shown.contains("TAG"), "{shown}");
            assert!(shown.contains(r#""initiator":{"type":"PERSON"}"#));
            assert_eq!(body.contains("\"a\""), shown.contains("\"a\""));
        }
    }

    #[test]
    fn reserved_keys_and_the_eighth_property_are_refused() {
        for key in ["relay.owner", "relay.x", "Relay.Owner", " relay.owner", "rel\\u0061y.owner"] {
            let body = format!(r#"{{"properties":[{{"key":"{key}","value":"x"}}]}}"#);
            let refused = with_tag(&body, "relay.owner", "TAG");
            assert_eq!(kind(refused), Some(RelayErrorKind::FieldNotAllowed), "{key}");
        }
        let list = |n: usize| {
            let items: Vec<_> =
                (0..n).map(|n| format!(r#"{{"key":"k{n}","value":"v"}}"#)).collect();
            format!(r#"{{"properties":[{}]}}"#, items.join(","))
        };
        assert_eq!(kind(with_tag(&list(7), "relay.owner", "TAG")), None);
        assert_eq!(
            kind(with_tag(&list(8), "relay.owner", "TAG")),
            Some(RelayErrorKind::FieldNotAllowed)
        );
    }

    #[test]
    fn two_tags_are_none() {
        let one = r#"{"key":"relay.owner","value":"A"}"#;
        let two = format!(r#"{{"properties":[{one},{one}]}}"#);
        assert_eq!(tag(&two, "relay.owner"), None);
        for process in ["{}", r#"{"properties":[]}"#, r#"{"properties":null}"#, "[]"] {
            assert_eq!(tag(process, "relay.owner"), None, "{process}");
        }
    }
}
