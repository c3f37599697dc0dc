//! Login page: a list of the directory's accounts, without passwords.

use askama::Template;

use super::options::{self, PageOptions};
use super::request::{PageChrome, PageRequest};
use super::texts::Texts;
use crate::directory::{Account, Directory, ORGANIZATION_A, ORGANIZATION_B};
use crate::domain::ProcessOwner;
use crate::html::{FormData, chosen_locale, parameter};
use crate::http::{HttpRequest, HttpResponse};
use crate::localization::fill;
use crate::sessions::PageTarget;

struct AccountOption {
    id: String,
    name: String,
    /// Description of the account.
    facts: String,
    current: bool,
}

#[derive(Template)]
#[template(path = "login.html")]
struct LoginPage {
    frame: PageChrome,
    next: String,
    choices: Vec<AccountOption>,
}

/// Target after the login; only pages of the sandbox, to prevent open redirects.
fn next(path: &str) -> Option<PageTarget> {
    let request = HttpRequest { path: path.to_owned(), ..HttpRequest::default() };
    let segments = request.segments("/cockpit")?;
    let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
    options::place(&segments).map(|(place, _)| place)
}

pub(super) fn show(visitor: PageRequest<'_>) -> HttpResponse {
    let next = parameter(visitor.request, "next").as_deref().and_then(next);
    let options = options_of(&visitor, next);
    let next = next.map(options::path).unwrap_or_default();
    if let Some(locale) = chosen_locale(visitor.request) {
        visitor.choose(locale);
    }
    let t = Texts::of(&visitor.locale(&options));
    let current = visitor.account();
    let directory = visitor.platform.directory();
    let choice = |account: Account| AccountOption {
        facts: facts(&account, directory, t),
        current: current.as_ref().is_some_and(|current| current.id == account.id),
        id: account.id,
        name: account.name,
    };
    let mut frame = visitor.frame(&options, t.login_title.to_owned());
    if !next.is_empty() {
        frame.query = format!("next={next}&");
    }
    let page =
        LoginPage { frame, next, choices: directory.accounts().into_iter().map(choice).collect() };
    visitor.page(200, &page, &options)
}

/// The login page is shown like its target page, embedded if that is embedded.
fn options_of(visitor: &PageRequest<'_>, next: Option<PageTarget>) -> PageOptions {
    let display =
        |place| options::display(visitor.platform, visitor.links, place, &visitor.visit(place));
    next.map(display).unwrap_or_default()
}

fn facts(account: &Account, directory: &Directory, t: &Texts) -> String {
    let mut facts = Vec::new();
    facts.extend(
        account.verified_email.as_ref().map(|email| format!("{}: {email}", t.verified_email)),
    );
    facts.extend(
        account.verified_mobile.as_ref().map(|mobile| format!("{}: {mobile}", t.verified_mobile)),
    );
    if let Some(ProcessOwner { organization, .. }) = account.owner {
        facts.push(match organization {
            Some(ORGANIZATION_A) => fill(t.owns, &[("name", "A")]),
            Some(ORGANIZATION_B) => fill(t.owns, &[("name", "B")]),
            Some(other) => {
                let name = directory.organizations().remove(&other);
                fill(t.owns, &[("name", &name.unwrap_or_else(|| other.to_string()))])
            }
            None => t.owns_corporate.to_owned(),
        });
    }
    let teams = directory.teams();
    facts.extend(account.teams.iter().map(|id| {
        let name = teams.iter().find(|team| team.id == *id).map(|team| team.name.clone());
        fill(t.team, &[("name", &name.unwrap_or_else(|| id.to_string()))])
    }));
    if facts.is_empty() { t.nothing_verified.to_owned() } else { facts.join("; ") }
}

pub(super) fn log_in(mut visitor: PageRequest<'_>, form: &FormData) -> HttpResponse {
    let options = options_of(&visitor, next(form.get("next")));
    let Some(account) = visitor.platform.directory().account(form.get("account")) else {
        return visitor.redirect("/cockpit/login", &options);
    };
    visitor.log_in(account.id);
    go_on(&visitor, form)
}

pub(super) fn log_out(mut visitor: PageRequest<'_>, form: &FormData) -> HttpResponse {
    visitor.log_out();
    go_on(&visitor, form)
}

fn go_on(visitor: &PageRequest<'_>, form: &FormData) -> HttpResponse {
    let next = next(form.get("next"));
    let to = next.map_or_else(|| "/cockpit/login".to_owned(), options::path);
    visitor.redirect(&to, &options_of(visitor, next))
}
