//! The configuration: what an operator can say, with its defaults. Unknown keys are refused, since
//! a misspelt limit looks like one that was set.
//!
//! - [`load`]: a TOML file, and over it the environment (`RELAY__SERVER__LISTEN=…`).
//! - [`validate`]: what the types cannot say; every problem at once, each with its key.

pub mod load;
pub mod validate;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Deserializer};

use crate::secret::SecretSource;

/// A duration such as `250ms`, `10s`, `5m` or `12h`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConfigDuration(pub Duration);

impl<'de> Deserialize<'de> for ConfigDuration {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        humantime::parse_duration(&text).map(Self).map_err(|_| {
            serde::de::Error::custom(format!(
                "invalid duration `{text}`: expected a value such as `250ms`, `10s`, `5m` or `12h`"
            ))
        })
    }
}

/// A rate: `10/s burst 20`, `30/m`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// Time that one request costs.
    pub interval: Duration,
    /// Requests that may come at once.
    pub burst: u32,
}

impl Rate {
    /// Reads `COUNT/UNIT [burst COUNT]`.
    fn parse(text: &str) -> Option<Self> {
        let mut words = text.split_ascii_whitespace();
        let (count, unit) = words.next()?.split_once('/')?;
        let count: u32 = count.parse().ok().filter(|count| *count > 0)?;
        let unit = match unit {
            "s" => Duration::from_secs(1),
            "m" | "min" => Duration::from_secs(60),
            "h" => Duration::from_secs(3600),
            _ => return None,
        };
        let burst = match (words.next(), words.next(), words.next()) {
            (None, ..) => count,
            (Some("burst"), Some(burst), None) => burst.parse().ok().filter(|b| *b > 0)?,
            _ => return None,
        };
        Some(Self { interval: unit / count, burst })
    }
}

impl<'de> Deserialize<'de> for Rate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| {
            serde::de::Error::custom(format!(
                "invalid rate `{text}`: expected a value such as `10/s burst 20`, `30/m` or `100/h`"
            ))
        })
    }
}

macro_rules! config_section {
    (
        $(#[doc = $doc:literal])*
        $name:ident {
            $( $(#[$meta:meta])* $field:ident : $type:ty = $default:expr ),* $(,)?
        }
    ) => {
        $(#[doc = $doc])*
        #[derive(Debug, Clone, Deserialize)]
        #[serde(deny_unknown_fields, default)]
        pub struct $name {
            $( $(#[$meta])* pub $field: $type, )*
        }

        impl Default for $name {
            fn default() -> Self {
                Self { $( $field: $default, )* }
            }
        }
    };
}

const fn seconds(seconds: u64) -> ConfigDuration {
    ConfigDuration(Duration::from_secs(seconds))
}

config_section! {
    /// The whole configuration.
    RelayConfig {
        /// The public and the admin listener.
        server: ServerConfig = ServerConfig::default(),
        /// The platform.
        upstream: UpstreamConfig = UpstreamConfig::default(),
        /// The credentials for the platform.
        oauth: OauthConfig = OauthConfig::default(),
        /// Who may call the relay.
        auth: AuthConfig = AuthConfig::default(),
        /// Pages that may call the relay.
        cors: CorsConfig = CorsConfig::default(),
        /// What callers may do and set.
        policy: PolicyConfig = PolicyConfig::default(),
        /// Keys of the owner tags.
        owner: OwnerConfig = OwnerConfig::default(),
        /// Rate limits.
        limits: LimitsConfig = LimitsConfig::default(),
        /// The list of a caller's own processes.
        list: ListConfig = ListConfig::default(),
        /// `POST /relay/token`.
        token_mode: TokenRouteConfig = TokenRouteConfig::default(),
        /// `POST /relay/tickets`.
        tickets: TicketsConfig = TicketsConfig::default(),
        /// Repetition of create.
        idempotency: IdempotencyConfig = IdempotencyConfig::default(),
        /// What replicas share.
        redis: Option<RedisConfig> = None,
        /// Logs.
        log: LogConfig = LogConfig::default(),
        /// A credential per customer organization, by the name in the tenant claim. With any of
        /// them, a caller without a known tenant is refused.
        tenant: BTreeMap<String, TenantConfig> = BTreeMap::new(),
        /// A developer's machine: pages and return URLs on loopback are let in, whatever their
        /// port. Not to be had from a file.
        #[serde(skip)]
        dev: bool = false,
    }
}

config_section! {
    /// The public and the admin listener.
    ServerConfig {
        /// Address of the API.
        listen: SocketAddr = SocketAddr::from(([127, 0, 0, 1], 8490)),
        /// Address of `/healthz`, `/readyz` and `/metrics`; not for the public.
        admin: SocketAddr = SocketAddr::from(([127, 0, 0, 1], 8491)),
        /// Names under which callers reach the relay, with the port unless it is the default one.
        public_hosts: Vec<String> = Vec::new(),
        /// Certificate chain, PEM; without it the relay speaks HTTP behind a TLS proxy.
        tls_cert_file: Option<PathBuf> = None,
        /// Private key, PEM.
        tls_key_file: Option<PathBuf> = None,
        /// Addresses of proxies whose `X-Forwarded-For` is believed.
        trusted_proxies: Vec<std::net::IpAddr> = Vec::new(),
        /// How many entries of `X-Forwarded-For`, from the right, trusted proxies have written.
        xff_hops: usize = 1,
        /// Until the headers must be complete, the TLS handshake included.
        header_timeout: ConfigDuration = seconds(10),
        /// Longest silence while a body arrives, and while an answer is being written.
        body_idle: ConfigDuration = seconds(30),
        /// Longest time for a body as a whole.
        body_deadline: ConfigDuration = seconds(600),
        /// Connections at a time.
        max_connections: usize = 4096,
        /// Headers of a request.
        max_headers: usize = 64,
        /// Bytes of request line and headers.
        max_header_bytes: usize = 16 * 1024,
        /// Between the signal to stop and the end of the listener, for load balancers to notice.
        drain_delay: ConfigDuration = seconds(0),
        /// Longest time for what is under way when the relay is stopped.
        drain_timeout: ConfigDuration = seconds(120),
    }
}

config_section! {
    /// The platform.
    UpstreamConfig {
        /// Base URL, as the contract's `servers` has it.
        base: String = "https://sign.swisscom.ch/system".into(),
        /// Longest time for a connection.
        connect: ConfigDuration = seconds(3),
        /// Longest time until an answer begins.
        headers: ConfigDuration = seconds(30),
        /// Requests at a time.
        max_concurrent: usize = 128,
        /// Uploads at a time.
        max_uploads: usize = 32,
        /// Additional root certificates, PEM; they replace the system's.
        ca_file: Option<PathBuf> = None,
        /// Plain http to loopback addresses, for the sandbox.
        allow_http_loopback: bool = false,
    }
}

config_section! {
    /// The credentials for the platform.
    OauthConfig {
        /// The token endpoint.
        token_url: String =
            "https://sign.swisscom.ch/realms/swisscom-public/protocol/openid-connect/token".into(),
        /// Client ID.
        client_id: Option<SecretSource> = None,
        /// Client secret.
        client_secret: Option<SecretSource> = None,
        /// A second secret that is tried when the first is refused, for a rotation.
        client_secret_next: Option<SecretSource> = None,
        /// How the client proves who it is: `client_secret_post` or `client_secret_basic`.
        method: ClientAuthMethod = ClientAuthMethod::ClientSecretPost,
        /// Longest time for an answer of the token endpoint.
        timeout: ConfigDuration = seconds(10),
        /// Longest time that a call waits for the first token.
        wait: ConfigDuration = seconds(5),
    }
}

/// How the client proves who it is (RFC 6749 section 2.3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClientAuthMethod {
    /// In the form.
    ClientSecretPost,
    /// In the `Authorization` header.
    ClientSecretBasic,
}

config_section! {
    /// Who may call the relay.
    AuthConfig {
        /// Issuers of the callers' tokens.
        issuer: Vec<IssuerConfig> = Vec::new(),
        /// Name of a cookie that may hold the token instead of the `Authorization` header.
        cookie: Option<String> = None,
        /// Verified tokens that are remembered.
        cache: usize = 10_000,
    }
}

config_section! {
    /// An issuer of tokens. Exactly one of `jwks_url`, `hs256_secret` and `introspection_url` is set.
    IssuerConfig {
        /// The `iss` claim.
        iss: String = String::new(),
        /// The `aud` claim.
        aud: String = String::new(),
        /// Where the issuer's public keys are (RFC 7517).
        jwks_url: Option<String> = None,
        /// A shared secret of at least 32 bytes.
        hs256_secret: Option<SecretSource> = None,
        /// Where the issuer is asked about opaque tokens (RFC 7662); of one issuer at most.
        introspection_url: Option<String> = None,
        /// Client ID of the relay at `introspection_url`.
        client_id: Option<SecretSource> = None,
        /// Client secret of the relay at `introspection_url`.
        client_secret: Option<SecretSource> = None,
        /// How long an answer of introspection is believed, at most 60s and never beyond the
        /// token's end: so long a session lasts that the issuer has ended.
        remember: ConfigDuration = seconds(30),
        /// Algorithms, of this issuer's configuration and never of the token.
        algs: Vec<String> = Vec::new(),
        /// Clock skew that is forgiven, in seconds.
        leeway_s: u64 = 30,
        /// The claim that names the caller.
        subject_claim: String = "sub".into(),
        /// The claim that names the caller's organization.
        tenant_claim: Option<String> = None,
        /// The claim with the caller's e-mail address; believed with `email_verified: true` only.
        email_claim: String = "email".into(),
    }
}

config_section! {
    /// Pages that may call the relay.
    CorsConfig {
        /// Exact origins. The relay's own origin needs no entry.
        origins: Vec<String> = Vec::new(),
    }
}

/// Whether something is for the caller's own person, for everybody, or for nobody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PersonScope {
    /// For nobody.
    None,
    /// For the caller's own person.
    #[serde(rename = "self")]
    Own,
    /// For every participant of a process of the caller.
    All,
}

config_section! {
    /// What callers may do and set.
    PolicyConfig {
        /// Origins that `backUrl` and `successUrl` may lead to.
        return_origins: Vec<String> = Vec::new(),
        /// `open` with `skipAuthorization`. `all` makes the application vouch for its users.
        allow_skip_authorization: PersonScope = PersonScope::Own,
        /// The permanent URLs in the answer of `release`.
        release_urls: PersonScope = PersonScope::Own,
        /// Fields beside the safe ones that callers may set, as JSON paths such as `teamId`.
        allow_fields: Vec<String> = Vec::new(),
    }
}

config_section! {
    /// Keys of the owner tags.
    OwnerConfig {
        /// The keys; the first one makes new tags, all of them are believed.
        keys: Vec<OwnerKeyConfig> = Vec::new(),
        /// Key of the property that holds the tag.
        property: String = "relay.owner".into(),
        /// Ownerships that are remembered.
        cache: usize = 100_000,
    }
}

/// A key of owner tags.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OwnerKeyConfig {
    /// Its number, 0 to 255, which stands in the tags.
    pub kid: u8,
    /// Its text, at least 32 bytes.
    pub secret: SecretSource,
}

config_section! {
    /// Rate limits.
    LimitsConfig {
        /// Requests of an address.
        ip: Rate = Rate { interval: Duration::from_millis(20), burst: 100 },
        /// Requests of a caller.
        user: Rate = Rate { interval: Duration::from_millis(100), burst: 40 },
        /// Processes that a caller creates.
        create: Rate = Rate { interval: Duration::from_secs(2), burst: 30 },
        /// Uploads of a caller at a time.
        uploads_per_user: usize = 2,
    }
}

config_section! {
    /// The list of a caller's own processes. The platform cannot filter by creator, so the relay
    /// reads the organization's list, with a token of its own, and keeps what bears the owner's tag.
    ListConfig {
        /// Whether the list is served.
        enabled: bool = false,
        /// Pages of 20 that are read for one answer.
        max_pages: u32 = 50,
    }
}

config_section! {
    /// `POST /relay/token`: hands a token of the platform to the caller. A token is the
    /// organization's, not the caller's: prefer the proxy, or tickets.
    TokenRouteConfig {
        /// Whether tokens are handed out.
        enabled: bool = false,
        /// The scopes that may be asked for; never `sswp:process:read:all`.
        scopes: Vec<String> = vec!["sswp:process:read".into()],
    }
}

config_section! {
    /// `POST /relay/tickets`: the relay's own short-lived tickets.
    TicketsConfig {
        /// Whether tickets are given out.
        enabled: bool = true,
        /// Longest life of a ticket, at most 300 s.
        lifetime: ConfigDuration = seconds(300),
    }
}

config_section! {
    /// Repetition of create under an `Idempotency-Key`.
    IdempotencyConfig {
        /// Answers that are remembered.
        entries: usize = 10_000,
        /// For how long.
        lifetime: ConfigDuration = seconds(12 * 3600),
    }
}

config_section! {
    /// Redis or Valkey, for what replicas share: exact limits, idempotency keys, lists. Its loss
    /// is no outage.
    RedisConfig {
        /// `rediss://:PASSWORD@host:6379/0`, or `redis://` in a network of your own; a secret.
        url: Option<SecretSource> = None,
        /// Longest time for an answer; the most that a loss of Redis costs a request.
        timeout: ConfigDuration = ConfigDuration(Duration::from_millis(100)),
        /// Longest time for a connection.
        connect: ConfigDuration = seconds(1),
        /// First part of every key.
        prefix: String = "sign-relay".into(),
        /// How long the own processes of a caller are taken from Redis, after they were last
        /// found in the platform's own list.
        list_trust: ConfigDuration = seconds(900),
    }
}

config_section! {
    /// Logs.
    LogConfig {
        /// Least level, or a list such as `info,swisscom_sign_relay=debug`.
        filter: String = "info".into(),
        /// `json` or `text`.
        format: LogFormat = LogFormat::Json,
    }
}

/// Form of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    /// An object a line.
    Json,
    /// For a terminal.
    Text,
}

config_section! {
    /// A customer organization with its own credential. What is absent is taken from the sections
    /// of the same name; credentials, keys and limits are never shared.
    TenantConfig {
        /// The tenant's token endpoint and credentials.
        token_url: Option<String> = None,
        /// Base URL of a corporate tenant's own host.
        base: Option<String> = None,
        /// Client ID.
        client_id: Option<SecretSource> = None,
        /// Client secret.
        client_secret: Option<SecretSource> = None,
        /// A second secret that is tried when the first is refused.
        client_secret_next: Option<SecretSource> = None,
        /// Keys of the owner tags; absent, they are derived per tenant from the general ones.
        owner_keys: Vec<OwnerKeyConfig> = Vec::new(),
        /// Requests of the tenant as a whole.
        rate: Option<Rate> = None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parses_rates_and_durations() {
        let rate = Rate::parse("10/s burst 20").unwrap();
        assert_eq!((rate.interval, rate.burst), (Duration::from_millis(100), 20));
        assert_eq!(Rate::parse("30/m").unwrap().interval, Duration::from_secs(2));
        for wrong in ["", "10", "0/s", "10/d", "10/s burst", "10/s burst 0", "10/s burst 1 x"] {
            assert!(Rate::parse(wrong).is_none(), "{wrong}");
        }
        let duration =
            |text: &str| toml::from_str::<ServerConfig>(&format!("header_timeout = \"{text}\""));
        assert_eq!(duration("250ms").unwrap().header_timeout.0, Duration::from_millis(250));
        assert_eq!(duration("2m").unwrap().header_timeout.0, Duration::from_secs(120));
        for wrong in ["", "10", "s", "-1s", "1.5s", "99999999999999999999s"] {
            assert!(duration(wrong).is_err(), "{wrong}");
        }
    }
}
