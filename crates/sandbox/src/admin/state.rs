//! The sandbox as a whole: health, info, authority, reset, seed, export, import, snapshots.

use serde::Deserialize;
use serde_json::json;
use swisscom_sign::contract::{CONTRACT_VERSION, Scope};
use uuid::Uuid;

use super::body;
use super::routes::{ControlCall, ControlResult};
use crate::api::error::ApiError;
use crate::domain::{DomainError, ErrorName, view};
use crate::http::HttpResponse;
use crate::seed::{self, InitialData};

pub(super) fn health(_call: &ControlCall<'_>) -> ControlResult {
    Ok(HttpResponse::json(200, &json!({ "status": "ok" })))
}

pub(super) fn info(call: &ControlCall<'_>) -> ControlResult {
    let engine = call.engine;
    let directory = engine.directory();
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
            "url": engine.public_url(),
            "now": view::time(engine.now()),
            "clock": engine.timeline().mode(None),
            "store": engine.store().kind(),
            "adminToken": engine.is_guarded(),
            "switches": engine.rulings(),
            "signatures": engine.documents().signs(),
            "organizations": organizations.collect::<Vec<_>>(),
            "clients": clients.collect::<Vec<_>>(),
            "teams": directory.teams(),
            "partners": directory.partners(),
            "accounts": directory.accounts(),
        }),
    ))
}

/// The certificate that the signatures of this sandbox are trusted by.
pub(super) fn authority(call: &ControlCall<'_>) -> ControlResult {
    let pem = call.engine.documents().authority_pem().ok_or(ApiError::NoSuchPath)?;
    Ok(HttpResponse::with(200, "application/x-pem-file", pem))
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
struct ResetBody {
    organization_id: Option<Uuid>,
}

pub(super) fn reset(call: &ControlCall<'_>) -> ControlResult {
    let ResetBody { organization_id } = body(call.request)?;
    match call.known(organization_id)? {
        Some(organization) => call.engine.reset_organization(organization)?,
        None => call.engine.reset()?,
    }
    Ok(HttpResponse::empty(204))
}

/// The seeds that can be planted beside what there is.
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
    call.engine.plant(match name {
        SeedName::Demo => &InitialData::Demo,
    })?;
    Ok(HttpResponse::empty(204))
}

pub(super) fn export(call: &ControlCall<'_>) -> ControlResult {
    let export = seed::export(&call.engine.save()?)?;
    // It holds secrets.
    Ok(HttpResponse::with(200, "application/json", export).header("cache-control", "no-store"))
}

pub(super) fn import(call: &ControlCall<'_>) -> ControlResult {
    if call.request.oversized {
        return Err(ErrorName::RequestTooLarge.into());
    }
    call.engine.bring_back(&seed::import(&call.request.body)?)?;
    Ok(HttpResponse::empty(204))
}

pub(super) fn snapshots(call: &ControlCall<'_>) -> ControlResult {
    let names: Vec<String> = call.engine.snapshots().keys().cloned().collect();
    Ok(HttpResponse::json(200, &json!({ "snapshots": names })))
}

pub(super) fn save(call: &ControlCall<'_>) -> ControlResult {
    let saved = call.engine.save()?;
    call.engine.snapshots().insert(call.parameter("name").to_owned(), saved);
    Ok(HttpResponse::empty(204))
}

fn none_of(name: &str) -> DomainError {
    DomainError::new(ErrorName::NoSuchEntry, format!("Snapshot `{name}` does not exist."))
}

pub(super) fn forget(call: &ControlCall<'_>) -> ControlResult {
    let name = call.parameter("name");
    call.engine.snapshots().remove(name).ok_or_else(|| none_of(name))?;
    Ok(HttpResponse::empty(204))
}

pub(super) fn restore(call: &ControlCall<'_>) -> ControlResult {
    let name = call.parameter("name");
    let saved = call.engine.snapshots().get(name).cloned().ok_or_else(|| none_of(name))?;
    call.engine.bring_back(&saved)?;
    Ok(HttpResponse::empty(204))
}
