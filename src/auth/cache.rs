//! The token cache as a state machine: it is told the time and what happened, and says what to do.
//! No clock, no request, no lock: the host drives it, so that every failure of caches elsewhere
//! (an expired token kept in use, a herd of refreshes, a loop on a refused token, a token without
//! an end) is a plain unit test here.
//!
//! One fetch at a time. A token is renewed ahead of its end in proportion to its lifetime, stays
//! in use until its hard end while renewals fail, and is never used after it. A 401 counts against
//! the generation that was refused: the calls that held an older token do not renew again.

use secrecy::SecretString;

use super::{AccessToken, TokenError};
use crate::error::{Error, ErrorKind};

/// A moment, on both of a host's clocks. A suspended machine stops the one, a corrected clock
/// turns the other back: a token has ended when either says so.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ClockReading {
    /// Milliseconds on a clock that never goes back.
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

    /// Whether this moment has come by either clock.
    pub fn has_reached(self, now: Self) -> bool {
        now.monotonic_ms >= self.monotonic_ms || now.wall_ms >= self.wall_ms
    }
}

/// Counts the tokens of a cache; a 401 names the generation that it is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct TokenGeneration(u64);

impl TokenGeneration {
    /// How many tokens there have been.
    pub fn get(self) -> u64 {
        self.0
    }
}

/// What to do about a call that needs a token.
#[derive(Debug)]
pub enum TokenAction<'a> {
    /// Use this token.
    Use {
        /// The token.
        token: &'a SecretString,
        /// Its generation, to be named if it is refused.
        generation: TokenGeneration,
        /// Whether to fetch the next token in the background now.
        fetch: bool,
    },
    /// Fetch a token, then ask again.
    Fetch,
    /// A fetch is under way: wait for its end, then ask again.
    Wait,
    /// There is no token for now: fail with this error, or ask again at that time.
    Failed {
        /// Why.
        error: Error,
        /// When the next fetch is due, on the monotonic clock.
        retry_at_ms: u64,
    },
}

/// What to do after a 401.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnauthorizedAction {
    /// Ask for a token again and repeat the call once.
    Retry,
    /// The token was fetched anew a moment ago: the 401 is final.
    Final,
}

/// The figures by which the cache decides.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TokenCachePolicy {
    /// Share of the lifetime after which the next token is fetched; jitter of ±0.05 is added.
    pub renew_after: f64,
    /// Greatest margin before the end, in milliseconds; a tenth of the lifetime if that is less.
    pub skew_ms: u64,
    /// First pause after a transient failure, doubled each time, in milliseconds.
    pub transient_ms: (u64, u64),
    /// The same after a permanent failure. The loop slows down and never ends.
    pub permanent_ms: (u64, u64),
    /// Least time between two renewals that a 401 forces, in milliseconds.
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
    ends_at: ClockReading,
}

#[derive(Debug)]
struct FetchBackoff {
    failure: TokenError,
    in_a_row: u32,
    retry_at_ms: u64,
}

/// The cache.
#[derive(Debug, Default)]
pub struct TokenCache {
    policy: TokenCachePolicy,
    generation: TokenGeneration,
    held: Option<CachedToken>,
    /// When the fetch under way was begun.
    fetching_since: Option<ClockReading>,
    trouble: Option<FetchBackoff>,
    forced_at_ms: Option<u64>,
}

impl TokenCache {
    /// An empty cache with these figures.
    pub fn new(policy: TokenCachePolicy) -> Self {
        Self { policy, ..Self::default() }
    }

    /// What to do about a call that needs a token now. `Fetch`, and `Use` with `fetch`, oblige the
    /// caller to report with [`Self::fetched`] or [`Self::failed`].
    pub fn next_action(&mut self, now: ClockReading) -> TokenAction<'_> {
        if self.held.as_ref().is_some_and(|held| held.ends_at.has_reached(now)) {
            self.held = None;
        }
        let due = match &self.trouble {
            Some(trouble) => now.monotonic_ms >= trouble.retry_at_ms,
            None => true,
        };
        let idle = self.fetching_since.is_none();
        if let Some(held) = &self.held {
            let fetch = idle && due && held.renew_at.has_reached(now);
            if fetch {
                self.fetching_since = Some(now);
            }
            return TokenAction::Use { token: &held.token, generation: self.generation, fetch };
        }
        if !idle {
            return TokenAction::Wait;
        }
        match &self.trouble {
            Some(trouble) if !due => TokenAction::Failed {
                error: (*trouble.failure.error).clone(),
                retry_at_ms: trouble.retry_at_ms,
            },
            _ => {
                self.fetching_since = Some(now);
                TokenAction::Fetch
            }
        }
    }

    /// The fetch under way brought a token. Its life counts from when the request was sent.
    /// `jitter` is a random number in 0..1, so that many hosts do not renew in step.
    pub fn on_token(&mut self, token: AccessToken, now: ClockReading, jitter: f64) {
        let sent = self.fetching_since.take().unwrap_or(now);
        let lifetime = token.lifetime_ms;
        let skew = self.policy.skew_ms.min(lifetime / 10);
        let share = self.policy.renew_after - 0.05 + 0.1 * jitter.clamp(0.0, 1.0);
        let renew_after = (lifetime as f64 * share) as u64;
        self.generation.0 += 1;
        self.trouble = None;
        self.held = Some(CachedToken {
            token: token.access_token,
            renew_at: sent.after(renew_after.min(lifetime - skew)),
            ends_at: sent.after(lifetime - skew),
        });
    }

    /// The fetch under way failed. A token that is still valid stays in use. `jitter` is a random
    /// number in 0..1: the pause is drawn from between half and all of what is due.
    pub fn on_fetch_error(&mut self, failure: TokenError, now: ClockReading, jitter: f64) {
        self.fetching_since = None;
        let in_a_row = self.trouble.as_ref().map_or(0, |trouble| trouble.in_a_row);
        let (first, most) =
            if failure.permanent { self.policy.permanent_ms } else { self.policy.transient_ms };
        let pause = first.saturating_mul(1 << in_a_row.min(16)).min(most);
        let pause = (pause as f64 * (0.5 + 0.5 * jitter.clamp(0.0, 1.0))) as u64;
        let pause = pause.max(failure.retry_after_ms.unwrap_or(0).min(most));
        let retry_at_ms = now.monotonic_ms.saturating_add(pause);
        self.trouble = Some(FetchBackoff { failure, in_a_row: in_a_row + 1, retry_at_ms });
    }

    /// The fetch under way was given up, without an outcome: its caller went away.
    pub fn on_fetch_abandoned(&mut self) {
        self.fetching_since = None;
    }

    /// The platform refused the token of that generation with 401.
    pub fn on_unauthorized(
        &mut self,
        generation: TokenGeneration,
        now: ClockReading,
    ) -> UnauthorizedAction {
        if generation != self.generation || self.held.is_none() {
            // Somebody else has noticed before: the next token is here or on its way.
            return UnauthorizedAction::Retry;
        }
        let recently = self
            .forced_at_ms
            .is_some_and(|at| now.monotonic_ms < at.saturating_add(self.policy.forced_ms));
        if recently {
            return UnauthorizedAction::Final;
        }
        self.forced_at_ms = Some(now.monotonic_ms);
        self.held = None;
        // A refused token is a reason to try at once, whatever failed before.
        self.trouble = None;
        UnauthorizedAction::Retry
    }

    /// New credentials: what was learnt with the old ones is void, the token excepted.
    pub fn credentials_changed(&mut self) {
        self.trouble = None;
    }

    /// The generation of the token in use.
    pub fn generation(&self) -> TokenGeneration {
        self.generation
    }

    /// When the token in use must not be used any more; `None` without one. For hosts that hand
    /// the token to many threads and do not ask [`Self::step`] for each call.
    pub fn expires_at(&self) -> Option<ClockReading> {
        self.held.as_ref().map(|held| held.ends_at)
    }

    /// When [`Self::step`] will answer differently, on the monotonic clock in milliseconds, if
    /// nothing is reported before; `None` while a fetch is under way without a token in use. For
    /// hosts that renew on a timer rather than with a call.
    pub fn next_wakeup_ms(&self) -> Option<u64> {
        let retry_at = self.trouble.as_ref().map_or(0, |trouble| trouble.retry_at_ms);
        let fetch_at = match (&self.fetching_since, &self.held) {
            (Some(_), _) => None,
            (None, Some(held)) => Some(held.renew_at.monotonic_ms.max(retry_at)),
            (None, None) => Some(retry_at),
        };
        let ends_at = self.held.as_ref().map(|held| held.ends_at.monotonic_ms);
        fetch_at.into_iter().chain(ends_at).min()
    }
}

/// The error for a call whose fresh token was refused.
pub fn final_rejection() -> Error {
    let message = "the platform refused a token that was just issued; check that the credentials \
                   belong to this environment and have the scopes";
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

    /// What a step says, in a word.
    fn word(cache: &mut TokenCache, now: ClockReading) -> String {
        match cache.next_action(now) {
            TokenAction::Use { token, fetch, .. } => {
                format!("{}{}", token.expose_secret(), if fetch { "+fetch" } else { "" })
            }
            TokenAction::Fetch => "fetch".into(),
            TokenAction::Wait => "wait".into(),
            TokenAction::Failed { retry_at_ms, .. } => format!("failed until {retry_at_ms}"),
        }
    }

    fn with_token(seconds: u64) -> TokenCache {
        let mut cache = TokenCache::default();
        assert_eq!(word(&mut cache, at(0)), "fetch");
        cache.on_token(token("one", seconds), at(200), MIDDLE);
        cache
    }

    #[test]
    fn a_cold_cache_fetches_once_for_everybody() {
        let mut cache = TokenCache::default();
        assert_eq!(word(&mut cache, at(0)), "fetch");
        for _ in 0..100 {
            assert_eq!(word(&mut cache, at(1)), "wait");
        }
        cache.on_token(token("one", 300), at(200), MIDDLE);
        assert_eq!(word(&mut cache, at(200)), "one");
    }

    #[test]
    fn renewal_is_in_proportion_to_the_lifetime_and_counts_from_the_request() {
        // Keycloak's `master` realm gives 60 s: a fixed margin of 60 s would never use the token.
        for seconds in [60, 300, 3600] {
            let mut cache = with_token(seconds);
            assert_eq!(word(&mut cache, at(seconds * 750 - 1)), "one");
            assert_eq!(word(&mut cache, at(seconds * 750)), "one+fetch");
            assert_eq!(word(&mut cache, at(seconds * 750)), "one", "one renewal at a time");
            cache.on_token(token("two", seconds), at(seconds * 760), MIDDLE);
            assert_eq!(word(&mut cache, at(seconds * 760)), "two");
        }
    }

    #[test]
    fn a_host_on_a_timer_wakes_when_the_answer_changes() {
        let mut cache = TokenCache::default();
        assert_eq!(cache.next_wakeup_ms(), Some(0), "cold: at once");
        assert_eq!(word(&mut cache, at(0)), "fetch");
        assert_eq!((cache.next_wakeup_ms(), cache.expires_at()), (None, None));
        cache.on_token(token("one", 60), at(200), MIDDLE);
        assert_eq!((cache.next_wakeup_ms(), cache.expires_at()), (Some(45_000), Some(at(55_000))));
        assert_eq!(word(&mut cache, at(45_000)), "one+fetch");
        assert_eq!(cache.next_wakeup_ms(), Some(55_000), "its end, while the renewal is under way");
        cache.on_fetch_error(transient(), at(45_100), 1.0);
        assert_eq!(cache.next_wakeup_ms(), Some(45_600));
        cache.next_action(at(45_600));
        cache.on_fetch_error(permanent(), at(54_000), 1.0);
        assert_eq!(cache.next_wakeup_ms(), Some(55_000), "not later than the end");
    }

    #[test]
    fn jitter_moves_the_renewal_by_a_twentieth() {
        let mut cache = TokenCache::default();
        cache.next_action(at(0));
        cache.on_token(token("one", 100), at(0), 0.0);
        assert_eq!(word(&mut cache, at(70_000)), "one+fetch");
    }

    #[test]
    fn stale_until_the_hard_end_and_never_after() {
        let mut cache = with_token(60);
        assert_eq!(word(&mut cache, at(45_000)), "one+fetch");
        cache.on_fetch_error(transient(), at(45_100), 1.0);
        assert_eq!(word(&mut cache, at(45_200)), "one", "backs off");
        assert_eq!(word(&mut cache, at(45_600)), "one+fetch", "and tries again");
        cache.on_fetch_error(transient(), at(54_000), 1.0);
        assert_eq!(word(&mut cache, at(54_999)), "one");
        assert_eq!(word(&mut cache, at(55_000)), "fetch", "skew of 5 s before the end");
    }

    #[test]
    fn either_clock_ends_a_token() {
        let suspended = ClockReading { monotonic_ms: 1_000, wall_ms: 1_000_000 + 400_000 };
        assert_eq!(word(&mut with_token(300), suspended), "fetch");
        let turned_back = ClockReading { monotonic_ms: 400_000, wall_ms: 0 };
        assert_eq!(word(&mut with_token(300), turned_back), "fetch");
    }

    #[test]
    fn backoff_doubles_is_capped_and_never_ends() {
        let mut cache = TokenCache::default();
        let mut now = 0;
        let mut pauses = vec![];
        for _ in 0..8 {
            assert_eq!(word(&mut cache, at(now)), "fetch");
            cache.on_fetch_error(transient(), at(now), 1.0);
            let TokenAction::Failed { retry_at_ms, .. } = cache.next_action(at(now)) else {
                panic!()
            };
            pauses.push(retry_at_ms - now);
            now = retry_at_ms;
        }
        assert_eq!(pauses, [500, 1000, 2000, 4000, 8000, 15000, 15000, 15000]);
        assert_eq!(word(&mut cache, at(now)), "fetch");
        cache.on_token(token("one", 300), at(now), MIDDLE);
        assert_eq!(word(&mut cache, at(now)), "one");
    }

    #[test]
    fn permanent_failures_slow_the_loop_and_do_not_end_it() {
        let mut cache = TokenCache::default();
        cache.next_action(at(0));
        cache.on_fetch_error(permanent(), at(0), 1.0);
        assert_eq!(word(&mut cache, at(1)), "failed until 30000");
        assert_eq!(word(&mut cache, at(30_000)), "fetch");
        cache.on_fetch_error(permanent(), at(30_000), 1.0);
        cache.credentials_changed();
        assert_eq!(word(&mut cache, at(30_001)), "fetch", "new credentials are tried at once");
    }

    #[test]
    fn retry_after_is_obeyed_within_the_cap() {
        let mut cache = TokenCache::default();
        cache.next_action(at(0));
        cache.on_fetch_error(TokenError { retry_after_ms: Some(7_000), ..transient() }, at(0), 0.0);
        assert_eq!(word(&mut cache, at(1)), "failed until 7000");
        cache.next_action(at(7_000));
        cache.on_fetch_error(
            TokenError { retry_after_ms: Some(u64::MAX), ..transient() },
            at(7_000),
            0.0,
        );
        assert_eq!(word(&mut cache, at(7_001)), "failed until 22000");
    }

    #[test]
    fn a_hundred_stale_rejections_fetch_once_more() {
        let mut cache = with_token(300);
        let TokenAction::Use { generation: old, .. } = cache.next_action(at(1_000)) else {
            panic!()
        };
        for _ in 0..50 {
            assert_eq!(cache.on_unauthorized(old, at(1_000)), UnauthorizedAction::Retry);
        }
        assert_eq!(word(&mut cache, at(1_000)), "fetch");
        assert_eq!(word(&mut cache, at(1_000)), "wait");
        cache.on_token(token("two", 300), at(1_100), MIDDLE);
        // Late ones, about the token that is long gone.
        for _ in 0..50 {
            assert_eq!(cache.on_unauthorized(old, at(1_200)), UnauthorizedAction::Retry);
            assert_eq!(word(&mut cache, at(1_200)), "two");
        }
    }

    #[test]
    fn a_refused_fresh_token_does_not_loop() {
        let mut cache = with_token(300);
        assert_eq!(cache.on_unauthorized(cache.generation(), at(1_000)), UnauthorizedAction::Retry);
        assert_eq!(word(&mut cache, at(1_000)), "fetch");
        cache.on_token(token("two", 300), at(1_100), MIDDLE);
        assert_eq!(cache.on_unauthorized(cache.generation(), at(1_200)), UnauthorizedAction::Final);
        assert_eq!(word(&mut cache, at(1_200)), "two", "a final 401 costs no token request");
        assert_eq!(cache.on_unauthorized(cache.generation(), at(6_000)), UnauthorizedAction::Retry);
    }

    #[test]
    fn an_abandoned_fetch_does_not_block_the_next() {
        let mut cache = TokenCache::default();
        cache.next_action(at(0));
        cache.on_fetch_abandoned();
        assert_eq!(word(&mut cache, at(1)), "fetch");
    }
}
