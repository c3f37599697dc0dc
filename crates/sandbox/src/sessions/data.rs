//! Data of a browser session.

use std::collections::HashMap;
use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use swisscom_sign::contract::{Locale, ProcessOpenRequest};
use uuid::Uuid;

use crate::outbox::{MessageChannel, OutboxMessage};

/// Page of a process: the setup page, or the page of a participant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct PageTarget {
    /// The process.
    pub process: Uuid,
    /// The participant; `None` for the setup page.
    pub person: Option<Uuid>,
}

/// Access code that the visitor has to enter.
#[derive(Clone, Serialize, Deserialize)]
pub struct PendingAccessCode {
    /// The digits.
    pub digits: String,
    /// When it was sent.
    pub at: Timestamp,
    /// Number of wrong codes entered.
    pub wrong: u32,
    /// Channel by which it was sent.
    pub channel: MessageChannel,
}

impl fmt::Debug for PendingAccessCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PendingAccessCode").field("at", &self.at).finish_non_exhaustive()
    }
}

/// Signature by SMS that waits for its code.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PendingSignature {
    /// The code that was sent.
    pub code: PendingAccessCode,
    /// Mobile number to which it was sent.
    pub mobile: String,
    /// Name that the signer entered for the certificate.
    pub certificate_name: Option<String>,
}

/// URL returned by `open` with which the visitor came.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct EntryUrl {
    /// Its options.
    pub request: ProcessOpenRequest,
    /// Expiry of the URL.
    pub until: Option<Timestamp>,
}

/// State of one visitor at one page.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct PageVisit {
    /// URL returned by `open` with which the visitor came.
    #[serde(default)]
    pub came_by: Option<EntryUrl>,
    /// End of the access by a one-time code or an access code.
    pub until: Option<Timestamp>,
    /// Access code that the visitor has to enter.
    pub code: Option<PendingAccessCode>,
    /// Signature by SMS that waits for its code.
    #[serde(default)]
    pub signing: Option<PendingSignature>,
    /// Key in the URLs of documents: an embedded page opens them outside its frame, where the
    /// browser does not send the cookie.
    #[serde(default)]
    pub reading: Option<String>,
    /// Names and values of the form fields that were entered and not completed yet.
    #[serde(default)]
    pub draft: Vec<(String, String)>,
    /// Whether this visitor completed the setup page.
    #[serde(default)]
    pub completed: bool,
}

/// Session of one browser.
#[derive(Clone, Serialize, Deserialize)]
pub struct BrowserSession {
    /// CSRF token of all forms of this session.
    pub csrf: String,
    /// Identifier of the account, if logged in.
    pub account: Option<String>,
    /// Language chosen by the visitor.
    pub locale: Option<Locale>,
    /// Visited pages.
    #[serde(with = "pairs")]
    pub visits: HashMap<PageTarget, PageVisit>,
    #[serde(skip)]
    pub(super) touched: u64,
}

impl fmt::Debug for BrowserSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BrowserSession").field("account", &self.account).finish_non_exhaustive()
    }
}

/// A struct cannot be a key of a JSON object.
mod pairs {
    use std::collections::HashMap;

    use serde::{Deserialize, Deserializer, Serializer};

    use super::{PageTarget, PageVisit};

    pub(super) fn serialize<S: Serializer>(
        visits: &HashMap<PageTarget, PageVisit>,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        to.collect_seq(visits)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<HashMap<PageTarget, PageVisit>, D::Error> {
        Ok(Vec::<(PageTarget, PageVisit)>::deserialize(from)?.into_iter().collect())
    }
}

/// Changed sessions and sent access codes that are not stored yet.
#[derive(Debug, Default)]
pub struct VisitChange {
    /// Access codes that were sent.
    pub messages: Vec<OutboxMessage>,
    /// Sessions by identifier; `None` for one that ended.
    pub sessions: Vec<(String, Option<BrowserSession>)>,
}
