//! The caller's own processes. The platform can list an organization's processes only, and filter
//! by nothing that names a creator, so its pages are read here, with a token that serves nothing
//! else, and what bears the caller's tag is kept. The list itself never passes through.
//!
//! Where replicas share a Redis, the caller's processes are known after one whole reading, and read
//! one by one from then on.

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

/// Processes on a page (contract, findAll).
const PAGE_SIZE: usize = 20;

/// `findAll`, of own processes.
pub(super) async fn find_all(call: RelayRequest) -> RelayResult<Response<RelayBody>> {
    if !call.app.config.list.enabled {
        return Err(RelayError::with_detail(
            RelayErrorKind::OperationDenied,
            "this relay serves no lists",
        ));
    }
    let asked = ListParameters::parse(call.query.as_deref().unwrap_or_default())?;
    let index = call.app.own_index.as_ref().filter(|_| asked.is_plain());
    if let Some(index) = index
        && let Some(ids) = index.read(&call.caller).await
        && let Some(page) = list_from_index(&call, &asked, ids).await?
    {
        return Ok(page);
    }
    // An index is made of all; without one, a page is enough.
    let index = index.filter(|index| index.is_indexable(&call.caller));
    let begun = Instant::now();
    let (from, size) = (asked.page.saturating_mul(asked.size), asked.size);
    let mut own: Vec<(String, String)> = Vec::new();
    let mut seen = HashSet::new();
    let mut complete = false;
    for page in 0..call.app.config.list.max_pages {
        let items = upstream_page(&call, &asked, page).await?;
        for item in &items {
            // Pages shift while they are read: a process can come by twice.
            let id = json::string(item, "id").unwrap_or_default().into_owned();
            if seen.insert(id.clone())
                && let Some(shown) = visible_process(&call, &id, item).await?
            {
                own.push((id, shown));
            }
        }
        complete = items.len() < PAGE_SIZE;
        // One more than the page tells whether there is another.
        if complete || index.is_none() && own.len() > from + size {
            break;
        }
    }
    match index {
        Some(index) if complete => {
            let found = own.iter().map(|(id, process)| (id.as_str(), process.as_str()));
            index.replace(&call.caller, begun.elapsed(), found).await;
        }
        Some(index) => index.mark_unindexable(&call.caller),
        None => {}
    }
    if !complete && own.len() <= from + size {
        return Err(RelayError::new(RelayErrorKind::ListTooLong));
    }
    let page = own.iter().skip(from).take(size).map(|(_, process)| process.as_str());
    Ok(page_of(&asked, own.len(), page))
}

fn page_of<'p>(
    asked: &ListParameters,
    total: usize,
    processes: impl IntoIterator<Item = &'p str>,
) -> Response<RelayBody> {
    let (size, number) = (asked.size, asked.page);
    let pages = total.div_ceil(size);
    let metadata = format!(
        r#"{{"totalElements":{total},"totalPages":{pages},"size":{size},"number":{number}}}"#
    );
    let content = json::list(processes);
    let body = json::object([("content", content.as_str()), ("page", metadata.as_str())]);
    json_response(200, body)
}

/// The page out of the index; `None` where the platform does not agree with it.
async fn list_from_index(
    call: &RelayRequest,
    asked: &ListParameters,
    mut ids: Vec<String>,
) -> RelayResult<Option<Response<RelayBody>>> {
    if asked.is_ascending() {
        ids.reverse();
    }
    let total = ids.len();
    let from = asked.page.saturating_mul(asked.size);
    let mut reading = JoinSet::new();
    for (place, id) in ids.into_iter().skip(from).take(asked.size).enumerate() {
        let (tenant, request_id) = (Arc::clone(&call.tenant), call.request_id.clone());
        reading.spawn(async move {
            let request = get_process(&id).map_err(|_| RelayError::new(RelayErrorKind::NotFound));
            let read = match request {
                Ok(request) => tenant.platform.json(tenant.token(), &request, &request_id).await,
                Err(problem) => Err(problem),
            };
            (place, id, read)
        });
    }
    let mut page = Vec::new();
    for (place, id, read) in reading.join_all().await {
        match read {
            Ok(reply) if call.is_owned(&reply.json) => {
                call.app.owners.insert(&call.caller, &id);
                page.push((place, fields::without_tag(&reply.json)));
            }
            // Gone, or never the caller's: the index is mended, and the platform's list read.
            Ok(_)
            | Err(RelayError { kind: RelayErrorKind::NotFound | RelayErrorKind::Gone, .. }) => {
                if let Some(index) = &call.app.own_index {
                    index.remove(&call.caller, &id);
                }
                return Ok(None);
            }
            Err(problem) => return Err(problem),
        }
    }
    page.sort_by_key(|(place, _)| *place);
    let processes = page.iter().map(|(_, process)| process.as_str());
    Ok(Some(page_of(asked, total, processes)))
}

/// What the caller has asked for.
struct ListParameters {
    page: usize,
    size: usize,
    /// The other parameters, as members of the core's options.
    others: Vec<(&'static str, String)>,
}

impl ListParameters {
    /// Whether everything is asked for, in an order that is named or the default one.
    fn is_plain(&self) -> bool {
        self.others.iter().all(|(name, value)| {
            *name == "sort" && [",asc", ",desc"].iter().any(|way| has_direction(value, way))
        })
    }

    fn is_ascending(&self) -> bool {
        self.others.iter().any(|(name, value)| *name == "sort" && has_direction(value, ",asc"))
    }

    /// Each key once, each known; the core says whether the values are right.
    fn parse(query: &str) -> RelayResult<Self> {
        let mut members: Vec<(&'static str, String)> = Vec::new();
        for (key, value) in url::form_urlencoded::parse(query.as_bytes()) {
            let field = FindAllQuery::OBJECT.field(&key);
            let field = field.ok_or_else(|| RelayError::new(RelayErrorKind::BadQuery))?;
            if members.iter().any(|(name, _)| *name == field.name) {
                return Err(RelayError::new(RelayErrorKind::BadQuery));
            }
            let value = match field.kind {
                // What is no number becomes a string here, and a deviation there.
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
            let found = members.iter().find(|(member, _)| *member == name);
            found.and_then(|(_, value)| value.parse().ok()).unwrap_or(default)
        };
        let (page, size) = (number("page", 0), number("size", PAGE_SIZE));
        members.retain(|(name, _)| *name != "page" && *name != "size");
        Ok(Self { page, size: size.clamp(1, PAGE_SIZE), others: members })
    }
}

fn has_direction(sort: &str, way: &str) -> bool {
    sort.to_ascii_lowercase().contains(way)
}

/// A page of the organization's list.
async fn upstream_page(
    call: &RelayRequest,
    asked: &ListParameters,
    page: u32,
) -> RelayResult<Vec<String>> {
    let (page, size) = (page.to_string(), PAGE_SIZE.to_string());
    let paging = [("page", page.as_str()), ("size", size.as_str())];
    let others = asked.others.iter().map(|(name, value)| (*name, value.as_str()));
    let options = json::object(others.chain(paging));
    let request = core_find_all(&options).map_err(|_| RelayError::new(RelayErrorKind::BadQuery))?;
    debug_assert_eq!(request.operation, Operation::FindAll);
    let token = call.tenant.list_token();
    let reply = call.tenant.platform.json(token, &request, &call.request_id).await?;
    let content = json::member(&reply.json, "content").and_then(json::items);
    let content = content.ok_or_else(|| RelayError::new(RelayErrorKind::UpstreamBadResponse))?;
    Ok(content.into_iter().map(str::to_owned).collect())
}

/// The process as its owner sees it, if the caller is its owner. A list that leaves out properties
/// is completed by a reading of the process.
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
            // Gone between the two readings.
            Err(gone) if problem_is(&gone, RelayErrorKind::NotFound) => false,
            Err(other) => return Err(other),
        }
    };
    if !own {
        return Ok(None);
    }
    call.app.owners.insert(&call.caller, id);
    Ok(Some(fields::without_tag(item)))
}

fn problem_is(problem: &RelayError, kind: RelayErrorKind) -> bool {
    problem.kind == kind
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries() {
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
            let kind = ListParameters::parse(wrong).err().map(|problem| problem.kind);
            assert_eq!(kind, Some(RelayErrorKind::BadQuery), "{wrong}");
        }
    }
}
