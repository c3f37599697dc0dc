//! Request journal: read and clear.

use serde::{Deserialize, Serialize};
use swisscom_sign::contract::declare::api_object;
use uuid::Uuid;

use super::routes::{ControlCall, LongPoll, Nothing, OrganizationQuery};
use crate::api_error::ApiError;
use crate::faults::OperationName;
use crate::journal::{JournalEntry, JournalFilter};

/// Default number of entries in a response.
const LIMIT: u64 = 1000;

api_object! {
    /// Filter of recorded requests.
    RequestQuery [closed]: Debug, Deserialize {
        /// Only this organization; the whole server if absent.
        may organization_id "organizationId" as Uuid: [text Uuid];
        /// Operation of the contract, or `token`.
        may operation "operation" as String: [enumeration OperationName];
        /// Client.
        may client_id "clientId": [text];
        /// Process.
        may process_id "processId" as Uuid: [text Uuid];
        /// Status of the response.
        may status "status" as u16: [integer min 0 max 65535];
        /// Only entries after this `sequence`.
        may after "after" as u64: [integer64 min 0];
        /// Maximum number of entries, default 1000.
        may limit "limit" as u64: [integer64 min 0];
        /// Maximum waiting time, such as `5s` or `500ms`; up to 60 s.
        may wait "wait": [text];
    }

    /// Recorded requests, oldest first.
    RequestList: Serialize {
        /// The entries.
        must requests "requests": [list of object JournalEntry];
    }
}

pub(super) fn list(
    call: &ControlCall<'_>,
    query: RequestQuery,
) -> Result<LongPoll<RequestList>, ApiError> {
    call.check_wait(query.wait.as_deref())?;
    let filter = JournalFilter {
        after: query.after.unwrap_or(0),
        operation: query.operation,
        client_id: query.client_id,
        organization_id: call.find_organization(query.organization_id)?,
        process_id: query.process_id,
        status: query.status,
    };
    let limit = usize::try_from(query.limit.unwrap_or(LIMIT)).unwrap_or(usize::MAX);
    let requests = call.journal.read(&filter, limit);
    Ok(LongPoll { is_empty: requests.is_empty(), list: RequestList { requests } })
}

pub(super) fn clear(call: &ControlCall<'_>, query: OrganizationQuery) -> Result<Nothing, ApiError> {
    let organization_id = call.find_organization(query.organization_id)?;
    call.journal.clear(&JournalFilter { organization_id, ..JournalFilter::default() });
    Ok(Nothing)
}
