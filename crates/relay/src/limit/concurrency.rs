//! Limits of concurrent operations: of all callers together ([`ConcurrencyLimit`]), and per caller
//! ([`ConcurrencyLimiter`]).

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::config::UpstreamConfig;
use crate::error::{RelayError, RelayErrorKind, RelayResult};

const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(1);

/// Concurrent operations of all callers.
#[derive(Debug, Clone)]
pub(crate) struct ConcurrencyLimit {
    /// For messages and metrics: `requests`, `uploads` or `downloads`.
    pub(crate) kind: &'static str,
    pub(crate) max: usize,
    permits: Arc<Semaphore>,
}

impl ConcurrencyLimit {
    fn new(kind: &'static str, max: usize) -> Self {
        Self { kind, max, permits: Arc::new(Semaphore::new(max)) }
    }

    pub(crate) fn try_acquire(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.permits).try_acquire_owned().ok()
    }

    /// # Errors
    /// [`RelayErrorKind::Overloaded`] if no permit is released within a second.
    pub(crate) async fn acquire(&self) -> RelayResult<OwnedSemaphorePermit> {
        let permit = Arc::clone(&self.permits).acquire_owned();
        match tokio::time::timeout(ACQUIRE_TIMEOUT, permit).await {
            Ok(Ok(permit)) => Ok(permit),
            _ => {
                let detail = format!("too many concurrent {}: maximum {}", self.kind, self.max);
                Err(RelayError::with_detail(RelayErrorKind::Overloaded, detail).retry_after(1))
            }
        }
    }

    pub(crate) fn in_use(&self) -> usize {
        self.max.saturating_sub(self.permits.available_permits())
    }
}

/// Limits of requests to the platform, which all tenants share. A download holds its permit until its
/// body ends, at the speed of the caller, so it has permits of its own.
#[derive(Debug, Clone)]
pub(crate) struct ConcurrencyLimits {
    pub(crate) requests: ConcurrencyLimit,
    pub(crate) uploads: ConcurrencyLimit,
    pub(crate) downloads: ConcurrencyLimit,
}

impl ConcurrencyLimits {
    pub(crate) fn new(upstream: &UpstreamConfig) -> Self {
        Self {
            requests: ConcurrencyLimit::new("requests", upstream.max_concurrent_requests),
            uploads: ConcurrencyLimit::new("uploads", upstream.max_concurrent_uploads),
            downloads: ConcurrencyLimit::new("downloads", upstream.max_concurrent_downloads),
        }
    }

    pub(crate) fn all(&self) -> [&ConcurrencyLimit; 3] {
        [&self.requests, &self.uploads, &self.downloads]
    }
}

/// Limits concurrent operations per key.
#[derive(Debug)]
pub(crate) struct ConcurrencyLimiter<K: Hash + Eq> {
    kind: &'static str,
    max: usize,
    counts: Arc<Mutex<HashMap<K, usize>>>,
}

/// Released when dropped.
#[derive(Debug)]
pub(crate) struct ConcurrencyPermit<K: Hash + Eq> {
    key: K,
    counts: Arc<Mutex<HashMap<K, usize>>>,
}

impl<K: Hash + Eq + Clone> ConcurrencyLimiter<K> {
    pub(crate) fn new(kind: &'static str, max: usize) -> Self {
        Self { kind, max, counts: Arc::default() }
    }

    /// # Errors
    /// [`RelayErrorKind::RateLimited`] if the limit of the key is reached.
    pub(crate) fn try_acquire(&self, key: &K) -> RelayResult<ConcurrencyPermit<K>> {
        let mut counts =
            self.counts.lock().map_err(|_| RelayError::new(RelayErrorKind::Internal))?;
        let count = counts.entry(key.clone()).or_insert(0);
        if *count >= self.max {
            let (kind, max) = (self.kind, self.max);
            let detail = format!("too many concurrent {kind} of this caller: maximum {max}");
            return Err(RelayError::with_detail(RelayErrorKind::RateLimited, detail).retry_after(1));
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_concurrency_per_key_and_releases_permits() {
        let uploads = ConcurrencyLimiter::new("uploads", 1);
        let permit = uploads.try_acquire(&"anna").unwrap();
        assert_eq!(uploads.try_acquire(&"anna").unwrap_err().kind, RelayErrorKind::RateLimited);
        assert!(uploads.try_acquire(&"berta").is_ok(), "other keys are unaffected");
        drop(permit);
        assert!(uploads.try_acquire(&"anna").is_ok());
    }
}
