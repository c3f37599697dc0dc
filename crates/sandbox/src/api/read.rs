//! getProcess, getStatus, getRecords.

use super::{ApiCall, ApiResult};
use crate::domain::view;

pub(super) fn process(call: &ApiCall<'_>) -> ApiResult {
    Ok(call.success(&view::to_contract_process(call.process()?.as_ref(), call.platform.settings())))
}

pub(super) fn status(call: &ApiCall<'_>) -> ApiResult {
    Ok(call.success(&view::status(call.process()?.as_ref())))
}

pub(super) fn records(call: &ApiCall<'_>) -> ApiResult {
    Ok(call.success(&view::records(call.process()?.as_ref())))
}
