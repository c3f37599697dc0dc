//! The client with a stub of the host.

use js_sys::{Array, Object, Promise, Reflect};
use swisscom_sign::js::{ClientHost, WasmClient};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::wasm_bindgen_test;

#[wasm_bindgen(inline_js = r#"
const response = (status, body, headers = {}) =>
  ({ status, contentType: headers.type ?? "application/json", retryAfter: headers.after, text: async () => body });
const TOKEN = '{"access_token":"t-1","token_type":"Bearer","expires_in":300}';
const ID = "6f1a5c4d-2d9a-4f12-a1c5-bc6e2bcb2d6a";
const behaviours = {
  works: () => response(201, `{"id":"${ID}","status":"CREATED","added":1}`),
  rejectsString: () => { throw "any string"; },
  rejectsForeign: () => { throw Object.create(null); },
  rejectsUndefined: () => { throw undefined; },
  throwsSynchronously: undefined,
  bodyBreaks: () => ({ status: 201, text: () => Promise.reject("cut") }),
  unauthorized: () => response(401, ""),
  notJson: () => response(201, "<html>"),
};
export function stub(behaviour) {
  const log = { calls: 0, tokens: 0 };
  const host = {
    log,
    fetch(request, operation) {
      if (operation === "token") { log.tokens++; return Promise.resolve(response(200, TOKEN)); }
      log.calls++;
      if (behaviour === "throwsSynchronously") throw new Error("immediately");
      return (async () => behaviours[behaviour](request))();
    },
    accessToken: async () => "own",
    // Short pauses end immediately, timeouts never.
    sleep: (ms) => (ms > 1000 ? new Promise(() => {}) : Promise.resolve()),
    monotonic: () => 0,
    wall: () => 0,
    random: () => 0.5,
    correlation: () => "c0",
  };
  return host;
}
"#)]
extern "C" {
    fn stub(behaviour: &str) -> JsValue;
}

fn object(fields: &[(&str, JsValue)]) -> JsValue {
    let object = Object::new();
    for (name, value) in fields {
        Reflect::set(&object, &(*name).into(), value).unwrap();
    }
    object.into()
}

fn client(host: &JsValue) -> WasmClient {
    let settings = object(&[
        ("apiUrl", "https://api.example.com/system".into()),
        ("tokenUrl", "https://iam.example.com/token".into()),
        ("clientId", "id".into()),
        ("clientSecret", "s3cret".into()),
    ]);
    WasmClient::new(&settings, host.clone().unchecked_into::<ClientHost>()).unwrap()
}

fn call(state: Option<&str>) -> JsValue {
    let fields: Vec<_> = [
        ("state", state.map(JsValue::from)),
        ("processId", Some("6f1a5c4d-2d9a-4f12-a1c5-bc6e2bcb2d6a".into())),
        ("maxRetries", Some(0.into())),
    ]
    .into_iter()
    .filter_map(|(name, value)| Some((name, value?)))
    .collect();
    object(&fields)
}

const GOOD: &str = r#"{"initiator":{"type":"PERSON","email":"a@b.ch"}}"#;

fn create(client: &WasmClient, text: &str) -> Promise {
    client.call("create", call(None), Some(text.into()), None, None, None)
}

fn text_of(value: &JsValue, name: &str) -> String {
    let value = Reflect::get(value, &name.into()).unwrap();
    value.as_string().unwrap_or_else(|| format!("{value:?}"))
}

fn count(host: &JsValue, name: &str) -> u32 {
    let log = Reflect::get(host, &"log".into()).unwrap();
    Reflect::get(&log, &name.into()).unwrap().as_f64().unwrap() as u32
}

#[wasm_bindgen_test]
async fn a_call_resolves_to_fields_and_data() {
    let host = stub("works");
    let done = JsFuture::from(create(&client(&host), GOOD)).await.unwrap();
    assert_eq!(text_of(&done, "state"), "CREATED");
    let data = Reflect::get(&done, &"data".into()).unwrap();
    assert_eq!(Reflect::get(&data, &"added".into()).unwrap(), JsValue::from(1));
    assert_eq!((count(&host, "calls"), count(&host, "tokens")), (1, 1));
}

#[wasm_bindgen_test]
async fn any_rejection_is_an_error() {
    for (behaviour, code) in [
        ("rejectsString", "connection_failed"),
        ("rejectsForeign", "connection_failed"),
        ("rejectsUndefined", "connection_failed"),
        ("throwsSynchronously", "connection_failed"),
        ("bodyBreaks", "connection_failed"),
        ("unauthorized", "unauthenticated"),
        ("notJson", "malformed_response"),
    ] {
        let client = client(&stub(behaviour));
        for _ in 0..2 {
            let error = JsFuture::from(create(&client, GOOD)).await.unwrap_err();
            assert_eq!(text_of(&error, "operation"), "create");
            assert_eq!(text_of(&cause(&error), "code"), code, "{behaviour}");
        }
    }
    let client = client(&stub("rejectsString"));
    let error = JsFuture::from(create(&client, GOOD)).await.unwrap_err();
    assert_eq!(text_of(&cause(&error), "cause"), "any string");
}

/// Cause of an uncertain outcome, or the error itself.
fn cause(error: &JsValue) -> JsValue {
    if text_of(error, "code") == "uncertain_outcome" {
        return Reflect::get(error, &"cause".into()).unwrap();
    }
    error.clone()
}

#[wasm_bindgen_test]
async fn concurrent_calls_share_a_token() {
    let host = stub("works");
    let client = client(&host);
    let calls: Vec<_> = (0..100).map(|_| create(&client, GOOD)).collect();
    for promise in calls {
        JsFuture::from(promise).await.unwrap();
    }
    assert_eq!((count(&host, "calls"), count(&host, "tokens")), (100, 1));
}

#[wasm_bindgen_test]
async fn a_pending_call_finishes_after_its_client_is_freed() {
    let host = stub("works");
    let client = client(&host);
    let pending = create(&client, GOOD);
    drop(client);
    assert!(JsFuture::from(pending).await.is_ok());
}

#[wasm_bindgen_test]
async fn invalid_calls_send_no_request() {
    let host = stub("works");
    let client = client(&host);
    for text in ["", "{", "[]", "null", r#"{"initiator":{"type":"PERSON","email":"?"}}"#] {
        let error = JsFuture::from(create(&client, text)).await.unwrap_err();
        assert_eq!(text_of(&error, "class"), "ValidationError", "{text}");
    }
    let late = client.call("attach", call(Some("PENDING")), Some(GOOD.into()), None, None, None);
    let error = JsFuture::from(late).await.unwrap_err();
    assert_eq!(text_of(&error, "class"), "StateError");
    let unknown = client.call("sell", call(None), None, None, None, None);
    let error = JsFuture::from(unknown).await.unwrap_err();
    assert_eq!(text_of(&error, "code"), "invalid_argument");
    assert_eq!((count(&host, "calls"), count(&host, "tokens")), (0, 0));
}

fn problems(text: &str) -> Vec<(String, String)> {
    let problems = client(&stub("works")).check("create", call(None), Some(text.into())).unwrap();
    Array::from(&problems)
        .iter()
        .map(|problem| (text_of(&problem, "path"), text_of(&problem, "code")))
        .collect()
}

#[wasm_bindgen_test]
fn reports_every_problem_with_its_path() {
    for (text, expected) in [
        (r#"{"initiator":{"type":"PERSON","email":"a@b.ch"}}"#, &[][..]),
        ("{}", &[("$.initiator", "required")]),
        ("", &[("$", "syntax")]),
        (r#"{"initiator":{"type":"ROBOT"}}"#, &[("$.initiator.type", "enumeration")]),
        (
            r#"{"initiator":{"type":"SIGNER","firstName":7,"mobile":"079"},"x":1}"#,
            &[
                ("$.initiator.firstName", "type"),
                ("$.initiator.mobile", "format"),
                ("$.initiator.lastName", "required"),
                ("$.x", "unknown_field"),
            ],
        ),
    ] {
        let found = problems(text);
        let found: Vec<_> =
            found.iter().map(|(path, code)| (path.as_str(), code.as_str())).collect();
        assert_eq!(found, expected, "{text}");
    }
}
