//! Cache of an issuer's public keys (RFC 7517). It refreshes in the background, and serves stale keys for
//! a day if the issuer is unavailable.
//!
//! An unknown key causes a fetch, so that a rotation needs no restart. A key that a fetch did not
//! contain is asked for again after a minute. A key that could not be looked up, because the issuer is
//! unavailable or the last fetch was a moment ago, is not rejected: the response is 503.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwapOption;
use bytes::Bytes;
use jsonwebtoken::jwk::{AlgorithmParameters, Jwk, JwkSet, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey};
use quick_cache::sync::Cache;
use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::error::{RelayError, RelayErrorKind, RelayResult};
use crate::start_error::report;
use crate::upstream::client::HttpError;

const REFRESH_AFTER: Duration = Duration::from_secs(600);
const MAX_AGE: Duration = Duration::from_secs(24 * 3600);
/// For the background refresh, and for a key that the last fetch did not contain.
const REFETCH_INTERVAL: Duration = Duration::from_secs(60);
/// For a key that has not been seen before: anybody can send any key id.
const NEW_KEY_INTERVAL: Duration = Duration::from_secs(5);
/// After a failed fetch, and while there are no keys yet.
const RETRY_INTERVAL: Duration = Duration::from_secs(2);
/// Maximum number of remembered unknown key ids.
const MAX_UNKNOWN: usize = 1000;
pub(crate) const MAX_BYTES: usize = 256 * 1024;

#[derive(Debug, thiserror::Error)]
pub(crate) enum JwksError {
    #[error("the request failed")]
    Http(#[from] HttpError),
    #[error("status {0}")]
    Status(u16),
    #[error("the JWKS is larger than {MAX_BYTES} bytes")]
    TooLarge,
    #[error("the response is not JSON")]
    NotJson(#[from] serde_json::Error),
    #[error("missing `keys`")]
    MissingKeys,
    #[error("no usable key")]
    NoUsableKey,
}

pub(crate) type JwksFetcher =
    Box<dyn Fn() -> Pin<Box<dyn Future<Output = Result<Bytes, JwksError>> + Send>> + Send + Sync>;

struct KeySet {
    keys: Vec<(Jwk, Arc<DecodingKey>)>,
    fetched: Instant,
}

pub(crate) struct JwksCache {
    fetch: JwksFetcher,
    set: ArcSwapOption<KeySet>,
    /// Start of the last fetch. Locked during a fetch, so that fetches do not overlap.
    attempted: Mutex<Option<Instant>>,
    /// Failure of the last fetch.
    failure: ArcSwapOption<JwksError>,
    /// Unknown key ids, and when each was first seen.
    unknown: Cache<Option<String>, Instant>,
}

impl fmt::Debug for JwksCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JwksCache").finish_non_exhaustive()
    }
}

impl JwksCache {
    pub(crate) fn new(fetch: JwksFetcher) -> Self {
        Self {
            fetch,
            set: ArcSwapOption::empty(),
            attempted: Mutex::new(None),
            failure: ArcSwapOption::empty(),
            unknown: Cache::new(MAX_UNKNOWN),
        }
    }

    /// Fetches the keys in the background.
    pub(crate) fn prefetch(self: &Arc<Self>) {
        let this = Arc::clone(self);
        tokio::spawn(async move { this.refresh(REFETCH_INTERVAL).await });
    }

    pub(crate) fn has_keys(&self) -> bool {
        self.current().is_some()
    }

    /// Failure of the last fetch.
    pub(crate) fn failure(&self) -> Option<Arc<JwksError>> {
        self.failure.load_full()
    }

    /// Finds the key by its `kid`; without one, only if exactly one key matches the algorithm.
    ///
    /// # Errors
    /// [`RelayErrorKind::IssuerUnavailable`] if no keys could be fetched, or if the key is unknown and
    /// could not be looked up at the issuer.
    pub(crate) async fn key(
        self: &Arc<Self>,
        kid: Option<&str>,
        algorithm: Algorithm,
    ) -> RelayResult<Option<Arc<DecodingKey>>> {
        if let Some(set) = self.current()
            && let Some(key) = set.find(kid, algorithm)
        {
            if set.fetched.elapsed() > REFRESH_AFTER {
                self.prefetch();
            }
            return Ok(Some(key));
        }
        if self.current().is_some_and(|set| set.contains(kid)) {
            // A key of the issuer, but not for this algorithm.
            return Ok(None);
        }
        let name = kid.map(str::to_owned);
        let first_seen = self.unknown.get(&name);
        let is_checked =
            |first_seen: Instant| self.current().is_some_and(|set| set.fetched >= first_seen);
        let min_interval = match first_seen {
            Some(first_seen) if is_checked(first_seen) => REFETCH_INTERVAL,
            _ => NEW_KEY_INTERVAL,
        };
        let first_seen = first_seen.unwrap_or_else(Instant::now);
        self.unknown.insert(name, first_seen);
        // In a task of its own: a caller that disconnects must not cancel the fetch of the others.
        let this = Arc::clone(self);
        let _done = tokio::spawn(async move { this.refresh(min_interval).await }).await;
        let unavailable =
            |seconds| RelayError::new(RelayErrorKind::IssuerUnavailable).retry_after(seconds);
        match self.current() {
            None => Err(unavailable(RETRY_INTERVAL.as_secs())),
            Some(set) => match set.find(kid, algorithm) {
                Some(key) => Ok(Some(key)),
                None if is_checked(first_seen) => Ok(None),
                None => Err(unavailable(NEW_KEY_INTERVAL.as_secs())),
            },
        }
    }

    fn current(&self) -> Option<Arc<KeySet>> {
        self.set.load_full().filter(|set| set.fetched.elapsed() < MAX_AGE)
    }

    async fn refresh(&self, min_interval: Duration) {
        let requested_at = Instant::now();
        let mut attempted = self.attempted.lock().await;
        let is_failing = self.failure.load().is_some() || self.current().is_none();
        let min_interval = if is_failing { RETRY_INTERVAL } else { min_interval };
        // Another task has fetched while this one waited for the lock, or shortly before.
        if attempted.is_some_and(|at| at >= requested_at || at.elapsed() < min_interval) {
            return;
        }
        let started_at = Instant::now();
        *attempted = Some(started_at);
        match (self.fetch)().await.and_then(|bytes| parse(&bytes)) {
            Ok(keys) => {
                self.set.store(Some(Arc::new(KeySet { keys, fetched: started_at })));
                self.failure.store(None);
            }
            Err(error) => {
                tracing::warn!(why = report(&error), "JWKS request failed");
                self.failure.store(Some(Arc::new(error)));
            }
        }
    }
}

fn parse(bytes: &[u8]) -> Result<Vec<(Jwk, Arc<DecodingKey>)>, JwksError> {
    if bytes.len() > MAX_BYTES {
        return Err(JwksError::TooLarge);
    }
    // Key by key: a key of an unknown type must not invalidate the others.
    let value: serde_json::Value = serde_json::from_slice(bytes)?;
    let list = value.get("keys").and_then(|keys| keys.as_array()).ok_or(JwksError::MissingKeys)?;
    let keys: Vec<_> = list
        .iter()
        .filter_map(|key| {
            let mut one = JwkSet { keys: Vec::new() };
            one.keys.push(serde_json::from_value::<Jwk>(key.clone()).ok()?);
            let jwk = one.keys.pop()?;
            // Ignore symmetric keys (`oct`): the JWKS is public, so anybody could sign tokens with them.
            let public = !matches!(jwk.algorithm, AlgorithmParameters::OctetKey(_));
            let signs = matches!(jwk.common.public_key_use, None | Some(PublicKeyUse::Signature));
            let decoding = DecodingKey::from_jwk(&jwk).ok()?;
            (public && signs).then(|| (jwk, Arc::new(decoding)))
        })
        .collect();
    if keys.is_empty() { Err(JwksError::NoUsableKey) } else { Ok(keys) }
}

impl KeySet {
    fn contains(&self, kid: Option<&str>) -> bool {
        kid.is_some() && self.keys.iter().any(|(jwk, _)| jwk.common.key_id.as_deref() == kid)
    }

    fn find(&self, kid: Option<&str>, algorithm: Algorithm) -> Option<Arc<DecodingKey>> {
        let mut matching = self.keys.iter().filter(|(jwk, _)| supports(jwk, algorithm));
        match kid {
            Some(kid) => matching
                .find(|(jwk, _)| jwk.common.key_id.as_deref() == Some(kid))
                .map(|(_, key)| Arc::clone(key)),
            None => match (matching.next(), matching.next()) {
                (Some((_, key)), None) => Some(Arc::clone(key)),
                _ => None,
            },
        }
    }
}

/// Compares the key's `alg`, if present, and its type with the algorithm.
fn supports(jwk: &Jwk, algorithm: Algorithm) -> bool {
    let alg = jwk.common.key_algorithm.map(|alg| format!("{alg:?}"));
    let kind = match jwk.algorithm {
        AlgorithmParameters::RSA(_) => matches!(
            algorithm,
            Algorithm::RS256
                | Algorithm::RS384
                | Algorithm::RS512
                | Algorithm::PS256
                | Algorithm::PS384
                | Algorithm::PS512
        ),
        AlgorithmParameters::EllipticCurve(_) => {
            matches!(algorithm, Algorithm::ES256 | Algorithm::ES384)
        }
        AlgorithmParameters::OctetKeyPair(_) => algorithm == Algorithm::EdDSA,
        _ => false,
    };
    kind && alg.is_none_or(|alg| alg == format!("{algorithm:?}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::{Arc, Mutex as StdMutex};

    const SET: &str = r#"{"keys":[
        {"kty":"RSA","kid":"one","alg":"RS256","use":"sig","n":"sXchtqRV0_pX","e":"AQAB"},
        {"kty":"RSA","kid":"plain","n":"sXchtqRV0_pX","e":"AQAB"},
        {"kty":"RSA","kid":"enc","use":"enc","n":"sXchtqRV0_pX","e":"AQAB"},
        {"kty":"oct","kid":"shared","k":"c2VjcmV0"},
        {"kty":"new-kind","kid":"x"}]}"#;

    struct JwksTestServer {
        calls: AtomicUsize,
        answer: StdMutex<Result<&'static str, ()>>,
    }

    fn jwks() -> (Arc<JwksTestServer>, Arc<JwksCache>) {
        let server =
            Arc::new(JwksTestServer { calls: AtomicUsize::new(0), answer: StdMutex::new(Ok(SET)) });
        let state = Arc::clone(&server);
        let fetch: JwksFetcher = Box::new(move || {
            state.calls.fetch_add(1, Ordering::SeqCst);
            let answer = *state.answer.lock().unwrap();
            Box::pin(async move {
                tokio::time::sleep(Duration::from_millis(100)).await;
                answer
                    .map(|text| Bytes::from_static(text.as_bytes()))
                    .map_err(|()| JwksError::Status(503))
            })
        });
        (server, Arc::new(JwksCache::new(fetch)))
    }

    #[tokio::test(start_paused = true)]
    async fn fetches_once_for_concurrent_callers() {
        let (server, jwks) = jwks();
        let callers: Vec<_> = (0..100)
            .map(|_| {
                let jwks = Arc::clone(&jwks);
                tokio::spawn(async move { jwks.key(Some("one"), Algorithm::RS256).await })
            })
            .collect();
        for caller in callers {
            assert!(caller.await.unwrap().unwrap().is_some());
        }
        assert_eq!(server.calls.load(Ordering::SeqCst), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn refetches_for_an_unknown_key_once_a_minute() {
        let (server, jwks) = jwks();
        for _ in 0..50 {
            assert!(jwks.key(Some("other"), Algorithm::RS256).await.unwrap().is_none());
        }
        assert_eq!(server.calls.load(Ordering::SeqCst), 1);
        tokio::time::advance(REFETCH_INTERVAL).await;
        assert!(jwks.key(Some("other"), Algorithm::RS256).await.unwrap().is_none());
        assert_eq!(server.calls.load(Ordering::SeqCst), 2);
    }

    const ROTATED: &str =
        r#"{"keys":[{"kty":"RSA","kid":"two","alg":"RS256","n":"sXchtqRV0_pX","e":"AQAB"}]}"#;

    async fn kind(jwks: &Arc<JwksCache>, kid: &str) -> Result<bool, RelayErrorKind> {
        let key = jwks.key(Some(kid), Algorithm::RS256).await;
        key.map(|key| key.is_some()).map_err(|error| error.kind)
    }

    #[tokio::test(start_paused = true)]
    async fn an_unavailable_issuer_during_a_rotation_is_not_a_rejection() {
        let (server, jwks) = jwks();
        assert_eq!(kind(&jwks, "one").await, Ok(true));
        tokio::time::advance(NEW_KEY_INTERVAL).await;
        *server.answer.lock().unwrap() = Err(());
        assert_eq!(kind(&jwks, "two").await, Err(RelayErrorKind::IssuerUnavailable));
        assert_eq!(kind(&jwks, "one").await, Ok(true), "known keys stay valid");
        assert!(jwks.failure().is_some());
        *server.answer.lock().unwrap() = Ok(ROTATED);
        tokio::time::advance(RETRY_INTERVAL).await;
        assert_eq!(kind(&jwks, "two").await, Ok(true), "at once, not after a minute");
        assert!(jwks.failure().is_none());
    }

    #[tokio::test(start_paused = true)]
    async fn an_unknown_key_of_a_stranger_does_not_delay_a_rotation() {
        let (server, jwks) = jwks();
        assert_eq!(kind(&jwks, "one").await, Ok(true));
        tokio::time::advance(NEW_KEY_INTERVAL).await;
        assert_eq!(kind(&jwks, "bogus-1").await, Ok(false));
        *server.answer.lock().unwrap() = Ok(ROTATED);
        assert_eq!(kind(&jwks, "two").await, Err(RelayErrorKind::IssuerUnavailable));
        tokio::time::advance(NEW_KEY_INTERVAL).await;
        assert_eq!(kind(&jwks, "bogus-2").await, Ok(false), "causes the fetch");
        assert_eq!(kind(&jwks, "two").await, Ok(true));
        // Strangers cause one request in five seconds at most.
        let before = server.calls.load(Ordering::SeqCst);
        for number in 0..100 {
            let _rejected = kind(&jwks, &format!("random-{number}")).await;
        }
        assert!(server.calls.load(Ordering::SeqCst) <= before + 1);
    }

    #[tokio::test(start_paused = true)]
    async fn serves_stale_keys_for_a_day() {
        let (server, jwks) = jwks();
        assert!(jwks.key(Some("one"), Algorithm::RS256).await.unwrap().is_some());
        *server.answer.lock().unwrap() = Err(());
        tokio::time::advance(MAX_AGE - Duration::from_secs(60)).await;
        assert!(jwks.key(Some("one"), Algorithm::RS256).await.unwrap().is_some());
        tokio::time::advance(Duration::from_secs(120)).await;
        let error = jwks.key(Some("one"), Algorithm::RS256).await.err().unwrap();
        assert_eq!(error.kind, RelayErrorKind::IssuerUnavailable);
        *server.answer.lock().unwrap() = Ok(SET);
        tokio::time::advance(REFETCH_INTERVAL).await;
        assert!(jwks.key(Some("one"), Algorithm::RS256).await.unwrap().is_some());
    }

    #[tokio::test(start_paused = true)]
    async fn returns_only_public_signing_keys_of_the_algorithm() {
        let (_, jwks) = jwks();
        for (kid, algorithm) in [
            (Some("one"), Algorithm::PS256),
            (Some("one"), Algorithm::HS256),
            (Some("one"), Algorithm::ES256),
            (Some("plain"), Algorithm::HS256),
            (Some("plain"), Algorithm::ES256),
            (Some("plain"), Algorithm::EdDSA),
            (Some("enc"), Algorithm::RS256),
            (Some("shared"), Algorithm::HS256),
            (Some(""), Algorithm::RS256),
        ] {
            assert!(jwks.key(kid, algorithm).await.unwrap().is_none(), "{kid:?} {algorithm:?}");
            tokio::time::advance(NEW_KEY_INTERVAL).await;
        }
        assert!(jwks.key(Some("plain"), Algorithm::RS384).await.unwrap().is_some());
        assert!(
            jwks.key(None, Algorithm::PS256).await.unwrap().is_some(),
            "exactly one key matches"
        );
        assert!(jwks.key(None, Algorithm::RS256).await.unwrap().is_none(), "two keys match");
    }

    #[test]
    fn rejects_malformed_sets() {
        for text in ["", "[]", "{}", r#"{"keys":{}}"#, r#"{"keys":[]}"#, r#"{"keys":[1]}"#] {
            assert!(parse(text.as_bytes()).is_err(), "{text}");
        }
    }
}
