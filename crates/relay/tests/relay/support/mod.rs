//! Stubs ([`keycloak`], [`platform`], [`redis`]) and a relay between them.

pub mod keycloak;
pub mod platform;
pub mod redis;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use jsonwebtoken::{EncodingKey, Header};
use serde_json::{Value, json};
use swisscom_sign_relay::config::{
    ConfigDuration, IssuerConfig, OwnerKeyConfig, Rate, RelayConfig,
};
use swisscom_sign_relay::lifecycle::{self, RunningRelay};
use swisscom_sign_relay::secret::SecretSource;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

pub use keycloak::Keycloak;
pub use platform::PlatformStub;

/// Canary secrets: they must not appear in responses, logs and Redis.
pub const CLIENT_SECRET: &str = "canary-client-secret";
pub const OWNER_KEY: &str = "canary-owner-key-0123456789abcdef";
pub const USER_KEY: &str = "canary-user-key-0123456789abcdef0";
pub const HOST: &str = "relay.example";

/// Relay with its stubs.
pub struct RelayHarness {
    pub keycloak: Keycloak,
    pub platform: Arc<PlatformStub>,
    pub relay: RunningRelay,
    pub address: SocketAddr,
    client: Client<HttpConnector, Full<Bytes>>,
}

#[derive(Debug)]
pub struct TestResponse {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl TestResponse {
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("no JSON: {}", self.text()))
    }

    /// Code of an error, or `ok`.
    pub fn code(&self) -> String {
        if self.status < 400 {
            return "ok".into();
        }
        self.json()["code"].as_str().unwrap_or("no code").to_owned()
    }
}

pub fn config(keycloak: &Keycloak, platform: &PlatformStub) -> RelayConfig {
    let mut config = RelayConfig::default();
    config.server.listen = "127.0.0.1:0".parse().unwrap();
    config.server.admin_listen = "127.0.0.1:0".parse().unwrap();
    config.server.public_hosts = vec![HOST.into()];
    config.upstream.base_url = format!("http://{}/system", platform.address);
    config.upstream.allow_http_loopback = true;
    config.oauth.token_url = keycloak.url();
    config.oauth.client_id = Some(SecretSource::value("client"));
    config.oauth.client_secret = Some(SecretSource::value(CLIENT_SECRET));
    config.auth.issuer = vec![IssuerConfig {
        iss: "https://issuer.example".into(),
        aud: "relay".into(),
        hs256_secret: Some(SecretSource::value(USER_KEY)),
        ..IssuerConfig::default()
    }];
    config.owner.keys = vec![OwnerKeyConfig { kid: 1, secret: SecretSource::value(OWNER_KEY) }];
    config.policy.allowed_return_origins = vec!["https://app.example".into()];
    config.cors.allowed_origins = vec!["https://app.example".into()];
    config.list.enabled = true;
    config.oauth.first_token_timeout = ConfigDuration(Duration::from_secs(2));
    let rate = Rate { interval: Duration::from_micros(1), burst: 100_000 };
    config.limits.per_ip = rate;
    config.limits.per_user = rate;
    config.limits.create_per_user = rate;
    config.limits.uploads_per_user = 64;
    config
}

impl RelayHarness {
    pub async fn new() -> Self {
        Self::with(|_| {}).await
    }

    pub async fn with(change: impl FnOnce(&mut RelayConfig)) -> Self {
        let keycloak = Keycloak::start().await;
        let platform = PlatformStub::start(keycloak.state()).await;
        let mut config = config(&keycloak, &platform);
        change(&mut config);
        let wrong = swisscom_sign_relay::config::validate::validate(&config);
        assert!(wrong.is_empty(), "{wrong:?}");
        let relay = start(config).await;
        let address = relay.address;
        let client = Client::builder(TokioExecutor::new()).build(HttpConnector::new());
        Self { keycloak, platform, relay, address, client }
    }

    /// Configuration of another replica.
    pub fn config(&self) -> RelayConfig {
        config(&self.keycloak, &self.platform)
    }

    pub async fn request(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Bytes>,
    ) -> TestResponse {
        self.request_to(self.address, method, path, headers, body).await
    }

    /// A request to another replica.
    pub async fn request_to(
        &self,
        address: SocketAddr,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Bytes>,
    ) -> TestResponse {
        let mut request = Request::new(Full::new(body.into()));
        *request.method_mut() = Method::from_bytes(method.as_bytes()).unwrap();
        *request.uri_mut() = format!("http://{address}{path}").parse().unwrap();
        request.headers_mut().insert("host", HOST.parse().unwrap());
        for (name, value) in headers {
            request.headers_mut().append(
                http::HeaderName::from_bytes(name.as_bytes()).unwrap(),
                value.parse().unwrap(),
            );
        }
        let response = self.client.request(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        TestResponse { status: parts.status.as_u16(), headers: parts.headers, body }
    }

    pub async fn get(&self, user: &str, path: &str) -> TestResponse {
        self.request("GET", path, &[("authorization", &bearer(user))], "").await
    }

    pub async fn post(&self, user: &str, path: &str, body: &Value) -> TestResponse {
        let headers =
            [("authorization", bearer(user)), ("content-type", "application/json".into())];
        let headers: Vec<_> = headers.iter().map(|(n, v)| (*n, v.as_str())).collect();
        self.request("POST", path, &headers, body.to_string()).await
    }

    pub async fn create(&self, user: &str) -> String {
        let reply = self.post(user, "/api/process", &process(user)).await;
        assert_eq!(reply.status, 201, "{}", reply.text());
        reply.json()["id"].as_str().unwrap().to_owned()
    }

    /// Sends raw bytes.
    pub async fn raw(&self, bytes: &[u8]) -> String {
        raw(self.address, bytes).await
    }
}

pub async fn start(config: RelayConfig) -> RunningRelay {
    let bound = lifecycle::bind(config.server.listen, config.server.admin_listen).await.unwrap();
    lifecycle::start(bound, config).unwrap()
}

/// Reads until the connection is closed or idle.
pub async fn raw(address: SocketAddr, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(bytes).await.unwrap();
    let mut answer = Vec::new();
    let mut buffer = [0; 4096];
    while let Ok(Ok(read)) =
        tokio::time::timeout(Duration::from_millis(700), stream.read(&mut buffer)).await
    {
        if read == 0 {
            break;
        }
        answer.extend_from_slice(&buffer[..read]);
    }
    String::from_utf8_lossy(&answer).into_owned()
}

/// Process whose initiator is the user.
pub fn process(user: &str) -> Value {
    json!({
        "initiator": { "type": "SIGNER", "firstName": "A", "lastName": "B", "externalIdentifier": user,
            "email": format!("{user}@example.ch") },
        "invitees": { "signers": [{ "type": "SIGNER", "firstName": "C", "lastName": "D",
            "externalIdentifier": "other", "email": "other@example.ch" }] },
        "properties": [{ "key": "mine", "value": "x" }],
    })
}

pub fn attachment() -> Value {
    json!({ "name": "a.pdf", "contentType": "application/pdf", "content": "JVBERi0xLjc=" })
}

pub fn claims(user: &str) -> Value {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    json!({ "iss": "https://issuer.example", "aud": "relay", "sub": user, "iat": now, "exp": now + 600,
        "email": format!("{user}@example.ch"), "email_verified": true })
}

pub fn sign(claims: &Value) -> String {
    let key = EncodingKey::from_secret(USER_KEY.as_bytes());
    jsonwebtoken::encode(&Header::default(), claims, &key).unwrap()
}

pub fn bearer(user: &str) -> String {
    format!("Bearer {}", sign(&claims(user)))
}

pub fn status(code: u16) -> StatusCode {
    StatusCode::from_u16(code).unwrap()
}
