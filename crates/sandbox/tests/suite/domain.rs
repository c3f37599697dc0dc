//! Domain rules, without HTTP.

use jiff::{SignedDuration, Span, Timestamp};
use serde_json::{Value, json};
use swisscom_sign::contract::{ProcessReleaseRequest, SignatureMethod, SignerStatus, State};
use swisscom_sign_sandbox::actions::new_signer;
use swisscom_sign_sandbox::domain::{
    AttachCommand, CommandContext, CompleteSetupCommand, CreateCommand, DeclineCommand,
    DelegateCommand, DomainError, DomainEvent, ErrorName, EventKind, PageSizePt, ProcessAggregate,
    ProcessCommand, ProcessOwner, ReleaseCommand, ResolvedPosition, SetSigningOrderCommand,
    SignCommand, Tenant, apply, view,
};
use swisscom_sign_sandbox::ids::SeededIds;
use swisscom_sign_sandbox::settings::{DeclineOutcome, Qes, SandboxSettings};

use uuid::Uuid;

use crate::support::{DAY, START, at, process};

/// Process with its identifiers and its time.
pub(crate) struct ReleaseCase {
    pub(crate) state: Option<ProcessAggregate>,
    pub(crate) ids: SeededIds,
    pub(crate) now: Timestamp,
    pub(crate) settings: SandboxSettings,
}

impl ReleaseCase {
    pub(crate) fn new() -> Self {
        let ids = SeededIds::from_number(3);
        Self { state: None, ids, now: at(START), settings: SandboxSettings::default() }
    }

    pub(crate) fn try_command(
        &mut self,
        command: &ProcessCommand,
    ) -> Result<Vec<DomainEvent>, DomainError> {
        let mut context =
            CommandContext { now: self.now, ids: &mut self.ids, settings: &self.settings };
        let events = apply(self.state.as_ref(), command, &mut context)?;
        self.state =
            ProcessAggregate::replay(self.state.take(), &events, self.settings.archive_after);
        Ok(events)
    }

    #[track_caller]
    fn command(&mut self, command: &ProcessCommand) -> Vec<DomainEvent> {
        self.try_command(command).expect("a command that goes through")
    }

    #[track_caller]
    fn refused(&mut self, command: &ProcessCommand, name: ErrorName) {
        let before = self.state.clone();
        let refusal = self.try_command(command).expect_err("a refusal");
        assert_eq!(refusal.name, name, "{refusal}");
        assert_eq!(self.state, before, "a failed command changed something");
    }

    pub(crate) fn process(&self) -> &ProcessAggregate {
        self.state.as_ref().expect("a process")
    }

    fn pass(&mut self, seconds: i64) {
        self.now = self.now.checked_add(SignedDuration::from_secs(seconds)).expect("a time");
        self.command(&ProcessCommand::Elapse);
    }

    fn statuses(&self) -> Vec<SignerStatus> {
        self.process().signers.iter().map(|signer| signer.status.clone()).collect()
    }

    fn created(level: &str, signers: &[&str]) -> Self {
        let mut case = Self::new();
        case.command(&create(process(level, signers)));
        case
    }

    fn pending(level: &str, signers: &[&str]) -> Self {
        let mut case = Self::created(level, signers);
        let places = signers.iter().map(|signer| place(signer, 0, 10, 10)).collect();
        case.command(&attach("a", None, places));
        case.command(&release(json!({})));
        case
    }

    /// Releases with a signing order; mails are sent.
    fn ordered(signers: &[&str]) -> Self {
        let mut case = Self::created("SIMPLE", signers);
        case.command(&ProcessCommand::Order(SetSigningOrderCommand {
            signing_order: true,
            order: Vec::new(),
        }));
        let places = signers.iter().map(|signer| place(signer, 0, 10, 10)).collect();
        case.command(&attach("a", None, places));
        case.command(&release(json!({ "language": "de-CH" })));
        case
    }
}

pub(crate) fn create(request: Value) -> ProcessCommand {
    let organization = Some(swisscom_sign_sandbox::directory::ORGANIZATION_A);
    let owner = ProcessOwner { tenant: Tenant::Public, organization };
    let request = serde_json::from_value(request).expect("a process");
    ProcessCommand::Create(CreateCommand { owner, request })
}

pub(crate) fn attach(
    name: &str,
    external: Option<&str>,
    places: Vec<ResolvedPosition>,
) -> ProcessCommand {
    let pages = Some(vec![PageSizePt { width: 595.0, height: 842.0 }; 2]);
    let external_identifier = external.map(str::to_owned);
    ProcessCommand::Attach(AttachCommand {
        name: name.to_owned(),
        external_identifier,
        pages,
        places,
    })
}

pub(crate) fn place(signer: &str, page: i32, x: i32, y: i32) -> ResolvedPosition {
    ResolvedPosition { signer: signer.to_owned(), page, x, y, sticker: None }
}

pub(crate) fn release(request: Value) -> ProcessCommand {
    let request: ProcessReleaseRequest = serde_json::from_value(request).expect("a release");
    let valid_until = request.valid_until.as_deref().map(at);
    ProcessCommand::Release(ReleaseCommand { request, valid_until })
}

pub(crate) fn sign(person: &str) -> ProcessCommand {
    ProcessCommand::Sign(SignCommand { person: person.to_owned(), ..SignCommand::default() })
}

pub(crate) fn decline(person: &str) -> ProcessCommand {
    ProcessCommand::Decline(DeclineCommand {
        person: person.to_owned(),
        reason: Some("no".to_owned()),
    })
}

/// Preconditions of release in the order of the contract: each is reported only once all earlier ones
/// are met.
#[test]
fn release_preconditions_in_the_order_of_the_contract() {
    let release = &release(json!({}));
    let mut nobody = ReleaseCase::new();
    nobody.command(&create(json!({ "initiator": { "type": "PERSON" } })));
    nobody.refused(release, ErrorName::NoSigner);

    let mut case = ReleaseCase::new();
    let mut request = process("SIMPLE", &["anna", "beat"]);
    request["initiator"] = json!({ "type": "PERSON", "externalIdentifier": "carla" });
    case.command(&create(request));
    case.refused(release, ErrorName::NoDocument);
    case.command(&attach("one", None, vec![place("anna", 7, 10, 10)]));
    case.refused(release, ErrorName::SignerNotPlaced);
    case.command(&attach("two", None, vec![place("beat", -1, 426, 10)]));
    case.refused(release, ErrorName::NoDocumentWithAllSigners);
    case.command(&attach("all", None, vec![place("anna", 0, 10, 10), place("beat", 1, 10, 10)]));
    case.refused(release, ErrorName::SignatureOutsideVisibleArea);

    // Positions cannot be removed, so the last two cases need processes of their own.
    let mut case = ReleaseCase::created("SIMPLE", &["anna"]);
    case.command(&attach("all", None, vec![place("anna", 2, 10, 10)]));
    case.refused(release, ErrorName::PageOutOfRange);

    let mut case = ReleaseCase::new();
    let mut request = process("SIMPLE", &["anna"]);
    request["initiator"] = json!({ "type": "PERSON", "firstName": "Carla" });
    case.command(&create(request));
    case.command(&attach("all", None, vec![place("anna", -2, 10, 10)]));
    case.refused(release, ErrorName::PersonIncomplete);
}

#[test]
fn a_person_needs_an_address_or_both_names() {
    for (person, complete) in [
        (json!({}), false),
        (json!({ "lastName": "Doe" }), false),
        (json!({ "firstName": " ", "lastName": "Doe" }), false),
        (json!({ "firstName": "Jane", "lastName": "Doe" }), true),
        (json!({ "email": "jane@example.com" }), true),
    ] {
        let mut request = process("SIMPLE", &["anna"]);
        request["initiator"] = person.clone();
        request["initiator"]["type"] = "PERSON".into();
        let mut case = ReleaseCase::new();
        case.command(&create(request));
        case.command(&attach("a", None, vec![place("anna", 0, 0, 0)]));
        assert_eq!(case.try_command(&release(json!({}))).is_ok(), complete, "{person}");
    }
}

/// The signature must fit on its page, to the last point.
#[test]
fn visible_area() {
    for (x, y, fits) in [(425, 792, true), (426, 792, false), (425, 793, false), (0, 0, true)] {
        let mut case = ReleaseCase::created("SIMPLE", &["anna"]);
        case.command(&attach("a", None, vec![place("anna", -1, x, y)]));
        assert_eq!(case.try_command(&release(json!({}))).is_ok(), fits, "{x} {y}");
    }
    let mut case = ReleaseCase::created("SIMPLE", &["anna"]);
    case.refused(
        &attach("a", None, vec![place("anna", 0, -1, 0)]),
        ErrorName::SignatureOutsideVisibleArea,
    );
}

#[test]
fn attach_refusals() {
    let mut case = ReleaseCase::created("SIMPLE", &["anna"]);
    case.refused(&attach("a", None, vec![place("beat", 0, 0, 0)]), ErrorName::SignerNotFound);
    case.command(&attach("a", Some("ref"), vec![]));
    case.refused(&attach("b", Some("ref"), vec![]), ErrorName::DuplicateExternalIdentifier);
    for _ in 1..100 {
        case.command(&attach("a", None, vec![]));
    }
    case.refused(&attach("a", None, vec![]), ErrorName::TooManyFiles);
}

#[test]
fn release_options() {
    let prepared = || {
        let mut case = ReleaseCase::created("ADVANCED", &["anna"]);
        case.command(&attach("a", None, vec![place("anna", 0, 0, 0)]));
        case
    };
    let reminder =
        |reminder: Value| json!({ "notification": { "locale": "de-CH", "reminder": reminder } });
    for (request, name) in [
        (json!({ "validUntil": START }), ErrorName::ValidUntilNotInFuture),
        (json!({ "signatureMethods": ["CLICK"] }), ErrorName::SignatureMethodNotAllowed),
        (json!({ "signatureMethods": ["PASSKEY"] }), ErrorName::Validation),
        (reminder(json!({ "interval": "PT23H" })), ErrorName::ReminderOutOfRange),
        (reminder(json!({ "beforeExpiry": ["P1D", "P31D"] })), ErrorName::ReminderOutOfRange),
        (
            json!({ "notification": { "locale": "de-CH", "suppress": ["ALL"], "reminder": {} } }),
            ErrorName::ReminderSuppressed,
        ),
    ] {
        prepared().refused(&release(request), name);
    }
    for request in [
        reminder(json!({ "interval": "PT24H", "beforeExpiry": ["P30D", "P1W"] })),
        json!({ "signatureMethods": [] }),
        json!({ "signatureMethods": ["SMS", "APP"] }),
        json!({ "validUntil": "2030-01-01T00:00:00+01:00" }),
    ] {
        prepared().command(&release(request));
    }
    let mut case = prepared();
    case.command(&release(json!({ "validUntil": "2030-01-01T00:00:00+01:00" })));
    let details = view::to_contract_process(case.process(), &SandboxSettings::default());
    assert_eq!(details.valid_until.as_deref(), Some("2029-12-31T23:00:00Z"));
    // Timestamps have one format.
    let mut case = prepared();
    case.command(&release(json!({ "validUntil": "2030-01-01T00:00:00.100900Z" })));
    let records = view::records(case.process()).records.expect("records");
    let extras = records[0].extras.as_ref().expect("extras");
    assert_eq!(extras["transaction_validUntil"], "2030-01-01T00:00:00.100Z");
    let mut case = prepared();
    case.command(&release(json!({})));
    let end = case.now.checked_add(SignedDuration::from_secs(30 * DAY)).expect("a time");
    assert_eq!(case.process().released.as_ref().expect("released").valid_until, end);
}

/// Variable lengths (months, years) count as their maximum, whatever the date.
#[test]
fn reminders_of_a_month_are_too_long() {
    for start in ["2026-11-01T10:00:00Z", "2026-12-01T10:00:00Z", "2027-02-01T10:00:00Z"] {
        let mut case = ReleaseCase::created("SIMPLE", &["anna"]);
        case.now = at(start);
        case.command(&attach("a", None, vec![place("anna", 0, 0, 0)]));
        let remind = |interval: &str| {
            let reminder = json!({ "interval": interval });
            release(json!({ "notification": { "locale": "de-CH", "reminder": reminder } }))
        };
        for interval in ["P1M", "PT23H", "P31D"] {
            case.refused(&remind(interval), ErrorName::ReminderOutOfRange);
        }
        case.command(&remind("P30D"));
    }
}

/// Input of people is limited by the pages.
#[test]
fn long_reasons_and_names_are_refused() {
    let mut case = ReleaseCase::pending("ADVANCED", &["anna", "beat"]);
    let sign = |length: usize| {
        let certificate_name = Some("é".repeat(length));
        ProcessCommand::Sign(SignCommand {
            person: "anna".to_owned(),
            certificate_name,
            ..SignCommand::default()
        })
    };
    let decline = |length: usize| {
        ProcessCommand::Decline(DeclineCommand {
            person: "beat".to_owned(),
            reason: Some("é".repeat(length)),
        })
    };
    case.refused(&sign(101), ErrorName::Validation);
    case.command(&sign(100));
    case.refused(&decline(1001), ErrorName::Validation);
    case.command(&decline(1000));
}

#[test]
fn mails_by_request() {
    let mails = |request: Value| -> Vec<&'static str> {
        let mut case = ReleaseCase::created("SIMPLE", &["anna"]);
        case.command(&attach("a", None, vec![place("anna", 0, 0, 0)]));
        let mut events = case.command(&release(request));
        events.extend(case.command(&sign("anna")));
        let kinds = events.iter().filter_map(|event| match &event.what {
            EventKind::Mailed(mail) => Some(mail.kind),
            _ => None,
        });
        kinds.collect()
    };
    let notify =
        |suppress: Value| json!({ "notification": { "locale": "fr-CH", "suppress": suppress } });
    assert!(mails(json!({})).is_empty());
    assert_eq!(mails(json!({ "language": "de-CH" })), ["INVITE", "COMPLETION"]);
    assert_eq!(mails(notify(json!([]))), ["INVITE", "COMPLETION"]);
    assert_eq!(mails(notify(json!(["INVITE"]))), ["COMPLETION"]);
    assert_eq!(mails(notify(json!(["COMPLETION"]))), ["INVITE"]);
    assert!(mails(notify(json!(["ALL"]))).is_empty());
}

#[test]
fn signing_in_any_order_completes() {
    let mut case = ReleaseCase::pending("SIMPLE", &["anna", "beat"]);
    assert_eq!(case.statuses(), [SignerStatus::Pending, SignerStatus::Pending]);
    case.command(&sign("beat"));
    assert_eq!(case.process().status, State::Pending);
    case.refused(&sign("beat"), ErrorName::SignerAlreadyDone);
    case.command(&sign("anna"));
    assert_eq!(case.process().status, State::Completed);
    assert_eq!(case.process().files[0].versions.len(), 2);
    case.refused(&sign("anna"), ErrorName::ProcessEnded);
    case.refused(&decline("anna"), ErrorName::ProcessEnded);
}

#[test]
fn signing_order_invites_one_after_the_other() {
    let mut case = ReleaseCase::created("SIMPLE", &["anna", "beat"]);
    case.command(&attach("a", None, vec![place("anna", 0, 0, 0), place("beat", 0, 0, 60)]));
    let complete = ProcessCommand::CompleteSetup(CompleteSetupCommand {
        signing_order: Some(true),
        ..CompleteSetupCommand::default()
    });
    case.refused(&complete, ErrorName::SetupNotRequested);
    let setup = serde_json::from_value(json!({ "language": "it-CH" })).expect("a setup");
    case.command(&ProcessCommand::Setup(setup));
    assert_eq!(case.statuses(), [SignerStatus::Waiting, SignerStatus::Waiting]);
    case.command(&complete);
    assert_eq!(case.statuses(), [SignerStatus::Pending, SignerStatus::Waiting]);
    case.refused(&sign("beat"), ErrorName::NotYourTurn);
    case.command(&sign("anna"));
    assert_eq!(case.statuses(), [SignerStatus::Signed, SignerStatus::Pending]);
    case.command(&sign("beat"));
    assert_eq!(case.process().status, State::Completed);
}

#[test]
fn declining_ends_the_process_or_does_not() {
    let mut case = ReleaseCase::pending("SIMPLE", &["anna", "beat", "carla"]);
    case.command(&sign("carla"));
    case.command(&decline("anna"));
    assert_eq!(case.process().status, State::Expired);
    let statuses = [SignerStatus::Declined, SignerStatus::Canceled, SignerStatus::Signed];
    assert_eq!(case.statuses(), statuses);
    let details = serde_json::to_value(view::to_contract_process(
        case.process(),
        &SandboxSettings::default(),
    ))
    .expect("JSON");
    let canceled = &details["invitees"]["signers"][1];
    assert_eq!(canceled["canceledOn"], START);
    assert_eq!(canceled["discontinuedOn"], START);
    let records = view::records(case.process()).records.expect("records");
    assert_eq!(records[0].action.as_deref(), Some("transaction"));
    assert_eq!(records[0].status.as_ref().map(|s| s.as_str()), Some("ABORT"));

    let mut case = ReleaseCase::pending("SIMPLE", &["anna", "beat"]);
    case.settings.decline_outcome = DeclineOutcome::Pending;
    case.command(&decline("anna"));
    assert_eq!(case.process().status, State::Pending);
    assert_eq!(case.statuses(), [SignerStatus::Declined, SignerStatus::Pending]);
    case.command(&sign("beat"));
    assert_eq!(case.process().status, State::Pending, "a signature is missing for good");
}

/// The next signer is invited even if an earlier one declined.
#[test]
fn passes_the_turn_after_a_decline_that_does_not_end_the_process() {
    let mut case = ReleaseCase::ordered(&["anna", "beat"]);
    case.settings.decline_outcome = DeclineOutcome::Pending;
    case.command(&decline("anna"));
    assert_eq!(case.statuses(), [SignerStatus::Declined, SignerStatus::Pending]);
}

/// By then it is the turn of another signer.
#[test]
fn queues_the_replacement_of_a_decliner() {
    let mut case = ReleaseCase::ordered(&["anna", "beat", "carla"]);
    case.settings.decline_outcome = DeclineOutcome::Pending;
    case.command(&decline("anna"));
    let to = new_signer("Dora".into(), "Muster".into(), Some("dora@example.com".into()), None);
    case.command(&ProcessCommand::Replace(DelegateCommand { person: "anna".into(), to }));
    use SignerStatus::{Pending, Replaced, Signed, Waiting};
    assert_eq!(case.statuses(), [Replaced, Waiting, Pending, Waiting]);
    case.command(&sign("beat"));
    assert_eq!(case.statuses(), [Replaced, Pending, Signed, Waiting]);
}

#[test]
fn a_signing_order_is_set_before_the_release() {
    let mut case = ReleaseCase::created("SIMPLE", &["anna", "beat"]);
    let [anna, beat] = [0, 1].map(|index| case.process().signers[index].id);
    let order =
        |order| ProcessCommand::Order(SetSigningOrderCommand { signing_order: true, order });
    case.refused(&order(vec![Uuid::nil()]), ErrorName::SignerNotFound);
    case.command(&order(vec![beat]));
    assert_eq!(case.process().signers.iter().map(|s| s.id).collect::<Vec<_>>(), [beat, anna]);
    // Tags are numbered in the order of the signers.
    assert_eq!(["anna", "beat"].map(|p| case.process().tag_number(p)), [Some(1), Some(2)]);
    case.command(&attach("a", None, vec![place("anna", 0, 0, 0), place("beat", 0, 0, 60)]));
    case.command(&release(json!({})));
    assert_eq!(case.statuses(), [SignerStatus::Pending, SignerStatus::Waiting]);
    case.refused(&sign("anna"), ErrorName::NotYourTurn);
    case.refused(&order(vec![anna]), ErrorName::ProcessAlreadyReleased);

    // The setup page keeps it unless the form changes it.
    for (asked, second) in [(None, SignerStatus::Waiting), (Some(false), SignerStatus::Pending)] {
        let mut case = ReleaseCase::created("SIMPLE", &["anna", "beat"]);
        case.command(&order(Vec::new()));
        case.command(&attach("a", None, vec![place("anna", 0, 0, 0), place("beat", 0, 0, 60)]));
        case.command(&ProcessCommand::Setup(serde_json::from_value(json!({})).expect("a setup")));
        let complete =
            CompleteSetupCommand { signing_order: asked, ..CompleteSetupCommand::default() };
        case.command(&ProcessCommand::CompleteSetup(complete));
        assert_eq!(case.statuses(), [SignerStatus::Pending, second]);
    }
}

#[test]
fn a_signer_is_removed() {
    let remove = |person: &str| ProcessCommand::Remove(person.to_owned());
    let mut case = ReleaseCase::created("SIMPLE", &["anna"]);
    case.refused(&remove("anna"), ErrorName::ProcessNotReleased);
    let mut case = ReleaseCase::ordered(&["anna", "beat", "carla"]);
    case.refused(&remove("nobody"), ErrorName::ParticipantNotFound);
    case.command(&remove("anna"));
    use SignerStatus::{Pending, Removed, Signed, Waiting};
    assert_eq!(case.statuses(), [Removed, Pending, Waiting], "it is the next one's turn");
    case.refused(&remove("anna"), ErrorName::ParticipantInactive);
    case.refused(&sign("anna"), ErrorName::ParticipantInactive);
    case.command(&sign("beat"));
    case.refused(&remove("beat"), ErrorName::SignerAlreadyDone);
    let events = case.command(&remove("carla"));
    assert_eq!(case.statuses(), [Removed, Signed, Removed]);
    assert_eq!(case.process().status, State::Completed, "nobody else is awaited");
    let told: Vec<_> = events
        .iter()
        .filter_map(|event| match &event.what {
            EventKind::Mailed(mail) => Some((mail.kind, mail.to.as_str())),
            _ => None,
        })
        .collect();
    assert_eq!(told, [("COMPLETION", "beat@example.com")]);
    let mut case = ReleaseCase::pending("SIMPLE", &["anna", "beat"]);
    case.command(&remove("anna"));
    case.refused(&remove("beat"), ErrorName::NoSigner);
}

#[test]
fn a_signer_is_replaced() {
    let replace = |person: &str| {
        let to = new_signer("Dora".into(), "Dubois".into(), Some("dora@example.com".into()), None);
        ProcessCommand::Replace(DelegateCommand { person: person.to_owned(), to })
    };
    use SignerStatus::{Pending, Replaced, Waiting};
    let mut case = ReleaseCase::ordered(&["anna", "beat"]);
    case.command(&replace("beat"));
    assert_eq!(case.statuses(), [Pending, Replaced, Waiting]);
    case.command(&replace("anna"));
    assert_eq!(case.statuses(), [Replaced, Pending, Replaced, Waiting]);
    for index in [1, 3] {
        let new = case.process().signers[index].id.to_string();
        case.command(&sign(&new));
    }
    assert_eq!(case.process().status, State::Completed);
    case.refused(&replace("anna"), ErrorName::ProcessEnded);
    // Also after a decline that did not end the process.
    let mut case = ReleaseCase::pending("SIMPLE", &["anna"]);
    case.settings.decline_outcome = DeclineOutcome::Pending;
    case.command(&decline("anna"));
    case.command(&replace("anna"));
    assert_eq!(case.statuses(), [Replaced, Pending]);
}

#[test]
fn cancels_a_process() {
    let mut case = ReleaseCase::created("SIMPLE", &["anna"]);
    case.refused(&ProcessCommand::Cancel, ErrorName::ProcessNotReleased);
    let mut case = ReleaseCase::pending("SIMPLE", &["anna", "beat"]);
    case.command(&sign("anna"));
    case.command(&ProcessCommand::Cancel);
    assert_eq!(case.process().status, State::Expired);
    assert_eq!(case.statuses(), [SignerStatus::Signed, SignerStatus::Canceled]);
    let records = view::records(case.process()).records.expect("records");
    assert_eq!(records[0].status.as_ref().map(|s| s.as_str()), Some("ABORT"));
    case.refused(&ProcessCommand::Cancel, ErrorName::ProcessEnded);
}

#[test]
fn time_expires_and_archives_on_the_moment() {
    let mut case = ReleaseCase::pending("SIMPLE", &["anna"]);
    let end = case.process().released.as_ref().expect("released").valid_until;
    case.pass(30 * DAY - 1);
    assert_eq!(case.process().status, State::Pending);
    // Late processing: every event has the timestamp of its due time, not of the read.
    case.pass(100 * DAY);
    assert_eq!(case.process().status, State::Expired);
    assert_eq!(case.statuses(), [SignerStatus::Pending]);
    let archive_on = end.checked_add(SignedDuration::from_secs(30 * DAY)).expect("a time");
    assert_eq!(case.process().archive_on, Some(archive_on));
    assert_eq!(case.process().archived_on, Some(archive_on));
    assert_eq!(case.process().next_due(), None);
    case.refused(&sign("anna"), ErrorName::ProcessEnded);
}

#[test]
fn calendar_spans_of_the_archive() {
    let mut case = ReleaseCase::pending("SIMPLE", &["anna"]);
    case.settings.archive_after = Span::new().months(1);
    case.refused(&ProcessCommand::Archive, ErrorName::ProcessNotEnded);
    case.command(&sign("anna"));
    assert_eq!(case.process().archive_on, Some(at("2026-12-01T10:00:00Z")));
    case.command(&ProcessCommand::Archive);
    assert_eq!(case.process().archived_on, Some(case.now));
    assert!(case.command(&ProcessCommand::Archive).is_empty());
}

#[test]
fn qualified_signatures_are_refused_and_recorded() {
    let mut case = ReleaseCase::pending("QUALIFIED", &["anna"]);
    let events = case.command(&sign("anna"));
    assert!(matches!(events[0].what, EventKind::SignatureRefused(_)), "{events:?}");
    assert_eq!(case.statuses(), [SignerStatus::Pending]);
    let records = view::records(case.process()).records.expect("records");
    assert_eq!(records[0].status.as_ref().map(|s| s.as_str()), Some("FAIL"));
    case.settings.qes = Qes::Simulate;
    case.command(&sign("anna"));
    assert_eq!(case.process().status, State::Completed);
}

#[test]
fn certificates() {
    let signed = |level: &str, method: Option<SignatureMethod>, name: Option<&str>| {
        let mut case = ReleaseCase::pending(level, &["anna"]);
        let person = "anna".to_owned();
        let certificate_name = name.map(str::to_owned);
        case.command(&ProcessCommand::Sign(SignCommand { person, method, certificate_name }));
        let details = serde_json::to_value(view::to_contract_process(
            case.process(),
            &SandboxSettings::default(),
        ))
        .expect("JSON");
        let signer = &details["invitees"]["signers"][0];
        (signer["certificateName"].clone(), signer["certificateMatch"].clone())
    };
    let (none, unchecked) = (Value::Null, json!("UNCHECKED"));
    assert_eq!(signed("SIMPLE", None, None), (none.clone(), unchecked.clone()));
    assert_eq!(signed("ADVANCED", Some(SignatureMethod::Sms), None), (none, unchecked));
    assert_eq!(signed("ADVANCED", None, None), (json!("John Doe"), json!("MATCH")));
    assert_eq!(
        signed("ADVANCED", Some(SignatureMethod::App), Some("Jane Doe")),
        (json!("Jane Doe"), json!("MISMATCH"))
    );
}

#[test]
fn records_are_newest_first_and_stable_on_a_frozen_clock() {
    let mut case = ReleaseCase::pending("SIMPLE", &["anna"]);
    case.command(&sign("anna"));
    let records = view::records(case.process()).records.expect("records");
    let actions: Vec<_> =
        records.iter().map(|record| record.action.clone().expect("action")).collect();
    assert_eq!(actions, ["transaction", "sign", "transaction"]);
}

#[test]
fn uses_unique_descriptive_error_names() {
    let names: std::collections::BTreeSet<&str> =
        ErrorName::ALL.iter().map(|n| n.as_str()).collect();
    assert_eq!(names.len(), ErrorName::ALL.len());
    assert!(
        ErrorName::ALL.iter().all(|name| name.body().ends_with('.') && !name.subject().is_empty())
    );
}
