//! Create: adds the owner tag. Under an `Idempotency-Key`, a create whose response is lost is looked up
//! by its tag, with the core's rules, so that a repetition returns the existing process.

use std::time::Duration;

use http::Response;
use http::header::HeaderValue;
use swisscom_sign::contract::{Operation, json as core_json};
use swisscom_sign::reconcile::{LookupStep, WriteLookup};
use swisscom_sign::retry::{FailureClass, RetryAction, retry_action};
use tokio::time::{Instant, sleep, timeout};

use super::{RelayRequest, core_request, json_response};
use crate::body::RelayBody;
use crate::error::{RelayError, RelayErrorKind, RelayResult};
use crate::idempotency::{BeginOutcome, HEADER, IdempotencyClaim, ReplayScope, UncertainAttempt};
use crate::policy::fields;
use crate::route::RouteIds;

/// Status of a process that a lookup has found, as of its create.
const CREATED: u16 = 201;

pub(super) async fn create(mut call: RelayRequest) -> RelayResult<Response<RelayBody>> {
    call.app.limits.create.check_and_count(&call.caller.hash).await?;
    let text = call.json_body(Operation::Create).await?;
    // In a task of its own: if the caller disconnects, the process may exist already, and its response must
    // still be stored for a replay.
    let task = tokio::spawn(async move {
        let tag = call.tenant.owner_keys.tag(&call.caller);
        let tag = tag.ok_or_else(|| RelayError::new(RelayErrorKind::Internal))?;
        match call.headers.get("idempotency-key").map(|key| key.to_str().unwrap_or("")) {
            None => {
                let (status, process) = send(&call, &text, &tag).await?;
                Ok(json_response(status, visible(&call, &process)))
            }
            Some(key) => {
                let store = &call.app.idempotency;
                match store.begin(&call.caller.hash, key, &text, tag).await? {
                    BeginOutcome::Perform(claim) => create_once(&call, &text, claim).await,
                    BeginOutcome::Repeat { status, body, scope } => {
                        Ok(with_replay_scope(json_response(status, body), scope))
                    }
                }
            }
        }
    });
    task.await.unwrap_or_else(|_| Err(RelayError::new(RelayErrorKind::Internal)))
}

async fn create_once(
    call: &RelayRequest,
    text: &str,
    mut claim: Box<IdempotencyClaim<'_>>,
) -> RelayResult<Response<RelayBody>> {
    for attempt in claim.uncertain.clone() {
        if let Some(process) = look_up(call, &attempt, Duration::ZERO).await? {
            return Ok(complete(call, claim, CREATED, &process).await);
        }
    }
    let attempt = UncertainAttempt { tag: claim.tag.clone(), started_at: Instant::now() };
    // Also if this task is cancelled from here on.
    claim.hold(true);
    let failure = match send(call, text, &attempt.tag).await {
        Ok((status, process)) => return Ok(complete(call, claim, status, &process).await),
        Err(failure) => failure,
    };
    let class = failure.failure.unwrap_or(FailureClass::Final);
    if retry_action(Operation::Create, class, false) != RetryAction::Reconcile {
        claim.hold(false);
        return Err(failure);
    }
    match look_up(call, &attempt, attempt.started_at.elapsed()).await? {
        Some(process) => Ok(complete(call, claim, CREATED, &process).await),
        // Not performed so far. The key stays uncertain, because the platform may still be busy with it.
        None => Err(failure),
    }
}

/// Returns status and process.
async fn send(call: &RelayRequest, text: &str, tag: &str) -> RelayResult<(u16, String)> {
    let body = fields::with_tag(text, &call.app.config.owner.property, tag)?;
    let request = core_request(Operation::Create, &RouteIds::default(), Some(&body))?;
    let token = call.tenant.token();
    let reply = call.tenant.platform.json(token, &request, &call.request_id).await?;
    Ok((reply.status, reply.json))
}

/// Returns the process that the attempt has created, or `None` if it was not performed. `took` is the
/// duration of an attempt that has just failed.
///
/// # Errors
/// [`RelayErrorKind::OutcomeUnknown`].
async fn look_up(
    call: &RelayRequest,
    attempt: &UncertainAttempt,
    took: Duration,
) -> RelayResult<Option<String>> {
    let found = timeout(call.app.config.reconcile_timeout(), run_lookup(call, attempt, took)).await;
    let (result, why) = match found {
        Ok(Ok(Some(process))) => ("performed", Ok(Some(process))),
        Ok(Ok(None)) => ("not_performed", Ok(None)),
        Ok(Err(why)) => ("unknown", Err(why)),
        Err(_) => ("unknown", Err("timeout".to_owned())),
    };
    call.app.metrics.reconciliation(result);
    why.map_err(|why| {
        tracing::warn!(why, "the outcome of a create is unknown");
        RelayError::new(RelayErrorKind::OutcomeUnknown).retry_after(5)
    })
}

async fn run_lookup(
    call: &RelayRequest,
    attempt: &UncertainAttempt,
    took: Duration,
) -> Result<Option<String>, String> {
    let ms = |duration: Duration| u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
    let mut lookup = WriteLookup::new(Operation::Create, "", Some(&attempt.tag), ms(took))
        .with_property(&call.app.config.owner.property);
    loop {
        match lookup.next_step() {
            LookupStep::Pause(pause) => sleep(Duration::from_millis(pause)).await,
            LookupStep::Send(request) => {
                let is_list = request.operation == Operation::FindAll;
                let token = if is_list { call.tenant.list_token() } else { call.tenant.token() };
                let read = call.tenant.platform.json(token, &request, &call.request_id).await;
                let read = read.map_err(|error| error.kind.code().to_owned())?;
                lookup.on_response(&read.json, read.date_ms, ms(attempt.started_at.elapsed()));
            }
            LookupStep::Performed(process) => return Ok(Some(process)),
            LookupStep::NotPerformed => return Ok(None),
            LookupStep::Refused(state) => return Err(format!("state {state}")),
            LookupStep::Unknown(why) => return Err(why.to_owned()),
        }
    }
}

async fn complete(
    call: &RelayRequest,
    claim: Box<IdempotencyClaim<'_>>,
    status: u16,
    process: &str,
) -> Response<RelayBody> {
    let visible = visible(call, process);
    let scope = claim.complete(status, &visible).await;
    with_replay_scope(json_response(status, visible), scope)
}

/// Registers the new process as the caller's, and removes the owner tag.
fn visible(call: &RelayRequest, process: &str) -> String {
    if let Some(id) = core_json::find_string(process, &["id"]) {
        call.app.owners.insert(&call.caller, &id);
        if let Some(index) = &call.app.own_index {
            index.add(&call.caller, &id, process);
        }
    }
    fields::without_tag(process)
}

fn with_replay_scope(mut response: Response<RelayBody>, scope: ReplayScope) -> Response<RelayBody> {
    response.headers_mut().insert(HEADER, HeaderValue::from_static(scope.as_str()));
    response
}
