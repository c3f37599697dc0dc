//! The relay's OpenAPI document, generated from the tables that are used to serve requests: the core's
//! operations and types, the relay's own routes, and the error table.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use swisscom_sign::contract::{CONTRACT_VERSION, Operation, openapi};

use crate::error::RelayErrorKind;

pub fn document() -> String {
    let mut paths: BTreeMap<&str, Map<String, Value>> = BTreeMap::new();
    for operation in Operation::ALL {
        let spec = operation.spec();
        let method = spec.method.as_str().to_ascii_lowercase();
        paths.entry(spec.path).or_default().insert(method, contract_operation(operation));
    }
    for (path, method, entry) in relay_routes() {
        paths.entry(path).or_default().insert(method.into(), entry);
    }
    let mut schemas = openapi::schemas();
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

fn contract_operation(operation: Operation) -> Value {
    let mut entry = openapi::operation(operation);
    if let Some(responses) = entry.get_mut("responses").and_then(Value::as_object_mut) {
        responses.insert("default".into(), problem_response());
    }
    entry
}

fn relay_routes() -> Vec<(&'static str, &'static str, Value)> {
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
                "sub": text, "iss": text, "tenant": text, "name": text, "email": text, "phone": text,
                "process": { "type": "string", "format": "uuid", "description": "Of a ticket" },
                "exp": { "type": "integer", "description": "End of the token, seconds since 1970" },
                "operations": { "type": "array", "items": text },
            }),
        );
        success.insert("content".into(), described);
    }
    let scope = object(json!(["scope"]), json!({ "scope": { "type": "string" } }));
    vec![
        (swisscom_sign::request::relay_upload::UPLOAD_PATH, "post", upload),
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
    let codes: Vec<_> = RelayErrorKind::ALL.iter().map(|kind| kind.code()).collect();
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_every_route_and_resolves_every_reference() {
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
        assert_eq!(codes.as_array().unwrap().len(), RelayErrorKind::ALL.len());
    }
}
