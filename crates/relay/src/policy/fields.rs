//! Fields that callers may set: those that the contract tables declare as `browser`, and those
//! that the operator allows. Properties with the relay's prefix are reserved.

use std::borrow::Cow;
use std::collections::BTreeSet;

use swisscom_sign::contract::{
    FieldType, ObjectSchema, Operation, Problem as Deviation, ProblemCode,
};

use crate::error::{RelayError, RelayErrorKind, RelayResult};
use crate::json;

/// Prefix of the properties that are the relay's.
pub(crate) const RESERVED: &str = "relay.";
/// Properties of a process (contract, `Process.properties`); one is the relay's.
const CLIENT_PROPERTIES: usize = 7;

/// Rejects fields that callers may not set. The body has passed the core's validation.
///
/// # Errors
/// [`RelayErrorKind::FieldNotAllowed`], with each of them.
pub(crate) fn check(operation: Operation, body: &str, allowed: &[String]) -> RelayResult<()> {
    match operation.spec().request {
        None => Ok(()),
        Some(object) => check_object(object, body, allowed),
    }
}

fn check_object(object: &'static ObjectSchema, body: &str, allowed: &[String]) -> RelayResult<()> {
    let mut rejected = Vec::new();
    collect_rejected(FieldType::Object(object), body, "", allowed, &mut rejected);
    let problems = rejected.into_iter().map(|path| {
        let message = "may not be set by callers of this relay";
        Deviation::new(format!("$.{path}"), ProblemCode::UnknownField, message)
    });
    reject_forbidden(problems.collect())
}

/// Collects the paths of fields that are neither `browser` nor allowed. An allowed field opens
/// everything inside it.
fn collect_rejected(
    kind: FieldType,
    text: &str,
    parent: &str,
    allowed: &[String],
    rejected: &mut Vec<String>,
) {
    let objects: Vec<&ObjectSchema> = match kind {
        FieldType::Object(object) => vec![object],
        FieldType::Union(union) => union.variants.iter().map(|(_, object)| *object).collect(),
        FieldType::List(list) => {
            for item in json::items(text).unwrap_or_default() {
                collect_rejected(list.item, item, parent, allowed, rejected);
            }
            return;
        }
        _ => return,
    };
    for (name, value) in json::members(text).unwrap_or_default() {
        let path = if parent.is_empty() { name.to_string() } else { format!("{parent}.{name}") };
        if json::is_null(value) || allowed.contains(&path) || rejected.contains(&path) {
            continue;
        }
        let fields: Vec<_> = objects.iter().filter_map(|object| object.field(&name)).collect();
        match fields.first() {
            Some(field) if fields.iter().all(|field| field.browser) => {
                collect_rejected(field.kind, value, &path, allowed, rejected);
            }
            _ => rejected.push(path),
        }
    }
}

/// Paths of all fields of requests.
pub(crate) fn paths() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for object in Operation::ALL.into_iter().filter_map(|operation| operation.spec().request) {
        collect_paths(FieldType::Object(object), "", &mut found);
    }
    found
}

fn collect_paths(kind: FieldType, parent: &str, found: &mut BTreeSet<String>) {
    let objects: Vec<&ObjectSchema> = match kind {
        FieldType::Object(object) => vec![object],
        FieldType::Union(union) => union.variants.iter().map(|(_, object)| *object).collect(),
        FieldType::List(list) => return collect_paths(list.item, parent, found),
        _ => return,
    };
    for field in objects.iter().flat_map(|object| object.fields) {
        let path = if parent.is_empty() {
            field.name.to_owned()
        } else {
            format!("{parent}.{}", field.name)
        };
        collect_paths(field.kind, &path, found);
        found.insert(path);
    }
}

fn reject_forbidden(deviations: Vec<Deviation>) -> RelayResult<()> {
    if deviations.is_empty() {
        return Ok(());
    }
    Err(RelayError { deviations, ..RelayError::new(RelayErrorKind::FieldNotAllowed) })
}

/// Adds the owner tag to the properties of a valid create body.
///
/// # Errors
/// [`RelayErrorKind::FieldNotAllowed`] for reserved keys and for more than seven properties.
pub(crate) fn with_tag(body: &str, property: &str, tag: &str) -> RelayResult<String> {
    let members = json::members(body).ok_or_else(|| RelayError::new(RelayErrorKind::BadJson))?;
    let of_client = members
        .iter()
        .find(|(key, value)| key == "properties" && !json::is_null(value))
        .and_then(|(_, list)| json::items(list))
        .unwrap_or_default();
    let mut found = Vec::new();
    for (index, item) in of_client.iter().enumerate() {
        if is_reserved(&json::string(item, "key").unwrap_or_default(), property) {
            let path = format!("$.properties[{index}].key");
            let message = format!("reserved prefix `{RESERVED}`");
            found.push(Deviation::new(path, ProblemCode::UnknownField, message));
        }
    }
    if of_client.len() > CLIENT_PROPERTIES {
        let message =
            format!("too many properties: maximum {CLIENT_PROPERTIES} through this relay");
        found.push(Deviation::new("$.properties", ProblemCode::TooManyItems, message));
    }
    reject_forbidden(found)?;
    let (key, value) = (json::text(property), json::text(tag));
    let own = json::object([("key", key.as_str()), ("value", value.as_str())]);
    let list = json::list(of_client.into_iter().chain([own.as_str()]));
    let others = members
        .iter()
        .filter(|(key, value)| key != "properties" && !json::is_null(value))
        .map(|(key, value)| (key.as_ref(), *value));
    Ok(json::object(others.chain([("properties", list.as_str())])))
}

/// Also rejects variants in case and white space, which other software could normalize.
fn is_reserved(key: &str, property: &str) -> bool {
    let folded: String = key.chars().filter(|c| !c.is_whitespace()).collect();
    let folded = folded.to_lowercase();
    folded.starts_with(RESERVED) || folded == property.to_lowercase()
}

/// Owner tag of a process; `None` if it is missing or not unique.
pub(crate) fn tag<'p>(process: &'p str, property: &str) -> Option<Cow<'p, str>> {
    let mut tags = json::items(json::member(process, "properties")?)?
        .into_iter()
        .filter(|item| json::string(item, "key").is_some_and(|key| key == property))
        .filter_map(|item| json::string(item, "value"));
    match (tags.next(), tags.next()) {
        (Some(tag), None) => Some(tag),
        _ => None,
    }
}

/// Removes the relay's properties from a process.
pub(crate) fn without_tag(process: &str) -> String {
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
    use swisscom_sign::contract::declare::ContractObject as _;
    use swisscom_sign::contract::{FieldAccess, FieldSchema, Process};

    use super::*;

    fn kind(result: RelayResult<impl Sized>) -> Option<RelayErrorKind> {
        result.err().map(|error| error.kind)
    }

    #[test]
    fn rejects_a_new_field_until_it_is_declared_open() {
        let team = Process::OBJECT.field("teamId").unwrap();
        for (browser, expected) in [(false, Some(RelayErrorKind::FieldNotAllowed)), (true, None)] {
            let mut field: FieldSchema = *team;
            (field.name, field.browser) = ("newField", browser);
            let fields: Vec<_> = Process::OBJECT.fields.iter().copied().chain([field]).collect();
            let mut object: ObjectSchema = *Process::OBJECT;
            object.fields = fields.leak();
            let object: &'static ObjectSchema = Box::leak(Box::new(object));
            assert_eq!(kind(check_object(object, r#"{"newField":"x"}"#, &[])), expected);
        }
        let unknown = check(Operation::Create, r#"{"newField":"x"}"#, &[]);
        assert_eq!(kind(unknown), Some(RelayErrorKind::FieldNotAllowed));
    }

    /// The writable fields of a request that are not open to browsers.
    fn closed(kind: FieldType, parent: &str, found: &mut BTreeSet<String>) {
        let objects: Vec<&ObjectSchema> = match kind {
            FieldType::Object(object) => vec![object],
            FieldType::Union(union) => union.variants.iter().map(|(_, object)| *object).collect(),
            FieldType::List(list) => return closed(list.item, parent, found),
            _ => return,
        };
        for field in objects.iter().flat_map(|object| object.fields) {
            let path = format!("{parent}.{}", field.name);
            if field.access == FieldAccess::ReadOnly {
                continue;
            }
            if field.browser {
                closed(field.kind, &path, found);
            } else {
                found.insert(path);
            }
        }
    }

    #[test]
    fn closes_the_fields_about_money_identity_and_data_of_others() {
        let mut found = BTreeSet::new();
        for spec in Operation::ALL.map(Operation::spec) {
            if let Some(object) = spec.request {
                closed(FieldType::Object(object), spec.id, &mut found);
            }
        }
        let expected = [
            "create.initiator.verification",
            "create.invitees.signers.verification",
            "create.partnerId",
            "create.teamId",
            "open.authentication",
            "open.scope",
            "setup.authentication",
            "setup.scope",
        ];
        assert_eq!(Vec::from_iter(found), expected);
    }

    #[test]
    fn rejects_closed_fields_at_every_depth() {
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
        let verified = r#"{"initiator":{"verification":{"residentPermit":false}}}"#;
        let open = ["initiator.verification".to_owned()];
        assert_eq!(kind(check(Operation::Create, verified, &open)), None);
    }

    #[test]
    fn adds_and_removes_the_owner_tag() {
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
    fn rejects_reserved_keys_and_an_eighth_property() {
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
    fn rejects_duplicate_owner_tags() {
        let one = r#"{"key":"relay.owner","value":"A"}"#;
        let two = format!(r#"{{"properties":[{one},{one}]}}"#);
        assert_eq!(tag(&two, "relay.owner"), None);
        for process in ["{}", r#"{"properties":[]}"#, r#"{"properties":null}"#, "[]"] {
            assert_eq!(tag(process, "relay.owner"), None, "{process}");
        }
    }
}
