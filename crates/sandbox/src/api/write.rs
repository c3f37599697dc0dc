//! create, setup, release, open.

use std::cell::Cell;

use jiff::{Span, Timestamp};
use swisscom_sign::contract::{
    Process as Details, ProcessOpenRequest, ProcessOpenResponse, ProcessReleaseRequest,
    ProcessSetupRequest, ProcessSetupResponse, ReleaseResponse, ReleasedParticipant,
    SignatureLevel,
};

use super::body::{invalid, parse_typed};
use super::{ApiCall, ApiResult};
use crate::api_error::ApiError;
use crate::calendar::add_span;
use crate::domain::process::parse_uuid;
use crate::domain::{
    CreateCommand, ErrorName, EventKind, OpenCommand, ProcessCommand, ReleaseCommand, view,
};
use crate::http::HttpResponse;
use crate::links::is_return_url;
use crate::platform::CommandError;
use crate::settings::Qes;

pub(super) fn create(call: &mut ApiCall<'_>) -> ApiResult {
    let request: Details = call.body()?;
    let owner = call.caller.owner;
    if let Some(team) = &request.team_id
        && !parse_uuid(Some(team)).is_some_and(|t| call.platform.directory().has_team(&owner, t))
    {
        return Err(ErrorName::TeamNotFound.into());
    }
    if let Some(partner) = &request.partner_id
        && !call.platform.directory().has_partner(&owner, partner)
    {
        return Err(ErrorName::PartnerNotFound.into());
    }
    let process = call.platform.create(call.links, CreateCommand { owner, request })?.process;
    let qualified =
        matches!(process.level(), SignatureLevel::Qualified | SignatureLevel::QualifiedEu);
    if qualified && call.platform.settings().qes == Qes::Refuse {
        call.warnings.add("qes-not-signable-on-test", "");
    }
    Ok(call.success(&view::to_contract_process(&process, call.platform.settings())))
}

pub(super) fn setup(call: &mut ApiCall<'_>) -> ApiResult {
    let id = call.process_id()?;
    let request: ProcessSetupRequest = call.body()?;
    first_party(call, request.authentication.is_some(), request.scope.is_some());
    returns(call, [("$.backUrl", &request.back_url), ("$.successUrl", &request.success_url)]);
    let process = call
        .platform
        .execute(call.links, id, |process| {
            call.check_access(process)?;
            Ok(ProcessCommand::Setup(request.clone()).into())
        })?
        .process;
    let response =
        ProcessSetupResponse::default().id(id.to_string()).url(call.links.setup(process.id));
    Ok(call.success(&response))
}

/// Reserved for the vendor's own applications; the platform ignores it from other clients.
fn first_party(call: &mut ApiCall<'_>, authentication: bool, scope: bool) {
    for (present, path) in [(authentication, "$.authentication"), (scope, "$.scope")] {
        if present {
            call.warnings.add("ignored-field", path);
        }
    }
}

/// The pages redirect to absolute web URLs only.
fn returns(call: &mut ApiCall<'_>, urls: [(&str, &Option<String>); 2]) {
    for (path, url) in urls {
        if url.as_deref().is_some_and(|url| !is_return_url(url)) {
            call.warnings.add("unusable-url", path);
        }
    }
}

pub(super) fn release(call: &mut ApiCall<'_>) -> ApiResult {
    let id = call.process_id()?;
    let release = match requested_end(call) {
        Ok(release) => release,
        // A repeated release returns the same response as the first, whatever its body contains.
        Err(refusal) => match call.process() {
            Ok(process) if process.released.is_some() => ReleaseCommand {
                request: parse_typed("{}").map_err(|why| invalid(&why))?,
                valid_until: None,
            },
            _ => return Err(refusal),
        },
    };
    let dropped = Cell::new(0);
    let outcome = call.platform.execute(call.links, id, |process| {
        call.check_access(process)?;
        let positions = process.files.iter().flat_map(|file| &file.positions);
        dropped.set(positions.filter(|p| process.progress(p.signer).is_none()).count());
        Ok(ProcessCommand::Release(release.clone()).into())
    })?;
    let process = &outcome.process;
    let now = outcome.events.iter().any(|e| matches!(e.what, EventKind::Released(_)));
    if now && let Some(valid_until) = release.valid_until {
        let year = add_span(call.platform.now_of(&process.owner), Span::new().years(1));
        if year.is_some_and(|year| valid_until > year) {
            call.warnings.add("valid-until-beyond-one-year", "$.validUntil");
        }
    }
    if now && dropped.get() > 0 {
        call.warnings.add("position-of-non-signer-dropped", "");
    }
    let statuses = call.route.operation.spec().success;
    let status = if now { statuses.first() } else { statuses.last() }.copied().unwrap_or(200);
    let participants = process.people().map(|(person, external)| {
        let url = call.links.person(id, person);
        let mut participant = ReleasedParticipant::default().id(person.to_string()).url(url);
        participant.external_identifier = external.map(str::to_owned);
        participant
    });
    let response = ReleaseResponse::default()
        .id(id.to_string())
        .status(process.status.clone())
        .participants(participants.collect::<Vec<_>>());
    Ok(HttpResponse::json(status, &response))
}

fn requested_end(call: &mut ApiCall<'_>) -> Result<ReleaseCommand, ApiError> {
    let request: ProcessReleaseRequest = call.body()?;
    // Truncated to milliseconds, like clocks and responses, so that a process ends exactly at the
    // reported time.
    let time = |text: &String| {
        let at = text.parse::<Timestamp>().ok();
        at.and_then(|at| Timestamp::from_millisecond(at.as_millisecond()).ok())
            .ok_or_else(|| invalid("$.validUntil: is beyond the calendar"))
    };
    let valid_until = request.valid_until.as_ref().map(time).transpose()?;
    Ok(ReleaseCommand { request, valid_until })
}

pub(super) fn open(call: &mut ApiCall<'_>) -> ApiResult {
    let id = call.process_id()?;
    let request: ProcessOpenRequest = call.body()?;
    first_party(call, request.authentication.is_some(), request.scope.is_some());
    returns(call, [("$.backUrl", &request.back_url), ("$.successUrl", &request.success_url)]);
    let person = call.route.parameter("personId").unwrap_or_default().to_owned();
    let open = OpenCommand { person, request };
    let outcome = call.platform.execute(call.links, id, |process| {
        call.check_access(process)?;
        Ok(ProcessCommand::Open(open.clone()).into())
    })?;
    let opening = outcome.events.iter().find_map(|event| match &event.what {
        EventKind::Opened(opening) => Some(opening),
        _ => None,
    });
    let opening = opening.ok_or_else(|| CommandError::Internal("open made no URL".into()))?;
    let url = call.links.opened(id, opening);
    Ok(call.success(&ProcessOpenResponse::default().id(id.to_string()).url(url)))
}
