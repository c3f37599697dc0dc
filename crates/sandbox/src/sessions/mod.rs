//! Sessions of browsers: visitors of the pages, and users of the console who gave the admin token.

mod admin_logins;
mod data;
mod store;

pub use admin_logins::{AdminLogin, AdminLogins};
pub use data::{
    BrowserSession, EntryUrl, PageTarget, PageVisit, PendingAccessCode, PendingSignature,
    VisitChange,
};
pub use store::SessionStore;

/// Name of the session cookie. Browsers do not separate cookies by port, so that two sandboxes on
/// one host need different names.
pub fn cookie_name(public_url: &str) -> String {
    let port = public_url.rsplit_once(':').map(|(_, port)| port).unwrap_or_default();
    let port: String = port.chars().filter(char::is_ascii_digit).collect();
    format!("sandbox_session{port}")
}
