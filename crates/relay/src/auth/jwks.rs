//! Cache of an issuer's public keys (RFC 7517). It refreshes in the background, refetches for an unknown
//! key at most once a minute, and serves stale keys for a day if the issuer is unavailable.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwapOption;
use bytes::Bytes;
use jsonwebtoken::jwk::{AlgorithmParameters, Jwk, JwkSet, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey};
use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::error::{RelayError, RelayErrorKind, RelayResult};

const REFRESH_AFTER: Duration = Duration::from_secs(600);
const MAX_AGE: Duration = Duration::from_secs(24 * 3600);
const MIN_REFETCH_INTERVAL: Duration = Duration::from_secs(60);
/// While there are no keys yet.
const MIN_FIRST_REFETCH_INTERVAL: Duration = Duration::from_secs(2);
pub(crate) const MAX_BYTES: usize = 256 * 1024;

pub(crate) type JwksFetcher = Box<
    dyn Fn() -> Pin<Box<dyn Future<Output = std::result::Result<Bytes, String>> + Send>>
        + Send
        + Sync,
>;

struct KeySet {
    keys: Vec<(Jwk, Arc<DecodingKey>)>,
    fetched: Instant,
}

pub(crate) struct JwksCache {
    fetch: JwksFetcher,
    set: ArcSwapOption<KeySet>,
    /// Start of the last fetch. Locked during a fetch, so that fetches do not overlap.
    attempted: Mutex<Option<Instant>>,
}

impl fmt::Debug for JwksCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JwksCache").finish_non_exhaustive()
    }
}

impl JwksCache {
    pub(crate) fn new(fetch: JwksFetcher) -> Self {
        Self { fetch, set: ArcSwapOption::empty(), attempted: Mutex::new(None) }
    }

    /// Finds the key by its `kid`; without one, only if exactly one key matches the algorithm.
    ///
    /// # Errors
    /// [`RelayErrorKind::IssuerUnavailable`] if no keys could be fetched.
    pub(crate) async fn key(
        self: &Arc<Self>,
        kid: Option<&str>,
        algorithm: Algorithm,
    ) -> RelayResult<Option<Arc<DecodingKey>>> {
        if let Some(set) = self.current()
            && let Some(key) = set.find(kid, algorithm)
        {
            if set.fetched.elapsed() > REFRESH_AFTER {
                let this = Arc::clone(self);
                tokio::spawn(async move { this.refresh(MIN_REFETCH_INTERVAL).await });
            }
            return Ok(Some(key));
        }
        let min_interval = if self.current().is_some() {
            MIN_REFETCH_INTERVAL
        } else {
            MIN_FIRST_REFETCH_INTERVAL
        };
        // In a task of its own: a caller that disconnects must not cancel the fetch of the others.
        let this = Arc::clone(self);
        let _done = tokio::spawn(async move { this.refresh(min_interval).await }).await;
        match self.current() {
            Some(set) => Ok(set.find(kid, algorithm)),
            None => Err(RelayError::new(RelayErrorKind::IssuerUnavailable).retry_after(2)),
        }
    }

    fn current(&self) -> Option<Arc<KeySet>> {
        self.set.load_full().filter(|set| set.fetched.elapsed() < MAX_AGE)
    }

    async fn refresh(&self, min_interval: Duration) {
        let requested_at = Instant::now();
        let mut attempted = self.attempted.lock().await;
        // Another task has fetched while this one waited for the lock, or shortly before.
        if attempted.is_some_and(|at| at >= requested_at || at.elapsed() < min_interval) {
            return;
        }
        *attempted = Some(Instant::now());
        match (self.fetch)().await.and_then(|bytes| parse(&bytes)) {
            Ok(keys) => self.set.store(Some(Arc::new(KeySet { keys, fetched: Instant::now() }))),
            Err(why) => tracing::warn!(why, "JWKS request failed"),
        }
    }
}

fn parse(bytes: &[u8]) -> std::result::Result<Vec<(Jwk, Arc<DecodingKey>)>, String> {
    if bytes.len() > MAX_BYTES {
        return Err("the JWKS is too large".into());
    }
    // Key by key: a key of an unknown type must not invalidate the others.
    let value: serde_json::Value =
        serde_json::from_slice(bytes).map_err(|_| "the response is not JSON".to_owned())?;
    let list = value.get("keys").and_then(|keys| keys.as_array()).ok_or("missing `keys`")?;
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
    if keys.is_empty() { Err("no usable key".into()) } else { Ok(keys) }
}

impl KeySet {
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
        answer: StdMutex<std::result::Result<&'static str, ()>>,
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
                answer.map(|text| Bytes::from_static(text.as_bytes())).map_err(|()| "down".into())
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
        tokio::time::advance(MIN_REFETCH_INTERVAL).await;
        assert!(jwks.key(Some("other"), Algorithm::RS256).await.unwrap().is_none());
        assert_eq!(server.calls.load(Ordering::SeqCst), 2);
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
        tokio::time::advance(MIN_REFETCH_INTERVAL).await;
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
