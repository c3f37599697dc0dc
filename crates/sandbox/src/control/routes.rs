//! Route table of the control API, for dispatch and for the OpenAPI document.

use std::ops::Deref;

use swisscom_sign::request::path::match_template;

use super::describe::ControlReply::{self, Bytes, Json, Nothing, Page};
use super::describe::ControlType::{
    Any, Boolean, Duration, Integer, List, Object, Text, Time, Uuid, Words,
};
use super::describe::{self, ControlField, either, may, must, words};
use super::schema::{
    ACCOUNT, ACTION, CHANNEL, EXPORT, FAULT, FAULTS, HEALTH, INFO, INITIATOR, KEY, MATCH, MESSAGE,
    MESSAGE_TYPE, MESSAGES, METHOD, MODE, NEW_CLIENT, NEW_ORGANIZATION, OPERATION, PARTNER,
    PLACEMENT, PROCESS, REQUESTS, RESULT, SCOPES, SECONDS, SIGNER, SNAPSHOTS, TEAM, TOKEN, TOLD,
};
use super::state::SeedName;
use super::{
    EmptyBody, body, clock, directory, faults, journal, outbox, run_action, show_login, state,
    submit_login,
};
use crate::api_error::ApiError;
use crate::call::Call;
use crate::domain::process::parse_uuid;
use crate::domain::{DomainError, ErrorName};
use crate::http::HttpResponse;

pub(crate) type ControlResult = Result<HttpResponse, ApiError>;

/// Operation of the control API.
pub(crate) struct ControlRoute {
    pub(crate) method: &'static str,
    pub(crate) path: &'static str,
    pub(crate) summary: &'static str,
    pub(crate) query: &'static [ControlField],
    pub(crate) body: &'static [ControlField],
    pub(crate) reply: ControlReply,
    pub(crate) success: u16,
    pub(crate) answer: fn(&ControlCall<'_>) -> ControlResult,
}

/// Call of a route.
pub(crate) struct ControlCall<'a> {
    call: Call<'a>,
    parameters: Vec<(&'static str, &'a str)>,
    query: Vec<(String, String)>,
}

impl<'a> Deref for ControlCall<'a> {
    type Target = Call<'a>;

    fn deref(&self) -> &Call<'a> {
        &self.call
    }
}

impl ControlCall<'_> {
    pub(crate) fn parameter(&self, name: &str) -> &str {
        let found = self.parameters.iter().find(|(known, _)| *known == name);
        found.map_or("", |(_, value)| *value)
    }

    pub(crate) fn query(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Query parameter as a UUID.
    pub(crate) fn query_uuid(&self, name: &str) -> Result<Option<uuid::Uuid>, ApiError> {
        self.query(name).map(|text| uuid(name, text)).transpose()
    }

    /// Query parameter as a number.
    pub(crate) fn query_number<T: std::str::FromStr>(
        &self,
        name: &str,
    ) -> Result<Option<T>, ApiError> {
        let number = |text: &str| text.parse().map_err(|_| invalid(name, "must be a number"));
        self.query(name).map(number).transpose()
    }

    /// Organization named by the query; an error if it does not exist.
    pub(crate) fn organization(&self) -> Result<Option<uuid::Uuid>, ApiError> {
        self.find_organization(self.query_uuid("organizationId")?)
    }

    /// Organization named by the body.
    pub(crate) fn find_organization(
        &self,
        organization: Option<uuid::Uuid>,
    ) -> Result<Option<uuid::Uuid>, ApiError> {
        match organization {
            Some(id) if !self.platform.directory().has_organization(id) => {
                let detail = format!("Organization `{id}` does not exist.");
                Err(DomainError::new(ErrorName::NoSuchEntry, detail).into())
            }
            known => Ok(known),
        }
    }
}

/// Parses a UUID in hyphenated form.
pub(crate) fn uuid(name: &str, text: &str) -> Result<uuid::Uuid, ApiError> {
    parse_uuid(Some(text)).ok_or_else(|| invalid(name, "must be a UUID"))
}

pub(crate) fn invalid(place: &str, why: &str) -> ApiError {
    DomainError::new(ErrorName::Validation, format!("{place}: {why}")).into()
}

const ORGANIZATION: ControlField =
    may("organizationId", Uuid, "Only of this organization; the whole server otherwise.");
const LANGUAGE: &[ControlField] = &[may("lang", Text, "Language of the page.")];
const NONE: &[ControlField] = &[];

macro_rules! routes {
    ($( $method:literal $path:literal $success:literal $answer:path, $summary:literal, $query:expr, $body:expr, $reply:expr; )+) => {
        /// Every operation of the control.
        pub(crate) static ROUTES: &[ControlRoute] = &[$( ControlRoute {
            method: $method,
            path: $path,
            summary: $summary,
            query: $query,
            body: $body,
            reply: $reply,
            success: $success,
            answer: $answer,
        } ),+];
    };
}

routes! {
    "GET" "/login" 303 show_login, "The form that takes the admin token.", LANGUAGE, NONE, Page;
    "POST" "/login" 303 submit_login, "Takes the admin token, and sets the cookie that stands for it.", NONE, &[
        must("token", Text, "The admin token."),
        may("next", Text, "Path where the browser goes on."),
    ], Page;
    "GET" "/logout" 303 show_login, "The same form.", LANGUAGE, NONE, Page;
    "POST" "/logout" 303 submit_login, "Ends the login.", NONE, &[must("csrf", Text, "Of the form.")], Page;

    "GET" "/health" 200 state::health, "Whether the sandbox is ready.", NONE, NONE, Json(Object(&HEALTH));
    "GET" "/info" 200 state::info, "Version, contract version, settings, and the directory of organizations, clients, teams and accounts.", NONE, NONE, Json(Object(&INFO));
    "GET" "/openapi.json" 200 document, "This document.", NONE, NONE, Json(Any);
    "GET" "/ca.pem" 200 state::authority, "The certificate that signatures are trusted by, as PEM.", NONE, NONE, Bytes(&["application/x-pem-file"]);
    "POST" "/reset" 204 state::reset, "Back to the seed: processes, directory, clocks, faults, journal, revocations, outbox, visits of pages. Or all of one organization, which stays with its clients, teams and accounts.", NONE, &[ORGANIZATION], Nothing;
    "POST" "/seed" 204 state::seed, "Adds seed data to the existing data.", NONE,
        &[must("name", Words(words::<SeedName>), "`demo`: processes of organization A in every state.")], Nothing;
    "GET" "/export" 200 state::export, "Everything as one document: secrets of clients, processes, files.", NONE, NONE, Json(Object(&EXPORT));
    "POST" "/import" 204 state::import, "Replaces everything by an export.", NONE,
        EXPORT.fields, Nothing;
    "GET" "/snapshots" 200 state::snapshots, "Names of the snapshots.", NONE, NONE, Json(Object(&SNAPSHOTS));
    "PUT" "/snapshots/{name}" 204 state::save, "Keeps everything in memory under a name, until the server stops.", NONE, NONE, Nothing;
    "DELETE" "/snapshots/{name}" 204 state::delete_snapshot, "Drops a snapshot.", NONE, NONE, Nothing;
    "POST" "/snapshots/{name}/restore" 204 state::restore, "Brings a snapshot back.", NONE, NONE, Nothing;

    "GET" "/clock" 200 clock::get, "The server's clock, or that of an organization.", &[ORGANIZATION], NONE, Json(Object(&TOLD));
    "PUT" "/clock" 200 clock::put, "Sets it, forward or back, and answers the events that became due.", NONE, &[
        ORGANIZATION,
        must("mode", MODE, "`real`, `frozen`, `offset`, or for an organization `server`: no clock of its own."),
        may("at", Time, "Time of a frozen clock; its current time when absent."),
        may("by", Duration, "How far an offset clock is ahead, in days and smaller units."),
    ], Json(Object(&TOLD));
    "POST" "/clock/advance" 200 clock::advance, "Turns it forward, and answers the events that became due: `reminder`, `expired`, `archived`, in their order.", NONE, &[
        ORGANIZATION,
        either("by", Duration, "Calendar duration in UTC, such as `P31D`."),
        either("to", Time, "A moment, not after 2100."),
    ], Json(Object(&TOLD));

    "GET" "/faults" 200 faults::list, "The faults in force, with how often each fitted and struck.", &[ORGANIZATION], NONE, Json(Object(&FAULTS));
    "POST" "/faults" 201 faults::add, "Puts a fault in force.", NONE, &[
        may("match", Object(&MATCH), "Which requests; all of them when absent."),
        must("action", Object(&ACTION), "What goes wrong: `latencyMs`, `status` or `drop`."),
    ], Json(Object(&FAULT));
    "DELETE" "/faults" 204 faults::clear, "Lifts the faults.", &[ORGANIZATION], NONE, Nothing;
    "DELETE" "/faults/{id}" 204 faults::remove, "Lifts a fault.", NONE, NONE, Nothing;

    "GET" "/requests" 200 journal::read, "The journal, oldest first. Without a match, `wait` has the answer held back until there is one.", &[
        ORGANIZATION,
        may("operation", OPERATION, "Operation of the contract, or `token`."),
        may("clientId", Text, "Of this client."),
        may("processId", Uuid, "To this process."),
        may("status", Integer(0), "Answered with this status."),
        may("after", Integer(0), "After this `sequence`."),
        may("limit", Integer(0), "At most so many; 1000 when absent."),
        may("wait", Text, "At most so long, such as `5s` or `500ms`; up to 60 s."),
    ], NONE, Json(Object(&REQUESTS));
    "DELETE" "/requests" 204 journal::clear, "Empties the journal.", &[ORGANIZATION], NONE, Nothing;

    "GET" "/outbox" 200 outbox::list, "Mails and SMS, oldest first, 200 at a time: as long as there are so many, `after` with `next` gives more. Without a match, `wait` has the answer held back until there is one.", &[
        ORGANIZATION,
        may("channel", CHANNEL, "Only of this channel."),
        may("to", Text, "To this address or number."),
        may("type", MESSAGE_TYPE, "Only of this type."),
        may("processId", Uuid, "Of this process."),
        may("personId", Uuid, "To this participant."),
        may("after", Integer(0), "After the `next` of a list."),
        may("wait", Text, "At most so long, such as `5s` or `500ms`; up to 60 s."),
    ], NONE, Json(Object(&MESSAGES));
    "DELETE" "/outbox" 204 outbox::delete, "Deletes messages.", &[
        ORGANIZATION,
        may("channel", CHANNEL, "Only of this channel."),
        may("to", Text, "To this address or number."),
        may("type", MESSAGE_TYPE, "Only of this type."),
        may("processId", Uuid, "Of this process."),
        may("personId", Uuid, "To this participant."),
        may("after", Integer(0), "After the `next` of a list."),
    ], NONE, Nothing;
    "GET" "/outbox/{id}" 200 outbox::get, "A message.", NONE, NONE, Json(Object(&MESSAGE));
    "GET" "/outbox/{id}/raw" 200 outbox::raw, "The same as it would have gone out: a mail as `message/rfc822`.", NONE, NONE, Bytes(&["message/rfc822", "text/plain"]);

    "POST" "/organizations" 201 directory::organization, "A new organization with a client of every scope and a team: one for each test.", NONE, &[
        may("id", Uuid, "A new one when absent."),
        may("name", Text, "What pages call it."),
    ], Json(Object(&NEW_ORGANIZATION));
    "POST" "/clients" 201 directory::client, "A further client; the answer alone shows its secret.", NONE, &[
        may("clientId", Text, "A new one when absent."),
        may("clientSecret", Text, "A new one when absent."),
        may("organizationId", Uuid, "Its organization; the corporate tenant when absent."),
        may("scopes", SCOPES, "Scopes of every token; create and read when absent."),
        may("optionalScopes", SCOPES, "Scopes of a token that asks for them; read:all when absent."),
    ], Json(Object(&NEW_CLIENT));
    "POST" "/accounts" 201 directory::account, "Adds or replaces an account of a person.", NONE, &[
        may("id", Text, "A new one when absent."),
        may("name", Text, "What the login page shows."),
        may("verifiedEmail", Text, "E-mail address."),
        may("verifiedMobile", Text, "Mobile number, E.164."),
        may("organizationId", Uuid, "The organization whose processes belong to it; none when absent."),
        may("teams", List(&Uuid), "Teams that it is a member of."),
    ], Json(Object(&ACCOUNT));
    "POST" "/teams" 201 directory::team, "Adds or replaces a team.", NONE, &[
        may("id", Uuid, "A new one when absent."),
        may("name", Text, "Name."),
        may("organizationId", Uuid, "Its organization; the corporate tenant when absent."),
    ], Json(Object(&TEAM));
    "POST" "/partners" 201 directory::partner, "Adds or replaces a partner.", NONE, &[
        may("id", Uuid, "A new one when absent."),
        may("name", Text, "Name."),
        may("organizationId", Uuid, "Whose partner; everybody's when absent."),
    ], Json(Object(&PARTNER));
    "POST" "/tokens" 201 directory::token, "A token without its client's secret, of any lifetime.", NONE, &[
        must("clientId", Text, "The client."),
        may("scope", Text, "Scopes, separated by blanks; the client's default ones when absent."),
        may("ttl", SECONDS, "Seconds that it lives; 0 for one that has just ended."),
    ], Json(Object(&TOKEN));
    "POST" "/tokens/revoke" 204 directory::revoke, "Makes a token void, or all of a client until now.", NONE, &[
        either("token", Text, "A token."),
        either("clientId", Text, "A client."),
    ], Nothing;
    "POST" "/keys/rotate" 200 directory::rotate, "Has a new key sign tokens.", NONE, &[
        may("keep", Boolean, "Whether tokens of the former keys stay good; true when absent."),
    ], Json(Object(&KEY));

    "POST" "/processes/{id}/participants/{person}/sign" 200 run_action, "A signer signs, as on the page.", NONE, &[
        may("method", METHOD, "Signature method; the first that is allowed when absent."),
        may("certificateName", Text, "Name in the certificate; the declared one when absent."),
    ], PROCESS;
    "POST" "/processes/{id}/participants/{person}/decline" 200 run_action, "A signer declines.", NONE,
        &[may("reason", Text, "Why.")], PROCESS;
    "POST" "/processes/{id}/participants/{person}/delegate" 200 run_action, "A signer hands over to somebody else.", NONE, SIGNER, PROCESS;
    "POST" "/processes/{id}/participants/{person}/identify" 200 run_action, "The identity of a signer is checked.", NONE,
        &[may("result", RESULT, "What the last name asks for when absent.")], PROCESS;
    "POST" "/processes/{id}/participants/{person}/replace" 200 run_action, "The initiator has somebody else sign.", NONE, SIGNER, PROCESS;
    "POST" "/processes/{id}/participants/{person}/remove" 200 run_action, "The initiator takes a signer out of a released process.", NONE, NONE, PROCESS;
    "PUT" "/processes/{id}/signing-order" 200 run_action, "Before the release: the signers are to sign one after the other.", NONE, &[
        may("signingOrder", Boolean, "Whether they do; true when absent."),
        may("order", List(&Uuid), "The signers in their order; as they are when absent."),
    ], PROCESS;
    "POST" "/processes/{id}/cancel" 200 run_action, "The initiator calls a released process off: it expires, and who has not signed is `CANCELED`.", NONE, NONE, PROCESS;
    "POST" "/processes/{id}/setup/signers" 200 run_action, "The setup page adds a signer.", NONE, SIGNER, PROCESS;
    "POST" "/processes/{id}/setup/signers/{person}/remove" 200 run_action, "The setup page takes a signer out.", NONE, NONE, PROCESS;
    "POST" "/processes/{id}/setup/complete" 200 run_action, "The setup page is completed, which releases the process.", NONE,
&[
        may("signingOrder", Boolean, "Whether the signers sign one after the other; as it was set when absent."),
        may("order", List(&Uuid), "The signers in their order; as they are when absent."),
        may("message", Text, "The message of the invitation."),
        may("positions", List(&Object(&PLACEMENT)), "Every signature position; as they are when absent."),
        may("initiator", Object(&INITIATOR), "Who the initiator is."),
    ], PROCESS;
    "POST" "/processes/{id}/archive" 200 run_action, "Deletes the files of a process that has ended, before it is due.", NONE, NONE, PROCESS;
}

/// Dispatches to the matching route; `None` if no route has this path.
pub(crate) fn dispatch<'a>(call: &Call<'a>, segments: &[&'a str]) -> Option<ControlResult> {
    let request = call.request;
    let fitting: Vec<_> = ROUTES
        .iter()
        .filter_map(|route| Some((route, match_template(route.path, segments.iter().copied())?)))
        .collect();
    let method = request.effective_method();
    let allow: Vec<&str> = fitting.iter().map(|(route, _)| route.method).collect();
    if allow.is_empty() {
        return None;
    }
    let allow = allow.join(", ");
    let found = fitting.into_iter().find(|(route, _)| route.method == method);
    let Some((route, parameters)) = found else { return Some(Err(ApiError::Method(allow))) };
    let query: Vec<(String, String)> =
        form_urlencoded::parse(request.query.as_bytes()).into_owned().collect();
    let unknown = query.iter().find(|(name, _)| route.query.iter().all(|field| field.name != name));
    if let Some((name, _)) = unknown {
        return Some(Err(invalid(name, "unknown query parameter")));
    }
    // Pages are for browsers and handle their form errors themselves.
    if route.body.is_empty()
        && !matches!(route.reply, Page)
        && let Err(refusal) = body::<EmptyBody>(request)
    {
        return Some(Err(refusal));
    }
    Some((route.answer)(&ControlCall { call: *call, parameters, query }))
}

fn document(call: &ControlCall<'_>) -> ControlResult {
    Ok(HttpResponse::json(200, &describe::document(call.links.base())))
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
