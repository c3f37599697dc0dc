//! The bindings without I/O return the same results as the core.

use js_sys::Reflect;
use swisscom_sign::ErrorKind;
use swisscom_sign::contract::{Operation, State};
use swisscom_sign::js::sans_io;
use wasm_bindgen::JsValue;
use wasm_bindgen_test::wasm_bindgen_test;

const ID: &str = "6f1a5c4d-2d9a-4f12-a1c5-bc6e2bcb2d6a";

fn field(value: &JsValue, name: &str) -> String {
    Reflect::get(value, &name.into()).unwrap().as_string().unwrap_or_default()
}

#[wasm_bindgen_test]
fn builds_a_request_of_every_operation() {
    let file = r#"{"name":"a.pdf","content":"JVBERg==","contentType":"application/pdf"}"#;
    let process = r#"{"initiator":{"type":"PERSON","email":"a@b.ch"}}"#;
    for operation in Operation::ALL {
        let text = match operation {
            Operation::Create => Some(process.to_owned()),
            Operation::Attach => Some(file.to_owned()),
            _ => None,
        };
        let shape = sans_io::request_template(operation.id(), text.is_some()).unwrap();
        assert_eq!(field(&shape, "operation"), operation.id());
        assert_eq!(field(&shape, "method"), operation.spec().method.as_str());
        let id = || Some(ID.to_owned());
        let target = sans_io::request_target(operation as usize, id(), id(), id(), text).unwrap();
        let parts = target.unwrap_or_else(|| vec![field(&shape, "path")]);
        let path = operation
            .spec()
            .path
            .replace("{processId}", ID)
            .replace("{personId}", ID)
            .replace("{fileId}", ID);
        assert_eq!(parts, [path], "the body is the text");
    }
}

#[wasm_bindgen_test]
fn allowed_operations_match_the_state_check() {
    for state in State::ALL.iter().map(State::as_str).chain(["SUSPENDED"]) {
        let allowed = sans_io::allowed_operations(state);
        for operation in Operation::ALL {
            let refused = sans_io::check_state(operation.id(), state, None).is_err();
            assert!(
                !(refused && allowed.contains(&operation.id().to_owned())),
                "{state} {operation}"
            );
        }
    }
    assert_eq!(sans_io::next_state("CREATED", "released").as_deref(), Some("PENDING"));
    assert_eq!(sans_io::next_state("CREATED", "nothing"), None);
}

#[wasm_bindgen_test]
fn errors_have_code_and_class_of_their_kind() {
    for (status, kind) in [
        (400, ErrorKind::Validation),
        (403, ErrorKind::Permission),
        (409, ErrorKind::Conflict),
        (410, ErrorKind::Gone),
        (412, ErrorKind::NotReady),
        (429, ErrorKind::RateLimit),
        (503, ErrorKind::Server),
    ] {
        let error = sans_io::decode_response("getStatus", status, None, None, 0.0, "").unwrap_err();
        assert_eq!(field(&error, "code"), kind.code());
        assert_eq!(field(&error, "class"), kind.class());
        assert_eq!(Reflect::get(&error, &"status".into()).unwrap(), JsValue::from(status));
    }
}
