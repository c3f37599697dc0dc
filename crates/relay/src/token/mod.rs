//! Access tokens for the platform. A supervisor task drives the core's [`TokenCache`] and runs each fetch
//! in a task of its own, so that a caller that disconnects does not cancel a fetch that others wait for.
//! Calls read the token without a lock.

pub(crate) mod client_credentials;

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use arc_swap::ArcSwap;
use http::HeaderValue;
use secrecy::ExposeSecret;
use swisscom_sign::auth::cache::{
    ClockReading, FetchPermit, TokenAction, TokenCache, TokenCachePolicy, TokenGeneration,
    UnauthorizedAction,
};
use swisscom_sign::auth::{AccessToken, TokenError};
use tokio::sync::{Semaphore, mpsc, oneshot, watch};
use tokio::task::JoinHandle;
use tokio::time::Instant;

use crate::error::{RelayError, RelayErrorKind, RelayResult};
use crate::telemetry::metrics::{TokenReading, TokenState};

pub(crate) type FetchOutcome = std::result::Result<AccessToken, TokenError>;

pub(crate) trait TokenFetcher: Send + Sync + 'static {
    fn fetch(&self) -> Pin<Box<dyn Future<Output = FetchOutcome> + Send>>;

    /// Changes with the credentials, so that new ones are tried at once.
    fn fingerprint(&self) -> Pin<Box<dyn Future<Output = u64> + Send>> {
        Box::pin(std::future::ready(0))
    }

    /// Called after each fetch.
    fn observe(&self, _outcome: &FetchOutcome, _duration: Duration) {}
}

/// Monotonic and wall clock.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ClockPair {
    base: Instant,
    wall: fn(Instant) -> u64,
}

impl ClockPair {
    pub(crate) fn system() -> Self {
        let wall = |_| {
            let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
            u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
        };
        Self { base: Instant::now(), wall }
    }

    fn now(&self) -> ClockReading {
        let elapsed = u64::try_from(self.base.elapsed().as_millis()).unwrap_or(u64::MAX);
        ClockReading { monotonic_ms: elapsed, wall_ms: (self.wall)(self.base) }
    }

    fn instant(&self, monotonic_ms: u64) -> Instant {
        self.base + Duration::from_millis(monotonic_ms)
    }
}

/// Published to the calls.
#[derive(Debug, Default)]
struct TokenSnapshot {
    bearer: Option<(BearerToken, ClockReading)>,
    /// Without a token: time of the next fetch.
    retry_at_ms: Option<u64>,
    /// The token was rejected because more scopes were granted than requested.
    excess_scope: bool,
}

impl TokenSnapshot {
    fn is_equivalent(&self, other: &Self) -> bool {
        let generation = |snapshot: &Self| snapshot.bearer.as_ref().map(|(b, _)| b.generation);
        generation(self) == generation(other)
            && self.retry_at_ms == other.retry_at_ms
            && self.excess_scope == other.excess_scope
    }
}

#[derive(Debug, Clone)]
pub(crate) struct BearerToken {
    /// Value of the `Authorization` header, marked as sensitive.
    pub(crate) header: HeaderValue,
    /// For [`TokenSource::report_unauthorized`].
    pub(crate) generation: TokenGeneration,
}

enum SupervisorCommand {
    Wake,
    Rejected(TokenGeneration, oneshot::Sender<UnauthorizedAction>),
}

/// For readiness and metrics.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TokenHealth {
    /// Milliseconds until it expires.
    Valid(u64),
    None,
}

/// A token that is renewed by a supervisor, until this is dropped.
#[derive(Debug)]
pub(crate) struct TokenSource {
    clock: ClockPair,
    snapshot: Arc<ArcSwap<TokenSnapshot>>,
    changed: watch::Receiver<()>,
    commands: mpsc::Sender<SupervisorCommand>,
    waiters: Semaphore,
    wait: Duration,
    status: Arc<ReportedStatus>,
}

/// Written by the supervisor, for metrics.
#[derive(Debug, Default)]
struct ReportedStatus {
    generation: AtomicU64,
    failing: AtomicBool,
}

const MAX_WAITERS: usize = 16 * 1024;
const MAX_COMMANDS: usize = 64;
/// Maximum sleep of the supervisor, so that it notices soon that the machine was suspended.
const MAX_SLEEP: Duration = Duration::from_secs(5);

impl TokenSource {
    /// Starts the supervisor, which fetches a token at once.
    pub(crate) fn start(fetch: Arc<dyn TokenFetcher>, clock: ClockPair, wait: Duration) -> Self {
        let snapshot = Arc::new(ArcSwap::from_pointee(TokenSnapshot::default()));
        let (changes, changed) = watch::channel(());
        let (commands, inbox) = mpsc::channel(MAX_COMMANDS);
        let status = Arc::new(ReportedStatus::default());
        let supervisor = TokenSupervisor {
            clock,
            status: Arc::clone(&status),
            fetch,
            cache: TokenCache::new(TokenCachePolicy::default()),
            snapshot: Arc::clone(&snapshot),
            changes,
            in_flight: None,
            fingerprint: 0,
        };
        tokio::spawn(supervisor.run(inbox));
        let waiters = Semaphore::new(MAX_WAITERS);
        Self { clock, snapshot, changed, commands, waiters, wait, status }
    }

    /// # Errors
    /// [`RelayErrorKind::UpstreamAuthUnavailable`] without a valid token: a request is never sent without.
    pub(crate) async fn token(&self) -> RelayResult<BearerToken> {
        match self.held(0) {
            Some(bearer) => Ok(bearer),
            None => self.wait_for(|| self.held(0)).await,
        }
    }

    /// Prefers a token that is valid for `margin`; for uploads, which cannot be repeated.
    pub(crate) async fn token_valid_for(&self, margin: Duration) -> RelayResult<BearerToken> {
        let ms = u64::try_from(margin.as_millis()).unwrap_or(u64::MAX);
        match self.held(ms) {
            Some(bearer) => Ok(bearer),
            None => match self.wait_for(|| self.held(ms)).await {
                Ok(bearer) => Ok(bearer),
                Err(_) => self.token().await,
            },
        }
    }

    fn held(&self, margin_ms: u64) -> Option<BearerToken> {
        let snapshot = self.snapshot.load();
        let (bearer, ends_at) = snapshot.bearer.as_ref()?;
        let now = self.clock.now();
        let then = ClockReading {
            monotonic_ms: now.monotonic_ms.saturating_add(margin_ms),
            wall_ms: now.wall_ms.saturating_add(margin_ms),
        };
        (!ends_at.has_reached(then)).then(|| bearer.clone())
    }

    async fn wait_for(&self, ready: impl Fn() -> Option<BearerToken>) -> RelayResult<BearerToken> {
        let overloaded = || RelayError::new(RelayErrorKind::Overloaded).retry_after(1);
        let _waiter = self.waiters.try_acquire().map_err(|_| overloaded())?;
        let deadline = Instant::now() + self.wait;
        let mut changed = self.changed.clone();
        // Wake the supervisor once: its timer can be up to 5 s late after the machine was suspended.
        let _full = self.commands.try_send(SupervisorCommand::Wake);
        loop {
            changed.mark_unchanged();
            if let Some(bearer) = ready() {
                return Ok(bearer);
            }
            let now = self.clock.now().monotonic_ms;
            let unavailable = |retry_at: u64| {
                let seconds = retry_at.saturating_sub(now).div_ceil(1000);
                RelayError::new(RelayErrorKind::UpstreamAuthUnavailable)
                    .retry_after(seconds.clamp(1, 300))
            };
            let retry_at_ms = self.snapshot.load().retry_at_ms;
            if let Some(retry_at) = retry_at_ms.filter(|retry_at| *retry_at > now) {
                return Err(unavailable(retry_at));
            }
            match tokio::time::timeout_at(deadline, changed.changed()).await {
                Ok(Ok(())) => {}
                _ => return Err(unavailable(now)),
            }
        }
    }

    /// The platform rejected the token of that generation.
    pub(crate) async fn report_unauthorized(
        &self,
        generation: TokenGeneration,
    ) -> UnauthorizedAction {
        let (answer, answered) = oneshot::channel();
        if self.commands.send(SupervisorCommand::Rejected(generation, answer)).await.is_err() {
            return UnauthorizedAction::Final;
        }
        answered.await.unwrap_or(UnauthorizedAction::Final)
    }

    pub(crate) fn has_excess_scope(&self) -> bool {
        self.snapshot.load().excess_scope
    }

    pub(crate) fn generation(&self) -> u64 {
        self.status.generation.load(Ordering::Relaxed)
    }

    pub(crate) fn waiters(&self) -> usize {
        MAX_WAITERS.saturating_sub(self.waiters.available_permits())
    }

    pub(crate) fn reading(&self) -> TokenReading {
        TokenReading { generation: self.generation(), waiters: self.waiters(), state: self.state() }
    }

    pub(crate) fn state(&self) -> TokenState {
        let failing = self.status.failing.load(Ordering::Relaxed);
        match (self.health(), failing) {
            (TokenHealth::Valid(_), false) => TokenState::Fresh,
            (TokenHealth::Valid(_), true) => TokenState::Stale,
            (TokenHealth::None, _) if self.generation() > 0 => TokenState::Expired,
            (TokenHealth::None, _) => TokenState::None,
        }
    }

    pub(crate) fn health(&self) -> TokenHealth {
        let now = self.clock.now();
        match &self.snapshot.load().bearer {
            Some((_, ends_at)) if !ends_at.has_reached(now) => {
                TokenHealth::Valid(ends_at.monotonic_ms.saturating_sub(now.monotonic_ms))
            }
            _ => TokenHealth::None,
        }
    }
}

/// Token request in progress.
struct InFlight {
    task: JoinHandle<FetchOutcome>,
    started_at: Instant,
    permit: FetchPermit,
}

struct TokenSupervisor {
    clock: ClockPair,
    status: Arc<ReportedStatus>,
    fetch: Arc<dyn TokenFetcher>,
    cache: TokenCache,
    snapshot: Arc<ArcSwap<TokenSnapshot>>,
    changes: watch::Sender<()>,
    in_flight: Option<InFlight>,
    fingerprint: u64,
}

impl TokenSupervisor {
    async fn run(mut self, mut inbox: mpsc::Receiver<SupervisorCommand>) {
        loop {
            self.step().await;
            let wake = self.cache.next_wakeup_ms().map(|at| self.clock.instant(at));
            let tick = Instant::now() + MAX_SLEEP;
            let wake = wake.map_or(tick, |wake| wake.min(tick));
            tokio::select! {
                outcome = finished(&mut self.in_flight) => self.finished(outcome),
                command = inbox.recv() => match command {
                    None => return,
                    Some(SupervisorCommand::Wake) => {}
                    Some(SupervisorCommand::Rejected(generation, answer)) => {
                        let _gone = answer.send(self.cache.on_unauthorized(generation, self.clock.now()));
                    }
                },
                () = tokio::time::sleep_until(wake) => {
                    if self.fetch.fingerprint().await != self.fingerprint {
                        self.cache.credentials_changed();
                    }
                }
            }
        }
    }

    /// Performs the next action of the cache and publishes the result.
    async fn step(&mut self) {
        let ends_at = self.cache.expires_at();
        let (next, fetch) = match self.cache.next_action(self.clock.now()) {
            TokenAction::Use { token, generation, fetch } => {
                let known = self.snapshot.load();
                let held = known.bearer.as_ref().filter(|(b, _)| b.generation == generation);
                let bearer = match held {
                    Some(held) => Some(held.clone()),
                    None => header(token.expose_secret())
                        .map(|header| BearerToken { header, generation })
                        .zip(ends_at),
                };
                (TokenSnapshot { bearer, ..TokenSnapshot::default() }, fetch)
            }
            TokenAction::Fetch(permit) => (TokenSnapshot::default(), Some(permit)),
            TokenAction::Wait => (TokenSnapshot::default(), None),
            TokenAction::Failed { retry_at_ms, error } => {
                let excess_scope = error.message == client_credentials::SCOPE_WIDER_CODE;
                (TokenSnapshot { bearer: None, retry_at_ms: Some(retry_at_ms), excess_scope }, None)
            }
        };
        // Notify waiting calls only of changes.
        if !self.snapshot.load().is_equivalent(&next) {
            self.snapshot.store(Arc::new(next));
            self.changes.send_replace(());
        }
        if let Some(permit) = fetch {
            self.fingerprint = self.fetch.fingerprint().await;
            let task = tokio::spawn(self.fetch.fetch());
            self.in_flight = Some(InFlight { task, started_at: Instant::now(), permit });
        }
    }

    fn finished(&mut self, outcome: FetchOutcome) {
        let Some(InFlight { permit, started_at, .. }) = self.in_flight.take() else { return };
        self.fetch.observe(&outcome, started_at.elapsed());
        let (now, jitter) = (self.clock.now(), jitter());
        self.status.failing.store(outcome.is_err(), Ordering::Relaxed);
        match outcome {
            Ok(token) => {
                self.cache.on_token(permit, token, jitter);
                let generation = self.cache.generation().get();
                self.status.generation.store(generation, Ordering::Relaxed);
            }
            Err(failure) => {
                let permanent = failure.permanent;
                tracing::warn!(permanent, error = %failure.error, "access token request failed; retrying");
                self.cache.on_fetch_error(permit, failure, now, jitter);
            }
        }
    }
}

/// A fetch that panicked is a transient failure, so that the supervisor continues.
async fn finished(in_flight: &mut Option<InFlight>) -> FetchOutcome {
    match in_flight {
        None => std::future::pending().await,
        Some(InFlight { task, .. }) => match task.await {
            Ok(outcome) => outcome,
            Err(_) => Err(TokenError::unreachable("the token request panicked")),
        },
    }
}

fn header(token: &str) -> Option<HeaderValue> {
    let mut header = HeaderValue::from_str(&format!("Bearer {token}")).ok()?;
    header.set_sensitive(true);
    Some(header)
}

fn jitter() -> f64 {
    let mut byte = [0];
    let _middle = aws_lc_rs::rand::fill(&mut byte);
    byte.first().map_or(0.5, |byte| f64::from(*byte) / 255.0)
}

#[cfg(test)]
mod tests;
