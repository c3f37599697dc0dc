//! The relay's OpenAPI document, made of the same tables that serve: the core's operations and
//! types, the relay's own routes, the table of problems.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use swisscom_sign::contract::{
    Access, Body, CONTRACT_VERSION, Field, Format, Kind, OBJECTS, Object, Operation, Union,
};

use crate::problem::Kind as ProblemKind;

/// The document, as JSON text.
pub fn document() -> String {
    let mut paths: BTreeMap<&str, Map<String, Value>> = BTreeMap::new();
    for operation in Operation::ALL {
        let spec = operation.spec();
        let method = spec.method.as_str().to_ascii_lowercase();
        paths.entry(spec.path).or_default().insert(method, of_contract(operation));
    }
    for (path, method, entry) in own() {
        paths.entry(path).or_default().insert(method.into(), entry);
    }
    let mut schemas: Map<String, Value> =
        OBJECTS.iter().map(|object| (object.name.to_owned(), schema(object))).collect();
    schemas.insert("Problem".into(), problem());
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "swisscom-sign-relay",
            "version": env!("CARGO_PKG_VERSION"),
            "description": format!(
                "Mirrors the Swisscom Sign Integration API {CONTRACT_VERSION} for the processes \
                 of the calling user."),
        },
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": { "user": { "type": "http", "scheme": "bearer" } },
        },
        "security": [{ "user": [] }],
    })
    .to_string()
}

fn of_contract(operation: Operation) -> Value {
    let spec = operation.spec();
    let content = match spec.response {
        Body::Json(object) => json!({ "application/json": { "schema": reference(object) } }),
        Body::File => json!({ "application/pdf": {}, "application/zip": {} }),
    };
    let mut responses: Map<String, Value> = spec
        .success
        .iter()
        .map(|status| (status.to_string(), json!({ "description": "Success", "content": content })))
        .collect();
    responses.insert("default".into(), problem_response());
    let mut parameters: Vec<Value> = spec
        .path
        .split('/')
        .filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}'))
        .map(|name| {
            json!({ "name": name, "in": "path", "required": true, "schema": { "type": "string" } })
        })
        .collect();
    for field in spec.query.iter().flat_map(|query| query.fields) {
        parameters.push(json!({ "name": field.name, "in": "query", "schema": kind(field.kind) }));
    }
    let mut entry = json!({
        "operationId": spec.id, "parameters": parameters, "responses": responses,
    });
    if let (Some(object), Some(entry)) = (spec.request, entry.as_object_mut()) {
        let body = json!({
            "required": spec.request_required,
            "content": { "application/json": { "schema": reference(object) } },
        });
        entry.insert("requestBody".into(), body);
    }
    entry
}

/// The relay's own routes.
fn own() -> Vec<(&'static str, &'static str, Value)> {
    let entry = |id: &str, status: &str, body: Value| {
        let mut entry = json!({
            "operationId": id,
            "responses": { status: { "description": "Success" }, "default": problem_response() },
        });
        if let Some(entry) = entry.as_object_mut().filter(|_| !body.is_null()) {
            entry.insert("requestBody".into(), json!({ "required": true, "content": body }));
        }
        entry
    };
    let object = |required: Value, properties: Value| {
        json!({ "application/json": { "schema": {
            "type": "object", "required": required, "properties": properties,
            "additionalProperties": false,
        } } })
    };
    let mut upload = entry("upload", "201", json!({ "application/pdf": {} }));
    if let Some(upload) = upload.as_object_mut() {
        let process = json!({
            "name": "processId", "in": "path", "required": true, "schema": { "type": "string" } });
        let file = json!({
            "name": "Relay-File", "in": "header", "required": true, "schema": { "type": "string" },
            "description": "FileAttachment without content and contentType, as JSON in ASCII" });
        upload.insert("parameters".into(), json!([process, file]));
    }
    let ticket = object(
        json!(["process", "operations"]),
        json!({
            "process": { "type": "string", "format": "uuid" },
            "operations": { "type": "array", "items": { "type": "string" } },
            "lifetime": { "type": "integer", "maximum": 300 },
        }),
    );
    let mut session = entry("session", "200", Value::Null);
    if let Some(success) = session.pointer_mut("/responses/200").and_then(Value::as_object_mut) {
        let text = json!({ "type": "string" });
        let described = object(
            json!(["sub", "iss", "exp", "operations"]),
            json!({
                "sub": text, "iss": text, "tenant": text, "name": text, "email": text,
                "process": { "type": "string", "format": "uuid", "description": "Of a ticket" },
                "exp": { "type": "integer", "description": "End of the token, seconds since 1970" },
                "operations": { "type": "array", "items": text },
            }),
        );
        success.insert("content".into(), described);
    }
    let scope = object(json!(["scope"]), json!({ "scope": { "type": "string" } }));
    vec![
        (swisscom_sign::request::relay::UPLOAD_PATH, "post", upload),
        ("/relay/tickets", "post", entry("tickets", "201", ticket)),
        ("/relay/token", "post", entry("token", "200", scope)),
        ("/relay/session", "get", entry("session", "200", session)),
        ("/relay/openapi.json", "get", entry("openapi", "200", Value::Null)),
    ]
}

fn problem_response() -> Value {
    let schema = json!({ "$ref": "#/components/schemas/Problem" });
    json!({
        "description": "RFC 9457 problem",
        "content": { "application/problem+json": { "schema": schema } },
    })
}

fn problem() -> Value {
    let codes: Vec<_> = ProblemKind::ALL.iter().map(|kind| kind.code()).collect();
    json!({
        "type": "object",
        "required": ["type", "title", "status", "code", "request_id", "retryable"],
        "properties": {
            "type": { "type": "string" },
            "title": { "type": "string" },
            "status": { "type": "integer" },
            "code": { "type": "string", "enum": codes },
            "request_id": { "type": "string" },
            "retryable": { "type": "boolean" },
            "detail": { "type": "string" },
            "problems": { "type": "array", "items": { "type": "object" } },
            "name": { "type": "string" },
            "clientSubject": { "type": "string" },
            "clientBody": { "type": "string" },
        },
    })
}

fn reference(object: &Object) -> Value {
    json!({ "$ref": format!("#/components/schemas/{}", object.name) })
}

fn schema(object: &Object) -> Value {
    let required: Vec<_> =
        object.fields.iter().filter(|field| field.required).map(|field| field.name).collect();
    let properties: Map<String, Value> =
        object.fields.iter().map(|field| (field.name.to_owned(), property(field))).collect();
    json!({ "type": "object", "required": required, "properties": properties })
}

fn property(field: &Field) -> Value {
    let mut property = kind(field.kind);
    if let Some(members) = property.as_object_mut() {
        match field.access {
            Access::ReadOnly => members.insert("readOnly".into(), true.into()),
            Access::WriteOnly => members.insert("writeOnly".into(), true.into()),
            Access::ReadWrite => None,
        };
        if field.deprecated {
            members.insert("deprecated".into(), true.into());
        }
    }
    property
}

fn kind(kind_of: Kind) -> Value {
    match kind_of {
        Kind::Text(text) => {
            let mut schema = json!({ "type": "string" });
            if let Some(members) = schema.as_object_mut() {
                if let Some(max) = text.max {
                    members.insert("maxLength".into(), max.into());
                }
                let format = match text.format {
                    Format::Uuid => Some("uuid"),
                    Format::Email => Some("email"),
                    Format::DateTime => Some("date-time"),
                    Format::Uri => Some("uri"),
                    Format::Base64 => Some("byte"),
                    Format::Duration => Some("duration"),
                    _ => None,
                };
                if let Some(format) = format {
                    members.insert("format".into(), format.into());
                }
            }
            schema
        }
        Kind::Integer(integer) => {
            let mut schema = json!({ "type": "integer" });
            if let Some(members) = schema.as_object_mut() {
                for (name, limit) in [("minimum", integer.min), ("maximum", integer.max)] {
                    if let Some(limit) = limit {
                        members.insert(name.into(), limit.into());
                    }
                }
            }
            schema
        }
        Kind::Boolean => json!({ "type": "boolean" }),
        Kind::Enumeration(enumeration) => {
            json!({ "type": "string", "enum": enumeration.values })
        }
        Kind::Object(object) => reference(object),
        Kind::Union(union) => one_of(union),
        Kind::List(list) => {
            let mut schema = json!({ "type": "array", "items": kind(list.item) });
            if let (Some(max), Some(members)) = (list.max, schema.as_object_mut()) {
                members.insert("maxItems".into(), max.into());
            }
            schema
        }
        Kind::StringMap => {
            json!({ "type": "object", "additionalProperties": { "type": "string" } })
        }
    }
}

fn one_of(union: &Union) -> Value {
    let variants: Vec<_> = union.variants.iter().map(|(_, object)| reference(object)).collect();
    let mapping: Map<String, Value> = union
        .variants
        .iter()
        .map(|(value, object)| {
            let name = format!("#/components/schemas/{}", object.name);
            ((*value).to_owned(), name.into())
        })
        .collect();
    json!({
        "oneOf": variants,
        "discriminator": { "propertyName": union.discriminator, "mapping": mapping },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_route_and_every_reference() {
        let text = document();
        let value: Value = serde_json::from_str(&text).unwrap();
        for operation in Operation::ALL {
            let spec = operation.spec();
            let method = spec.method.as_str().to_ascii_lowercase();
            assert_eq!(value["paths"][spec.path][&method]["operationId"], spec.id);
        }
        for reference in text.split("\"$ref\":\"#/components/schemas/").skip(1) {
            let name = reference.split('"').next().unwrap();
            assert!(value["components"]["schemas"][name].is_object(), "{name}");
        }
        let codes = value["components"]["schemas"]["Problem"]["properties"]["code"]["enum"].clone();
        assert_eq!(codes.as_array().unwrap().len(), ProblemKind::ALL.len());
    }
}
