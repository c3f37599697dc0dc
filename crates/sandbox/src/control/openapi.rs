//! OpenAPI document of the control API, generated from the route table.

use serde_json::{Map, Value, json};
use swisscom_sign::contract::CONTRACT_VERSION;
use swisscom_sign::contract::openapi::{add_schemas, query_parameters, reference, schemas};

use super::routes::{AnswerBody, ControlRoute, ROUTES};
use crate::paths::CONTROL_PREFIX as PREFIX;

fn responses(route: &ControlRoute, components: &mut Map<String, Value>) -> Value {
    let error = json!({ "schema": { "$ref": "#/components/schemas/Error" } });
    let mut errors = json!({ "application/json": error });
    let content = match route.answer {
        AnswerBody::Nothing => json!({}),
        AnswerBody::Json(object) => {
            add_schemas(object, components);
            json!({ "application/json": { "schema": reference(object) } })
        }
        AnswerBody::Document => json!({ "application/json": { "schema": { "type": "object" } } }),
        AnswerBody::Bytes(types) => {
            types.iter().map(|name| ((*name).to_owned(), json!({}))).collect()
        }
        AnswerBody::Page => {
            errors = json!({ "application/json": error, "text/html": {} });
            json!({})
        }
    };
    json!({
        route.success.to_string(): { "description": "Success.", "content": content },
        "401": { "description": "The admin token is missing or wrong." },
        "default": { "description": "Rejected.", "content": errors },
    })
}

fn operation(route: &ControlRoute, components: &mut Map<String, Value>) -> Value {
    let in_path = route.path.split('/').filter_map(|part| {
        let name = part.strip_prefix('{')?.strip_suffix('}')?;
        let schema = json!({ "type": "string" });
        Some(json!({ "name": name, "in": "path", "required": true, "schema": schema }))
    });
    let in_query = route.has_query().then(|| query_parameters(route.input));
    let mut operation = json!({
        "summary": route.summary,
        "operationId": operation_id(route),
        "parameters": in_path.chain(in_query.into_iter().flatten()).collect::<Vec<_>>(),
        "responses": responses(route, components),
    });
    let has_body = !route.has_query() && !route.input.fields.is_empty();
    if let (Some(members), true) = (operation.as_object_mut(), has_body) {
        add_schemas(route.input, components);
        let media_type = match route.answer {
            AnswerBody::Page => "application/x-www-form-urlencoded",
            _ => "application/json",
        };
        let optional = route.input.is_optional();
        let content = json!({ media_type: { "schema": reference(route.input) } });
        members.insert("requestBody".into(), json!({ "required": !optional, "content": content }));
    }
    operation
}

fn operation_id(route: &ControlRoute) -> String {
    let parts = route.path.split('/').filter(|part| !part.is_empty() && !part.starts_with('{'));
    let mut id = route.method.to_ascii_lowercase();
    for part in parts {
        let mut letters = part.chars().filter(char::is_ascii_alphanumeric);
        id.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        id.extend(letters);
    }
    if route.path.ends_with('}') {
        id.push_str("One");
    }
    id
}

/// OpenAPI document of the control API.
pub(super) fn document(url: &str) -> Value {
    let mut components = schemas();
    let mut paths: Map<String, Value> = Map::new();
    for route in ROUTES {
        let path = paths.entry(format!("{PREFIX}{}", route.path)).or_insert_with(|| json!({}));
        if let Some(path) = path.as_object_mut() {
            path.insert(route.method.to_ascii_lowercase(), operation(route, &mut components));
        }
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Control API of the Swisscom Sign sandbox",
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
