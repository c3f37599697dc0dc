//! Process authorization (guide, "Process Authorization"). The core's [`challenge`] decides; this
//! module collects its input and executes the result.

use askama::Template;
use subtle::ConstantTimeEq;
use swisscom_sign::access::{
    AccessRequest as Facts, Challenge, GrantReason, Role, StoredContact, challenge,
};
use swisscom_sign::contract::{Participant, SignerStatus};

use super::options::{self, PageOptions};
use super::request::{PageChrome, PageRequest};
use super::texts::Texts;
use crate::domain::decide::one_time_code;
use crate::domain::process::{OpenedUrl, parse_uuid};
use crate::domain::{EventKind, ProcessAggregate, ProcessCommand, RedeemCommand};
use crate::html::{FormData, parameter};
use crate::http::HttpResponse;
use crate::localization::fill;
use crate::outbox::compose::CodePurpose;
use crate::outbox::{MessageChannel, compose};
use crate::platform::{CommandError, Platform};
use crate::sessions::{EntryUrl, PageTarget, PendingAccessCode};

/// Duration of a visit after an access code, in seconds. Not documented by the vendor.
const VISIT_SECONDS: i64 = 30 * 60;
/// Limit of wrong attempts per person, in codes: after it, all codes are rejected for an hour of real
/// time. An attacker can start anew with each browser, so the limit applies to the person. Not
/// documented by the vendor.
const CODES_TO_GUESS: u32 = 5;

#[derive(Template)]
#[template(path = "code.html")]
struct CodePage {
    frame: PageChrome,
    sent: String,
    notice: Option<&'static str>,
    error: Option<String>,
    shut: bool,
    path: String,
}

#[derive(Template)]
#[template(path = "denied.html")]
struct DeniedPage {
    frame: PageChrome,
    text: &'static str,
}

/// Stored contact data of the visitor: on the setup page, of the initiator.
fn contact(process: &ProcessAggregate, place: PageTarget) -> StoredContact<'_> {
    let (email, mobile) = match (&process.request.initiator, place.person) {
        (Participant::Person(p), None) => (&p.email, &p.mobile),
        (Participant::Signer(p), None) => (&p.email, &p.mobile),
        (_, None) => return StoredContact::default(),
        (Participant::Person(p), Some(id))
            if parse_uuid(p.identification.as_deref()) == Some(id) =>
        {
            (&p.email, &p.mobile)
        }
        (_, Some(id)) => match process.signer(id) {
            Some(signer) => (&signer.email, &signer.mobile),
            None => return StoredContact::default(),
        },
    };
    fn filled(text: &Option<String>) -> Option<&str> {
        text.as_deref().filter(|text| !text.is_empty())
    }
    StoredContact { email: filled(email), mobile: filled(mobile) }
}

fn role(process: &ProcessAggregate, place: PageTarget) -> Role {
    match place.person {
        Some(person) if super::initiator(process) != Some(person) => Role::Invitee,
        _ => Role::Initiator,
    }
}

/// Follows a URL of `open`: stores its options, redeems its one-time code and redirects to the address
/// without them. `None` for any other URL.
pub(super) fn redeem_open_url(
    visitor: &mut PageRequest<'_>,
    process: &ProcessAggregate,
    place: PageTarget,
) -> Result<Option<HttpResponse>, CommandError> {
    let Some(id) = parameter(visitor.request, "open") else { return Ok(None) };
    let now = visitor.platform.now_of(&process.owner);
    let opening = process.openings.iter().find(|opening| {
        bool::from(opening.id.as_bytes().ct_eq(id.as_bytes()))
            && Some(opening.person) == place.person
            && !opening.is_expired(now)
    });
    if let Some(opening) = opening {
        let came_by = EntryUrl { request: opening.request.clone(), until: opening.end() };
        visitor.change(place, |visit| visit.came_by = Some(came_by));
        if let Some(code) = parameter(visitor.request, "code")
            && redeemed(visitor, process, place, opening, code)?
        {
            visitor.change(place, |visit| visit.until = opening.end());
            visitor.rotate_session_id();
        }
    }
    let options = options::from_visit(visitor.platform, process, place, &visitor.visit(place));
    Ok(Some(visitor.redirect(&options::path(place), &options)))
}

/// Whether this visitor redeemed the code: the core evaluates the code as it was before.
fn redeemed(
    visitor: &PageRequest<'_>,
    process: &ProcessAggregate,
    place: PageTarget,
    opening: &OpenedUrl,
    code: String,
) -> Result<bool, CommandError> {
    let judged = one_time_code(opening, &code, visitor.platform.now_of(&process.owner));
    let redeem = RedeemCommand { opening: opening.id.clone(), code };
    let outcome = visitor.platform.execute(visitor.links, process.id, |_| {
        Ok(ProcessCommand::Redeem(redeem.clone()).into())
    })?;
    let won = outcome.events.iter().any(|event| matches!(event.what, EventKind::Redeemed(_)));
    let judged = judged.map(|code| swisscom_sign::access::OneTimeCode { redeemed: !won, ..code });
    let facts = Facts {
        role: role(process, place),
        authorization: process.request.authorization.as_ref(),
        contact: StoredContact::default(),
        account: None,
        one_time_code: judged,
    };
    Ok(challenge(&facts) == Challenge::None(GrantReason::OneTimeCode))
}

/// Authorization that this visitor needs; earlier access lasts for a while.
fn demanded(
    visitor: &PageRequest<'_>,
    process: &ProcessAggregate,
    place: PageTarget,
) -> Option<Challenge> {
    if visitor
        .visit(place)
        .until
        .is_some_and(|until| visitor.platform.now_of(&process.owner) < until)
    {
        return None;
    }
    let account = visitor.account();
    let account = account.as_ref().map(|account| account.verified_account_for(process));
    let facts = Facts {
        role: role(process, place),
        authorization: process.request.authorization.as_ref(),
        contact: contact(process, place),
        account,
        one_time_code: None,
    };
    Some(challenge(&facts)).filter(|challenge| !matches!(challenge, Challenge::None(_)))
}

/// Whether the visitor has access.
pub(super) fn has_access(
    visitor: &PageRequest<'_>,
    process: &ProcessAggregate,
    place: PageTarget,
) -> bool {
    demanded(visitor, process, place).is_none()
}

/// Whether too many wrong codes were entered for a person, in any browser.
fn is_shut(visitor: &PageRequest<'_>, place: PageTarget) -> bool {
    let platform = visitor.platform;
    platform.sessions().is_locked_out(place, limit(platform), platform.real_time())
}

fn limit(platform: &Platform) -> u32 {
    platform.settings().code_attempts.saturating_mul(CODES_TO_GUESS)
}

/// Grants access, or returns the page that asks for authorization.
pub(super) fn admit(
    visitor: &PageRequest<'_>,
    process: &ProcessAggregate,
    place: PageTarget,
    options: &PageOptions,
) -> Result<(), HttpResponse> {
    let Some(demanded) = demanded(visitor, process, place) else { return Ok(()) };
    // A former participant gets an explanation and no code.
    if let Some(text) = former_participant_message(process, place) {
        return Err(denied(visitor, options, text));
    }
    let channel = match demanded {
        Challenge::None(_) => return Ok(()),
        Challenge::SmsCode => MessageChannel::Sms,
        Challenge::EmailCode => MessageChannel::Mail,
        Challenge::Login => {
            let to = format!("/cockpit/login?next={}", visitor.request.path);
            return Err(visitor.redirect(&to, options));
        }
        Challenge::Denied => return Err(denied(visitor, options, |t| t.denied)),
    };
    // One code per visit: a reload does not send another.
    if is_shut(visitor, place) {
        return Err(code_page(visitor, process, place, channel, options, CodePageNotice::Shut));
    }
    let waits = visitor
        .visit(place)
        .code
        .is_some_and(|code| code.channel == channel && !is_late(visitor.platform, process, &code));
    if !waits {
        send(visitor, process, place, channel, options);
    }
    Err(code_page(visitor, process, place, channel, options, CodePageNotice::Nothing))
}

fn denied(
    visitor: &PageRequest<'_>,
    options: &PageOptions,
    text: fn(&'static Texts) -> &'static str,
) -> HttpResponse {
    let t = Texts::of(&visitor.locale(options));
    let page = DeniedPage { frame: visitor.frame(options, t.denied_title.into()), text: text(t) };
    visitor.page(403, &page, options)
}

/// Message for a former participant.
pub(super) fn former_participant_message(
    process: &ProcessAggregate,
    place: PageTarget,
) -> Option<fn(&'static Texts) -> &'static str> {
    match process.progress(place.person?)?.status {
        SignerStatus::Replaced => Some(|t| t.replaced),
        SignerStatus::Removed => Some(|t| t.inactive),
        _ => None,
    }
}

fn send(
    visitor: &PageRequest<'_>,
    process: &ProcessAggregate,
    place: PageTarget,
    channel: MessageChannel,
    options: &PageOptions,
) {
    let stored = contact(process, place);
    let to = match channel {
        MessageChannel::Sms => stored.mobile,
        MessageChannel::Mail => stored.email,
    };
    let purpose = CodePurpose::Access;
    let to = (channel, to.unwrap_or_default());
    let code = deliver(visitor, process, place, purpose, to, options);
    visitor.change(place, |visit| visit.code = Some(code));
}

/// Sends a new code to an address or a number.
pub(super) fn deliver(
    visitor: &PageRequest<'_>,
    process: &ProcessAggregate,
    place: PageTarget,
    purpose: CodePurpose,
    (channel, to): (MessageChannel, &str),
    options: &PageOptions,
) -> PendingAccessCode {
    let platform = visitor.platform;
    let (digits, now) = (platform.new_digits(), platform.now_of(&process.owner));
    let message = compose::AccessCodeMessage {
        purpose,
        channel,
        to,
        person: place.person.or_else(|| super::initiator(process)).unwrap_or_default(),
        code: &digits,
        lifetime: i64::from(platform.settings().code_ttl),
        locale: &visitor.locale(options),
        at: now,
    };
    platform.send_code(compose::code(process, platform.new_uuid(), &message));
    PendingAccessCode { digits, at: now, wrong: 0, channel }
}

fn is_late(platform: &Platform, process: &ProcessAggregate, code: &PendingAccessCode) -> bool {
    let age = platform.now_of(&process.owner).duration_since(code.at);
    age.as_secs() >= i64::from(platform.settings().code_ttl)
}

/// Notice on the code page.
enum CodePageNotice {
    Nothing,
    Resent,
    Refused(String),
    /// Codes are blocked.
    Shut,
}

fn code_page(
    visitor: &PageRequest<'_>,
    process: &ProcessAggregate,
    place: PageTarget,
    channel: MessageChannel,
    options: &PageOptions,
    said: CodePageNotice,
) -> HttpResponse {
    let t = Texts::of(&visitor.locale(options));
    let shut = matches!(said, CodePageNotice::Shut);
    let (status, notice, error) = match said {
        CodePageNotice::Nothing => (200, None, None),
        CodePageNotice::Resent => (200, Some(t.code_sent), None),
        CodePageNotice::Refused(why) => (403, None, Some(why)),
        CodePageNotice::Shut => (403, None, Some(t.code_shut.to_owned())),
    };
    let stored = contact(process, place);
    let (text, to) = match channel {
        MessageChannel::Sms => (t.code_sms, masked(stored.mobile.unwrap_or_default())),
        MessageChannel::Mail => (t.code_mail, masked(stored.email.unwrap_or_default())),
    };
    let page = CodePage {
        frame: visitor.frame(options, t.code_title.to_owned()),
        sent: fill(text, &[("to", &to)]),
        notice,
        error,
        shut,
        path: options::path(place),
    };
    visitor.page(status, &page, options)
}

/// Contact with most characters masked, for visitors without access.
pub(super) fn masked(contact: &str) -> String {
    match contact.split_once('@') {
        Some((name, host)) => {
            let first: String = name.chars().take(1).collect();
            format!("{first}•••@{host}")
        }
        None => {
            let count = contact.chars().count();
            let shown = |(index, c)| if index < 3 || index + 2 >= count { c } else { '•' };
            contact.chars().enumerate().map(shown).collect()
        }
    }
}

/// Outcome of an entered code.
pub(super) enum CodeFormOutcome {
    In,
    Wrong(u32),
    Spent,
    Late,
}

impl CodeFormOutcome {
    /// Compares the entered code with the sent one, and counts a wrong one.
    pub(super) fn of(
        entered: &str,
        code: &mut PendingAccessCode,
        platform: &Platform,
        process: &ProcessAggregate,
    ) -> Self {
        let limit = platform.settings().code_attempts;
        if code.wrong >= limit {
            return Self::Spent;
        }
        if is_late(platform, process, code) {
            return Self::Late;
        }
        let digits: String = entered.chars().filter(char::is_ascii_digit).collect();
        if bool::from(code.digits.as_bytes().ct_eq(digits.as_bytes())) {
            return Self::In;
        }
        code.wrong += 1;
        match limit - code.wrong {
            0 => Self::Spent,
            left => Self::Wrong(left),
        }
    }

    /// Why the code was rejected.
    pub(super) fn rejection(&self, t: &Texts) -> Option<String> {
        match self {
            Self::In => None,
            Self::Wrong(left) => Some(fill(t.code_wrong, &[("count", &left.to_string())])),
            Self::Spent => Some(t.code_spent.to_owned()),
            Self::Late => Some(t.code_late.to_owned()),
        }
    }
}

/// Handles an entered code.
pub(super) fn enter(
    visitor: &mut PageRequest<'_>,
    process: &ProcessAggregate,
    place: PageTarget,
    options: &PageOptions,
    form: &FormData,
) -> HttpResponse {
    let home = options::path(place);
    let channel = match demanded(visitor, process, place) {
        Some(Challenge::SmsCode) => MessageChannel::Sms,
        Some(Challenge::EmailCode) => MessageChannel::Mail,
        _ => return visitor.redirect(&home, options),
    };
    let platform = visitor.platform;
    let now = platform.now_of(&process.owner);
    let sessions = platform.sessions();
    if !sessions.record_attempt(place, limit(platform), platform.real_time()) {
        return code_page(visitor, process, place, channel, options, CodePageNotice::Shut);
    }
    let entered = visitor.change(place, |visit| {
        let code = visit.code.as_mut().filter(|code| code.channel == channel)?;
        let outcome = CodeFormOutcome::of(form.get("code"), code, platform, process);
        if matches!(outcome, CodeFormOutcome::In) {
            visit.code = None;
            visit.until = now.checked_add(jiff::SignedDuration::from_secs(VISIT_SECONDS)).ok();
        }
        Some(outcome)
    });
    // Without an outcome, no code was sent to this visitor yet; the page sends one.
    let Some(outcome) = entered.flatten() else { return visitor.redirect(&home, options) };
    let Some(error) = outcome.rejection(Texts::of(&visitor.locale(options))) else {
        sessions.undo_attempt(place);
        visitor.rotate_session_id();
        return visitor.redirect(&home, options);
    };
    code_page(visitor, process, place, channel, options, CodePageNotice::Refused(error))
}

pub(super) fn resend(
    visitor: &PageRequest<'_>,
    process: &ProcessAggregate,
    place: PageTarget,
    options: &PageOptions,
) -> HttpResponse {
    let channel = match demanded(visitor, process, place) {
        Some(Challenge::SmsCode) => MessageChannel::Sms,
        Some(Challenge::EmailCode) => MessageChannel::Mail,
        _ => return visitor.redirect(&options::path(place), options),
    };
    if is_shut(visitor, place) {
        return code_page(visitor, process, place, channel, options, CodePageNotice::Shut);
    }
    send(visitor, process, place, channel, options);
    code_page(visitor, process, place, channel, options, CodePageNotice::Resent)
}
