//! What replicas share when `[redis]` is configured (Redis or Valkey): exact rate limits, answers
//! under idempotency keys, and which processes a caller owns. Never needed: the truth about
//! ownership stands in the processes, and each user of this module knows what to do without it.
//!
//! A Redis that is lost costs no request more than one timeout: the first call that fails, or the
//! probe that runs each second, closes the way, and only a probe opens it again. Keys are keyed
//! hashes and answers are sealed, so that Redis learns neither addresses nor names.
//!
//! - `cipher`: what is stored of an answer.

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
use crate::telemetry::metrics::Metrics;
pub use cipher::ResponseCipher;

/// Between two probes, and between two tries of what must be stored.
const PROBE_INTERVAL: Duration = Duration::from_secs(1);
/// Stores that wait for a lost Redis at a time.
const MAX_QUEUED_WRITES: usize = 1024;

/// Redis did not do what was asked of it; what it would have decided is decided without it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RedisUnavailable;

/// The way to Redis.
pub struct RedisClient {
    manager: ConnectionManager,
    timeout: Duration,
    prefix: String,
    hash: hmac::Key,
    seal: ResponseCipher,
    up: AtomicBool,
    waiting: Arc<Semaphore>,
    metrics: Arc<Metrics>,
}

impl std::fmt::Debug for RedisClient {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Redis").field("up", &self.is_connected()).finish_non_exhaustive()
    }
}

impl RedisClient {
    /// Prepares the connection, which is made in the background; needs a tokio runtime. `keys`
    /// derives a key for each purpose, the same on all replicas.
    ///
    /// # Errors
    /// A sentence, for a URL that cannot be used.
    pub fn connect(
        config: &Config,
        keys: impl Fn(&str) -> [u8; 32],
        metrics: Arc<Metrics>,
    ) -> Result<Arc<Self>, String> {
        let url = config.url.as_ref().ok_or("redis.url is missing")?.read()?;
        // The error would hold the URL, and with it the password.
        let unusable = |_| "redis.url is no URL such as rediss://:PASSWORD@host:6379/0".to_owned();
        let client = Client::open(url.expose_secret()).map_err(unusable)?;
        let options = ConnectionManagerConfig::new()
            .set_connection_timeout(Some(config.connect.0))
            .set_response_timeout(Some(config.timeout.0))
            // The probe tries again by itself.
            .set_number_of_retries(1)
            .set_max_delay(PROBE_INTERVAL);
        let manager = ConnectionManager::new_lazy_with_config(client, options).map_err(unusable)?;
        let redis = Arc::new(Self {
            manager,
            timeout: config.timeout.0,
            prefix: config.prefix.clone(),
            hash: hmac::Key::new(hmac::HMAC_SHA256, &keys("sign-relay/redis-key/v1")),
            seal: ResponseCipher::new(&keys("sign-relay/redis-seal/v1"))?,
            up: AtomicBool::new(true),
            waiting: Arc::new(Semaphore::new(MAX_QUEUED_WRITES)),
            metrics,
        });
        redis.metrics.redis_up.set(1);
        tokio::spawn(probe(Arc::downgrade(&redis)));
        Ok(redis)
    }

    /// Whether it answered when it was last asked.
    pub fn is_connected(&self) -> bool {
        self.up.load(Ordering::SeqCst)
    }

    /// What answers are sealed with.
    pub fn seal(&self) -> &ResponseCipher {
        &self.seal
    }

    /// The key for these parts: of a kind that can be read, and a keyed hash.
    pub fn key(&self, kind: &str, parts: &[&[u8]]) -> String {
        let mut context = hmac::Context::with_key(&self.hash);
        for part in parts {
            context.update(&(part.len() as u64).to_be_bytes());
            context.update(part);
        }
        let hash = URL_SAFE_NO_PAD.encode(context.sign().as_ref());
        format!("{}:{kind}:{hash}", self.prefix)
    }

    /// Runs a script on one key, atomically.
    ///
    /// # Errors
    /// [`Lost`], at once while Redis is known to be lost, else within the timeout. What was asked
    /// may then still happen.
    pub async fn run<T: FromRedisValue>(
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
            Err(_) => "no answer in time".to_owned(),
        };
        self.metrics.redis("failed");
        if self.up.swap(false, Ordering::SeqCst) {
            self.metrics.redis_up.set(0);
            tracing::warn!(
                why,
                "redis is lost: limits and idempotency keys are each replica's own for now"
            );
        }
        Err(RedisUnavailable)
    }

    /// Runs a script as soon as Redis does it, and tries again for so long. For what was decided
    /// and must be known to the other replicas.
    pub fn run_with_retry(
        self: &Arc<Self>,
        script: &'static Script,
        key: String,
        args: Vec<Vec<u8>>,
        patience: Duration,
    ) {
        let Ok(place) = Arc::clone(&self.waiting).try_acquire_owned() else {
            tracing::warn!("too much waits for redis: something is not stored");
            return;
        };
        let this = Arc::clone(self);
        let until = Instant::now() + patience;
        tokio::spawn(async move {
            let _place = place;
            let args: Vec<&[u8]> = args.iter().map(Vec::as_slice).collect();
            while this.run::<redis::Value>(script, &key, &args).await.is_err() {
                if Instant::now() >= until {
                    tracing::warn!("redis was away for too long: something is not stored");
                    return;
                }
                tokio::time::sleep(PROBE_INTERVAL).await;
            }
        });
    }
}

/// Writes something each second: a Redis that only reads, or is full, is lost too.
async fn probe(redis: Weak<RedisClient>) {
    let script = Script::new("return redis.call('SET', KEYS[1], '1', 'PX', 10000)");
    loop {
        let Some(redis) = redis.upgrade() else { return };
        let key = format!("{}:probe", redis.prefix);
        let answered = redis.call::<redis::Value>(&script, &key, &[]).await.is_ok();
        if answered && !redis.up.swap(true, Ordering::SeqCst) {
            redis.metrics.redis_up.set(1);
            tracing::info!("redis is back");
        }
        drop(redis);
        tokio::time::sleep(PROBE_INTERVAL).await;
    }
}
