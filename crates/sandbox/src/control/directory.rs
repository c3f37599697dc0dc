//! Directory and its tokens: organizations, clients, accounts, teams, partners, keys.

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::json;
use swisscom_sign::contract::declare::{ContractObject, api_object};
use swisscom_sign::contract::{Person, Scope, Severity, validate};
use uuid::Uuid;

use super::routes::{ControlCall, Nothing, invalid};
use crate::actions::{TokenResponse, issue_token};
use crate::api_error::ApiError;
use crate::directory::{Account, OAuthClient, Partner, Team};
use crate::domain::{DomainError, ErrorName, ProcessOwner, Tenant};
use crate::platform::CommandError;
use crate::tokens::jwt::DecodedToken;

api_object! {
    /// An organization to create.
    OrganizationInput [closed]: Debug, Deserialize {
        /// Identifier; new if absent.
        may id "id" as Uuid: [text Uuid];
        /// Name on the pages.
        may name "name": [text];
    }

    /// A new organization, with its client and its team.
    NewOrganization: Serialize {
        must id "id" as Uuid: [text Uuid];
        must name "name": [text];
        must client_id "clientId": [text];
        must client_secret "clientSecret": [text];
        must team_id "teamId" as Uuid: [text Uuid];
    }

    /// A client to create.
    ClientInput [closed]: Debug, Deserialize {
        /// `client_id`; new if absent.
        may client_id "clientId": [text];
        /// `client_secret`; new if absent.
        may client_secret "clientSecret" as SecretString: [text];
        /// Organization; the corporate tenant if absent.
        may organization_id "organizationId" as Uuid: [text Uuid];
        /// Scopes of every token; create and read if absent.
        may scopes "scopes" as Vec<String>: [list of enumeration Scope];
        /// Scopes that are granted on request; read:all if absent.
        may optional_scopes "optionalScopes" as Vec<String>: [list of enumeration Scope];
    }

    /// A new client.
    NewClient: Serialize {
        must client_id "clientId": [text];
        must client_secret "clientSecret": [text];
        /// Organization; null in a corporate tenant.
        null organization_id "organizationId" as Uuid: [text Uuid];
        must tenant "tenant": [enumeration Tenant];
    }

    /// An account to add or to replace.
    AccountInput [closed]: Debug, Deserialize {
        /// Identifier; new if absent.
        may id "id": [text];
        may name "name": [text];
        may verified_email "verifiedEmail": [text];
        /// Verified mobile number, E.164.
        may verified_mobile "verifiedMobile": [text];
        /// Organization whose processes the account may access; none if absent.
        may organization_id "organizationId" as Uuid: [text Uuid];
        may teams "teams" as Vec<Uuid>: [list of text Uuid];
    }

    /// A team or partner to add or to replace.
    TeamInput [closed]: Debug, Deserialize {
        /// Identifier; new if absent.
        may id "id" as Uuid: [text Uuid];
        may name "name": [text];
        /// Organization. If absent, a team belongs to the corporate tenant, and a partner to all.
        may organization_id "organizationId" as Uuid: [text Uuid];
    }

    /// A token to issue.
    TokenInput [closed]: Debug, Deserialize {
        must client_id "clientId": [text];
        /// Scopes, separated by spaces; the client's default scopes if absent.
        may scope "scope": [text];
        /// Lifetime in seconds; 0 for an expired token.
        may ttl "ttl" as u32: [integer64 min 0 max 4294967295];
    }

    /// Tokens to revoke.
    RevokeTokenInput [closed]: Debug, Deserialize {
        /// A token.
        either token "token" as SecretString: [text];
        /// All present tokens of a client.
        either client_id "clientId": [text];
    }

    /// Options of a key rotation.
    RotateKeyInput [closed]: Debug, Deserialize {
        /// Whether tokens of the previous keys remain valid; true if absent.
        may keep_previous "keepPrevious": [boolean];
    }

    /// The new key.
    KeyRotated as "Key": Serialize {
        must kid "kid": [text];
    }
}

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

pub(super) fn create_organization(
    call: &ControlCall<'_>,
    input: OrganizationInput,
) -> Result<NewOrganization, ApiError> {
    let platform = call.platform;
    let id = input.id.unwrap_or_else(|| platform.new_uuid());
    let name = name(input.name, || format!("Organization {id}"))?;
    let team = Team { id: platform.new_uuid(), name: "Team".into(), organization_id: Some(id) };
    let owner = ProcessOwner { tenant: Tenant::Public, organization: Some(id) };
    let client = OAuthClient::new(format!("client-{id}"), platform.new_secret(), owner);
    let created = NewOrganization {
        id,
        name: name.clone(),
        client_id: client.id.clone(),
        client_secret: client.secret().expose_secret().to_owned(),
        team_id: team.id,
    };
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
    Ok(created)
}

fn scopes<'a>(
    path: &str,
    names: impl IntoIterator<Item = &'a str>,
) -> Result<Vec<Scope>, ApiError> {
    let parse =
        |name| Scope::parse(name).ok_or_else(|| invalid(path, &format!("`{name}` is not a scope")));
    names.into_iter().map(parse).collect()
}

pub(super) fn create_client(
    call: &ControlCall<'_>,
    input: ClientInput,
) -> Result<NewClient, ApiError> {
    let platform = call.platform;
    let organization = call.find_organization(input.organization_id)?;
    let tenant = if organization.is_some() { Tenant::Public } else { Tenant::Corporate };
    let id = name(input.client_id, || format!("client-{}", platform.new_uuid()))?;
    if input.client_secret.as_ref().is_some_and(|secret| secret.expose_secret().is_empty()) {
        return Err(invalid("clientSecret", "must not be empty"));
    }
    let secret = input.client_secret.unwrap_or_else(|| platform.new_secret());
    let mut client = OAuthClient::new(id, secret, ProcessOwner { tenant, organization });
    if let Some(names) = input.scopes {
        client.default_scopes = scopes("scopes", names.iter().map(String::as_str))?;
    }
    if let Some(names) = input.optional_scopes {
        client.optional_scopes = scopes("optionalScopes", names.iter().map(String::as_str))?;
    }
    let created = NewClient {
        client_id: client.id.clone(),
        client_secret: client.secret().expose_secret().to_owned(),
        organization_id: organization,
        tenant,
    };
    platform.change_directory(|directory| {
        let taken = format!("Client `{}` already exists.", client.id);
        let taken = |_| CommandError::from(DomainError::new(ErrorName::AlreadyExists, taken));
        directory.add_client(client).map_err(taken)
    })?;
    Ok(created)
}

/// Validates e-mail address and mobile number against the contract.
fn check_contact(input: &AccountInput) -> Result<(), ApiError> {
    let mut person = json!({ "type": "PERSON" });
    for (name, value) in [("email", &input.verified_email), ("mobile", &input.verified_mobile)] {
        if let (Some(value), Some(person)) = (value, person.as_object_mut()) {
            person.insert(name.to_owned(), value.as_str().into());
        }
    }
    let faults = validate(Person::OBJECT, &person.to_string());
    let fault = faults.into_iter().find(|fault| fault.code.severity() == Severity::Error);
    fault.map_or(Ok(()), |fault| {
        let field = if fault.path == "$.email" { "verifiedEmail" } else { "verifiedMobile" };
        Err(invalid(field, &fault.message))
    })
}

pub(super) fn upsert_account(
    call: &ControlCall<'_>,
    input: AccountInput,
) -> Result<Account, ApiError> {
    let organization = call.find_organization(input.organization_id)?;
    check_contact(&input)?;
    let account = Account {
        id: name(input.id, || call.platform.new_uuid().to_string())?,
        name: name(input.name, || "Account".to_owned())?,
        verified_email: input.verified_email,
        verified_mobile: input.verified_mobile,
        owner: organization.map(|_| ProcessOwner { tenant: Tenant::Public, organization }),
        teams: input.teams.unwrap_or_default(),
    };
    call.platform.change_directory(|directory| {
        directory.upsert_account(account.clone());
        Ok(())
    })?;
    Ok(account)
}

pub(super) fn upsert_team(call: &ControlCall<'_>, input: TeamInput) -> Result<Team, ApiError> {
    let team = Team {
        id: input.id.unwrap_or_else(|| call.platform.new_uuid()),
        name: name(input.name, || "Team".to_owned())?,
        organization_id: call.find_organization(input.organization_id)?,
    };
    call.platform.change_directory(|directory| {
        directory.upsert_team(team.clone());
        Ok(())
    })?;
    Ok(team)
}

pub(super) fn upsert_partner(
    call: &ControlCall<'_>,
    input: TeamInput,
) -> Result<Partner, ApiError> {
    let partner = Partner {
        id: input.id.unwrap_or_else(|| call.platform.new_uuid()),
        name: name(input.name, || "Partner".to_owned())?,
        organization_id: call.find_organization(input.organization_id)?,
    };
    call.platform.change_directory(|directory| {
        directory.upsert_partner(partner.clone());
        Ok(())
    })?;
    Ok(partner)
}

fn known_client(
    call: &ControlCall<'_>,
    id: &str,
) -> Result<std::sync::Arc<OAuthClient>, DomainError> {
    call.platform.directory().client(id).ok_or_else(|| {
        DomainError::new(ErrorName::NoSuchEntry, format!("Client `{id}` does not exist."))
    })
}

pub(super) fn create_token(
    call: &ControlCall<'_>,
    input: TokenInput,
) -> Result<TokenResponse, ApiError> {
    let TokenInput { client_id, scope, ttl } = input;
    let client = known_client(call, &client_id)?;
    let scope = match scope {
        Some(scope) => {
            scopes("scope", scope.split(' '))?;
            scope
        }
        None => client.default_scopes.iter().map(|s| s.as_str()).collect::<Vec<_>>().join(" "),
    };
    let ttl = ttl.unwrap_or(call.platform.settings().token_ttl);
    Ok(issue_token(call.platform, call.links, &client, scope, ttl)?)
}

pub(super) fn revoke_token(
    call: &ControlCall<'_>,
    input: RevokeTokenInput,
) -> Result<Nothing, ApiError> {
    let revocations = call.platform.revocations();
    if let Some(token) = input.token {
        let token = DecodedToken::decode(token.expose_secret().trim())
            .ok_or_else(|| invalid("token", "must be a token"))?;
        revocations.revoke_token(token.claims.jti);
    }
    if let Some(id) = input.client_id {
        let client = known_client(call, &id)?;
        revocations.revoke_client(&client.id, call.platform.real_time().as_second());
    }
    Ok(Nothing)
}

pub(super) fn rotate_key(
    call: &ControlCall<'_>,
    input: RotateKeyInput,
) -> Result<KeyRotated, ApiError> {
    let new = call.platform.new_key();
    let new =
        new.ok_or_else(|| CommandError::Internal("this host makes no further keys".into()))?;
    let kid = new.pair().map_err(CommandError::Internal)?.kid().to_owned();
    call.platform.keys().rotate(new, input.keep_previous.unwrap_or(true));
    Ok(KeyRotated { kid })
}
