//! The URL under which the present caller reaches the sandbox. Where no URL was given, it is the
//! `Host` of the request that is being answered: a sandbox behind a published port, or beside others
//! under the name of a container, is known by another name to everybody.
//!
//! Links are made deep inside commands, in mails for instance. Instead of being handed down all the
//! way, the URL belongs to the thread for as long as the request is being answered.

use std::cell::RefCell;

use super::Platform;
use crate::http::{HttpRequest, is_authority};
use crate::realm;

thread_local! {
    static BASE: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Ends the answer of a request, also by a panic.
struct Answered(Option<String>);

impl Drop for Answered {
    fn drop(&mut self) {
        BASE.set(self.0.take());
    }
}

/// A `Host` that is none: a sentence.
#[derive(Debug)]
pub(super) struct InvalidHost(pub(super) &'static str);

impl Platform {
    /// Scheme, host and port under which the present caller reaches it; [`Self::own_url`] where
    /// nobody asks.
    pub fn public_url(&self) -> String {
        BASE.with_borrow(Clone::clone).unwrap_or_else(|| self.public_url.clone())
    }

    /// Whether tokens of this issuer are this sandbox's own. They are told by their keys; under how
    /// many names it is reached does not matter then.
    pub(crate) fn issues(&self, issuer: &str) -> bool {
        let under = |url: &str| realm::issuer(url) == issuer;
        under(&self.public_url)
            || self.follow_host && {
                let url = issuer.split("/realms/").next().unwrap_or_default();
                url.strip_prefix("http://").is_some_and(is_authority) && under(url)
            }
    }

    /// Answers a request under the URL that it asks by.
    pub(super) fn under_host<T>(
        &self,
        request: &HttpRequest,
        answer: impl FnOnce() -> T,
    ) -> Result<T, InvalidHost> {
        let base = if self.follow_host { base(request)? } else { None };
        let _answered = Answered(BASE.replace(base));
        Ok(answer())
    }
}

fn base(request: &HttpRequest) -> Result<Option<String>, InvalidHost> {
    let mut hosts = request.headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("host"));
    match (hosts.next(), hosts.next()) {
        (None, _) => Ok(None),
        (Some((_, host)), None) if is_authority(host) => {
            Ok(Some(format!("http://{}", host.to_ascii_lowercase())))
        }
        (Some(_), None) => Err(InvalidHost(
            "invalid name or address: expected `name`, `name:port` or an IP address",
        )),
        (Some(_), Some(_)) => Err(InvalidHost("duplicate header")),
    }
}
