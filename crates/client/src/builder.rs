//! [`ClientBuilder`]: environment, credentials and limits of a client.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use reqwest::Url;
use secrecy::SecretString;
use swisscom_sign::auth::{ClientAuthentication, ClientCredentials};
use swisscom_sign::contract::Scope;
use swisscom_sign::preflight;
use swisscom_sign::retry::RetryPolicy;
use swisscom_sign::{Error, ErrorKind, Result};

use crate::token::TokenProvider;

const TOKEN_PATH: &str = "/realms/swisscom-public/protocol/openid-connect/token";

/// The platform that a client uses.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Environment {
    /// The vendor's production environment.
    Production,
    /// The vendor's TEST environment.
    Test,
    /// A local sandbox on its default port.
    Sandbox,
    /// Another host.
    Custom {
        /// Base URL of the API, such as `https://sign.swisscom.ch/system`.
        api_url: String,
        /// Token endpoint.
        token_url: String,
    },
}

impl Environment {
    fn urls(&self) -> (String, String) {
        let host = match self {
            Self::Production => "https://sign.swisscom.ch",
            Self::Test => "https://test.sign.swisscom.ch",
            Self::Sandbox => "http://127.0.0.1:8480",
            Self::Custom { api_url, token_url } => return (api_url.clone(), token_url.clone()),
        };
        (format!("{host}/system"), format!("{host}{TOKEN_PATH}"))
    }

    fn preflight(&self) -> preflight::Environment {
        match self {
            Self::Production => preflight::Environment::Production,
            Self::Test => preflight::Environment::Test,
            Self::Sandbox | Self::Custom { .. } => preflight::Environment::Other,
        }
    }
}

/// Configures a [`Client`].
#[derive(Debug)]
#[must_use]
pub struct ClientBuilder {
    environment: Environment,
    credentials: ClientCredentials,
    policy: RetryPolicy,
    timeout: Duration,
    transfer_timeout: Duration,
    http: reqwest::ClientBuilder,
}

impl ClientBuilder {
    /// Client ID and secret, from the Swisscom Sign cockpit or corporate onboarding.
    pub fn credentials(mut self, id: impl Into<String>, secret: impl Into<SecretString>) -> Self {
        self.credentials.client_id = id.into();
        self.credentials.client_secret = secret.into();
        self
    }

    /// Scopes to request; without them, the default scopes of the client.
    pub fn scopes(mut self, scopes: impl IntoIterator<Item = Scope>) -> Self {
        self.credentials.scopes = scopes.into_iter().collect();
        self
    }

    /// How the client authenticates at the token endpoint. Default: in the form.
    pub fn authentication(mut self, authentication: ClientAuthentication) -> Self {
        self.credentials.authentication = authentication;
        self
    }

    /// Maximum number of retries of a call. Default: 2.
    pub fn max_retries(mut self, retries: u32) -> Self {
        self.policy.max_retries = retries;
        self
    }

    /// Timeout of a call with all its retries, except for files. Default: 60 seconds.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Timeout of an upload, or of a download until its last byte. Default: 10 minutes.
    pub fn transfer_timeout(mut self, timeout: Duration) -> Self {
        self.transfer_timeout = timeout;
        self
    }

    /// Configures the HTTP client: proxies, root certificates, addresses. Redirects stay disabled.
    pub fn http(
        mut self,
        configure: impl FnOnce(reqwest::ClientBuilder) -> reqwest::ClientBuilder,
    ) -> Self {
        self.http = configure(self.http);
        self
    }

    /// Creates the client. It needs a Tokio runtime when it is used, and sends nothing before.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidArgument`] for a URL that is not absolute, not HTTPS outside of loopback or
    /// contains more than scheme, host, port and path, for empty credentials, and if the TLS
    /// configuration cannot be used.
    pub fn build(self) -> Result<Client> {
        // Reports empty credentials now instead of at the first call.
        swisscom_sign::auth::build_token_request(&self.credentials)?;
        let (api_url, token_url) = self.environment.urls();
        let api_url = checked_url("api_url", &api_url)?;
        let token_url = checked_url("token_url", &token_url)?;
        // The token must not reach another host.
        let http = self.http.redirect(reqwest::redirect::Policy::none());
        let http = http.build().map_err(|error| {
            Error::new(ErrorKind::InvalidArgument, "invalid HTTP configuration: see the source")
                .with_source(error.without_url())
        })?;
        let tokens = |credentials| TokenProvider::new(http.clone(), token_url.clone(), credentials);
        let list_tokens = self.credentials.scopes.is_empty().then(|| {
            tokens(ClientCredentials { scopes: vec![Scope::ReadAll], ..self.credentials.clone() })
        });
        let inner = ClientState {
            api_url,
            environment: self.environment.preflight(),
            policy: self.policy,
            timeout: self.timeout,
            transfer_timeout: self.transfer_timeout,
            tokens: tokens(self.credentials),
            list_tokens,
            http,
            started: Instant::now(),
        };
        Ok(Client { inner: Arc::new(inner) })
    }
}

/// Checks a URL to which tokens and secrets are sent, and removes trailing slashes.
fn checked_url(name: &str, text: &str) -> Result<String> {
    let invalid = |reason: &str| {
        let message = format!("invalid `{name}`: {reason}");
        Err(Error::new(ErrorKind::InvalidArgument, message))
    };
    let Ok(url) = Url::parse(text) else { return invalid("expected an absolute URL") };
    let loopback = match url.host_str() {
        Some("localhost" | "[::1]") => true,
        Some(host) => host.parse().is_ok_and(|ip: std::net::Ipv4Addr| ip.is_loopback()),
        None => return invalid("the URL has no host"),
    };
    match url.scheme() {
        "https" => {}
        "http" if loopback => {}
        _ => return invalid("use https, because tokens are sent there"),
    }
    let has_credentials = !url.username().is_empty() || url.password().is_some();
    if has_credentials || url.query().is_some() || url.fragment().is_some() {
        return invalid("the URL must not contain credentials, a query or a fragment");
    }
    Ok(url.as_str().trim_end_matches('/').to_owned())
}

pub(crate) struct ClientState {
    pub(crate) http: reqwest::Client,
    pub(crate) api_url: String,
    pub(crate) environment: preflight::Environment,
    pub(crate) policy: RetryPolicy,
    pub(crate) timeout: Duration,
    pub(crate) transfer_timeout: Duration,
    pub(crate) tokens: Arc<TokenProvider>,
    /// Tokens with the scope of the list, used only to look up a create; `None` if the caller has set
    /// the scopes.
    pub(crate) list_tokens: Option<Arc<TokenProvider>>,
    /// Start of the monotonic clock.
    pub(crate) started: Instant,
}

/// Client of one environment. Clones share tokens and connections.
///
/// A call whose future is dropped is abandoned: a write may have been performed nevertheless.
#[derive(Clone)]
pub struct Client {
    pub(crate) inner: Arc<ClientState>,
}

/// Omits credentials and tokens.
impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("api_url", &self.inner.api_url).finish_non_exhaustive()
    }
}

impl Client {
    /// Starts the configuration of a client.
    pub fn builder(environment: Environment) -> ClientBuilder {
        ClientBuilder {
            environment,
            credentials: ClientCredentials {
                client_id: String::new(),
                client_secret: SecretString::from(""),
                scopes: Vec::new(),
                authentication: ClientAuthentication::default(),
            },
            policy: RetryPolicy::default(),
            timeout: Duration::from_secs(60),
            transfer_timeout: Duration::from_secs(600),
            http: reqwest::Client::builder(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sends_secrets_over_https_only() {
        for (url, valid) in [
            ("https://sign.example.com/system/", true),
            ("http://127.0.0.1:8480/system", true),
            ("http://[::1]:8480", true),
            ("http://localhost", true),
            ("http://sign.example.com", false),
            ("http://127.0.0.1.example.com", false),
            ("https://user@sign.example.com", false),
            ("https://sign.example.com/?a", false),
            ("https://sign.example.com/#a", false),
            ("/system", false),
            ("file:///etc", false),
        ] {
            assert_eq!(checked_url("api_url", url).is_ok(), valid, "{url}");
        }
    }

    #[test]
    fn refuses_empty_credentials() {
        let error = Client::builder(Environment::Test).build().unwrap_err();
        assert_eq!(error.kind, ErrorKind::InvalidArgument);
        let builder = Client::builder(Environment::Test).credentials("id", "s3cr3t");
        assert!(!format!("{builder:?}").contains("s3cr3t"));
        assert!(!format!("{:?}", builder.build().unwrap()).contains("s3cr3t"));
    }
}
