//! Validates responses against the vendor's document. Several branches of its `oneOf`s match at once,
//! so discriminators decide instead; objects are closed to detect undocumented fields.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use jsonschema::Validator;
use serde_json::{Map, Value, json};
use swisscom_sign::contract::Operation;
use swisscom_sign_sandbox::http::HttpResponse;

/// Statuses that the sandbox defines where the operations of the contract do not: validation (changelog
/// 2.16.0), scope (conventions), and those of HTTP itself.
const RULED: [u16; 5] = [400, 403, 405, 413, 415];

const VARIABLE: &str = "SWISSCOM_SIGN_CONTRACT";

static CONTRACT: LazyLock<Contract> = LazyLock::new(Contract::load);

pub(crate) struct Contract {
    pub(crate) document: Value,
    validators: BTreeMap<String, Validator>,
}

fn find() -> PathBuf {
    if let Some(path) = std::env::var_os(VARIABLE) {
        return path.into();
    }
    let beside = |dir: &Path| dir.join("../shared/contract/openapi.json");
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .ancestors()
        .map(beside)
        .find(|path| path.is_file())
        .unwrap_or_else(|| {
            panic!(
                "the vendor's contract is neither at ../shared/contract/openapi.json beside the \
                 repository nor named by {VARIABLE}: download it and set {VARIABLE} to its path"
            )
        })
}

impl Contract {
    pub(crate) fn get() -> &'static Contract {
        &CONTRACT
    }

    fn load() -> Self {
        let path = find();
        let text = std::fs::read_to_string(&path).unwrap_or_else(|error| {
            panic!("the contract {} cannot be read: {error}", path.display())
        });
        let document: Value = serde_json::from_str(&text)
            .unwrap_or_else(|error| panic!("the contract {} is no JSON: {error}", path.display()));
        let schemas = document["components"]["schemas"].as_object().expect("schemas");
        let judged: Map<String, Value> =
            schemas.iter().map(|(name, schema)| (name.clone(), judge(schema))).collect();
        let validators = schemas
            .keys()
            .map(|name| {
                let root = json!({
                    "$schema": "https://json-schema.org/draft/2020-12/schema",
                    "$ref": format!("#/components/schemas/{name}"),
                    "components": { "schemas": judged },
                });
                let validator = jsonschema::options().should_validate_formats(true).build(&root);
                (name.clone(), validator.expect("a schema"))
            })
            .collect();
        Self { document, validators }
    }

    fn operation(&self, operation: Operation) -> &Value {
        let spec = operation.spec();
        &self.document["paths"][spec.path][spec.method.as_str().to_lowercase()]
    }

    /// Statuses that the contract documents.
    pub(crate) fn statuses(&self, operation: Operation) -> BTreeSet<u16> {
        let responses = self.operation(operation)["responses"].as_object().expect("responses");
        responses.keys().map(|status| status.parse().expect("a status")).collect()
    }

    /// Examples of a request body, by name.
    pub(crate) fn examples(&self, operation: Operation) -> Vec<(&str, &Value)> {
        let content = &self.operation(operation)["requestBody"]["content"]["application/json"];
        let examples = content["examples"].as_object().expect("examples");
        examples.iter().map(|(name, example)| (name.as_str(), &example["value"])).collect()
    }

    /// Example whose name has this prefix.
    pub(crate) fn example(&self, operation: Operation, name: &str) -> Value {
        let examples = self.examples(operation);
        let found = examples.iter().find(|(n, _)| n.starts_with(name));
        (*found.unwrap_or_else(|| panic!("no example {name} of {operation}")).1).clone()
    }

    /// Panics unless the response matches the contract. `extra` are statuses added by a setting of the
    /// sandbox.
    pub(crate) fn judge(&self, operation: Operation, response: &HttpResponse, extra: &[u16]) {
        let status = response.status;
        let what = format!("{operation} {status}");
        assert!(response.get("sandbox").is_some(), "{what}: no Sandbox header");
        let documented = &self.operation(operation)["responses"][status.to_string()];
        if documented.is_null() {
            let ruled = RULED.contains(&status) || extra.contains(&status);
            assert!(ruled, "{what}: neither documented nor ruled");
        }
        if status == 401 {
            assert!(response.body.is_empty(), "{what}: a body");
            assert!(response.get("www-authenticate").is_some(), "{what}: no challenge");
            return;
        }
        let content = &documented["content"];
        if content["application/pdf"].is_object() {
            let media_type = response.get("content-type").unwrap_or_default();
            assert!(content[media_type].is_object(), "{what}: {media_type}");
            assert!(response.get("content-disposition").is_some(), "{what}: no file name");
            return;
        }
        // If the contract describes no body, the sandbox sends its error body.
        let reference = content["application/json"]["schema"]["$ref"].as_str();
        let schema = reference.and_then(|r| r.rsplit('/').next()).unwrap_or("Error");
        assert_eq!(response.get("content-type"), Some("application/json"), "{what}");
        let body: Value = serde_json::from_slice(&response.body).expect("JSON");
        self.judge_body(schema, &body, &what);
        if schema == "Error" {
            assert_eq!(body["httpStatus"], status, "{what}");
            let path = body["path"].as_str().expect("a path");
            assert!(path.starts_with("/api/process"), "{what}: {path}");
            for field in ["id", "timestamp", "name", "message", "clientSubject", "clientBody"] {
                assert!(body[field].as_str().is_some_and(|t| !t.is_empty()), "{what}: {field}");
            }
        }
    }

    pub(crate) fn judge_body(&self, schema: &str, body: &Value, what: &str) {
        let errors: Vec<String> = self.validators[schema]
            .iter_errors(body)
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect();
        assert!(errors.is_empty(), "{what} is no {schema}: {errors:#?}\n{body:#}");
    }
}

/// Schema adapted for validation.
fn judge(schema: &Value) -> Value {
    let mut schema = schema.clone();
    if let Some(parts) = schema.as_object_mut().and_then(|s| s.remove("allOf")) {
        let mut merged = Map::new();
        for part in parts.as_array().into_iter().flatten() {
            for (name, property) in part["properties"].as_object().into_iter().flatten() {
                merged.insert(name.clone(), property.clone());
            }
        }
        schema["type"] = "object".into();
        schema["properties"] = merged.into();
    }
    close(&mut schema);
    schema
}

fn close(schema: &mut Value) {
    let Value::Object(map) = schema else { return };
    map.remove("example");
    if let Some(Value::Object(properties)) = map.get_mut("properties") {
        // Write-only fields are never returned.
        properties.retain(|_, property| property["writeOnly"] != true);
        properties.values_mut().for_each(close);
        map.insert("additionalProperties".into(), false.into());
    }
    if let Some(items) = map.get_mut("items") {
        close(items);
    }
    if let Some(Value::Array(branches)) = map.remove("oneOf") {
        map.extend(by_discriminator(&branches));
    }
}

/// The three participant types, selected by `type`.
fn by_discriminator(branches: &[Value]) -> Map<String, Value> {
    let name = |branch: &Value| {
        let reference = branch["$ref"].as_str().expect("a reference");
        reference.rsplit('/').next().expect("a name").to_owned()
    };
    let discriminator = |name: &str| match name {
        "NonPerson" => "NON_PERSON",
        "Person" => "PERSON",
        "Signer" => "SIGNER",
        other => panic!("the contract has a new kind of participant: {other}"),
    };
    let names: Vec<String> = branches.iter().map(name).collect();
    let all: Vec<&str> = names.iter().map(|name| discriminator(name)).collect();
    let conditions: Vec<Value> = names
        .iter()
        .zip(branches)
        .map(|(name, branch)| {
            json!({
                "if": { "properties": { "type": { "const": discriminator(name) } } },
                "then": branch,
            })
        })
        .collect();
    let mut map = Map::new();
    map.insert("type".into(), "object".into());
    map.insert("required".into(), json!(["type"]));
    // Under `allOf`, because `properties` would close the object.
    let known =
        json!({ "if": { "not": { "properties": { "type": { "enum": all } } } }, "then": false });
    map.insert("allOf".into(), conditions.into_iter().chain([known]).collect());
    map
}

mod tests {
    use super::*;

    #[test]
    fn the_judge_tells_good_from_bad() {
        let contract = Contract::get();
        let verdict = |schema: &str, body: Value| contract.validators[schema].is_valid(&body);
        let system = json!({ "type": "NON_PERSON", "name": "CRM" });
        assert!(verdict("Process", json!({ "initiator": system, "status": "PENDING" })));
        for wrong in [
            json!({ "initiator": { "type": "NON_PERSON" } }),
            json!({ "initiator": { "type": "ROBOT", "name": "CRM" } }),
            json!({ "initiator": { "type": "NON_PERSON", "name": "CRM", "email": "a@b.ch" } }),
            json!({ "initiator": { "name": "CRM" } }),
            json!({ "initiator": system, "status": "DONE" }),
            json!({ "initiator": system, "id": "1" }),
            json!({ "initiator": system, "createdDate": "yesterday" }),
            json!({ "initiator": system, "authorization": "CODE" }),
            json!({ "initiator": system, "sandbox": true }),
        ] {
            assert!(!verdict("Process", wrong.clone()), "{wrong}");
        }
    }
}
