//! Configuration and its defaults. Unknown keys are rejected: a misspelled limit would silently have no
//! effect. [`load`] reads it, [`validate`] checks what the types cannot express.

pub mod ip_range;
pub mod load;
pub mod validate;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Deserializer};

use crate::secret::SecretSource;
pub use ip_range::IpRange;

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
    /// Time until one more request is allowed.
    pub interval: Duration,
    /// Maximum number of requests at once.
    pub burst: u32,
}

impl Rate {
    /// Parses `COUNT/UNIT [burst COUNT]`.
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

/// Kubernetes routes connections to a pod for a moment after it has sent SIGTERM.
fn default_drain_delay() -> ConfigDuration {
    let is_kubernetes = std::env::var_os("KUBERNETES_SERVICE_HOST").is_some();
    if is_kubernetes { seconds(5) } else { seconds(0) }
}

config_section! {
    /// All sections.
    RelayConfig {
        server: ServerConfig = ServerConfig::default(),
        upstream: UpstreamConfig = UpstreamConfig::default(),
        oauth: OauthConfig = OauthConfig::default(),
        auth: AuthConfig = AuthConfig::default(),
        cors: CorsConfig = CorsConfig::default(),
        policy: PolicyConfig = PolicyConfig::default(),
        owner: OwnerConfig = OwnerConfig::default(),
        limits: LimitsConfig = LimitsConfig::default(),
        list: ListConfig = ListConfig::default(),
        token_route: TokenRouteConfig = TokenRouteConfig::default(),
        tickets: TicketsConfig = TicketsConfig::default(),
        idempotency: IdempotencyConfig = IdempotencyConfig::default(),
        redis: Option<RedisConfig> = None,
        log: LogConfig = LogConfig::default(),
        /// Credentials of customer organizations, by the value of the tenant claim. If any is configured,
        /// callers without a known tenant are rejected.
        tenant: BTreeMap<String, TenantConfig> = BTreeMap::new(),
        /// `--dev`: allows origins and return URLs on loopback with any port.
        #[serde(skip)]
        dev: bool = false,
    }
}

impl RelayConfig {
    /// Maximum time to look up whether a create was performed: two reads of the list, and the pauses of
    /// the core.
    pub(crate) fn reconcile_timeout(&self) -> Duration {
        2 * self.upstream.response_header_timeout.0 + Duration::from_secs(12)
    }

    /// Maximum duration of a create: lookups of two earlier attempts, two requests with a token, and a
    /// lookup.
    pub(crate) fn longest_create(&self) -> Duration {
        2 * (self.oauth.first_token_timeout.0 + self.upstream.response_header_timeout.0)
            + 3 * self.reconcile_timeout()
    }
}

config_section! {
    /// Listeners.
    ServerConfig {
        /// Address of the public listener.
        listen: SocketAddr = SocketAddr::from(([127, 0, 0, 1], 8490)),
        /// Address of `/healthz`, `/readyz` and `/metrics`; not for public access.
        admin_listen: SocketAddr = SocketAddr::from(([127, 0, 0, 1], 8491)),
        /// Hosts under which callers reach the relay, with the port unless it is the default port.
        public_hosts: Vec<String> = Vec::new(),
        /// Certificate chain, PEM. Without it the relay serves HTTP, for use behind a TLS proxy.
        tls_cert_file: Option<PathBuf> = None,
        /// Private key, PEM.
        tls_key_file: Option<PathBuf> = None,
        /// Interval at which changes of the two files are looked for; also on SIGHUP.
        tls_reload_interval: ConfigDuration = seconds(30),
        /// Addresses or ranges (CIDR) of proxies whose `X-Forwarded-For` is trusted.
        trusted_proxies: Vec<IpRange> = Vec::new(),
        /// Number of trusted proxies in front of the relay: the position in `X-Forwarded-For`, from the
        /// right.
        trusted_proxy_hops: usize = 1,
        /// Maximum time for the TLS handshake, and for the headers.
        header_timeout: ConfigDuration = seconds(10),
        /// Maximum time between two requests of an HTTP/1.1 connection. Longer than that of the proxy in
        /// front, which would otherwise send a request on a connection that is being closed.
        keep_alive_timeout: ConfigDuration = seconds(75),
        /// Maximum time without progress while a body is read or a response is written.
        body_idle_timeout: ConfigDuration = seconds(30),
        /// Maximum time for a whole body.
        body_timeout: ConfigDuration = seconds(600),
        /// Minimum average rate, in bytes per second, at which a client reads a download, after the first
        /// `body_idle_timeout`; 0 for no minimum.
        min_download_rate: u64 = 16 * 1024,
        /// Maximum number of connections.
        max_connections: usize = 2048,
        /// Maximum number of connections of one IPv4 address or IPv6 /64 network; trusted proxies have no
        /// limit.
        max_connections_per_ip: usize = 256,
        /// Maximum number of headers of a request.
        max_headers: usize = 64,
        /// Maximum size of request line and headers, in bytes.
        max_header_bytes: usize = 16 * 1024,
        /// Time between SIGTERM and the close of the listener, for load balancers to notice. Default: 5s
        /// under Kubernetes, otherwise 0s.
        drain_delay: ConfigDuration = default_drain_delay(),
        /// Maximum time for requests in flight after SIGTERM.
        drain_timeout: ConfigDuration = seconds(120),
    }
}

config_section! {
    /// The platform.
    UpstreamConfig {
        /// Base URL, as in `servers` of the contract.
        base_url: String = "https://sign.swisscom.ch/system".into(),
        connect_timeout: ConfigDuration = seconds(3),
        /// Maximum time until the response headers.
        response_header_timeout: ConfigDuration = seconds(30),
        max_concurrent_requests: usize = 128,
        max_concurrent_uploads: usize = 32,
        max_concurrent_downloads: usize = 64,
        /// Root certificates, PEM; they replace those of the system.
        ca_file: Option<PathBuf> = None,
        /// Allows http to loopback addresses, for the sandbox.
        allow_http_loopback: bool = false,
    }
}

config_section! {
    /// The credentials for the platform.
    OauthConfig {
        token_url: String =
            "https://sign.swisscom.ch/realms/swisscom-public/protocol/openid-connect/token".into(),
        client_id: Option<SecretSource> = None,
        client_secret: Option<SecretSource> = None,
        /// Second secret, which is tried if the first one is rejected, for a rotation.
        client_secret_next: Option<SecretSource> = None,
        /// `client_secret_post` or `client_secret_basic`.
        token_endpoint_auth_method: ClientAuthMethod = ClientAuthMethod::ClientSecretPost,
        /// Maximum time for a token or introspection request.
        request_timeout: ConfigDuration = seconds(10),
        /// Maximum time that a call waits for the first token.
        first_token_timeout: ConfigDuration = seconds(5),
    }
}

/// Client authentication (RFC 6749 section 2.3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClientAuthMethod {
    ClientSecretPost,
    ClientSecretBasic,
}

config_section! {
    /// Authentication of callers.
    AuthConfig {
        issuer: Vec<IssuerConfig> = Vec::new(),
        /// Cookie that can contain the token instead of the `Authorization` header.
        cookie_name: Option<String> = None,
        /// Maximum number of cached tokens.
        cache_entries: usize = 10_000,
    }
}

config_section! {
    /// Issuer of tokens, with exactly one of `jwks_url`, `hs256_secret` and `introspection_url`.
    IssuerConfig {
        /// The `iss` claim.
        iss: String = String::new(),
        /// The `aud` claim.
        aud: String = String::new(),
        /// Public keys (RFC 7517).
        jwks_url: Option<String> = None,
        /// Shared secret of at least 32 bytes.
        hs256_secret: Option<SecretSource> = None,
        /// Introspection endpoint for opaque tokens (RFC 7662); for one issuer at most.
        introspection_url: Option<String> = None,
        /// Client ID of the relay at `introspection_url`.
        client_id: Option<SecretSource> = None,
        /// Client secret of the relay at `introspection_url`.
        client_secret: Option<SecretSource> = None,
        /// Cache time of introspection responses, at most 60s and never beyond the token's expiry. A
        /// revoked session can stay valid for this time.
        cache_ttl: ConfigDuration = seconds(30),
        /// Allowed algorithms; the token does not choose them.
        algs: Vec<String> = Vec::new(),
        /// Tolerance for `exp`, `nbf` and `iat`, at most 300s.
        clock_skew: ConfigDuration = seconds(30),
        /// Claim that identifies the caller.
        subject_claim: String = "sub".into(),
        /// Claim that contains the caller's organization.
        tenant_claim: Option<String> = None,
        /// Claim that contains the caller's e-mail address; ignored without `email_verified: true`.
        email_claim: String = "email".into(),
        /// Claim that contains the caller's mobile number; ignored without `phone_number_verified: true`.
        phone_claim: String = "phone_number".into(),
    }
}

config_section! {
    /// CORS.
    CorsConfig {
        /// Exact origins. The relay's own origin is always allowed.
        allowed_origins: Vec<String> = Vec::new(),
    }
}

/// Participants to which a setting applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PersonScope {
    None,
    #[serde(rename = "self")]
    Own,
    /// All participants of the caller's processes.
    All,
}

config_section! {
    /// Restrictions of what callers may set.
    PolicyConfig {
        /// Allowed origins of `backUrl` and `successUrl`.
        allowed_return_origins: Vec<String> = Vec::new(),
        /// Whether `open` may set `skipAuthorization`. With `all` the application must authenticate all
        /// participants.
        allow_skip_authorization: PersonScope = PersonScope::Own,
        /// Which permanent URLs the response of `release` contains.
        expose_permanent_urls: PersonScope = PersonScope::Own,
        /// Whether a participant is the caller because its `externalIdentifier` is the caller's subject, if
        /// neither address nor mobile number can be compared. The creator of a process chooses identifiers,
        /// so every caller can then act as any participant of its own processes.
        trust_external_identifier: bool = false,
        /// Additional fields that callers may set, as JSON paths such as `teamId`.
        allow_fields: Vec<String> = Vec::new(),
    }
}

config_section! {
    /// Keys of the owner tags.
    OwnerConfig {
        /// The first key signs new tags, all of them verify. To rotate without a failed request: add the new
        /// key at the end, with a higher `kid`; when all replicas have it, move it to the front.
        keys: Vec<OwnerKeyConfig> = Vec::new(),
        /// Key of the property that contains the tag.
        property: String = "relay.owner".into(),
        /// Maximum number of cached ownership checks.
        cache_entries: usize = 100_000,
    }
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OwnerKeyConfig {
    /// Key id, which is part of the tags.
    pub kid: u8,
    /// At least 32 bytes.
    pub secret: SecretSource,
}

config_section! {
    /// Rate limits.
    LimitsConfig {
        /// Requests per address.
        per_ip: Rate = Rate { interval: Duration::from_millis(20), burst: 100 },
        /// Requests per caller.
        per_user: Rate = Rate { interval: Duration::from_millis(100), burst: 40 },
        /// Creates per caller.
        create_per_user: Rate = Rate { interval: Duration::from_secs(2), burst: 30 },
        /// Concurrent uploads per caller.
        uploads_per_user: usize = 2,
        /// Concurrent downloads per caller.
        downloads_per_user: usize = 4,
    }
}

config_section! {
    /// List of the caller's own processes. The platform cannot filter by creator, so the relay scans the
    /// organization's list, with a separate token.
    ListConfig {
        enabled: bool = false,
        /// Maximum number of pages of the platform (20 processes each) that are read for one list.
        max_pages: u32 = 50,
    }
}

config_section! {
    /// `POST /relay/token`: returns an access token of the platform. It is the organization's token, not
    /// the caller's: prefer the relay's routes, or tickets.
    TokenRouteConfig {
        enabled: bool = false,
        /// Scopes that can be requested; never `sswp:process:read:all`.
        scopes: Vec<String> = vec!["sswp:process:read".into()],
    }
}

config_section! {
    /// `POST /relay/tickets`.
    TicketsConfig {
        enabled: bool = true,
        /// Maximum lifetime of a ticket, at most 300s.
        max_ttl: ConfigDuration = seconds(300),
    }
}

config_section! {
    /// `Idempotency-Key` of create.
    IdempotencyConfig {
        /// Maximum number of stored responses.
        max_entries: usize = 10_000,
        /// Time for which a response is replayed.
        ttl: ConfigDuration = seconds(12 * 3600),
    }
}

config_section! {
    /// Redis or Valkey, for state that replicas share: rate limits, idempotency keys, lists.
    RedisConfig {
        /// `rediss://:PASSWORD@host:6379/0`, or `redis://` in a private network; a secret.
        url: Option<SecretSource> = None,
        /// Maximum time for a command, and so the delay of a request if Redis becomes unavailable.
        command_timeout: ConfigDuration = ConfigDuration(Duration::from_millis(100)),
        connect_timeout: ConfigDuration = seconds(1),
        /// Prefix of all keys.
        prefix: String = "sign-relay".into(),
        /// Time for which the list of a caller's processes is read from Redis after a full scan.
        list_cache_ttl: ConfigDuration = seconds(900),
    }
}

config_section! {
    /// Logs.
    LogConfig {
        /// Minimum level, or a list such as `info,swisscom_sign_relay=debug`.
        filter: String = "info".into(),
        /// `json` or `text`.
        format: LogFormat = LogFormat::Json,
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    /// One JSON object per line.
    Json,
    Text,
}

config_section! {
    /// Customer organization with its own credential. Defaults are those of the sections `oauth` and
    /// `upstream`; credentials, keys and limits are never shared.
    TenantConfig {
        token_url: Option<String> = None,
        /// Base URL of a corporate tenant's own host.
        base_url: Option<String> = None,
        client_id: Option<SecretSource> = None,
        client_secret: Option<SecretSource> = None,
        /// Second secret, which is tried if the first one is rejected.
        client_secret_next: Option<SecretSource> = None,
        /// Keys of the owner tags. Default: derived from `owner.keys` for each tenant.
        owner_keys: Vec<OwnerKeyConfig> = Vec::new(),
        /// Requests of all callers of the tenant.
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
        assert_eq!(duration("1h 30m").unwrap().header_timeout.0, Duration::from_secs(5400));
        for wrong in ["", "10", "s", "-1s", "99999999999999999999s"] {
            assert!(duration(wrong).is_err(), "{wrong}");
        }
    }
}
