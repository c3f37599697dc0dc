//! [`WaitFor`]: waits until a process reaches a state.

use std::future::{Future, IntoFuture};
use std::pin::Pin;
use std::time::{Duration, Instant};

use swisscom_sign::contract::{Operation, Process, State};
use swisscom_sign::watch::{IntervalBounds, WaitStatus, next_interval_ms, wait_status};
use swisscom_sign::{Error, ErrorKind};

use crate::builder::Client;
use crate::call::{Request, Response, model};

/// Why a process does not reach the state.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WaitError {
    /// A signer declined.
    #[error("a signer declined: {}", .signer.as_deref().unwrap_or("unknown"))]
    Declined {
        /// `externalIdentifier`, or else identification.
        signer: Option<String>,
    },
    /// The online identification of a signer was rejected.
    #[error("the identification of a signer was rejected: {}", .signer.as_deref().unwrap_or("unknown"))]
    IdentificationRejected {
        /// `externalIdentifier`, or else identification.
        signer: Option<String>,
    },
    /// The process expired.
    #[error("the process expired")]
    Expired,
    /// The process was completed, while the caller waits for its expiry.
    #[error("the process was completed and cannot expire any more")]
    Completed,
    /// The process continues: wait again.
    #[error("the process did not reach {state} within {} seconds", timeout.as_secs())]
    Timeout {
        /// State to wait for.
        state: State,
        /// The timeout.
        timeout: Duration,
    },
    /// The process cannot be read.
    #[error(transparent)]
    Call(#[from] Error),
}

/// A wait, which starts when it is awaited.
#[derive(Debug)]
#[must_use = "a wait does nothing unless it is awaited"]
pub struct WaitFor {
    client: Client,
    process_id: String,
    state: State,
    timeout: Duration,
    bounds: IntervalBounds,
}

impl WaitFor {
    pub(crate) fn new(client: Client, process_id: String, state: State) -> Self {
        let bounds = IntervalBounds { min_ms: 1_000, max_ms: 300_000 };
        Self { client, process_id, state, timeout: Duration::from_secs(3600), bounds }
    }

    /// Maximum duration of the wait. Default: one hour.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Minimum and maximum time between two reads. Default: 1 second, growing to 5 minutes.
    pub fn interval(mut self, min: Duration, max: Duration) -> Self {
        let ms = |duration: Duration| u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
        self.bounds = IntervalBounds { min_ms: ms(min).max(1), max_ms: ms(max) };
        self
    }

    async fn wait(self) -> Result<Process, WaitError> {
        let started = Instant::now();
        let (mut last, mut changed, mut failures) = (String::new(), started, 0);
        loop {
            let request = Request::of_process(Operation::GetProcess, &self.process_id);
            match self.client.call(request).await {
                Ok(Response { json, .. }) => {
                    failures = 0;
                    match wait_status(&json, &self.state) {
                        WaitStatus::Reached => return Ok(model(&json)?),
                        WaitStatus::Waiting => {}
                        WaitStatus::Declined(signer) => return Err(WaitError::Declined { signer }),
                        WaitStatus::IdentificationRejected(signer) => {
                            return Err(WaitError::IdentificationRejected { signer });
                        }
                        WaitStatus::Expired => return Err(WaitError::Expired),
                        WaitStatus::Completed => return Err(WaitError::Completed),
                    }
                    if json != last {
                        (last, changed) = (json, Instant::now());
                    }
                }
                // A failure that passes does not end a wait of days.
                Err(error) if error.kind.retryable() && error.kind != ErrorKind::NotReady => {
                    failures += 1;
                }
                Err(error) => return Err(error.into()),
            }
            let quiet_ms = u64::try_from(changed.elapsed().as_millis()).unwrap_or(u64::MAX);
            let pause = next_interval_ms(quiet_ms, failures, self.bounds, fastrand::f64());
            let pause = Duration::from_millis(pause);
            let left = self.timeout.saturating_sub(started.elapsed());
            if left.is_zero() {
                return Err(WaitError::Timeout { state: self.state, timeout: self.timeout });
            }
            tokio::time::sleep(pause.min(left)).await;
        }
    }
}

impl IntoFuture for WaitFor {
    type Output = Result<Process, WaitError>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.wait())
    }
}
