//! The list of processes: options become query parameters.

use std::borrow::Cow;

use super::SignRequest;
use crate::contract::json::{JsonReader, JsonResult, JsonType};
use crate::contract::{Operation, Problem, ProblemCode, validate};
use crate::error::{Error, Result};

/// Lists processes (operation `findAll`). `options` is the JSON text of an object with the query
/// parameters of the contract; `sort` is a list of criteria, all of them for `createdDate`.
///
/// ```
/// let request = swisscom_sign::request::find_all(r#"{ "status": "PENDING", "size": 20 }"#)?;
/// assert_eq!(request.target(), "/api/process?status=PENDING&size=20");
/// # Ok::<(), swisscom_sign::Error>(())
/// ```
///
/// # Errors
/// Validation, with every problem.
pub fn find_all(options: &str) -> Result<SignRequest<'static>> {
    let operation = Operation::FindAll;
    let spec = operation.spec();
    let mut problems = match spec.query {
        Some(object) => validate(object, options),
        None => Vec::new(),
    };
    let query = if problems.is_empty() { pairs(options).unwrap_or_default() } else { Vec::new() };
    let criteria: Vec<_> = query.iter().filter(|(name, _)| *name == "sort").collect();
    let sortable = |value: &str| {
        let (property, direction) = value.split_once(',').unwrap_or((value, "asc"));
        property == "createdDate"
            && (direction.eq_ignore_ascii_case("asc") || direction.eq_ignore_ascii_case("desc"))
    };
    if !criteria.iter().all(|(_, value)| sortable(value)) {
        let message = "each must be createdDate,asc or createdDate,desc";
        problems.push(Problem::new("$.sort", ProblemCode::Format, message));
    }
    if problems.is_empty() {
        Ok(SignRequest { query, ..SignRequest::new(operation, spec.path) })
    } else {
        Err(Error::validation_error(operation, problems))
    }
}

/// Query parameters of valid options; lists become repeated parameters.
fn pairs(options: &str) -> JsonResult<Vec<(&'static str, String)>> {
    let Some(object) = Operation::FindAll.spec().query else { return Ok(Vec::new()) };
    let mut reader = JsonReader::new(options);
    let mut query = Vec::new();
    reader.begin_object()?;
    let mut first = true;
    while let Some(key) = reader.next_key(first)? {
        first = false;
        let Some(field) = object.field(&key.decode()) else {
            reader.skip()?;
            continue;
        };
        if reader.peek_type()? == JsonType::List {
            reader.begin_list()?;
            let mut first = true;
            while reader.next_item(first)? {
                first = false;
                query.push((field.name, scalar(&mut reader)?.into_owned()));
            }
        } else if reader.peek_type()? == JsonType::Null {
            reader.null()?;
        } else {
            query.push((field.name, scalar(&mut reader)?.into_owned()));
        }
    }
    Ok(query)
}

fn scalar<'a>(reader: &mut JsonReader<'a>) -> JsonResult<Cow<'a, str>> {
    match reader.peek_type()? {
        JsonType::Text => Ok(reader.string()?.decode()),
        _ => Ok(Cow::Borrowed(reader.number()?)),
    }
}
