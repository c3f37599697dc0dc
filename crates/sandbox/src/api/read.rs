//! getProcess, getStatus, getRecords.

use super::{Answer, Call};
use crate::domain::view;

pub(super) fn process(call: &Call<'_>) -> Answer {
    Ok(call.success(&view::details(call.process()?.as_ref(), call.engine.rulings())))
}

pub(super) fn status(call: &Call<'_>) -> Answer {
    Ok(call.success(&view::status(call.process()?.as_ref())))
}

pub(super) fn records(call: &Call<'_>) -> Answer {
    Ok(call.success(&view::records(call.process()?.as_ref())))
}
