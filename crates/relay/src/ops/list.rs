//! List of the caller's own processes. The platform lists all processes of an organization and cannot
//! filter by creator, so the relay scans its pages, with a separate token, and returns the processes with
//! the caller's owner tag.
//!
//! With Redis, a full scan fills an index of the caller's processes, which are then read one by one.

use std::collections::HashSet;
use std::sync::Arc;

use http::Response;
use swisscom_sign::contract::json::JsonReader;
use swisscom_sign::contract::{
    FieldType as FieldKind, FindAllQuery, Operation, declare::ContractObject,
};
use swisscom_sign::request::{find_all as core_find_all, get_process};
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::{RelayRequest, json_response};
use crate::body::RelayBody;
use crate::error::{RelayError, RelayErrorKind, RelayResult};
use crate::json;
use crate::policy::{fields, validation_error};

/// Contract, findAll.
const PAGE_SIZE: usize = 20;

pub(super) async fn find_all(call: RelayRequest) -> RelayResult<Response<RelayBody>> {
    if !call.app.config.list.enabled {
        return Err(RelayError::with_detail(
            RelayErrorKind::OperationDenied,
            "lists are disabled on this relay",
        ));
    }
    let parameters = ListParameters::parse(call.query.as_deref().unwrap_or_default())?;
    let index = call.app.own_index.as_ref().filter(|_| parameters.is_plain());
    if let Some(index) = index
        && let Some(ids) = index.read(&call.caller).await
        && let Some(page) = list_from_index(&call, &parameters, ids).await?
    {
        return Ok(page);
    }
    // The index needs a full scan; without it the scan stops after the requested page.
    let index = index.filter(|index| index.is_indexable(&call.caller));
    let started_at = Instant::now();
    let (from, size) = (parameters.page.saturating_mul(parameters.size), parameters.size);
    let mut own: Vec<(String, String)> = Vec::new();
    let mut seen = HashSet::new();
    let mut complete = false;
    for page in 0..call.app.config.list.max_pages {
        let items = upstream_page(&call, &parameters, page).await?;
        for item in &items {
            // A process created during the scan shifts the pages, so the same process can appear on two
            // of them: deduplicate by id.
            let id = json::string(item, "id").unwrap_or_default().into_owned();
            if seen.insert(id.clone())
                && let Some(process) = visible_process(&call, &id, item).await?
            {
                own.push((id, process));
            }
        }
        complete = items.len() < PAGE_SIZE;
        // One more process shows whether there is another page.
        if complete || index.is_none() && own.len() > from + size {
            break;
        }
    }
    match index {
        Some(index) if complete => {
            let entries = own.iter().map(|(id, process)| (id.as_str(), process.as_str()));
            index.replace(&call.caller, started_at.elapsed(), entries).await;
        }
        Some(index) => index.mark_unindexable(&call.caller),
        None => {}
    }
    if !complete && own.len() <= from + size {
        return Err(RelayError::new(RelayErrorKind::ListTooLong));
    }
    let page = own.iter().skip(from).take(size).map(|(_, process)| process.as_str());
    Ok(page_of(&parameters, complete.then_some(own.len()), page))
}

/// Page of the list. Without a `total`, because the scan has stopped after this page, it has no totals,
/// and the contract's member `last` says that there are more pages.
fn page_of<'p>(
    parameters: &ListParameters,
    total: Option<usize>,
    processes: impl IntoIterator<Item = &'p str>,
) -> Response<RelayBody> {
    let (size, number) = (parameters.size.to_string(), parameters.page.to_string());
    let mut metadata = vec![("size", size), ("number", number)];
    if let Some(total) = total {
        metadata.push(("totalElements", total.to_string()));
        metadata.push(("totalPages", total.div_ceil(parameters.size).to_string()));
    }
    let metadata = json::object(metadata.iter().map(|(name, value)| (*name, value.as_str())));
    let is_last = total.is_some_and(|total| parameters.next_from() >= total);
    let last = if is_last { "true" } else { "false" };
    let content = json::list(processes);
    let members = [("content", content.as_str()), ("page", metadata.as_str()), ("last", last)];
    json_response(200, json::object(members))
}

/// Page from the index; `None` if the index is outdated.
async fn list_from_index(
    call: &RelayRequest,
    parameters: &ListParameters,
    mut ids: Vec<String>,
) -> RelayResult<Option<Response<RelayBody>>> {
    if parameters.is_ascending() {
        ids.reverse();
    }
    let total = ids.len();
    let from = parameters.page.saturating_mul(parameters.size);
    let mut reads = JoinSet::new();
    for (index, id) in ids.into_iter().skip(from).take(parameters.size).enumerate() {
        let (tenant, request_id) = (Arc::clone(&call.tenant), call.request_id.clone());
        reads.spawn(async move {
            let request = get_process(&id).map_err(|_| RelayError::new(RelayErrorKind::NotFound));
            let read = match request {
                Ok(request) => tenant.platform.json(tenant.token(), &request, &request_id).await,
                Err(error) => Err(error),
            };
            (index, id, read)
        });
    }
    let mut page = Vec::new();
    for (index, id, read) in reads.join_all().await {
        match read {
            Ok(reply) if call.is_owned(&reply.json) => {
                call.app.owners.insert(&call.caller, &id);
                page.push((index, fields::without_tag(&reply.json)));
            }
            // Deleted, or not owned by the caller: remove the entry and scan the platform's list.
            Ok(_)
            | Err(RelayError { kind: RelayErrorKind::NotFound | RelayErrorKind::Gone, .. }) => {
                if let Some(own_index) = &call.app.own_index {
                    own_index.remove(&call.caller, &id);
                }
                return Ok(None);
            }
            Err(error) => return Err(error),
        }
    }
    page.sort_by_key(|(index, _)| *index);
    let processes = page.iter().map(|(_, process)| process.as_str());
    Ok(Some(page_of(parameters, Some(total), processes)))
}

struct ListParameters {
    page: usize,
    size: usize,
    /// As members of the core's options.
    others: Vec<(&'static str, String)>,
}

impl ListParameters {
    /// Position of the first process of the next page.
    fn next_from(&self) -> usize {
        self.page.saturating_add(1).saturating_mul(self.size)
    }

    /// Whether there is no filter, so that the index can be used.
    fn is_plain(&self) -> bool {
        self.others.iter().all(|(name, value)| {
            *name == "sort"
                && [",asc", ",desc"].iter().any(|direction| has_direction(value, direction))
        })
    }

    fn is_ascending(&self) -> bool {
        self.others.iter().any(|(name, value)| *name == "sort" && has_direction(value, ",asc"))
    }

    /// Rejects unknown and duplicate keys; the core validates the values.
    fn parse(query: &str) -> RelayResult<Self> {
        let mut members: Vec<(&'static str, String)> = Vec::new();
        for (key, value) in url::form_urlencoded::parse(query.as_bytes()) {
            let field = FindAllQuery::OBJECT.field(&key);
            let field = field.ok_or_else(|| RelayError::new(RelayErrorKind::BadQuery))?;
            if members.iter().any(|(name, _)| *name == field.name) {
                return Err(RelayError::new(RelayErrorKind::BadQuery));
            }
            let value = match field.kind {
                // Anything else becomes a string, which the core rejects.
                FieldKind::Integer(_) if JsonReader::new(&value).number() == Ok(&value) => {
                    value.into_owned()
                }
                FieldKind::List(_) => json::list([json::text(&value).as_str()]),
                _ => json::text(&value),
            };
            members.push((field.name, value));
        }
        let options = json::object(members.iter().map(|(name, value)| (*name, value.as_str())));
        core_find_all(&options).map_err(|error| RelayError {
            kind: RelayErrorKind::BadQuery,
            ..validation_error(error.problems)
        })?;
        let number = |name: &str, default: usize| {
            let value = members.iter().find(|(member, _)| *member == name);
            value.and_then(|(_, value)| value.parse().ok()).unwrap_or(default)
        };
        let (page, size) = (number("page", 0), number("size", PAGE_SIZE));
        members.retain(|(name, _)| *name != "page" && *name != "size");
        Ok(Self { page, size: size.clamp(1, PAGE_SIZE), others: members })
    }
}

fn has_direction(sort: &str, direction: &str) -> bool {
    sort.to_ascii_lowercase().contains(direction)
}

async fn upstream_page(
    call: &RelayRequest,
    parameters: &ListParameters,
    page: u32,
) -> RelayResult<Vec<String>> {
    let (page, size) = (page.to_string(), PAGE_SIZE.to_string());
    let paging = [("page", page.as_str()), ("size", size.as_str())];
    let others = parameters.others.iter().map(|(name, value)| (*name, value.as_str()));
    let options = json::object(others.chain(paging));
    let request = core_find_all(&options).map_err(|_| RelayError::new(RelayErrorKind::BadQuery))?;
    debug_assert_eq!(request.operation, Operation::FindAll);
    let token = call.tenant.list_token();
    let reply = call.tenant.platform.json(token, &request, &call.request_id).await?;
    let content = json::member(&reply.json, "content").and_then(json::items);
    let content = content.ok_or_else(|| RelayError::new(RelayErrorKind::UpstreamBadResponse))?;
    Ok(content.into_iter().map(str::to_owned).collect())
}

/// The process without the owner tag, if the caller owns it. If the list omits the properties, the
/// process is read.
async fn visible_process(call: &RelayRequest, id: &str, item: &str) -> RelayResult<Option<String>> {
    let verify = |process: &str| call.is_owned(process);
    let own = if json::member(item, "properties").is_some() {
        verify(item)
    } else if call.app.owners.contains(&call.caller, id) {
        true
    } else {
        let Ok(request) = get_process(id) else { return Ok(None) };
        let token = call.tenant.token();
        match call.tenant.platform.json(token, &request, &call.request_id).await {
            Ok(reply) => verify(&reply.json),
            // Deleted since the list was read.
            Err(error) if error.kind == RelayErrorKind::NotFound => false,
            Err(error) => return Err(error),
        }
    };
    if !own {
        return Ok(None);
    }
    call.app.owners.insert(&call.caller, id);
    Ok(Some(fields::without_tag(item)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rejects_unknown_duplicate_and_invalid_parameters() {
        let good =
            ListParameters::parse("status=PENDING&page=2&size=5&sort=createdDate%2CDESC").unwrap();
        assert_eq!((good.page, good.size, good.others.len()), (2, 5, 2));
        let none = ListParameters::parse("").unwrap();
        assert_eq!((none.page, none.size, none.others.len()), (0, 20, 0));
        for wrong in [
            "size=21",
            "size=0",
            "size=x",
            "size=1&size=2",
            "page=-1",
            "page=1.5",
            "status=NEW",
            "status=PENDING&status=CREATED",
            "sort=name",
            "sort=createdDate,up",
            "sort=createdDate&sort=createdDate",
            "owner=x",
            "Status=PENDING",
            "teamId=x",
            "%73ize=1&size=2",
        ] {
            let kind = ListParameters::parse(wrong).err().map(|error| error.kind);
            assert_eq!(kind, Some(RelayErrorKind::BadQuery), "{wrong}");
        }
    }
}
