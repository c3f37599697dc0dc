//! Sequences of requests to the sandbox, as readable scripts.
//!
//! - `script`: parser of scripts. `generate`: bodies by the schemas of the contract.
//! - `state`: the sandbox, and values of its responses that later requests use.
//! - `invariants`: invariants of responses and of the final state. `key`: the key of the tokens.

pub(crate) mod generate;
mod invariants;
mod key;
mod script;
mod state;

use serde_json::Value;
use swisscom_sign::contract::Operation;
use swisscom_sign_sandbox::paths::TOKEN_PATH;

use crate::seeds;
use state::FuzzWorld;

/// Maximum number of requests in a script; more would only be slow.
const MAX_STEPS: usize = 24;

/// Runs a script.
pub fn run(input: &[u8]) {
    let world = &mut FuzzWorld::new();
    for step in script::steps(input).take(MAX_STEPS) {
        let request = world.request(&step);
        let response = world.sandbox.handle(&request);
        invariants::check_response(&request, &response);
        world.learn(&request, &response);
    }
    invariants::check_final_state(world, input.len().is_multiple_of(4));
}

/// Complete processes, every operation with the examples of the contract, and every path of the
/// control API.
#[must_use]
pub fn seeds() -> Vec<Vec<u8>> {
    let visit = "GET /cockpit/process/{processId}/person/{personId}";
    let step = |text: &str| text.to_owned();
    let scripts = [
        vec![
            call(Operation::Release, "{}"),
            call(Operation::Open, r#"{"skipAuthorization":true}"#),
            step("GET {open}"),
            step("GET {here}"),
            step("POST {here}/sign\n\ncsrf={csrf}&method=SMS"),
            step("POST /_sandbox/processes/{processId}/participants/{personId}/sign\n\n{}"),
            call(Operation::GetFile, ""),
            call(Operation::GetFileContent, ""),
            call(Operation::GetRecords, ""),
            call(Operation::FindAll, "")
                .replace('\n', "?page=0&size=5&sort=createdOn,desc&status=PENDING\n"),
        ],
        vec![
            call(Operation::Release, "{}"),
            format!("{visit}?lang=de-CH\naccept-language: fr-CH"),
            step("GET {here}"),
            step("POST {here}/code\n\ncsrf={csrf}&code={code}"),
            step("GET {here}"),
            step("POST {here}/resend\n\ncsrf={csrf}"),
            step("POST {here}/decline\n\ncsrf={csrf}&reason=no"),
        ],
        vec![
            call(Operation::Release, "{}"),
            step(visit),
            step("POST {here}/code\n\ncsrf={csrf}&code={code}"),
            step("GET {here}"),
            step("POST {here}/delegate\n\ncsrf={csrf}&firstName=A&lastName=B&email=a%40b.ch"),
        ],
        vec![
            step("GET /cockpit/login"),
            step("POST /cockpit/login\n\ncsrf={csrf}&account=anna"),
            step("POST /cockpit/logout\n\ncsrf={csrf}"),
            step("GET /"),
        ],
        vec![
            call(Operation::Setup, r#"{"successUrl":"https://example.com/"}"#),
            step("GET /cockpit/process/{processId}"),
            step("POST {here}/code\n\ncsrf={csrf}&code={code}"),
            step("GET {here}"),
            step("POST {here}/signers\n\ncsrf={csrf}&firstName=A&lastName=B&email=a%40b.ch"),
            step("POST {here}/complete\n\ncsrf={csrf}&signingOrder=on&message=m"),
        ],
        vec![
            call(Operation::Setup, "{}"),
            step("POST /_sandbox/processes/{processId}/setup/complete\n\n{\"signingOrder\":true}"),
            step("POST /_sandbox/clock/advance\n\n{\"by\":\"P31D\"}"),
            call(Operation::GetProcess, ""),
        ],
        vec![format!(
            "POST {TOKEN_PATH}\n\ngrant_type=client_credentials&client_id=a&client_secret=b&scope=c"
        )],
    ];
    let mut scripts: Vec<String> =
        scripts.iter().map(|steps| steps.join(script::SEPARATOR)).collect();
    for operation in Operation::ALL {
        // Generated bodies, from different bytes.
        for dice in ["", "0123456789abcdefghijklmnopqrstuvwxyz", "zyxwvutsrqponmlkjihgfedcba"] {
            scripts.push(call(operation, &format!("*{dice}")));
        }
    }
    for (operation, mut example) in seeds::examples() {
        if let Some(content) = example.get_mut("content") {
            *content = Value::from("{pdf}");
        }
        scripts.push(call(operation, &example.to_string()));
    }
    scripts.extend(state::control().into_iter().map(|(method, path, fields)| {
        let body: Vec<String> = fields.iter().map(|field| format!("\"{field}\":\"\"")).collect();
        format!("{method} {path}\n\n{{{}}}", body.join(","))
    }));
    scripts.into_iter().map(String::into_bytes).filter(|script| script.len() <= 8192).collect()
}

/// The request of an operation.
fn call(operation: Operation, body: &str) -> String {
    let spec = operation.spec();
    format!("{} /system{}\n\n{body}", spec.method.as_str(), spec.path)
}

/// Paths, field names, values and placeholders.
#[must_use]
pub fn words() -> Vec<String> {
    let mut words: Vec<String> = [
        script::SEPARATOR,
        "\n\n*",
        "GET ",
        "POST ",
        "HEAD ",
        "DELETE ",
        "PUT ",
        "?lang=",
        "&",
        "%00",
        "%0A",
        "%ff",
        "<script>",
        "\"><b>",
        "{csrf}",
        "{code}",
        "{here}",
        "{open}",
        "{pdf}",
        "{processId}",
        "{personId}",
        "{fileId}",
        "{token}",
        "\nauthorization: Bearer ",
        "\naccept-language: ",
        "\ncontent-type: ",
        "\nhost: ",
        "\norigin: ",
        "\ncookie: ",
        "\nsec-fetch-site: ",
        "\nx-forwarded-host: ",
        "/code",
        "/sign",
        "/decline",
        "/delegate",
        "/identify",
        "/complete",
        "/signers",
        "/resend",
        "P1D",
        "P31D",
        "PT1S",
        "-P1Y",
        "9999-12-31T23:59:59Z",
        "0000-01-01T00:00:00Z",
        "2026-11-01T10:00:00Z",
        "\\u0000",
        "\\ud83d\\ude00",
        "COMPLETED",
        "-1",
        "2147483647",
        "9223372036854775807",
        "sort=",
        "page=",
        "size=",
        "status=",
    ]
    .map(str::to_owned)
    .into();
    for operation in Operation::ALL {
        let spec = operation.spec();
        words.push(format!("/system{}", spec.path));
        for object in spec.request.into_iter().chain(spec.query) {
            generate::vocabulary(object, &mut words);
        }
    }
    for (_, path, fields) in state::control() {
        words.push(path);
        words.extend(fields.into_iter().map(|field| format!("\"{field}\":")));
    }
    words.sort_unstable();
    words.dedup();
    words
}
