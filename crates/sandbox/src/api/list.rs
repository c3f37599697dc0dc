//! findAll.

use jiff::Span;
use swisscom_sign::contract::declare::ContractObject;
use swisscom_sign::contract::{FindAllQuery, PageMetadata, ProcessPage, validate};

use super::body::invalid;
use super::{ApiCall, ApiResult};
use crate::api_error::ApiError;
use crate::calendar::add_span;
use crate::domain::process::parse_uuid;
use crate::domain::view;
use crate::input::query_to_json;
use crate::store::{ProcessQuery, SortDirection};

/// Default number of processes per page (contract, `size`).
const DEFAULT_SIZE: i32 = 20;

pub(super) fn find_all(call: &mut ApiCall<'_>) -> ApiResult {
    let FindAllQuery { status, team_id, valid_until_within, page, size, sort, .. } =
        parameters(call)?;
    let now = call.platform.now_of(&call.caller.owner);
    let valid_until = match valid_until_within {
        None => None,
        Some(text) => {
            let end = text.parse::<Span>().ok().and_then(|span| add_span(now, span));
            let end = end.filter(|end| *end > now).ok_or_else(|| {
                invalid("validUntilWithin: must be a duration above zero within the calendar")
            })?;
            Some((now, end))
        }
    };
    let (number, size) = (page.unwrap_or(0), size.unwrap_or(DEFAULT_SIZE));
    let query = ProcessQuery {
        owner: call.caller.owner,
        status,
        team: parse_uuid(team_id.as_deref()),
        valid_until,
        order: order(sort.as_deref().unwrap_or_default())?,
        offset: u64::from(number.unsigned_abs()) * u64::from(size.unsigned_abs()),
        limit: size.unsigned_abs() as usize,
    };
    call.platform.run_due_events_for_caller(call.links, &call.caller.owner)?;
    let found = call.platform.store().list(&query).map_err(crate::platform::CommandError::from)?;
    let total = i64::try_from(found.total).unwrap_or(i64::MAX);
    let pages =
        i32::try_from(found.total.div_ceil(u64::from(size.unsigned_abs()))).unwrap_or(i32::MAX);
    let content = found
        .processes
        .iter()
        .map(|process| view::to_contract_process(process, call.platform.settings()));
    let position =
        PageMetadata::default().total_elements(total).total_pages(pages).size(size).number(number);
    let page = ProcessPage::default()
        .content(content.collect::<Vec<_>>())
        .page(position)
        .total_elements(total)
        .total_pages(pages)
        .number(number)
        .size(size)
        .first(number == 0)
        .last(number >= pages.saturating_sub(1));
    Ok(call.success(&page))
}

/// Direction of the first criterion; the others have no effect, as all criteria have the same property.
fn order(sort: &[String]) -> Result<SortDirection, ApiError> {
    let directions: Vec<_> =
        sort.iter().map(|criterion| direction(criterion)).collect::<Result<_, _>>()?;
    Ok(directions.first().copied().unwrap_or(SortDirection::Descending))
}

/// Accepts `createdDate`, `createdDate,asc` and `createdDate,desc`; the direction in any case.
fn direction(criterion: &str) -> Result<SortDirection, ApiError> {
    let (property, direction) = match criterion.split_once(',') {
        Some((property, direction)) => (property, Some(direction.to_ascii_lowercase())),
        None => (criterion, None),
    };
    match (property, direction.as_deref()) {
        ("createdDate", None | Some("asc")) => Ok(SortDirection::Ascending),
        ("createdDate", Some("desc")) => Ok(SortDirection::Descending),
        _ => Err(invalid("sort: must be createdDate, createdDate,asc or createdDate,desc")),
    }
}

fn parameters(call: &mut ApiCall<'_>) -> Result<FindAllQuery, ApiError> {
    let text = query_to_json(FindAllQuery::OBJECT, &call.request.query);
    let problems = validate(FindAllQuery::OBJECT, &text);
    call.report(&problems)?;
    let query = serde_json::from_str(&text);
    query.map_err(|error| invalid(&format!("the query cannot be read: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sorting() {
        let sort = |criteria: &[&str]| {
            order(&criteria.iter().map(ToString::to_string).collect::<Vec<_>>()).ok()
        };
        assert_eq!(sort(&[]), Some(SortDirection::Descending));
        assert_eq!(sort(&["createdDate"]), Some(SortDirection::Ascending));
        assert_eq!(sort(&["createdDate,ASC"]), Some(SortDirection::Ascending));
        assert_eq!(sort(&["createdDate,Desc"]), Some(SortDirection::Descending));
        assert_eq!(sort(&["createdDate,desc", "createdDate"]), Some(SortDirection::Descending));
        for wrong in [
            &["id"][..],
            &["createdDate,up"],
            &["createdDate,"],
            &[""],
            &["createdDate", "id"],
            &["createdDate,asc,x"],
        ] {
            assert_eq!(sort(wrong), None, "{wrong:?}");
        }
    }
}
