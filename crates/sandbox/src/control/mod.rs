//! Control API of the sandbox, under one prefix.
//!
//! - `routes`: route table. Each row names the declared input and answer of its handler, so that the
//!   compiler, the dispatch, the OpenAPI document (`openapi`) and the TypeScript types (`cargo xtask
//!   types`) agree.
//! - `state`: health, info, reset, seed, export, import, snapshots. `clock`, `faults`, `journal`,
//!   `outbox`, `directory`: one module per resource. `actions`: headless equivalents of the actions on
//!   the pages.

#![allow(unreachable_pub, reason = "the macro declares public types")]

mod actions;
mod clock;
mod directory;
mod faults;
mod journal;
mod openapi;
mod outbox;
mod routes;
mod state;

use swisscom_sign::contract::ObjectSchema;

use crate::api_error::{ApiError, response};
use crate::call::Call;
use crate::http::HttpResponse;
use crate::paths::CONTROL_PREFIX;

/// Answers a request to the control API whose access has been checked.
pub(crate) fn handle(call: &Call<'_>) -> HttpResponse {
    // A path that is not UTF-8 is unknown.
    let Some(segments) = call.request.segments(CONTROL_PREFIX) else {
        return response(call, None, &ApiError::NoSuchPath);
    };
    let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
    if call.request.method == "GET" && matches!(segments.as_slice(), [] | [""]) {
        return HttpResponse::empty(303).header("location", "/");
    }
    let answer = routes::dispatch(call, &segments).unwrap_or(Err(ApiError::NoSuchPath));
    answer.unwrap_or_else(|error| response(call, None, &error))
}

/// Objects in the inputs and answers of all routes, for the generator of the TypeScript types.
pub fn objects() -> Vec<&'static ObjectSchema> {
    let answers = routes::ROUTES.iter().filter_map(|route| match route.answer {
        routes::AnswerBody::Json(object) => Some(object),
        _ => None,
    });
    let json = |route: &&routes::ControlRoute| !matches!(route.answer, routes::AnswerBody::Page);
    answers.chain(routes::ROUTES.iter().filter(json).map(|route| route.input)).collect()
}
