//! The table of the control: every path with what it takes and who answers it. Requests are
//! dispatched by it, and its OpenAPI document is made of it.

use serde_json::{Map, Value, json};
use swisscom_sign::contract::CONTRACT_VERSION;
use uuid::Uuid;

use super::{NoFields, PREFIX, body, clock, directory, faults, headless, journal, outbox, state};
use crate::api::error::Refusal;
use crate::domain::process::uuid_of;
use crate::domain::{DomainError, Name};
use crate::engine::Engine;
use crate::http::{Request, Response};

pub(crate) type Answer = Result<Response, Refusal>;

/// Type of a parameter or field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Text,
    Uuid,
    Uuids,
    Texts,
    Integer,
    Boolean,
    Time,
    Duration,
    Object,
    Objects,
}

impl Kind {
    fn schema(self) -> Value {
        match self {
            Self::Text => json!({ "type": "string" }),
            Self::Uuid => json!({ "type": "string", "format": "uuid" }),
            Self::Uuids => {
                json!({ "type": "array", "items": { "type": "string", "format": "uuid" } })
            }
            Self::Texts => json!({ "type": "array", "items": { "type": "string" } }),
            Self::Integer => json!({ "type": "integer", "minimum": 0 }),
            Self::Boolean => json!({ "type": "boolean" }),
            Self::Time => json!({ "type": "string", "format": "date-time" }),
            Self::Duration => json!({ "type": "string", "format": "duration" }),
            Self::Object => json!({ "type": "object" }),
            Self::Objects => json!({ "type": "array", "items": { "type": "object" } }),
        }
    }
}

/// A parameter of the query, or a field of the body.
pub(crate) struct Field(pub(crate) &'static str, pub(crate) Kind, pub(crate) &'static str);

/// One operation of the control.
pub(crate) struct Route {
    pub(crate) method: &'static str,
    pub(crate) path: &'static str,
    pub(crate) summary: &'static str,
    pub(crate) query: &'static [Field],
    pub(crate) body: &'static [Field],
    pub(crate) success: u16,
    pub(crate) answer: fn(&Call<'_>) -> Answer,
}

/// A request that fits a route.
pub(crate) struct Call<'a> {
    pub(crate) engine: &'a Engine,
    pub(crate) request: &'a Request,
    parameters: Vec<(&'static str, String)>,
    query: Vec<(String, String)>,
}

impl Call<'_> {
    /// A parameter of the path.
    pub(crate) fn parameter(&self, name: &str) -> &str {
        let found = self.parameters.iter().find(|(known, _)| *known == name);
        found.map_or("", |(_, value)| value.as_str())
    }

    /// A parameter of the query.
    pub(crate) fn query(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The same, as a UUID.
    pub(crate) fn query_uuid(&self, name: &str) -> Result<Option<Uuid>, Refusal> {
        self.query(name).map(|text| uuid(name, text)).transpose()
    }

    /// The same, as a number.
    pub(crate) fn query_number<T: std::str::FromStr>(
        &self,
        name: &str,
    ) -> Result<Option<T>, Refusal> {
        let number = |text: &str| text.parse().map_err(|_| invalid(name, "must be a number"));
        self.query(name).map(number).transpose()
    }

    /// The organization that the request is about, when it names one; there is one then.
    pub(crate) fn organization(&self) -> Result<Option<Uuid>, Refusal> {
        self.known(self.query_uuid("organizationId")?)
    }

    /// The same for one that the body names.
    pub(crate) fn known(&self, organization: Option<Uuid>) -> Result<Option<Uuid>, Refusal> {
        match organization {
            Some(id) if !self.engine.directory().has_organization(id) => {
                let detail = format!("There is no organization {id}.");
                Err(DomainError::new(Name::NoSuchEntry, detail).into())
            }
            known => Ok(known),
        }
    }
}

/// A UUID in its usual form.
pub(crate) fn uuid(name: &str, text: &str) -> Result<Uuid, Refusal> {
    uuid_of(Some(text)).ok_or_else(|| invalid(name, "must be a UUID"))
}

/// A validation error.
pub(crate) fn invalid(place: &str, why: &str) -> Refusal {
    DomainError::new(Name::Validation, format!("{place}: {why}")).into()
}

const ORGANIZATION: Field =
    Field("organizationId", Kind::Uuid, "Only of this organization; the whole server otherwise.");
const NONE: &[Field] = &[];

macro_rules! routes {
    ($( $method:literal $path:literal $success:literal $answer:path, $summary:literal, $query:expr, $body:expr; )+) => {
        /// Every operation of the control.
        pub(crate) static ROUTES: &[Route] = &[$( Route {
            method: $method,
            path: $path,
            summary: $summary,
            query: $query,
            body: $body,
            success: $success,
            answer: $answer,
        } ),+];
    };
}

routes! {
    "GET" "/health" 200 state::health, "Whether the sandbox is ready.", NONE, NONE;
    "GET" "/info" 200 state::info, "Version, contract, every switch, and who there is.", NONE, NONE;
    "GET" "/openapi.json" 200 document, "This document.", NONE, NONE;
    "GET" "/ca.pem" 200 state::authority, "The certificate that signatures are trusted by, as PEM.", NONE, NONE;
    "POST" "/reset" 204 state::reset, "Back to the seed: processes, directory, clocks, faults, journal, revocations, outbox, visits of pages. Or all of one organization, which stays with its clients.", NONE, &[ORGANIZATION];
    "POST" "/seed" 204 state::seed, "Plants a seed beside what there is.", NONE,
        &[Field("name", Kind::Text, "`demo`: processes of organization A in every state.")];
    "GET" "/export" 200 state::export, "Everything as one document: secrets of clients, processes, files.", NONE, NONE;
    "POST" "/import" 204 state::import, "Replaces everything by an export.", NONE,
        &[Field("format", Kind::Integer, "Of the document; see export.")];
    "GET" "/snapshots" 200 state::snapshots, "Names of the snapshots.", NONE, NONE;
    "PUT" "/snapshots/{name}" 204 state::save, "Keeps everything in memory under a name, until the server stops.", NONE, NONE;
    "DELETE" "/snapshots/{name}" 204 state::forget, "Drops a snapshot.", NONE, NONE;
    "POST" "/snapshots/{name}/restore" 204 state::restore, "Brings a snapshot back.", NONE, NONE;

    "GET" "/clock" 200 clock::get, "The server's clock, or that of an organization.", &[ORGANIZATION], NONE;
    "PUT" "/clock" 200 clock::put, "Sets it, forward or back, and answers the events that became due.", NONE, &[
        ORGANIZATION,
        Field("mode", Kind::Text, "`real`, `frozen`, `offset`, or for an organization `server`: no clock of its own."),
        Field("at", Kind::Time, "Where a frozen clock stands; where it is when absent."),
        Field("by", Kind::Duration, "How far an offset clock is ahead, in days and smaller units."),
    ];
    "POST" "/clock/advance" 200 clock::advance, "Turns it forward, and answers the events that became due: `reminder`, `expired`, `archived`, in their order.", NONE, &[
        ORGANIZATION,
        Field("by", Kind::Duration, "Calendar duration in UTC, such as `P31D`."),
        Field("to", Kind::Time, "A moment, not after 2100."),
    ];

    "GET" "/faults" 200 faults::list, "The faults in force, with how often each fitted and struck.", &[ORGANIZATION], NONE;
    "POST" "/faults" 201 faults::add, "Puts a fault in force.", NONE, &[
        Field("match", Kind::Object, "operation, clientId, organizationId, processId, nth, times, probability"),
        Field("action", Kind::Object, "latencyMs, status, error, retryAfter, drop (before, after, reset, truncate, dribble, garbage), effect"),
    ];
    "DELETE" "/faults" 204 faults::clear, "Lifts the faults.", &[ORGANIZATION], NONE;
    "DELETE" "/faults/{id}" 204 faults::remove, "Lifts a fault.", NONE, NONE;

    "GET" "/requests" 200 journal::read, "The journal, oldest first. Without a match, `wait` has the answer held back until there is one.", &[
        ORGANIZATION,
        Field("operation", Kind::Text, "Operation of the contract, or `token`."),
        Field("clientId", Kind::Text, "Of this client."),
        Field("processId", Kind::Uuid, "To this process."),
        Field("status", Kind::Integer, "Answered with this status."),
        Field("after", Kind::Integer, "After this `sequence`."),
        Field("limit", Kind::Integer, "At most so many; 1000 when absent."),
        Field("wait", Kind::Text, "At most so long, such as `5s` or `500ms`; up to 60 s."),
    ], NONE;
    "DELETE" "/requests" 204 journal::clear, "Empties the journal.", &[ORGANIZATION], NONE;

    "GET" "/outbox" 200 outbox::list, "Mails and SMS, oldest first. Without a match, `wait` has the answer held back until there is one.", &[
        ORGANIZATION,
        Field("channel", Kind::Text, "`MAIL` or `SMS`."),
        Field("to", Kind::Text, "To this address or number."),
        Field("type", Kind::Text, "`INVITE`, `REMINDER`, `COMPLETION` or `CODE`."),
        Field("processId", Kind::Uuid, "Of this process."),
        Field("personId", Kind::Uuid, "To this participant."),
        Field("after", Kind::Integer, "After the `next` of a list."),
        Field("wait", Kind::Text, "At most so long, such as `5s` or `500ms`; up to 60 s."),
    ], NONE;
    "DELETE" "/outbox" 204 outbox::delete, "Deletes messages.", &[
        ORGANIZATION,
        Field("channel", Kind::Text, "`MAIL` or `SMS`."),
        Field("to", Kind::Text, "To this address or number."),
        Field("type", Kind::Text, "`INVITE`, `REMINDER`, `COMPLETION` or `CODE`."),
        Field("processId", Kind::Uuid, "Of this process."),
        Field("personId", Kind::Uuid, "To this participant."),
        Field("after", Kind::Integer, "After the `next` of a list."),
    ], NONE;
    "GET" "/outbox/{id}" 200 outbox::one, "A message.", NONE, NONE;
    "GET" "/outbox/{id}/raw" 200 outbox::raw, "The same as it would have gone out: a mail as `message/rfc822`.", NONE, NONE;

    "POST" "/organizations" 201 directory::organization, "A new organization with a client of every scope and a team: one for each test.", NONE, &[
        Field("id", Kind::Uuid, "A new one when absent."),
        Field("name", Kind::Text, "What pages call it."),
    ];
    "POST" "/clients" 201 directory::client, "A further client; the answer alone shows its secret.", NONE, &[
        Field("clientId", Kind::Text, "A new one when absent."),
        Field("clientSecret", Kind::Text, "A new one when absent."),
        Field("organizationId", Kind::Uuid, "Its organization; the corporate tenant when absent."),
        Field("scopes", Kind::Texts, "Scopes of every token; create and read when absent."),
        Field("optionalScopes", Kind::Texts, "Scopes of a token that asks for them; read:all when absent."),
    ];
    "POST" "/accounts" 201 directory::account, "Adds or replaces an account of a person.", NONE, &[
        Field("id", Kind::Text, "A new one when absent."),
        Field("name", Kind::Text, "What the login page shows."),
        Field("verifiedEmail", Kind::Text, "E-mail address."),
        Field("verifiedMobile", Kind::Text, "Mobile number, E.164."),
        Field("organizationId", Kind::Uuid, "The organization whose processes belong to it; none when absent."),
        Field("teams", Kind::Uuids, "Teams that it is a member of."),
    ];
    "POST" "/teams" 201 directory::team, "Adds or replaces a team.", NONE, &[
        Field("id", Kind::Uuid, "A new one when absent."),
        Field("name", Kind::Text, "Name."),
        Field("organizationId", Kind::Uuid, "Its organization; the corporate tenant when absent."),
    ];
    "POST" "/partners" 201 directory::partner, "Adds or replaces a partner.", NONE, &[
        Field("id", Kind::Uuid, "A new one when absent."),
        Field("name", Kind::Text, "Name."),
        Field("organizationId", Kind::Uuid, "Whose partner; everybody's when absent."),
    ];
    "POST" "/tokens" 201 directory::token, "A token without its client's secret, of any lifetime.", NONE, &[
        Field("clientId", Kind::Text, "The client."),
        Field("scope", Kind::Text, "Scopes, separated by blanks; the client's default ones when absent."),
        Field("ttl", Kind::Integer, "Seconds that it lives; 0 for one that has just ended."),
    ];
    "POST" "/tokens/revoke" 204 directory::revoke, "Makes a token void, or all of a client until now.", NONE, &[
        Field("token", Kind::Text, "A token."),
        Field("clientId", Kind::Text, "A client."),
    ];
    "POST" "/keys/rotate" 200 directory::rotate, "Has a new key sign tokens.", NONE, &[
        Field("keep", Kind::Boolean, "Whether tokens of the former keys stay good; true when absent."),
    ];

    "POST" "/processes/{id}/participants/{person}/sign" 200 headless, "A signer signs, as on the page.", NONE, &[
        Field("method", Kind::Text, "Signature method; the first that is allowed when absent."),
        Field("certificateName", Kind::Text, "Name in the certificate; the declared one when absent."),
    ];
    "POST" "/processes/{id}/participants/{person}/decline" 200 headless, "A signer declines.", NONE,
        &[Field("reason", Kind::Text, "Why.")];
    "POST" "/processes/{id}/participants/{person}/delegate" 200 headless, "A signer hands over to somebody else.", NONE, &[
        Field("firstName", Kind::Text, "First name."),
        Field("lastName", Kind::Text, "Last name."),
        Field("email", Kind::Text, "E-mail address; needed where there is no mobile number."),
        Field("mobile", Kind::Text, "Mobile number, E.164."),
    ];
    "POST" "/processes/{id}/participants/{person}/identify" 200 headless, "The identity of a signer is checked.", NONE,
        &[Field("result", Kind::Text, "`APPROVED`, `REJECTED` or `PENDING`; what the last name asks for when absent.")];
    "POST" "/processes/{id}/participants/{person}/replace" 200 headless, "The initiator has somebody else sign.", NONE, &[
        Field("firstName", Kind::Text, "First name."),
        Field("lastName", Kind::Text, "Last name."),
        Field("email", Kind::Text, "E-mail address; needed where there is no mobile number."),
        Field("mobile", Kind::Text, "Mobile number, E.164."),
    ];
    "POST" "/processes/{id}/participants/{person}/remove" 200 headless, "The initiator takes a signer out of a released process.", NONE, NONE;
    "PUT" "/processes/{id}/signing-order" 200 headless, "The initiator has the signers sign one after the other, once the process is released.", NONE, &[
        Field("signingOrder", Kind::Boolean, "Whether they do; true when absent."),
        Field("order", Kind::Uuids, "The signers in their order; as they are when absent."),
    ];
    "POST" "/processes/{id}/cancel" 200 headless, "The initiator calls a released process off: it expires, and who has not signed is `CANCELED`.", NONE, NONE;
    "POST" "/processes/{id}/setup/signers" 200 headless, "The setup page adds a signer.", NONE, &[
        Field("firstName", Kind::Text, "First name."),
        Field("lastName", Kind::Text, "Last name."),
        Field("email", Kind::Text, "E-mail address; needed where there is no mobile number."),
        Field("mobile", Kind::Text, "Mobile number, E.164."),
    ];
    "POST" "/processes/{id}/setup/signers/{person}/remove" 200 headless, "The setup page takes a signer out.", NONE, NONE;
    "POST" "/processes/{id}/setup/complete" 200 headless, "The setup page is completed, which releases the process.", NONE,
&[
        Field("signingOrder", Kind::Boolean, "Whether the signers sign one after the other; as it was set when absent."),
        Field("order", Kind::Uuids, "The signers in their order; as they are when absent."),
        Field("message", Kind::Text, "The message of the invitation."),
        Field("positions", Kind::Objects, "Every signature position; as they are when absent."),
        Field("initiator", Kind::Object, "Who the initiator is."),
    ];
    "POST" "/processes/{id}/archive" 200 headless, "Deletes the files of a process that has ended, before it is due.", NONE, NONE;
}

/// Finds the route and has it answer; `None` where no route has this path.
pub(crate) fn dispatch(engine: &Engine, request: &Request, segments: &[&str]) -> Option<Answer> {
    let fitting: Vec<_> =
        ROUTES.iter().filter_map(|route| Some((route, fit(route.path, segments)?))).collect();
    let method = request.answered_as();
    let allow: Vec<&str> = fitting.iter().map(|(route, _)| route.method).collect();
    if allow.is_empty() {
        return None;
    }
    let allow = allow.join(", ");
    let found = fitting.into_iter().find(|(route, _)| route.method == method);
    let Some((route, parameters)) = found else { return Some(Err(Refusal::Method(allow))) };
    let query: Vec<(String, String)> =
        form_urlencoded::parse(request.query.as_bytes()).into_owned().collect();
    let unknown = query.iter().find(|(name, _)| route.query.iter().all(|field| field.0 != name));
    if let Some((name, _)) = unknown {
        return Some(Err(invalid(name, "is no parameter of this path")));
    }
    if route.body.is_empty()
        && let Err(refusal) = body::<NoFields>(request)
    {
        return Some(Err(refusal));
    }
    Some((route.answer)(&Call { engine, request, parameters, query }))
}

fn fit(template: &'static str, segments: &[&str]) -> Option<Vec<(&'static str, String)>> {
    let wanted: Vec<&'static str> = template.split('/').skip(1).collect();
    if wanted.len() != segments.len() {
        return None;
    }
    let mut parameters = Vec::new();
    for (wanted, found) in wanted.into_iter().zip(segments) {
        match wanted.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
            Some(name) if !found.is_empty() => parameters.push((name, (*found).to_owned())),
            None if wanted == *found => {}
            _ => return None,
        }
    }
    Some(parameters)
}

fn document(call: &Call<'_>) -> Answer {
    Ok(Response::json(200, &openapi(&call.engine.public_url())))
}

/// The control as an OpenAPI document.
pub(crate) fn openapi(url: &str) -> Value {
    let mut paths: Map<String, Value> = Map::new();
    for route in ROUTES {
        let names = route
            .path
            .split('/')
            .filter_map(|part| part.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')));
        let mut parameters: Vec<Value> = names
            .map(|name| {
                json!({ "name": name, "in": "path", "required": true, "schema": Kind::Text.schema() })
            })
            .collect();
        parameters.extend(route.query.iter().map(|Field(name, kind, text)| {
            json!({ "name": name, "in": "query", "description": text, "schema": kind.schema() })
        }));
        let mut operation = json!({
            "summary": route.summary,
            "operationId": operation_id(route),
            "parameters": parameters,
            "responses": {
                route.success.to_string(): { "description": "Done." },
                "default": { "description": "Refused: an Error of the contract." },
            },
        });
        if !route.body.is_empty() {
            let properties: Map<String, Value> = route
                .body
                .iter()
                .map(|Field(name, kind, text)| {
                    let mut schema = kind.schema();
                    if let Some(schema) = schema.as_object_mut() {
                        schema.insert("description".into(), (*text).into());
                    }
                    ((*name).to_owned(), schema)
                })
                .collect();
            if let Some(operation) = operation.as_object_mut() {
                let schema = json!({ "type": "object", "properties": properties });
                let body = json!({ "content": { "application/json": { "schema": schema } } });
                operation.insert("requestBody".into(), body);
            }
        }
        let path = paths.entry(format!("{PREFIX}{}", route.path)).or_insert_with(|| json!({}));
        if let Some(path) = path.as_object_mut() {
            path.insert(route.method.to_ascii_lowercase(), operation);
        }
    }
    json!({
        "openapi": "3.0.3",
        "info": {
            "title": "Control of the Swisscom Sign sandbox",
            "description": format!("Not part of the platform. Contract {CONTRACT_VERSION}."),
            "version": env!("CARGO_PKG_VERSION"),
        },
        "servers": [{ "url": url }],
        "components": { "securitySchemes": { "adminToken": { "type": "http", "scheme": "bearer" } } },
        "security": [{}, { "adminToken": [] }],
        "paths": paths,
    })
}

fn operation_id(route: &Route) -> String {
    let parts = route.path.split('/').filter(|part| !part.is_empty() && !part.starts_with('{'));
    let mut id = route.method.to_ascii_lowercase();
    for part in parts {
        let mut letters = part.chars().filter(|c| c.is_ascii_alphanumeric());
        id.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        id.extend(letters);
    }
    if route.path.ends_with('}') {
        id.push_str("One");
    }
    id
}

#[cfg(test)]
mod tests {
    use super::*;

    const GUIDE: &str = include_str!("../../../../docs/sandbox.md");

    #[test]
    fn the_guide_lists_every_path() {
        let row =
            |route: &Route| format!("| `{} {}` | {} |", route.method, route.path, route.summary);
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
