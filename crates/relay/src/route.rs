//! Routing: operations of the contract, from the core's table, and the relay's own routes. Identifiers are
//! validated here, and the upstream path is built from them, so the caller's path is never forwarded.

use http::Method as HttpMethod;
use swisscom_sign::contract::{Operation, OperationMethod, is_uuid};
use swisscom_sign::request::path::{PathParameters, match_template};
use swisscom_sign::request::relay_upload;

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

impl RouteIds {
    fn from_parameters(parameters: Vec<(&str, &str)>) -> Option<Self> {
        let mut ids = Self::default();
        for (name, value) in parameters {
            match name {
                "processId" if is_canonical_uuid(value) => ids.process_id = value.into(),
                "personId" if is_identifier(value) => ids.person_id = value.into(),
                "fileId" if is_identifier(value) => ids.file_id = value.into(),
                _ => return None,
            }
        }
        Some(ids)
    }

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
    (OperationMethod::Post, relay_upload::UPLOAD_PATH, RelayRoute::Upload),
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

enum RouteConstructor {
    Contract(Operation),
    Own(fn(RouteIds) -> RelayRoute),
}

fn routes() -> impl Iterator<Item = (OperationMethod, &'static str, RouteConstructor)> {
    let contract = Operation::ALL.into_iter().map(|operation| {
        let spec = operation.spec();
        (spec.method, spec.path, RouteConstructor::Contract(operation))
    });
    let own = OWN
        .into_iter()
        .map(|(method, path, constructor)| (method, path, RouteConstructor::Own(constructor)));
    contract.chain(own)
}

/// # Errors
/// [`RelayErrorKind::NotFound`]; [`RelayErrorKind::MethodNotAllowed`] with the methods of the path.
pub(crate) fn match_route(method: &HttpMethod, path: &str) -> RelayResult<RelayRoute> {
    let segments: Vec<&str> =
        path.strip_prefix('/').map(|path| path.split(['/']).collect()).unwrap_or_default();
    let mut allowed = Vec::new();
    for (route_method, template, constructor) in routes() {
        let parameters = match_template(template, segments.iter().copied());
        let Some(ids) = parameters.and_then(RouteIds::from_parameters) else { continue };
        if route_method.as_str() == method.as_str() {
            return Ok(match constructor {
                RouteConstructor::Contract(operation) => RelayRoute::Contract(operation, ids),
                RouteConstructor::Own(constructor) => constructor(ids),
            });
        }
        allowed.push(route_method.as_str());
    }
    if allowed.is_empty() {
        return Err(RelayError::new(RelayErrorKind::NotFound));
    }
    allowed.push("OPTIONS");
    let allow = Some(allowed.join(", "));
    Err(RelayError { allow, ..RelayError::new(RelayErrorKind::MethodNotAllowed) })
}

/// Lower case only, so that each process has exactly one spelling.
fn is_canonical_uuid(text: &str) -> bool {
    is_uuid(text) && !text.bytes().any(|b| b.is_ascii_uppercase())
}

fn is_identifier(text: &str) -> bool {
    text.len() <= 128
        && text != "."
        && text != ".."
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~".contains(&b))
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
            let filled = swisscom_sign::request::path::expand(operation, &target.ids()).unwrap();
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
