//! Faults: put in force, looked at, lifted.

use serde_json::json;
use swisscom_sign::contract::Operation;

use super::body;
use super::routes::{Answer, Call, invalid};
use crate::domain::{DomainError, Name};
use crate::faults::Rule;
use crate::http::Response;

pub(super) fn list(call: &Call<'_>) -> Answer {
    let faults = call.engine.faults().list(call.organization()?);
    Ok(Response::json(200, &json!({ "faults": faults })))
}

/// What faults and the journal call requests by.
pub(super) fn operations() -> Vec<&'static str> {
    Operation::ALL.iter().map(|operation| operation.spec().id).chain(["token"]).collect()
}

pub(super) fn add(call: &Call<'_>) -> Answer {
    let rule: Rule = body(call.request)?;
    rule.check(&operations()).map_err(|why| invalid("$", &why))?;
    call.known(rule.matching.organization_id)?;
    Ok(Response::json(201, &call.engine.faults().add(rule)))
}

pub(super) fn clear(call: &Call<'_>) -> Answer {
    call.engine.faults().clear(call.organization()?);
    Ok(Response::empty(204))
}

pub(super) fn remove(call: &Call<'_>) -> Answer {
    let id = call.parameter("id");
    let removed = id.parse().is_ok_and(|id| call.engine.faults().remove(id));
    if removed {
        return Ok(Response::empty(204));
    }
    Err(DomainError::new(Name::NoSuchEntry, format!("There is no fault {id}.")).into())
}
