//! Checks the OpenAPI document that the sandbox serves of its API against the vendor's document, and
//! against the vendor's examples with plain JSON Schema.

use std::collections::{BTreeMap, BTreeSet};

use jsonschema::Validator;
use serde_json::{Map, Value, json};
use swisscom_sign::contract::Operation;

use crate::contract::Contract;
use crate::support::{ApiTestResponse, SandboxHarness, URL, json_request};

fn description(world: &SandboxHarness) -> Value {
    let answer = world.send(&json_request("GET", "/system/api-docs", None, None));
    assert_eq!(answer.get("content-type"), Some("application/json"));
    ApiTestResponse(answer).expect(200)
}

fn validator(document: &Value, schema: &str) -> Validator {
    let root = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$ref": format!("#/components/schemas/{schema}"),
        "components": document["components"],
    });
    jsonschema::options().should_validate_formats(true).build(&root).expect("a schema")
}

/// Comparable form of an operation: every name, location, reference, scope and status.
fn essence(operation: &Value) -> Value {
    let reference = |content: &Value| content["application/json"]["schema"]["$ref"].clone();
    let parameters: BTreeMap<&str, Value> = operation["parameters"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|parameter| {
            let name = parameter["name"].as_str().expect("a name");
            let schema = &parameter["schema"];
            // Except `sort`: the vendor's document says an array and allows one of its values.
            let kind = if name == "sort" { &Value::Null } else { &schema["type"] };
            (name, json!([parameter["in"], parameter["required"], kind, schema["enum"]]))
        })
        .collect();
    let responses: Map<String, Value> = operation["responses"]
        .as_object()
        .expect("responses")
        .iter()
        .filter(|(status, _)| *status != "default")
        .map(|(status, answer)| {
            let types: BTreeSet<&String> =
                answer["content"].as_object().into_iter().flat_map(Map::keys).collect();
            (status.clone(), json!([types, reference(&answer["content"])]))
        })
        .collect();
    let body = &operation["requestBody"];
    let scopes: Vec<&Value> = operation["security"]
        .as_array()
        .expect("security")
        .iter()
        .flat_map(|one| one.as_object().expect("an object").values())
        .collect();
    json!({
        "id": operation["operationId"],
        "parameters": parameters,
        "body": [body["required"] == true, reference(&body["content"])],
        "responses": responses,
        "scopes": scopes,
    })
}

#[test]
fn it_describes_what_the_contract_describes() {
    let ours = description(&SandboxHarness::new());
    let theirs = &Contract::get().document;
    assert_eq!(ours["servers"], json!([{ "url": format!("{URL}/system") }]));
    let flow = &ours["components"]["securitySchemes"]["clientCredentials"]["flows"];
    let token_url = flow["clientCredentials"]["tokenUrl"].as_str().expect("a URL");
    assert!(token_url.starts_with(URL), "{token_url}");
    let paths = |document: &Value| -> BTreeSet<String> {
        document["paths"].as_object().expect("paths").keys().cloned().collect()
    };
    assert_eq!(paths(&ours), paths(theirs));
    for operation in Operation::ALL {
        let spec = operation.spec();
        let of = |document: &Value| {
            essence(&document["paths"][spec.path][spec.method.as_str().to_lowercase()])
        };
        assert_eq!(of(&ours), of(theirs), "{operation}");
    }
}

/// The vendor's own document fails this: several branches of its `oneOf`s match.
#[test]
fn every_example_validates_without_knowing_more() {
    let document = description(&SandboxHarness::new());
    let mut validated = 0;
    for operation in Operation::ALL {
        let Some(object) = operation.spec().request else { continue };
        let validator = validator(&document, object.name);
        for (name, example) in Contract::get().examples(operation) {
            let errors: Vec<String> = validator
                .iter_errors(example)
                .map(|e| format!("{}: {e}", e.instance_path()))
                .collect();
            assert!(errors.is_empty(), "{operation} {name}: {errors:#?}");
            validated += 1;
        }
    }
    assert!(validated >= 15, "{validated} examples");
}

#[test]
fn distinguishes_valid_from_invalid_values() {
    let document = description(&SandboxHarness::new());
    let process = validator(&document, "Process");
    let attachment = validator(&document, "FileAttachment");
    let system = json!({ "type": "NON_PERSON", "name": "CRM" });
    let placed = |position: Value| json!({ "name": "a.pdf", "content": "", "contentType": "application/pdf", "signaturePositions": [position] });
    let point = json!({ "signer": "a", "pageNumber": 0, "positionX": 1, "positionY": 1 });
    assert!(process.is_valid(&json!({ "initiator": system })));
    assert!(attachment.is_valid(&placed(point.clone())));
    assert!(attachment.is_valid(&placed(json!({ "signer": "a", "locator": "TAG" }))));
    for wrong in [
        json!({ "initiator": { "name": "CRM" } }),
        json!({ "initiator": { "type": "ROBOT", "name": "CRM" } }),
        json!({ "initiator": { "type": "NON_PERSON" } }),
        json!({ "initiator": system, "signatureLevel": "HIGH" }),
        json!({ "initiator": { "type": "PERSON", "mobile": "0791234567" } }),
        json!({ "initiator": { "type": "PERSON", "externalIdentifier": "a b" } }),
        json!({ "initiator": system, "properties": [{ "key": "a" }] }),
        json!({ "initiator": system, "payload": "a".repeat(8193) }),
    ] {
        assert!(!process.is_valid(&wrong), "{wrong}");
    }
    for wrong in [
        placed(json!({ "signer": "a" })),
        placed(json!({ "signer": "a", "locator": "TAG", "offsetX": 201 })),
        placed(json!({ "signer": "a", "locator": "WORD" })),
    ] {
        assert!(!attachment.is_valid(&wrong), "{wrong}");
    }
}

#[test]
fn serves_api_docs_by_get_and_head_only() {
    let world = SandboxHarness::new();
    ApiTestResponse(world.send(&json_request("POST", "/system/api-docs", None, None))).expect(405);
    let head = world.send(&json_request("HEAD", "/system/api-docs", None, None));
    assert_eq!(head.status, 200);
}
