//! Stub of a token endpoint with the responses of Keycloak 26.

use std::collections::HashMap;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

use super::{CLIENT_SECRET, status};

pub const PATH: &str = "/realms/swisscom-public/protocol/openid-connect/token";

pub struct KeycloakStubState {
    /// Valid secrets, by client.
    pub clients: HashMap<String, Vec<String>>,
    pub expires_in: u64,
    /// Granted in addition to the requested scopes.
    pub extra_scopes: Vec<String>,
    /// Requested scopes that are not granted.
    pub withheld_scopes: Vec<String>,
    /// Response to each request.
    pub broken: Option<(u16, String)>,
    /// Valid tokens: client and scopes.
    pub tokens: HashMap<String, (String, Vec<String>)>,
    pub jwks: String,
    /// Bodies of all token requests.
    pub requests: Vec<String>,
}

impl KeycloakStubState {
    fn answer(&mut self, path: &str, body: &str) -> (u16, String) {
        self.requests.push(body.to_owned());
        if let Some(broken) = &self.broken {
            return broken.clone();
        }
        let error = |status: u16, code: &str, description: &str| {
            (status, format!(r#"{{"error":"{code}","error_description":"{description}"}}"#))
        };
        if path != PATH {
            return (404, r#"{"error":"Realm does not exist"}"#.into());
        }
        let form: Vec<(String, String)> =
            url::form_urlencoded::parse(body.as_bytes()).into_owned().collect();
        let mut names: Vec<_> = form.iter().map(|(name, _)| name).collect();
        names.sort_unstable();
        if names.windows(2).any(|pair| pair[0] == pair[1]) {
            return error(400, "invalid_request", "duplicated parameter");
        }
        let get = |name: &str| form.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str());
        match get("grant_type") {
            None => return error(400, "invalid_request", "Missing form parameter: grant_type"),
            Some("client_credentials") => {}
            Some(_) => return error(400, "unsupported_grant_type", "Unsupported grant_type"),
        }
        let Some(client) = get("client_id") else {
            return error(400, "invalid_client", "Missing client_id parameter");
        };
        let refused = "Invalid client or Invalid client credentials";
        let Some(secrets) = self.clients.get(client) else {
            return error(401, "invalid_client", refused);
        };
        if !secrets.iter().any(|secret| Some(secret.as_str()) == get("client_secret")) {
            return error(401, "unauthorized_client", refused);
        }
        let mut scopes: Vec<String> =
            get("scope").unwrap_or_default().split_whitespace().map(str::to_owned).collect();
        if let Some(unknown) = scopes.iter().find(|scope| !scope.starts_with("sswp:process:")) {
            return error(400, "invalid_scope", &format!("Invalid scopes: {unknown}"));
        }
        scopes.retain(|scope| !self.withheld_scopes.contains(scope));
        scopes.extend(self.extra_scopes.iter().cloned());
        let token = format!("canary-token-{}", self.requests.len());
        self.tokens.insert(token.clone(), (client.to_owned(), scopes.clone()));
        let (expires_in, scope) = (self.expires_in, scopes.join(" "));
        (
            200,
            format!(
                r#"{{"access_token":"{token}","expires_in":{expires_in},"refresh_expires_in":0,"token_type":"Bearer","not-before-policy":0,"scope":"{scope}"}}"#
            ),
        )
    }
}

#[derive(Clone)]
pub struct Keycloak {
    pub address: SocketAddr,
    state: Arc<Mutex<KeycloakStubState>>,
}

impl Keycloak {
    pub async fn start() -> Self {
        let state = KeycloakStubState {
            clients: HashMap::from([("client".to_owned(), vec![CLIENT_SECRET.to_owned()])]),
            expires_in: 300,
            extra_scopes: Vec::new(),
            withheld_scopes: Vec::new(),
            broken: None,
            jwks: String::new(),
            tokens: HashMap::new(),
            requests: Vec::new(),
        };
        let state = Arc::new(Mutex::new(state));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let of = Arc::clone(&state);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let of = Arc::clone(&of);
                let service = service_fn(move |request| serve(Arc::clone(&of), request));
                tokio::spawn(
                    hyper::server::conn::http1::Builder::new()
                        .serve_connection(TokioIo::new(stream), service),
                );
            }
        });
        Self { address, state }
    }

    pub fn url(&self) -> String {
        format!("http://{}{PATH}", self.address)
    }

    pub fn state(&self) -> Arc<Mutex<KeycloakStubState>> {
        Arc::clone(&self.state)
    }

    pub fn set(&self, change: impl FnOnce(&mut KeycloakStubState)) {
        change(&mut self.state.lock().unwrap());
    }

    pub fn requests(&self) -> Vec<String> {
        self.state.lock().unwrap().requests.clone()
    }
}

async fn serve(
    state: Arc<Mutex<KeycloakStubState>>,
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let (parts, body) = request.into_parts();
    if parts.method == http::Method::GET {
        let keys = state.lock().unwrap().jwks.clone();
        return Ok(Response::new(Full::new(Bytes::from(keys))));
    }
    let body = body.collect().await.unwrap().to_bytes();
    let body = String::from_utf8(body.to_vec()).unwrap();
    assert_eq!(parts.headers["content-type"], "application/x-www-form-urlencoded");
    let (code, answer) = state.lock().unwrap().answer(parts.uri.path(), &body);
    let mut response = Response::new(Full::new(Bytes::from(answer)));
    *response.status_mut() = status(code);
    for (name, value) in [
        ("cache-control", "no-store"),
        ("pragma", "no-cache"),
        ("content-type", "application/json"),
    ] {
        response.headers_mut().insert(name, value.parse().unwrap());
    }
    Ok(response)
}
