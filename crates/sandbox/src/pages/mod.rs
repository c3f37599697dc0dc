//! The hosted pages, rendered without scripts in four languages.
//!
//! - `request`, `options`: session, form, and how a page is displayed.
//! - `authorization`: process authorization. `login`: choice of an account.
//! - `sign`: page of a participant. `confirm`: code of a signature by SMS. `setup`: page that prepares a process. `form_error`: errors in a form.
//! - `dashboard`: the console, for developers. [`texts`]: texts of the pages.

mod authorization;
mod confirm;
mod dashboard;
mod documents;
mod form_error;
mod login;
mod options;
mod request;
mod setup;
mod sign;
pub mod texts;

use std::sync::Arc;

use askama::Template;
use swisscom_sign::contract::{Participant, State};
use uuid::Uuid;

use crate::call::Call;
use crate::domain::process::parse_uuid;
use crate::domain::{DomainErrorKind, ErrorName, ProcessAggregate};
use crate::html::{FormData, chosen_locale, protect};
use crate::http::{HttpRequest, HttpResponse};
use crate::links::Links;
use crate::paths::PAGES_PREFIX;
use crate::platform::{CommandError, Platform};
use crate::route::is_page_path;
use crate::sessions::PageTarget;
use confirm::CONFIRM;
use options::PageOptions;
use request::{PageChrome, PageRequest};
use texts::Texts;

/// Identification of the initiator, signing or not.
pub(crate) fn initiator(process: &ProcessAggregate) -> Option<Uuid> {
    let id = match &process.request.initiator {
        Participant::NonPerson(p) => &p.identification,
        Participant::Person(p) => &p.identification,
        Participant::Signer(p) => &p.identification,
        _ => return None,
    };
    parse_uuid(id.as_deref())
}

#[derive(Template)]
#[template(path = "message.html")]
struct MessagePage {
    frame: PageChrome,
    text: &'static str,
    way_on: WayOn,
}

/// Link of a message page.
struct WayOn {
    href: String,
    label: &'static str,
}

/// Success page, which redirects the visitor to the application. The form itself cannot redirect:
/// browsers check redirects of a form against the `form-action` policy of its page, and the target may
/// be unknown when that page is rendered.
#[derive(Template)]
#[template(path = "done.html")]
struct DonePage {
    frame: PageChrome,
    text: &'static str,
    success_url: String,
}

/// Path of the success page, below that of its page.
const DONE: &str = "done";

/// Target after a success.
fn after_success(place: PageTarget, options: &PageOptions) -> String {
    let home = options::path(place);
    if options.success_url.is_some() { format!("{home}/{DONE}") } else { home }
}

/// Success page; redirects to `successUrl` if set.
fn done(
    visitor: &PageRequest<'_>,
    place: PageTarget,
    options: &PageOptions,
    text: Option<(&str, &'static str)>,
) -> HttpResponse {
    let (Some((title, text)), Some(success_url)) = (text, options.success_url.clone()) else {
        return visitor.redirect(&options::path(place), options);
    };
    let frame = visitor.frame(options, title.to_owned());
    visitor.page(200, &DonePage { frame, text, success_url }, options)
}

const STYLE: &str = include_str!("../../assets/style.css");
const ICON: &str = include_str!("../../assets/icon.svg");

/// Answers a request for a page, or for an unknown path.
pub(crate) fn handle(call: &Call<'_>) -> HttpResponse {
    let request = call.request;
    let segments = request.segments(PAGES_PREFIX).unwrap_or_default();
    let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
    match (request.method.as_str(), request.path.as_str(), segments.as_slice()) {
        ("GET" | "HEAD", "/", _) => dashboard::show(call),
        ("GET" | "HEAD", _, ["style.css"]) => asset("text/css; charset=utf-8", STYLE),
        // Browsers request it for documents and JSON, which cannot name another icon.
        ("GET" | "HEAD", "/favicon.ico", _) => asset("image/svg+xml", ICON),
        // A prefetching browser discards the error and loads the page on the actual visit.
        ("GET", _, ["login"] | ["process", ..]) if looks_ahead(request) => {
            protect(HttpResponse::empty(503), false)
        }
        ("GET", _, ["login"]) => login::show(PageRequest::in_session(call)),
        ("GET", _, ["logout"]) => {
            PageRequest::from_request(call).redirect("/cockpit/login", &PageOptions::default())
        }
        ("GET", _, ["process", ..]) => get(call, &segments),
        // HEAD requests, for example by link previews, must not send, redeem or start anything.
        ("HEAD", _, ["login"] | ["process", ..]) => {
            let there = segments == ["login"] || options::place(&segments).is_some();
            protect(HttpResponse::empty(if there { 200 } else { 404 }), false)
        }
        ("POST", _, [_, ..]) => post(call, &segments),
        ("GET" | "HEAD", _, _) => not_found(&PageRequest::from_request(call)),
        _ if !is_page_path(request) => HttpResponse::empty(404),
        _ => HttpResponse::empty(405).header("allow", "GET, HEAD, POST"),
    }
}

/// Whether the browser prefetches or prerenders the page.
fn looks_ahead(request: &HttpRequest) -> bool {
    ["sec-purpose", "purpose", "x-moz", "x-purpose"].into_iter().any(|name| {
        request.header(name).is_some_and(|purpose| {
            let purpose = purpose.to_ascii_lowercase();
            ["prefetch", "prerender", "preview"].into_iter().any(|what| purpose.contains(what))
        })
    })
}

fn asset(media_type: &str, content: &'static str) -> HttpResponse {
    HttpResponse::with_body(200, media_type, content)
        .header("cache-control", "max-age=300")
        .header("x-content-type-options", "nosniff")
}

/// Page with a single message and a link to `href`. The texts are title, message and label.
fn message(
    visitor: &PageRequest<'_>,
    status: u16,
    options: &PageOptions,
    href: String,
    texts: impl FnOnce(&'static Texts) -> [&'static str; 3],
) -> HttpResponse {
    let [title, text, label] = texts(Texts::of(&visitor.locale(options)));
    let frame = visitor.frame(options, title.to_owned());
    visitor.page(status, &MessagePage { frame, text, way_on: WayOn { href, label } }, options)
}

fn not_found(visitor: &PageRequest<'_>) -> HttpResponse {
    message(visitor, 404, &PageOptions::default(), "/".to_owned(), |t| {
        [t.not_found_title, t.not_found, t.dashboard_title]
    })
}

fn failed(visitor: &PageRequest<'_>, failure: &CommandError) -> HttpResponse {
    match failure {
        CommandError::Refused(error) if error.name.kind() == DomainErrorKind::Missing => {
            not_found(visitor)
        }
        failure => {
            eprintln!("error: {failure:?}");
            // The page of a form action redirects to the page of the form.
            let href = visitor.request.path.clone();
            message(visitor, 500, &PageOptions::default(), href, |t| {
                [t.failed_title, t.failed, t.try_again]
            })
        }
    }
}

/// Process of a page target, if it exists.
fn find(
    platform: &Platform,
    links: &Links,
    place: PageTarget,
) -> Result<Arc<ProcessAggregate>, CommandError> {
    let process = platform.load(links, place.process)?;
    let there = match place.person {
        Some(person) => process.people().any(|(id, _)| id == person),
        None => process.setup.is_some(),
    };
    if there { Ok(process) } else { Err(ErrorName::ProcessNotFound.into()) }
}

fn get(call: &Call<'_>, segments: &[&str]) -> HttpResponse {
    let (platform, request) = (call.platform, call.request);
    let visitor = PageRequest::from_request(call);
    let Some((place, rest)) = options::place(segments) else { return not_found(&visitor) };
    let is_action = matches!(rest, [action] | [action, _, "remove"] if ACTIONS.contains(action));
    if !is_action && !matches!(rest, [] | [DONE | CONFIRM] | ["file", _]) {
        return not_found(&visitor);
    }
    let process = match find(platform, call.links, place) {
        Ok(process) => process,
        Err(failure) => return failed(&visitor, &failure),
    };
    if let (["file", file], Some(reader)) = (rest, PageRequest::from_reading_key(call, place))
        && authorization::has_access(&reader, &process, place)
    {
        return documents::content(&visitor, &process, place, file);
    }
    let mut visitor = PageRequest::in_session(call);
    if rest.is_empty() {
        match authorization::redeem_open_url(&mut visitor, &process, place) {
            Ok(None) => {}
            Ok(Some(response)) => return response,
            Err(failure) => return failed(&visitor, &failure),
        }
    }
    let options = options::from_visit(platform, &process, place, &visitor.visit(place));
    if let Some(locale) = chosen_locale(request) {
        visitor.choose(locale);
        return visitor.redirect(&request.path, &options);
    }
    // Action paths accept only POST.
    if is_action {
        return visitor.redirect(&options::path(place), &options);
    }
    if place.person.is_some() && process.status == State::Created {
        return message(&visitor, 409, &options, options::path(place), |t| {
            [t.not_released_title, t.not_released, t.try_again]
        });
    }
    if let Err(before) = authorization::admit(&visitor, &process, place, &options) {
        return before;
    }
    match (place.person, rest) {
        (_, ["file", file]) => documents::content(&visitor, &process, place, file),
        (Some(person), []) => match sign::opened(&visitor, process, person) {
            Ok(process) => sign::show(&visitor, &process, person, &options, 200, None),
            Err(failure) => failed(&visitor, &failure),
        },
        (Some(_), [CONFIRM]) => confirm::show(&visitor, place, &options, None),
        (None, []) => setup::show(&visitor, &process, &options, 200, None),
        (Some(person), [DONE]) => {
            let text = sign::success(&visitor, &process, person, &options);
            done(&visitor, place, &options, text)
        }
        (None, [DONE]) => {
            done(&visitor, place, &options, setup::success(&visitor, place, &options))
        }
        _ => not_found(&visitor),
    }
}

/// Form actions of a page.
const ACTIONS: [&str; 8] =
    ["code", "resend", "sign", "decline", "delegate", "signers", "keep", "complete"];

fn post(call: &Call<'_>, segments: &[&str]) -> HttpResponse {
    let Some((mut visitor, form)) = PageRequest::with_form(call) else {
        let visitor = PageRequest::from_request(call);
        let place = options::place(segments).map(|(place, _)| place);
        let display =
            |place| options::display(call.platform, call.links, place, &visitor.visit(place));
        let options = place.map(display).unwrap_or_default();
        let home = place.map_or_else(|| "/cockpit/login".to_owned(), options::path);
        return message(&visitor, 403, &options, home, |t| [t.form_title, t.form_refused, t.back]);
    };
    match segments {
        ["login"] => return login::log_in(visitor, &form),
        ["logout"] => return login::log_out(visitor, &form),
        _ => {}
    }
    let Some((place, rest)) = options::place(segments) else { return not_found(&visitor) };
    match act(&mut visitor, place, rest, &form) {
        Ok(response) => response,
        Err(failure) => failed(&visitor, &failure),
    }
}

fn act(
    visitor: &mut PageRequest<'_>,
    place: PageTarget,
    rest: &[&str],
    form: &FormData,
) -> Result<HttpResponse, CommandError> {
    let process = find(visitor.platform, visitor.links, place)?;
    let options = options::from_visit(visitor.platform, &process, place, &visitor.visit(place));
    if place.person.is_some() && process.status == State::Created {
        return Err(ErrorName::ProcessNotFound.into());
    }
    match rest {
        ["code"] => return Ok(authorization::enter(visitor, &process, place, &options, form)),
        ["resend"] => return Ok(authorization::resend(visitor, &process, place, &options)),
        _ => {}
    }
    if let Err(before) = authorization::admit(visitor, &process, place, &options) {
        return Ok(before);
    }
    match (place.person, rest) {
        (Some(person), [action]) => sign::act(visitor, &process, person, action, &options, form),
        (None, rest) => setup::act(visitor, &process, rest, &options, form),
        _ => Ok(not_found(visitor)),
    }
}
