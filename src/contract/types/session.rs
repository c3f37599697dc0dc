//! Hosted pages: setup and open.

use super::Locale;
use crate::contract::declare::{contract_enum, contract_object};

contract_enum! {
    /// How the hosted page is displayed.
    DisplayMode {
        /// As a page of its own.
        Default = "DEFAULT",
        /// Embedded in your page, without header and footer.
        Embedded = "EMBEDDED",
    }

    /// Validity of the options of open.
    OpenLifecycle {
        /// Stored with the process.
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
        /// Target of the back button.
        may back_url "backUrl": [text max 2048] browser;
        /// Requested with GET after success, with the process ID in the query; must redirect.
        may success_url "successUrl": [text max 2048] browser;
        /// For the vendor's own applications; ignored for other clients.
        may authentication "authentication": [object ProcessAuthentication];
        /// Scopes to request for the token.
        may scope "scope": [text max 2048];
        /// How the page is displayed.
        may mode "mode": [enumeration DisplayMode] default "DEFAULT" browser;
    }

    /// Response of setup.
    ProcessSetupResponse {
        /// Identifier of the process.
        may id "id": [text Uuid];
        /// URL of the setup page.
        may url "url": [secret];
    }

    /// Options of open.
    ProcessOpenRequest {
        /// Language of the page.
        may language "language": [enumeration Locale] browser;
        /// Whether the options are stored or apply to this URL only.
        may lifecycle "lifecycle": [enumeration OpenLifecycle] default "TEMPORARY" browser;
        /// Whether the URL contains a one-time code that replaces the authorization step. The
        /// caller guarantees that its user is this person (guide, "Open Request").
        may skip_authorization "skipAuthorization": [boolean] default "false" browser;
        /// Target of the home button.
        may back_url "backUrl": [text max 2048] browser;
        /// Requested with GET after the signature, with identifiers in the query; must redirect.
        may success_url "successUrl": [text max 2048] browser;
        /// For the vendor's own applications; ignored for other clients.
        may authentication "authentication": [object ProcessAuthentication];
        /// Scopes to request for the token.
        may scope "scope": [text max 2048];
        /// How the page is displayed.
        may mode "mode": [enumeration DisplayMode] default "DEFAULT" browser;
    }

    /// Response of open.
    ProcessOpenResponse {
        /// Identifier of the process.
        may id "id": [text Uuid] read_only;
        /// URL for this participant, valid for a short time. It is a credential: keep it secret.
        may url "url": [secret Uri] read_only;
    }

    /// Identity in a first-party application of the vendor.
    ProcessAuthentication {
        /// Identifier of the caller's user.
        must identity "identity": [text Uuid];
        /// The application.
        must namespace "namespace": [enumeration ApplicationNamespace];
    }
}
