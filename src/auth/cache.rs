//! Token cache: a state machine without clock, I/O and locks. The host passes the time and the
//! events, so that unit tests cover typical failures of token caches: use of an expired token,
//! thundering herd, a refresh loop after a rejected token, a token without expiry.
//!
//! One fetch at a time. A token is renewed after a share of its lifetime, stays in use while renewals
//! fail, and is never used after its expiry. A 401 applies to the generation of the rejected token:
//! calls with an older token do not cause another renewal.

use std::sync::{Arc, Weak};

use secrecy::SecretString;

use super::{AccessToken, TokenError};
use crate::error::{Error, ErrorKind};

/// Time on both clocks of a host. A suspended machine can stop the monotonic clock, and the wall clock
/// can be set back: a token expires by whichever clock reaches its expiry first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ClockReading {
    /// Milliseconds on the monotonic clock.
    pub monotonic_ms: u64,
    /// Milliseconds since 1970.
    pub wall_ms: u64,
}

impl ClockReading {
    fn after(self, ms: u64) -> Self {
        Self {
            monotonic_ms: self.monotonic_ms.saturating_add(ms),
            wall_ms: self.wall_ms.saturating_add(ms),
        }
    }

    /// Whether either clock has reached this time.
    pub fn has_reached(self, now: Self) -> bool {
        now.monotonic_ms >= self.monotonic_ms || now.wall_ms >= self.wall_ms
    }
}

/// Sequence number of a token in the cache; a 401 is reported for a generation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct TokenGeneration(u64);

impl TokenGeneration {
    /// The number.
    pub fn get(self) -> u64 {
        self.0
    }
}

/// Action for a call that needs a token.
#[derive(Debug)]
pub enum TokenAction<'a> {
    /// Use this token.
    Use {
        /// The token.
        token: &'a SecretString,
        /// Generation, to report a 401.
        generation: TokenGeneration,
        /// Permit to fetch the next token in the background.
        fetch: Option<FetchPermit>,
    },
    /// Fetch a token, then call [`TokenCache::next_action`] again.
    Fetch(FetchPermit),
    /// A fetch is in progress: wait for it, then call [`TokenCache::next_action`] again.
    Wait,
    /// No token is available: fail with this error, or wait until `retry_at_ms`.
    Failed {
        /// Error of the last fetch.
        error: Error,
        /// Time of the next fetch on the monotonic clock.
        retry_at_ms: u64,
    },
}

/// Permit for one fetch; there is at most one at a time. Report the outcome with
/// [`TokenCache::on_token`] or [`TokenCache::on_fetch_error`]. Dropping it abandons the fetch, so
/// that a cancelled future cannot leave other calls waiting: the next call gets a new permit.
#[derive(Debug)]
#[must_use = "dropping the permit abandons the fetch"]
pub struct FetchPermit {
    since: ClockReading,
    /// Kept alive by the permit only; the cache has a weak reference to it.
    _alive: Arc<()>,
}

impl FetchPermit {
    fn issue(fetching: &mut Weak<()>, since: ClockReading) -> Self {
        let alive = Arc::new(());
        *fetching = Arc::downgrade(&alive);
        Self { since, _alive: alive }
    }
}

/// Action after a 401.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnauthorizedAction {
    /// Get a new token and retry once.
    Retry,
    /// The rejected token was new: the 401 is final.
    Final,
}

/// Limits of the cache.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TokenCachePolicy {
    /// Share of the lifetime after which the next token is fetched, ±0.05 jitter.
    pub renew_after: f64,
    /// Maximum margin before the expiry in milliseconds; a tenth of the lifetime if that is less.
    pub skew_ms: u64,
    /// First and maximum pause after a transient failure in milliseconds; doubled each time.
    pub transient_ms: (u64, u64),
    /// First and maximum pause after a permanent failure, which is retried, too.
    pub permanent_ms: (u64, u64),
    /// Minimum time between two renewals after a 401, in milliseconds.
    pub forced_ms: u64,
}

impl Default for TokenCachePolicy {
    fn default() -> Self {
        Self {
            renew_after: 0.75,
            skew_ms: 5_000,
            transient_ms: (500, 15_000),
            permanent_ms: (30_000, 300_000),
            forced_ms: 5_000,
        }
    }
}

#[derive(Debug)]
struct CachedToken {
    token: SecretString,
    renew_at: ClockReading,
    expires_at: ClockReading,
}

#[derive(Debug)]
struct FetchBackoff {
    failure: TokenError,
    in_a_row: u32,
    retry_at_ms: u64,
}

/// Token cache.
#[derive(Debug, Default)]
pub struct TokenCache {
    policy: TokenCachePolicy,
    generation: TokenGeneration,
    cached: Option<CachedToken>,
    /// The permit of the fetch in progress, as long as it exists.
    fetching: Weak<()>,
    backoff: Option<FetchBackoff>,
    forced_at_ms: Option<u64>,
}

impl TokenCache {
    /// Creates an empty cache.
    pub fn new(policy: TokenCachePolicy) -> Self {
        Self { policy, ..Self::default() }
    }

    /// Returns the action for a call that needs a token.
    pub fn next_action(&mut self, now: ClockReading) -> TokenAction<'_> {
        if self.cached.as_ref().is_some_and(|cached| cached.expires_at.has_reached(now)) {
            self.cached = None;
        }
        let due = match &self.backoff {
            Some(backoff) => now.monotonic_ms >= backoff.retry_at_ms,
            None => true,
        };
        let idle = !self.is_fetching();
        let renewal = self.cached.as_ref().is_some_and(|cached| cached.renew_at.has_reached(now));
        let fetch = (idle && due && renewal).then(|| FetchPermit::issue(&mut self.fetching, now));
        if let Some(cached) = &self.cached {
            return TokenAction::Use { token: &cached.token, generation: self.generation, fetch };
        }
        if !idle {
            return TokenAction::Wait;
        }
        match &self.backoff {
            Some(backoff) if !due => TokenAction::Failed {
                error: (*backoff.failure.error).clone(),
                retry_at_ms: backoff.retry_at_ms,
            },
            _ => TokenAction::Fetch(FetchPermit::issue(&mut self.fetching, now)),
        }
    }

    fn is_fetching(&self) -> bool {
        self.fetching.strong_count() > 0
    }

    /// Reports a fetched token. Its lifetime starts when the request was sent. `jitter` is a random
    /// number in 0..1, so that hosts do not renew at the same time.
    pub fn on_token(&mut self, permit: FetchPermit, token: AccessToken, jitter: f64) {
        let sent = permit.since;
        let lifetime = token.lifetime_ms;
        let skew = self.policy.skew_ms.min(lifetime / 10);
        let share = self.policy.renew_after - 0.05 + 0.1 * jitter.clamp(0.0, 1.0);
        let renew_after = (lifetime as f64 * share) as u64;
        self.generation.0 += 1;
        self.backoff = None;
        self.cached = Some(CachedToken {
            token: token.access_token,
            renew_at: sent.after(renew_after.min(lifetime - skew)),
            expires_at: sent.after(lifetime - skew),
        });
    }

    /// Reports a failed fetch. A token that is still valid stays in use. `jitter` is a random number
    /// in 0..1 that shortens the pause by up to half.
    pub fn on_fetch_error(
        &mut self,
        permit: FetchPermit,
        failure: TokenError,
        now: ClockReading,
        jitter: f64,
    ) {
        drop(permit);
        let in_a_row = self.backoff.as_ref().map_or(0, |backoff| backoff.in_a_row);
        let (first, max) =
            if failure.permanent { self.policy.permanent_ms } else { self.policy.transient_ms };
        let pause = first.saturating_mul(1 << in_a_row.min(16)).min(max);
        let pause = (pause as f64 * (0.5 + 0.5 * jitter.clamp(0.0, 1.0))) as u64;
        let pause = pause.max(failure.retry_after_ms.unwrap_or(0).min(max));
        let retry_at_ms = now.monotonic_ms.saturating_add(pause);
        self.backoff = Some(FetchBackoff { failure, in_a_row: in_a_row + 1, retry_at_ms });
    }

    /// Reports that the platform rejected the token of this generation with 401.
    pub fn on_unauthorized(
        &mut self,
        generation: TokenGeneration,
        now: ClockReading,
    ) -> UnauthorizedAction {
        if generation != self.generation || self.cached.is_none() {
            // The 401 is for an older token: another call has already dropped it, so retry with the
            // new one instead of fetching again.
            return UnauthorizedAction::Retry;
        }
        let recently = self
            .forced_at_ms
            .is_some_and(|at| now.monotonic_ms < at.saturating_add(self.policy.forced_ms));
        if recently {
            return UnauthorizedAction::Final;
        }
        self.forced_at_ms = Some(now.monotonic_ms);
        self.cached = None;
        // Clear the backoff of earlier renewals: the token has just been dropped, so calls need a
        // new one now and not after the backoff.
        self.backoff = None;
        UnauthorizedAction::Retry
    }

    /// Clears the backoff after a change of credentials.
    pub fn credentials_changed(&mut self) {
        self.backoff = None;
    }

    /// The generation of the token in use.
    pub fn generation(&self) -> TokenGeneration {
        self.generation
    }

    /// Expiry of the token in use. For hosts that share the token between threads and do not call
    /// [`Self::next_action`] for each request.
    pub fn expires_at(&self) -> Option<ClockReading> {
        self.cached.as_ref().map(|cached| cached.expires_at)
    }

    /// Time at which the result of [`Self::next_action`] will change if no event is reported before,
    /// in milliseconds on the monotonic clock; `None` during a fetch without a token in use. For
    /// hosts that renew on a timer.
    pub fn next_wakeup_ms(&self) -> Option<u64> {
        let retry_at = self.backoff.as_ref().map_or(0, |backoff| backoff.retry_at_ms);
        let fetch_at = match (self.is_fetching(), &self.cached) {
            (true, _) => None,
            (false, Some(cached)) => Some(cached.renew_at.monotonic_ms.max(retry_at)),
            (false, None) => Some(retry_at),
        };
        let expires_at = self.cached.as_ref().map(|cached| cached.expires_at.monotonic_ms);
        fetch_at.into_iter().chain(expires_at).min()
    }
}

/// Creates the error for a call whose new token was rejected.
pub fn final_rejection() -> Error {
    let message = "the platform rejected a new token: check that the credentials belong to this \
                   environment and have the required scopes";
    Error { status: Some(401), ..Error::new(ErrorKind::Authentication, message) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use secrecy::ExposeSecret;

    const MIDDLE: f64 = 0.5;

    fn at(ms: u64) -> ClockReading {
        ClockReading { monotonic_ms: ms, wall_ms: 1_000_000 + ms }
    }

    fn token(name: &str, seconds: u64) -> AccessToken {
        AccessToken {
            access_token: SecretString::from(name),
            lifetime_ms: seconds * 1000,
            scopes: vec![],
        }
    }

    fn transient() -> TokenError {
        TokenError::unreachable("down")
    }

    fn permanent() -> TokenError {
        TokenError { permanent: true, ..transient() }
    }

    /// Host with a cache, and the permit of its fetch in progress.
    #[derive(Default)]
    struct TokenHost {
        cache: TokenCache,
        permit: Option<FetchPermit>,
    }

    impl TokenHost {
        /// The next action as text.
        fn word(&mut self, now: ClockReading) -> String {
            match self.cache.next_action(now) {
                TokenAction::Use { token, fetch, .. } => {
                    let fetches = if fetch.is_some() { "+fetch" } else { "" };
                    let word = format!("{}{fetches}", token.expose_secret());
                    self.permit = self.permit.take().or(fetch);
                    word
                }
                TokenAction::Fetch(permit) => {
                    assert!(self.permit.replace(permit).is_none(), "one fetch at a time");
                    "fetch".into()
                }
                TokenAction::Wait => "wait".into(),
                TokenAction::Failed { retry_at_ms, .. } => format!("failed until {retry_at_ms}"),
            }
        }

        fn on_token(&mut self, token: AccessToken, jitter: f64) {
            self.cache.on_token(self.permit.take().unwrap(), token, jitter);
        }

        fn on_fetch_error(&mut self, failure: TokenError, now: ClockReading, jitter: f64) {
            self.cache.on_fetch_error(self.permit.take().unwrap(), failure, now, jitter);
        }

        fn on_unauthorized(
            &mut self,
            generation: TokenGeneration,
            now: ClockReading,
        ) -> UnauthorizedAction {
            self.cache.on_unauthorized(generation, now)
        }
    }

    fn with_token(seconds: u64) -> TokenHost {
        let mut cache = TokenHost::default();
        assert_eq!(cache.word(at(0)), "fetch");
        cache.on_token(token("one", seconds), MIDDLE);
        cache
    }

    #[test]
    fn fetches_once_for_concurrent_calls() {
        let mut cache = TokenHost::default();
        assert_eq!(cache.word(at(0)), "fetch");
        for _ in 0..100 {
            assert_eq!(cache.word(at(1)), "wait");
        }
        cache.on_token(token("one", 300), MIDDLE);
        assert_eq!(cache.word(at(200)), "one");
    }

    #[test]
    fn renews_after_a_share_of_the_lifetime() {
        // Keycloak's `master` realm gives 60 s: a fixed margin of 60 s would never use the token.
        for seconds in [60, 300, 3600] {
            let mut cache = with_token(seconds);
            assert_eq!(cache.word(at(seconds * 750 - 1)), "one");
            assert_eq!(cache.word(at(seconds * 750)), "one+fetch");
            assert_eq!(cache.word(at(seconds * 750)), "one", "one renewal at a time");
            cache.on_token(token("two", seconds), MIDDLE);
            assert_eq!(cache.word(at(seconds * 760)), "two");
        }
    }

    #[test]
    fn next_wakeup_is_the_time_of_the_next_action() {
        let mut cache = TokenHost::default();
        assert_eq!(cache.cache.next_wakeup_ms(), Some(0), "empty cache");
        assert_eq!(cache.word(at(0)), "fetch");
        assert_eq!((cache.cache.next_wakeup_ms(), cache.cache.expires_at()), (None, None));
        cache.on_token(token("one", 60), MIDDLE);
        assert_eq!(
            (cache.cache.next_wakeup_ms(), cache.cache.expires_at()),
            (Some(45_000), Some(at(55_000)))
        );
        assert_eq!(cache.word(at(45_000)), "one+fetch");
        assert_eq!(cache.cache.next_wakeup_ms(), Some(55_000), "expiry, during the renewal");
        cache.on_fetch_error(transient(), at(45_100), 1.0);
        assert_eq!(cache.cache.next_wakeup_ms(), Some(45_600));
        cache.word(at(45_600));
        cache.on_fetch_error(permanent(), at(54_000), 1.0);
        assert_eq!(cache.cache.next_wakeup_ms(), Some(55_000), "not after the expiry");
    }

    #[test]
    fn jitter_moves_the_renewal_by_five_percent_of_the_lifetime() {
        let mut cache = TokenHost::default();
        cache.word(at(0));
        cache.on_token(token("one", 100), 0.0);
        assert_eq!(cache.word(at(70_000)), "one+fetch");
    }

    #[test]
    fn uses_a_token_until_its_expiry_while_renewals_fail() {
        let mut cache = with_token(60);
        assert_eq!(cache.word(at(45_000)), "one+fetch");
        cache.on_fetch_error(transient(), at(45_100), 1.0);
        assert_eq!(cache.word(at(45_200)), "one", "backs off");
        assert_eq!(cache.word(at(45_600)), "one+fetch", "and tries again");
        cache.on_fetch_error(transient(), at(54_000), 1.0);
        assert_eq!(cache.word(at(54_999)), "one");
        assert_eq!(cache.word(at(55_000)), "fetch", "skew of 5 s before the expiry");
    }

    #[test]
    fn expires_by_wall_or_monotonic_clock() {
        let suspended = ClockReading { monotonic_ms: 1_000, wall_ms: 1_000_000 + 400_000 };
        assert_eq!(with_token(300).word(suspended), "fetch");
        let turned_back = ClockReading { monotonic_ms: 400_000, wall_ms: 0 };
        assert_eq!(with_token(300).word(turned_back), "fetch");
    }

    #[test]
    fn backoff_doubles_up_to_a_maximum() {
        let mut cache = TokenHost::default();
        let mut now = 0;
        let mut pauses = vec![];
        for _ in 0..8 {
            assert_eq!(cache.word(at(now)), "fetch");
            cache.on_fetch_error(transient(), at(now), 1.0);
            let TokenAction::Failed { retry_at_ms, .. } = cache.cache.next_action(at(now)) else {
                panic!()
            };
            pauses.push(retry_at_ms - now);
            now = retry_at_ms;
        }
        assert_eq!(pauses, [500, 1000, 2000, 4000, 8000, 15000, 15000, 15000]);
        assert_eq!(cache.word(at(now)), "fetch");
        cache.on_token(token("one", 300), MIDDLE);
        assert_eq!(cache.word(at(now)), "one");
    }

    #[test]
    fn retries_permanent_failures_slowly() {
        let mut cache = TokenHost::default();
        cache.word(at(0));
        cache.on_fetch_error(permanent(), at(0), 1.0);
        assert_eq!(cache.word(at(1)), "failed until 30000");
        assert_eq!(cache.word(at(30_000)), "fetch");
        cache.on_fetch_error(permanent(), at(30_000), 1.0);
        cache.cache.credentials_changed();
        assert_eq!(cache.word(at(30_001)), "fetch", "new credentials are tried at once");
    }

    #[test]
    fn respects_retry_after_up_to_the_maximum() {
        let mut cache = TokenHost::default();
        cache.word(at(0));
        cache.on_fetch_error(TokenError { retry_after_ms: Some(7_000), ..transient() }, at(0), 0.0);
        assert_eq!(cache.word(at(1)), "failed until 7000");
        cache.word(at(7_000));
        cache.on_fetch_error(
            TokenError { retry_after_ms: Some(u64::MAX), ..transient() },
            at(7_000),
            0.0,
        );
        assert_eq!(cache.word(at(7_001)), "failed until 22000");
    }

    #[test]
    fn stale_rejections_cause_one_fetch() {
        let mut cache = with_token(300);
        let TokenAction::Use { generation: old, .. } = cache.cache.next_action(at(1_000)) else {
            panic!()
        };
        for _ in 0..50 {
            assert_eq!(cache.on_unauthorized(old, at(1_000)), UnauthorizedAction::Retry);
        }
        assert_eq!(cache.word(at(1_000)), "fetch");
        assert_eq!(cache.word(at(1_000)), "wait");
        cache.on_token(token("two", 300), MIDDLE);
        // Late rejections of the old token.
        for _ in 0..50 {
            assert_eq!(cache.on_unauthorized(old, at(1_200)), UnauthorizedAction::Retry);
            assert_eq!(cache.word(at(1_200)), "two");
        }
    }

    #[test]
    fn rejected_new_token_does_not_loop() {
        let mut cache = with_token(300);
        assert_eq!(
            cache.on_unauthorized(cache.cache.generation(), at(1_000)),
            UnauthorizedAction::Retry
        );
        assert_eq!(cache.word(at(1_000)), "fetch");
        cache.on_token(token("two", 300), MIDDLE);
        assert_eq!(
            cache.on_unauthorized(cache.cache.generation(), at(1_200)),
            UnauthorizedAction::Final
        );
        assert_eq!(cache.word(at(1_200)), "two", "a final 401 costs no token request");
        assert_eq!(
            cache.on_unauthorized(cache.cache.generation(), at(6_000)),
            UnauthorizedAction::Retry
        );
    }

    #[test]
    fn abandoned_fetch_does_not_block_the_next_one() {
        let mut cache = TokenHost::default();
        assert_eq!(cache.word(at(0)), "fetch");
        assert_eq!(cache.word(at(1)), "wait");
        // The future that held the permit was cancelled.
        drop(cache.permit.take());
        assert_eq!(cache.cache.next_wakeup_ms(), Some(0));
        assert_eq!(cache.word(at(2)), "fetch");
        cache.on_token(token("one", 100), MIDDLE);
        assert_eq!(cache.word(at(75_002)), "one+fetch");
        drop(cache.permit.take());
        assert_eq!(cache.word(at(75_003)), "one+fetch", "also in the background");
    }
}
