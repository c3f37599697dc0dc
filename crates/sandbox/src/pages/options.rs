//! Page options of setup and open, and return URLs.

use jiff::Timestamp;
use swisscom_sign::contract::{DisplayMode, Locale, ProcessOpenRequest};
use uuid::Uuid;

use crate::domain::ProcessAggregate;
use crate::domain::process::parse_uuid;
use crate::links::{Links, return_url};
use crate::platform::Platform;
use crate::sessions::{PageTarget, PageVisit};

/// Display of a page, and its return URLs.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct PageOptions {
    pub(crate) locale: Option<Locale>,
    pub(crate) embedded: bool,
    /// Target of the home button.
    pub(crate) back_url: Option<String>,
    /// Target after a success, with the identifiers inserted.
    pub(crate) success_url: Option<String>,
}

impl PageOptions {
    /// Display options without return URLs.
    fn display(self) -> Self {
        Self { back_url: None, success_url: None, ..self }
    }
}

/// Display options of related pages, such as the login: embedded in the same frame.
pub(crate) fn display(
    platform: &Platform,
    links: &Links,
    place: PageTarget,
    visit: &PageVisit,
) -> PageOptions {
    let process = super::find(platform, links, place);
    process
        .map(|process| from_visit(platform, &process, place, visit).display())
        .unwrap_or_default()
}

/// Options of a visit: those of the URL that opened it, while the URL is valid or the access gained
/// with it lasts; otherwise the stored ones. An embedded page stays embedded.
pub(crate) fn from_visit(
    platform: &Platform,
    process: &ProcessAggregate,
    place: PageTarget,
    visit: &PageVisit,
) -> PageOptions {
    let id = process.id.to_string();
    let Some(person) = place.person else {
        let Some(setup) = &process.setup else { return PageOptions::default() };
        let participant = super::initiator(process).map(|id| id.to_string()).unwrap_or_default();
        return PageOptions {
            locale: setup.language.clone(),
            embedded: setup.mode == Some(DisplayMode::Embedded),
            back_url: setup.back_url.as_deref().and_then(return_url),
            success_url: setup.success_url.as_deref().and_then(return_url).map(|url| {
                let names = [("id", id.as_str()), ("participant", &participant)];
                complete(&url, &id, &participant, names)
            }),
        };
    };
    let now = platform.now_of(&process.owner);
    let lasts = |until: Option<Timestamp>| until.is_some_and(|until| now < until);
    let came_by = visit.came_by.as_ref();
    let good = came_by.filter(|came_by| lasts(came_by.until) || lasts(visit.until));
    let shown = |request: &ProcessOpenRequest| PageOptions {
        locale: request.language.clone(),
        embedded: request.mode == Some(DisplayMode::Embedded),
        ..PageOptions::default()
    };
    let before = came_by.map(|came_by| shown(&came_by.request)).unwrap_or_default();
    let stored = process.open_options.get(&person);
    let Some(request) = good.map(|came_by| &came_by.request).or(stored) else { return before };
    let person = person.to_string();
    PageOptions {
        locale: request.language.clone(),
        embedded: before.embedded || shown(request).embedded,
        back_url: request.back_url.as_deref().and_then(return_url),
        success_url: request.success_url.as_deref().and_then(return_url).map(|url| {
            complete(&url, &id, &person, [("process", id.as_str()), ("participant", &person)])
        }),
    }
}

/// Inserts the identifiers: into the placeholders `{processId}` and `{personId}` if present, otherwise
/// as query parameters.
fn complete(url: &str, process: &str, person: &str, names: [(&str, &str); 2]) -> String {
    let mut filled = url.to_owned();
    for (place, value) in [("processId", process), ("personId", person)] {
        for form in [format!("{{{place}}}"), format!("%7B{place}%7D"), format!("%7b{place}%7d")] {
            filled = filled.replace(&form, value);
        }
    }
    if filled != url {
        return filled;
    }
    let (rest, fragment) = match url.split_once('#') {
        Some((rest, fragment)) => (rest, format!("#{fragment}")),
        None => (url, String::new()),
    };
    let parameters = form_urlencoded::Serializer::new(String::new()).extend_pairs(names).finish();
    let mark = match rest.split_once('?') {
        None => "?",
        Some((_, "")) => "",
        Some(_) => "&",
    };
    format!("{rest}{mark}{parameters}{fragment}")
}

/// Path of a page.
pub(crate) fn path(place: PageTarget) -> String {
    match place.person {
        None => format!("/cockpit/process/{}", place.process),
        Some(person) => format!("/cockpit/process/{}/person/{person}", place.process),
    }
}

/// Parses a page target from path segments; returns the rest of the path with it.
pub(crate) fn place<'s>(segments: &'s [&'s str]) -> Option<(PageTarget, &'s [&'s str])> {
    let known = |text: &str| -> Option<Uuid> { parse_uuid(Some(text)) };
    match segments {
        ["process", process, "person", person, rest @ ..] => {
            Some((PageTarget { process: known(process)?, person: Some(known(person)?) }, rest))
        }
        ["process", process, rest @ ..] => {
            Some((PageTarget { process: known(process)?, person: None }, rest))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_in_return_urls() {
        let names = [("process", "1"), ("participant", "2")];
        for (url, expected) in [
            ("https://a.ch/x", "https://a.ch/x?process=1&participant=2"),
            ("https://a.ch/x?", "https://a.ch/x?process=1&participant=2"),
            ("https://a.ch/x?y=1#z", "https://a.ch/x?y=1&process=1&participant=2#z"),
            ("https://a.ch/{processId}?p={personId}", "https://a.ch/1?p=2"),
            ("https://a.ch/?p=%7BpersonId%7D", "https://a.ch/?p=2"),
        ] {
            assert_eq!(complete(url, "1", "2", names), expected);
        }
    }
}
