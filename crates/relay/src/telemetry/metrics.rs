//! Prometheus metrics. Labels have a bounded set of values: routes, codes, results.

use std::sync::Mutex;
use std::sync::atomic::{AtomicI64, AtomicU64};
use std::time::Duration;

use prometheus_client::encoding::{EncodeLabelSet, text::encode};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    route: &'static str,
    status: u16,
    code: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ResultLabel {
    result: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ReasonLabel {
    reason: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RouteLabel {
    route: &'static str,
}

/// `kind` is `requests`, `uploads` or `downloads`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct KindLabel {
    kind: &'static str,
}

/// `purpose` is `calls` or `lists`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct TokenLabels {
    tenant: String,
    purpose: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct StateLabels {
    tenant: String,
    purpose: &'static str,
    state: &'static str,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TokenState {
    /// Valid; the last renewal succeeded.
    Fresh,
    /// Valid; the last renewal failed.
    Stale,
    /// Calls are rejected.
    Expired,
    /// No token yet.
    None,
}

impl TokenState {
    const ALL: [Self; 4] = [Self::Fresh, Self::Stale, Self::Expired, Self::None];

    fn name(self) -> &'static str {
        match self {
            Self::Fresh => "fresh",
            Self::Stale => "stale",
            Self::Expired => "expired",
            Self::None => "none",
        }
    }
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct TokenReading {
    /// Number of tokens obtained so far.
    pub(crate) generation: u64,
    pub(crate) waiters: usize,
    pub(crate) state: TokenState,
}

#[derive(Debug)]
pub(crate) struct Metrics {
    registry: Mutex<Registry>,
    requests: Family<RequestLabels, Counter<u64, AtomicU64>>,
    seconds: Family<RouteLabel, Histogram, fn() -> Histogram>,
    refreshes: Family<ResultLabel, Counter<u64, AtomicU64>>,
    refresh_seconds: Histogram,
    upstream_401: Family<ResultLabel, Counter<u64, AtomicU64>>,
    ownership: Family<ResultLabel, Counter<u64, AtomicU64>>,
    reconciliations: Family<ResultLabel, Counter<u64, AtomicU64>>,
    connection_failures: Family<ReasonLabel, Counter<u64, AtomicU64>>,
    downloads: Family<ResultLabel, Counter<u64, AtomicU64>>,
    concurrency: Family<KindLabel, Gauge<i64, AtomicI64>>,
    concurrency_limit: Family<KindLabel, Gauge<i64, AtomicI64>>,
    token_generation: Family<TokenLabels, Gauge<i64, AtomicI64>>,
    token_waiters: Family<TokenLabels, Gauge<i64, AtomicI64>>,
    token_state: Family<StateLabels, Gauge<i64, AtomicI64>>,
    redis: Family<ResultLabel, Counter<u64, AtomicU64>>,
    /// 1 while Redis is available; 0 otherwise, also if it is not configured.
    pub(crate) redis_up: Gauge<i64, AtomicI64>,
    pub(crate) connections: Gauge<i64, AtomicI64>,
    pub(crate) rejected_connections: Counter<u64, AtomicU64>,
    pub(crate) in_flight: Gauge<i64, AtomicI64>,
    /// Seconds until the token expires; 0 without a token.
    pub(crate) token_expires_in: Gauge<i64, AtomicI64>,
}

const BUCKETS: [f64; 10] = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 30.0, 120.0];

fn histogram() -> Histogram {
    Histogram::new(BUCKETS)
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("relay");
        let metrics = Self {
            registry: Mutex::new(Registry::default()),
            requests: Family::default(),
            seconds: Family::new_with_constructor(histogram as fn() -> Histogram),
            refreshes: Family::default(),
            refresh_seconds: histogram(),
            upstream_401: Family::default(),
            ownership: Family::default(),
            reconciliations: Family::default(),
            connection_failures: Family::default(),
            downloads: Family::default(),
            concurrency: Family::default(),
            concurrency_limit: Family::default(),
            token_generation: Family::default(),
            token_waiters: Family::default(),
            token_state: Family::default(),
            redis: Family::default(),
            redis_up: Gauge::default(),
            connections: Gauge::default(),
            rejected_connections: Counter::default(),
            in_flight: Gauge::default(),
            token_expires_in: Gauge::default(),
        };
        registry.register("requests", "Requests by route and outcome", metrics.requests.clone());
        registry.register("request_seconds", "Time to the response", metrics.seconds.clone());
        registry.register("token_refresh", "Token requests", metrics.refreshes.clone());
        registry.register(
            "token_refresh_seconds",
            "Time of token requests",
            metrics.refresh_seconds.clone(),
        );
        registry.register(
            "token_expires_in_seconds",
            "Time until the access token expires",
            metrics.token_expires_in.clone(),
        );
        registry.register(
            "token_generation",
            "Access tokens obtained so far",
            metrics.token_generation.clone(),
        );
        registry.register(
            "token_waiters",
            "Calls that wait for a token",
            metrics.token_waiters.clone(),
        );
        registry.register(
            "token_state",
            "1 for the current state of a token",
            metrics.token_state.clone(),
        );
        registry.register(
            "upstream_401",
            "Access tokens rejected by the platform",
            metrics.upstream_401.clone(),
        );
        registry.register("ownership", "Ownership checks", metrics.ownership.clone());
        registry.register(
            "reconciliations",
            "Lookups of creates whose response was lost",
            metrics.reconciliations.clone(),
        );
        registry.register(
            "connection_failures",
            "Connections to platform, token endpoint and issuers that failed",
            metrics.connection_failures.clone(),
        );
        registry.register("downloads", "Downloads by their end", metrics.downloads.clone());
        registry.register(
            "concurrency",
            "Requests to the platform in progress, by kind",
            metrics.concurrency.clone(),
        );
        registry.register(
            "concurrency_limit",
            "Maximum of relay_concurrency",
            metrics.concurrency_limit.clone(),
        );
        registry.register("redis", "Redis commands", metrics.redis.clone());
        registry.register("redis_up", "Whether Redis is available", metrics.redis_up.clone());
        registry.register("connections", "Open connections", metrics.connections.clone());
        registry.register(
            "rejected_connections",
            "Connections closed because of server.max_connections_per_ip",
            metrics.rejected_connections.clone(),
        );
        registry.register(
            "in_flight",
            "Requests whose response body has not ended",
            metrics.in_flight.clone(),
        );
        Self { registry: Mutex::new(registry), ..metrics }
    }
}

impl Metrics {
    pub(crate) fn request(
        &self,
        route: &'static str,
        status: u16,
        code: &'static str,
        duration: Duration,
    ) {
        self.requests.get_or_create(&RequestLabels { route, status, code }).inc();
        self.seconds.get_or_create(&RouteLabel { route }).observe(duration.as_secs_f64());
    }

    pub(crate) fn token_refresh(&self, result: &'static str, duration: Duration) {
        self.refreshes.get_or_create(&ResultLabel { result }).inc();
        self.refresh_seconds.observe(duration.as_secs_f64());
    }

    pub(crate) fn token(&self, tenant: &str, purpose: &'static str, reading: TokenReading) {
        let labels = TokenLabels { tenant: tenant.to_owned(), purpose };
        let number = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
        self.token_generation.get_or_create(&labels).set(number(reading.generation));
        self.token_waiters.get_or_create(&labels).set(number(reading.waiters as u64));
        for state in TokenState::ALL {
            let labels = StateLabels { tenant: tenant.to_owned(), purpose, state: state.name() };
            self.token_state.get_or_create(&labels).set(i64::from(state == reading.state));
        }
    }

    pub(crate) fn upstream_401(&self, result: &'static str) {
        self.upstream_401.get_or_create(&ResultLabel { result }).inc();
    }

    pub(crate) fn ownership(&self, result: &'static str) {
        self.ownership.get_or_create(&ResultLabel { result }).inc();
    }

    pub(crate) fn connection_failure(&self, reason: &'static str) {
        self.connection_failures.get_or_create(&ReasonLabel { reason }).inc();
    }

    pub(crate) fn reconciliation(&self, result: &'static str) {
        self.reconciliations.get_or_create(&ResultLabel { result }).inc();
    }

    pub(crate) fn download(&self, result: &'static str) {
        self.downloads.get_or_create(&ResultLabel { result }).inc();
    }

    pub(crate) fn concurrency(&self, kind: &'static str, in_use: usize, max: usize) {
        let number = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
        self.concurrency.get_or_create(&KindLabel { kind }).set(number(in_use));
        self.concurrency_limit.get_or_create(&KindLabel { kind }).set(number(max));
    }

    pub(crate) fn redis(&self, result: &'static str) {
        self.redis.get_or_create(&ResultLabel { result }).inc();
    }

    pub(crate) fn text(&self) -> String {
        let mut out = String::new();
        if let Ok(registry) = self.registry.lock() {
            let _written = encode(&mut out, &registry);
        }
        out
    }
}
