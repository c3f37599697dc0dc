//! The URLs that are given to people, and what stands there: for now a page that says how to take
//! the step without one.

use uuid::Uuid;

use crate::domain::{Opening, Process};
use crate::engine::Engine;
use crate::http::{Request, Response};

/// URL of the setup page.
pub fn setup_url(engine: &Engine, process: &Process) -> String {
    format!("{}/cockpit/process/{}", engine.public_url(), process.id)
}

/// Permanent URL of a participant.
pub fn person_url(engine: &Engine, process: &Process, person: Uuid) -> String {
    format!("{}/person/{person}", setup_url(engine, process))
}

/// URL that open gives out: for a short time, with a one-time code when authorization is skipped.
pub fn opening_url(engine: &Engine, process: &Process, opening: &Opening) -> String {
    let url = person_url(engine, process, opening.person);
    match &opening.code {
        Some(code) => format!("{url}?open={}&code={code}", opening.id),
        None => format!("{url}?open={}", opening.id),
    }
}

/// Answers what people visit.
pub fn handle(engine: &Engine, request: &Request) -> Response {
    if !matches!(request.method.as_str(), "GET" | "HEAD") {
        return Response::empty(405).header("allow", "GET, HEAD");
    }
    let text = if request.path == "/" {
        welcome(engine)
    } else {
        match step(request) {
            Some(step) => format!(
                "This is a sandbox of the Swisscom Sign Integration API, not the platform.\n\n\
                 It has no pages for people yet. Take the step of this page with:\n\n    \
                 curl -X POST {}{step}\n",
                engine.public_url()
            ),
            None => return text(404, "There is nothing here.\n".to_owned()),
        }
    };
    self::text(200, text)
}

fn step(request: &Request) -> Option<String> {
    let segments = request.segments("/cockpit")?;
    let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
    let known = |text: &str| Uuid::parse_str(text).ok();
    match segments.as_slice() {
        ["process", id] => Some(format!("/_sandbox/processes/{}/setup/complete", known(id)?)),
        ["process", id, "person", person] => {
            let (id, person) = (known(id)?, known(person)?);
            Some(format!("/_sandbox/processes/{id}/participants/{person}/sign"))
        }
        _ => None,
    }
}

fn welcome(engine: &Engine) -> String {
    let url = engine.public_url();
    format!(
        "This is a sandbox of the Swisscom Sign Integration API, not the platform.\n\n\
         API:      {url}/system\n\
         Tokens:   {url}{}\n\
         Control:  {url}/_sandbox/info\n",
        crate::realm::TOKEN_PATH
    )
}

fn text(status: u16, text: String) -> Response {
    Response::with(status, "text/plain; charset=utf-8", text)
        .header("cache-control", "no-store")
        .header("referrer-policy", "no-referrer")
        .header("x-content-type-options", "nosniff")
}
