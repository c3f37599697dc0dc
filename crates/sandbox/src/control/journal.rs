//! Request journal: read and clear.

use serde::Serialize;
use swisscom_sign::contract::declare::api_object;

use super::routes::{ControlCall, LongPoll, Nothing, OrganizationQuery};
use crate::api_error::ApiError;
use crate::journal::{JournalEntry, JournalFilter};

/// Default number of entries in a response.
const LIMIT: u64 = 1000;

api_object! {
    /// Recorded requests, oldest first.
    RequestList: Serialize {
        must requests "requests": [list of object JournalEntry];
    }
}

pub(super) fn list(
    call: &ControlCall<'_>,
    filter: JournalFilter,
) -> Result<LongPoll<RequestList>, ApiError> {
    call.check_wait(filter.wait.as_deref())?;
    call.find_organization(filter.organization_id)?;
    let limit = usize::try_from(filter.limit.unwrap_or(LIMIT)).unwrap_or(usize::MAX);
    let requests = call.journal.read(&filter, limit);
    Ok(LongPoll { is_empty: requests.is_empty(), list: RequestList { requests } })
}

pub(super) fn clear(call: &ControlCall<'_>, query: OrganizationQuery) -> Result<Nothing, ApiError> {
    let organization_id = call.find_organization(query.organization_id)?;
    call.journal.clear(&JournalFilter { organization_id, ..JournalFilter::default() });
    Ok(Nothing)
}
