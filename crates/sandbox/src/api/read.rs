//! getProcess, getStatus, getRecords.

use super::{ApiCall, ApiResult};
use crate::domain::view;

pub(super) fn process(call: &ApiCall<'_>) -> ApiResult {
    Ok(call.success(&view::details(call.process()?.as_ref(), call.platform.rulings())))
}

pub(super) fn status(call: &ApiCall<'_>) -> ApiResult {
    Ok(call.success(&view::status(call.process()?.as_ref())))
}

pub(super) fn records(call: &ApiCall<'_>) -> ApiResult {
    Ok(call.success(&view::records(call.process()?.as_ref())))
}
