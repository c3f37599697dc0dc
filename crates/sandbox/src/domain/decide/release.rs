//! Release, by the API or by completing the setup page: checks the preconditions in the order of
//! the contract, each with its own error name, then applies the options. Atomic.

use jiff::{Span, Timestamp};
use swisscom_sign::contract::levels::{method as method_row, methods_at};
use swisscom_sign::contract::{
    NotificationSettings, NotificationType, Operation, Participant, ProcessReleaseRequest,
    RecordStatus, ReminderSettings, SignatureMethod,
};
use swisscom_sign::lifecycle::{OperationAvailability, availability};
use swisscom_sign::preflight::release::is_reminder;

use super::{CommandContext, DecisionResult};
use crate::calendar::{add_span, format_timestamp};
use crate::domain::command::ReleaseCommand;
use crate::domain::error::{DomainError, ErrorName};
use crate::domain::event::{DomainEvent, EventKind, MailNotification};
use crate::domain::process::{
    PageSizePt, ProcessAggregate, ProcessFile, ReleaseDetails, SignaturePosition, Tenant,
};
use crate::settings::SignatureSize;

/// Default lifetime of a process in days (contract, `validUntil`).
const DEFAULT_DAYS: i64 = 30;

pub(super) fn release(
    process: &ProcessAggregate,
    release: &ReleaseCommand,
    context: &mut CommandContext<'_>,
) -> DecisionResult {
    match availability(&process.status, Operation::Release) {
        OperationAvailability::Allowed => {}
        // A repeated release returns the same URLs and ignores the body; no e-mail, no record.
        OperationAvailability::AlreadyDone => return Ok(Vec::new()),
        OperationAvailability::Refused => return Err(ErrorName::ProcessAlreadyReleased.into()),
    }
    let request = &release.request;
    let methods = methods(process, request)?;
    preconditions(process, context.settings.signature_size)?;
    if let Some(valid_until) = release.valid_until
        && valid_until <= context.now
    {
        return Err(ErrorName::ValidUntilNotInFuture.into());
    }
    if let Some(notification) = &request.notification {
        reminders(notification)?;
    }
    let notification = request.notification.as_ref();
    let released = ReleaseDetails {
        on: context.now,
        valid_until: release.valid_until.unwrap_or_else(|| default_valid_until(context.now)),
        methods,
        locale: notification.map(|n| n.locale.clone()).or_else(|| request.language.clone()),
        suppress: notification.and_then(|n| n.suppress.clone()).unwrap_or_default(),
        reminder: notification.and_then(|n| n.reminder.clone()),
        signing_order: process.signing_order,
    };
    Ok(invite(process, released, context))
}

pub(super) fn default_valid_until(now: Timestamp) -> Timestamp {
    add_span(now, Span::new().days(DEFAULT_DAYS)).unwrap_or(Timestamp::MAX)
}

pub(super) fn default_methods(process: &ProcessAggregate) -> Vec<SignatureMethod> {
    let corporate = process.owner.tenant == Tenant::Corporate;
    methods_at(&process.level())
        .filter(|row| corporate || !row.corporate_only)
        .map(|row| row.method.clone())
        .collect()
}

/// An empty list means absent: the defaults of the tenant apply.
fn methods(
    process: &ProcessAggregate,
    request: &ProcessReleaseRequest,
) -> Result<Vec<SignatureMethod>, DomainError> {
    let asked = request.signature_methods.as_deref().unwrap_or_default();
    if asked.is_empty() {
        return Ok(default_methods(process));
    }
    for (index, method) in asked.iter().enumerate() {
        let corporate_only = method_row(method).is_some_and(|row| row.corporate_only);
        if corporate_only && process.owner.tenant != Tenant::Corporate {
            let detail =
                format!("$.signatureMethods[{index}]: {method} is for corporate tenants only");
            return Err(DomainError::new(ErrorName::Validation, detail));
        }
    }
    let level = process.level();
    let exists = |method: &&SignatureMethod| methods_at(&level).any(|row| row.method == **method);
    if let Some(method) = asked.iter().find(|method| !exists(method)) {
        let detail = format!("{method} cannot be used for {level}.");
        return Err(DomainError::new(ErrorName::SignatureMethodNotAllowed, detail));
    }
    Ok(asked.to_vec())
}

pub(super) fn preconditions(
    process: &ProcessAggregate,
    size: SignatureSize,
) -> Result<(), DomainError> {
    if process.signers.is_empty() {
        return Err(ErrorName::NoSigner.into());
    }
    if process.files.is_empty() {
        return Err(ErrorName::NoDocument.into());
    }
    for signer in &process.signers {
        if process.files_of(signer.id).next().is_none() {
            let detail = format!("The signer {} is placed on no document.", signer.id);
            return Err(DomainError::new(ErrorName::SignerNotPlaced, detail));
        }
    }
    let complete = |file: &ProcessFile| {
        process.signers.iter().all(|signer| file.positions.iter().any(|p| p.signer == signer.id))
    };
    if !process.files.iter().any(complete) {
        return Err(ErrorName::NoDocumentWithAllSigners.into());
    }
    let placed = || {
        let all = process.files.iter().flat_map(|f| f.positions.iter().map(move |p| (f, p)));
        all.filter(|(_, position)| process.progress(position.signer).is_some())
    };
    for (file, position) in placed() {
        if let PageLookup::On(page) = locate(file, position)
            && !within(page, position, size)
        {
            let detail = format!(
                "The signature of {} x {} points at x {}, y {} leaves page {} of {}, {} x {} points.",
                size.points().0,
                size.points().1,
                position.x,
                position.y,
                position.page,
                file.name,
                page.width,
                page.height
            );
            return Err(DomainError::new(ErrorName::SignatureOutsideVisibleArea, detail));
        }
    }
    for (file, position) in placed() {
        if matches!(locate(file, position), PageLookup::Nowhere) {
            let detail =
                format!("{} has no pageNumber {} (0 is the first).", file.name, position.page);
            return Err(DomainError::new(ErrorName::PageOutOfRange, detail));
        }
    }
    if let Participant::Person(person) = &process.request.initiator {
        let filled = |text: &Option<String>| text.as_ref().is_some_and(|t| !t.trim().is_empty());
        let named = filled(&person.first_name) && filled(&person.last_name);
        if !named && !filled(&person.email) {
            return Err(ErrorName::PersonIncomplete.into());
        }
    }
    Ok(())
}

enum PageLookup<'a> {
    On(&'a PageSizePt),
    Nowhere,
    Unknown,
}

fn locate<'a>(file: &'a ProcessFile, position: &SignaturePosition) -> PageLookup<'a> {
    let Some(pages) = &file.pages else { return PageLookup::Unknown };
    let index = i64::from(position.page);
    let index = if index < 0 { index + pages.len() as i64 } else { index };
    let page = usize::try_from(index).ok().and_then(|index| pages.get(index));
    page.map_or(PageLookup::Nowhere, PageLookup::On)
}

fn within(page: &PageSizePt, position: &SignaturePosition, size: SignatureSize) -> bool {
    let (width, height) = size.points();
    f64::from(position.x) + width <= page.width && f64::from(position.y) + height <= page.height
}

fn reminders(notification: &NotificationSettings) -> Result<(), DomainError> {
    let Some(ReminderSettings { interval, before_expiry, .. }) = &notification.reminder else {
        return Ok(());
    };
    let suppressed = notification.suppress.iter().flatten().any(|t| *t == NotificationType::All);
    if suppressed {
        return Err(ErrorName::ReminderSuppressed.into());
    }
    for text in interval.iter().chain(before_expiry.iter().flatten()) {
        if !is_reminder(text) {
            let detail = format!("{text} is not between P1D and P30D.");
            return Err(DomainError::new(ErrorName::ReminderOutOfRange, detail));
        }
    }
    Ok(())
}

pub(super) fn invite(
    process: &ProcessAggregate,
    released: ReleaseDetails,
    context: &mut CommandContext<'_>,
) -> Vec<DomainEvent> {
    let invited = process.signers.iter().take(if released.signing_order { 1 } else { usize::MAX });
    let invited: Vec<_> = invited.map(|signer| signer.id).collect();
    let mut events = vec![context.event(EventKind::Released(released.clone()))];
    events.push(context.record(
        context.now,
        "transaction",
        RecordStatus::Initialize,
        [("transaction_validUntil", format_timestamp(released.valid_until))],
    ));
    // An initiator who does not sign is not invited as a signer, but is notified.
    let told = process.people().map(|(id, _)| id).find(|id| process.progress(*id).is_none());
    events.extend(told.into_iter().flat_map(|id| mail(process, &released, id, "INVITE", context)));
    for person in invited {
        events.push(context.event(EventKind::Invited(person)));
        events.extend(mail(process, &released, person, "INVITE", context));
    }
    events
}

/// E-mail to one person with its audit record, if this notification type is enabled and the person
/// has an address.
pub(super) fn mail(
    process: &ProcessAggregate,
    released: &ReleaseDetails,
    person: uuid::Uuid,
    kind: &'static str,
    context: &mut CommandContext<'_>,
) -> Vec<DomainEvent> {
    mail_at(process, released, person, kind, context.now, context)
}

/// Like [`mail`], with an explicit time.
pub(super) fn mail_at(
    process: &ProcessAggregate,
    released: &ReleaseDetails,
    person: uuid::Uuid,
    kind: &'static str,
    at: Timestamp,
    context: &mut CommandContext<'_>,
) -> Vec<DomainEvent> {
    let kind_suppressed = released
        .suppress
        .iter()
        .any(|suppressed| *suppressed == NotificationType::All || suppressed.as_str() == kind);
    let address = match &process.request.initiator {
        Participant::Person(initiator)
            if crate::domain::process::parse_uuid(initiator.identification.as_deref())
                == Some(person) =>
        {
            initiator.email.clone()
        }
        _ => process.signer(person).and_then(|signer| signer.email.clone()),
    };
    let (Some(locale), Some(to), false) = (released.locale.clone(), address, kind_suppressed)
    else {
        return Vec::new();
    };
    let record = context.record(
        at,
        "email",
        RecordStatus::Success,
        [
            ("email_type", kind.to_owned()),
            ("email_locale", locale.to_string()),
            ("email_participant", person.to_string()),
        ],
    );
    vec![
        DomainEvent { at, what: EventKind::Mailed(MailNotification { person, to, locale, kind }) },
        record,
    ]
}
