//! The sandbox as a whole: health, info, authority, reset, seed, export, import, snapshots.

use serde::Deserialize;
use serde_json::json;
use swisscom_sign::contract::{CONTRACT_VERSION, Scope};
use uuid::Uuid;

use super::body;
use super::routes::{Answer, Call};
use crate::api::error::Refusal;
use crate::domain::{DomainError, Name, view};
use crate::http::Response;
use crate::seed::{self, Seed};

pub(super) fn health(_call: &Call<'_>) -> Answer {
    Ok(Response::json(200, &json!({ "status": "ok" })))
}

pub(super) fn info(call: &Call<'_>) -> Answer {
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
    Ok(Response::json(
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
pub(super) fn authority(call: &Call<'_>) -> Answer {
    let pem = call.engine.documents().authority_pem().ok_or(Refusal::NoSuchPath)?;
    Ok(Response::with(200, "application/x-pem-file", pem))
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
struct Reset {
    organization_id: Option<Uuid>,
}

pub(super) fn reset(call: &Call<'_>) -> Answer {
    let Reset { organization_id } = body(call.request)?;
    match call.known(organization_id)? {
        Some(organization) => call.engine.reset_organization(organization)?,
        None => call.engine.reset()?,
    }
    Ok(Response::empty(204))
}

/// The seeds that can be planted beside what there is.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Plantable {
    Demo,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Plant {
    name: Plantable,
}

pub(super) fn seed(call: &Call<'_>) -> Answer {
    let Plant { name } = body(call.request)?;
    call.engine.plant(match name {
        Plantable::Demo => &Seed::Demo,
    })?;
    Ok(Response::empty(204))
}

pub(super) fn export(call: &Call<'_>) -> Answer {
    let export = seed::export(&call.engine.save()?)?;
    // It holds secrets.
    Ok(Response::with(200, "application/json", export).header("cache-control", "no-store"))
}

pub(super) fn import(call: &Call<'_>) -> Answer {
    if call.request.oversized {
        return Err(Name::RequestTooLarge.into());
    }
    call.engine.bring_back(&seed::import(&call.request.body)?)?;
    Ok(Response::empty(204))
}

pub(super) fn snapshots(call: &Call<'_>) -> Answer {
    let names: Vec<String> = call.engine.snapshots().keys().cloned().collect();
    Ok(Response::json(200, &json!({ "snapshots": names })))
}

pub(super) fn save(call: &Call<'_>) -> Answer {
    let saved = call.engine.save()?;
    call.engine.snapshots().insert(call.parameter("name").to_owned(), saved);
    Ok(Response::empty(204))
}

fn none_of(name: &str) -> DomainError {
    DomainError::new(Name::NoSuchEntry, format!("There is no snapshot {name}."))
}

pub(super) fn forget(call: &Call<'_>) -> Answer {
    let name = call.parameter("name");
    call.engine.snapshots().remove(name).ok_or_else(|| none_of(name))?;
    Ok(Response::empty(204))
}

pub(super) fn restore(call: &Call<'_>) -> Answer {
    let name = call.parameter("name");
    let saved = call.engine.snapshots().get(name).cloned().ok_or_else(|| none_of(name))?;
    call.engine.bring_back(&saved)?;
    Ok(Response::empty(204))
}
