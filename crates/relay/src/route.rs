//! Routing: operations of the contract, from the core's table, and the relay's own routes. Identifiers are
//! validated here, and the upstream path is built from them, so the caller's path is never forwarded.

use std::sync::LazyLock;

use http::Method as HttpMethod;
use swisscom_sign::contract::{Operation, OperationMethod};
use swisscom_sign::request::path::{PathParameters, is_uuid};
use swisscom_sign::request::relay;

use crate::error::{RelayError, RelayErrorKind, RelayResult};

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum RelayRoute {
    Contract(Operation, RouteIds),
    /// `POST /relay/process/{processId}/file`: a raw PDF.
    Upload(RouteIds),
    /// `POST /relay/tickets`
    Tickets,
    /// `POST /relay/token`
    Token,
    /// `GET /relay/session`
    Session,
    /// `GET /relay/openapi.json`
    OpenApi,
}

/// Path parameters.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct RouteIds {
    /// Lower-case UUID; empty if the operation has no process.
    pub(crate) process_id: String,
    /// Identification or externalIdentifier of a participant.
    pub(crate) person_id: String,
    /// Identifier or externalIdentifier of a file.
    pub(crate) file_id: String,
}

impl From<PathParameters<'_>> for RouteIds {
    fn from(ids: PathParameters<'_>) -> Self {
        Self {
            process_id: ids.process_id.into(),
            person_id: ids.person_id.into(),
            file_id: ids.file_id.into(),
        }
    }
}

impl RouteIds {
    pub(crate) fn ids(&self) -> PathParameters<'_> {
        PathParameters {
            process_id: &self.process_id,
            person_id: &self.person_id,
            file_id: &self.file_id,
        }
    }
}

type OwnRouteSpec = (OperationMethod, &'static str, fn(RouteIds) -> RelayRoute);

const OWN: [OwnRouteSpec; 5] = [
    (OperationMethod::Post, relay::UPLOAD_PATH, RelayRoute::Upload),
    (OperationMethod::Post, "/relay/tickets", |_| RelayRoute::Tickets),
    (OperationMethod::Post, "/relay/token", |_| RelayRoute::Token),
    (OperationMethod::Get, "/relay/session", |_| RelayRoute::Session),
    (OperationMethod::Get, "/relay/openapi.json", |_| RelayRoute::OpenApi),
];

impl RelayRoute {
    /// Name for logs and metrics; the path itself contains identifiers.
    pub(crate) fn label(&self) -> &'static str {
        match self {
            Self::Contract(operation, _) => operation.id(),
            Self::Upload(_) => "upload",
            Self::Tickets => "tickets",
            Self::Token => "token",
            Self::Session => "session",
            Self::OpenApi => "openapi",
        }
    }
}

/// Path template, split into segments once.
struct RouteTemplate {
    method: &'static str,
    segments: Vec<&'static str>,
    make: RouteConstructor,
}

enum RouteConstructor {
    Contract(Operation),
    Own(fn(RouteIds) -> RelayRoute),
}

static ROWS: LazyLock<Vec<RouteTemplate>> = LazyLock::new(|| {
    let contract = Operation::ALL.into_iter().map(|operation| {
        let spec = operation.spec();
        (spec.method, spec.path, RouteConstructor::Contract(operation))
    });
    let own =
        OWN.into_iter().map(|(method, path, make)| (method, path, RouteConstructor::Own(make)));
    contract
        .chain(own)
        .map(|(method, path, make)| RouteTemplate {
            method: method.as_str(),
            segments: path.split('/').collect(),
            make,
        })
        .collect()
});

/// # Errors
/// [`RelayErrorKind::NotFound`]; [`RelayErrorKind::MethodNotAllowed`] with the methods of the path.
pub(crate) fn match_route(method: &HttpMethod, path: &str) -> RelayResult<RelayRoute> {
    // A slice pattern is faster than a `char` pattern (memchr) for short paths.
    let segments: Vec<&str> = path.split(['/']).collect();
    let mut allowed = Vec::new();
    for row in ROWS.iter() {
        let Some(ids) = match_template(&row.segments, &segments) else { continue };
        if row.method == method.as_str() {
            return Ok(match row.make {
                RouteConstructor::Contract(operation) => {
                    RelayRoute::Contract(operation, ids.into())
                }
                RouteConstructor::Own(make) => make(ids.into()),
            });
        }
        allowed.push(row.method);
    }
    if allowed.is_empty() {
        return Err(RelayError::new(RelayErrorKind::NotFound));
    }
    allowed.push("OPTIONS");
    let allow = Some(allowed.join(", "));
    Err(RelayError { allow, ..RelayError::new(RelayErrorKind::MethodNotAllowed) })
}

fn match_template<'p>(template: &[&str], path: &[&'p str]) -> Option<PathParameters<'p>> {
    if template.len() != path.len() {
        return None;
    }
    let (mut ids, mut process) = (PathParameters::default(), None);
    for (expected, segment) in template.iter().zip(path) {
        match *expected {
            "{processId}" => process = Some(*segment),
            "{personId}" => ids.person_id = identifier(segment)?,
            "{fileId}" => ids.file_id = identifier(segment)?,
            expected if expected == *segment => {}
            _ => return None,
        }
    }
    // Validated last: most templates differ in a later segment.
    process
        .is_none_or(canonical)
        .then(|| PathParameters { process_id: process.unwrap_or_default(), ..ids })
}

/// Lower case only, so that each process has exactly one spelling.
fn canonical(text: &str) -> bool {
    is_uuid(text) && !text.bytes().any(|b| b.is_ascii_uppercase())
}

fn identifier(text: &str) -> Option<&str> {
    let usable = !text.is_empty()
        && text.len() <= 128
        && text != "."
        && text != ".."
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~".contains(&b));
    usable.then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "6f1a5c4d-2d9a-4f12-a1c5-bc6e2bcb2d6a";

    fn of(method: &str, path: &str) -> Result<RelayRoute, RelayErrorKind> {
        match_route(&method.parse().unwrap(), path).map_err(|error| error.kind)
    }

    #[test]
    fn matches_exactly_the_contracts_paths() {
        for operation in Operation::ALL {
            let spec = operation.spec();
            let path = spec
                .path
                .replace("{processId}", ID)
                .replace("{personId}", "crm-4711")
                .replace("{fileId}", ID);
            let Ok(RelayRoute::Contract(found, target)) = of(spec.method.as_str(), &path) else {
                panic!("{operation}")
            };
            assert_eq!(found, operation);
            let filled = swisscom_sign::request::path::fill(operation, &target.ids()).unwrap();
            assert_eq!(filled, path);
            assert_eq!(of("PUT", &path), Err(RelayErrorKind::MethodNotAllowed));
            assert_eq!(
                of(spec.method.as_str(), &format!("{path}/")),
                Err(RelayErrorKind::NotFound)
            );
            assert_eq!(
                of(spec.method.as_str(), &format!("/x{path}")),
                Err(RelayErrorKind::NotFound)
            );
            let upper = path.replace("process", "Process");
            assert_eq!(of(spec.method.as_str(), &upper), Err(RelayErrorKind::NotFound));
        }
    }

    #[test]
    fn rejects_other_spellings_of_identifiers() {
        for id in [
            ID.to_uppercase(),
            ID.replace('-', ""),
            format!("{ID}x"),
            "..".into(),
            String::new(),
            format!("{{{ID}}}"),
        ] {
            assert_eq!(
                of("GET", &format!("/api/process/{id}")),
                Err(RelayErrorKind::NotFound),
                "{id}"
            );
        }
        for person in ["..", ".", "", "a b", "a:b", &"x".repeat(129)] {
            let path = format!("/api/process/{ID}/open/{person}");
            assert_eq!(of("POST", &path), Err(RelayErrorKind::NotFound), "{person}");
        }
    }

    #[test]
    fn lists_the_allowed_methods() {
        let error = match_route(&HttpMethod::DELETE, "/api/process").unwrap_err();
        assert_eq!(error.allow.as_deref(), Some("GET, POST, OPTIONS"));
        assert_eq!(of("GET", "/metrics"), Err(RelayErrorKind::NotFound));
        assert_eq!(of("GET", "/healthz"), Err(RelayErrorKind::NotFound));
    }
}
