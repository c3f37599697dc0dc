//! Faults: add, list, remove.

use serde_json::json;
use swisscom_sign::contract::Operation;

use super::body;
use super::routes::{ControlCall, ControlResult, invalid};
use crate::domain::{DomainError, ErrorName};
use crate::faults::FaultRule;
use crate::http::HttpResponse;

pub(super) fn list(call: &ControlCall<'_>) -> ControlResult {
    let faults = call.faults.list(call.organization()?);
    Ok(HttpResponse::json(200, &json!({ "faults": faults })))
}

/// Operation names that faults and the journal use.
pub(super) fn operations() -> Vec<&'static str> {
    Operation::ALL.iter().map(|operation| operation.spec().id).chain(["token"]).collect()
}

pub(super) fn add(call: &ControlCall<'_>) -> ControlResult {
    let rule: FaultRule = body(call.request)?;
    rule.check(&operations()).map_err(|why| invalid("$", &why))?;
    call.find_organization(rule.matching.organization_id)?;
    Ok(HttpResponse::json(201, &call.faults.add(rule)))
}

pub(super) fn clear(call: &ControlCall<'_>) -> ControlResult {
    call.faults.clear(call.organization()?);
    Ok(HttpResponse::empty(204))
}

pub(super) fn remove(call: &ControlCall<'_>) -> ControlResult {
    let id = call.parameter("id");
    let removed = id.parse().is_ok_and(|id| call.faults.remove(id));
    if removed {
        return Ok(HttpResponse::empty(204));
    }
    Err(DomainError::new(ErrorName::NoSuchEntry, format!("Fault `{id}` does not exist.")).into())
}
