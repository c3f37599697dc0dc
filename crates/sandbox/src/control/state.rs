//! State of the whole sandbox: health, info, authority, reset, seed, export, import, snapshots.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use swisscom_sign::contract::declare::{api_object, closed_enum};
use swisscom_sign::contract::{CONTRACT_VERSION, Scope};
use uuid::Uuid;

use super::clock::ClockSetting;
use super::routes::{AnswerBody, ControlAnswer, ControlCall, Nothing};
use crate::api_error::ApiError;
use crate::calendar::serialize_timestamp;
use crate::directory::{Account, OAuthClient, Partner, Team};
use crate::domain::{DomainError, ErrorName, Tenant};
use crate::http::HttpResponse;
use crate::initial_data::{self, ExportDocument, InitialData};
use crate::journal::JournalFilter;
use crate::settings::SandboxSettings;

closed_enum! {
    /// Whether the sandbox is ready.
    HealthStatus {
        Ok = "ok",
    }

    /// Data that can be added.
    SeedName {
        /// Processes of organization A in every state.
        Demo = "demo",
    }
}

api_object! {
    /// Whether the sandbox is ready.
    Health: Serialize {
        must status "status": [enumeration HealthStatus];
    }

    /// An organization.
    Organization: Serialize {
        must id "id" as Uuid: [text Uuid];
        must name "name": [text];
    }

    /// A client of the API.
    Client: Serialize {
        must client_id "clientId": [text];
        must tenant "tenant": [enumeration Tenant];
        /// Organization; null in a corporate tenant.
        null organization_id "organizationId" as Uuid: [text Uuid];
        /// Scopes of every token.
        must default_scopes "defaultScopes" as Vec<&'static str>: [list of enumeration Scope];
        /// Scopes that are granted on request.
        must optional_scopes "optionalScopes" as Vec<&'static str>: [list of enumeration Scope];
    }

    /// Versions, settings and directory.
    Info: Serialize {
        must version "version" as &'static str: [text];
        must contract "contract" as &'static str: [text];
        must url "url": [text];
        must now "now" as Timestamp: [text DateTime] #[serde(serialize_with = "serialize_timestamp")];
        must clock "clock": [object ClockSetting];
        /// `memory` or `sqlite`.
        must store "store" as &'static str: [text];
        /// Whether requests to the control API need the admin token.
        must admin_token "adminToken": [boolean];
        must settings "settings": [object SandboxSettings];
        /// Whether files are signed.
        must signatures "signatures": [boolean];
        must organizations "organizations": [list of object Organization];
        must clients "clients": [list of object Client];
        must teams "teams": [list of object Team];
        must partners "partners": [list of object Partner];
        must accounts "accounts": [list of object Account];
    }

    /// Scope of a reset.
    ResetInput [closed]: Debug, Deserialize {
        /// Only this organization; the whole server if absent.
        may organization_id "organizationId" as Uuid: [text Uuid];
    }

    /// Data to add.
    SeedInput [closed]: Debug, Deserialize {
        /// `demo`: processes of organization A in every state.
        must name "name": [enumeration SeedName];
    }

    /// Snapshots.
    SnapshotList: Serialize {
        must snapshots "snapshots": [list of text];
    }
}

pub(super) fn health(_call: &ControlCall<'_>) -> Result<Health, ApiError> {
    Ok(Health { status: HealthStatus::Ok })
}

impl From<&OAuthClient> for Client {
    fn from(client: &OAuthClient) -> Self {
        let names = |scopes: &[Scope]| scopes.iter().map(|scope| scope.as_str()).collect();
        Self {
            client_id: client.id.clone(),
            tenant: client.owner.tenant,
            organization_id: client.owner.organization,
            default_scopes: names(&client.default_scopes),
            optional_scopes: names(&client.optional_scopes),
        }
    }
}

pub(super) fn info(call: &ControlCall<'_>) -> Result<Info, ApiError> {
    let platform = call.platform;
    let directory = platform.directory();
    let organizations = directory.organizations().into_iter();
    Ok(Info {
        version: env!("CARGO_PKG_VERSION"),
        contract: CONTRACT_VERSION,
        url: call.links.base().to_owned(),
        now: platform.now(),
        clock: platform.clocks().mode(None).into(),
        store: platform.store().kind(),
        admin_token: call.logins.is_required(),
        settings: platform.settings().clone(),
        signatures: platform.documents().signs(),
        organizations: organizations.map(|(id, name)| Organization { id, name }).collect(),
        clients: directory.clients().iter().map(|client| client.as_ref().into()).collect(),
        teams: directory.teams(),
        partners: directory.partners(),
        accounts: directory.accounts(),
    })
}

pub(super) struct AuthorityPem(String);

impl ControlAnswer for AuthorityPem {
    const BODY: AnswerBody = AnswerBody::Bytes(&["application/x-pem-file"]);

    fn respond(self, status: u16) -> HttpResponse {
        HttpResponse::with_body(status, "application/x-pem-file", self.0)
    }
}

pub(super) fn authority(call: &ControlCall<'_>) -> Result<AuthorityPem, ApiError> {
    call.platform.documents().authority_pem().map(AuthorityPem).ok_or(ApiError::NoSuchPath)
}

pub(super) fn reset(call: &ControlCall<'_>, input: ResetInput) -> Result<Nothing, ApiError> {
    match call.find_organization(input.organization_id)? {
        Some(organization) => {
            let cleared = call.platform.reset_organization(organization)?;
            call.faults.clear_organization(organization, &cleared.clients, &cleared.processes);
            call.journal.clear(&JournalFilter {
                organization_id: Some(organization),
                ..JournalFilter::default()
            });
        }
        None => {
            initial_data::reset(call.platform, call.links, call.initial_data)?;
            call.faults.reset();
            call.journal.clear(&JournalFilter::default());
        }
    }
    Ok(Nothing)
}

pub(super) fn seed(call: &ControlCall<'_>, input: SeedInput) -> Result<Nothing, ApiError> {
    let data = match input.name {
        SeedName::Demo => InitialData::Demo,
    };
    initial_data::seed(call.platform, call.links, &data)?;
    Ok(Nothing)
}

/// Serialized export, which can be large.
pub(super) struct ExportText(Vec<u8>);

impl ControlAnswer for ExportText {
    const BODY: AnswerBody = ExportDocument::BODY;

    fn respond(self, status: u16) -> HttpResponse {
        HttpResponse::with_body(status, "application/json", self.0)
            .header("cache-control", "no-store")
    }
}

pub(super) fn export(call: &ControlCall<'_>) -> Result<ExportText, ApiError> {
    Ok(ExportText(initial_data::export(&call.platform.snapshot()?)?))
}

pub(super) fn import(call: &ControlCall<'_>) -> Result<Nothing, ApiError> {
    if call.request.oversized {
        return Err(ErrorName::RequestTooLarge.into());
    }
    call.platform.restore(&initial_data::import(&call.request.body)?)?;
    Ok(Nothing)
}

pub(super) fn snapshots(call: &ControlCall<'_>) -> Result<SnapshotList, ApiError> {
    Ok(SnapshotList { snapshots: call.platform.snapshots().keys().cloned().collect() })
}

pub(super) fn save(call: &ControlCall<'_>) -> Result<Nothing, ApiError> {
    let saved = call.platform.snapshot()?;
    call.platform.snapshots().insert(call.parameter("name").to_owned(), saved);
    Ok(Nothing)
}

fn snapshot_not_found(name: &str) -> DomainError {
    DomainError::new(ErrorName::NoSuchEntry, format!("Snapshot `{name}` does not exist."))
}

pub(super) fn delete_snapshot(call: &ControlCall<'_>) -> Result<Nothing, ApiError> {
    let name = call.parameter("name");
    call.platform.snapshots().remove(name).ok_or_else(|| snapshot_not_found(name))?;
    Ok(Nothing)
}

pub(super) fn restore(call: &ControlCall<'_>) -> Result<Nothing, ApiError> {
    let name = call.parameter("name");
    let saved =
        call.platform.snapshots().get(name).cloned().ok_or_else(|| snapshot_not_found(name))?;
    call.platform.restore(&saved)?;
    Ok(Nothing)
}
