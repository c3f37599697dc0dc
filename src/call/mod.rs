//! Engine of a call: decides when to get a token, send, pause, reconcile and give up. It performs no
//! I/O and reads no clock: a host asks for the next step, performs it and reports what happened.
//!
//! The order of steps is [`CallStep::NeedToken`], [`CallStep::Send`], then [`CallStep::Done`]; after
//! a failure [`CallStep::Pause`] and the first two again. If the response to a write was lost, the
//! engine sends reads to determine whether the write was performed ([`crate::reconcile`]), with the
//! same three steps.
//!
//! ```
//! use swisscom_sign::call::{Call, CallEnd, CallOptions, CallStep, Moment};
//! use swisscom_sign::request::{self, ResponseHead};
//!
//! # fn token() -> &'static str { "token" }
//! # fn send(_: &request::SignRequest<'_>, _: &str) -> Result<(u16, &'static str), ()> {
//! #     Ok((200, r#"{"status":"PENDING"}"#))
//! # }
//! # fn sleep(_: u64) {}
//! # fn moment() -> Moment { Moment { now_ms: 0, jitter: 0.5 } }
//! let request = request::get_status("6f1a5c4d-2d9a-4f12-a1c5-bc6e2bcb2d6a")?;
//! let mut call: Call<'_> = Call::new(request, CallOptions::default(), moment());
//! loop {
//!     match call.next_step() {
//!         CallStep::NeedToken(_) => call.on_token(),
//!         CallStep::Send(request) => match send(request, token()) {
//!             Ok((status, body)) => {
//!                 let head = ResponseHead { status, content_type: Some("application/json"), ..ResponseHead::default() };
//!                 match request::decode(request.operation, head, body.as_bytes()) {
//!                     Ok(_) => call.on_success(body, None, moment()),
//!                     Err(error) => call.on_failure(error, None, moment()),
//!                 }
//!             }
//!             Err(()) => {
//!                 let error = swisscom_sign::Error::new(swisscom_sign::ErrorKind::Connection, "closed");
//!                 call.on_failure(error, None, moment());
//!             }
//!         },
//!         CallStep::Pause(ms) => {
//!             sleep(ms);
//!             call.on_pause_ended(moment());
//!         }
//!         CallStep::Done => break,
//!     }
//! }
//! assert!(matches!(call.into_end(), Some(CallEnd::Succeeded)));
//! # Ok::<(), swisscom_sign::Error>(())
//! ```

#[cfg(test)]
mod tests;

use core::fmt;

use crate::auth::cache::UnauthorizedAction;
use crate::contract::{Operation, Redacted, ReplaySafety};
use crate::error::{Error, ErrorKind};
use crate::format_text::join;
use crate::reconcile::{LookupStep, WriteLookup};
use crate::request::{SignRequest, is_unknown_route};
use crate::retry::{FailureClass, NotConnected, RetryAction, RetryPolicy, classify, retry_action};

/// Failure of an attempt: an [`Error`], with whatever a host adds to it.
pub trait CallFailure {
    /// The error.
    fn error(&self) -> &Error;
    /// The error, to extend its message.
    fn error_mut(&mut self) -> &mut Error;
}

impl CallFailure for Error {
    fn error(&self) -> &Error {
        self
    }

    fn error_mut(&mut self) -> &mut Error {
        self
    }
}

/// Options of a call.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct CallOptions<'a> {
    /// Limits of retries.
    pub policy: RetryPolicy,
    /// Whether the body can be sent only once.
    pub once: bool,
    /// The process of the operation; empty for create.
    pub process_id: &'a str,
    /// Correlation ID in the request ([`crate::reconcile::add_correlation`]).
    pub correlation: Option<&'a str>,
}

/// Time and chance of a host, at an event.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Moment {
    /// Milliseconds on a monotonic clock.
    pub now_ms: u64,
    /// Random number in 0..1, for the length of a pause.
    pub jitter: f64,
}

/// Next step of a host.
#[derive(Debug, PartialEq, Eq)]
pub enum CallStep<'c> {
    /// Get a token for this operation; report it with [`Call::on_token`], or the failure with
    /// [`Call::on_failure`].
    NeedToken(Operation),
    /// Send this request with the token; report the outcome with [`Call::on_success`],
    /// [`Call::on_unauthorized`] or [`Call::on_failure`].
    Send(&'c SignRequest<'c>),
    /// Wait for this number of milliseconds, then call [`Call::on_pause_ended`].
    Pause(u64),
    /// The call has ended: see [`Call::into_end`].
    Done,
}

/// End of a call.
#[derive(Clone, PartialEq)]
pub enum CallEnd<F = Error> {
    /// The last reported response is the result.
    Succeeded,
    /// The response was lost, and the operation was performed: JSON text that the response would
    /// have had.
    Reconciled(String),
    /// The call failed, and has certainly not performed the operation unless it can be repeated.
    Failed(F),
    /// The response was lost, and it is unknown whether the operation was performed
    /// ([`ErrorKind::UncertainOutcome`]), or the state forbids a retry ([`ErrorKind::State`]).
    Uncertain {
        /// The error to report.
        error: Error,
        /// The failure of the attempt whose response was lost.
        lost: F,
    },
}

/// Omits the JSON text, which contains personal data.
impl<F: fmt::Debug> fmt::Debug for CallEnd<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Succeeded => f.write_str("Succeeded"),
            Self::Reconciled(json) => f.debug_tuple("Reconciled").field(&Redacted(json)).finish(),
            Self::Failed(failure) => f.debug_tuple("Failed").field(failure).finish(),
            Self::Uncertain { error, lost } => {
                let mut fields = f.debug_struct("Uncertain");
                fields.field("error", error).field("lost", lost).finish()
            }
        }
    }
}

/// Attempts of one request.
#[derive(Default)]
struct Attempts {
    count: u32,
    retries: u32,
    started_ms: u64,
    retried_after_401: bool,
    /// Whether the response to an attempt was lost: a later conflict may be its effect.
    response_lost: bool,
}

/// Lookup of a write whose response was lost.
struct Lookup<'a, F> {
    lookup: WriteLookup<'a>,
    lost: F,
    /// Whether the write is retried if it was not performed.
    retry: bool,
    /// The read in progress.
    read: Option<SignRequest<'static>>,
    attempts: Attempts,
}

enum Phase<F> {
    Token,
    Send,
    /// Pause before a retry, with the failure to return if the call is aborted meanwhile.
    RetryPause(u64, F),
    LookupPause(u64),
    End(CallEnd<F>),
}

/// A call: attempts of one operation, until it succeeds or the engine gives up.
pub struct Call<'a, F = Error> {
    request: SignRequest<'a>,
    options: CallOptions<'a>,
    started_ms: u64,
    attempts: Attempts,
    lookup: Option<Lookup<'a, F>>,
    phase: Phase<F>,
    possibly_performed: bool,
    aborted: bool,
}

/// Omits failures and texts.
impl<F> fmt::Debug for Call<'_, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call")
            .field("request", &self.request)
            .field("attempts", &self.attempts.count)
            .field("possibly_performed", &self.possibly_performed)
            .finish_non_exhaustive()
    }
}

impl<'a, F: CallFailure> Call<'a, F> {
    /// Starts a call.
    pub fn new(request: SignRequest<'a>, options: CallOptions<'a>, now: Moment) -> Self {
        let attempts = Attempts { count: 1, started_ms: now.now_ms, ..Attempts::default() };
        Self {
            request,
            options,
            started_ms: now.now_ms,
            attempts,
            lookup: None,
            phase: Phase::Token,
            possibly_performed: false,
            aborted: false,
        }
    }

    /// The next step; the same until an event is reported.
    pub fn next_step(&self) -> CallStep<'_> {
        let read = self.lookup.as_ref().and_then(|lookup| lookup.read.as_ref());
        let request = read.unwrap_or(&self.request);
        match &self.phase {
            Phase::Token => CallStep::NeedToken(request.operation),
            Phase::Send => CallStep::Send(request),
            Phase::RetryPause(ms, _) | Phase::LookupPause(ms) => CallStep::Pause(*ms),
            Phase::End(_) => CallStep::Done,
        }
    }

    /// The end of the call; `None` before [`CallStep::Done`].
    pub fn into_end(self) -> Option<CallEnd<F>> {
        match self.phase {
            Phase::End(end) => Some(end),
            _ => None,
        }
    }

    /// Number of the attempt in progress, or of attempts: of a read, if the call looks up a write.
    pub fn attempt(&self) -> u32 {
        self.lookup.as_ref().map_or(self.attempts.count, |lookup| lookup.attempts.count)
    }

    /// Whether the host performs a read of a lookup instead of the operation itself.
    pub fn is_lookup(&self) -> bool {
        self.lookup.is_some()
    }

    /// Whether a create or attach may have been performed: it was sent, and nothing has shown yet
    /// that it failed. A host that abandons the call reports this to its user.
    pub fn possibly_performed(&self) -> bool {
        self.possibly_performed
    }

    /// Ends the call at the next event: no attempt and no pause follows.
    pub fn abort(&mut self) {
        self.aborted = true;
    }

    /// Reports that the host has a token and sends the request.
    pub fn on_token(&mut self) {
        if let Phase::Token = self.phase {
            self.phase = Phase::Send;
            self.possibly_performed |= self.lookup.is_none()
                && self.request.operation.spec().replay == ReplaySafety::AfterReconciliation;
        }
    }

    /// Reports a response that [`crate::request::decode`] accepts: its JSON text, empty for a file,
    /// and the platform's clock (`Date` of the response, in milliseconds since 1970) if present.
    pub fn on_success(&mut self, json: &str, platform_ms: Option<i64>, now: Moment) {
        let since_ms = self.elapsed_ms(now);
        let Some(lookup) = &mut self.lookup else {
            self.phase = Phase::End(CallEnd::Succeeded);
            return;
        };
        lookup.read = None;
        lookup.lookup.on_response(json, platform_ms, since_ms);
        self.continue_lookup(now);
    }

    /// Reports a 401, with the action of the token cache.
    pub fn on_unauthorized(&mut self, failure: F, action: UnauthorizedAction, now: Moment) {
        let once = self.options.once && self.lookup.is_none();
        let attempts = self.current_attempts();
        // This retry does not count against `max_retries`: the platform rejected the request before
        // it processed it.
        if action == UnauthorizedAction::Retry && !attempts.retried_after_401 && !once {
            attempts.retried_after_401 = true;
            if !self.aborted {
                self.start_attempt(now);
                return;
            }
        }
        self.on_failure(failure, None, now);
    }

    /// Reports a failed attempt. `unsent`: why no connection was established; `None` if the request may
    /// have reached the platform, or if the host does not know.
    pub fn on_failure(&mut self, mut failure: F, unsent: Option<NotConnected>, now: Moment) {
        let error = failure.error();
        if self.lookup.is_some() {
            // Reads are never looked up themselves.
            let class = classify(error, unsent);
            let retry = retry_action(Operation::GetStatus, class, false) == RetryAction::Retry;
            let pause = if retry && !self.aborted { self.backoff(&mut failure, now) } else { None };
            match pause {
                Some(pause) => self.phase = Phase::RetryPause(pause, failure),
                None => self.end_uncertain(&["lookup failed: ", &failure.error().message]),
            }
            return;
        }
        if self.aborted || is_unknown_route(error) {
            self.phase = Phase::End(CallEnd::Failed(failure));
            return;
        }
        let operation = self.request.operation;
        let class = classify(error, unsent);
        // After a lost response, a conflict can mean that the earlier attempt succeeded.
        let late = self.attempts.response_lost && error.kind == ErrorKind::Conflict;
        match retry_action(operation, class, late) {
            action @ (RetryAction::Reconcile | RetryAction::CheckStatus) => {
                self.attempts.response_lost |= action == RetryAction::Reconcile;
                let took_ms = now.now_ms.saturating_sub(self.attempts.started_ms);
                let CallOptions { process_id, correlation, .. } = self.options;
                self.lookup = Some(Lookup {
                    lookup: WriteLookup::new(operation, process_id, correlation, took_ms),
                    lost: failure,
                    retry: class != FailureClass::Final,
                    read: None,
                    attempts: Attempts::default(),
                });
                self.continue_lookup(now);
            }
            action => self.retry(failure, action == RetryAction::Retry, now),
        }
    }

    /// Reports the end of a pause.
    pub fn on_pause_ended(&mut self, now: Moment) {
        let aborted = self.aborted;
        match core::mem::replace(&mut self.phase, Phase::Token) {
            Phase::RetryPause(_, failure) if aborted && self.lookup.is_none() => {
                self.phase = Phase::End(CallEnd::Failed(failure));
            }
            Phase::RetryPause(..) | Phase::LookupPause(_) if aborted => {
                self.end_uncertain(&["the call was aborted"]);
            }
            Phase::RetryPause(..) => {
                self.current_attempts().retries += 1;
                self.start_attempt(now);
            }
            Phase::LookupPause(_) => self.continue_lookup(now),
            phase => self.phase = phase,
        }
    }

    fn current_attempts(&mut self) -> &mut Attempts {
        match &mut self.lookup {
            Some(lookup) => &mut lookup.attempts,
            None => &mut self.attempts,
        }
    }

    fn start_attempt(&mut self, now: Moment) {
        let attempts = self.current_attempts();
        attempts.count += 1;
        attempts.started_ms = now.now_ms;
        self.possibly_performed &= self.lookup.is_some();
        self.phase = Phase::Token;
    }

    fn elapsed_ms(&self, now: Moment) -> u64 {
        now.now_ms.saturating_sub(self.started_ms)
    }

    /// The pause before a retry; `None`, with the reason in the message, if a limit forbids it.
    fn backoff(&mut self, failure: &mut F, now: Moment) -> Option<u64> {
        let elapsed = self.elapsed_ms(now);
        let retry_after = failure.error().retry_after_ms;
        let retries = self.current_attempts().retries;
        match self.options.policy.pause_ms(retries, retry_after, elapsed, now.jitter) {
            Ok(pause) => Some(pause),
            Err(reason) => {
                failure.error_mut().message.push_str(reason.as_str());
                None
            }
        }
    }

    /// Retries the operation, which was certainly not performed or can be repeated.
    fn retry(&mut self, mut failure: F, retryable: bool, now: Moment) {
        self.possibly_performed = false;
        let retryable = retryable && !self.options.once;
        let pause = if retryable { self.backoff(&mut failure, now) } else { None };
        self.phase = match pause {
            Some(pause) => Phase::RetryPause(pause, failure),
            None => Phase::End(CallEnd::Failed(failure)),
        };
    }

    fn continue_lookup(&mut self, now: Moment) {
        let elapsed = self.elapsed_ms(now);
        let Some(lookup) = &mut self.lookup else { return };
        match lookup.lookup.next_step() {
            LookupStep::Pause(ms) if self.options.policy.exceeds_deadline(ms, elapsed) => {
                self.end_uncertain(&["deadline exceeded before the outcome could be checked"]);
            }
            LookupStep::Pause(ms) => self.phase = Phase::LookupPause(ms),
            LookupStep::Send(_) if self.aborted => self.end_uncertain(&["the call was aborted"]),
            LookupStep::Send(read) => {
                lookup.read = Some(read);
                lookup.attempts = Attempts::default();
                self.start_attempt(now);
            }
            LookupStep::Performed(json) => {
                self.lookup = None;
                self.phase = Phase::End(CallEnd::Reconciled(json));
            }
            LookupStep::NotPerformed => {
                if let Some(Lookup { lost, retry, .. }) = self.lookup.take() {
                    self.retry(lost, retry, now);
                }
            }
            LookupStep::Refused(state) => {
                let error = Error::state_error(self.request.operation, state);
                self.end_with_cause(error);
            }
            LookupStep::Unknown(reason) => self.end_uncertain(&[reason]),
        }
    }

    /// Ends a lookup without an answer.
    fn end_uncertain(&mut self, reason: &[&str]) {
        let operation = self.request.operation;
        if operation.spec().replay == ReplaySafety::AfterStatus {
            // The caller can repeat it: the lost attempt is what failed.
            if let Some(lookup) = self.lookup.take() {
                self.phase = Phase::End(CallEnd::Failed(lookup.lost));
            }
            return;
        }
        let message = join(&[
            "uncertain outcome of ",
            operation.id(),
            ": the response was lost and the operation may have been performed (",
            &join(reason),
            "); look the process up before you retry",
        ]);
        self.end_with_cause(Error::new(ErrorKind::UncertainOutcome, message));
    }

    fn end_with_cause(&mut self, error: Error) {
        if let Some(lookup) = self.lookup.take() {
            self.phase = Phase::End(CallEnd::Uncertain { error, lost: lookup.lost });
        }
    }
}
