//! Checks the OpenAPI document of the control API against its behaviour: every response that passes
//! through [`crate::support::World::send`], and bodies and queries that violate the document.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use getrandom::SysRng;
use jsonschema::Validator;
use rsa::rand_core::UnwrapErr;
use serde_json::{Map, Value, json};
use swisscom_sign_sandbox::directory::{CLIENT_A, CLIENT_CORPORATE};
use swisscom_sign_sandbox::documents::PadesDocuments;
use swisscom_sign_sandbox::http::{HttpRequest, HttpResponse};
use swisscom_sign_sandbox::platform::KeyFactory;
use swisscom_sign_sandbox::tokens::keys::LazyKeyPair;

use crate::support::{
    ApiTestResponse, NOBODY, SandboxHarness, at, attachment, json_request, process,
};

static DESCRIBED: LazyLock<Described> = LazyLock::new(Described::read);

/// Method and path.
type DescribedRoute = (String, String);

/// Success status, with the validator of its body if that is JSON.
type Success = (u16, Option<Validator>);

/// Document with a validator for each response.
struct Described {
    document: Value,
    answers: BTreeMap<DescribedRoute, Success>,
    error: Validator,
}

/// Forbids fields that are not described, to detect missing ones.
fn close(schema: &mut Value) {
    match schema {
        Value::Object(members) => {
            members.values_mut().for_each(close);
            if members.contains_key("properties") {
                members.entry("additionalProperties").or_insert(false.into());
            }
        }
        Value::Array(items) => items.iter_mut().for_each(close),
        _ => {}
    }
}

impl Described {
    fn read() -> Self {
        let request = json_request("GET", "/_sandbox/openapi.json", None, None);
        // Not by `send`, which uses this document.
        let document = ApiTestResponse(SandboxHarness::new().gateway.handle(&request)).expect(200);
        let mut closed = document["components"].clone();
        close(&mut closed);
        let validator = |schema: &Value| {
            let root = json!({
                "$schema": "https://json-schema.org/draft/2020-12/schema",
                "allOf": [schema],
                "components": closed,
            });
            jsonschema::options().should_validate_formats(true).build(&root).expect("a schema")
        };
        let mut answers = BTreeMap::new();
        for (method, path, operation) in operations(&document) {
            let (status, success) = operation["responses"]
                .as_object()
                .expect("responses")
                .iter()
                .find_map(|(status, answer)| {
                    let status = status.parse::<u16>().ok().filter(|status| *status < 400)?;
                    Some((status, answer))
                })
                .expect("a success");
            let schema = success["content"]["application/json"].get("schema");
            answers.insert((method, path), (status, schema.map(validator)));
        }
        let error = validator(&json!({ "$ref": "#/components/schemas/Error" }));
        Self { document, answers, error }
    }

    fn find(&self, request: &HttpRequest) -> Option<(&DescribedRoute, &Success)> {
        let found = request.path.split('/').collect::<Vec<_>>();
        let fits = |path: &str| {
            let wanted: Vec<&str> = path.split('/').collect();
            let same = |(wanted, found): (&&str, &&str)| wanted.starts_with('{') || wanted == found;
            wanted.len() == found.len() && wanted.iter().zip(&found).all(same)
        };
        let method = if request.method == "HEAD" { "GET" } else { &request.method };
        self.answers.iter().find(|((m, path), _)| m == method && fits(path))
    }
}

fn operations(document: &Value) -> Vec<(String, String, &Value)> {
    let paths = document["paths"].as_object().expect("paths").iter();
    paths
        .flat_map(|(path, operations)| {
            let operations = operations.as_object().expect("operations").iter();
            operations.map(|(method, one)| (method.to_uppercase(), path.clone(), one))
        })
        .collect()
}

/// Panics unless the response of the control API matches the document.
pub(crate) fn judge(request: &HttpRequest, response: &HttpResponse) {
    if !request.path.starts_with("/_sandbox/") {
        return;
    }
    let Some((route, (success, validator))) = DESCRIBED.find(request) else { return };
    let what = format!("{route:?} {}", response.status);
    let operation = &DESCRIBED.document["paths"][&route.1][route.0.to_lowercase()];
    let answer = match response.status {
        401 => return assert!(response.body.is_empty(), "{what}"),
        status if status == *success => &operation["responses"][status.to_string()],
        _ => &operation["responses"]["default"],
    };
    let media_type = response.get("content-type").and_then(|t| t.split(';').next());
    let types: Vec<&str> =
        answer["content"].as_object().into_iter().flat_map(Map::keys).map(String::as_str).collect();
    assert!(media_type.map_or(types.is_empty(), |t| types.contains(&t)), "{what}: {media_type:?}");
    let validator =
        if response.status == *success { validator.as_ref() } else { Some(&DESCRIBED.error) };
    let Some(validator) = validator.filter(|_| media_type == Some("application/json")) else {
        return;
    };
    let body: Value = serde_json::from_slice(&response.body).expect("JSON");
    let errors: Vec<String> = validator
        .iter_errors(&body)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    assert!(errors.is_empty(), "{what}: {errors:#?}");
}

fn resolved(schema: &Value) -> &Value {
    match schema["$ref"].as_str().and_then(|reference| reference.strip_prefix('#')) {
        Some(pointer) => DESCRIBED.document.pointer(pointer).expect("a schema"),
        None => schema,
    }
}

fn names(schema: &Value, word: &str) -> Vec<String> {
    let names = schema[word].as_array().into_iter().flatten();
    names.map(|name| name.as_str().expect("a name").to_owned()).collect()
}

/// Fields of a group of which exactly one is required.
fn alternatives(schema: &Value) -> Vec<String> {
    let branches = schema["oneOf"].as_array().into_iter().flatten();
    branches.flat_map(|branch| names(branch, "required")).collect()
}

/// Minimal valid value of a schema: an object has its required fields only.
fn good(schema: &Value) -> Value {
    let schema = resolved(schema);
    if let Some(words) = schema["enum"].as_array() {
        return words[0].clone();
    }
    if schema["anyOf"].is_array() {
        return Value::Null;
    }
    match schema["type"].as_str().expect("a type") {
        "string" => match (schema["format"].as_str(), &schema["pattern"]) {
            (Some("uuid"), _) => NOBODY.into(),
            (Some("date-time"), _) => "2027-01-01T00:00:00Z".into(),
            (None, Value::String(_)) => "P1D".into(),
            _ => "x".into(),
        },
        "integer" => schema.get("minimum").cloned().unwrap_or(0.into()),
        "number" => 0.5.into(),
        "boolean" => true.into(),
        "array" => json!([good(&schema["items"])]),
        _ => {
            let mut present = names(schema, "required");
            present.extend(alternatives(schema).into_iter().next());
            let field = |name: String| (name.clone(), good(&schema["properties"][&name]));
            Value::Object(present.into_iter().map(field).collect())
        }
    }
}

/// Invalid values of a schema, derived from a valid one.
fn bad(schema: &Value, base: &Value) -> Vec<Value> {
    let schema = resolved(schema);
    if schema["enum"].is_array() {
        return vec!["surelyUnknown".into(), 7.into()];
    }
    if schema["anyOf"].is_array() {
        // Or null.
        return self::bad(&schema["anyOf"][0], &Value::Null);
    }
    let mut bad = Vec::new();
    match schema["type"].as_str().expect("a type") {
        "string" => {
            bad.push(7.into());
            match (schema["format"].as_str(), &schema["pattern"]) {
                (Some("uuid"), _) => bad.push("1".into()),
                (Some("date-time"), _) => bad.push("yesterday".into()),
                (None, Value::String(_)) => bad.extend(["1 day".into(), "soon".into()]),
                _ => {}
            }
        }
        "integer" => {
            bad.extend([json!("x"), json!(1.5)]);
            bad.extend(schema["minimum"].as_i64().map(|least| json!(least - 1)));
            bad.extend(schema["maximum"].as_u64().map(|most| json!(most + 1)));
        }
        "number" => bad.extend([json!("x"), json!(0), json!(1.5)]),
        "boolean" => bad.push("yes".into()),
        "array" => {
            bad.push(7.into());
            let item = good(&schema["items"]);
            bad.extend(self::bad(&schema["items"], &item).into_iter().map(|item| json!([item])));
        }
        _ => {
            bad.push(7.into());
            let with = |name: &str, value: Value| {
                let mut object = base.clone();
                object[name] = value;
                object
            };
            let without = |name: &str| {
                let mut object = base.clone();
                object.as_object_mut().expect("an object").remove(name);
                object
            };
            if schema["additionalProperties"] == false {
                bad.push(with("surelyUnknown", 1.into()));
            }
            // A nullable field may also be absent.
            let required = names(schema, "required").into_iter();
            let needed = required.filter(|name| schema["properties"][name].get("anyOf").is_none());
            bad.extend(needed.map(|name| without(&name)));
            let alternatives = alternatives(schema);
            bad.extend(alternatives.first().map(|name| without(name)));
            for name in alternatives.iter().skip(1) {
                bad.push(with(name, good(&schema["properties"][name])));
            }
            for (name, property) in schema["properties"].as_object().into_iter().flatten() {
                let inner = base.get(name).cloned().unwrap_or_else(|| good(property));
                // The texts of an imported message are not validated.
                let open = schema["additionalProperties"] != false;
                let wrong = self::bad(property, &inner).into_iter();
                let wrong = wrong.filter(|value| !open || value != "surelyUnknown");
                bad.extend(wrong.map(|value| with(name, value)));
            }
        }
    }
    bad
}

fn of_nobody(path: &str) -> String {
    path.replace("{id}", NOBODY).replace("{person}", NOBODY).replace("{name}", "kept")
}

/// Input that the document calls invalid is rejected, and valid input is not.
#[test]
fn rejects_bodies_that_the_document_calls_invalid() {
    let world = SandboxHarness::new();
    let export = world.control("GET", "export", Value::Null).expect(200);
    let send = |method: &str, path: &str, body: &Value| {
        ApiTestResponse(world.send(&json_request(method, &of_nobody(path), None, Some(body))))
    };
    let mut count = 0;
    for (method, path, operation) in operations(&DESCRIBED.document) {
        if operation["responses"].get("303").is_some() {
            // HTML forms; their errors are pages.
            continue;
        }
        let Some(body) = operation.get("requestBody") else {
            send(&method, &path, &json!({ "surelyUnknown": 1 })).refused(400, "Validation");
            continue;
        };
        let schema = &body["content"]["application/json"]["schema"];
        // Routes for which the first value of each enumeration is not valid.
        let base = match path.as_str() {
            "/_sandbox/import" => export.clone(),
            "/_sandbox/faults" => json!({ "action": { "status": 503 } }),
            "/_sandbox/tokens" => json!({ "clientId": CLIENT_A }),
            _ => good(schema),
        };
        for wrong in bad(schema, &base) {
            let answer = send(&method, &path, &wrong);
            assert_eq!(answer.0.status, 400, "{method} {path} {wrong}");
            count += 1;
        }
        let nothing =
            ApiTestResponse(world.send(&json_request(&method, &of_nobody(&path), None, None)));
        assert_eq!(nothing.0.status == 400, body["required"] == true, "{method} {path}");
        if path != "/_sandbox/tokens/revoke" {
            let answer = send(&method, &path, &base);
            assert_ne!(answer.0.status, 400, "{method} {path} {base}: {}", answer.json());
        }
    }
    assert!(count > 150, "{count}");
}

/// A test that sends an absent value as null means one organization, not the whole server.
#[test]
fn rejects_null() {
    let world = SandboxHarness::new();
    world.a().prepared("SIMPLE", &["anna"]);
    let mut count = 0;
    for (method, path, operation) in operations(&DESCRIBED.document) {
        let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
        if schema.is_null() || path == "/_sandbox/import" {
            continue;
        }
        for name in resolved(schema)["properties"].as_object().expect("properties").keys() {
            let mut body = good(schema);
            body[name] = Value::Null;
            let request = json_request(&method, &of_nobody(&path), None, Some(&body));
            let error = ApiTestResponse(world.send(&request)).expect(400);
            let message = error["message"].as_str().expect("a message");
            assert!(message.contains(&format!("{name}: must be ")), "{message}");
            count += 1;
        }
    }
    assert!(count > 30, "{count}");
    assert_eq!(world.a().get("").expect(200)["page"]["totalElements"], 1);
}

#[test]
fn names_the_field_of_an_error() {
    let world = SandboxHarness::new();
    for (method, path, body, message) in [
        (
            "PUT",
            "clock",
            json!({ "mode": "frozen", "at": "soon" }),
            "at: invalid format: expected an RFC 3339 timestamp with an offset such as `2026-12-31T23:59:59+01:00`",
        ),
        (
            "PUT",
            "clock",
            json!({ "mode": "slow" }),
            "mode: must be one of real, frozen, offset, server",
        ),
        (
            "POST",
            "faults",
            json!({ "action": { "status": "503" } }),
            "action.status: must be a number, not a string",
        ),
        (
            "POST",
            "faults",
            json!({ "action": { "status": 503, "colour": 1 } }),
            "action.colour: unknown field",
        ),
        ("POST", "tokens", json!({}), "clientId: is required"),
        ("POST", "tokens", json!([]), "body: must be an object, not a list"),
        (
            "POST",
            "clock/advance",
            json!({ "by": "P1D", "to": "2027-01-01T00:00:00Z" }),
            "body: exactly one of by, to is required",
        ),
        ("GET", "outbox?colour=blue", Value::Null, "colour: unknown query parameter"),
        ("GET", "requests?limit=many", Value::Null, "limit: must be a number, not a string"),
    ] {
        let error = world.control(method, path, body).expect(400);
        assert_eq!(error["message"], message, "{method} {path}");
    }
}

#[test]
fn rejects_queries_that_the_document_calls_invalid() {
    let world = SandboxHarness::new();
    for (method, path, operation) in operations(&DESCRIBED.document) {
        let path = of_nobody(&path);
        let path = path.strip_prefix("/_sandbox/").expect("the control");
        world
            .control(&method, &format!("{path}?surelyUnknown=1"), Value::Null)
            .refused(400, "Validation");
        for parameter in operation["parameters"].as_array().expect("a list") {
            if parameter["in"] != "query" {
                continue;
            }
            let name = parameter["name"].as_str().expect("a name");
            for wrong in bad(&parameter["schema"], &Value::Null) {
                // Every query value is text.
                let Value::String(wrong) = &wrong else { continue };
                let query = format!("{path}?{name}={}", wrong.replace(' ', "+"));
                world.control(&method, &query, Value::Null).refused(400, "Validation");
            }
        }
    }
}

/// Every value of an enumeration is accepted.
#[test]
fn accepts_every_value_of_an_enumeration() {
    let world = SandboxHarness::new();
    let schemas = &DESCRIBED.document["components"]["schemas"];
    for word in schemas["FaultAction"]["properties"]["drop"]["enum"].as_array().expect("words") {
        world.control("POST", "faults", json!({ "action": { "drop": word } })).expect(201);
    }
    let of = |path: &str, name: &str| {
        let body = &DESCRIBED.document["paths"][path]["post"]["requestBody"];
        let schema = &body["content"]["application/json"]["schema"];
        resolved(schema)["properties"][name]["enum"].as_array().expect("words").clone()
    };
    let step = "/_sandbox/processes/{id}/participants/{person}";
    for (rest, name) in [("sign", "method"), ("identify", "result")] {
        for word in of(&format!("{step}/{rest}"), name) {
            let path = format!("processes/{NOBODY}/participants/x/{rest}");
            world.control("POST", &path, json!({ name: word })).refused(409, "ProcessNotFound");
        }
    }
}

/// Calls each route once and checks the status; [`judge`] validates the body.
#[test]
fn returns_what_the_document_describes() {
    let world = SandboxHarness::of(|parts| {
        let pades = PadesDocuments::new([7; 32], at("1970-01-01T00:00:00Z")).expect("an authority");
        parts.documents = Box::new(pades);
        parts.new_key =
            Some(KeyFactory(Box::new(|| LazyKeyPair::in_background(|| UnwrapErr(SysRng)))));
    });
    let mut asked = BTreeSet::new();
    let mut ask = |method: &str, path: &str, body: Value| {
        let request = json_request(
            method,
            &format!("/_sandbox/{path}"),
            None,
            (!body.is_null()).then_some(&body),
        );
        let (route, (success, _)) = DESCRIBED.find(&request).expect("a route");
        let answer = ApiTestResponse(world.send(&request));
        assert_eq!(answer.0.status, *success, "{method} {path} {}", answer.json());
        asked.insert(route.clone());
        answer.json()
    };
    let signer = json!({ "firstName": "Eva", "lastName": "Muster", "email": "eva@example.com" });
    for path in ["login", "logout"] {
        ask("GET", path, Value::Null);
        ask("POST", path, Value::Null);
    }
    for path in ["health", "info", "openapi.json", "ca.pem", "snapshots", "clock"] {
        ask("GET", path, Value::Null);
    }
    let organization = ask("POST", "organizations", json!({}))["id"].clone();
    ask("POST", "clients", json!({}));
    ask("POST", "clients", json!({ "organizationId": organization }));
    let account = json!({ "verifiedMobile": "+41791234567", "organizationId": organization });
    ask("POST", "accounts", account);
    ask("POST", "teams", json!({}));
    ask("POST", "partners", json!({ "organizationId": organization }));
    ask("POST", "tokens", json!({ "clientId": CLIENT_A }));
    ask("POST", "tokens/revoke", json!({ "clientId": CLIENT_CORPORATE }));
    ask("POST", "keys/rotate", Value::Null);
    ask("POST", "seed", json!({ "name": "demo" }));

    let a = world.a();
    let step =
        |id: &str, person: &str, rest: &str| format!("processes/{id}/participants/{person}/{rest}");
    let id = a.prepared("SIMPLE", &["anna", "beat"]);
    ask("PUT", &format!("processes/{id}/signing-order"), json!({ "signingOrder": false }));
    a.post(&format!("/{id}/release"), json!({ "language": "de-CH" })).expect(200);
    ask("POST", &step(&id, "anna", "delegate"), signer.clone());
    ask("POST", &step(&id, "beat", "replace"), signer.clone());
    ask("POST", &format!("processes/{id}/cancel"), Value::Null);
    ask("POST", &format!("processes/{id}/archive"), Value::Null);
    let id = a.pending("SIMPLE", &["anna", "beat", "carla"]);
    ask("POST", &step(&id, "anna", "sign"), json!({ "certificateName": "A. Doe" }));
    ask("POST", &step(&id, "beat", "remove"), Value::Null);
    ask("POST", &step(&id, "carla", "decline"), json!({ "reason": "No." }));
    let id = a.prepared("SIMPLE", &["anna", "beat"]);
    a.post(&format!("/{id}/setup"), json!({})).expect(202);
    let details = ask("POST", &format!("processes/{id}/setup/signers"), signer);
    let eva = details["invitees"]["signers"][2]["identification"].as_str().expect("an id");
    ask("POST", &format!("processes/{id}/setup/signers/{eva}/remove"), Value::Null);
    ask("POST", &format!("processes/{id}/setup/complete"), json!({ "message": "Hello" }));
    let corporate = world.caller(CLIENT_CORPORATE);
    let mut verified = process("SIMPLE", &["anna"]);
    verified["invitees"]["signers"][0]["verification"] = json!({});
    let id = corporate.post("", verified).expect(201)["id"].as_str().expect("an id").to_owned();
    corporate.post(&format!("/{id}/attach"), attachment(&["anna"])).expect(201);
    corporate.post_nothing(&format!("/{id}/release")).expect(200);
    ask("POST", &step(&id, "anna", "identify"), Value::Null);

    let rule = json!({ "match": { "operation": "create" }, "action": { "latencyMs": 1 } });
    let fault = ask("POST", "faults", rule)["id"].to_string();
    ask("GET", "faults", Value::Null);
    ask("DELETE", &format!("faults/{fault}"), Value::Null);
    ask("DELETE", "faults", Value::Null);
    let mut struck = json_request("GET", "/system/api/process", None, None);
    struck.headers.push(("Sandbox-Fault".into(), "drop=closeBefore; latencyMs=1".into()));
    let fault = world.gateway.fault(&world.gateway.route(struck.clone())).expect("a fault");
    assert!(
        world.gateway.handle_with(&world.gateway.route(struck.clone()), fault.as_ref()).is_none()
    );
    world.send(&json_request("GET", "/nothing", None, None));
    a.get(&format!("/{NOBODY}")).expect(404);
    let requests = ask("GET", "requests?limit=100000", Value::Null);
    let fields = ["operation", "clientId", "processId", "status", "error", "fault"];
    for field in fields {
        let of = |null: bool| {
            let requests = requests["requests"].as_array().expect("a list");
            requests.iter().any(|request| request[field].is_null() == null)
        };
        assert!(of(true) && of(false), "{field} is judged as a value, and as null");
    }
    ask("DELETE", "requests", Value::Null);
    let messages = ask("GET", "outbox", Value::Null);
    let message = messages["messages"][0]["id"].as_str().expect("a message");
    ask("GET", &format!("outbox/{message}"), Value::Null);
    ask("GET", &format!("outbox/{message}/raw"), Value::Null);
    ask("PUT", "snapshots/kept", Value::Null);
    ask("GET", "snapshots", Value::Null);
    ask("POST", "snapshots/kept/restore", Value::Null);
    ask("DELETE", "snapshots/kept", Value::Null);
    let export = ask("GET", "export", Value::Null);
    for clock in [
        json!({ "mode": "frozen" }),
        json!({ "mode": "offset", "by": "-PT36H" }),
        json!({ "mode": "offset", "organizationId": organization, "by": "PT0.5S" }),
        json!({ "mode": "server", "organizationId": organization }),
        json!({ "mode": "real" }),
    ] {
        ask("PUT", "clock", clock);
    }
    let fired = ask("POST", "clock/advance", json!({ "by": "P60D" }))["events"].clone();
    assert!(fired.as_array().is_some_and(|fired| !fired.is_empty()));
    ask("DELETE", "outbox", Value::Null);
    ask("POST", "import", export);
    ask("POST", "reset", Value::Null);
    let all: BTreeSet<_> = DESCRIBED.answers.keys().cloned().collect();
    let missing: Vec<_> = all.difference(&asked).collect();
    assert!(missing.is_empty(), "never asked: {missing:?}");
}

/// Names of the contract come from the contract.
#[test]
fn names_schemas_uniquely() {
    let contract = swisscom_sign::contract::openapi::schemas();
    let schemas = DESCRIBED.document["components"]["schemas"].as_object().expect("schemas");
    for (name, schema) in contract {
        assert_eq!(schemas[&name], schema, "{name}");
    }
    assert!(schemas.contains_key("FaultAction"));
}
