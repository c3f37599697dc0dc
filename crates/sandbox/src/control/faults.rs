//! Fault rules: add, list, remove.

use serde::Serialize;
use swisscom_sign::contract::declare::api_object;

use super::routes::{ControlCall, Nothing, OrganizationQuery};
use crate::api_error::ApiError;
use crate::domain::{DomainError, ErrorName};
use crate::faults::{ActiveFault, FaultRule};

api_object! {
    /// Active fault rules.
    FaultList: Serialize {
        must faults "faults": [list of object ActiveFault];
    }
}

pub(super) fn list(
    call: &ControlCall<'_>,
    query: OrganizationQuery,
) -> Result<FaultList, ApiError> {
    let organization = call.find_organization(query.organization_id)?;
    Ok(FaultList { faults: call.faults.list(organization) })
}

pub(super) fn add(call: &ControlCall<'_>, rule: FaultRule) -> Result<ActiveFault, ApiError> {
    rule.action.check().map_err(|why| DomainError::new(ErrorName::Validation, why))?;
    call.find_organization(rule.matching.as_ref().and_then(|matching| matching.organization_id))?;
    Ok(call.faults.add(rule))
}

pub(super) fn clear(call: &ControlCall<'_>, query: OrganizationQuery) -> Result<Nothing, ApiError> {
    call.faults.clear(call.find_organization(query.organization_id)?);
    Ok(Nothing)
}

pub(super) fn remove(call: &ControlCall<'_>) -> Result<Nothing, ApiError> {
    let id = call.parameter("id");
    let removed = id.parse().is_ok_and(|id| call.faults.remove(id));
    let missing =
        || DomainError::new(ErrorName::NoSuchEntry, format!("Fault `{id}` does not exist."));
    removed.then_some(Nothing).ok_or_else(|| missing().into())
}
