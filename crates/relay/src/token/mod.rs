//! The token for the platform. What is decided, the core's [`TokenCache`] decides; here is its one
//! host: a supervisor task per token key, which fetches in tasks of their own, so that no caller
//! who goes away breaks off a fetch that others wait for. Calls read the token without a lock.
//!
//! - [`fetch`]: the request to the token endpoint.

pub mod fetch;

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use arc_swap::ArcSwap;
use http::HeaderValue;
use secrecy::ExposeSecret;
use swisscom_sign::auth::cache::{Generation, Moment, Policy, Rejection, Step, TokenCache};
use swisscom_sign::auth::{Token, TokenFailure};
use tokio::sync::{Semaphore, mpsc, oneshot, watch};
use tokio::task::JoinHandle;
use tokio::time::Instant;

use crate::problem::{Kind, Problem, Result};

/// The outcome of a fetch.
pub type Fetched = std::result::Result<Token, TokenFailure>;

/// How tokens are fetched.
pub trait Fetch: Send + Sync + 'static {
    /// One request to the token endpoint.
    fn fetch(&self) -> Pin<Box<dyn Future<Output = Fetched> + Send>>;

    /// Changes when the credentials do, so that new ones are tried at once.
    fn fingerprint(&self) -> u64 {
        0
    }

    /// Told about each fetch.
    fn observe(&self, _outcome: &Fetched, _took: Duration) {}
}

/// Both clocks of this machine.
#[derive(Debug, Clone, Copy)]
pub struct Clock {
    base: Instant,
    wall: fn(Instant) -> u64,
}

impl Clock {
    /// The machine's clocks.
    pub fn system() -> Self {
        let wall = |_| {
            let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
            u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
        };
        Self { base: Instant::now(), wall }
    }

    fn now(&self) -> Moment {
        let elapsed = u64::try_from(self.base.elapsed().as_millis()).unwrap_or(u64::MAX);
        Moment { monotonic_ms: elapsed, wall_ms: (self.wall)(self.base) }
    }

    fn instant(&self, monotonic_ms: u64) -> Instant {
        self.base + Duration::from_millis(monotonic_ms)
    }
}

/// What calls see.
#[derive(Debug, Default)]
struct Snapshot {
    bearer: Option<(Bearer, Moment)>,
    /// There is no token; when the next fetch is due.
    failed: Option<u64>,
    /// Whether that is because more was granted than was asked for.
    wider: bool,
}

impl Snapshot {
    fn shows_the_same(&self, other: &Self) -> bool {
        let generation = |snapshot: &Self| snapshot.bearer.as_ref().map(|(b, _)| b.generation);
        generation(self) == generation(other)
            && self.failed == other.failed
            && self.wider == other.wider
    }
}

/// A token, ready to be sent.
#[derive(Debug, Clone)]
pub struct Bearer {
    /// Value of the `authorization` header, marked sensitive.
    pub header: HeaderValue,
    /// To be named if it is refused.
    pub generation: Generation,
}

enum Command {
    Wake,
    Rejected(Generation, oneshot::Sender<Rejection>),
}

/// State of a token, for readiness and metrics.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Health {
    /// In use; it ends in so many milliseconds.
    Valid(u64),
    /// None.
    None,
}

/// A token as an operator sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// In use, and the last renewal succeeded.
    Fresh,
    /// In use, and the last renewal failed.
    Stale,
    /// There was one; calls are refused.
    Expired,
    /// There was none yet.
    None,
}

impl State {
    /// Every state.
    pub const ALL: [Self; 4] = [Self::Fresh, Self::Stale, Self::Expired, Self::None];

    /// Its name in metrics.
    pub fn name(self) -> &'static str {
        match self {
            Self::Fresh => "fresh",
            Self::Stale => "stale",
            Self::Expired => "expired",
            Self::None => "none",
        }
    }
}

/// A token that renews itself. Dropping it ends its supervisor.
#[derive(Debug)]
pub struct TokenSource {
    clock: Clock,
    snapshot: Arc<ArcSwap<Snapshot>>,
    changed: watch::Receiver<()>,
    commands: mpsc::Sender<Command>,
    waiters: Semaphore,
    wait: Duration,
    told: Arc<Told>,
}

/// What the supervisor tells operators.
#[derive(Debug, Default)]
struct Told {
    generation: AtomicU64,
    failing: AtomicBool,
}

/// Calls that may wait for the first token at a time.
const MAX_WAITERS: usize = 16 * 1024;
/// Commands that wait for the supervisor.
const MAX_COMMANDS: usize = 64;
/// Longest sleep of the supervisor: a machine that was suspended is noticed by then.
const TICK: Duration = Duration::from_secs(5);

impl TokenSource {
    /// Starts the supervisor, which fetches at once.
    pub fn start(fetch: Arc<dyn Fetch>, clock: Clock, wait: Duration) -> Self {
        let snapshot = Arc::new(ArcSwap::from_pointee(Snapshot::default()));
        let (changes, changed) = watch::channel(());
        let (commands, inbox) = mpsc::channel(MAX_COMMANDS);
        let told = Arc::new(Told::default());
        let supervisor = Supervisor {
            clock,
            told: Arc::clone(&told),
            fetch,
            cache: TokenCache::new(Policy::default()),
            snapshot: Arc::clone(&snapshot),
            changes,
            under_way: None,
            fingerprint: 0,
        };
        tokio::spawn(supervisor.run(inbox));
        let waiters = Semaphore::new(MAX_WAITERS);
        Self { clock, snapshot, changed, commands, waiters, wait, told }
    }

    /// A token that is valid now.
    ///
    /// # Errors
    /// [`Kind::UpstreamAuthUnavailable`] when there is none: a call is never sent without one.
    pub async fn bearer(&self) -> Result<Bearer> {
        match self.held(0) {
            Some(bearer) => Ok(bearer),
            None => self.wait_for(|| self.held(0)).await,
        }
    }

    /// A token that is valid for a while, if one can be had; for uploads, which cannot be repeated.
    ///
    /// # Errors
    /// As [`Self::bearer`].
    pub async fn bearer_for(&self, margin: Duration) -> Result<Bearer> {
        let ms = u64::try_from(margin.as_millis()).unwrap_or(u64::MAX);
        match self.held(ms) {
            Some(bearer) => Ok(bearer),
            None => match self.wait_for(|| self.held(ms)).await {
                Ok(bearer) => Ok(bearer),
                Err(_) => self.bearer().await,
            },
        }
    }

    fn held(&self, margin_ms: u64) -> Option<Bearer> {
        let snapshot = self.snapshot.load();
        let (bearer, ends_at) = snapshot.bearer.as_ref()?;
        let now = self.clock.now();
        let then = Moment {
            monotonic_ms: now.monotonic_ms.saturating_add(margin_ms),
            wall_ms: now.wall_ms.saturating_add(margin_ms),
        };
        (!ends_at.reached(then)).then(|| bearer.clone())
    }

    async fn wait_for(&self, ready: impl Fn() -> Option<Bearer>) -> Result<Bearer> {
        let overloaded = || Problem::new(Kind::Overloaded).after(1);
        let _waiter = self.waiters.try_acquire().map_err(|_| overloaded())?;
        let deadline = Instant::now() + self.wait;
        let mut changed = self.changed.clone();
        // Once: the supervisor may not have noticed yet that the token has ended.
        let _full = self.commands.try_send(Command::Wake);
        loop {
            changed.mark_unchanged();
            if let Some(bearer) = ready() {
                return Ok(bearer);
            }
            let now = self.clock.now().monotonic_ms;
            let unavailable = |retry_at: u64| {
                let seconds = retry_at.saturating_sub(now).div_ceil(1000);
                Problem::new(Kind::UpstreamAuthUnavailable).after(seconds.clamp(1, 300))
            };
            let failed = self.snapshot.load().failed;
            if let Some(retry_at) = failed.filter(|retry_at| *retry_at > now) {
                return Err(unavailable(retry_at));
            }
            match tokio::time::timeout_at(deadline, changed.changed()).await {
                Ok(Ok(())) => {}
                _ => return Err(unavailable(now)),
            }
        }
    }

    /// The platform refused the token of that generation.
    pub async fn rejected(&self, generation: Generation) -> Rejection {
        let (answer, answered) = oneshot::channel();
        if self.commands.send(Command::Rejected(generation, answer)).await.is_err() {
            return Rejection::Final;
        }
        answered.await.unwrap_or(Rejection::Final)
    }

    /// Whether the last token was refused because it is wider than what was asked for.
    pub fn is_wider(&self) -> bool {
        self.snapshot.load().wider
    }

    /// How many tokens there have been.
    pub fn generation(&self) -> u64 {
        self.told.generation.load(Ordering::Relaxed)
    }

    /// Calls that wait for a token.
    pub fn waiters(&self) -> usize {
        MAX_WAITERS.saturating_sub(self.waiters.available_permits())
    }

    /// How the token is.
    pub fn state(&self) -> State {
        let failing = self.told.failing.load(Ordering::Relaxed);
        match (self.health(), failing) {
            (Health::Valid(_), false) => State::Fresh,
            (Health::Valid(_), true) => State::Stale,
            (Health::None, _) if self.generation() > 0 => State::Expired,
            (Health::None, _) => State::None,
        }
    }

    /// Whether there is a valid token, and for how long.
    pub fn health(&self) -> Health {
        let now = self.clock.now();
        match &self.snapshot.load().bearer {
            Some((_, ends_at)) if !ends_at.reached(now) => {
                Health::Valid(ends_at.monotonic_ms.saturating_sub(now.monotonic_ms))
            }
            _ => Health::None,
        }
    }
}

struct Supervisor {
    clock: Clock,
    told: Arc<Told>,
    fetch: Arc<dyn Fetch>,
    cache: TokenCache,
    snapshot: Arc<ArcSwap<Snapshot>>,
    changes: watch::Sender<()>,
    under_way: Option<(JoinHandle<Fetched>, Instant)>,
    fingerprint: u64,
}

impl Supervisor {
    async fn run(mut self, mut inbox: mpsc::Receiver<Command>) {
        loop {
            self.step();
            let wake = self.cache.wakes_at_ms().map(|at| self.clock.instant(at));
            let tick = Instant::now() + TICK;
            let wake = wake.map_or(tick, |wake| wake.min(tick));
            tokio::select! {
                outcome = finished(&mut self.under_way) => self.finished(outcome),
                command = inbox.recv() => match command {
                    None => return,
                    Some(Command::Wake) => {}
                    Some(Command::Rejected(generation, answer)) => {
                        let _gone = answer.send(self.cache.rejected(generation, self.clock.now()));
                    }
                },
                () = tokio::time::sleep_until(wake) => {
                    if self.fetch.fingerprint() != self.fingerprint {
                        self.cache.credentials_changed();
                    }
                }
            }
        }
    }

    /// Asks the cache, does what it says, and shows it to the calls.
    fn step(&mut self) {
        let ends_at = self.cache.ends_at();
        let (next, fetch) = match self.cache.step(self.clock.now()) {
            Step::Use { token, generation, fetch } => {
                let known = self.snapshot.load();
                let held = known.bearer.as_ref().filter(|(b, _)| b.generation == generation);
                let bearer = match held {
                    Some(held) => Some(held.clone()),
                    None => header(token.expose_secret())
                        .map(|header| Bearer { header, generation })
                        .zip(ends_at),
                };
                (Snapshot { bearer, ..Snapshot::default() }, fetch)
            }
            Step::Fetch => (Snapshot::default(), true),
            Step::Wait => (Snapshot::default(), false),
            Step::Failed { retry_at_ms, error } => {
                let wider = error.message == fetch::WIDER;
                (Snapshot { bearer: None, failed: Some(retry_at_ms), wider }, false)
            }
        };
        // Only what is new wakes the waiting.
        if !self.snapshot.load().shows_the_same(&next) {
            self.snapshot.store(Arc::new(next));
            self.changes.send_replace(());
        }
        if fetch {
            self.fingerprint = self.fetch.fingerprint();
            self.under_way = Some((tokio::spawn(self.fetch.fetch()), Instant::now()));
        }
    }

    fn finished(&mut self, outcome: Fetched) {
        let took = self.under_way.take().map_or(Duration::ZERO, |(_, begun)| begun.elapsed());
        self.fetch.observe(&outcome, took);
        let (now, jitter) = (self.clock.now(), jitter());
        self.told.failing.store(outcome.is_err(), Ordering::Relaxed);
        match outcome {
            Ok(token) => {
                self.cache.fetched(token, now, jitter);
                let generation = self.cache.generation().number();
                self.told.generation.store(generation, Ordering::Relaxed);
            }
            Err(failure) => {
                let permanent = failure.permanent;
                tracing::warn!(permanent, why = %failure.error, "no new token");
                self.cache.failed(failure, now, jitter);
            }
        }
    }
}

/// A fetch that panicked is a failure like any other: the loop goes on.
async fn finished(under_way: &mut Option<(JoinHandle<Fetched>, Instant)>) -> Fetched {
    match under_way {
        None => std::future::pending().await,
        Some((task, _)) => match task.await {
            Ok(outcome) => outcome,
            Err(_) => Err(TokenFailure::unreachable("the fetch broke off")),
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
