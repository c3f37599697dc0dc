use super::*;
use crate::request;

const ID: &str = "6f1a5c4d-2d9a-4f12-a1c5-bc6e2bcb2d6a";
const CORRELATION: &str = "c0";
const EMPTY_LIST: &str = r#"{"content":[],"page":{"totalPages":0}}"#;
const FOUND: &str =
    r#"{"id":"p1","properties":[{"key":"swisscom-sign.correlation","value":"c0"}]}"#;

/// What the platform of a test does with an attempt.
enum Reply {
    Success(&'static str),
    Failure(ErrorKind, Option<u16>),
    NotSent,
    Unauthorized(UnauthorizedAction),
    TokenFailure,
}

use Reply::{Failure, NotSent, Success, TokenFailure, Unauthorized};

const LOST: Reply = Failure(ErrorKind::Connection, None);
const CONFLICT: Reply = Failure(ErrorKind::Conflict, Some(409));

fn error(kind: ErrorKind, status: Option<u16>) -> Error {
    Error { status, ..Error::new(kind, format!("{kind:?}")) }
}

/// Drives a call; each attempt takes 2 seconds. Returns the end and the steps as text.
fn run(call: Call<'_>, replies: impl IntoIterator<Item = Reply>) -> (CallEnd, Vec<String>) {
    run_until(call, replies, usize::MAX)
}

/// Aborts the call after a number of steps.
fn run_until(
    mut call: Call<'_>,
    replies: impl IntoIterator<Item = Reply>,
    abort_after: usize,
) -> (CallEnd, Vec<String>) {
    let mut replies = replies.into_iter();
    let (mut now, mut steps) = (Moment { now_ms: 0, jitter: 1.0 }, Vec::new());
    let mut reply = None;
    loop {
        match call.next_step() {
            CallStep::NeedToken(_) => {
                reply = replies.next();
                match reply {
                    Some(TokenFailure) => {
                        steps.push("no token".to_owned());
                        call.on_failure(
                            error(ErrorKind::TokenUnavailable, None),
                            Some(NotConnected::Unreachable),
                            now,
                        );
                    }
                    Some(_) => call.on_token(),
                    None => panic!("an attempt more than expected, after {steps:?}"),
                }
                continue;
            }
            CallStep::Send(request) => {
                steps.push(format!("{} {}", request.operation.id(), call.attempt()));
                now.now_ms += 2_000;
                if steps.len() >= abort_after {
                    call.abort();
                }
                match reply.take() {
                    Some(Success(json)) => call.on_success(json, None, now),
                    Some(Failure(kind, status)) => call.on_failure(error(kind, status), None, now),
                    Some(NotSent) => {
                        call.on_failure(
                            error(ErrorKind::Connection, None),
                            Some(NotConnected::Unreachable),
                            now,
                        );
                    }
                    Some(Unauthorized(action)) => {
                        let failure = error(ErrorKind::Authentication, Some(401));
                        call.on_unauthorized(failure, action, now);
                    }
                    _ => panic!("sent without a token"),
                }
            }
            CallStep::Pause(ms) => {
                steps.push(format!("pause {ms}"));
                now.now_ms += ms;
                if steps.len() >= abort_after {
                    call.abort();
                }
                call.on_pause_ended(now);
            }
            CallStep::Done => {
                assert!(replies.next().is_none(), "fewer attempts than expected: {steps:?}");
                return (call.into_end().unwrap(), steps);
            }
        }
    }
}

fn status() -> Call<'static> {
    Call::new(request::get_status(ID).unwrap(), CallOptions::default(), Moment::default())
}

fn create_with(options: CallOptions<'static>) -> Call<'static> {
    let request = SignRequest::new(Operation::Create, "/api/process").with_body("{}");
    Call::new(request, options, Moment::default())
}

fn create() -> Call<'static> {
    create_with(CallOptions { correlation: Some(CORRELATION), ..CallOptions::default() })
}

fn kind(end: &CallEnd) -> ErrorKind {
    match end {
        CallEnd::Failed(error) | CallEnd::Uncertain { error, .. } => error.kind,
        other => panic!("{other:?}"),
    }
}

#[test]
fn ends_with_the_first_response() {
    assert_eq!(run(status(), [Success("{}")]), (CallEnd::Succeeded, vec!["getStatus 1".into()]));
}

#[test]
fn repeats_a_read_after_growing_pauses() {
    let (end, steps) = run(status(), [LOST, Failure(ErrorKind::Server, Some(503)), Success("{}")]);
    assert_eq!(end, CallEnd::Succeeded);
    assert_eq!(steps, ["getStatus 1", "pause 500", "getStatus 2", "pause 1000", "getStatus 3"]);
    let (end, _) = run(status(), [LOST, LOST, LOST]);
    assert_eq!(kind(&end), ErrorKind::Connection);
}

#[test]
fn does_not_repeat_what_would_fail_again() {
    let (end, steps) = run(status(), [CONFLICT]);
    assert_eq!((kind(&end), steps.len()), (ErrorKind::Conflict, 1));
}

#[test]
fn repeats_once_with_a_new_token() {
    use UnauthorizedAction::{Final, Retry};
    let (end, steps) = run(status(), [Unauthorized(Retry), Success("{}")]);
    assert_eq!(
        (end, steps),
        (CallEnd::Succeeded, vec!["getStatus 1".into(), "getStatus 2".into()])
    );
    for replies in [vec![Unauthorized(Retry), Unauthorized(Retry)], vec![Unauthorized(Final)]] {
        assert_eq!(kind(&run(status(), replies).0), ErrorKind::Authentication);
    }
    // The retry after 401 leaves all retries for other failures.
    let (end, _) = run(status(), [Unauthorized(Retry), LOST, LOST, Success("{}")]);
    assert_eq!(end, CallEnd::Succeeded);
}

#[test]
fn repeats_a_write_that_was_not_sent() {
    let (end, steps) = run(create(), [TokenFailure, NotSent, Success("{}")]);
    assert_eq!(end, CallEnd::Succeeded);
    assert_eq!(steps, ["no token", "pause 500", "create 2", "pause 1000", "create 3"]);
}

#[test]
fn returns_the_process_that_a_lost_create_made() {
    let page: &str = concat!(
        r#"{"content":[{"id":"p1","properties":[{"key":"swisscom-sign.correlation","value":"c0"}]}],"#,
        r#""page":{"totalPages":1}}"#
    );
    let (end, steps) = run(create(), [LOST, LOST, Success(page)]);
    assert_eq!(end, CallEnd::Reconciled(FOUND.to_owned()));
    assert_eq!(steps, ["create 1", "pause 300", "findAll 1", "pause 500", "findAll 2"]);
}

#[test]
fn repeats_a_lost_create_that_two_reads_do_not_find() {
    let replies = [LOST, Success(EMPTY_LIST), Success(EMPTY_LIST), Success("{}")];
    let (end, steps) = run(create(), replies);
    assert_eq!(end, CallEnd::Succeeded);
    let reads = ["create 1", "pause 300", "findAll 1", "pause 2000", "findAll 1"];
    assert_eq!(steps, [&reads[..], &["pause 500", "create 2"]].concat());
}

#[test]
fn looks_up_a_conflict_after_a_lost_response() {
    let none = || [Success(EMPTY_LIST), Success(EMPTY_LIST)];
    let replies = [LOST].into_iter().chain(none()).chain([CONFLICT]).chain(none());
    let (end, _) = run(create(), replies);
    assert!(matches!(&end, CallEnd::Failed(error) if error.kind == ErrorKind::Conflict), "{end:?}");
    // Without a lost response, a conflict is final.
    assert_eq!(run(create(), [CONFLICT]).1, ["create 1"]);
}

#[test]
fn an_unanswered_lookup_leaves_the_outcome_uncertain() {
    let (end, _) = run(create(), [LOST, CONFLICT]);
    let CallEnd::Uncertain { error, lost } = end else { panic!("{end:?}") };
    assert_eq!((error.kind, lost.kind), (ErrorKind::UncertainOutcome, ErrorKind::Connection));
    assert!(error.message.contains("(lookup failed: Conflict)"), "{error}");
    let without = CallOptions::default();
    let (end, _) = run(create_with(without), [LOST]);
    assert_eq!(kind(&end), ErrorKind::UncertainOutcome);
}

#[test]
fn setup_asks_for_the_status_and_is_never_uncertain() {
    let setup = || {
        let request =
            SignRequest::new(Operation::Setup, format!("/api/process/{ID}/setup")).with_body("{}");
        let options = CallOptions { process_id: ID, ..CallOptions::default() };
        Call::new(request, options, Moment::default())
    };
    let (end, steps) = run(setup(), [LOST, Success(r#"{"status":"CREATED"}"#), Success("{}")]);
    assert_eq!(end, CallEnd::Succeeded);
    assert_eq!(steps, ["setup 1", "pause 300", "getStatus 1", "pause 500", "setup 2"]);
    let (end, _) = run(setup(), [LOST, Success(r#"{"status":"PENDING"}"#)]);
    assert!(matches!(&end, CallEnd::Uncertain { error, .. } if error.kind == ErrorKind::State));
    let (end, _) = run(setup(), [LOST, CONFLICT]);
    assert!(matches!(&end, CallEnd::Failed(error) if error.kind == ErrorKind::Connection));
}

#[test]
fn does_not_repeat_a_body_that_can_be_sent_once() {
    let options =
        CallOptions { once: true, correlation: Some(CORRELATION), ..CallOptions::default() };
    let (end, steps) = run(create_with(options), [LOST, Success(EMPTY_LIST), Success(EMPTY_LIST)]);
    assert_eq!((kind(&end), steps.len()), (ErrorKind::Connection, 5));
    assert_eq!(run(create_with(options), [NotSent]).1, ["create 1"]);
    let (end, _) = run(create_with(options), [Unauthorized(UnauthorizedAction::Retry)]);
    assert_eq!(kind(&end), ErrorKind::Authentication);
}

#[test]
fn gives_up_before_the_deadline() {
    let policy = RetryPolicy { deadline_ms: Some(2_400), ..RetryPolicy::default() };
    let options = CallOptions { policy, correlation: Some(CORRELATION), ..CallOptions::default() };
    let request = request::get_status(ID).unwrap();
    let (end, _) = run(Call::new(request, options, Moment::default()), [LOST]);
    assert!(matches!(&end, CallEnd::Failed(error) if error.message.contains("timeout")), "{end:?}");
    let policy = RetryPolicy { deadline_ms: Some(2_200), ..policy };
    let (end, _) = run(create_with(CallOptions { policy, ..options }), [LOST]);
    assert_eq!(kind(&end), ErrorKind::UncertainOutcome);
}

#[test]
fn an_abort_ends_the_call_at_the_next_event() {
    let end = |call, replies: Vec<Reply>, after| run_until(call, replies, after).0;
    assert_eq!(kind(&end(status(), vec![LOST], 1)), ErrorKind::Connection);
    assert_eq!(kind(&end(status(), vec![LOST], 2)), ErrorKind::Connection);
    // A create that may have been performed stays uncertain.
    for after in [2, 3] {
        let replies = if after == 2 { vec![LOST] } else { vec![LOST, Success(EMPTY_LIST)] };
        let end = end(create(), replies, after);
        assert_eq!(kind(&end), ErrorKind::UncertainOutcome, "{after}");
    }
    let unauthorized = vec![Unauthorized(UnauthorizedAction::Retry)];
    assert_eq!(kind(&end(status(), unauthorized, 1)), ErrorKind::Authentication);
}

#[test]
fn knows_whether_a_write_may_have_been_performed() {
    let now = Moment::default();
    let mut call = create();
    assert!(!call.possibly_performed(), "before it is sent");
    call.on_token();
    assert!(call.possibly_performed());
    call.on_failure(error(ErrorKind::Connection, None), None, now);
    assert!(call.possibly_performed(), "during the lookup");
    for _ in 0..2 {
        call.on_pause_ended(now);
        call.on_token();
        assert!(call.possibly_performed());
        call.on_success(EMPTY_LIST, None, now);
    }
    assert!(!call.possibly_performed(), "the lookup did not find it");
    call.on_pause_ended(now);
    call.on_token();
    call.on_unauthorized(
        error(ErrorKind::Authentication, Some(401)),
        UnauthorizedAction::Retry,
        now,
    );
    assert!(!call.possibly_performed(), "rejected before it was processed");
    let mut read = status();
    read.on_token();
    assert!(!read.possibly_performed(), "a read has no effect");
}

#[test]
fn an_unknown_route_is_not_retried() {
    let request = SignRequest::new(Operation::GetFileContent, "/api/file");
    let mut call: Call<'_> = Call::new(request, CallOptions::default(), Moment::default());
    call.on_token();
    let unknown = error(ErrorKind::Server, Some(501)).with_operation(Operation::GetFileContent);
    call.on_failure(unknown, None, Moment::default());
    assert_eq!(call.next_step(), CallStep::Done);
}

#[test]
fn a_final_failure_of_a_lookup_names_no_retry() {
    let now = Moment::default();
    let mut call = create();
    call.on_token();
    call.on_failure(error(ErrorKind::Connection, None), None, now);
    call.on_pause_ended(now);
    call.on_token();
    let refused = error(ErrorKind::Conflict, Some(409));
    call.on_failure(Error { retry_after_ms: Some(u64::MAX), ..refused }, None, now);
    let Some(CallEnd::Uncertain { error, .. }) = call.into_end() else { panic!("not uncertain") };
    assert!(error.message.contains("(lookup failed: Conflict)"), "{error}");
}
