//! Route table of the control API, its dispatch, and the types of inputs and answers.

use std::ops::Deref;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use swisscom_sign::contract::declare::{ContractObject, api_object};
use swisscom_sign::contract::{ObjectSchema, Process};
use swisscom_sign::request::path::match_template;
use uuid::Uuid;

use super::actions::{
    CompleteSetupInput, DeclineInput, IdentifyInput, SandboxSignerInput, SignDecision,
    SigningOrderInput,
};
use super::clock::{AdvanceClockInput, ClockState, SetClockInput};
use super::directory::{
    AccountInput, ClientInput, KeyRotated, NewClient, NewOrganization, OrganizationInput,
    RevokeTokenInput, RotateKeyInput, TeamInput, TokenInput,
};
use super::faults::FaultList;
use super::journal::RequestList;
use super::outbox::RawMessage;
use super::state::{AuthorityPem, ExportText, Health, Info, ResetInput, SeedInput, SnapshotList};
use super::{actions, clock, directory, faults, journal, openapi, outbox, state};
use crate::actions::TokenResponse;
use crate::admin_login;
use crate::api_error::ApiError;
use crate::call::Call;
use crate::directory::{Account, Partner, Team};
use crate::domain::{DomainError, ErrorName};
use crate::fault_delivery::parse_wait;
use crate::faults::{ActiveFault, FaultRule};
use crate::http::{HttpResponse, NOTHING_YET};
use crate::initial_data::ExportDocument;
use crate::input::{query_to_json, read};
use crate::journal::JournalFilter;
use crate::outbox::{OutboxMessage, OutboxPage, OutboxQuery};

pub(crate) type ControlResult = Result<HttpResponse, ApiError>;

/// Operation of the control API.
pub(crate) struct ControlRoute {
    pub(crate) method: &'static str,
    pub(crate) path: &'static str,
    pub(crate) summary: &'static str,
    /// Query of GET and DELETE, body of the other methods.
    pub(crate) input: &'static ObjectSchema,
    pub(crate) answer: AnswerBody,
    pub(crate) success: u16,
    handle: fn(&ControlCall<'_>) -> ControlResult,
}

impl ControlRoute {
    pub(crate) fn has_query(&self) -> bool {
        matches!(self.method, "GET" | "DELETE")
    }
}

/// Body of a success.
#[derive(Clone, Copy)]
pub(crate) enum AnswerBody {
    Nothing,
    Json(&'static ObjectSchema),
    /// The OpenAPI document.
    Document,
    /// Body of one of these media types.
    Bytes(&'static [&'static str]),
    /// HTML page; its forms are URL-encoded.
    Page,
}

/// Success of a handler.
pub(crate) trait ControlAnswer {
    const BODY: AnswerBody;

    fn respond(self, status: u16) -> HttpResponse;
}

/// Answers contain secrets and access codes, so that no cache may store them.
impl<T: ContractObject + Serialize> ControlAnswer for T {
    const BODY: AnswerBody = AnswerBody::Json(T::OBJECT);

    fn respond(self, status: u16) -> HttpResponse {
        HttpResponse::json(status, &self).header("cache-control", "no-store")
    }
}

pub(super) struct Nothing;

impl ControlAnswer for Nothing {
    const BODY: AnswerBody = AnswerBody::Nothing;

    fn respond(self, status: u16) -> HttpResponse {
        HttpResponse::empty(status)
    }
}

/// List for which the host waits, if it is empty and the caller asks for it.
pub(super) struct LongPoll<T> {
    pub(super) list: T,
    pub(super) is_empty: bool,
}

impl<T: ContractObject + Serialize> ControlAnswer for LongPoll<T> {
    const BODY: AnswerBody = T::BODY;

    fn respond(self, status: u16) -> HttpResponse {
        let answer = self.list.respond(status);
        if self.is_empty { answer.header(NOTHING_YET, "true") } else { answer }
    }
}

struct OpenApiDocument(Value);

impl ControlAnswer for OpenApiDocument {
    const BODY: AnswerBody = AnswerBody::Document;

    fn respond(self, status: u16) -> HttpResponse {
        HttpResponse::json(status, &self.0)
    }
}

struct LoginPage(HttpResponse);

impl ControlAnswer for LoginPage {
    const BODY: AnswerBody = AnswerBody::Page;

    fn respond(self, _status: u16) -> HttpResponse {
        self.0
    }
}

/// Call of a route.
pub(crate) struct ControlCall<'a> {
    call: Call<'a>,
    has_query: bool,
    parameters: Vec<(&'static str, &'a str)>,
}

impl<'a> Deref for ControlCall<'a> {
    type Target = Call<'a>;

    fn deref(&self) -> &Call<'a> {
        &self.call
    }
}

impl ControlCall<'_> {
    pub(super) fn parameter(&self, name: &str) -> &str {
        let found = self.parameters.iter().find(|(known, _)| *known == name);
        found.map_or("", |(_, value)| *value)
    }

    /// Input of the request, from its query or its body; the other one must be empty.
    fn input<T: ContractObject + DeserializeOwned>(&self) -> Result<T, ApiError> {
        if self.has_query {
            self.body::<NoInput>()?;
            self.query()
        } else {
            self.query::<NoInput>()?;
            self.body()
        }
    }

    /// Checks the query of a request whose handler reads its input itself.
    fn check_query<T: ContractObject + DeserializeOwned>(&self) -> Result<(), ApiError> {
        if self.has_query { self.query::<T>().map(drop) } else { self.query::<NoInput>().map(drop) }
    }

    fn query<T: ContractObject + DeserializeOwned>(&self) -> Result<T, ApiError> {
        read(&query_to_json(T::OBJECT, &self.request.query), "query").map_err(refused)
    }

    /// An absent body is an empty object.
    fn body<T: ContractObject + DeserializeOwned>(&self) -> Result<T, ApiError> {
        if self.request.oversized {
            return Err(ErrorName::RequestTooLarge.into());
        }
        let body = std::str::from_utf8(&self.request.body)
            .map_err(|_| invalid("body", "must be JSON in UTF-8"))?;
        read(if body.is_empty() { "{}" } else { body }, "body").map_err(refused)
    }

    pub(super) fn check_wait(&self, wait: Option<&str>) -> Result<(), ApiError> {
        match wait {
            Some(wait) if parse_wait(wait).is_none() => {
                Err(invalid("wait", "must be a time such as 5s or 500ms, up to 60s"))
            }
            _ => Ok(()),
        }
    }

    /// Organization named by the request; an error if it does not exist.
    pub(super) fn find_organization(
        &self,
        organization: Option<Uuid>,
    ) -> Result<Option<Uuid>, ApiError> {
        match organization {
            Some(id) if !self.platform.directory().has_organization(id) => {
                let detail = format!("Organization `{id}` does not exist.");
                Err(DomainError::new(ErrorName::NoSuchEntry, detail).into())
            }
            known => Ok(known),
        }
    }
}

fn refused(why: String) -> ApiError {
    DomainError::new(ErrorName::Validation, why).into()
}

pub(super) fn invalid(place: &str, why: &str) -> ApiError {
    refused(format!("{place}: {why}"))
}

api_object! {
    /// No input.
    NoInput [closed]: Debug, Deserialize {}

    /// Selection of one organization.
    OrganizationQuery [closed]: Debug, Deserialize {
        /// Only this organization; the whole server if absent.
        may organization_id "organizationId" as Uuid: [text Uuid];
    }

    /// Options of the login page.
    LoginQuery [closed] #[allow(dead_code, reason = "the page reads the language itself")]:
        Debug, Deserialize {
        may lang "lang": [text];
    }

    /// Login form.
    LoginForm [closed] #[allow(dead_code, reason = "the page reads its form")]: Debug, Deserialize {
        must token "token": [text];
        /// Path to which the browser is redirected.
        may next "next": [text];
    }

    /// Logout form.
    LogoutForm [closed] #[allow(dead_code, reason = "the page reads its form")]: Debug, Deserialize {
        /// CSRF token of the page.
        must csrf "csrf": [text];
    }
}

macro_rules! input_schema {
    () => {
        NoInput::OBJECT
    };
    (raw $input:ty) => {
        <$input>::OBJECT
    };
    ($input:ty) => {
        <$input>::OBJECT
    };
}

/// Calls a handler: with its input, or without one. A `raw` handler reads it itself.
macro_rules! call_handler {
    ($handler:path, $call:ident,) => {{
        $call.input::<NoInput>()?;
        $handler($call)
    }};
    ($handler:path, $call:ident, raw $input:ty) => {{
        $call.check_query::<$input>()?;
        $handler($call)
    }};
    ($handler:path, $call:ident, $input:ty) => {
        $handler($call, $call.input::<$input>()?)
    };
}

macro_rules! routes {
    ($( $method:ident $path:literal $($handler:ident)::+ ($($input:tt)*) -> $status:literal $answer:ty, $summary:literal; )+) => {
        /// All operations of the control API.
        pub(crate) static ROUTES: &[ControlRoute] = &[$( ControlRoute {
            method: stringify!($method),
            path: $path,
            summary: $summary,
            input: input_schema!($($input)*),
            answer: <$answer as ControlAnswer>::BODY,
            success: $status,
            handle: |call| {
                let answer: Result<$answer, ApiError> =
                    call_handler!($($handler)::+, call, $($input)*);
                Ok(answer?.respond($status))
            },
        } ),+];
    };
}

routes! {
    GET "/login" show_login(raw LoginQuery) -> 303 LoginPage, "Login form for the admin token.";
    POST "/login" submit_login(raw LoginForm) -> 303 LoginPage, "Checks the admin token, and sets a login cookie.";
    GET "/logout" show_login(raw LoginQuery) -> 303 LoginPage, "Logout form.";
    POST "/logout" submit_login(raw LogoutForm) -> 303 LoginPage, "Ends the login.";

    GET "/health" state::health() -> 200 Health, "Whether the sandbox is ready.";
    GET "/info" state::info() -> 200 Info, "Version, contract version, settings, and the directory of organizations, clients, teams and accounts.";
    GET "/openapi.json" document() -> 200 OpenApiDocument, "This document.";
    GET "/ca.pem" state::authority() -> 200 AuthorityPem, "Certificate of the authority that issues the signing certificates, as PEM.";
    POST "/reset" state::reset(ResetInput) -> 204 Nothing, "Restores the initial data: processes, directory, clocks, faults, journal, revocations, outbox, page sessions. With `organizationId`, deletes the data of one organization, which keeps its clients, teams and accounts.";
    POST "/seed" state::seed(SeedInput) -> 204 Nothing, "Adds demo data to the current data.";
    GET "/export" state::export() -> 200 ExportText, "All data as one document, including processes, files and the secrets of clients.";
    POST "/import" state::import(raw ExportDocument) -> 204 Nothing, "Replaces all data by an export.";
    GET "/snapshots" state::snapshots() -> 200 SnapshotList, "Names of the snapshots.";
    PUT "/snapshots/{name}" state::save() -> 204 Nothing, "Saves all data in memory under a name, until the server stops.";
    DELETE "/snapshots/{name}" state::delete_snapshot() -> 204 Nothing, "Deletes a snapshot.";
    POST "/snapshots/{name}/restore" state::restore() -> 204 Nothing, "Restores a snapshot.";

    GET "/clock" clock::get(OrganizationQuery) -> 200 ClockState, "Clock of the server, or of an organization.";
    PUT "/clock" clock::set(SetClockInput) -> 200 ClockState, "Sets the clock, forward or back, and returns the events that became due.";
    POST "/clock/advance" clock::advance(AdvanceClockInput) -> 200 ClockState, "Advances the clock, and returns the events that became due (`reminder`, `expired`, `archived`), in order.";

    GET "/faults" faults::list(OrganizationQuery) -> 200 FaultList, "Active fault rules, with match and hit counts.";
    POST "/faults" faults::add(FaultRule) -> 201 ActiveFault, "Adds a fault rule.";
    DELETE "/faults" faults::clear(OrganizationQuery) -> 204 Nothing, "Removes all fault rules.";
    DELETE "/faults/{id}" faults::remove() -> 204 Nothing, "Removes a fault rule.";

    GET "/requests" journal::list(JournalFilter) -> 200 LongPoll<RequestList>, "Request journal, oldest first. Long polling: if nothing matches, the response waits up to `wait` for the first match.";
    DELETE "/requests" journal::clear(OrganizationQuery) -> 204 Nothing, "Clears the journal.";

    GET "/outbox" outbox::list(OutboxQuery) -> 200 LongPoll<OutboxPage>, "Mails and SMS, oldest first, 200 per page; `after` with the last `next` returns the following page. Long polling: if nothing matches, the response waits up to `wait` for the first match.";
    DELETE "/outbox" outbox::delete(OutboxQuery) -> 204 Nothing, "Deletes messages.";
    GET "/outbox/{id}" outbox::get() -> 200 OutboxMessage, "One message.";
    GET "/outbox/{id}/raw" outbox::raw() -> 200 RawMessage, "One message in the form of its delivery: a mail as `message/rfc822`.";

    POST "/organizations" directory::create_organization(OrganizationInput) -> 201 NewOrganization, "Creates an organization with a client that has every scope, and a team: one for each test.";
    POST "/clients" directory::create_client(ClientInput) -> 201 NewClient, "Creates a client. No other response contains its secret.";
    POST "/accounts" directory::upsert_account(AccountInput) -> 201 Account, "Adds or replaces an account of a person.";
    POST "/teams" directory::upsert_team(TeamInput) -> 201 Team, "Adds or replaces a team.";
    POST "/partners" directory::upsert_partner(TeamInput) -> 201 Partner, "Adds or replaces a partner.";
    POST "/tokens" directory::create_token(TokenInput) -> 201 TokenResponse, "Issues a token of any lifetime, without the secret of its client.";
    POST "/tokens/revoke" directory::revoke_token(RevokeTokenInput) -> 204 Nothing, "Revokes a token, or all tokens that a client has now.";
    POST "/keys/rotate" directory::rotate_key(RotateKeyInput) -> 200 KeyRotated, "Replaces the key that signs tokens.";

    POST "/processes/{id}/participants/{person}/sign" actions::sign(SignDecision) -> 200 Process, "Signs for a signer, as on the page.";
    POST "/processes/{id}/participants/{person}/decline" actions::decline(DeclineInput) -> 200 Process, "Declines for a signer.";
    POST "/processes/{id}/participants/{person}/delegate" actions::delegate(SandboxSignerInput) -> 200 Process, "Delegates the signature to another person.";
    POST "/processes/{id}/participants/{person}/identify" actions::identify(IdentifyInput) -> 200 Process, "Sets the identification result of a signer.";
    POST "/processes/{id}/participants/{person}/replace" actions::replace(SandboxSignerInput) -> 200 Process, "Replaces a signer, as the initiator.";
    POST "/processes/{id}/participants/{person}/remove" actions::remove() -> 200 Process, "Removes a signer from a released process, as the initiator.";
    PUT "/processes/{id}/signing-order" actions::set_signing_order(SigningOrderInput) -> 200 Process, "Sets the signing order before the release.";
    POST "/processes/{id}/cancel" actions::cancel() -> 200 Process, "Cancels a released process, as the initiator: it expires, and signers who have not signed are `CANCELED`.";
    POST "/processes/{id}/setup/signers" actions::add_signer(SandboxSignerInput) -> 200 Process, "Adds a signer, as on the setup page.";
    POST "/processes/{id}/setup/signers/{person}/remove" actions::remove_signer() -> 200 Process, "Removes a signer, as on the setup page.";
    POST "/processes/{id}/setup/complete" actions::complete_setup(CompleteSetupInput) -> 200 Process, "Completes the setup page, which releases the process.";
    POST "/processes/{id}/archive" actions::archive() -> 200 Process, "Deletes the files of an ended process before the retention period is over.";
}

/// Dispatches to the matching route; `None` if no route has this path.
pub(crate) fn dispatch<'a>(call: &Call<'a>, segments: &[&'a str]) -> Option<ControlResult> {
    let matching: Vec<_> = ROUTES
        .iter()
        .filter_map(|route| Some((route, match_template(route.path, segments.iter().copied())?)))
        .collect();
    let method = call.request.effective_method();
    let allow: Vec<&str> = matching.iter().map(|(route, _)| route.method).collect();
    if allow.is_empty() {
        return None;
    }
    let allow = allow.join(", ");
    let found = matching.into_iter().find(|(route, _)| route.method == method);
    let Some((route, parameters)) = found else { return Some(Err(ApiError::Method(allow))) };
    let call = ControlCall { call: *call, has_query: route.has_query(), parameters };
    Some((route.handle)(&call))
}

fn document(call: &ControlCall<'_>) -> Result<OpenApiDocument, ApiError> {
    Ok(OpenApiDocument(openapi::document(call.links.base())))
}

fn show_login(call: &ControlCall<'_>) -> Result<LoginPage, ApiError> {
    Ok(LoginPage(admin_login::show(call)))
}

fn submit_login(call: &ControlCall<'_>) -> Result<LoginPage, ApiError> {
    Ok(LoginPage(admin_login::submit(call)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const GUIDE: &str = include_str!("../../../../docs/sandbox.md");

    #[test]
    fn the_guide_lists_every_path() {
        let row = |route: &ControlRoute| {
            format!("| `{} {}` | {} |", route.method, route.path, route.summary)
        };
        let missing: Vec<String> =
            ROUTES.iter().map(row).filter(|row| !GUIDE.lines().any(|line| line == row)).collect();
        assert!(missing.is_empty(), "docs/sandbox.md lacks:\n{}", missing.join("\n"));
        let listed = GUIDE.lines().filter(|line| {
            let path = line.split('`').nth(1).and_then(|cell| cell.split_once(' '));
            path.is_some_and(|(_, path)| line.starts_with("| `") && path.starts_with('/'))
        });
        assert_eq!(listed.count(), ROUTES.len());
    }
}
