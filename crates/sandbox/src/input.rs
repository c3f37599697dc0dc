//! Input of requests, checked against the tables of its declaration.

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use swisscom_sign::contract::declare::ContractObject;
use swisscom_sign::contract::json::write_string;
use swisscom_sign::contract::{FieldPresence, FieldType, ObjectSchema, ProblemCode, validate};

/// Reads JSON text; `what` is its name in messages, such as `body`.
///
/// # Errors
/// A message with all problems, each with the path of the field.
pub(crate) fn read<T: ContractObject + DeserializeOwned>(
    text: &str,
    what: &str,
) -> Result<T, String> {
    let mut problems = Vec::new();
    for problem in validate(T::OBJECT, text) {
        let path = problem.path.strip_prefix("$.").unwrap_or(what);
        let message = match problem.code {
            ProblemCode::UnknownField if what == "query" => "unknown query parameter",
            ProblemCode::UnknownField => "unknown field",
            _ => &problem.message,
        };
        problems.push(format!("{path}: {message}"));
    }
    let either = T::OBJECT.fields.iter().filter(|field| field.presence == FieldPresence::Either);
    let either: Vec<&str> = either.map(|field| field.name).collect();
    if problems.is_empty() && !either.is_empty() {
        let given: Map<String, Value> = serde_json::from_str(text).unwrap_or_default();
        if either.iter().filter(|name| given.contains_key(**name)).count() != 1 {
            problems.push(format!("{what}: exactly one of {} is required", either.join(", ")));
        }
    }
    if !problems.is_empty() {
        return Err(problems.join("; "));
    }
    serde_json::from_str(text).map_err(|error| {
        // Valid by the table, but not for its Rust type, such as a duration out of range. The place
        // in the text means nothing to callers.
        let message = error.to_string();
        let message = message.rsplit_once(" at line ").map_or(&*message, |(message, _)| message);
        format!("{what}: {message}")
    })
}

/// Converts a query to JSON text, so that it is validated like a body.
pub(crate) fn query_to_json(object: &'static ObjectSchema, query: &str) -> String {
    let mut text = String::from("{");
    let mut add = |name: &str, value: &str| {
        if text.len() > 1 {
            text.push(',');
        }
        write_string(&mut text, name);
        text.push(':');
        text.push_str(value);
    };
    let mut lists: Map<String, Value> = Map::new();
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        let mut json = String::new();
        match object.field(&name).map(|field| field.kind) {
            Some(FieldType::List(_)) => {
                let list = lists.entry(name).or_insert_with(|| Value::Array(Vec::new()));
                list.as_array_mut().into_iter().for_each(|list| list.push(value.as_ref().into()));
                continue;
            }
            Some(FieldType::Integer(_)) if let Ok(number) = value.parse::<i128>() => {
                json.push_str(&number.to_string());
            }
            _ => write_string(&mut json, &value),
        }
        add(&name, &json);
    }
    for (name, list) in lists {
        add(&name, &list.to_string());
    }
    text.push('}');
    text
}
