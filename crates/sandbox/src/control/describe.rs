//! Types of requests and responses of the control API, and the OpenAPI document generated from them.

use serde::de::value::Error;
use serde::de::{DeserializeOwned, Deserializer, Error as _, Visitor};
use serde::forward_to_deserialize_any;
use serde_json::{Map, Value, json};
use swisscom_sign::contract::{CONTRACT_VERSION, openapi};

use super::routes::{ControlRoute, ROUTES};
use crate::paths::CONTROL_PREFIX as PREFIX;

/// Type of a parameter or field.
#[derive(Debug, Clone, Copy)]
pub(crate) enum ControlType {
    Text,
    Uuid,
    Boolean,
    Time,
    Duration,
    /// Signed integer.
    Whole,
    /// Integer with this minimum.
    Integer(u64),
    /// Inclusive bounds.
    Range(u64, u64),
    /// Greater than 0, at most 1.
    Probability,
    /// Enumeration.
    Words(fn() -> Vec<&'static str>),
    List(&'static ControlType),
    Object(&'static ControlObject),
    /// Schema of the contract, by name.
    Contract(&'static str),
    /// Object without a described schema.
    Any,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Presence {
    Required,
    Optional,
    /// Required and nullable.
    Nullable,
    /// Exactly one of the fields with this presence is required.
    Either,
}

/// Query parameter or field.
#[derive(Debug)]
pub(crate) struct ControlField {
    pub(crate) name: &'static str,
    kind: ControlType,
    presence: Presence,
    /// Description; empty if the name suffices.
    text: &'static str,
}

/// Required field.
pub(crate) const fn must(
    name: &'static str,
    kind: ControlType,
    text: &'static str,
) -> ControlField {
    ControlField { name, kind, presence: Presence::Required, text }
}

/// Optional field.
pub(crate) const fn may(name: &'static str, kind: ControlType, text: &'static str) -> ControlField {
    ControlField { name, kind, presence: Presence::Optional, text }
}

/// Required, nullable field.
pub(crate) const fn null(
    name: &'static str,
    kind: ControlType,
    text: &'static str,
) -> ControlField {
    ControlField { name, kind, presence: Presence::Nullable, text }
}

/// Field of a group of which exactly one is required.
pub(crate) const fn either(
    name: &'static str,
    kind: ControlType,
    text: &'static str,
) -> ControlField {
    ControlField { name, kind, presence: Presence::Either, text }
}

/// Named schema of the document.
#[derive(Debug)]
pub(crate) struct ControlObject {
    pub(crate) name: &'static str,
    /// Whether other fields are rejected.
    pub(crate) closed: bool,
    pub(crate) fields: &'static [ControlField],
}

/// Successful response of a route.
#[derive(Debug, Clone, Copy)]
pub(crate) enum ControlReply {
    Nothing,
    Json(ControlType),
    /// Binary body with one of these media types.
    Bytes(&'static [&'static str]),
    /// HTML page; its forms are URL-encoded.
    Page,
}

/// Values of an enumeration, as its deserializer accepts them.
pub(crate) fn words<T: DeserializeOwned>() -> Vec<&'static str> {
    struct VariantNameCollector<'a>(&'a mut Vec<&'static str>);

    impl<'de> Deserializer<'de> for VariantNameCollector<'_> {
        type Error = Error;

        fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Error> {
            Err(Error::custom("there is no value"))
        }

        fn deserialize_enum<V: Visitor<'de>>(
            self,
            _: &'static str,
            names: &'static [&'static str],
            visitor: V,
        ) -> Result<V::Value, Error> {
            self.0.extend(names);
            self.deserialize_any(visitor)
        }

        forward_to_deserialize_any! {
            bool i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 char str string bytes byte_buf option unit
            unit_struct newtype_struct seq tuple tuple_struct map struct identifier ignored_any
        }
    }

    let mut names = Vec::new();
    // The deserializer reports the variant names before it fails.
    let _no_value = T::deserialize(VariantNameCollector(&mut names));
    names
}

type Components = Map<String, Value>;

fn reference(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

impl ControlType {
    fn schema(self, components: &mut Components) -> Value {
        match self {
            Self::Text => json!({ "type": "string" }),
            Self::Uuid => json!({ "type": "string", "format": "uuid" }),
            Self::Boolean => json!({ "type": "boolean" }),
            Self::Time => json!({ "type": "string", "format": "date-time" }),
            // The `duration` format of JSON Schema accepts neither signs nor fractions.
            Self::Duration => json!({ "type": "string", "pattern": "^[+-]?P[0-9A-Z.,]+$" }),
            Self::Whole => json!({ "type": "integer", "format": "int32" }),
            Self::Integer(least) => json!({ "type": "integer", "minimum": least }),
            Self::Range(least, most) => {
                json!({ "type": "integer", "minimum": least, "maximum": most })
            }
            Self::Probability => json!({ "type": "number", "exclusiveMinimum": 0, "maximum": 1 }),
            Self::Words(words) => json!({ "type": "string", "enum": words() }),
            Self::List(of) => json!({ "type": "array", "items": of.schema(components) }),
            Self::Object(object) => {
                if !components.contains_key(object.name) {
                    let schema = self::object(object.fields, object.closed, components);
                    components.insert(object.name.to_owned(), schema);
                }
                reference(object.name)
            }
            Self::Contract(name) => reference(name),
            Self::Any => json!({ "type": "object" }),
        }
    }
}

impl ControlField {
    fn schema(&self, components: &mut Components) -> Value {
        let mut schema = self.kind.schema(components);
        if self.presence == Presence::Nullable {
            schema = json!({ "anyOf": [schema, { "type": "null" }] });
        }
        if let (Some(members), false) = (schema.as_object_mut(), self.text.is_empty()) {
            members.insert("description".into(), self.text.into());
        }
        schema
    }
}

fn object(fields: &[ControlField], closed: bool, components: &mut Components) -> Value {
    let properties: Map<String, Value> =
        fields.iter().map(|field| (field.name.to_owned(), field.schema(components))).collect();
    let mut schema = json!({ "type": "object", "properties": properties });
    let names = |wanted: &[Presence]| -> Vec<&str> {
        let wanted = fields.iter().filter(|field| wanted.contains(&field.presence));
        wanted.map(|field| field.name).collect()
    };
    if let Some(members) = schema.as_object_mut() {
        let required = names(&[Presence::Required, Presence::Nullable]);
        if !required.is_empty() {
            members.insert("required".into(), required.into());
        }
        let either = names(&[Presence::Either]);
        if !either.is_empty() {
            let one = |name: &&str| json!({ "required": [name] });
            members.insert("oneOf".into(), either.iter().map(one).collect());
        }
        if closed {
            members.insert("additionalProperties".into(), false.into());
        }
    }
    schema
}

impl ControlRoute {
    fn media_type(&self) -> &'static str {
        match self.reply {
            ControlReply::Page => "application/x-www-form-urlencoded",
            _ => "application/json",
        }
    }

    fn parameters(&self, components: &mut Components) -> Vec<Value> {
        let in_path = self.path.split('/').filter_map(|part| {
            let name = part.strip_prefix('{')?.strip_suffix('}')?;
            let schema = json!({ "type": "string" });
            Some(json!({ "name": name, "in": "path", "required": true, "schema": schema }))
        });
        let in_query = self.query.iter().map(|field| {
            let schema = field.kind.schema(components);
            json!({ "name": field.name, "in": "query", "description": field.text, "schema": schema })
        });
        in_path.chain(in_query).collect()
    }

    fn responses(&self, components: &mut Components) -> Value {
        let mut success = json!({ "description": "Done." });
        let mut refusals = json!({ "application/json": { "schema": reference("Error") } });
        let content = match self.reply {
            ControlReply::Nothing => None,
            ControlReply::Json(kind) => {
                Some(json!({ "application/json": { "schema": kind.schema(components) } }))
            }
            ControlReply::Bytes(types) => {
                Some(types.iter().map(|name| ((*name).to_owned(), json!({}))).collect())
            }
            ControlReply::Page => {
                if let Some(refusals) = refusals.as_object_mut() {
                    refusals.insert("text/html".into(), json!({}));
                }
                None
            }
        };
        if let (Some(content), Some(success)) = (content, success.as_object_mut()) {
            success.insert("content".into(), content);
        }
        json!({
            self.success.to_string(): success,
            "401": { "description": "Without the admin token." },
            "default": { "description": "Refused.", "content": refusals },
        })
    }

    fn operation(&self, components: &mut Components) -> Value {
        let mut operation = json!({
            "summary": self.summary,
            "operationId": self.operation_id(),
            "parameters": self.parameters(components),
            "responses": self.responses(components),
        });
        if let (Some(members), false) = (operation.as_object_mut(), self.body.is_empty()) {
            let schema = object(self.body, true, components);
            let needed = self.body.iter().any(|field| field.presence != Presence::Optional);
            let content = json!({ self.media_type(): { "schema": schema } });
            members.insert("requestBody".into(), json!({ "required": needed, "content": content }));
        }
        operation
    }

    fn operation_id(&self) -> String {
        let parts = self.path.split('/').filter(|part| !part.is_empty() && !part.starts_with('{'));
        let mut id = self.method.to_ascii_lowercase();
        for part in parts {
            let mut letters = part.chars().filter(|c| c.is_ascii_alphanumeric());
            id.extend(letters.next().map(|first| first.to_ascii_uppercase()));
            id.extend(letters);
        }
        if self.path.ends_with('}') {
            id.push_str("One");
        }
        id
    }
}

/// OpenAPI document of the control API.
pub(crate) fn document(url: &str) -> Value {
    let mut components = openapi::schemas();
    let mut paths: Map<String, Value> = Map::new();
    for route in ROUTES {
        let path = paths.entry(format!("{PREFIX}{}", route.path)).or_insert_with(|| json!({}));
        if let Some(path) = path.as_object_mut() {
            path.insert(route.method.to_ascii_lowercase(), route.operation(&mut components));
        }
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Control of the Swisscom Sign sandbox",
            "description": format!("Not part of the platform. Contract {CONTRACT_VERSION}."),
            "version": env!("CARGO_PKG_VERSION"),
        },
        "servers": [{ "url": url }],
        "components": {
            "schemas": components,
            "securitySchemes": { "adminToken": { "type": "http", "scheme": "bearer" } },
        },
        "security": [{}, { "adminToken": [] }],
        "paths": paths,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::faults::ResponseDrop;
    use crate::settings::{MissingProcess, SettingValue as _};

    #[test]
    fn enumerations_tell_their_names() {
        assert_eq!(
            words::<ResponseDrop>(),
            ["before", "after", "reset", "truncate", "dribble", "garbage"]
        );
        let positions = MissingProcess::POSITIONS.iter().map(|(name, _)| *name);
        assert!(positions.eq(words::<MissingProcess>()));
        assert!(words::<String>().is_empty());
    }
}
