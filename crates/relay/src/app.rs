//! State of a running relay, built from a validated configuration.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use secrecy::ExposeSecret;
use swisscom_sign::auth::ClientAuthentication;
use swisscom_sign::contract::Scope;

use crate::auth::Authenticator;
use crate::auth::introspect::IntrospectionClient;
use crate::auth::jwks::{JwksCache, JwksError, MAX_BYTES};
use crate::auth::jwt::{JwtVerifier, TokenIssuer};
use crate::auth::ticket::TicketKeys;
use crate::caller::{OwnerHash, Principal};
use crate::config::{ClientAuthMethod, OwnerKeyConfig, RelayConfig, TenantConfig};
use crate::cors::AllowedOrigins;
use crate::error::{RelayError, RelayErrorKind, RelayResult};
use crate::idempotency::IdempotencyStore;
use crate::limit::concurrency::{ConcurrencyLimiter, ConcurrencyLimits};
use crate::limit::redis_limit::SharedRateLimit;
use crate::owner::index::OwnedProcessIndex;
use crate::owner::{OwnerCache, OwnerTagKeys};
use crate::proxies::TrustedProxies;
use crate::redis::RedisClient;
use crate::start_error::{StartError, report};
use crate::telemetry::metrics::Metrics;
use crate::token::client_credentials::{ClientCredentialsFetcher, TokenEndpoint};
use crate::token::{ClockPair, TokenHealth, TokenSource};
use crate::upstream::client::HttpClient;
use crate::upstream::platform::PlatformClient;

#[derive(Debug)]
pub(crate) struct AppState {
    pub(crate) config: RelayConfig,
    pub(crate) auth: Authenticator,
    pub(crate) origins: AllowedOrigins,
    pub(crate) proxies: TrustedProxies,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) owners: OwnerCache,
    pub(crate) idempotency: IdempotencyStore,
    pub(crate) limits: CallerLimits,
    concurrency: ConcurrencyLimits,
    /// Of the issuers with a `jwks_url`.
    issuer_keys: Vec<(String, Arc<JwksCache>)>,
    pub(crate) redis: Option<Arc<RedisClient>>,
    pub(crate) own_index: Option<OwnedProcessIndex>,
    tenants: HashMap<String, Arc<TenantContext>>,
    /// Credential of all users, unless tenants are configured.
    default_tenant: Option<Arc<TenantContext>>,
    draining: AtomicBool,
}

#[derive(Debug)]
pub(crate) struct CallerLimits {
    pub(crate) ip: SharedRateLimit<IpAddr>,
    pub(crate) user: SharedRateLimit<OwnerHash>,
    pub(crate) create: SharedRateLimit<OwnerHash>,
    pub(crate) uploads: ConcurrencyLimiter<OwnerHash>,
    pub(crate) downloads: ConcurrencyLimiter<OwnerHash>,
}

/// Credential, token and limits of one tenant; nothing is shared between tenants.
#[derive(Debug)]
pub(crate) struct TenantContext {
    pub(crate) platform: PlatformClient,
    pub(crate) owner_keys: OwnerTagKeys,
    /// Limit of all callers of the tenant together.
    pub(crate) limit: Option<SharedRateLimit<()>>,
    http: Arc<HttpClient>,
    endpoint: TokenEndpoint,
    first_token_timeout: Duration,
    metrics: Arc<Metrics>,
    token: OnceLock<TokenSource>,
    /// Separate, so that no other call has the scope `read:all`.
    list_token: OnceLock<TokenSource>,
    /// Tokens for `POST /relay/token`, by scopes.
    tokens_by_scopes: Mutex<HashMap<Vec<Scope>, Arc<TokenSource>>>,
}

impl TenantContext {
    fn source(&self, scopes: Vec<Scope>, exact: bool) -> TokenSource {
        let (http, endpoint) = (Arc::clone(&self.http), self.endpoint.clone());
        let fetcher =
            ClientCredentialsFetcher::new(http, endpoint, scopes, exact, Arc::clone(&self.metrics));
        TokenSource::start(Arc::new(fetcher), ClockPair::system(), self.first_token_timeout)
    }

    pub(crate) fn token(&self) -> &TokenSource {
        self.token.get_or_init(|| self.source(vec![Scope::Create, Scope::Read], false))
    }

    pub(crate) fn list_token(&self) -> &TokenSource {
        self.list_token.get_or_init(|| self.source(vec![Scope::ReadAll], false))
    }

    /// Token with exactly these scopes.
    pub(crate) fn token_with_scopes(&self, scopes: &[Scope]) -> RelayResult<Arc<TokenSource>> {
        let mut tokens =
            self.tokens_by_scopes.lock().map_err(|_| RelayError::new(RelayErrorKind::Internal))?;
        let new = || Arc::new(self.source(scopes.to_vec(), true));
        Ok(Arc::clone(tokens.entry(scopes.to_vec()).or_insert_with(new)))
    }
}

impl AppState {
    /// Needs a tokio runtime, and a configuration that [`crate::config::validate::validate`]
    /// accepts.
    pub(crate) fn from_config(config: RelayConfig) -> Result<Arc<Self>, StartError> {
        let metrics = Arc::new(Metrics::default());
        let upstream = &config.upstream;
        let http = Arc::new(HttpClient::new(
            upstream.connect_timeout.0,
            upstream.ca_file.as_deref(),
            upstream.allow_http_loopback,
            Arc::clone(&metrics),
        )?);
        let keys = owner_keys(&config.owner.keys)?;
        let concurrency = ConcurrencyLimits::new(upstream);
        let general = TenantConfig {
            client_id: config.oauth.client_id.clone(),
            client_secret: config.oauth.client_secret.clone(),
            client_secret_next: config.oauth.client_secret_next.clone(),
            ..TenantConfig::default()
        };
        let redis = match &config.redis {
            None => None,
            Some(redis) => Some(RedisClient::connect(
                redis,
                |label| keys.derive_shared_key(label),
                Arc::clone(&metrics),
            )?),
        };
        let tenant = |name: &str, tenant: &TenantConfig, keys| {
            let limit = tenant
                .rate
                .map(|rate| SharedRateLimit::new(rate, format!("tenant/{name}"), redis.as_ref()));
            tenant_of(&config, tenant, keys, limit, &http, &concurrency, &metrics)
        };
        let mut tenants = HashMap::new();
        for (name, tenant_config) in &config.tenant {
            let tenant_keys = match tenant_config.owner_keys.as_slice() {
                [] => keys.for_tenant(name),
                configured => owner_keys(configured)?,
            };
            let context = tenant(name, tenant_config, tenant_keys)?;
            tenants.insert(name.clone(), Arc::new(context));
        }
        let tickets = TicketKeys::new(&keys.derive_keys("sign-relay/ticket/v1"));
        let default_tenant = match tenants.is_empty() {
            true => Some(Arc::new(tenant("", &general, keys)?)),
            false => None,
        };
        let mut issuer_keys = Vec::new();
        for issuer in &config.auth.issuer {
            if let Some(url) = &issuer.jwks_url {
                let keys = jwks(&config, &http, url)?;
                // A broken URL is reported before the first caller needs a key.
                keys.prefetch();
                issuer_keys.push((issuer.iss.clone(), keys));
            }
        }
        let auth = authenticator(&config, &http, &issuer_keys, tickets)?;
        let limits = CallerLimits {
            ip: SharedRateLimit::new(config.limits.per_ip, "ip", redis.as_ref()),
            user: SharedRateLimit::new(config.limits.per_user, "user", redis.as_ref()),
            create: SharedRateLimit::new(config.limits.create_per_user, "create", redis.as_ref()),
            uploads: ConcurrencyLimiter::new("uploads", config.limits.uploads_per_user),
            downloads: ConcurrencyLimiter::new("downloads", config.limits.downloads_per_user),
        };
        let tls = config.server.tls_cert_file.is_some();
        let app = Self {
            auth,
            origins: AllowedOrigins::new(
                &config.cors.allowed_origins,
                &config.server.public_hosts,
                tls,
                config.dev,
            ),
            proxies: TrustedProxies::new(&config.server),
            metrics,
            owners: OwnerCache::new(config.owner.cache_entries),
            idempotency: IdempotencyStore::new(
                config.idempotency.max_entries,
                config.idempotency.ttl.0,
                config.longest_create(),
                redis.as_ref(),
            ),
            limits,
            concurrency,
            issuer_keys,
            own_index: redis.as_ref().map(|redis| {
                let ttl = config.redis.as_ref().map(|redis| redis.list_cache_ttl.0);
                OwnedProcessIndex::new(Arc::clone(redis), ttl.unwrap_or_default())
            }),
            redis,
            tenants,
            default_tenant,
            draining: AtomicBool::new(false),
            config,
        };
        // Fetch the first token before the first request.
        for tenant in app.every_tenant() {
            tenant.token();
        }
        Ok(Arc::new(app))
    }

    fn every_tenant(&self) -> impl Iterator<Item = &Arc<TenantContext>> {
        self.tenants.values().chain(&self.default_tenant)
    }

    pub(crate) async fn tenant(&self, caller: &Principal) -> RelayResult<&Arc<TenantContext>> {
        let tenant = match (&self.default_tenant, &caller.tenant) {
            (Some(default_tenant), _) => Some(default_tenant),
            (None, Some(name)) => self.tenants.get(name),
            (None, None) => None,
        };
        let tenant = tenant.ok_or_else(|| RelayError::new(RelayErrorKind::TenantUnknown))?;
        if let Some(limit) = &tenant.limit {
            limit.check_and_count(&()).await?;
        }
        Ok(tenant)
    }

    pub(crate) fn drain(&self) {
        self.draining.store(true, Ordering::SeqCst);
    }

    pub(crate) fn is_draining(&self) -> bool {
        self.draining.load(Ordering::SeqCst)
    }

    /// Updates the gauges that are only computed when metrics are read.
    pub(crate) fn update_metrics(&self) {
        let _updates_expiry = self.not_ready_reason();
        for limit in self.concurrency.all() {
            self.metrics.concurrency(limit.kind, limit.in_use(), limit.max);
        }
        let default_tenant = self.default_tenant.iter().map(|tenant| ("", tenant));
        let tenants = self.tenants.iter().map(|(name, tenant)| (name.as_str(), tenant));
        for (name, tenant) in tenants.chain(default_tenant) {
            let sources = [("calls", tenant.token.get()), ("lists", tenant.list_token.get())];
            for (purpose, source) in sources {
                if let Some(source) = source {
                    self.metrics.token(name, purpose, source.reading());
                }
            }
        }
    }

    /// State and body of `/readyz`: one line for each restriction. The relay is still ready without Redis,
    /// and at a concurrency limit: a load balancer that removes a busy replica overloads the others.
    pub(crate) fn readiness(&self) -> (bool, String) {
        let reason = self.not_ready_reason();
        let mut body = format!("{}\n", reason.unwrap_or("ready"));
        for (issuer, keys) in &self.issuer_keys {
            if let Some(failure) = keys.failure() {
                body.push_str(&format!(
                    "keys of the issuer {issuer} unavailable: {}\n",
                    report(&failure)
                ));
            }
        }
        if self.redis.as_ref().is_some_and(|redis| !redis.is_connected()) {
            body.push_str(
                "Redis unavailable: rate limits and idempotency keys are local to this replica\n",
            );
        }
        for limit in self.concurrency.all() {
            let (in_use, max, kind) = (limit.in_use(), limit.max, limit.kind);
            if in_use >= max {
                body.push_str(&format!("overloaded: {in_use} of {max} {kind} in progress\n"));
            }
        }
        (reason.is_none(), body)
    }

    fn not_ready_reason(&self) -> Option<&'static str> {
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
        if left.is_none() {
            return Some("no token");
        }
        let needs_keys = self.issuer_keys.len() == self.config.auth.issuer.len();
        let has_keys = self.issuer_keys.iter().any(|(_, keys)| keys.has_keys());
        (needs_keys && !has_keys).then_some("no keys of any issuer")
    }
}

fn owner_keys(keys: &[OwnerKeyConfig]) -> Result<OwnerTagKeys, StartError> {
    let read: Vec<_> = keys
        .iter()
        .map(|key| key.secret.read().map(|secret| (key.kid, secret)))
        .collect::<Result<_, _>>()?;
    Ok(OwnerTagKeys::new(read.iter().map(|(kid, key)| (*kid, key.expose_secret().as_bytes()))))
}

fn tenant_of(
    config: &RelayConfig,
    tenant: &TenantConfig,
    owner_keys: OwnerTagKeys,
    limit: Option<SharedRateLimit<()>>,
    http: &Arc<HttpClient>,
    concurrency: &ConcurrencyLimits,
    metrics: &Arc<Metrics>,
) -> Result<TenantContext, StartError> {
    let url = tenant.token_url.as_ref().unwrap_or(&config.oauth.token_url);
    let missing = || "missing client_id or client_secret";
    let endpoint = TokenEndpoint {
        url: url
            .parse()
            .map_err(|error| StartError::with_source(format!("invalid URL `{url}`"), error))?,
        client_id: tenant.client_id.clone().ok_or_else(missing)?,
        secrets: [
            Some(tenant.client_secret.clone().ok_or_else(missing)?),
            tenant.client_secret_next.clone(),
        ]
        .into_iter()
        .flatten()
        .collect(),
        authentication: match config.oauth.token_endpoint_auth_method {
            ClientAuthMethod::ClientSecretPost => ClientAuthentication::Post,
            ClientAuthMethod::ClientSecretBasic => ClientAuthentication::Basic,
        },
        timeout: config.oauth.request_timeout.0,
    };
    Ok(TenantContext {
        platform: PlatformClient::new(
            Arc::clone(http),
            tenant.base_url.as_ref().unwrap_or(&config.upstream.base_url),
            config.upstream.response_header_timeout.0,
            config.server.body_timeout.0,
            concurrency,
            Arc::clone(metrics),
        )?,
        owner_keys,
        limit,
        http: Arc::clone(http),
        endpoint,
        first_token_timeout: config.oauth.first_token_timeout.0,
        metrics: Arc::clone(metrics),
        token: OnceLock::new(),
        list_token: OnceLock::new(),
        tokens_by_scopes: Mutex::default(),
    })
}

fn authenticator(
    config: &RelayConfig,
    http: &Arc<HttpClient>,
    issuer_keys: &[(String, Arc<JwksCache>)],
    tickets: TicketKeys,
) -> Result<Authenticator, StartError> {
    let issuers = config
        .auth
        .issuer
        .iter()
        .filter(|issuer| issuer.introspection_url.is_none())
        .map(|issuer| {
            let jwks = issuer_keys.iter().find(|(iss, _)| *iss == issuer.iss);
            TokenIssuer::new(issuer.clone(), jwks.map(|(_, keys)| Arc::clone(keys)))
        })
        .collect::<Result<_, StartError>>()?;
    let introspected = config.auth.issuer.iter().find(|issuer| issuer.introspection_url.is_some());
    let introspection = introspected
        .map(|issuer| {
            IntrospectionClient::new(
                issuer.clone(),
                Arc::clone(http),
                config.oauth.request_timeout.0,
            )
        })
        .transpose()?;
    Ok(Authenticator::new(
        JwtVerifier::new(issuers),
        introspection,
        tickets,
        config.auth.cache_entries,
    ))
}

fn jwks(
    config: &RelayConfig,
    http: &Arc<HttpClient>,
    url: &str,
) -> Result<Arc<JwksCache>, StartError> {
    let uri: http::Uri = url
        .parse()
        .map_err(|error| StartError::with_source(format!("invalid URL `{url}`"), error))?;
    let (http, timeout) = (Arc::clone(http), config.oauth.request_timeout.0);
    Ok(Arc::new(JwksCache::new(Box::new(move || {
        let (http, uri) = (Arc::clone(&http), uri.clone());
        Box::pin(async move {
            let mut headers = http::HeaderMap::new();
            headers
                .insert(http::header::ACCEPT, http::HeaderValue::from_static("application/json"));
            let response = http
                .fetch(http::Method::GET, &uri, headers, bytes::Bytes::new(), MAX_BYTES, timeout)
                .await?;
            match response.status.as_u16() {
                200 => Ok(response.body),
                status => Err(JwksError::Status(status)),
            }
        })
    }))))
}
