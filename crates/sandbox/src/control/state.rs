//! State of the whole sandbox: health, info, authority, reset, seed, export, import, snapshots.

use serde::Deserialize;
use serde_json::json;
use swisscom_sign::contract::{CONTRACT_VERSION, Scope};
use uuid::Uuid;

use super::body;
use super::routes::{ControlCall, ControlResult};
use crate::api_error::ApiError;
use crate::calendar::format_timestamp;
use crate::domain::{DomainError, ErrorName};
use crate::http::HttpResponse;
use crate::initial_data::{self, InitialData};
use crate::journal::JournalFilter;

pub(super) fn health(_call: &ControlCall<'_>) -> ControlResult {
    Ok(HttpResponse::json(200, &json!({ "status": "ok" })))
}

pub(super) fn info(call: &ControlCall<'_>) -> ControlResult {
    let platform = call.platform;
    let directory = platform.directory();
    let scopes =
        |list: &[Scope]| -> Vec<&'static str> { list.iter().map(|scope| scope.as_str()).collect() };
    let clients = directory.clients();
    let clients = clients.iter().map(|client| {
        json!({
            "clientId": client.id,
            "tenant": client.owner.tenant,
            "organizationId": client.owner.organization,
            "defaultScopes": scopes(&client.default_scopes),
            "optionalScopes": scopes(&client.optional_scopes),
        })
    });
    let organizations = directory.organizations();
    let organizations = organizations.iter().map(|(id, name)| json!({ "id": id, "name": name }));
    Ok(HttpResponse::json(
        200,
        &json!({
            "version": env!("CARGO_PKG_VERSION"),
            "contract": CONTRACT_VERSION,
            "url": call.links.base(),
            "now": format_timestamp(platform.now()),
            "clock": platform.clocks().mode(None),
            "store": platform.store().kind(),
            "adminToken": call.logins.is_required(),
            "switches": platform.settings(),
            "signatures": platform.documents().signs(),
            "organizations": organizations.collect::<Vec<_>>(),
            "clients": clients.collect::<Vec<_>>(),
            "teams": directory.teams(),
            "partners": directory.partners(),
            "accounts": directory.accounts(),
        }),
    ))
}

/// Certificate of the authority that issues the sandbox's signing certificates.
pub(super) fn authority(call: &ControlCall<'_>) -> ControlResult {
    let pem = call.platform.documents().authority_pem().ok_or(ApiError::NoSuchPath)?;
    Ok(HttpResponse::with_body(200, "application/x-pem-file", pem))
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
struct ResetBody {
    organization_id: Option<Uuid>,
}

pub(super) fn reset(call: &ControlCall<'_>) -> ControlResult {
    let ResetBody { organization_id } = body(call.request)?;
    match call.find_organization(organization_id)? {
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
    Ok(HttpResponse::empty(204))
}

/// Seeds that can be added to existing data.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum SeedName {
    Demo,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct SeedBody {
    name: SeedName,
}

pub(super) fn seed(call: &ControlCall<'_>) -> ControlResult {
    let SeedBody { name } = body(call.request)?;
    let data = match name {
        SeedName::Demo => InitialData::Demo,
    };
    initial_data::seed(call.platform, call.links, &data)?;
    Ok(HttpResponse::empty(204))
}

pub(super) fn export(call: &ControlCall<'_>) -> ControlResult {
    let export = initial_data::export(&call.platform.snapshot()?)?;
    // The export contains secrets.
    Ok(HttpResponse::with_body(200, "application/json", export).header("cache-control", "no-store"))
}

pub(super) fn import(call: &ControlCall<'_>) -> ControlResult {
    if call.request.oversized {
        return Err(ErrorName::RequestTooLarge.into());
    }
    call.platform.restore(&initial_data::import(&call.request.body)?)?;
    Ok(HttpResponse::empty(204))
}

pub(super) fn snapshots(call: &ControlCall<'_>) -> ControlResult {
    let names: Vec<String> = call.platform.snapshots().keys().cloned().collect();
    Ok(HttpResponse::json(200, &json!({ "snapshots": names })))
}

pub(super) fn save(call: &ControlCall<'_>) -> ControlResult {
    let saved = call.platform.snapshot()?;
    call.platform.snapshots().insert(call.parameter("name").to_owned(), saved);
    Ok(HttpResponse::empty(204))
}

fn snapshot_not_found(name: &str) -> DomainError {
    DomainError::new(ErrorName::NoSuchEntry, format!("Snapshot `{name}` does not exist."))
}

pub(super) fn delete_snapshot(call: &ControlCall<'_>) -> ControlResult {
    let name = call.parameter("name");
    call.platform.snapshots().remove(name).ok_or_else(|| snapshot_not_found(name))?;
    Ok(HttpResponse::empty(204))
}

pub(super) fn restore(call: &ControlCall<'_>) -> ControlResult {
    let name = call.parameter("name");
    let saved =
        call.platform.snapshots().get(name).cloned().ok_or_else(|| snapshot_not_found(name))?;
    call.platform.restore(&saved)?;
    Ok(HttpResponse::empty(204))
}
