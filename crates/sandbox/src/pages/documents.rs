//! Documents of a process, as the pages list and show them.

use super::authorization::former_participant_message;
use super::options::{self, PageOptions};
use super::request::PageRequest;
use super::texts::Texts;
use super::{failed, not_found};
use crate::domain::ProcessAggregate;
use crate::domain::process::{ProcessFile, parse_uuid};
use crate::http::{HttpResponse, disposition};
use crate::localization::fill;
use crate::sessions::PageTarget;

pub(super) struct DocumentLink {
    pub(super) name: String,
    pub(super) href: String,
    /// Number of signatures.
    pub(super) signatures: String,
}

/// Documents of a page. An embedded page opens them outside the frame, where the browser does not send
/// the cookie of the frame, so their URLs carry a reading key.
pub(super) fn list(
    visitor: &PageRequest<'_>,
    process: &ProcessAggregate,
    place: PageTarget,
    options: &PageOptions,
) -> Vec<DocumentLink> {
    let t = Texts::of(&visitor.locale(options));
    let home = options::path(place);
    let key = if options.embedded { visitor.reading_key(place) } else { None };
    let key = key.map(|key| format!("?reading={key}")).unwrap_or_default();
    let document = |file: &ProcessFile| DocumentLink {
        name: file.name.clone(),
        href: format!("{home}/file/{}{key}", file.id),
        signatures: match file.versions.len() {
            0 => String::new(),
            1 => t.signatures_one.to_owned(),
            count => fill(t.signatures_many, &[("count", &count.to_string())]),
        },
    };
    // Archived documents are deleted, and a former participant has no access.
    if process.archived_on.is_some() || former_participant_message(process, place).is_some() {
        Vec::new()
    } else {
        process.files.iter().map(document).collect()
    }
}

/// Latest version of a document, for an authorized visitor.
pub(super) fn content(
    visitor: &PageRequest<'_>,
    process: &ProcessAggregate,
    place: PageTarget,
    file: &str,
) -> HttpResponse {
    if former_participant_message(process, place).is_some() {
        return not_found(visitor);
    }
    let file = parse_uuid(Some(file)).and_then(|id| process.files.iter().find(|f| f.id == id));
    let Some(file) = file else { return not_found(visitor) };
    match visitor.platform.store().blob(file.latest()) {
        Ok(Some(bytes)) => HttpResponse::with_body(200, "application/pdf", bytes)
            .header("content-disposition", disposition("inline", &file.name))
            .header("content-security-policy", "default-src 'none'; frame-ancestors 'none'")
            .header("cache-control", "no-store")
            .header("referrer-policy", "no-referrer")
            .header("x-content-type-options", "nosniff"),
        Ok(None) => not_found(visitor),
        Err(error) => failed(visitor, &error.into()),
    }
}
