//! Invariants of every response, and of the sandbox at the end of a script.

use serde_json::Value;
use swisscom_sign::contract::declare::ContractObject as _;
use swisscom_sign::contract::{ErrorBody, FieldType, ObjectSchema, Operation, ResponseBody, json};
use swisscom_sign_sandbox::http::{HttpRequest, HttpResponse};
use swisscom_sign_sandbox::paths::API_PREFIX as PREFIX;
use swisscom_sign_sandbox::route::{RouteMatch, find};

use super::script::ScriptRequest;
use super::state::FuzzWorld;

/// Statuses of the sandbox that the contract does not document.
const UNDOCUMENTED: [u16; 6] = [400, 401, 403, 405, 413, 415];

/// Panics unless the response is allowed for the request.
pub(super) fn check_response(request: &HttpRequest, response: &HttpResponse) {
    let what = format!("{} {} {}", request.method, request.path, response.status);
    assert!((200..500).contains(&response.status), "{what}: {}", text(response));
    assert!(response.get("sandbox").is_some(), "{what}: no header `Sandbox`");
    for (name, value) in &response.headers {
        // A host could not send other values, or would send two headers (RFC 9110 section 5.5).
        let sendable = value.bytes().all(|byte| byte == b'\t' || (byte >= b' ' && byte != 0x7F));
        assert!(sendable, "{what}: {name}: {value:?}");
    }
    let media_type = response.get("content-type").unwrap_or_default();
    if media_type.starts_with("application/json") {
        let text = std::str::from_utf8(&response.body).expect("UTF-8");
        assert_eq!(json::validate(text), Ok(()), "{what}: {text}");
    }
    if media_type.starts_with("text/html") {
        page(&what, response);
    }
    match find(request) {
        RouteMatch::Found(route) => operation(&what, route.operation, request, response),
        _ if request.segments(PREFIX).is_some() => error(&what, response),
        _ => {}
    }
}

fn text(response: &HttpResponse) -> String {
    String::from_utf8_lossy(&response.body).into_owned()
}

/// Pages escape all input.
fn page(what: &str, response: &HttpResponse) {
    let html = text(response).to_lowercase();
    for forbidden in ["<script", "<b>", "javascript:", " onclick=", "<img"] {
        assert!(!html.contains(forbidden), "{what}: {forbidden} in {html}");
    }
    for header in ["content-security-policy", "x-content-type-options", "referrer-policy"] {
        assert!(response.get(header).is_some(), "{what}: no {header}");
    }
}

fn operation(what: &str, operation: Operation, request: &HttpRequest, response: &HttpResponse) {
    let spec = operation.spec();
    if response.status >= 300 {
        let documented = spec.failures.iter().find(|(status, _)| *status == response.status);
        assert!(
            documented.is_some() || UNDOCUMENTED.contains(&response.status),
            "{what}: undocumented"
        );
        assert!(
            !matches!(documented, Some((_, true))) || !response.body.is_empty(),
            "{what}: no body"
        );
        return error(what, response);
    }
    assert!(spec.success.contains(&response.status), "{what}: undocumented success");
    match spec.response {
        ResponseBody::Json(table) => {
            let value: Value = serde_json::from_slice(&response.body).expect("JSON");
            object(what, table, &value);
        }
        ResponseBody::File => {
            let known = response.body.starts_with(b"%PDF-") || response.body.starts_with(b"PK");
            assert!(known, "{what}: not a file: {}", request.path);
        }
    }
}

fn error(what: &str, response: &HttpResponse) {
    if response.body.is_empty() {
        return;
    }
    let value: Value = serde_json::from_slice(&response.body).expect("JSON");
    object(what, ErrorBody::OBJECT, &value);
    assert_eq!(value["httpStatus"], response.status, "{what}: {value}");
    assert!(value["name"].as_str().is_some_and(|name| !name.is_empty()), "{what}: {value}");
}

/// Panics unless all fields of the value are in the schema and have its types.
fn object(what: &str, table: &ObjectSchema, value: &Value) {
    let map = value.as_object().unwrap_or_else(|| panic!("{what}: {} is {value}", table.name));
    for (name, value) in map {
        let Some(field) = table.field(name) else { panic!("{what}: {}.{name}", table.name) };
        kind(&format!("{what} {}.{name}", table.name), field.kind, value);
    }
}

fn kind(what: &str, kind_: FieldType, value: &Value) {
    let holds = match kind_ {
        FieldType::Text(_) => value.is_string(),
        FieldType::Integer(limits) => {
            value.as_i64().is_some_and(|number| limits.bits == 64 || i32::try_from(number).is_ok())
        }
        FieldType::Boolean => value.is_boolean(),
        FieldType::Fraction => value.is_number(),
        FieldType::Any => value.is_object(),
        FieldType::Enumeration(list) => {
            value.as_str().is_some_and(|text| list.values.contains(&text))
        }
        FieldType::StringMap => {
            value.as_object().is_some_and(|map| map.values().all(Value::is_string))
        }
        FieldType::Object(table) => {
            object(what, table, value);
            true
        }
        FieldType::Union(union) => {
            let selected = value[union.discriminator].as_str().or(union.default);
            let found = union.variants.iter().find(|(name, _)| Some(*name) == selected);
            found.is_some_and(|(_, table)| {
                object(what, table, value);
                true
            })
        }
        FieldType::List(list) => value.as_array().is_some_and(|items| {
            items.iter().for_each(|item| kind(what, list.item, item));
            true
        }),
    };
    assert!(holds, "{what}: {value}");
}

/// Panics unless every process can be read, and the export can be imported into another sandbox.
pub(super) fn check_final_state(world: &mut FuzzWorld, carry: bool) {
    for id in world.processes.clone() {
        let [process, status, records] =
            [Operation::GetProcess, Operation::GetStatus, Operation::GetRecords]
                .map(|operation| ask(world, operation.spec().path.replace("{processId}", &id)));
        // After a reset, the process does not exist, and the token may be invalid.
        assert_eq!(process["status"], status["status"], "{process}");
        assert_eq!(process.is_null(), records.is_null(), "{process} {records}");
    }
    if carry {
        let export = |world: &FuzzWorld| send(world, "GET", "/_sandbox/export", b"");
        let exported = export(world);
        let other = FuzzWorld::new();
        let imported = send(&other, "POST", "/_sandbox/import", &exported.body);
        assert_eq!(imported.status, 204, "{}", text(&imported));
        let value =
            |response: HttpResponse| serde_json::from_slice::<Value>(&response.body).expect("JSON");
        assert_eq!(value(export(&other)), value(exported), "exports differ after an import");
    }
}

fn ask(world: &FuzzWorld, path: String) -> Value {
    let response = send(world, "GET", &format!("{PREFIX}{path}"), b"");
    if response.status == 200 {
        serde_json::from_slice(&response.body).expect("JSON")
    } else {
        Value::Null
    }
}

fn send(world: &FuzzWorld, method: &str, target: &str, body: &[u8]) -> HttpResponse {
    let request = world.request(&ScriptRequest { method, target, headers: Vec::new(), body });
    let response = world.sandbox.handle(&request);
    check_response(&request, &response);
    response
}
