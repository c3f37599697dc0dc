//! OpenAPI 3.1 description generated from the tables, which sandbox and relay serve. It is not the
//! vendor's document and contains less: no examples, and only the descriptions of the tables.
//!
//! It is more exact in one point: in the vendor's document the variants of a `oneOf` do not fix the
//! value of the discriminator, so that a body matches several of them and generic validators reject
//! the vendor's own examples. Here the discriminator is a `const`.

use serde_json::{Map, Value, json};

use super::{
    FieldAccess, FieldPresence, FieldSchema, FieldType, OBJECTS, ObjectSchema, Operation,
    OperationSpec, ResponseBody, Scope, StringFormat, StringSchema, UnionSchema,
};

/// Name of the security scheme in [`document`].
const SECURITY: &str = "clientCredentials";

/// Describes the API at `api_url` with the token endpoint `token_url`.
pub fn document(title: &str, version: &str, api_url: &str, token_url: &str) -> Value {
    let mut paths: Map<String, Value> = Map::new();
    for operation in Operation::ALL {
        let OperationSpec { path, method, scope, .. } = operation.spec();
        let mut described = self::operation(operation);
        if let Some(described) = described.as_object_mut() {
            described.insert("security".into(), json!([{ SECURITY: [scope.as_str()] }]));
            described.insert("responses".into(), responses(operation.spec()).into());
        }
        let path = paths.entry(*path).or_insert_with(|| json!({}));
        if let Some(path) = path.as_object_mut() {
            path.insert(method.as_str().to_ascii_lowercase(), described);
        }
    }
    let scopes: Map<String, Value> =
        Scope::ALL.iter().map(|scope| (scope.as_str().into(), scope.doc().into())).collect();
    json!({
        "openapi": "3.1.0",
        "info": { "title": title, "version": version },
        "servers": [{ "url": api_url }],
        "paths": paths,
        "components": {
            "schemas": schemas(),
            "securitySchemes": { SECURITY: {
                "type": "oauth2",
                "flows": { "clientCredentials": { "tokenUrl": token_url, "scopes": scopes } },
            } },
        },
    })
}

/// All objects of the contract by name, for `components.schemas`.
pub fn schemas() -> Map<String, Value> {
    OBJECTS.iter().map(|object| (object.name.to_owned(), schema(object))).collect()
}

/// Adds the schema of an object and of all objects in its fields, for `components.schemas`.
pub fn add_schemas(object: &'static ObjectSchema, schemas: &mut Map<String, Value>) {
    if schemas.contains_key(object.name) {
        return;
    }
    schemas.insert(object.name.to_owned(), schema(object));
    for field in object.fields {
        let kind = match field.kind {
            FieldType::List(list) => list.item,
            kind => kind,
        };
        if let FieldType::Object(inner) = kind {
            add_schemas(inner, schemas);
        }
    }
}

/// Describes an operation: parameters, request body and success responses.
pub fn operation(operation: Operation) -> Value {
    let spec = operation.spec();
    let in_path = spec.path.split('/').filter_map(|part| {
        let name = part.strip_prefix('{')?.strip_suffix('}')?;
        // Persons and files can also be referenced by their externalIdentifier (contract).
        let schema = match name {
            "processId" => json!({ "type": "string", "format": "uuid" }),
            _ => json!({ "type": "string" }),
        };
        Some(json!({ "name": name, "in": "path", "required": true, "schema": schema }))
    });
    let in_query = spec.query.iter().flat_map(|query| query_parameters(query));
    let parameters: Vec<Value> = in_path.chain(in_query).collect();
    let mut described = json!({
        "operationId": spec.id,
        "summary": operation.doc(),
        "parameters": parameters,
        "responses": successes(spec),
    });
    if let (Some(object), Some(described)) = (spec.request, described.as_object_mut()) {
        let body = json!({ "required": spec.request_required, "content": content(object) });
        described.insert("requestBody".into(), body);
    }
    described
}

/// Describes the fields of an object as query parameters.
pub fn query_parameters(query: &'static ObjectSchema) -> impl Iterator<Item = Value> {
    query.fields.iter().map(|field| {
        json!({
            "name": field.name, "in": "query", "required": field.required(),
            "description": description(field.doc), "schema": property(field),
        })
    })
}

fn content(object: &ObjectSchema) -> Value {
    json!({ "application/json": { "schema": reference(object) } })
}

fn successes(spec: &OperationSpec) -> Map<String, Value> {
    let content = match spec.response {
        ResponseBody::Json(object) => content(object),
        ResponseBody::File => json!({ "application/pdf": {}, "application/zip": {} }),
    };
    let success = |status: &u16| {
        let what = if *status == 208 { "Already done." } else { "Success." };
        (status.to_string(), json!({ "description": what, "content": content }))
    };
    spec.success.iter().map(success).collect()
}

/// Responses of the contract. Its conventions define more failures than each operation lists; the
/// default covers them.
fn responses(spec: &OperationSpec) -> Map<String, Value> {
    let failure = |what: &str, body: bool| match body {
        true => {
            json!({ "description": what, "content": content(<super::ErrorBody as super::declare::ContractObject>::OBJECT) })
        }
        false => json!({ "description": what }),
    };
    let mut responses = successes(spec);
    for (status, body) in spec.failures {
        responses.insert(status.to_string(), failure(meaning(*status), *body));
    }
    responses.insert("default".into(), failure("Rejected.", true));
    responses
}

/// Description of a failure status (contract, conventions).
fn meaning(status: u16) -> &'static str {
    match status {
        400 => "A parameter is invalid.",
        401 => "The token is missing, invalid or expired.",
        403 => "The caller is not allowed to perform the operation.",
        404 => "The process does not exist.",
        409 => "The state or the data of the process conflicts with the operation.",
        410 => "The file was deleted.",
        412 => "The file is not available yet.",
        _ => "Rejected.",
    }
}

/// Reference to the schema of an object.
pub fn reference(object: &ObjectSchema) -> Value {
    json!({ "$ref": format!("#/components/schemas/{}", object.name) })
}

/// Unions that have this object as a variant, each with the value that selects it.
fn selected_by(
    object: &ObjectSchema,
) -> impl Iterator<Item = (&'static UnionSchema, &'static str)> {
    let kinds = OBJECTS.iter().flat_map(|object| object.fields).map(|field| match field.kind {
        FieldType::List(list) => list.item,
        kind => kind,
    });
    let unions = kinds.filter_map(|kind| match kind {
        FieldType::Union(union) => Some(union),
        _ => None,
    });
    unions.filter_map(|union| {
        let (value, _) = union.variants.iter().find(|(_, variant)| variant.name == object.name)?;
        Some((union, *value))
    })
}

fn schema(object: &ObjectSchema) -> Value {
    let mut properties: Map<String, Value> =
        object.fields.iter().map(|field| (field.name.to_owned(), property(field))).collect();
    let mut required: Vec<_> =
        object.fields.iter().filter(|field| field.required()).map(|field| field.name).collect();
    for (union, value) in selected_by(object) {
        if let Some(members) =
            properties.get_mut(union.discriminator).and_then(Value::as_object_mut)
        {
            members.remove("enum");
            members.insert("const".into(), value.into());
        }
        let may_be_absent = union.default == Some(value);
        if !may_be_absent && !required.contains(&union.discriminator) {
            required.push(union.discriminator);
        }
    }
    let mut schema = json!({ "type": "object", "description": description(object.doc), "properties": properties });
    if let Some(members) = schema.as_object_mut() {
        if !required.is_empty() {
            members.insert("required".into(), json!(required));
        }
        let either = object.fields.iter().filter(|f| f.presence == FieldPresence::Either);
        let either: Vec<_> = either.map(|field| json!({ "required": [field.name] })).collect();
        if !either.is_empty() {
            members.insert("oneOf".into(), either.into());
        }
        if object.closed {
            members.insert("additionalProperties".into(), false.into());
        }
    }
    schema
}

/// Joins the lines of a doc comment.
fn description(doc: &str) -> String {
    doc.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn property(field: &FieldSchema) -> Value {
    let mut property = kind(field.kind);
    if field.presence == FieldPresence::Nullable {
        property = json!({ "anyOf": [property, { "type": "null" }] });
    }
    if let Some(members) = property.as_object_mut() {
        if !field.doc.is_empty() {
            members.insert("description".into(), description(field.doc).into());
        }
        match field.access {
            FieldAccess::ReadOnly => members.insert("readOnly".into(), true.into()),
            FieldAccess::WriteOnly => members.insert("writeOnly".into(), true.into()),
            FieldAccess::ReadWrite => None,
        };
        if field.deprecated {
            members.insert("deprecated".into(), true.into());
        }
        if let Some(default) = field.default {
            // The tables contain defaults as text, also of numbers and booleans.
            let value = match field.kind {
                FieldType::Integer(_) | FieldType::Boolean => serde_json::from_str(default).ok(),
                _ => None,
            };
            members.insert("default".into(), value.unwrap_or_else(|| default.into()));
        }
    }
    property
}

fn kind(of: FieldType) -> Value {
    match of {
        FieldType::Text(StringSchema { max, format }) => {
            let mut schema = Map::from_iter([("type".to_owned(), Value::from("string"))]);
            if let Some(max) = max {
                schema.insert("maxLength".into(), max.into());
            }
            schema.extend(schema_of(format).map(|(word, value)| (word.to_owned(), value.into())));
            schema.into()
        }
        FieldType::Integer(integer) => {
            let mut schema = json!({ "type": "integer", "format": format!("int{}", integer.bits) });
            for (word, limit) in [("minimum", integer.min), ("maximum", integer.max)] {
                if let (Some(limit), Some(members)) = (limit, schema.as_object_mut()) {
                    members.insert(word.into(), limit.into());
                }
            }
            schema
        }
        FieldType::Boolean => json!({ "type": "boolean" }),
        FieldType::Enumeration(enumeration) => {
            json!({ "type": "string", "enum": enumeration.values })
        }
        FieldType::Object(object) => reference(object),
        FieldType::Union(union) => one_of(union),
        FieldType::List(list) => {
            let mut schema = json!({ "type": "array", "items": kind(list.item) });
            if let Some(members) = schema.as_object_mut() {
                members.extend(list.max.map(|max| ("maxItems".to_owned(), max.into())));
                members.extend(list.unique.then(|| ("uniqueItems".to_owned(), true.into())));
            }
            schema
        }
        FieldType::StringMap => {
            json!({ "type": "object", "additionalProperties": { "type": "string" } })
        }
        FieldType::Fraction => json!({ "type": "number", "exclusiveMinimum": 0, "maximum": 1 }),
        FieldType::Any => json!({ "type": "object" }),
    }
}

/// JSON Schema keyword for a string format.
fn schema_of(format: StringFormat) -> Option<(&'static str, &'static str)> {
    match format {
        StringFormat::Any => None,
        StringFormat::Uuid => Some(("format", "uuid")),
        StringFormat::Email => Some(("format", "email")),
        StringFormat::DateTime => Some(("format", "date-time")),
        StringFormat::Uri => Some(("format", "uri")),
        StringFormat::Base64 => Some(("contentEncoding", "base64")),
        StringFormat::Duration => Some(("format", "duration")),
        // The format `duration` has neither signs nor fractions.
        StringFormat::SignedDuration => Some(("pattern", "^[+-]?P[0-9A-Z.,]*[0-9][A-SU-Z]$")),
        StringFormat::Identifier => Some(("pattern", "^[a-zA-Z0-9._~-]+$")),
        StringFormat::PdfMediaType => Some(("const", "application/pdf")),
        StringFormat::E164 => Some(("pattern", "^\\+[1-9][0-9]{1,14}$")),
    }
}

fn one_of(union: &UnionSchema) -> Value {
    let variants: Vec<_> = union.variants.iter().map(|(_, object)| reference(object)).collect();
    let mapping: Map<String, Value> = union
        .variants
        .iter()
        .map(|(value, object)| {
            ((*value).to_owned(), format!("#/components/schemas/{}", object.name).into())
        })
        .collect();
    json!({
        "oneOf": variants,
        "discriminator": { "propertyName": union.discriminator, "mapping": mapping },
    })
}
