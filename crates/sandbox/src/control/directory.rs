//! Directory and its tokens: organizations, clients, accounts, teams, partners, keys.

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::json;
use swisscom_sign::contract::declare::ContractObject;
use swisscom_sign::contract::{Person, Scope, Severity, validate};
use uuid::Uuid;

use super::body;
use super::routes::{ControlCall, ControlResult, invalid};
use crate::actions::issue_token;
use crate::api_error::ApiError;
use crate::directory::{Account, OAuthClient, Partner, Team};
use crate::domain::{DomainError, ErrorName, ProcessOwner, Tenant};
use crate::http::HttpResponse;
use crate::platform::CommandError;
use crate::tokens::jwt::DecodedToken;

/// Maximum length of names and identifiers, in characters.
const MAX_NAME: usize = 200;

fn name(given: Option<String>, default: impl FnOnce() -> String) -> Result<String, CommandError> {
    let name = given.unwrap_or_else(default);
    if name.is_empty() || name.chars().count() > MAX_NAME || name.chars().any(char::is_control) {
        let detail =
            format!("A name has 1 to {MAX_NAME} characters, none of them a control character.");
        return Err(DomainError::new(ErrorName::Validation, detail).into());
    }
    Ok(name)
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
struct CreateOrganizationBody {
    id: Option<Uuid>,
    name: Option<String>,
}

pub(super) fn organization(call: &ControlCall<'_>) -> ControlResult {
    let asked: CreateOrganizationBody = body(call.request)?;
    let platform = call.platform;
    let id = asked.id.unwrap_or_else(|| platform.new_uuid());
    let name = name(asked.name, || format!("Organization {id}"))?;
    let team = Team { id: platform.new_uuid(), name: "Team".into(), organization_id: Some(id) };
    let owner = ProcessOwner { tenant: Tenant::Public, organization: Some(id) };
    let client = OAuthClient::new(format!("client-{id}"), platform.new_secret(), owner);
    let answer = json!({
        "id": id,
        "name": name,
        "clientId": client.id,
        "clientSecret": client.secret().expose_secret(),
        "teamId": team.id,
    });
    platform.change_directory(|directory| {
        if directory.has_organization(id) {
            let detail = format!("Organization `{id}` already exists.");
            return Err(DomainError::new(ErrorName::AlreadyExists, detail).into());
        }
        directory.add_client(client).map_err(|_| CommandError::from(ErrorName::AlreadyExists))?;
        directory.upsert_organization(id, name);
        directory.upsert_team(team);
        Ok(())
    })?;
    Ok(HttpResponse::json(201, &answer))
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
struct CreateClientBody {
    client_id: Option<String>,
    client_secret: Option<SecretString>,
    organization_id: Option<Uuid>,
    scopes: Option<Vec<String>>,
    optional_scopes: Option<Vec<String>>,
}

fn scopes(path: &str, names: Vec<String>) -> Result<Vec<Scope>, crate::api_error::ApiError> {
    let parse = |name: &String| {
        Scope::parse(name).ok_or_else(|| invalid(path, &format!("`{name}` is no scope")))
    };
    names.iter().map(parse).collect()
}

pub(super) fn client(call: &ControlCall<'_>) -> ControlResult {
    let asked: CreateClientBody = body(call.request)?;
    let platform = call.platform;
    let organization = call.find_organization(asked.organization_id)?;
    let tenant = if organization.is_some() { Tenant::Public } else { Tenant::Corporate };
    let id = name(asked.client_id, || format!("client-{}", platform.new_uuid()))?;
    if asked.client_secret.as_ref().is_some_and(|secret| secret.expose_secret().is_empty()) {
        return Err(invalid("$.clientSecret", "must not be empty"));
    }
    let secret = asked.client_secret.unwrap_or_else(|| platform.new_secret());
    let mut client = OAuthClient::new(id, secret, ProcessOwner { tenant, organization });
    if let Some(names) = asked.scopes {
        client.default_scopes = scopes("$.scopes", names)?;
    }
    if let Some(names) = asked.optional_scopes {
        client.optional_scopes = scopes("$.optionalScopes", names)?;
    }
    let answer = json!({
        "clientId": client.id,
        "clientSecret": client.secret().expose_secret(),
        "organizationId": organization,
        "tenant": tenant,
    });
    platform.change_directory(|directory| {
        let taken = format!("Client `{}` already exists.", client.id);
        let taken = |_| CommandError::from(DomainError::new(ErrorName::AlreadyExists, taken));
        directory.add_client(client).map_err(taken)
    })?;
    Ok(HttpResponse::json(201, &answer))
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
struct CreateAccountBody {
    id: Option<String>,
    name: Option<String>,
    verified_email: Option<String>,
    verified_mobile: Option<String>,
    organization_id: Option<Uuid>,
    teams: Vec<Uuid>,
}

/// Validates e-mail address and mobile number against the contract.
fn reachable(asked: &CreateAccountBody) -> Result<(), ApiError> {
    let mut person = json!({ "type": "PERSON" });
    for (name, value) in [("email", &asked.verified_email), ("mobile", &asked.verified_mobile)] {
        if let (Some(value), Some(person)) = (value, person.as_object_mut()) {
            person.insert(name.to_owned(), value.as_str().into());
        }
    }
    let faults = validate(Person::OBJECT, &person.to_string());
    let fault = faults.into_iter().find(|fault| fault.code.severity() == Severity::Error);
    fault.map_or(Ok(()), |fault| {
        let fields = [("$.email", "$.verifiedEmail"), ("$.mobile", "$.verifiedMobile")];
        let field = fields.iter().find(|(path, _)| *path == fault.path);
        Err(invalid(field.map_or("$", |(_, field)| field), &fault.message))
    })
}

pub(super) fn account(call: &ControlCall<'_>) -> ControlResult {
    let asked: CreateAccountBody = body(call.request)?;
    let organization = call.find_organization(asked.organization_id)?;
    reachable(&asked)?;
    let account = Account {
        id: name(asked.id, || call.platform.new_uuid().to_string())?,
        name: name(asked.name, || "Account".to_owned())?,
        verified_email: asked.verified_email,
        verified_mobile: asked.verified_mobile,
        owns: organization.map(|_| ProcessOwner { tenant: Tenant::Public, organization }),
        teams: asked.teams,
    };
    let answer = HttpResponse::json(201, &account);
    call.platform.change_directory(|directory| {
        directory.upsert_account(account);
        Ok(())
    })?;
    Ok(answer)
}

pub(super) fn team(call: &ControlCall<'_>) -> ControlResult {
    let asked: CreateTeamBody = body(call.request)?;
    let team = Team {
        id: asked.id.unwrap_or_else(|| call.platform.new_uuid()),
        name: name(asked.name, || "Team".to_owned())?,
        organization_id: call.find_organization(asked.organization_id)?,
    };
    let answer = HttpResponse::json(201, &team);
    call.platform.change_directory(|directory| {
        directory.upsert_team(team);
        Ok(())
    })?;
    Ok(answer)
}

/// Body for a team or a partner.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
struct CreateTeamBody {
    id: Option<Uuid>,
    name: Option<String>,
    organization_id: Option<Uuid>,
}

pub(super) fn partner(call: &ControlCall<'_>) -> ControlResult {
    let asked: CreateTeamBody = body(call.request)?;
    let partner = Partner {
        id: asked.id.unwrap_or_else(|| call.platform.new_uuid()),
        name: name(asked.name, || "Partner".to_owned())?,
        organization_id: call.find_organization(asked.organization_id)?,
    };
    let answer = HttpResponse::json(201, &partner);
    call.platform.change_directory(|directory| {
        directory.upsert_partner(partner);
        Ok(())
    })?;
    Ok(answer)
}

fn known_client(
    call: &ControlCall<'_>,
    id: &str,
) -> Result<std::sync::Arc<OAuthClient>, DomainError> {
    call.platform.directory().client(id).ok_or_else(|| {
        DomainError::new(ErrorName::NoSuchEntry, format!("Client `{id}` does not exist."))
    })
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct IssueTokenBody {
    client_id: String,
    scope: Option<String>,
    ttl: Option<u32>,
}

pub(super) fn token(call: &ControlCall<'_>) -> ControlResult {
    let IssueTokenBody { client_id, scope, ttl } = body(call.request)?;
    let client = known_client(call, &client_id)?;
    let scope = match scope {
        Some(scope) => {
            scopes("$.scope", scope.split(' ').map(str::to_owned).collect())?;
            scope
        }
        None => client.default_scopes.iter().map(|s| s.as_str()).collect::<Vec<_>>().join(" "),
    };
    let ttl = ttl.unwrap_or(call.platform.settings().token_ttl);
    let token = issue_token(call.platform, call.links, &client, scope, ttl)?;
    Ok(HttpResponse::json(201, &token))
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
struct RevokeTokenBody {
    token: Option<SecretString>,
    client_id: Option<String>,
}

pub(super) fn revoke(call: &ControlCall<'_>) -> ControlResult {
    let revocations = call.platform.revocations();
    match body(call.request)? {
        RevokeTokenBody { token: Some(token), client_id: None } => {
            let token = DecodedToken::decode(token.expose_secret().trim())
                .ok_or_else(|| invalid("$.token", "must be a token"))?;
            revocations.revoke_token(token.claims.jti);
        }
        RevokeTokenBody { token: None, client_id: Some(id) } => {
            let client = known_client(call, &id)?;
            revocations.revoke_client(&client.id, call.platform.real_time().as_second());
        }
        _ => return Err(invalid("$", "must have either token or clientId")),
    }
    Ok(HttpResponse::empty(204))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct RotateKeyBody {
    keep: bool,
}

impl Default for RotateKeyBody {
    fn default() -> Self {
        Self { keep: true }
    }
}

pub(super) fn rotate(call: &ControlCall<'_>) -> ControlResult {
    let RotateKeyBody { keep } = body(call.request)?;
    let new = call.platform.new_key();
    let new =
        new.ok_or_else(|| CommandError::Internal("this host makes no further keys".into()))?;
    let kid = new.pair().map_err(CommandError::Internal)?.kid().to_owned();
    call.platform.keys().rotate(new, keep);
    Ok(HttpResponse::json(200, &json!({ "kid": kid })))
}
