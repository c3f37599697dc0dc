//! Request journal: read and clear.

use serde_json::json;

use super::routes::{ControlCall, ControlResult, invalid};
use crate::api_error::ApiError;
use crate::fault_delivery::parse_wait;
use crate::http::{HttpResponse, NOTHING_YET};
use crate::journal::JournalFilter;

/// Default number of entries in a response.
const LIMIT: usize = 1000;

pub(super) fn read(call: &ControlCall<'_>) -> ControlResult {
    let filter = JournalFilter {
        after: call.query_number("after")?.unwrap_or(0),
        operation: call.query("operation").map(operation).transpose()?,
        client_id: call.query("clientId").map(str::to_owned),
        organization_id: call.organization()?,
        process_id: call.query_uuid("processId")?,
        status: call.query_number("status")?,
    };
    if let Some(wait) = call.query("wait")
        && parse_wait(wait).is_none()
    {
        return Err(invalid("wait", "must be a time such as 5s or 500ms, up to 60s"));
    }
    let limit = call.query_number("limit")?.unwrap_or(LIMIT);
    let requests = call.journal.read(&filter, limit);
    let answer = HttpResponse::json(200, &json!({ "requests": requests }));
    Ok(if requests.is_empty() { answer.header(NOTHING_YET, "true") } else { answer })
}

fn operation(name: &str) -> Result<String, ApiError> {
    let known = super::faults::operations();
    if known.contains(&name) {
        return Ok(name.to_owned());
    }
    Err(invalid("operation", &format!("must be one of {}", known.join(", "))))
}

pub(super) fn clear(call: &ControlCall<'_>) -> ControlResult {
    let filter =
        JournalFilter { organization_id: call.organization()?, ..JournalFilter::default() };
    call.journal.clear(&filter);
    Ok(HttpResponse::empty(204))
}
