//! Known failures of other token caches (the table in `docs/relay.md`), replayed on a paused clock
//! against the supervisor.

use super::*;
use secrecy::SecretString;
use std::collections::VecDeque;
use std::sync::Mutex;
use std::sync::atomic::AtomicUsize;
use swisscom_sign::auth::parse_token_response;

/// A token endpoint whose answers are scripted; the last one is repeated.
#[derive(Default)]
struct ScriptedTokenEndpoint {
    script: Mutex<VecDeque<ScriptedResponse>>,
    calls: AtomicUsize,
    credentials: AtomicU64,
}

#[derive(Clone)]
enum ScriptedResponse {
    Token(&'static str, u64),
    Status(u16, &'static str),
    Unreachable,
    Hang,
    Panic,
}

impl TokenFetcher for ScriptedTokenEndpoint {
    fn fetch(&self) -> Pin<Box<dyn Future<Output = FetchOutcome> + Send>> {
        self.calls.fetch_add(1, Ordering::SeqCst);
        let mut script = self.script.lock().unwrap();
        let answer = if script.len() > 1 { script.pop_front() } else { script.front().cloned() };
        Box::pin(async move {
            tokio::time::sleep(Duration::from_millis(100)).await;
            match answer.expect("a response") {
                ScriptedResponse::Token(name, seconds) => Ok(AccessToken {
                    access_token: SecretString::from(name),
                    lifetime_ms: seconds * 1000,
                    scopes: vec![],
                }),
                ScriptedResponse::Status(status, body) => {
                    parse_token_response(status, None, body.as_bytes())
                }
                ScriptedResponse::Unreachable => Err(TokenError::unreachable("down")),
                ScriptedResponse::Hang => {
                    tokio::time::sleep(Duration::from_secs(10)).await;
                    Err(TokenError::unreachable("time-out"))
                }
                ScriptedResponse::Panic => panic!("a defect"),
            }
        })
    }

    fn fingerprint(&self) -> Pin<Box<dyn Future<Output = u64> + Send>> {
        Box::pin(std::future::ready(self.credentials.load(Ordering::SeqCst)))
    }
}

/// Both clocks go together here; the core's own tests move them apart.
fn clock() -> ClockPair {
    ClockPair { base: Instant::now(), wall: |base| base.elapsed().as_millis() as u64 }
}

fn start(script: &[ScriptedResponse]) -> (Arc<ScriptedTokenEndpoint>, Arc<TokenSource>) {
    let endpoint = Arc::new(ScriptedTokenEndpoint {
        script: Mutex::new(script.iter().cloned().collect()),
        ..ScriptedTokenEndpoint::default()
    });
    let fetch: Arc<dyn TokenFetcher> = Arc::clone(&endpoint) as _;
    let source = TokenSource::start(fetch, clock(), Duration::from_secs(5));
    (endpoint, Arc::new(source))
}

impl ScriptedTokenEndpoint {
    fn calls(&self) -> usize {
        self.calls.load(Ordering::SeqCst)
    }

    fn then(&self, answers: &[ScriptedResponse]) {
        *self.script.lock().unwrap() = answers.iter().cloned().collect();
    }
}

async fn name(source: &TokenSource) -> std::result::Result<String, RelayErrorKind> {
    match source.token().await {
        Ok(bearer) => Ok(bearer.header.to_str().unwrap()["Bearer ".len()..].to_owned()),
        Err(error) => Err(error.kind),
    }
}

async fn pass(seconds: u64) {
    tokio::time::sleep(Duration::from_secs(seconds)).await;
}

const REFUSED: ScriptedResponse =
    ScriptedResponse::Status(401, r#"{"error":"unauthorized_client"}"#);

#[tokio::test(start_paused = true)]
async fn fetches_once_for_concurrent_callers() {
    let (endpoint, source) = start(&[ScriptedResponse::Token("one", 300)]);
    let callers: Vec<_> = (0..1000)
        .map(|_| {
            let source = Arc::clone(&source);
            tokio::spawn(async move { name(&source).await })
        })
        .collect();
    for caller in callers {
        assert_eq!(caller.await.unwrap().as_deref(), Ok("one"));
    }
    assert_eq!(endpoint.calls(), 1);
}

#[tokio::test(start_paused = true)]
async fn limits_waiting_calls() {
    let (_endpoint, source) = start(&[ScriptedResponse::Hang]);
    let callers: Vec<_> = (0..MAX_WAITERS + 50)
        .map(|_| {
            let source = Arc::clone(&source);
            tokio::spawn(async move { name(&source).await })
        })
        .collect();
    let mut rejected = 0;
    for caller in callers {
        match caller.await.unwrap() {
            Err(RelayErrorKind::Overloaded) => rejected += 1,
            other => assert_eq!(other, Err(RelayErrorKind::UpstreamAuthUnavailable)),
        }
    }
    assert_eq!(rejected, 50);
}

/// A caller that goes away does not break off the fetch that others wait for (smithy-rs).
#[tokio::test(start_paused = true)]
async fn keeps_the_fetch_when_a_caller_disconnects() {
    let (endpoint, source) = start(&[ScriptedResponse::Token("one", 300)]);
    let gone = Arc::clone(&source);
    let first = tokio::spawn(async move { name(&gone).await });
    tokio::time::sleep(Duration::from_millis(10)).await;
    first.abort();
    assert_eq!(name(&source).await.as_deref(), Ok("one"));
    assert_eq!(endpoint.calls(), 1);
}

/// Envoy #44674, google-cloud-rust #5809: a token that is valid stays while renewals fail, and is
/// never used after its end.
#[tokio::test(start_paused = true)]
async fn uses_a_token_until_it_expires_while_renewals_fail() {
    let (_endpoint, source) =
        start(&[ScriptedResponse::Token("one", 60), ScriptedResponse::Unreachable]);
    assert_eq!(name(&source).await.as_deref(), Ok("one"));
    pass(54).await;
    assert_eq!(name(&source).await.as_deref(), Ok("one"));
    pass(2).await;
    assert_eq!(name(&source).await, Err(RelayErrorKind::UpstreamAuthUnavailable));
}

/// Duende's margin of 60 s meets Keycloak's default of 60 s: a token request per call.
#[tokio::test(start_paused = true)]
async fn renews_short_lived_tokens_in_proportion() {
    let (endpoint, source) = start(&[ScriptedResponse::Token("one", 60)]);
    for _ in 0..600 {
        name(&source).await.unwrap();
        pass(1).await;
    }
    let calls = endpoint.calls();
    assert!((12..=16).contains(&calls), "{calls} requests in 600 s");
}

/// Renewal happens without calls: the next caller does not wait for it.
#[tokio::test(start_paused = true)]
async fn renews_in_advance_without_calls() {
    let (endpoint, source) =
        start(&[ScriptedResponse::Token("one", 100), ScriptedResponse::Token("two", 100)]);
    assert_eq!(name(&source).await.as_deref(), Ok("one"));
    pass(85).await;
    assert_eq!(endpoint.calls(), 2);
    let begun = Instant::now();
    assert_eq!(name(&source).await.as_deref(), Ok("two"));
    assert_eq!(begun.elapsed(), Duration::ZERO);
}

/// Envoy #42009: 200 with an empty body was never tried again. google-cloud-rust #5864: a torn
/// answer was taken for permanent.
#[tokio::test(start_paused = true)]
async fn malformed_responses_are_transient() {
    for body in ["", "{", "<html>", r#"{"access_token":"x"}"#, "null"] {
        let (_endpoint, source) =
            start(&[ScriptedResponse::Status(200, body), ScriptedResponse::Token("one", 60)]);
        pass(2).await;
        assert_eq!(name(&source).await.as_deref(), Ok("one"), "{body}");
    }
}

/// google-cloud-rust #4541: the refresh task ended, and the client was dead until a restart.
#[tokio::test(start_paused = true)]
async fn no_failure_ends_the_supervisor() {
    for failure in
        [ScriptedResponse::Unreachable, REFUSED, ScriptedResponse::Panic, ScriptedResponse::Hang]
    {
        let mut script = vec![failure; 40];
        script.push(ScriptedResponse::Token("late", 300));
        let (_endpoint, source) = start(&script);
        pass(24 * 3600).await;
        assert_eq!(name(&source).await.as_deref(), Ok("late"));
    }
}

#[tokio::test(start_paused = true)]
async fn permanent_failures_are_retried_slowly() {
    let (endpoint, source) = start(&[REFUSED]);
    pass(1).await;
    let calls = endpoint.calls();
    assert_eq!(calls, 1);
    for _ in 0..100 {
        let error = source.token().await.unwrap_err();
        assert_eq!(error.kind, RelayErrorKind::UpstreamAuthUnavailable);
        assert!(error.retry_after_s.unwrap() >= 14, "{error:?}");
    }
    assert_eq!(endpoint.calls(), 1, "callers do not hammer the endpoint");
    pass(3600).await;
    assert!(endpoint.calls() < 30, "{}", endpoint.calls());
}

/// New credentials are tried at once, not at the end of the long pause.
#[tokio::test(start_paused = true)]
async fn tries_new_credentials_at_once() {
    let (endpoint, source) = start(&[REFUSED]);
    pass(1).await;
    assert!(name(&source).await.is_err());
    endpoint.then(&[ScriptedResponse::Token("one", 300)]);
    endpoint.credentials.store(1, Ordering::SeqCst);
    pass(6).await;
    assert_eq!(name(&source).await.as_deref(), Ok("one"));
}

/// OpenDAL #7975: a 401 before the local end kept the bad token. A hundred of them renew once.
#[tokio::test(start_paused = true)]
async fn renews_a_rejected_token_once() {
    let (endpoint, source) =
        start(&[ScriptedResponse::Token("one", 300), ScriptedResponse::Token("two", 300)]);
    let old = source.token().await.unwrap().generation;
    let callers: Vec<_> = (0..100)
        .map(|_| {
            let source = Arc::clone(&source);
            tokio::spawn(async move {
                assert_eq!(source.report_unauthorized(old).await, UnauthorizedAction::Retry);
                name(&source).await
            })
        })
        .collect();
    for caller in callers {
        assert_eq!(caller.await.unwrap().as_deref(), Ok("two"));
    }
    assert_eq!(endpoint.calls(), 2);
    // The new one is refused too: that is final, and does not loop.
    let new = source.token().await.unwrap().generation;
    assert_eq!(source.report_unauthorized(new).await, UnauthorizedAction::Final);
    assert_eq!(endpoint.calls(), 2);
}

/// gws #904: a missing `expires_in` was "for ever".
#[tokio::test(start_paused = true)]
async fn assumes_one_minute_without_expires_in() {
    let body = r#"{"access_token":"one","token_type":"bearer"}"#;
    let (_endpoint, source) =
        start(&[ScriptedResponse::Status(200, body), ScriptedResponse::Unreachable]);
    assert_eq!(name(&source).await.as_deref(), Ok("one"));
    pass(56).await;
    assert!(name(&source).await.is_err());
}

#[tokio::test(start_paused = true)]
async fn prefers_a_token_that_outlives_the_upload() {
    let (_endpoint, source) =
        start(&[ScriptedResponse::Token("one", 60), ScriptedResponse::Token("two", 60)]);
    assert_eq!(name(&source).await.as_deref(), Ok("one"));
    let bearer = source.token_valid_for(Duration::from_secs(15)).await.unwrap();
    assert!(bearer.header.to_str().unwrap().ends_with("one"));
    // With nothing better to be had, the token in use is used.
    let (_endpoint, source) =
        start(&[ScriptedResponse::Token("short", 12), ScriptedResponse::Unreachable]);
    assert_eq!(name(&source).await.as_deref(), Ok("short"));
    assert!(source.token_valid_for(Duration::from_secs(15)).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn debug_output_does_not_contain_the_token() {
    let (_endpoint, source) = start(&[ScriptedResponse::Token("canary", 60)]);
    let bearer = source.token().await.unwrap();
    let printed = format!("{bearer:?} {source:?}");
    assert!(!printed.contains("canary"), "{printed}");
}

/// A suspended machine: its wall clock has gone on, its timers have not. The first call after it
/// must not use what has ended.
#[tokio::test(start_paused = true)]
async fn does_not_use_an_expired_token_after_a_suspend() {
    static SLEPT: AtomicU64 = AtomicU64::new(0);
    let clock = ClockPair {
        base: Instant::now(),
        wall: |base| base.elapsed().as_millis() as u64 + SLEPT.load(Ordering::SeqCst),
    };
    let endpoint = Arc::new(ScriptedTokenEndpoint::default());
    endpoint.then(&[ScriptedResponse::Token("one", 300), ScriptedResponse::Token("two", 300)]);
    let fetch: Arc<dyn TokenFetcher> = Arc::clone(&endpoint) as _;
    let source = TokenSource::start(fetch, clock, Duration::from_secs(5));
    assert_eq!(name(&source).await.as_deref(), Ok("one"));
    SLEPT.store(400_000, Ordering::SeqCst);
    assert_eq!(name(&source).await.as_deref(), Ok("two"));
}

/// Those who find nothing wait for the one fetch that is under way, and all are served by it.
#[tokio::test(start_paused = true)]
async fn counts_waiting_calls() {
    let endpoint = Arc::new(ScriptedTokenEndpoint::default());
    endpoint.script.lock().unwrap().push_back(ScriptedResponse::Token("one", 300));
    let wait = Duration::from_secs(5);
    let source = Arc::new(TokenSource::start(endpoint.clone(), clock(), wait));
    assert_eq!(source.state(), TokenState::None);
    let mut callers = tokio::task::JoinSet::new();
    for _ in 0..10_000 {
        let source = Arc::clone(&source);
        callers.spawn(async move { source.token().await.is_ok() });
    }
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert_eq!(source.waiters(), 10_000);
    assert!(callers.join_all().await.into_iter().all(|served| served));
    assert_eq!(endpoint.calls.load(Ordering::SeqCst), 1);
    assert_eq!((source.state(), source.generation(), source.waiters()), (TokenState::Fresh, 1, 0));
}

#[tokio::test(start_paused = true)]
async fn reports_stale_and_expired_tokens() {
    let endpoint = Arc::new(ScriptedTokenEndpoint::default());
    endpoint
        .script
        .lock()
        .unwrap()
        .extend([ScriptedResponse::Token("one", 300), ScriptedResponse::Unreachable]);
    let source = TokenSource::start(endpoint.clone(), clock(), Duration::from_secs(5));
    assert!(source.token().await.is_ok());
    assert_eq!(source.state(), TokenState::Fresh);
    tokio::time::sleep(Duration::from_secs(270)).await;
    assert_eq!(source.state(), TokenState::Stale);
    tokio::time::sleep(Duration::from_secs(30)).await;
    assert_eq!((source.state(), source.generation()), (TokenState::Expired, 1));
}
