//! Hand-over to the hosted pages: setup and open.

use super::Locale;
use crate::contract::declare::{contract_enum, contract_object};

contract_enum! {
    /// How the hosted page is shown.
    DisplayMode {
        /// As a page of its own.
        Default = "DEFAULT",
        /// Without its frame, inside your page.
        Embedded = "EMBEDDED",
    }

    /// How long the options of open apply.
    OpenLifecycle {
        /// Stored with the process and used again.
        Permanent = "PERMANENT",
        /// For the returned URL only.
        Temporary = "TEMPORARY",
    }

    /// First-party applications of the vendor.
    ApplicationNamespace {
        /// Internal.
        Msa = "MSA",
        /// Internal.
        Msaint = "MSAINT",
    }
}

contract_object! {
    /// Options of setup.
    ProcessSetupRequest {
        /// Language of the page.
        may language "language": [enumeration Locale] browser;
        /// Where the page's way back leads.
        may back_url "backUrl": [text max 2048] browser;
        /// Called by GET after success, with the process id in the query; must redirect.
        may success_url "successUrl": [text max 2048] browser;
        /// For the vendor's own applications; ignored for everybody else.
        may authentication "authentication": [object ProcessAuthentication];
        /// Scopes that are asked for on the token.
        may scope "scope": [text max 2048];
        /// How the page is shown.
        may mode "mode": [enumeration DisplayMode] default "DEFAULT" browser;
    }

    /// Answer of setup.
    ProcessSetupResponse {
        /// The process.
        may id "id": [text Uuid];
        /// URL of the setup page.
        may url "url": [text];
    }

    /// Options of open.
    ProcessOpenRequest {
        /// Language of the page.
        may language "language": [enumeration Locale] browser;
        /// Whether the options are stored or apply to this URL only.
        may lifecycle "lifecycle": [enumeration OpenLifecycle] default "TEMPORARY" browser;
        /// Whether the URL carries a one-time code that replaces the authorization step. The
        /// caller vouches that its user is this person (guide, "Open Request").
        may skip_authorization "skipAuthorization": [boolean] default "false" browser;
        /// Where the page's home button leads.
        may back_url "backUrl": [text max 2048] browser;
        /// Called by GET after the signature, with identifiers in the query; must redirect.
        may success_url "successUrl": [text max 2048] browser;
        /// For the vendor's own applications; ignored for everybody else.
        may authentication "authentication": [object ProcessAuthentication];
        /// Scopes that are asked for on the token.
        may scope "scope": [text max 2048];
        /// How the page is shown.
        may mode "mode": [enumeration DisplayMode] default "DEFAULT" browser;
    }

    /// Answer of open.
    ProcessOpenResponse {
        /// The process.
        may id "id": [text Uuid] read_only;
        /// URL for this participant, valid for a short time: a credential.
        may url "url": [text Uri] read_only;
    }

    /// Identity in a first-party application of the vendor.
    ProcessAuthentication {
        /// User at the caller's side.
        must identity "identity": [text Uuid];
        /// The application.
        must namespace "namespace": [enumeration ApplicationNamespace];
    }
}
