//! JSON text to the contract's types. The core validates; fields that the platform ignores are removed
//! and reported.

use serde::de::DeserializeOwned;
use serde_json::Value;
use swisscom_sign::contract::declare::ContractObject;
use swisscom_sign::contract::validate;
use swisscom_sign::contract::{
    FieldAccess, FieldType, ObjectSchema, Problem, ProblemCode, Severity,
};

use super::ApiCall;
use crate::api_error::ApiError;
use crate::domain::{DomainError, ErrorName};
use crate::http::HttpResponse;

/// Name of the warning header.
pub const HEADER: &str = "sandbox-warning";
/// Clients limit the size of a header.
const MAX_HEADER: usize = 2048;

/// Warnings about input that the platform ignores silently.
#[derive(Debug, Default)]
pub struct RequestWarnings(Vec<String>);

impl RequestWarnings {
    /// Adds a warning: a code, and the path in the request if there is one.
    pub fn add(&mut self, code: &str, path: &str) {
        // Paths contain keys of the caller, and a header accepts visible ASCII only.
        let clean = |text: &str| -> String {
            text.chars().map(|c| if (' '..='~').contains(&c) { c } else { '?' }).collect()
        };
        self.0.push(clean(&format!("{code} {path}")).trim_end().to_owned());
    }

    /// Adds the warnings to the response: as many as fit into the header, and all of them for the
    /// journal.
    #[must_use]
    pub fn add_to(self, mut response: HttpResponse) -> HttpResponse {
        if self.0.is_empty() {
            return response;
        }
        let mut value = String::new();
        for warning in &self.0 {
            if value.len() + warning.len() > MAX_HEADER {
                value.push_str(", and more");
                break;
            }
            if !value.is_empty() {
                value.push_str(", ");
            }
            value.push_str(warning);
        }
        response.warnings = self.0;
        response.header(HEADER, value)
    }
}

impl ApiCall<'_> {
    /// Validated body. A body that the contract does not require may be empty.
    pub(crate) fn body<T: ContractObject + DeserializeOwned>(&mut self) -> Result<T, ApiError> {
        self.body_where(|_| true)
    }

    /// Validated body; ignores problems for which `counts` is false.
    pub(crate) fn body_where<T: ContractObject + DeserializeOwned>(
        &mut self,
        counts: impl Fn(&Problem) -> bool,
    ) -> Result<T, ApiError> {
        let bytes = &self.request.body;
        if bytes.is_empty() {
            return if self.route.operation.spec().request_required {
                Err(invalid("$: a body is required"))
            } else {
                parse_typed("{}").map_err(|why| invalid(&why))
            };
        }
        if self.request.media_type().is_none_or(|t| !t.eq_ignore_ascii_case("application/json")) {
            return Err(ApiError::MediaType);
        }
        let text = std::str::from_utf8(bytes)
            .map_err(|_| invalid("$: invalid UTF-8 in the request body"))?;
        let mut problems = validate(T::OBJECT, text);
        problems.retain(counts);
        self.report(&problems)?;
        parse_typed(text).map_err(|why| invalid(&why))
    }

    /// Collects warnings; fails on errors.
    pub(crate) fn report(&mut self, problems: &[Problem]) -> Result<(), ApiError> {
        let strict = self.platform.settings().strict;
        let (refused, ignored): (Vec<_>, Vec<_>) = problems
            .iter()
            .partition(|problem| strict || problem.code.severity() == Severity::Error);
        for problem in ignored {
            let code = if problem.code == ProblemCode::ReadOnly {
                "read-only-field"
            } else {
                "unknown-field"
            };
            self.warnings.add(code, &problem.path);
        }
        if refused.is_empty() {
            return Ok(());
        }
        let all: Vec<String> = refused.iter().map(ToString::to_string).collect();
        Err(invalid(&all.join("; ")))
    }
}

pub(crate) fn invalid(message: &str) -> ApiError {
    DomainError::new(ErrorName::Validation, message).into()
}

/// Parses a validated body and drops the fields that the platform ignores.
///
/// # Errors
/// If an unknown field contains a number of more than 64 bits: validation skips unknown fields.
pub fn parse_typed<T: ContractObject + DeserializeOwned>(text: &str) -> Result<T, String> {
    let mut value = serde_json::from_str(text).map_err(|error| format!("$: {error}"))?;
    prune(T::OBJECT, &mut value);
    serde_json::from_value(value).map_err(|error| format!("$: {error}"))
}

/// Removes fields that the caller cannot write: read-only fields, unknown fields and null, which the
/// platform treats as absent.
fn prune(object: &'static ObjectSchema, value: &mut Value) {
    let Value::Object(map) = value else { return };
    map.retain(|key, value| {
        !value.is_null() && object.field(key).is_some_and(|f| f.access != FieldAccess::ReadOnly)
    });
    for field in object.fields {
        if let Some(value) = map.get_mut(field.name) {
            prune_kind(field.kind, value);
        }
    }
}

fn prune_kind(kind: FieldType, value: &mut Value) {
    match kind {
        FieldType::Object(object) => prune(object, value),
        FieldType::List(list) => {
            for item in value.as_array_mut().into_iter().flatten() {
                prune_kind(list.item, item);
            }
        }
        FieldType::Union(union) => {
            let selected = value.get(union.discriminator).and_then(Value::as_str).or(union.default);
            let object = union.variants.iter().find(|(name, _)| Some(*name) == selected);
            if let Some((_, object)) = object {
                prune(object, value);
            }
        }
        // serde_json parses `-0` as a float.
        FieldType::Integer(_) if value.as_f64() == Some(0.0) => *value = Value::from(0),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use swisscom_sign::contract::ProcessPage;

    use super::*;

    /// Validation accepts all of them.
    #[test]
    fn whole_numbers_in_every_spelling() {
        for (text, number) in [("0", 0), ("-0", 0), ("-7", -7), ("2147483647", i32::MAX)] {
            let page: ProcessPage = parse_typed(&format!(r#"{{"size":{text}}}"#)).expect(text);
            assert_eq!(page.size, Some(number), "{text}");
        }
    }
}
