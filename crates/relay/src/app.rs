//! Everything that lives as long as the relay: built once from a checked configuration.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use secrecy::ExposeSecret;
use swisscom_sign::auth::ClientAuthentication;
use swisscom_sign::contract::Scope;
use tokio::sync::Semaphore;

use crate::auth::Authenticator;
use crate::auth::introspect::IntrospectionClient;
use crate::auth::jwks::{JwksCache, MAX_BYTES};
use crate::auth::jwt::{JwtVerifier, TokenIssuer};
use crate::auth::ticket::TicketKey;
use crate::caller::{OwnerHash, Principal};
use crate::config::{ClientAuthMethod, OwnerKeyConfig, RelayConfig, TenantConfig};
use crate::cors::AllowedOrigins;
use crate::error::{RelayError, RelayErrorKind, RelayResult};
use crate::idempotency::IdempotencyStore;
use crate::limit::redis_limit::SharedRateLimit;
use crate::owner::index::OwnedProcessIndex;
use crate::owner::{OwnerCache, OwnerTagKeys};
use crate::redis::RedisClient;
use crate::telemetry::metrics::Metrics;
use crate::token::client_credentials::{ClientCredentialsFetcher, TokenEndpoint};
use crate::token::{ClockPair, TokenHealth, TokenSource};
use crate::upstream::client::HttpClient;
use crate::upstream::platform::{ConcurrencyLimits, PlatformClient};

/// The relay's state.
#[derive(Debug)]
pub struct AppState {
    /// The configuration.
    pub config: RelayConfig,
    /// Verifies callers.
    pub auth: Authenticator,
    /// Pages that may call.
    pub origins: AllowedOrigins,
    /// Metrics.
    pub metrics: Arc<Metrics>,
    /// Who owns what, as far as it is remembered.
    pub owners: OwnerCache,
    /// Answers of create under an idempotency key.
    pub idempotency: IdempotencyStore,
    /// Limits.
    pub limits: CallerLimits,
    /// What the replicas share, where it is configured.
    pub redis: Option<Arc<RedisClient>>,
    /// Which processes a caller owns, where there is a Redis.
    pub own_index: Option<OwnedProcessIndex>,
    tenants: HashMap<String, Arc<TenantContext>>,
    /// The one credential for all users, when there are no tenants.
    everybody: Option<Arc<TenantContext>>,
    draining: AtomicBool,
}

/// Rate limits of callers.
#[derive(Debug)]
pub struct CallerLimits {
    /// By address.
    pub ip: SharedRateLimit<IpAddr>,
    /// By caller.
    pub user: SharedRateLimit<OwnerHash>,
    /// Creations, by caller.
    pub create: SharedRateLimit<OwnerHash>,
    /// Uploads under way, by caller.
    pub uploads: ConcurrencyLimiter<OwnerHash>,
}

/// Counts what is under way per key.
#[derive(Debug)]
pub struct ConcurrencyLimiter<K: Hash + Eq> {
    most: usize,
    counts: Arc<Mutex<HashMap<K, usize>>>,
}

/// One of a key's places; given back when dropped.
#[derive(Debug)]
pub struct ConcurrencyPermit<K: Hash + Eq> {
    key: K,
    counts: Arc<Mutex<HashMap<K, usize>>>,
}

impl<K: Hash + Eq + Clone> ConcurrencyLimiter<K> {
    /// At most so many per key.
    pub fn new(most: usize) -> Self {
        Self { most, counts: Arc::default() }
    }

    /// Takes a place.
    ///
    /// # Errors
    /// [`RelayErrorKind::RateLimited`] when all are taken.
    pub fn try_acquire(&self, key: &K) -> RelayResult<ConcurrencyPermit<K>> {
        let mut counts =
            self.counts.lock().map_err(|_| RelayError::new(RelayErrorKind::Internal))?;
        let count = counts.entry(key.clone()).or_insert(0);
        if *count >= self.most {
            return Err(RelayError::new(RelayErrorKind::RateLimited).retry_after(1));
        }
        *count += 1;
        Ok(ConcurrencyPermit { key: key.clone(), counts: Arc::clone(&self.counts) })
    }
}

impl<K: Hash + Eq> Drop for ConcurrencyPermit<K> {
    fn drop(&mut self) {
        if let Ok(mut counts) = self.counts.lock()
            && let Some(count) = counts.get_mut(&self.key)
        {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.key);
            }
        }
    }
}

/// A credential and everything that goes with it; nothing of it is shared between tenants.
#[derive(Debug)]
pub struct TenantContext {
    /// The platform, or the tenant's own host.
    pub platform: PlatformClient,
    /// Keys of its owner tags.
    pub owner_keys: OwnerTagKeys,
    /// Limit of all its callers together.
    pub limit: Option<SharedRateLimit<()>>,
    http: Arc<HttpClient>,
    endpoint: TokenEndpoint,
    wait: Duration,
    metrics: Arc<Metrics>,
    /// For everything but lists.
    token: OnceLock<TokenSource>,
    /// For lists alone: `read:all` never rides on an ordinary call.
    list_token: OnceLock<TokenSource>,
    /// For callers who are handed a token, by scopes.
    exact_tokens: Mutex<HashMap<Vec<Scope>, Arc<TokenSource>>>,
}

impl TenantContext {
    fn source(&self, scopes: Vec<Scope>, exact: bool) -> TokenSource {
        let (http, endpoint) = (Arc::clone(&self.http), self.endpoint.clone());
        let fetcher =
            ClientCredentialsFetcher::new(http, endpoint, scopes, exact, Arc::clone(&self.metrics));
        TokenSource::start(Arc::new(fetcher), ClockPair::system(), self.wait)
    }

    /// The token of ordinary calls.
    pub fn token(&self) -> &TokenSource {
        self.token.get_or_init(|| self.source(vec![Scope::Create, Scope::Read], false))
    }

    /// The token of lists.
    pub fn list_token(&self) -> &TokenSource {
        self.list_token.get_or_init(|| self.source(vec![Scope::ReadAll], false))
    }

    /// A token that is exactly as wide as these scopes.
    ///
    /// # Errors
    /// [`RelayErrorKind::Internal`].
    pub fn token_with_scopes(&self, scopes: &[Scope]) -> RelayResult<Arc<TokenSource>> {
        let mut tokens =
            self.exact_tokens.lock().map_err(|_| RelayError::new(RelayErrorKind::Internal))?;
        let new = || Arc::new(self.source(scopes.to_vec(), true));
        Ok(Arc::clone(tokens.entry(scopes.to_vec()).or_insert_with(new)))
    }
}

impl AppState {
    /// Builds the relay; needs a tokio runtime. The configuration has passed
    /// [`crate::config::validate::validate`].
    ///
    /// # Errors
    /// A sentence that says what cannot be used.
    pub fn from_config(config: RelayConfig) -> std::result::Result<Arc<Self>, String> {
        let metrics = Arc::new(Metrics::default());
        let upstream = &config.upstream;
        let http = Arc::new(HttpClient::new(
            upstream.connect.0,
            upstream.ca_file.as_deref(),
            upstream.allow_http_loopback,
        )?);
        let keys = owner_keys(&config.owner.keys)?;
        let turns = ConcurrencyLimits {
            requests: Arc::new(Semaphore::new(upstream.max_concurrent)),
            uploads: Arc::new(Semaphore::new(upstream.max_uploads)),
        };
        let general = TenantConfig {
            client_id: config.oauth.client_id.clone(),
            client_secret: config.oauth.client_secret.clone(),
            client_secret_next: config.oauth.client_secret_next.clone(),
            ..TenantConfig::default()
        };
        let redis = match &config.redis {
            None => None,
            Some(of) => Some(RedisClient::connect(
                of,
                |label| keys.derive_key(label),
                Arc::clone(&metrics),
            )?),
        };
        let tenant = |name: &str, tenant: &TenantConfig, keys| {
            let limit = tenant
                .rate
                .map(|rate| SharedRateLimit::new(rate, format!("tenant/{name}"), redis.as_ref()));
            tenant_of(&config, tenant, keys, limit, &http, &turns, &metrics)
        };
        let mut tenants = HashMap::new();
        for (name, of) in &config.tenant {
            let own = match of.owner_keys.as_slice() {
                [] => keys.for_tenant(name),
                own => owner_keys(own)?,
            };
            tenants.insert(name.clone(), Arc::new(tenant(name, of, own)?));
        }
        let tickets = TicketKey::new(&keys.derive_key("sign-relay/ticket/v1"));
        let everybody = match tenants.is_empty() {
            true => Some(Arc::new(tenant("", &general, keys)?)),
            false => None,
        };
        let auth = authenticator(&config, &http, tickets)?;
        let limits = CallerLimits {
            ip: SharedRateLimit::new(config.limits.ip, "ip", redis.as_ref()),
            user: SharedRateLimit::new(config.limits.user, "user", redis.as_ref()),
            create: SharedRateLimit::new(config.limits.create, "create", redis.as_ref()),
            uploads: ConcurrencyLimiter::new(config.limits.uploads_per_user),
        };
        let tls = config.server.tls_cert_file.is_some();
        let app = Self {
            auth,
            origins: AllowedOrigins::new(
                &config.cors.origins,
                &config.server.public_hosts,
                tls,
                config.dev,
            ),
            metrics,
            owners: OwnerCache::new(config.owner.cache),
            idempotency: IdempotencyStore::new(
                config.idempotency.entries,
                config.idempotency.lifetime.0,
                longest_create(&config),
                redis.as_ref(),
            ),
            limits,
            own_index: redis.as_ref().map(|redis| {
                let trust = config.redis.as_ref().map(|redis| redis.list_trust.0);
                OwnedProcessIndex::new(Arc::clone(redis), trust.unwrap_or_default())
            }),
            redis,
            tenants,
            everybody,
            draining: AtomicBool::new(false),
            config,
        };
        // The first token is fetched before the first caller comes.
        for tenant in app.every_tenant() {
            tenant.token();
        }
        Ok(Arc::new(app))
    }

    fn every_tenant(&self) -> impl Iterator<Item = &Arc<TenantContext>> {
        self.tenants.values().chain(&self.everybody)
    }

    /// The credential for this caller.
    ///
    /// # Errors
    /// [`RelayErrorKind::TenantUnknown`]; [`RelayErrorKind::RateLimited`] when the tenant's limit is reached.
    pub async fn tenant(&self, caller: &Principal) -> RelayResult<&Arc<TenantContext>> {
        let tenant = match (&self.everybody, &caller.tenant) {
            (Some(everybody), _) => Some(everybody),
            (None, Some(name)) => self.tenants.get(name),
            (None, None) => None,
        };
        let tenant = tenant.ok_or_else(|| RelayError::new(RelayErrorKind::TenantUnknown))?;
        if let Some(limit) = &tenant.limit {
            limit.check_and_count(&()).await?;
        }
        Ok(tenant)
    }

    /// From now on the relay is not ready.
    pub fn drain(&self) {
        self.draining.store(true, Ordering::SeqCst);
    }

    /// Whether the relay is being stopped.
    pub fn is_draining(&self) -> bool {
        self.draining.load(Ordering::SeqCst)
    }

    /// Brings up to date what is measured when it is asked for.
    pub fn update_metrics(&self) {
        let _expires_in = self.not_ready_reason();
        let everybody = self.everybody.iter().map(|tenant| ("", tenant));
        let tenants = self.tenants.iter().map(|(name, tenant)| (name.as_str(), tenant));
        for (name, tenant) in tenants.chain(everybody) {
            let sources = [("calls", tenant.token.get()), ("lists", tenant.list_token.get())];
            for (purpose, source) in sources {
                if let Some(source) = source {
                    self.metrics.token(name, purpose, source.reading());
                }
            }
        }
    }

    /// What `/readyz` says when the relay is ready. A lost Redis is no reason not to be.
    pub fn readiness_body(&self) -> String {
        match &self.redis {
            Some(redis) if !redis.is_connected() => {
                "ready\nredis is lost: limits and idempotency keys are this replica's own\n".into()
            }
            _ => "ready\n".into(),
        }
    }

    /// Why the relay is not ready, if it is not: no token at all, or it is being stopped.
    pub fn not_ready_reason(&self) -> Option<&'static str> {
        if self.is_draining() {
            return Some("draining");
        }
        let mut left = None;
        for tenant in self.every_tenant() {
            if let TokenHealth::Valid(ms) = tenant.token().health() {
                left = left.max(Some(ms));
            }
        }
        let seconds = i64::try_from(left.unwrap_or(0) / 1000).unwrap_or(i64::MAX);
        self.metrics.token_expires_in.set(seconds);
        left.is_none().then_some("no token")
    }
}

/// Longest time of a create: two tries with their waits, and some more.
fn longest_create(config: &RelayConfig) -> Duration {
    2 * (config.oauth.wait.0 + config.upstream.headers.0) + Duration::from_secs(10)
}

fn owner_keys(keys: &[OwnerKeyConfig]) -> std::result::Result<OwnerTagKeys, String> {
    let read: Vec<_> = keys
        .iter()
        .map(|key| key.secret.read().map(|secret| (key.kid, secret)))
        .collect::<std::result::Result<_, _>>()?;
    Ok(OwnerTagKeys::new(read.iter().map(|(kid, key)| (*kid, key.expose_secret().as_bytes()))))
}

fn tenant_of(
    config: &RelayConfig,
    tenant: &TenantConfig,
    owner_keys: OwnerTagKeys,
    limit: Option<SharedRateLimit<()>>,
    http: &Arc<HttpClient>,
    turns: &ConcurrencyLimits,
    metrics: &Arc<Metrics>,
) -> std::result::Result<TenantContext, String> {
    let url = tenant.token_url.as_ref().unwrap_or(&config.oauth.token_url);
    let missing = || "a client ID or secret is missing".to_owned();
    let endpoint = TokenEndpoint {
        url: url.parse().map_err(|_| format!("`{url}` is no URL"))?,
        client_id: tenant.client_id.clone().ok_or_else(missing)?,
        secrets: [
            Some(tenant.client_secret.clone().ok_or_else(missing)?),
            tenant.client_secret_next.clone(),
        ]
        .into_iter()
        .flatten()
        .collect(),
        authentication: match config.oauth.method {
            ClientAuthMethod::ClientSecretPost => ClientAuthentication::Post,
            ClientAuthMethod::ClientSecretBasic => ClientAuthentication::Basic,
        },
        timeout: config.oauth.timeout.0,
    };
    Ok(TenantContext {
        platform: PlatformClient::new(
            Arc::clone(http),
            tenant.base.as_ref().unwrap_or(&config.upstream.base),
            config.upstream.headers.0,
            config.server.body_deadline.0,
            turns,
            Arc::clone(metrics),
        )?,
        owner_keys,
        limit,
        http: Arc::clone(http),
        endpoint,
        wait: config.oauth.wait.0,
        metrics: Arc::clone(metrics),
        token: OnceLock::new(),
        list_token: OnceLock::new(),
        exact_tokens: Mutex::default(),
    })
}

fn authenticator(
    config: &RelayConfig,
    http: &Arc<HttpClient>,
    tickets: TicketKey,
) -> std::result::Result<Authenticator, String> {
    let issuers = config
        .auth
        .issuer
        .iter()
        .filter(|issuer| issuer.introspection_url.is_none())
        .map(|issuer| {
            let jwks = issuer.jwks_url.as_ref().map(|url| jwks(config, http, url)).transpose()?;
            TokenIssuer::new(issuer.clone(), jwks)
        })
        .collect::<std::result::Result<_, String>>()?;
    let opaque = config.auth.issuer.iter().find(|issuer| issuer.introspection_url.is_some());
    let introspection = opaque
        .map(|of| IntrospectionClient::new(of.clone(), Arc::clone(http), config.oauth.timeout.0))
        .transpose()?;
    Ok(Authenticator::new(JwtVerifier::new(issuers), introspection, tickets, config.auth.cache))
}

fn jwks(
    config: &RelayConfig,
    http: &Arc<HttpClient>,
    url: &str,
) -> std::result::Result<Arc<JwksCache>, String> {
    let uri: http::Uri = url.parse().map_err(|_| format!("`{url}` is no URL"))?;
    let (http, timeout) = (Arc::clone(http), config.oauth.timeout.0);
    Ok(Arc::new(JwksCache::new(Box::new(move || {
        let (http, uri) = (Arc::clone(&http), uri.clone());
        Box::pin(async move {
            let mut headers = http::HeaderMap::new();
            headers
                .insert(http::header::ACCEPT, http::HeaderValue::from_static("application/json"));
            let answer = http
                .fetch(http::Method::GET, &uri, headers, bytes::Bytes::new(), MAX_BYTES, timeout)
                .await
                .map_err(|error| format!("{error:?}"))?;
            match answer.status.as_u16() {
                200 => Ok(answer.body),
                status => Err(format!("status {status}")),
            }
        })
    }))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_limited_and_given_back() {
        let uploads = ConcurrencyLimiter::new(1);
        let place = uploads.try_acquire(&"anna").unwrap();
        assert_eq!(uploads.try_acquire(&"anna").unwrap_err().kind, RelayErrorKind::RateLimited);
        assert!(uploads.try_acquire(&"berta").is_ok(), "others are not concerned");
        drop(place);
        assert!(uploads.try_acquire(&"anna").is_ok());
    }
}
