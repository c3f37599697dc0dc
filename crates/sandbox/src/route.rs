//! Routing of requests to routers and operations. The operations are those of the core's table.

use swisscom_sign::contract::Operation;
use swisscom_sign::request::path::match_template;

use crate::http::HttpRequest;
use crate::paths::{
    API_PREFIX, CONTROL_PREFIX, PAGES_PREFIX, REALMS_PREFIX, is_below, is_token_path,
};

/// Router of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Route {
    /// The API.
    Api(RouteMatch),
    /// The token endpoint.
    Token,
    /// Another path of the identity provider.
    Realm,
    /// The control API.
    Control,
    /// The pages, and every unknown path.
    Page,
    /// An unknown path that would be this operation below the base path of the API.
    WrongBasePath(String),
}

impl Route {
    /// Routes a request.
    pub fn of(request: &HttpRequest) -> Self {
        if is_below(request, API_PREFIX) {
            Self::Api(find(request))
        } else if is_token_path(request) {
            Self::Token
        } else if is_below(request, REALMS_PREFIX) {
            Self::Realm
        } else if is_below(request, CONTROL_PREFIX) {
            Self::Control
        } else if is_page_path(request) {
            Self::Page
        } else {
            wrong_base_path(request).map_or(Self::Page, Self::WrongBasePath)
        }
    }

    /// Operation of the contract, if the path and the method are those of one.
    pub(crate) fn operation(&self) -> Option<&OperationRoute> {
        match self {
            Self::Api(RouteMatch::Found(route)) => Some(route),
            _ => None,
        }
    }
}

/// Whether the pages serve this path.
pub(crate) fn is_page_path(request: &HttpRequest) -> bool {
    request.path == "/" || request.path.starts_with(PAGES_PREFIX)
}

/// Operation of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RouteMatch {
    /// An operation.
    Found(OperationRoute),
    /// The path exists with these methods only.
    OtherMethod(String),
    /// The API does not have this path.
    Nowhere,
}

/// Operation with the parameters of its path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OperationRoute {
    /// The operation.
    pub operation: Operation,
    /// Name and decoded value of each parameter.
    parameters: Vec<(&'static str, String)>,
}

impl OperationRoute {
    /// Value of a path parameter.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|(n, _)| *n == name).map(|(_, value)| value.as_str())
    }
}

/// Finds the operation.
pub fn find(request: &HttpRequest) -> RouteMatch {
    let Some(segments) = request.segments(API_PREFIX) else { return RouteMatch::Nowhere };
    let method = request.effective_method();
    let mut others = Vec::new();
    for operation in Operation::ALL {
        let spec = operation.spec();
        let found = match_template(spec.path, segments.iter().map(String::as_str));
        let Some(parameters) = found else { continue };
        if spec.method.as_str() == method {
            let owned = parameters.into_iter().map(|(name, value)| (name, value.to_owned()));
            return RouteMatch::Found(OperationRoute { operation, parameters: owned.collect() });
        }
        others.push(spec.method.as_str());
    }
    if others.is_empty() { RouteMatch::Nowhere } else { RouteMatch::OtherMethod(others.join(", ")) }
}

/// Path below [`API_PREFIX`] of the operation that a request with a wrong base path, or without `/api`,
/// probably intends.
pub(crate) fn wrong_base_path(request: &HttpRequest) -> Option<String> {
    let segments = request.segments("")?;
    let known = |rest: &[String]| {
        Operation::ALL.into_iter().any(|operation| {
            match_template(operation.spec().path, rest.iter().map(String::as_str)).is_some()
        })
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
    fn rejects_unknown_paths_and_methods() {
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
        let meant = |path: &str| {
            wrong_base_path(&HttpRequest { path: path.into(), ..HttpRequest::default() })
        };
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
