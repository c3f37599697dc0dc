//! Console for developers: processes, outbox, requests and links.

use askama::Template;
use jiff::SignedDuration;
use swisscom_sign::contract::{CONTRACT_VERSION, Locale, State};

use super::texts::Texts;
use crate::admin_login;
use crate::call::Call;
use crate::clocks::ClockMode;
use crate::domain::{ProcessAggregate, ProcessOwner, Tenant};
use crate::html::{LanguageOption, languages, locale_of, render};
use crate::http::HttpResponse;
use crate::journal::{Journal, JournalEntry};
use crate::links::Links;
use crate::localization::fill;
use crate::outbox::compose::{format_minute, initiator_name, person_name};
use crate::paths::{API_PREFIX, TOKEN_PATH};
use crate::platform::{CommandError, Platform};
use crate::store::{ProcessQuery, SortDirection};

const PROCESSES: usize = 25;
const MESSAGES: usize = 25;
const REQUESTS: usize = 25;

struct DashboardLink {
    href: String,
    label: String,
}

struct DashboardParticipant {
    link: DashboardLink,
    status: String,
    class: String,
}

struct DashboardProcess {
    id: String,
    initiator: String,
    created: String,
    state: String,
    class: String,
    people: Vec<DashboardParticipant>,
    setup: Option<String>,
}

struct DashboardMessage {
    href: String,
    at: String,
    kind: String,
    to: String,
    subject: String,
    text: String,
    /// Link to the process in the list; the label is the start of its identifier.
    process: DashboardLink,
    code: Option<String>,
    links: Vec<String>,
}

struct DashboardClock {
    whose: String,
    now: String,
    mode: String,
}

struct DashboardRequest {
    at: String,
    request: String,
    client: String,
    /// Status; empty if a fault suppressed the response.
    status: String,
    /// Error name and warnings.
    findings: Vec<String>,
}

#[derive(Template)]
#[template(path = "dashboard.html")]
struct DashboardPage {
    t: &'static Texts,
    locale: Locale,
    languages: Vec<LanguageOption>,
    version: &'static str,
    contract: &'static str,
    now: String,
    addresses: Vec<DashboardLink>,
    processes: Vec<DashboardProcess>,
    more: Option<String>,
    messages: Vec<DashboardMessage>,
    requests: Vec<DashboardRequest>,
    clocks: Vec<DashboardClock>,
    /// CSRF token of the logout form; empty without a login.
    csrf: String,
    /// Useful calls of the control API.
    calls: Vec<String>,
}

pub(super) fn show(call: &Call<'_>) -> HttpResponse {
    match page(call) {
        Ok(page) => render(200, &page, false),
        Err(failure) => {
            eprintln!("error: {failure:?}");
            HttpResponse::empty(500)
        }
    }
}

fn page(call: &Call<'_>) -> Result<DashboardPage, CommandError> {
    let (platform, links) = (call.platform, call.links);
    let locale = locale_of(call.request);
    let t = Texts::of(&locale);
    platform.run_due_events(links)?;
    let (mut found, mut total) = (Vec::new(), 0);
    for tenant in [Tenant::Public, Tenant::Corporate] {
        let list = platform.store().list(&ProcessQuery {
            owner: ProcessOwner { tenant, organization: None },
            status: None,
            team: None,
            valid_until: None,
            order: SortDirection::Descending,
            offset: 0,
            limit: PROCESSES,
        })?;
        found.extend(list.processes);
        total += list.total;
    }
    found.sort_by_key(|process| std::cmp::Reverse(process.created_on));
    found.truncate(PROCESSES);
    let more = (total > found.len() as u64).then(|| {
        let (count, total) = (found.len().to_string(), total.to_string());
        fill(t.more, &[("count", &count), ("total", &total)])
    });
    let messages = platform.outbox().latest(MESSAGES).into_iter().map(|message| DashboardMessage {
        process: DashboardLink {
            // A link only if the list contains the process.
            href: match found.iter().any(|process| process.id == message.process_id) {
                true => format!("#process-{}", message.process_id),
                false => String::new(),
            },
            label: message.process_id.to_string().chars().take(8).collect(),
        },
        href: format!("/_sandbox/outbox/{}", message.id),
        at: format_minute(message.at),
        kind: t.message_kind(message.kind).to_owned(),
        to: message.to,
        subject: message.subject,
        text: message.text,
        code: message.code,
        links: message.links,
    });
    let url = links.base();
    let link = |label: &str, path: &str| DashboardLink {
        href: format!("{url}{path}"),
        label: label.into(),
    };
    Ok(DashboardPage {
        t,
        languages: languages(&locale),
        locale,
        version: env!("CARGO_PKG_VERSION"),
        contract: CONTRACT_VERSION,
        now: format_minute(platform.now()),
        addresses: vec![
            link("API", API_PREFIX),
            link(t.tokens, TOKEN_PATH),
            link(t.control, "/_sandbox/info"),
            link(t.log_in, "/cockpit/login"),
        ],
        processes: found.iter().map(|process| row(links, process, t)).collect(),
        more,
        messages: messages.collect(),
        requests: requests(call.journal),
        clocks: clocks(platform, t),
        csrf: admin_login::csrf(call),
        calls: [
            "'/_sandbox/outbox?type=CODE&wait=5s'",
            "-X POST /_sandbox/processes/{id}/participants/{person}/sign",
            "-X POST /_sandbox/processes/{id}/participants/{person}/decline",
            "-X POST /_sandbox/processes/{id}/setup/complete",
            "-X POST /_sandbox/reset",
        ]
        .map(|call| format!("curl {}", call.replace("/_sandbox", &format!("{url}/_sandbox"))))
        .into(),
    })
}

/// Server clock, and the clocks of organizations that have their own.
fn clocks(platform: &Platform, t: &Texts) -> Vec<DashboardClock> {
    let clocks = platform.clocks();
    let clock = |organization: Option<uuid::Uuid>, whose: String| DashboardClock {
        whose,
        now: format_minute(clocks.now(organization)),
        mode: match clocks.mode(organization) {
            ClockMode::Real => t.clock_real.to_owned(),
            ClockMode::Frozen { .. } => t.clock_frozen.to_owned(),
            ClockMode::Offset { by } => fill(t.clock_offset, &[("by", &turned(by, t))]),
        },
    };
    let organizations = platform.directory().organizations().into_iter();
    let own = organizations
        .filter(|(id, _)| clocks.has_own_clock(*id))
        .map(|(id, name)| clock(Some(id), if name.is_empty() { id.to_string() } else { name }));
    std::iter::once(clock(None, t.clock_server.to_owned())).chain(own).collect()
}

/// Offset of a clock, in readable form.
fn turned(by: SignedDuration, t: &Texts) -> String {
    let seconds = by.as_secs().unsigned_abs();
    let parts = [
        (seconds / 86_400, t.unit_day),
        (seconds / 3600 % 24, "h"),
        (seconds / 60 % 60, "min"),
        (seconds % 60, "s"),
    ];
    let parts = parts.iter().filter(|(count, _)| *count > 0);
    let parts: Vec<String> = parts.map(|(count, unit)| format!("{count} {unit}")).collect();
    let sign = if by.is_negative() { "−" } else { "+" };
    format!("{sign}{}", if parts.is_empty() { "0 s".to_owned() } else { parts.join(" ") })
}

/// Latest requests, except those for this page.
fn requests(journal: &Journal) -> Vec<DashboardRequest> {
    let own = ["/", "/cockpit/style.css", "/favicon.ico"];
    let entries = journal.latest(crate::journal::CAPACITY).into_iter();
    entries.filter(|entry| !own.contains(&entry.path.as_str())).take(REQUESTS).map(asked).collect()
}

fn asked(entry: JournalEntry) -> DashboardRequest {
    DashboardRequest {
        at: format_minute(entry.at),
        request: format!("{} {}", entry.method, entry.path),
        client: entry.client_id.unwrap_or_default(),
        status: entry.status.map(|status| status.to_string()).unwrap_or_default(),
        findings: entry.error.into_iter().chain(entry.warnings).collect(),
    }
}

fn row(links: &Links, process: &ProcessAggregate, t: &Texts) -> DashboardProcess {
    let created = process.status == State::Created;
    let person = |(id, external): (uuid::Uuid, Option<&str>)| {
        let name = person_name(process, id).or_else(|| external.map(str::to_owned));
        let status = process.progress(id).map(|signer| &signer.status);
        DashboardParticipant {
            link: DashboardLink {
                // Participants have no page before the release.
                href: if created { String::new() } else { links.person(process.id, id) },
                label: name.unwrap_or_else(|| t.unknown.to_owned()),
            },
            status: status.map(|status| t.signer(status).to_owned()).unwrap_or_default(),
            class: status.map(|s| s.as_str().to_ascii_lowercase()).unwrap_or_default(),
        }
    };
    DashboardProcess {
        id: process.id.to_string(),
        initiator: initiator_name(process).unwrap_or_else(|| t.unknown.to_owned()),
        created: format_minute(process.created_on),
        state: t.state(&process.status).to_owned(),
        class: process.status.as_str().to_ascii_lowercase(),
        people: process.people().map(person).collect(),
        setup: process.setup.is_some().then(|| links.setup(process.id)),
    }
}
