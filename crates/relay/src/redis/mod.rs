//! State that replicas share if `[redis]` is configured (Redis or Valkey): rate limits, idempotent
//! responses, and an index of processes by owner. All of it is optional: ownership is stored in the
//! processes, and each user of this module has a fallback.
//!
//! Circuit breaker: the first command that fails, or the probe that runs each second, opens it, and
//! only a successful probe closes it, so an outage delays a request by one timeout at most. Keys are
//! HMACs and responses are encrypted, so Redis contains neither addresses nor names.

mod cipher;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use redis::{Client, FromRedisValue, Script};
use secrecy::ExposeSecret;
use tokio::sync::Semaphore;
use tokio::time::Instant;

use crate::config::RedisConfig as Config;
use crate::start_error::StartError;
use crate::telemetry::metrics::Metrics;
pub(crate) use cipher::ResponseCipher;

/// Also the interval between two attempts of a queued write.
const PROBE_INTERVAL: Duration = Duration::from_secs(1);
const MAX_QUEUED_WRITES: usize = 1024;
const UNUSABLE_URL: &str = "invalid URL: expected rediss://:PASSWORD@host:6379/0";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RedisUnavailable;

pub(crate) struct RedisClient {
    manager: ConnectionManager,
    timeout: Duration,
    prefix: String,
    hash: hmac::Key,
    cipher: ResponseCipher,
    up: AtomicBool,
    queued_writes: Arc<Semaphore>,
    metrics: Arc<Metrics>,
}

impl std::fmt::Debug for RedisClient {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RedisClient").field("up", &self.is_connected()).finish_non_exhaustive()
    }
}

impl RedisClient {
    /// Reads the URL, without connecting.
    pub(crate) fn open(config: &Config) -> Result<Client, StartError> {
        let url = config.url.as_ref().ok_or("missing redis.url")?.read()?;
        // Without the cause, which contains the URL and its password.
        Ok(Client::open(url.expose_secret()).map_err(|_| UNUSABLE_URL)?)
    }

    /// Connects in the background; needs a tokio runtime. `keys` derives a key for each purpose, which
    /// must be the same on all replicas.
    pub(crate) fn connect(
        config: &Config,
        keys: impl Fn(&str) -> [u8; 32],
        metrics: Arc<Metrics>,
    ) -> Result<Arc<Self>, StartError> {
        let client = Self::open(config)?;
        // Without the cause, which contains the URL and its password.
        let unusable = |_| UNUSABLE_URL;
        let options = ConnectionManagerConfig::new()
            .set_connection_timeout(Some(config.connect_timeout.0))
            .set_response_timeout(Some(config.command_timeout.0))
            // The probe retries on its own.
            .set_number_of_retries(1)
            .set_max_delay(PROBE_INTERVAL);
        let manager = ConnectionManager::new_lazy_with_config(client, options).map_err(unusable)?;
        let redis = Arc::new(Self {
            manager,
            timeout: config.command_timeout.0,
            prefix: config.prefix.clone(),
            hash: hmac::Key::new(hmac::HMAC_SHA256, &keys("sign-relay/redis-key/v1")),
            cipher: ResponseCipher::new(&keys("sign-relay/redis-seal/v1"))?,
            up: AtomicBool::new(true),
            queued_writes: Arc::new(Semaphore::new(MAX_QUEUED_WRITES)),
            metrics,
        });
        redis.metrics.redis_up.set(1);
        tokio::spawn(probe(Arc::downgrade(&redis)));
        Ok(redis)
    }

    /// Whether the last command succeeded.
    pub(crate) fn is_connected(&self) -> bool {
        self.up.load(Ordering::SeqCst)
    }

    pub(crate) fn cipher(&self) -> &ResponseCipher {
        &self.cipher
    }

    /// Key of an entry: its kind in plain text, and an HMAC of the parts.
    pub(crate) fn key(&self, kind: &str, parts: &[&[u8]]) -> String {
        let mut context = hmac::Context::with_key(&self.hash);
        for part in parts {
            context.update(&(part.len() as u64).to_be_bytes());
            context.update(part);
        }
        let hash = URL_SAFE_NO_PAD.encode(context.sign().as_ref());
        format!("{}:{kind}:{hash}", self.prefix)
    }

    /// Runs a script on one key, atomically. Fails at once while the circuit breaker is open, and
    /// within the timeout otherwise; after a timeout the script may still run.
    pub(crate) async fn run<T: FromRedisValue>(
        &self,
        script: &Script,
        key: &str,
        args: &[&[u8]],
    ) -> Result<T, RedisUnavailable> {
        if !self.is_connected() {
            self.metrics.redis("skipped");
            return Err(RedisUnavailable);
        }
        self.call(script, key, args).await
    }

    async fn call<T: FromRedisValue>(
        &self,
        script: &Script,
        key: &str,
        args: &[&[u8]],
    ) -> Result<T, RedisUnavailable> {
        let mut connection = self.manager.clone();
        let mut invocation = script.key(key);
        for arg in args {
            invocation.arg(*arg);
        }
        let answer = tokio::time::timeout(self.timeout, invocation.invoke_async(&mut connection));
        let why = match answer.await {
            Ok(Ok(value)) => {
                self.metrics.redis("ok");
                return Ok(value);
            }
            Ok(Err(error)) => error.category().to_owned(),
            Err(_) => "timeout".to_owned(),
        };
        self.metrics.redis("failed");
        if self.up.swap(false, Ordering::SeqCst) {
            self.metrics.redis_up.set(0);
            tracing::warn!(
                why,
                "Redis unavailable: rate limits and idempotency keys are local to this replica until it \
                 reconnects"
            );
        }
        Err(RedisUnavailable)
    }

    /// Queues a write that the other replicas must see, and retries it until `retry_window` has passed.
    pub(crate) fn run_with_retry(
        self: &Arc<Self>,
        script: &'static Script,
        key: String,
        args: Vec<Vec<u8>>,
        retry_window: Duration,
    ) {
        let kind = key.split(':').nth_back(1).unwrap_or_default().to_owned();
        let Ok(permit) = Arc::clone(&self.queued_writes).try_acquire_owned() else {
            tracing::warn!(kind, "Redis write queue full: dropped a write");
            return;
        };
        let this = Arc::clone(self);
        let expires_at = Instant::now() + retry_window;
        tokio::spawn(async move {
            let _permit = permit;
            let args: Vec<&[u8]> = args.iter().map(Vec::as_slice).collect();
            while this.run::<redis::Value>(script, &key, &args).await.is_err() {
                if Instant::now() >= expires_at {
                    tracing::warn!(kind, ?retry_window, "Redis write timed out: dropped a write");
                    return;
                }
                tokio::time::sleep(PROBE_INTERVAL).await;
            }
        });
    }
}

/// Writes each second: a Redis that is read-only or full is unavailable, too.
async fn probe(redis: Weak<RedisClient>) {
    let script = Script::new("return redis.call('SET', KEYS[1], '1', 'PX', 10000)");
    loop {
        let Some(redis) = redis.upgrade() else { return };
        let key = format!("{}:probe", redis.prefix);
        let answered = redis.call::<redis::Value>(&script, &key, &[]).await.is_ok();
        if answered && !redis.up.swap(true, Ordering::SeqCst) {
            redis.metrics.redis_up.set(1);
            tracing::info!("Redis reconnected");
        }
        drop(redis);
        tokio::time::sleep(PROBE_INTERVAL).await;
    }
}
