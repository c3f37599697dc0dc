//! Path -> operation, from the core's table.

use swisscom_sign::contract::Operation;

use super::PREFIX;
use crate::http::HttpRequest;

/// Where a request goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RouteMatch {
    /// To an operation.
    Found(OperationRoute),
    /// To a path that takes other methods: these.
    OtherMethod(String),
    /// Nowhere.
    Nowhere,
}

/// An operation with the parameters of its path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OperationRoute {
    /// The operation.
    pub operation: Operation,
    /// Name and decoded value of each parameter.
    parameters: Vec<(&'static str, String)>,
}

impl OperationRoute {
    /// The value of a parameter.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|(n, _)| *n == name).map(|(_, value)| value.as_str())
    }
}

/// Finds the operation.
pub fn find(request: &HttpRequest) -> RouteMatch {
    let Some(segments) = request.segments(PREFIX) else { return RouteMatch::Nowhere };
    let method = request.answered_as();
    let mut others = Vec::new();
    for operation in Operation::ALL {
        let spec = operation.spec();
        let Some(parameters) = fit(spec.path, &segments) else { continue };
        if spec.method.as_str() == method {
            return RouteMatch::Found(OperationRoute { operation, parameters });
        }
        others.push(spec.method.as_str());
    }
    if others.is_empty() { RouteMatch::Nowhere } else { RouteMatch::OtherMethod(others.join(", ")) }
}

/// The path of an operation that a request would have reached below [`PREFIX`]: its base is a wrong
/// one, or it lacks `/api`.
pub fn misplaced(request: &HttpRequest) -> Option<String> {
    let segments = request.segments("")?;
    let known = |rest: &[String]| {
        Operation::ALL.into_iter().any(|operation| fit(operation.spec().path, rest).is_some())
    };
    (0..segments.len()).find_map(|from| {
        let rest = segments.get(from..)?;
        let mut below = vec!["api".to_owned()];
        below.extend_from_slice(rest);
        let raw: Vec<&str> = request.path.split('/').skip(from + 1).collect();
        let raw = raw.join("/");
        if known(rest) {
            Some(format!("/{raw}"))
        } else {
            known(&below).then(|| format!("/api/{raw}"))
        }
    })
}

fn fit(template: &'static str, segments: &[String]) -> Option<Vec<(&'static str, String)>> {
    let wanted = || template.split('/').skip(1);
    if wanted().count() != segments.len() {
        return None;
    }
    let mut parameters = Vec::new();
    for (wanted, found) in wanted().zip(segments) {
        match wanted.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
            Some(name) if !found.is_empty() => parameters.push((name, found.clone())),
            None if wanted == found => {}
            _ => return None,
        }
    }
    Some(parameters)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(method: &str, path: &str) -> RouteMatch {
        find(&HttpRequest { method: method.into(), path: path.into(), ..HttpRequest::default() })
    }

    #[test]
    fn every_operation_is_found_at_its_own_path() {
        for operation in Operation::ALL {
            let spec = operation.spec();
            let path = spec.path.replace(['{', '}'], "");
            let RouteMatch::Found(route) = at(spec.method.as_str(), &format!("/system{path}"))
            else {
                panic!("{operation} is not found");
            };
            assert_eq!(route.operation, operation);
        }
    }

    #[test]
    fn parameters_are_decoded_once() {
        let RouteMatch::Found(route) = at("GET", "/system/api/process/p/file/file%3Aoffer%252F1")
        else {
            panic!("not found");
        };
        assert_eq!(route.parameter("fileId"), Some("file:offer%2F1"));
    }

    #[test]
    fn elsewhere() {
        assert_eq!(
            at("DELETE", "/system/api/process"),
            RouteMatch::OtherMethod("GET, POST".into())
        );
        for path in [
            "/system/api/process/",
            "/system/api/process/p/",
            "/systemapi/process",
            "/system/api/process/p/nothing",
        ] {
            assert_eq!(at("GET", path), RouteMatch::Nowhere, "{path}");
        }
    }

    #[test]
    fn a_wrong_base_is_told_from_a_wrong_path() {
        let meant =
            |path: &str| misplaced(&HttpRequest { path: path.into(), ..HttpRequest::default() });
        for (path, operation) in [
            ("/api/process", "/api/process"),
            ("/process", "/api/process"),
            ("/system/process/p%2F/release", "/api/process/p%2F/release"),
            ("/system/v1/api/process/p", "/api/process/p"),
            ("//api/process", "/api/process"),
        ] {
            assert_eq!(meant(path).as_deref(), Some(operation), "{path}");
        }
        for path in ["", "/", "/system", "/api", "/api/process/", "/api/process/p/nothing"] {
            assert_eq!(meant(path), None, "{path}");
        }
    }
}
